using FeatureMap.Analysis;
using FeatureMap.Models;
using FeatureMap.Networks;
using FeatureMap.Ops;

namespace FeatureMap.Lessons;

/// <summary>Assignment 3.2: the pass-through network of CIFAR-10, its skip moved from layer 13 to layer 12.</summary>
internal sealed class PassThroughLesson : Lesson
{
    private static readonly WholeControl Tap = new("tap", "The layer whose output the skip takes", 13, 9, 13);
    private static readonly RealControl Width = new("width", "Factor on the channels of every convolution", 1, 0.03125, 1, 0.03125);
    private static readonly WholeControl Side = new("blocks", "Side of the image in 32 pixels: 1 in the assignment", 1, 1, 4);
    private static readonly WholeControl Classes = new("classes", "Scores that come out", 10, 2, 100);
    private static readonly MatrixControl Map = new("map", "A map of 2 x 2 or 4 x 4 pixels for the rearrangement at the skip's end",
        new Volume(2, 1, 2, 3, 4), mostRows: 8, mostChannels: 4)
    { LeastRows = 2, LeastColumns = 2 };

    // Channels and kernel of each convolution; behind which a pool stands.
    private static readonly (int Channels, int Kernel)[] Layers =
    [
        (32, 3), (64, 3), (128, 3), (64, 1), (128, 3), (256, 3), (128, 1), (256, 3), (512, 3), (256, 1), (512, 3), (256, 1), (512, 3),
            (1024, 3), (512, 1), (1024, 3), (512, 1), (1024, 3), (1024, 3), (1024, 3),
    ];

    private static readonly int[] PooledBehind = [1, 2, 5, 8, 13];

    public override string Id => "assignment-3-2";

    public override IReadOnlyList<string> Aliases => ["3.2", "assignment-3.2", "pass-through", "cifar-10"];

    public override IReadOnlyList<string> Headings => ["Assignment 3.2"];

    public override string Title => "Assignment 3.2: where the skip begins";

    public override string Claim => "A skip carries a finer map past six layers; moved by one layer it saves 16,384 parameters, while "
        + "four fifths of all parameters of this network never matter.";

    public override IReadOnlyList<Control> Controls { get; } = [Tap, Width, Side, Classes, Map];

    public override IReadOnlyList<Experiment> Experiments { get; } =
    [
        new("twelve", "From layer 12", "tap=12", "256 channels instead of 512 go into the 1x1 of the skip: 50,541,802 parameters instead "
            + "of 50,558,186."),
        new("larger", "Images of 64", "blocks=2", "Now the last map has 2 x 2 pixels: fewer taps of its kernels meet only padding."),
        new("quarter", "A quarter of the width", "width=0.25", "A sixteenth of the parameters."),
        new("eleven", "From layer 11", "tap=11", "Any layer from 9 to 13 sees the same map; what differs is the channels and what was "
            + "computed on them."),
    ];

    public override Prediction Prediction { get; } = new("Before you look: how many parameters has the network with the skip from this "
        + "layer?", "counts");

    public override IReadOnlyList<Pitfall> Pitfalls { get; } =
    [
        new("A 3x3 kernel on a map of one pixel: eight of nine taps only ever meet padding, get no gradient and never matter.",
            "dead-taps"),
        new("The skip has another size than what it meets: here a rearrangement of 2 x 2 pixels into channels brings them "
            + "together.", "align"),
        new("A softmax in the network and one in the loss.", "double-softmax"),
        new("Comparing two runs that differ in more than the skip: same seed, same data, same number of epochs, and more than one seed."),
    ];

    public override IReadOnlyList<Question> Questions { get; } =
    [
        new("Where do the 16,384 parameters between tap 13 and tap 12 come from?",
            ["(512 - 256) x 64", "512 x 32", "from the batch normalisations"], 0, "The 1x1 of the skip reads 256 channels less, for each "
            + "of its 64 outputs."),
        new("Which part of a 3x3 kernel with padding 1 works on a 1x1 map?", ["all of it", "the row in the middle",
            "the tap in the middle"], 2, "All others stand on padding."),
        new("What does space-to-depth do to 64 channels of 2x2?", ["256 channels of 1x1", "64 channels of 1x1", "16 channels of 4x4"], 0,
            "Nothing is lost: 64 x 4 numbers stay 256."),
    ];

    public override IReadOnlyList<Challenge> Challenges { get; } =
    [
        new(
            "alive", "Bring the share of dead parameters below a third, without changing the layers.",
            (state, page) => new Verdict(page.Number("share") < 1.0 / 3, $"{NumberText.Of(100 * page.Number("share"))} % of the "
                + $"parameters never matter."),
            "blocks=4", "blocks=1&tap=12"),
    ];

    public override string Room => "Analysis/Lint";

    public override IReadOnlyList<Source> Sources { get; } =
    [
        new("The course's assignment 3.2: CIFAR-10, the skip from layer 13 and from layer 12, 30 epochs each", "the course page"),
        new("Redmon and Farhadi, YOLO9000 (pass-through layer)", "arXiv 1612.08242"),
    ];

    protected override void Compute(LessonState state, LessonPage page)
    {
        var tap = state.Of(Tap);
        var network = Build(state, tap);
        var slim = Slimming.Slim(network);
        double parameters = network.Summary(1).ParameterCount, alive = slim.Summary(1).ParameterCount;
        page.Say($"22 convolutions on images of {network.Input.Height} x {network.Input.Width}. The skip takes the output of layer "
            + $"{tap}, {network[$"leaky_{tap}"].Output.ToString()}, past the layers up to 20.");
        ArchitectureScene.Graph(page, network);
        page.Table("counts", "parameters by the layer of the skip", ["skip from", "parameters", "of them trained"],
            [Row(tap), .. Enumerable.Range(9, 5).Where(other => other != tap).Reverse().Select(Row)]);
        var skip = network["conv_21"];
        page.Formula("skip", "weights of the 1x1 on the skip", Term.Symbol("W", skip.TrainableCount),
            Term.Symbol("C_tap", skip.InputShapes[0].Channels) * Term.Symbol("C_21", skip.Output.Channels));
        page.When("given", tap == 13, "This is the network as it is given: the skip from layer 13, before the pool.",
            $"The skip is moved to layer {tap}.");
        page.Formula("share", "share of parameters that never matter", Term.Symbol("dead", 1 - (alive / parameters)),
            (Term.Symbol("all", parameters) - Term.Symbol("alive", alive)) / Term.Symbol("all", parameters));
        page.Table("dead", "kernels with taps that only ever meet padding", ["layer", "map", "weights", "of them alive"],
            network.Layers.Where(layer => layer.Op is Conv2d && slim[layer.Name].TrainableCount < layer.TrainableCount).Select(layer =>
            (IReadOnlyList<TableCell>)[layer.Name, $"{layer.Output}", (double)layer.TrainableCount,
                (double)slim[layer.Name].TrainableCount]));
        page.When("mostly-dead", alive < parameters / 2, $"{parameters - alive} of {parameters} parameters never matter: kernels of 3x3 "
            + $"stand on maps of one pixel.", $"{parameters - alive} of {parameters} parameters never matter.");
        ArchitectureScene.Lint(page, network, new LintOptions { Only = ["dead-taps", "align", "head-heavy", "stride-gap", "unread"] });
        page.Cost("cost", "the network on one image", new("parameters", parameters), new("parameters that matter", alive),
            new("multiply-adds", network.MultiplyAdds), new("multiply-adds that matter", EffectiveWork.Of(network)));
        Rearranged(state, page);
        page.Code(tap >= 12 ? "The network in C#, an architecture of the library" : "The skip from this layer in C#", tap >= 12
            ? $"""
            var network = PassThrough.Build(Shape.Image(3, {network.Input.Height}, {network.Input.Width}),
                classes: {state.Of(Classes)}, tap: {tap}, width: {state.Of(Width)});
            Console.WriteLine(network.Lint());
            Console.WriteLine(Slimming.Slim(network));
            """
            : $"""
            var skip = layer{tap}.Conv({skip.Output.Channels}, kernel: 1, bias: false)
                .BatchNorm(epsilon: 1e-3f, momentum: 0.01f).LeakyRelu(0.1f)
                .PixelUnshuffle(2, ChannelOrder.DepthColumnRow);
            var joined = skip.Concat(layer20);
            """);

        IReadOnlyList<TableCell> Row(int from)
        {
            var summary = Build(state, from).Summary(1);
            return [$"layer {from}", (double)summary.ParameterCount, (double)summary.TrainableCount];
        }
    }

    private static Network Build(LessonState state, int tap) => Network.Build(Shape.Image(3, 32 * state.Of(Side), 32 * state.Of(Side)), x =>
    {
        Feature? taken = null;
        for (var layer = 1; layer <= Layers.Length; layer++)
        {
            x = Unit(x, layer, Layers[layer - 1].Channels, Layers[layer - 1].Kernel);
            if (layer == tap) taken = x;
            if (PooledBehind.Contains(layer)) x = x.MaxPool(2);
        }
        var skip = Unit(taken!, 21, 64, 1).PixelUnshuffle(2, ChannelOrder.DepthColumnRow);
        return Unit(skip.Concat(x), 22, 1024, 3).Flatten().Linear(state.Of(Classes), name: "dense");

        Feature Unit(Feature from, int number, int channels, int kernel) => from
            .Conv(Math.Max(1, (int)(state.Of(Width) * channels)), kernel, padding: Padding.Half(kernel), bias: false,
                name: $"conv_{number}")
            .BatchNorm(epsilon: 1e-3f, momentum: 0.01f, name: $"norm_{number}").LeakyRelu(0.1f, name: $"leaky_{number}");
    });

    /// <summary>Space to depth on the learner's map: what the end of the skip does, and its gradient.</summary>
    private static void Rearranged(LessonState state, LessonPage page)
    {
        var map = state.Of(Map);
        var network = Network.Build(map.Shape, x => x.PixelUnshuffle(2, ChannelOrder.DepthColumnRow, "moved"));
        float[] gradient = [.. Enumerable.Range(1, network.Output.Count)];
        var trace = page.Trace(network, map.Values, null, gradient);
        page.In(Section.Forward);
        page.Say("At its end the skip puts each 2 x 2 pixels into channels, in the order row, column, channel, so that its map has the "
            + "size of what it meets.");
        page.Edit(Map, "a map: change it");
        page.Grid("moved", "the same numbers as channels", network.Output, trace.Result).Links("moved", "map", null,
            CellLinks.Of((PixelUnshuffle)network["moved"].Op!, map.Shape));
        page.In(Section.Gradient);
        page.Say("Along the skip the gradient reaches the layer it is taken from without passing the layers between: through a 1x1, and "
            + "through this rearrangement, which only moves it back.");
        page.Grid("dmap", "gradient of the map, where that of the channels is 1, 2, 3 ...", map.Shape, trace.InputGradient);
        page.In(Section.Forward);
    }
}
