using FeatureMap.Analysis;
using FeatureMap.Models;
using FeatureMap.Networks;
using FeatureMap.Ops;

namespace FeatureMap.Lessons;

/// <summary>Normalisations: which numbers share mean and variance, running averages, folding, the length of a kernel.</summary>
internal sealed class NormalizationLesson : Lesson
{
    private static readonly MatrixControl Input = new(
        "input", "The batch: the channels of the first image, then those of the second ...",
            Volume.Of(Shape.Image(8, 2, 2), (plane, row, column) => ((plane * 5) + (row * 3) + (column * (plane + 1))) % 7), mostRows: 6,
            mostChannels: 16)
    {
        LeastRows = 1,
    };

    private static readonly WholeControl Images = new("images", "How many images the batch has", 2, 1, 8);
    private static readonly ChoiceControl Kind = new("kind", "What shares mean and variance", "batch", "layer", "pixel", "group",
        "instance");
    private static readonly WholeControl Groups = new("groups", "Groups of channels, for group", 2, 1, 8);
    private static readonly RealControl Gamma = new("gamma", "The scale that is learned", 1, -4, 4, 0.1);
    private static readonly RealControl Beta = new("beta", "The shift that is learned", 0, -4, 4, 0.1);
    private static readonly RealControl Epsilon = new("epsilon", "Added to the variance", 1e-5, 1e-5, 1, 0.01);
    private static readonly RealControl Momentum = new("momentum", "Weight of the newest batch in the running averages", 0.1,
        0.01, 1, 0.01);
    private static readonly WholeControl Steps = new("steps", "How many batches the running averages have seen", 5, 1, 20);
    private static readonly MatrixControl Direction = new("direction", "v, a kernel of weight normalisation", new Volume(1, 3, 0, -4),
        mostRows: 1, mostColumns: 8);
    private static readonly RealControl Length = new("length", "g, the length that it shall have", 2, -4, 4, 0.1);
    private static readonly MatrixControl Gradient = new("gradient", "dY, the gradient of the output, in the order of the input",
        Volume.Of(Shape.Image(8, 2, 2), (plane, row, column) => (plane + (2 * row) + column) % 3), mostRows: 6, mostChannels: 16);

    public override string Id => "normalization";

    public override IReadOnlyList<string> Aliases => ["normalisation", "batch-norm", "batchnorm", "layer-norm", "group-norm",
        "instance-norm", "weight-norm"];

    public override IReadOnlyList<string> Headings => ["Normalization"];

    public override string Title => "Normalization";

    public override string Claim => "Sets of numbers are brought to mean 0 and variance 1, then scaled and shifted by what is learned; "
        + "the kinds differ only in which numbers form a set.";

    public override IReadOnlyList<Control> Controls { get; } = [Input, Images, Kind, Groups, Gamma, Beta, Epsilon, Momentum, Steps,
        Direction, Length, Gradient];

    public override IReadOnlyList<Experiment> Experiments { get; } =
    [
        new("layer", "Layer", "kind=layer", "All numbers of an image are one set: the other images of the batch do not matter."),
        new("group", "Groups", "kind=group", "Neighbouring channels of one image share a mean; with one group it is layer normalisation, "
            + "with a group for each channel instance normalisation."),
        new("one-image", "A batch of one", "input=1_2~3_4~~5_9~2_2&images=1",
            "With one image the batch is the image: batch normalisation is instance normalisation."),
        new("constant", "A constant channel", "input=5_5~5_5~~1_2~3_4~~5_5~5_5~~4_3~2_1",
            "Its variance is 0; epsilon keeps the division alive and the output is beta."),
        new("running", "Twenty batches", "steps=20", "The running mean comes near the mean of the batch: the part that is still missing "
            + "is 0.9^20 = 12 %."),
    ];

    public override Prediction Prediction { get; } = new("Before you look: what is the mean of the first set behind the normalisation?",
        "statistics", 2);

    public override IReadOnlyList<Pitfall> Pitfalls { get; } =
    [
        new("With one image in a batch and one pixel in a plane each set of batch normalisation is one number, and its output is beta "
            + "whatever the input.", "bn-batch1"),
        new("A bias before a normalisation does nothing: the mean takes it away again.", "bias-bn"),
        new("Dropout before batch normalisation changes the variance in training only, so the running variance is wrong in evaluation.",
            "dropout-bn"),
        new("In evaluation batch normalisation uses running averages: forgotten after a change of the data they are those of "
            + "other images."),
        new("Momentum 0.1 here is 0.9 in Keras: there it is the weight of the old average."),
    ];

    public override IReadOnlyList<Question> Questions { get; } =
    [
        new("A batch of 32 images, 64 channels, 8x8 pixels. How many numbers share a mean in batch normalisation?",
            ["64", "2,048", "4,096"], 1, "32 x 8 x 8, for each of 64 channels."),
        new("And in layer normalisation?", ["64", "2,048", "4,096"], 2, "64 x 8 x 8, for each of 32 images."),
        new("What does a bias in front of a batch normalisation learn?", ["a shift", "nothing", "a scale"], 1,
            "Its gradient is the sum of dX over the channel, which is 0."),
    ];

    public override IReadOnlyList<Challenge> Challenges { get; } =
    [
        new(
            "batch-is-instance", "Two images or more that differ: let batch normalisation give what instance normalisation "
                + "gives.", JudgeEqual,
            "input=1_2~3_4~~2_0~1_5~~4_3~2_1~~5_1~0_2", "input=1_2~3_4~~2_0~1_5~~2_4~6_8~~5_1~0_2"),
    ];

    public override string Room => "Ops/BatchNorm";

    public override IReadOnlyList<Source> Sources { get; } =
    [
        new("Ioffe and Szegedy, Batch normalization", "arXiv 1502.03167"),
        new("Ba, Kiros and Hinton, Layer normalization", "arXiv 1607.06450"),
        new("Wu and He, Group normalization", "arXiv 1803.08494"),
        new("Salimans and Kingma, Weight normalization", "arXiv 1602.07868"),
    ];

    protected override void Compute(LessonState state, LessonPage page)
    {
        var (batch, images, kind) = (state.Of(Input), state.Of(Images), state.Of(Kind));
        var shape = ImageOf(batch, images);
        var (network, weights) = Made(state, kind, shape);
        var gradient = page.In(Section.Gradient).Fit(Gradient, batch.Shape);
        page.In(Section.Forward);
        var options = new TraceOptions { Images = images };
        var trace = page.Trace(network, batch.Values, weights, gradient.Values, options);
        var sets = Sets(kind, images, shape, state.Of(Groups));
        var count = sets.Max() + 1;
        float[] Of(float[] numbers, int set) => [.. numbers.Where((_, i) => sets[i] == set)];

        page.Say($"{images} images of {shape.Channels} channels with {shape.Height} x {shape.Width} pixels. Each number belongs to one "
            + $"of {count} sets; a set has {sets.Count(set => set == 0)} numbers.");
        page.Edit(Input, "the batch: change it");
        page.Grid("sets", "which set each number belongs to", batch.Shape, sets.Select(set => (double)set), GridScale.Count);
        page.Grid("output", "output", batch.Shape, trace.Result);
        var before = Enumerable.Range(0, count).Select(set => Spread.Of(Of(batch.ToArray(), set))).ToArray();
        var after = Enumerable.Range(0, count).Select(set => Spread.Of(Of(trace.Result, set))).ToArray();
        page.Table("statistics", "each set before and after", ["set", "mean", "deviation", "mean after", "deviation after"],
            Enumerable.Range(0, count).Select(set =>
            (IReadOnlyList<TableCell>)[$"{set}", before[set].Mean, before[set].Deviation, after[set].Mean, after[set].Deviation]));
        var (gamma, beta, epsilon) = ((float)state.Of(Gamma), (float)state.Of(Beta), (float)state.Of(Epsilon));
        if (before[0].Deviation > 0) page.Formula("first", "the first number",
            Term.Symbol("y", trace.Result[0], new CellReference("output", 0)),
            (Term.Symbol("gamma", gamma) * (Term.Symbol("x", batch.Values[0], new CellReference("input", 0)) - Term.Symbol("mean",
                before[0].Mean)) / Term.Root(Term.Symbol("variance", before[0].Deviation * before[0].Deviation) + Term.Symbol("epsilon",
                epsilon))) + Term.Symbol("beta", beta));
        if (before[0].Deviation > 0) page.Formula("mean-after", "the mean of the first set behind it", Term.Symbol("mean", after[0].Mean),
            Term.Symbol("beta", beta));
        page.When("constant", before.Any(set => set.Deviation == 0), $"A set has only equal numbers: its variance is 0, so its output is "
            + $"beta = {beta} everywhere.", $"No set is constant: each has deviation |gamma| = {Math.Abs(gamma)} behind it, but "
            + $"for epsilon.");
        page.When("one-image", images == 1, $"The batch is one image: what batch normalisation shares among images is shared by one alone.",
            $"Batch normalisation lets the {images} images of a batch share each channel; all other kinds look at one image at a time.");
        Running(state, page, batch, images, shape);
        Folding(state, page, batch, images, shape);
        WeightLength(state, page);

        page.In(Section.Gradient);
        page.Say($"Mean and deviation depend on every number of the set, so each gradient reaches all: what would only shift or stretch "
            + $"the set is taken out of dX.");
        page.Edit(Gradient, "dY, gradient of the output: change it", gradient);
        page.Grid("dx", "dX, gradient of the input", batch.Shape, trace.InputGradient);
        page.Table("sums", "sums over each set: a shift of the whole set changes nothing, so dX adds up to 0", ["set", "sum of dX"],
            Enumerable.Range(0, count).Select(set => (IReadOnlyList<TableCell>)[$"{set}",
                Of(trace.InputGradient, set).Sum(value => (double)value)]));
        page.Table("parameters", "gradients of what is learned: dbeta adds up dY, dgamma adds up dY times the normalised number",
            ["gradient", "sum of all"],
            [["dgamma", trace.WeightGradient("norm.weight").Sum(value => (double)value)],
                ["dbeta", trace.WeightGradient("norm.bias").Sum(value => (double)value)]]);
        page.Formula("dbeta", "the sum of dbeta", Term.Symbol("dbeta", trace.WeightGradient("norm.bias").Sum(value => (double)value)),
            Term.Symbol("sum of dY", gradient.ToArray().Sum(value => (double)value)));
        page.Cost("cost", "this layer", new("numbers learned", network.TrainableCount), new("numbers measured (running averages)",
            network.FixedCount), new("multiply-adds as the field counts them", network.MultiplyAdds), new("sets", count));
        var learned = network["norm"].Parameters[0].Count;
        page.Code("The same layer in C#", $"""
            float[] batch = [{string.Join(", ", batch.ToArray().Select(value => $"{value}f"))}];
            var network = Network.Build(Shape.Image({shape.Channels}, {shape.Height}, {shape.Width}), x => x.{CodeOf(kind, state)});
            float[] gamma = [.. Enumerable.Repeat({gamma}f, {learned})], beta = [.. Enumerable.Repeat({beta}f, {learned})];
            var trace = LayerTrace.Of(network, batch, [("norm.weight", gamma), ("norm.bias", beta)],
                options: new TraceOptions {"{"} Images = {images} {"}"});
            Console.WriteLine(string.Join(' ', trace.Result));
            """);
    }

    private static Shape ImageOf(Volume batch, int images) => batch.Shape.Channels % images == 0
        ? Shape.Image(batch.Shape.Channels / images, batch.Shape.Height, batch.Shape.Width)
        : throw new UsageException($"{images} images share the {batch.Shape.Channels} channels of the input, so {images} must divide "
            + $"them: {batch.Shape.Channels} / {images} leaves {batch.Shape.Channels % images}. Give each image the same number of "
            + $"channels.");

    private static (Network Network, IEnumerable<(string, float[])> Weights) Made(LessonState state, string kind, Shape shape)
    {
        var epsilon = (float)state.Of(Epsilon);
        Op op = kind switch
        {
            "batch" => new BatchNorm { Epsilon = epsilon },
            "layer" => new LayerNorm { Epsilon = epsilon },
            "pixel" => new LayerNorm { Epsilon = epsilon, PerPixel = true },
            "group" => new GroupNorm(state.Of(Groups)) { Epsilon = epsilon },
            _ => new InstanceNorm { Epsilon = epsilon, IsAffine = true },
        };
        var network = Network.Build(shape, x => x.Then(op, "norm"));
        float[] Filled(int parameter, double value) => [.. Enumerable.Repeat((float)value, network["norm"].Parameters[parameter].Count)];
        return (network, [("norm.weight", Filled(0, state.Of(Gamma))), ("norm.bias", Filled(1, state.Of(Beta)))]);
    }

    private static string CodeOf(string kind, LessonState state) => kind switch
    {
        "batch" => $"BatchNorm(epsilon: {(float)state.Of(Epsilon)}f, name: \"norm\")",
        "layer" => $"LayerNorm(epsilon: {(float)state.Of(Epsilon)}f, name: \"norm\")",
        "pixel" => $"LayerNorm(epsilon: {(float)state.Of(Epsilon)}f, perPixel: true, name: \"norm\")",
        "group" => $"GroupNorm({state.Of(Groups)}, epsilon: {(float)state.Of(Epsilon)}f, name: \"norm\")",
        _ => $"InstanceNorm(epsilon: {(float)state.Of(Epsilon)}f, affine: true, name: \"norm\")",
    };

    /// <summary>The set of each number of the batch, image after image.</summary>
    private static int[] Sets(string kind, int images, Shape shape, int groups)
    {
        var sets = new int[images * shape.Count];
        for (var i = 0; i < sets.Length; i++)
        {
            var (image, channel, pixel) = (i / shape.Count, i % shape.Count / shape.Area, i % shape.Area);
            sets[i] = kind switch
            {
                "batch" => channel,
                "layer" => image,
                "pixel" => (image * shape.Area) + pixel,
                "group" => (image * groups) + (channel / (shape.Channels / groups)),
                _ => (image * shape.Channels) + channel,
            };
        }
        return sets;
    }

    /// <summary>The running averages after several equal batches, and what evaluation makes of them.</summary>
    private static void Running(LessonState state, LessonPage page, Volume batch, int images, Shape shape)
    {
        var (momentum, steps) = ((float)state.Of(Momentum), state.Of(Steps));
        var network = Network.Build(shape, x => x.BatchNorm(momentum: momentum, affine: false, name: "norm"));
        float[] mean = new float[shape.Channels], variance = [.. Enumerable.Repeat(1f, shape.Channels)];
        var means = new List<double> { mean[0] };
        for (var step = 0; step < steps; step++)
        {
            var trace = page.Trace(network, batch.Values, [("norm.running_mean", mean), ("norm.running_var", variance)],
                options: new TraceOptions { Images = images });
            (mean, variance) = (trace.Measured("norm.running_mean"), trace.Measured("norm.running_var"));
            means.Add(mean[0]);
        }
        var own = batch.ToArray().Where((_, i) => i % shape.Count / shape.Area == 0).Average(value => (double)value);
        page.Say($"For evaluation batch normalisation keeps running averages of each channel. They start at mean 0 and variance 1.");
        page.Add(section => new Lines(section, "running", "running mean of channel 0 after each batch, and the mean of the batch",
            new Axis("batches seen"), new Axis("mean"),
            [new Series("running mean", [.. Enumerable.Range(0, steps + 1)], means), new Series("mean of the batch", [0, steps],
                [own, own])]));
        page.Formula("running-mean", $"after {steps} equal batches", Term.Symbol("r", mean[0]),
            Term.Symbol("mean", own) * (1 - Term.Power(1 - Term.Symbol("momentum", momentum), Term.Symbol("n", steps))));
        page.Grid("running-variance", "running variance of each channel; it divides by one less than the numbers of the set",
            Shape.Vector(shape.Channels), variance);
    }

    /// <summary>A convolution and its batch normalisation in evaluation, and the one convolution that does both.</summary>
    private static void Folding(LessonState state, LessonPage page, Volume batch, int images, Shape shape)
    {
        var network = Network.Build(shape, x => x.Conv(1, 1, bias: false, name: "conv").BatchNorm(epsilon: (float)state.Of(Epsilon),
            name: "norm"));
        var weights = Weights.Initialize(network, 0, Initializer.Ones);
        (weights["norm.weight"].Values[0], weights["norm.bias"].Values[0]) = ((float)state.Of(Gamma), (float)state.Of(Beta));
        (weights["norm.running_mean"].Values[0], weights["norm.running_var"].Values[0]) = (2, 4);
        var folded = BatchNormFolding.Fold(weights);
        var options = new TraceOptions { Images = images, IsTraining = false };
        var (apart, one) = (page.Trace(weights, batch.Values, options: options).Result,
            page.Trace(folded, batch.Values, options: options).Result);
        page.Say($"In evaluation mean and variance are fixed, so the convolution before can do it: a 1x1 convolution of ones with "
            + $"running mean 2 and variance 4 becomes one with another weight and a bias.");
        page.Formula("folded", "the weight that does both", Term.Symbol("W'", folded["conv.weight"].Values[0]),
            Term.Symbol("W", 1) * Term.Symbol("gamma", (float)state.Of(Gamma)) / Term.Root(Term.Symbol("variance",
            4) + Term.Symbol("epsilon", (float)state.Of(Epsilon))));
        page.Grid("apart", "convolution and normalisation", Shape.Image(images, shape.Height, shape.Width), apart);
        page.Grid("together", "one convolution with the weights folded in", Shape.Image(images, shape.Height, shape.Width), one);
    }

    /// <summary>Weight normalisation: w = g v / |v|.</summary>
    private static void WeightLength(LessonState state, LessonPage page)
    {
        var (v, g) = (state.Of(Direction), (float)state.Of(Length));
        var network = Network.Build(Shape.Vector(v.Shape.Count), x => x.Linear(1, bias: false, weightNorm: true, name: "linear"));
        var size = Math.Sqrt(v.ToArray().Sum(value => (double)value * value));
        if (size < 1e-3) throw new UsageException($"The direction of weight normalisation has length {NumberText.Of(size)}: it points "
            + $"nowhere. Give at least one number that is not 0.");
        // Inputs of 1, 2, 3 ..., so that the gradient of the weights is not the same for all.
        float[] input = [.. Enumerable.Range(1, v.Shape.Count)];
        var trace = page.Trace(network, input, [("linear.weight_g", [g]), ("linear.weight_v", v.ToArray())]);
        page.Say($"Weight normalisation leaves the data alone: it gives each kernel a length g and a direction v of their own, w = "
            + $"g v / |v|.");
        page.Edit(Direction, "v: change it");
        page.Formula("weighted", "what such a unit makes of 1, 2, 3 ...", Term.Symbol("y", trace.Result[0]),
            Term.Symbol("g", g) / Term.Symbol("|v|",
                size) * Term.Sum([.. v.ToArray().Select((value, i) => Term.Of(value, new CellReference("direction", i)) * (i + 1.0))]));
        page.In(Section.Gradient);
        page.Grid("dv", "dv, gradient of the direction: at right angles to v, so a step turns it", v.Shape,
            trace.WeightGradient("linear.weight_v"));
        page.In(Section.Forward);
    }

    private static Verdict JudgeEqual(LessonState state, LessonPage page)
    {
        var (batch, images) = (state.Of(Input), state.Of(Images));
        var shape = ImageOf(batch, images);
        float[] Run(string kind)
        {
            var (network, weights) = Made(state, kind, shape);
            return page.Trace(network, batch.Values, weights, options: new TraceOptions { Images = images }).Result;
        }
        var numbers = batch.ToArray();
        var differ = Enumerable.Range(1, images - 1).Any(image => !numbers.AsSpan(image * shape.Count, shape.Count)
            .SequenceEqual(numbers.AsSpan(0, shape.Count)));
        if (images < 2 || !differ || shape.Area < 2) return new Verdict(false, "it takes two images that differ, with two pixels or more.");
        var distance = Run("batch").Zip(Run("instance"), (one, other) => Math.Abs(one - other)).Max();
        return new Verdict(distance < 1e-4, $"the largest distance between the two is {NumberText.Of(distance)}.");
    }
}
