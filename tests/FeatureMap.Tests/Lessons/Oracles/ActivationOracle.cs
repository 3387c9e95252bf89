using FeatureMap.Lessons;
using Xunit;

namespace FeatureMap.Tests.Lessons;

/// <summary>The functions in double precision, their slopes by central differences, and the product of weights and slopes through the
/// layers.</summary>
internal sealed class ActivationOracle : LessonOracle
{
    private const double Step = 1e-6;

    public override string Id => "activation";

    public override IReadOnlyList<string> Witnesses =>
        ["function=elu&x=-2", "function=gelu&x=-0.5&beside=mish", "function=relu6&x=7", "function=leaky-relu&x=-3&layers=1",
            "function=silu&parameter=1&weight=-2", "function=tanh&weight=3&x=0"];

    public override void Check(LessonState state, LessonPage page)
    {
        string Text(string control) => state.Text(state.Lesson.Control(control));
        double Number(string control) => (float)double.Parse(Text(control), System.Globalization.CultureInfo.InvariantCulture);
        var (word, parameter) = (Text("function"), Number("parameter"));
        double F(double x) => Value(word, x, parameter);
        double Slope(double x) => (F(x + Step) - F(x - Step)) / (2 * Step);

        var curve = ((Lines)page["curve"]).Curves[0];
        for (var i = 0; i < curve.X.Count; i++)
            Assert.Equal(F(curve.X[i]), curve.Y[i], 1e-5);
        var slopes = ((Lines)page["slopes"]).Curves[0];
        for (var i = 0; i < slopes.X.Count; i++)
            if (!Corner(word, slopes.X[i])) Assert.Equal(Slope(slopes.X[i]), slopes.Y[i], 1e-4);
        var at = Number("x");
        if (!Corner(word, at))
        {
            Assert.Equal(Slope(at), page.Numbers("slope")[0], 1e-4);
            Assert.Equal(Slope(at), page.Numbers("slope")[1], 2e-3);
        }
        var (layers, weight, product, corner) = ((int)Number("layers"), Number("weight"), 1.0, false);
        var values = new List<double> { at };
        for (var layer = 0; layer < layers; layer++)
        {
            corner |= Corner(word, weight * values[^1]);
            product *= weight * Slope(weight * values[^1]);
            values.Add(F(weight * values[^1]));
        }
        Close(page, "chain", values, 1e-4);
        if (!corner) Assert.Equal(product, page.Number("arrives"), 1e-4 * Math.Max(1, Math.Abs(product)));
        Assert.All(page.Numbers("alive"), share => Assert.InRange(share, 0, 1 + 1e-9));
        Holds(page, "vanishes", corner ? Math.Abs(page.Number("arrives")) < 0.001 : Math.Abs(product) < 0.001);
        Holds(page, "explodes", corner ? Math.Abs(page.Number("arrives")) > 1000 : Math.Abs(product) > 1000);
        Holds(page, "negative", F(at) < -1e-12);
        Holds(page, "flat", page.Number("slope") == 0);
        Holds(page, "dead", page.Numbers("alive").Contains(0));
    }

    // Where two pieces meet there is no slope to compare with, and a difference would look at both.
    private static bool Corner(string word, double x) => ((double[])[-3, -1, 0, 1, 3, 6]).Any(corner => Math.Abs(x - corner) < 0.02)
        && word is not ("sigmoid" or "tanh" or "gelu" or "silu" or "mish" or "softplus");

    private static double Value(string word, double x, double a) => word switch
    {
        "relu" => Math.Max(0, x),
        "leaky-relu" => x > 0 ? x : a * x,
        "relu6" => Math.Clamp(x, 0, 6),
        "elu" => x > 0 ? x : a * (Math.Exp(x) - 1),
        "selu" => 1.0507009873554805 * (x > 0 ? x : 1.6732632423543773 * (Math.Exp(x) - 1)),
        "gelu" => x * Normal(x),
        "silu" => x / (1 + Math.Exp(-a * x)),
        "mish" => x * Math.Tanh(Math.Log(1 + Math.Exp(x))),
        "hard-swish" => x * Math.Clamp(x + 3, 0, 6) / 6,
        "softplus" => Math.Log(1 + Math.Exp(a * x)) / a,
        "sigmoid" => 1 / (1 + Math.Exp(-x)),
        "hard-sigmoid" => Math.Clamp((x / 6) + 0.5, 0, 1),
        "tanh" => Math.Tanh(x),
        "hard-tanh" => Math.Clamp(x, -1, 1),
        _ => x / (1 + Math.Abs(x)),
    };

    // The distribution of the standard normal by its series: phi(x) (x + x^3/3 + x^5/15 + ...).
    private static double Normal(double x)
    {
        if (Math.Abs(x) > 9) return x > 0 ? 1 : 0;
        var (sum, term) = (x, x);
        for (var n = 1; n < 200; n++)
            sum += term *= x * x / ((2 * n) + 1);
        return 0.5 + (sum * Math.Exp(-x * x / 2) / Math.Sqrt(2 * Math.PI));
    }
}
