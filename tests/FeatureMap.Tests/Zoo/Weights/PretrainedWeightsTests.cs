using System.Security.Cryptography;
using FeatureMap.Data;
using FeatureMap.Tests.Data;
using FeatureMap.Zoo;
using Xunit;

namespace FeatureMap.Tests.Zoo;

public sealed class PretrainedWeightsTests
{
    private static readonly byte[] Content = [.. Enumerable.Range(0, 5000).Select(i => (byte)(i * 31))];

    private static readonly string Sum = Convert.ToHexStringLower(SHA256.HashData(Content));

    [Fact]
    public void The_table_is_sound()
    {
        Assert.Equal(PretrainedWeights.All.Count, PretrainedWeights.All.Select(one => one.Name).Distinct().Count());
        Assert.Equal(PretrainedWeights.All.Count, PretrainedWeights.All.Select(one => one.File).Distinct().Count());
        Assert.All(PretrainedWeights.All, one =>
        {
            var architecture = Architectures.Get(one.Network);
            Assert.Equal(architecture.Name, one.Network);
            Assert.NotNull(architecture.TorchvisionNames);
            Assert.Equal(architecture.Classes, one.Classes);
            Assert.Equal(architecture.TrainedNormalization, one.Normalization);
            Assert.Equal(one.Sha256.Length == 0, one.Mirrors.Count == 0); // what cannot be checked is not fetched
            Assert.True(one.Mirrors.Count > 0 || one.Page is not null);
            if (one.Sha256.Length > 0) Assert.True(one.Sha256.Length >= 8 && one.Sha256.All(char.IsAsciiHexDigitLower) && one.File.Contains("-" + one.Sha256[..8], StringComparison.Ordinal), one.File);
            Assert.True(one.ShorterSide >= one.Size && one.Accuracy.TopOne is > 50 and < 100);
            Assert.Same(one, PretrainedWeights.Get(one.Name));
        });
        Assert.All(PretrainedWeights.All.Where(one => one.Network.StartsWith("convnextv2", StringComparison.Ordinal)), one => Assert.True(one.IsNonCommercial));
    }

    [Fact]
    public void Names_are_found_or_suggested()
    {
        Assert.Equal("resnet-50:imagenet1k-v2", PretrainedWeights.Get("ResNet50").Name);
        Assert.Equal("resnet50-0676ba61.pth", PretrainedWeights.Get("resnet-50:IMAGENET1K-V1").File);
        Assert.Equal(2, PretrainedWeights.Of("resnet-50").Count);
        Assert.Equal("There are no known weights 'resnt-18'. Did you mean 'resnet-18'?", Assert.Throws<UsageException>(() => PretrainedWeights.Get("resnt-18")).Message);
        Assert.Equal("There are no known weights 'resnet-18:imagenet1k-v9'. Did you mean 'resnet-18:imagenet1k-v1'?", Assert.Throws<UsageException>(() => PretrainedWeights.Get("resnet-18:imagenet1k-v9")).Message);
        Assert.Null(PretrainedWeights.Find("lenet-5"));
    }

    [Fact]
    public void A_file_is_found_by_its_name_or_by_the_digits_that_it_ends_in()
    {
        using var folder = new TemporaryFolder();
        var one = PretrainedWeights.Get("cifar-resnet-20");
        Assert.Null(one.Locate([folder["nowhere"], folder.Location]));
        folder.Write("cifar-resnet-20-12fca82f.th", [1]);
        Assert.Equal(folder["cifar-resnet-20-12fca82f.th"], one.Locate([folder["nowhere"], folder.Location]));
        folder.Write(one.File, [1]);
        Assert.Equal(folder[one.File], one.Locate([folder.Location]));
        var error = Assert.Throws<DataException>(() => one.Fetch([folder.Location], cache: folder.Location)).Message;
        Assert.StartsWith($"{folder[one.File]} is not resnet20-12fca82f.th: its 1 bytes have the SHA-256 4bf5122f344554c5", error, StringComparison.Ordinal);
        Assert.EndsWith("begins with 12fca82f0bebc4135bf1f32f6e3710e61d5108578464b84fd6d7f5c1b04036c8 (1,099,231 bytes). Delete it and fetch it again, or bring the right one.", error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_download_is_checked_taken_up_and_found_again()
    {
        using var folder = new TemporaryFolder();
        using var server = new MirrorServer((_, start, number) => MirrorServer.Honest(Content, start) with { CutAfter = number == 0 ? 1000 : int.MaxValue });
        var one = PretrainedWeights.Get("resnet-18") with { Sha256 = Sum[..8], File = $"some-{Sum[..8]}.pth" };
        Assert.Equal(folder[$"cache/{one.File}"], one.Fetch([folder["cache"]], [server.Address], folder["cache"]));
        Assert.Equal([one.File, $"{one.File}@1000"], server.Requests);
        Assert.Equal(Content, File.ReadAllBytes(folder[$"cache/{one.File}"]));
        one.Fetch([folder["cache"]], [server.Address], folder["cache"]);
        Assert.Equal(2, server.Requests.Length);
    }

    [Fact]
    public void What_arrives_with_another_sum_is_no_file_and_offline_all_is_said()
    {
        using var folder = new TemporaryFolder();
        using var server = new MirrorServer((_, start, _) => MirrorServer.Honest(Content, start));
        var one = PretrainedWeights.Get("resnet-18");
        var error = Assert.Throws<DataException>(() => one.Fetch([folder["a"], folder["b"]], [server.Address, new("http://127.0.0.1:1/")], folder["b"])).Message;
        Assert.StartsWith(
            $"resnet-18:imagenet1k-v1 is not here. Looked for resnet18-f37072fd.pth in {folder["a"]}, {folder["b"]}. Download: {server.Address} sent a resnet18-f37072fd.pth with other content than "
            + "expected; http://127.0.0.1:1/ did not answer (", error, StringComparison.Ordinal);
        Assert.EndsWith(
            $" Bring the file https://download.pytorch.org/models/resnet18-f37072fd.pth, whose SHA-256 begins with f37072fd, and put it into {folder["b"]}, or into a folder that the environment "
            + "variable FEATUREMAP_WEIGHTS names.", error, StringComparison.Ordinal);
        Assert.Empty(TemporaryFolder.FilesIn(folder["b"]));
        Assert.Contains("so it is not downloaded: what arrives could not be checked.", Assert.Throws<DataException>(() => PretrainedWeights.Get("convnextv2-atto").Fetch([folder["a"]])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_remote_file_needs_a_sum_and_a_plain_name()
    {
        Assert.Equal("a is checked by 8 to 64 lower-case hexadecimal digits of its SHA-256: received '1234'.", Assert.Throws<UsageException>(() => new RemoteFile("a", "1234", []).Fetch("x")).Message);
        Assert.Equal("A file to fetch has a name without folders: received '../a'.", Assert.Throws<UsageException>(() => new RemoteFile("../a", "12345678", []).Fetch("x")).Message);
    }
}
