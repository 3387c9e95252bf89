using FeatureMap.Data;
using Xunit;

namespace FeatureMap.Tests.Data;

public sealed class DataCheckTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Good_data_are_sound_and_counted()
    {
        var check = Check(folder.Write("a.zip", Trees.Zip([.. Noise("train/cat", 6, 1), .. Noise("train/dog", 5, 100), .. Noise("test/cat", 2, 200), .. Noise("test/dog", 2, 300)])));
        Assert.True(check.IsSound);
        Assert.Empty(check.Findings);
        Assert.Equal((DataTask.Classes, 15, 15, 0, 15, true), (check.Task, check.Images, check.Readable, check.Turned, check.Gray, check.HasParts));
        Assert.Equal([("cat", 6, 2), ("dog", 5, 2)], check.Classes);
        Assert.Equal([(new ImageSize(24, 32), 15)], check.Sizes);
    }

    [Theory]
    [InlineData("folder")]
    [InlineData("zip")]
    [InlineData("tar")]
    public void Planted_doubles_leaks_and_contradictions_are_found(string kind)
    {
        (string, byte[])[] files =
        [
            .. Noise("train/cat", 6, 1), .. Noise("train/dog", 5, 100), .. Noise("test/cat", 2, 200), .. Noise("test/dog", 2, 300),
            ("train/cat/copy.png", Noisy(3)), // the same as train/cat/2
            ("test/dog/leak.png", Noisy(101)), // the same as train/dog/1
            ("train/dog/cat.png", Noisy(1)), // the same as train/cat/0
            ("test/cat/near.png", Noisy(4, brighter: 6)), // train/cat/3, a little brighter
        ];
        var check = Check(kind == "folder" ? ClassFolder.Write(folder, "f", files) : folder.Write($"a.{kind}", kind == "zip" ? Trees.Zip(files) : Trees.Tar(files)));
        Assert.False(check.IsSound);
        Assert.Equal([DataFindingKind.Leakage, DataFindingKind.Contradiction, DataFindingKind.Double, DataFindingKind.NearDouble], check.Findings.Select(finding => finding.Kind));
        Assert.Equal(["test/dog/leak.png", "train/dog/1.png"], check.Findings[0].Files.Single());
        Assert.Equal(["train/cat/0.png", "train/dog/cat.png"], check.Findings[1].Files.Single());
        Assert.Equal(["train/cat/2.png", "train/cat/copy.png"], check.Findings[2].Files.Single());
        Assert.Equal(["test/cat/near.png", "train/cat/3.png"], check.Findings[3].Files.Single());
        Assert.Contains("in the training part and in the validation part (leakage)", check.Findings[0].Message, StringComparison.Ordinal);
        Assert.Equal("1 group of pictures look nearly the same (2 files); 1 of them reach from the training part into the validation part.", check.Findings[3].Message);
    }

    [Fact]
    public void A_group_of_many_is_one_case()
    {
        var check = Check(folder.Write("a.zip", Trees.Zip([.. Noise("cat", 6, 1), .. Noise("dog", 5, 100), .. Enumerable.Range(0, 4).Select(i => ($"dog/copy{i}.png", Noisy(102)))])));
        var finding = Assert.Single(check.Findings);
        Assert.StartsWith("1 picture is there more than once (4 files too many)", finding.Message, StringComparison.Ordinal);
        Assert.Equal(5, finding.Files.Single().Count);
    }

    [Fact]
    public void Small_classes_imbalance_wrong_endings_and_broken_layouts_are_said()
    {
        var check = Check(folder.Write("a.zip", Trees.Zip([.. Noise("cat", 25, 1), .. Noise("dog", 2, 100), ("owl/1.jpg", Noisy(400)), ("owl/2.png", [1, 2, 3])])));
        Assert.Equal("1 class has too few pictures that can be read: owl (1 to learn from).", Only(check, DataFindingKind.SmallClass).Message);
        Assert.StartsWith("cat has 25 pictures to learn from and owl 1, a 25th", Only(check, DataFindingKind.Imbalance).Message, StringComparison.Ordinal);
        Assert.StartsWith("1 picture is of another kind than the name says, such as owl/1.jpg, which is PNG.", Only(check, DataFindingKind.Ending).Message, StringComparison.Ordinal);
        Assert.False(Only(check, DataFindingKind.Ending).IsWrong);
        Assert.Equal([["owl/2.png"]], Only(check, DataFindingKind.Unreadable).Files);
        var loose = Check(folder.Write("b.zip", Trees.Zip(Noise("only", 2, 1))));
        Assert.Contains("a data set needs at least two class folders", Only(loose, DataFindingKind.Layout).Message, StringComparison.Ordinal);
        Assert.StartsWith("there are no images", Assert.Throws<DataException>(() => Check(folder.Write("c.zip", Trees.Zip([("a.txt", [1])])))).Message.Split(": ")[1], StringComparison.Ordinal);
    }

    [Fact]
    public void Empty_classes_are_wrong_and_pictures_are_checked_all_the_same()
    {
        var check = Check(folder.Write("a.zip", Trees.Zip([.. Noise("cat", 2, 1), .. Noise("dog", 2, 100), ("dog/again.png", Noisy(100)), ("owl/x.txt", [1])])));
        Assert.Contains("the class folder owl has no images", Only(check, DataFindingKind.Layout).Message, StringComparison.Ordinal);
        Assert.Equal(["dog/0.png", "dog/again.png"], Only(check, DataFindingKind.Double).Files.Single());
    }

    [Fact]
    public void Near_doubles_are_those_of_a_comparison_of_all_with_all()
    {
        var random = new Random(5);
        var hashes = new List<DifferenceHash?>();
        for (var i = 0; i < 120; i++)
        {
            var gray = new byte[DifferenceHash.Decoded.Height * DifferenceHash.Decoded.Width];
            if (i % 3 == 0) random.NextBytes(gray);
            else
            {
                // The picture before with a few pixels changed, in some cases many.
                var noise = new Random(i / 3 * 3);
                noise.NextBytes(gray);
                for (var change = 0; change < (i % 2 == 0 ? 40 : 2000); change++)
                    gray[random.Next(gray.Length)] = (byte)random.Next(256);
            }
            hashes.Add(i % 17 == 0 ? null : new(gray));
        }
        var found = NearDoubles.Of(hashes).SelectMany(group => group).Order().ToArray();
        var expected = Enumerable.Range(0, hashes.Count).Where(i => hashes[i] is not null
            && Enumerable.Range(0, hashes.Count).Any(j => j != i && hashes[j] is not null && hashes[i]!.LooksLike(hashes[j]!))).ToArray();
        Assert.Equal(expected, found);
    }

    [Fact]
    public void The_doubled_pictures_of_raccoon_are_found()
    {
        var path = Environment.GetEnvironmentVariable("FEATUREMAP_DATA")?.Split(Path.PathSeparator).Select(place => Path.Combine(Path.GetDirectoryName(place.TrimEnd('/')) ?? "", "raccoon.zip")).FirstOrDefault(File.Exists);
        if (path is null) return;
        var check = Check(path);
        Assert.Equal((DataTask.Boxes, 200, 4), (check.Task, check.Images, Only(check, DataFindingKind.Double).Files.Count));
    }

    internal static DataFinding Only(DataCheck check, DataFindingKind kind) => Assert.Single(check.Findings, finding => finding.Kind == kind);

    internal static IEnumerable<(string Path, byte[] Content)> Noise(string place, int count, int first) => Enumerable.Range(0, count).Select(i => ($"{place}/{i}.png", Noisy(first + i)));

    // Coarse noise: 4 x 4 pixels of one value, so that a difference hash sees it.
    internal static byte[] Noisy(int seed, int brighter = 0)
    {
        var random = new Random(seed);
        var cells = Enumerable.Range(0, 48).Select(_ => (byte)(random.Next(200) + brighter)).ToArray();
        return PngWriter.Write([.. Enumerable.Range(0, 24 * 32).Select(i => cells[(i / 32 / 4 * 8) + (i % 32 / 4)])], new(1, 24, 32));
    }

    private static DataCheck Check(string path) => DataCheck.Of(path, cancellation: TestContext.Current.CancellationToken);
}
