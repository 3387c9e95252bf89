using FeatureMap.Analysis;
using FeatureMap.Networks;
using FeatureMap.Ops;

namespace FeatureMap.Lessons;

/// <summary>Losses of embeddings on a circle: margins of angles, triplets, centres.</summary>
internal static class MarginScene
{
    private const int Sweep = 36;

    private static readonly string[] Kinds = ["softmax", "cosface", "arcface", "a-softmax"];

    /// <summary>An embedding among the directions of classes, and what each margin makes of it. Its class is the first.</summary>
    public static void Circle(LessonPage page, int[] directions, double degrees, float radius, float scale, float margin, int factor)
    {
        page.In(Section.Forward);
        float[] weights = [.. directions.SelectMany(direction => Point(direction, 1))], own = Point(degrees, radius);
        var classes = directions.Length;
        // The embedding itself, and then all around from its class to the other side, to draw the loss by the angle.
        float[] inputs = [.. own,
            .. Enumerable.Range(1, Sweep).SelectMany(step => Point(directions[0] + (180.0 * (step - 0.5) / Sweep), radius))];
        var traces = Kinds.ToDictionary(kind => kind, kind => page.Trace(Made(kind, classes, scale, margin, factor), inputs,
            [("cos.weight", weights)], options: new TraceOptions { Images = Sweep + 1 }));
        double Score(string kind) => kind == "softmax" ? traces[kind].Output("cos")[0] : traces[kind].Output("margin")[0];
        var angle = Math.Acos(Math.Clamp(Cosine(degrees, directions[0]), -1, 1));
        page.Say($"Now an embedding of two numbers at {degrees} degrees, length {radius}; the classes have directions on the circle, and "
            + $"it belongs to the first. Scores are cosines, times {scale}; for A-Softmax times the length too.");
        page.Add(section => new Scatter(section, "circle", "the embedding and the directions of the classes", new Axis("x"), new Axis("y"),
            [new Series("embedding", [own[0]], [own[1]]), .. directions.Select((_, k) => new Series($"class {k}", [weights[2 * k]],
                [weights[(2 * k) + 1]]))]));
        page.Formula("cosface", "CosFace: the cosine less the margin", Term.Symbol("s_c", Score("cosface")),
            Term.Symbol("s", scale) * (Term.Cosine(Term.Symbol("theta", angle)) - Term.Symbol("m", margin)));
        page.Formula("arcface", "ArcFace: the angle plus the margin", Term.Symbol("s_a", Score("arcface")),
            Term.Symbol("s", scale) * (angle + margin < Math.PI
            ? Term.Cosine(Term.Symbol("theta", angle) + Term.Symbol("m", margin))
            : Term.Cosine(Term.Symbol("theta", angle)) - (Term.Symbol("m", margin) * Math.Sin(margin))));
        var k = (int)Math.Min(factor - 1, Math.Floor(factor * angle / Math.PI));
        page.Formula("a-softmax", "A-Softmax: the angle times a factor, made to fall all the way", Term.Symbol("s_s", Score("a-softmax")),
            Term.Symbol("s", scale) * Term.Symbol("|x|", radius)
            * ((k % 2 == 0 ? Term.Cosine(Term.Symbol("m", factor) * Term.Symbol("theta", angle))
                : 0 - Term.Cosine(Term.Symbol("m", factor) * Term.Symbol("theta", angle))) - (2.0 * k)));
        page.Table("margins", "what each makes of this embedding", ["loss", "score of its class", "loss", "size of its gradient"],
            Kinds.Select(kind => (IReadOnlyList<TableCell>)
            [kind, Score(kind), traces[kind].Result[0], Math.Sqrt(((double)traces[kind].InputGradient[0] * traces[kind].InputGradient[0])
                + ((double)traces[kind].InputGradient[1] * traces[kind].InputGradient[1]))]));
        page.Add(section => new Lines(section, "by-angle", "the loss by the angle to the own class", new Axis("degrees"), new Axis("loss"),
            [.. Kinds.Select(kind => new Series(kind, [.. Enumerable.Range(1, Sweep).Select(step => 180 * (step - 0.5) / Sweep)],
                [.. traces[kind].Result.Skip(1).Select(value => (double)value)]))]));
        var nearest = directions.Select((direction, i) => (i, Cosine(degrees, direction))).MaxBy(pair => pair.Item2).i;
        page.When("nearest", nearest == 0, "Its own class is the nearest: the answer is right already, and the margins ask for more.",
            $"Class {nearest} is nearer than its own: all four pull.");
        page.In(Section.Gradient);
        page.Grid("pull", "gradient of the embedding: a row for each of softmax, cosface, arcface, a-softmax",
            Shape.Image(1, Kinds.Length, 2), Kinds.SelectMany(kind => traces[kind].InputGradient.Take(2)));
        page.In(Section.Forward);
    }

    /// <summary>Triplet and centre loss: distances instead of scores.</summary>
    public static void Distances(LessonPage page, IReadOnlyList<int> degrees, float margin)
    {
        page.In(Section.Forward);
        float[][] points = [.. degrees.Select(direction => Point(direction, 1))];
        // Two numbers of the embedding and the class behind them: anchor and positive are of class 0, the negative of class 1.
        float[] inputs = [.. points.SelectMany((point, i) => (float[])[.. point, i == 2 ? 1 : 0])];
        var network = Network.Build(Shape.Vector(3), x => x.Slice(channels: 0..2, name: "embedding").Then(new TripletLoss(margin), "loss",
            x.Slice(channels: 2..3)));
        var trace = page.Trace(network, inputs, options: new TraceOptions { Images = 3 });
        double Squared(int one, int other) => Enumerable.Range(0,
            2).Sum(axis => Math.Pow((double)points[one][axis] - points[other][axis], 2));
        double[] hinges = [Squared(0, 1) - Squared(0, 2) + margin, Squared(0, 1) - Squared(1, 2) + margin];
        var active = hinges.Count(hinge => hinge > 0);
        page.Say($"Triplets need no classes' directions: an anchor shall be nearer to its positive than to a negative, by a margin. Of "
            + $"three images two are anchors.");
        page.Add(section => new Scatter(section, "triplet-points", "anchor, positive, negative", new Axis("x"), new Axis("y"),
            [.. ((string[])["anchor", "positive", "negative"]).Select((name, i) => new Series(name, [points[i][0]], [points[i][1]]))]));
        Term Hinge(int anchor, int positive) => Term.Largest(0, Term.Symbol("d(a, p)", Squared(anchor, positive)) - Term.Symbol("d(a, n)",
            Squared(anchor, 2)) + Term.Symbol("m", margin));
        page.Formula("triplet-loss", "the mean over the triplets that cost something",
            Term.Symbol("L", trace.Result.Average(value => (double)value)), (Hinge(0, 1) + Hinge(1, 0)) / Math.Max(1, active));
        page.When("easy", active == 0, "No triplet costs anything: nothing is learned from these three.",
            $"{active} of 2 triplets cost something.");
        page.In(Section.Gradient);
        page.Grid("triplet-pull", "gradient of anchor, positive and negative: a triplet that costs something draws its positive near and "
            + "pushes the negative away", Shape.Image(1, 3, 2), trace.Gradient("embedding").Select(value => (double)value));
        Centre(page, points[0]);
        page.In(Section.Forward);
    }

    private static void Centre(LessonPage page, float[] point)
    {
        page.In(Section.Forward);
        float[] centre = [0.5f, 0.5f];
        var network = Network.Build(Shape.Vector(2), x => x.Then(new CenterLoss(1, 0.5f), "loss", x.Constant(Shape.Vector(2), 1, 0)));
        var trace = page.Trace(network, point, [("loss.centers", [.. centre, 0, 0])]);
        page.Formula("centre-loss", "centre loss of the anchor, whose centre stands at (0.5, 0.5)", Term.Symbol("L", trace.Result[0]),
            Term.Of(0.5) * (Term.Power(Term.Symbol("x", point[0]) - centre[0], 2) + Term.Power(Term.Symbol("y", point[1]) - centre[1], 2)));
        var moved = trace.Measured("loss.centers");
        page.Formula("centre-moves", "and the centre follows, by rate / (1 + images) of the way", Term.Symbol("c", moved[0]),
            Term.Of(centre[0]) + ((Term.Symbol("x", point[0]) - centre[0]) * 0.5 / 2));
        page.In(Section.Gradient);
        page.Grid("centre-pull", "gradient of the anchor by centre loss: x - c", Shape.Image(1, 1, 2),
            trace.InputGradient.Select(value => (double)value));
    }

    private static Network Made(string kind, int classes, float scale, float margin, int factor) => Network.Build(Shape.Vector(2), x =>
    {
        float[] once = [.. Enumerable.Range(0, classes).Select(k => k == 0 ? 1f : 0)];
        var target = x.Constant(Shape.Vector(classes), once);
        var cosines = kind == "a-softmax" ? x.AngularLinear(classes, scale, name: "cos") : x.CosineLinear(classes, scale, name: "cos");
        var changed = kind switch
        {
            "cosface" => cosines.Then(new CosFaceMargin(margin) { Scale = scale }, "margin", target),
            "arcface" => cosines.Then(new ArcFaceMargin(margin) { Scale = scale }, "margin", target),
            "a-softmax" => cosines.Then(new SphereFaceMargin(factor) { Scale = scale, Annealing = MarginAnnealing.None },
                "margin", target, x),
            _ => cosines,
        };
        return changed.Then(new SoftmaxCrossEntropy(), "loss", target);
    });

    private static float[] Point(double degrees, float radius) => [radius * MathF.Cos((float)(degrees * Math.PI / 180)),
        radius * MathF.Sin((float)(degrees * Math.PI / 180))];

    private static double Cosine(double degrees, double direction) => Math.Cos((degrees - direction) * Math.PI / 180);
}
