using System.Numerics;
using System.Runtime.InteropServices;
using FeatureMap.Randomness;

namespace FeatureMap.Data;

/// <summary>Mean and deviation of each channel over a set, and the whitening matrix. Sums are in double precision and in the order of the set.</summary>
internal sealed class FeatureStatistics
{
    /// <summary>Numbers of an image up to which there is a whitening matrix.</summary>
    public const int MostForWhitening = 1024;

    private const int Block = 16; // images that are added to the covariance at once, so that the matrix is read less often

    private FeatureStatistics(Shape shape, float[] mean, float[] deviation, float[]? whitening) => (Shape, Mean, Deviation, Whitening) = (shape, mean, deviation, whitening);

    /// <summary>Writes image <paramref name="index"/> in one of its variants.</summary>
    public delegate void Preparation(int index, int round, Span<float> pixels);

    public Shape Shape { get; }

    public float[] Mean { get; }

    public float[] Deviation { get; }

    /// <summary>Count x count numbers, symmetric.</summary>
    public float[]? Whitening { get; }

    public static void CheckSize(Shape shape)
    {
        if (shape.Count <= MostForWhitening) return;
        throw new UsageException($"ZCA whitening of images of {shape} needs the eigenvectors of a {shape.Count:N0} x {shape.Count:N0} "
            + "matrix, some "
            + $"{10.0 * shape.Count * shape.Count * shape.Count * 8:0.0e0} operations, and then {shape.Count:N0} x {shape.Count:N0} "
            + "multiplications for every image of every epoch: "
            + $"at most {MostForWhitening:N0} numbers per image are taken (1x32x32). Use smaller or gray images, or "
            + $"{nameof(KerasAugmentation.FeaturewiseStdNormalization)}.");
    }

    public static FeatureStatistics Measure(ImageSet set, int rounds, float? whiteningEpsilon, Preparation prepare)
    {
        var shape = set.ImageShape;
        var pixels = new float[shape.Count];
        double[] mean = new double[shape.Channels], square = new double[shape.Channels];
        var perChannel = (double)set.Count * Math.Max(1, rounds) * shape.Area;
        ForEach(() =>
        {
            for (var channel = 0; channel < shape.Channels; channel++)
                mean[channel] += PixelMath.Mean(pixels.AsSpan(channel * shape.Area, shape.Area)) * shape.Area;
        });
        for (var channel = 0; channel < shape.Channels; channel++)
            mean[channel] /= perChannel;
        ForEach(() =>
        {
            for (var channel = 0; channel < shape.Channels; channel++)
                foreach (var pixel in pixels.AsSpan(channel * shape.Area, shape.Area))
                    square[channel] += (pixel - mean[channel]) * (pixel - mean[channel]);
        });
        float[]? whitening = null;
        if (whiteningEpsilon is { } epsilon)
        {
            var covariance = new Covariance(shape.Count);
            ForEach(() =>
            {
                var centred = covariance.Next();
                for (var i = 0; i < pixels.Length; i++)
                    centred[i] = pixels[i] - mean[i / shape.Area];
                covariance.Add();
            });
            whitening = Whiten(covariance.Finish(), shape.Count, (double)set.Count * Math.Max(1, rounds), epsilon);
        }
        return new(shape, [.. mean.Select(value => (float)value)], [.. square.Select(sum => (float)Math.Sqrt(sum / perChannel))], whitening);

        void ForEach(Action visit)
        {
            for (var round = 0; round < Math.Max(1, rounds); round++)
                for (var index = 0; index < set.Count; index++)
                {
                    prepare(index, round, pixels);
                    visit();
                }
        }
    }

    /// <summary>
    /// W = U diag(sqrt(n) / (s + epsilon)) U^T, where s are the singular values and U the left singular vectors of the n images as columns. X X^T = U diag(s^2) U^T, so both come
    /// from the eigenvectors of the covariance sum.
    /// </summary>
    private static float[] Whiten(double[] covarianceSum, int size, double images, double epsilon)
    {
        var (values, vectors) = SymmetricEigen.Solve(covarianceSum, size);
        var scaled = new double[size];
        var sum = new double[size * size];
        for (var k = 0; k < size; k++)
        {
            var vector = vectors.AsSpan(k * size, size);
            var factor = Math.Sqrt(images) / (Math.Sqrt(Math.Max(0, values[k])) + epsilon);
            for (var i = 0; i < size; i++)
                scaled[i] = vector[i] * factor;
            for (var i = 0; i < size; i++)
                AddScaled(sum.AsSpan(i * size, size), scaled, vector[i]);
        }
        return [.. sum.Select(value => (float)value)];
    }

    private static void AddScaled(Span<double> to, ReadOnlySpan<double> from, double weight)
    {
        // Number by number, so the width of the vectors does not matter.
        var sums = MemoryMarshal.Cast<double, Vector<double>>(to);
        var sources = MemoryMarshal.Cast<double, Vector<double>>(from[..to.Length]);
        for (var i = 0; i < sums.Length; i++)
            sums[i] += sources[i] * weight;
        for (var i = sums.Length * Vector<double>.Count; i < to.Length; i++)
            to[i] += from[i] * weight;
    }

    /// <summary>The sum of x x^T over images, in blocks.</summary>
    private sealed class Covariance(int size)
    {
        private readonly double[] sum = new double[size * size];
        private readonly double[][] block = [.. Enumerable.Range(0, Block).Select(_ => new double[size])];
        private int filled;

        public Span<double> Next() => block[filled];

        public void Add()
        {
            if (++filled == Block) Flush();
        }

        public double[] Finish()
        {
            Flush();
            for (var i = 0; i < size; i++)
                for (var j = 0; j < i; j++)
                    sum[(i * size) + j] = sum[(j * size) + i];
            return sum;
        }

        // The upper triangle only; within each of its numbers the images keep their order.
        private void Flush()
        {
            for (var i = 0; i < size; i++)
                for (var image = 0; image < filled; image++)
                    if (block[image][i] is not 0 and var value)
                        AddScaled(sum.AsSpan((i * size) + i, size - i), block[image].AsSpan(i), value);
            filled = 0;
        }
    }
}
