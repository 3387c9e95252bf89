using FeatureMap.Lanes;
using FeatureMap.Ops;

namespace FeatureMap.Tests.Goldens;

/// <summary>What a comparison with golden numbers found.</summary>
/// <param name="Numbers">How many numbers were compared.</param>
/// <param name="Largest">The largest difference.</param>
/// <param name="Share">The largest difference as a share of what is allowed there: see <see cref="GoldenTolerance"/>.</param>
/// <param name="Failure">The first number beyond what is allowed, or null.</param>
internal readonly record struct GoldenResult(long Numbers, double Largest, double Share, string? Failure)
{
    /// <summary>Both results together.</summary>
    public static GoldenResult operator +(GoldenResult a, GoldenResult b) =>
        new(a.Numbers + b.Numbers, Math.Max(a.Largest, b.Largest), Math.Max(a.Share, b.Share), a.Failure ?? b.Failure);

    /// <summary>Compares one tensor.</summary>
    public static GoldenResult Of(string what, ReadOnlySpan<float> expected, ReadOnlySpan<double> received)
    {
        if (expected.Length != received.Length) return new(0, double.PositiveInfinity, double.PositiveInfinity, $"{what} has {received.Length} numbers, libtorch's {expected.Length}");
        double largest = 0, share = 0;
        string? failure = null;
        for (var i = 0; i < expected.Length; i++)
        {
            var part = GoldenTolerance.Share(expected[i], received[i]);
            if (part > 1) failure ??= FormattableString.Invariant($"{what}[{i}] is {received[i]:R}, libtorch says {expected[i]:R}");
            (largest, share) = (Math.Max(largest, Math.Abs(received[i] - expected[i])), Math.Max(share, part));
        }
        return new(expected.Length, largest, share, failure);
    }
}

/// <summary>Runs our kernels on the numbers of a case and compares everything that they compute.</summary>
internal static class GoldenComparison
{
    public static GoldenResult Compare(GoldenCase golden, LaneWidth width)
    {
        if (golden.Op.IsView(ExecutionMode.Training)) return CompareView(golden);
        var definitions = golden.Op.Parameters(golden.Inputs);
        var runner = new OpRunner(Pass(golden, definitions, ExecutionMode.Training), width);
        runner.Forward();
        var result = Of(golden, GoldenNames.Output, runner.Output().Values);
        runner.Backward();
        for (var i = 0; i < golden.Inputs.Length; i++)
            if (golden.Op.HasGradient(i))
                result += Of(golden, GoldenNames.Gradient(GoldenNames.Input(i)), runner.InputGradient(i).Values);
        for (var i = 0; i < definitions.Count; i++)
            result += definitions[i].Trainable
                ? Of(golden, GoldenNames.Gradient(definitions[i].Name), Doubles(runner.Gradient(i)))
                : Of(golden, GoldenNames.After(definitions[i].Name), Doubles(runner.Values(i)));
        if (!golden.Numbers.ContainsKey(GoldenNames.Evaluation)) return result;
        var evaluation = new OpRunner(Pass(golden, definitions, ExecutionMode.Evaluation), width);
        evaluation.Forward();
        return result + Of(golden, GoldenNames.Evaluation, evaluation.Output().Values);
    }

    // No kernel runs: the output is the input's memory, and its gradient the output gradient's.
    private static GoldenResult CompareView(GoldenCase golden) =>
        Of(golden, GoldenNames.Output, Doubles(golden.Numbers[GoldenNames.Input(0)]))
        + Of(golden, GoldenNames.Gradient(GoldenNames.Input(0)), Doubles(golden.Numbers[GoldenNames.Gradient(GoldenNames.Output)]));

    private static GoldenResult Of(GoldenCase golden, string name, double[] received) =>
        GoldenResult.Of($"{golden.Op}, {golden.Name}: {name}", golden.Numbers[name], received);

    private static ReferencePass Pass(GoldenCase golden, IReadOnlyList<ParameterDefinition> definitions, ExecutionMode mode)
    {
        var inputs = golden.Inputs.Select(shape => new ReferenceTensor(golden.Batch, shape)).ToArray();
        for (var i = 0; i < inputs.Length; i++)
            Doubles(golden.Numbers[GoldenNames.Input(i)]).CopyTo(inputs[i].Values, 0);
        var parameters = definitions.Select(definition => Doubles(golden.Numbers[definition.Name])).ToArray();
        var pass = ReferencePass.Create(golden.Op, inputs, parameters, mode, new StepState { Step = GoldenCase.Step, Count = golden.Batch }, batch: golden.Batch);
        Doubles(golden.Numbers[GoldenNames.Gradient(GoldenNames.Output)]).CopyTo(pass.OutputGradient!.Values, 0);
        return pass;
    }

    private static double[] Doubles(ReadOnlySpan<float> values)
    {
        var wide = new double[values.Length];
        for (var i = 0; i < wide.Length; i++)
            wide[i] = values[i];
        return wide;
    }
}
