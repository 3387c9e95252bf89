using FeatureMap.Data;
using FeatureMap.Randomness;
using FeatureMap.Tests.Training;
using Xunit;

namespace FeatureMap.Tests.Data;

public sealed class AugmentationTests
{
    private static readonly RandomAffine Strong = new() { ShiftPixels = 3, RotationDegrees = 25, Zoom = 0.2f, ShearDegrees = 15, MirrorProbability = 0.5f };

    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(1, 28, 28)]
    [InlineData(3, 5, 7)]
    [InlineData(2, 33, 17)]
    public void Plain_conversion_and_an_affine_map_with_ranges_of_zero_are_the_pixels(int channels, int height, int width)
    {
        var shape = new Shape(channels, height, width);
        var source = Idx.Noise(shape.Count, 1);
        var expected = source.Select(value => (float)value).ToArray();
        Assert.Equal(expected, Run(Augmentation.None, source, shape));
        Assert.Equal(expected, Run(new RandomAffine(), source, shape));
        Assert.Equal(expected, Through(RandomAffine.Map(shape, 0, 0, 0, 1, 0, false), source, shape));
    }

    [Fact]
    public void A_shift_by_whole_pixels_is_the_shifted_image()
    {
        var shape = new Shape(2, 6, 9);
        var source = Idx.Noise(shape.Count, 2);
        for (var shiftY = -7; shiftY <= 7; shiftY++)
        {
            for (var shiftX = -10; shiftX <= 10; shiftX++)
            {
                var actual = Through(RandomAffine.Map(shape, shiftX, shiftY, 0, 1, 0, false), source, shape);
                Assert.Equal(Expected(source, shape, (x, y) => (x - shiftX, y - shiftY)), actual);
            }
        }
    }

    [Fact]
    public void Quarter_turns_and_mirrors_are_exact()
    {
        var shape = new Shape(1, 7, 7);
        var source = Idx.Noise(shape.Count, 3);
        Assert.Equal(Expected(source, shape, (x, y) => (y, 6 - x)), Through(RandomAffine.Map(shape, 0, 0, 90, 1, 0, false), source, shape)); // clockwise
        Assert.Equal(Expected(source, shape, (x, y) => (6 - x, 6 - y)), Through(RandomAffine.Map(shape, 0, 0, 180, 1, 0, false), source, shape));
        Assert.Equal(Expected(source, shape, (x, y) => (6 - x, y)), Through(RandomAffine.Map(shape, 0, 0, 0, 1, 0, true), source, shape));
        Assert.Equal(Expected(source, shape, (x, y) => ((2 * x) - 3, (2 * y) - 3)), Through(RandomAffine.Map(shape, 0, 0, 0, 0.5, 0, false), source, shape));
        // A shear of 45 degrees moves each row by its distance from the middle.
        Assert.Equal(Expected(source, shape, (x, y) => (x - (y - 3), y)), Through(RandomAffine.Map(shape, 0, 0, 0, 1, 45, false), source, shape));
    }

    [Fact]
    public void Half_a_pixel_is_the_mean_of_two() =>
        Assert.Equal([5f, 15, 25, 35], Through(RandomAffine.Map(new(1, 1, 4), 0.5, 0, 0, 1, 0, false), [10, 20, 30, 40], new(1, 1, 4)));

    [Fact]
    public void Every_pixel_is_the_bilinear_value_of_a_plain_computation()
    {
        var shape = new Shape(2, 19, 23);
        var source = Idx.Noise(shape.Count, 4);
        for (uint index = 0; index < 200; index++)
        {
            var random = new RandomSequence(5, RandomPurpose.Augmentation, 1, index);
            var map = Strong.Draw(shape, ref random);
            var actual = Run(Strong, source, shape, index: index);
            for (var channel = 0; channel < 2; channel++)
            {
                for (var y = 0; y < 19; y++)
                {
                    for (var x = 0; x < 23; x++)
                    {
                        double u = (map.XX * x) + (map.XY * y) + map.X0, v = (map.YX * x) + (map.YY * y) + map.Y0;
                        double left = Math.Floor(u), top = Math.Floor(v), weightX = u - left, weightY = v - top;
                        double At(double column, double line) =>
                            column is >= 0 and < 23 && line is >= 0 and < 19 ? source[(channel * 437) + ((int)line * 23) + (int)column] : 0;
                        var expected = ((1 - weightY) * (((1 - weightX) * At(left, top)) + (weightX * At(left + 1, top))))
                            + (weightY * (((1 - weightX) * At(left, top + 1)) + (weightX * At(left + 1, top + 1))));
                        Assert.InRange(actual[(channel * 437) + (y * 23) + x] - expected, -0.26, 0.26); // weights of 11 bits
                    }
                }
            }
        }
    }

    [Fact]
    public void Eight_pixels_at_once_give_the_bits_of_single_steps()
    {
        foreach (var shape in (Shape[])[new(1, 28, 28), new(3, 32, 32), new(2, 3, 40), new(1, 50, 9), new(1, 200, 300)])
        {
            var source = Idx.Noise(shape.Count, 8);
            for (uint index = 0; index < (shape.Area > 2000 ? 20 : 300); index++)
            {
                var random = new RandomSequence(6, RandomPurpose.Augmentation, 1, index);
                var map = Strong.Draw(shape, ref random);
                var single = new float[shape.Count];
                map.Apply<byte>(source, shape, single, vectors: false);
                Assert.Equal(single, Through(map, source, shape));
                float[] floats = [.. source.Select(pixel => (float)pixel)], ofFloats = new float[shape.Count];
                map.Apply<float>(floats, shape, ofFloats);
                Assert.Equal(single, ofFloats);
                map.Apply<float>(floats, shape, ofFloats, vectors: false);
                Assert.Equal(single, ofFloats);
            }
        }
    }

    [Fact]
    public void The_result_depends_on_seed_epoch_and_index_only()
    {
        var shape = new Shape(1, 28, 28);
        var source = Idx.Noise(shape.Count, 5);
        var first = Run(Strong, source, shape, 1, 2, 3);
        Assert.Equal(first, Run(Strong with { }, source, shape, 1, 2, 3));
        Assert.NotEqual(first, Run(Strong, source, shape, 2, 2, 3));
        Assert.NotEqual(first, Run(Strong, source, shape, 1, 3, 3));
        Assert.NotEqual(first, Run(Strong, source, shape, 1, 2, 4));
        var results = new float[64][];
        Parallel.For(0, 64, i => results[i] = Run(Strong, source, shape, 1, 2, (uint)(i % 8)));
        for (uint i = 0; i < 64; i++)
            Assert.Equal(Run(Strong, source, shape, 1, 2, i % 8), results[i]);
    }

    [Fact]
    public void The_bits_are_the_same_on_every_machine()
    {
        var shape = new Shape(1, 28, 28);
        var hash = 17L;
        for (uint index = 0; index < 50; index++)
            foreach (var value in Run(Strong, Idx.Noise(shape.Count, 6), shape, 9, 1, index))
                hash = unchecked((hash * 31) + BitConverter.SingleToInt32Bits(value));
        Assert.Equal(5320434924078849421, hash);
    }

    [Fact]
    public void Nothing_is_allocated_per_image()
    {
        var shape = new Shape(1, 28, 28);
        byte[] source = Idx.Noise(shape.Count, 7);
        var destination = new float[shape.Count];
        Allocation.AssertNoneOfThread(Images);

        void Images()
        {
            for (uint index = 0; index < 100; index++)
            {
                Strong.Apply(source, shape, 1, 1, index, destination);
                Augmentation.None.Apply(source, shape, 1, 1, index, destination);
            }
        }
    }

    [Fact]
    public void Random_sizes_and_maps_stay_inside_and_in_range()
    {
        var random = new RandomSequence(3, RandomPurpose.Testing);
        for (uint round = 0; round < 2000; round++)
        {
            var shape = new Shape(1, 1 + random.NextInt(12), 1 + random.NextInt(12));
            var wild = new RandomAffine
            {
                ShiftPixels = random.NextSingle(0, 20),
                RotationDegrees = random.NextSingle(0, 180),
                Zoom = random.NextSingle(0, 0.9f),
                ShearDegrees = random.NextSingle(0, 60),
                MirrorProbability = 0.5f,
            };
            Assert.All(Run(wild, [.. Enumerable.Repeat((byte)255, shape.Count)], shape, index: round), value => Assert.InRange(value, 0, 255));
        }
    }

    [Fact]
    public void Values_out_of_range_and_wrong_lengths_are_refused()
    {
        Assert.Equal("RandomAffine.RotationDegrees must be from 0 to 180: received -1.",
            Assert.Throws<UsageException>(() => new RandomAffine { RotationDegrees = -1 }).Message);
        Assert.Throws<UsageException>(() => new RandomAffine { Zoom = float.NaN });
        Assert.Equal("An image of 1x2x2 has 4 pixels: received 3 in the source and 4 in the destination.",
            Assert.Throws<ShapeException>(() => Augmentation.None.Apply(new byte[3], new(1, 2, 2), 0, 0, 0, new float[4])).Message);
        Assert.Throws<ShapeException>(() => Strong.Apply(new byte[4], new(1, 2, 2), 0, 0, 0, new float[5]));
    }

    private static float[] Run(Augmentation augmentation, byte[] source, Shape shape, ulong seed = 5, uint epoch = 1, uint index = 0)
    {
        var destination = new float[shape.Count];
        destination.AsSpan().Fill(float.NaN);
        augmentation.Apply(source, shape, seed, epoch, index, destination);
        return destination;
    }

    private static float[] Through(AffineMap map, byte[] source, Shape shape)
    {
        var destination = new float[shape.Count];
        destination.AsSpan().Fill(float.NaN);
        map.Apply<byte>(source, shape, destination);
        return destination;
    }

    private static float[] Expected(byte[] source, Shape shape, Func<int, int, (int X, int Y)> from)
    {
        var result = new float[shape.Count];
        for (var i = 0; i < result.Length; i++)
        {
            var (channel, place) = (i / shape.Area, i % shape.Area);
            var (x, y) = from(place % shape.Width, place / shape.Width);
            if (x >= 0 && x < shape.Width && y >= 0 && y < shape.Height) result[i] = source[(channel * shape.Area) + (y * shape.Width) + x];
        }
        return result;
    }
}
