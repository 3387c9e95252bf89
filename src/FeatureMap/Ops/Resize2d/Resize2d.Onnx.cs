namespace FeatureMap.Ops;

public sealed partial class Resize2d
{
    private const int AntialiasOpset = 18, SymmetricOpset = 19;

    static IReadOnlyList<OnnxOperator> IOpRoom.OnnxOperators =>
    [
        new(
            "Resize", ReadOnnx, "antialias", "axes", "coordinate_transformation_mode", "cubic_coeff_a", "exclude_outside", "extrapolation_value",
            "keep_aspect_ratio_policy", "mode", "nearest_mode"),
        new("Upsample", ReadOnnx, "mode", "scales"),
    ];

    internal override void ExportOnnx(OnnxExport graph)
    {
        // TensorFlow's half pixels were known at operator sets 11 and 12 only. Rounded down they are those of today, rounded to the
        // nearest.
        if (Coordinates == ResizeCoordinates.TensorFlowHalfPixel && Mode == ResizeMode.Nearest && Rounding == NearestRounding.Floor)
        {
            new Resize2d(Target, Mode) { Coordinates = ResizeCoordinates.HalfPixel, Rounding = NearestRounding.HalfUp, Outside = Outside }.ExportOnnx(graph);
            return;
        }
        // Crops, and scales that give no whole size, are written as sums at every operator set: runtimes compute their coordinates in other ways than the standard.
        if ((Antialias && graph.Opset < AntialiasOpset) || (Coordinates == ResizeCoordinates.HalfPixelSymmetric && graph.Opset < SymmetricOpset)
            || Coordinates is ResizeCoordinates.CropAndResize or ResizeCoordinates.TensorFlowHalfPixel || !GivesWholeSize(graph.InputShapes[0]) || HangsOnRounding(graph.InputShapes[0])
            || (Mode != ResizeMode.Nearest && graph.FollowsTranspose))
        {
            ExportSums(graph);
            return;
        }
        OnnxAttribute[] attributes =
        [
            new("mode", Mode switch { ResizeMode.Nearest => "nearest", ResizeMode.Bilinear => "linear", _ => "cubic" }),
            new("coordinate_transformation_mode", CoordinateNames.Single(name => name.Value == Coordinates).Key),
            new("nearest_mode", RoundingNames.Single(name => name.Value == Rounding).Key),
            new("cubic_coeff_a", CubicCoefficient),
            // Elsewhere one tap at most lies inside where another is outside, so leaving that out changes nothing, and runtimes refuse the word.
            new("exclude_outside", ExcludesOutside && (Mode == ResizeMode.Bicubic || Antialias)),
        ];
        if (Antialias) attributes = [.. attributes, new OnnxAttribute("antialias", true)];
        graph.Result(
            "Resize",
            Target.IsSize ? [graph.Image(), OnnxExport.Absent, OnnxExport.Absent, Sizes(graph)] : [graph.Image(), OnnxExport.Absent, Scales(graph)],
            attributes);
    }

    private bool HangsOnRounding(Shape input) => Mode == ResizeMode.Nearest && (Vertical(input).HangsOnRounding() || Horizontal(input).HangsOnRounding());

    private bool GivesWholeSize(Shape input) =>
        Target.IsSize || (MathF.Floor(input.Height * Target.VerticalScale) == input.Height * Target.VerticalScale && MathF.Floor(input.Width * Target.HorizontalScale) == input.Width * Target.HorizontalScale);

    private OnnxValue Scales(OnnxExport graph) => graph.Constant("scales", [4], [1, 1, Target.VerticalScale, Target.HorizontalScale]);

    // The size of the batch is open, so it is asked for.
    private OnnxValue Sizes(OnnxExport graph) => graph.Node(
        "Concat", [graph.Piece(graph.Node("Shape", [graph.Image()]), 0, 0, 2), graph.Constant("sizes", Target.Height, Target.Width)], new OnnxAttribute("axis", 0));

    // Resizing is linear: weighted sums of rows, then of columns. Places outside of the input sum up nothing, and their number is added.
    private void ExportSums(OnnxExport graph)
    {
        var tables = Tables(graph.InputShapes[0]);
        var (rows, columns) = (tables.Rows, tables.Columns);
        var value = graph.Mapped(graph.Image(), rows, columns);
        if (Outside != 0 && (rows.HasGaps || columns.HasGaps))
        {
            var outside = from row in Enumerable.Range(0, rows.Outputs)
                          from column in Enumerable.Range(0, columns.Outputs)
                          select rows.Taps(row).IsEmpty || columns.Taps(column).IsEmpty ? Outside : 0;
            value = graph.Node("Add", [value, graph.Constant("outside", [1, 1, rows.Outputs, columns.Outputs], [.. outside])]);
        }
        graph.Result(value);
    }
}
