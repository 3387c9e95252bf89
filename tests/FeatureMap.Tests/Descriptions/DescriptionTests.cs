using FeatureMap.Data;
using FeatureMap.Descriptions;
using FeatureMap.Networks;
using FeatureMap.Training;
using Xunit;

namespace FeatureMap.Tests.Descriptions;

/// <summary>What is written is read again, for every word of every vocabulary and every argument of it.</summary>
public sealed class DescriptionTests
{
    private static readonly string[] Optimizers =
    [
        "sgd 0.9", "sgd 0", "sgd 0.5 nesterov", "sgd 0.9 nesterov weight-decay=0.0005", "adam",
            "adam beta1=0.5 beta2=0.99 epsilon=1E-07 weight-decay=0.1",
        "adamw", "adamw beta1=0.5 beta2=0.99 epsilon=1E-07 weight-decay=0.05", "rmsprop",
        "rmsprop smoothing=0.9 epsilon=1E-07 momentum=0.5 centered weight-decay=0.1", "lion", "lion beta1=0.8 beta2=0.95 weight-decay=0.1",
    ];

    private static readonly string[] Schedules =
    [
        "one-cycle 0.1", "one-cycle 0.2 warm-up=0.25 start-divisor=10 end-divisor=100", "cosine 0.3",
            "cosine 0.3 end=0.01 warm-up-steps=20",
        "step 0.1", "step 0.1 30 factor=0.5 warm-up-steps=5", "constant 0.001", "constant 0.001 warm-up-steps=3", "linear 0.1",
            "linear 0.1 end=0.01",
        "polynomial 0.1", "polynomial 0.1 3 end=0.01", "exponential 0.1", "exponential 0.1 0.95", "milestones 0.1 after=82:123",
            "milestones 0.1 factor=0.2 after=3",
        "cyclic 0.4", "cyclic 0.2 low=0.025 steps=50 mode=exponential factor=0.99", "cyclic 0.1 mode=triangular2", "cosine-restarts 0.1",
        "cosine-restarts 0.1 steps=50 cycle-factor=2 end=0.01", "plateau 0.1",
            "plateau 0.1 factor=0.5 patience=2 threshold=0.01 cool-down=3 end=0.001",
        "warm-up 500 (exponential 0.01 0.95)",
    ];

    private static readonly string[] Losses =
    [
        "cross-entropy", "cross-entropy smoothing=0.1", "cross-entropy smoothing=0.1 class-weights=1:0.5:2", "focal",
            "focal 3 class-weights=1:2",
        "binary-cross-entropy", "binary-cross-entropy smoothing=0.1 positive-weight=3 of-probabilities", "binary-focal",
            "binary-focal 1 alpha=0.25",
        "negative-log-likelihood", "negative-log-likelihood class-weights=1:2", "kullback-leibler", "kullback-leibler 4", "hinge",
            "hinge 2 squared",
        "binary-hinge", "binary-hinge 2 squared", "mse", "l1", "huber", "huber 0.5", "smooth-l1", "smooth-l1 0.5", "scaled 2.5:0.1 (huber)",
            "log-cosh", "poisson",
            "dice",
        "dice scores=sigmoid smooth=2", "jaccard scores=probabilities", "tversky", "tversky found=0.4 missed=0.6", "generalized-dice",
        "generalized-dice smooth=1", "times 0.3 (on auxiliary (cross-entropy))", "mse, times 0.5 (l1)",
            "cross-entropy, times 0.3 (on a (focal)), against input (mse)",
    ];

    private static readonly string[] Samplers = ["shuffle", "repeat 32", "class-batches 8"];

    [Fact]
    public void Every_description_is_written_as_it_is_read_and_uses_every_word_and_argument()
    {
        Check(Optimizer.Known, Optimizers);
        Check(Schedule.Known, Schedules);
        Check(Loss.Known, Losses, "squared-hinge");
        Check(Sampler.Known, Samplers);
        Check(WeightAveraging.Known, ["ema", "ema 0.99"]);
        Check(EarlyStopping.Known, ["patience", "patience 3 improvement=0.01 by-metric keeps-last"]);
        Check(Initializer.Known, [
            "he-normal", "he-uniform", "glorot-normal", "glorot-uniform", "lecun-normal", "lecun-uniform", "zeros", "ones",
            "constant 0.5", "normal 0.1 2", "truncated-normal 0.1", "uniform 0.3", "uniform-range -1:2",
            "variance-scaling 2 fan-out uniform", "orthogonal 1", "identity 1", "icnr 2 (he-normal)", "icnr-depth-first 3 (normal 0.1)"]);
        Check(Normalization.Known, ["none", "raw", "values mean=0.5:0.25:0.1 deviation=0.2:0.3:0.4"]);

        static void Check<T>(Vocabulary<T> vocabulary, string[] texts, params string[] alias) where T : class
        {
            Assert.All(texts, text => Assert.Equal(text, vocabulary.Write(vocabulary.Parse(text))));
            Assert.All(vocabulary.Words.Where(word => !alias.Contains(word.Name)), word =>
            {
                Assert.True(texts.Any(text => Has(text, word.Name)), $"No text uses {word.Name}.");
                foreach (var argument in word.Usage.Split(' ').Skip(1).Select(part => part.Trim('[', ']')).Where(part =>
                    part.Contains('=', StringComparison.Ordinal)))
                    Assert.True(texts.Any(text => Has(text, word.Name)
                        && text.Contains($"{argument.Split('=')[0]}=", StringComparison.Ordinal))
                        || word.Name is "jaccard" or "tversky" or "generalized-dice",
                        $"No text of {word.Name} sets {argument}.");
            });
        }

        static bool Has(string text, string word) => text == word || text.Split(' ', ',', '(').Contains(word);
    }

    [Fact]
    public void A_text_is_the_value_that_code_would_make()
    {
        var sgd = Assert.IsType<Sgd>(Optimizer.Parse("SGD 0.8 Nesterov weight-decay=5e-4"));
        Assert.Equal((0.8, true, 5e-4), (sgd.Momentum, sgd.Nesterov, sgd.WeightDecay));
        Assert.Equal(new AdamW().WeightDecay, Assert.IsType<AdamW>(Optimizer.Parse("adamw")).WeightDecay);
        Assert.Equal(new OneCycle(0.1, 0.2), Schedule.Parse("one-cycle 0.1 warm-up=0.2"));
        Assert.Equal(new CyclicRate(0.05, 0.2, 1000), Schedule.Parse("cyclic 0.2"));
        Assert.Equal(new WarmUp(new PolynomialRate(0.1), 20), Schedule.Parse("warm-up 20 (linear 0.1)"));
        Assert.Equal([3, 5], Assert.IsType<MilestoneRate>(Schedule.Parse("milestones 0.1 after=3:5")).Epochs);
        Assert.Equal(Loss.CrossEntropy(0.1f).Name, Loss.Parse("cross-entropy smoothing=0.1").Name);
        Assert.Equal(Loss.Hinge(isSquared: true).Name, Loss.Parse("squared-hinge").Name);
        Assert.Equal((Loss.CrossEntropy() + (0.3 * Loss.CrossEntropy().On("a"))).Name,
            Loss.Parse("cross-entropy, times 0.3 (on a (cross-entropy))").Name);
        Assert.Equal(Sampler.Repeat(4), Sampler.Parse("repeat 4"));
        Assert.Equal(new EarlyStopping(3, ByMetric: true), EarlyStopping.Parse("patience 3 by-metric"));
        Assert.Equal(Normalization.Raw(3), Normalization.Parse("raw").For(3));
        Assert.Equal(new Normalization([0.5, 0.5], [0.25, 0.25]), Normalization.Parse("values mean=0.5 deviation=0.25").For(2));
    }

    [Theory]
    [InlineData("sdg 0.9", "The optimizer 'sdg 0.9' cannot be read: there is no 'sdg'. Did you mean 'sgd'?")]
    [InlineData("sgd 1", "The optimizer 'sgd 1' cannot be read: momentum of 'sgd' is a number of at least 0 and below 1: received '1'.")]
    [InlineData("sgd 0.9 0.1", "The optimizer 'sgd 0.9 0.1' cannot be read: '0.1' is one value too many for 'sgd': sgd [momentum] "
        + "[nesterov] [weight-decay=0].")]
    [InlineData("adam bata1=0.5", "The optimizer 'adam bata1=0.5' cannot be read: 'adam' has no 'bata1'. Did you mean 'beta1'?")]
    [InlineData("sgd nesterov nesterov", "The optimizer 'sgd nesterov nesterov' cannot be read: nesterov of 'sgd' is given twice.")]
    [InlineData("sgd 0 nesterov", "The optimizer 'sgd 0 nesterov' cannot be read: Nesterov's step looks ahead along the momentum, so it "
        + "needs a momentum above 0: received 0. A common value is 0.9.")]
    [InlineData("sgd, adam", "The optimizer 'sgd, adam' cannot be read: one optimizer is described at a time: received 2.")]
    [InlineData("custom", "The optimizer 'custom' cannot be read: 'custom' stands for a part that only code can describe.")]
    public void A_wrong_optimizer_is_explained(string text, string message) =>
        Assert.Equal(message, Assert.Throws<UsageException>(() => Optimizer.Parse(text)).Message);

    [Theory]
    [InlineData("cosine", "The schedule 'cosine' cannot be read: 'cosine' needs rate: cosine rate [end=0] [warm-up-steps=0].")]
    [InlineData("constant 0", "The schedule 'constant 0' cannot be read: rate of 'constant' is a number above 0 and at most 1,000: "
        + "received '0'.")]
    [InlineData("cosine-restarts 0.1 end=0.2", "The schedule 'cosine-restarts 0.1 end=0.2' cannot be read: The last rate of a cycle must "
        + "be between 0 and the first, 0.1: received 0.2.")]
    [InlineData("milestones 0.1 after=5:3", "The schedule 'milestones 0.1 after=5:3' cannot be read: The epochs of a milestone schedule "
        + "must be 1 or more and ascending: received 5, 3.")]
    public void A_wrong_schedule_is_explained(string text, string message) =>
        Assert.Equal(message, Assert.Throws<UsageException>(() => Schedule.Parse(text)).Message);

    [Fact]
    public void Classes_of_a_user_are_custom()
    {
        Assert.Equal("custom", new Halved().ToString());
        Assert.Equal("custom, mse", (Loss.Custom("own", (x, y) => (x - y).Sum()) + Loss.Mse()).Description);
        Assert.Equal("custom", (Loss.Mse().On("a layer's name")).Description);
        Assert.Equal("custom", Loss.CrossEntropy().On("a", x => x.Linear(2)).Description);
        var settings = TrainingOptions.Settings;
        Assert.Equal("Halved",
            Setting<TrainingOptions>.Get(settings, "schedule").OnlyInCode(new TrainingOptions { Schedule = new Halved() }));
        Assert.Equal("own", Setting<TrainingOptions>.Get(settings,
            "loss").OnlyInCode(new TrainingOptions { Loss = Loss.Custom("own", (x, y) => (x - y).Sum()) }));
        Assert.All(settings, setting => Assert.Null(setting.OnlyInCode(new TrainingOptions())));
    }

    [Fact]
    public void A_schedule_is_scaled_in_all_its_rates()
    {
        Assert.Equal(new CosineRate(0.1, 0.005, 7), new CosineRate(0.2, 0.01, 7).Scaled(0.5));
        Assert.Equal(new CyclicRate(0.01, 0.1, 50), new CyclicRate(0.02, 0.2, 50).Scaled(0.5));
        Assert.Equal(new WarmUp(new ExponentialRate(0.05, 0.9), 3), new WarmUp(new ExponentialRate(0.1, 0.9), 3).Scaled(0.5));
        Assert.Equal("A schedule of your own is scaled by its own code: received 'custom'.",
            Assert.Throws<UsageException>(() => new Halved().Scaled(0.5)).Message);
    }

    private sealed record Halved : Schedule
    {
        public override double LearningRate(ScheduleTime time) => 0.5;
    }
}
