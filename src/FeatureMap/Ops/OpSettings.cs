using System.Globalization;
using FeatureMap.Descriptions;

namespace FeatureMap.Ops;

/// <summary>
/// The settings of an op, each stated once, in <see cref="IOpRoom.FromSettings"/> of its room: name, kind, range, and where an op has
/// it. Read from there an op is made of named values, or the values and the text of an op are told; the text is the name and the value
/// unless <c>text</c> says it shorter. Values are in no particular file format. Nothing is trusted, as they may come from a file that
/// anybody wrote: missing, of another kind, out of range, unknown.
/// Whether they fit an input is for <see cref="Op.OutputShape"/> to say.
/// </summary>
internal sealed class OpSettings
{
    private const int Most = 1_000_000;
    private readonly string name;
    private readonly IReadOnlyDictionary<string, object> values;
    private readonly HashSet<string> read = [];
    private readonly Op? source;
    private readonly List<OpSetting> told;
    private readonly List<OpSettingForm>? forms;

    /// <summary>To make an op of values.</summary>
    /// <param name="op">Name of the op, for messages.</param>
    /// <param name="values">Values by name, of the kinds of <see cref="OpSetting.Value"/>.</param>
    public OpSettings(string op, IReadOnlyDictionary<string, object> values) => (name, this.values, told) = (op, values, []);

    private OpSettings(Op source, List<OpSetting> told, List<OpSettingForm>? forms = null) =>
        (name, values, this.source, this.told, this.forms) = (source.Name, new Dictionary<string, object>(), source, told, forms);

    /// <summary>What the room states, as this op has it.</summary>
    public static IReadOnlyList<OpSetting> Of(Op op)
    {
        var settings = new OpSettings(op, []);
        OpCatalogue.Of(op).FromSettings(settings);
        return settings.told;
    }

    /// <summary>What each setting of such an op may be: for whoever makes a form of them.</summary>
    public static IReadOnlyList<OpSettingForm> Forms(Op op)
    {
        var forms = new List<OpSettingForm>();
        OpCatalogue.Of(op).FromSettings(new OpSettings(op, [], forms));
        return forms;
    }

    /// <summary>The settings of an op inside of this one, which stand among its own.</summary>
    public OpSettings Inside<TOp>(Func<TOp, Op> get) where TOp : Op =>
        source is null ? this : new OpSettings(get((TOp)source), told, forms);

    /// <summary>A whole number.</summary>
    public int Whole<TOp>(string setting, Func<TOp, int> get, int least = 1, int most = Most, Func<int, string>? text = null)
        where TOp : Op =>
        State(setting, get, number => number, value => value is int number && number >= least && number <= most ? (true, number) : default,
            () => $"a whole number from {least:N0} to {most:N0}", text);

    /// <summary>A real number.</summary>
    public float Real<TOp>(string setting, Func<TOp, float> get, double least, double most, Func<float, string>? text = null)
        where TOp : Op =>
        State(setting, get, number => Short(number),
            value => Number(value) is { } number && number >= least && number <= most ? (true, (float)number) : default,
            () => $"a number from {least} to {most}", text);

    /// <summary>Any real number that 32 bits hold.</summary>
    public float Real<TOp>(string setting, Func<TOp, float> get, Func<float, string>? text = null) where TOp : Op =>
        State(setting, get, number => Short(number), value => Finite(value) is { } number ? (true, number) : default,
            () => "a number that 32 bits hold", text);

    /// <summary>Any number of 32 bits, the infinite ones and NaN among them.</summary>
    public float Any<TOp>(string setting, Func<TOp, float> get) where TOp : Op =>
        State(setting, get, number => Short(number), value => value is double number && !double.IsFinite(number) ? (true, (float)number)
            : Finite(value) is { } finite ? (true, finite) : default, () => "a number that 32 bits hold", null);

    /// <summary>A number that 32 bits hold, or <c>none</c>.</summary>
    public float? Bound<TOp>(string setting, Func<TOp, float?> get) where TOp : Op =>
        State(setting, get, bound => bound is { } number ? Short(number) : "none",
            value => value is "none" ? (true, null) : Finite(value) is { } number ? (true, number) : default,
            () => "a number that 32 bits hold, or \"none\"", null);

    /// <summary>Real numbers that 32 bits hold.</summary>
    public float[] Reals<TOp>(string setting, Func<TOp, IReadOnlyList<float>> get, int most, Func<float[], string> text) where TOp : Op =>
        State(setting, (TOp op) => [.. get(op)], numbers => Array.ConvertAll(numbers, Short), value =>
        {
            float?[]? numbers = value switch
            {
                int[] whole => Array.ConvertAll(whole, number => (float?)number),
                double[] real => Array.ConvertAll(real, number => Finite(number)),
                _ => null,
            };
            return numbers is { Length: > 0 } && numbers.Length <= most && Array.TrueForAll(numbers, number => number is not null)
                ? (true, Array.ConvertAll(numbers, number => number!.Value))
                : default;
        }, () => $"a list of 1 to {most:N0} numbers that 32 bits hold", text);

    /// <summary>Channels, height and width.</summary>
    public Shape Shape<TOp>(string setting, Func<TOp, Shape> get, Func<Shape, string> text) where TOp : Op =>
        State(setting, get, shape => new[] { shape.Channels, shape.Height, shape.Width },
            value => Wholes(value, 1, int.MaxValue) is [var channels, var height, var width] ? (true, new(channels, height, width)) : default,
            () => "three whole numbers of at least 1, such as [16, 28, 28] (channels, height, width)", text);

    /// <summary>One axis or several, separated by commas, as <see cref="Enum.ToString()"/> writes them.</summary>
    public Axes Axes<TOp>(string setting, Func<TOp, Axes> get) where TOp : Op =>
        State(setting, get, Lower,
            value => value is string text && Enum.TryParse<Axes>(text, ignoreCase: true, out var axes) && axes != FeatureMap.Axes.None
            && text.Equals($"{axes}", StringComparison.OrdinalIgnoreCase) ? (true, axes) : default,
            () => "axes: channels, rows, columns, space (rows and columns), all, or two such as \"channels, rows\"", Lower);

    /// <summary>True or false, in tables its name where it is true.</summary>
    /// <param name="setting">Name of the setting.</param>
    /// <param name="get">Where the op has it.</param>
    /// <param name="text">What tables show.</param>
    /// <param name="whenMissing">Of a setting that files did not have from the beginning: what its absence means.</param>
    public bool Flag<TOp>(string setting, Func<TOp, bool> get, Func<bool, string>? text = null, bool? whenMissing = null) where TOp : Op
    {
        if (source is not null || whenMissing is not { } usual || values.ContainsKey(setting))
            return State(setting, get, flag => flag, value => value is bool flag ? (true, flag) : default, () => "true or false",
                text ?? (flag => flag ? Words(setting) : ""), ["true", "false"]);
        read.Add(setting);
        return usual;
    }

    /// <summary>One of a few names.</summary>
    public string Choice<TOp>(string setting, IReadOnlyCollection<string> names, Func<TOp, string> get) where TOp : Op =>
        State(setting, get, choice => choice, value => value is string choice && names.Contains(choice) ? (true, choice) : default,
            () => string.Join(" or ", names.Select(known => $"\"{known}\"")), choice => choice, names);

    /// <summary>One of the names of an enumeration, spelt exactly.</summary>
    public TEnum Choice<TOp, TEnum>(string setting, Func<TOp, TEnum> get, Func<TEnum, string>? text = null) where TOp : Op
        where TEnum : struct, Enum =>
        State(setting, get, choice => choice.ToString(),
            value => value is string choice && Array.IndexOf(Enum.GetNames<TEnum>(), choice) is >= 0 and var index
                ? (true, Enum.GetValues<TEnum>()[index])
                : default,
            () => $"one of {string.Join(", ", Enum.GetNames<TEnum>())}", text ?? Lower, Enum.GetNames<TEnum>());

    /// <summary>At least one whole number.</summary>
    public int[] WholeNumbers<TOp>(string setting, Func<TOp, IEnumerable<int>> get, int least = 1, int most = Most) where TOp : Op =>
        State(setting, (TOp op) => [.. get(op)], numbers => numbers,
            value => Wholes(value, least, most) is { Length: > 0 } numbers ? (true, numbers) : default,
            () => $"a list of whole numbers from {least:N0} to {most:N0}, such as [1, 2, 4]", numbers => $"{Words(setting)} {NumberRow.Join(", ", numbers)}");

    /// <summary>A number along the rows and one along the columns.</summary>
    public PerAxis Pair<TOp>(string setting, Func<TOp, PerAxis> get, int least = 1, Func<PerAxis, string>? text = null) where TOp : Op =>
        State(setting, get, pair => new[] { pair.Vertical, pair.Horizontal },
            value => Wholes(value, least, Most) is [var vertical, var horizontal] ? (true, new(vertical, horizontal)) : default,
            () => $"two whole numbers from {least} to {Most:N0}, such as [3, 3] (vertical, horizontal)", text);

    /// <summary>A list of exactly this many whole numbers.</summary>
    /// <param name="setting">Name of the setting.</param>
    /// <param name="meaning">What the numbers are, in their order, for messages.</param>
    /// <param name="count">How many there must be.</param>
    /// <param name="get">Where the op has them.</param>
    /// <param name="least">The least that each may be.</param>
    /// <param name="most">The most that each may be.</param>
    /// <param name="text">What tables show.</param>
    public int[] Wholes<TOp>(
        string setting, string meaning, int count, Func<TOp, int[]> get, int least, int most, Func<int[], string>? text = null) where TOp : Op =>
        State(setting, get, numbers => numbers,
            value => Wholes(value, least, most) is { } numbers && numbers.Length == count ? (true, numbers) : default,
            () => $"{count} whole numbers from {least:N0} to {most:N0} ({meaning})", text);

    /// <summary>Positions of an axis, as Python writes them.</summary>
    public AxisSlice Slice<TOp>(string setting, Func<TOp, AxisSlice> get) where TOp : Op =>
        State(setting, get, slice => slice.ToString(),
            value => value is string text && AxisSlice.Parse(text) is { } slice ? (true, slice) : default,
            () => "a slice START:STOP:STEP, such as \"1:-1\", \"::2\", or \":\" for everything",
            slice => slice == AxisSlice.All ? "" : $"{setting} {slice}");

    /// <summary><c>same</c>, <c>same-lower</c>, or the pixels on each side: top, left, bottom, right.</summary>
    public Padding Padding<TOp>(string setting, Func<TOp, Padding> get) where TOp : Op =>
        State(
            setting, get,
            padding => padding == FeatureMap.Padding.Same || padding == FeatureMap.Padding.SameLower
                ? padding.ToString()
                : new[] { padding.Top, padding.Left, padding.Bottom, padding.Right },
            value => value switch
            {
                "same" => (true, FeatureMap.Padding.Same),
                "same-lower" => (true, FeatureMap.Padding.SameLower),
                _ => Wholes(value, 0, Most) is [var top, var left, var bottom, var right] ? (true, new Padding(top, left, bottom, right)) : default,
            },
            () => $"\"same\" or four whole numbers from 0 to {Most:N0}, such as [1, 1, 1, 1] (top, left, bottom, right)",
            padding => padding == FeatureMap.Padding.Valid ? "" : $"{setting} {padding}");

    /// <summary>
    /// An initialiser by its description; the default one for a class of the user's own, which cannot be made again from a text. Tables
    /// do not show it.
    /// </summary>
    public Initializer Initializer<TOp>(string setting, Func<TOp, Initializer> get) where TOp : Op
    {
        return State(setting, get, given => $"{(Known.CanWrite(given) ? given : FeatureMap.Initializer.HeNormal)}",
            value => value is string text ? (true, Read(text)) : default, () => "the description of an initialiser", _ => "");

        Initializer Read(string text)
        {
            try
            {
                return FeatureMap.Initializer.OfFile(text);
            }
            catch (UsageException error)
            {
                throw new DataException($"{name} takes as '{setting}' an initialiser, {ValueKind.Listed([.. Known.Words.Select(word => word.Name)])} with its numbers. {error.Message}", error);
            }
        }
    }

    private static Vocabulary<Initializer> Known => FeatureMap.Initializer.Known;

    /// <summary>Call when all settings are read: whatever is left over was not meant for this op.</summary>
    public void Finish()
    {
        foreach (var given in values.Keys)
            if (!read.Contains(given))
                throw new DataException($"{name} has no setting '{Shortened(given)}'.{(read.Count == 0 ? " It takes none." : NearestName.Suggest(given, read))}");
    }

    private T State<TOp, T>(
        string setting, Func<TOp, T> get, Func<T, object> write, Func<object, (bool Fits, T Value)> make, Func<string> expected,
        Func<T, string>? text, IReadOnlyCollection<string>? choices = null) where TOp : Op
    {
        if (source is not null)
        {
            var own = get((TOp)source);
            forms?.Add(new OpSettingForm(setting, expected(), choices is null ? [] : [.. choices]));
            told.Add(new OpSetting(setting, write(own), text is null ? $"{Words(setting)} {own}" : text(own)));
            return own;
        }
        read.Add(setting);
        if (!values.TryGetValue(setting, out var given))
            throw new DataException($"{name} needs the setting '{setting}', which is missing.{Misspelt(setting)}");
        return make(given) is (true, var value)
            ? value
            : throw new DataException($"{name} takes as '{setting}' {expected()}: received {Written(given)}.");
    }

    /// <summary>Whole numbers that are all in the range; null for anything else.</summary>
    private static int[]? Wholes(object value, int least, int most) =>
        value is int[] numbers && Array.TrueForAll(numbers, number => number >= least && number <= most) ? numbers : null;

    private static double? Number(object value) => value switch { int whole => whole, double real => real, _ => null };

    private static float? Finite(object value) => Number(value) is { } number && float.IsFinite((float)number) ? (float)number : null;

    // The digits that bring the same 32 bits back.
    private static double Short(float value) =>
        double.Parse(value.ToString("R", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);

    private static string Words(string setting) => string.Concat(setting.Select(letter =>
        char.IsUpper(letter) ? $" {char.ToLowerInvariant(letter)}" : $"{letter}"));

    private static string Lower<TEnum>(TEnum choice) where TEnum : struct, Enum => choice.ToString().ToLowerInvariant();

    private string Misspelt(string setting) =>
        values.Keys.FirstOrDefault(key =>
            !read.Contains(key) && NearestName.Distance(key, setting) <= 2) is { } near ? $" Was '{near}' meant for it?" : "";

    private static string Written(object value) => value switch
    {
        bool flag => flag ? "true" : "false",
        int[] numbers => List(numbers),
        double[] numbers => List(numbers),
        string text => $"\"{Shortened(text)}\"",
        _ => $"{value}",
    };

    private static string List<T>(T[] numbers) => $"[{string.Join(", ", numbers.Take(8).Select(number => $"{number}"))}{(numbers.Length > 8 ? ", ..." : "")}]";

    private static string Shortened(string text) => text.Length <= 60 ? text : text[..60] + "...";
}

/// <summary>
/// One setting of an op by name, in no particular file format. <see cref="Value"/> is an <see cref="int"/>, a <see cref="double"/>, a
/// <see cref="bool"/>, a <see cref="string"/>, or an array of <see cref="int"/> or of <see cref="double"/>.
/// </summary>
/// <param name="Name">Name of the setting.</param>
/// <param name="Value">What is written.</param>
/// <param name="Text">What tables show; empty for nothing.</param>
internal readonly record struct OpSetting(string Name, object Value, string Text);

/// <summary>What a setting of an op may be.</summary>
/// <param name="Name">Name of the setting.</param>
/// <param name="Expected">In words, with the range.</param>
/// <param name="Choices">All values; empty where there are too many to be listed.</param>
internal sealed record OpSettingForm(string Name, string Expected, IReadOnlyList<string> Choices);
