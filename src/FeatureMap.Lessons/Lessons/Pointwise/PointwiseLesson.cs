using FeatureMap.Networks;
using FeatureMap.Ops;

namespace FeatureMap.Lessons;

/// <summary>Colours mixed pixel by pixel: a 1x1 kernel is a matrix product over channels.</summary>
internal sealed class PointwiseLesson : Lesson
{
    private static readonly MatrixControl Input = new(
        "input", "A picture: red, green and blue", new Volume(Shape.Image(3, 3, 3), [1, 0, 0, 1, 1, 0, 0.5f, 0.2f, 0, 0, 1, 0, 1, 0,
            1, 0.5f, 0.4f, 0, 0, 0, 1, 0, 1, 1, 0.5f, 0.6f, 0]), mostRows: 8, mostChannels: 8);

    private static readonly MatrixControl Weights = new("weights",
        "A row of weights for each output channel, one number for each input channel",
        new Volume(2, 0.299f, 0.587f, 0.114f, 1, -1, 0), mostRows: 8);
    private static readonly WholeControl Stride = new("stride", "Pixels between neighbouring outputs", 1, 1, 3);
    private static readonly MatrixControl Gradient = new("gradient", "dY, the gradient of the output",
        Volume.Filled(Shape.Image(2, 3, 3), 1), mostRows: 8, mostChannels: 8);

    private static readonly PictureControl Photo = PhotoScene.Control("A picture that the same weights mix");

    public override string Id => "pointwise";

    public override IReadOnlyList<string> Aliases => ["pointwise-convolution"];

    public override IReadOnlyList<string> Headings => ["Pointwise Convolution"];

    public override string Title => "Pointwise convolution";

    public override string Claim => "A 1x1 kernel looks at one pixel and all of its channels: it mixes colours and makes new ones, and "
        + "never sees a neighbour.";

    public override IReadOnlyList<Control> Controls { get; } = [Input, Weights, Stride, Gradient, Photo];

    public override IReadOnlyList<Experiment> Experiments { get; } =
    [
        new("gray", "Gray", "weights=0.299_0.587_0.114", "The brightness that an eye sees: green counts most."),
        new("swap", "Red and blue exchanged", "weights=0_0_1~0_1_0~1_0_0", "A permutation of channels is a pointwise convolution."),
        new("opponent", "Opponent colours", "weights=1_-1_0~-0.5_-0.5_1",
            "Red against green, blue against yellow: two channels that are 0 on gray."),
        new("stride", "Stride 2", "stride=2", "Pixels between the windows are read by nobody."),
    ];

    public override Prediction Prediction { get; } = new("Before you look: which number has the first output channel in the first "
        + "pixel?", "cell");

    public override IReadOnlyList<Pitfall> Pitfalls { get; } =
    [
        new("A 1x1 kernel with stride 2 reads one pixel in four; the others are lost and get no gradient.", "stride-gap"),
        new("Pointwise layers alone never look at a neighbour: stacked as deep as you like they see one pixel.", "rf-small"),
    ];

    public override IReadOnlyList<Question> Questions { get; } =
    [
        new("How many weights has a pointwise layer from 64 to 128 channels, without bias?", ["192", "8,192", "73,728"], 1,
            "M x N = 64 x 128."),
        new("By how much does a 1x1 layer of stride 1 widen the receptive field?",
            ["by 1", "not at all", "by the number of channels"], 1, "k - 1 = 0."),
    ];

    public override string Room => "Ops/Conv2d";

    public override IReadOnlyList<Source> Sources { get; } = [new("Lin, Chen and Yan, Network in network", "arXiv 1312.4400")];

    protected override void Compute(LessonState state, LessonPage page)
    {
        var image = state.Of(Input);
        var given = state.Of(Weights);
        var outputs = given.Shape.Height;
        var weights = page.Fit(Weights, Shape.Image(1, outputs, image.Shape.Channels), 0);
        var op = new Conv2d(outputs, 1) { Stride = state.Of(Stride), HasBias = false };
        var network = Network.Build(image.Shape, x => x.Then(op, "conv"));
        var dy = page.In(Section.Gradient).Fit(Gradient, network.Output);
        var trace = page.In(Section.Forward).Trace(network, image.Values, [("conv.weight", weights.ToArray())], dy.Values);
        var (channels, pixels) = (image.Shape.Channels, network.Output.Area);

        page.Say($"Each pixel has {channels} numbers, one for each channel. Every output channel weighs and adds them, the same for "
            + $"all pixels.");
        page.Edit(Input, "picture: change it").Edit(Weights, "weights: a row for each output channel", weights);
        page.Formula("cell", "the first output channel in the first pixel",
            Term.Symbol("y", trace.Result[0], new CellReference("output", 0)),
            Term.Sum([.. Enumerable.Range(0, channels).Select(channel => Term.Of(image[channel, 0, 0],
                new CellReference("input", channel * image.Shape.Area)) * Term.Of(weights.Values[channel],
                new CellReference("weights", channel)))]));
        page.Grid("output", "output", network.Output, trace.Result).Links("output", "input", "weights",
            Analysis.CellLinks.Of(op, image.Shape));
        var share = (double)pixels / image.Shape.Area;
        page.When("unread", share < 1, $"With stride {op.Stride.Vertical} only {100 * share} % of the pixels are read; the others "
            + $"change nothing.", "Every pixel is read once.");

        if (channels == 3) PhotoScene.Show(page, Photo, op, weights, channels);

        page.In(Section.Matrix).Say($"The layer is one matrix product Y = W X: W is {outputs} x {channels}, X has the {channels} "
            + $"numbers of each of its {pixels} pixels in a column. Nothing has to be copied for it.");
        page.In(Section.Gradient).Say("The gradients are matrix products too: dW = dY X^T, dX = W^T dY.");
        page.Edit(Gradient, "dY, gradient of the output: change it", dy);
        page.Grid("dx", "dX = W^T dY", image.Shape, trace.InputGradient)
            .Grid("dw", "dW = dY X^T", weights.Shape, trace.WeightGradient("conv.weight"));
        page.Cost("cost", "this layer", new("weights, M x N", weights.Shape.Count),
            new("multiply-adds, M x N for each pixel", network.MultiplyAdds), new("receptive field along an axis", 1, "pixel"));
        page.Code("A pointwise layer", $"var network = Network.Build(Shape.Image({channels}, {image.Shape.Height}, "
            + $"{image.Shape.Width}), x => x.Conv({outputs}, kernel: 1, stride: {op.Stride.Vertical}, bias: false));");
    }
}
