using System.Globalization;
using FeatureMap.Networks;
using FeatureMap.Ops;
using FeatureMap.Tests.House;
using Xunit;

namespace FeatureMap.Tests.Ops;

public sealed class Resize2dTests
{
    private static readonly Dictionary<string, string[]> Foreign = File.ReadAllLines(Path.Combine(Repository.Root, "tests/FeatureMap.Tests/Ops/Golden/onnx-resize.txt"))
        .Where(line => !line.StartsWith('#')).Select(line => line.Split(';')).ToDictionary(fields => fields[0]);

    public static TheoryData<string> ForeignNames => [.. Foreign.Keys];

    [Theory]
    [MemberData(nameof(ForeignNames))]
    public void It_agrees_with_the_tests_of_onnx(string name)
    {
        var fields = Foreign[name];
        var mode = fields[1] switch { "nearest" => ResizeMode.Nearest, "linear" => ResizeMode.Bilinear, _ => ResizeMode.Bicubic };
        var region = fields[8] == "-" ? [0, 0, 1, 1] : Numbers(fields[8]);
        var measure = Numbers(fields[9].Split(' ')[1]);
        var op = new Resize2d(fields[9].StartsWith("size", StringComparison.Ordinal) ? ResizeTarget.Size((int)measure[0], (int)measure[1]) : ResizeTarget.Scale((float)measure[0], (float)measure[1]), mode)
        {
            Coordinates = fields[2] switch
            {
                "half_pixel" => ResizeCoordinates.HalfPixel,
                "half_pixel_symmetric" => ResizeCoordinates.HalfPixelSymmetric,
                "pytorch_half_pixel" => ResizeCoordinates.PyTorchHalfPixel,
                "align_corners" => ResizeCoordinates.AlignCorners,
                "asymmetric" => ResizeCoordinates.Asymmetric,
                _ => ResizeCoordinates.CropAndResize,
            },
            Rounding = fields[3] switch { "floor" => NearestRounding.Floor, "ceil" => NearestRounding.Ceiling, "round_prefer_floor" => NearestRounding.HalfDown, _ => NearestRounding.HalfUp },
            Antialias = fields[4] == "1",
            CubicCoefficient = float.Parse(fields[5], CultureInfo.InvariantCulture),
            ExcludesOutside = fields[6] == "1",
            Outside = float.Parse(fields[7], CultureInfo.InvariantCulture),
            Region = new ResizeRegion((float)region[0], (float)region[1], (float)region[2], (float)region[3]),
        };
        var (input, output) = (Numbers(fields[10]), Numbers(fields[12]));
        Assert.Equal(Shape.Image(1, (int)output[0], (int)output[1]), op.OutputShape([Shape.Image(1, (int)input[0], (int)input[1])]));
        AssertClose(Numbers(fields[13]), new OpTrial(op, Shape.Image(1, (int)input[0], (int)input[1]), 1, Numbers(fields[11])).Output);
    }

    [Fact]
    public void All_of_them_are_here() => Assert.Equal(39, Foreign.Count);

    /// <summary>The examples in PyTorch's documentation of Upsample.</summary>
    [Fact]
    public void Twice_as_in_PyTorch()
    {
        var square = Shape.Image(1, 2, 2);
        double[] numbers = [1, 2, 3, 4];
        Assert.Equal([1, 1, 2, 2, 1, 1, 2, 2, 3, 3, 4, 4, 3, 3, 4, 4], Run(x => x.Upsample(2), square, numbers));
        Assert.Equal([1, 1.25, 1.75, 2, 1.5, 1.75, 2.25, 2.5, 2.5, 2.75, 3.25, 3.5, 3, 3.25, 3.75, 4], Run(x => x.Upsample(2, ResizeMode.Bilinear), square, numbers));
        AssertClose(
            [1, 4 / 3.0, 5 / 3.0, 2, 5 / 3.0, 2, 7 / 3.0, 8 / 3.0, 7 / 3.0, 8 / 3.0, 3, 10 / 3.0, 3, 10 / 3.0, 11 / 3.0, 4],
            Run(x => x.Upsample(2, ResizeMode.Bilinear, alignCorners: true), square, numbers));
    }

    [Fact]
    public void Nearest_to_other_sizes()
    {
        // floor(u n / m): PyTorch's nearest. 5 to 3 and 3 to 5.
        Assert.Equal([0, 1, 3], Run(x => x.Resize(1, 3, ResizeMode.Nearest), Shape.Image(1, 1, 5), [0, 1, 2, 3, 4]));
        Assert.Equal([0, 0, 1, 1, 2], Run(x => x.Resize(1, 5, ResizeMode.Nearest), Shape.Image(1, 1, 3), [0, 1, 2]));
        // Its nearest-exact: floor((u + 1/2) n / m).
        var exact = new Resize2d(ResizeTarget.Size(1, 3), ResizeMode.Nearest) { Coordinates = ResizeCoordinates.HalfPixel, Rounding = NearestRounding.HalfUp };
        Assert.Equal([0, 2, 4], new OpTrial(exact, Shape.Image(1, 1, 5), 1, [0, 1, 2, 3, 4]).Output);
    }

    [Fact]
    public void Nearest_keeps_every_bit()
    {
        double[] special = [-0.0, float.MaxValue, float.Epsilon, double.NegativeInfinity];
        var trial = new OpTrial(new Resize2d(ResizeTarget.Scale(1, 2), ResizeMode.Nearest), Shape.Image(1, 1, 4), 1, special);
        Assert.Equal(special.SelectMany(value => new[] { value, value }).Select(BitConverter.DoubleToInt64Bits), trial.Output.Select(BitConverter.DoubleToInt64Bits));
    }

    [Fact]
    public void Shrinking_without_antialias_skips_pixels_and_with_it_none()
    {
        double[] stripes = [0, 4, 0, 4, 0, 4, 0, 4, 0, 4, 0, 4, 0, 4, 0, 4];
        // A quarter: each output lies between pixels 4 u + 1 and 4 u + 2.
        Assert.Equal([2, 2, 2, 2], Run(x => x.Resize(1, 4), Shape.Image(1, 1, 16), stripes));
        double[] one = [0, 0, 0, 4, 0, 0, 0, 0];
        Assert.Equal([0, 0], Run(x => x.Resize(1, 2), Shape.Image(1, 1, 8), one));
        // Triangles of 4 pixels on either side of 1.5 and 5.5, cut at the ends: weights 5 7 7 5 3 1 of 28 for pixels 0 to 5, and their mirror image.
        AssertClose([4 * 5 / 28.0, 4 * 3 / 28.0], Run(x => x.Resize(1, 2, antialias: true), Shape.Image(1, 1, 8), one));
    }

    [Fact]
    public void A_cubic_reproduces_parabolas_with_the_coefficient_of_Keys()
    {
        var parabola = Enumerable.Range(0, 12).Select(x => (double)x * x).ToArray();
        var op = new Resize2d(ResizeTarget.Scale(1, 2), ResizeMode.Bicubic) { CubicCoefficient = -0.5f };
        var output = new OpTrial(op, Shape.Image(1, 1, 12), 1, parabola).Output;
        for (var u = 4; u < 20; u++)
            Assert.Equal(Math.Pow(((u + 0.5) / 2) - 0.5, 2), output[u], 4);
    }

    [Fact]
    public void Every_row_of_weights_adds_up_to_1()
    {
        foreach (var mode in (ResizeMode[])[ResizeMode.Bilinear, ResizeMode.Bicubic])
            foreach (var antialias in (bool[])[false, true])
                foreach (var size in (int[])[1, 3, 7, 16, 40])
                {
                    var ones = new OpTrial(new Resize2d(ResizeTarget.Size(size, size), mode) { Antialias = antialias }, Shape.Image(1, 16, 16), 1, [1]).Output;
                    Assert.All(ones, value => Assert.Equal(1, value, 5));
                }
    }

    [Fact]
    public void The_gradient_is_the_transpose()
    {
        // The gradient of the sum of all outputs is how much each input counts: bilinear twice, 4 pixels.
        Assert.Equal([2, 2, 2, 2], new OpTrial(new Resize2d(ResizeTarget.Scale(1, 2)), Shape.Image(1, 1, 4), 1, [0]).InputGradient());
        Assert.Equal([2, 2, 2, 1], new OpTrial(new Resize2d(ResizeTarget.Size(1, 7), ResizeMode.Nearest), Shape.Image(1, 1, 4), 1, [0]).InputGradient());
        Assert.Equal([0, 1, 1, 0], new OpTrial(new Resize2d(ResizeTarget.Size(1, 1)) { Coordinates = ResizeCoordinates.HalfPixel }, Shape.Image(1, 1, 4), 1, [0]).InputGradient().Select(value => 2 * value));
    }

    [Theory]
    [InlineData(10, 0.7f, 7)]
    [InlineData(3, 1 / 3f, 1)]
    [InlineData(5, 0.6f, 3)]
    [InlineData(7, 1.5f, 10)]
    [InlineData(3, 0.67f, 2)]
    public void A_scaled_size_is_rounded_down(int size, float scale, int expected) =>
        Assert.Equal(expected, new Resize2d(ResizeTarget.Scale(scale)).OutputShape([Shape.Image(1, size, 10)]).Height);

    [Fact]
    public void Fields_of_enlarged_maps()
    {
        static string Field(Func<Feature, Feature> body) => FeatureMap.Analysis.ReceptiveField.Of(Network.Build(Shape.Image(1, 8, 8), body))[^1].ToString();
        Assert.Equal("1, stride 0.5, centre -0.25", Field(x => x.Upsample(2)));
        Assert.Equal("2, stride 0.5, centre -0.25", Field(x => x.Upsample(2, ResizeMode.Bilinear)));
        Assert.Equal("4, stride 0.25, centre -0.38", Field(x => x.Upsample(4, ResizeMode.Bicubic)));
        Assert.Equal("2, stride 2, centre 0.5", Field(x => x.Resize(4, 4)));
        Assert.Equal("1, stride 2, centre 0", Field(x => x.Resize(4, 4, ResizeMode.Nearest)));
        Assert.Equal("2, stride 0.5, centre 0", Field(x => x.Resize(15, 15, alignCorners: true)));
    }

    [Fact]
    public void Errors_teach()
    {
        Says<UsageException>("A picture can be resized to between 1 and 1,000,000 rows and columns: received 0 x 5 (height x width).", () => ResizeTarget.Size(0, 5));
        Says<UsageException>("A picture can be scaled by factors above 0 and up to 1,000,000: received 0 and 2 (vertical and horizontal).", () => ResizeTarget.Scale(0, 2));
        Says<UsageException>("A picture can be scaled by factors above 0 and up to 1,000,000: received NaN and NaN (vertical and horizontal).", () => ResizeTarget.Scale(float.NaN));
        Says<UsageException>("A resize needs a target: ResizeTarget.Scale(2) or ResizeTarget.Size(64, 64).", () => new Resize2d(default));
        Says<UsageException>("Aligned corners and antialias need pixels between pixels, which nearest does not make: use ResizeMode.Bilinear or ResizeMode.Bicubic, or leave them out.", () => Network.Build(Shape.Image(1, 8, 8), x => x.Upsample(2, alignCorners: true)));
        Says<ShapeException>("Nearest takes pixels as they are, so there is nothing to smooth: use antialias with ResizeMode.Bilinear or ResizeMode.Bicubic.", () => new Resize2d(ResizeTarget.Scale(2), ResizeMode.Nearest) { Antialias = true }.OutputShape([Shape.Image(1, 8, 8)]));
        Says<ShapeException>("The scale 0.1 leaves nothing of 8 rows: 8 x 0.1 = 0.8, rounded down 0. Use a scale of at least 0.125, or give a size.", () => new Resize2d(ResizeTarget.Scale(0.1f)).OutputShape([Shape.Image(1, 8, 8)]));

        static void Says<TError>(string message, Func<object> action) where TError : Exception => Assert.Equal(message, Assert.Throws<TError>(() => { action(); }).Message);
    }

    private static double[] Run(Func<Feature, Feature> body, Shape shape, double[] numbers) =>
        new OpTrial(Network.Build(shape, body).Layers[^1].Op!, shape, 1, numbers).Output;

    private static double[] Numbers(string list) => [.. list.Split(',').Select(number => double.Parse(number, CultureInfo.InvariantCulture))];

    private static void AssertClose(double[] expected, double[] received)
    {
        Assert.Equal(expected.Length, received.Length);
        for (var i = 0; i < expected.Length; i++)
            Assert.True(Math.Abs(expected[i] - received[i]) <= 1e-6 + (1e-6 * Math.Abs(expected[i])), $"[{i}]: {received[i]:R}, expected {expected[i]:R}");
    }
}
