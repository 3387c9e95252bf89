using FeatureMap.Analysis;
using FeatureMap.Data;
using FeatureMap.Lanes;
using FeatureMap.Models;
using FeatureMap.Networks;
using FeatureMap.Ops;
using FeatureMap.Training;
using Xunit;

namespace FeatureMap.Tests.Training;

/// <summary>Losses that work on embeddings, in training: gradients through whole networks, digits learned, the same bits everywhere.</summary>
public sealed class MetricLossTests
{
    public static TheoryData<string> Names => [.. Tasks.Keys];

    // Each with the network that it needs; embeddings of 8 numbers, or of 2 with centres.
    private static Dictionary<string, (Network Network, Loss Loss)> Tasks { get; } = new()
    {
        ["triplet, all"] = (Digits(x => x.Linear(8, name: "embedding").L2Normalize()), new TripletLoss(0.3f) { AveragesOverAll = true }),
        ["triplet, hard"] = (Digits(x => x.Linear(8, name: "embedding")), new TripletLoss(1) { Mining = TripletMining.Hard, IsSquared = false }),
        ["triplet, semi-hard"] = (Digits(x => x.Linear(8, name: "embedding").L2Normalize()), new TripletLoss(0.3f) { Mining = TripletMining.SemiHard }),
        ["softmax and centres"] = (Digits(x => x.Linear(8, name: "embedding").Linear(10)), new SoftmaxCrossEntropy() + Loss.On("embedding", new CenterLoss(0.03f))),
        ["CosFace"] = (Digits(x => x.Linear(8, name: "embedding").CosineLinear(10)), AngularLoss.CosFace(0.2f)),
        ["ArcFace"] = (Digits(x => x.Linear(8, name: "embedding").CosineLinear(10)), AngularLoss.ArcFace(0.3f)),
        ["SphereFace"] = (Digits(x => x.Linear(8, name: "embedding").AngularLinear(10)), AngularLoss.SphereFace(4, new MarginAnnealing(100, 0.2f, 1, 5))),
    };

    [Theory]
    [MemberData(nameof(Names))]
    public void Digits_are_learned(string name)
    {
        var (network, loss) = Tasks[name];
        var data = DigitsTask.Data(2_000, 300);
        var options = Options(loss) with { Epochs = 6, Threads = 2 };
        // The hardest of many are outliers, and a network that follows them from the start puts everything into one point. Among few they are ordinary images.
        if (name == "triplet, hard") options = options with { BatchSize = 16, Sampler = new ClassBatchSampler(2) };
        var run = Trainer.Fit(network, data, options);
        Assert.True(run.Epochs[^1].ValidationLoss < run.Epochs[0].ValidationLoss, $"{name}: {string.Join(' ', run.Epochs.Select(epoch => epoch.ValidationLoss))}");
        var (examples, images) = (run.Model.Embed(data.Training, "embedding", 2), run.Model.Embed(data.Validation, "embedding", 2));
        var distance = network.Layers.Any(layer => layer.Op is L2Normalize) ? EmbeddingDistance.Cosine : EmbeddingDistance.Euclidean;
        var accuracy = images.NearestMeanAccuracy(examples, distance);
        var verification = images.Verify(images.DrawPairs(1_000, 1), distance);
        TestContext.Current.TestOutputHelper!.WriteLine($"{name}: nearest mean {accuracy}, {verification}, losses {string.Join(' ', run.Epochs.Select(epoch => epoch.ValidationLoss))}");
        Assert.InRange(accuracy, 0.8, 1);
        Assert.InRange(verification.AreaUnderCurve, 0.85, 1);
        Assert.InRange(images.RecallAt(1, distance), 0.8, 1);
        if (network.Output == Shape.Vector(10)) Assert.InRange(run.Validation!.Accuracy, 0.8, 1);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Threads_and_widths_change_no_bit(string name)
    {
        var expected = Bits(name, 1, LaneWidth.Bits256);
        Assert.Equal(expected, Bits(name, 2, LaneWidth.Bits512));
        Assert.Equal(expected, Bits(name, 2, LaneWidth.Scalar));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Going_on_from_a_checkpoint_gives_the_same_bits(string name)
    {
        using var whole = Session(name, 1, LaneWidth.Automatic);
        whole.Step();
        var checkpoint = whole.Capture();
        whole.Step();
        using var again = Session(name, 2, LaneWidth.Automatic);
        again.Restore(checkpoint);
        again.Step();
        Assert.Equal(Hash(whole), Hash(again));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Gradients_are_right_through_the_whole_network(string name)
    {
        var loss = Tasks[name].Loss;
        var network = Network.Build(Shape.Image(1, 4, 4), x =>
        {
            x = x.Conv(3, kernel: 3, padding: 1).Flatten().Linear(4, name: "embedding");
            return name switch
            {
                "CosFace" or "ArcFace" => x.CosineLinear(3, scale: 4),
                "SphereFace" => x.AngularLinear(3),
                "softmax and centres" => x.Linear(3),
                _ => x.L2Normalize(),
            };
        });
        var check = GradientCheck.Run(network, loss, classes: 3, batch: 9, seed: 3);
        Assert.True(check.Passed, check.ToString());
    }

    [Fact]
    public void The_network_of_a_margin_ends_in_directions()
    {
        var plain = Digits(x => x.Linear(10));
        Assert.Equal(
            "CosFace changes the angle between an embedding and the direction of its class, so the network must end in CosineLinear(10), which gives scaled cosines: received a network that ends in 'linear1' (Linear(10)).",
            Assert.Throws<UsageException>(() => GradientCheck.Run(plain, AngularLoss.CosFace())).Message);
        Assert.Equal(
            "SphereFace changes the angle between an embedding and the direction of its class, so the network must end in AngularLinear(10), which gives |x| cos(theta): received a network that ends in 'linear1' (Linear(10)).",
            Assert.Throws<UsageException>(() => GradientCheck.Run(plain, AngularLoss.SphereFace())).Message);
        // Lengths of the embedding would decide the angle.
        Assert.Throws<UsageException>(() => GradientCheck.Run(Digits(x => x.AngularLinear(10)), AngularLoss.ArcFace()));
        Assert.Throws<UsageException>(() => AngularLoss.ArcFace(margin: 30));
    }

    [Fact]
    public void Batches_of_one_class_stop_the_training_with_advice()
    {
        var digits = DigitsTask.Data(600, 40);
        int[] zeros = [.. Enumerable.Range(0, 600).Where(image => digits.Training.Label(image) == 0)];
        var data = new SplitData("zeros", digits.Training.Subset(zeros), digits.Validation, "made by the test");
        var error = Assert.Throws<TrainingException>(() => Trainer.Fit(Tasks["triplet, hard"].Network, data, new TrainingOptions { Loss = new TripletLoss(), BatchSize = 40, Threads = 2 }));
        Assert.Equal(
            "Training stopped before step 1 (epoch 1): a triplet loss needs two images of one class and one of another in the batch, and this batch has 40 images of one class. Draw classes first: Sampler = new ClassBatchSampler(imagesPerClass: 4), with a batch size of 4 x the classes of a batch.",
            error.Message);
    }

    [Fact]
    public void A_loss_on_an_inner_layer_has_a_name_and_needs_the_layer()
    {
        Assert.Equal("SoftmaxCrossEntropy + CenterLoss(weight 0.03, rate 0.5) on embedding", Tasks["softmax and centres"].Loss.Name);
        Assert.StartsWith(
            "The loss reads the layer 'embeding', which the network does not have. Did you mean 'embedding'?",
            Assert.Throws<UsageException>(() => GradientCheck.Run(Tasks["softmax and centres"].Network, Loss.On("embeding", new CenterLoss()))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_loss_counts_with_its_weight()
    {
        var network = Network.Build(Shape.Image(1, 4, 4), x => x.Flatten().Linear(3, name: "embedding").Linear(3));
        var loss = new SoftmaxCrossEntropy() + (0.25 * Loss.On("embedding", new TripletLoss()));
        Assert.Equal("SoftmaxCrossEntropy + 0.25 x (TripletLoss(all, margin 0.2) on embedding)", loss.Name);
        Assert.True(GradientCheck.Run(network, loss, batch: 9).Passed);
        // Four times a quarter of the gradient is the gradient.
        Loss plain = new SoftmaxCrossEntropy();
        Assert.Equal(Largest(plain), 4 * Largest(plain * 0.25), 1e-9);
        Assert.Equal("A loss counts with a weight above 0: received -1 for 'SoftmaxCrossEntropy'. Leave a loss out that shall not count.", Assert.Throws<UsageException>(() => -1 * plain).Message);

        double Largest(Loss loss) => GradientCheck.Run(network, loss).Rows[0].Largest;
    }

    [Fact]
    public void Centres_stand_where_the_embeddings_of_their_classes_are()
    {
        var (network, loss) = Tasks["softmax and centres"];
        var data = DigitsTask.Data(1_000, 40);
        using var session = new TrainingSession(network, data, Options(loss) with { Epochs = 4, Schedule = new ConstantRate(0.005) });
        while (session.StepsDone < session.TotalSteps)
            session.Step();
        var centers = session.Capture().Tensor("loss/centerLoss1.centers");
        Assert.Equal([10, 8], centers.Dimensions);
        var means = new Model(session.Weights, session.Normalization, data.Training.ClassNames).Embed(data.Training, "embedding");
        // Centres as examples: the nearest of them is nearly always that of the own class.
        Assert.InRange(means.NearestMeanAccuracy(new Embeddings(centers.ToSingles(), 8, [.. Enumerable.Range(0, 10)])), 0.8, 1);
        Assert.DoesNotContain(session.Weights.Parameters, parameter => parameter.Name.Contains("center", StringComparison.Ordinal));
    }

    private static Network Digits(Func<Feature, Feature> head) => Network.Build(Shape.Image(1, 28, 28), x => head(x
        .Conv(8, kernel: 3, stride: 2, bias: false).BatchNorm().Relu()
        .Conv(16, kernel: 3, stride: 2, bias: false).BatchNorm().Relu()
        .MaxPool(2).Flatten()));

    private static TrainingOptions Options(Loss loss) => new()
    {
        BatchSize = 40,
        Seed = 5,
        Threads = 1,
        Loss = loss,
        Sampler = new ClassBatchSampler(4),
        Optimizer = new Adam(),
        Schedule = new OneCycle(0.01),
    };

    private static TrainingSession Session(string name, int threads, LaneWidth width) =>
        new(Tasks[name].Network, DigitsTask.Data(80, 20), Options(Tasks[name].Loss) with { Epochs = 2, Threads = threads, LaneWidth = width });

    private static string Bits(string name, int threads, LaneWidth width)
    {
        using var session = Session(name, threads, width);
        for (var step = 0; step < 3; step++)
            session.Step();
        return Hash(session);
    }

    // Weights, and the numbers that belong to the loss.
    private static string Hash(TrainingSession session) => string.Join(
        ' ', session.Capture().Tensors.SelectMany(tensor => tensor.ToSingles()).Select(BitConverter.SingleToUInt32Bits).Aggregate(17UL, (hash, bits) => (hash * 1_000_003) ^ bits), session.StepLoss);
}
