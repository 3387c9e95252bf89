using FeatureMap.Networks;

namespace FeatureMap.Analysis;

/// <summary>
/// How far a kernel can be taken apart into a column and a row: its singular value decomposition K = sum of sigma_i u_i v_i^T. A kernel of
/// rank 1 (box, Gauss,
/// Sobel) is one column times one row, so a k x 1 convolution and then a 1 x k one give the same with 2k instead of k^2 products. For any
/// other kernel the first term is the best such pair, and sigma_2 / sigma_1 says how much it misses. Computed by one-sided Jacobi
/// rotations in double precision, with the same bits everywhere.
/// Sources: Hestenes, "Inversion of matrices by biorthogonalization", 1958; Eckart and Young, 1936 (the best approximation); Rigamonti et
/// al., "Learning separable filters", CVPR 2013.
/// </summary>
/// <example><code>
/// var sobel = KernelRank.Of([-1, 0, 1, -2, 0, 2, -1, 0, 1], 3, 3);
/// var (column, row) = sobel.Term(0);                                 // (1 2 1) and (-1 0 1), scaled
/// </code></example>
public sealed class KernelRank
{
    private const int MostSweeps = 60;
    private const double Orthogonal = 1e-15;
    private readonly double[][] columns, rows;

    private KernelRank(int height, int width, double[] singularValues, double[][] columns, double[][] rows) =>
        (Height, Width, SingularValues, this.columns, this.rows) = (height, width, singularValues, columns, rows);

    /// <summary>Rows of the kernel.</summary>
    public int Height { get; }

    /// <summary>Columns of the kernel.</summary>
    public int Width { get; }

    /// <summary>sigma_1, sigma_2, ...: the largest first, as many as the shorter side has taps.</summary>
    public IReadOnlyList<double> SingularValues { get; }

    /// <summary>
    /// sigma_2 / sigma_1: the error of the best column times row, relative to the kernel, both as the largest gain over all inputs. 0:
    /// exact. 1: another pair would do as well. 0 for a kernel of zeros too.
    /// </summary>
    public double TwoPassError => SingularValues.Count < 2 || SingularValues[0] == 0 ? 0 : SingularValues[1] / SingularValues[0];

    /// <summary>Takes a kernel apart.</summary>
    /// <param name="kernel">Its numbers row by row.</param>
    /// <param name="height">Rows.</param>
    /// <param name="width">Columns.</param>
    /// <exception cref="UsageException">The numbers are not height x width, or not finite.</exception>
    public static KernelRank Of(ReadOnlySpan<double> kernel, int height, int width)
    {
        if (height < 1 || width < 1 || kernel.Length != (long)height * width)
            throw new UsageException($"A kernel of {height} x {width} has {(long)height * width:N0} numbers, and at least one: received "
                + $"{kernel.Length:N0}.");
        foreach (var number in kernel)
            if (!double.IsFinite(number))
                throw new UsageException($"A kernel has finite numbers: received {number}.");
        // Columns of the taller orientation become orthogonal by rotations; the rotations gather in turned.
        var isTall = height >= width;
        var (length, count) = isTall ? (height, width) : (width, height);
        var work = new double[count][];
        var turned = new double[count][];
        for (var j = 0; j < count; j++)
        {
            (work[j], turned[j]) = (new double[length], new double[count]);
            turned[j][j] = 1;
            for (var i = 0; i < length; i++)
                work[j][i] = isTall ? kernel[(i * width) + j] : kernel[(j * width) + i];
        }
        MakeOrthogonal(work, turned);

        var lengths = Array.ConvertAll(work, column => Math.Sqrt(Dot(column, column)));
        var order = Enumerable.Range(0, count).OrderByDescending(j => lengths[j]).ToArray(); // stable
        var (left, right) = (new double[count][], new double[count][]);
        for (var place = 0; place < count; place++)
        {
            var j = order[place];
            // sigma u v^T with the root of sigma on either side; the largest number of u positive, because (-u)(-v)^T is the same.
            var largest = work[j].MaxBy(Math.Abs);
            var sign = largest < 0 ? -1 : 1;
            var root = Math.Sqrt(lengths[j]);
            left[place] = Array.ConvertAll(work[j], number => lengths[j] == 0 ? 0 : sign * number / root);
            right[place] = Array.ConvertAll(turned[j], number => sign * number * root);
        }
        var values = Array.ConvertAll(order, j => lengths[j]);
        return isTall ? new KernelRank(height, width, values, left, right) : new KernelRank(height, width, values, right, left);
    }

    /// <summary>Takes every plane of a convolution's weight apart: outputs x inputs/groups kernels, in the order in which they
    /// stand.</summary>
    /// <exception cref="UsageException">The parameter is not the weight of a convolution.</exception>
    public static IReadOnlyList<KernelRank> Of(Parameter weight)
    {
        ArgumentNullException.ThrowIfNull(weight);
        if (weight.Dimensions.Count != 4)
            throw new UsageException($"Kernels stand in the weight of a convolution, which has four dimensions: received {weight}.");
        var (height, width) = (weight.Dimensions[2], weight.Dimensions[3]);
        var numbers = Array.ConvertAll(weight.Values.ToArray(), number => (double)number);
        return [.. numbers.Chunk(height * width).Select(plane => Of(plane, height, width))];
    }

    /// <summary>How many singular values count: those above a share of the largest. 0 for a kernel of zeros.</summary>
    /// <param name="tolerance">The share; the default is about the precision of float32 weights.</param>
    public int Rank(double tolerance = 1e-6) => SingularValues.Count(value => value > tolerance * SingularValues[0]);

    /// <summary>Column and row of one term: column times row is sigma u v^T. Term 0 makes the two passes, a k x 1 and a 1 x k
    /// convolution.</summary>
    /// <exception cref="UsageException">There are not so many terms.</exception>
    public (IReadOnlyList<double> Column, IReadOnlyList<double> Row) Term(int index) => index >= 0 && index < SingularValues.Count
        ? (columns[index], rows[index])
        : throw new UsageException($"A {Height}x{Width} kernel has terms 0 to {SingularValues.Count - 1}: received {index}.");

    /// <summary>The kernel that the first terms add up to, row by row: the nearest one of that rank.</summary>
    public double[] Approximate(int terms = 1)
    {
        var kernel = new double[Height * Width];
        for (var term = 0; term < Math.Min(terms, SingularValues.Count); term++)
            for (var i = 0; i < kernel.Length; i++)
                kernel[i] += columns[term][i / Width] * rows[term][i % Width];
        return kernel;
    }

    /// <summary>What the first terms miss, as the root of the sum of squares over all taps: the root of the sum of the squares of the other
    /// singular values.</summary>
    public double Remainder(int terms = 1) => Math.Sqrt(SingularValues.Skip(terms).Sum(value => value * value));

    /// <summary>Size, rank and error.</summary>
    public override string ToString() => $"{Height}x{Width}, rank {Rank()}, two passes miss {100 * TwoPassError:0.##} %";

    private static void MakeOrthogonal(double[][] columns, double[][] turned)
    {
        for (var sweep = 0; sweep < MostSweeps; sweep++)
        {
            var isDone = true;
            for (var p = 0; p < columns.Length; p++)
                for (var q = p + 1; q < columns.Length; q++)
                {
                    var (pp, qq, pq) = (Dot(columns[p], columns[p]), Dot(columns[q], columns[q]), Dot(columns[p], columns[q]));
                    if (Math.Abs(pq) <= Orthogonal * Math.Sqrt(pp * qq)) continue;
                    isDone = false;
                    // The angle that makes the two orthogonal: cot(2 angle) = (qq - pp) / (2 pq), of both solutions the smaller one.
                    var cot = (qq - pp) / (2 * pq);
                    var tan = (cot < 0 ? -1 : 1) / (Math.Abs(cot) + Math.Sqrt(1 + (cot * cot)));
                    var cos = 1 / Math.Sqrt(1 + (tan * tan));
                    Rotate(columns[p], columns[q], cos, cos * tan);
                    Rotate(turned[p], turned[q], cos, cos * tan);
                }
            if (isDone) return;
        }
    }

    private static void Rotate(double[] p, double[] q, double cos, double sin)
    {
        for (var i = 0; i < p.Length; i++)
            (p[i], q[i]) = ((cos * p[i]) - (sin * q[i]), (sin * p[i]) + (cos * q[i]));
    }

    private static double Dot(double[] left, double[] right)
    {
        double sum = 0;
        for (var i = 0; i < left.Length; i++)
            sum += left[i] * right[i];
        return sum;
    }
}
