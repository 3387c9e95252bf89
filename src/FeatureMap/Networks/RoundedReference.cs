using FeatureMap.Ops;
using FeatureMap.Randomness;

namespace FeatureMap.Networks;

/// <summary>
/// What rounding can explain. A layer is computed by its naive reference in double precision several times: once exactly, and then with
/// every number wrong by up to 1e-5 of its size, which is some 80 times what float32 rounds by. How far the results lie apart says how a
/// network answers to rounding: a little where it is well conditioned, by whole steps where a number stands on the edge of a floor or a
/// comparison. Small whole numbers stay. The method is that of random rounding (Monte Carlo arithmetic; Parker, 1997).
/// </summary>
internal static class RoundedReference
{
    /// <summary>By how much of its size each number is wrong.</summary>
    public const double Relative = 1e-5;

    // Approximations of sigmoid, tanh and exp have steps of this size even where the result is tiny.
    private const double Absolute = 1e-7;

    // Small whole numbers are results of floors and comparisons, which are exact; large ones are rounded again in the sums that they go
    // into. What is divided by its own length or deviation may be 1 in truth and 0.9999999 in float32.
    private const double LargestWhole = 8;

    // The exact one; one where all errors go up, one where they go down, and two where they go as they like: one value on an edge is
    // pushed over it by the first two, a pair by the others.
    private const int Copies = 5;

    /// <summary>A batch of samples; the first copy is exact.</summary>
    public static ReferenceTensor[] Input(float[] samples, int batch, Shape shape, ref RandomSequence random)
    {
        var exact = new ReferenceTensor(batch, shape);
        for (var i = 0; i < samples.Length; i++)
            exact.Values[i] = samples[i];
        var copies = new ReferenceTensor[Copies];
        copies[0] = exact;
        for (var copy = 1; copy < Copies; copy++)
        {
            copies[copy] = new ReferenceTensor(batch, shape);
            exact.Values.CopyTo(copies[copy].Values, 0);
            Round(copies[copy].Values, exact.Values, copy, ref random);
        }
        return copies;
    }

    /// <summary>The output of a layer for each copy of its inputs.</summary>
    public static ReferenceTensor[] Layer(Op op, IReadOnlyList<ReferenceTensor[]> inputs, double[][] parameters, int batch, ref RandomSequence random)
    {
        var outputs = new ReferenceTensor[Copies];
        for (var copy = 0; copy < Copies; copy++)
        {
            var step = new StepState { Count = batch };
            var pass = ReferencePass.Create(op, [.. inputs.Select(input => input[copy])], parameters, ExecutionMode.Evaluation, step, 0, batch);
            op.ReferenceForward(pass);
            outputs[copy] = pass.Output;
            if (copy > 0) Round(pass.Output.Values, outputs[0].Values, copy, ref random, isWholeExact: op is not (L2Normalize or ImageNorm));
        }
        return outputs;
    }

    /// <summary>All layers of a network.</summary>
    public static ReferenceTensor[][] Network(Weights weights, float[] samples, int batch, ref RandomSequence random)
    {
        var layers = weights.Network.Layers;
        var outputs = new ReferenceTensor[layers.Count][];
        outputs[0] = Input(samples, batch, layers[0].Output, ref random);
        foreach (var layer in layers.Skip(1))
            outputs[layer.Index] = Layer(layer.Op!, [.. layer.Inputs.Select(input => outputs[input])], Parameters(weights, layer), batch, ref random);
        return outputs;
    }

    /// <summary>The numbers of a layer's parameters.</summary>
    public static double[][] Parameters(Weights weights, Layer layer) =>
        [.. layer.Parameters.Select(parameter => Array.ConvertAll(weights[$"{layer.Name}.{parameter.Name}"].Values.ToArray(), value => (double)value))];

    /// <summary>
    /// The largest number of an image in size, and how far its copies lie apart at most; infinite where one is no number.
    /// </summary>
    public static (double Largest, double Spread) Measure(ReferenceTensor[] copies, int image)
    {
        var count = copies[0].Shape.Count;
        var (largest, spread) = (0.0, 0.0);
        for (var i = image * count; i < (image + 1) * count; i++)
        {
            var exact = copies[0].Values[i];
            if (!double.IsFinite(exact)) return (double.PositiveInfinity, double.PositiveInfinity);
            largest = Math.Max(largest, Math.Abs(exact));
            for (var copy = 1; copy < copies.Length; copy++)
                spread = Math.Max(spread, double.IsFinite(copies[copy].Values[i]) ? Math.Abs(copies[copy].Values[i] - exact) : double.PositiveInfinity);
        }
        return (largest, spread);
    }

    private static void Round(double[] values, double[] exact, int copy, ref RandomSequence random, bool isWholeExact = true)
    {
        for (var i = 0; i < values.Length; i++)
        {
            if (exact[i] == Math.Round(exact[i]) && Math.Abs(exact[i]) <= LargestWhole && (isWholeExact || exact[i] == 0)) continue;
            var share = copy > 2 ? random.NextSingle(-1, 1) : random.NextSingle(0.5f, 1) * (copy == 1 ? 1 : -1);
            values[i] += ((Relative * Math.Abs(values[i])) + Absolute) * share;
        }
    }
}
