using FeatureMap.Ops;

namespace FeatureMap.Lessons;

/// <summary>3x3 over 4x4 gives 2x2: small enough to see the whole layer as a matrix.</summary>
internal sealed class FourThreeLesson : Lesson
{
    private static readonly MatrixControl Input = new("input", "The image, 4 x 4",
        new Volume(4, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15), mostRows: 4)
    { LeastRows = 4, LeastColumns = 4 };
    private static readonly MatrixControl Kernel = new("kernel", "The kernel, 3 x 3", new Volume(3, -1, 0, 1, -2, 0, 2, -1, 0, 1),
        mostRows: 3)
    { LeastRows = 3, LeastColumns = 3 };
    private static readonly ListControl CellAt = new("cell", "Row and column of the output that is written out", [0, 0], 0, 1,
        fewest: 2, longest: 2);
    private static readonly MatrixControl Gradient = new("gradient", "dY, the gradient of the output, 2 x 2",
        new Volume(2, 1, 1, 1, 1), mostRows: 2)
    { LeastRows = 2, LeastColumns = 2 };

    public override string Id => "four-three";

    public override IReadOnlyList<string> Aliases => ["4-3", "4x3", "43"];

    public override IReadOnlyList<string> Headings => ["4-3 Convolution"];

    public override string Title => "4-3: a 3x3 kernel over 4x4 pixels";

    public override string Claim => "A 3x3 kernel fits four times into 4x4 pixels, so 16 numbers become 4: a matrix of 4 x 16 that is "
        + "mostly empty and made of 9 weights.";

    public override IReadOnlyList<Control> Controls { get; } = [Input, Kernel, CellAt, Gradient];

    public override IReadOnlyList<Experiment> Experiments { get; } =
    [
        new("corner", "One bright corner", "input=9_0_0_0~0_0_0_0~0_0_0_0~0_0_0_0",
            "A corner pixel is in one window only: a single output answers."),
        new("centre", "One bright pixel in the middle", "input=0_0_0_0~0_9_0_0~0_0_0_0~0_0_0_0",
            "A pixel in the middle is in all four windows."),
        new("one-gradient", "Gradient of one output", "gradient=1_0~0_0",
            "dX is the kernel, at the place of its window; dW is the window."),
    ];

    public override Prediction Prediction { get; } = new("Before you look: how many numbers stand in the matrix of 4 x 16?", "filled");

    public override IReadOnlyList<Pitfall> Pitfalls { get; } =
    [
        new("The corner pixels are used once, those in the middle four times: without padding the border counts less."),
        new("The matrix is a picture of the layer, not the way to compute it: 64 places for 9 weights."),
        new("Each layer without padding takes two rows and columns away; after a few the map is gone.", "dead-taps"),
    ];

    public override IReadOnlyList<Question> Questions { get; } =
    [
        new("How many weights is the matrix made of?", ["9", "36", "64"], 0, "Each row has the same 9 weights, shifted."),
        new("What is dX when only one number of dY is 1 and the rest 0?",
            ["the kernel at that window", "the window of the image", "all 1"], 0, "dX = C^T dY is that one row of C."),
    ];

    public override IReadOnlyList<Challenge> Challenges { get; } =
    [
        new("copy-window", "Set dY so that dW is a copy of one window of the image.", JudgeCopy, "gradient=0_0~1_0", "gradient=1_0~1_0"),
    ];

    public override string Room => "Ops/Conv2d";

    public override IReadOnlyList<Source> Sources { get; } = [new("Dumoulin and Visin, A guide to convolution arithmetic, "
        + "\"Convolution as a matrix operation\"", "arXiv 1603.07285")];

    protected override void Compute(LessonState state, LessonPage page)
    {
        var scene = new ConvolutionScene(page, new Conv2d(1, 3) { HasBias = false }, state.Of(Input), state.Of(Kernel), Gradient);
        var (row, column) = page.Cell(CellAt, scene.Geometry.Output);
        page.Say($"The kernel stands on {scene.Geometry.Output.Count} windows: two beside each other, two below each other.");
        page.Edit(Input, "image: change it").Edit(Kernel, "kernel: change it");
        scene.SizeFormula().CellFormula(row, column).OutputGrid().ReadsGrid();
        page.Say("Corners are in one window, edges in two, the four pixels in the middle in all four.");
        scene.Matrix();
        var (o, k) = (Term.Symbol("o", scene.Geometry.Output.Height), Term.Symbol("k", 3));
        page.Formula("filled", "numbers in the matrix: a row for each output, k x k in each row",
            Term.Symbol("n", page.Numbers("matrix").Count), Term.Power(o, 2) * Term.Power(k, 2));
        page.Say($"{16 * 4} places, {page.Numbers("matrix").Count} numbers in them, made of {9} weights: sparse, and shared.");
        scene.Gradient(Gradient).Cost();
        page.Code("The matrix of the layer, forward and back", """
            var matrix = ConvolutionMatrix.Of(new Conv2d(1, 3) { HasBias = false }, Shape.Image(1, 4, 4), kernel);
            var y = matrix.Apply(image);                 // C x
            var dX = matrix.ApplyTransposed(dY);         // C^T dY
            """);
    }

    private static Verdict JudgeCopy(LessonState state, LessonPage page)
    {
        var (dw, image) = (page.Numbers("dw"), state.Of(Input));
        var windows = from top in Enumerable.Range(0, 2)
                      from left in Enumerable.Range(0, 2)
                      select Enumerable.Range(0, 9)
            .Select(i => (double)image[0, top + (i / 3), left + (i % 3)]).ToList();
        var found = windows.Any(window => window.SequenceEqual(dw));
        return new Verdict(found, found ? "dW is one of the four windows."
            : "dW is a sum of windows, each as often as its number in dY says.");
    }
}
