using FeatureMap.Networks;

namespace FeatureMap.Analysis;

/// <summary>
/// How many products reach each pixel, when every weight and every input is 1: the pattern that a stack of layers draws before it has
/// learned anything. Forward it shows the checkerboards of a decoder (transposed convolutions whose stride does not divide the kernel),
/// backward those in the gradient of strided convolutions and pools, and how often each input pixel is read. One channel is counted;
/// further ones multiply all numbers alike. Interpolation counts by its weights.
/// Source: Odena, Dumoulin and Olah, "Deconvolution and checkerboard artifacts", Distill 2016.
/// </summary>
/// <example><code>
/// var decoder = Network.Build(Shape.Image(1, 8, 8), x => x.ConvTranspose(1, kernel: 3, stride: 2));
/// Console.WriteLine(OverlapMap.Forward(decoder).Ratio);              // 4: 2 along each axis
/// </code></example>
public sealed class OverlapMap
{
    private readonly double[] counts;

    private OverlapMap(Shape plane, double[] counts)
    {
        (Height, Width, this.counts) = (plane.Height, plane.Width, counts);
        // Borders always get fewer; what matters is the middle half.
        (Smallest, Largest) = (double.PositiveInfinity, 0);
        for (var row = Height / 4; row < Math.Max((Height / 4) + 1, Height - (Height / 4)); row++)
            for (var column = Width / 4; column < Math.Max((Width / 4) + 1, Width - (Width / 4)); column++)
                (Smallest, Largest) = (Math.Min(Smallest, this[row, column]), Math.Max(Largest, this[row, column]));
    }

    /// <summary>Rows of the map.</summary>
    public int Height { get; }

    /// <summary>Columns of the map.</summary>
    public int Width { get; }

    /// <summary>Products that reach a pixel.</summary>
    public double this[int row, int column] => counts[(row * Width) + column];

    /// <summary>Least count in the middle half of both axes, away from the borders.</summary>
    public double Smallest { get; }

    /// <summary>Largest count in the middle half of both axes.</summary>
    public double Largest { get; }

    /// <summary>Largest by smallest in the middle: 1 is even, 4 the checkerboard of a 3x3 kernel with stride 2, infinite where pixels get
    /// nothing.</summary>
    public double Ratio => Smallest == 0 ? double.PositiveInfinity : Largest / Smallest;

    /// <summary>All counts together: the multiply-adds of one channel, for one layer without pooling.</summary>
    public double Total => counts.Sum();

    /// <summary>Products that reach each output pixel of a network.</summary>
    /// <exception cref="UsageException">Paths cannot be counted through a layer (global pooling, dense layers).</exception>
    public static OverlapMap Forward(Network network)
    {
        ArgumentNullException.ThrowIfNull(network);
        var skeleton = SpatialSkeleton.Of(network, network.Layers[^1]);
        return new OverlapMap(skeleton.Output, skeleton.CountForward());
    }

    /// <summary>Products that reach each input pixel of a network on the way back, when every output pixel has the gradient 1.</summary>
    /// <exception cref="UsageException">Paths cannot be counted through a layer (global pooling, dense layers).</exception>
    public static OverlapMap Gradient(Network network)
    {
        ArgumentNullException.ThrowIfNull(network);
        var skeleton = SpatialSkeleton.Of(network, network.Layers[^1]);
        var ones = new double[skeleton.Output.Count];
        Array.Fill(ones, 1);
        return new OverlapMap(network.Input, skeleton.CountBackward(ones));
    }
}
