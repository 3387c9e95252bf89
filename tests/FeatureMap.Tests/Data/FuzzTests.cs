using System.Buffers.Binary;
using System.Security.Cryptography;
using FeatureMap.Data;
using Xunit;

namespace FeatureMap.Tests.Data;

/// <summary>Every reader of the data against damaged files; see <see cref="FuzzCampaign"/>.</summary>
public sealed class FuzzTests
{
    private const long Million = 1_000_000;
    private static readonly Shape Target = new(3, 6, 8);

    public static TheoryData<string> Pictures => ["png", "png with palette", "jpeg in colour", "gray jpeg", "bmp 24", "bmp 8", "bmp 32", "bmp 24 from the top"];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Idx_files(bool zipped)
    {
        var original = zipped ? Idx.Zip(Idx.Images(40)) : Idx.Images(40);
        Judge(FuzzCampaign.Run(original, 24, file => IdxFile.Read(new MemoryStream(file), "f", 3), 4 * Million), 0.3);
    }

    [Theory]
    [MemberData(nameof(Pictures))]
    public void Images(string kind)
    {
        var original = kind switch
        {
            "png" => PngWriter.Write(Idx.Noise(Target.Count, 1), Target),
            "png with palette" => SampleImages.Png(8, 6, 8, 3, new byte[54], palette: [1, 2, 3, 4, 5, 6]),
            "jpeg in colour" => SampleImages.ColourJpeg,
            "gray jpeg" => SampleImages.GrayJpeg,
            _ => SampleImages.Bmp(8, 6, kind.Contains('8', StringComparison.Ordinal) ? 8 : kind.Contains("32", StringComparison.Ordinal) ? 32 : 24, isTopDown: kind.EndsWith("top", StringComparison.Ordinal)),
        };
        var isPng = kind.StartsWith("png", StringComparison.Ordinal);
        Judge(
            FuzzCampaign.Run(original, 64, file => Assert.Equal(Target.Count, ImageFile.Decode(file, "f", Target, resize: true).Length), 32 * Million, isPng ? SampleImages.RepairPng : null),
            0.1);
    }

    [Fact]
    public void Zip_archives_of_images() => Judge(FuzzCampaign.Run(Trees.Zip(ClassFolder.Files()), 64, ReadImages, 8 * Million), 0.3);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Tar_archives_of_images(bool zipped)
    {
        var original = Trees.Tar(ClassFolder.Files(), System.Formats.Tar.TarEntryFormat.Pax, zipped);
        Judge(FuzzCampaign.Run(original, 4096, ReadImages, 8 * Million, zipped ? null : Trees.RepairTar), 0.1);
    }

    [Theory]
    [InlineData("cifar10", "data_batch_3.bin")]
    [InlineData("cifar10", "batches.meta.txt")]
    [InlineData("cifar100", "train.bin")]
    [InlineData("cifar100-coarse", "coarse_label_names.txt")]
    public void Cifar_files(string name, string damaged)
    {
        var files = Cifar.Files(name);
        var original = files.Single(file => file.Path.EndsWith(damaged, StringComparison.Ordinal)).Content;
        Judge(
            FuzzCampaign.Run(
                original, damaged.EndsWith("txt", StringComparison.Ordinal) ? 64 : 3074,
                content =>
                {
                    using var tree = new Trees.InMemory(files.Select(file => (file.Path, file.Path.EndsWith(damaged, StringComparison.Ordinal) ? content : file.Content)));
                    Cifar.Load(tree, name);
                },
                4 * Million),
            0.05);
    }

    [Fact]
    public void Cache_files()
    {
        const string key = "source; state; options";
        using var stream = new MemoryStream();
        DecodedCache.Write(stream, key, new(new(1, 4, 3), ["a", "b"], new(Idx.Noise(36, 1), [0, 1, 0]), new(Idx.Noise(12, 2), [1]), ["a note"]));
        var result = FuzzCampaign.Run(
            stream.ToArray(), 180,
            file => Assert.True(DecodedCache.Read(new MemoryStream(file), key) is null or { Shape.Count: > 0 }), 2 * Million,
            file => file.Length < 110 ? file : [.. file[..^32], .. SHA256.HashData((byte[])[.. file[..24], .. file[72..^32]])]); // 48 bytes are pixels
        Judge(result, 0.5);
    }

    private static void ReadImages(byte[] archive)
    {
        using var tree = Trees.Open(archive);
        var images = ImageDecoder.Decode(tree, ClassFolderPlan.Of(tree), new DataOptions { Images = new() { Size = new(6, 8), Colours = ImageColours.Colour } });
        Assert.Equal(images.Count * 144, images.Training.Pixels.Length + (images.Validation?.Pixels.Length ?? 0));
    }

    // A campaign that hardly ever meets an error tests nothing.
    private static void Judge(FuzzResult result, double leastRefused) => Assert.InRange(result.Refused, leastRefused * FuzzCampaign.Mutations, FuzzCampaign.Mutations);
}
