using System.Globalization;
using FeatureMap.Lessons;
using Xunit;

namespace FeatureMap.Tests.Lessons;

/// <summary>The rules of the papers in double precision, step by step.</summary>
internal sealed class OptimizerOracle : LessonOracle
{
    public override string Id => "optimizer";

    public override IReadOnlyList<string> Witnesses => ["rate=0.45&momentum=0.6", "optimizer=lion&rate=0.05",
        "optimizer=rmsprop&surface=two-bump", "optimizer=nesterov&decay=0.1", "surface=bowl&optimizer=adam&start-x=0&start-y=0"];

    public override void Check(LessonState state, LessonPage page)
    {
        string Text(string control) => state.Text(state.Lesson.Control(control));
        double Number(string control) => double.Parse(Text(control), CultureInfo.InvariantCulture);
        var (rule, surface) = (Text("optimizer"), Text("surface"));
        double[] at = [(float)Number("start-x"), (float)Number("start-y")], one = new double[2], two = new double[2];
        var (rate, mu, memory, decay) = (Number("rate"), Number("momentum"), Number("memory"), Number("decay"));
        var rows = ((Table)page["steps"]).Rows;
        for (var step = 0; step < rows.Count; step++)
        {
            // A path that flies away, or swings around 0 by signs, doubles every rounding; the first steps tell.
            if (step <= 6 && at.All(number => Math.Abs(number) is < 30 and > 1e-3 or 0))
                for (var axis = 0; axis < 2; axis++)
                    Assert.Equal(at[axis], rows[step][axis + 1].Number!.Value, 1e-3 * Math.Max(1, Math.Abs(at[axis])));
            else break;
            var slope = Slope(surface, at);
            for (var axis = 0; axis < 2; axis++)
            {
                var g = slope[axis] + (rule is "adamw" or "lion" ? 0 : decay * at[axis]);
                var keep = rule is "adamw" or "lion" ? 1 - (rate * decay) : 1;
                double move;
                switch (rule)
                {
                    case "sgd": move = g; break;
                    case "momentum": move = one[axis] = (mu * one[axis]) + g; break;
                    case "nesterov":
                        one[axis] = (mu * one[axis]) + g;
                        move = g + (mu * one[axis]);
                        break;
                    case "rmsprop":
                        two[axis] = (memory * two[axis]) + ((1 - memory) * g * g);
                        move = g / (Math.Sqrt(two[axis]) + 1e-8);
                        break;
                    case "lion":
                        move = Math.Sign((mu * one[axis]) + ((1 - mu) * g));
                        one[axis] = (memory * one[axis]) + ((1 - memory) * g);
                        break;
                    default:
                        one[axis] = (mu * one[axis]) + ((1 - mu) * g);
                        two[axis] = (memory * two[axis]) + ((1 - memory) * g * g);
                        move = one[axis] / (1 - Math.Pow(mu, step + 1)) / (Math.Sqrt(two[axis] / (1 - Math.Pow(memory, step + 1))) + 1e-8);
                        break;
                }
                at[axis] = (keep * at[axis]) - (rate * move);
            }
        }
        var slopes = page.Numbers("slopes");
        Assert.Equal(slopes[2], slopes[0], 1e-3 * Math.Max(1, Math.Abs(slopes[2])));
        Assert.Equal(slopes[3], slopes[1], 1e-3 * Math.Max(1, Math.Abs(slopes[3])));
        // Where the path ends, by the height that this oracle knows.
        var (start, end) = (Ends(0), Ends(rows.Count - 1));
        double bottom = surface switch { "saddle" => -1, "two-bump" => 0.018536567, _ => 0 };
        Holds(page, "diverges", !(Height(surface, end.X, end.Y) <= Height(surface, start.X, start.Y)));
        Holds(page, "arrives", Height(surface, end.X, end.Y) - bottom < 0.01);
        Holds(page, "ridge", surface == "saddle" && rows.All(row => row[2].Number == 0));

        (double X, double Y) Ends(int row) => (rows[row][1].Number!.Value, rows[row][2].Number!.Value);
    }

    private static double[] Slope(string surface, double[] at)
    {
        var (x, y) = (at[0], at[1]);
        double F(double x, double y) => Height(surface, x, y);
        const double h = 1e-5;
        return [(F(x + h, y) - F(x - h, y)) / (2 * h), (F(x, y + h) - F(x, y - h)) / (2 * h)];
    }

    private static double Height(string surface, double x, double y) => surface switch
    {
        "bowl" => (x * x) + (y * y),
        "valley" => (x * x / 10) + (2 * y * y),
        "saddle" => (x * x) - (y * y) + (y * y * y * y / 4),
        _ => 1 - Math.Exp(-((x - 1) * (x - 1)) - (y * y)) - (Math.Exp(-((x + 1.5) * (x + 1.5)) - (y * y)) / 2) + (((x * x) + (y * y)) / 50),
    };
}
