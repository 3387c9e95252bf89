using FeatureMap.Randomness;

namespace FeatureMap.Ops;

/// <summary>What values a case is filled with, and so how strictly kernel and reference must agree.</summary>
internal enum CaseValues
{
    /// <summary>Small integers: every sum is exact, so the results must be equal to the bit.</summary>
    Integers,

    /// <summary>Real numbers: agreement within float32 rounding.</summary>
    Reals,
}

/// <summary>What an input of a case may hold.</summary>
/// <param name="Kind">How the numbers are drawn.</param>
/// <param name="Low">For <see cref="InputKind.Range"/>: the least number.</param>
/// <param name="High">For <see cref="InputKind.Range"/>: the bound above.</param>
internal readonly record struct InputValues(InputKind Kind, double Low = 0, double High = 0)
{
    /// <summary>What the case says for all inputs.</summary>
    public static InputValues Any => new(InputKind.Any);

    /// <summary>Real numbers from low to below high.</summary>
    public static InputValues Between(double low, double high) => new(InputKind.Range, low, high);

    /// <summary>Probabilities over the channels that add up to 1.</summary>
    public static InputValues Probabilities => new(InputKind.Probabilities);

    /// <summary>1 at one channel and 0 at the others.</summary>
    public static InputValues OneHot => new(InputKind.OneHot);

    /// <summary>A whole number from 0 to below count.</summary>
    public static InputValues ClassIndex(int count) => new(InputKind.ClassIndex, 0, count);
}

/// <summary>How the numbers of an input are drawn.</summary>
internal enum InputKind
{
    Any,
    Range,
    Probabilities,
    OneHot,
    ClassIndex,
}

/// <summary>
/// One way to use an op. One table of cases per op feeds the comparison with the reference, the gradient check, the benchmark and the self-test.
/// </summary>
/// <param name="Name">Unique within the op; starts with what is special.</param>
/// <param name="Op">The op with its settings.</param>
/// <param name="Inputs">Shapes of the inputs.</param>
/// <param name="Batch">Images; often not a multiple of 16.</param>
/// <param name="Values">Integers where every operation is exact on them.</param>
internal sealed record OpCase(string Name, Op Op, Shape[] Inputs, int Batch = 3, CaseValues Values = CaseValues.Integers)
{
    /// <summary>What single inputs hold where the op is not defined on any numbers (a logarithm, a target); in the order of the inputs, empty for no restriction.</summary>
    public IReadOnlyList<InputValues> InputValues { get; init; } = [];

    public override string ToString() => $"{Op.Name}: {Name} | {Op.Settings} | {string.Join(" + ", Inputs)} | batch {Batch}";
}

/// <summary>What an op of one number must give.</summary>
/// <param name="Op">The op with its settings.</param>
/// <param name="X">The number.</param>
/// <param name="Value">What it becomes.</param>
/// <param name="Slope">The derivative there; where two pieces meet, PyTorch's.</param>
internal readonly record struct KnownValue(Op Op, double X, double Value, double Slope);

/// <summary>What a room offers beside the op itself: its cases. Static, because they belong to the kind of op and not to one of its uses.</summary>
internal interface IOpRoom
{
    /// <summary>At least one case for each path and each setting.</summary>
    static abstract IReadOnlyList<OpCase> Cases { get; }

    /// <summary>
    /// States the settings, each with name, range and place in an op, and makes the op of them: all that is written, read and shown
    /// follows from it.
    /// </summary>
    /// <exception cref="DataException">A setting is missing or cannot be meant so.</exception>
    static abstract Op FromSettings(OpSettings settings);

    /// <summary>The ONNX operators that are read as this op, alone or with others; none where a relative's room reads them.</summary>
    static virtual IReadOnlyList<OnnxOperator> OnnxOperators => [];

    /// <summary>Numbers of a formula, worked out apart in double precision: what an activation gives and its slope there.</summary>
    static virtual IReadOnlyList<KnownValue> KnownValues => [];

    /// <summary>
    /// Why libtorch, which judges all other ops by golden values, cannot judge this one, and who does; null where it does.
    /// </summary>
    static virtual string? WithoutGolden => null;

    /// <summary>A case drawn at random over everything that the op allows, small enough for a naive reference.</summary>
    static abstract OpCase RandomCase(ref RandomSequence random);
}

/// <summary>A room whose op has no settings.</summary>
internal interface IPlainRoom<TOp> : IOpRoom where TOp : Op, new()
{
    static Op IOpRoom.FromSettings(OpSettings settings) => new TOp();
}
