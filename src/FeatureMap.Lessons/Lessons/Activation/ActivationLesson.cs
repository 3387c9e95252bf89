using FeatureMap.Analysis;
using FeatureMap.Networks;
using FeatureMap.Ops;

namespace FeatureMap.Lessons;

/// <summary>Activations: f and f', what is left of a gradient after many of them, units that never answer again.</summary>
internal sealed class ActivationLesson : Lesson
{
    private const int Images = 16, Filters = 8, Points = 97;
    private const float Range = 6;

    private static readonly ChoiceControl Function = new("function", "The activation", [.. ActivationWords.All]);
    private static readonly ChoiceControl Beside = new("beside", "A second one to compare",
        ["sigmoid", .. ActivationWords.All.Where(word => word != "sigmoid")]);
    private static readonly RealControl Parameter = new("parameter", "Slope of leaky-relu, alpha of elu, beta of silu and softplus", 0.25,
        0.01, 1, 0.01);
    private static readonly RealControl At = new("x", "The number that goes in", 1.5, -8, 8, 0.1);
    private static readonly WholeControl Layers = new("layers", "How many layers the number passes, one after the other", 10, 1, 20);
    private static readonly RealControl Weight = new("weight", "What each layer multiplies by before its activation", 1, -3, 3, 0.1);
    private static readonly RealControl Bias = new("bias", "The bias of the layer on digits below", 0, -12, 12, 0.25);

    public override string Id => "activation";

    public override IReadOnlyList<string> Aliases => ["activations", .. ActivationWords.All, "swish"];

    public override IReadOnlyList<string> Headings => ["Activations"];

    public override string Title => "Activations";

    public override string Claim => "A function of one number stands behind each layer; without it layers collapse into one, and on the "
        + "way back each layer multiplies the gradient by its slope.";

    public override IReadOnlyList<Control> Controls { get; } = [Function, Beside, Parameter, At, Layers, Weight, Bias];

    public override IReadOnlyList<Experiment> Experiments { get; } =
    [
        new("sigmoid-fades", "Ten sigmoids", "function=sigmoid&beside=relu", "Each passes at most a quarter of the gradient; after ten "
            + "less than a millionth arrives. ReLU passes all of it."),
        new("saturated", "Far from 0", "function=sigmoid&beside=softsign&x=8",
            "Where the sigmoid is sure its slope is nearly 0; softsign, with its long tail, still has one."),
        new("dead", "Dead units", "bias=-12", "With a bias far below 0 most channels give 0 for every digit: no gradient, and no step "
            + "will wake them."),
        new("leaky", "A leak", "function=leaky-relu&bias=-12", "The same bias with a small slope on the negative side: every unit still "
            + "gets its gradient."),
        new("explodes", "A weight of 3", "x=0.5&weight=3", "The slope of ReLU is 1, so ten weights of 3 multiply the gradient by 3^10 "
            + "= 59,049."),
    ];

    public override Prediction Prediction { get; } = new("Before you look: which part of the gradient arrives in front of all "
        + "layers?", "arrives");

    public override IReadOnlyList<Pitfall> Pitfalls { get; } =
    [
        new("The slope of a sigmoid is at most 1/4, so a stack of them passes hardly any gradient: use it for gates and for the last "
            + "answer.", "sigmoid-deep"),
        new("An activation behind the logits throws information away, a ReLU all that is negative: the last layer has none.",
            "logit-activation"),
        new("A unit of ReLU that is below 0 for every image gets no gradient and never changes again: too large a learning rate makes "
            + "such units."),
        new("Two layers without an activation between them are one layer: a product of two matrices is a matrix."),
    ];

    public override IReadOnlyList<Question> Questions { get; } =
    [
        new("What is the largest slope of the sigmoid?", ["1", "1/2", "1/4"], 2, "s' = s (1 - s), largest where s = 1/2."),
        new("Which of these passes a gradient at -3?", ["ReLU", "leaky ReLU", "ReLU6"], 1,
            "The others are flat there; the leaky one has its slope."),
        new("What do two dense layers with nothing between them compute?", ["more than one can", "what one dense layer can", "nothing"], 1,
            "W2 (W1 x) = (W2 W1) x."),
    ];

    public override IReadOnlyList<Challenge> Challenges { get; } =
    [
        new(
            "keep-the-gradient", "Use sigmoid or tanh in twenty layers and let at least a tenth of the gradient arrive.",
            (state, page) => new Verdict(
                state.Of(Layers) == 20 && state.Of(Function) is ("sigmoid" or "tanh") && Math.Abs(page.Number("arrives")) >= 0.1,
                $"{state.Of(Layers)} layers of {state.Of(Function)} let {NumberText.Of(page.Number("arrives"))} of the gradient arrive."),
            "function=tanh&x=0&layers=20", "function=sigmoid&x=0&layers=20&weight=3"),
    ];

    public override string Room => "Ops/Activations";

    public override IReadOnlyList<Source> Sources { get; } =
    [
        new("Nair and Hinton, Rectified linear units improve restricted Boltzmann machines", "ICML 2010"),
        new("Klambauer et al., Self-normalizing neural networks (SELU)", "arXiv 1706.02515"),
        new("Ramachandran, Zoph and Le, Searching for activation functions (Swish)", "arXiv 1710.05941"),
    ];

    protected override void Compute(LessonState state, LessonPage page)
    {
        var (word, other, parameter, x) = (state.Of(Function), state.Of(Beside), (float)state.Of(Parameter), (float)state.Of(At));
        var (op, second) = (ActivationWords.Op(word, parameter), ActivationWords.Op(other, parameter));
        var single = Network.Build(Shape.Vector(1), input => input.Then(op, "f"));
        var trace = page.Trace(single, [x]);
        var (value, slope) = (trace.Result[0], trace.InputGradient[0]);

        page.Say($"{word} makes {value} of {x}. The engine's own kernels drew the curves.");
        if (ActivationWords.Value(word, x, parameter) is { } term) page.Formula("value", $"{word} at x", Term.Symbol("y", value), term);
        Curve(page, "curve", "f over x", [(word, op), (other, second)], point => point.Value);
        page.When("negative", value < 0, $"The answer {value} is negative: numbers behind this function can have mean 0.",
            $"The answer {value} is not negative.");
        Chain(state, page, op, x);
        Dead(state, page, op, word);

        page.In(Section.Gradient);
        page.Say($"On the way back each number of the gradient is multiplied by the slope at the number that went in: dX = f'(x) dY.");
        Curve(page, "slopes", "f' over x: what the gradient is multiplied by", [(word, op), (other, second)], point => point.Derivative);
        const float step = 0.01f;
        var (above, below) = (page.Trace(single, [x + step]).Result[0], page.Trace(single, [x - step]).Result[0]);
        page.Table("slope", $"the slope at {NumberText.Of(x)}", ["judge", "slope"],
        [
            ["the kernel of the way back", slope],
            ["central difference: (f(x + 0.01) - f(x - 0.01)) / 0.02", ((double)above - below) / ((double)(x + step) - (x - step))],
        ]);
        page.When("flat", slope == 0, $"The slope at {x} is exactly 0: nothing is learned from this number.",
            $"The slope at {x} is {slope}: what lies before goes on learning.");

        var shape = Shape.Image(Filters, 13, 13);
        page.Cost("cost", $"{word} behind the layer on digits", new("numbers that pass", shape.Count),
            new("multiply-adds", op.Cost([shape]).MultiplyAdds),
            new("parameters", op.Parameters([shape]).Sum(definition => definition.Count)), new("bytes of its output", 4.0 * shape.Count));
        page.Code("The same curve in C#", $"""
            foreach (var point in ActivationCurve.Of({CodeOf(word, parameter)}, from: -6, to: 6, points: {Points}))
                Console.WriteLine($"{"{point.X}"} {"{point.Value}"} {"{point.Derivative}"}");
            """);
    }

    private static void Curve(LessonPage page, string key, string caption, (string Word, Op Op)[] functions, Func<CurvePoint,
        float> value) => page.Add(section => new Lines(
        section, key, caption, new Axis("x"), new Axis(key == "curve" ? "f(x)" : "f'(x)"),
            [.. functions.DistinctBy(function => function.Word).Select(function =>
        {
            var curve = ActivationCurve.Of(function.Op, -Range, Range, Points);
            return new Series(function.Word, [.. curve.Select(point => (double)point.X)], [.. curve.Select(point => (double)value(point))]);
        })]));

    /// <summary>One number through n layers of a weight and the activation.</summary>
    private static void Chain(LessonState state, LessonPage page, Op op, float x)
    {
        var (layers, weight) = (state.Of(Layers), (float)state.Of(Weight));
        var network = Network.Build(Shape.Vector(1), input =>
        {
            for (var layer = 1; layer <= layers; layer++)
                input = input.Linear(1, bias: false, name: $"linear{layer}").Then(op, $"f{layer}");
            return input;
        });
        var trace = page.Trace(network, [x], Enumerable.Range(1, layers).Select(layer => ($"linear{layer}.weight", (float[])[weight])));
        var values = Enumerable.Range(1, layers).Select(layer => (double)trace.Output($"f{layer}")[0]).Prepend(x).ToArray();
        var gradients = Enumerable.Range(1, layers).Select(layer => (double)trace.Gradient($"f{layer}")[0])
            .Prepend(trace.InputGradient[0]).ToArray();
        // What the way back multiplied by in each layer: the weight times the slope.
        var factors = Enumerable.Range(1, layers).Select(layer => (double)weight * Ratio(trace.Gradient($"linear{layer}")[0],
            trace.Gradient($"f{layer}")[0])).ToArray();
        page.Say($"Now {layers} layers, each a weight of {weight} and the activation behind it.");
        page.Add(section => new Bars(section, "chain", "the number behind each layer",
            [.. Enumerable.Range(0, layers + 1).Select(layer => $"{layer}")], new Axis("number"), [new BarSeries("number", values)]));
        page.In(Section.Gradient);
        page.Add(section => new Bars(section, "chain-gradient", "the gradient behind each layer: 1 at the end, and what arrives in front",
            [.. Enumerable.Range(0, layers + 1).Select(layer => $"{layer}")], new Axis("gradient"),
            [new BarSeries("gradient", gradients)]));
        page.Formula("arrives", "what arrives: the weight times the slope, layer after layer", Term.Symbol("dx", gradients[0]),
            Product(factors));
        page.When("vanishes", Math.Abs(gradients[0]) < 0.001, $"Less than a thousandth arrives: the first layers learn next to nothing.",
            $"More than a thousandth arrives.");
        page.When("explodes", Math.Abs(gradients[0]) > 1000, $"The gradient has grown to {gradients[0]}: one step may throw the weights "
            + $"anywhere.");
        page.In(Section.Forward);
    }

    private static double Ratio(float before, float behind) => behind == 0 ? 0 : (double)before / behind;

    private static Term Product(double[] factors) => factors.Length == 1 ? Term.Symbol("f'(1)", factors[0]) : new OperationTerm(
        TermOperation.Product, [.. factors.Select((factor, layer) => Term.Symbol($"w f'({layer + 1})", factor))]);

    /// <summary>A layer of fresh weights over digits: which channels still get a gradient.</summary>
    private static void Dead(LessonState state, LessonPage page, Op op, string word)
    {
        var network = Network.Build(DigitImages.Shape, input => input.Conv(Filters, 3, stride: 2, name: "conv").Then(op, "f"));
        var weights = Weights.Initialize(network, 1);
        weights["conv.bias"].Values.Fill((float)state.Of(Bias));
        var trace = page.Trace(weights, DigitImages.Normalized(Images), options: new TraceOptions { Images = Images });
        var (gradient, area) = (trace.Gradient("conv"), network["conv"].Output.Area);
        var passes = new double[Filters];
        for (var i = 0; i < gradient.Length; i++)
            if (gradient[i] != 0) passes[i / area % Filters] += 1.0 / (Images * area);
        var dead = passes.Count(share => share == 0);
        page.Say($"A layer of {Filters} kernels with fresh weights and a bias of {state.Of(Bias)} looks at {Images} digits; {word} "
            + $"stands behind it.");
        page.Add(section => new Bars(section, "alive", "share of places where a gradient passes, channel by channel",
            [.. Enumerable.Range(0, Filters).Select(channel => $"{channel}")], new Axis("share"), [new BarSeries("passes", passes)]));
        page.When("dead", dead > 0, $"{dead} of {Filters} channels pass a gradient nowhere, for no digit: they are dead.",
            $"Every channel passes a gradient somewhere.");
    }

    private static string CodeOf(string word, float parameter) => word switch
    {
        "leaky-relu" => $"new LeakyRelu({parameter}f)",
        "elu" => $"new Elu({parameter}f)",
        "silu" => $"new Silu({parameter}f)",
        "softplus" => $"new Softplus({parameter}f)",
        _ => $"new {string.Concat(word.Split('-').Select(part => char.ToUpperInvariant(part[0]) + part[1..]))}()",
    };
}
