using FeatureMap.Ops;
using FeatureMap.Randomness;

namespace FeatureMap;

/// <summary>
/// A matrix of outputs x (everything else) of normal numbers, whose rows, or columns where those are fewer, are made orthonormal one after the other: from each, what
/// points along those before it is taken away (Gram-Schmidt), and the rest is brought to length 1. That is the factor Q of a QR factorisation whose R has a positive
/// diagonal, so all directions are equally likely. Taking away twice brings the error down to rounding (Giraud et al., "The loss of orthogonality in the
/// Gram-Schmidt process", 2005). Double precision, one fixed order of additions: the same bits everywhere.
/// </summary>
internal sealed class OrthogonalInitializer(float gain) : Initializer
{
    public float Gain => gain;

    public override void Fill(ParameterDefinition definition, Span<float> values, ref RandomSequence random)
    {
        var rows = definition.Dimensions[0];
        var columns = values.Length / rows;
        var (count, length) = (Math.Min(rows, columns), Math.Max(rows, columns));
        var vectors = new double[count][];
        for (var i = 0; i < count; i++)
            vectors[i] = Next(vectors.AsSpan(0, i), length, ref random);
        for (var row = 0; row < rows; row++)
            for (var column = 0; column < columns; column++)
                values[(row * columns) + column] = (float)(gain * (rows <= columns ? vectors[row][column] : vectors[column][row]));
    }

    /// <summary>A random vector of length 1 at right angles to the others.</summary>
    private static double[] Next(ReadOnlySpan<double[]> others, int length, ref RandomSequence random)
    {
        var vector = new double[length];
        while (true)
        {
            foreach (ref var value in vector.AsSpan())
                value = random.NextNormal();
            var before = Math.Sqrt(Product(vector, vector));
            for (var round = 0; round < 2; round++)
                foreach (var other in others)
                {
                    var along = Product(vector, other);
                    for (var i = 0; i < length; i++)
                        vector[i] -= along * other[i];
                }
            var left = Math.Sqrt(Product(vector, vector));
            if (left <= 1e-8 * before) continue; // as good as a sum of the others: draw again
            for (var i = 0; i < length; i++)
                vector[i] /= left;
            return vector;
        }
    }

    /// <summary>The sum of products, in four interleaved sums so that an addition does not wait for the one before.</summary>
    private static double Product(double[] a, double[] b)
    {
        double sum0 = 0, sum1 = 0, sum2 = 0, sum3 = 0;
        var i = 0;
        for (; i + 4 <= a.Length; i += 4)
        {
            sum0 += a[i] * b[i];
            sum1 += a[i + 1] * b[i + 1];
            sum2 += a[i + 2] * b[i + 2];
            sum3 += a[i + 3] * b[i + 3];
        }
        for (; i < a.Length; i++)
            sum0 += a[i] * b[i];
        return sum0 + sum1 + (sum2 + sum3);
    }
}
