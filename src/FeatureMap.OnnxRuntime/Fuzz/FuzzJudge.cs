using System.Globalization;
using FeatureMap.Interchange;
using FeatureMap.Networks;
using FeatureMap.Ops;
using FeatureMap.Randomness;

namespace FeatureMap.OnnxRuntime;

/// <summary>
/// Computes one graph in every way there is and says where two of them differ: the naive references in float64, our kernels, ONNX Runtime
/// on the exported file, our kernels on the file read back, and
/// on network.json read back (which must give the same bits).
/// </summary>
/// <remarks>
/// What is allowed: 1e-6 + 1e-5 x the largest number of the image + a quarter of the spread that the image's output has where every number
/// in the network is wrong by up to 1e-5 of its size (<see cref="RoundedReference"/>). So a network has the room that roundings twenty
/// times as coarse as float32's would need, and no other.
/// </remarks>
internal static class FuzzJudge
{
    private const double Absolute = 1e-6, Relative = 1e-5, SpreadShare = 0.25;

    /// <summary>Judges a graph.</summary>
    /// <returns>How it ended, why, the exported file where there is one, and the largest difference as a part of what is
    /// allowed.</returns>
    public static (FuzzOutcome Outcome, string Reason, byte[]? File, double Share) Judge(FuzzGraph graph)
    {
        byte[]? file = null;
        var stage = "computing the references";
        try
        {
            var rounding = new RandomSequence(1, RandomPurpose.Testing);
            var copies = RoundedReference.Network(graph.Weights, graph.Samples, graph.Batch, ref rounding)[^1];
            var expected = Array.ConvertAll(copies[0].Values, value => (float)value);
            stage = "computing";
            var ours = Computed(graph.Weights, graph);
            var share = 0.0;
            if (Difference("the kernels and the references", ours, expected) is { } first) return (FuzzOutcome.Differs, first, file, share);

            stage = "writing and reading network.json";
            if (Reread(graph, ours) is { } text) return (FuzzOutcome.Differs, text, file, share);

            stage = "exporting";
            file = graph.Export(graph.Model(), graph.Options);
            stage = "reading the exported file back";
            var back = OnnxFile.FromBytes(file, "the exported file");
            if (back.Network.Input.Count != graph.Network.Input.Count || back.Network.Output.Count != graph.Network.Output.Count)
                return (FuzzOutcome.Differs, $"the file read back is {back.Network}, and the model {graph.Network}", file, share);
            if (back.Normalization != graph.Normalization)
                return (FuzzOutcome.Differs, "the file read back normalises otherwise", file, share);
            if (Difference("the file read back "
                + "and the model", Computed(back.Weights, graph), ours) is { } second) return (FuzzOutcome.Differs, second, file, share);

            stage = "running it with ONNX Runtime";
            float[] theirs;
            try
            {
                using var runtime = new OnnxRuntimeModel(file, "the exported file");
                var shape = graph.Network.Input;
                theirs = runtime.Run(graph.FileInput(), graph.Batch, shape.Channels, shape.Height, shape.Width);
            }
            catch (DataException refusal)
            {
                return (FuzzOutcome.Refused, refusal.Message, file, share);
            }
            var third = Difference("ONNX Runtime and the model", theirs, ours);
            return (third is null ? FuzzOutcome.Agrees : FuzzOutcome.Differs, third ?? "", file, share);

            string? Difference(string who, float[] left, float[] right)
            {
                if (left.Length != right.Length) return $"{who}: {left.Length} and {right.Length} numbers";
                var count = graph.Network.Output.Count;
                for (var image = 0; image < graph.Batch; image++)
                {
                    var (largest, spread) = RoundedReference.Measure(copies, image);
                    var allowed = Absolute + (Relative * largest) + (SpreadShare * spread);
                    for (var i = image * count; i < (image + 1) * count; i++)
                    {
                        share = Math.Max(share, Agreement.Distance(left[i], right[i]) / allowed);
                        if (!Agreement.Fits(left[i], right[i], allowed))
                            return string.Create(
                                CultureInfo.InvariantCulture,
                                $"{who} differ: number {i % count} of image {image} is {left[i]:R} and {right[i]:R}; {allowed:0.0e+0} is "
                                    + $"allowed (largest {largest:0.0e+0}, "
                                + $"spread {spread:0.0e+0})");
                    }
                }
                return null;
            }
        }
        // The base class alone says that ONNX Runtime is missing here, which is no finding.
        catch (Exception error) when (error.GetType() != typeof(FeatureMapException))
        {
            return (FuzzOutcome.Crashed, $"{stage}: {error.GetType().Name}: {error.Message}", file, 0);
        }
    }

    private static float[] Computed(Weights weights, FuzzGraph graph)
    {
        using var runner = new NetworkRunner(weights, graph.Batch);
        return (float[])runner.Run(graph.Samples).Clone();
    }

    /// <summary>The description has to bring back the same network, and so the same bits.</summary>
    private static string? Reread(FuzzGraph graph, float[] ours)
    {
        var json = NetworkFile.ToJson(graph.Network);
        var network = NetworkFile.Parse(json);
        if (NetworkFile.ToJson(network) != json) return "network.json read back is written otherwise";
        var weights = Weights.Blank(network);
        weights.TakeFrom(graph.Weights);
        return Computed(weights, graph).AsSpan().SequenceEqual(ours) ? null : "the network of network.json computes other bits";
    }
}
