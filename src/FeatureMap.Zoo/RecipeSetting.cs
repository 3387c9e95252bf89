using System.Text.Json;
using FeatureMap.Data;

namespace FeatureMap.Zoo;

/// <summary>One setting that can be changed by name: its type, range and meaning. The list is closed.</summary>
public sealed class RecipeSetting
{
    private readonly SettingType type;
    private readonly Func<RecipeSettings, object> read;
    private readonly Func<RecipeSettings, object, RecipeSettings> write;

    internal RecipeSetting(string name, string description, SettingType type, Func<RecipeSettings, object> read, Func<RecipeSettings, object, RecipeSettings> write)
    {
        Name = name;
        Description = description;
        this.type = type;
        this.read = read;
        this.write = write;
    }

    /// <summary>Every setting, in the order of display and of <c>config.json</c>.</summary>
    public static IReadOnlyList<RecipeSetting> All => SettingList.All;

    /// <summary>The name, such as <c>learning-rate</c>.</summary>
    public string Name { get; }

    /// <summary>What it does, in one line.</summary>
    public string Description { get; }

    /// <summary>Type and range in words, such as <c>a whole number from 1 to 1,000,000</c>.</summary>
    public string Range => type.Text;

    /// <summary>Whether the trained weights depend on it. Settings that they do not depend on may change when a run is resumed.</summary>
    public bool ChangesResult { get; internal init; } = true;

    /// <summary>When the setting has an effect, such as <c>optimizer=sgd</c>; null for always.</summary>
    public string? Needs { get; internal init; }

    internal Func<RecipeSettings, bool> Applies { get; init; } = _ => true;

    /// <summary>Whether a <c>config.json</c> may lack it, because it was written before the setting was there: then the default is what the run was made with.</summary>
    internal bool MayBeMissing => SettingList.AddedLater.Contains(Name);

    /// <summary>The setting of this name.</summary>
    /// <exception cref="UsageException">There is none; the nearest is suggested.</exception>
    public static RecipeSetting Get(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return Find(name) ?? throw new UsageException($"There is no setting '{SettingType.Shortened(name)}'.{NearestName.Suggest(name, All.Select(setting => setting.Name))}");
    }

    /// <summary>Whether the setting has an effect among the others.</summary>
    public bool HasEffect(RecipeSettings settings) => Applies(settings);

    /// <summary>The value as text, the way <see cref="Apply"/> reads it.</summary>
    public string Format(RecipeSettings settings) => type.Format(read(settings));

    /// <summary>The settings with this one changed.</summary>
    /// <exception cref="UsageException">The text is not a value of the type and range.</exception>
    public RecipeSettings Apply(RecipeSettings settings, string value)
    {
        ArgumentNullException.ThrowIfNull(value);
        return write(settings, type.Read(Name, value));
    }

    /// <summary>Whether both settings have the same value here.</summary>
    public bool IsSame(RecipeSettings first, RecipeSettings second) => Equals(read(first), read(second));

    /// <summary>Writes the value as JSON: a number, true or false, or a text.</summary>
    public void Write(Utf8JsonWriter json, RecipeSettings settings)
    {
        ArgumentNullException.ThrowIfNull(json);
        type.Write(json, Name, read(settings));
    }

    internal static RecipeSetting? Find(string name) => All.FirstOrDefault(setting => string.Equals(setting.Name, name, StringComparison.OrdinalIgnoreCase));

    /// <summary>Reads the value from JSON; null when it is of another kind or out of range.</summary>
    internal RecipeSettings? Read(RecipeSettings settings, JsonElement json)
    {
        return type.Read(json) is { } parsed ? write(settings, parsed) : null;
    }
}
