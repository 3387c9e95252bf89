using FeatureMap.Networks;
using FeatureMap.Ops;

namespace FeatureMap.Lessons;

/// <summary>One kernel for each channel, then 1x1 to mix: what it computes, and what it saves.</summary>
internal sealed class DepthwiseLesson : Lesson
{
    private static readonly MatrixControl Input = new("input", "The image, channel after channel",
        MatrixControl.SmallNumbers(Shape.Image(2, 4, 4)), mostRows: 8, mostChannels: 6);
    private static readonly MatrixControl Kernel = new("kernel", "One slice for each input channel, or several (a multiplier)",
        new Volume(Shape.Image(2, 3, 3), [1, 0, -1, 2, 0, -2, 1, 0, -1, 0, 1, 0, 1, -4, 1, 0, 1, 0]), mostRows: 5, mostChannels: 12);
    private static readonly MatrixControl Mix = new("mix", "The 1x1 layer behind: a row for each output channel",
        new Volume(2, 1, 1, 1, -1), mostRows: 6, mostColumns: 12);
    private static readonly WholeControl Channels = new("channels", "Input channels of the layer whose cost is shown", 64, 1, 1024);
    private static readonly WholeControl Outputs = new("outputs", "Output channels of it", 128, 1, 1024);
    private static readonly WholeControl Side = new("size", "Height and width of its kernel", 3, 1, 7);
    private static readonly WholeControl Map = new("side", "Height and width of its maps", 28, 1, 112);

    private static readonly MatrixControl Gradient = new("gradient", "dY, the gradient of the output",
        Volume.Filled(Shape.Image(2, 2, 2), 1), mostRows: 8, mostChannels: 6);

    public override string Id => "depthwise";

    public override IReadOnlyList<string> Aliases => ["depthwise-separable", "dw", "mobilenet", "xception"];

    public override IReadOnlyList<string> Headings => ["Depthwise Convolution"];

    public override string Title => "Depthwise convolution";

    public override string Claim => "Each channel is convolved alone with a kernel of its own; a 1x1 layer behind mixes the channels. "
        + "Together they need 1/N + 1/k^2 of the weights of the full layer.";

    public override IReadOnlyList<Control> Controls { get; } = [Input, Kernel, Mix, Channels, Outputs, Side, Map, Gradient];

    public override IReadOnlyList<Experiment> Experiments { get; } =
    [
        new("multiplier", "Two kernels for each channel", "kernel=4x3x3", "Two channels become four; still none of them sees another."),
        new("no-mix", "A 1x1 layer that does not mix", "mix=1_0~0_1", "Each output is one channel alone."),
        new("large-kernel", "7x7", "size=7", "The larger the kernel, the more the split saves."),
    ];

    public override Prediction Prediction { get; } = new("Before you look: which part of the full layer's weights do both layers "
        + "need?", "ratio");

    public override IReadOnlyList<Pitfall> Pitfalls { get; } =
    [
        new("Depthwise layers alone never mix channels: without 1x1 layers between them they are networks side by side.", "no-mix"),
        new("Few products for each byte: in seconds the gain is smaller than in multiply-adds. Measure it."),
    ];

    public override IReadOnlyList<Question> Questions { get; } =
    [
        new("3x3, 64 to 128 channels: how many weights do depthwise and 1x1 need?", ["8,768", "73,728", "1,728"], 0, "64 x 9 + 64 x 128."),
        new("What is a grouped convolution with as many groups as channels?", ["depthwise", "pointwise", "dense"], 0,
            "Every group is one channel."),
    ];

    public override IReadOnlyList<Challenge> Challenges { get; } =
    [
        new("tenth", "Choose a layer for which depthwise and 1x1 need at most a tenth of the weights.", JudgeTenth, "size=5",
            "outputs=1024"),
    ];

    public override string Room => "Ops/Conv2d";

    public override IReadOnlyList<Source> Sources { get; } = [new("Howard et al., MobileNets: efficient convolutional neural networks "
        + "for mobile vision applications", "arXiv 1704.04861")];

    protected override void Compute(LessonState state, LessonPage page)
    {
        var (image, kernel) = (state.Of(Input), state.Of(Kernel));
        var inputs = image.Shape.Channels;
        if (kernel.Shape.Channels % inputs != 0) throw new UsageException($"{kernel.Shape.Channels} slices do not fit {inputs} "
            + $"channels: each channel needs one, or the same number of them.");
        PerAxis size = (kernel.Shape.Height, kernel.Shape.Width);
        var slices = kernel.Shape.Channels;
        var mix = page.Fit(Mix, Shape.Image(1, state.Of(Mix).Shape.Height, slices));
        var network = Network.Build(image.Shape, x => x.Conv(slices, size, groups: inputs, bias: false, name: "depthwise")
            .Conv(mix.Shape.Height, 1, bias: false, name: "mix"));
        var dy = page.In(Section.Gradient).Fit(Gradient, network.Output);
        page.In(Section.Forward);
        var trace = page.Trace(network, image.Values, [("depthwise.weight", kernel.ToArray()), ("mix.weight", mix.ToArray())], dy.Values);
        var depthwise = network["depthwise"].Output;

        page.Say($"{inputs} channels, {slices} slices: slice i reads channel i / {slices / inputs} alone. The 1x1 layer behind makes "
            + $"{mix.Shape.Height} outputs of all of them.");
        page.Edit(Input, "image: change it").Edit(Kernel, "slices: change them");
        page.Grid("depthwise", "depthwise output: each channel alone", depthwise, trace.Output("depthwise"))
            .Links("depthwise", "input", "kernel", Analysis.CellLinks.Of(network["depthwise"].Op!, image.Shape));
        page.Edit(Mix, "1x1 layer: change it", mix);
        page.Grid("output", "output of the 1x1 layer: channels mixed", network.Output, trace.Result)
            .Links("output", "depthwise", "mix", Analysis.CellLinks.Of(network["mix"].Op!, depthwise));
        var mixes = Enumerable.Range(0, mix.Shape.Height).Any(row => Enumerable.Range(0, slices).Where(slice =>
            mix[0, row, slice] != 0).Select(slice => slice / (slices / inputs)).Distinct().Count() > 1);
        page.When("mixes", mixes, "Some output reads several channels: they are mixed.",
            "No output reads more than one channel: nothing is mixed.");

        page.In(Section.Matrix).Say("Over channels the depthwise layer is a diagonal (each channel to its own slices), the 1x1 layer a "
            + "full matrix.");
        page.In(Section.Gradient).Say("The gradient goes back through the 1x1 layer to all slices, and from each slice to its own channel "
            + "alone.");
        page.Edit(Gradient, "dY, gradient of the output: change it", dy);
        page.Grid("dDepthwise", "gradient of the depthwise output", depthwise, trace.Gradient("depthwise"))
            .Grid("dx", "dX", image.Shape, trace.InputGradient).Grid("dw", "dW of the slices", kernel.Shape,
            trace.WeightGradient("depthwise.weight"));

        var shape = Shape.Image(state.Of(Channels), state.Of(Map), state.Of(Map));
        var (n, k) = (state.Of(Outputs), state.Of(Side));
        var full = Network.Build(shape, x => x.Conv(n, k, padding: Padding.Same, bias: false));
        var split = Network.Build(shape, x => x.Conv(shape.Channels, k, padding: Padding.Same, groups: shape.Channels, bias: false)
            .Conv(n, 1, bias: false));
        page.In(Section.Cost).Formula("ratio", "weights of both layers by those of the full one",
            Term.Symbol("ratio", (double)split.TrainableCount / full.TrainableCount),
            (Term.Of(1) / Term.Symbol("N", n)) + (Term.Of(1) / Term.Power(Term.Symbol("k", k), 2)));
        page.Cost("cost", "depthwise and 1x1", new("weights", split.TrainableCount), new("multiply-adds", split.MultiplyAdds));
        page.Cost("fullCost", "the full layer", new("weights", full.TrainableCount), new("multiply-adds", full.MultiplyAdds));
        page.Cost("movedCost", "multiply-adds for each number that is read or written",
            new("depthwise and 1x1", split.MultiplyAdds / Moved(split)), new("the full layer", full.MultiplyAdds / Moved(full)));
        page.Say($"The split layers do {(double)split.MultiplyAdds / full.MultiplyAdds} of the work of the full one, and read and write "
            + $"{Moved(split) / Moved(full)} of its numbers: a processor that waits for memory gains less time than multiply-adds. The "
            + $"code measures it on your own.");
        page.Code("Depthwise separable, and its time beside that of the full layer", $$"""
            var shape = Shape.Image({{shape.Channels}}, {{shape.Height}}, {{shape.Width}});
            Network[] networks =
            [
                Network.Build(shape, x => x.Conv({{shape.Channels}}, kernel: {{k}}, padding: Padding.Same, groups: {{shape.Channels}})
                    .Conv({{n}}, kernel: 1).GlobalAveragePool().Linear(2)),
                Network.Build(shape, x => x.Conv({{n}}, kernel: {{k}}, padding: Padding.Same).GlobalAveragePool().Linear(2)),
            ];
            foreach (var network in networks)
            {
                var model = new Model(Weights.Initialize(network, seed: 0), Normalization.None({{shape.Channels}}), ["a", "b"]);
                model.Predict(new byte[shape.Count]);
                var clock = Stopwatch.StartNew();
                for (var i = 0; i < 20; i++) model.Predict(new byte[shape.Count]);
                Console.WriteLine(clock.Elapsed / 20);
            }
            """);
    }

    // What each layer reads, its weights, and what it writes.
    private static double Moved(Network network) => network.Layers.Skip(1)
        .Sum(layer => (double)layer.InputShapes.Sum(shape => (long)shape.Count) + layer.TrainableCount + layer.Output.Count);

    private static Verdict JudgeTenth(LessonState state, LessonPage page) =>
        new(page.Number("ratio") <= 0.1, $"{NumberText.Of(100 * page.Number("ratio"))} % of the weights.");
}
