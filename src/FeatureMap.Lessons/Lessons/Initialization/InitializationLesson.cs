using FeatureMap.Analysis;
using FeatureMap.Networks;

namespace FeatureMap.Lessons;

/// <summary>How weights start: sizes of numbers and gradients by depth, on digits.</summary>
internal sealed class InitializationLesson : Lesson
{
    private const int Images = 16, Bins = 12;

    private static readonly string[] Schemes = ["he-normal", "he-uniform", "glorot-normal", "glorot-uniform", "lecun-normal",
        "lecun-uniform", "normal", "uniform", "orthogonal"];
    private static readonly ChoiceControl Scheme = new("scheme", "How the weights start", Schemes);
    private static readonly RealControl Size = new("deviation", "Deviation for normal, half the range for uniform, gain for orthogonal",
        0.1, 0.001, 2, 0.01);
    private static readonly ChoiceControl Function = new("activation", "What stands behind each layer", "relu", "tanh", "sigmoid",
        "selu", "none");
    private static readonly WholeControl Depth = new("layers", "Dense layers, one after the other", 8, 2, 12);
    private static readonly WholeControl Width = new("width", "Units of each layer", 48, 4, 64);
    private static readonly WholeControl Seed = new("seed", "Seed of the weights", 1, 0, 9999);

    public override string Id => "initialization";

    public override IReadOnlyList<string> Aliases => ["initialisation", "init", "xavier", "glorot", "he", "kaiming"];

    public override IReadOnlyList<string> Headings => ["Initialization"];

    public override string Title => "Initialization";

    public override string Claim => "Each layer multiplies the size of what passes it, forward and back; the right variance keeps it the "
        + "same through any depth, any other lets it fade or explode.";

    public override IReadOnlyList<Control> Controls { get; } = [Scheme, Size, Function, Depth, Width, Seed];

    public override IReadOnlyList<Experiment> Experiments { get; } =
    [
        new("he", "He and ReLU", "layers=12&width=64", "2 / fan_in makes up for the half that ReLU cuts: the size stays about the same "
            + "through twelve layers."),
        new("too-small", "A deviation of 0.01", "scheme=normal&deviation=0.01", "Every layer shrinks the numbers, and the gradient with "
            + "them: the first layers learn nothing."),
        new("too-large", "A deviation of 1", "scheme=normal&deviation=1", "Every layer behind the first multiplies by about five."),
        new("glorot-relu", "Glorot before ReLU", "scheme=glorot-normal&layers=12", "Made for tanh: before ReLU half of the mean square "
            + "is lost in every layer."),
        new("sigmoid", "Sigmoid", "scheme=glorot-normal&activation=sigmoid", "The numbers stand near one half, and the gradient fades "
            + "whatever the start is: each slope is at most a quarter."),
    ];

    public override Prediction Prediction { get; } = new("Before you look: how many times larger is the size behind the last layer than "
        + "behind the first?", "ratio");

    public override IReadOnlyList<Pitfall> Pitfalls { get; } =
    [
        new("Xavier and Glorot are one start: the first and the last name of the same author. Lists that have both count it twice."),
        new("With sigmoids gradients fade whatever the weights are.", "sigmoid-deep"),
        new("All weights equal: all units of a layer compute the same, get the same gradient and stay the same."),
        new("A convolution before a pixel shuffle starts with a checkerboard unless its kernels come in equal copies (ICNR).", "icnr"),
    ];

    public override IReadOnlyList<Question> Questions { get; } =
    [
        new("What is fan_in of a 3x3 convolution that reads 64 channels in 4 groups?", ["9", "144", "576"], 1, "(64 / 4) x 3 x 3 = 144."),
        new("Which variance does He give a layer with 200 inputs?", ["1/200", "1/100", "1/20"], 1, "2 / 200."),
        new("Why 2 / fan_in and not 1 / fan_in?", ["ReLU cuts half of the mean square", "two directions", "by experiment only"], 0,
            "What is below 0 becomes 0, which takes half of the mean square away."),
    ];

    public override IReadOnlyList<Challenge> Challenges { get; } =
    [
        new(
            "by-hand", "Ten or more layers with ReLU: find a deviation for normal weights so that the last layer's numbers are at most "
                + "twice as large or small as the first's.",
            (state, page) => new Verdict(
                state.Of(Scheme) == "normal" && state.Of(Function) == "relu" && state.Of(Depth) >= 10
                    && page.Number("ratio") is >= 0.5 and <= 2,
                $"{state.Of(Depth)} layers of {state.Of(Scheme)} with {state.Of(Function)}: the last is "
                    + $"{NumberText.Of(page.Number("ratio"))} times as large as the first."),
            "scheme=normal&deviation=0.177&layers=10&width=64", "scheme=normal&deviation=0.1&layers=10&width=64"),
    ];

    public override string Room => "Ops/Initialization";

    public override IReadOnlyList<Source> Sources { get; } =
    [
        new("Glorot and Bengio, Understanding the difficulty of training deep feedforward neural networks", "AISTATS 2010"),
        new("He et al., Delving deep into rectifiers", "arXiv 1502.01852"),
        new("Saxe, McClelland and Ganguli, Exact solutions to the nonlinear dynamics of learning in deep linear networks",
            "arXiv 1312.6120"),
    ];

    protected override void Compute(LessonState state, LessonPage page)
    {
        var (layers, width, word, scheme) = (state.Of(Depth), state.Of(Width), state.Of(Function), state.Of(Scheme));
        var initializer = Of(scheme, (float)state.Of(Size));
        var network = Network.Build(DigitImages.Shape, x =>
        {
            x = x.Flatten();
            for (var layer = 1; layer <= layers; layer++)
            {
                x = x.Linear(width, bias: false, initializer: initializer, name: $"linear{layer}");
                if (word != "none") x = x.Then(ActivationWords.Op(word, 1), $"f{layer}");
            }
            return x;
        });
        var weights = Weights.Initialize(network, (ulong)state.Of(Seed));
        // Signs without a pattern: the gradient of a loss that we do not know yet.
        var signs = Array.ConvertAll(new float[Images * width], _ => 0f);
        for (var i = 0; i < signs.Length; i++)
            signs[i] = ((i * 7919) ^ (i >> 3)) % 5 % 2 == 0 ? 1 : -1;
        var trace = page.Trace(weights, DigitImages.Normalized(Images), signs, new TraceOptions { Images = Images });
        string Last(int layer) => word == "none" ? $"linear{layer}" : $"f{layer}";
        var input = trace.Input.ToArray();
        var sizes = Enumerable.Range(1, layers).Select(layer => Spread.Size(trace.Output(Last(layer))))
            .Prepend(Spread.Size(input)).ToArray();
        var gradients = Enumerable.Range(1, layers).Select(layer => Spread.Size(trace.Gradient(Last(layer))))
            .Prepend(Spread.Size(trace.InputGradient)).ToArray();
        double[] depths = [.. Enumerable.Range(0, layers + 1)];

        page.Say($"{layers} dense layers of {width} units with fresh weights look at {Images} digits, scaled so that all digits together "
            + $"have mean 0 and deviation 1. Size is the root of the mean square.");
        page.Table("drawn", "weights: the deviation that was asked for, and that which was drawn", ["layer", "inputs", "outputs", "asked",
            "drawn"], Enumerable.Range(1, layers).Select(layer =>
        {
            var parameter = weights[$"linear{layer}.weight"];
            return (IReadOnlyList<TableCell>)[$"linear{layer}", parameter.Definition.FanIn, parameter.Definition.FanOut,
                Asked(state, parameter.Definition.FanIn, parameter.Definition.FanOut), Spread.Of(parameter.Values).Deviation];
        }));
        var expected = Expected(sizes[0], layers, word, layer => Asked(state, layer == 1 ? DigitImages.Shape.Count : width, width),
            layer => layer == 1 ? DigitImages.Shape.Count : width);
        page.Add(section => new Lines(section, "sizes", "size of the numbers by depth: level where the start is right", new Axis("layer"),
            new Axis("root mean square", IsLogarithmic: true),
            [new Series("measured", depths, sizes), .. expected is null ? (Series[])[] : [new Series("expected", depths, expected)]]));
        page.Formula("ratio", "the last layer's size in those of the first", Term.Symbol("r", sizes[layers] / sizes[1]),
            Term.Symbol("last", sizes[layers]) / Term.Symbol("first", sizes[1]));
        var ratio = sizes[layers] / sizes[1];
        page.When("fades", ratio < 0.1, $"The numbers fade: behind the last layer they are {ratio} of what they were behind the first.",
            $"The numbers are at least a tenth of what they were.");
        page.When("grows", ratio > 10, $"The numbers explode: they have become {ratio} times larger on their way.",
            $"The numbers are at most ten times what they were.");
        Histogram(page, "first", "numbers behind the first layer, in bins", trace.Output(Last(1)));
        Histogram(page, "last", "numbers behind the last layer, in bins", trace.Output(Last(layers)));
        page.Say("Xavier and Glorot are the same start: weights of variance 2 / (fan_in + fan_out), with the numbers that a unit reads and "
            + "those that read it. He's variance is 2 / fan_in, for ReLU; LeCun's is 1 / fan_in, for SELU.");

        page.In(Section.Gradient);
        page.Say($"On the way back each layer multiplies by its transposed weights and by the slopes: the gradient wants fan_out where "
            + $"the numbers want fan_in.");
        page.Add(section => new Lines(section, "gradients", "size of the gradient by depth: 1 at the end, the input on the left",
            new Axis("layer"), new Axis("root mean square", IsLogarithmic: true), [new Series("measured", depths, gradients)]));
        page.Table("updates", "size of each layer's weight gradient", ["layer", "dW"],
            Enumerable.Range(1, layers).Select(layer => (IReadOnlyList<TableCell>)[$"linear{layer}",
            Spread.Size(trace.WeightGradient($"linear{layer}.weight"))]));
        page.When("gradient-fades", gradients[1] < 0.01, $"At the first layer the gradient is {gradients[1]}: the deeper the network, "
            + $"the less its beginning learns.", $"At the first layer the gradient is still {gradients[1]}.");
        page.Cost("cost", "these layers", new("weights", network.TrainableCount), new("multiply-adds for an image", network.MultiplyAdds),
            new("random numbers drawn", network.TrainableCount));
        var behind = word == "none" ? "" : $".{char.ToUpperInvariant(word[0])}{word[1..]}()";
        page.Code("The same weights in C#", $"""
            var network = Network.Build(Shape.Image(1, 28, 28), x =>
            {"{"}
                x = x.Flatten();
                for (var layer = 1; layer <= {layers}; layer++)
                    x = x.Linear({width}, bias: false, initializer: {CodeOf(scheme, (float)state.Of(Size))}){behind};
                return x;
            {"}"});
            Console.WriteLine(ActivationStatistics.Of(network, seed: {state.Of(Seed)}, Datasets.Digits().Training));
            """);
    }

    private static Initializer Of(string scheme, float size) => scheme switch
    {
        "he-normal" => Initializer.HeNormal,
        "he-uniform" => Initializer.HeUniform,
        "glorot-normal" => Initializer.GlorotNormal,
        "glorot-uniform" => Initializer.GlorotUniform,
        "lecun-normal" => Initializer.LeCunNormal,
        "lecun-uniform" => Initializer.LeCunUniform,
        "normal" => Initializer.Normal(size),
        "uniform" => Initializer.Uniform(size),
        _ => Initializer.Orthogonal(size),
    };

    private static string CodeOf(string scheme, float size) => scheme switch
    {
        "normal" => $"Initializer.Normal({size}f)",
        "uniform" => $"Initializer.Uniform({size}f)",
        "orthogonal" => $"Initializer.Orthogonal({size}f)",
        "he-normal" => "Initializer.HeNormal",
        "he-uniform" => "Initializer.HeUniform",
        "glorot-normal" => "Initializer.GlorotNormal",
        "glorot-uniform" => "Initializer.GlorotUniform",
        "lecun-normal" => "Initializer.LeCunNormal",
        _ => "Initializer.LeCunUniform",
    };

    // An orthogonal matrix of n x m has the mean square gain^2 / max(n, m).
    private static double Asked(LessonState state, long fanIn, long fanOut) => state.Of(Scheme) switch
    {
        "he-normal" or "he-uniform" => Math.Sqrt(2.0 / fanIn),
        "glorot-normal" or "glorot-uniform" => Math.Sqrt(2.0 / (fanIn + fanOut)),
        "lecun-normal" or "lecun-uniform" => Math.Sqrt(1.0 / fanIn),
        "normal" => state.Of(Size),
        "uniform" => state.Of(Size) / Math.Sqrt(3),
        _ => state.Of(Size) / Math.Sqrt(Math.Max(fanIn, fanOut)),
    };

    /// <summary>q (fan_in v)^L without an activation, and half of that in each layer with ReLU; others have no such formula.</summary>
    private static double[]? Expected(double first, int layers, string word, Func<int, double> deviation, Func<int, int> inputs)
    {
        if (word is not ("relu" or "none")) return null;
        var sizes = new double[layers + 1];
        sizes[0] = first;
        for (var layer = 1; layer <= layers; layer++)
            sizes[layer] = sizes[layer - 1] * deviation(layer) * Math.Sqrt(inputs(layer) * (word == "relu" ? 0.5 : 1));
        return sizes;
    }

    private static void Histogram(LessonPage page, string key, string caption, float[] numbers)
    {
        var (least, most) = ((double)numbers.Min(), (double)numbers.Max());
        var wide = most > least ? (most - least) / Bins : 1;
        var counts = new double[Bins];
        foreach (var number in numbers)
            counts[Math.Min(Bins - 1, (int)((number - least) / wide))]++;
        page.Add(section => new Bars(section, key, caption,
            [.. Enumerable.Range(0, Bins).Select(bin => NumberText.Of(least + ((bin + 0.5) * wide)))], new Axis("how many"),
            [new BarSeries("numbers", counts)]));
    }
}
