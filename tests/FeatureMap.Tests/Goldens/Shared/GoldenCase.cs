using FeatureMap.Ops;

namespace FeatureMap.Tests.Goldens;

/// <summary>One use of an op with all its numbers, as libtorch computed them in double precision.</summary>
internal sealed class GoldenCase
{
    /// <summary>Number of the step that it is computed in, for ops that change with time.</summary>
    public const int Step = 3;

    /// <summary>The name of the room's case.</summary>
    public required string Name { get; init; }

    /// <summary>The op with its settings.</summary>
    public required Op Op { get; init; }

    /// <summary>Images.</summary>
    public required int Batch { get; init; }

    /// <summary>Shapes of the inputs.</summary>
    public required Shape[] Inputs { get; init; }

    /// <summary>
    /// How far libtorch itself is off when it computes in single precision, as a share of what the tests allow: above about 1 the arithmetic is to blame and not the engine.
    /// </summary>
    public double PeerShare { get; set; }

    /// <summary>All numbers by name: see <see cref="GoldenNames"/>.</summary>
    public Dictionary<string, float[]> Numbers { get; } = new(StringComparer.Ordinal);
}

/// <summary>What the numbers of a case are called.</summary>
internal static class GoldenNames
{
    public const string Output = "output";

    /// <summary>The output in evaluation, of ops with running statistics.</summary>
    public const string Evaluation = "evaluation output";

    public static string Input(int index) => $"input {index}";

    /// <summary>The gradient of the total by an input, a parameter or the output (which is where it begins).</summary>
    public static string Gradient(string of) => $"{of} gradient";

    /// <summary>A running statistic after a training step.</summary>
    public static string After(string parameter) => $"{parameter} after";
}

/// <summary>How near the numbers must be: |received - expected| within 1e-5 + 1e-5 |expected|.</summary>
internal static class GoldenTolerance
{
    public const double Absolute = 1e-5, Relative = 1e-5;

    /// <summary>The difference as a share of what is allowed: up to 1 is near enough. Infinite where one is not a number.</summary>
    public static double Share(double expected, double received)
    {
        var share = Math.Abs(received - expected) / (Absolute + (Relative * Math.Abs(expected)));
        return double.IsNaN(share) ? double.PositiveInfinity : share;
    }
}
