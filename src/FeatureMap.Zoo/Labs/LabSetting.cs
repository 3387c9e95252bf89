using System.Text.Json;
using FeatureMap.Data;
using FeatureMap.Descriptions;

namespace FeatureMap.Zoo;

/// <summary>Something about a lab that can be changed by name (<c>--set key=value</c>): its type, range, default and meaning.</summary>
public abstract class LabSetting
{
    private protected LabSetting(string name, string description, ValueKind kind, object start)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        (Start, Default) = (start, kind.Format(start));
        Setting = new(name, description, kind, settings => settings[name], (settings, value) => settings.With(name, value));
    }

    /// <summary>The name, such as <c>epochs</c>.</summary>
    public string Name => Setting.Name;

    /// <summary>What it does, in one line.</summary>
    public string Description => Setting.Meaning;

    /// <summary>Type and range in words, such as <c>a whole number from 1 to 1,000</c>.</summary>
    public string Range => Setting.Range;

    /// <summary>The value where nothing else is said, as text.</summary>
    public string Default { get; }

    /// <summary>The words to choose from; empty where the value is written.</summary>
    public IReadOnlyList<string> Choices => Setting.Words;

    internal object Start { get; }

    internal Setting<LabSettings> Setting { get; }

    /// <summary>A whole number.</summary>
    /// <param name="name">The key.</param>
    /// <param name="description">What it does, in one line.</param>
    /// <param name="value">The default.</param>
    /// <param name="least">The least value.</param>
    /// <param name="most">The greatest value.</param>
    public static LabSetting<int> Whole(string name, string description, int value, int least = 1, int most = 1_000_000) =>
        new(name, description, ValueKind.Whole(least, most), (Int128)value, stored => (int)(Int128)stored);

    /// <summary>A number.</summary>
    /// <param name="name">The key.</param>
    /// <param name="description">What it does, in one line.</param>
    /// <param name="value">The default.</param>
    /// <param name="least">The least value, itself allowed.</param>
    /// <param name="most">The greatest value, itself allowed.</param>
    public static LabSetting<double> Real(string name, string description, double value, double least, double most) =>
        new(name, description, ValueKind.Real(least, most), value, stored => (double)stored);

    /// <summary>Yes or no.</summary>
    /// <param name="name">The key.</param>
    /// <param name="description">What it does, in one line.</param>
    /// <param name="value">The default.</param>
    public static LabSetting<bool> Flag(string name, string description, bool value) =>
        new(name, description, ValueKind.Flag, value, stored => (bool)stored);

    /// <summary>One of a few words.</summary>
    /// <param name="name">The key.</param>
    /// <param name="description">What it does, in one line.</param>
    /// <param name="value">The default.</param>
    /// <param name="words">The words.</param>
    public static LabSetting<string> Choice(string name, string description, string value, params string[] words) =>
        new(name, description, ValueKind.Choice(words), value, stored => (string)stored);

    /// <summary>Any text.</summary>
    /// <param name="name">The key.</param>
    /// <param name="description">What it does, in one line.</param>
    /// <param name="value">The default.</param>
    /// <param name="meaning">What is expected, such as <c>a name or a path</c>.</param>
    /// <param name="empty">What the empty text means.</param>
    public static LabSetting<string> Words(string name, string description, string value, string meaning, string empty) =>
        new(name, description, ValueKind.AnyText(meaning, empty), value, stored => (string)stored);

    internal static LabSetting<ulong> Seed { get; } =
        new("seed", "Decides weights, order and everything else that is drawn: same seed, same bits", ValueKind.Whole(0, ulong.MaxValue),
            (Int128)0, stored => (ulong)(Int128)stored);

    internal static LabSetting<int> Threads { get; } =
        new("threads", "Threads to use; 0 means one per logical processor. The result does not depend on it", ValueKind.Whole(0, 1024),
            (Int128)0, stored => (int)(Int128)stored);

    internal static LabSetting<string> Data { get; } =
        Words("data", "The data set in place of the lab's own: a name of 'featuremap data list', or the path of a folder or archive", "", "a name or a path", "the lab's own");

    internal static LabSetting<ImageSize?> ImageSize { get; } =
        new("image-size", "Size that image files are scaled to, as 32 or HEIGHTxWIDTH, where the data are image files",
            FeatureMap.Data.ImageSize.Kind, FeatureMap.Data.ImageSize.Keep,
            stored => (ImageSize)stored == FeatureMap.Data.ImageSize.Keep ? null : (ImageSize)stored);
}

/// <summary>A setting of a lab with its type; <see cref="LabRun.Get{T}"/> reads it.</summary>
/// <typeparam name="T">The type of the value.</typeparam>
public sealed class LabSetting<T> : LabSetting
{
    private readonly Func<object, T> read;

    internal LabSetting(string name, string description, ValueKind kind, object start, Func<object, T> read)
        : base(name, description, kind, start) => this.read = read;

    internal T Read(object stored) => read(stored);
}

/// <summary>The values of a lab's settings, immutable.</summary>
public sealed class LabSettings
{
    private readonly IReadOnlyDictionary<string, object> values;

    private LabSettings(IReadOnlyList<LabSetting> all, string lab, IReadOnlyDictionary<string, object> values) => (All, Lab, this.values) = (all, lab, values);

    /// <summary>Every setting, in the order of display: those of the lab, then those that all labs have.</summary>
    public IReadOnlyList<LabSetting> All { get; }

    private string Lab { get; }

    /// <summary>The settings of a lab at their defaults.</summary>
    public static LabSettings Of(Lab lab)
    {
        ArgumentNullException.ThrowIfNull(lab);
        LabSetting[] common = lab.Dataset.Length > 0 ? [LabSetting.Data, LabSetting.ImageSize, LabSetting.Seed, LabSetting.Threads] : [LabSetting.Seed, LabSetting.Threads];
        LabSetting[] all = [.. lab.Settings, .. common];
        if (all.Select(setting => setting.Name).Distinct(StringComparer.OrdinalIgnoreCase).Count() != all.Length)
            throw new UsageException($"The lab {lab.Name} has two settings of one name; {string.Join(", ", common.Select(setting => setting.Name))} are there by themselves.");
        return new LabSettings(all, lab.Name, all.ToDictionary(setting => setting.Name, setting => setting.Start));
    }

    /// <summary>The settings of the small version of a lab, for a first look (<see cref="Lab.Quick"/>).</summary>
    public static LabSettings QuickOf(Lab lab)
    {
        ArgumentNullException.ThrowIfNull(lab);
        return lab.Quick.Aggregate(Of(lab), (settings, one) => settings.With(one.Key, one.Value));
    }

    /// <summary>The setting of this name.</summary>
    /// <exception cref="UsageException">The lab has none; the nearest is suggested.</exception>
    public LabSetting Find(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return All.FirstOrDefault(setting => string.Equals(setting.Name, name, StringComparison.OrdinalIgnoreCase))
            ?? throw new UsageException($"The lab {Lab} has no setting "
                + $"'{ValueKind.Shortened(name)}'.{NearestName.Suggest(name, All.Select(setting => setting.Name))}");
    }

    /// <summary>The settings with one of them changed.</summary>
    /// <param name="key">A name of <see cref="All"/>.</param>
    /// <param name="value">The value as text.</param>
    /// <exception cref="UsageException">There is no such setting (the nearest is suggested), or the value is not of its type or range.</exception>
    public LabSettings With(string key, string value)
    {
        ArgumentNullException.ThrowIfNull(value);
        return Find(key).Setting.Apply(this, value);
    }

    /// <summary>The value of a setting.</summary>
    /// <exception cref="UsageException">The lab has no such setting.</exception>
    public T Get<T>(LabSetting<T> setting)
    {
        ArgumentNullException.ThrowIfNull(setting);
        return setting.Read(this[Find(setting.Name).Name]);
    }

    /// <summary>The value of a setting as text.</summary>
    public string Format(LabSetting setting)
    {
        ArgumentNullException.ThrowIfNull(setting);
        return setting.Setting.Format(this);
    }

    /// <summary>Whether a setting has its default.</summary>
    public bool IsDefault(LabSetting setting)
    {
        ArgumentNullException.ThrowIfNull(setting);
        return Equals(this[setting.Name], setting.Start);
    }

    /// <summary>Writes all values as JSON.</summary>
    public void Write(Utf8JsonWriter json)
    {
        ArgumentNullException.ThrowIfNull(json);
        foreach (var setting in All)
            setting.Setting.Write(json, this);
    }

    internal object this[string name] => values[name];

    internal LabSettings With(string name, object value) => new(All, Lab, new Dictionary<string, object>(values) { [name] = value });

    internal LabSettings Read(JsonElement settings, string place)
    {
        ConfigurationJson.CheckNames(settings, "settings.", [.. All.Select(setting => setting.Name)], place);
        return All.Aggregate(this, (read, setting) => setting.Setting.Read(read, settings.GetProperty(setting.Name))
            ?? throw new DataException($"{place}: settings.{setting.Name} is {ConfigurationJson.Shown(settings.GetProperty(setting.Name))}; "
                + $"expected {setting.Range}."));
    }
}
