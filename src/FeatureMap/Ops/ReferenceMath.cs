namespace FeatureMap.Ops;

/// <summary>Functions that .NET lacks, in double precision, for naive references and for tests that measure the lane functions. Never used by a kernel.</summary>
internal static class ReferenceMath
{
    /// <summary>
    /// The error function. Up to 3 by its series 2 / sqrt(pi) (x - x^3 / 3 + x^5 / (2! 5) - ...), beyond by the continued fraction of its complement,
    /// erfc(x) = exp(-x^2) / sqrt(pi) / (x + 1/2 / (x + 1 / (x + 3/2 / (x + ...)))). Source: NIST Digital Library of Mathematical Functions, 7.6.1 and 7.9.1.
    /// </summary>
    public static double Erf(double x)
    {
        var size = Math.Abs(x);
        if (size > 3)
        {
            double fraction = 0;
            for (var n = 120; n >= 1; n--)
                fraction = n / 2.0 / (size + fraction);
            return Math.CopySign(1 - (Math.Exp(-size * size) / Math.Sqrt(Math.PI) / (size + fraction)), x);
        }
        double power = x, sum = x;
        for (var n = 1; n < 100; n++)
        {
            power *= -x * x / n;
            sum += power / ((2 * n) + 1);
        }
        return 2 / Math.Sqrt(Math.PI) * sum;
    }

    /// <summary>log(1 + x): the rounded sum's logarithm, corrected by how much of x arrived in it. Source: Higham, "Accuracy and stability of numerical algorithms", 1.14.1.</summary>
    public static double Log1p(double x)
    {
        var sum = 1 + x;
        return sum == 1 || double.IsInfinity(sum) ? x : Math.Log(sum) * (x / (sum - 1));
    }

    /// <summary>exp(x) - 1: near 0 by its series.</summary>
    public static double Expm1(double x)
    {
        if (!(Math.Abs(x) < 0.5)) return Math.Exp(x) - 1;
        double term = x, sum = 0;
        for (var n = 2; n < 20; n++)
        {
            sum += term;
            term *= x / n;
        }
        return sum;
    }

    /// <summary>1 / (1 + exp(-x)).</summary>
    public static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));

    /// <summary>log(1 + exp(x)).</summary>
    public static double Softplus(double x) => Math.Max(x, 0) + Log1p(Math.Exp(-Math.Abs(x)));
}
