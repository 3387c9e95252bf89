using FeatureMap.Analysis;
using FeatureMap.Networks;
using FeatureMap.Ops;

namespace FeatureMap.Lessons;

/// <summary>A convolution with its two passes exchanged: every input paints a patch.</summary>
internal sealed class TransposedLesson : Lesson
{
    private static readonly MatrixControl Input = new("input", "The image", new Volume(2, 1, 2, 3, 0), mostRows: 6);
    private static readonly MatrixControl Kernel = new("kernel", "The kernel: the patch that an input of 1 paints",
        new Volume(3, 1, 2, 1, 0, 1, 0, 2, 0, 1), mostRows: 5);
    private static readonly WholeControl Stride = new("stride", "Output pixels between the patches of neighbouring inputs", 2, 1, 4);
    private static readonly WholeControl Border = new("padding", "Pixels cut off the output on each side", 0, 0, 3);
    private static readonly WholeControl Extra = new("output-padding", "Rows and columns more at the bottom and right", 0, 0, 3);
    private static readonly WholeControl Dilation = new("dilation", "Output pixels between neighbouring taps", 1, 1, 3);
    private static readonly MatrixControl Gradient = new("gradient", "dY, the gradient of the output",
        Volume.Filled(Shape.Image(1, 5, 5), 1), mostRows: 24);

    public override string Id => "transposed";

    public override IReadOnlyList<string> Aliases => ["deconvolution", "deconv", "conv-transpose", "fractionally-strided", "upconvolution"];

    public override IReadOnlyList<string> Headings => ["Transposed Convolution"];

    public override string Title => "Transposed convolution";

    public override string Claim => "It is a convolution with its two passes exchanged: every input paints its number times the "
        + "kernel, a stride apart, and patches add up. The shape comes back, the values do not.";

    public override IReadOnlyList<Control> Controls { get; } = [Input, Kernel, Stride, Border, Extra, Dilation, Gradient];

    public override IReadOnlyList<Experiment> Experiments { get; } =
    [
        new("one-pixel", "One input", "input=1~", "The output is the kernel: the patch of one pixel."),
        new("overlap", "Ones everywhere", "input=1_1_1~1_1_1~1_1_1&kernel=1_1_1~1_1_1~1_1_1",
            "Where patches overlap the output is 2 or 4: a checkerboard before any training."),
        new("even", "Stride divides the kernel", "input=3&kernel=2", "Patches side by side: every output is painted once."),
        new("which-size", "Output padding", "output-padding=1", "5 or 6 rows: a convolution with stride 2 makes 2 rows of either, so "
            + "somebody has to say which."),
    ];

    public override Prediction Prediction { get; } = new("Before you look: how many rows has the output?", "rows");

    public override IReadOnlyList<Pitfall> Pitfalls { get; } =
    [
        new("It brings the shape back, not the values: \"deconvolution\" is a misnomer."),
        new("Where the stride does not divide the kernel, outputs are painted unevenly.", "cb-up"),
        new("With stride s several input sizes of the convolution lead to one output size; output padding chooses among them."),
    ];

    public override IReadOnlyList<Question> Questions { get; } =
    [
        new("What is the backward pass of a transposed convolution?",
            ["a convolution", "a transposed convolution", "a division by the kernel"], 0, "Forward is C^T, so backward is C."),
        new("4x4 inputs, 3x3 kernel, stride 2, no padding: which output?", ["7x7", "8x8", "9x9"], 2, "(4 - 1) x 2 + 3 = 9."),
    ];

    public override string Room => "Ops/ConvTranspose2d";

    public override IReadOnlyList<Source> Sources { get; } =
    [
        new("Dumoulin and Visin, A guide to convolution arithmetic, chapter 4", "arXiv 1603.07285"),
        new("Odena, Dumoulin and Olah, Deconvolution and checkerboard artifacts", "Distill 2016"),
    ];

    protected override void Compute(LessonState state, LessonPage page)
    {
        var (image, kernel, stride, padding, extra, dilation) = (state.Of(Input), state.Of(Kernel), state.Of(Stride),
            state.Of(Border), state.Of(Extra), state.Of(Dilation));
        PerAxis size = (kernel.Shape.Height, kernel.Shape.Width);
        var op = new ConvTranspose2d(1, size)
        {
            Stride = stride,
            Padding = padding,
            OutputPadding = extra,
            Dilation = dilation,
            HasBias = false
        };
        var network = Network.Build(image.Shape, x => x.Then(op, "turned"));
        var dy = page.In(Section.Gradient).Fit(Gradient, network.Output);
        var trace = page.In(Section.Forward).Trace(network, image.Values, [("turned.weight", kernel.ToArray())], dy.Values);
        var links = CellLinks.Of(op, image.Shape);
        var (output, shape) = (trace.Result, network.Output);

        page.Say($"Each of the {image.Shape.Count} inputs paints a patch of {kernel.Shape.Height} x {kernel.Shape.Width}, patches "
            + $"begin {stride} apart, and where they overlap they add up.");
        page.Edit(Input, "image: change it").Edit(Kernel, "kernel: change it");
        var (i, s, p, k, d) = (Term.Symbol("i", image.Shape.Height), Term.Symbol("s", stride), Term.Symbol("p", padding),
            Term.Symbol("k", kernel.Shape.Height), Term.Symbol("d", dilation));
        page.Formula("rows", "rows of the output", Term.Symbol("o", shape.Height),
            ((i - 1) * s) - (2 * p) + (d * (k - 1)) + 1 + Term.Symbol("output padding", extra));
        page.Grid("output", "output", shape, output).Links("output", "input", "kernel", links);
        page.Timeline("input", Enumerable.Range(0, image.Shape.Count)
            .Select(cell => new TimelineStep(cell, $"row {cell / image.Shape.Width}, column {cell % image.Shape.Width}: "
            + $"{NumberText.Of(image.Values[cell])} times the kernel, added from row {(cell / image.Shape.Width * stride) - padding}, "
            + $"column {(cell % image.Shape.Width * stride) - padding} of the output on")));
        page.Grid("paints", "how many patches reach each output", shape, Counts(links, shape), GridScale.Count, cell =>
            links.All(link => link.Output != cell) ? CellMarks.Unread : CellMarks.None);
        page.When("several-sizes", stride > 1, $"A convolution with stride {stride} makes {image.Shape.Height} rows of {stride} "
            + $"different heights; output padding says which of them comes back.");

        ZeroInsertion(page, image, kernel, op, output, shape);
        page.In(Section.Matrix).Say($"Where the convolution is y = C x, this layer is C^T: {shape.Count} x {image.Shape.Count}.");
        page.Matrix("matrix", "C^T: a row for each output, a column for each input", shape.Count, image.Shape.Count,
            links.OrderBy(link => link.Output).ThenBy(link => link.Input)
            .Select(link => new MatrixEntry(link.Output, link.Input, kernel.Values[link.Weight], link.Weight)), "output", "input");
        page.Matrix("c", "C, the convolution that is its way back: a row for each input, a column for each output", image.Shape.Count,
            shape.Count, links.OrderBy(link => link.Input).ThenBy(link => link.Output)
                .Select(link => new MatrixEntry(link.Input, link.Output, kernel.Values[link.Weight], link.Weight)), "dx", "gradient");
        page.In(Section.Gradient).Say("The way back is the convolution itself: each input reads the patch that it painted.");
        page.Edit(Gradient, "dY: change it", dy).Grid("dx", "dX: the convolution of dY with the same kernel", image.Shape,
            trace.InputGradient).Grid("dw", "dW", kernel.Shape, trace.WeightGradient("turned.weight"));
        page.Links("dx", "gradient", "kernel", [.. links.OrderBy(link => link.Input)
            .Select(link => new CellLink(link.Input, link.Output, link.Weight))]);
        page.Cost("cost", "this layer", new("weights", kernel.Shape.Count), new("multiply-adds", network.MultiplyAdds),
            new("bytes of the output", 4.0 * shape.Count));
        page.Code("The same in C#", $"x.ConvTranspose(1, kernel: ({size.Vertical}, {size.Horizontal}), stride: {stride}, padding: "
            + $"{padding}, outputPadding: {extra}, dilation: {dilation})");
    }

    /// <summary>The simple way: zeros put between the pixels, then an ordinary convolution with the turned kernel.</summary>
    private static void ZeroInsertion(LessonPage page, Volume image, Volume kernel, ConvTranspose2d op, float[] output, Shape shape)
    {
        var zeros = InsertedZeros.Of(op, image, kernel, shape);
        page.When("cut-too-much", zeros is null,
            "With so much cut off, the way by inserted zeros would have to cut too; it is left out here.");
        if (zeros is null) return;
        var network = Network.Build(zeros.Shape, x => x.Conv(1, (kernel.Shape.Height, kernel.Shape.Width),
            dilation: op.Dilation.Vertical, bias: false, name: "conv"));
        var simple = page.Trace(network, zeros.Picture.Values, [("conv.weight", zeros.Turned.ToArray())]).Result;
        page.Grid("inserted", "the simple way: zeros between the pixels and around them", zeros.Shape, zeros.Picture.ToArray(),
            marks: cell => zeros.PixelOf(cell) is null ? CellMarks.Inserted : CellMarks.None);
        page.Formula("difference", "largest difference of its convolution with the turned kernel from the output above",
            Term.Symbol("difference", output.Zip(simple, (one, other) => Math.Abs((double)one - other)).Max()), Term.Of(0));
        var useful = CellLinks.Of(op, image.Shape).Count;
        page.Formula("wasted", "part of its products that multiply an inserted zero",
            Term.Symbol("wasted", 1 - ((double)useful / network.MultiplyAdds)),
            1 - (Term.Symbol("useful", useful) / Term.Symbol("products", (double)shape.Count * kernel.Shape.Count)));
    }

    private static IEnumerable<double> Counts(IReadOnlyList<CellLink> links, Shape shape)
    {
        var counts = new double[shape.Count];
        foreach (var link in links)
            counts[link.Output]++;
        return counts;
    }
}
