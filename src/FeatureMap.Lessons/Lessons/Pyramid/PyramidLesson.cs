using FeatureMap.Analysis;
using FeatureMap.Networks;
using FeatureMap.Ops;

namespace FeatureMap.Lessons;

/// <summary>Bins on several levels: a vector of fixed length from a map of any size.</summary>
internal sealed class PyramidLesson : Lesson
{
    private static readonly MatrixControl Input = new("input", "The maps, channel after channel",
        MatrixControl.SmallNumbers(Shape.Image(1, 7, 7)), mostRows: 20, mostChannels: 4);
    private static readonly ListControl Levels = new("levels", "Bins along each axis on each level", [1, 2, 4], 1, 10, longest: 5);
    private static readonly SwitchControl Mean = new("average", "The mean of a bin instead of its largest number", false);
    private static readonly WholeControl Other = new("other", "Height and width of a second map that goes into the same head", 13, 1, 40);
    private static readonly MatrixControl Gradient = new("gradient", "dY, the gradient of the vector", new Volume(1, 1), mostRows: 1,
        mostColumns: 400);

    public override string Id => "pyramid";

    public override IReadOnlyList<string> Aliases => ["spp", "spatial-pyramid-pooling", "spatial-pyramid", "spacial-pyramid",
        "pyramid-pooling"];

    public override IReadOnlyList<string> Headings => ["Spatial Pyramid Pooling"];

    public override string Title => "Spatial pyramid pooling";

    public override string Claim => "Cutting a map into 1, 2 x 2, 4 x 4 bins, whatever its size, and pooling each gives a vector whose "
        + "length depends on the channels alone: a dense head fits images of any size.";

    public override IReadOnlyList<Control> Controls { get; } = [Input, Levels, Mean, Other, Gradient];

    public override IReadOnlyList<Experiment> Experiments { get; } =
    [
        new("paper", "The paper's 13 x 13", "input=13&levels=1_2_3",
            "Here windows of fixed size and stride give the right number of bins."),
        new("seven", "7 x 7 into 4 x 4", "levels=4", "Bins of two rows that share one: 0-1, 1-3, 3-5, 5-6. Windows of fixed stride "
            + "would make 6 x 6."),
        new("too-fine", "More bins than pixels", "input=3&levels=4", "Bins repeat pixels: 16 numbers say what 9 do."),
    ];

    public override Prediction Prediction { get; } = new("Before you look: how many numbers has the vector?", "length");

    public override IReadOnlyList<Pitfall> Pitfalls { get; } =
    [
        new("A level with more bins than the map has pixels repeats numbers.", "spp-bins"),
        new("The paper's windows of ceil(a / n) with stride floor(a / n) do not always give n bins; adaptive bins do."),
    ];

    public override IReadOnlyList<Question> Questions { get; } =
    [
        new("256 channels, levels 1, 2 and 4: how long is the vector?", ["1,792", "5,376", "that depends on the image"], 1,
            "256 x (1 + 4 + 16)."),
        new("Which bins does a map of 7 rows have on a level of 4?", ["0-1, 1-3, 3-5, 5-6", "0-1, 2-3, 4-5, 6", "0-2, 3-4, 5, 6"], 0,
            "Bin i covers floor(7 i / 4) up to and without ceil(7 (i + 1) / 4)."),
    ];

    public override string Room => "Ops/SpatialPyramidPool";

    public override IReadOnlyList<Source> Sources { get; } = [new("He, Zhang, Ren and Sun, Spatial pyramid pooling in deep "
        + "convolutional networks", "arXiv 1406.4729")];

    protected override void Compute(LessonState state, LessonPage page)
    {
        var (image, levels, isMean) = (state.Of(Input), state.Of(Levels), state.Of(Mean));
        var op = new SpatialPyramidPool([.. levels]) { TakesAverage = isMean };
        var network = Network.Build(image.Shape, x => x.Then(op, "pyramid"));
        var (length, channels) = (network.Output.Count, image.Shape.Channels);
        var dy = page.In(Section.Gradient).Fit(Gradient, Shape.Image(1, 1, length));
        var trace = page.In(Section.Forward).Trace(network, image.Values, outputGradient: dy.Values);
        var links = CellLinks.Of(op, image.Shape);

        page.Say($"Channels: {channels}, of {image.Shape.Height} x {image.Shape.Width} numbers each. Bin i of n covers floor(i a / "
            + $"n) up to and "
            + $"without ceil((i + 1) a / n) of a rows.");
        page.Edit(Input, "maps: change them");
        page.Formula("length", "numbers of the vector", Term.Symbol("length", length),
            Term.Symbol("C", channels) * Term.Sum([.. levels.Select(level => Term.Power(Term.Of(level), 2))]));
        page.Table("bins", "rows of the map in each bin", ["level", "bins", "rows", "window of the paper", "stride of the paper",
            "bins that it gives along the rows"], levels.Select(level =>
        {
            var (window, step) = ((image.Shape.Height + level - 1) / level, image.Shape.Height / level);
            return (IReadOnlyList<TableCell>)[level, (double)level * level, RowsOf(links, image.Shape, levels, level), window, step,
                step == 0 ? "none" : (TableCell)(((image.Shape.Height - window) / step) + 1)];
        }));
        page.When("paper-differs", levels.Any(level => image.Shape.Height < level || ((image.Shape.Height - ((image.Shape.Height
            + level - 1) / level)) / (image.Shape.Height / level)) + 1 != level),
            "On some level the paper's fixed window and stride give another number of bins than n along the rows; adaptive bins always "
                + "fit.", "On all levels here the paper's fixed window and stride give n bins along the rows, as adaptive ones do.");
        page.When("too-fine", levels.Any(level => level > Math.Min(image.Shape.Height, image.Shape.Width)),
            "Some level has more bins than the map has pixels along an axis: bins repeat pixels.");
        page.Grid("output", "the vector: level after level, channel after channel, bin after bin", Shape.Image(1, 1, length),
            trace.Result).Links("output", "input", null, links);
        var side = state.Of(Other);
        var second = Network.Build(Shape.Image(channels, side, side), x => x.SpatialPyramidPool([.. levels], isMean));
        page.Say($"A map of {side} x {side} gives {second.Output.Count} numbers too: the head behind fits both.");

        page.In(Section.Gradient).When("average", isMean, "The gradient of a bin goes to all of its pixels in equal parts.",
            "The gradient of a bin goes to its largest pixel; a pixel that wins on several levels gets the sum.");
        page.Edit(Gradient, "dY: change it", dy).Grid("dx", "dX", image.Shape, trace.InputGradient);
        page.Cost("cost", "this layer", new("weights", 0), new("numbers of the vector", length),
            new("weights of a dense head with 10 outputs behind it", 10.0 * (length + 1)));
        page.Code("A head for all sizes", $"x.SpatialPyramidPool([{string.Join(", ", levels.Select(level => $"{level}"))}]).Linear(10)");
    }

    // The rows that the first column of bins of a level reads, from the links.
    private static string RowsOf(IReadOnlyList<CellLink> links, Shape image, IReadOnlyList<int> levels, int level)
    {
        var first = levels.TakeWhile(other => other != level).Sum(other => other * other) * image.Channels;
        return string.Join(", ", Enumerable.Range(0, level).Select(bin =>
        {
            var rows = links.Where(link => link.Output == first + (bin * level)).Select(link => link.Input / image.Width).Distinct()
                .ToList();
            return rows[0] == rows[^1] ? $"{rows[0]}" : $"{rows[0]}-{rows[^1]}";
        }));
    }
}
