namespace FeatureMap.Ops;

// How ONNX's Resize, and Upsample before it, are read.
public sealed partial class Resize2d
{
    private static readonly Dictionary<string, ResizeCoordinates> CoordinateNames = new(StringComparer.Ordinal)
    {
        ["half_pixel"] = ResizeCoordinates.HalfPixel,
        ["half_pixel_symmetric"] = ResizeCoordinates.HalfPixelSymmetric,
        ["pytorch_half_pixel"] = ResizeCoordinates.PyTorchHalfPixel,
        ["align_corners"] = ResizeCoordinates.AlignCorners,
        ["asymmetric"] = ResizeCoordinates.Asymmetric,
        ["tf_half_pixel_for_nn"] = ResizeCoordinates.TensorFlowHalfPixel,
        ["tf_crop_and_resize"] = ResizeCoordinates.CropAndResize,
    };

    private static readonly Dictionary<string, NearestRounding> RoundingNames = new(StringComparer.Ordinal)
    {
        ["floor"] = NearestRounding.Floor,
        ["ceil"] = NearestRounding.Ceiling,
        ["round_prefer_floor"] = NearestRounding.HalfDown,
        ["round_prefer_ceil"] = NearestRounding.HalfUp,
    };

    private static void ReadOnnx(OnnxImport node)
    {
        var image = node.Image();
        // Before operator set 11 there was one way to lay the pixels, and no settings.
        var isOld = node.Operator == "Upsample" || node.Opset < 11;
        var mode = node.Text("mode", "nearest") switch
        {
            "nearest" => ResizeMode.Nearest,
            "linear" => ResizeMode.Bilinear,
            "cubic" => ResizeMode.Bicubic,
            var other => throw node.Wrong($"the attribute 'mode' is '{other}'; nearest, linear and cubic are known"),
        };
        var coordinates = isOld ? ResizeCoordinates.Asymmetric : Known(node, "coordinate_transformation_mode", "half_pixel", CoordinateNames);
        var (target, region) = ReadTarget(node, image, isOld, coordinates);
        var op = new Resize2d(target, mode)
        {
            Coordinates = coordinates,
            Rounding = isOld ? NearestRounding.Floor : Known(node, "nearest_mode", "round_prefer_floor", RoundingNames),
            Antialias = node.Flag("antialias"),
            CubicCoefficient = node.Real("cubic_coeff_a", -0.75f),
            ExcludesOutside = node.Flag("exclude_outside"),
            Region = region,
            Outside = node.Real("extrapolation_value", 0),
        };
        node.ResultLike(image, node.Layer(op, [image]));
    }

    private static T Known<T>(OnnxImport node, string attribute, string usual, Dictionary<string, T> names) => names.TryGetValue(node.Text(attribute, usual), out var known)
        ? known
        : throw node.Wrong($"the attribute '{attribute}' is '{node.Text(attribute, usual)}'; {string.Join(", ", names.Keys)} are known");

    /// <summary>Scales or sizes, for all axes or those that are named; only those of the pixels may change.</summary>
    private static (ResizeTarget Target, ResizeRegion Region) ReadTarget(OnnxImport node, OnnxFeature image, bool isOld, ResizeCoordinates coordinates)
    {
        var rank = image.Dimensions.Count + 1;
        int[] axes = [.. (node.Wholes("axes") ?? [.. Enumerable.Range(0, rank).Select(axis => (long)axis)]).Select(axis => (int)Math.Clamp(axis < 0 ? axis + rank : axis, -1, rank))];
        if (axes.Distinct().Count() != axes.Length || Array.Exists(axes, axis => axis < 0 || axis >= rank))
            throw node.Wrong($"the attribute 'axes' is [{NumberRow.Join(", ", node.Wholes("axes")!.Take(8))}], and its input "
                + $"has {rank} axes");
        var (rows, columns) = (rank == 4 ? Array.IndexOf(axes, 2) : -1, Array.IndexOf(axes, rank - 1));
        var region = ResizeRegion.Whole;
        if (coordinates == ResizeCoordinates.CropAndResize)
        {
            var corners = Numbers(node, 1, "region", 2 * axes.Length);
            var end = axes.Length;
            region = new ResizeRegion(rows < 0 ? 0 : corners[rows], columns < 0 ? 0 : corners[columns], rows < 0 ? 1 : corners[rows + end], columns < 0 ? 1 : corners[columns + end]);
        }
        // An input without numbers is one that was left out.
        if (!isOld && node.Has(3) && !(node.IsConstant(3) && node.Constant(3, "sizes").Count == 0))
        {
            var sizes = node.Wholes(3, "sizes")!;
            if (sizes.Length != axes.Length)
                throw node.Wrong($"it has {sizes.Length} sizes for {axes.Length} axes");
            if (Array.IndexOf(axes, 1) is >= 0 and var channels && sizes[channels] != image.Shape.Channels)
                throw node.Wrong($"it makes {sizes[channels]} channels of {image.Shape.Channels}; only height and width are resized");
            return (ReadSizes(node, image, rows < 0 ? null : sizes[rows], columns < 0 ? null : sizes[columns]), region);
        }
        var scales = isOld && node.Attribute("scales") is float[] given ? given : Numbers(node, isOld ? 1 : 2, "scales", axes.Length);
        if (scales.Length != axes.Length || scales.Where((scale, i) => axes[i] < 2 && scale != 1).Any())
            throw node.Wrong($"its scales are [{string.Join(", ", scales.Take(8).Select(scale => $"{scale}"))}]; 1 was expected for batch "
                + "and channels, as only height and width are resized");
        return (ResizeTarget.Scale(rows < 0 ? 1 : scales[rows], columns < 0 ? 1 : scales[columns]), region);
    }

    /// <summary>One of the sizes may only be a bound, where the proportions stay.</summary>
    private static ResizeTarget ReadSizes(OnnxImport node, OnnxFeature image, long? rows, long? columns)
    {
        var policy = node.Text("keep_aspect_ratio_policy", "stretch");
        var (vertical, horizontal) = (rows / (double)image.Shape.Height, columns / (double)image.Shape.Width);
        double? common = policy switch
        {
            "stretch" => null,
            "not_larger" => Math.Min(vertical ?? double.MaxValue, horizontal ?? double.MaxValue),
            "not_smaller" => Math.Max(vertical ?? 0, horizontal ?? 0),
            _ => throw node.Wrong($"the attribute 'keep_aspect_ratio_policy' is '{policy}'; stretch, not_larger and not_smaller are known"),
        };
        int Size(long? given, int size) => (int)Math.Clamp(given is null ? size : common is { } scale ? Math.Floor((scale * size) + 0.5) : given.Value, int.MinValue, int.MaxValue);
        return ResizeTarget.Size(Size(rows, image.Shape.Height), Size(columns, image.Shape.Width));
    }

    private static float[] Numbers(OnnxImport node, int input, string role, int count) => node.Reals(input, role) is var values && values.Length == count
        ? values
        : throw node.Wrong($"its {role} {node.Constant(input, role)} should be {count} numbers");
}
