using FeatureMap.Training;

namespace FeatureMap.Tests.Training;

/// <summary>Every ready-made loss with its formula as the papers write it, in double precision, for one image of channels x pixels.</summary>
internal static class LossDefinitions
{
    private static readonly float[] Weights = [0.5f, 2, 1.25f];

    /// <summary>Losses for scores of three channels.</summary>
    public static Dictionary<string, (Loss Loss, Func<double[][], double[][], double> Formula)> Three { get; } = new()
    {
        ["cross-entropy"] = (Loss.CrossEntropy(), (x, t) => Pixels(x, t, (p, q) => -Sum(p, q, (pk, qk) => qk * Math.Log(pk)))),
        ["weighted and smoothed cross-entropy"] = (Loss.CrossEntropy(0.1f, new ClassWeights(Weights)), (x, t) => Pixels(x, t, (p, q) =>
            -Enumerable.Range(0, 3).Sum(k => Weights[k] * ((q[k] * 0.9) + (0.1 / 3)) * Math.Log(p[k])))),
        ["focal"] = (Loss.Focal(), (x, t) => Pixels(x, t, (p, q) => -Sum(p, q, (pk, qk) => qk * Math.Pow(1 - pk, 2) * Math.Log(pk)))),
        ["focal 0.5, weighted"] = (Loss.Focal(0.5, new ClassWeights(Weights)), (x, t) => Pixels(x, t, (p, q) =>
            -Enumerable.Range(0, 3).Sum(k => Weights[k] * q[k] * Math.Sqrt(1 - p[k]) * Math.Log(p[k])))),
        ["negative log-likelihood"] = (Loss.NegativeLogLikelihood(new ClassWeights(Weights)), (x, t) =>
            -Enumerable.Range(0, 3).Sum(k => Weights[k] * x[k].Zip(t[k], (y, q) => y * q).Sum()) / x[0].Length),
        ["Kullback-Leibler"] = (Loss.KullbackLeibler(2), (x, t) => 4 * Pixels([.. x.Select(row => row.Select(value => value / 2).ToArray())], t, (p, q) => Sum(p, q, (pk, qk) => qk == 0 ? 0 : qk * Math.Log(qk / pk)))),
        ["hinge"] = (Loss.Hinge(), (x, t) => WestonWatkins(x, t, 1, 1)),
        ["squared hinge"] = (Loss.Hinge(0.5, isSquared: true), (x, t) => WestonWatkins(x, t, 0.5, 2)),
        ["Dice"] = (Loss.Dice(), (x, t) => Classes(Softmax(x), t, (c, p, q) => 1 - (((2 * c) + 1) / (p + q + 1)))),
        ["Jaccard"] = (Loss.Jaccard(smooth: 0.5), (x, t) => Classes(Softmax(x), t, (c, p, q) => 1 - ((c + 0.5) / (p + q - c + 0.5)))),
        ["Tversky"] = (Loss.Tversky(), (x, t) => Classes(Softmax(x), t, (c, p, q) => 1 - ((c + 1) / (c + (0.3 * (p - c)) + (0.7 * (q - c)) + 1)))),
        ["generalised Dice"] = (Loss.GeneralizedDice(), (x, t) =>
        {
            var p = Softmax(x);
            double common = 0, both = 0;
            for (var k = 0; k < 3; k++)
            {
                var weight = 1 / Math.Pow(Math.Max(1, t[k].Sum()), 2);
                common += weight * p[k].Zip(t[k], (a, b) => a * b).Sum();
                both += weight * (p[k].Sum() + t[k].Sum());
            }
            return 1 - (((2 * common) + 1e-5) / (both + 1e-5));
        }
        ),
    };

    /// <summary>Losses that look at each number by itself, so at any number of channels.</summary>
    public static Dictionary<string, (Loss Loss, Func<double[][], double[][], double> Formula)> Any { get; } = new()
    {
        ["binary cross-entropy"] = (Loss.BinaryCrossEntropy(), (x, t) => Numbers(x, t, (a, q) => -(q * Math.Log(Sigmoid(a))) - ((1 - q) * Math.Log(Sigmoid(-a))))),
        ["weighted and smoothed binary cross-entropy"] = (Loss.BinaryCrossEntropy(3, 0.2f), (x, t) => Numbers(x, t, (a, q) =>
            -(3 * ((q * 0.8) + 0.1) * Math.Log(Sigmoid(a))) - ((1 - (q * 0.8) - 0.1) * Math.Log(Sigmoid(-a))))),
        ["binary focal"] = (Loss.BinaryFocal(2, 0.25), (x, t) => Numbers(x, t, (a, q) => BinaryFocal(Sigmoid(a), q, 2, 0.25, 0.75))),
        ["binary focal 1.5"] = (Loss.BinaryFocal(1.5), (x, t) => Numbers(x, t, (a, q) => BinaryFocal(Sigmoid(a), q, 1.5, 1, 1))),
        ["binary hinge"] = (Loss.BinaryHinge(), (x, t) => Numbers(x, t, (a, q) => Math.Max(0, 1 - (((2 * q) - 1) * a)))),
        ["squared binary hinge"] = (Loss.BinaryHinge(2, isSquared: true), (x, t) => Numbers(x, t, (a, q) => Math.Pow(Math.Max(0, 2 - (((2 * q) - 1) * a)), 2))),
        ["MSE"] = (Loss.Mse(), (x, t) => Numbers(x, t, (a, q) => Math.Pow(a - q, 2))),
        ["L1"] = (Loss.L1(), (x, t) => Numbers(x, t, (a, q) => Math.Abs(a - q))),
        ["Huber"] = (Loss.Huber(0.75), (x, t) => Numbers(x, t, (a, q) => Huber(Math.Abs(a - q), 0.75))),
        ["smooth L1"] = (Loss.SmoothL1(0.5), (x, t) => Numbers(x, t, (a, q) => Huber(Math.Abs(a - q), 0.5) / 0.5)),
        ["log cosh"] = (Loss.LogCosh(), (x, t) => Numbers(x, t, (a, q) => Math.Log(Math.Cosh(a - q)))),
        ["Poisson"] = (Loss.Poisson(), (x, t) => Numbers(x, t, (a, q) => Math.Exp(a) - (q * a))),
        ["Dice of sigmoids"] = (Loss.Dice(MaskScores.Sigmoid, 2), (x, t) => Classes([.. x.Select(row => Array.ConvertAll(row, Sigmoid))], t, (c, p, q) => 1 - (((2 * c) + 2) / (p + q + 2)))),
        ["generalised Dice of sigmoids"] = (Loss.GeneralizedDice(MaskScores.Sigmoid, 1), (x, t) =>
        {
            double common = 0, both = 0;
            for (var k = 0; k < x.Length; k++)
            {
                var weight = 1 / Math.Pow(Math.Max(1, t[k].Sum()), 2);
                common += weight * x[k].Zip(t[k], (a, b) => Sigmoid(a) * b).Sum();
                both += weight * (x[k].Sum(Sigmoid) + t[k].Sum());
            }
            return 1 - (((2 * common) + 1) / (both + 1));
        }
        ),
    };

    public static Dictionary<string, (Loss Loss, Func<double[][], double[][], double> Formula)> All { get; } = new(Three.Concat(Any));

    private static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));

    private static double Huber(double d, double delta) => d < delta ? d * d / 2 : delta * (d - (delta / 2));

    private static double BinaryFocal(double p, double q, double gamma, double yes, double no) =>
        q == 1 ? -yes * Math.Pow(1 - p, gamma) * Math.Log(p) : -no * Math.Pow(p, gamma) * Math.Log(1 - p);

    private static double Sum(double[] p, double[] q, Func<double, double, double> term) => p.Zip(q, term).Sum();

    private static double Numbers(double[][] x, double[][] t, Func<double, double, double> term) => x.SelectMany((row, k) => row.Zip(t[k], term)).Average();

    private static double Classes(double[][] p, double[][] t, Func<double, double, double, double> term) =>
        p.Select((row, k) => term(row.Zip(t[k], (a, b) => a * b).Sum(), row.Sum(), t[k].Sum())).Average();

    private static double Pixels(double[][] x, double[][] t, Func<double[], double[], double> term)
    {
        var p = Softmax(x);
        return Enumerable.Range(0, x[0].Length).Average(pixel => term([.. p.Select(row => row[pixel])], [.. t.Select(row => row[pixel])]));
    }

    private static double WestonWatkins(double[][] x, double[][] t, double margin, double power) => Enumerable.Range(0, x[0].Length).Average(pixel =>
    {
        var right = Enumerable.Range(0, x.Length).Single(k => t[k][pixel] == 1);
        return Enumerable.Range(0, x.Length).Where(k => k != right).Sum(k => Math.Pow(Math.Max(0, margin + x[k][pixel] - x[right][pixel]), power)) / x.Length;
    });

    private static double[][] Softmax(double[][] x)
    {
        var sums = Enumerable.Range(0, x[0].Length).Select(pixel => x.Sum(row => Math.Exp(row[pixel]))).ToArray();
        return [.. x.Select(row => row.Select((value, pixel) => Math.Exp(value) / sums[pixel]).ToArray())];
    }
}
