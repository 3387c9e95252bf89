using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using FeatureMap.Training;

namespace FeatureMap.Zoo;

/// <summary>What a lab has measured so far, kept in <c>measured.json</c> of its folder, so that a resumed lab need not measure it again and makes the same page.</summary>
internal sealed class LabMeasurements
{
    private readonly string path;
    private readonly JsonObject values;

    /// <exception cref="DataException">The file is there and is no JSON object.</exception>
    public LabMeasurements(string folder)
    {
        path = Path.Combine(folder, "measured.json");
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
            return values[name].Deserialize<T>(Format)!;
        }
        catch (JsonException error)
        {
            throw new DataException($"{path}: '{name}' is not what this program writes there ({error.Message}). Remove the file: the lab measures again.", error);
        }
    }

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
            return JsonNode.Parse(File.ReadAllText(path)) as JsonObject ?? throw new JsonException("it is no object");
        }
        catch (Exception error) when (error is JsonException or IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new DataException($"{path} cannot be read: {error.Message} Remove the file: the lab measures again.", error);
        }
    }
}
