using FeatureMap.Ops;
using TorchSharp;
using static FeatureMap.Torch.TorchFunction;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace FeatureMap.Torch;

/// <summary>Ops that move numbers, join planes, or make new pixels out of old ones.</summary>
internal static class RearrangingFunctions
{
    public static IEnumerable<TorchFunction> All =>
    [
        Of<ChannelShuffle>((op, call) => call.X.reshape(call.Batch, op.Groups, -1, call.Height, call.Width).transpose(1, 2).reshape(call.X.shape)),
        Of<Concat>((_, call) => cat(call.Inputs, 1)),
        Of<Flatten>(x => x.flatten(1).unsqueeze(-1).unsqueeze(-1)),
        Of<Pad2d>(Pad) with { ComputeByTable = (op, call) => TableFunctions.Plane((Pad2d)op, call) },
        Of<PixelShuffle>((op, call) => op.Order == ChannelOrder.ColumnRowDepth
            ? functional.pixel_shuffle(call.X, op.Factor)
            : call.X.reshape(call.Batch, op.Factor, op.Factor, -1, call.Height, call.Width).permute(0, 3, 4, 1, 5, 2).reshape(call.Batch, -1, call.Height * op.Factor, call.Width * op.Factor)),
        Of<PixelUnshuffle>((op, call) => op.Order == ChannelOrder.ColumnRowDepth
            ? functional.pixel_unshuffle(call.X, op.Factor)
            : call.X.reshape(call.Batch, -1, call.Height / op.Factor, op.Factor, call.Width / op.Factor, op.Factor).permute(0, 3, 5, 1, 2, 4).reshape(call.Batch, -1, call.Height / op.Factor, call.Width / op.Factor)),
        Of<Reshape>((op, call) => call.X.reshape(call.Batch, op.Output.Channels, op.Output.Height, op.Output.Width)),
        Of<Resize2d>(Resize) with
        {
            ComputeByTable = (op, call) => TableFunctions.Plane((Resize2d)op, call),
            MoreCases =
            [
                new("bilinear, antialias as libtorch has it", new Resize2d(ResizeTarget.Size(3, 2)) { Antialias = true, ExcludesOutside = true }, [new Shape(2, 10, 7)]),
                new("bicubic, antialias as libtorch has it", new Resize2d(ResizeTarget.Size(3, 4), ResizeMode.Bicubic) { Antialias = true, ExcludesOutside = true, CubicCoefficient = -0.5f }, [new Shape(1, 8, 9)]),
                new("bicubic, aligned corners", new Resize2d(ResizeTarget.Size(7, 3), ResizeMode.Bicubic) { Coordinates = ResizeCoordinates.AlignCorners }, [new Shape(2, 4, 5)]),
            ],
        },
        Of<Slice>(Slice),
        Of<Transpose>((op, call) => call.X.permute(0, 1 + (long)op.Channels, 1 + (long)op.Rows, 1 + (long)op.Columns)),
    ];

    private static Tensor Pad(Pad2d op, TorchCall call)
    {
        // What is cropped is cropped first.
        static (long First, long Count) Kept(long size, int before, int after) => (Math.Max(0, -before), size - Math.Max(0, -before) - Math.Max(0, -after));
        var x = call.X;
        (int Before, int After)[] sides = [(op.ChannelsBefore, op.ChannelsAfter), (op.Top, op.Bottom), (op.Left, op.Right)];
        for (var axis = 1; axis <= 3; axis++)
        {
            var (first, count) = Kept(x.shape[axis], sides[axis - 1].Before, sides[axis - 1].After);
            x = x.narrow(axis, first, count);
        }
        var plane = new[] { op.Left, op.Right, op.Top, op.Bottom }.Select(pixels => Math.Max(0L, pixels)).ToArray();
        switch (op.Mode)
        {
            case PadMode.Constant:
                return functional.pad(x, [.. plane, Math.Max(0, op.ChannelsBefore), Math.Max(0, op.ChannelsAfter)], PaddingModes.Constant, op.Value);
            case PadMode.Replicate:
                return functional.pad(x, plane, PaddingModes.Replicate);
            default:
                var reach = op.Mode == PadMode.Reflect ? 1 : 0;
                if (plane[0] > x.shape[3] - reach || plane[1] > x.shape[3] - reach || plane[2] > x.shape[2] - reach || plane[3] > x.shape[2] - reach)
                    throw new NoCounterpartException("padding wider than the plane: libtorch does not go round twice");
                return functional.pad(x, plane, op.Mode == PadMode.Reflect ? PaddingModes.Reflect : PaddingModes.Circular);
        }
    }

    // libtorch's slices walk forwards only: the positions one by one.
    private static Tensor Slice(Slice op, TorchCall call)
    {
        var x = call.X;
        AxisSlice[] slices = [op.Channels, op.Rows, op.Columns];
        for (var axis = 1; axis <= 3; axis++)
        {
            var (slice, size) = (slices[axis - 1], (int)x.shape[axis]);
            var (first, count) = slice.On(size, "positions");
            x = x.index_select(axis, tensor(Enumerable.Range(0, count).Select(i => first + ((long)i * slice.Step)).ToArray(), device: call.Device));
        }
        return x;
    }

    private static Tensor Resize(Resize2d op, TorchCall call)
    {
        // With a scale ours measures the output before it is rounded down, as ONNX does, libtorch the pixels that are left.
        if (op.Coordinates == ResizeCoordinates.AlignCorners && !op.Target.IsSize
            && !(IsWhole(call.Height * op.Target.VerticalScale) && IsWhole(call.Width * op.Target.HorizontalScale)))
            throw new NoCounterpartException("corners aligned at a scale that leaves a part of a pixel");
        var usual = op.Mode == ResizeMode.Bicubic && op.Antialias ? -0.5f : -0.75f;
        var (mode, aligned) = (op.Mode, op.Coordinates, op.Rounding) switch
        {
            (ResizeMode.Nearest, ResizeCoordinates.Asymmetric, NearestRounding.Floor) => (InterpolationMode.Nearest, (bool?)null),
            (ResizeMode.Nearest, ResizeCoordinates.HalfPixel, NearestRounding.HalfUp) => (InterpolationMode.NearestExact, null),
            (ResizeMode.Bilinear, ResizeCoordinates.HalfPixel or ResizeCoordinates.AlignCorners, _) => (InterpolationMode.Bilinear, op.Coordinates == ResizeCoordinates.AlignCorners),
            (ResizeMode.Bicubic, ResizeCoordinates.HalfPixel or ResizeCoordinates.AlignCorners, _) => (InterpolationMode.Bicubic, op.Coordinates == ResizeCoordinates.AlignCorners),
            _ => throw new NoCounterpartException($"{op.Coordinates} with {op.Mode} and {op.Rounding} are coordinates of ONNX or TensorFlow"),
        };
        if (op.Antialias != op.ExcludesOutside || (op.Mode == ResizeMode.Bicubic && op.CubicCoefficient != usual))
            throw new NoCounterpartException("libtorch leaves out what lies outside with antialias and only then, and bends a cubic by -0.75, with antialias by -0.5");
        return functional.interpolate(
            call.X, op.Target.IsSize ? [op.Target.Height, op.Target.Width] : null, op.Target.IsSize ? null : [op.Target.VerticalScale, op.Target.HorizontalScale], mode, aligned,
            recompute_scale_factor: false, antialias: op.Antialias);

        static bool IsWhole(float pixels) => pixels == MathF.Round(pixels);
    }
}
