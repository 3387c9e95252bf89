using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace FeatureMap.Randomness;

/// <summary>
/// Eigenvalues and eigenvectors of a symmetric matrix A by Jacobi rotations, in the one-sided form of Hestenes: the rows of G = V^T A are
/// rotated in pairs until all are perpendicular; V^T collects the rotations. Then G = diag(lambda) V^T. Only whole rows are touched,
/// always in the same order and with the same sums, so the bits are the same on every machine. Source: Golub, Van Loan, "Matrix
/// computations", section 8.6; Hestenes, "Inversion of matrices by biorthogonalization", 1958.
/// </summary>
internal static class SymmetricEigen
{
    private const int MostSweeps = 60;
    private const double Perpendicular = 1e-13;

    /// <summary>The eigenvalues and, row by row, the eigenvectors of length 1, in no particular order.</summary>
    /// <param name="matrix">size x size numbers, symmetric; overwritten.</param>
    /// <param name="size">Rows and columns.</param>
    public static (double[] Values, double[] Vectors) Solve(double[] matrix, int size)
    {
        var vectors = new double[size * size];
        for (var i = 0; i < size; i++)
            vectors[(i * size) + i] = 1;
        // Rows that are nothing but rounding errors of the large ones have no direction to be made perpendicular.
        var floor = Dot(matrix, matrix) * 1e-30;
        for (var (sweep, isDone) = (0, false); !isDone && sweep < MostSweeps; sweep++)
        {
            isDone = true;
            for (var p = 0; p < size - 1; p++)
                for (var q = p + 1; q < size; q++)
                    isDone &= !Rotate(Row(matrix, p), Row(matrix, q), Row(vectors, p), Row(vectors, q), floor);
        }
        var values = new double[size];
        for (var i = 0; i < size; i++)
            values[i] = Dot(Row(matrix, i), Row(vectors, i)); // v (A v), with the sign of the eigenvalue
        return (values, vectors);

        Span<double> Row(double[] of, int row) => of.AsSpan(row * size, size);
    }

    // Makes two rows perpendicular, unless they are; returns whether there was anything to do.
    private static bool Rotate(Span<double> first, Span<double> second, Span<double> firstVector, Span<double> secondVector, double floor)
    {
        double a = Dot(first, first), b = Dot(second, second), c = Dot(first, second);
        if (Math.Abs(c) <= Perpendicular * Math.Sqrt(a * b) || Math.Abs(c) <= floor) return false;
        double zeta = (b - a) / (2 * c), tangent = Math.Sign(zeta) / (Math.Abs(zeta) + Math.Sqrt(1 + (zeta * zeta)));
        if (zeta == 0) tangent = 1;
        double cosine = 1 / Math.Sqrt(1 + (tangent * tangent)), sine = cosine * tangent;
        Turn(first, second, cosine, sine);
        Turn(firstVector, secondVector, cosine, sine);
        return true;
    }

    private static void Turn(Span<double> first, Span<double> second, double cosine, double sine)
    {
        ref var a = ref MemoryMarshal.GetReference(first);
        ref var b = ref MemoryMarshal.GetReference(second);
        var i = 0;
        for (; i <= first.Length - Vector256<double>.Count; i += Vector256<double>.Count)
        {
            Vector256<double> x = Vector256.LoadUnsafe(ref a, (nuint)i), y = Vector256.LoadUnsafe(ref b, (nuint)i);
            ((x * cosine) - (y * sine)).StoreUnsafe(ref a, (nuint)i);
            ((x * sine) + (y * cosine)).StoreUnsafe(ref b, (nuint)i);
        }
        for (; i < first.Length; i++)
            (first[i], second[i]) = ((first[i] * cosine) - (second[i] * sine), (first[i] * sine) + (second[i] * cosine));
    }

    private static double Dot(ReadOnlySpan<double> first, ReadOnlySpan<double> second)
    {
        ref var a = ref MemoryMarshal.GetReference(first);
        ref var b = ref MemoryMarshal.GetReference(second);
        var sums = Vector256<double>.Zero;
        var i = 0;
        for (; i <= first.Length - Vector256<double>.Count; i += Vector256<double>.Count)
            sums += Vector256.LoadUnsafe(ref a, (nuint)i) * Vector256.LoadUnsafe(ref b, (nuint)i);
        var sum = ((sums[0] + sums[1]) + sums[2]) + sums[3];
        for (; i < first.Length; i++)
            sum += first[i] * second[i];
        return sum;
    }
}
