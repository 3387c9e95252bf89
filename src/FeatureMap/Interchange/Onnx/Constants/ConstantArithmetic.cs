using FeatureMap.Ops;

namespace FeatureMap.Interchange;

/// <summary>Operators that look at each number by itself, on constants.</summary>
internal static class ConstantArithmetic
{
    public static IReadOnlyDictionary<string, Action<NodeImport>> Folders { get; } = new Dictionary<string, Action<NodeImport>>(StringComparer.Ordinal)
    {
        ["Add"] = Binary((a, b) => a + b, (a, b) => a + b, neutral: 0),
        ["Sub"] = Binary((a, b) => a - b, (a, b) => a - b, neutral: 0, isExchangeable: false),
        ["Mul"] = Binary((a, b) => a * b, (a, b) => a * b, neutral: 1),
        ["Div"] = Binary((a, b) => a / b, (a, b) => b == -1 ? -a : a / NotZero(b), neutral: 1, isExchangeable: false),
        ["Mod"] = Mod,
        ["Pow"] = Binary((a, b) => (float)Math.Pow(a, b), (a, b) => (long)Math.Pow(a, b)),
        ["Max"] = Binary(MathF.Max, Math.Max, neutral: 1),
        ["Min"] = Binary(MathF.Min, Math.Min),
        ["Sum"] = Binary((a, b) => a + b, (a, b) => a + b),
        ["And"] = Binary((a, b) => a * b, (a, b) => a & b),
        ["Or"] = Binary(MathF.Max, (a, b) => a | b),
        ["Xor"] = Binary((a, b) => a == b ? 0 : 1, (a, b) => a ^ b),
        ["Equal"] = Comparison((a, b) => a == b, (a, b) => a == b),
        ["Greater"] = Comparison((a, b) => a > b, (a, b) => a > b),
        ["GreaterOrEqual"] = Comparison((a, b) => a >= b, (a, b) => a >= b),
        ["Less"] = Comparison((a, b) => a < b, (a, b) => a < b),
        ["LessOrEqual"] = Comparison((a, b) => a <= b, (a, b) => a <= b),
        ["Not"] = Unary(value => value == 0 ? 1 : 0, value => value == 0 ? 1 : 0),
        ["Neg"] = Unary(value => -value, value => -value),
        ["Abs"] = Unary(MathF.Abs, value => value < 0 ? -value : value),
        ["Sign"] = Unary(value => value > 0 ? 1 : value < 0 ? -1 : 0, value => Math.Sign(value)),
        ["Floor"] = Unary(MathF.Floor),
        ["Ceil"] = Unary(MathF.Ceiling),
        ["Round"] = Unary(value => MathF.Round(value, MidpointRounding.ToEven)),
        ["Sqrt"] = Unary(MathF.Sqrt),
        ["Reciprocal"] = Unary(value => 1 / value),
        ["Exp"] = Unary(MathF.Exp),
        ["Log"] = Unary(MathF.Log),
        ["Sin"] = Unary(MathF.Sin),
        ["Cos"] = Unary(MathF.Cos),
        ["Tanh"] = Unary(MathF.Tanh),
        ["Sigmoid"] = Unary(value => 1 / (1 + MathF.Exp(-value))),
        ["Relu"] = Unary(value => MathF.Max(0, value), value => Math.Max(0, value)),
        ["Clip"] = Clip,
    };

    public static OnnxTensor Converted(OnnxTensor tensor, bool isReal) => (tensor.Values, isReal) switch
    {
        (long[] wholes, true) => tensor with { Values = Array.ConvertAll(wholes, value => (float)value) },
        (float[] reals, false) => tensor with { Values = Array.ConvertAll(reals, value => (long)value) },
        _ => tensor,
    };

    public static void Cast(NodeImport node)
    {
        var tensor = node.Constant(0, "input");
        var kind = (OnnxType)node.Whole("to", 0);
        if (kind is OnnxType.Float32 or OnnxType.Float64 or OnnxType.Float16 && tensor.Values is long[] sizes && sizes.AsSpan().Contains(GraphPlumbing.OpenBatch))
            throw node.OneSample("it computes with the size of the batch");
        node.Allow(tensor.Dimensions);
        node.Result(kind switch
        {
            OnnxType.Float32 or OnnxType.Float64 => Converted(tensor, isReal: true),
            OnnxType.Float16 => Mapped<float>(Converted(tensor, isReal: true), value => (float)(Half)value),
            OnnxType.Int64 or OnnxType.UInt64 => Converted(tensor, isReal: false),
            OnnxType.Int32 => Mapped<long>(Converted(tensor, isReal: false), value => value == GraphPlumbing.OpenBatch ? value : (int)value),
            OnnxType.UInt32 => Mapped<long>(Converted(tensor, isReal: false), value => (uint)value),
            OnnxType.Int16 => Mapped<long>(Converted(tensor, isReal: false), value => (short)value),
            OnnxType.UInt16 => Mapped<long>(Converted(tensor, isReal: false), value => (ushort)value),
            OnnxType.Int8 => Mapped<long>(Converted(tensor, isReal: false), value => (sbyte)value),
            OnnxType.UInt8 => Mapped<long>(Converted(tensor, isReal: false), value => (byte)value),
            OnnxType.Boolean => tensor with { Values = tensor.Values is float[] reals ? Array.ConvertAll(reals, value => value != 0 ? 1L : 0) : Array.ConvertAll((long[])tensor.Values, value => value != 0 ? 1L : 0) },
            var other => throw node.Wrong($"it turns numbers into the kind {other}, which is not read"),
        });
    }

    public static void Where(NodeImport node)
    {
        var (condition, yes, no) = (node.Constant(0, "condition"), node.Constant(1, "first choice"), node.Constant(2, "second choice"));
        var sizes = ConstantFolding.Stretched(node, condition.Dimensions, yes.Dimensions, no.Dimensions);
        var isReal = yes.IsReal || no.IsReal;
        OnnxTensor Whole(OnnxTensor one, bool toReal) => ConstantFolding.Picked(node, toReal ? Converted(one, true) : one, sizes, 0, ConstantFolding.Steps(one.Dimensions, sizes));
        var chosen = (long[])Converted(Whole(condition, false), false).Values;
        var (first, second) = (Whole(yes, isReal), Whole(no, isReal));
        for (var i = 0; i < chosen.Length; i++)
            if (chosen[i] == 0)
                Array.Copy(second.Values, i, first.Values, i, 1);
        node.Result(first);
    }

    private static OnnxTensor Mapped<T>(OnnxTensor tensor, Func<T, T> map) => tensor with { Values = Array.ConvertAll((T[])tensor.Values, value => map(value)) };

    private static Action<NodeImport> Unary(Func<float, float> real, Func<long, long>? whole = null) => node =>
    {
        var tensor = node.Constant(0, "input");
        node.Allow(tensor.Dimensions);
        node.Result(tensor.IsReal || whole is null ? Mapped(Converted(tensor, isReal: true), real) : Mapped(tensor, whole));
    };

    private static void Clip(NodeImport node)
    {
        var tensor = node.Constant(0, "input");
        float Limit(int input, string attribute, float fallback) => node.Has(input) && Converted(node.Constant(input, "limit"), true).Values is float[] and [var value] ? value : node.Real(attribute, fallback);
        var (low, high) = (Limit(1, "min", float.NegativeInfinity), Limit(2, "max", float.PositiveInfinity));
        node.Allow(tensor.Dimensions);
        node.Result(Converted(Mapped<float>(Converted(tensor, isReal: true), value => MathF.Min(MathF.Max(value, low), high)), tensor.IsReal));
    }

    // The sign is that of the divisor, with fmod that of the dividend.
    private static void Mod(NodeImport node) => (node.Flag("fmod")
        ? Binary((a, b) => a % b, (a, b) => b == -1 ? 0 : a % NotZero(b))
        : Binary((a, b) => a - (b * MathF.Floor(a / b)), (a, b) => b == -1 ? 0 : ((a % NotZero(b)) + b) % b))(node);

    private static long NotZero(long divisor) => divisor != 0 ? divisor : throw new ShapeException("It divides by 0.");

    /// <param name="real">On real numbers, or where one of the two is real.</param>
    /// <param name="whole">On whole numbers.</param>
    /// <param name="neutral">What leaves the other number as it is, so that a batch of open size may meet it.</param>
    /// <param name="isExchangeable">Whether the neutral number may also come first.</param>
    private static Action<NodeImport> Binary(Func<float, float, float> real, Func<long, long, long> whole, long? neutral = null, bool isExchangeable = true) => node =>
    {
        long Whole(long a, long b) =>
            a != GraphPlumbing.OpenBatch && b != GraphPlumbing.OpenBatch ? whole(a, b)
            : b == neutral ? a
            : a == neutral && isExchangeable ? b
            : throw node.OneSample("it computes with the size of the batch");
        var result = node.Constant(0, "operand");
        for (var input = 1; input < node.InputCount; input++)
            result = Combined(node, result, node.Constant(input, "operand"), real, Whole);
        node.Result(result);
    };

    private static Action<NodeImport> Comparison(Func<float, float, bool> real, Func<long, long, bool> whole) => node =>
    {
        // A batch that is open has at least one image, so it is larger than 0 and everything below.
        bool Whole(long a, long b) => (a == GraphPlumbing.OpenBatch, b == GraphPlumbing.OpenBatch) switch
        {
            (false, false) => whole(a, b),
            (true, true) => whole(1, 1),
            (true, false) when b <= 0 => whole(1, b),
            (false, true) when a <= 0 => whole(a, 1),
            _ => throw node.OneSample("it computes with the size of the batch"),
        };
        node.Result(Converted(Combined(node, node.Constant(0, "operand"), node.Constant(1, "operand"), (a, b) => real(a, b) ? 1 : 0, (a, b) => Whole(a, b) ? 1 : 0), isReal: false));
    };

    private static OnnxTensor Combined(NodeImport node, OnnxTensor first, OnnxTensor second, Func<float, float, float> real, Func<long, long, long> whole)
    {
        var sizes = ConstantFolding.Stretched(node, first.Dimensions, second.Dimensions);
        var count = node.Allow(sizes);
        Array Combined<T>(T[] a, T[] b, Func<T, T, T> combine)
        {
            var values = new T[count];
            var left = new ConstantWalk(sizes, ConstantFolding.Steps(first.Dimensions, sizes), 0);
            var right = new ConstantWalk(sizes, ConstantFolding.Steps(second.Dimensions, sizes), 0);
            for (var i = 0; i < count; i++, left.Next(), right.Next())
                values[i] = combine(a[left.Place], b[right.Place]);
            return values;
        }
        return new OnnxTensor("", sizes, first.IsReal || second.IsReal
            ? Combined((float[])Converted(first, true).Values, (float[])Converted(second, true).Values, real)
            : Combined((long[])first.Values, (long[])second.Values, whole));
    }
}
