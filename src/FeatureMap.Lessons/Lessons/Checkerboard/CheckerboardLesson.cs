using FeatureMap.Analysis;
using FeatureMap.Networks;
using FeatureMap.Ops;

namespace FeatureMap.Lessons;

/// <summary>How many products reach each output pixel of a decoder, and each input pixel in a gradient.</summary>
internal sealed class CheckerboardLesson : Lesson
{
    private const int MostSide = 96;

    private static readonly MatrixControl Input = new("input", "The map that is enlarged; 1 everywhere counts products",
        new Volume(6, [.. Enumerable.Repeat(1f, 36)]), mostRows: 12, example: shape => Volume.Filled(shape, 1))
    {
        LeastRows = 2,
        LeastColumns = 2
    };
    private static readonly WholeControl Kernel = new("kernel", "Height and width of the kernel", 3, 1, 7);
    private static readonly WholeControl Stride = new("stride", "How many times each layer enlarges", 2, 1, 4);
    private static readonly WholeControl Dilation = new("dilation", "Pixels between neighbouring taps", 1, 1, 3);
    private static readonly WholeControl Layers = new("layers", "Layers on top of each other", 1, 1, 3);

    public override string Id => "checkerboard";

    public override IReadOnlyList<string> Aliases => ["checkerboard-issue", "overlap", "background", "artifacts"];

    public override IReadOnlyList<string> Headings => ["Checkerboard Issue", "This is what is happening at the background"];

    public override string Title => "Checkerboards, and where they come from";

    public override string Claim => "Where the stride does not divide the kernel, some outputs of a transposed convolution add up more "
        + "products than their neighbours: a fixed pattern before any training.";

    public override IReadOnlyList<Control> Controls { get; } = [Input, Kernel, Stride, Dilation, Layers];

    public override IReadOnlyList<Experiment> Experiments { get; } =
    [
        new("even", "Kernel 4, stride 2", "kernel=4", "Every output away from the border adds up four products."),
        new("holes", "Kernel 2, stride 3", "kernel=2&stride=3", "Patches do not touch: outputs between them are painted by nobody. "
            + "Holes, no checkerboard."),
        new("stacked", "Two layers", "layers=2", "Patterns of two sizes multiply: 9 to 1 away from the border."),
        new("dilated", "Dilation that hits one phase", "kernel=4&dilation=2",
            "All taps land on one phase of the stride, the other gets none."),
    ];

    public override Prediction Prediction { get; } = new("Before you look: how many taps reach the first phase of an axis?", "phases");

    public override IReadOnlyList<Pitfall> Pitfalls { get; } =
    [
        new("Kernel 3 with stride 2, the usual choice, is uneven: 2 to 1 along each axis, 4 to 1 in the plane.", "cb-up"),
        new("The same happens in the gradient of a strided convolution.", "cb-grad"),
        new("An even kernel removes the pattern of the start; learned weights can still make one. Pixel shuffle needs a start by ICNR "
            + "for the same reason.", "icnr"),
    ];

    public override IReadOnlyList<Question> Questions { get; } =
    [
        new("Kernel 5, stride 2: how many taps reach the two phases of an axis?", ["3 and 2", "5 and 5", "2 and 2"], 0,
            "Taps 0, 2, 4 and taps 1, 3."),
        new("Which of these has no pattern before training?", ["kernel 3, stride 2", "resize, then a convolution",
            "kernel 2, stride 3"], 1, "Every output of the convolution reads the same number of pixels."),
    ];

    public override IReadOnlyList<Challenge> Challenges { get; } =
    [
        new("even-enlarging", "Enlarge at least twice, with a kernel of at least 3, and with a ratio of 1.", JudgeEven, "kernel=4",
            "kernel=5"),
    ];

    public override string Room => "Ops/ConvTranspose2d";

    public override IReadOnlyList<Source> Sources { get; } = [new("Odena, Dumoulin and Olah, Deconvolution and checkerboard "
        + "artifacts", "Distill 2016")];

    protected override void Compute(LessonState state, LessonPage page)
    {
        var (image, kernel, stride, dilation) = (state.Of(Input), state.Of(Kernel), state.Of(Stride), state.Of(Dilation));
        var decoder = Network.Build(image.Shape, x => Enumerable.Range(1, state.Of(Layers))
            .Aggregate(x, (y, layer) => Checked(y.ConvTranspose(1, kernel, stride, dilation: dilation, bias: false, name: $"up{layer}"))));
        var better = Network.Build(image.Shape, x => Checked(x.Upsample(stride, name: "resize").Conv(1, kernel, padding: Padding.Same,
            bias: false, name: "conv")));
        var trace = page.Trace(decoder, image.Values);
        var map = OverlapMap.Forward(decoder);
        var phases = ConvTranspose2d.Overlap(kernel, stride, dilation);

        page.Say($"All weights are 1. Each input paints {kernel} pixels along an axis, {stride} apart, and what overlaps adds up.");
        page.Edit(Input, "map: change it; 1 everywhere counts products");
        page.Strip("phases", "taps that reach each phase of an axis: position modulo stride", phases.Select(count => (double)count),
            Enumerable.Range(0, stride));
        page.Grid("plane", "the same in the plane, both axes multiplied: rows and columns by phase", Shape.Image(1, stride, stride),
            from row in phases from column in phases select (double)row * column, GridScale.Count);
        page.Add(section => new Map(section, "map", "output of the decoder", 1, decoder.Output.Height, decoder.Output.Width,
            [.. trace.Result.Select(value => (double)value)], GridScale.Sequential, []));
        page.Table("ratios", "largest by smallest number of products, away from the border", ["way", "ratio"],
            [["transposed", map.Ratio], ["resize, then convolution", OverlapMap.Forward(better).Ratio]]);
        var (least, most) = (phases.Min(), phases.Max());
        page.When("even", least == most, "Every phase is reached by as many taps: no pattern before training.");
        page.When("holes", least == 0, "Some phases are reached by no tap: holes that no weight can fill.");
        var extent = ((kernel - 1) * dilation) + 1;
        page.When("apart", extent < stride, $"A patch of {extent} pixels ends before the next one, {stride} further on, begins.");
        page.When("checkerboard", least > 0 && least < most, $"A layer draws a checkerboard before any training: {most} to {least} "
            + $"along each axis, "
            + $"{most * most} to {least * least} in the plane. Cures: a kernel that the stride divides, resize and then convolution, "
            + $"or pixel shuffle with ICNR.");

        OnPicture(page, kernel, stride, dilation);
        page.In(Section.Matrix).Say($"The matrix of the layer has columns of {stride} different kinds along each axis, one for each "
            + $"phase; resize and convolution ties the weights of neighbours.");
        page.In(Section.Gradient).Say("A strided convolution goes back as a transposed one, so its gradient has the pattern of its "
            + "phases:");
        var isSmall = image.Shape.Height < extent || image.Shape.Width < extent;
        page.When("map-small", isSmall, "The map here is smaller than the kernel, so there is no such convolution.");
        if (!isSmall)
        {
            var strided = Network.Build(image.Shape, x => x.Conv(1, kernel, stride, dilation: dilation, bias: false, name: "conv"));
            page.Grid("dx", "gradients that reach each pixel of a strided convolution's input", image.Shape,
                page.Trace(strided, image.Values).InputGradient, GridScale.Count);
        }
        page.Cost("cost", "the decoder", new("weights", decoder.TrainableCount), new("multiply-adds", decoder.MultiplyAdds));
        page.Cost("betterCost", "one layer as resize, then convolution", new("weights", better.TrainableCount),
            new("multiply-adds", better.MultiplyAdds));
        page.Code("Without a checkerboard", $"x.Upsample({stride}).Conv(1, kernel: {kernel}, padding: Padding.Same)      // in the "
            + $"place of x.ConvTranspose(1, {kernel}, {stride})");
    }

    /// <summary>A picture through one layer of each way, with weights that keep its brightness on average.</summary>
    private static void OnPicture(LessonPage page, int kernel, int stride, int dilation)
    {
        var grey = DrawnPicture.Grey;
        // A quarter of the picture, around the house.
        var picture = Volume.Of(Shape.Image(1, 24, 24), (_, row, column) => grey[0, row + 10, column + 20]);
        float[] Weights(double sum) => [.. Enumerable.Repeat((float)(sum / (kernel * kernel)), kernel * kernel)];
        var up = Network.Build(picture.Shape, x => x.ConvTranspose(1, kernel, stride, dilation: dilation, bias: false, name: "up"));
        var better = Network.Build(picture.Shape, x => x.Upsample(stride, name: "resize").Conv(1, kernel, padding: Padding.Same,
            bias: false, name: "conv"));
        page.Say("A picture through one layer of each way, all weights equal:");
        DrawnPicture.ShowGrey(page, "picture", "the picture", picture);
        PhotoScene.Draw(page, "picture-up", "transposed: whatever pattern the phases have lies over it", up.Output,
            page.Trace(up, picture.Values, [("up.weight", Weights(stride * stride))]).Result, GridScale.Sequential);
        PhotoScene.Draw(page, "picture-better", "resize, then convolution", better.Output,
            page.Trace(better, picture.Values, [("conv.weight", Weights(1))]).Result, GridScale.Sequential);
    }

    private static Feature Checked(Feature x) => Math.Max(x.Shape.Height, x.Shape.Width) <= MostSide
        ? x
        : throw new UsageException($"The decoder would give {x.Shape.Height:N0} x {x.Shape.Width:N0} pixels; up to {MostSide} x "
            + $"{MostSide} are shown here. Use fewer layers or smaller numbers.");

    private static Verdict JudgeEven(LessonState state, LessonPage page)
    {
        var ratio = page.Numbers("ratios")[0];
        return new Verdict(ratio == 1 && state.Of(Stride) >= 2 && state.Of(Kernel) >= 3,
            $"kernel {state.Of(Kernel)}, stride {state.Of(Stride)}, ratio {NumberText.Of(ratio)}.");
    }
}
