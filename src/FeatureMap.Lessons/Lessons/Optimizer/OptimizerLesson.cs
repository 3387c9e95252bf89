using FeatureMap.Networks;
using FeatureMap.Training;

namespace FeatureMap.Lessons;

/// <summary>Optimisers on surfaces of two numbers, step by step, by the update rules that train.</summary>
internal sealed class OptimizerLesson : Lesson
{
    private const int Cells = 31, Within = 20;
    private const double Near = 0.01;

    private static readonly string[] Rules = ["sgd", "momentum", "nesterov", "rmsprop", "adam", "adamw", "lion"];
    private static readonly ChoiceControl Ground = new("surface", "What is made small", "valley", "bowl", "saddle", "two-bump");
    private static readonly ChoiceControl Chosen = new("optimizer", "Whose steps are written out",
        ["momentum", .. Rules.Where(rule => rule != "momentum")]);
    private static readonly RealControl StartX = new("start-x", "x of the start", -2.5, -3, 3, 0.1);
    private static readonly RealControl StartY = new("start-y", "y of the start", 1.5, -3, 3, 0.1);
    private static readonly RealControl Rate = new("rate", "The learning rate", 0.1, 0.001, 2, 0.01);
    private static readonly RealControl Momentum = new("momentum", "Momentum of SGD and Nesterov, beta1 of Adam and Lion", 0.9, 0.01,
        0.99, 0.01);
    private static readonly RealControl Memory = new("memory", "Smoothing of RMSProp, beta2 of Adam and Lion", 0.99, 0.5, 0.9999, 0.001);
    private static readonly RealControl Decay = new("decay", "Weight decay", 0, 0, 0.5, 0.01);
    private static readonly WholeControl Steps = new("steps", "How many steps", 20, 1, 60);

    public override string Id => "optimizer";

    public override IReadOnlyList<string> Aliases => ["optimiser", "optimizers", "optimisers", .. Rules];

    public override IReadOnlyList<string> Headings => ["Optimizers"];

    public override string Title => "Optimizers";

    public override string Claim => "A step goes against the gradient; momentum remembers where it went, and the adaptive ones "
        + "divide by how "
        + "large the gradient usually is, so all directions move alike.";

    public override IReadOnlyList<Control> Controls { get; } = [Ground, Chosen, StartX, StartY, Rate, Momentum, Memory, Decay, Steps];

    public override IReadOnlyList<Experiment> Experiments { get; } =
    [
        new("too-large", "A rate too large", "optimizer=sgd&rate=0.52", "Across the valley the slope changes by 4 for each unit, so "
            + "beyond a rate of 2 / 4 each step lands farther away than it began."),
        new("bowl", "A bowl", "surface=bowl&optimizer=sgd&rate=0.5", "On an even bowl one step with the right rate is enough."),
        new("saddle", "On the saddle", "surface=saddle&optimizer=adam&start-y=0", "With y = 0 the gradient never leaves the ridge: the "
            + "saddle is reached and not left."),
        new("hollow", "The wrong hollow", "surface=two-bump&optimizer=sgd&start-x=-2&start-y=0.5&rate=0.3&steps=60",
            "The nearer hollow is not the deeper one, and nothing downhill leads out of it."),
        new("decay", "Decay apart", "optimizer=adamw&rate=0.3&decay=0.5&steps=60",
            "AdamW pulls by rate x decay x w whatever the gradient is; Adam divides the pull by the size of the gradient too."),
    ];

    public override Prediction Prediction { get; } = new("Before you look: where does x stand after the first step?", "first-step");

    public override IReadOnlyList<Pitfall> Pitfalls { get; } =
    [
        new("Too large a rate throws the weights farther away with every step; the steepest direction sets the bound, 2 / curvature for "
            + "plain descent."),
        new("Decay inside Adam's gradient is divided by its size like the rest: weights with large gradients hardly decay. AdamW keeps "
            + "it apart."),
        new("Momentum 0.9 makes steps up to ten times as large: lower the rate when you add it."),
        new("Lion moves each number by the full rate in each step: a rate of Adam's is too large for it."),
    ];

    public override IReadOnlyList<Question> Questions { get; } =
    [
        new("How large is the first step of Adam, whatever the gradient is?", ["the rate", "the rate times the gradient", "0"], 0,
            "Both averages are corrected for their start, so it is rate x g / |g|."),
        new("On f = 2 y^2 plain descent multiplies y by 1 - 4 rate. From which rate on does it diverge?", ["1/4", "1/2", "1"], 1,
            "|1 - 4 x 1/2| = 1."),
        new("How many numbers does Adam keep for each weight?", ["none", "1", "2"], 2, "The average gradient and the average square."),
    ];

    public override IReadOnlyList<Challenge> Challenges { get; } =
    [
        new(
            "twenty-steps", $"Reach the bottom of the valley in at most {Within} steps from (-2.5, 1.5): a height below 0.01.",
            (state, page) => new Verdict(
                state.Of(Ground) == "valley" && state.Of(Steps) <= Within && state.Of(StartX) == StartX.Default
                    && state.Of(StartY) == StartY.Default && page.Number("end") < Near,
                $"{state.Of(Steps)} steps of {state.Of(Chosen)} on the {state.Of(Ground)} end at a height of "
                    + $"{NumberText.Of(page.Number("end"))}."),
            "rate=0.45&momentum=0.6", "optimizer=sgd&rate=0.45"),
    ];

    public override string Room => "Training/Optimizers";

    public override IReadOnlyList<Source> Sources { get; } =
    [
        new("Sutskever et al., On the importance of initialization and momentum in deep learning", "ICML 2013"),
        new("Kingma and Ba, Adam", "arXiv 1412.6980"),
        new("Loshchilov and Hutter, Decoupled weight decay regularization", "arXiv 1711.05101"),
        new("Chen et al., Symbolic discovery of optimization algorithms (Lion)", "arXiv 2302.06675"),
    ];

    protected override void Compute(LessonState state, LessonPage page)
    {
        var (surface, rule, steps) = (DescentSurface.Of(state.Of(Ground)), state.Of(Chosen), state.Of(Steps));
        var paths = Rules.ToDictionary(name => name, name => Path(state, surface, name));
        var path = paths[rule];
        var heights = path.Select(point => surface.Height(point.Weights[0], point.Weights[1])).ToArray();
        var optimizer = Of(state, rule);

        page.Say($"f(x, y) = {surface.Text}. {rule} starts at ({(float)state.Of(StartX)}, {(float)state.Of(StartY)}) and makes "
            + $"{path.Count - 1} steps; the engine's own update rule moves the two numbers.");
        page.Add(section => new Surface(
            section, "paths", "height as contours, and the path of each optimiser", new Axis("x"), new Axis("y"), -surface.Half,
                surface.Half, -surface.Half, surface.Half, Cells, Cells,
            [.. from row in Enumerable.Range(0, Cells) from column in Enumerable.Range(0, Cells) select surface.Height(Place(surface,
                column), Place(surface, row))],
            [.. Rules.OrderBy(name => name == rule ? 0 : 1).Select(name =>
                new Series(name, [.. paths[name].Select(point => (double)point.Weights[0])],
                [.. paths[name].Select(point => (double)point.Weights[1])]))]));
        FirstStep(state, page, path, rule);
        page.Table("steps", $"{rule}, step by step", ["step", "x", "y", "height"],
            path.Select((point, step) => (IReadOnlyList<TableCell>)[$"{step}", point.Weights[0], point.Weights[1], heights[step]]));
        page.Formula("end", "height where it ends, above the bottom", Term.Symbol("h", heights[^1] - surface.Bottom),
            Term.Symbol("f", heights[^1]) - Term.Symbol("bottom", surface.Bottom));
        page.When("diverges", !(heights[^1] <= heights[0]), $"It ends higher than it began: {heights[0]} at first, {heights[^1]} now. "
            + $"Lower the rate.", $"It ends at a height of {heights[^1]}, from {heights[0]} at first.");
        page.When("arrives", heights[^1] - surface.Bottom < Near, $"That is the bottom, within {Near}.");
        page.When("ridge", surface.Word == "saddle" && path.All(point => point.Weights[1] == 0),
            "y is exactly 0 all the way: the gradient never points off the ridge.");
        page.Table("race", "all of them with the same settings", ["optimiser", "x", "y", "height above the bottom"], Rules.Select(name =>
        {
            var end = paths[name][^1].Weights;
            return (IReadOnlyList<TableCell>)[name, end[0], end[1], surface.Height(end[0], end[1]) - surface.Bottom];
        }));

        page.In(Section.Gradient);
        Slopes(state, page, surface);
        page.Table("vectors", "gradient, and what the optimiser keeps, before each step",
            ["step", "g_x", "g_y", .. optimizer.Slots.SelectMany(slot => (string[])[$"{slot}_x", $"{slot}_y"])],
            path.Select((point, step) =>
            (IReadOnlyList<TableCell>)[$"{step}", point.Gradient[0], point.Gradient[1],
                .. point.Slots.SelectMany(slot => (TableCell[])[slot[0], slot[1]])]));
        page.Cost("cost", $"{rule} beside the weights", new("numbers kept for each weight", optimizer.Slots.Count),
            new("bytes for a million weights", 4e6 * optimizer.Slots.Count), new("steps", path.Count - 1));
        page.Code("The same path in C#", $"""
            var path = OptimizerPath.Of({CodeOf(state, rule)}, [{(float)state.Of(StartX)}f, {(float)state.Of(StartY)}f], steps: {steps},
                at => [/* df/dx, df/dy of {surface.Text} */ {SlopeCode(surface.Word)}], step => {state.Of(Rate)});
            Console.WriteLine(string.Join(' ', path[^1].Weights));
            """);
    }

    private static double Place(DescentSurface surface, int cell) => surface.Half * ((2.0 * cell / (Cells - 1)) - 1);

    private static Optimizer Of(LessonState state, string rule) => rule switch
    {
        "sgd" => new Sgd(0, weightDecay: state.Of(Decay)),
        "momentum" => new Sgd(state.Of(Momentum), weightDecay: state.Of(Decay)),
        "nesterov" => new Sgd(state.Of(Momentum), nesterov: true, state.Of(Decay)),
        "rmsprop" => new RmsProp(state.Of(Memory), weightDecay: state.Of(Decay)),
        "adam" => new Adam(state.Of(Momentum), state.Of(Memory), weightDecay: state.Of(Decay)),
        "adamw" => new AdamW(state.Of(Momentum), state.Of(Memory), weightDecay: state.Of(Decay)),
        _ => new Lion(state.Of(Momentum), state.Of(Memory), state.Of(Decay)),
    };

    private static string CodeOf(LessonState state, string rule) => rule switch
    {
        "sgd" => $"new Sgd(0, weightDecay: {state.Of(Decay)})",
        "momentum" => $"new Sgd({state.Of(Momentum)}, weightDecay: {state.Of(Decay)})",
        "nesterov" => $"new Sgd({state.Of(Momentum)}, nesterov: true, {state.Of(Decay)})",
        "rmsprop" => $"new RmsProp({state.Of(Memory)}, weightDecay: {state.Of(Decay)})",
        "lion" => $"new Lion({state.Of(Momentum)}, {state.Of(Memory)}, {state.Of(Decay)})",
        _ => $"new {(rule == "adam" ? "Adam" : "AdamW")}({state.Of(Momentum)}, {state.Of(Memory)}, weightDecay: {state.Of(Decay)})",
    };

    private const string NearCode = "MathF.Exp(-(at[0] - 1) * (at[0] - 1) - at[1] * at[1])",
        FarCode = "MathF.Exp(-(at[0] + 1.5f) * (at[0] + 1.5f) - at[1] * at[1])";

    private static string SlopeCode(string word) => word switch
    {
        "bowl" => "2 * at[0], 2 * at[1]",
        "valley" => "0.2f * at[0], 4 * at[1]",
        "saddle" => "2 * at[0], (-2 * at[1]) + (at[1] * at[1] * at[1])",
        _ => $"2 * (at[0] - 1) * {NearCode} + (at[0] + 1.5f) * {FarCode} + at[0] / 25, at[1] * (2 * {NearCode} + {FarCode}) + at[1] / 25",
    };

    private static IReadOnlyList<OptimizerPoint> Path(LessonState state, DescentSurface surface, string rule) => OptimizerPath.Of(
        Of(state, rule), [(float)state.Of(StartX), (float)state.Of(StartY)], state.Of(Steps), at =>
        {
            var (x, y) = surface.Slope(at[0], at[1]);
            return [(float)x, (float)y];
        }, _ => state.Of(Rate));

    /// <summary>x after the first step: all slots are still 0, so each rule has a closed form.</summary>
    private static void FirstStep(LessonState state, LessonPage page, IReadOnlyList<OptimizerPoint> path, string rule)
    {
        var (x, g, rate) = (Term.Symbol("x", path[0].Weights[0]), Term.Symbol("g", path[0].Gradient[0]),
            Term.Symbol("rate", state.Of(Rate)));
        var (decay, mu, memory) = (Term.Symbol("decay", state.Of(Decay)), Term.Symbol("momentum", state.Of(Momentum)),
            Term.Symbol("memory", state.Of(Memory)));
        var pulled = g + (decay * x);
        Term after = rule switch
        {
            "sgd" or "momentum" => x - (rate * pulled),
            "nesterov" => x - (rate * (1 + mu) * pulled),
            "rmsprop" => x - (rate * pulled / (Term.Root((1 - memory) * Term.Power(pulled, 2)) + 1e-8)),
            "adam" => x - (rate * pulled / (Term.Root(Term.Power(pulled, 2)) + 1e-8)),
            "adamw" => (x * (1 - (rate * decay))) - (rate * g / (Term.Root(Term.Power(g, 2)) + 1e-8)),
            _ => (x * (1 - (rate * decay))) - (rate * Term.Symbol("sign g", Math.Sign(path[0].Gradient[0]))),
        };
        page.Formula("first-step", "x after the first step, when nothing is remembered yet",
            Term.Symbol("x_1", path.Count > 1 ? path[1].Weights[0] : path[0].Weights[0]), after);
    }

    /// <summary>The surface as a network: its gradient by the engine and by differences.</summary>
    private static void Slopes(LessonState state, LessonPage page, DescentSurface surface)
    {
        var network = Network.Build(Shape.Vector(2), x => Written(surface.Word, x));
        float[] at = [(float)state.Of(StartX), (float)state.Of(StartY)];
        var trace = page.Trace(network, at);
        const double step = 1e-4;
        double Difference(double dx, double dy) => (surface.Height(at[0] + dx, at[1] + dy) - surface.Height(at[0] - dx,
            at[1] - dy)) / (2 * step);
        page.Say($"The surface can be written as a network of two inputs; the engine then differentiates it as it does any loss.");
        page.Table("slopes", "the gradient at the start", ["judge", "df/dx", "df/dy"],
        [
            ["the engine, through the network of the surface", trace.InputGradient[0], trace.InputGradient[1]],
            ["differences of the height", Difference(step, 0), Difference(0, step)],
        ]);
    }

    private static Feature Written(string word, Feature x) => word switch
    {
        "bowl" => x.SumOfSquares(),
        "valley" => (x.Square() * x.Constant(Shape.Vector(2), 0.1f, 2)).Sum(),
        "saddle" => (x.Square() * x.Constant(Shape.Vector(2), 1, -1)).Sum() + (x.Square().Square() * x.Constant(Shape.Vector(2), 0,
            0.25f)).Sum(),
        _ => 1 - (-(x - x.Constant(Shape.Vector(2), 1, 0)).SumOfSquares()).Exp()
            - (0.5 * (-(x - x.Constant(Shape.Vector(2), -1.5f, 0)).SumOfSquares()).Exp()) + (x.SumOfSquares() / 50),
    };
}
