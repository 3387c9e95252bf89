using FeatureMap.Ops;

namespace FeatureMap.Networks;

// Layers that a network or a loss is built of: one number of many, along chosen axes of each image. The axes stay with size 1, so results stretch over their input.
public sealed partial class Feature
{
    /// <summary>The sum along axes, by default one number per image; see <see cref="ReduceSum"/>.</summary>
    public Feature Sum(Axes axes = Axes.All, string? name = null) => Then(new ReduceSum(axes), name);

    /// <summary>The mean along axes, by default one number per image; see <see cref="ReduceMean"/>.</summary>
    public Feature Mean(Axes axes = Axes.All, string? name = null) => Then(new ReduceMean(axes), name);

    /// <summary>The largest number along axes, by default of the image; see <see cref="ReduceMax"/>. The larger of two outputs is <see cref="Maximum(Feature, string?)"/>.</summary>
    public Feature Max(Axes axes = Axes.All, string? name = null) => Then(new ReduceMax(axes), name);

    /// <summary>The smallest number along axes, by default of the image; see <see cref="ReduceMin"/>. The smaller of two outputs is <see cref="Minimum(Feature, string?)"/>.</summary>
    public Feature Min(Axes axes = Axes.All, string? name = null) => Then(new ReduceMin(axes), name);

    /// <summary>
    /// The number of the channel that holds the largest number, pixel by pixel: classes of scores. No gradient goes back; see <see
    /// cref="Ops.ArgMax"/>.
    /// </summary>
    public Feature ArgMax(string? name = null) => Then(new ArgMax(), name);

    /// <summary>log of the sum of exp(x) along axes, safe for numbers of any size; see <see cref="ReduceLogSumExp"/>. <c>x - x.LogSumExp(Axes.Channels)</c> is the log-softmax.</summary>
    public Feature LogSumExp(Axes axes = Axes.All, string? name = null) => Then(new ReduceLogSumExp(axes), name);

    /// <summary>The sum of the absolute values along axes; see <see cref="ReduceL1"/>.</summary>
    public Feature L1Norm(Axes axes = Axes.All, string? name = null) => Then(new ReduceL1(axes), name);

    /// <summary>The root of the sum of the squares along axes; see <see cref="ReduceL2"/>. <c>x / (x.L2Norm() + 1e-6)</c> has length 1.</summary>
    public Feature L2Norm(Axes axes = Axes.All, string? name = null) => Then(new ReduceL2(axes), name);

    /// <summary>The sum of the squares along axes; see <see cref="ReduceSumSquare"/>.</summary>
    public Feature SumOfSquares(Axes axes = Axes.All, string? name = null) => Then(new ReduceSumSquare(axes), name);

    /// <summary>The product along axes; see <see cref="ReduceProduct"/>.</summary>
    public Feature Product(Axes axes = Axes.All, string? name = null) => Then(new ReduceProduct(axes), name);
}
