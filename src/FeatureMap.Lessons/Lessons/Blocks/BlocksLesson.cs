using FeatureMap.Analysis;
using FeatureMap.Blocks;
using FeatureMap.Networks;

namespace FeatureMap.Lessons;

/// <summary>The blocks that architectures are made of: graph, weights, fields of the branches; adding and concatenating.</summary>
internal sealed class BlocksLesson : Lesson
{
    private static readonly ChoiceControl Block = new("block", "Which block", "inception", "basic", "bottleneck", "pre-activation", "dense",
        "vgg", "fire", "separable");
    private static readonly WholeControl Before = new("before", "M, channels that it reads", 192, 4, 512);
    private static readonly WholeControl After = new("after", "N, channels that it gives (dense: reads + layers x growth)", 256, 16, 512);
    private static readonly WholeControl Size = new("size", "Rows and columns of the map", 28, 4, 64);
    private static readonly WholeControl Stride = new("stride", "Stride of a residual block", 1, 1, 2);
    private static readonly ChoiceControl Placement = new("placement", "Where the stride of a bottleneck sits", "middle", "first");
    private static readonly WholeControl Count = new("layers", "Layers of a dense block", 4, 1, 8);
    private static readonly WholeControl Growth = new("growth", "Channels that each layer of a dense block adds", 32, 2, 64);
    private static readonly ChoiceControl Join = new("join", "How the two branches below meet", "add", "concatenate");
    private static readonly MatrixControl Input = new("input", "What the two branches below read", new Volume(4, 1, 2, 0, 1, 0, 1, 3, 1, 2,
        0, 1, 0, 1, 1, 2, 2), mostRows: 8);

    public override string Id => "blocks";

    public override IReadOnlyList<string> Aliases => ["inception", "densenet", "vgg", "vgg-16", "squeezenet", "modules",
        "concatenate", "add"];

    public override IReadOnlyList<string> Headings => ["Architecture modules"];

    public override string Title => "Inception, ResNet, DenseNet, VGG";

    public override string Claim => "Architectures repeat a block: VGG stacks 3x3, Inception looks at several scales side by side, "
        + "ResNet adds its input, DenseNet keeps all that came before.";

    public override IReadOnlyList<Control> Controls { get; } = [Block, Before, After, Size, Stride, Placement, Count, Growth, Join, Input];

    public override IReadOnlyList<Experiment> Experiments { get; } =
    [
        new("bottleneck", "Bottleneck", "block=bottleneck&before=256", "ResNet-50's block: 1x1 to a quarter, 3x3 there, 1x1 back. 69,632 "
            + "kernel weights where a basic block of this width has 1,179,648."),
        new("first", "The stride in front", "block=bottleneck&before=256&after=512&stride=2&placement=first",
            "A 1x1 with stride 2 reads a quarter of the pixels; the linter says so. In the middle the 3x3 reads all."),
        new("dense", "Dense", "block=dense&before=64&layers=6", "Each layer reads all before it: the channels grow by 32 with each of "
            + "six layers."),
        new("vgg", "VGG", "block=vgg&before=64&after=128&size=56", "Two 3x3 convolutions: a field of 5 with 18 instead of 25 weights for "
            + "each pair of channels."),
        new("concatenate", "Side by side", "join=concatenate", "Concatenated, each branch gets its own part of the gradient; added, both "
            + "get all of it."),
    ];

    public override Prediction Prediction { get; } = new("Before you look: how many kernel weights has this block?", "weights");

    public override IReadOnlyList<Pitfall> Pitfalls { get; } =
    [
        new("Branches that are added need one shape: where the block changes it, a 1x1 convolution stands on the skip.", "res-shape"),
        new("Branches with other strides or paddings look at other places; what is added then does not belong together.", "align"),
        new("The stride in the first 1x1 of a bottleneck leaves three quarters of the pixels unread.", "stride-gap"),
        new("A bias before a batch normalisation does nothing.", "bias-bn"),
    ];

    public override IReadOnlyList<Question> Questions { get; } =
    [
        new("How many kernel weights has a basic block of 64 channels?", ["36,864", "73,728", "4,096"], 1, "2 x 9 x 64 x 64."),
        new("A dense block reads 64 channels and has 6 layers of growth 32. How many come out?", ["192", "256", "64"], 1, "64 + 6 x 32."),
        new("Two branches of 64 channels are concatenated. How many channels?", ["64", "128", "4,096"], 1, "They stand side by side."),
    ];

    public override IReadOnlyList<Challenge> Challenges { get; } =
    [
        new(
            "same-shape", "A block from 256 to 256 channels on 28 x 28 with fewer than 100,000 parameters and a field of 3 pixels or more.",
            (state, page) =>
            {
                var (network, parameters) = (Build(state), page.Numbers("cost")[0]);
                var field = ReceptiveField.Of(network)[^1].Vertical.Size;
                return new Verdict(state.Of(Before) == 256 && network.Output == Shape.Image(256, 28, 28) && parameters < 100_000
                    && field >= 3,
                    $"{network.Input} becomes {network.Output} with {NumberText.Of(parameters)} parameters and a field of "
                        + $"{NumberText.Of(field)}.");
            },
            "block=bottleneck&before=256", "block=basic&before=256"),
    ];

    public override string Room => "Blocks";

    public override IReadOnlyList<Source> Sources { get; } =
    [
        new("Szegedy et al., Going deeper with convolutions", "arXiv 1409.4842"),
        new("He et al., Deep residual learning", "arXiv 1512.03385"),
        new("Huang et al., Densely connected convolutional networks", "arXiv 1608.06993"),
        new("Simonyan and Zisserman, Very deep convolutional networks", "arXiv 1409.1556"),
    ];

    protected override void Compute(LessonState state, LessonPage page)
    {
        var network = Build(state);
        var field = ReceptiveField.Of(network)[^1];
        page.Say($"The block {state.Of(Block)} on {network.Input.Channels} channels of {network.Input.Height} x {network.Input.Width}: "
            + $"{network.Layers.Count - 1} layers, {network.Output.Channels} channels of {network.Output.Height} x "
            + $"{network.Output.Width} come out.");
        ArchitectureScene.Graph(page, network);
        ArchitectureScene.Layers(page, network);
        page.Formula("weights", "weights of its kernels, without biases and normalisations",
            Term.Symbol("W", ArchitectureScene.KernelWeights(network)), Written(state));
        if (field.Branches.Count > 1)
            page.Table("branches", "fields of the branches where they meet, and the pixel over which their first unit stands",
                ["branch", "field", "jump", "centre"], field.Branches.Select((branch, i) => (IReadOnlyList<TableCell>)
                    [$"{i}: {branch.Layer}", branch.Vertical.Size, branch.Vertical.Stride, branch.Vertical.Offset]));
        page.Say("All ways through the block look at the same places: what meets belongs together.");
        page.When("changed", network.Input != network.Output, $"The shape changes from {network.Input.ToString()} to "
            + $"{network.Output.ToString()}.", "The shape stays: such blocks can be stacked without end.");
        var report = ArchitectureScene.Lint(page, network,
            new LintOptions { Ignored = ["target-shape", "rf-small", "rf-edge", "logit-activation"] });
        page.When("unread", report.Findings.Any(finding => finding is { Rule.Id: "stride-gap", Severity: > LintSeverity.Hint }),
            "Pixels are read by nobody: the stride sits in a 1x1 convolution.", "No stride steps over pixels that nobody reads.");
        Branches(state, page);
        ArchitectureScene.Cost(page, network, caption: "the block on one image");
        page.Code("The same block in C#", $"""
            var network = Network.Build(Shape.Image({state.Of(Before)}, {state.Of(Size)}, {state.Of(Size)}), x => x.{CodeOf(state)});
            Console.WriteLine(network.Summary());
            Console.WriteLine(network.Lint());
            """);
    }

    private static Network Build(LessonState state)
    {
        var (n, stride) = (state.Of(After), state.Of(Stride));
        return Network.Build(Shape.Image(state.Of(Before), state.Of(Size), state.Of(Size)), x => state.Of(Block) switch
        {
            "basic" => x.BasicBlock(n, stride),
            "bottleneck" => x.BottleneckBlock(n, stride, placement: state.Of(Placement) == "first" ? StridePlacement.First
                : StridePlacement.Middle),
            "pre-activation" => x.PreActivationBlock(n, stride),
            "dense" => x.DenseBlock(state.Of(Count), state.Of(Growth)),
            "vgg" => x.ConvNormActivation(n, kernel: 3, style: ConvStyle.Plain).ConvNormActivation(n, kernel: 3, style: ConvStyle.Plain),
            "fire" => x.FireModule(Squeezed(state), n / 2, n / 2),
            "separable" => x.SeparableConv(n, kernel: 3),
            _ => x.InceptionBlock(4 * (n / 16), (6 * (n / 16), 8 * (n / 16)), (n / 16, 2 * (n / 16)), 2 * (n / 16)),
        });
    }

    private static int Squeezed(LessonState state) => Math.Max(1, state.Of(After) / 8);

    private static string CodeOf(LessonState state)
    {
        var (n, stride) = (state.Of(After), state.Of(Stride));
        return state.Of(Block) switch
        {
            "basic" => $"BasicBlock({n}, {stride})",
            "bottleneck" => $"BottleneckBlock({n}, {stride}, placement: "
                + $"StridePlacement.{(state.Of(Placement) == "first" ? "First" : "Middle")})",
            "pre-activation" => $"PreActivationBlock({n}, {stride})",
            "dense" => $"DenseBlock({state.Of(Count)}, {state.Of(Growth)})",
            "vgg" => $"ConvNormActivation({n}, kernel: 3, style: ConvStyle.Plain).ConvNormActivation({n}, kernel: 3, style: "
                + $"ConvStyle.Plain)",
            "fire" => $"FireModule({Squeezed(state)}, {n / 2}, {n / 2})",
            "separable" => $"SeparableConv({n}, kernel: 3)",
            _ => $"InceptionBlock({4 * (n / 16)}, ({6 * (n / 16)}, {8 * (n / 16)}), ({n / 16}, {2 * (n / 16)}), {2 * (n / 16)})",
        };
    }

    /// <summary>Kernel weights by the formula of the block.</summary>
    private static Term Written(LessonState state)
    {
        var (m, n, k) = (Term.Symbol("M", state.Of(Before)), Term.Symbol("N", state.Of(After)), Term.Symbol("k", state.Of(Growth)));
        var isProjected = state.Of(Before) != state.Of(After) || state.Of(Stride) > 1;
        Term With(Term weights) => isProjected ? weights + (m * n) : weights;
        var (quarter, s) = (n / 4, Term.Symbol("s", Squeezed(state)));
        double sixteenth = state.Of(After) / 16, half = state.Of(After) / 2;
        return state.Of(Block) switch
        {
            "basic" or "pre-activation" => With((9 * m * n) + (9 * n * n)),
            "bottleneck" => With((m * quarter) + (9 * quarter * quarter) + (quarter * n)),
            "dense" => Term.Sum([.. Enumerable.Range(0, state.Of(Count)).Select(layer => ((m + (layer * k)) * 4 * k) + (9 * 4 * k * k))]),
            "vgg" => (9 * m * n) + (9 * n * n),
            "fire" => (m * s) + (s * half) + (9 * s * half),
            "separable" => (9 * m) + (m * n),
            _ => (m * (4 * sixteenth)) + (m * (6 * sixteenth)) + (9 * Term.Of(6 * sixteenth) * (8 * sixteenth)) + (m * sixteenth)
                + (25 * Term.Of(sixteenth) * (2 * sixteenth)) + (m * (2 * sixteenth)),
        };
    }

    /// <summary>Two branches on numbers of the learner's own: what adding and concatenating do to the gradient.</summary>
    private static void Branches(LessonState state, LessonPage page)
    {
        var (image, adds) = (state.Of(Input), state.Of(Join) == "add");
        var network = Network.Build(image.Shape, x =>
        {
            var (left, right) = (x.Conv(1, 3, padding: 1, bias: false, name: "left"), x.Conv(1, 1, bias: false, name: "right"));
            return adds ? left.Add(right, "joined") : left.Concat(right, "joined");
        });
        float[] blur = [0, 1, 0, 1, 1, 1, 0, 1, 0], twice = [2];
        // Other numbers in the second half, so that a concatenation shows which part goes where.
        float[] gradient = [.. Enumerable.Range(0, network.Output.Count).Select(cell => cell < image.Shape.Count ? 1f : 3f)];
        var trace = page.Trace(network, image.Values, [("left.weight", blur), ("right.weight", twice)], gradient);
        page.Say($"Two branches of one input: a 3x3 that adds up five neighbours, and a 1x1 that doubles. They meet by "
            + $"{(adds ? "adding" : "standing side by side")}.");
        page.Edit(Input, "what both read: change it");
        page.Grid("joined", adds ? "their sum" : "both, as two channels", network.Output, trace.Result);
        page.In(Section.Gradient);
        page.Grid("dy", "dY: 1 in the first channel, 3 in a second", network.Output, gradient);
        page.Grid("d-left", "gradient of the 3x3 branch", image.Shape, trace.Gradient("left"));
        page.Grid("d-right", "gradient of the 1x1 branch", image.Shape, trace.Gradient("right"));
        page.When("both", adds, "Both branches get the whole gradient: an addition passes it on unchanged.",
            "Each branch gets its own part of the gradient: a concatenation cuts it.");
        page.Grid("dx", "gradient of the input: what comes back through both, added", image.Shape, trace.InputGradient);
    }
}
