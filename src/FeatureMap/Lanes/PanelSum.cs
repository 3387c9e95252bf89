using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace FeatureMap.Lanes;

/// <summary>
/// A tap sum as a matrix product, y[o][p] = b[o] + sum over (channel, tap) k of w[o][k] x[k][p]. The products of a pixel read one number of
/// every plane, which lie a whole plane apart, on a page of their own each, and they read them again for every block of outputs. So what
/// some pixels read is copied side by side first, one copy for as many products as there are outputs: a panel of three pixels for each part
/// of the lanes, in the order in which the register tiles read it. With a single tap that pays by itself; with several a number is copied
/// once for each, and it pays where few lanes have an image, because the copy leaves the others out and pixels share a register. The tiles
/// are those of <see cref="TapSumTile"/>, and so are the bits.
/// </summary>
internal sealed unsafe class PanelSum<TLanes> : ITapSum where TLanes : unmanaged, ILanes<TLanes>
{
    // Panels are read from the second-level cache once per block of outputs; planes are read in runs of several pixels, as long as a run of
    // all channels fits.
    private const int CacheFloats = 256 * 1024 / sizeof(float), Registers = 3, MostPixels = 12, MostOutputs = 8;

    // Products of a sum whose panel stays in the first-level cache, and outputs whose weights for these stay in the second-level one.
    private const int MostDepth = 192, OutputBlock = 64;

    // Outputs of a shard that no cache holds go past all of them where nothing else is done to them: memory then does not read the lines
    // first that are written whole. Then the next run is asked of memory while this one is multiplied: its planes lie too far apart for the
    // processor to guess. Measured with 16 images: 1x1 from 128 to 128 channels on 56x56 from 66 to 80 % of the peak.
    private const long StreamedBytes = 8 << 20;
    private readonly TapSumShape shape;
    private readonly OffsetTable offsets, noOffset = new([0]);
    private readonly AlignedBuffer packed;
    private readonly int depth, images, perRegister, together, run, depthBlock;
    private readonly bool isLarge;

    public PanelSum(TapSumShape shape)
    {
        (this.shape, images) = (shape, shape.OccupiedLanes);
        offsets = new OffsetTable(shape.TapOffsets);
        depth = shape.Channels * offsets.Count;
        // Pixels of few images share a register.
        perRegister = Math.Max(1, TLanes.Width / images);
        together = Registers * perRegister;
        var most = Math.Max(together, MostPixels * LaneLayout.Lanes / images);
        run = Math.Clamp(CacheFloats / (depth * images) / together * together, together, most);
        depthBlock = Ceiling(depth, Ceiling(depth, MostDepth));
        isLarge = images == LaneLayout.Lanes && (long)shape.Outputs * shape.Rows * shape.Columns * images * sizeof(float) > StreamedBytes;
        long count = 0;
        for (var start = 0; start < shape.Outputs; start += BlockSize(start))
            count += (long)depth * BlockSize(start);
        packed = new AlignedBuffer(count);
    }

    /// <summary>What becomes of the inputs before they are multiplied, once for each of them, channel by channel; null for
    /// nothing.</summary>
    public SumFinish? Source { get; set; }

    public long ScratchFloats => ((long)depth * run * images) + TileFloats + PartialFloats;

    // The sums of a tile, where they cannot go to their place as they are.
    private static int TileFloats => MostOutputs * Registers * TLanes.Width;

    // Sums of some products, where more follow: those of a block of outputs for all panels of a run.
    private long PartialFloats =>
        depthBlock == depth ? 0 : (long)OutputBlock * RegistersOf(run) * Math.Max(images, TLanes.Width);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Pack(float* weights, nint outputStep, nint channelStep, ReadOnlySpan<int> tapIndex)
    {
        var target = packed.Pointer;
        for (int start = 0, size; start < shape.Outputs; start += size)
        {
            size = BlockSize(start);
            WeightTurn.Taps(
                weights + (start * outputStep), outputStep, channelStep, shape.Channels, tapIndex, Math.Min(size, shape.Outputs - start),
                size, target);
            target += depth * size;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run(float* input, float* output, float* bias, MapPart part, nint channelStep, in ShardFinish finish, float* scratch)
    {
        var (rows, columns) = (part.Rows, IndexRange.All(shape.Columns));
        if (shape.IsOneRow) (rows, columns) = (IndexRange.All(1), new IndexRange(rows.First * shape.Columns, rows.End * shape.Columns));
        for (nint row = rows.First; row < rows.End; row++)
        {
            for (nint column = columns.First; column < columns.End; column += run)
            {
                var pixels = (int)Math.Min(run, columns.End - column);
                var source = input + (row * shape.InputRowStep) + (column * shape.InputPixelStep);
                if (perRegister == 1) Fill<TLanes>(source, channelStep, pixels, scratch);
                else if (images == Lanes256.Width) Fill<Lanes256>(source, channelStep, pixels, scratch);
                else Fill<Lanes128>(source, channelStep, pixels, scratch);
                if (Source is not null) ChangeInputs(pixels, scratch);
                var next = Streams(finish) && column + pixels < columns.End
                    ? new Ahead(source + (pixels * shape.InputPixelStep), channelStep, shape.InputPixelStep, shape.Channels)
                    {
                        Pixels = (int)Math.Min(run, columns.End - column - pixels),
                        PerTile = Ceiling(shape.Channels, TilesOf(pixels, part.Outputs.Count)),
                    }
                    : default;
                Multiply(
                    scratch, pixels, output + (row * shape.OutputRowStep) + (column * shape.OutputPixelStep), bias, part.Outputs, finish,
                    ref next);
            }
        }
    }

    // A tile of 8 with one idle output still beats two of 4.
    private int BlockSize(int start) => TLanes.TileOutputs >= 8 && shape.Outputs - start >= 7 ? 8 : 4;

    // [three registers][part of the lanes][channel][tap][register], a register holding one pixel or several.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Fill<TPart>(float* input, nint channelStep, int pixels, float* panel) where TPart : unmanaged, ILanes<TPart>
    {
        var tapOffsets = offsets.Pointer;
        nint taps = offsets.Count, pixelStep = shape.InputPixelStep;
        nint channels = shape.Channels, products = depth, product = 0;
        for (nint channel = 0; channel < channels; channel++, input += channelStep)
        {
            for (nint tap = 0; tap < taps; tap++, product++)
            {
                var source = input + tapOffsets[tap];
                var target = panel;
                for (var left = pixels; left > 0; left -= together)
                {
                    nint count = Math.Min(together, left);
                    var row = RegistersOf((int)count) * TLanes.Width;
                    var place = product * row;
                    for (var part = 0; part < images; part += TPart.Width, place += products * row)
                        for (nint pixel = 0; pixel < count; pixel++)
                            TPart.Store(target + place + (pixel * TPart.Width), TPart.Load(source + (pixel * pixelStep) + part));
                    source += count * pixelStep;
                    target += products * count * images;
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void ChangeInputs(int pixels, float* panel)
    {
        for (var pixel = 0; pixel < pixels; pixel += together)
        {
            var registers = RegistersOf(Math.Min(together, pixels - pixel));
            nint row = registers * TLanes.Width;
            for (var part = 0; part < images; part += Math.Min(images, TLanes.Width), panel += depth * row)
                Source!.Run(panel, 0, (depth, registers, TLanes.Width), row, TLanes.Width, 0);
        }
    }

    private int RegistersOf(int pixels) => Ceiling(pixels, perRegister);

    private static int Ceiling(int count, int divisor) => (count + divisor - 1) / divisor;

    private bool Streams(in ShardFinish finish) => isLarge && !finish.IsWanted;

    // Register tiles of a run.
    private int TilesOf(int pixels, int outputs) => Ceiling(outputs, TLanes.TileOutputs) * Ceiling(pixels, together)
        * Ceiling(depth, depthBlock) * Ceiling(images, TLanes.Width);

    // Blocks of outputs whose weights the panels of the run share, and for each, blocks of products: a panel of these stays in the
    // first-level cache while all outputs of the block pass.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Multiply(
        float* panels, int pixels, float* output, float* bias, IndexRange outputs, in ShardFinish finish, ref Ahead next)
    {
        var streams = Streams(finish);
        var tile = panels + ((nint)depth * run * images);
        for (var first = outputs.First; first < outputs.End; first += OutputBlock)
        {
            var block = new IndexRange(first, Math.Min(outputs.End, first + OutputBlock));
            for (int product = 0, count; product < depth; product += count)
            {
                count = Math.Min(depthBlock, depth - product);
                var sums = tile + TileFloats;
                for (nint pixel = 0; pixel < pixels; pixel += together)
                {
                    var valid = (int)Math.Min(together, pixels - pixel);
                    var panel = panels + (pixel * depth * images);
                    var target = output + (pixel * shape.OutputPixelStep);
                    MultiplyPanels(
                        panel, valid, target, bias, block, new IndexRange(product, product + count), tile, sums, streams, ref next);
                    sums += OutputBlock * RegistersOf(together) * Math.Max(images, TLanes.Width);
                }
            }
            if (finish.IsWanted)
                finish.Tile(
                    output + (first * shape.OutputChannelStep), first, (block.Count, pixels, LaneLayout.Lanes), shape.OutputChannelStep,
                    shape.OutputPixelStep);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void MultiplyPanels(
        float* panel, int pixels, float* output, float* bias, IndexRange outputs, IndexRange products, float* tile, float* sums,
        bool streams, ref Ahead next)
    {
        var registers = RegistersOf(pixels);
        nint width = TLanes.Width, row = registers * width;
        var (isDirect, isFirst, isLast) = (images == LaneLayout.Lanes && !streams, products.First == 0, products.End == depth);
        var steps = new TapSumSteps
        {
            Channels = products.Count,
            Taps = 1,
            ChannelStep = row,
            PixelStep = width,
            OutputChannelStep = !isLast ? row : isDirect ? shape.OutputChannelStep : Registers * width,
            OutputPixelStep = isLast && isDirect ? shape.OutputPixelStep : width,
            StartStep = isFirst ? 0 : row,
            TapOffsets = noOffset.Pointer,
        };
        panel += products.First * row;
        for (var part = 0; part < images; part += Math.Min(images, TLanes.Width), panel += depth * row)
        {
            for (int start = outputs.First, size; start < outputs.End; start += size, sums += size * row)
            {
                size = BlockSize(start);
                next.AskForSome();
                var weights = packed.Pointer + ((nint)start * depth) + ((nint)products.First * size);
                var begin = !isFirst ? sums : bias == null ? null : bias + start;
                var place = output + (start * shape.OutputChannelStep) + part;
                var target = !isLast ? sums : isDirect ? place : tile;
                var valid = Math.Min(size, shape.Outputs - start);
                switch ((size, registers))
                {
                    case (8, 3): TapSumTile.Run<TLanes, Eight, Three>(ref steps, panel, weights, begin, target, valid); break;
                    case (8, 2): TapSumTile.Run<TLanes, Eight, Two>(ref steps, panel, weights, begin, target, valid); break;
                    case (8, _): TapSumTile.Run<TLanes, Eight, One>(ref steps, panel, weights, begin, target, valid); break;
                    case (_, 3): TapSumTile.Run<TLanes, Four, Three>(ref steps, panel, weights, begin, target, valid); break;
                    case (_, 2): TapSumTile.Run<TLanes, Four, Two>(ref steps, panel, weights, begin, target, valid); break;
                    default: TapSumTile.Run<TLanes, Four, One>(ref steps, panel, weights, begin, target, valid); break;
                }
                if (!isLast || isDirect) continue;
                if (streams) Stream(tile, place, valid, pixels);
                else if (perRegister == 1) Spread<TLanes>(tile, place, valid, pixels, part == 0);
                else if (images == Lanes256.Width) Spread<Lanes256>(tile, place, valid, pixels, blanks: true);
                else Spread<Lanes128>(tile, place, valid, pixels, blanks: true);
            }
        }
    }

    // Pixels to their places; lanes that no image can have become 0.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Spread<TPart>(float* tile, float* target, int outputs, int pixels, bool blanks) where TPart : unmanaged, ILanes<TPart>
    {
        for (; outputs > 0; outputs--, tile += Registers * TLanes.Width, target += shape.OutputChannelStep)
        {
            var place = target;
            for (nint pixel = 0; pixel < pixels; pixel++, place += shape.OutputPixelStep)
            {
                TPart.Store(place, TPart.Load(tile + (pixel * TPart.Width)));
                for (var lane = images; blanks && lane < LaneLayout.Lanes; lane += TPart.Width)
                    TPart.Store(place + lane, TPart.Zero);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Stream(float* tile, float* target, int outputs, int pixels)
    {
        for (; outputs > 0; outputs--, tile += Registers * TLanes.Width, target += shape.OutputChannelStep)
            for (nint pixel = 0; pixel < pixels; pixel++)
                TLanes.Stream(target + (pixel * shape.OutputPixelStep), TLanes.Load(tile + (pixel * TLanes.Width)));
    }

    /// <summary>What the next run reads, asked for channel by channel between the tiles of this one; default for nothing.</summary>
    private struct Ahead(float* source, nint channelStep, nint pixelStep, int channels)
    {
        public int Pixels, PerTile;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void AskForSome()
        {
            if (!Sse.IsSupported) return;
            for (var channel = Math.Min(PerTile, channels); channel > 0; channel--, channels--, source += channelStep)
                for (nint pixel = 0; pixel < Pixels; pixel++)
                    Sse.Prefetch1(source + (pixel * pixelStep));
        }
    }
}
