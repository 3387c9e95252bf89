using FeatureMap.Networks;
using FeatureMap.Ops;

namespace FeatureMap.Lessons;

/// <summary>A stride keeps every s-th number of the stride-1 output.</summary>
internal sealed class StridesLesson : Lesson
{
    private static readonly MatrixControl Input = new("input", "The image", MatrixControl.SmallNumbers(Shape.Image(1, 8, 8)));
    private static readonly MatrixControl Kernel = new("kernel", "The kernel", new Volume(3, 1, 0, -1, 2, 0, -2, 1, 0, -1), mostRows: 7);
    private static readonly WholeControl Stride = new("stride", "Pixels between neighbouring windows; 1 is no stride", 2, 1, 4);
    private static readonly WholeControl Border = new("padding", "Zeros on each side", 1, 0, 4);
    private static readonly WholeControl Shift = new("shift", "Moves the image to the right by so many pixels", 1, 0, 4);
    private static readonly MatrixControl Gradient = new("gradient", "dY, the gradient of the output",
        Volume.Filled(Shape.Image(1, 4, 4), 1), mostRows: 20);

    public override string Id => "strides";

    public override IReadOnlyList<string> Aliases => ["stride", "no-stride", "subsampling", "downsampling"];

    public override IReadOnlyList<string> Headings => ["No Stride", "Strides"];

    public override string Title => "No stride, and strides";

    public override string Claim => "Without a stride the window moves pixel by pixel. With stride s it moves s pixels: exactly the "
        + "output without a stride, of which every s-th row and column is kept.";

    public override IReadOnlyList<Control> Controls { get; } = [Input, Kernel, Stride, Border, Shift, Gradient];

    public override IReadOnlyList<Experiment> Experiments { get; } =
    [
        new("no-stride", "No stride", "stride=1", "Neighbouring windows overlap in all columns but one; nothing is dropped."),
        new("even", "Stride divides the kernel", "kernel=2&padding=0",
            "Windows side by side: every pixel is read once, gradients are even."),
        new("gap", "Stride wider than the kernel", "kernel=2&stride=3&padding=0",
            "A stride of 3 steps over every third row and column: read by nobody, no gradient."),
        new("aliasing", "Stripes", "input=0_9_0_9_0_9_0_9~0_9_0_9_0_9_0_9~0_9_0_9_0_9_0_9~0_9_0_9_0_9_0_9&kernel=1~&padding=0",
            "Stripes of one pixel vanish, or fill the output: it depends on where they begin."),
    ];

    public override Prediction Prediction { get; } = new("Before you look: how many rows has the output?", "rows");

    public override IReadOnlyList<Pitfall> Pitfalls { get; } =
    [
        new("Where the stride does not divide what is left of the image, the last rows and columns are never read.", "unread"),
        new("A stride wider than the kernel's taps skips pixels.", "stride-gap"),
        new("Where the stride does not divide the kernel, gradients come back unevenly: a checkerboard.", "cb-grad"),
        new("Fine patterns change when the image moves by one pixel: a stride samples, and what is finer than two samples folds over."),
    ];

    public override IReadOnlyList<Question> Questions { get; } =
    [
        new("What does stride 2 do to the multiply-adds of a layer?", ["halves them", "a quarter", "nothing"], 1,
            "A quarter of the windows."),
        new("A 1x1 layer with stride 2: which part of the pixels does it read?", ["all", "half", "a quarter"], 2,
            "Every second row and every second column of it."),
    ];

    public override IReadOnlyList<Challenge> Challenges { get; } =
    [
        new("whole", "Stride 2 or more, and yet every pixel is read equally often.", JudgeEven, "kernel=2&padding=0", "padding=0"),
    ];

    public override string Room => "Ops/Conv2d";

    public override IReadOnlyList<Source> Sources { get; } =
    [
        new("Dumoulin and Visin, A guide to convolution arithmetic, relations 5 and 6", "arXiv 1603.07285"),
        new("Odena, Dumoulin and Olah, Deconvolution and checkerboard artifacts", "Distill 2016"),
    ];

    protected override void Compute(LessonState state, LessonPage page)
    {
        var (image, kernel, stride, padding, shift) = (state.Of(Input), state.Of(Kernel), state.Of(Stride), state.Of(Border),
            state.Of(Shift));
        Conv2d Layer(int step) => new(1, (kernel.Shape.Height, kernel.Shape.Width)) { Stride = step, Padding = padding, HasBias = false };
        var scene = new ConvolutionScene(page, Layer(stride), image, kernel, Gradient);
        (string, float[])[] weights = [("conv.weight", kernel.ToArray())];
        var every = Network.Build(image.Shape, x => x.Then(Layer(1), "conv"));
        var all = page.Trace(every, image.Values, weights).Result;
        var wide = every.Output.Width;
        bool IsKept(int cell) => cell / wide % stride == 0 && cell % wide % stride == 0;

        page.Edit(Input, "image: change it").Edit(Kernel, "kernel: change it");
        scene.SizeFormula();
        page.Grid("every", "output without a stride; what the stride drops is marked", every.Output, all, marks: cell =>
            IsKept(cell) ? CellMarks.None : CellMarks.Dropped);
        scene.OutputGrid($"output with stride {stride}");
        var kept = Enumerable.Range(0, all.Length).Where(IsKept).Select(cell => all[cell]).ToList();
        page.Formula("subsampled", "largest difference from every s-th number of the output without a stride",
            Term.Symbol("difference", scene.Output.Zip(kept, (one, other) => Math.Abs((double)one - other)).Max()), Term.Of(0));
        scene.ReadsGrid().Unread();

        var moved = Volume.Of(image.Shape, (_, row, column) => column >= shift ? image[0, row, column - shift] : 0);
        page.Grid("shifted", $"output of the image moved {shift} pixels to the right", scene.Geometry.Output,
            page.Trace(scene.Network, moved.Values, weights).Result);
        page.When("aliasing", shift % stride != 0,
            $"Moved by {shift}, which is no multiple of {stride}, the layer keeps other numbers of the output without a stride than "
                + $"before: the output need not be the old one moved.",
            $"Moved by {shift}, a multiple of {stride}, the layer keeps the same numbers, {shift / stride} columns further (the border "
                + $"apart).");

        scene.Gradient(Gradient);
        var phases = ConvTranspose2d.Overlap(kernel.Shape.Width, stride);
        page.Strip("phases", "taps that meet in a column, by its place modulo the stride", phases.Select(count => (double)count));
        page.When("even-gradient", phases.Min() == phases.Max(), "The stride divides the width of the kernel: in the middle of the "
            + "image all columns get gradient from equally many taps.",
            $"The stride does not divide the width of the kernel: columns get gradient from {phases.Min()} to {phases.Max()} taps by "
                + $"turns; in two dimensions the counts multiply.");
        page.In(Section.Gradient).Say($"dX is a convolution without a stride over dY with {stride - 1} zeros between its numbers.");
        scene.Cost();
        page.Cost("everyCost", "without a stride", new("output numbers", every.Output.Count), new("multiply-adds", every.MultiplyAdds));
        page.Code("A stride", $"x.Conv(1, kernel: ({kernel.Shape.Height}, {kernel.Shape.Width}), stride: {stride}, padding: {padding})");
    }

    private static Verdict JudgeEven(LessonState state, LessonPage page)
    {
        var reads = page.Numbers("reads");
        return new Verdict(state.Of(Stride) >= 2 && reads.Min() > 0 && reads.Min() == reads.Max(),
            $"stride {state.Of(Stride)}; pixels are read {NumberText.Of(reads.Min())} to {NumberText.Of(reads.Max())} times.");
    }
}
