using FeatureMap.Analysis;
using FeatureMap.Data;
using FeatureMap.Networks;
using FeatureMap.Ops;
using FeatureMap.Training;

namespace FeatureMap.Lessons;

/// <summary>Regularisation: two trainings on few digits, one without and one with it, and the arithmetic of each kind.</summary>
internal sealed class RegularizationLesson : Lesson
{
    private const int Judged = 50, Units = 24;

    private static readonly WholeControl Images = new("images", "How few digits to train with", 30, 10, 60);
    private static readonly WholeControl Epochs = new("epochs", "Epochs of both trainings", 20, 1, 25);
    private static readonly RealControl Decay = new("decay", "Weight decay", 0.1, 0, 0.9, 0.01);
    private static readonly RealControl Pull = new("l1", "L1: a pull of one size on every weight", 0, 0, 0.1, 0.001);
    private static readonly RealControl Smoothing = new("smoothing", "Label smoothing", 0, 0, 0.5, 0.05);
    private static readonly RealControl Depth = new("depth", "Stochastic depth: how often the block is left out", 0, 0, 0.9, 0.05);
    private static readonly WholeControl Patience = new("patience", "Early stopping: epochs without a better validation loss; 0 for "
        + "none", 0, 0, 10);
    private static readonly RealControl Rate = new("rate", "The learning rate", 0.1, 0.001, 1, 0.01);
    private static readonly WholeControl Seed = new("seed", "Seed of both trainings", 1, 0, 999);
    private static readonly RealControl Weight = new("weight", "A weight, to follow on its way", 1, -2, 2, 0.1);

    public override string Id => "regularization";

    public override IReadOnlyList<string> Aliases => ["regularisation", "weight-decay", "l1", "l2", "early-stopping", "stochastic-depth"];

    public override IReadOnlyList<string> Headings => ["Regularization"];

    public override string Title => "Regularization";

    public override string Claim => "With few images a network learns them by heart; what makes that harder, such as small weights, "
        + "softened labels or blocks left out, narrows the gap between training and validation.";

    public override IReadOnlyList<Control> Controls { get; } = [Images, Epochs, Decay, Pull, Smoothing, Depth, Patience, Rate,
        Seed, Weight];

    public override IReadOnlyList<Experiment> Experiments { get; } =
    [
        new("l1", "L1", "decay=0&l1=0.02", "Every weight is pulled by the same amount: many end near 0."),
        new("smoothing", "Label smoothing", "decay=0&smoothing=0.3", "The training loss cannot reach 0 any more: even the best answer "
            + "costs something."),
        new("depth", "Stochastic depth", "decay=0&depth=0.5", "In training the block is left out for half of the images; in evaluation "
            + "all of it is there."),
        new("stopping", "Early stopping", "decay=0&patience=2", "The training ends when validation has not improved for two epochs, and "
            + "takes the best weights back."),
        new("too-strong", "Too strong", "decay=0.9", "The weights hardly grow: the network fits not even its few training images."),
    ];

    public override Prediction Prediction { get; } = new("Before you look: how large is the gap between validation and training loss "
        + "with regularisation?", "gap");

    public override IReadOnlyList<Pitfall> Pitfalls { get; } =
    [
        new("Decay on biases and on the scales of normalisations does harm; here it pulls on weights only."),
        new("Weight decay before a batch normalisation does not make the function smaller: the normalisation undoes the size, and only "
            + "the effective learning rate changes."),
        new("Dropout before batch normalisation changes the variance in training only.", "dropout-bn"),
        new("Training losses with and without label smoothing cannot be compared: the smoothed one has another lowest value."),
        new("The images that early stopping looks at are no longer a fair test."),
    ];

    public override IReadOnlyList<Question> Questions { get; } =
    [
        new("No gradient, rate 0.1, decay 0.5: what does a weight of 1 become in one step?", ["0.95", "0.5", "0.05"], 0,
            "w (1 - 0.1 x 0.5)."),
        new("Which of the two makes weights exactly 0 likely?", ["L2", "L1", "neither"], 1,
            "Its pull does not get smaller with the weight."),
        new("What does stochastic depth do in evaluation?", ["nothing", "leaves blocks out too", "halves the output"], 0,
            "In training what stays is scaled up by 1 / (1 - p), so the mean is right already."),
    ];

    public override IReadOnlyList<Challenge> Challenges { get; } =
    [
        new(
            "narrow", "Without weight decay, bring the gap down to less than half of that without regularisation, with a training loss "
                + "below 1.5.",
            (state, page) =>
            {
                var (gap, plain, loss) = (page.Number("gap"), page.Number("gap-without"), page.Numbers("ends")[2]);
                return new Verdict(gap < plain / 2 && loss < 1.5 && state.Of(Decay) == 0, $"weight decay {NumberText.Of(state.Of(Decay))}; "
                    + $"the gap is {NumberText.Of(gap)} with and {NumberText.Of(plain)} "
                    + $"without; the training loss ends at {NumberText.Of(loss)}.");
            },
            "decay=0&depth=0.5", "decay=0&l1=0.01"),
    ];

    public override string Room => "Training/Optimizers";

    public override IReadOnlyList<Source> Sources { get; } =
    [
        new("Krogh and Hertz, A simple weight decay can improve generalization", "NIPS 1991"),
        new("Szegedy et al., Rethinking the Inception architecture (label smoothing)", "arXiv 1512.00567"),
        new("Huang et al., Deep networks with stochastic depth", "arXiv 1603.09382"),
        new("Prechelt, Early stopping, but when?", "Neural Networks: Tricks of the Trade, 1998"),
    ];

    protected override void Compute(LessonState state, LessonPage page)
    {
        var data = new SplitData("digits", DigitImages.Data.Training.Take(state.Of(Images)), DigitImages.Data.Validation.Take(Judged),
            "embedded");
        var (plain, held) = (Run(state, page, data, isHeld: false), Run(state, page, data, isHeld: true));
        page.Say($"{data.Training.Count} digits to learn from, {data.Validation.Count} others to judge by. Two trainings from the same "
            + $"weights: without regularisation, and with what the controls say.");
        page.Add(section => new Lines(section, "curves", "training and validation loss of both: the gap between the two is what was "
            + "learned by heart", new Axis("epoch"), new Axis("loss"),
        [
            Curve("training, without", plain, epoch => epoch.TrainLoss), Curve("validation, without", plain, epoch => epoch.ValidationLoss),
            Curve("training, with", held, epoch => epoch.TrainLoss), Curve("validation, with", held, epoch => epoch.ValidationLoss),
        ]));
        page.Table("ends", "how they end", ["training", "training loss", "validation loss"],
            [["without", plain.Epochs[^1].TrainLoss, plain.Epochs[^1].ValidationLoss], ["with", held.Epochs[^1].TrainLoss,
                held.Epochs[^1].ValidationLoss]]);
        Gap(page, "gap-without", "the gap without regularisation", plain);
        Gap(page, "gap", "the gap with it", held);
        var (before, after) = (Length(plain), Length(held));
        page.Table("sizes", "the weights they end with: length of all, and the share that is nearly 0",
            ["training", "length", "below 0.01"], [["without", before, NearZero(plain)], ["with", after, NearZero(held)]]);
        page.When("shorter", after < before, $"The weights are shorter with regularisation: {after} against {before}.",
            $"The weights are not shorter with regularisation: {after} against {before}.");
        page.When("stopped", held.Epochs.Count < state.Of(Epochs), $"It stopped after {held.Epochs.Count} of {state.Of(Epochs)} epochs.",
            $"It ran through all {state.Of(Epochs)} epochs.");
        page.When("narrower", GapOf(held) < GapOf(plain), "The gap is narrower with regularisation.",
            "The gap is not narrower with these settings.");

        page.In(Section.Gradient);
        OneWeight(state, page);
        LeftOut(state, page);
        page.Cost("cost", "both trainings", new("weights", Network(0).TrainableCount),
            new("multiply-adds for an image", Network(0).MultiplyAdds), new("epochs", plain.Epochs.Count + held.Epochs.Count),
            new("numbers kept besides the weights", 0));
        var leftOut = state.Of(Depth) > 0 ? $".StochasticDepth({(float)state.Of(Depth)}f)" : "";
        page.Code("The training with it in C#", $"""
            var data = Datasets.Digits().TakeTraining({state.Of(Images)});
            var network = Network.Build(data.ImageShape, x =>
            {"{"}
                var hidden = x.AveragePool(4).Flatten().Linear({Units}).Relu();
                return hidden.Add(hidden.Linear({Units}).Relu(){leftOut}).Linear(10);
            {"}"});
            var run = Trainer.Fit(network, data, new TrainingOptions
            {"{"}
                Epochs = {state.Of(Epochs)}, BatchSize = 10,
                Optimizer = new Sgd(0, weightDecay: {state.Of(Decay)}), L1Decay = {state.Of(Pull)},
                Loss = Loss.CrossEntropy(labelSmoothing: {(float)state.Of(Smoothing)}f), Schedule = new ConstantRate({state.Of(Rate)}),
                EarlyStopping = {(state.Of(Patience) > 0 ? $"new EarlyStopping({state.Of(Patience)})" : "null")},
            {"}"});
            """);
    }

    private static Network Network(double leftOut) => Networks.Network.Build(DigitImages.Shape, x =>
    {
        var hidden = x.AveragePool(4).Flatten().Linear(Units, name: "first").Relu();
        var block = hidden.Linear(Units, name: "block").Relu();
        return hidden.Add(leftOut > 0 ? block.StochasticDepth((float)leftOut) : block).Linear(10, name: "last");
    });

    private static TrainingRun Run(LessonState state, LessonPage page, SplitData data, bool isHeld)
    {
        var network = Network(isHeld ? state.Of(Depth) : 0);
        page.Spend(network.MultiplyAdds * state.Of(Epochs) * ((3 * data.Training.Count) + data.Validation.Count));
        return Trainer.Fit(network, data, new TrainingOptions
        {
            Epochs = state.Of(Epochs),
            BatchSize = 10,
            Seed = (ulong)state.Of(Seed),
            Threads = 1,
            Optimizer = new Sgd(0, weightDecay: isHeld ? state.Of(Decay) : 0),
            L1Decay = isHeld ? state.Of(Pull) : 0,
            Loss = new SoftmaxCrossEntropy(isHeld ? (float)state.Of(Smoothing) : 0),
            EarlyStopping = isHeld && state.Of(Patience) > 0 ? new EarlyStopping(state.Of(Patience)) : null,
            Schedule = new ConstantRate(state.Of(Rate)),
            Lint = null,
        });
    }

    private static double GapOf(TrainingRun run) => run.Epochs[^1].ValidationLoss - run.Epochs[^1].TrainLoss;

    private static void Gap(LessonPage page, string key, string caption, TrainingRun run) => page.Formula(
        key, caption, Term.Symbol("gap", GapOf(run)), Term.Symbol("validation", run.Epochs[^1].ValidationLoss) - Term.Symbol("training",
            run.Epochs[^1].TrainLoss));

    private static IEnumerable<float> WeightsOf(TrainingRun run) => run.Model.Weights.Parameters.Where(parameter =>
        parameter.Definition.Decays).SelectMany(parameter => parameter.Values.ToArray());

    private static double Length(TrainingRun run) => Math.Sqrt(WeightsOf(run).Sum(value => (double)value * value));

    private static double NearZero(TrainingRun run) => WeightsOf(run).Average(value => Math.Abs(value) < 0.01 ? 1.0 : 0);

    private static Series Curve(string name, TrainingRun run, Func<EpochRecord, double> loss) =>
        new(name, [.. run.Epochs.Select(epoch => (double)epoch.Epoch)], [.. run.Epochs.Select(loss)]);

    /// <summary>A weight without a gradient: L2 and decoupled decay shrink it by a factor, step after step.</summary>
    private static void OneWeight(LessonState state, LessonPage page)
    {
        var (steps, weight, rate, decay) = (10, (float)state.Of(Weight), state.Of(Rate), state.Of(Decay));
        var path = OptimizerPath.Of(new Sgd(0, weightDecay: decay), [weight], steps, _ => [0], _ => rate);
        page.Say($"Weight decay adds decay x w to the gradient; a weight that gets no other gradient shrinks by the same factor in every "
            + $"step, by the engine's own update rule.");
        page.Add(section => new Lines(section, "decayed", "a weight under decay alone", new Axis("step"), new Axis("weight"),
            [new Series("weight", [.. path.Select((_, step) => (double)step)], [.. path.Select(point => (double)point.Weights[0])])]));
        page.Formula("shrunk", $"after {steps} steps", Term.Symbol("w_n", path[^1].Weights[0]),
            Term.Symbol("w", weight) * Term.Power(1 - (Term.Symbol("rate", rate) * Term.Symbol("decay", decay)), Term.Symbol("n", steps)));
    }

    /// <summary>Stochastic depth on several images: which of them take the skip alone.</summary>
    private static void LeftOut(LessonState state, LessonPage page)
    {
        const int images = 12;
        var probability = (float)Math.Max(0.05, state.Of(Depth));
        var network = Networks.Network.Build(Shape.Vector(1), x => x.StochasticDepth(probability, "drop"));
        var trace = page.Trace(network, [.. Enumerable.Repeat(1f, images)], options: new TraceOptions
        {
            Images = images,
            Seed = (ulong)state.Of(Seed)
        });
        page.Grid("left-out", $"stochastic depth of {NumberText.Of(probability)}: what becomes of a 1, image by image; the gradient is "
            + $"the same", Shape.Image(1, 1, images), trace.Result, marks: cell => trace.Result[cell] == 0 ? CellMarks.Dropped
            : CellMarks.None);
        page.Grid("left-out-gradient", "and the gradient that goes back", Shape.Image(1, 1, images), trace.InputGradient);
    }
}
