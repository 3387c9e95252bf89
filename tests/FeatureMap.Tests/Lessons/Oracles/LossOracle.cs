using System.Globalization;
using FeatureMap.Lessons;
using FeatureMap.Randomness;
using Xunit;

namespace FeatureMap.Tests.Lessons;

/// <summary>Cross-entropy, margins, triplets and centres by their formulas in double precision; gradients by central differences of
/// those.</summary>
internal sealed class LossOracle : LessonOracle
{
    private const double Step = 1e-6;

    public override string Id => "loss";

    public override IReadOnlyList<string> Witnesses => ["logits=0_0&target=1", "angle=170&margin=0.9&classes=0_90",
        "angle=80&factor=4&radius=2", "own=squared&smoothing=0.3", "own=confidence&triplet=10_170_20",
        "own=mean(abs(x - q)) %2B exp(-sum(p^2))", "own=sum((p - q)^4)/2&logits=3_1", "logits=1_2_3&target=7&weights=2_1_1"];

    public override void Check(LessonState state, LessonPage page)
    {
        string Text(string control) => state.Text(state.Lesson.Control(control));
        double Number(string control) => (float)double.Parse(Text(control), CultureInfo.InvariantCulture);
        double[] x = [.. page.Numbers("logits")];
        var (classes, smoothing) = (x.Length, Number("smoothing"));
        var target = Math.Min((int)Number("target"), classes - 1);
        var weights = page.Numbers("weights");
        double Loss(double[] at, bool weighted)
        {
            var sum = Math.Log(at.Sum(Math.Exp));
            return -Enumerable.Range(0, classes).Sum(k => (weighted ? weights[k] : 1) * (((k == target ? 1 : 0) * (1 - smoothing))
                + (smoothing / classes)) * (at[k] - sum));
        }
        Assert.Equal(Loss(x, false), page.Number("loss"), 1e-4);
        Assert.Equal(Loss(x, true), page.Number("weighted"), 1e-4 * Math.Max(1, Math.Abs(Loss(x, true))));
        Close(page, "gradient", Gradient(x, at => Loss(at, false)), 1e-4);
        Close(page, "gradient-weighted", Gradient(x, at => Loss(at, true)), 1e-4);
        Assert.Equal(0, page.Numbers("gradient").Sum(), 1e-5);
        Holds(page, "moved", (int)Number("target") >= classes);
        Holds(page, "right", x[target] == x.Max());
        Holds(page, "smoothed", smoothing > 0);
        var p = Math.Exp(x[target]) / x.Sum(Math.Exp);
        Holds(page, "pushed-down", p - (1 - smoothing + (smoothing / classes)) > 1e-7);

        int[] directions = [.. Text("classes").Split('_').Select(int.Parse)];
        var (radius, scale, margin, factor, degrees) = (Number("radius"), Number("scale"), Number("margin"), Number("factor"),
            Number("angle"));
        double[] embedding = [radius * Math.Cos(degrees * Math.PI / 180), radius * Math.Sin(degrees * Math.PI / 180)];
        double Margined(string kind, double[] at)
        {
            var length = Math.Sqrt((at[0] * at[0]) + (at[1] * at[1]));
            var scores = directions.Select(direction =>
                ((at[0] * Math.Cos(direction * Math.PI / 180)) + (at[1] * Math.Sin(direction * Math.PI / 180))) / length).ToArray();
            var theta = Math.Acos(Math.Clamp(scores[0], -1, 1));
            scores[0] = kind switch
            {
                "cosface" => scores[0] - margin,
                "arcface" => theta + margin < Math.PI ? Math.Cos(theta + margin) : scores[0] - (margin * Math.Sin(margin)),
                "a-softmax" => Psi(theta, (int)factor),
                _ => scores[0],
            };
            var factors = scores.Select(score => scale * score * (kind == "a-softmax" ? length : 1)).ToArray();
            return factors.Max() - factors[0] + Math.Log(factors.Sum(score => Math.Exp(score - factors.Max())));
        }
        double Turn(int direction) => Math.Abs(Math.IEEERemainder(degrees - direction, 360));
        Holds(page, "nearest", directions.All(direction => Turn(directions[0]) <= Turn(direction)));
        var rows = ((Table)page["margins"]).Rows;
        // On its direction and opposite to it the angle has a corner, and so has each change of branch.
        var own = Math.Acos(Math.Clamp(Math.Cos((degrees - directions[0]) * Math.PI / 180), -1, 1));
        var corner = own is < 0.05 or > 3.09 || Math.Abs(own + margin - Math.PI) < 0.01 || Enumerable.Range(1,
            4).Any(k => Math.Abs((factor * own) - (k * Math.PI)) < 0.01);
        for (var row = 0; row < rows.Count; row++)
        {
            var (kind, expected) = (rows[row][0].Text, Margined(rows[row][0].Text, embedding));
            Assert.Equal(expected, rows[row][2].Number!.Value, 2e-4 * Math.Max(scale * radius, Math.Abs(expected)));
            if (corner) continue;
            var pull = Gradient(embedding, at => Margined(kind, at));
            for (var axis = 0; axis < 2; axis++)
                Assert.Equal(pull[axis], page.Numbers("pull")[(2 * row) + axis], 2e-3 * Math.Max(1, scale * Math.Max(1, 1 / radius)));
        }

        double[] points = [.. Text("triplet").Split('_').SelectMany(text => (double[])[Math.Cos(int.Parse(text) * Math.PI / 180),
            Math.Sin(int.Parse(text) * Math.PI / 180)])];
        double Triplets(double[] at)
        {
            double Distance(int one, int other) => Math.Pow(at[2 * one] - at[2 * other],
                2) + Math.Pow(at[(2 * one) + 1] - at[(2 * other) + 1], 2);
            double[] costs = [.. ((double[])[Distance(0, 1) - Distance(0, 2), Distance(0, 1) - Distance(1, 2)]).Select(distance =>
                Math.Max(0, distance + Number("apart"))).Where(cost => cost > 0)];
            return costs.Length == 0 ? 0 : costs.Average();
        }
        Holds(page, "easy", Triplets(points) == 0);
        Assert.Equal(Triplets(points), page.Number("triplet-loss"), 1e-5);
        // The page adds up the losses of the three images.
        Close(page, "triplet-pull", Gradient(points, Triplets).Select(value => 3 * value), 1e-3);
        Assert.All(((Table)page["check"]).Rows, row => Assert.True(row[2].Number < 1e-4 && row[3].Number < 1e-4));
        // The formula of one's own: by the engine, in double precision, and its gradient by differences; the known ones once more here.
        Assert.Equal(page.Numbers("own-loss")[1], page.Numbers("own-loss")[0], 1e-4 * Math.Max(1, Math.Abs(page.Numbers("own-loss")[1])));
        Close(page, "own-gradient", page.Numbers("own-differences"), 1e-3);
        double[] q = [.. Enumerable.Range(0, classes).Select(k => ((k == target ? 1 : 0) * (1 - smoothing)) + (smoothing / classes))];
        double[] softmax = [.. x.Select(value => Math.Exp(value) / x.Sum(Math.Exp))];
        double? known = Text("own") switch
        {
            "-sum(q * log(p) * (1 - p)^2)" => -q.Zip(softmax, (wanted, p) => wanted * Math.Log(p) * (1 - p) * (1 - p)).Sum(),
            "sum((p - q)^2)" => q.Zip(softmax, (wanted, p) => (p - wanted) * (p - wanted)).Sum(),
            "sum((p - q)^4) / 2" => q.Zip(softmax, (wanted, p) => Math.Pow(p - wanted, 4)).Sum() / 2,
            _ => null,
        };
        if (known is { } value) Assert.Equal(value, page.Numbers("own-loss")[1], 1e-6 * Math.Max(1, value));
    }

    /// <summary>Weights that count 0 times or more, in the number of the logits.</summary>
    protected internal override string Random(Control control, ref RandomSequence random) => control.Name switch
    {
        "own" => ((string[])["focal", "squared", "confidence", "-sum(q*log(p)*2)", "mean((x-q)^2)"])[random.NextInt(5)],
        "weights" => string.Join('_', Enumerable.Range(0, 4).Select(k => $"{0.25 * (1 + k)}")),
        "classes" => $"{random.NextInt(90)}_{90 + random.NextInt(90)}_{180 + random.NextInt(170)}",
        "triplet" => $"{random.NextInt(120)}_{120 + random.NextInt(100)}_{220 + random.NextInt(139)}",
        _ => base.Random(control, ref random),
    };

    private static double Psi(double theta, int m)
    {
        var k = Math.Min(m - 1, (int)Math.Floor(m * theta / Math.PI));
        return ((k % 2 == 0 ? 1 : -1) * Math.Cos(m * theta)) - (2 * k);
    }

    private static double[] Gradient(double[] at, Func<double[], double> function) => [.. at.Select((_, i) =>
    {
        double[] above = [.. at], below = [.. at];
        above[i] += Step;
        below[i] -= Step;
        return (function(above) - function(below)) / (2 * Step);
    })];
}
