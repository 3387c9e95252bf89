namespace FeatureMap.Ops;

public sealed partial class Resize2d
{
    private const int AntialiasOpset = 18, SymmetricOpset = 19;

    static IReadOnlyList<OnnxOperator> IOpRoom.OnnxOperators => [new("Resize", ReadOnnx), new("Upsample", ReadOnnx)];

    internal override void ExportOnnx(OnnxExport graph)
    {
        if ((Antialias && graph.Opset < AntialiasOpset) || (Coordinates == ResizeCoordinates.HalfPixelSymmetric && graph.Opset < SymmetricOpset))
        {
            ExportSums(graph);
            return;
        }
        OnnxAttribute[] attributes =
        [
            new("mode", Mode switch { ResizeMode.Nearest => "nearest", ResizeMode.Bilinear => "linear", _ => "cubic" }),
            new("coordinate_transformation_mode", CoordinateNames.Single(name => name.Value == Coordinates).Key),
            new("nearest_mode", RoundingNames.Single(name => name.Value == Rounding).Key),
            new("cubic_coeff_a", CubicCoefficient), new("exclude_outside", ExcludesOutside), new("extrapolation_value", Outside),
        ];
        if (Antialias) attributes = [.. attributes, new OnnxAttribute("antialias", true)];
        var region = Coordinates == ResizeCoordinates.CropAndResize
            ? graph.Constant("region", [8], [0, 0, Region.Top, Region.Left, 1, 1, Region.Bottom, Region.Right])
            : OnnxExport.Absent;
        graph.Result("Resize", Target.IsSize ? [graph.Image(), region, OnnxExport.Absent, Sizes(graph)] : [graph.Image(), region, Scales(graph)], attributes);
    }

    private OnnxValue Scales(OnnxExport graph) => graph.Constant("scales", [4], [1, 1, Target.VerticalScale, Target.HorizontalScale]);

    // The size of the batch is open, so it is asked for.
    private OnnxValue Sizes(OnnxExport graph) => graph.Node(
        "Concat", [graph.Piece(graph.Node("Shape", [graph.Image()]), 0, 0, 2), graph.Constant("sizes", Target.Height, Target.Width)], new OnnxAttribute("axis", 0));

    // Resizing is linear: weighted sums of rows, then of columns.
    private void ExportSums(OnnxExport graph)
    {
        var tables = Tables(graph.InputShapes[0]);
        if (Outside != 0 && (tables.Rows.HasGaps || tables.Columns.HasGaps))
            throw graph.Refuse($"antialias with a number outside of the input needs operator set {AntialiasOpset}");
        var value = graph.Mapped(graph.Image(), tables.Rows, tables.Columns);
        graph.Result(tables.Rows.IsIdentity && tables.Columns.IsIdentity ? graph.Node("Identity", [value]) : value);
    }
}
