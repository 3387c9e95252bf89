using FeatureMap.Analysis;
using FeatureMap.Networks;

namespace FeatureMap.Lessons;

/// <summary>Which pixels can change one unit: derived from kernels and strides, and measured by going backward.</summary>
internal sealed class ReceptiveFieldLesson : Lesson
{
    private const int MostSide = 62;

    private static readonly ListControl Kernels = new("kernels", "Height and width of each layer's kernel, the first layer first",
        [3, 3, 3], 1, 7, longest: 8);
    private static readonly ListControl Strides = new("strides", "Stride of each layer; the last one repeats", [1], 1, 4, longest: 8);
    private static readonly ListControl Dilations = new("dilations", "Dilation of each layer; the last one repeats", [1], 1, 8, longest: 8);
    private static readonly ListControl Unit = new("unit", "Row and column of the unit of the last layer", [1, 1], 0, 63, fewest: 2,
        longest: 2);
    private static readonly WholeControl Seed = new("seed", "Draws the random weights of the measured field", 0, 0, 999);

    private static readonly PictureControl Photo = PhotoScene.Control("A picture under the field");

    public override string Id => "receptive-field";

    public override IReadOnlyList<string> Aliases => ["field", "rf", "receptive", "field-of-view"];

    public override IReadOnlyList<string> Headings => ["Receptive Field"];

    public override string Title => "The receptive field";

    public override string Claim => "The receptive field is all that can change a unit. It grows by (k - 1) times the stride so far "
        + "with each layer; most of what the unit feels comes from its middle.";

    public override IReadOnlyList<Control> Controls { get; } = [Kernels, Strides, Dilations, Unit, Seed, Photo];

    public override IReadOnlyList<Experiment> Experiments { get; } =
    [
        new("one-layer", "One layer", "kernels=7", "Every pixel of the field has one path: no bell."),
        new("strided", "Strides", "kernels=3_3_3_3&strides=2", "Each stride doubles what the layers behind add: 3, 7, 15, 31."),
        new("deep", "Six layers of 3x3", "kernels=3_3_3_3_3_3", "13 pixels wide, and the middle 6 x 6 of them hold most of the paths."),
        new("dilated", "Dilated", "dilations=1_2_4", "15 pixels for 27 weights, all of them read."),
        new("holes", "Dilated with holes", "kernels=3_3&dilations=2_2", "9 pixels wide, and only every second one is read."),
    ];

    public override Prediction Prediction { get; } = new("Before you look: how many pixels wide is the field of a unit of the last "
        + "layer?", "size");

    public override IReadOnlyList<Pitfall> Pitfalls { get; } =
    [
        new("A field smaller than the objects cannot see them whole.", "rf-small"),
        new("Where branches meet, their units must look at the same place: equal strides, equal centres.", "align"),
        new("Padding moves a field and does not size it: at the border a unit sees zeros.", "rf-edge"),
        new("In training, batch normalisation lets every unit feel the whole batch: a field is a matter of evaluation."),
    ];

    public override IReadOnlyList<Question> Questions { get; } =
    [
        new("Three 3x3 layers, the first with stride 2. How wide is the field?", ["7", "11", "15"], 1, "1 + 2 x 1 + 2 x 2 + 2 x 2 = 11."),
        new("Where do most paths of a unit's field begin?", ["in the middle", "at the border", "everywhere alike"], 0,
            "A border pixel reaches the unit through the outermost tap of every layer, one path alone; a pixel in the middle through "
            + "many."),
    ];

    public override IReadOnlyList<Challenge> Challenges { get; } =
    [
        new("thirty-one", "See at least 31 pixels along an axis, all of them read, with at most 20 weights.", JudgeWidth,
            "kernels=2_2_2_2_2&strides=2", "kernels=3_3_3_3&strides=2"),
    ];

    public override string Room => "Ops";

    public override IReadOnlyList<Source> Sources { get; } =
    [
        new("Araujo, Norris and Sim, Computing receptive fields of convolutional neural networks", "Distill 2019"),
        new("Luo, Li, Urtasun and Zemel, Understanding the effective receptive field", "arXiv 1701.04128"),
    ];

    protected override void Compute(LessonState state, LessonPage page)
    {
        var kernels = state.Of(Kernels);
        int StrideOf(int layer) => Last(state.Of(Strides), layer);
        int DilationOf(int layer) => Last(state.Of(Dilations), layer);
        var (size, jump) = (1L, 1L);
        for (var layer = 0; layer < kernels.Count; layer++)
            (size, jump) = (size + ((kernels[layer] - 1L) * DilationOf(layer) * jump), jump * StrideOf(layer));
        // Room for a unit on each side of the first, where that fits.
        var side = size + (2 * jump) <= MostSide ? (int)(size + (2 * jump)) : (int)size;
        if (side > MostSide) throw new UsageException($"The field would be {size:N0} pixels wide; up to {MostSide} are shown here. Use "
            + $"fewer layers or smaller numbers.");
        var network = Network.Build(Shape.Image(1, side, side), x => Enumerable.Range(0, kernels.Count).Aggregate(x, (y, layer) =>
            y.Conv(1, kernels[layer], StrideOf(layer), dilation: DilationOf(layer), bias: false, name: $"conv{layer + 1}")));
        var last = network.Layers[^1].Name;
        var fields = ReceptiveField.Of(network);
        var field = fields[^1].Vertical;
        var (row, column) = page.Cell(Unit, network.Output);
        var seed = new float[network.Output.Count];
        seed[(row * network.Output.Width) + column] = 1;
        var paths = page.Trace(network, new float[side * side], outputGradient: seed).InputGradient;

        page.Say("r grows by (extent - 1) x j with each layer, then j grows by the layer's stride; r = 1 and j = 1 at the image.");
        page.Table("layers", "layer by layer", ["layer", "kernel", "extent", "stride", "field r", "jump j", "units along an axis"],
            network.Layers.Select((layer, i) => (IReadOnlyList<TableCell>)
        [
            layer.Name, i == 0 ? 1 : kernels[i - 1], i == 0 ? 1 : ((kernels[i - 1] - 1) * DilationOf(i - 1)) + 1,
                i == 0 ? 1 : StrideOf(i - 1), fields[i].Vertical.Size, fields[i].Vertical.Stride, layer.Output.Height,
        ]));
        var steps = Enumerable.Range(0, kernels.Count).Select(layer =>
            (Term.Of(kernels[layer]) - 1) * Term.Of(DilationOf(layer)) * Term.Of(Enumerable.Range(0, layer)
                .Aggregate(1.0, (product, before) => product * StrideOf(before))));
        page.Formula("size", "field of the last layer: 1, and for each layer (k - 1) x dilation x jump before it",
            Term.Symbol("r", field.Size), Term.Sum([Term.Of(1), .. steps]));
        var (first, end) = ((int)field.First(row), (int)field.Last(row));
        var left = (int)field.First(column);
        page.Add(section => new Map(section, "paths", "paths from each pixel to the unit, all weights 1: the gradient of the unit", 1,
            side, side, [.. paths.Select(value => (double)value)], GridScale.Count,
            [new MapBox("derived field", first, left, field.Size, field.Size)]));
        if (PhotoScene.Of(page, Photo, 3, side) is { } photo)
            PhotoScene.Draw(page, "picture", "all that the unit can see of a picture", photo.Shape, photo.ToArray(), GridScale.Sequential,
                new MapBox("derived field", first, left, field.Size, field.Size));
        var middle = (first + end) / 2;
        var holesHere = Enumerable.Range(0, side).Count(at => first <= at && at <= end && !Enumerable.Range(0, side)
            .Any(across => paths[(at * side) + across] != 0));
        page.Strip("rows", "paths from each row of the image", Enumerable.Range(0, side)
            .Select(at => Enumerable.Range(0, side).Sum(across => (double)paths[(at * side) + across])));
        page.When("holes", holesHere > 0, $"{holesHere} of the {field.Size} rows of the field are read by no path: the field is wide, "
            + $"and full of holes.", "Every pixel of the field is read.");
        var total = paths.Sum(value => (double)value);
        var inner = Math.Max(1, (int)field.Size / 2);
        var start = (first + ((int)field.Size - inner) / 2, left + ((int)field.Size - inner) / 2);
        var within = Enumerable.Range(0, inner * inner).Sum(i => (double)paths[((start.Item1 + (i / inner)) * side) + start.Item2
            + (i % inner)]);
        var (pathShare, areaShare) = (within / total, inner * inner / (field.Size * field.Size));
        page.When("bell", pathShare > areaShare + 1e-9,
            $"The middle {inner} x {inner} pixels are {100 * areaShare} % of the field and hold {100 * pathShare} % of all paths: in "
                + $"effect the field is smaller than it is wide, with a bell over it.",
            $"The middle {inner} x {inner} pixels are {100 * areaShare} % of the field and hold {100 * pathShare} % of all paths: no "
                + $"more than their share.");
        var effective = MeasuredField.Effective(network, last, row, column, seed: (ulong)state.Of(Seed));
        page.Spend(8 * 2 * network.MultiplyAdds);
        page.Add(section => new Map(section, "effective", "strength of the gradient with random weights, mean of 8 draws", 1, side, side,
            [.. Enumerable.Range(0, side * side).Select(i => effective[i / side, i % side])], GridScale.Sequential,
                [new MapBox("derived field", first, left, field.Size, field.Size)]));

        page.In(Section.Gradient).Say($"This page is a gradient: 1 at the unit in row {row}, column {column} of the last layer, taken "
            + $"back to the image. Pixels with a gradient of 0 cannot change the unit. With all weights 1 the gradient counts paths.");
        page.Formula("measured", "measured rows, from the first to the last with a gradient",
            Term.Symbol("rows", MeasuredRows(paths, side)), Term.Symbol("r", field.Size));
        page.Cost("cost", "this stack", new("weights of one channel", network.TrainableCount),
            new("multiply-adds", network.MultiplyAdds), new("receptive field along an axis", field.Size, "pixels"),
            new("jump", field.Stride, "pixels"));
        page.Code("The field of every layer", "foreach (var field in ReceptiveField.Of(network))\n    "
            + "Console.WriteLine($\"{field.Layer}: {field}\");");
    }

    private static int Last(IReadOnlyList<int> numbers, int at) => numbers[Math.Min(at, numbers.Count - 1)];

    private static int MeasuredRows(float[] paths, int side)
    {
        var rows = Enumerable.Range(0, side).Where(row => paths.AsSpan(row * side, side).ContainsAnyExcept(0f)).ToList();
        return rows[^1] - rows[0] + 1;
    }

    private static Verdict JudgeWidth(LessonState state, LessonPage page)
    {
        var (size, weights, isWhole) = (page.Number("size"), page.Number("cost"), !page.Conditions["holes"]);
        return new Verdict(size >= 31 && weights <= 20 && isWhole, $"{NumberText.Of(size)} pixels{(isWhole ? "" : " with holes")}, "
            + $"{NumberText.Of(weights)} weights.");
    }
}
