using FeatureMap.Analysis;
using FeatureMap.Data;
using FeatureMap.Networks;
using FeatureMap.Reports;
using FeatureMap.Training;

namespace FeatureMap.Zoo;

/// <summary>The five comparisons: each is a list of contenders.</summary>
internal static class Comparisons
{
    private const string SmallNetwork = "All train the network of the recipe mnist-20k (four 3x3 layers, the mean over all places, one dense layer)";
    private static readonly Sgd Nesterov = new(momentum: 0.9, nesterov: true);
    private static readonly Func<ContenderTime, Schedule> Cosine = time => new CosineRate(time.Rate);

    public static Lab Initializers { get; } = new Comparison(
        "compare-initializers", "Initialisers compared", "Nine layers without normalisation: with which start do they learn?",
        [
            Start("zeros", "all weights 0: every channel stays like every other", Initializer.Zeros),
            Start("normal 0.01", "a fixed small deviation, as before 2010", Initializer.Normal(0.01f)),
            Start("normal 0.3", "a fixed large deviation", Initializer.Normal(0.3f)),
            Start("Glorot uniform", "variance 2 / (inputs + outputs), Keras' default", Initializer.GlorotUniform),
            Start("LeCun normal", "variance 1 / inputs", Initializer.LeCunNormal),
            Start("He normal", "variance 2 / inputs: made for ReLU", Initializer.HeNormal),
            Start("He uniform", "the same variance, evenly spread", Initializer.HeUniform),
            Start("orthogonal", "rows at right angles, gain 1.414", Initializer.Orthogonal(1.4142135f)),
        ])
    {
        Setup = "Nine 3x3 layers of 16 channels with ReLU and no normalisation, so that nothing repairs a bad start; plain momentum without Adam's scaling, for the same reason. Only the initial weights differ.",
        More = DeviationsByDepth,
    };

    public static Lab Activations { get; } = new Comparison(
        "compare-activations", "Activations compared", "Which activation lets a small network learn best?",
        [
            Active("ReLU", "max(0, x)", x => x.Relu()),
            Active("leaky ReLU", "0.1 x below 0", x => x.LeakyRelu(0.1f)),
            Active("PReLU", "learns its slope below 0", x => x.PRelu()),
            Active("ELU", "exp(x) - 1 below 0", x => x.Elu()),
            Active("SELU", "an ELU that keeps mean 0 and variance 1, LeCun's start", x => x.Selu(), Initializer.LeCunNormal),
            Active("GELU", "x times the normal distribution at x", x => x.Gelu()),
            Active("SiLU", "x sigmoid(x), also called Swish", x => x.Silu()),
            Active("Mish", "x tanh(softplus(x))", x => x.Mish()),
            Active("hard swish", "SiLU of straight pieces", x => x.HardSwish()),
            Active("tanh", "Glorot's start", x => x.Tanh(), Initializer.GlorotNormal),
            Active("sigmoid", "Glorot's start", x => x.Sigmoid(), Initializer.GlorotNormal),
        ])
    {
        Setup = $"{SmallNetwork}, without normalisation, so that the activation alone must keep the signal alive. SGD with Nesterov momentum 0.9 and a cosine schedule; each activation with the initialiser that was made for it.",
    };

    public static Lab Normalizations { get; } = new Comparison(
        "compare-normalizations", "Normalisations compared", "What does each normalisation do for a small network?",
        [
            Normal("none", "a bias instead", null),
            Normal("batch", "over the batch, each channel", x => x.BatchNorm()),
            Normal("layer", "over all numbers of an image", x => x.LayerNorm()),
            Normal("group", "over groups of 8 channels of an image", x => x.GroupNorm(x.Shape.Channels / 8)),
            Normal("instance", "over each plane of an image", x => x.InstanceNorm(affine: true)),
            Normal("local response", "over neighbouring channels, as in AlexNet", x => x.LocalResponseNorm()),
            new("weight", "weights as a direction and a length", 0.1, ComparedNetworks.Small(weightNorm: true), Nesterov, Cosine),
        ])
    {
        Setup = $"{SmallNetwork} with ReLU. SGD with Nesterov momentum 0.9 and a cosine schedule. Only what stands between convolution and activation differs. The batch is large enough for batch normalisation here; see what is left of it with --set batch-size=4.",
    };

    public static Lab Optimizers { get; } = new Comparison(
        "compare-optimizers", "Optimisers compared", "Which optimiser learns fastest, each at its own best learning rate?",
        [
            Moved("SGD", "the gradient and nothing else", 0.3, new Sgd()),
            Moved("momentum", "keeps 0.9 of the last direction", 0.1, new Sgd(momentum: 0.9)),
            Moved("Nesterov", "momentum that looks ahead", 0.1, Nesterov),
            Moved("RMSProp", "divided by the running size of the gradient", 0.001, new RmsProp()),
            Moved("Adam", "both of these", 0.003, new Adam()),
            Moved("AdamW", "Adam with weight decay 0.05 apart from the gradient", 0.003, new AdamW(weightDecay: 0.05)),
            Moved("Lion", "the sign of a momentum", 0.0003, new Lion()),
        ])
    {
        Setup = $"{SmallNetwork} with batch normalisation and ReLU, and a cosine schedule. Only the optimiser differs, and with it the learning rate, which is chosen for each.",
    };

    public static Lab Schedules { get; } = new Comparison(
        "compare-schedules", "Learning-rate schedules compared", "How much does the way of the learning rate matter?",
        [
            Timed("constant", "the same always", time => new ConstantRate(time.Rate)),
            Timed("step", "a tenth after one half, again after three quarters", time => new MilestoneRate(time.Rate, 0.1, Milestones(time.Epochs))),
            Timed("exponential", "to a hundredth, by the same factor each epoch", time => new ExponentialRate(time.Rate, Math.Pow(0.01, 1.0 / time.Epochs))),
            Timed("linear", "straight down to 0", time => new PolynomialRate(time.Rate)),
            Timed("cosine", "half a cosine wave down to 0", Cosine),
            Timed("one-cycle", "up over three tenths, then down", time => new OneCycle(time.Rate)),
            Timed("cyclic", "up and down between the rate and a tenth, two times", time => new CyclicRate(time.Rate / 10, time.Rate, Math.Max(1, time.Steps / 4))),
            Timed("triangular2", "the same, the second cycle half as high", time => new CyclicRate(time.Rate / 10, time.Rate, Math.Max(1, time.Steps / 4), CyclicMode.Triangular2)),
            Timed("restarts", "two cosine waves", time => new CosineRestarts(time.Rate, Math.Max(1, (time.Steps + 1) / 2))),
            Timed("plateau", "a fifth when validation stands still for an epoch", time => new PlateauRate(time.Rate, 0.2, Patience: 1)),
        ])
    {
        Setup = $"{SmallNetwork} with batch normalisation and ReLU, by SGD with Nesterov momentum 0.9. Only the schedule differs, and the highest rate, which is chosen for each. Plateau looks at the validation loss, as it does everywhere, and so has a small unfair advantage.",
        More = RatesOverTime,
    };

    private static Contender Start(string name, string remark, Initializer initializer) => new(name, remark, 0.03, ComparedNetworks.Deep(initializer), Nesterov, Cosine);

    private static Contender Active(string name, string remark, Func<Feature, Feature> activate, Initializer? initializer = null) =>
        new(name, remark, 0.03, ComparedNetworks.Small(activate, initializer: initializer), Nesterov, Cosine);

    private static Contender Normal(string name, string remark, Func<Feature, Feature>? normalize) => new(name, remark, 0.1, ComparedNetworks.Small(normalize: normalize), Nesterov, Cosine);

    private static Contender Moved(string name, string remark, double rate, Optimizer optimizer) => new(name, remark, rate, ComparedNetworks.Small(normalize: x => x.BatchNorm()), optimizer, Cosine);

    private static Contender Timed(string name, string remark, Func<ContenderTime, Schedule> schedule) => new(name, remark, 0.1, ComparedNetworks.Small(normalize: x => x.BatchNorm()), Nesterov, schedule);

    private static int[] Milestones(int epochs) => [.. new[] { epochs / 2, epochs * 3 / 4 }.Where(epoch => epoch > 0).Distinct()];

    /// <summary>The deviation behind each ReLU of a new network: it must neither fade nor explode.</summary>
    private static void DeviationsByDepth(LabRun run, SplitData data, IReadOnlyList<Standing> standings)
    {
        List<PlotLine> lines = [];
        foreach (var contender in standings.Select(standing => standing.Contender))
        {
            var deviations = run.Measure($"deviations, {contender.Name}", () => ActivationStatistics.Of(contender.Build(data.ImageShape, data.ClassCount), run.Seed, data.Training)
                .Layers.Where(layer => layer.Layer.Name.StartsWith("relu", StringComparison.Ordinal)).Select(layer => layer.Deviation).ToArray());
            lines.Add(new PlotLine(contender.Name, [.. deviations.Select((deviation, depth) => (depth + 1.0, deviation))]));
        }
        run.Page.Section("Before the first step", "How large the activations of the untrained network are, by depth. A signal that shrinks by a factor at each layer is gone after nine, and the gradient shrinks in the same way on its way back; one that grows explodes.")
            .Add(new LinePlot
            {
                Title = "Standard deviation of the activations by depth",
                Caption = "Behind each ReLU of the untrained network, on 256 training images. The axis is logarithmic; zeros cannot be on it.",
                Across = "layer",
                Logarithmic = true,
                Lines = lines,
                Reading = "With variance 2 / inputs the deviation stays about the same, whether the weights are normal, uniform or orthogonal. A deviation of 0.01 loses a factor at each layer: a rate that could move the last layers is lost on the first ones.",
            });
    }

    /// <summary>The rates themselves, step by step, as parts of the highest.</summary>
    private static void RatesOverTime(LabRun run, SplitData data, IReadOnlyList<Standing> standings)
    {
        const int Points = 100;
        List<PlotLine> lines = [];
        foreach (var standing in standings)
        {
            if (standing.Trainings.OfType<LabTraining>().FirstOrDefault() is not { } training) continue;
            var (epochs, steps) = (training.Epochs.Count, training.Epochs[^1].Step / training.Epochs.Count);
            var schedule = standing.Contender.Schedule(new ContenderTime(1, epochs, steps));
            var scores = training.Epochs.Select(epoch => new ValidationScore(epoch.ValidationLoss, epoch.ValidationAccuracy)).ToList();
            lines.Add(new PlotLine(standing.Contender.Name, [.. Enumerable.Range(0, Points).Select(point => point * ((epochs * steps) - 1) / (Points - 1))
                .Select(step => ((double)step / steps, schedule.LearningRate(new ScheduleTime(step, epochs * steps, steps, [.. scores.Take((int)(step / steps))]))))]));
        }
        run.Page.Section("The schedules", "The learning rate over the training, as a part of the highest one that was chosen for it.")
            .Add(new LinePlot { Title = "Learning rate", Caption = "As a part of its highest value, for the first seed.", Lines = lines });
    }
}
