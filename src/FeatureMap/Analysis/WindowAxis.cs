using FeatureMap.Networks;
using FeatureMap.Ops;

namespace FeatureMap.Analysis;

/// <summary>The windows of a convolution or pooling along one axis: output u stands with tap t on the input position u x stride - before + t x dilation.</summary>
internal sealed record WindowAxis(int Input, int Kernel, int Stride, int Dilation, int Before, int After, int Outputs)
{
    /// <summary>Positions from the first to the last tap.</summary>
    public int Extent => ConvGeometry.Extent(Kernel, Dilation);

    /// <summary>Positions of the padded input behind the last window. In ceil mode that window may reach beyond the padding: nothing is left over then.</summary>
    public int LeftOver => (int)Math.Max(0, (long)Input + Before + After - ((Outputs - 1L) * Stride) - Extent);

    /// <summary>Input positions that no tap of any window stands on.</summary>
    public int Unread => Reads().Count(reads => reads == 0);

    /// <summary>Taps that meet in an input position, by its phase: position modulo stride. See <see cref="ConvTranspose2d.Overlap"/>.</summary>
    public IReadOnlyList<int> Phases => ConvTranspose2d.Overlap(Kernel, Stride, Dilation);

    /// <summary>Whether the taps leave out a phase of the stride, so that positions between the windows are skipped.</summary>
    public bool HasGaps => Phases.Min() == 0;

    /// <summary>Rows and columns of a layer with windows, weight normalisation or not; null for all other layers.</summary>
    public static (WindowAxis Rows, WindowAxis Columns)? Of(Layer layer)
    {
        switch (layer.PlainOp)
        {
            case Conv2d conv:
                return Of(conv.Geometry(layer.InputShapes[0]));
            case WindowPool pool:
                var windows = pool.Geometry(layer.InputShapes[0]);
                return (Of(windows.Vertical), Of(windows.Horizontal));
            default:
                return null;
        }
    }

    /// <summary>Rows and columns of a convolution.</summary>
    public static (WindowAxis Rows, WindowAxis Columns) Of(ConvGeometry g) =>
        (new WindowAxis(g.Input.Height, g.KernelHeight, g.StrideVertical, g.DilationVertical, g.Padding.Top, g.Padding.Bottom, g.OutputHeight),
        new WindowAxis(g.Input.Width, g.KernelWidth, g.StrideHorizontal, g.DilationHorizontal, g.Padding.Left, g.Padding.Right, g.OutputWidth));

    /// <summary>How many taps of all windows together stand on each input position.</summary>
    public int[] Reads()
    {
        var reads = new int[Input];
        for (var output = 0; output < Outputs; output++)
            for (var tap = 0; tap < Kernel; tap++)
                if (((long)output * Stride) - Before + ((long)tap * Dilation) is >= 0 and var position && position < Input)
                    reads[position]++;
        return reads;
    }

    private static WindowAxis Of(PoolAxis axis) => new(axis.Input, axis.Kernel, axis.Stride, axis.Dilation, axis.Before, axis.After, axis.Output);
}
