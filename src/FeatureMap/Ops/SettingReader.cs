
namespace FeatureMap.Ops;

/// <summary>
/// Hands an op its settings by name and checks each one: missing, of another kind, out of range, unknown. Nothing is trusted, as the settings may come
/// from a file that anybody wrote. Whether they fit an input is for <see cref="Op.OutputShape"/> to say.
/// </summary>
internal sealed class SettingReader
{
    private const int Most = 1_000_000;
    private readonly string op;
    private readonly IReadOnlyDictionary<string, object> values;
    private readonly HashSet<string> read = [];

    /// <param name="op">Name of the op, for messages.</param>
    /// <param name="values">Values by name, of the kinds of <see cref="OpSetting.Value"/>.</param>
    public SettingReader(string op, IReadOnlyDictionary<string, object> values)
    {
        this.op = op;
        this.values = values;
    }

    /// <summary>A whole number.</summary>
    public int Whole(string name, int least = 1, int most = Most) =>
        Get(name) is int value && value >= least && value <= most ? value : throw Wrong(name, $"a whole number from {least:N0} "
            + $"to {most:N0}");

    /// <summary>A real number.</summary>
    public float Real(string name, double least, double most)
    {
        var value = Get(name) switch { int whole => whole, double real => real, _ => double.NaN };
        return value >= least && value <= most ? (float)value : throw Wrong(name, $"a number from {least} to {most}");
    }

    /// <summary>Any number of 32 bits, the infinite ones and NaN among them.</summary>
    public float Any(string name) => Get(name) is double real && !double.IsFinite(real) ? (float)real : Real(name);

    /// <summary>Any real number that 32 bits hold.</summary>
    public float Real(string name) => Finite(Get(name)) ?? throw Wrong(name, "a number that 32 bits hold");

    /// <summary>A number that 32 bits hold, or <c>none</c>.</summary>
    public float? Bound(string name) => Get(name) switch
    {
        "none" => null,
        var value => Finite(value) ?? throw Wrong(name, "a number that 32 bits hold, or \"none\""),
    };

    /// <summary>Real numbers that 32 bits hold.</summary>
    public float[] Reals(string name, int most)
    {
        float?[]? numbers = Get(name) switch
        {
            int[] whole => Array.ConvertAll(whole, number => (float?)number),
            double[] real => Array.ConvertAll(real, number => Finite(number)),
            _ => null,
        };
        return numbers is not null && numbers.Length >= 1 && numbers.Length <= most && Array.TrueForAll(numbers, number => number is not null)
            ? Array.ConvertAll(numbers, number => number!.Value)
            : throw Wrong(name, $"a list of 1 to {most:N0} numbers that 32 bits hold");
    }

    /// <summary>Channels, height and width.</summary>
    public Shape Shape(string name) =>
        Get(name) is int[] { Length: 3 } sizes && Array.TrueForAll(sizes, size => size >= 1)
            ? new Shape(sizes[0], sizes[1], sizes[2])
            : throw Wrong(name, "three whole numbers of at least 1, such as [16, 28, 28] (channels, height, width)");

    /// <summary>One axis or several, separated by commas, as <see cref="Enum.ToString()"/> writes them.</summary>
    public Axes Axes(string name) =>
        Get(name) is string text && Enum.TryParse<Axes>(text, ignoreCase: true, out var axes) && axes != FeatureMap.Axes.None && text.Equals($"{axes}", StringComparison.OrdinalIgnoreCase)
            ? axes
            : throw Wrong(name, "axes: channels, rows, columns, space (rows and columns), all, or two such as \"channels, rows\"");

    /// <summary>True or false.</summary>
    public bool Flag(string name) => Get(name) is bool value ? value : throw Wrong(name, "true or false");

    /// <summary>True or false, of a setting that files did not have from the beginning: what its absence means.</summary>
    public bool Flag(string name, bool whenMissing)
    {
        if (values.ContainsKey(name)) return Flag(name);
        read.Add(name);
        return whenMissing;
    }

    /// <summary>One of a few names.</summary>
    public string Choice(string name, IReadOnlyCollection<string> names) =>
        Get(name) is string value && names.Contains(value) ? value : throw Wrong(name, string.Join(" or ", names.Select(known => $"\"{known}\"")));

    /// <summary>At least one whole number.</summary>
    public int[] WholeNumbers(string name, int least = 1, int most = Most) =>
        Get(name) is int[] { Length: > 0 } numbers && Array.TrueForAll(numbers, number => number >= least && number <= most)
            ? numbers
            : throw Wrong(name, $"a list of whole numbers from {least:N0} to {most:N0}, such as [1, 2, 4]");

    /// <summary>A number along the rows and one along the columns.</summary>
    public PerAxis Pair(string name, int least = 1) =>
        Get(name) is int[] { Length: 2 } pair && Array.TrueForAll(pair, number => number >= least && number <= Most)
            ? new(pair[0], pair[1])
            : throw Wrong(name, $"two whole numbers from {least} to {Most:N0}, such as [3, 3] (vertical, horizontal)");

    /// <summary>A list of exactly this many whole numbers.</summary>
    /// <param name="name">Name of the setting.</param>
    /// <param name="meaning">What the numbers are, in their order, for messages.</param>
    /// <param name="count">How many there must be.</param>
    /// <param name="least">The least that each may be.</param>
    /// <param name="most">The most that each may be.</param>
    public int[] Wholes(string name, string meaning, int count, int least, int most) =>
        Get(name) is int[] numbers && numbers.Length == count && Array.TrueForAll(numbers, number => number >= least && number <= most)
            ? numbers
            : throw Wrong(name, $"{count} whole numbers from {least:N0} to {most:N0} ({meaning})");

    /// <summary>One of the names of an enumeration, spelt exactly.</summary>
    public TEnum Choice<TEnum>(string name) where TEnum : struct, Enum =>
        Get(name) is string text && Array.IndexOf(Enum.GetNames<TEnum>(), text) is >= 0 and var index
            ? Enum.GetValues<TEnum>()[index]
            : throw Wrong(name, $"one of {string.Join(", ", Enum.GetNames<TEnum>())}");

    /// <summary>Positions of an axis, as Python writes them.</summary>
    public AxisSlice Slice(string name) =>
        Get(name) is string text && AxisSlice.Parse(text) is { } slice ? slice : throw Wrong(name, "a slice START:STOP:STEP, such as \"1:-1\", \"::2\", or \":\" for everything");

    /// <summary><c>same</c>, <c>same-lower</c>, or the pixels on each side.</summary>
    public Padding Padding(string name) => Get(name) switch
    {
        "same" => FeatureMap.Padding.Same,
        "same-lower" => FeatureMap.Padding.SameLower,
        int[] { Length: 4 } sides when Array.TrueForAll(sides, side => side is >= 0 and <= Most) => new Padding(sides[0], sides[1], sides[2], sides[3]),
        _ => throw Wrong(name, $"\"same\" or four whole numbers from 0 to {Most:N0}, such as [1, 1, 1, 1] (top, left, bottom, right)"),
    };

    /// <summary>An initialiser by its name.</summary>
    public Initializer Initializer(string name) =>
        Get(name) is string text && FeatureMap.Initializer.FromName(text) is { } initializer
            ? initializer
            : throw Wrong(name, $"an initialiser: {string.Join(", ", FeatureMap.Initializer.Names)}, {FeatureMap.Initializer.Forms}");

    /// <summary>Call when all settings are read: whatever is left over was not meant for this op.</summary>
    public void Finish()
    {
        foreach (var name in values.Keys)
            if (!read.Contains(name))
                throw new DataException($"{op} has no setting '{Shortened(name)}'.{(read.Count == 0 ? " It takes none." : NearestName.Suggest(name, read))}");
    }

    private object Get(string name)
    {
        read.Add(name);
        return values.TryGetValue(name, out var value) ? value : throw new DataException($"{op} needs the setting '{name}', which is missing.{Misspelt(name)}");
    }

    private static float? Finite(object value) => value switch { int whole => whole, double real when float.IsFinite((float)real) => (float)real, _ => null };

    private string Misspelt(string name) =>
        values.Keys.FirstOrDefault(key => !read.Contains(key) && NearestName.Distance(key, name) <= 2) is { } near ? $" Was '{near}' meant for it?" : "";

    private DataException Wrong(string name, string expected) => new($"{op} takes as '{name}' {expected}: received {Written(values[name])}.");

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
