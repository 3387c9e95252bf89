using FeatureMap.Lanes;

namespace FeatureMap.Ops;

/// <summary>
/// What the poolings share whose output has a fixed size: each plane is cut into a grid of bins, whatever its height and width, and each bin gives its largest
/// number or its mean. No parameters, no multiply-adds by the field's count.
/// Source: He, Zhang, Ren and Sun, "Spatial pyramid pooling in deep convolutional networks for visual recognition", arXiv 1406.4729.
/// </summary>
public abstract partial class BinPool : Op
{
    private protected const int MostBins = 1_000;

    private protected BinPool() { }

    /// <inheritdoc/>
    public override IReadOnlyList<ParameterDefinition> Parameters(IReadOnlyList<Shape> inputs) => [];

    /// <inheritdoc/>
    public override Cost Cost(IReadOnlyList<Shape> inputs) => new(0);

    /// <summary>Whether a bin gives its largest number; else it gives its mean.</summary>
    internal abstract bool TakesMaximum { get; }

    /// <summary>The grids over a plane of this input, whose outputs follow each other: grid after grid, then channel, row of bins, bin.</summary>
    internal abstract IReadOnlyList<BinGrid> Grids(Shape input);

    // The place of each bin's largest number is kept, and a mean needs nothing.
    internal override GradientReads GradientReads => GradientReads.None;

    internal override Kernel CreateKernel<TLanes>(KernelSite site) =>
        TakesMaximum ? new BinMaximumKernel<TLanes>(Grids(site.Input.Shape), site) : new BinMeanKernel<TLanes>(Grids(site.Input.Shape), site);

    internal override void ReferenceForward(ReferencePass pass) => ForEachBin(pass, (image, channel, output, pixels) =>
        pass.Output[image, output] = Counted(pass, image, channel, pixels).Average(pixel => pass.Input[image, channel, pixel.Row, pixel.Column]));

    internal override void ReferenceBackward(ReferencePass pass) => ForEachBin(pass, (image, channel, output, pixels) =>
    {
        var counted = Counted(pass, image, channel, pixels);
        foreach (var (row, column) in counted)
            pass.InputGradients[0][image, channel, row, column] += pass.OutputGradient![image, output] / counted.Count;
    });

    /// <summary>All bins of all images and channels, each with the number of its output and its pixels in row-major order.</summary>
    private void ForEachBin(ReferencePass pass, Action<int, int, int, List<(int Row, int Column)>> action)
    {
        for (var image = 0; image < pass.Input.Batch; image++)
        {
            var output = 0;
            foreach (var grid in Grids(pass.Input.Shape))
                for (var channel = 0; channel < pass.Input.Shape.Channels; channel++)
                    foreach (var (top, bottom) in grid.Rows.Bins)
                        foreach (var (left, right) in grid.Columns.Bins)
                        {
                            var pixels = new List<(int Row, int Column)>();
                            for (var row = top; row < bottom; row++)
                                for (var column = left; column < right; column++)
                                    pixels.Add((row, column));
                            action(image, channel, output++, pixels);
                        }
        }
    }

    /// <summary>The pixels whose mean the bin gives: all of them, or the largest one alone.</summary>
    private List<(int Row, int Column)> Counted(ReferencePass pass, int image, int channel, List<(int Row, int Column)> pixels) =>
        TakesMaximum ? [Winner(pass, image, channel, pixels)] : pixels;

    private static (int Row, int Column) Winner(ReferencePass pass, int image, int channel, List<(int Row, int Column)> pixels)
    {
        var winner = pixels[0];
        foreach (var pixel in pixels)
        {
            var value = pass.Input[image, channel, pixel.Row, pixel.Column];
            // Strictly larger: among equal ones the first stays.
            if (value > pass.Input[image, channel, winner.Row, winner.Column] || double.IsNaN(value)) winner = pixel;
        }
        return winner;
    }
}
