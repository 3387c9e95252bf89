using FeatureMap.Analysis;
using FeatureMap.Networks;

namespace FeatureMap.Lessons;

/// <summary>A kernel as a sum of columns times rows: how many passes it needs, and what one misses.</summary>
internal sealed class SeparableLesson : Lesson
{
    private static readonly MatrixControl Kernel = new("kernel", "The kernel", new Volume(3, -1, 0, 1, -2, 0, 2, -1, 0, 1), mostRows: 7);
    private static readonly MatrixControl Input = new("input", "The image", MatrixControl.SmallNumbers(Shape.Image(1, 6, 6)));
    private static readonly WholeControl Terms = new("terms", "How many columns times rows are used", 1, 1, 7);
    private static readonly MatrixControl Gradient = new("gradient", "dY, the gradient of the output",
        Volume.Filled(Shape.Image(1, 4, 4), 1), mostRows: 12);

    public override string Id => "separable";

    public override IReadOnlyList<string> Aliases => ["spatially-separable", "cx1", "1xc", "asymmetric", "rank"];

    public override IReadOnlyList<string> Headings => ["Separable Convolution"];

    public override string Title => "Separable convolution";

    public override string Claim => "A kernel that is a column times a row can be applied as a column, then a row: 2k products instead "
        + "of k x k. Its rank says whether it is one.";

    public override IReadOnlyList<Control> Controls { get; } = [Kernel, Input, Terms, Gradient];

    public override IReadOnlyList<Experiment> Experiments { get; } =
    [
        new("gauss", "A blur", "kernel=1_4_6_4_1~4_16_24_16_4~6_24_36_24_6~4_16_24_16_4~1_4_6_4_1",
            "Binomial numbers times themselves: rank 1, 10 products instead of 25."),
        new("laplace", "Laplace", "kernel=0_1_0~1_-4_1~0_1_0", "Rank 2: one column and row miss a good part."),
        new("laplace-two", "Laplace in two terms", "kernel=0_1_0~1_-4_1~0_1_0&terms=2",
            "Two columns and rows are exact, and cost 12 products instead of 9."),
        new("random", "Any kernel", "kernel=5", "A kernel without structure has full rank."),
    ];

    public override Prediction Prediction { get; } = new("Before you look: which rank has the kernel?", "rank");

    public override IReadOnlyList<Pitfall> Pitfalls { get; } =
    [
        new("Only kernels of rank 1 are exact in one column and one row; learned kernels are hardly ever of rank 1."),
        new("Spatially separable (k x 1, then 1 x k) and depthwise separable (each channel alone, then 1x1) are two things.", "no-mix"),
        new("Each of the two passes needs its own padding: (k - 1) / 2 rows for the column, as many columns for the row.", "even-same"),
    ];

    public override IReadOnlyList<Question> Questions { get; } =
    [
        new("How many products has a 7x7 kernel of rank 1 in two passes?", ["49", "14", "7"], 1, "7 + 7."),
        new("A kernel of rank 2 in one term misses how much, measured by the norm?", ["the second singular value", "half", "nothing"],
            0, "The error is the root of the sum of the squares of the singular values that are left out."),
    ];

    public override IReadOnlyList<Challenge> Challenges { get; } =
    [
        new("lopsided", "A blur of rank 1 (3x3 or larger, all weights above 0) that is not symmetric.", JudgeLopsided,
            "kernel=1_2_4~1_2_4~1_2_4", "kernel=1_2_1~2_4_2~1_2_1"),
    ];

    public override string Room => "Ops/Conv2d";

    public override IReadOnlyList<Source> Sources { get; } = [new("Szegedy et al., Rethinking the inception architecture for computer "
        + "vision", "arXiv 1512.00567")];

    protected override void Compute(LessonState state, LessonPage page)
    {
        var (kernel, image) = (state.Of(Kernel), state.Of(Input));
        var (height, width) = (kernel.Shape.Height, kernel.Shape.Width);
        var rank = KernelRank.Of(Array.ConvertAll(kernel.ToArray(), value => (double)value), height, width);
        var own = rank.SingularValues[0] == 0 ? 0 : rank.Rank();
        var terms = Math.Min(state.Of(Terms), rank.SingularValues.Count);
        var near = rank.Approximate(terms);
        var direct = Network.Build(image.Shape, x => x.Conv(1, (height, width), bias: false, name: "conv"));
        // All columns first, as channels; then all rows, which adds the channels up.
        var passes = Network.Build(image.Shape, x => x.Conv(terms, (height, 1), bias: false, name: "columns")
            .Conv(1, (1, width), bias: false, name: "rows"));
        float[] columns = [.. Enumerable.Range(0, terms).SelectMany(term => rank.Term(term).Column.Select(value => (float)value))];
        float[] rows = [.. Enumerable.Range(0, terms).SelectMany(term => rank.Term(term).Row.Select(value => (float)value))];
        var dy = page.In(Section.Gradient).Fit(Gradient, direct.Output);
        page.In(Section.Forward);
        var whole = page.Trace(direct, image.Values, [("conv.weight", kernel.ToArray())], dy.Values);
        var cut = page.Trace(passes, image.Values, [("columns.weight", columns), ("rows.weight", rows)], dy.Values);

        page.Say("Singular values write a kernel as a sum: K = s1 u1 v1^T + s2 u2 v2^T + ..., each term a column times a row.");
        page.Edit(Kernel, "kernel: change it");
        page.Grid("singular", "singular values", Shape.Image(1, 1, rank.SingularValues.Count), rank.SingularValues, GridScale.Sequential);
        page.Formula("rank", "rank: singular values that are not 0", Term.Symbol("rank", own),
            Term.Sum([Term.Of(0), .. rank.SingularValues.Where(value =>
            rank.SingularValues[0] > 0 && value > 1e-6 * rank.SingularValues[0]).Select(_ => Term.Of(1))]));
        page.When("separable", own == 1, "Rank 1: a column, then a row, is exact.",
            "Not of rank 1: a column, then a row, is not this kernel.");
        page.Grid("columns", $"columns of the first {terms} terms", Shape.Image(terms, height, 1), columns)
            .Grid("rows", "their rows", Shape.Image(terms, 1, width), rows);
        page.Grid("near", "their sum: the kernel that the passes apply", kernel.Shape, near);
        page.Formula("error", "what it misses of the kernel, as a norm", Term.Symbol("error", rank.Remainder(terms)),
            Term.Root(Term.Sum([Term.Of(0), .. rank.SingularValues.Skip(terms).Select(value => Term.Power(Term.Of(value), 2))])));
        page.Edit(Input, "image: change it");
        page.Grid("output", "output of the kernel itself", direct.Output, whole.Result)
            .Grid("passes", "output of the passes", passes.Output, cut.Result);
        var difference = whole.Result.Zip(cut.Result, (one, other) => Math.Abs((double)one - other)).Max();
        page.Say($"Largest difference of the two outputs: {difference}.");

        page.Say("The kernel itself and its passes over a picture:");
        var picture = DrawnPicture.Grey;
        Network On(Network small) => Network.Build(picture.Shape, x => small.Layers.Skip(1).Aggregate(x, (y, layer) =>
            y.Then(layer.Op!, layer.Name)));
        var (wide, twice) = (On(direct), On(passes));
        DrawnPicture.ShowGrey(page, "picture", "a picture", picture);
        PhotoScene.Draw(page, "picture-kernel", "the kernel itself over it", wide.Output,
            page.Trace(wide, picture.Values, [("conv.weight", kernel.ToArray())]).Result, GridScale.Signed);
        PhotoScene.Draw(page, "picture-passes", $"the column and row passes of {terms} terms over it", twice.Output,
            page.Trace(twice, picture.Values, [("columns.weight", columns), ("rows.weight", rows)]).Result, GridScale.Signed);

        page.In(Section.Matrix).Say($"The column pass and the row pass are two sparse matrices; their product is the matrix of the "
            + $"near kernel.");
        page.In(Section.Gradient).Say("The gradient goes back through the row pass, then through the column pass; each of their "
            + "weights has its own.");
        page.Edit(Gradient, "dY: change it", dy).Grid("dx", "dX by the kernel itself", image.Shape, whole.InputGradient)
            .Grid("dxPasses", "dX through the passes", image.Shape, cut.InputGradient);
        page.Grid("dColumns", "gradient of the columns", Shape.Image(terms, height, 1), cut.WeightGradient("columns.weight"))
            .Grid("dRows", "gradient of the rows", Shape.Image(terms, 1, width), cut.WeightGradient("rows.weight"));
        page.Cost("cost", "the kernel itself", new("products of one output, k x k", (double)height * width),
            new("multiply-adds", direct.MultiplyAdds));
        page.Cost("passCost", $"{terms} terms, column and row", new("products of one output", (double)terms * (height + width)),
            new("multiply-adds", passes.MultiplyAdds));
        page.When("saves", terms * (height + width) < height * width,
            $"The passes need {terms * (height + width)} products for an output, the kernel {height * width}.",
            $"The passes need {terms * (height + width)} products for an output, the kernel {height * width}: nothing is saved.");
        page.Code("Rank and passes", "var rank = KernelRank.Of(kernel, height, width);\nvar (column, row) = rank.Term(0);\nx.Conv(1, "
            + "kernel: (height, 1), bias: false).Conv(1, kernel: (1, width), bias: false)");
    }

    private static Verdict JudgeLopsided(LessonState state, LessonPage page)
    {
        var kernel = state.Of(Kernel);
        var turned = Volume.Of(kernel.Shape, (_, row, column) => kernel[0, kernel.Shape.Height - 1 - row, kernel.Shape.Width - 1 - column]);
        var isLarge = kernel.Shape is { Height: >= 3, Width: >= 3 };
        var isPositive = kernel.ToArray().All(value => value > 0);
        return new Verdict(page.Number("rank") == 1 && isLarge && isPositive && !turned.Equals(kernel),
            $"rank {NumberText.Of(page.Number("rank"))}, {(isPositive ? "all weights above 0" : "some weights not above 0")}, "
            + $"{(turned.Equals(kernel) ? "symmetric" : "not symmetric")}.");
    }
}
