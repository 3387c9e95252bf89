using FeatureMap.Ops;
using FeatureMap.Tests.Goldens;
using FeatureMap.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace FeatureMap.Goldens;

/// <summary>
/// Lets libtorch compute the cases of every room: forward, a random gradient of the output, and back. In double precision, so that what a test finds is our
/// rounding and not libtorch's; the same in single precision says how far an engine may well be off.
/// </summary>
internal static class OpGoldens
{
    // Small files: an op gets its cases from the smallest on, up to so many numbers.
    private const int MostNumbers = 30_000, Images = 2;
    private const ulong Seed = 20261122;

    /// <summary>Writes a file per op; says whether every op has one.</summary>
    public static bool Write(string folder, Provenance provenance)
    {
        var complete = true;
        foreach (var entry in OpCatalogue.Entries.DistinctBy(entry => entry.Type))
        {
            var name = entry.Type.Name;
            if (WithoutGolden.Reasons.ContainsKey(name)) continue;
            if (TorchFunctions.Find(name) is not { } function)
            {
                Console.Error.WriteLine($"{name}: no function of libtorch; add one to src/FeatureMap.Torch/Functions, or state the reason in its room (IOpRoom.WithoutGolden).");
                complete = false;
                continue;
            }
            var cases = Cases(entry, function);
            if (cases.Count == 0)
            {
                Console.Error.WriteLine($"{name}: none of its cases could be computed.");
                complete = false;
                continue;
            }
            var path = Path.Combine(folder, $"{name}.safetensors");
            GoldenFile.Write(path, cases, provenance.With(Seed));
            Console.WriteLine($"{name}: {cases.Count} cases, {new FileInfo(path).Length:N0} bytes, libtorch in single precision off by {cases.Max(given => given.PeerShare):G2} of the tolerance");
        }
        return complete;
    }

    private static List<GoldenCase> Cases(CatalogueEntry entry, TorchFunction function)
    {
        var cases = new List<GoldenCase>();
        var numbers = 0;
        foreach (var given in function.MoreCases.Concat(entry.Cases).Select(room => Small(room, function)).OrderBy(Count))
        {
            var count = Count(given);
            if (numbers + count > MostNumbers)
            {
                Console.WriteLine($"    {given.Op.Name}, {given.Name}: left out, {count:N0} numbers are too many");
                continue;
            }
            try
            {
                cases.Add(Compute(given, Seed + (ulong)cases.Count));
                numbers += count;
            }
            catch (NoCounterpartException reason)
            {
                Console.WriteLine($"    {given.Op.Name}, {given.Name}: left out, {reason.Message}");
            }
        }
        return cases;
    }

    private static OpCase Small(OpCase room, TorchFunction function) => room with
    {
        Batch = function.NeedsWholeBatch ? room.Batch : Math.Min(room.Batch, Images),
        Values = IsDifferentiated(room) ? CaseValues.Reals : room.Values,
    };

    // Comparisons and roundings have no gradient; whole numbers try them where they are equal.
    private static bool IsDifferentiated(OpCase given) => Enumerable.Range(0, given.Inputs.Length).Any(given.Op.HasGradient) || given.Op.Parameters(given.Inputs).Count > 0;

    private static int Count(OpCase given)
    {
        var perImage = given.Inputs.Sum(shape => shape.Count) + given.Op.OutputShape(given.Inputs).Count;
        return 2 * ((given.Batch * perImage) + given.Op.Parameters(given.Inputs).Sum(parameter => parameter.Count));
    }

    private static GoldenCase Compute(OpCase given, ulong seed)
    {
        var pass = OpJudge.MakePass(given, seed, ExecutionMode.Training);
        var golden = new GoldenCase { Name = given.Name, Op = given.Op, Batch = given.Batch, Inputs = given.Inputs };
        for (var i = 0; i < pass.Inputs.Length; i++)
            golden.Numbers[GoldenNames.Input(i)] = Singles(pass.Inputs[i].Values);
        var definitions = given.Op.Parameters(given.Inputs);
        for (var i = 0; i < definitions.Count; i++)
            golden.Numbers[definitions[i].Name] = Singles(pass.Parameters[i]);
        golden.Numbers[GoldenNames.Gradient(GoldenNames.Output)] = Singles(pass.OutputGradient!.Values);
        var exact = Run(pass, definitions, ScalarType.Float64);
        var rounded = Run(pass, definitions, ScalarType.Float32);
        foreach (var (name, values) in exact)
        {
            golden.Numbers[name] = Singles(values);
            golden.PeerShare = values.Zip(rounded[name], GoldenTolerance.Share).Append(golden.PeerShare).Max();
        }
        return golden;
    }

    private static Dictionary<string, double[]> Run(ReferencePass pass, IReadOnlyList<ParameterDefinition> definitions, ScalarType type)
    {
        using var scope = NewDisposeScope();
        var results = new Dictionary<string, double[]>();
        var parameters = definitions.Select((definition, i) => Make(pass.Parameters[i], [.. definition.Dimensions.Select(size => (long)size)], type, definition.Trainable)).ToArray();
        var inputs = pass.Inputs.Select((input, i) => Make(input.Values, Sizes(pass.Batch, input.Shape), type, pass.Op.HasGradient(i))).ToArray();
        var hasStatistics = definitions.Any(definition => !definition.Trainable);
        if (hasStatistics) results[GoldenNames.Evaluation] = Read(TorchFunctions.Apply(pass.Op, new TorchCall(pass.Batch, inputs, parameters, IsTraining: false) { Step = GoldenCase.Step }));
        var output = TorchFunctions.Apply(pass.Op, new TorchCall(pass.Batch, inputs, parameters, IsTraining: true) { Step = GoldenCase.Step });
        if (!output.shape.SequenceEqual(Sizes(pass.Batch, pass.Output.Shape)))
            throw new InvalidOperationException($"{pass.Op}: libtorch gives [{string.Join(", ", output.shape)}], ours {pass.Batch} x {pass.Output.Shape}.");
        if (output.requires_grad) output.backward([Make(pass.OutputGradient!.Values, Sizes(pass.Batch, pass.Output.Shape), type, hasGradient: false)]);
        results[GoldenNames.Output] = Read(output);
        for (var i = 0; i < inputs.Length; i++)
            if (pass.Op.HasGradient(i))
                results[GoldenNames.Gradient(GoldenNames.Input(i))] = Read(inputs[i].grad ?? zeros_like(inputs[i]));
        for (var i = 0; i < parameters.Length; i++)
            results[definitions[i].Trainable ? GoldenNames.Gradient(definitions[i].Name) : GoldenNames.After(definitions[i].Name)] =
                Read(definitions[i].Trainable ? parameters[i].grad ?? zeros_like(parameters[i]) : parameters[i]);
        return results;
    }

    private static Tensor Make(double[] values, long[] sizes, ScalarType type, bool hasGradient) => tensor(values, sizes, dtype: type).requires_grad_(hasGradient);

    private static long[] Sizes(int batch, Shape shape) => [batch, shape.Channels, shape.Height, shape.Width];

    private static double[] Read(Tensor values) => values.detach().to(ScalarType.Float64).contiguous().data<double>().ToArray();

    private static float[] Singles(double[] values) => Array.ConvertAll(values, value => (float)value);
}
