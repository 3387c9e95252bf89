using FeatureMap.Ops;
using static TorchSharp.torch;

namespace FeatureMap.Torch;

/// <summary>
/// Our ops in libtorch's words: its own function where it has one, otherwise an expression of its functions, differentiated by its autograd
/// all the same. One table for the golden values, the benchmark and the engine.
/// </summary>
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

    /// <summary>In libtorch's own words.</summary>
    /// <exception cref="NoCounterpartException">It has none for these settings.</exception>
    public static Tensor Apply(Op op, TorchCall call) => FunctionOf(op).Compute(op, call);

    /// <summary>In libtorch's own words, or out of our tables where it has none.</summary>
    public static Tensor ApplyAny(Op op, TorchCall call)
    {
        var function = FunctionOf(op);
        if (function.ComputeByTable is not { } byTable) return function.Compute(op, call);
        try
        {
            return function.Compute(op, call);
        }
        catch (NoCounterpartException)
        {
            return byTable(op, call);
        }
    }

    private static TorchFunction FunctionOf(Op op) => Find(op.Name)
        ?? throw new NoCounterpartException($"nobody has said {op.Name} in libtorch's words: add a line to src/FeatureMap.Torch/Functions");
}
