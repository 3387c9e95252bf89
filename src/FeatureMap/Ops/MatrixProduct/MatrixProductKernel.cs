using System.Runtime.CompilerServices;
using FeatureMap.Lanes;

namespace FeatureMap.Ops;

/// <summary>
/// Three matrix products with their own steps, each image in its lane: Y = A B forward, dA = dY B^T and dB = A^T dY back. A transposed
/// matrix is the same memory with rows and columns exchanged. Each sum runs over the depth in order, so the tile does not change the bits.
/// </summary>
internal sealed unsafe class MatrixProductKernel<TLanes>(KernelSite site) : ShardKernel(site) where TLanes : unmanaged, ILanes<TLanes>
{
    private readonly int channels = site.Output.Shape.Channels, rows = site.Output.Shape.Height, columns = site.Output.Shape.Width, depth = site.Inputs[0].Shape.Width;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected override void Forward(in WorkItem item)
    {
        for (var channel = 0; channel < channels; channel++)
            Product(Plain(Site.Inputs[0], item, channel), Plain(Site.Inputs[1], item, channel), Plain(Site.Output, item, channel), rows,
                columns, depth, adds: false);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected override void Backward(in WorkItem item)
    {
        // A matrix that met all channels gets the sum of their gradients.
        for (var channel = 0; channel < channels; channel++)
        {
            var dy = Plain(Site.OutputGradient!, item, channel);
            if (Site.InputGradients[0] is { } left)
                Product(dy, Plain(Site.Inputs[1], item, channel).Transposed, Plain(left, item, channel), rows, depth, columns,
                    adds: channel > 0 && left.Shape.Channels == 1);
            if (Site.InputGradients[1] is { } right)
                Product(Plain(Site.Inputs[0], item, channel).Transposed, dy, Plain(right, item, channel), depth, columns, rows,
                    adds: channel > 0 && right.Shape.Channels == 1);
        }
    }

    private static Matrix Plain(LaneTensor tensor, in WorkItem item, int channel) =>
        new(tensor.At(item.Slot) + (channel % tensor.Shape.Channels * tensor.ChannelStep), tensor.Shape.Width * (nint)LaneLayout.Lanes, LaneLayout.Lanes);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Product(Matrix a, Matrix b, Matrix y, int rows, int columns, int depth, bool adds)
    {
        const int tile = 4;
        for (var row = 0; row < rows; row++)
            for (var part = 0; part < LaneLayout.Lanes; part += TLanes.Width)
            {
                float* left = a.Start + (row * a.Row) + part, target = y.Start + (row * y.Row) + part;
                var column = 0;
                for (; column + tile <= columns; column += tile)
                {
                    float* to = target + (column * y.Column), from = left, right = b.Start + (column * b.Column) + part;
                    var (s0, s1, s2, s3) = adds
                        ? (TLanes.Load(to), TLanes.Load(to + y.Column), TLanes.Load(to + (2 * y.Column)), TLanes.Load(to + (3 * y.Column)))
                        : (TLanes.Zero, TLanes.Zero, TLanes.Zero, TLanes.Zero);
                    for (var k = 0; k < depth; k++, from += a.Column, right += b.Row)
                    {
                        var factor = TLanes.Load(from);
                        s0 = TLanes.MultiplyAdd(factor, TLanes.Load(right), s0);
                        s1 = TLanes.MultiplyAdd(factor, TLanes.Load(right + b.Column), s1);
                        s2 = TLanes.MultiplyAdd(factor, TLanes.Load(right + (2 * b.Column)), s2);
                        s3 = TLanes.MultiplyAdd(factor, TLanes.Load(right + (3 * b.Column)), s3);
                    }
                    TLanes.Store(to, s0);
                    TLanes.Store(to + y.Column, s1);
                    TLanes.Store(to + (2 * y.Column), s2);
                    TLanes.Store(to + (3 * y.Column), s3);
                }
                for (; column < columns; column++)
                {
                    float* to = target + (column * y.Column), from = left, right = b.Start + (column * b.Column) + part;
                    var sum = adds ? TLanes.Load(to) : TLanes.Zero;
                    for (var k = 0; k < depth; k++, from += a.Column, right += b.Row)
                        sum = TLanes.MultiplyAdd(TLanes.Load(from), TLanes.Load(right), sum);
                    TLanes.Store(to, sum);
                }
            }
    }

    /// <summary>Where a matrix begins, and how far it is to the next row and column.</summary>
    private readonly struct Matrix(float* start, nint row, nint column)
    {
        public float* Start { get; } = start;

        public nint Row { get; } = row;

        public nint Column { get; } = column;

        public Matrix Transposed => new(Start, Column, Row);
    }
}
