using FeatureMap.Goldens.Functions;
using FeatureMap.Ops;
using static TorchSharp.torch;

namespace FeatureMap.Goldens;

/// <summary>Our ops in libtorch's words: its own function where it has one, otherwise an expression of its functions, differentiated by its autograd all the same.</summary>
internal static class TorchFunctions
{
    private static readonly Dictionary<string, TorchFunction> Table =
        new[]
        {
            ActivationFunctions.All, ElementwiseFunctions.All, ReductionFunctions.All, WeightedFunctions.All, PoolFunctions.All,
            NormFunctions.All, RearrangingFunctions.All, LossFunctions.All, MetricFunctions.All, RandomFunctions.All,
        }
            .SelectMany(part => part).ToDictionary(function => function.Op, StringComparer.Ordinal);

    public static TorchFunction? Find(string op) => Table.GetValueOrDefault(op);

    public static Tensor Apply(Op op, TorchCall call) => Find(op.Name) is { } function
        ? function.Compute(op, call)
        : throw new NoCounterpartException($"nobody has said {op.Name} in libtorch's words: add a line to Functions/");
}

/// <summary>One line of the table.</summary>
/// <param name="Op">Name of our op.</param>
/// <param name="Compute">The same in libtorch.</param>
internal sealed record TorchFunction(string Op, Func<Op, TorchCall, Tensor> Compute)
{
    /// <summary>Whether the images of a batch meet in the op, so that a case is only the same with all of its images.</summary>
    public bool NeedsWholeBatch { get; init; }

    /// <summary>Cases beside those of the room, for settings that say the same in libtorch.</summary>
    public IReadOnlyList<OpCase> MoreCases { get; init; } = [];

    public static TorchFunction Of<TOp>(Func<TOp, TorchCall, Tensor> compute) where TOp : Op => new(typeof(TOp).Name, (op, call) => compute((TOp)op, call));

    public static TorchFunction Of<TOp>(Func<Tensor, Tensor> compute) where TOp : Op => new(typeof(TOp).Name, (_, call) => compute(call.X));
}
