using FeatureMap.Data;
using FeatureMap.Networks;
using FeatureMap.Training;

namespace FeatureMap.Lessons;

/// <summary>Learning-rate schedules as curves, the range test that finds their bounds, and trainings with a rate that is picked.</summary>
internal sealed class LearningRateLesson : Lesson
{
    private const int Steps = 40, Batch = 16;
    private const double Lowest = 1e-3, Highest = 30;

    private static readonly ChoiceControl Kind = new(
        "schedule", "The schedule", "triangular", "triangular2", "exp-range", "one-cycle", "cosine", "cosine-restarts", "step",
            "milestones", "exponential", "linear", "polynomial", "constant", "warm-up", "plateau");
    private static readonly RealControl Low = new("low", "The lowest rate", 0.001, 1e-6, 1, 0.001);
    private static readonly RealControl High = new("high", "The highest rate", 0.1, 1e-5, 10, 0.01);
    private static readonly WholeControl Half = new("half", "Steps of half a cycle, of a cycle with restarts, of the warm-up", 20, 1, 100);
    private static readonly RealControl Factor = new("factor", "What the rate is multiplied with at each fall; at each step for exp-range",
        0.5, 0.01, 1, 0.01);
    private static readonly WholeControl Epochs = new("epochs", "Epochs of the training", 6, 1, 20);
    private static readonly WholeControl PerEpoch = new("steps-per-epoch", "Steps of an epoch", 20, 1, 50);
    private static readonly WholeControl At = new("step", "The step t that is written out, from 0", 30, 0, 999);
    private static readonly MatrixControl Losses = new("losses", "Validation loss after each epoch, for plateau",
        new Volume(1, 1, 0.7f, 0.7f, 0.7f, 0.6f, 0.6f), mostRows: 1, mostColumns: 20);
    private static readonly RealControl Pick = new("pick", "A rate to train the digits with", 0.05, 1e-3, 30, 0.1);

    private static readonly Lazy<SplitData> Few = new(() => new SplitData("digits", DigitImages.Data.Training.Take(200),
        DigitImages.Data.Validation.Take(50), "embedded"));
    private static readonly Network Small = Network.Build(Shape.Image(1, 28, 28), x => x.AveragePool(4).Flatten().Linear(10,
        initializer: Initializer.Zeros, name: "linear"));
    private static readonly Lazy<LearningRateRange> Range = new(() => LearningRateFinder.Run(Small, Few.Value,
        new TrainingOptions { BatchSize = Batch, Threads = 1, Optimizer = new Sgd(0) }, Lowest, Highest, Steps));

    public override string Id => "learning-rate";

    public override IReadOnlyList<string> Aliases => ["cyclic", "cyclic-learning-rate", "schedule", "schedules", "one-cycle", "lr",
        "range-test"];

    public override IReadOnlyList<string> Headings => ["Cyclic Learning Rates"];

    public override string Title => "Cyclic learning rates and schedules";

    public override string Claim => "Large rates cross barriers, small ones settle: a schedule says which rate each step has, and a "
        + "range test finds between which bounds.";

    public override IReadOnlyList<Control> Controls { get; } = [Kind, Low, High, Half, Factor, Epochs, PerEpoch, At, Losses, Pick];

    public override IReadOnlyList<Experiment> Experiments { get; } =
    [
        new("halving", "Triangular2", "schedule=triangular2&half=15", "Each cycle is half as high as the one before: the ends of all "
            + "cycles are equally low."),
        new("one-cycle", "One cycle", "schedule=one-cycle", "Up for 30 % of the training, then down to almost nothing, far below where "
            + "it began."),
        new("restarts", "Restarts", "schedule=cosine-restarts&half=40", "A cosine down, then at once back to the top."),
        new("plateau", "When validation stands still", "schedule=plateau&losses=1_0.5_0.5_0.5_0.5_0.5",
            "After two epochs without improvement the rate falls by the factor."),
        new("too-high", "Picked too high", "pick=30", "Beyond the end of the range test: the loss of the training ends above where it "
            + "began, or hardly below."),
    ];

    public override Prediction Prediction { get; } = new("Before you look: what is the rate at the chosen step?", "rate");

    public override IReadOnlyList<Pitfall> Pitfalls { get; } =
    [
        new("Bounds are not taken from a paper: they depend on network, batch and optimiser. A range test of one short run finds them."),
        new("Half a cycle counts steps, not epochs: with another batch size the same number is another time."),
        new("A schedule that reaches its lowest rate long before the end wastes the rest of the training."),
        new("With a batch of one image a batch normalisation is unsteady whatever the rate is.", "bn-batch1"),
    ];

    public override IReadOnlyList<Question> Questions { get; } =
    [
        new("Triangular from 0.01 to 0.05 with half a cycle of 100 steps: the rate at step 150?", ["0.01", "0.03", "0.05"], 1,
            "x = |1.5 - 2 + 1| = 0.5, so half-way between."),
        new("And at step 200?", ["0.01", "0.03", "0.05"], 0, "A whole cycle is over: the lowest rate again."),
        new("Where in a range test is the upper bound?", ["where the loss is lowest", "where the loss falls fastest",
            "where the loss begins to fall"], 0, "From there on larger steps do harm."),
    ];

    public override IReadOnlyList<Challenge> Challenges { get; } =
    [
        new(
            "good-rate", "Pick a rate that trains better than a tenth of it, and better than three times as much.",
            (state, page) =>
            {
                var ends = (double[])[page.Numbers("trainings")[1], page.Numbers("trainings")[3], page.Numbers("trainings")[5]];
                return new Verdict(ends[1] < ends[0] && !(ends[1] >= ends[2]), $"with {NumberText.Of(state.Of(Pick))} the loss ends at "
                    + $"{NumberText.Of(ends[1])}; with a tenth at {NumberText.Of(ends[0])}, with three times as much at "
                    + $"{NumberText.Of(ends[2])}.");
            },
            "pick=1", "pick=0.01"),
    ];

    public override string Room => "Training/Schedules";

    public override IReadOnlyList<Source> Sources { get; } =
    [
        new("Smith, Cyclical learning rates for training neural networks", "arXiv 1506.01186"),
        new("Smith and Topin, Super-convergence", "arXiv 1708.07120"),
        new("Loshchilov and Hutter, SGDR: stochastic gradient descent with warm restarts", "arXiv 1608.03983"),
    ];

    protected override void Compute(LessonState state, LessonPage page)
    {
        var (schedule, perEpoch) = (Of(state), state.Of(PerEpoch));
        var total = state.Of(Epochs) * perEpoch;
        var step = Math.Min(state.Of(At), total - 1);
        IReadOnlyList<ValidationScore> scores = [.. state.Of(Losses).ToArray().Select(loss => new ValidationScore(loss, 1 - loss))];
        double Rate(int t) => schedule.LearningRate(new ScheduleTime(t, total, perEpoch, [.. scores.Take(t / perEpoch)]));
        double[] rates = [.. Enumerable.Range(0, total).Select(Rate)];

        page.Say($"A training of {state.Of(Epochs)} epochs with {perEpoch} steps each: {total} steps. The curve is the schedule's own, "
            + $"asked step by step.");
        page.Add(section => new Lines(section, "rates", $"the rate of each step: {schedule}", new Axis("step"), new Axis("rate"),
            [new Series(state.Of(Kind), [.. Enumerable.Range(0, total)], rates)]));
        page.When("moved", step != state.Of(At), $"There is no step {state.Of(At)}: steps are 0 to {total - 1}. Step {step} is shown.");
        if (Written(state, step, total) is { } term) page.Formula("rate", $"the rate at step {step}",
            Term.Symbol("rate", rates[step]), term);
        else page.Table("rate", $"the rate at step {step}, after {step / perEpoch} validations", ["step", "rate"],
            [[$"{step}", rates[step]]]);
        if (state.Of(Kind) == "plateau") page.Edit(Losses, "validation loss after each epoch: change it");
        var rises = Enumerable.Range(1, total - 1).Any(t => rates[t] > rates[t - 1]);
        page.When("rises", rises, $"The rate rises somewhere: it ends at {rates[^1]} after a highest of {rates.Max()}.",
            $"The rate never rises: from {rates[0]} to {rates[^1]}.");
        page.When("settles", rates[^1] <= 0.1 * rates.Max(), "The last steps are small: the weights settle.",
            "The last steps are not small against the largest: the weights end on their way.");

        var range = Range.Value;
        page.Spend(3L * Small.MultiplyAdds * Batch * range.Points.Count);
        page.Say($"Which bounds? A range test on {Few.Value.Training.Count} digits: {range.Points.Count} steps of a small linear "
            + $"network, the rate {Lowest} at first and larger by the same factor at every step.");
        page.Add(section => new Lines(section, "range", "range test: the loss stands still, falls, then turns ragged",
            new Axis("rate", IsLogarithmic: true), new Axis("loss"),
        [
            new Series("loss", [.. range.Points.Select(point => point.LearningRate)], [.. range.Points.Select(point => point.Loss)]),
            new Series("running mean", [.. range.Points.Select(point => point.LearningRate)],
                [.. range.Points.Select(point => point.SmoothLoss)]),
        ]));
        page.Table("bounds", "what the test says", ["bound", "rate"], [["lower: the loss falls fastest", range.Steepest ?? double.NaN],
            ["upper: the loss is lowest", range.Lowest ?? double.NaN], ["between", range.Suggested ?? double.NaN]]);
        Trainings(state, page);

        page.NoGradient("The rate is given, not learned: nothing is differentiated by it. It multiplies the gradient of every weight.");
        page.Cost("cost", "this schedule", new("numbers kept from step to step", 0), new("steps of the training", total),
            new("steps of a range test", range.Points.Count));
        page.Code("The same schedule in C#", $"""
            var schedule = Schedule.Parse("{schedule}");
            for (var step = 0; step < {total}; step++)
                Console.WriteLine(schedule.LearningRate(new ScheduleTime(step, TotalSteps: {total}, StepsPerEpoch: {perEpoch})));
            """);
    }

    /// <summary>Three short trainings: with a tenth of the picked rate, with it, with three times as much.</summary>
    private static void Trainings(LessonState state, LessonPage page)
    {
        var rows = new List<IReadOnlyList<TableCell>>();
        foreach (var factor in (double[])[0.1, 1, 3])
        {
            var rate = state.Of(Pick) * factor;
            page.Spend(3L * Small.MultiplyAdds * 3 * Few.Value.Training.Count);
            try
            {
                var run = Trainer.Fit(Small, Few.Value, new TrainingOptions
                {
                    Epochs = 3,
                    BatchSize = Batch,
                    Threads = 1,
                    Optimizer = new Sgd(0),
                    Schedule = new ConstantRate(rate),
                    Lint = null
                });
                rows.Add([NumberText.Of(rate), run.Epochs[0].TrainLoss, run.Epochs[^1].TrainLoss]);
            }
            catch (TrainingException)
            {
                rows.Add([NumberText.Of(rate), double.NaN, double.NaN]);
            }
        }
        page.Table("trainings", "three epochs on the digits with a tenth of the rate you picked, with it, with three times as much",
            ["rate", "loss of epoch 1", "loss of epoch 3"], rows);
    }

    private static Schedule Of(LessonState state)
    {
        var (low, high, half, factor) = (state.Of(Low), state.Of(High), state.Of(Half), state.Of(Factor));
        return state.Of(Kind) switch
        {
            "triangular" => new CyclicRate(low, high, half),
            "triangular2" => new CyclicRate(low, high, half, CyclicMode.Triangular2),
            "exp-range" => new CyclicRate(low, high, half, CyclicMode.ExponentialRange, factor),
            "one-cycle" => new OneCycle(high),
            "cosine" => new CosineRate(high, low),
            "cosine-restarts" => new CosineRestarts(high, half, 1, low),
            "step" => new StepRate(high, 2, factor),
            "milestones" => new MilestoneRate(high, factor, 2, 3, 5),
            "exponential" => new ExponentialRate(high, factor),
            "linear" => new PolynomialRate(high, low),
            "polynomial" => new PolynomialRate(high, low, 2),
            "constant" => new ConstantRate(high),
            "warm-up" => new WarmUp(new ConstantRate(high), half),
            _ => new PlateauRate(high, factor, Patience: 1, Lowest: low),
        };
    }

    /// <summary>The rate at a step as a formula; null for plateau, which looks at validation.</summary>
    private static Term? Written(LessonState state, int step, int total)
    {
        var (low, high, t, h, f) = (Term.Symbol("low", state.Of(Low)), Term.Symbol("high", state.Of(High)), Term.Symbol("t", step),
            Term.Symbol("h", state.Of(Half)), Term.Symbol("f", state.Of(Factor)));
        var epoch = Term.Symbol("epoch", step / state.Of(PerEpoch));
        var line = 1 - (t / Term.Symbol("T - 1", Math.Max(1, total - 1)));
        return state.Of(Kind) switch
        {
            "triangular" => low + ((high - low) * Height()),
            "triangular2" => low + ((high - low) * Height() * Term.Power(0.5, Term.Symbol("c - 1", step / (2 * state.Of(Half))))),
            "exp-range" => low + ((high - low) * Height() * Term.Power(f, t)),
            "one-cycle" => OneCycleTerm(),
            "cosine" => Wave(high, low, t / Term.Symbol("T - 1", Math.Max(1, total - 1))),
            "cosine-restarts" => Wave(high, low, (t % h) / h),
            "step" => high * Term.Power(f, Term.Floor(epoch / 2)),
            "milestones" => high * Term.Power(f, Term.Symbol("falls", ((int[])[2, 3, 5]).Count(fall => step / state.Of(PerEpoch) >= fall))),
            "exponential" => high * Term.Power(f, epoch),
            "linear" => low + ((high - low) * line),
            "polynomial" => low + ((high - low) * Term.Power(line, 2)),
            "constant" => high,
            "warm-up" => step < state.Of(Half) ? high * (t + 1) / h : high,
            _ => null,
        };

        // max(0, 1 - |t / h - 2 c + 1|) with c the number of the cycle, from 1.
        Term Height()
        {
            var x = (t / h) - (2 * Term.Symbol("c", 1 + (step / (2 * state.Of(Half))))) + 1;
            return Term.Largest(0, 1 - Term.Largest(x, 0 - x));
        }

        Term Wave(Term from, Term to, Term part) => to + ((from - to) * (1 + Term.Cosine(Math.PI * part)) / 2);

        Term OneCycleTerm()
        {
            var (peak, first) = ((0.3 * total) - 1, state.Of(High) / 25);
            return step <= peak
                ? Wave(first, high, t / Math.Max(1, peak))
                : Wave(high, first / 10_000, Math.Clamp((step - peak) / Math.Max(1, total - 1 - peak), 0, 1));
        }
    }
}
