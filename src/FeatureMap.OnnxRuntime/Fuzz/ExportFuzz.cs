using FeatureMap.Interchange;
using FeatureMap.Ops;

namespace FeatureMap.OnnxRuntime;

/// <summary>How a graph of the fuzzer ended.</summary>
public enum FuzzOutcome
{
    /// <summary>All engines give the same, up to rounding.</summary>
    Agrees,

    /// <summary>ONNX Runtime does not take the file.</summary>
    Refused,

    /// <summary>Two engines give something else.</summary>
    Differs,

    /// <summary>Something threw, or a file of our own was not read back.</summary>
    Crashed,
}

/// <summary>One graph of the fuzzer.</summary>
/// <param name="Index">Which one; with the seed it says all.</param>
/// <param name="Outcome">How it ended.</param>
/// <param name="Reason">What is wrong; empty where all agree.</param>
/// <param name="Graph">The graph, made as small as it still fails; empty where all agree.</param>
/// <param name="Ops">Names of the ops of its layers.</param>
/// <param name="Share">The largest difference as a part of what is allowed.</param>
public sealed record FuzzResult(long Index, FuzzOutcome Outcome, string Reason, string Graph, IReadOnlyList<string> Ops, double Share);

/// <summary>
/// The differential fuzzer: random networks of all ops are exported and run by ONNX Runtime, run by this library, read back and run again,
/// and compared with the naive references. What is allowed to differ follows from how each network answers to rounding, and from nothing
/// else.
/// </summary>
public static class ExportFuzz
{
    /// <summary>Names of the ops that are drawn.</summary>
    public static IReadOnlyList<string> Ops { get; } = [.. Networks.RandomNetwork.Entries.Select(entry => entry.Type.Name)];

    /// <summary>Draws and judges graphs, each when its result is asked for.</summary>
    /// <param name="seed">Another seed, other graphs.</param>
    /// <param name="first">The index of the first graph.</param>
    /// <param name="count">How many.</param>
    /// <param name="folder">Where files of graphs that fail are kept: the .onnx file as exported, and the model in a folder of its own;
    /// null to keep none.</param>
    /// <exception cref="UsageException">The indices are out of range.</exception>
    /// <exception cref="DataException">The folder cannot be made or written to.</exception>
    public static IEnumerable<FuzzResult> Run(ulong seed, long first, long count, string? folder = null)
    {
        if (first < 0 || count < 0 || first + count > uint.MaxValue)
            throw new UsageException($"Graphs have the indices 0 to {uint.MaxValue - 1L:N0}: received {count:N0} from {first:N0} on.");
        if (folder is not null) Make(folder);
        return Results();

        IEnumerable<FuzzResult> Results()
        {
            for (var index = first; index < first + count; index++)
                yield return One(seed, (uint)index, folder);
        }
    }

    private static FuzzResult One(ulong seed, uint index, string? folder)
    {
        FuzzGraph graph;
        try
        {
            graph = FuzzGraph.Draw(seed, index);
        }
        catch (Exception error)
        {
            return new FuzzResult(index, FuzzOutcome.Crashed, $"drawing: {error.GetType().Name}: {error.Message}", "", [], 0);
        }
        List<string> ops = [.. graph.Network.Layers.Skip(1).Select(layer => layer.Op!.Name)];
        var (outcome, reason, file, share) = FuzzJudge.Judge(graph);
        if (outcome == FuzzOutcome.Agrees) return new FuzzResult(index, outcome, "", "", ops, share);
        graph = FuzzShrinker.Shrink(graph, outcome);
        if (FuzzJudge.Judge(graph) is var small && small.Outcome == outcome) (_, reason, file, share) = small;
        if (folder is not null) Keep(graph, file, Path.Combine(folder, $"seed{seed}-graph{index}"));
        return new FuzzResult(index, outcome, reason, $"{graph}", ops, share);
    }

    private static void Keep(FuzzGraph graph, byte[]? file, string place)
    {
        Make(place);
        ModelFile.Save(graph.Model(), place);
        if (file is null) return;
        // As a backend test, which 'verify onnx' and other engines run.
        DurableFile.Write(Path.Combine(place, "model.onnx"), stream => stream.Write(file));
        var (data, shape) = (Path.Combine(place, "test_data_set_0"), graph.Network.Input);
        Make(data);
        var input = new OnnxTensor("input", [graph.Batch, shape.Channels, shape.Height, shape.Width], graph.FileInput());
        DurableFile.Write(Path.Combine(data, "input_0.pb"), stream => stream.Write(OnnxWriter.Tensor(input)));
    }

    private static void Make(string folder)
    {
        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new DataException($"{folder} cannot be made: {error.Message} Choose another folder.", error);
        }
    }
}
