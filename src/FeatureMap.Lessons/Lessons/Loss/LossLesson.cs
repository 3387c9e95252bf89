using FeatureMap.Networks;
using FeatureMap.Ops;
using FeatureMap.Training;

namespace FeatureMap.Lessons;

/// <summary>Losses: softmax cross-entropy with smoothing and class weights, margins on a circle, a formula of one's own.</summary>
internal sealed class LossLesson : Lesson
{
    private static readonly MatrixControl Logits = new("logits", "What the network gave: a number for each class",
        new Volume(1, 2, 1, 0, -1), mostRows: 1, mostColumns: 8)
    { LeastColumns = 2 };
    private static readonly WholeControl Target = new("target", "The right class, from 0", 0, 0, 7);
    private static readonly RealControl Smoothing = new("smoothing", "Part of the target that is spread over all classes", 0, 0, 0.9, 0.05);
    private static readonly MatrixControl ClassFactors = new("weights", "How much each class counts", Volume.Filled(Shape.Image(1, 1, 4),
        1), mostRows: 1, mostColumns: 8);
    private static readonly ListControl Directions = new("classes", "Directions of the classes on the circle, in degrees", [0, 120, 240], 0,
        359, fewest: 2, longest: 6);
    private static readonly RealControl Angle = new("angle", "Where the embedding stands, in degrees; its class is the first",
        35, 1, 359, 1);
    private static readonly RealControl Radius = new("radius", "Length of the embedding", 1, 0.1, 4, 0.1);
    private static readonly RealControl Scale = new("scale", "What the cosines are multiplied by", 8, 1, 64, 1);
    private static readonly RealControl Margin = new("margin", "Margin of CosFace (of the cosine) and ArcFace (radians)", 0.35, 0,
        0.95, 0.05);
    private static readonly WholeControl Factor = new("factor", "What A-Softmax multiplies the angle by", 3, 1, 4);
    private static readonly ListControl Triplet = new("triplet", "Anchor, positive, negative on the circle, in degrees", [0, 40, 60], 0,
        359, fewest: 3, longest: 3);
    private static readonly RealControl Apart = new("apart", "Margin of the triplet loss, of squared distances", 0.2, 0.05, 2, 0.05);
    private static readonly TextControl Own = new("own", "A loss of your own, checked by differences", "focal",
        "a formula of p (softmax), q (target) and x (logits) with + - * / ^, log, exp, sqrt, abs, sum and mean, such as "
            + "-sum(q * log(p)), or focal, squared, confidence", text => LossFormula.Parse(text).Text);

    public override string Id => "loss";

    public override IReadOnlyList<string> Aliases => ["losses", "cross-entropy", "softmax", "triplet", "center-loss", "a-softmax",
        "arcface", "cosface"];

    public override IReadOnlyList<string> Headings => ["Loss Functions"];

    public override string Title => "Loss functions";

    public override string Claim => "The loss says in one number how wrong an answer is; for softmax cross-entropy its gradient is the "
        + "probability less the target, and margins ask for more than being right.";

    public override IReadOnlyList<Control> Controls { get; } = [Logits, Target, Smoothing, ClassFactors, Directions, Angle, Radius, Scale,
        Margin, Factor, Triplet, Apart, Own];

    public override IReadOnlyList<Experiment> Experiments { get; } =
    [
        new("wrong", "Sure and wrong", "logits=-4_5_0_0", "The loss is nearly the distance of the logits, and the gradient nearly 1: it "
            + "pulls as hard as it can."),
        new("smoothed", "Label smoothing", "logits=9_0_0_0&smoothing=0.1", "So sure an answer now costs something, and the right class "
            + "is pushed down: q is 0.925 there, not 1."),
        new("weighted", "A rare class", "target=3&weights=1_1_1_5", "The gradient of an image of class 3 is five times as large."),
        new("margin", "Right, but not by enough", "angle=50&margin=0.5", "The angle to the own class is smaller than to any other, and "
            + "the margin losses still pull."),
        new("easy", "An easy triplet", "triplet=0_10_180", "The negative is far away: the loss is 0, and so is the gradient."),
    ];

    public override Prediction Prediction { get; } = new("Before you look: what is the gradient of the right class's logit?",
        "gradient-target");

    public override IReadOnlyList<Pitfall> Pitfalls { get; } =
    [
        new("A softmax at the end of the network and softmax cross-entropy behind it: two softmaxes, of which the second sees numbers "
            + "between 0 and 1 only.", "double-softmax"),
        new("An activation on the logits cuts what the softmax needs.", "logit-activation"),
        new("Dropout on the logits hides the answer itself.", "logit-dropout"),
        new("Squared error of probabilities: a wrong and sure answer has hardly any gradient, because its softmax is flat there."),
        new("Centre loss alone is made 0 by putting everything into one point; it needs a loss beside it that keeps the classes apart."),
    ];

    public override IReadOnlyList<Question> Questions { get; } =
    [
        new("Ten classes, all logits 0. What does cross-entropy cost?", ["1", "ln 10 = 2.3026", "10"], 1,
            "Every probability is 1/10, and -ln(1/10) = ln 10."),
        new("The right class has probability 0.9. What is the gradient of its logit?", ["-0.1", "0.1", "0.9"], 0, "p - q = 0.9 - 1."),
        new("What does adding 5 to all logits change?", ["the loss grows by 5", "nothing", "the gradient"], 1,
            "Softmax looks at differences only."),
    ];

    public override IReadOnlyList<Challenge> Challenges { get; } =
    [
        new(
            "smoothed-best", "With a smoothing of 0.1 find logits whose gradients are all below 0.005 in size: the best answer to a "
                + "smoothed target.",
            (state, page) =>
            {
                var largest = page.Numbers("gradient").Max(Math.Abs);
                return new Verdict(Math.Abs(state.Of(Smoothing) - 0.1) < 1e-6 && largest < 0.005,
                    $"smoothing {NumberText.Of(state.Of(Smoothing))}: the largest gradient is {NumberText.Of(largest)}.");
            },
            "logits=3.61_0_0_0&smoothing=0.1", "logits=20_0_0_0&smoothing=0.1"),
    ];

    public override string Room => "Ops/Losses/SoftmaxCrossEntropy";

    public override IReadOnlyList<Source> Sources { get; } =
    [
        new("Szegedy et al., Rethinking the Inception architecture (label smoothing)", "arXiv 1512.00567"),
        new("Schroff, Kalenichenko and Philbin, FaceNet (triplet loss)", "arXiv 1503.03832"),
        new("Wen et al., A discriminative feature learning approach for deep face recognition (centre loss)", "ECCV 2016"),
        new("Liu et al., SphereFace (A-Softmax)", "arXiv 1704.08063"),
        new("Deng et al., ArcFace", "arXiv 1801.07698"),
    ];

    protected override void Compute(LessonState state, LessonPage page)
    {
        var logits = state.Of(Logits);
        var classes = logits.Shape.Count;
        var target = Math.Min(state.Of(Target), classes - 1);
        var smoothing = (float)state.Of(Smoothing);
        var factors = page.Fit(ClassFactors, logits.Shape);
        if (factors.ToArray().Any(factor => factor < 0)) throw new UsageException("A class counts 0 times or more: the weights have a "
            + "number below 0.");
        float[] once = [.. Enumerable.Range(0, classes).Select(k => k == target ? 1f : 0)];
        double[] smoothed = [.. once.Select(q => (q * (1 - (double)smoothing)) + ((double)smoothing / classes))];
        var vector = Shape.Vector(classes);
        // The op that trains, and beside it the same written as an expression, which takes class weights.
        var fused = page.Trace(Network.Build(vector, x => x.Then(new SoftmaxCrossEntropy(smoothing), "loss", x.Constant(vector, once))),
            logits.Values);
        var soft = page.Trace(Network.Build(vector, x => x.Softmax("p")), logits.Values);
        float[] counted = [.. smoothed.Select((q, k) => (float)(q * factors.Values[k]))];
        var weighted = page.Trace(Network.Build(vector, x => -(x.Constant(vector, counted) * x.LogSoftmax()).Sum()), logits.Values);
        double[] p = [.. soft.Result.Select(value => (double)value)];

        page.When("moved", target != state.Of(Target),
            $"There is no class {state.Of(Target)}: classes are 0 to {classes - 1}. Class {target} is taken.");
        page.Say($"The network gave a number for each of {classes} classes; the right one is class {target}.");
        page.Edit(Logits, "logits: change them");
        page.Add(section => new Bars(section, "probabilities", "softmax: probabilities, and the target",
            [.. Enumerable.Range(0, classes).Select(k => $"{k}")], new Axis("probability"),
            [new BarSeries("p", p), new BarSeries("q", smoothed)]));
        page.Formula("softmax", "the probability of the right class", Term.Symbol("p", p[target]),
            Term.Exponential(Logit(target)) / Term.Sum([.. Enumerable.Range(0, classes).Select(k => Term.Exponential(Logit(k)))]));
        page.Formula("loss", "the loss: what the target expects, in logarithms", Term.Symbol("L", fused.Result[0]),
            0 - Term.Sum([.. Enumerable.Range(0, classes).Where(k => smoothed[k] > 0).Select(k => Term.Symbol($"q_{k}",
                smoothed[k]) * (Logit(k) - LogSum()))]));
        page.When("right", p[target] == p.Max(), $"The right class has the largest probability, {p[target]}.",
            $"Another class has a larger probability than the right one, which has {p[target]}.");
        page.When("smoothed", smoothing > 0, $"With a smoothing of {smoothing} the best answer is not the surest one: the right class "
            + $"should get {smoothed[target]}.");
        page.Edit(ClassFactors, "class weights: change them", factors);
        page.Formula("weighted", "the same with class weights", Term.Symbol("L_w", weighted.Result[0]),
            0 - Term.Sum([.. Enumerable.Range(0, classes).Select(k => Term.Symbol($"w_{k}", factors.Values[k]) * Term.Symbol($"q_{k}",
                smoothed[k]) * (Logit(k) - LogSum()))]));

        page.In(Section.Gradient);
        page.Say("The gradient of a logit is its probability less its target: dL/dx = p - q. It is never larger than 1, and 0 when the "
            + "answer is the target.");
        page.Grid("gradient", "dL/dlogits, by the op", logits.Shape, fused.InputGradient);
        page.Formula("gradient-target", "the gradient of the right class", Term.Symbol("d", fused.InputGradient[target],
            new CellReference("gradient", target)), Term.Symbol("p", p[target]) - Term.Symbol("q", smoothed[target]));
        page.Grid("gradient-weighted", "the same with class weights: p times the weight of the target, less w q", logits.Shape,
            weighted.InputGradient);
        page.When("pushed-down", fused.InputGradient[target] > 0, "The gradient of the right class is above 0: it is pushed down, "
            + "because the target does not ask for so much.", "A step against the gradient raises the right class.");
        MarginScene.Circle(page, [.. state.Of(Directions)], state.Of(Angle), (float)state.Of(Radius), (float)state.Of(Scale),
            (float)state.Of(Margin), state.Of(Factor));
        MarginScene.Distances(page, state.Of(Triplet), (float)state.Of(Apart));
        OwnFormula(page, LossFormula.Parse(state.Of(Own)), logits, smoothed);
        page.Cost("cost", "the loss of an image", new("exponentials", classes), new("logarithms", 1),
            new("numbers kept for the way back (p)", classes), new("parameters", 0));
        var counting = factors.ToArray().All(factor => factor == 1) ? ""
            : $", classWeights: new ClassWeights({string.Join(", ", factors.ToArray().Select(factor => $"{factor}f"))})";
        page.Code("The same loss in C#", $"""
            var options = new TrainingOptions
            {"{"}
                Loss = Loss.CrossEntropy(labelSmoothing: {smoothing}f{counting}),
            {"}"};
            var own = Loss.Custom("own", (output, target) => {LossFormula.Parse(state.Of(Own)).Code});
            Console.WriteLine(GradientCheck.Run(Network.Build(Shape.Vector(3), x => x.Linear({classes})), own));
            """);

        Term Logit(int k) => Term.Symbol($"x_{k}", logits.Values[k], new CellReference("logits", k));
        Term LogSum() => Term.Logarithm(Term.Sum([.. Enumerable.Range(0, classes).Select(k => Term.Exponential(Logit(k)))]));
    }

    /// <summary>A loss written by the learner, and the judges of its gradient.</summary>
    private static void OwnFormula(LessonPage page, LossFormula formula, Volume logits, double[] target)
    {
        const double step = 1e-5;
        var shape = Shape.Vector(target.Length);
        var trace = page.Trace(Network.Build(shape, x => formula.Build(x, x.Constant(shape, Array.ConvertAll(target, q => (float)q)))),
            logits.Values);
        page.Say($"A loss of your own is one expression of p, q and x, number by number for each class: {formula.Text}. Its gradient "
            + $"follows by itself.");
        double[] at = Array.ConvertAll(logits.ToArray(), value => (double)value);
        double Moved(int k, double change) => formula.Value([.. at.Select((x, i) => i == k ? x + change : x)], target);
        page.Table("own-loss", "its value for the logits above", ["judge", "loss"],
            [["the engine", trace.Result[0]], ["the formula in double precision", formula.Value(at, target)]]);
        page.Grid("own-gradient", "its gradient, by the engine", logits.Shape, trace.InputGradient);
        page.Grid("own-differences", "the same by differences: each logit moved up and down by 0.00001", logits.Shape,
            Enumerable.Range(0, at.Length).Select(k => (Moved(k, step) - Moved(k, -step)) / (2 * step)));
        var check = GradientCheck.Run(Network.Build(Shape.Vector(3), x => x.Linear(at.Length, name: "linear")),
            Loss.Custom("own", formula.Build));
        page.Table("check", "and behind a dense layer with random numbers: what the gradient check found", ["what", "largest gradient",
            "distance from differences", "distance of float32"], check.Rows.Select(row =>
            (IReadOnlyList<TableCell>)[row.Name, row.Largest, row.DifferenceError, row.EngineError]));
    }
}
