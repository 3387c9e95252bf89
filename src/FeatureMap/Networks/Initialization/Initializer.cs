using System.Globalization;
using FeatureMap.Ops;
using FeatureMap.Randomness;

namespace FeatureMap;

/// <summary>
/// How a parameter starts. A pure function of (seed, number of the parameter): the same seed gives the same bits everywhere. The scaled forms keep the
/// variance of activations (fan in) or of activations and gradients (Glorot, also called Xavier) the same from layer to layer.
/// Sources: Glorot and Bengio, AISTATS 2010; He et al., arXiv 1502.01852; LeCun et al., "Efficient backprop", 1998.
/// </summary>
public abstract class Initializer
{
    /// <summary>All 0; for biases.</summary>
    public static Initializer Zeros { get; } = new ConstantInitializer("zeros", 0);

    /// <summary>All 1; for scales.</summary>
    public static Initializer Ones { get; } = new ConstantInitializer("ones", 1);

    /// <summary>He: normal with variance 2 / fan in. For layers before a ReLU, which passes half of the variance.</summary>
    public static Initializer HeNormal { get; } = new ScaledInitializer("he-normal", isUniform: false, (fanIn, _) => 2.0 / fanIn);

    /// <summary>He: uniform with variance 2 / fan in.</summary>
    public static Initializer HeUniform { get; } = new ScaledInitializer("he-uniform", isUniform: true, (fanIn, _) => 2.0 / fanIn);

    /// <summary>Glorot = Xavier: normal with variance 2 / (fan in + fan out). For layers before tanh or nothing.</summary>
    public static Initializer GlorotNormal { get; } = new ScaledInitializer("glorot-normal", isUniform: false, (fanIn, fanOut) => 2.0 / (fanIn + fanOut));

    /// <summary>Glorot = Xavier: uniform with variance 2 / (fan in + fan out); the default of Keras.</summary>
    public static Initializer GlorotUniform { get; } = new ScaledInitializer("glorot-uniform", isUniform: true, (fanIn, fanOut) => 2.0 / (fanIn + fanOut));

    /// <summary>LeCun: normal with variance 1 / fan in.</summary>
    public static Initializer LeCunNormal { get; } = new ScaledInitializer("lecun-normal", isUniform: false, (fanIn, _) => 1.0 / fanIn);

    /// <summary>Names of the initialisers without a number of their own.</summary>
    internal static IReadOnlyList<string> Names => [.. Named.Select(initializer => initializer.Name)];

    private static Initializer[] Named => [HeNormal, HeUniform, GlorotNormal, GlorotUniform, LeCunNormal, Zeros, Ones];

    /// <summary>Short name for tables and configurations.</summary>
    public abstract string Name { get; }

    /// <summary>All the same number.</summary>
    public static Initializer Constant(float value) => new ConstantInitializer(FormattableString.Invariant($"constant({value})"), value);

    /// <summary>Normal with mean 0 and a fixed deviation.</summary>
    public static Initializer Normal(float deviation) => new ScaledInitializer(FormattableString.Invariant($"normal({deviation})"), isUniform: false, (_, _) => (double)deviation * deviation);

    /// <summary>Uniform in [-limit, limit).</summary>
    public static Initializer Uniform(float limit) => new ScaledInitializer(FormattableString.Invariant($"uniform({limit})"), isUniform: true, (_, _) => (double)limit * limit / 3);

    /// <summary>The initialiser of this <see cref="Name"/>; null where there is none among those of this class.</summary>
    internal static Initializer? FromName(string name)
    {
        if (Named.FirstOrDefault(initializer => initializer.Name == name) is { } named) return named;
        var open = name.IndexOf('(', StringComparison.Ordinal);
        if (open < 0 || !name.EndsWith(')') || !float.TryParse(name.AsSpan(open + 1, name.Length - open - 2), NumberStyles.Float, CultureInfo.InvariantCulture, out var size) || !(size is > -1e6f and < 1e6f))
            return null;
        return name[..open] switch { "normal" when size >= 0 => Normal(size), "uniform" when size >= 0 => Uniform(size), "constant" => Constant(size), _ => null };
    }

    /// <summary>Fills the values of a parameter from a sequence of its own.</summary>
    /// <param name="definition">Dimensions and fans of the parameter.</param>
    /// <param name="values">Receives <see cref="ParameterDefinition.Count"/> numbers.</param>
    /// <param name="random">Numbers for this parameter alone.</param>
    public abstract void Fill(ParameterDefinition definition, Span<float> values, ref RandomSequence random);

    /// <inheritdoc/>
    public override string ToString() => Name;

    private sealed class ConstantInitializer(string name, float value) : Initializer
    {
        public override string Name => name;

        public override void Fill(ParameterDefinition definition, Span<float> values, ref RandomSequence random) => values.Fill(value);
    }

    private sealed class ScaledInitializer(string name, bool isUniform, Func<long, long, double> variance) : Initializer
    {
        public override string Name => name;

        public override void Fill(ParameterDefinition definition, Span<float> values, ref RandomSequence random)
        {
            var deviation = Math.Sqrt(variance(definition.FanIn, definition.FanOut));
            var limit = deviation * Math.Sqrt(3);
            foreach (ref var value in values)
                value = (float)(isUniform ? ((2 * random.NextDouble()) - 1) * limit : random.NextNormal() * deviation);
        }
    }
}
