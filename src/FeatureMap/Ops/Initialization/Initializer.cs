using FeatureMap.Ops;
using FeatureMap.Randomness;

namespace FeatureMap;

/// <summary>
/// How a parameter starts. A pure function of (seed, number of the parameter): the same seed gives the same bits everywhere. The scaled forms keep the
/// variance of activations (fan in) or of activations and gradients (Glorot, also called Xavier) the same from layer to layer.
/// Derive from it for a start of your own. Sources: Glorot and Bengio, AISTATS 2010; He et al., arXiv 1502.01852; LeCun et al., "Efficient backprop", 1998;
/// Saxe et al., arXiv 1312.6120; Aitken et al., arXiv 1707.02937.
/// </summary>
public abstract partial class Initializer
{
    /// <summary>All 0; for biases.</summary>
    public static Initializer Zeros { get; } = new ConstantInitializer(0);

    /// <summary>All 1; for scales.</summary>
    public static Initializer Ones { get; } = new ConstantInitializer(1);

    /// <summary>He: normal with variance 2 / fan in. For layers before a ReLU, which passes half of the variance.</summary>
    public static Initializer HeNormal { get; } = new ScaledInitializer(2, FanMode.In, isUniform: false);

    /// <summary>He: uniform with variance 2 / fan in.</summary>
    public static Initializer HeUniform { get; } = new ScaledInitializer(2, FanMode.In, isUniform: true);

    /// <summary>Glorot = Xavier: normal with variance 2 / (fan in + fan out). For layers before tanh or nothing.</summary>
    public static Initializer GlorotNormal { get; } = new ScaledInitializer(1, FanMode.Average, isUniform: false);

    /// <summary>Glorot = Xavier: uniform with variance 2 / (fan in + fan out); the default of Keras.</summary>
    public static Initializer GlorotUniform { get; } = new ScaledInitializer(1, FanMode.Average, isUniform: true);

    /// <summary>Another name of <see cref="GlorotNormal"/>: Xavier is Glorot's first name.</summary>
    public static Initializer XavierNormal => GlorotNormal;

    /// <summary>Another name of <see cref="GlorotUniform"/>.</summary>
    public static Initializer XavierUniform => GlorotUniform;

    /// <summary>LeCun: normal with variance 1 / fan in. For layers before SELU.</summary>
    public static Initializer LeCunNormal { get; } = new ScaledInitializer(1, FanMode.In, isUniform: false);

    /// <summary>LeCun: uniform with variance 1 / fan in.</summary>
    public static Initializer LeCunUniform { get; } = new ScaledInitializer(1, FanMode.In, isUniform: true);

    /// <summary>All the same number.</summary>
    /// <exception cref="UsageException">It is not finite, or beyond a million.</exception>
    public static Initializer Constant(float value) => new ConstantInitializer(Checked("A constant", value));

    /// <summary>Normal with a fixed deviation.</summary>
    /// <exception cref="UsageException">A number is not finite or beyond a million, or the deviation is negative.</exception>
    public static Initializer Normal(float deviation, float mean = 0) =>
        new NormalInitializer(CheckedSize("A deviation", deviation), Checked("A mean", mean), isTruncated: false);

    /// <summary>
    /// Normal with a fixed deviation, drawn again where it is 2 deviations or more from the mean, as Keras does. What is left has 0.88 of the deviation.
    /// </summary>
    /// <exception cref="UsageException">A number is not finite or beyond a million, or the deviation is negative.</exception>
    public static Initializer TruncatedNormal(float deviation, float mean = 0) =>
        new NormalInitializer(CheckedSize("A deviation", deviation), Checked("A mean", mean), isTruncated: true);

    /// <summary>Uniform in [-limit, limit).</summary>
    /// <exception cref="UsageException">The limit is not finite, negative, or beyond a million.</exception>
    public static Initializer Uniform(float limit) => new UniformInitializer(CheckedSize("A limit", limit));

    /// <summary>Uniform in [low, high).</summary>
    /// <exception cref="UsageException">A number is not finite or beyond a million, or they are in the wrong order.</exception>
    public static Initializer Uniform(float low, float high) => Checked("A limit", low) <= Checked("A limit", high)
        ? new RangeInitializer(low, high)
        : throw new UsageException($"A uniform distribution runs from the lower to the higher limit: received {low} to {high}.");

    /// <summary>
    /// The family that He, Glorot and LeCun belong to: variance = scale / fan. He is (2, in), LeCun (1, in), Glorot (1, average); (2, out) keeps the variance of
    /// gradients through ReLUs instead of that of activations.
    /// </summary>
    /// <param name="scale">The variance times the fan.</param>
    /// <param name="fan">Which fan counts.</param>
    /// <param name="isUniform">Uniform instead of normal.</param>
    /// <exception cref="UsageException">The scale is not finite, negative, or beyond a million.</exception>
    public static Initializer VarianceScaling(float scale, FanMode fan = FanMode.In, bool isUniform = false) =>
        new ScaledInitializer(CheckedSize("A scale", scale), fan, isUniform);

    /// <summary>
    /// Rows or columns of length gain that stand at right angles to each other (the fewer of the two), in a random direction. A layer then neither stretches nor
    /// shrinks what passes it, so very deep networks without normalisation start well. A kernel counts as a matrix of outputs x everything else.
    /// </summary>
    /// <exception cref="UsageException">The gain is not finite, negative, or beyond a million.</exception>
    public static Initializer Orthogonal(float gain = 1) => new OrthogonalInitializer(CheckedSize("A gain", gain));

    /// <summary>
    /// The layer starts as the identity: output channel i is gain times input channel i of its group, at the middle tap; other outputs are 0. PyTorch's dirac and eye.
    /// </summary>
    /// <exception cref="UsageException">The gain is not finite, or beyond a million.</exception>
    public static Initializer Identity(float gain = 1) => new IdentityInitializer(Checked("A gain", gain));

    /// <summary>
    /// ICNR, "initialised to convolution, nearest-neighbour resize": for a convolution before <see cref="PixelShuffle"/>. Draws the kernels of one small convolution
    /// and gives each of them to all r x r sub-pixels of its channel, so that the pair starts as that convolution followed by a nearest-neighbour enlargement,
    /// without checkerboards.
    /// </summary>
    /// <param name="factor">r of the pixel shuffle.</param>
    /// <param name="inner">How the small convolution starts; He normal by default.</param>
    /// <param name="order">The channel order of the pixel shuffle.</param>
    /// <exception cref="UsageException">The factor is below 1 or above 1,000.</exception>
    public static Initializer Icnr(int factor, Initializer? inner = null, ChannelOrder order = ChannelOrder.ColumnRowDepth) => factor is >= 1 and <= SubPixels.MostFactor
        ? new SubPixelInitializer(factor, inner ?? HeNormal, order)
        : throw new UsageException($"ICNR takes the factor of its pixel shuffle, from 1 to {SubPixels.MostFactor:N0}: received {factor:N0}.");

    /// <summary>Fills the values of a parameter from a sequence of its own.</summary>
    /// <param name="definition">Dimensions and fans of the parameter.</param>
    /// <param name="values">Receives <see cref="ParameterDefinition.Count"/> numbers.</param>
    /// <param name="random">Numbers for this parameter alone.</param>
    public abstract void Fill(ParameterDefinition definition, Span<float> values, ref RandomSequence random);

    private static float Checked(string what, float value) =>
        Math.Abs(value) <= Largest ? value : throw new UsageException($"{what} of initial weights must be between -{Largest:N0} and "
            + $"{Largest:N0}: received {value}. Common sizes are below 1.");

    private static float CheckedSize(string what, float value) =>
        value is >= 0 and <= Largest ? value : throw new UsageException($"{what} of initial weights must be between 0 and {Largest:N0}: "
            + $"received {value}. Common sizes are below 1.");
}

/// <summary>Which number of connections a scaled initialiser divides its variance by.</summary>
public enum FanMode
{
    /// <summary>Inputs that add into one output: keeps the variance of activations.</summary>
    In,

    /// <summary>Outputs that one input adds to: keeps the variance of gradients.</summary>
    Out,

    /// <summary>The mean of both: a compromise.</summary>
    Average,
}
