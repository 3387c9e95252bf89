using FeatureMap.Descriptions;
using FeatureMap.Ops;

namespace FeatureMap;

// The words of initialisers: what they are called and which numbers they have.
public abstract partial class Initializer
{
    private const float Largest = 1_000_000;
    private static readonly ValueKind Numbers = ValueKind.SingleIn(-Largest, Largest), Sizes = ValueKind.SingleIn(0, Largest);

    /// <summary>The words that <see cref="Parse"/> knows, with their arguments and meaning.</summary>
    public static IReadOnlyList<DescribedWord> Words => Known.Help;

    // Made when it is asked for: the ready-made ones stand in another file, and so may not be there before.
    internal static Vocabulary<Initializer> Known => field ??= new(
        "initialiser",
        One("he-normal", "normal with variance 2 / fan in", HeNormal),
        One("he-uniform", "uniform with variance 2 / fan in", HeUniform),
        One("glorot-normal", "normal with variance 2 / (fan in + fan out)", GlorotNormal),
        One("glorot-uniform", "uniform with variance 2 / (fan in + fan out)", GlorotUniform),
        One("lecun-normal", "normal with variance 1 / fan in", LeCunNormal),
        One("lecun-uniform", "uniform with variance 1 / fan in", LeCunUniform),
        One("zeros", "all 0", Zeros),
        One("ones", "all 1", Ones),
        Number(new Word<Initializer, ConstantInitializer>("constant", "one number everywhere", new(0)),
            "value", "The number", Numbers, i => i.Value, (_, v) => new(v)),
        OfNormal("normal", "normal with a deviation and a mean", isTruncated: false),
        OfNormal("truncated-normal", "the same, drawn again from 2 deviations on", isTruncated: true),
        Number(new Word<Initializer, UniformInitializer>("uniform", "uniform from -limit to limit", new(0)),
            "limit", "The largest number", Sizes, i => i.Limit, (_, v) => new(v)),
        new Word<Initializer, RangeInitializer>("uniform-range", "uniform from one number to another, such as -1:2", new(0, 0))
            .Add(new("range", "The lowest and the highest number", ValueKind.Range, i => (i.Low, i.High), WithRange),
                isNamed: false, isRequired: true),
        Number(new Word<Initializer, ScaledInitializer>("variance-scaling", "variance = scale / fan", new(1, FanMode.In, false)),
            "scale", "The variance times the fan", Sizes, i => i.Scale, (i, v) => new(v, i.Fan, i.IsUniform))
            .Add(Setting<ScaledInitializer>.Choice("fan", "Which fan counts",
                i => i.Fan, (i, v) => new(i.Scale, v, i.IsUniform), "fan-in", "fan-out", "fan-average"), isNamed: false)
            .Add(new("distribution", "Its form", ValueKind.Choice("normal", "uniform"), i => i.IsUniform ? "uniform" : "normal",
                (i, v) => new(i.Scale, i.Fan, v is "uniform")), isNamed: false).Shown(),
        Number(new Word<Initializer, OrthogonalInitializer>("orthogonal", "rows or columns at right angles", new(1)),
            "gain", "Their length", Sizes, i => i.Gain, (_, v) => new(v), isRequired: false).Shown(),
        Number(new Word<Initializer, IdentityInitializer>("identity", "each channel passes what it is given", new(1)),
            "gain", "What it is multiplied with", Numbers, i => i.Gain, (_, v) => new(v), isRequired: false).Shown(),
        OfIcnr("icnr", "copies for the sub-pixels of a pixel shuffle, drawn as in the bracket", ChannelOrder.ColumnRowDepth),
        OfIcnr("icnr-depth-first", "the same for a pixel shuffle of the order depth, column, row", ChannelOrder.DepthColumnRow));

    /// <summary>
    /// Reads a description such as <c>he-normal</c>, <c>normal 0.02</c> or <c>icnr 2 (he-normal)</c>: a word of <see cref="Words"/> with
    /// its numbers. <see cref="ToString"/> writes what this reads.
    /// </summary>
    /// <exception cref="UsageException">The text is not such a description; the message says where and what would be.</exception>
    public static Initializer Parse(string text) => Known.Parse(text);

    /// <summary>The description that <see cref="Parse"/> reads; <c>custom</c> for a class of your own.</summary>
    public override string ToString() => Known.Write(this);

    /// <summary>
    /// Reads what a file says: a description, or the names of files of before, such as <c>normal(0.02)</c>, whose settings stand in
    /// brackets with commas.
    /// </summary>
    /// <exception cref="UsageException">It is neither.</exception>
    internal static Initializer OfFile(string text) => Parse(InWords(text));

    private static string InWords(string text)
    {
        var open = text.IndexOf('(', StringComparison.Ordinal);
        if (open <= 0 || text[open - 1] == ' ' || text[^1] != ')') return text;
        // Only the last setting may have brackets and commas of its own: that of ICNR.
        string[] settings = text[(open + 1)..^1].Split(',', 3, StringSplitOptions.TrimEntries);
        return (text[..open], settings) switch
        {
            ("icnr", [var factor, "column-row-depth", var inner]) => $"icnr {factor} ({InWords(inner)})",
            ("icnr", [var factor, "depth-column-row", var inner]) => $"icnr-depth-first {factor} ({InWords(inner)})",
            ("uniform", [var low, var high]) => $"uniform-range {low}:{high}",
            (var word, _) => $"{word} {string.Join(' ', settings)}",
        };
    }

    private static Word<Initializer, Initializer> One(string name, string meaning, Initializer one) =>
        new(name, meaning, one, given => given, given => given == one ? given : null);

    private static Word<Initializer, T> Number<T>(
        Word<Initializer, T> word, string name, string meaning, ValueKind kind, Func<T, float> read, Func<T, float, T> write,
        bool isRequired = true) where T : Initializer =>
        word.Add(new(name, meaning, kind, one => read(one), (one, value) => write(one, (float)value)), isNamed: false, isRequired);

    private static Word<Initializer, NormalInitializer> OfNormal(string name, string meaning, bool isTruncated)
    {
        var word = new Word<Initializer, NormalInitializer>(
            name, meaning, new(0, 0, isTruncated), given => given,
            given => given is NormalInitializer normal && normal.IsTruncated == isTruncated ? normal : null);
        Number(word, "deviation", "The standard deviation", Sizes, i => i.Deviation, (i, v) => new(v, i.Mean, i.IsTruncated));
        return Number(word, "mean", "The middle", Numbers, i => i.Mean, (i, v) => new(i.Deviation, v, i.IsTruncated), isRequired: false);
    }

    private static RangeInitializer WithRange(RangeInitializer _, object value)
    {
        var (low, high) = ((float, float))value;
        return (RangeInitializer)Uniform(low, high);
    }

    private static GroupWord<Initializer> OfIcnr(string name, string meaning, ChannelOrder order) => new(
        name, "factor", meaning, isChoice: false,
        (factor, inner) => inner is [var only] ? Icnr((int)(Int128)factor, only, order)
            : throw new UsageException($"'{name}' takes one initialiser in its bracket: received {inner.Count}."),
        given => given is SubPixelInitializer icnr && icnr.Order == order ? ((Int128)icnr.Factor, [icnr.Inner]) : null,
        kind: ValueKind.Whole(1, SubPixels.MostFactor));
}
