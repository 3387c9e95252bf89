using System.Buffers.Binary;
using System.Security.Cryptography;
using FeatureMap.Interchange;
using FeatureMap.Models;
using FeatureMap.Networks;
using FeatureMap.Ops;
using FeatureMap.Randomness;
using Xunit;

namespace FeatureMap.Tests.Ops;

public sealed class InitializerTests
{
    // A 3x3 kernel from 32 to 64 channels in one group: fan in 288, fan out 576.
    private static readonly ParameterDefinition Kernel = new("weight", [64, 32, 3, 3], true, Initializer.Zeros, 288, 576, true);

    public static TheoryData<string, double, double> Variances => new()
    {
        { "he-normal", 0, 2.0 / 288 },
        { "he-uniform", 0, 2.0 / 288 },
        { "glorot-normal", 0, 2.0 / 864 },
        { "glorot-uniform", 0, 2.0 / 864 },
        { "lecun-normal", 0, 1.0 / 288 },
        { "lecun-uniform", 0, 1.0 / 288 },
        { "variance-scaling 2 fan-out normal", 0, 2.0 / 576 },
        { "variance-scaling 0.5 fan-average uniform", 0, 0.5 / 432 },
        { "variance-scaling 3 fan-in uniform", 0, 3.0 / 288 },
        { "normal 0.02", 0, 0.0004 },
        { "normal 0.5 -1.5", -1.5, 0.25 },
        { "uniform 0.3", 0, 0.03 },
        { "uniform-range -1:2", 0.5, 0.75 },
        // Cut at 2 deviations: 1 - 2 * 2 phi(2) / (2 Phi(2) - 1) = 0.774 of the variance.
        { "truncated-normal 0.1", 0, 0.00774 },
        { "truncated-normal 0.1 3", 3, 0.00774 },
        { "orthogonal 1", 0, 1.0 / 288 },
        { "constant 0.25", 0.25, 0 },
        { "zeros", 0, 0 },
        { "ones", 1, 0 },
        { "icnr 2 (he-normal)", 0, 2.0 / 288 },
        { "icnr-depth-first 4 (normal 0.5 1)", 1, 0.25 },
    };

    [Theory]
    [MemberData(nameof(Variances))]
    public void Mean_and_variance_are_what_the_name_says(string name, double mean, double variance)
    {
        var values = Fill(name, Kernel);
        var copies = name.StartsWith("icnr-depth-first 4", StringComparison.Ordinal) ? 16 : name.StartsWith("icnr", StringComparison.Ordinal) ? 4 : 1;
        // Five standard errors of mean and variance, of a normal distribution as the widest.
        double received = values.Average(value => (double)value), spread = values.Average(value => (value - received) * (value - received)), count = values.Length / (double)copies;
        Assert.InRange(received, mean - (5 * Math.Sqrt(variance / count)) - 1e-12, mean + (5 * Math.Sqrt(variance / count)) + 1e-12);
        Assert.InRange(spread, variance * (1 - (5 * Math.Sqrt(2 / count))), (variance * (1 + (5 * Math.Sqrt(2 / count)))) + 1e-12);
    }

    [Fact]
    public void Limits_are_kept()
    {
        var cut = Fill("truncated-normal 0.1", Kernel);
        Assert.All(cut, value => Assert.InRange(value, -0.2f, 0.2f));
        Assert.True(cut.Max() > 0.19 && cut.Min() < -0.19);
        Assert.All(Fill("uniform-range -1:2", Kernel), value => Assert.InRange(value, -1f, 2f));
        var limit = (float)Math.Sqrt(6.0 / 864);
        Assert.All(Fill("glorot-uniform", Kernel), value => Assert.InRange(value, -limit, limit));
    }

    [Fact]
    public void Xavier_is_Glorot()
    {
        Assert.Same(Initializer.GlorotNormal, Initializer.XavierNormal);
        Assert.Same(Initializer.GlorotUniform, Initializer.XavierUniform);
        Assert.Equal(Fill("he-normal", Kernel), Fill("variance-scaling 2 fan-in normal", Kernel));
        Assert.Equal(Fill("glorot-uniform", Kernel), Fill("variance-scaling 1 fan-average uniform", Kernel));
    }

    [Theory]
    [InlineData(20, 20)]
    [InlineData(12, 50)]
    [InlineData(50, 12)]
    [InlineData(1, 7)]
    [InlineData(7, 1)]
    public void Orthogonal_rows_or_columns(int rows, int columns)
    {
        var values = Fill("orthogonal 1.5", new ParameterDefinition("weight", [rows, columns], true, Initializer.Zeros));
        var (count, length) = (Math.Min(rows, columns), Math.Max(rows, columns));
        for (var a = 0; a < count; a++)
            for (var b = 0; b < count; b++)
            {
                double product = 0;
                for (var i = 0; i < length; i++)
                    product += (double)At(a, i) * At(b, i);
                Assert.Equal(a == b ? 2.25 : 0, product, 6);
            }
        float At(int vector, int i) => rows <= columns ? values[(vector * columns) + i] : values[(i * columns) + vector];
    }

    [Fact]
    public void Orthogonal_directions_are_all_equally_likely()
    {
        // The first number of a random direction in 4 dimensions: mean 0, variance 1 / 4, either sign equally often.
        var first = Enumerable.Range(0, 2_000).Select(seed => (double)Fill("orthogonal 1", new ParameterDefinition("weight", [4, 4], true, Initializer.Zeros), (uint)seed)[15]).ToList();
        Assert.InRange(first.Average(), -0.04, 0.04);
        Assert.InRange(first.Average(value => value * value), 0.22, 0.28);
        Assert.InRange(first.Count(value => value > 0), 900, 1_100);
    }

    [Theory]
    [InlineData(6, 1, 3, 3)]
    [InlineData(6, 2, 5, 1)]
    [InlineData(6, 6, 3, 3)]
    [InlineData(6, 1, 2, 4)]
    public void Identity_kernels_change_nothing(int channels, int groups, int height, int width)
    {
        var network = Network.Build(Shape.Image(channels, 5, 4), x => x.Then(
            new Conv2d(channels, (height, width)) { Groups = groups, Padding = Padding.Same, WeightInitializer = Initializer.Identity(2) }));
        var pixels = Enumerable.Range(0, network.Input.Count).Select(i => (byte)i).ToArray();
        var output = new Model(Weights.Initialize(network, 1), FeatureMap.Data.Normalization.None(channels), []).FeatureMaps(pixels)[^1].Values;
        Assert.Equal(pixels.Select(pixel => 2 * (pixel * (1 / 255f))), output);
        Assert.Equal([2, 0, 0, 0, 2, 0], Fill("identity 2", new ParameterDefinition("weight", [2, 3], true, Initializer.Zeros, 3, 2)));
        Assert.Equal([1, 0, 0, 1, 0, 0], Fill("identity 1", new ParameterDefinition("weight", [3, 2], true, Initializer.Zeros, 2, 3)));
    }

    [Theory]
    [InlineData(ChannelOrder.ColumnRowDepth, new[] { 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2 })]
    [InlineData(ChannelOrder.DepthColumnRow, new[] { 0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2 })]
    public void Icnr_copies_each_kernel_and_each_bias_to_its_sub_pixels(ChannelOrder order, int[] expected)
    {
        var random = new RandomSequence(5, RandomPurpose.Initialization);
        foreach (var each in (int[])[10, 1])
        {
            var values = new float[12 * each];
            var drawn = Fill("normal 1", new ParameterDefinition("x", [3, each], true, Initializer.Zeros));
            Initializer.Icnr(2, Initializer.Normal(1), order).Fill(new ParameterDefinition("x", each == 1 ? [12] : [12, each], true, Initializer.Zeros), values, ref random);
            random = new RandomSequence(5, RandomPurpose.Initialization);
            Assert.Equal(expected.SelectMany(channel => drawn.Skip(channel * each).Take(each)), values);
        }
        var error = Assert.Throws<ShapeException>(() => Weights.Initialize(Network.Build(Shape.Image(1, 4, 4), x => x.Conv(6, 3, initializer: Initializer.Icnr(2))), 1));
        Assert.Equal("ICNR with factor 2 makes outputs in groups of 2 x 2 = 4: the parameter 'weight' has 6 (6 / 4 = 1.5). Give the convolution as many outputs as the pixel shuffle takes, and the initialiser the same factor.", error.Message);
    }

    /// <summary>The same bits on every machine: the start of the SHA-256 of what each initialiser draws, written down once.</summary>
    [Theory]
    [InlineData("he-normal", "6e44d7ef54b8efa3")]
    [InlineData("glorot-uniform", "a1de508977b5d918")]
    [InlineData("truncated-normal 0.1", "7539c8f36a56e60b")]
    [InlineData("uniform-range -1:2", "ccee95615fb0bac8")]
    [InlineData("orthogonal 1", "03dc02d32749141d")]
    [InlineData("icnr 2 (lecun-uniform)", "a370a43091e715ab")]
    public void The_bits_are_the_same_everywhere(string name, string sha256)
    {
        var bytes = new byte[4 * Kernel.Count];
        var values = Fill(name, Kernel);
        for (var i = 0; i < values.Length; i++)
            BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(4 * i), values[i]);
        Assert.Equal(sha256, Convert.ToHexStringLower(SHA256.HashData(bytes))[..16]);
    }

    public static TheoryData<string> All => [.. Variances.Select(row => row.Data.Item1), "identity 1", "identity -0.5", "truncated-normal 0.02 -1", "icnr 3 (icnr-depth-first 2 (uniform-range -1:1))"];

    [Theory]
    [MemberData(nameof(All))]
    public void Descriptions_survive_a_file(string text)
    {
        Assert.Equal(text, $"{Initializer.Parse(text)}");
        var network = Network.Build(Shape.Image(1, 4, 4), x => x.Conv(144, kernel: 3, initializer: Initializer.Parse(text)));
        var again = NetworkFile.Parse(NetworkFile.ToJson(network));
        Assert.Contains($"\"{text}\"", NetworkFile.ToJson(again), StringComparison.Ordinal);
        Assert.Equal(Weights.Initialize(network, 9).Sha256(), Weights.Initialize(again, 9).Sha256());
    }

    /// <summary>What network.json said of them before they were words.</summary>
    [Theory]
    [InlineData("he-normal", "he-normal")]
    [InlineData("variance-scaling(2, fan-out, normal)", "variance-scaling 2 fan-out normal")]
    [InlineData("variance-scaling(0.5, fan-average, uniform)", "variance-scaling 0.5 fan-average uniform")]
    [InlineData("variance-scaling(3, fan-in, uniform)", "variance-scaling 3 fan-in uniform")]
    [InlineData("normal(0.02)", "normal 0.02")]
    [InlineData("normal(0.5, -1.5)", "normal 0.5 -1.5")]
    [InlineData("uniform(0.3)", "uniform 0.3")]
    [InlineData("uniform(-1, 2)", "uniform-range -1:2")]
    [InlineData("truncated-normal(0.1)", "truncated-normal 0.1")]
    [InlineData("truncated-normal(0.1, 3)", "truncated-normal 0.1 3")]
    [InlineData("orthogonal(1)", "orthogonal 1")]
    [InlineData("constant(0.25)", "constant 0.25")]
    [InlineData("icnr(2, column-row-depth, he-normal)", "icnr 2 (he-normal)")]
    [InlineData("icnr(4, depth-column-row, normal(0.5, 1))", "icnr-depth-first 4 (normal 0.5 1)")]
    [InlineData("variance-scaling(2, fan-in, normal)", "variance-scaling 2 fan-in normal")]
    [InlineData("variance-scaling(1, fan-average, uniform)", "variance-scaling 1 fan-average uniform")]
    [InlineData("orthogonal(1.5)", "orthogonal 1.5")]
    [InlineData("identity(2)", "identity 2")]
    [InlineData("identity(1)", "identity 1")]
    [InlineData("identity(-0.5)", "identity -0.5")]
    [InlineData("truncated-normal(0.02, -1)", "truncated-normal 0.02 -1")]
    [InlineData("icnr(3, column-row-depth, icnr(2, depth-column-row, uniform(-1, 1)))", "icnr 3 (icnr-depth-first 2 (uniform-range -1:1))")]
    [InlineData("icnr(2, column-row-depth, lecun-uniform)", "icnr 2 (lecun-uniform)")]
    [InlineData("normal(1)", "normal 1")]
    public void Files_of_before_are_read(string name, string text)
    {
        var json = NetworkFile.ToJson(Network.Build(Shape.Image(1, 4, 4), x => x.Conv(144, kernel: 3, initializer: Initializer.Zeros)));
        var read = NetworkFile.Parse(json.Replace("\"zeros\"", $"\"{name}\"", StringComparison.Ordinal));
        Assert.Equal(text, $"{((Conv2d)read.Layers[1].Op!).WeightInitializer}");
    }

    [Theory]
    [InlineData("he-norml", "The initialiser 'he-norml' cannot be read: there is no 'he-norml'. Did you mean 'he-normal'?")]
    [InlineData("normal", "The initialiser 'normal' cannot be read: 'normal' needs deviation: normal deviation [mean].")]
    [InlineData("normal -1", "The initialiser 'normal -1' cannot be read: deviation of 'normal' is a number from 0 to 1,000,000: received '-1'.")]
    [InlineData("normal 1e30", "The initialiser 'normal 1e30' cannot be read: deviation of 'normal' is a number from 0 to 1,000,000: "
        + "received '1e30'.")]
    [InlineData("normal 1 2 3", "The initialiser 'normal 1 2 3' cannot be read: '3' is one value too many for 'normal': normal deviation [mean].")]
    [InlineData("uniform-range 2:1", "The initialiser 'uniform-range 2:1' cannot be read: A uniform distribution runs from the lower to the "
        + "higher limit: received 2 to 1.")]
    [InlineData("variance-scaling 1 fan-inn", "The initialiser 'variance-scaling 1 fan-inn' cannot be read: fan of 'variance-scaling' is fan-in, "
        + "fan-out or fan-average: received 'fan-inn'. Did you mean 'fan-in'?")]
    [InlineData("icnr 0 (zeros)", "The initialiser 'icnr 0 (zeros)' cannot be read: factor of 'icnr' is a whole number from 1 to 1,000: "
        + "received '0'.")]
    [InlineData("icnr 2", "The initialiser 'icnr 2' cannot be read: 'icnr' is written icnr factor (...).")]
    [InlineData("icnr 2 (zeros, ones)", "The initialiser 'icnr 2 (zeros, ones)' cannot be read: one initialiser is described at a time: "
        + "received 2.")]
    [InlineData("custom", "The initialiser 'custom' cannot be read: 'custom' stands for a part that only code can describe.")]
    public void A_wrong_initialiser_is_explained(string text, string message) =>
        Assert.Equal(message, Assert.Throws<UsageException>(() => Initializer.Parse(text)).Message);

    [Theory]
    [InlineData("")]
    [InlineData("normal()")]
    [InlineData("normal(-1)")]
    [InlineData("normal(NaN)")]
    [InlineData("normal(0.1")]
    [InlineData("uniform(2, 1)")]
    [InlineData("constant(Infinity)")]
    [InlineData("variance-scaling(1, 0, normal)")]
    [InlineData("icnr(2)")]
    [InlineData("icnr(2, 0, he-normal)")]
    [InlineData("icnr(2, column-row-depth, own)")]
    [InlineData("icnr(2, column-row-depth, icnr(2, column-row-depth, ))")]
    [InlineData(")(")]
    public void What_means_nothing_is_refused(string name) => Assert.Throws<UsageException>(() => Initializer.OfFile(name));

    [Fact]
    public void Numbers_out_of_range_are_told()
    {
        Says("A deviation of initial weights must be between 0 and 1,000,000: received -1. Common sizes are below 1.", () => Initializer.Normal(-1));
        Says("A mean of initial weights must be between -1,000,000 and 1,000,000: received NaN. Common sizes are below 1.", () => Initializer.TruncatedNormal(1, float.NaN));
        Says("A uniform distribution runs from the lower to the higher limit: received 2 to 1.", () => Initializer.Uniform(2, 1));
        Says("ICNR takes the factor of its pixel shuffle, from 1 to 1,000: received 0.", () => Initializer.Icnr(0));
        var error = Assert.Throws<DataException>(() => new OpSettings("Conv2d", new Dictionary<string, object> { ["initializer"] = "he" }).Initializer("initializer", (Conv2d op) => op.WeightInitializer));
        Assert.StartsWith("Conv2d takes as 'initializer' an initialiser, he-normal, he-uniform, glorot-normal, ", error.Message, StringComparison.Ordinal);
        Assert.Contains(" or icnr-depth-first with its numbers. The initialiser 'he' cannot be read: there is no 'he'.", error.Message, StringComparison.Ordinal);

        static void Says(string message, Func<object> action) => Assert.Equal(message, Assert.Throws<UsageException>(() => { action(); }).Message);
    }

    [Fact]
    public void One_initialiser_for_all_weights()
    {
        var network = Network.Build(Shape.Image(1, 6, 6), x => x.Conv(4, kernel: 3).BatchNorm().Relu().Flatten().Linear(3));
        var weights = Weights.Initialize(network, 1, Initializer.Constant(0.5f));
        Assert.All((string[])["conv1.weight", "linear1.weight"], name => Assert.All(weights[name].Values.ToArray(), value => Assert.Equal(0.5f, value)));
        Assert.All((string[])["conv1.bias", "linear1.bias", "batchNorm1.bias"], name => Assert.All(weights[name].Values.ToArray(), value => Assert.Equal(0, value)));
        Assert.Equal(Weights.Initialize(network, 1).Sha256(), Weights.Initialize(network, 1, Initializer.HeNormal).Sha256());
    }

    private static float[] Fill(string name, ParameterDefinition definition, uint seed = 5)
    {
        var random = new RandomSequence(seed, RandomPurpose.Initialization);
        var values = new float[definition.Count];
        Initializer.Parse(name).Fill(definition, values, ref random);
        return values;
    }
}
