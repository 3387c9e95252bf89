using System.Runtime.CompilerServices;
using FeatureMap.Lanes;

namespace FeatureMap.Ops;

/// <summary>
/// The dense product y = W x + b: every output reads every number of the input. Linear is nothing else, and so is a convolution whose kernel covers its
/// whole input, or a transposed one whose input is one pixel. Numbers stand in the order in which the lane layout holds them.
/// </summary>
internal sealed unsafe class DenseMap<TLanes> : ILinearMap where TLanes : unmanaged, ILanes<TLanes>
{
    private readonly TapSum<TLanes> sum;
    private readonly nint outputStep, inputStep;
    private readonly int outputs, pixels;

    private DenseMap(int outputs, int inputs, nint outputStep, nint inputStep, int pixels)
    {
        (this.outputs, this.outputStep, this.inputStep, this.pixels) = (outputs, outputStep, inputStep, pixels);
        // Every number is a channel of a single pixel.
        sum = new TapSum<TLanes>(new TapSumShape
        {
            Outputs = outputs,
            Channels = inputs,
            TapOffsets = [0],
            Rows = 1,
            Columns = 1,
            ChannelStep = LaneLayout.Lanes,
            InputRowStep = LaneLayout.Lanes,
            InputPixelStep = LaneLayout.Lanes,
            OutputChannelStep = LaneLayout.Lanes,
            OutputRowStep = LaneLayout.Lanes,
            OutputPixelStep = LaneLayout.Lanes,
        });
    }

    public MapPart[] Cut(int parts) =>
        MapCuts.Of(new CutAxis(1, 1, 1), new CutAxis(outputs, TapSumShape.OutputUnit, MapCuts.LeastOutputs), parts);

    public long ScratchFloats(MapPart part) => pixels == 1 ? 0 : outputs;

    /// <summary>W as it stands, [output][input].</summary>
    public static DenseMap<TLanes> Plain(int outputs, int inputs) => new(outputs, inputs, inputs, 1, 1);

    /// <summary>The transpose of W, which stands as [input][output]; the outputs are planes of some pixels that share a bias.</summary>
    public static DenseMap<TLanes> Transposed(int outputs, int inputs, int pixels = 1) => new(outputs, inputs, 1, outputs, pixels);

    public void Pack(float* weights) => sum.Pack(weights, outputStep, inputStep, [0]);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run(float* source, float* target, float* bias, MapPart part, in ShardFinish finish, float* scratch)
    {
        if (bias == null || pixels == 1)
        {
            sum.Run(source, target, bias, part);
        }
        else
        {
            for (var output = part.Outputs.First; output < part.Outputs.End; output++)
                scratch[output] = bias[output / pixels];
            sum.Run(source, target, scratch, part);
        }
        // An output is a number of a channel here: a transposed product has no finish, whose channels are planes.
        finish.Part(target, part, 1, LaneLayout.Lanes);
    }
}

/// <summary>
/// The weight gradient of a dense product on one shard: dw[o][i] = sum over the 16 images of dy[o][image] x[i][image]. Here the images are what is summed over, and
/// with one pixel each there is nothing else to sum: lane-wise products would need a horizontal sum per weight. So the input is turned (16 rows, one per
/// image) and the register holds 16 neighbouring inputs instead: the tap sum with images as channels, dy as its weights.
/// </summary>
internal sealed unsafe class DenseWeightGradient<TLanes> : IWeightGradient where TLanes : unmanaged, ILanes<TLanes>
{
    private readonly int outputs, inputs, whole;
    private readonly nint rowStep;
    private readonly TapSum<TLanes>? sums;

    public DenseWeightGradient(int outputs, int inputs)
    {
        (this.outputs, this.inputs) = (outputs, inputs);
        whole = inputs / LaneLayout.Lanes * LaneLayout.Lanes;
        rowStep = whole + LaneLayout.Lanes; // one line more, so that rows of a power of two do not fall on the same cache lines
        if (whole == 0) return;
        sums = new TapSum<TLanes>(new TapSumShape
        {
            Outputs = outputs,
            Channels = LaneLayout.Lanes,
            TapOffsets = [0],
            // Blocks of 16 inputs are the pixels of one long row, so that a part is some of its columns.
            IsOneRow = true,
            Rows = whole / LaneLayout.Lanes,
            Columns = 1,
            ChannelStep = rowStep,
            InputRowStep = whole,
            InputPixelStep = LaneLayout.Lanes,
            OutputChannelStep = inputs,
            OutputRowStep = whole,
            OutputPixelStep = LaneLayout.Lanes,
        });
    }

    /// <summary>All of it.</summary>
    public GradientPart Whole => new(IndexRange.All(outputs), IndexRange.All(inputs));

    /// <summary>By inputs: blocks of outputs would each turn all of the input.</summary>
    public GradientPart[] Cut(int parts) => Array.ConvertAll(
        CutAxis.Cut(new CutAxis(inputs, LaneLayout.Lanes, 2 * LaneLayout.Lanes), new CutAxis(1, 1, 1), parts),
        part => new GradientPart(IndexRange.All(outputs), part.First));

    public long ScratchFloats(GradientPart part) => sums is null ? 0 : (LaneLayout.Lanes * rowStep) + sums.PackedFloats;

    /// <summary>Writes dw as [output][input].</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run(float* input, float* outputGradient, float* weightGradient, GradientPart part, float* scratch)
    {
        var turned = part.Columns.Intersect(IndexRange.All(whole));
        if (turned.Count > 0)
        {
            for (nint i = turned.First; i < turned.End; i += LaneLayout.Lanes)
                Turn(input + (i * LaneLayout.Lanes), scratch + i);
            var packed = scratch + (LaneLayout.Lanes * rowStep);
            sums!.Pack(outputGradient, LaneLayout.Lanes, 1, [0], packed);
            sums.Run(
                scratch, weightGradient, null, packed,
                new MapPart(new(turned.First / LaneLayout.Lanes, turned.End / LaneLayout.Lanes), IndexRange.All(outputs)));
        }
        for (nint output = 0; output < outputs; output++)
        {
            for (nint i = Math.Max(part.Columns.First, whole); i < part.Columns.End; i++)
            {
                float sum = 0;
                for (var lane = 0; lane < LaneLayout.Lanes; lane++)
                    sum = MathF.FusedMultiplyAdd(outputGradient[(output * LaneLayout.Lanes) + lane], input[(i * LaneLayout.Lanes) + lane], sum);
                weightGradient[(output * inputs) + i] = sum;
            }
        }
    }

    /// <summary>16 inputs x 16 images to 16 images x 16 inputs.</summary>
    private void Turn(float* source, float* target)
    {
        for (var image = 0; image < LaneLayout.Lanes; image++, target += rowStep)
            for (var i = 0; i < LaneLayout.Lanes; i++)
                target[i] = source[(i * LaneLayout.Lanes) + image];
    }
}
