using System.Runtime.CompilerServices;

namespace FeatureMap.Randomness;

/// <summary>
/// Philox4x32-10: a counter-based random generator. Four 32-bit words are a pure function of a 128-bit counter and a 64-bit key, so any
/// draw can be repeated without repeating those before it, on any thread and after a resume.
/// Source: Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011.
/// </summary>
public static class Philox
{
    private const uint Multiplier0 = 0xD2511F53, Multiplier1 = 0xCD9E8D57;
    private const uint Weyl0 = 0x9E3779B9, Weyl1 = 0xBB67AE85;

    /// <summary>The four words of one counter value under one key.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (uint X0, uint X1, uint X2, uint X3) Words(uint c0, uint c1, uint c2, uint c3, uint key0, uint key1)
    {
        for (var round = 0; round < 10; round++)
        {
            var product0 = (ulong)Multiplier0 * c0;
            var product1 = (ulong)Multiplier1 * c2;
            (c0, c1, c2, c3) = ((uint)(product1 >> 32) ^ c1 ^ key0, (uint)product1, (uint)(product0 >> 32) ^ c3 ^ key1, (uint)product0);
            key0 += Weyl0;
            key1 += Weyl1;
        }
        return (c0, c1, c2, c3);
    }
}

/// <summary>What a random draw is for. Two purposes never share a number, so adding a draw to one leaves the others as they were.</summary>
public enum RandomPurpose : uint
{
    /// <summary>Initial weights; index = number of the parameter in the network.</summary>
    Initialization = 1,

    /// <summary>The order of the samples of an epoch.</summary>
    Shuffle = 2,

    /// <summary>Augmentation of one sample in one epoch.</summary>
    Augmentation = 3,

    /// <summary>Dropout masks of one layer in one step.</summary>
    Dropout = 4,

    /// <summary>The split of a data set into training and validation part.</summary>
    Split = 5,

    /// <summary>Cases of tests, benchmarks and the self-test.</summary>
    Testing = 6,

    /// <summary>Which images of a batch are mixed and how much (mixup, CutMix); major = epoch, minor = number of the image in its
    /// set.</summary>
    LabelMix = 7,

    /// <summary>Pairs of images on which embeddings are judged.</summary>
    Pairs = 9,

    /// <summary>Drawn scenes; major = part of the data, minor = number of the scene.</summary>
    Scenes = 10,

    /// <summary>Noise added to an image to see what its prediction depends on; minor = number of the copy.</summary>
    ImageNoise = 12,
}

/// <summary>
/// A sequence of random numbers that is a pure function of (seed, purpose, major, minor): for augmentation (seed, Augmentation, epoch,
/// sample index), for dropout (seed, Dropout, step, layer). Where several parts draw for the same sample, each has a stream of its own. It
/// allocates nothing; pass it by reference where more than one method draws.
/// </summary>
public struct RandomSequence
{
    private const int PurposeBits = 8; // the rest of that counter word is the stream
    private readonly uint key0, key1, purpose, major, minor;
    private uint block;
    private uint word0, word1, word2, word3;
    private int left;

    /// <summary>Opens the sequence at its first number.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The stream is not below 2^24.</exception>
    public RandomSequence(ulong seed, RandomPurpose purpose, uint major = 0, uint minor = 0, uint stream = 0)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(stream, 1u << (32 - PurposeBits));
        key0 = (uint)seed;
        key1 = (uint)(seed >> 32);
        this.purpose = (uint)purpose | (stream << PurposeBits);
        this.major = major;
        this.minor = minor;
    }

    /// <summary>32 random bits.</summary>
    public uint NextUInt32()
    {
        if (left == 0)
        {
            (word0, word1, word2, word3) = Philox.Words(block++, minor, major, purpose, key0, key1);
            left = 4;
        }
        return left-- switch { 4 => word0, 3 => word1, 2 => word2, _ => word3 };
    }

    /// <summary>Uniform in [0, 1), a multiple of 2^-24, exactly representable as float.</summary>
    public float NextSingle() => (NextUInt32() >> 8) * (1f / (1 << 24));

    /// <summary>Uniform in [0, 1), a multiple of 2^-53.</summary>
    public double NextDouble() => (((ulong)NextUInt32() << 21) | (NextUInt32() >> 11)) * (1.0 / (1L << 53));

    /// <summary>Uniform in [minimum, maximum).</summary>
    public float NextSingle(float minimum, float maximum) => minimum + ((maximum - minimum) * NextSingle());

    /// <summary>Uniform integer in [0, count), without bias (Lemire's multiplication with rejection).</summary>
    public int NextInt(int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        var range = (uint)count;
        var product = (ulong)NextUInt32() * range;
        if ((uint)product < range)
        {
            var threshold = (0u - range) % range;
            while ((uint)product < threshold)
                product = (ulong)NextUInt32() * range;
        }
        return (int)(product >> 32);
    }

    /// <summary>Normal with mean 0 and deviation 1 (Box-Muller; one value per two draws, portable bits).</summary>
    public double NextNormal()
    {
        var radius = Math.Sqrt(-2 * PortableMath.Log(1 - NextDouble()));
        return radius * PortableMath.Cos(2 * Math.PI * NextDouble());
    }

    /// <summary>
    /// Beta-distributed in [0, 1]: X / (X + Y) of two gamma-distributed numbers. Both parameters 1: uniform; both below 1: mostly near 0 or
    /// 1.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">A parameter is not above 0.</exception>
    public double NextBeta(double alpha, double beta)
    {
        // In logarithms, because for small parameters both gammas may be too small for a double.
        var first = NextLogGamma(alpha);
        return 1 / (1 + PortableMath.Exp(NextLogGamma(beta) - first));
    }

    /// <summary>
    /// The logarithm of a gamma-distributed number of scale 1. Source: Marsaglia, Tsang, "A simple method for generating gamma variables",
    /// ACM TOMS 26 (2000), which needs a shape of at least 1; Gamma(a) = Gamma(a + 1) U^(1/a) holds for every a.
    /// </summary>
    internal double NextLogGamma(double shape)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(shape);
        double d = shape + 1 - (1.0 / 3), c = 1 / Math.Sqrt(9 * d);
        var power = PortableMath.Log(1 - NextDouble()) / shape;
        while (true)
        {
            double x = NextNormal(), root = 1 + (c * x), v = root * root * root;
            if (v <= 0) continue;
            var log = PortableMath.Log(v);
            if (PortableMath.Log(1 - NextDouble()) < (0.5 * x * x) + (d * (1 - v + log)))
                return PortableMath.Log(d) + log + power;
        }
    }

    /// <summary>Puts the items into a random order (Fisher-Yates).</summary>
    public void Shuffle(Span<int> items)
    {
        for (var last = items.Length - 1; last > 0; last--)
        {
            var other = NextInt(last + 1);
            (items[last], items[other]) = (items[other], items[last]);
        }
    }
}
