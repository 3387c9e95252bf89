using FeatureMap.Networks;
using FeatureMap.Ops;

namespace FeatureMap.Lessons;

/// <summary>Every output channel owns one slice for each input channel; contributions add up.</summary>
internal sealed class ChannelsLesson : Lesson
{
    private static readonly MatrixControl Input = new("input", "The image, channel after channel",
        MatrixControl.SmallNumbers(Shape.Image(3, 4, 4)), mostRows: 8, mostChannels: 6);
    private static readonly MatrixControl Kernel = new("kernel",
        "The slices: those of the first output first, one for each input channel", MatrixControl.SmallNumbers(Shape.Image(6, 3, 3)),
        mostRows: 5, mostChannels: 24);
    private static readonly ListControl On = new("on", "Which input channels are switched on: 1 or 0 for each", [1], 0, 1, longest: 6);
    private static readonly RealControl Bias = new("bias", "Added to every output number", 0, -10, 10, 0.5);
    private static readonly ChoiceControl Order = new("order", "Order in which channels and their slices stand", "as they are",
        "reversed", "rotated");
    private static readonly MatrixControl Gradient = new("gradient", "dY, the gradient of the output",
        Volume.Filled(Shape.Image(2, 2, 2), 1), mostRows: 8, mostChannels: 8);

    public override string Id => "channels";

    public override IReadOnlyList<string> Aliases => ["channel", "depth", "feature-maps"];

    public override IReadOnlyList<string> Headings => ["Concept of Channels"];

    public override string Title => "The concept of channels";

    public override string Claim => "Each output channel convolves every input channel with a slice of its own, adds the results up "
        + "and adds one bias: N outputs of M inputs need N x M slices.";

    public override IReadOnlyList<Control> Controls { get; } = [Input, Kernel, On, Bias, Order, Gradient];

    public override IReadOnlyList<Experiment> Experiments { get; } =
    [
        new("one-off", "Switch the first channel off", "on=0_1_1", "Exactly its contribution is missing."),
        new("reversed", "Reverse the channels", "order=reversed", "With the slices moved along, no output changes."),
        new("bias", "Only the bias", "on=0_0_0&bias=2.5", "With all channels off the bias is left."),
    ];

    public override Prediction Prediction { get; } = new("Before you look: how many weights has the layer, without bias?", "weightCount");

    public override IReadOnlyList<Pitfall> Pitfalls { get; } =
    [
        new("Neighbouring channels are no neighbours: their order carries no geometry, so nothing slides over them."),
        new("A channel that only a slice cuts away afterwards is computed for nothing.", "dead-channels"),
        new("A bias right before batch normalisation is subtracted again.", "bias-bn"),
    ];

    public override IReadOnlyList<Question> Questions { get; } =
    [
        new("A layer has 10 outputs, 3 inputs and 3x3 kernels. How many weights and biases?",
            ["270 and 10", "270 and 30", "90 and 10"], 0, "10 x 3 slices of 9; one bias for each output."),
        new("Height and width are halved and channels doubled, in and out. What happens to the multiply-adds of a 3x3 layer?",
            ["they stay", "they double", "a quarter"], 0, "A quarter of the pixels, four times the slices."),
    ];

    public override IReadOnlyList<Challenge> Challenges { get; } =
    [
        new("cancel", "Choose slices so that the contributions of the channels cancel in the first cell of the first output although "
            + "none of them is 0.", JudgeCancel,
            "input=1_0~0_0~~1_0~0_0&kernel=1~~-1~", "input=1_0~0_0~~1_0~0_0&kernel=1~~1~"),
    ];

    public override string Room => "Ops/Conv2d";

    public override IReadOnlyList<Source> Sources { get; } = [new("Dumoulin and Visin, A guide to convolution arithmetic, figure 1.3",
        "arXiv 1603.07285")];

    protected override void Compute(LessonState state, LessonPage page)
    {
        var (drawn, given) = (state.Of(Input), state.Of(Kernel));
        var channels = drawn.Shape.Channels;
        if (given.Shape.Channels % channels != 0) throw new UsageException($"{given.Shape.Channels} slices do not fit {channels} input "
            + $"channels: each output needs one for each, so a multiple of {channels}.");
        var outputs = given.Shape.Channels / channels;
        var on = Enumerable.Range(0, channels).Select(channel => channel >= state.Of(On).Count || state.Of(On)[channel] == 1).ToArray();
        int Place(int channel) => state.Of(Order) switch
        {
            "reversed" => channels - 1 - channel,
            "rotated" =>
            (channel + 1) % channels,
            _ => channel
        };
        // Channels and slices move together.
        var image = Volume.Of(drawn.Shape, (channel, row, column) => on[Place(channel)] ? drawn[Place(channel), row, column] : 0);
        var kernel = Volume.Of(given.Shape, (slice, row, column) =>
            given[(slice / channels * channels) + Place(slice % channels), row, column]);
        var op = new Conv2d(outputs, (given.Shape.Height, given.Shape.Width));
        var network = Network.Build(image.Shape, x => x.Then(op, "conv"));
        var bias = (float)state.Of(Bias);
        var dy = page.In(Section.Gradient).Fit(Gradient, network.Output);
        (string, float[])[] weights = [("conv.weight", kernel.ToArray()), ("conv.bias", [.. Enumerable.Repeat(bias, outputs)])];
        var trace = page.In(Section.Forward).Trace(network, image.Values, weights, dy.Values);

        page.Say($"{channels} input channels, {outputs} output channels: {outputs * channels} slices of {given.Shape.Height} x "
            + $"{given.Shape.Width}.");
        page.Edit(Input, "image: change it").Edit(Kernel, "slices: those of output 0 first", given);
        if (state.Of(Order) != "as they are" || on.Contains(false)) page.Grid("read",
            "what the layer reads: channels in their order, those that are off are 0", image.Shape, image.ToArray());
        var contributions = new float[channels * network.Output.Area];
        for (var channel = 0; channel < channels; channel++)
        {
            var alone = Volume.Of(image.Shape, (own, row, column) => own == channel ? image[own, row, column] : 0);
            page.Trace(network, alone.Values, [weights[0], ("conv.bias", new float[outputs])]).Result.AsSpan(0, network.Output.Area)
                .CopyTo(contributions.AsSpan(channel * network.Output.Area));
        }
        page.Grid("contributions", "what each input channel contributes to output 0",
            Shape.Image(channels, network.Output.Height, network.Output.Width), contributions);
        page.Formula("cell", "first cell of output 0", Term.Symbol("y", trace.Result[0], new CellReference("output", 0)),
            Term.Sum([.. Enumerable.Range(0, channels).Select(channel => Term.Of(contributions[channel * network.Output.Area],
                new CellReference("contributions", channel * network.Output.Area))), Term.Symbol("b", bias)]));
        page.Grid("output", "output: the sums, and the bias", network.Output, trace.Result);
        page.Formula("weightCount", "weights", Term.Symbol("n", kernel.Shape.Count),
            Term.Symbol("N", outputs) * Term.Symbol("M", channels) * Term.Symbol("k_h", given.Shape.Height) * Term.Symbol("k_w",
            given.Shape.Width));
        page.When("all-on", !on.Contains(false), "All input channels are on.",
            $"{on.Count(isOn => !isOn)} of {channels} input channels are off: their contributions are 0, the others stay what they were.");
        page.Say("Another order of the channels, with the slices moved along, changes no output: the layer adds up, and sums have no "
            + "order (beyond the last bit).");

        page.In(Section.Matrix).Say($"The weights are a tensor of {outputs} x {channels} x {given.Shape.Height} x {given.Shape.Width}: "
            + $"as a matrix, {outputs} rows of {channels} blocks.");
        var taps = given.Shape.Height * given.Shape.Width;
        page.Matrix("blocks", "the weights as a matrix: a row for each output, a block for each input channel, a number for each tap",
            outputs, channels * taps, kernel.ToArray().Select((value, i) => new MatrixEntry(i / (channels * taps), i % (channels * taps),
                value, i / taps % channels)));
        page.In(Section.Gradient).Say("Each input channel gets its gradient through its own slices, from all outputs; each slice gets "
            + "its own from one input and one output channel.");
        page.Edit(Gradient, "dY: change it", dy).Grid("dx", "dX, channel by channel", image.Shape, trace.InputGradient)
            .Grid("dw", "dW, slice by slice", kernel.Shape, trace.WeightGradient("conv.weight"))
            .Grid("db", "dB: the sum of each channel of dY", Shape.Image(1, 1, outputs), trace.WeightGradient("conv.bias"));
        page.Cost("cost", "this layer", new("weights", kernel.Shape.Count), new("biases", outputs),
            new("multiply-adds", network.MultiplyAdds));
        page.Code("What each channel contributes", "var cell = CellArithmetic.Of(layer, shape, image, weight, bias, channel: 0, row: "
            + "0, column: 0);\nConsole.WriteLine(string.Join(' ', cell.Contributions));\nConsole.WriteLine(cell.Without(0));");
    }

    private static Verdict JudgeCancel(LessonState state, LessonPage page)
    {
        var grid = (Grid)page["contributions"];
        var first = Enumerable.Range(0, grid.Channels).Select(channel => grid.At(channel, 0, 0)).ToList();
        return new Verdict(first.Count > 1 && first.TrueForAll(value => value != 0) && Math.Abs(first.Sum()) < 1e-6,
            $"the contributions are {string.Join(", ", first.Select(NumberText.Of))}; their sum is {NumberText.Of(first.Sum())}.");
    }
}
