using FeatureMap.Networks;
using FeatureMap.Ops;

namespace FeatureMap.Lessons;

/// <summary>3x3 over 5x5 gives 3x3, a second 3x3 gives one number: two small kernels see as much as one large one.</summary>
internal sealed class FiveThreeLesson : Lesson
{
    private static readonly MatrixControl Input = new("input", "The image",
        new Volume(5, 3, 3, 2, 1, 0, 0, 0, 1, 3, 1, 3, 1, 2, 2, 3, 2, 0, 0, 2, 2, 2, 0, 0, 0, 1))
    { LeastRows = 5, LeastColumns = 5 };
    private static readonly MatrixControl Kernel = new("kernel", "The first kernel, 3 x 3", new Volume(3, 0, 1, 2, 2, 2, 0, 0, 1, 2),
        mostRows: 3)
    { LeastRows = 3, LeastColumns = 3 };
    private static readonly MatrixControl Second = new("second", "The second kernel, 3 x 3",
        new Volume(3, 1, 0, -1, 2, 0, -2, 1, 0, -1), mostRows: 3)
    { LeastRows = 3, LeastColumns = 3 };
    private static readonly ChoiceControl Border = new("padding",
        "Valid: none; half: as many outputs as inputs; full: every position where kernel and image meet", "valid", "half", "full");
    private static readonly SwitchControl Rectify = new("relu", "An activation between the two layers", false);
    private static readonly MatrixControl Gradient = new("gradient", "dY, the gradient of the second output",
        Volume.Filled(Shape.Image(1, 1, 1), 1), mostRows: 20);

    public override string Id => "five-three";

    public override IReadOnlyList<string> Aliases => ["5-3", "5x3", "53", "stacked"];

    public override IReadOnlyList<string> Headings => ["5-3 Convolution"];

    public override string Title => "5-3: a 3x3 kernel over 5x5 pixels, twice";

    public override string Claim => "Two 3x3 layers see the same 5x5 pixels as one 5x5 layer, with 18 weights instead of 25, and room "
        + "for an activation between them.";

    public override IReadOnlyList<Control> Controls { get; } = [Input, Kernel, Second, Border, Rectify, Gradient];

    public override IReadOnlyList<Experiment> Experiments { get; } =
    [
        new("blur-twice", "Blur twice", "kernel=1_1_1~1_1_1~1_1_1&second=1_1_1~1_1_1~1_1_1",
            "The merged kernel is a hill: 1 2 3 2 1 along each axis."),
        new("half", "Half padding", "padding=half", "Five rows stay five rows, through both layers."),
        new("full", "Full padding", "padding=full", "Each layer adds two rows: 5, 7, 9."),
        new("relu", "With an activation", "kernel=0_-1_0~-1_4_-1~0_-1_0&relu=true",
            "Where the first layer is negative the activation cuts: no single 5x5 kernel does the same."),
    ];

    public override Prediction Prediction { get; } = new("Before you look: how many rows has the output of the second layer?", "deepRows");

    public override IReadOnlyList<Pitfall> Pitfalls { get; } =
    [
        new("Without an activation between them two convolutions are one convolution with a larger kernel: depth is wasted."),
        new("Padding of zeros is seen by the second layer through the first, so the border of a stack is not that of one large kernel."),
        new("Without padding each 3x3 layer takes two rows away; kernels on maps that have become too small meet only padding.",
            "dead-taps"),
    ];

    public override IReadOnlyList<Question> Questions { get; } =
    [
        new("Three 3x3 layers of stride 1 see as much as one kernel of which size?", ["5x5", "7x7", "9x9"], 1,
            "Each adds k - 1 = 2: 3, 5, 7. 27 weights instead of 49."),
        new("Which padding keeps the size with an odd kernel and stride 1?", ["k - 1", "(k - 1) / 2", "none"], 1,
            "Half padding: o = i + 2p - k + 1 = i."),
    ];

    public override IReadOnlyList<Challenge> Challenges { get; } =
    [
        new("centre-only", "Choose both kernels so that the merged 5x5 kernel is a single 1 in its middle: two layers that do nothing "
            + "together.", JudgeIdentity, "kernel=0_0_0~0_1_0~0_0_0&second=0_0_0~0_1_0~0_0_0",
            "kernel=0_0_0~0_1_0~0_0_0&second=0_0_0~0_2_0~0_0_0"),
    ];

    public override string Room => "Ops/Conv2d";

    public override IReadOnlyList<Source> Sources { get; } =
    [
        new("Dumoulin and Visin, A guide to convolution arithmetic, relations 1 to 4", "arXiv 1603.07285"),
        new("Simonyan and Zisserman, Very deep convolutional networks", "arXiv 1409.1556"),
    ];

    protected override void Compute(LessonState state, LessonPage page)
    {
        var (image, kernel, second, isCut) = (state.Of(Input), state.Of(Kernel), state.Of(Second), state.Of(Rectify));
        var padding = state.Of(Border) switch { "valid" => 0, "half" => 1, _ => 2 };
        var op = new Conv2d(1, 3) { HasBias = false, Padding = padding };
        var stack = Network.Build(image.Shape, x => Cut(x.Then(op, "first")).Then(op, "second"));
        (string, float[])[] weights = [("first.weight", kernel.ToArray()), ("second.weight", second.ToArray())];
        var dy = page.In(Section.Gradient).Fit(Gradient, stack.Output);
        var trace = page.In(Section.Forward).Trace(stack, image.Values, weights, dy.Values);
        // What the one output of 5x5 pixels weighs each pixel with is the kernel that both layers are together.
        var merged = page.Trace(Network.Build(Shape.Image(1, 5, 5), x => x.Conv(1, 3, bias: false, name: "first")
            .Conv(1, 3, bias: false, name: "second")), new float[25], weights).InputGradient;
        var wide = page.Trace(Network.Build(image.Shape, x => x.Conv(1, 5, padding: 2 * padding, bias: false, name: "wide")),
            image.Values, [("wide.weight", merged)]).Result;
        var (hidden, deep) = (trace.Output("first"), trace.Result);
        var first = stack["first"].Output;

        page.Say($"The first kernel makes {first.Height} x {first.Width} of {image.Shape.Height} x {image.Shape.Width}, the second "
            + $"{stack.Output.Height} x {stack.Output.Width} of that.");
        page.Edit(Input, "image: change it").Edit(Kernel, "first kernel: change it");
        var (i, p, k) = (Term.Symbol("i", image.Shape.Height), Term.Symbol("p", padding), Term.Symbol("k", 3));
        page.Formula("rows", "rows behind the first layer", Term.Symbol("o_1", first.Height), i + (2 * p) - k + 1);
        page.Grid("output", "output of the first layer", first, hidden)
            .Links("output", "input", "kernel", Analysis.CellLinks.Of(op, image.Shape));
        if (isCut) page.Grid("activated", "behind the activation", first, trace.Output("relu"));
        page.Edit(Second, "second kernel: change it");
        page.Formula("deepRows", "rows behind the second layer", Term.Symbol("o_2", stack.Output.Height),
            i + (2 * (2 * p)) - (2 * (k - 1)));
        page.Grid("deep", "output of the second layer", stack.Output, deep)
            .Links("deep", isCut ? "activated" : "output", "second", Analysis.CellLinks.Of(op, first));
        page.Grid("merged", "the 5x5 kernel that both are together, without activation", Shape.Image(1, 5, 5), merged);
        page.Grid("wide", "output of one layer with that kernel", stack.Output, wide);
        var difference = deep.Zip(wide, (one, other) => Math.Abs((double)one - other)).DefaultIfEmpty(0).Max();
        page.When("one-kernel", difference <= 1e-5 * wide.Select(Math.Abs).DefaultIfEmpty(0).Max(),
            "One 5x5 layer gives the same numbers here: two layers, one convolution.",
            $"One 5x5 layer gives other numbers here, by up to {difference}: what stands between the layers (an activation, or padding "
                + $"that the second layer sees) makes the difference.");

        page.In(Section.Matrix).Say($"Two matrices follow each other: y = C2 C1 x. Their product is the matrix of the merged kernel, "
            + $"{stack.Output.Count} x {image.Shape.Count}; it has up to 25 different numbers, the two have {9 + 9}.");
        Composed(page, op, image.Shape, first, kernel, second);
        page.In(Section.Gradient).Say("The gradient goes back through both layers: dH = C2^T dY, where the activation lets through "
            + "what was above 0, then dX = C1^T dH.");
        page.Edit(Gradient, "dY, gradient of the second output: change it", dy);
        page.Grid("dh", "dH, gradient of the first output", first, trace.Gradient("first"));
        page.Grid("dx", "dX, gradient of the image", image.Shape, trace.InputGradient);
        page.Grid("dw1", "dW of the first kernel", kernel.Shape, trace.WeightGradient("first.weight"))
            .Grid("dw2", "dW of the second kernel", second.Shape, trace.WeightGradient("second.weight"));
        page.Cost("cost", "two 3x3 layers", new("weights", stack.TrainableCount), new("multiply-adds", stack.MultiplyAdds),
            new("receptive field along an axis", 5, "pixels"));
        page.Cost("wideCost", "one 5x5 layer", new("weights", merged.Length), new("multiply-adds", 25.0 * stack.Output.Area),
            new("receptive field along an axis", 5, "pixels"));
        page.In(Section.Cost).Say($"For C channels in and out: 2 x 9 x C^2 = {18} C^2 weights against {25} C^2; three layers and 7x7 "
            + $"are {27} against {49}.");
        page.Code("Two layers", $"""
            var network = Network.Build(Shape.Image(1, {image.Shape.Height}, {image.Shape.Width}), x => x
                .Conv(1, kernel: 3, padding: {padding}, bias: false, name: "first"){(isCut ? ".Relu()" : "")}
                .Conv(1, kernel: 3, padding: {padding}, bias: false, name: "second"));
            """);

        Feature Cut(Feature x) => isCut ? x.Relu("relu") : x;
    }

    private static void Composed(LessonPage page, Conv2d op, Shape image, Shape between, Volume kernel, Volume second)
    {
        void Show(string key, string caption, Shape read, Volume weights, string rowGrid, string columnGrid)
        {
            var links = Analysis.CellLinks.Of(op, read);
            page.Matrix(key, caption, links.Max(link => link.Output) + 1, read.Count, links.Where(link => link.Input >= 0)
                .Select(link => new MatrixEntry(link.Output, link.Input, weights.Values[link.Weight], link.Weight)), rowGrid, columnGrid);
        }
        Show("c1", "C1: a row for each output of the first layer, a column for each pixel", image, kernel, "output", "input");
        Show("c2", "C2: a row for each output of the second layer, a column for each number behind the first", between, second, "deep",
            "output");
    }

    private static Verdict JudgeIdentity(LessonState state, LessonPage page)
    {
        var merged = page.Numbers("merged");
        var isIdentity = merged.Select((value, i) => Math.Abs(value - (i == 12 ? 1 : 0))).Max() < 1e-6;
        return new Verdict(isIdentity, $"the middle of the merged kernel is {NumberText.Of(merged[12])}, the strongest other number "
            + $"{NumberText.Of(merged.Where((_, i) => i != 12).Max(Math.Abs))}.");
    }
}
