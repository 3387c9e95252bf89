using FeatureMap.Interchange;
using FeatureMap.Models;
using FeatureMap.Ops;
using FeatureMap.Randomness;
using Xunit;
using static FeatureMap.Tests.Interchange.OnnxGraphs;

namespace FeatureMap.Tests.Interchange;

/// <summary>
/// Every operator that a room reads, on inputs of any rank, with attributes that fit or do not, and with inputs that are missing or of
/// another kind.
/// </summary>
public sealed class OnnxOperatorFuzzTests
{
    private static readonly Dictionary<string, OnnxOperator> Known = OpCatalogue.Entries.SelectMany(entry => entry.OnnxOperators).ToDictionary(known => known.Name);

    private static readonly string[] Words =
    [
        "NOTSET", "VALID", "SAME_UPPER", "SAME_LOWER", "constant", "reflect", "edge", "wrap", "nearest", "linear", "cubic", "half_pixel", "align_corners", "asymmetric",
        "tf_half_pixel_for_nn", "tf_crop_and_resize", "pytorch_half_pixel", "floor", "ceil", "round_prefer_ceil", "not_larger", "not_smaller", "DCR", "CRD", "tanh", "none", "", "x",
    ];

    private static readonly HashSet<string> Lists = ["axes", "dilations", "ends", "kernel_shape", "output_padding", "output_shape", "pads", "perm", "split", "starts", "strides"];

    private static readonly HashSet<string> Texts =
        ["approximate", "auto_pad", "coordinate_transformation_mode", "keep_aspect_ratio_policy", "mode", "nearest_mode", "reduction"];

    private static readonly HashSet<string> Reals =
        ["alpha", "beta", "bias", "cubic_coeff_a", "epsilon", "extrapolation_value", "gamma", "max", "min", "momentum", "ratio", "value"];

    private static readonly HashSet<string> Seldom = ["NegativeLogLikelihoodLoss", "SoftmaxCrossEntropyLoss"];

    public static TheoryData<string> Operators => [.. Known.Keys.Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Operators))]
    public void It_ends_in_a_network_that_runs_or_in_a_refusal(string name)
    {
        var rounds = int.TryParse(Environment.GetEnvironmentVariable("FEATUREMAP_FUZZ_MUTATIONS"), out var given) ? given : 300;
        var random = new RandomSequence(name.Aggregate(5UL, (hash, letter) => (hash * 31) + letter), RandomPurpose.Testing);
        var (read, refused) = (0, 0);
        for (var round = 0; round < rounds; round++)
        {
            var model = Draw(Known[name], ref random);
            try
            {
                var loaded = OnnxFile.FromBytes(OnnxWriter.Model(model), "f.onnx");
                if (loaded.Network.Layers.All(layer => layer.Output.Count < 10_000)) Run(loaded, new float[loaded.Network.Input.Count]);
                read++;
            }
            catch (DataException)
            {
                refused++;
            }
            catch (Exception error)
            {
                Assert.Fail($"round {round}: {Written(model)}{Environment.NewLine}{error}");
            }
        }
        Assert.Equal(rounds, read + refused);
        // Rooms whose nodes hardly ever fit by chance are judged elsewhere; losses are refused always.
        Assert.True(read > 0 || Seldom.Contains(name), $"none of {rounds} nodes could be read, so nothing was tried");
    }

    [Theory]
    [MemberData(nameof(Operators))]
    public void An_attribute_that_it_does_not_have_is_refused_by_name(string name)
    {
        var message = Refusal(Model([Node(name, "x", "y", new OnnxAttribute("frobnicate", 1))]));
        Assert.StartsWith($"f.onnx, node 'the {name}' ({name}): it has the attribute 'frobnicate', which the operator does not have, so "
            + "nobody can know what it means.", message, StringComparison.Ordinal);
        Assert.All(Known[name].Attributes, attribute => Assert.Contains(attribute, message, StringComparison.Ordinal));
    }

    [Fact]
    public void A_slip_of_the_pen_gets_the_right_word() => Assert.Equal(
        "f.onnx, node 'the Conv' (Conv): it has the attribute 'stride', which the operator does not have, so nobody can know what it "
            + "means. Did you mean 'strides'?",
        Refusal(Model([Node("Conv", "x", "y", new OnnxAttribute("stride", [2, 2]))])));

    private static OnnxModel Draw(OnnxOperator known, ref RandomSequence random)
    {
        // Half of the nodes are nearly as they should be, so that readers get far.
        var isMild = random.NextInt(2) == 0;
        var sizes = new long[isMild ? 3 + random.NextInt(2) : 1 + random.NextInt(6)];
        for (var axis = 1; axis < sizes.Length; axis++) sizes[axis] = 1 + random.NextInt(4);
        sizes[0] = random.NextInt(3) switch { 0 => -1, 1 => 1, _ => 2 };
        var (inputs, tensors) = (new List<string>(), new List<OnnxTensor>());
        for (var input = isMild ? 2 + random.NextInt(4) : 1 + random.NextInt(5); input > 0; input--)
        {
            var choice = isMild ? inputs.Count == 0 ? 0 : random.NextInt(8) == 0 ? 6 : 9 : random.NextInt(inputs.Count == 0 ? 8 : 12);
            if (choice < 5 - inputs.Count) inputs.Add(isMild && known.Name == "Gemm" ? "f" : "x");
            else if (choice == 5) inputs.Add("f");
            else if (choice == 6) inputs.Add("");
            else
            {
                tensors.Add(isMild ? Fitting(known.Name, $"c{tensors.Count}", sizes, inputs.Count, ref random) : Tensor($"c{tensors.Count}", sizes, ref random));
                inputs.Add(tensors[^1].Name);
            }
        }
        var attributes = new List<OnnxAttribute>();
        foreach (var attribute in known.Attributes)
            if (random.NextInt(isMild && attribute is not ("kernel_shape" or "num_groups") ? 6 : 2) == 0)
                attributes.Add(new OnnxAttribute(attribute, isMild ? Mild(attribute, sizes.Length - 2, ref random) : Value(attribute, ref random)));
        var operation = new OnnxNode(known.Name, "", inputs, random.NextInt(3) == 0 ? ["y", "z", "w"] : ["y"], attributes);
        long[] opsets = [6, 7, 10, 11, 13, 17, 18, 21];
        return Model([Node("Neg", "x", "n"), Node("Flatten", "n", "f"), operation], [.. tensors], sizes, opsets[random.NextInt(opsets.Length)]);
    }

    /// <summary>A weight, one number per channel, or something else of a kind that the operator may want in this place.</summary>
    private static OnnxTensor Fitting(string operatorName, string name, long[] sizes, int input, ref RandomSequence random)
    {
        var channels = (int)sizes[1];
        int[] kernel = [.. Enumerable.Repeat(1, sizes.Length - 2)];
        int[] dimensions = (operatorName, input, random.NextInt(4)) switch
        {
            ("Conv", 1, < 3) => [2, channels, .. kernel],
            ("ConvTranspose", 1, < 3) => [channels, 2, .. kernel],
            ("Conv" or "ConvTranspose", _, _) => [2],
            ("Gemm", 1, < 3) => [(int)sizes.Skip(1).Aggregate(1L, (product, size) => product * size), 2],
            ("Gemm", _, _) => [2],
            ("Resize" or "Upsample" or "Tile" or "Expand", _, < 3) => [sizes.Length],
            ("Pad", 1, < 3) => [2 * sizes.Length],
            ("Slice", _, _) => [1],
            (_, _, 0) => [1],
            (_, _, 1) => [.. sizes.Skip(1).Select(size => (int)size)],
            _ => [channels],
        };
        var count = dimensions.Aggregate(1, (product, size) => product * size);
        var isWhole = operatorName is "Tile" or "Expand" or "Pad" || (operatorName == "Resize" && input == 3) || (operatorName.StartsWith("Reduce", StringComparison.Ordinal) || operatorName is "Slice" or "Split" or "Gather");
        return new OnnxTensor(name, dimensions, isWhole
            ? operatorName == "Slice" ? [input == 1 ? 0 : 1] : Enumerable.Range(0, count).Select(i => (operatorName == "Pad" && i % sizes.Length == 0 ? 0 : i == 0 || operatorName == "Tile" ? 1L : sizes[Math.Min(i, sizes.Length - 1)])).ToArray()
            : Enumerable.Repeat(1f, count).ToArray());
    }

    private static object Mild(string attribute, int spatial, ref RandomSequence random) => attribute switch
    {
        "pads" => new long[2 * spatial],
        _ when Lists.Contains(attribute) => Enumerable.Repeat(1L, spatial).ToArray(),
        _ when Texts.Contains(attribute) => Words[random.NextInt(Words.Length)],
        "scales" => Enumerable.Repeat(1f, spatial + 2).ToArray(),
        _ when Reals.Contains(attribute) => (random.NextInt(9) - 2) / 4f,
        _ => (long)random.NextInt(3),
    };

    private static OnnxTensor Tensor(string name, long[] sizes, ref RandomSequence random)
    {
        // Often the sizes of the input, so that some fit.
        int[] dimensions = random.NextInt(3) == 0 ? [.. sizes.Skip(1).Select(size => (int)size)] : new int[random.NextInt(5)];
        for (var axis = 0; axis < dimensions.Length; axis++)
            if (dimensions[axis] == 0) dimensions[axis] = random.NextInt(8) == 0 ? 0 : 1 + random.NextInt(4);
        var count = dimensions.Aggregate(1, (product, size) => product * size);
        Array values;
        if (random.NextInt(2) == 0)
        {
            var reals = new float[count];
            foreach (ref var real in reals.AsSpan()) real = Real(ref random);
            values = reals;
        }
        else
        {
            values = WholeNumbers(count, ref random);
        }
        return new OnnxTensor(name, dimensions, values);
    }

    private static object Value(string attribute, ref RandomSequence random)
    {
        var kind = random.NextInt(10) == 0 ? random.NextInt(5) : Lists.Contains(attribute) ? 2 : Texts.Contains(attribute) ? 1 : attribute == "scales" ? 3 : Reals.Contains(attribute) ? 4 : 0;
        return kind switch
        {
            0 => Whole(ref random),
            1 => Words[random.NextInt(Words.Length)],
            2 => WholeNumbers(random.NextInt(2) == 0 ? 4 : random.NextInt(9), ref random),
            3 => new[] { 1, 1, Real(ref random), Real(ref random) },
            _ => Real(ref random),
        };
    }

    private static long Whole(ref RandomSequence random) => random.NextInt(25) switch { 0 => long.MaxValue, 1 => long.MinValue, 2 => int.MaxValue, 3 => 70_000, _ => random.NextInt(8) - 2 };

    private static long[] WholeNumbers(int count, ref RandomSequence random)
    {
        var values = new long[count];
        foreach (ref var value in values.AsSpan()) value = Whole(ref random);
        return values;
    }

    private static float Real(ref RandomSequence random) => random.NextInt(20) switch
    {
        0 => float.NaN,
        1 => float.NegativeInfinity,
        2 => float.PositiveInfinity,
        3 => 1e30f,
        4 => 1e-40f,
        5 => 0,
        var other => (other - 10) / 2f,
    };

    private static string Written(OnnxModel model)
    {
        var node = model.Graph.Nodes[^1];
        string Numbers(object value) => value is Array array ? $"[{string.Join(", ", array.Cast<object>())}]" : $"{value}";
        return $"opset {model.Opsets[""]}, x {model.Graph.Inputs[0].Sizes}, {node.Operator}({string.Join(", ", node.Inputs)}), "
            + $"{string.Join(", ", node.Attributes.Select(attribute => $"{attribute.Name} {Numbers(attribute.Value)}"))}, "
            + string.Join(", ", model.Graph.Initializers.Select(tensor => $"{tensor} {Numbers(tensor.Values)}"));
    }
}
