using FeatureMap.Analysis;
using FeatureMap.Networks;
using FeatureMap.Ops;

namespace FeatureMap.Lessons;

/// <summary>Channels become sub-pixels: enlarging without arithmetic.</summary>
internal sealed class PixelShuffleLesson : Lesson
{
    private static readonly MatrixControl Input = new("input", "The channels: r x r for each channel of the output",
        Counted(Shape.Image(4, 2, 2)), mostRows: 5, mostChannels: 32, example: Counted);
    private static readonly WholeControl Factor = new("factor", "How many times height and width grow", 2, 1, 4);
    private static readonly ChoiceControl Order = new("order", "Which channel becomes which sub-pixel: as PyTorch and ONNX mode CRD, "
        + "or as TensorFlow and ONNX mode DCR", "crd", "dcr");
    private static readonly ListControl CellAt = new("cell", "Row and column of the output whose source is shown", [0, 1], 0, 19,
        fewest: 2, longest: 2);
    private static readonly SwitchControl Icnr = new("icnr", "Start the kernels before the shuffle as copies", true);
    private static readonly MatrixControl Gradient = new("gradient", "dY, the gradient of the output",
        Volume.Filled(Shape.Image(1, 4, 4), 1), mostRows: 20, mostChannels: 8);

    public override string Id => "pixel-shuffle";

    public override IReadOnlyList<string> Aliases => ["sub-pixel", "subpixel", "depth-to-space", "shuffle", "espcn"];

    public override IReadOnlyList<string> Headings => ["Pixel Shuffle"];

    public override string Title => "Pixel shuffle";

    public override string Claim => "r x r channels become one that is r times as high and wide: every number moves to its sub-pixel, "
        + "none is computed.";

    public override IReadOnlyList<Control> Controls { get; } = [Input, Factor, Order, CellAt, Icnr, Gradient];

    public override IReadOnlyList<Experiment> Experiments { get; } =
    [
        new("two-channels", "Two output channels", "input=8x2x2", "In CRD the first four channels make the first output, in DCR every "
            + "second one."),
        new("other-order", "The other order", "input=8x2x2&order=dcr", "The same numbers elsewhere: an exported model must say its mode."),
        new("without-icnr", "Without ICNR", "icnr=false", "Sub-pixels that start from different kernels differ: a pattern at the start."),
    ];

    public override Prediction Prediction { get; } = new("Before you look: which channel does the chosen sub-pixel come from?", "channel");

    public override IReadOnlyList<Pitfall> Pitfalls { get; } =
    [
        new("Started at random, the r x r kernels of a sub-pixel differ and draw a pattern; ICNR starts them as copies.", "icnr"),
        new("The two orders of channels give different pictures where there is more than one output channel: export must say which."),
    ];

    public override IReadOnlyList<Question> Questions { get; } =
    [
        new("How many multiply-adds has a pixel shuffle?", ["none", "one for each number", "r x r for each number"], 0,
            "It moves numbers."),
        new("What is its backward pass?", ["pixel unshuffle", "a transposed convolution", "an average"], 0,
            "Every gradient goes back the way that its number came."),
    ];

    public override string Room => "Ops/PixelShuffle";

    public override IReadOnlyList<Source> Sources { get; } =
    [
        new("Shi et al., Real-time single image and video super-resolution using an efficient sub-pixel convolutional neural network",
            "arXiv 1609.05158"),
        new("Aitken et al., Checkerboard artifact free sub-pixel convolution", "arXiv 1707.02937"),
    ];

    protected override void Compute(LessonState state, LessonPage page)
    {
        var (image, factor, order) = (state.Of(Input), state.Of(Factor),
            state.Of(Order) == "crd" ? ChannelOrder.ColumnRowDepth : ChannelOrder.DepthColumnRow);
        var op = new PixelShuffle(factor) { Order = order };
        var network = Network.Build(image.Shape, x => x.Then(op, "shuffle"));
        var dy = page.In(Section.Gradient).Fit(Gradient, network.Output);
        var trace = page.In(Section.Forward).Trace(network, image.Values, outputGradient: dy.Values);
        var links = CellLinks.Of(op, image.Shape);
        var (row, column) = page.Cell(CellAt, network.Output);
        var (outputs, r) = (network.Output.Channels, factor);
        var source = links[(row * network.Output.Width) + column].Input / image.Shape.Area;

        page.Say($"{image.Shape.Channels} channels of {image.Shape.Height} x {image.Shape.Width} become {outputs} of "
            + $"{network.Output.Height} x {network.Output.Width}.");
        page.Edit(Input, "channels: change them");
        var (a, b) = (Term.Symbol("a", row % r), Term.Symbol("b", column % r));
        var place = (a * Term.Symbol("r", r)) + b;
        page.Formula("channel", $"channel of the sub-pixel in row {row}, column {column} of output channel 0: a = row mod r, b = "
            + $"column mod r", Term.Symbol("channel", source),
            order == ChannelOrder.ColumnRowDepth ? (Term.Symbol("c", 0) * Term.Power(Term.Symbol("r", r), 2)) + place
                : (place * Term.Symbol("C", outputs)) + Term.Symbol("c", 0));
        page.Grid("output", "output", network.Output, trace.Result, marks: cell =>
            cell == (row * network.Output.Width) + column ? CellMarks.Chosen : CellMarks.None).Links("output", "input", null, links);
        var back = page.Trace(Network.Build(network.Output, x => x.Then(new PixelUnshuffle(factor) { Order = order }, "back")),
            trace.Result).Result;
        page.Formula("inverse", "largest difference after shuffling back",
            Term.Symbol("difference", back.Zip(image.ToArray(), (one, other) => Math.Abs((double)one - other)).Max()), Term.Of(0));
        page.When("order-matters", outputs > 1 && r > 1, "With several output channels the two orders give different outputs.",
            "With one output channel, or a factor of 1, both orders give the same output.");
        Start(page, factor, state.Of(Icnr));

        page.In(Section.Matrix).Say($"As a matrix it is a permutation: one 1 in each of its {network.Output.Count} rows and columns.");
        page.Matrix("matrix", "the permutation: a row for each output number, a column for each input number", network.Output.Count,
            image.Shape.Count, links.OrderBy(link => link.Output).Select(link => new MatrixEntry(link.Output, link.Input, 1)), "output",
            "input");
        page.In(Section.Gradient).Say("Every gradient goes back to where its number came from.");
        page.Edit(Gradient, "dY: change it", dy).Grid("dx", "dX", image.Shape, trace.InputGradient)
            .Links("dx", "gradient", null, [.. links.OrderBy(link => link.Input)
            .Select(link => new CellLink(link.Input, link.Output, -1))]);
        page.Cost("cost", "this layer", new("weights", 0), new("multiply-adds", 0), new("bytes moved", 4.0 * image.Shape.Count));
        page.Code("A sub-pixel layer", $"x.Conv({outputs * r * r}, kernel: 3, padding: 1, initializer: "
            + $"Initializer.Icnr({r})).PixelShuffle({r})");
    }

    /// <summary>A convolution before the shuffle at its start, against the same kernel and nearest enlarging.</summary>
    private static void Start(LessonPage page, int factor, bool isIcnr)
    {
        var shape = Shape.Image(1, 3, 3);
        var (picture, kernel) = (MatrixControl.SmallNumbers(shape), MatrixControl.SmallNumbers(shape).ToArray());
        var kernels = Enumerable.Range(0, factor * factor).SelectMany(copy => kernel.Select(weight => isIcnr ? weight : weight + copy))
            .ToArray();
        var sub = Network.Build(shape, x => x.Conv(factor * factor, 3, padding: 1, bias: false, name: "conv")
            .PixelShuffle(factor, name: "shuffle"));
        var nearest = Network.Build(shape, x => x.Conv(1, 3, padding: 1, bias: false, name: "conv").Upsample(factor, name: "resize"));
        var (one, other) = (page.Trace(sub, picture.Values, [("conv.weight", kernels)]).Result,
            page.Trace(nearest, picture.Values, [("conv.weight", kernel)]).Result);
        page.Grid("start", "a 3x3 convolution and the shuffle, as they start", sub.Output, one);
        var difference = one.Zip(other, (first, second) => Math.Abs((double)first - second)).Max();
        page.When("starts-even", difference == 0, "It starts exactly as nearest enlarging behind one kernel: no pattern inside a pixel.",
            $"It differs from nearest enlarging behind one kernel, by up to {difference}: the sub-pixels of a pixel start unlike.");
    }

    private static Volume Counted(Shape shape) => new(shape, [.. Enumerable.Range(0, shape.Count).Select(i => (float)i)]);
}
