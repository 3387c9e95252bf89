using FeatureMap.Networks;

namespace FeatureMap.Lessons;

/// <summary>Blocks of channels that do not see each other, and what a shuffle between two layers changes.</summary>
internal sealed class GroupedLesson : Lesson
{
    private static readonly MatrixControl Input = new("input", "The image, channel after channel",
        MatrixControl.SmallNumbers(Shape.Image(4, 3, 3)), mostRows: 6, mostChannels: 9);
    private static readonly WholeControl Groups = new("groups", "Blocks of channels that do not see each other", 2, 1, 9);
    private static readonly WholeControl Kernel = new("kernel", "Height and width of the kernels", 3, 1, 3);
    private static readonly SwitchControl Shuffle = new("shuffle", "Shuffle the channels between two such layers", false);

    private static readonly MatrixControl Gradient = new("gradient", "dY, the gradient of the output",
        Volume.Filled(Shape.Image(4, 1, 1), 1), mostRows: 6, mostChannels: 9);

    public override string Id => "grouped";

    public override IReadOnlyList<string> Aliases => ["groups", "group-convolution", "grouped-convolution", "resnext", "channel-shuffle"];

    public override IReadOnlyList<string> Headings => ["Grouped Convolution"];

    public override string Title => "Grouped convolution";

    public override string Claim => "g groups cut the channels into g blocks that do not see each other: weights and multiply-adds are "
        + "divided by g, and stacked blocks never mix unless something mixes them.";

    public override IReadOnlyList<Control> Controls { get; } = [Input, Groups, Kernel, Shuffle, Gradient];

    public override IReadOnlyList<Experiment> Experiments { get; } =
    [
        new("full", "One group", "groups=1", "The ordinary convolution: everything reaches everything."),
        new("depthwise", "As many groups as channels", "groups=4", "Depthwise: the matrix is a diagonal."),
        new("shuffled", "With a shuffle", "shuffle=true", "Two layers and a shuffle between them: everything reaches everything, for "
            + "half of the weights."),
        new("nine", "Nine channels in three groups", "input=9x3x3&groups=3&shuffle=true", "1 2 3 4 5 6 7 8 9 becomes 1 4 7 2 5 8 3 6 9."),
    ];

    public override Prediction Prediction { get; } = new("Before you look: how many weights has one layer?", "weightCount");

    public override IReadOnlyList<Pitfall> Pitfalls { get; } =
    [
        new("Stacked grouped layers without 1x1 layers or shuffles between them are separate networks side by side.", "no-mix"),
        new("The groups must divide the channels on both sides."),
    ];

    public override IReadOnlyList<Question> Questions { get; } =
    [
        new("What do 4 groups do to the weights of a layer?", ["a quarter", "four times as many", "nothing"], 0, "N x (M / g) x k x k."),
        new("Two layers of 3 groups over 9 channels, with a shuffle between. Which inputs reach an output?", ["3", "all 9", "1"], 1,
            "The shuffle gives every group one channel of each group."),
    ];

    public override IReadOnlyList<Challenge> Challenges { get; } =
    [
        new("reach-all", "Make every input reach every output through the two layers, with fewer weights than without groups.",
            JudgeReach, "shuffle=true", "groups=4&shuffle=true"),
    ];

    public override string Room => "Ops/ChannelShuffle";

    public override IReadOnlyList<Source> Sources { get; } =
    [
        new("Zhang et al., ShuffleNet", "arXiv 1707.01083"),
        new("Xie et al., Aggregated residual transformations for deep neural networks", "arXiv 1611.05431"),
    ];

    protected override void Compute(LessonState state, LessonPage page)
    {
        var (image, groups, kernel, isShuffled) = (state.Of(Input), state.Of(Groups), state.Of(Kernel), state.Of(Shuffle));
        var channels = image.Shape.Channels;
        var network = Network.Build(image.Shape, x => x.Conv(channels, kernel, groups: groups, bias: false, name: "conv"));
        var weights = MatrixControl.SmallNumbers(Shape.Image(channels * channels / groups, kernel, kernel));
        var dy = page.In(Section.Gradient).Fit(Gradient, network.Output);
        page.In(Section.Forward);
        var trace = page.Trace(network, image.Values, [("conv.weight", weights.ToArray())], dy.Values);
        var full = Network.Build(image.Shape, x => x.Conv(channels, kernel, bias: false, name: "conv"));

        page.Say($"{channels} channels in {groups} groups of {channels / groups}: each output reads the {channels / groups} channels "
            + $"of its own group.");
        page.Edit(Input, "image: change it").Grid("weights", "slices: those of output 0 first, small numbers in a fixed order",
            weights.Shape, weights.ToArray());
        page.Grid("output", "output", network.Output, trace.Result).Links("output", "input", "weights",
            Analysis.CellLinks.Of(network["conv"].Op!, image.Shape));
        page.Formula("weightCount", "weights", Term.Symbol("n", network.TrainableCount),
            Term.Symbol("N", channels) * (Term.Symbol("M", channels) / Term.Symbol("g", groups)) * Term.Power(Term.Symbol("k", kernel), 2));

        page.In(Section.Matrix).Say("Over channels a grouped layer is a matrix of blocks along the diagonal. Which input reaches which "
            + "output, by the gradient of each output with all weights 1:");
        var pixel = Shape.Vector(channels);
        Feature Layer(Feature x, string name) => x.Conv(channels, 1, groups: groups, bias: false, name: name);
        page.Grid("reach", "one layer: a row for each output, a column for each input", Shape.Image(1, channels, channels),
            Reach(page, Network.Build(pixel, x => Layer(x, "first"))), GridScale.Count);
        var two = Network.Build(pixel, x => Layer(isShuffled ? Layer(x, "first")
            .ChannelShuffle(groups, "shuffle") : Layer(x, "first"), "second"));
        var both = Reach(page, two);
        page.Grid("reachTwo", $"two layers{(isShuffled ? " with a shuffle between" : "")}: paths", Shape.Image(1, channels, channels),
            both, GridScale.Count);
        if (isShuffled) page.Grid("shuffled", "the channels 1, 2, 3 ... behind the shuffle", Shape.Image(1, 1, channels),
            page.Trace(Network.Build(pixel, x => x.ChannelShuffle(groups, "shuffle")),
            [.. Enumerable.Range(1, channels).Select(i => (float)i)]).Result);
        page.When("all-reach", both.All(count => count > 0), "Through two layers every input reaches every output.",
            $"Through two layers {both.Count(count => count == 0)} of {both.Length} pairs of input and output have no path.");

        page.In(Section.Gradient).Say("Each group gets its gradient from its own outputs alone.");
        page.Edit(Gradient, "dY, gradient of the output: change it", dy).Grid("dx", "dX", image.Shape, trace.InputGradient).Grid("dw", "dW",
            weights.Shape, trace.WeightGradient("conv.weight"));
        page.Cost("cost", "with groups", new("weights", network.TrainableCount), new("multiply-adds", network.MultiplyAdds));
        page.Cost("fullCost", "without groups", new("weights", full.TrainableCount), new("multiply-adds", full.MultiplyAdds));
        page.Code("Two grouped layers with a shuffle", $"x.Conv({channels}, kernel: {kernel}, groups: "
            + $"{groups}).ChannelShuffle({groups}).Conv({channels}, kernel: {kernel}, groups: {groups})");
    }

    private static double[] Reach(LessonPage page, Network network)
    {
        var channels = network.Output.Channels;
        return [.. Enumerable.Range(0, channels).SelectMany(output =>
        {
            var seed = new float[channels];
            seed[output] = 1;
            return page.Trace(network, new float[channels], outputGradient: seed).InputGradient.Select(count => (double)count);
        })];
    }

    private static Verdict JudgeReach(LessonState state, LessonPage page)
    {
        var (isWhole, weights, full) = (page.Conditions["all-reach"], page.Number("cost"), page.Number("fullCost"));
        return new Verdict(isWhole && weights < full, $"{(isWhole ? "every pair has a path" : "some pairs have no path")}; "
            + $"{NumberText.Of(weights)} weights of {NumberText.Of(full)}.");
    }
}
