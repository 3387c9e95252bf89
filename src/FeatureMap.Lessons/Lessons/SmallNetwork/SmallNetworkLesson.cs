using FeatureMap.Analysis;
using FeatureMap.Networks;

namespace FeatureMap.Lessons;

/// <summary>Assignment 3.1: a network for digits below 20,000 parameters, with budget, field and linter at hand.</summary>
internal sealed class SmallNetworkLesson : Lesson
{
    private const int Budget = 20_000, Object = 16;

    private static readonly ListControl Widths = new("widths", "Channels of each convolution, in order", [32, 10], 1, 64, fewest: 1,
        longest: 10);
    private static readonly ListControl Kernels = new("kernels", "Kernel size of each convolution; the last one counts for the rest",
        [3, 1], 1, 7, fewest: 1, longest: 10);
    private static readonly ListControl Pools = new("pools", "Behind which convolutions a 2x2 max pool stands, from 1; 0 for none", [0], 0,
        10, fewest: 1, longest: 4);
    private static readonly ChoiceControl Head = new("head", "How the maps become ten scores", "kernel", "flatten", "average");
    private static readonly SwitchControl Norm = new("norm", "A batch normalisation behind each convolution", false);
    private static readonly SwitchControl Padded = new("padded", "Padding that keeps the size", false);
    private static readonly RealControl Dropout = new("dropout", "Dropout behind each activation", 0, 0, 0.5, 0.01);

    public override string Id => "assignment-3-1";

    public override IReadOnlyList<string> Aliases => ["3.1", "assignment-3.1", "mnist", "20k"];

    public override IReadOnlyList<string> Headings => ["Assignment 3.1"];

    public override string Title => "Assignment 3.1: fewer than 20,000 weights";

    public override string Claim => "The course's first network spends 67,610 of its 68,260 parameters on one kernel of 26 x 26; with "
        + "small kernels and a mean at the end a fifth of them reads digits better.";

    public override IReadOnlyList<Control> Controls { get; } = [Widths, Kernels, Pools, Head, Norm, Padded, Dropout];

    public override IReadOnlyList<Experiment> Experiments { get; } =
    [
        new("average", "Average at the end", "head=average", "The large kernel is gone: 760 parameters. But a unit of the last map sees "
            + "3 pixels, and the mean cannot put strokes together."),
        new("deeper", "Deeper, with pools", "widths=8_16_16_16_16&kernels=3&pools=2_4&head=average",
            "The field grows to most of a digit, at a few thousand parameters."),
        new("ours", "The library's recipe", "widths=16_24_24_24&kernels=3&pools=1&head=average&norm=true",
            "The network of the recipe mnist-20k: 14,394 trained parameters, 99.52 % after 20 epochs, mean of five seeds."),
        new("norm-bias", "Dropout before a normalisation", "widths=8_16_16&kernels=3&pools=2&head=average&norm=true&dropout=0.1",
            "The dropout behind one layer is followed by the next convolution, so the normalisations see numbers of changed variance."),
    ];

    public override Prediction Prediction { get; } = new("Before you look: how many parameters has this network?", "parameters");

    public override IReadOnlyList<Pitfall> Pitfalls { get; } =
    [
        new("Most parameters in the last layer: a dense layer or a large kernel on large maps.", "head-heavy"),
        new("More parameters than the budget.", "budget"),
        new("A field much smaller than a digit: the last layer has to guess from fragments.", "rf-small"),
        new("An activation on the scores: half of what the softmax needs is cut.", "logit-activation"),
        new("Choosing the best epoch by the images that judge: report the last epoch, or keep a third part of the data."),
    ];

    public override IReadOnlyList<Question> Questions { get; } =
    [
        new("A kernel of 26x26 from 10 to 10 channels, with biases: how many parameters?", ["6,770", "67,610", "2,610"], 1,
            "10 x 10 x 676 + 10."),
        new("A 3x3, a 2x2 pool, then three 3x3: the field?", ["10", "16", "12"], 1,
            "3, then 4 with the pool; behind it each 3x3 adds 2 x 2."),
        new("Five 3x3 convolutions without pools: the field?", ["15", "11", "31"], 1, "1 + 5 x 2."),
    ];

    public override IReadOnlyList<Challenge> Challenges { get; } =
    [
        new("budget", "Fewer than 20,000 parameters, a field of 16 pixels or more before the head, and nothing of weight for the linter "
            + "to say.", Judge,
            "widths=16_24_24_24&kernels=3&pools=1&head=average&norm=true", "head=average"),
    ];

    public override string Room => "Analysis/Lint";

    public override IReadOnlyList<Source> Sources { get; } =
    [
        new("The course's assignment 3.1: 99.2 % validation accuracy on MNIST, fewer than 20,000 parameters, the log visible",
            "the course page"),
        new("LeCun et al., Gradient-based learning applied to document recognition (MNIST)", "Proceedings of the IEEE 86 (1998)"),
    ];

    protected override void Compute(LessonState state, LessonPage page)
    {
        var network = Build(state);
        var (field, parameters) = (ReceptiveField.Of(network, "maps").Vertical, network.Summary(1).ParameterCount);
        page.Say($"{state.Of(Widths).Count} convolutions and a head on digits of 28 x 28. The bars: {Budget} parameters, 99.2 % of the "
            + $"validation images.");
        ArchitectureScene.Graph(page, network);
        ArchitectureScene.Layers(page, network);
        page.Formula("parameters", "parameters, layer by layer", Term.Symbol("P", parameters),
            Term.Sum([.. network.Layers.Where(layer => layer.Parameters.Count > 0).Select(Counted)]));
        page.Table("bars", "what is used of the budget", ["bar", "has", "may have"],
            [["parameters", (double)parameters, (double)Budget - 1], ["field before the head, at least", field.Size, (double)Object]]);
        page.When("within", parameters < Budget, $"{parameters} parameters: within the budget.",
            $"{parameters} parameters: {parameters - Budget + 1} too many.");
        page.When("sees", field.Size >= Object || state.Of(Head) != "average", "What decides can see most of a digit.",
            $"A unit before the mean sees {field.Size} pixels of a digit of about 20.");
        var share = network.Layers.Max(layer => (double)layer.TrainableCount) / network.TrainableCount;
        page.When("heavy", share > 0.5, $"One layer has {100 * share} % of all weights.",
            $"The largest layer has {100 * share} % of all weights.");
        var report = ArchitectureScene.Lint(page, network, new LintOptions { ParameterBudget = Budget - 1, ObjectSize = Object });
        page.When("clean", report.Passes(LintSeverity.Warning), "The linter has nothing of weight to say: train it.",
            "Read what the linter says before you train.");
        page.Say("Whether a network reaches 99.2 % no formula says: a training does. The code below runs it; its log stays in the "
            + "run folder.");

        page.NoGradient("Nothing is trained on this page: it counts. What the layers do with gradients is shown by the lessons that the "
            + "graph names.");
        ArchitectureScene.Cost(page, network);
        page.Code("The network and its training in C#", $"""
            var network = Network.Build(Shape.Image(1, 28, 28), x => x{CodeOf(state)});
            var run = Trainer.Fit(network, Datasets.Mnist(), new TrainingOptions
            {"{"}
                Epochs = 20, Schedule = new OneCycle(0.1), Augmentation = Augmentation.Parse("affine shift=2 rotation=7"),
                Folder = RunFolder.At("runs/assignment-3-1"),
            {"}"});
            Console.WriteLine(run.Epochs[^1].ValidationMetric);
            """);
    }

    private static Network Build(LessonState state)
    {
        var (widths, kernels, pools) = (state.Of(Widths), state.Of(Kernels), state.Of(Pools));
        return Network.Build(Shape.Image(1, 28, 28), x =>
        {
            for (var layer = 0; layer < widths.Count; layer++)
            {
                var (kernel, isLast) = (kernels[Math.Min(layer, kernels.Count - 1)], layer == widths.Count - 1);
                x = x.Conv(widths[layer], kernel, padding: state.Of(Padded) ? Padding.Half(kernel) : Padding.Valid, bias: !state.Of(Norm),
                    name: $"conv{layer + 1}");
                if (state.Of(Norm)) x = x.BatchNorm(name: $"norm{layer + 1}");
                var pooled = pools.Contains(layer + 1);
                var dropped = state.Of(Dropout) > 0;
                x = x.Relu(isLast && !pooled && !dropped ? "maps" : null);
                if (dropped) x = x.Dropout((float)state.Of(Dropout), isLast && !pooled ? "maps" : null);
                if (pooled) x = x.MaxPool(2, name: isLast ? "maps" : null);
            }
            return state.Of(Head) switch
            {
                "kernel" => x.Conv(10, (x.Shape.Height, x.Shape.Width), name: "head").Flatten(),
                "flatten" => x.Flatten().Linear(10, name: "head"),
                _ => x.GlobalAveragePool().Linear(10, name: "head"),
            };
        });
    }

    private static string CodeOf(LessonState state)
    {
        var (widths, kernels, code) = (state.Of(Widths), state.Of(Kernels), "");
        for (var layer = 0; layer < widths.Count; layer++)
        {
            var kernel = kernels[Math.Min(layer, kernels.Count - 1)];
            code += $"\n    .Conv({widths[layer]}, kernel: {kernel}{(state.Of(Padded) ? $", padding: Padding.Half({kernel})" : "")}, "
                + $"bias: {(state.Of(Norm) ? "false" : "true")})";
            if (state.Of(Norm)) code += ".BatchNorm()";
            code += ".Relu()";
            if (state.Of(Dropout) > 0) code += $".Dropout({(float)state.Of(Dropout)}f)";
            if (state.Of(Pools).Contains(layer + 1)) code += ".MaxPool(2)";
        }
        return code + state.Of(Head) switch
        {
            "kernel" => $"\n    .Conv(10, kernel: ({Build(state)["maps"].Output.Height}, {Build(state)["maps"].Output.Width})).Flatten()",
            "flatten" => "\n    .Flatten().Linear(10)",
            _ => "\n    .GlobalAveragePool().Linear(10)",
        };
    }

    // Outputs x inputs x taps, and a bias each; four numbers per channel for a normalisation.
    private static Term Counted(Layer layer)
    {
        var (into, given) = (layer.InputShapes[0], layer.Output.Channels);
        return layer.Op switch
        {
            Ops.Conv2d conv => layer.Parameters.Count > 1
                ? (Term.Of(given) * into.Channels * conv.Kernel.Vertical * conv.Kernel.Horizontal) + given
                : Term.Of(given) * into.Channels * conv.Kernel.Vertical * conv.Kernel.Horizontal,
            Ops.BatchNorm => 4 * Term.Of(given),
            _ => (Term.Of(given) * into.Count) + given,
        };
    }

    private static Verdict Judge(LessonState state, LessonPage page)
    {
        var (network, parameters) = (Build(state), page.Number("parameters"));
        var (field, isClean) = (ReceptiveField.Of(network, "maps").Vertical.Size,
            network.Lint(new LintOptions { ParameterBudget = Budget - 1, ObjectSize = Object }).Passes(LintSeverity.Warning));
        return new Verdict(parameters < Budget && field >= Object && isClean,
            $"{NumberText.Of(parameters)} parameters, a field of {NumberText.Of(field)}, and the linter is "
                + $"{(isClean ? "content" : "not content")}.");
    }
}
