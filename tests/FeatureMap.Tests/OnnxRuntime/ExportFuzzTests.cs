using System.Globalization;
using FeatureMap.Interchange;
using FeatureMap.Models;
using FeatureMap.Networks;
using FeatureMap.OnnxRuntime;
using FeatureMap.Ops;
using FeatureMap.Randomness;
using FeatureMap.Tests.House;
using Xunit;

namespace FeatureMap.Tests.OnnxRuntime;

/// <summary>
/// The differential fuzzer in short, and that it would find something. A longer campaign: FEATUREMAP_FUZZ_GRAPHS, or <c>featuremap verify
/// fuzz</c>.
/// </summary>
public sealed class ExportFuzzTests
{
    private static readonly int Graphs = int.Parse(Environment.GetEnvironmentVariable("FEATUREMAP_FUZZ_GRAPHS") ?? "250", CultureInfo.InvariantCulture);

    [Fact]
    public void Random_networks_of_all_ops_give_the_same_everywhere()
    {
        var results = ExportFuzz.Run(seed: 1, first: 0, count: Graphs).ToList();
        Guard.None(results.Where(result => result.Outcome != FuzzOutcome.Agrees).Select(result => $"{result.Index}: "
            + $"{result.Reason}\n{result.Graph}"));
        Guard.None(ExportFuzz.Ops.Except(results.SelectMany(result => result.Ops)));
        // What is allowed is not so much that nothing would be found.
        Assert.InRange(results.Max(result => result.Share), 1e-3, 1);
    }

    [Fact]
    public void A_graph_is_a_function_of_seed_and_index()
    {
        var (first, again, other) = (FuzzGraph.Draw(5, 17), FuzzGraph.Draw(5, 17), FuzzGraph.Draw(6, 17));
        Assert.Equal($"{first}", $"{again}");
        Assert.Equal(first.Weights.Sha256(), again.Weights.Sha256());
        Assert.Equal(first.Samples, again.Samples);
        Assert.NotEqual($"{first}", $"{other}");
    }

    /// <summary>
    /// Exporters that do a little wrong: 0.2 % of one weight, an epsilon, a file that nobody reads, and one that throws.
    /// </summary>
    [Fact]
    public void What_is_wrong_is_found_and_made_small()
    {
        var (found, tried) = (0, 0);
        for (uint index = 0; index < 40; index++)
        {
            var graph = FuzzGraph.Draw(2, index);
            if (!graph.Network.Layers.Any(layer => layer.Op is Conv2d)) continue;
            tried++;
            var wrong = graph with { Export = Nudged };
            var (outcome, reason, _, _) = FuzzJudge.Judge(wrong);
            if (outcome != FuzzOutcome.Differs) continue;
            found++;
            Assert.StartsWith("the file read back and the model differ: number ", reason, StringComparison.Ordinal);
            var small = FuzzShrinker.Shrink(wrong, outcome);
            Assert.True(small.Network.Layers.Count <= graph.Network.Layers.Count, $"{small}");
            Assert.Contains(small.Network.Layers, layer => layer.Op is Conv2d);
            Assert.Equal(FuzzOutcome.Differs, FuzzJudge.Judge(small).Outcome);
        }
        // Not in all: behind the convolution may stand a layer that lets nothing of it through, such as a comparison.
        Assert.True(tried > 5 && found > tried / 2, $"{found} of {tried}");

        static byte[] Nudged(Model model, OnnxExportOptions options)
        {
            var weights = model.Weights.Clone();
            foreach (var layer in model.Network.Layers.Where(layer => layer.Op is Conv2d))
                foreach (ref var value in weights[$"{layer.Name}.weight"].Values)
                    value *= 1.01f;
            return OnnxFile.ToBytes(new Model(weights, model.Normalization, model.ClassNames), options);
        }
    }

    [Fact]
    public void What_throws_or_is_not_taken_is_told_apart()
    {
        var graph = FuzzGraph.Draw(2, 0);
        Assert.Equal((FuzzOutcome.Crashed, "exporting: InvalidOperationException: no"), Judged((_, _) => throw new InvalidOperationException("no")));
        var (outcome, reason) = Judged((_, _) => [1, 2, 3]);
        Assert.Equal(FuzzOutcome.Crashed, outcome);
        Assert.StartsWith("reading the exported file back: DataException: the exported file cannot be "
            + "read as ONNX: ", reason, StringComparison.Ordinal);

        (FuzzOutcome, string) Judged(Func<Model, OnnxExportOptions, byte[]> export)
        {
            var (outcome, reason, _, _) = FuzzJudge.Judge(graph with { Export = export });
            return (outcome, reason);
        }
    }

    [Fact]
    public void Rounding_explains_no_more_than_it_does()
    {
        Assert.InRange(Spread(x => x.Conv(3, kernel: 3), 0.5f), 1e-7, 1e-4);
        Assert.True(Spread(x => x.Then(new Floor()), 0.5f) < 1e-4);
        // On the edge every digit counts: 2 - 0.0000001 is rounded to 1 or to 2.
        Assert.True(Spread(x => x.Then(new Floor()), 1.9999999f) > 0.9);
        // Whole numbers are exact.
        Assert.Equal(0, Spread(x => x.Then(new Floor()), 2));

        static double Spread(Func<Feature, Feature> body, float value)
        {
            var weights = Weights.Initialize(Network.Build(Shape.Image(1, 4, 4), body), 3);
            var random = new RandomSequence(1, RandomPurpose.Testing);
            return RoundedReference.Measure(RoundedReference.Network(weights, [.. Enumerable.Repeat(value, 16)], 1, ref random)[^1], 0).Spread;
        }
    }

    [Fact]
    public void Indices_and_folders_are_checked_first()
    {
        Assert.Equal("Graphs have the indices 0 to 4,294,967,294: received "
            + "1 from -1 on.", Assert.Throws<UsageException>(() => ExportFuzz.Run(0, -1, 1)).Message);
        using var folder = new TemporaryFolder();
        folder.Write("file", [1]);
        Assert.Contains(" cannot be made: ", Assert.Throws<DataException>(() => ExportFuzz.Run(0, 0, 1, folder["file"])).Message, StringComparison.Ordinal);
    }
}
