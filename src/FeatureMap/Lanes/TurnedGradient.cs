using System.Runtime.CompilerServices;

namespace FeatureMap.Lanes;

/// <summary>
/// A weight gradient with the channels in the lanes, dw[o][c][t] = sum over pixels p and images of dy[o][p] x[c][p + t], on one shard: per
/// tap a matrix product [outputs x pixels and images] times [pixels and images x channels]. <see cref="TapGradient{TLanes}"/>, with images in
/// the lanes, reads each number of x and dy once per register tile of weights, from wherever it is; here a piece of a row of both is
/// turned (<see cref="LaneTurn"/>) once for a whole block of weights, and all taps read it. That pays where many weights share a pixel.
/// Order of a sum: output rows, columns, images, as one chain of multiply-adds.
/// </summary>
internal sealed unsafe class TurnedGradient<TLanes> where TLanes : unmanaged, ILanes<TLanes>
{
    /// <summary>Outputs and channels at whose multiples a block may begin.</summary>
    public const int Unit = LaneLayout.Lanes;

    // Outputs and channels of a block, which all taps share, and pixels whose numbers pass at a time.
    private const int MostWeights = 64 * 1024, Most = 128, MostPixels = 12;
    private readonly TurnedGradientShape shape;
    private readonly int[] phases;

    // Where each tap begins to read the turned inputs, in rows of them.
    private readonly int[] taps;
    private readonly int images, pixels, columns, most;
    private readonly nint inputDepth;

    public TurnedGradient(TurnedGradientShape shape)
    {
        (this.shape, images) = (shape, shape.OccupiedLanes);
        most = shape.TapRows.Length * shape.TapColumns.Length * Most * Most <= MostWeights ? Most : Most / 2;
        pixels = Ceiling(shape.OutputWidth, Ceiling(shape.OutputWidth, MostPixels));
        // Taps that lie a multiple of the stride apart read the same columns: they are turned once per phase.
        phases = [.. shape.TapColumns.Select(column => column % shape.ColumnStride).Distinct()];
        columns = pixels + (shape.TapColumns.Max() / shape.ColumnStride);
        inputDepth = (nint)shape.TapRows.Length * phases.Length * columns * images;
        taps = [.. from row in Enumerable.Range(0, shape.TapRows.Length)
                   from column in shape.TapColumns
                   let phase = Array.IndexOf(phases, column % shape.ColumnStride)
                   select ((((row * phases.Length) + phase) * columns) + (column / shape.ColumnStride)) * images];
    }

    /// <summary>Floats of thread memory that a rectangle of the weights needs.</summary>
    public long ScratchFloats(IndexRange outputs, IndexRange channels)
    {
        var size = SizesOf(outputs, channels);
        return size.InputFloats + size.GradientFloats + (taps.Length * size.SumStep);
    }

    /// <summary>Writes a rectangle of the gradient of one shard to dw, which stands as [output][channel][tap].</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run(float* input, float* gradient, float* weightGradient, IndexRange outputs, IndexRange channels, float* scratch)
    {
        var size = SizesOf(outputs, channels);
        for (var output = outputs.First; output < outputs.End; output += size.Outputs)
        {
            for (var channel = channels.First; channel < channels.End; channel += size.Channels)
            {
                var block = new Block(
                    new(output, Math.Min(outputs.End, output + size.Outputs)),
                    new(channel, Math.Min(channels.End, channel + size.Channels)), size);
                RunBlock(input, gradient, weightGradient, block, scratch);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void RunBlock(float* input, float* gradient, float* weightGradient, in Block block, float* scratch)
    {
        var inputs = scratch;
        var gradients = inputs + block.Sizes.InputFloats;
        var sums = gradients + block.Sizes.GradientFloats;
        var x = new TurnedPlane(input, shape.InputHeight, shape.InputWidth, block.Channels.First, block.Channels.End);
        var dy = new TurnedPlane(gradient, shape.OutputHeight, shape.OutputWidth, block.Outputs.First, block.Outputs.End);
        var continues = false;
        for (var row = 0; row < shape.OutputHeight; row++)
        {
            for (var column = 0; column < shape.OutputWidth; column += pixels)
            {
                var count = Math.Min(pixels, shape.OutputWidth - column);
                TurnInputs(x, row, column, count, inputs, block);
                TurnGradients(dy, row, column, count, gradients, block);
                Multiply(gradients, inputs, sums, count * images, block, continues);
                continues = true;
            }
        }
        Store(sums, weightGradient, block);
    }

    // As panels of channels; rows of them stand as [tap row][phase][column][image].
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void TurnInputs(in TurnedPlane x, int row, int column, int count, float* target, in Block block)
    {
        var last = count + columns - pixels;
        for (var register = 0; register < block.Registers; register++)
        {
            var (place, step) = block.Panels.Of(register, inputDepth);
            for (var tapRow = 0; tapRow < shape.TapRows.Length; tapRow++)
            {
                var readRow = (row * shape.RowStride) + shape.TapRows[tapRow] - shape.Top;
                for (var phase = 0; phase < phases.Length; phase++)
                {
                    var to = target + place + (((tapRow * phases.Length) + phase) * columns * images * (nint)step);
                    var readColumn = (column * shape.ColumnStride) + phases[phase] - shape.Left;
                    for (var number = 0; number < last; number++, readColumn += shape.ColumnStride, to += images * (nint)step)
                        x.Turn<TLanes>(register * TLanes.Width, readRow, readColumn, to, step, images);
                }
            }
        }
    }

    // The left factor: [16 outputs][pixel and image][output].
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void TurnGradients(in TurnedPlane dy, int row, int column, int count, float* target, in Block block)
    {
        for (var group = 0; group < block.Outputs.Count; group += Unit, target += (nint)pixels * images * Unit)
            for (var number = 0; number < count; number++)
                for (var part = 0; part < Unit; part += TLanes.Width)
                    if (group + part < block.Outputs.Count)
                        dy.Turn<TLanes>(group + part, row, column + number, target + ((nint)number * images * Unit) + part, Unit, images);
    }

    // A panel of inputs stays near while all taps and outputs pass.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Multiply(float* gradients, float* inputs, float* sums, int depth, in Block block, bool continues)
    {
        var (size, panels) = (block.Sizes, block.Panels);
        for (int register = 0, registers; register < block.Registers; register += registers)
        {
            registers = panels.Size(register);
            var (place, step) = panels.Of(register, inputDepth);
            var sumPlace = panels.Of(register, size.Outputs).Place;
            for (var tap = 0; tap < taps.Length; tap++)
            {
                var right = inputs + place + (taps[tap] * (nint)step);
                var target = sums + (tap * size.SumStep) + sumPlace;
                for (var output = 0; output < block.Outputs.Count; output += TLanes.TileOutputs)
                {
                    var left = gradients + ((nint)output / Unit * pixels * images * Unit) + (output % Unit);
                    PanelTile.Run<TLanes>(registers, left, Unit, right, step, depth, target + ((nint)output * step), step, continues);
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Store(float* sums, float* weightGradient, in Block block)
    {
        var count = taps.Length;
        for (var register = 0; register < block.Registers; register++)
        {
            var (place, step) = block.Panels.Of(register, block.Sizes.Outputs);
            var channel = register * TLanes.Width;
            var lanes = Math.Min(TLanes.Width, block.Channels.Count - channel);
            for (var output = 0; output < block.Outputs.Count; output++)
            {
                var source = sums + place + ((nint)output * step);
                var row = (nint)(block.Outputs.First + output) * shape.Channels;
                var target = weightGradient + ((row + block.Channels.First + channel) * count);
                for (var tap = 0; tap < count; tap++, source += block.Sizes.SumStep)
                    for (var lane = 0; lane < lanes; lane++)
                        target[(lane * count) + tap] = source[lane];
            }
        }
    }

    private static int Ceiling(int count, int divisor) => (count + divisor - 1) / divisor;

    private Sizes SizesOf(IndexRange outputs, IndexRange channels) =>
        new(Even(outputs.Count), Even(channels.Count), inputDepth, (nint)pixels * images);

    // Blocks of whole squares, as equal as they can be.
    private int Even(int count) => Ceiling(Ceiling(count, Unit), Ceiling(count, most)) * Unit;

    /// <summary>Room for the largest block of a rectangle.</summary>
    private readonly record struct Sizes(int Outputs, int Channels, nint InputDepth, nint Depth)
    {
        public nint InputFloats => InputDepth * Channels;

        public nint GradientFloats => Depth * Outputs;

        /// <summary>From tap to tap: one cache line more than the content, so that taps do not fall into the same cache set.</summary>
        public nint SumStep => ((nint)Outputs * Channels) + LaneLayout.Lanes;
    }

    /// <summary>Weights that are summed together.</summary>
    private readonly record struct Block(IndexRange Outputs, IndexRange Channels, Sizes Sizes)
    {
        /// <summary>Of channels.</summary>
        public int Registers => Ceiling(Channels.Count, TLanes.Width);

        public Panels Panels => new(Registers, TLanes.Width);
    }
}

/// <summary>The geometry of a weight gradient with the channels in the lanes, in pixels.</summary>
internal sealed record TurnedGradientShape
{
    public required int Channels { get; init; }

    public required int InputHeight { get; init; }

    public required int InputWidth { get; init; }

    public required int OutputHeight { get; init; }

    public required int OutputWidth { get; init; }

    /// <summary>Rows and columns of the taps, relative to the first.</summary>
    public required int[] TapRows { get; init; }

    public required int[] TapColumns { get; init; }

    /// <summary>Zeros implied above and to the left of the input.</summary>
    public required int Top { get; init; }

    public required int Left { get; init; }

    public required int RowStride { get; init; }

    public required int ColumnStride { get; init; }

    /// <summary>Lanes that can have an image; the others are left out.</summary>
    public int OccupiedLanes { get; init; } = LaneLayout.Lanes;
}
