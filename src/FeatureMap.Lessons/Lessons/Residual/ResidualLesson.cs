using FeatureMap.Networks;

namespace FeatureMap.Lessons;

/// <summary>The gradient of a deep stack, with and without a skip around each layer.</summary>
internal sealed class ResidualLesson : Lesson
{
    private static readonly MatrixControl Input = new("input", "The image of the small block",
        new Volume(3, 1, -2, 0, 3, 1, -1, 2, 0, 1), mostRows: 6);
    private static readonly MatrixControl Kernel = new("kernel", "The kernel of the small block, odd in height and width",
        new Volume(3, 0, 0, 0, 0, -1, 0, 0, 0, 0), mostRows: 5);
    private static readonly WholeControl Depth = new("layers", "Blocks on top of each other in the deep stack", 8, 1, 16);
    private static readonly WholeControl Channels = new("channels", "Channels of the deep stack", 4, 1, 8);
    private static readonly RealControl Deviation = new("deviation", "Standard deviation of its weights at the start", 0.05, 0, 0.5, 0.01);
    private static readonly RealControl Skip = new("skip", "What the skip is multiplied by; 1 is the identity", 1, 0, 2, 0.1);
    private static readonly ChoiceControl Path = new("path", "What stands on the skips of the deep stack", "identity", "projection");
    private static readonly WholeControl Seed = new("seed", "Draws the weights", 0, 0, 999);

    private static readonly MatrixControl Gradient = new("gradient", "dY, the gradient of the small block's output",
        Volume.Filled(Shape.Image(1, 3, 3), 1), mostRows: 6);

    public override string Id => "residual";

    public override IReadOnlyList<string> Aliases => ["resnet", "skip", "skip-connection", "shortcut", "resnet-blocks"];

    public override IReadOnlyList<string> Headings => ["ResNet Blocks"];

    public override string Title => "Residual blocks";

    public override string Claim => "y = x + F(x): the gradient of x is that of y, plus what comes through F. However deep the stack, "
        + "one path multiplies it by 1.";

    public override IReadOnlyList<Control> Controls { get; } = [Input, Kernel, Depth, Channels, Deviation, Skip, Path, Seed, Gradient];

    public override IReadOnlyList<Experiment> Experiments { get; } =
    [
        new("nothing", "A block that does nothing", "kernel=0_0_0~0_0_0~0_0_0",
            "F is 0: y = x, and dX = dY. A new block may begin like that."),
        new("deep", "Sixteen layers", "layers=16", "Without skips the gradient by the image is as good as gone."),
        new("doubled", "A skip of 2", "skip=2", "Scaled skips multiply: 2 to the number of blocks."),
        new("projected", "A projection on every skip", "layers=16&path=projection", "Sixteen matrices multiply the gradient: its size "
            + "wanders with the depth, where the identity keeps it."),
        new("halved", "A skip of 0.5", "skip=0.5", "And 0.5 to the number of blocks vanishes."),
    ];

    public override Prediction Prediction { get; } = new("Before you look: which number has the first pixel of the small block's "
        + "output?", "cell");

    public override IReadOnlyList<Pitfall> Pitfalls { get; } =
    [
        new("A skip that is scaled, or runs through an activation, is no identity any more: products of many factors vanish or explode."),
        new("Where shape or channels change, the skip needs a 1x1 layer with the same stride.", "res-shape"),
        new("Branches that are added must look at the same place.", "align"),
    ];

    public override IReadOnlyList<Question> Questions { get; } =
    [
        new("Which path carries the gradient past any depth?", ["the skips alone", "the convolutions", "the activations"], 0,
            "It multiplies by 1 in each block."),
        new("What does a block compute whose last weights are 0?", ["0", "its input", "noise"], 1, "x + 0."),
    ];

    public override string Room => "Ops/Add";

    public override IReadOnlyList<Source> Sources { get; } =
    [
        new("He, Zhang, Ren and Sun, Deep residual learning for image recognition", "arXiv 1512.03385"),
        new("He, Zhang, Ren and Sun, Identity mappings in deep residual networks", "arXiv 1603.05027"),
    ];

    protected override void Compute(LessonState state, LessonPage page)
    {
        var (image, kernel) = (state.Of(Input), state.Of(Kernel));
        if (kernel.Shape.Height % 2 == 0 || kernel.Shape.Width % 2 == 0) throw new UsageException($"The kernel is odd in height and "
            + $"width, so that the block keeps the size: received {kernel.Shape.Height} x {kernel.Shape.Width}.");
        var skip = state.Of(Skip);
        var small = Network.Build(image.Shape, x => Skipped(x, skip)
            .Add(x.Conv(1, (kernel.Shape.Height, kernel.Shape.Width), padding: Padding.Same, bias: false, name: "conv").Relu("relu"),
            "sum"));
        var dy = page.In(Section.Gradient).Fit(Gradient, image.Shape);
        page.In(Section.Forward);
        var trace = page.Trace(small, image.Values, [("conv.weight", kernel.ToArray())], dy.Values);

        page.Say("A small block first: F is a convolution and an activation, and the skip adds x.");
        page.Edit(Input, "image, x: change it").Edit(Kernel, "kernel: change it");
        page.Grid("branch", "F(x)", image.Shape, trace.Output("relu"))
            .Grid("output", "y = skip times x, plus F(x)", image.Shape, trace.Result);
        page.Formula("cell", "first pixel of the output", Term.Symbol("y", trace.Result[0], new CellReference("output", 0)),
            (Term.Symbol("skip", skip) * Term.Of(image.Values[0], new CellReference("input", 0)))
            + Term.Of(trace.Output("relu")[0], new CellReference("branch", 0)));
        page.When("identity", skip == 1, "The skip of this block is the identity.", $"The skip multiplies by {skip}.");

        page.In(Section.Matrix).Say("As matrices: dY/dX = skip times I, plus the matrix of F. The I carries the gradient whatever F does.");
        page.In(Section.Gradient).Say("The small block's dX is skip times dY, plus what comes back through F:");
        page.Edit(Gradient, "dY, gradient of the output: change it", dy).Grid("dx", "dX = skip times dY, plus the part through F",
            image.Shape, trace.InputGradient)
            .Grid("dw", "dW", kernel.Shape, trace.WeightGradient("conv.weight"));
        var (plain, residual) = (Norms(state, page, skip: null), Norms(state, page, skip));
        double[] blocks = [.. Enumerable.Range(0, plain.Length).Select(i => (double)i)];
        page.Add(section => new Lines(section, "norms", $"size of the gradient behind 0, 1, 2 ... blocks of the deep stack, as parts "
            + $"of that at its end", new Axis("block"), new Axis("gradient", IsLogarithmic: true),
            [new Series("plain", blocks, plain), new Series("with skips", blocks, residual)]));
        page.When("vanishes", plain[0] < 0.01, $"Without skips {100 * plain[0]} % of the gradient reaches the image: it has vanished "
            + $"on the way.", $"Without skips {100 * plain[0]} % of the gradient's size reaches the image.");
        page.When("carries", residual[0] is > 0.1 and < 10, $"With skips {100 * residual[0]} % of it reaches the image.",
            $"With skips of {skip} it is {100 * residual[0]} %: a product of many factors.");
        var (depth, isProjected) = (state.Of(Depth), state.Of(Path) == "projection");
        page.When("projected", isProjected, "On each skip of the deep stack stands a 1x1 convolution with fresh weights: needed where "
            + "shape or channels change, and elsewhere a factor more on the path of the gradient.");
        if (!isProjected) page.Formula("product", "what the path along the skips alone multiplies by",
            Term.Symbol("factor", Math.Pow(skip, depth)),
            Term.Power(Term.Symbol("skip", skip), Term.Symbol("blocks", depth)));
        page.Cost("cost", "the deep stack", new("weights", (double)depth * 9 * state.Of(Channels) * state.Of(Channels)),
            new("weights of the skips", isProjected ? (double)depth * state.Of(Channels) * state.Of(Channels) : 0),
                new("additions of the skips, for a pixel", (double)depth * state.Of(Channels)));
        page.Code("A block", "var inner = x.Conv(c, kernel: 3, padding: 1).Relu();\nreturn x.Add(inner);");
    }

    private static Feature Skipped(Feature x, double skip) => skip == 1 ? x : x.Multiply(skip, "skip");

    // The gradient at the image and behind each block, by a real way back.
    private static double[] Norms(LessonState state, LessonPage page, double? skip)
    {
        var (depth, channels) = (state.Of(Depth), state.Of(Channels));
        var network = Network.Build(Shape.Image(channels, 8, 8), x => Enumerable.Range(1, depth).Aggregate(x, (y, block) =>
        {
            var inner = y.Conv(channels, 3, padding: 1, bias: false, initializer: Initializer.Normal((float)Math.Max(1e-6,
                state.Of(Deviation))), name: $"conv{block}").Relu($"relu{block}");
            if (skip is not { } factor) return inner;
            if (state.Of(Path) == "projection")
                y = y.Conv(channels, 1, bias: false, initializer: Initializer.LeCunNormal, name: $"projection{block}");
            return (factor == 1 ? y : y.Multiply(factor, $"skip{block}")).Add(inner, $"sum{block}");
        }));
        var image = new float[network.Input.Count];
        for (var i = 0; i < image.Length; i++)
            image[i] = ((i * 7) + (i * i / 3)) % 4;
        var trace = page.Trace(Weights.Initialize(network, (ulong)state.Of(Seed)), image);
        double[] norms = [Norm(trace.InputGradient), .. Enumerable.Range(1, depth)
            .Select(block => Norm(trace.Gradient(skip is null ? $"relu{block}" : $"sum{block}")))];
        return [.. norms.Select(norm => norm / norms[^1])];
    }

    private static double Norm(float[] gradient) => Math.Sqrt(gradient.Sum(value => (double)value * value));
}
