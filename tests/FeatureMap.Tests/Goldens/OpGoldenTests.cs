using FeatureMap.Ops;
using FeatureMap.Tests.House;
using Xunit;

namespace FeatureMap.Tests.Goldens;

/// <summary>Every op against libtorch: forward and all gradients of small cases with random numbers, at every register width.</summary>
public sealed class OpGoldenTests
{
    internal static string Folder { get; } = Path.Combine(Repository.Root, "tests/FeatureMap.Tests/Goldens/Ops");

    public static TheoryData<string> Judged => [.. Directory.EnumerateFiles(Folder, "*.safetensors").Select(path => Path.GetFileNameWithoutExtension(path)!).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Judged))]
    public void It_agrees_with_libtorch(string op)
    {
        var cases = Read(op);
        Assert.NotEmpty(cases);
        foreach (var golden in cases)
        {
            Assert.Equal(op, golden.Op.Name);
            foreach (var width in OpJudge.Widths)
            {
                var result = GoldenComparison.Compare(golden, width);
                Assert.True(result.Failure is null, $"{result.Failure} ({width}; {result.Share:G3} of the tolerance at the worst place, libtorch in single precision {golden.PeerShare})");
                Assert.True(result.Numbers > 0);
            }
        }
    }

    [Fact]
    public void Every_op_of_the_catalogue_is_judged_or_has_a_reason()
    {
        var all = OpCatalogue.Entries.Select(entry => entry.Type.Name).Distinct().ToHashSet();
        var judged = Judged.Select(row => row.Data).ToHashSet();
        Guard.None(all.Except(judged).Except(WithoutGolden.Reasons.Keys)
            .Select(op => $"{op} has no golden values: add it to src/FeatureMap.Torch/Functions and run generate-goldens.sh, or state the reason in its room (IOpRoom.WithoutGolden)."));
        Guard.None(judged.Intersect(WithoutGolden.Reasons.Keys).Select(op => $"{op} has golden values and needs no reason."));
        Guard.None(WithoutGolden.Reasons.Keys.Concat(judged).Except(all).Select(op => $"there is no op {op} any more."));
    }

    [Fact]
    public void A_wrong_number_is_found()
    {
        var golden = Read("Conv2d")[0];
        golden.Numbers["weight gradient"][3] += 1e-4f;
        var result = GoldenComparison.Compare(golden, OpJudge.Widths[0]);
        Assert.StartsWith($"{golden.Op}, {golden.Name}: weight gradient[3] is ", result.Failure, StringComparison.Ordinal);
        Assert.True(result.Share > 1);
        Assert.Equal(double.PositiveInfinity, GoldenTolerance.Share(1, double.NaN));
        Assert.Equal(0.5, GoldenTolerance.Share(1, 1.00001), 1e-3);
    }

    [Fact]
    public void The_files_stay_small_and_say_where_they_come_from()
    {
        var files = Directory.GetFiles(Path.GetDirectoryName(Folder)!, "*.safetensors", SearchOption.AllDirectories);
        Assert.True(files.Sum(file => new FileInfo(file).Length) < 2_000_000);
        foreach (var file in files)
            foreach (var fact in (string[])["generator", "libtorch", "TorchSharp", "precision", "date", "seed"])
                Assert.True(Interchange(file).ContainsKey(fact), $"{Path.GetFileName(file)} does not say its {fact}.");

        static IReadOnlyDictionary<string, string> Interchange(string file) => FeatureMap.Interchange.SafetensorsFile.Read(file).Metadata;
    }

    internal static IReadOnlyList<GoldenCase> Read(string op) => GoldenFile.Read(Path.Combine(Folder, $"{op}.safetensors"));
}
