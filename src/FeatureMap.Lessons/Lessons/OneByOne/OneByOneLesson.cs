using FeatureMap.Networks;

namespace FeatureMap.Lessons;

/// <summary>What 1x1 layers are for: squeezing channels before a costly kernel.</summary>
internal sealed class OneByOneLesson : Lesson
{
    private static readonly WholeControl Squeeze = new("squeeze", "Channels between the 1x1 layer and the costly one", 64, 1, 512);
    private static readonly WholeControl Side = new("side", "Height and width of the maps", 28, 1, 224);
    private static readonly WholeControl From = new("channels", "Channels that come in", 192, 1, 2048);
    private static readonly WholeControl To = new("outputs", "Channels that go out", 32, 1, 2048);
    private static readonly WholeControl Kernel = new("kernel", "Height and width of the costly kernel", 5, 1, 7);
    private static readonly MatrixControl Input = new("input", "One pixel: a number for each channel", new Volume(1, 3, 1, 2, 1),
        mostRows: 1, mostColumns: 8);
    private static readonly MatrixControl Weights = new("weights", "A row for each squeezed channel",
        new Volume(2, 1, 0, 1, 0, 0, 1, 0, -1), mostRows: 8);

    private static readonly MatrixControl Gradient = new("gradient", "dY, the gradient of the squeezed channels", new Volume(1, 1, 1),
        mostRows: 1, mostColumns: 8);

    public override string Id => "one-by-one";

    public override IReadOnlyList<string> Aliases => ["1x1", "1-1", "bottleneck", "squeeze", "1x1-convolution", "network-in-network"];

    public override IReadOnlyList<string> Headings => ["1x1 Convolution"];

    public override string Title => "1x1 convolution: the squeeze";

    public override string Claim => "A 1x1 layer changes the number of channels for little, so squeezing before a costly kernel saves "
        + "most of its work.";

    public override IReadOnlyList<Control> Controls { get; } = [Squeeze, Side, From, To, Kernel, Input, Weights, Gradient];

    public override IReadOnlyList<Experiment> Experiments { get; } =
    [
        new("inception", "Inception 3a", "squeeze=16", "120.4 million multiply-adds become 12.4 million."),
        new("resnet", "A bottleneck of ResNet-50", "side=56&channels=256&outputs=256&kernel=3",
            "Two 1x1 layers around a 3x3 one are usual; this page squeezes once."),
        new("no-gain", "Squeezing to more than there is", "squeeze=512&channels=32&kernel=1",
            "A squeeze that does not squeeze costs more."),
    ];

    public override Prediction Prediction { get; } = new("Before you look: how many multiply-adds has the 1x1 layer?", "squeezed");

    public override IReadOnlyList<Pitfall> Pitfalls { get; } =
    [
        new("A 1x1 layer with stride 2, often put on a skip path, reads a quarter of the pixels.", "stride-gap"),
        new("Squeezing through few channels throws away: the layer behind sees at most as many directions as there are squeezed channels."),
        new("A branch that is added to another needs the same number of channels: a 1x1 layer makes them equal.", "res-shape"),
    ];

    public override IReadOnlyList<Question> Questions { get; } =
    [
        new("What does a 1x1 layer with an activation add between two layers?",
            ["a wider field", "a function of each pixel that is not linear", "nothing"], 1,
            "It is a small network that runs on every pixel."),
        new("Which layer can stand for a dense layer on maps of any size?",
            ["a 1x1 convolution before global average pooling", "flatten", "a larger kernel"], 0,
            "The same weights for each pixel, and one mean over all."),
    ];

    public override IReadOnlyList<Challenge> Challenges { get; } =
    [
        new("tenth", "The same output shape with a tenth of the multiply-adds of the direct way.", JudgeTenth, "squeeze=15", "squeeze=16"),
    ];

    public override string Room => "Ops/Conv2d";

    public override IReadOnlyList<Source> Sources { get; } =
    [
        new("Szegedy et al., Going deeper with convolutions", "arXiv 1409.4842"),
        new("Lin, Chen and Yan, Network in network", "arXiv 1312.4400"),
    ];

    protected override void Compute(LessonState state, LessonPage page)
    {
        var (squeeze, side, channels, outputs, kernel) = (state.Of(Squeeze), state.Of(Side), state.Of(From), state.Of(To),
            state.Of(Kernel));
        var shape = Shape.Image(channels, side, side);
        var direct = Network.Build(shape, x => x.Conv(outputs, kernel, padding: Padding.Same, bias: false, name: "direct"));
        var narrow = Network.Build(shape, x => x.Conv(squeeze, 1, bias: false, name: "squeeze")
            .Conv(outputs, kernel, padding: Padding.Same, bias: false, name: "conv"));
        var (m, n, q, k, a) = (Term.Symbol("M", channels), Term.Symbol("N", outputs), Term.Symbol("Q", squeeze),
            Term.Symbol("k", kernel), Term.Symbol("HW", (double)side * side));
        var ratio = (double)narrow.MultiplyAdds / direct.MultiplyAdds;

        page.Say($"Directly: {channels} channels of {side} x {side} through {outputs} kernels of {kernel} x {kernel}. By the way of a "
            + $"1x1 layer: first to {squeeze} channels, then through the kernels.");
        page.Formula("direct", "multiply-adds directly", Term.Symbol("n_direct", direct.MultiplyAdds), a * m * n * Term.Power(k, 2));
        page.Formula("squeezed", "multiply-adds of the 1x1 layer", Term.Symbol("n_1", Macs(narrow, "squeeze")), a * m * q);
        page.Formula("costly", "multiply-adds of the costly layer behind it", Term.Symbol("n_2", Macs(narrow, "conv")),
            a * q * n * Term.Power(k, 2));
        page.Formula("ratio", "the squeezed way as a part of the direct one", Term.Symbol("ratio", ratio),
            (q * (m + (n * Term.Power(k, 2)))) / (m * n * Term.Power(k, 2)));
        page.When("saves", ratio < 1, $"The squeeze leaves {100 * ratio} % of the work.",
            $"Here the squeeze saves nothing: it needs {100 * ratio} % of the direct way.");

        var pixel = state.Of(Input);
        var inputs = pixel.Shape.Width;
        var weights = page.Fit(Weights, Shape.Image(1, state.Of(Weights).Shape.Height, inputs), 0);
        var tiny = Network.Build(Shape.Vector(inputs), x => x.Conv(weights.Shape.Height, 1, bias: false, name: "squeeze"));
        var dy = page.In(Section.Gradient).Fit(Gradient, Shape.Image(1, 1, weights.Shape.Height));
        page.In(Section.Forward);
        var trace = page.Trace(tiny, pixel.Values, [("squeeze.weight", weights.ToArray())], dy.Values);
        page.Say($"On one pixel, with numbers: {inputs} channels become {weights.Shape.Height}.");
        page.Edit(Input, "the pixel's channels: change them").Edit(Weights, "weights: a row for each output", weights);
        page.Grid("output", "output channels", Shape.Image(1, 1, weights.Shape.Height), trace.Result)
            .Links("output", "input", "weights", Analysis.CellLinks.Of(tiny["squeeze"].Op!, tiny.Input));

        page.In(Section.Matrix).Say($"W is {weights.Shape.Height} x {inputs}: each pixel of the map is multiplied by it. The rank of "
            + $"what comes out is at most {Math.Min(weights.Shape.Height, inputs)}.");
        page.In(Section.Gradient).Say("dX = W^T dY: with dY all 1 the column sums of W. dW = dY x^T: the pixel in each row, times its dY.");
        page.Edit(Gradient, "dY, gradient of the squeezed channels: change it", dy).Grid("dx", "dX", pixel.Shape, trace.InputGradient)
            .Grid("dw", "dW", weights.Shape, trace.WeightGradient("squeeze.weight"));
        page.Cost("directCost", "directly", new("weights", direct.TrainableCount), new("multiply-adds", direct.MultiplyAdds));
        page.Cost("cost", "squeezed", new("weights", narrow.TrainableCount), new("multiply-adds", narrow.MultiplyAdds),
            new("bytes of the squeezed maps", 4.0 * squeeze * side * side));
        page.Code("The squeezed way", $"x.Conv({squeeze}, kernel: 1).Relu().Conv({outputs}, kernel: {kernel}, padding: Padding.Same)");
    }

    private static long Macs(Network network, string layer) => network[layer].Op!.Cost(network[layer].InputShapes).MultiplyAdds;

    private static Verdict JudgeTenth(LessonState state, LessonPage page)
    {
        var ratio = page.Number("ratio");
        return new Verdict(ratio <= 0.1, $"{NumberText.Of(100 * ratio)} % of the multiply-adds.");
    }
}
