using FeatureMap.Analysis;
using FeatureMap.Networks;

namespace FeatureMap.Lessons;

/// <summary>Progressive resizing: the same weights at two image sizes, and what each costs.</summary>
internal sealed class SizesLesson : Lesson
{
    private static readonly WholeControl First = new("first", "Side of the images of the first part", 224, 32, 512);
    private static readonly WholeControl Second = new("second", "Side of the images of the second part", 448, 32, 512);
    private static readonly WholeControl FirstEpochs = new("first-epochs", "Epochs at the first size", 12, 0, 100);
    private static readonly WholeControl SecondEpochs = new("second-epochs", "Epochs at the second size", 4, 1, 100);
    private static readonly WholeControl Stages = new("stages", "Stages, each a 3x3 convolution and a halving", 5, 1, 6);
    private static readonly WholeControl Width = new("width", "Channels of the first stage; doubled up to four times as many", 16, 1, 64);
    private static readonly ChoiceControl Head = new("head", "How maps become a vector", "average", "pyramid", "flatten");

    public override string Id => "sizes";

    public override IReadOnlyList<string> Aliases => ["progressive", "resizing", "progressive-resizing"];

    public override IReadOnlyList<string> Headings => ["Progressive resizing"];

    public override string Title => "Progressive resizing: 224, then 448";

    public override string Claim => "A convolution does not know how large the image is: weights trained on small, cheap images go on "
        + "learning on large ones, where an epoch costs four times as much.";

    public override IReadOnlyList<Control> Controls { get; } = [First, Second, FirstEpochs, SecondEpochs, Stages, Width, Head];

    public override IReadOnlyList<Experiment> Experiments { get; } =
    [
        new("flatten", "A flattened head", "head=flatten", "The dense layer has a weight for each place: at another size there are other "
            + "places, and none of its weights fit."),
        new("pyramid", "A pyramid", "head=pyramid", "Some of the places stay known, and any size fits."),
        new("all-large", "All epochs large", "first-epochs=0&second-epochs=16", "What the plan saves is seen against this: every epoch "
            + "at the larger size."),
        new("three-times", "128, then 384", "first=128&second=384", "Three times the side is nine times the work."),
    ];

    public override Prediction Prediction { get; } = new("Before you look: which part of the work of all epochs at the large size does "
        + "the plan need?", "share");

    public override IReadOnlyList<Pitfall> Pitfalls { get; } =
    [
        new("A flattened head fits one image size only.", "head-heavy"),
        new("At the larger size objects are larger in pixels: a field that covered them at 224 covers a quarter of them at 448.",
            "rf-small"),
        new("Levels of a pyramid that are larger than the last map have bins that share pixels.", "spp-bins"),
        new("The running statistics of batch normalisation belong to the first size: they need some steps at the second before they "
            + "are used."),
    ];

    public override IReadOnlyList<Question> Questions { get; } =
    [
        new("How many times the multiply-adds of 224 does 448 take, in a convolutional network?", ["2", "4", "8"], 1,
            "Twice as many rows and twice as many columns."),
        new("And how many times the parameters, with a global average as head?", ["1", "2", "4"], 0,
            "The weights are the same: that is the point."),
        new("12 epochs at 224 and 4 at 448: how much of the work of 16 epochs at 448?", ["44 %", "63 %", "75 %"], 0,
            "(12 / 4 + 4) / 16 = 7 / 16."),
    ];

    public override IReadOnlyList<Challenge> Challenges { get; } =
    [
        new(
            "a-third", "A plan of 16 epochs that ends at 448 and needs at most a third of the work.",
            (state, page) => new Verdict(
                state.Of(FirstEpochs) + state.Of(SecondEpochs) == 16 && state.Of(Second) == 448 && state.Of(Head) != "flatten"
                    && page.Number("share") <= 1.0 / 3,
                $"{state.Of(FirstEpochs)} epochs at {state.Of(First)} and {state.Of(SecondEpochs)} at {state.Of(Second)} need "
                    + $"{NumberText.Of(100 * page.Number("share"))} % of the work."),
            "first=112&second-epochs=4", "first=224"),
    ];

    public override string Room => "Ops/SpatialPyramidPool";

    public override IReadOnlyList<Source> Sources { get; } =
    [
        new("Coleman et al., DAWNBench: fast.ai's ImageNet training at 128, 224 and 288 pixels", "dawn.cs.stanford.edu/benchmark"),
        new("He et al., Spatial pyramid pooling in deep convolutional networks (training at 224 and 180)", "arXiv 1406.4729"),
    ];

    protected override void Compute(LessonState state, LessonPage page)
    {
        var (first, second) = (Build(state, state.Of(First)), Build(state, state.Of(Second)));
        var sizes = (IReadOnlyList<(int Side, Network Network)>)[(state.Of(First), first), (state.Of(Second), second)];
        page.Say($"{state.Of(FirstEpochs)} epochs with images of {state.Of(First)} x {state.Of(First)}, then {state.Of(SecondEpochs)} "
            + $"with {state.Of(Second)} x {state.Of(Second)}: the same network of {state.Of(Stages)} stages.");
        page.Table("sizes", "the network at both sizes", ["side", "last map", "multiply-adds", "bytes of outputs", "parameters",
            "field of the last map", "field / side"], sizes.Select(size =>
        {
            var (summary, field) = (size.Network.Summary(1), ReceptiveField.Of(size.Network, "last").Vertical.Size);
            return (IReadOnlyList<TableCell>)[$"{size.Side}", $"{size.Network["last"].Output}", (double)summary.MultiplyAdds,
                (double)summary.ActivationBytes, (double)summary.ParameterCount, field, field / size.Side];
        }));
        var (m1, m2) = (Term.Symbol("m_1", first.MultiplyAdds), Term.Symbol("m_2", second.MultiplyAdds));
        var (e1, e2) = (Term.Symbol("e_1", state.Of(FirstEpochs)), Term.Symbol("e_2", state.Of(SecondEpochs)));
        page.Formula("ratio", "an epoch at the second size costs so many of the first",
            Term.Symbol("q", (double)second.MultiplyAdds / first.MultiplyAdds), m2 / m1);
        var work = (state.Of(FirstEpochs) * (double)first.MultiplyAdds) + (state.Of(SecondEpochs) * (double)second.MultiplyAdds);
        page.Formula("share", "work of the plan, in that of all epochs at the second size",
            Term.Symbol("share", work / ((state.Of(FirstEpochs) + state.Of(SecondEpochs)) * (double)second.MultiplyAdds)),
            ((e1 * m1) + (e2 * m2)) / ((e1 + e2) * m2));
        var left = ArchitectureScene.Missing(second, first);
        page.When("carried", left.Count == 0, $"All {first.TrainableCount} weights go over to the second size.",
            $"These parameters do not fit at the second size and start anew: "
            + $"{string.Join(", ", left.Select(parameter => parameter.Name))}.");
        var covered = ReceptiveField.Of(second, "last").Vertical.Size >= state.Of(Second);
        page.When("covered", covered, "A unit of the last map can see the whole of the larger image.",
            "A unit of the last map sees only a part of the larger image: the head has to put the parts together.");
        page.When("larger", state.Of(Second) > state.Of(First), "The second images are larger: the cheap epochs come first.",
            "The second images are not larger: nothing is saved by this order.");
        Digit(page);
        ArchitectureScene.Cost(page, first, "cost", $"an image of {state.Of(First)}");
        ArchitectureScene.Cost(page, second, "cost-second", $"an image of {state.Of(Second)}");
        var head = state.Of(Head) switch
        {
            "flatten" => "Flatten()",
            "pyramid" => "SpatialPyramidPool([1, 2])",
            _ => "GlobalAveragePool()",
        };
        page.Code("The plan in C#", $"""
            static Network Net(int side) => Network.Build(Shape.Image(3, side, side), x =>
            {"{"}
                for (var stage = 0; stage < {state.Of(Stages)}; stage++)
                    x = x.Conv({state.Of(Width)} * (1 << Math.Min(stage, 2)), kernel: 3, padding: 1).Relu().MaxPool(2);
                return x.{head}.Linear(10);
            {"}"});
            var (data, small, large) = (Datasets.Cifar10(), Net({state.Of(First)}), Net({state.Of(Second)}));
            var run = Trainer.Fit(small, data, new TrainingOptions
            {"{"}
                Epochs = {Math.Max(1, state.Of(FirstEpochs))}, Augmentation = Augmentation.Parse("resize {state.Of(First)}"),
            {"}"});
            var weights = Weights.Initialize(large, seed: 0);
            weights.TakeFrom(run.Model.Weights, partially: true);
            Trainer.Fit(large, data, new TrainingOptions
            {"{"}
                Epochs = {state.Of(SecondEpochs)}, Augmentation = Augmentation.Parse("resize {state.Of(Second)}"),
                InitialWeights = weights,
            {"}"});
            """);
    }

    private static Network Build(LessonState state, int side) => Network.Build(Shape.Image(3, side, side), x =>
    {
        for (var stage = 0; stage < state.Of(Stages); stage++)
        {
            x = x.Conv(state.Of(Width) * (1 << Math.Min(stage, 2)), kernel: 3, padding: 1, name: $"conv{stage + 1}").Relu();
            x = stage == state.Of(Stages) - 1 ? x.MaxPool(2, name: "last") : x.MaxPool(2);
        }
        x = state.Of(Head) switch
        {
            "flatten" => x.Flatten("head"),
            "pyramid" => x.SpatialPyramidPool([1, 2], name: "head"),
            _ => x.GlobalAveragePool("head")
        };
        return x.Linear(10, name: "scores");
    });

    /// <summary>The same weights on a digit at two sizes: outputs and gradients of both.</summary>
    private static void Digit(LessonPage page)
    {
        var large = Network.Build(DigitImages.Shape, x => Scored(x));
        var small = Network.Build(Shape.Image(1, 14, 14), x => Scored(x));
        var digit = DigitImages.Grey(3);
        var halved = page.Trace(Network.Build(DigitImages.Shape, x => x.AveragePool(2, name: "halved")), digit).Result;
        var weights = Weights.Initialize(large, 1);
        var (one, other) = (page.Trace(weights, digit), page.Trace(weights.Derive(small), halved));
        page.In(Section.Forward);
        page.Say($"A digit of the library at 28 x 28 and at 14 x 14 through the same {large.TrainableCount} weights: the layers run at "
            + $"both sizes.");
        page.Grid("large", "scores at 28 x 28", Shape.Vector(3), one.Result);
        page.Grid("small", "scores at 14 x 14", Shape.Vector(3), other.Result);
        page.In(Section.Gradient);
        page.Say("The gradient of a kernel adds up over all places, and the mean behind it divides by how many there are: it does not "
            + "grow with the image.");
        page.Grid("dw-large", "gradient of the kernels at 28 x 28", Shape.Image(4, 3, 3), one.WeightGradient("conv.weight"));
        page.Grid("dw-small", "gradient of the kernels at 14 x 14", Shape.Image(4, 3, 3), other.WeightGradient("conv.weight"));
    }

    private static Feature Scored(Feature x) => x.Conv(4, 3, padding: 1, name: "conv").Relu().GlobalAveragePool().Linear(3, name: "scores");
}
