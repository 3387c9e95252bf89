using FeatureMap.Data;
using FeatureMap.Randomness;
using Xunit;

namespace FeatureMap.Tests.Data;

public sealed class KerasAugmentationTests
{
    private static readonly Shape Square = new(1, 3, 3);
    private static readonly byte[] Nine = [1, 2, 3, 4, 5, 6, 7, 8, 9];

    [Fact]
    public void The_matrices_are_those_of_keras()
    {
        Assert.Equal([3f, 6, 9, 2, 5, 8, 1, 4, 7], Mapped(90, 0, 0, 0, 1, 1)); // out(x, y) = in(2 - y, x)
        Assert.Equal([9f, 8, 7, 6, 5, 4, 3, 2, 1], Mapped(180, 0, 0, 0, 1, 1));
        Assert.Equal([2f, 3, 3, 5, 6, 6, 8, 9, 9], Mapped(0, 1, 0, 0, 1, 1)); // source x + 1: the image moves left
        Assert.Equal([4f, 5, 6, 7, 8, 9, 7, 8, 9], Mapped(0, 0, 1, 0, 1, 1));
        Assert.Equal([1f, 3, 3, 4, 6, 6, 7, 9, 9], Stretched()); // zoom 2 along x: columns -1, 1, 3
        // Shear of 30 degrees: source x = x - sin 30 (y - 1), source y = 1 + cos 30 (y - 1).
        var map = KerasAugmentation.Map(Square, 0, 0, 0, 30, 1, 1);
        Assert.Equal((1, -0.5, 0.5), (map.XX, Math.Round(map.XY, 12), Math.Round(map.X0, 12)));
        Assert.Equal((0, 0.866025, 0.133975), (map.YX, Math.Round(map.YY, 6), Math.Round(map.Y0, 6)));
        // All together, against the product of the four matrices around the middle.
        var shape = new Shape(1, 20, 30);
        map = KerasAugmentation.Map(shape, 25, 3, -2, 12, 1.2, 0.7);
        double[,] product = Multiply(Multiply(Multiply(Matrix(Math.Cos(Radians(25)), -Math.Sin(Radians(25)), 0, Math.Sin(Radians(25)), Math.Cos(Radians(25)), 0), Matrix(1, 0, 3, 0, 1, -2)),
            Matrix(1, -Math.Sin(Radians(12)), 0, 0, Math.Cos(Radians(12)), 0)), Matrix(1.2, 0, 0, 0, 0.7, 0));
        var centred = Multiply(Multiply(Matrix(1, 0, 14.5, 0, 1, 9.5), product), Matrix(1, 0, -14.5, 0, 1, -9.5));
        double[] expected = [centred[0, 0], centred[0, 1], centred[0, 2], centred[1, 0], centred[1, 1], centred[1, 2]], actual = [map.XX, map.XY, map.X0, map.YX, map.YY, map.Y0];
        for (var i = 0; i < 6; i++)
            Assert.Equal(expected[i], actual[i], 1e-12);

        static double[,] Matrix(double a, double b, double c, double d, double e, double f) => new[,] { { a, b, c }, { d, e, f }, { 0, 0, 1 } };
        static double Radians(double degrees) => degrees * Math.PI / 180;
        static double[,] Multiply(double[,] a, double[,] b)
        {
            var result = new double[3, 3];
            for (var i = 0; i < 9; i++)
                for (var k = 0; k < 3; k++)
                    result[i / 3, i % 3] += a[i / 3, k] * b[k, i % 3];
            return result;
        }
        static float[] Mapped(double rotation, double shiftX, double shiftY, double shear, double zoomX, double zoomY)
        {
            var result = new float[9];
            KerasAugmentation.Map(Square, rotation, shiftX, shiftY, shear, zoomX, zoomY).Apply<byte>(Nine, Square, result, new(FillMode.Nearest, 0));
            return result;
        }
        static float[] Stretched() => [.. Mapped(0, 0, 0, 0, 2, 1).Select((value, i) => i % 3 == 1 ? value + 1 : value)]; // column 1 stays: 2, 5, 8
    }

    [Fact]
    public void Without_options_nothing_changes()
    {
        Assert.Equal(Pictures.Floats(Nine), Pictures.Run(new KerasAugmentation(), Nine, Square));
        Assert.Equal(Augmentation.None, new KerasAugmentation().ForEvaluation(Square));
        Assert.Same(KerasDefault, KerasDefault.Fit(Set(Square, Nine)));
    }

    [Fact]
    public void Random_changes_keep_to_their_ranges()
    {
        byte[] source = [10, 20, 30];
        var shape = new Shape(1, 1, 3);
        var flips = 0;
        float least = 1000, greatest = 0;
        for (uint index = 0; index < 500; index++)
        {
            if (Pictures.Run("keras horizontal-flip=yes", source, shape, index: index)[0] == 30) flips++;
            var bright = Pictures.Run("keras brightness=0.5:2", source, shape, index: index);
            Assert.Equal(2, bright[1] / bright[0], 1e-5);
            (least, greatest) = (Math.Min(least, bright[0]), Math.Max(greatest, bright[0]));
            // Channel shift: the same number for all, kept between the least and the greatest pixel of the image.
            var shifted = Pictures.Run("keras channel-shift=15", source, shape, index: index);
            Assert.All(shifted, pixel => Assert.InRange(pixel, 10, 30));
            var up = shifted[0] - 10;
            if (up > 0) Assert.Equal([10 + up, Math.Min(30, 20 + up), 30], shifted);
        }
        Assert.InRange(flips, 210, 290);
        Assert.InRange(least, 5, 5.2f);
        Assert.InRange(greatest, 19.8f, 20);
        // Order: flips after the map. A shift by one and a flip give one of four results.
        var results = Enumerable.Range(0, 100).Select(index => string.Join(' ', Pictures.Run("keras width-shift=one-of:1 horizontal-flip=yes", source, shape, index: (uint)index))).Distinct().Order();
        Assert.Equal(["10 10 20", "20 10 10", "20 30 30", "30 30 20"], results);
    }

    [Fact]
    public void Shift_ranges_are_those_of_python()
    {
        Assert.Equal([-1, 0, 1], Drawn(ShiftRange.Whole(2), 20));
        Assert.Equal([-4, -2, -1, 1, 2, 4], Drawn(ShiftRange.OneOf(1, 2, 4), 20));
        Assert.Equal([-10, -5, 5, 10], Drawn(ShiftRange.OneOf(0.25f, 0.5f), 20));
        var part = Drawn(0.1f, 20);
        Assert.InRange(part.Min(), -2, -1.9f);
        Assert.InRange(part.Max(), 1.9f, 2);
        var pixels = Drawn(ShiftRange.Continuous(1), 20);
        Assert.InRange(pixels.Min(), -1, -0.95f);
        Assert.InRange(pixels.Max(), 0.95f, 1);
        Assert.Equal(ShiftRange.None, (ShiftRange)0);
        Assert.NotEqual((ShiftRange)2, (ShiftRange)2f);
        Assert.True(ShiftRange.Whole(1).IsNone);
        foreach (var range in (ShiftRange[])[0.25f, 3, ShiftRange.OneOf(1, -2.5f), ShiftRange.OneOf(0, 1), ShiftRange.None])
            Assert.Equal(range, ShiftRange.Read(range.ToString()));
        Assert.Equal("A shift range must be from 0 to 10000: received -0.1.", Assert.Throws<UsageException>(() => ShiftRange.Continuous(-0.1f)).Message);
        Assert.Equal("A shift range needs 1 to 1,000 distances: received 0.", Assert.Throws<UsageException>(() => ShiftRange.OneOf()).Message);

        static float[] Drawn(ShiftRange range, int side)
        {
            var values = new SortedSet<float>();
            for (uint index = 0; index < 500; index++)
            {
                var random = Pictures.Random(index);
                values.Add(range.Draw(ref random, side));
            }
            return [.. values];
        }
    }

    [Fact]
    public void Samples_are_standardised_by_themselves()
    {
        Assert.Equal([-5f, 5], Pictures.Run("keras samplewise-center=yes", [0, 10], new(1, 1, 2)));
        Assert.Equal([-1f, 1], Pictures.Run("keras samplewise-std=yes", [0, 10], new(1, 1, 2)).Select(value => MathF.Round(value, 5)));
        Assert.Equal([0.5f, 1], Pictures.Run("keras rescale=0.1", [5, 10], new(1, 1, 2)));
        // The user's function comes first, then the scale, then the centre.
        var augmentation = new KerasAugmentation { PreprocessingFunction = (pixels, _) => pixels[0] += 10, Rescale = 2, SamplewiseCenter = true };
        Assert.Equal([0f, 0], Pictures.Run(augmentation, [0, 10], new(1, 1, 2)));
        Assert.Equal("custom", augmentation.ToString());
        var evaluation = (augmentation with { RotationRange = 90, HorizontalFlip = true }).ForEvaluation(Square);
        Assert.Equal(augmentation, evaluation);
    }

    [Fact]
    public void Feature_wise_statistics_are_those_of_the_set()
    {
        var shape = new Shape(3, 4, 5);
        var set = Set(shape, Idx.Noise(shape.Count * 50, 3));
        var measured = Normalization.Of(set);
        var fitted = (KerasAugmentation)new KerasAugmentation { FeaturewiseStdNormalization = true }.Fit(set);
        Assert.True(fitted.IsFitted);
        for (var channel = 0; channel < 3; channel++)
        {
            Assert.Equal(measured.Mean[channel] * 255, fitted.Statistics!.Mean[channel], 1e-4);
            Assert.Equal(measured.Deviation[channel] * 255, fitted.Statistics.Deviation[channel], 1e-4);
        }
        var all = Enumerable.Range(0, 50).SelectMany(index => Pictures.Run(fitted, set.Pixels(index).ToArray(), shape)).ToList();
        Assert.Equal(0, all.Average(), 1e-4);
        Assert.Equal(1, all.Average(value => value * value), 1e-4);
        // Statistics are taken behind the rescaling, so the mean is 0 there as well.
        var rescaled = new KerasAugmentation { FeaturewiseCenter = true, Rescale = 1 / 255f }.Fit(set);
        Assert.Equal(0, Enumerable.Range(0, 50).SelectMany(index => Pictures.Run(rescaled, set.Pixels(index).ToArray(), shape)).Average(), 1e-6);
        // On augmented images: always darker by half.
        var dark = new KerasAugmentation { FeaturewiseCenter = true, BrightnessRange = (0.5f, 0.5f) }.Fit(set, rounds: 2, seed: 1);
        Assert.Equal(measured.Mean[1] * 255 / 2, dark.Statistics!.Mean[1], 1e-4);
    }

    [Fact]
    public void Whitening_worked_by_hand()
    {
        // Around the mean 100 the images are (10, 0), (-10, 0), (0, 40), (0, -40): X X^T = diag(200, 3200), s = sqrt(2) (10, 40), W = sqrt(4) / s = diag(sqrt 2 / 10, sqrt 2 / 40).
        var shape = new Shape(1, 1, 2);
        var set = Set(shape, [110, 100, 90, 100, 100, 140, 100, 60]);
        var zca = new KerasAugmentation { ZcaWhitening = true }.Fit(set);
        AssertNear([1.41421f, 0], Pictures.Run(zca, [110, 100], shape));
        AssertNear([0, -1.41421f], Pictures.Run(zca, [100, 60], shape));
        // Epsilon is added to the singular values: sqrt(4) / (14.14214 + 10) x 10 = 0.82843.
        AssertNear([0.82843f, 0], Pictures.Run(new KerasAugmentation { ZcaWhitening = true, ZcaEpsilon = 10 }.Fit(set), [110, 100], shape));

        static void AssertNear(float[] expected, float[] actual)
        {
            for (var i = 0; i < expected.Length; i++)
                Assert.Equal(expected[i], actual[i], 1e-4);
        }
    }

    [Fact]
    public void Whitened_images_are_uncorrelated()
    {
        // Neighbours are alike: each pixel is the mean of two numbers of a noise.
        var shape = new Shape(1, 7, 7);
        var noise = Idx.Noise(600 * 50, 6);
        var alike = Set(shape, [.. Enumerable.Range(0, 600 * 49).Select(i => (byte)((noise[(i / 49 * 50) + (i % 49)] + noise[(i / 49 * 50) + (i % 49) + 1]) / 2))]);
        var zca = new KerasAugmentation { ZcaWhitening = true }.Fit(alike);
        var white = Enumerable.Range(0, 600).Select(index => Pictures.Run(zca, alike.Pixels(index).ToArray(), shape)).ToList();
        Assert.True(Enumerable.Range(0, 600).Average(index => (alike.Pixels(index)[3] - 127.5) * (alike.Pixels(index)[4] - 127.5)) > 1000);
        for (var i = 0; i < 49; i += 5)
            for (var j = 0; j < 49; j += 7)
                Assert.Equal(i == j ? 1 : 0, white.Average(image => (double)image[i] * image[j]), 1e-3);
    }

    [Fact]
    public void Eigenvectors_are_eigenvectors()
    {
        foreach (var size in (int[])[1, 2, 5, 30])
        {
            var random = new RandomSequence(4, RandomPurpose.Testing, 0, (uint)size);
            var matrix = new double[size * size];
            for (var i = 0; i < size; i++)
                for (var j = 0; j <= i; j++)
                    matrix[(i * size) + j] = matrix[(j * size) + i] = random.NextNormal();
            if (size > 2)
                for (var j = 0; j < size; j++)
                    matrix[(2 * size) + j] = matrix[(j * size) + 2] = 0; // a pixel that is always the same
            var (values, vectors) = SymmetricEigen.Solve([.. matrix], size);
            for (var k = 0; k < size; k++)
            {
                for (var i = 0; i < size; i++)
                    Assert.Equal(values[k] * vectors[(k * size) + i], Enumerable.Range(0, size).Sum(j => matrix[(i * size) + j] * vectors[(k * size) + j]), 1e-10);
                for (var other = 0; other < size; other++)
                    Assert.Equal(other == k ? 1 : 0, Enumerable.Range(0, size).Sum(i => vectors[(k * size) + i] * vectors[(other * size) + i]), 1e-12);
            }
        }
    }

    [Fact]
    public void The_validation_split_takes_the_first_images()
    {
        var set = Set(new(1, 1, 1), [.. Enumerable.Range(0, 11).Select(value => (byte)value)]);
        var (training, validation) = new KerasAugmentation { ValidationSplit = 0.3f }.Split(set);
        Assert.Equal((8, 3), (training.Count, validation.Count)); // int(3.3)
        Assert.Equal(3, training.Pixels(0)[0]);
        Assert.Equal(0, validation.Pixels(0)[0]);
        Assert.Equal("A ValidationSplit of 0.05 puts none of the 11 images of test aside. Choose at least 0.090909.",
            Assert.Throws<UsageException>(() => new KerasAugmentation { ValidationSplit = 0.05f }.Split(set)).Message);
    }

    [Fact]
    public void What_is_missing_or_too_large_is_said()
    {
        var set = Set(Square, Nine);
        Assert.Equal("KerasAugmentation.FeaturewiseCenter needs statistics of the training images. Call Fit(trainingImages) and use what it returns.",
            Assert.Throws<UsageException>(() => Pictures.Run("keras featurewise-center=yes", Nine, Square)).Message);
        Assert.Equal("KerasAugmentation.ZcaWhitening was fitted to images of 1x3x3: received 1x2x2. Fit it to images of this shape.",
            Assert.Throws<ShapeException>(() => new KerasAugmentation { ZcaWhitening = true }.Fit(set).OutputShape(new(1, 2, 2))).Message);
        Assert.Equal("KerasAugmentation.ZcaWhitening was switched on after Fit. Call Fit(trainingImages) again.",
            Assert.Throws<UsageException>(() => ((KerasAugmentation)new KerasAugmentation { FeaturewiseCenter = true }.Fit(set) with { ZcaWhitening = true }).OutputShape(Square)).Message);
        var shape = new Shape(3, 32, 32);
        Assert.Equal("ZCA whitening of images of 3x32x32 needs the eigenvectors of a 3,072 x 3,072 matrix, some 2.3e12 operations, and then 3,072 x 3,072 multiplications for every image of every epoch: "
            + "at most 1,024 numbers per image are taken (1x32x32). Use smaller or gray images, or FeaturewiseStdNormalization.",
            Assert.Throws<UsageException>(() => new KerasAugmentation { ZcaWhitening = true }.Fit(Set(shape, new byte[shape.Count]))).Message);
        Assert.Equal("KerasAugmentation.ZoomRange must be two numbers from 0.01 to 100, the lower first: received (0, 1).",
            Assert.Throws<UsageException>(() => new KerasAugmentation { ZoomRange = (0, 1) }).Message);
    }

    [Fact]
    public void The_pass_through_normalization_is_one_to_one()
    {
        var normalization = KerasAugmentation.PassThrough(2);
        Assert.Equal((1f, 0f), (normalization.Scale(1), normalization.Offset(1)));
    }

    private static KerasAugmentation KerasDefault { get; } = new();

    private static ImageSet Set(Shape shape, byte[] pixels) => new("test", shape, pixels, new int[pixels.Length / shape.Count], ["only"]);
}
