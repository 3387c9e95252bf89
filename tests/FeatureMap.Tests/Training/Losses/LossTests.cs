using FeatureMap.Data;
using FeatureMap.Lanes;
using FeatureMap.Networks;
using FeatureMap.Ops;
using FeatureMap.Randomness;
using FeatureMap.Tests.Networks;
using FeatureMap.Training;
using Xunit;

namespace FeatureMap.Tests.Training;

public sealed class LossTests
{
    public static TheoryData<string> All => [.. LossDefinitions.All.Keys];

    public static TheoryData<string> Any => [.. LossDefinitions.Any.Keys];

    [Theory]
    [MemberData(nameof(All))]
    public void It_is_its_definition(string name)
    {
        var (loss, formula) = LossDefinitions.All[name];
        AssertIsFormula(loss, formula, Shape.Vector(3), 19);
        AssertIsFormula(loss, formula, new Shape(3, 4, 5), 18);
        if (LossDefinitions.Any.ContainsKey(name)) AssertIsFormula(loss, formula, new Shape(1, 3, 7), 5);
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Its_gradient_is_right(string name)
    {
        var loss = LossDefinitions.All[name].Loss;
        GradientCheck.Run(Network.Build(Shape.Image(2, 3, 4), x => x.Conv(3, kernel: 1).LeakyRelu().Flatten().Linear(3)), loss, batch: 19).ThrowIfFailed();
        var map = new Shape(3, 3, 4);
        GradientCheck.Run(Network.Build(Shape.Image(2, 3, 4), x => x.Conv(3, kernel: 1)), loss, batch: 5, target: map).ThrowIfFailed();
        if (!LossDefinitions.Any.ContainsKey(name)) return;
        GradientCheck.Run(Network.Build(Shape.Image(2, 3, 4), x => x.Conv(1, kernel: 1)), loss, batch: 5, target: new Shape(1, 3, 4)).ThrowIfFailed();
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Scores_of_ten_thousand_are_no_problem(string name)
    {
        if (name == "Poisson") return; // exp of the score is its expected count, and infinite
        var trial = new LossTrial(LossDefinitions.All[name].Loss, Shape.Vector(3), [1e4, -1e4, 0, -1e4, 1e4, 1e4, 1e4, -1e4, -1e4, 0, 0, 0], [1, 0, 0, 1, 0, 0, 0, 0, 1, 0, 1, 0]);
        Assert.All(trial.Values.Concat(trial.Gradient), value => Assert.True(double.IsFinite(value), $"{value}"));
        AssertNear(trial.Reference, trial.Values, 1e-5);
        AssertNear(trial.ReferenceGradient, trial.Gradient, 1e-5);
    }

    [Fact]
    public void Binary_cross_entropy_is_exact_far_from_the_border()
    {
        // Sure and right: log(1 + exp(-20)) = 2.06e-9, which softplus(20) - 20 would round to 0. Sure and wrong: the score itself.
        var trial = new LossTrial(Loss.BinaryCrossEntropy(), Shape.Vector(1), [20, -20, 1e4, -1e4], [1, 1, 0, 1]);
        Assert.Equal(2.0611536181902037e-9, trial.Values[0], 1e-15);
        Assert.Equal([20, 1e4, 1e4], trial.Values[1..]);
        Assert.Equal(-2.0611536181902037e-9, trial.Gradient[0], 1e-15);
        Assert.Equal([-1, 1, -1], trial.Gradient[1..].Select(value => Math.Round(value, 6)));
    }

    [Fact]
    public void Probabilities_of_exactly_0_and_1_are_kept_away_from_their_logarithms()
    {
        // -log(1e-7) = 16.118; 1 - 1e-7 is 1 - 2^-23 in 32 bits, so a sure and right answer costs 1.19e-7.
        var trial = new LossTrial(Loss.BinaryCrossEntropy(ofProbabilities: true), Shape.Vector(1), [0, 0, 1, 0.5, 0.25], [1, 0, 1, 1, 0]);
        Assert.Equal([16.1181, 0, 0, 0.6931, 0.2877], trial.Values.Select(value => Math.Round(value, 4)));
        Assert.Equal([0, 0, 0, -2, 1.3333], trial.Gradient.Select(value => Math.Round(value, 4)));
        var mask = new LossTrial(Loss.Dice(MaskScores.Probabilities), new Shape(1, 2, 2), [1, 1, 0, 0, 0, 0, 0, 0, 1, 1, 0, 0], [1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1]);
        Assert.Equal([0, 0, 0.8], mask.Values.Select(value => Math.Round(value, 6)));
    }

    [Fact]
    public void Values_worked_by_hand()
    {
        // Scores 2 1 0: p = 0.665241 0.244728 0.090031, -log p = 0.407606 1.407606 2.407606.
        double[] scores = [2, 1, 0], first = [1, 0, 0];
        Assert.Equal(0.407606 * 2, Value(Loss.CrossEntropy(classWeights: new ClassWeights(2, 1, 1))), 1e-5);
        Assert.Equal(0.334759 * 0.334759 * 0.407606, Value(Loss.Focal()), 1e-6);
        // Smoothing 0.3: q = 0.8 0.1 0.1, each term with the weight of its own class.
        Assert.Equal((2 * 0.8 * 0.407606) + (0.1 * 1.407606) + (4 * 0.1 * 2.407606), Value(Loss.CrossEntropy(0.3f, new ClassWeights(2, 1, 4))), 1e-5);
        // Margins 1 + 1 - 2 = 0 and 1 + 0 - 2 below 0: satisfied. With margin 3: 2 and 1, over three classes.
        Assert.Equal(0, Value(Loss.Hinge()));
        Assert.Equal(1, Value(Loss.Hinge(3)), 1e-6);
        Assert.Equal(5 / 3.0, Value(Loss.Hinge(3, isSquared: true)), 1e-6);
        // Distances 1 1 0.
        Assert.Equal(2 / 3.0, Value(Loss.Mse()), 1e-6);
        Assert.Equal(2 / 3.0, Value(Loss.L1()), 1e-6);
        Assert.Equal(2 * (0.5 * (1 - 0.25)) / 3, Value(Loss.Huber(0.5)), 1e-6);
        Assert.Equal(2 * (1 - 0.25) / 3, Value(Loss.SmoothL1(0.5)), 1e-6);
        Assert.Equal(2 * 0.433781 / 3, Value(Loss.LogCosh()), 1e-6);
        // Softplus of -2, 1 and 0: 0.126928, 1.313262, 0.693147.
        Assert.Equal((0.126928 + 1.313262 + 0.693147) / 3, Value(Loss.BinaryCrossEntropy()), 1e-6);
        Assert.Equal(((5 * 0.126928) + 1.313262 + 0.693147) / 3, Value(Loss.BinaryCrossEntropy(5)), 1e-6);

        double Value(Loss loss) => new LossTrial(loss, Shape.Vector(3), scores, first).Values[0];
    }

    [Fact]
    public void A_distribution_is_at_no_distance_from_itself()
    {
        double[] mixture = [0.7, 0.2, 0.1];
        var trial = new LossTrial(Loss.KullbackLeibler(), Shape.Vector(3), Array.ConvertAll(mixture, Math.Log), mixture);
        Assert.Equal(0, trial.Values[0], 1e-6);
        Assert.All(trial.Gradient, value => Assert.Equal(0, value, 1e-6));
    }

    [Fact]
    public void Gamma_0_is_the_cross_entropy()
    {
        var random = new RandomSequence(5, RandomPurpose.Testing);
        var (scores, target) = Draw(Shape.Vector(4), 20, ref random);
        AssertNear(new LossTrial(Loss.CrossEntropy(), Shape.Vector(4), scores, target).Values, new LossTrial(Loss.Focal(0), Shape.Vector(4), scores, target).Values, 1e-6);
        AssertNear(new LossTrial(Loss.BinaryCrossEntropy(), Shape.Vector(4), scores, target).Values, new LossTrial(Loss.BinaryFocal(0), Shape.Vector(4), scores, target).Values, 1e-6);
        AssertNear(new LossTrial(Loss.CrossEntropy(), Shape.Vector(4), scores, target).Values, new LossTrial(Loss.CrossEntropy(classWeights: new ClassWeights(1, 1, 1, 1)), Shape.Vector(4), scores, target).Values, 1e-6);
        AssertNear(new LossTrial(Loss.Dice(), Shape.Vector(4), scores, target).Values, new LossTrial(Loss.Tversky(0.5, 0.5, smooth: 0.5), Shape.Vector(4), scores, target).Values, 1e-6);
    }

    [Fact]
    public void Losses_add_up_and_scale()
    {
        double[] scores = [2, 1, 0], first = [1, 0, 0];
        var sum = (2 * Loss.Mse()) + (Loss.L1() * 0.5) + new SoftmaxCrossEntropy();
        Assert.Equal("2 x (Mse) + 0.5 x (L1) + SoftmaxCrossEntropy", sum.Name);
        Assert.Equal("0.25 x (Mse + L1)", (0.25 * (Loss.Mse() + Loss.L1())).Name);
        var trial = new LossTrial(sum, Shape.Vector(3), scores, first);
        Assert.Equal((2 * 2 / 3.0) + (0.5 * 2 / 3) + 0.407606, trial.Values[0], 1e-5);
        AssertNear(trial.ReferenceGradient, trial.Gradient, 1e-6);
        AssertNear(Array.ConvertAll(trial.Gradient, value => value * 3), new LossTrial(3 * sum, Shape.Vector(3), scores, first).Gradient, 1e-6);
        Assert.Equal("A loss counts with a weight above 0: received NaN for 'Mse'. Leave a loss out that shall not count.", Assert.Throws<UsageException>(() => Loss.Mse() * double.NaN).Message);
    }

    [Fact]
    public void A_loss_can_read_an_inner_layer()
    {
        var network = Network.Build(Shape.Image(2, 3, 4), x =>
        {
            x = x.Conv(3, kernel: 1).LeakyRelu();
            var aux = x.GlobalAveragePool().Linear(4, name: "aux");
            return x.Flatten().Linear(4) + (0 * aux);
        });
        var loss = Loss.CrossEntropy() + (0.3 * Loss.Focal().On("aux"));
        Assert.Equal("SoftmaxCrossEntropy + 0.3 x (Focal(gamma 2) on aux)", loss.Name);
        var check = GradientCheck.Run(network, loss, batch: 19);
        check.ThrowIfFailed();
        Assert.True(check.Rows.Single(row => row.Name == "aux.weight").Largest > 1e-4);
        Assert.StartsWith("The loss reads the layer 'axu', which the network does not have. Did you mean 'aux'?", Assert.Throws<UsageException>(() => GradientCheck.Run(network, Loss.Mse().On("axu"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_network_can_learn_to_give_back_its_image()
    {
        var network = Network.Build(Shape.Image(1, 9, 9), x => x.Conv(6, kernel: 3, padding: 1).LeakyRelu().Conv(2, kernel: 1).LeakyRelu().Conv(1, kernel: 3, padding: 1));
        var loss = Loss.Mse().Against("input");
        Assert.Equal("Mse against input", loss.Name);
        GradientCheck.Run(network, loss).ThrowIfFailed();
        var data = TinyTask.Data();
        var run = Trainer.Fit(network, data, new TrainingOptions { Epochs = 6, BatchSize = 32, Optimizer = new Adam(), Schedule = new ConstantRate(0.01), Loss = loss });
        Assert.True(run.Epochs[^1].ValidationLoss < 0.3 * run.Epochs[0].ValidationLoss, $"{run.Epochs[0].ValidationLoss} to {run.Epochs[^1].ValidationLoss}");
        var judged = run.Model.Evaluate(data.Validation, loss);
        Assert.Equal(run.Epochs[^1].ValidationLoss, judged.Loss, 1e-12);
        Assert.True(double.IsNaN(judged.Accuracy));
    }

    [Fact]
    public void Balanced_weights_are_counted()
    {
        // 6 images in 3 classes, 3 + 2 + 1: 6 / (3 x 3), 6 / (3 x 2), 6 / (3 x 1).
        var set = new ImageSet("six", Shape.Image(1, 1, 1), new byte[6], [0, 1, 0, 2, 1, 0], ["a", "b", "c"]);
        var weights = ClassWeights.Balanced(set);
        Assert.Equal([2f / 3, 1, 2], weights.Values);
        Assert.Equal("0.6667, 1, 2", weights.ToString());
        Assert.Equal("CrossEntropy(label smoothing 0.1, class weights 0.6667, 1, 2)", Loss.CrossEntropy(0.1f, weights).Name);
        // A class that no image has is left out of the count: 4 / (2 x 3) and 4 / (2 x 1).
        Assert.Equal([4f / 6, 1, 2], ClassWeights.Balanced(new ImageSet("four", Shape.Image(1, 1, 1), new byte[4], [0, 0, 2, 0], ["a", "b", "c"])).Values);
        Assert.Equal("1, 1, 1, 1, 1, 1, ... (8 classes)", new ClassWeights(1, 1, 1, 1, 1, 1, 1, 1).ToString());
    }

    [Fact]
    public void What_does_not_fit_is_explained()
    {
        Says<ShapeException>(
            "The loss 'Mse' compares the output with the target number by number: received an output of 3 and a target of 10 (channels x height x width). Give the last layer 10 outputs, one per number of the target.",
            () => new LossTrial(Loss.Mse(), Shape.Vector(3), [1, 2, 3], new double[10], Shape.Vector(10)));
        Says<ShapeException>(
            "The loss 'Focal(gamma 2)' compares the output with the target number by number: received an output of 10x4x4 and a target of 10 (channels x height x width). Pool or flatten first: end the network with GlobalAveragePool().Linear(10) or Flatten().Linear(10).",
            () => new LossTrial(Loss.Focal(), new Shape(10, 4, 4), new double[160], new double[10], Shape.Vector(10)));
        Says<ShapeException>(
            "The loss 'Dice(of sigmoid)' compares the output with the target number by number: received an output of 1x3x3 and a target of 1x4x4 (channels x height x width). Give both one shape: pad, pool or resize the output, and project its channels with Conv(channels, kernel: 1).",
            () => new LossTrial(Loss.Dice(MaskScores.Sigmoid), new Shape(1, 3, 3), new double[9], new double[16], new Shape(1, 4, 4)));
        Says<UsageException>(
            "The loss 'Focal(gamma 2, class weights 1, 2)' has 2 class weights for 3 classes. Give one per class, in the order of the labels; ClassWeights.Balanced(images) counts them.",
            () => new LossTrial(Loss.Focal(2, new ClassWeights(1, 2)), Shape.Vector(3), [1, 2, 3], [1, 0, 0]));
        Says<UsageException>("The weight of class 1 must be a finite number of at least 0: received -1.", () => new ClassWeights(1, -1));
        Says<UsageException>("Class weights are one number per class, and there are at least 2 classes: received 1.", () => new ClassWeights(1));
        Says<UsageException>("All class weights are 0, so there would be nothing to learn. 1 everywhere is no weighting.", () => new ClassWeights(0, 0));
        Says<UsageException>("The gamma of the focal loss must be a finite number of at least 0: received -1; 2 is common, 0 is the cross-entropy.", () => Loss.Focal(-1));
        Says<UsageException>("The alpha of the focal loss must be between 0 and 1: received 1. 0.25 is common; leave it out to count yes and no the same.", () => Loss.BinaryFocal(alpha: 1));
        Says<UsageException>("The delta of the Huber loss must be a finite number above 0: received 0; 1 is common.", () => Loss.Huber(0));
        Says<UsageException>("The smooth term of the Dice loss must be a finite number above 0: received 0; 1 is common.", () => Loss.Dice(smooth: 0));
        Says<UsageException>("The temperature of the Kullback-Leibler divergence must be a finite number above 0: received -2; 1 is none.", () => Loss.KullbackLeibler(-2));

        static void Says<TError>(string message, Func<object> action) where TError : Exception => Assert.Equal(message, Assert.Throws<TError>(action).Message);
    }

    [Fact]
    public void A_loss_of_ones_own_trains_to_the_same_bits_as_the_ready_made_one()
    {
        var own = Loss.Custom("own", (output, target) =>
        {
            var logs = output.LogSoftmax();
            return -(target * (1 - logs.Exp()).Maximum(1e-7).Square() * logs).Sum(Axes.Channels).Mean();
        });
        Assert.Equal(Train(Loss.Focal(), 1, LaneWidth.Automatic), Train(own, 2, LaneWidth.Bits128));
    }

    [Theory]
    [InlineData(LaneWidth.Bits512)]
    [InlineData(LaneWidth.Bits256)]
    [InlineData(LaneWidth.Scalar)]
    public void All_of_them_together_give_the_same_bits_at_any_width(LaneWidth width)
    {
        var all = LossDefinitions.All.Values.Select(entry => entry.Loss).Aggregate((left, right) => left + right);
        Assert.Equal(Train(0.05 * all, 1, LaneWidth.Bits128), Train(0.05 * all, 2, width));
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Training_makes_it_smaller(string name)
    {
        var loss = LossDefinitions.All[name].Loss;
        if (name.Contains("weighted", StringComparison.Ordinal) && LossDefinitions.Three.ContainsKey(name)) loss = name.StartsWith("focal", StringComparison.Ordinal) ? Loss.Focal(0.5) : Loss.CrossEntropy(0.1f, ClassWeights.Balanced(DigitsTask.Data(200).Training));
        if (name == "negative log-likelihood") loss = Loss.NegativeLogLikelihood();
        var network = Network.Build(Shape.Image(1, 28, 28), x =>
        {
            x = x.Conv(8, kernel: 5, stride: 2).BatchNorm().Relu().MaxPool(2).Flatten().Linear(10);
            return name == "negative log-likelihood" ? x.LogSoftmax() : x;
        });
        var run = Trainer.Fit(network, DigitsTask.Data(200), new TrainingOptions { Epochs = 5, BatchSize = 32, Seed = 3, Optimizer = new Adam(), Schedule = new ConstantRate(0.005), Loss = loss });
        Assert.True(run.Epochs[^1].TrainLoss < run.Epochs[0].TrainLoss, $"{run.Epochs[0].TrainLoss} to {run.Epochs[^1].TrainLoss}");
        // 35 steps, from one right in ten. Losses of regions are for maps: on the single pixel that a class is they fall, and hardly tell classes apart.
        var isOfRegions = name.Contains("Dice", StringComparison.Ordinal) || name is "Jaccard" or "Tversky";
        if (!isOfRegions) Assert.True(run.Epochs[^1].TrainAccuracy > 0.3, $"{run.Epochs[^1].TrainAccuracy}");
    }

    private static string Train(Loss loss, int threads, LaneWidth width)
    {
        var options = new TrainingOptions { Epochs = 1, BatchSize = 40, Seed = 7, Threads = threads, LaneWidth = width, Schedule = new ConstantRate(0.01), Loss = loss };
        using var session = new TrainingSession(TinyTask.Network(), TinyTask.Data(90), options);
        while (session.StepsDone < session.TotalSteps)
            session.Step();
        Assert.True(double.IsFinite(session.EpochLoss));
        return session.Weights.Sha256();
    }

    private static void AssertIsFormula(Loss loss, Func<double[][], double[][], double> formula, Shape shape, int batch)
    {
        var random = new RandomSequence(4, RandomPurpose.Testing, (uint)shape.Count);
        var (scores, target) = Draw(shape, batch, ref random);
        var trial = new LossTrial(loss, shape, scores, target);
        double[] expected = [.. Enumerable.Range(0, batch).Select(image => formula(Rows(scores, image), Rows(target, image)))];
        AssertNear(expected, trial.Reference, 1e-6);
        AssertNear(expected, trial.Values, 1e-5);
        AssertNear(trial.ReferenceGradient, trial.Gradient, 1e-5);

        double[][] Rows(double[] numbers, int image) => [.. numbers.Skip(image * shape.Count).Take(shape.Count).Chunk(shape.Area)];
    }

    /// <summary>Scores from -4 to 4, and one class at each pixel; yes or no where there is one channel.</summary>
    private static (double[] Scores, double[] Target) Draw(Shape shape, int batch, ref RandomSequence random)
    {
        var scores = new double[batch * shape.Count];
        var target = new double[scores.Length];
        for (var i = 0; i < scores.Length; i++)
            scores[i] = (float)random.NextSingle(-4, 4);
        for (var image = 0; image < batch; image++)
            for (var pixel = 0; pixel < shape.Area; pixel++)
            {
                var at = (image * shape.Count) + pixel;
                if (shape.Channels == 1) target[at] = random.NextInt(2);
                else target[at + (random.NextInt(shape.Channels) * shape.Area)] = 1;
            }
        return (scores, target);
    }

    private static void AssertNear(double[] expected, double[] actual, double tolerance)
    {
        Assert.Equal(expected.Length, actual.Length);
        var scale = Math.Max(1, expected.Max(Math.Abs));
        for (var i = 0; i < expected.Length; i++)
            Assert.Equal(expected[i], actual[i], tolerance * scale);
    }
}
