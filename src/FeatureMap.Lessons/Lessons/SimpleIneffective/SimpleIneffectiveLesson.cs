using FeatureMap.Analysis;
using FeatureMap.Networks;
using FeatureMap.Ops;

namespace FeatureMap.Lessons;

/// <summary>Enlarging the simple way: zeros between the pixels, most products of which are for nothing; nearest and bilinear
/// alone.</summary>
internal sealed class SimpleIneffectiveLesson : Lesson
{
    private static readonly MatrixControl Input = new("input", "The image", new Volume(2, 1, 2, 3, 4), mostRows: 6);
    private static readonly MatrixControl Kernel = new("kernel", "The kernel of the transposed convolution",
        new Volume(3, 1, 2, 1, 0, 1, 0, 2, 0, 1), mostRows: 5);
    private static readonly WholeControl Stride = new("stride", "How many times the image grows: one zero less is put between pixels",
        2, 1, 4);
    private static readonly ListControl CellAt = new("cell", "Row and column of the output that is written out", [1, 1], 0, 63,
        fewest: 2, longest: 2);
    private static readonly MatrixControl Gradient = new("gradient", "dY, the gradient of the output",
        Volume.Filled(Shape.Image(1, 5, 5), 1), mostRows: 26);

    public override string Id => "simple-ineffective";

    public override IReadOnlyList<string> Aliases => ["nearest", "bilinear", "zero-insertion", "inserted-zeros", "simple"];

    public override IReadOnlyList<string> Headings => ["Simple but ineffective"];

    public override string Title => "Simple but ineffective";

    public override string Claim => "A transposed convolution can be had from an ordinary one by putting zeros between the pixels: the "
        + "same numbers, but most products multiply a zero; enlarging without weights costs little and cannot learn.";

    public override IReadOnlyList<Control> Controls { get; } = [Input, Kernel, Stride, CellAt, Gradient];

    public override IReadOnlyList<Experiment> Experiments { get; } =
    [
        new("no-stride", "Stride 1", "stride=1", "2x2 becomes 4x4 with zeros around it only: 144 products, 36 of them with a pixel."),
        new("wide", "Stride 4", "input=4&stride=4", "The share of products with a pixel comes near 1 in 16."),
        new("ones", "Ones everywhere", "input=1_1_1~1_1_1~1_1_1&kernel=1_1_1~1_1_1~1_1_1",
            "The uneven overlap is that of the transposed convolution: it is the same function."),
        new("fitting", "Kernel and stride 2", "input=3&kernel=1_1~1_1", "A kernel of ones as large as the stride: nearest enlarging."),
    ];

    public override Prediction Prediction { get; } = new("Before you look: which part of the products multiplies an inserted zero?",
        "wasted");

    public override IReadOnlyList<Pitfall> Pitfalls { get; } =
    [
        new("About 1 - 1/s^2 of the products are with inserted zeros, and those at the border come on top: time and memory for nothing."),
        new("It is the same function as the transposed convolution, so the uneven overlap stays.", "cb-up"),
        new("Nearest and bilinear enlarging have no weights: a network that only enlarges so learns nothing there, and bilinear blurs."),
    ];

    public override IReadOnlyList<Question> Questions { get; } =
    [
        new("Stride 2, far from the border: which part of the products multiplies a pixel?", ["1/2", "1/4", "1/9"], 1,
            "One in s pixels along each axis is a pixel, the others are inserted zeros: 1/s^2."),
        new("What does a faster way have to leave out?", ["the kernel", "the products with inserted zeros", "the border"], 1,
            "For each phase of the output it takes only the taps that meet pixels: the sum is the same."),
        new("How many weights has bilinear enlarging?", ["none", "four", "one for each pixel"], 0,
            "Its shares depend on the place between the pixels alone."),
    ];

    public override IReadOnlyList<Challenge> Challenges { get; } =
    [
        new("worth-it", "Let at least half of the products multiply a pixel.", JudgeShare, "input=6&kernel=2&stride=1", "input=6&kernel=2"),
    ];

    public override string Room => "Ops/ConvTranspose2d";

    public override IReadOnlyList<Source> Sources { get; } =
    [
        new("Dumoulin and Visin, A guide to convolution arithmetic, chapter 4", "arXiv 1603.07285"),
        new("Odena, Dumoulin and Olah, Deconvolution and checkerboard artifacts", "Distill 2016"),
    ];

    protected override void Compute(LessonState state, LessonPage page)
    {
        var (image, kernel, stride) = (state.Of(Input), state.Of(Kernel), state.Of(Stride));
        var size = new PerAxis(kernel.Shape.Height, kernel.Shape.Width);
        var op = new ConvTranspose2d(1, size) { Stride = stride, HasBias = false };
        var transposed = Network.Build(image.Shape, x => x.Then(op, "up"));
        var output = transposed.Output;
        var zeros = InsertedZeros.Of(op, image, kernel, output)!;
        var simple = Network.Build(zeros.Shape, x => x.Conv(1, size, bias: false, name: "conv"));
        var dy = page.In(Section.Gradient).Fit(Gradient, output);
        page.In(Section.Forward);
        var (fast, slow) = (page.Trace(transposed, image.Values, [("up.weight", kernel.ToArray())], dy.Values),
            page.Trace(simple, zeros.Picture.Values, [("conv.weight", zeros.Turned.ToArray())], dy.Values));
        var (row, column) = page.Cell(CellAt, output);

        page.Say($"Zeros that are put between neighbouring pixels: {stride - 1}; around the image, on each side: {size.Vertical - 1} rows "
            + $"and {size.Horizontal - 1} columns. Then an ordinary convolution runs, with the kernel turned by half a turn.");
        page.Edit(Input, "image: change it").Edit(Kernel, "kernel: change it");
        page.Grid("inserted", "the image with its zeros", zeros.Shape, zeros.Picture.ToArray(), marks: cell =>
            zeros.PixelOf(cell) is null ? CellMarks.Inserted : CellMarks.None);
        page.Grid("turned", "the kernel, turned by half a turn", kernel.Shape, zeros.Turned.ToArray());
        var links = CellLinks.Of(simple["conv"].Op!, zeros.Shape);
        var chosen = (row * output.Width) + column;
        page.Formula("cell", $"the cell in row {row}, column {column}: a product for each place of the kernel",
            Term.Symbol("y", slow.Result[chosen], new CellReference("output", chosen)),
            Term.Sum([.. links.Where(link => link.Output == chosen).Select(link =>
                Term.Of(zeros.Picture.Values[link.Input], new CellReference("inserted", link.Input))
                * Term.Of(zeros.Turned.Values[link.Weight], new CellReference("turned", link.Weight)))]));
        page.Grid("output", "output", output, slow.Result, marks: cell => cell == chosen ? CellMarks.Chosen : CellMarks.None)
            .Links("output", "inserted", "turned", links);
        page.Say($"The transposed convolution of the engine, without any zeros, gives the same: the largest difference is "
            + $"{fast.Result.Zip(slow.Result, (one, other) => Math.Abs((double)one - other)).Max()}.");
        var met = new double[output.Count];
        foreach (var link in links)
            if (zeros.PixelOf(link.Input) is not null) met[link.Output]++;
        page.Grid("useful", $"how many of the {kernel.Shape.Count} products of each output have a pixel in them", output, met,
            GridScale.Count, cell => met[cell] == 0 ? CellMarks.Unread : CellMarks.None);
        var (products, useful) = (Term.Symbol("products", links.Count), Term.Symbol("useful", met.Sum()));
        page.Formula("products", "products: one for each output and place of the kernel", Term.Symbol("products", simple.MultiplyAdds),
            Term.Symbol("outputs", output.Count) * Term.Symbol("k_h", size.Vertical) * Term.Symbol("k_w", size.Horizontal));
        var wasted = 1 - (met.Sum() / simple.MultiplyAdds);
        page.Formula("wasted", "part of them that multiplies an inserted zero", Term.Symbol("wasted", wasted), 1 - (useful / products));
        page.When("mostly-wasted", wasted > 0.5, $"{100 * wasted} % of the products are for nothing.",
            $"{100 * wasted} % of the products are for nothing: not more than half, with so few zeros.");
        page.When("even", met.Min() == met.Max(), "Every output has as many products with a pixel.",
            $"Outputs have {met.Min()} to {met.Max()} products with a pixel: what overlaps unevenly in a transposed convolution does so "
                + $"here, at the border and where the stride does not divide the kernel.");
        var (nearest, bilinear) = Weightless(page, image, stride);

        page.In(Section.Matrix).Say($"Putting zeros in is a matrix too: {zeros.Shape.Count} x {image.Shape.Count}, a single 1 for each "
            + $"pixel. Behind it stands the matrix of the convolution; their product is C^T of the transposed convolution.");
        page.Matrix("insertion", "the matrix that puts the zeros in: a row for each place, a column for each pixel", zeros.Shape.Count,
            image.Shape.Count, Enumerable.Range(0, zeros.Shape.Count).Where(cell => zeros.PixelOf(cell) is not null)
                .Select(cell => new MatrixEntry(cell, zeros.PixelOf(cell)!.Value, 1)), "inserted", "input");
        page.In(Section.Gradient).Say("Back through the zeros: a gradient is computed for every place, and that of the inserted zeros is "
            + "thrown away. What is left is dX of the transposed convolution.");
        page.Edit(Gradient, "dY, gradient of the output: change it", dy);
        page.Grid("dinserted", "gradient of the image with its zeros; what is thrown away is marked", zeros.Shape, slow.InputGradient,
            marks: cell => zeros.PixelOf(cell) is null ? CellMarks.Dropped : CellMarks.None);
        page.Grid("dx", "dX, by the transposed convolution", image.Shape, fast.InputGradient)
            .Grid("dw", "dW of the kernel, not turned", kernel.Shape, fast.WeightGradient("up.weight"));
        page.Cost("cost", "zeros and a convolution", new("weights", kernel.Shape.Count), new("multiply-adds", simple.MultiplyAdds),
            new("bytes of the image with its zeros", 4.0 * zeros.Shape.Count));
        page.Cost("directCost", "the transposed convolution, without the zeros", new("weights", kernel.Shape.Count),
            new("multiply-adds", transposed.MultiplyAdds));
        page.Cost("weightlessCost", "nearest or bilinear alone", new("weights", nearest.TrainableCount + bilinear.TrainableCount),
            new("pixels read for an output by bilinear, at most", 4));
        page.Code("Both ways", $"x.ConvTranspose(1, kernel: ({size.Vertical}, {size.Horizontal}), stride: {stride}, bias: false)      // "
            + $"multiplies no zero\nx.Upsample({stride}, ResizeMode.Nearest)                             // no weights");
        page.In(Section.Reference).Say("The course page has this heading without a text. It stands between the transposed convolution "
            + "and \"Better Approach\", so this lesson reads it as the ways to enlarge that come to mind first: inserted zeros, and "
            + "nearest or bilinear alone.");
    }

    /// <summary>Nearest and bilinear enlarging; nearest once more as inserted zeros and a kernel of ones.</summary>
    private static (Network Nearest, Network Bilinear) Weightless(LessonPage page, Volume image, int stride)
    {
        var nearest = Network.Build(image.Shape, x => x.Upsample(stride, name: "resize"));
        var bilinear = Network.Build(image.Shape, x => x.Upsample(stride, ResizeMode.Bilinear, name: "resize"));
        var blocks = page.Trace(nearest, image.Values).Result;
        page.Say("Simpler still, without weights: each pixel repeated (nearest), or a straight line between neighbours (bilinear).");
        page.Grid("nearest", "nearest", nearest.Output, blocks).Links("nearest", "input", null,
            CellLinks.Of(nearest["resize"].Op!, image.Shape));
        page.Grid("bilinear", "bilinear", bilinear.Output, page.Trace(bilinear, image.Values).Result).Links("bilinear", "input", null,
            CellLinks.Of(bilinear["resize"].Op!, image.Shape));
        var ones = Network.Build(image.Shape, x => x.ConvTranspose(1, stride, stride, bias: false, name: "up"));
        var painted = page.Trace(ones, image.Values).Result;
        page.Say($"Nearest is a transposed convolution whose kernel is {stride} x {stride} ones: the largest difference is "
            + $"{blocks.Zip(painted, (one, other) => Math.Abs((double)one - other)).Max()}.");
        return (nearest, bilinear);
    }

    private static Verdict JudgeShare(LessonState state, LessonPage page)
    {
        var share = 1 - page.Number("wasted");
        return new Verdict(share >= 0.5, $"{NumberText.Of(100 * share)} % of the products have a pixel in them.");
    }
}
