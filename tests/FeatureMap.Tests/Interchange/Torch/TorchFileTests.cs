using FeatureMap.Interchange;
using FeatureMap.Networks;
using Xunit;

namespace FeatureMap.Tests.Interchange;

/// <summary>Files of <c>torch.save</c>: what is read of them, to the bit, in both formats.</summary>
public sealed class TorchFileTests
{
    private static readonly StateDictNames Names = new((_, layer) => layer.Name);

    private static WrittenStorage Six => TorchWriter.Of<float>("0", "FloatStorage", 1, -2, 3.5f, -0f, float.PositiveInfinity, 6);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Every_type_of_numbers_is_read_to_the_bit(bool isLegacy)
    {
        WrittenStorage[] storages =
        [
            Six,
            TorchWriter.Of("1", "HalfStorage", (Half)1.5, (Half)(-2), Half.NaN),
            TorchWriter.Of<ushort>("2", "BFloat16Storage", 0x3F80, 0xC040, 0x7F80),
            TorchWriter.Of("3", "DoubleStorage", Math.PI, -1e300, double.NegativeInfinity),
            TorchWriter.Of("4", "LongStorage", long.MinValue, 3, long.MaxValue),
            TorchWriter.Of("5", "IntStorage", int.MinValue, 3, int.MaxValue),
            TorchWriter.Of<short>("6", "ShortStorage", short.MinValue, 3, short.MaxValue),
            TorchWriter.Of<sbyte>("7", "CharStorage", sbyte.MinValue, 3, sbyte.MaxValue),
            TorchWriter.Of<byte>("8", "ByteStorage", 0, 3, 255),
            TorchWriter.Of<byte>("9", "BoolStorage", 0, 1, 1),
        ];
        var root = new WrittenDictionary();
        foreach (var storage in storages)
            root.Add($"t{storage.Key}", new WrittenTensor(storage, 0, [storage.Count], [1]));
        var read = Read(root, isLegacy);
        Assert.Equal(["F32", "F16", "BF16", "F64", "I64", "I32", "I16", "I8", "U8", "BOOL"],
            read.Tensors.Select(tensor => tensor.StoredType));
        Assert.Equal(
            new Array[]
            {
                new[] { 1, -2, 3.5f, -0f, float.PositiveInfinity, 6 }, new[] { 1.5f, -2, float.NaN },
                    new[] { 1f, -3, float.PositiveInfinity },
                new[] { Math.PI, -1e300, double.NegativeInfinity }, new[] { long.MinValue, 3, long.MaxValue },
                    new[] { int.MinValue, 3, int.MaxValue },
                new[] { (int)short.MinValue, 3, short.MaxValue }, new[] { (int)sbyte.MinValue, 3, sbyte.MaxValue },
                    new byte[] { 0, 3, 255 },
                new byte[] { 0, 1, 1 },
            },
            read.Tensors.Select(tensor => tensor.Data));
        Assert.True(float.IsNegative(read.Tensors[0].ToSingles()[3]));
        Assert.Equal((null, "w.pth"), (read.Part, read.Source));
    }

    [Fact]
    public void Numbers_of_a_big_endian_machine_are_turned()
    {
        var root = new WrittenDictionary();
        root.Add("a", new WrittenTensor(Six, 0, [6], [1]));
        root.Add("b", new WrittenTensor(TorchWriter.Of("1", "LongStorage", 1L, -2), 0, [2], [1]));
        var read = StateDict.Read(new MemoryStream(TorchWriter.Zip(root, byteOrder: "big")));
        Assert.Equal(([1, -2, 3.5f, -0f, float.PositiveInfinity, 6], [1, -2]), (read.Tensors[0].ToSingles(), read.Tensors[1].ToInt64s()),
            Same);
        static bool Same((float[] A, long[] B) x, (float[] A, long[] B) y) => x.A.SequenceEqual(y.A) && x.B.SequenceEqual(y.B);
    }

    /// <summary>Tensors that share numbers: parts, transposed, every other one, one number, none, one tensor under two names.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Offsets_and_strides_are_followed(bool isLegacy)
    {
        var storage = TorchWriter.Of("17", "FloatStorage", Enumerable.Range(0, 24).Select(i => (float)i).ToArray());
        var tied = new WrittenTensor(storage, 20, [2, 2], [2, 1]);
        var root = new WrittenDictionary
        {
            { "whole", new WrittenTensor(storage, 0, [2, 3, 4], [12, 4, 1]) },
            { "part", new WrittenTensor(storage, 5, [2, 2], [2, 1]) { IsOld = true } },
            { "transposed", new WrittenTensor(storage, 0, [4, 3], [1, 4]) { IsParameter = true } },
            { "channels last", new WrittenTensor(storage, 0, [1, 3, 2, 4], [24, 1, 12, 3]) },
            { "every third", new WrittenTensor(storage, 1, [4], [3]) },
            { "one", new WrittenTensor(storage, 23, [], []) },
            { "one of one", new WrittenTensor(storage, 7, [1, 1], [99, 1000]) },
            { "none", new WrittenTensor(storage, 24, [3, 0], [1, 1]) },
            { "empty", new WrittenTensor(TorchWriter.Of<float>("e", "FloatStorage"), 0, [0], [1]) },
            { "tied", tied },
            { "tied too", tied },
        };
        var read = Read(root, isLegacy);
        Assert.Equal(root.Select(item => item.Key), read.Tensors.Select(tensor => tensor.Name));
        Assert.Equal(["2, 3, 4", "2, 2", "4, 3", "1, 3, 2, 4", "4", "", "1, 1", "3, 0", "0", "2, 2", "2, 2"],
            read.Tensors.Select(tensor => string.Join(", ", tensor.Dimensions)));
        float[][] expected =
        [
            [.. Enumerable.Range(0, 24).Select(i => (float)i)], [5, 6, 7, 8], [0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11],
            [0, 3, 6, 9, 12, 15, 18, 21, 1, 4, 7, 10, 13, 16, 19, 22, 2, 5, 8, 11, 14, 17, 20, 23], [1, 4, 7, 10], [23], [7], [], [],
            [20, 21, 22, 23], [20, 21, 22, 23],
        ];
        Assert.Equal(expected, read.Tensors.Select(tensor => tensor.ToSingles()));
    }

    [Fact]
    public void A_window_of_a_storage_of_before_version_0_4_is_followed()
    {
        var storage = TorchWriter.Of("k", "FloatStorage", 0f, 1, 2, 3, 4, 5);
        var root = new WrittenDictionary { { "a", new WrittenTensor(storage, 0, [2], [1]) },
            { "b", new WrittenTensor(storage with { Window = (2, 3) }, 1, [2], [1]) { IsOld = true } } };
        Assert.Equal([[0, 1], [3, 4]], Read(root, isLegacy: true).Tensors.Select(tensor => tensor.ToSingles()));
        root.Add("c", new WrittenTensor(storage with { Window = (2, 3) }, 2, [2], [1]));
        Assert.Contains("tensor 'c': [2] from number 2 on in strides of [1] reach number 3 of its storage, which has 3.",
            Refused(root, isLegacy: true), StringComparison.Ordinal);
    }

    /// <summary>What stands around the weights in a checkpoint: numbers, lists, an optimiser with tensors of its own.</summary>
    [Theory]
    [InlineData("state_dict", false)]
    [InlineData("model", true)]
    [InlineData("weights of mine", false)]
    public void The_weights_of_a_checkpoint_are_found_and_said(string part, bool isLegacy)
    {
        var root = Checkpoint();
        root.Add(part, State(7));
        var read = Read(root, isLegacy);
        Assert.Equal((part, $"w.pth (its entry '{part}')"), (read.Part, read.Source));
        Assert.Equal([7], Assert.Single(read.Tensors).ToSingles());
        Assert.Equal(7, Assert.Single(Read(root, isLegacy, part).Tensors).ToSingles()[0]);
        Assert.Equal($"w.pth has no tensors in an entry 'ema'; it has some in '{part}'.", Refused(root, isLegacy, "ema"));
    }

    [Fact]
    public void Where_several_entries_may_be_meant_one_has_to_be_named()
    {
        var root = new WrittenDictionary { IsOrdered = false };
        root.Add("model_ema", State(1));
        root.Add("student", State(2));
        root.Add("loose", ((WrittenTensor)State(3)[0].Value!) with { Storage = TorchWriter.Of("l", "FloatStorage", 3f) });
        Assert.Equal(
            "w.pth has tensors in several places, and which of them are the weights is not clear: its top, 'model_ema', 'student'. Name "
                + "one as the argument part of StateDict.Read (\"\" for the top), or save it alone.",
            Refused(root, isLegacy: false));
        Assert.Equal([2], Read(root, false, "student").Tensors[0].ToSingles());
        Assert.Equal((null, 3), (Read(root, false, "").Part, Read(root, false, "").Tensors.Single().ToSingles()[0]));
        root.Add("model", State(4));
        Assert.Equal("model", Read(root, false).Part);
        root.Add("state_dict", State(5));
        Assert.Contains("several places", Refused(root, isLegacy: false), StringComparison.Ordinal);
    }

    /// <summary>All weights of a network, from either format, from a checkpoint of parallel training too.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_network_takes_its_weights(bool isLegacy)
    {
        var network = Network.Build(Shape.Image(1, 4, 4), x => x.Conv(2, kernel: 3, name: "conv1").BatchNorm(name: "bn1").Flatten()
            .Linear(3, name: "fc"));
        var weights = Weights.Initialize(network, 3);
        var tensors = weights.Parameters.Select(parameter =>
            new SafetensorsEntry($"module.{parameter.Name}", parameter.Values.ToArray(), [.. parameter.Dimensions]))
            .Append(new("module.bn1.num_batches_tracked", (long[])[5]));
        var root = Checkpoint();
        root.Add("state_dict", TorchWriter.StateDict(tensors));
        var read = Read(root, isLegacy);
        Assert.Equal(weights.Sha256(), read.ToWeights(network, Names).Sha256());
        Assert.StartsWith(
            "w.pth (its entry 'state_dict') does not fit the network (1x6x6 -> 3,",
            Assert.Throws<DataException>(() => read.ToWeights(Network.Build(Shape.Image(1, 6, 6), x => x.Conv(2, kernel: 3, name: "conv1")
                .Flatten().Linear(3, name: "fc")), Names)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void The_bytes_decide_and_not_the_ending()
    {
        using var folder = new TemporaryFolder();
        folder.Write("a.pth", SafetensorsFile.ToBytes([new("w", [1f, 2], 2)]));
        folder.Write("b.safetensors", TorchWriter.Zip(State(3)));
        folder.Write("c", TorchWriter.Zip(State(3), hasLargeEnd: false, byteOrder: null));
        Assert.Equal([1, 2], StateDict.Read(folder["a.pth"]).Tensors[0].ToSingles());
        Assert.Equal([3], StateDict.Read(folder["b.safetensors"]).Tensors[0].ToSingles());
        Assert.Equal([3], StateDict.Read(folder["c"]).Tensors[0].ToSingles());
        Assert.Equal(
            "a.pth is a safetensors file, which has no entry 'model': its tensors stand at the top. Leave part out.",
            Assert.Throws<DataException>(() => StateDict.Read(folder["a.pth"], "model")).Message);
    }

    private static WrittenDictionary State(float value) =>
        new() { { "fc.weight", new WrittenTensor(TorchWriter.Of($"s{value}", "FloatStorage", value), 0, [1], [1]) } };

    private static WrittenDictionary Checkpoint()
    {
        var moments = new WrittenDictionary { IsOrdered = false };
        moments.Add(0, State(99));
        return new()
        {
            { "epoch", 300 },
            { "steps", 1L << 40 },
            { "best", -0.5 },
            { "name", "r\u00E9seau" },
            { "done", true },
            { "nothing", null },
            { "rates", new List<object?> { 0.1, 0.01, new object?[] { 1, 2, 3, 4 } } },
            { "optimizer", new WrittenDictionary { { "state", moments }, { "param_groups", new List<object?>() } } },
        };
    }

    internal static StateDict Read(object? root, bool isLegacy, string? part = null) =>
        StateDict.Read(new MemoryStream(isLegacy ? TorchWriter.Legacy(root) : TorchWriter.Zip(root)), "w.pth", part);

    private static string Refused(object? root, bool isLegacy, string? part = null) =>
        Assert.Throws<DataException>(() => Read(root, isLegacy, part)).Message;
}
