using FeatureMap.Ops;

namespace FeatureMap.Networks;

// Layers that a network is built of: activations.
public sealed partial class Feature
{
    /// <summary>max(0, x); see <see cref="Ops.Relu"/>.</summary>
    public Feature Relu(string? name = null) => Then(new Relu(), name);

    /// <summary>x above 0, slope times x below; see <see cref="Ops.LeakyRelu"/>.</summary>
    public Feature LeakyRelu(float slope = 0.01f, string? name = null) => Then(new LeakyRelu(slope), name);

    /// <summary>x above 0, slope times x below, where the slope is learned; see <see cref="Ops.PRelu"/>.</summary>
    /// <param name="slope">Where the slope starts.</param>
    /// <param name="isShared">Whether all channels have one slope together; by default each has its own.</param>
    /// <param name="name">The layer's name; <c>pRelu1</c>, <c>pRelu2</c>, ... by default.</param>
    public Feature PRelu(float slope = 0.25f, bool isShared = false, string? name = null) => Then(new PRelu(slope, isShared), name);

    /// <summary>min(max(0, x), 6); see <see cref="Ops.Relu6"/>.</summary>
    public Feature Relu6(string? name = null) => Then(new Relu6(), name);

    /// <summary>x above the threshold, else 0; see <see cref="Ops.ThresholdedRelu"/>.</summary>
    public Feature ThresholdedRelu(float threshold = 1, string? name = null) => Then(new ThresholdedRelu(threshold), name);

    /// <summary>x where it is farther from 0 than lambda, else 0; see <see cref="Ops.HardShrink"/>.</summary>
    public Feature HardShrink(float lambda = 0.5f, string? name = null) => Then(new HardShrink(lambda), name);

    /// <summary>x moved towards 0 by lambda, 0 up to there; see <see cref="Ops.SoftShrink"/>.</summary>
    public Feature SoftShrink(float lambda = 0.5f, string? name = null) => Then(new SoftShrink(lambda), name);

    /// <summary>x above 0, alpha (exp(x) - 1) below; see <see cref="Ops.Elu"/>.</summary>
    public Feature Elu(float alpha = 1, string? name = null) => Then(new Elu(alpha), name);

    /// <summary>The ELU that normalises itself, with weights that start by <see cref="Initializer.LeCunNormal"/>; see <see cref="Ops.Selu"/>.</summary>
    public Feature Selu(string? name = null) => Then(new Selu(), name);

    /// <summary>x above 0, alpha (exp(x / alpha) - 1) below; see <see cref="Ops.Celu"/>.</summary>
    public Feature Celu(float alpha = 1, string? name = null) => Then(new Celu(alpha), name);

    /// <summary>x times the probability that a normal number is below x; see <see cref="Ops.Gelu"/>.</summary>
    public Feature Gelu(bool approximate = false, string? name = null) => Then(new Gelu(approximate), name);

    /// <summary>x sigmoid(beta x), also called Swish; see <see cref="Ops.Silu"/>.</summary>
    public Feature Silu(float beta = 1, string? name = null) => Then(new Silu(beta), name);

    /// <summary>x tanh(log(1 + exp(x))); see <see cref="Ops.Mish"/>.</summary>
    public Feature Mish(string? name = null) => Then(new Mish(), name);

    /// <summary>x min(max(x + 3, 0), 6) / 6; see <see cref="Ops.HardSwish"/>.</summary>
    public Feature HardSwish(string? name = null) => Then(new HardSwish(), name);

    /// <summary>log(1 + exp(beta x)) / beta; see <see cref="Ops.Softplus"/>.</summary>
    public Feature Softplus(float beta = 1, string? name = null) => Then(new Softplus(beta), name);

    /// <summary>1 / (1 + exp(-x)); see <see cref="Ops.Sigmoid"/>.</summary>
    public Feature Sigmoid(string? name = null) => Then(new Sigmoid(), name);

    /// <summary>slope x + offset between 0 and 1; see <see cref="Ops.HardSigmoid"/>.</summary>
    public Feature HardSigmoid(float slope = 1f / 6, float offset = 0.5f, string? name = null) => Then(new HardSigmoid(slope, offset), name);

    /// <summary>Hyperbolic tangent; see <see cref="Ops.Tanh"/>.</summary>
    public Feature Tanh(string? name = null) => Then(new Tanh(), name);

    /// <summary>x between two bounds; see <see cref="Ops.HardTanh"/>.</summary>
    public Feature HardTanh(float low = -1, float high = 1, string? name = null) => Then(new HardTanh(low, high), name);

    /// <summary>x / (1 + |x|); see <see cref="Ops.Softsign"/>.</summary>
    public Feature Softsign(string? name = null) => Then(new Softsign(), name);

    /// <summary>Probabilities over the channels of each pixel; see <see cref="Ops.Softmax"/>. Not before <see cref="SoftmaxCrossEntropy"/>, which has its own.</summary>
    /// <exception cref="ShapeException">There is one channel only.</exception>
    public Feature Softmax(string? name = null) => Then(new Softmax(), name);

    /// <summary>Logarithms of probabilities over the channels of each pixel; see <see cref="Ops.LogSoftmax"/>.</summary>
    /// <exception cref="ShapeException">There is one channel only.</exception>
    public Feature LogSoftmax(string? name = null) => Then(new LogSoftmax(), name);
}
