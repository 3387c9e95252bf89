using FeatureMap.Networks;
using FeatureMap.Ops;

namespace FeatureMap.Interchange;

/// <summary>How a backend test ended.</summary>
public enum OnnxTestOutcome
{
    /// <summary>Every output is what the test expects.</summary>
    Passed,

    /// <summary>It was computed, and an output is another one; or the test cannot be read.</summary>
    Failed,

    /// <summary>It needs something that no layer here does.</summary>
    OutOfScope,
}

/// <summary>One backend test.</summary>
/// <param name="Name">Its folder, such as <c>test_relu</c>.</param>
/// <param name="Outcome">How it ended.</param>
/// <param name="Reason">What is wrong, or what is missing here; empty where it passed.</param>
public sealed record OnnxTestResult(string Name, OnnxTestOutcome Outcome, string Reason);

/// <summary>
/// Runs backend tests of ONNX, the conformance tests of the standard, through this library's own import and kernels: folders with <c>model.onnx</c> and
/// <c>test_data_set_*</c>, in a folder or a zip archive. A test passes where every output that it lists has the expected size and values within
/// 0.001 relative plus 0.0000001 absolute, ONNX's own tolerance. Where axis 0 does not behave like a batch, the whole tensor is taken for one sample.
/// </summary>
public static class OnnxNodeTests
{
    private const double RelativeTolerance = 1e-3, AbsoluteTolerance = 1e-7;

    /// <summary>Runs the tests in the order of their names, each when its result is asked for.</summary>
    /// <param name="path">A folder of tests, one test's folder, or a zip archive.</param>
    /// <param name="filter">A part of the names to run; all where it is empty.</param>
    /// <exception cref="DataException">There is no such folder or archive, or no test in it.</exception>
    public static IEnumerable<OnnxTestResult> Run(string path, string filter = "")
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(filter);
        return Results();

        IEnumerable<OnnxTestResult> Results()
        {
            using var folder = OnnxTestFolder.Open(path);
            var names = folder.Tests.Where(name => name.Contains(filter, StringComparison.OrdinalIgnoreCase)).ToList();
            if (names.Count == 0)
                throw new DataException(filter.Length == 0
                    ? $"There is no backend test in {path}: folders with a model.onnx and a test_data_set_0 were expected."
                    : $"There is no backend test in {path} whose name has '{filter}' in it.");
            foreach (var name in names)
                yield return Run(folder, name);
        }
    }

    private static OnnxTestResult Run(OnnxTestFolder folder, string name)
    {
        try
        {
            var bytes = folder.Read(name, "model.onnx")!;
            var model = OnnxReader.Model(bytes, name);
            foreach (var port in model.Graph.Inputs.Concat(model.Graph.Outputs))
                if (OutOfScope(port) is { } reason)
                    return new OnnxTestResult(name, OnnxTestOutcome.OutOfScope, reason);
            if (model.Opsets.GetValueOrDefault("", OnnxFile.HighestReadOpset) is var opset and (< OnnxFile.LowestReadOpset or > OnnxFile.HighestReadOpset))
                return new OnnxTestResult(name, OnnxTestOutcome.OutOfScope, $"it uses version {opset} of ONNX's operators, and versions "
                    + $"{OnnxFile.LowestReadOpset} to {OnnxFile.HighestReadOpset} are read");
            var sets = folder.DataSets(name);
            if (sets.Count == 0)
                return new OnnxTestResult(name, OnnxTestOutcome.Failed, "it has no test_data_set_0");
            foreach (var set in sets)
                if (Difference(model, bytes.Length, folder, name, set) is { } difference)
                    return new OnnxTestResult(name, OnnxTestOutcome.Failed, difference);
            return new OnnxTestResult(name, OnnxTestOutcome.Passed, "");
        }
        catch (OnnxRefusal refusal)
        {
            return new OnnxTestResult(name, OnnxTestOutcome.OutOfScope, refusal.What);
        }
        catch (FeatureMapException error)
        {
            return new OnnxTestResult(name, OnnxTestOutcome.Failed, error.Message);
        }
    }

    /// <summary>Kinds of numbers that layers do not compute with. Whole numbers may still be sizes, and so constants.</summary>
    private static string? OutOfScope(OnnxPort port) => port.Type switch
    {
        OnnxType.Float32 or OnnxType.Float64 or OnnxType.Int32 or OnnxType.Int64 or OnnxType.Boolean => null,
        OnnxType.None => "a value is no tensor (an optional or a sequence)",
        _ => $"numbers are {port.Type}; layers compute in float32",
    };

    private static string? Difference(OnnxModel model, long length, OnnxTestFolder folder, string name, string set)
    {
        var inputs = Tensors(model.Graph.Inputs, "input");
        var expected = Tensors(model.Graph.Outputs, "output");
        var (import, outputs) = Import(model, name, length, inputs);
        for (var i = 0; i < outputs.Count; i++)
        {
            if (!expected.TryGetValue(outputs[i].Name, out var right))
                return $"{set} has no output_{i}.pb";
            if (Difference(outputs[i], import, inputs, right) is { } difference)
                return difference;
        }
        return null;

        Dictionary<string, OnnxTensor> Tensors(IReadOnlyList<OnnxPort> ports, string stem)
        {
            var tensors = new Dictionary<string, OnnxTensor>(StringComparer.Ordinal);
            for (var i = 0; i < ports.Count; i++)
                if (folder.Read(name, $"{set}/{stem}_{i}.pb") is { } bytes)
                    tensors[ports[i].Name] = OnnxReader.Tensor(bytes, $"{name}/{set}/{stem}_{i}.pb") with { Name = ports[i].Name };
            return tensors;
        }
    }

    /// <summary>Axis 0 as the batch where that is possible, and the whole tensor as one sample elsewhere.</summary>
    private static (GraphImport Import, IReadOnlyList<ImportedOutput> Outputs) Import(OnnxModel model, string name, long length, Dictionary<string, OnnxTensor> inputs)
    {
        try
        {
            return Read(BatchReading.Open);
        }
        catch (FeatureMapException first) when (first is OnnxRefusal or ShapeException)
        {
            try
            {
                return Read(BatchReading.None);
            }
            catch (FeatureMapException second) when (second is OnnxRefusal or ShapeException)
            {
                throw first as OnnxRefusal ?? new OnnxRefusal(name, first.Message.TrimEnd('.'), "", first);
            }
        }

        (GraphImport, IReadOnlyList<ImportedOutput>) Read(BatchReading reading)
        {
            var import = new GraphImport(model, name, reading, length + inputs.Values.Sum(tensor => 8L * tensor.Count), inputs);
            return (import, import.Read());
        }
    }

    /// <summary>Numbers as layers compute with them; true is 1.</summary>
    private static float[] Real(OnnxTensor tensor) => tensor.Values as float[] ?? Array.ConvertAll((long[])tensor.Values, value => (float)value);

    private static string? Difference(ImportedOutput output, GraphImport import, Dictionary<string, OnnxTensor> inputs, OnnxTensor expected)
    {
        IReadOnlyList<int> sizes = output.HasBatch ? [import.Batch ?? 1, .. output.Dimensions] : output.Dimensions;
        if (!sizes.SequenceEqual(expected.Dimensions))
            return $"the output '{output.Name}' is {OnnxTensor.Written(sizes)}, and {OnnxTensor.Written(expected.Dimensions)} was expected";
        var right = Real(expected);
        // The names of a network's inputs are its own; their order is that of the import, without those that this output does not need.
        var names = output.Weights.Network.Layers.Where(layer => layer.Op is null).Select(layer => layer.Index == 0 ? 0 : int.Parse(layer.Name["input".Length..], System.Globalization.CultureInfo.InvariantCulture) - 1);
        var samples = names.Select(index => Real(inputs[import.FeatureInputs[index]])).ToArray();
        using var runner = new NetworkRunner(output.Weights, output.HasBatch ? import.Batch ?? 1 : 1);
        var left = runner.Run(samples);
        for (var i = 0; i < right.Length; i++)
            if (!Agreement.Fits(left[i], right[i], AbsoluteTolerance + (RelativeTolerance * Math.Abs((double)right[i]))))
                return $"number {i} of the output '{output.Name}' is {left[i]}, and {right[i]} was expected";
        return null;
    }
}
