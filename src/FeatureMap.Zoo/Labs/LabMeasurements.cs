using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using FeatureMap.Training;

namespace FeatureMap.Zoo;

/// <summary>What a lab has measured so far, kept in <c>measured.json</c> of its folder, so that a resumed lab need not measure it again and makes the same page.</summary>
internal sealed class LabMeasurements
{
    /// <summary>The name of the file.</summary>
    public const string FileName = "measured.json";

    private readonly string path;
    private readonly JsonObject values;

    /// <exception cref="DataException">The file is there and is no JSON object.</exception>
    public LabMeasurements(string folder)
    {
        path = Path.Combine(folder, FileName);
        values = File.Exists(path) ? Read(path) : [];
    }

    /// <summary>How numbers, texts, lists and records are written: NaN and infinities too, and numbers so that they read back to the same bits.</summary>
    public static JsonSerializerOptions Format { get; } = new()
    {
        WriteIndented = true,
        NewLine = "\n",
        IncludeFields = true, // tuples
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>A copy of everything.</summary>
    public JsonObject All => values.DeepClone().AsObject();

    public bool Has(string name) => values.ContainsKey(name);

    /// <exception cref="DataException">What is there is of another kind.</exception>
    public T Get<T>(string name)
    {
        try
        {
            var node = values[name];
            var value = node.Deserialize<T>(Format);
            // What this program wrote comes back as the same text: no member is missing, none too many, and no number was too large.
            if (value is null || !JsonNode.DeepEquals(JsonSerializer.SerializeToNode(value, Format), node) || (HasNull(node) && !MayHoldNull(typeof(T))))
                throw new JsonException("the value is of another kind");
            return value;
        }
        catch (Exception error) when (error is JsonException or NotSupportedException)
        {
            throw new DataException($"{path}: '{name}' is not what this program writes there ({error.Message.TrimEnd('.')}). Remove the "
                + "file: the lab measures again.", error);
        }
    }

    private static bool HasNull(JsonNode? node) => node switch
    {
        null => true,
        JsonObject entries => entries.Any(entry => HasNull(entry.Value)),
        JsonArray items => items.Any(HasNull),
        _ => false,
    };

    // Only numbers that may be missing (double?) are written as null.
    private static bool MayHoldNull(Type type) => Nullable.GetUnderlyingType(type) is not null || type.GetGenericArguments().Any(MayHoldNull);

    /// <summary>Keeps a value, durably.</summary>
    public void Set<T>(string name, T value)
    {
        values[name] = JsonSerializer.SerializeToNode(value, Format);
        RunFolder.WriteText(path, values.ToJsonString(Format) + "\n");
    }

    private static JsonObject Read(string path)
    {
        try
        {
            return StrictJson.Parse(File.ReadAllBytes(path), root => root.ValueKind == JsonValueKind.Object ? JsonObject.Create(root.Clone())! : throw new JsonException("it is no object"), depth: 64);
        }
        catch (Exception error) when (error is JsonException or IOException or UnauthorizedAccessException)
        {
            throw new DataException($"{path} cannot be read: {error.Message.TrimEnd('.')}. Remove the file: the lab "
                + "measures again.", error);
        }
    }
}
