using FeatureMap.Data;
using StbImageSharp;
using Xunit;

namespace FeatureMap.Tests.Data;

public sealed class PngSamplesTests
{
    public static TheoryData<int, int, bool> Kinds
    {
        get
        {
            var kinds = new TheoryData<int, int, bool>();
            foreach (var isInterlaced in new[] { false, true })
                foreach (var (depth, colour) in new[] { (1, 0), (2, 0), (4, 0), (8, 0), (16, 0), (1, 3), (2, 3), (4, 3), (8, 3), (8, 2), (16, 2), (8, 4), (16, 4), (8, 6), (16, 6) })
                    kinds.Add(depth, colour, isInterlaced);
            return kinds;
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Samples_come_as_they_are_stored_and_agree_with_a_decoder(int depth, int colour, bool isInterlaced)
    {
        foreach (var (width, height) in new[] { (1, 1), (4, 2), (13, 11), (9, 17) })
        {
            var channels = colour switch { 2 => 3, 4 => 2, 6 => 4, _ => 1 };
            int[] samples = [.. Idx.Noise(2 * width * height * channels, (uint)(depth + colour + width)).Chunk(2).Select(pair => ((pair[0] << 8) | pair[1]) & ((1 << depth) - 1))];
            var palette = colour == 3 ? Idx.Noise(3 << depth, 7) : null;
            for (var filter = 0; filter <= 5; filter++)
            {
                var file = RawPng.Write(width, height, depth, colour, samples, palette, isInterlaced, filter);
                var read = PngSamples.Read(file, "f");
                Assert.Equal((width, height, depth, colour, channels), (read.Header.Width, read.Header.Height, read.Depth, read.Colour, read.Channels));
                Assert.Equal(samples, read.Values.Select(value => (int)value));
                Assert.Equal(ImageResult.FromMemory(file, ColorComponents.RedGreenBlueAlpha).Data, Enumerable.Range(0, width * height).SelectMany(pixel => Colour(samples, palette, pixel, depth, colour)));
            }
        }
    }

    [Fact]
    public void Damage_is_found()
    {
        var file = RawPng.Write(4, 2, 8, 0, [0, 1, 2, 1, 2, 2, 0, 1], filter: 9);
        Assert.Equal("f: the image is damaged or cut: a row of the PNG has the filter 9: expected 0 to 4. Copy or "
            + "save it again.", Assert.Throws<DataException>(() => PngSamples.Read(file, "f")).Message);
        var whole = RawPng.Write(40, 30, 4, 3, new int[1200], new byte[48], isInterlaced: true, filter: 4);
        var result = FuzzCampaign.Run(whole, 64, content => Assert.Equal(40 * 30, PngSamples.Read(SampleImages.RepairPng(content), "f").Values.Length), 8_000_000);
        Assert.InRange(result.Refused, 0.3 * FuzzCampaign.Mutations, FuzzCampaign.Mutations);
    }

    private static IEnumerable<byte> Colour(int[] samples, byte[]? palette, int pixel, int depth, int colour)
    {
        byte Eight(int value) => (byte)(depth == 16 ? value >> 8 : value * 255 / ((1 << depth) - 1));
        byte At(int channels, int channel) => Eight(samples[(pixel * channels) + channel]);
        return colour switch
        {
            0 => [At(1, 0), At(1, 0), At(1, 0), 255],
            2 => [At(3, 0), At(3, 1), At(3, 2), 255],
            3 => [palette![3 * samples[pixel]], palette[(3 * samples[pixel]) + 1], palette[(3 * samples[pixel]) + 2], 255],
            4 => [At(2, 0), At(2, 0), At(2, 0), At(2, 1)],
            _ => [At(4, 0), At(4, 1), At(4, 2), At(4, 3)],
        };
    }
}
