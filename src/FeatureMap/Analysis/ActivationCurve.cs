using FeatureMap.Lanes;
using FeatureMap.Ops;
using FeatureMap.Randomness;

namespace FeatureMap.Analysis;

/// <summary>One point of a curve.</summary>
/// <param name="X">The number that goes in.</param>
/// <param name="Value">What comes out.</param>
/// <param name="Derivative">How fast it changes there.</param>
public readonly record struct CurvePoint(float X, float Value, float Derivative);

/// <summary>
/// The curve of an activation, or of any other op that makes one number of one number, with its derivative: computed by the kernels that
/// train, so a plot shows what a network does and not what a formula says.
/// </summary>
public static class ActivationCurve
{
    /// <summary>Value and derivative at evenly spaced points, both ends included. Parameters (the slope of a <see cref="PRelu"/>) are as
    /// they start.</summary>
    /// <param name="op">The function.</param>
    /// <param name="from">The first point.</param>
    /// <param name="to">The last point.</param>
    /// <param name="points">How many points; at least 2.</param>
    /// <exception cref="UsageException">The range is empty, or the op is not a function of one number.</exception>
    /// <exception cref="ShapeException">The op does not take a single number.</exception>
    public static IReadOnlyList<CurvePoint> Of(Op op, float from = -6, float to = 6, int points = 241)
    {
        ArgumentNullException.ThrowIfNull(op);
        if (!(from < to && float.IsFinite(to - from)) || points is < 2 or > 1_000_000)
            throw new UsageException($"A curve goes from a number to a larger one in 2 to 1,000,000 points: received {from} to {to} "
                + $"in {points}.");
        if (op.InputCount != 1 || op.IsView(ExecutionMode.Training) || !op.HasGradient(0) || op.OutputShape([Number]) != Number)
            throw NoFunction(op);
        float[] x = [.. Enumerable.Range(0, points).Select(i => (float)(from + (((double)to - from) * i / (points - 1))))];
        var curve = Compute(op, x);
        // A function does not look at its neighbours: without the first point and in another order, each number gives the same again.
        var again = Compute(op, [.. x.Skip(1).Reverse()]);
        return curve.Skip(1).Reverse().SequenceEqual(again) ? curve : throw NoFunction(op);
    }

    private static Shape Number => Shape.Vector(1);

    private static UsageException NoFunction(Op op) =>
        new($"{op} has no curve: only an op that makes one number of one number, whatever stands beside it, has one, such as Relu or "
            + "Gelu.");

    // Every point is an image of one number.
    private static CurvePoint[] Compute(Op op, float[] x)
    {
        var input = new ReferenceTensor(x.Length, Number);
        Array.Copy(x, input.Values, x.Length);
        var pass = ReferencePass.Create(op, [input], [.. op.Parameters([Number]).Select(Start)], ExecutionMode.Training);
        Array.Fill(pass.OutputGradient!.Values, 1);
        var runner = new OpRunner(pass, LaneWidth.Automatic);
        runner.Forward();
        runner.Backward();
        var (values, derivatives) = (runner.Output().Values, runner.InputGradient(0).Values);
        return [.. x.Select((number, i) => new CurvePoint(number, (float)values[i], (float)derivatives[i]))];
    }

    private static double[] Start(ParameterDefinition definition)
    {
        var values = new float[definition.Count];
        var random = new RandomSequence(0, RandomPurpose.Initialization);
        definition.Initializer.Fill(definition, values, ref random);
        return Array.ConvertAll(values, value => (double)value);
    }
}
