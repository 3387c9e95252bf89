using System.Globalization;
using System.Text;
using FeatureMap.Interchange;
using Xunit;

namespace FeatureMap.Tests.Interchange;

/// <summary>Files of <c>torch.save</c> that are not read: nothing of them is run, and each is told what it is, what was expected and
/// what to do.</summary>
public sealed class TorchRefusalTests
{
    private static readonly WrittenStorage Four = TorchWriter.Of<float>("0", "FloatStorage", 1, 2, 3, 4);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_file_that_names_a_program_is_refused_by_that_name_and_nothing_is_run(bool isLegacy)
    {
        using var folder = new TemporaryFolder();
        var root = new WrittenDictionary { { "fc.weight", new WrittenTensor(Four, 0, [4], [1]) },
            { "x", new WrittenCall("os", "system", $"touch {folder["ran"]}") } };
        var message = Refused(isLegacy ? TorchWriter.Legacy(root) : TorchWriter.Zip(root));
        Assert.StartsWith("w.pth names os.system at byte ", message, StringComparison.Ordinal);
        Assert.EndsWith(
            " of its pickle. That would be a program to run, and nothing of a file is run here: expected were only OrderedDict, tensors "
                + "and their storages, which are all that a state dict needs. If the file is yours, save its weights alone: "
            + "torch.save(model.state_dict(), \"weights.pth\"); if not, do not open it with anything that runs it.",
            message, StringComparison.Ordinal);
        Assert.Empty(folder.Files);
    }

    /// <summary>Every name but the fourteen, those of the same modules among them.</summary>
    [Theory]
    [InlineData("builtins", "eval")]
    [InlineData("posix", "system")]
    [InlineData("torch", "load")]
    [InlineData("torch", "FloatTensor")]
    [InlineData("torch._utils", "_rebuild_qtensor")]
    [InlineData("torch.nn.modules.conv", "Conv2d")]
    [InlineData("collections", "OrderedDict.fromkeys")]
    [InlineData("torch._utils._rebuild_tensor_v2", "")]
    [InlineData("", "collections.OrderedDict")]
    public void Every_other_name_is_refused(string module, string name) => Assert.StartsWith(
        $"w.pth names {module}.{name} at byte 2 of its pickle.", Refused(Pickle($"\u0080\u0002c{module}\n{name}\n.")),
            StringComparison.Ordinal);

    /// <summary>The lists are closed: 31 instructions, and each of the other 225 bytes ends the reading and is named.</summary>
    [Fact]
    public void Every_other_instruction_is_refused()
    {
        var known = "().GJKMNQRX]abcehjqrstu}\u0080\u0085\u0086\u0087\u0088\u0089\u008A".Select(letter => (int)letter).ToHashSet();
        Assert.Equal(31, known.Count);
        for (var code = 0; code < 256; code++)
        {
            var message = Refused(Pickle($"\u0080\u0002{(char)code}"));
            var isUnknown = message.StartsWith($"w.pth has the instruction 0x{code.ToString("X2", CultureInfo.InvariantCulture)} at byte "
                + $"2 of its pickle, which a state dict does not need, so it is not read:", StringComparison.Ordinal);
            Assert.True(isUnknown != known.Contains(code), message);
        }
    }

    [Theory]
    [InlineData("\u0080\u0004.", "w.pth is written with pickle protocol 4; protocol 2 was expected, which torch.save writes by itself. "
        + "Save it again without pickle_protocol.")]
    [InlineData("N.", "its pickle begins without the number of its protocol, at byte 0")]
    [InlineData("\u0080\u0002\u0080\u0002.", "its pickle has the number of its protocol twice, at byte 2")]
    [InlineData("\u0080\u0002N", "its pickle ends without a STOP: it is cut short or damaged")]
    [InlineData("\u0080\u0002.", "its pickle stops with something unfinished, at byte 2")]
    [InlineData("\u0080\u0002NN.", "its pickle stops with something unfinished, at byte 4")]
    [InlineData("\u0080\u0002N(.", "its pickle stops with something unfinished, at byte 4")]
    [InlineData("\u0080\u0002Nt.", "its pickle ends a group that it did not begin, at byte 3")]
    [InlineData("\u0080\u0002N(\u0085.", "its pickle takes more from its stack than is there, at byte 4")]
    [InlineData("\u0080\u0002(q\u0000.", "its pickle takes more from its stack than is there, at byte 3")]
    [InlineData("\u0080\u0002h\u0007.", "its pickle asks for its value 7, which it did not keep, at byte 2")]
    [InlineData("\u0080\u0002NNa.", "its pickle appends to something that is no list, at byte 4")]
    [InlineData("\u0080\u0002}(Nu.", "its pickle sets items of something that is no dictionary, or a key without a value, at byte 5")]
    [InlineData("\u0080\u0002NNNs.", "its pickle sets items of something that is no dictionary, or a key without a value, at byte 5")]
    [InlineData("\u0080\u0002}Nb.", "its pickle sets the state of something that is no OrderedDict, at byte 4")]
    [InlineData("\u0080\u0002N)R.", "its pickle calls something that is no name, or without a tuple of arguments, at byte 4")]
    [InlineData("\u0080\u0002ctorch\nFloatStorage\n)R.",
        "its pickle calls torch.FloatStorage with 0 arguments that it does not take, at byte 23")]
    [InlineData("\u0080\u0002ccollections\nOrderedDict\nN\u0085R.",
        "its pickle calls collections.OrderedDict with 1 arguments that it does not take, at byte 29")]
    [InlineData("\u0080\u0002X\u00FF\u0000\u0000\u0000abc.",
        "a text at byte 7 of its pickle is said to have 255 bytes, which are not there")]
    [InlineData("\u0080\u0002X\u0002\u0000\u0000\u0000\u00C3(.", "the text at byte 7 of its pickle is not valid UTF-8")]
    [InlineData("\u0080\u0002ca\u00E9\n", "the name at byte 3 of its pickle is no line of at most 256 letters")]
    [InlineData("\u0080\u0002NQ.", "its pickle names something outside of itself that is no storage of 5 fields")]
    public void A_pickle_that_breaks_the_rules_is_told_where(string text, string what)
    {
        var message = Refused(Pickle(text));
        Assert.Equal(what.StartsWith("w.pth", StringComparison.Ordinal) ? what
            : $"w.pth is not a valid file of torch.save: {what}. Write or download it again.", message);
    }

    [Fact]
    public void Nesting_is_limited_and_values_that_hold_themselves_do_no_harm()
    {
        Assert.Contains("its pickle nests deeper than 64, at byte 66", Refused(Pickle($"\u0080\u0002{new string('(', 100)}")),
            StringComparison.Ordinal);
        Assert.StartsWith("w.pth holds a list; a dictionary of tensors by name was expected.",
            Refused(Pickle("\u0080\u0002]q\u0000h\u0000a.")), StringComparison.Ordinal);
        Assert.StartsWith("w.pth holds a dictionary without tensors (a); one",
            Refused(Pickle("\u0080\u0002}q\u0000X\u0001\u0000\u0000\u0000ah\u0000s.")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, "nothing")]
    [InlineData(7, "a number")]
    [InlineData("weights", "a text")]
    public void Something_else_than_a_dictionary_is_told(object? root, string what) => Assert.Equal(
        $"w.pth holds {what}; a dictionary of tensors by name was expected. Save the weights alone: torch.save(model.state_dict(), "
            + "\"weights.pth\").",
        Refused(TorchWriter.Zip(root)));

    [Fact]
    public void What_has_no_tensors_is_told()
    {
        Assert.StartsWith("w.pth holds one tensor without a name; a dictionary",
            Refused(TorchWriter.Legacy(new WrittenTensor(Four, 0, [4], [1]))), StringComparison.Ordinal);
        Assert.Equal(
            "w.pth holds a dictionary without tensors (epoch, args); one of tensors by name was expected, at its top or in one of its "
                + "entries. Save the weights alone: torch.save(model.state_dict(), \"weights.pth\").",
            Refused(TorchWriter.Zip(new WrittenDictionary { { "epoch", 3 }, { "args", "x" } })));
        Assert.StartsWith("w.pth holds a dictionary without tensors (empty); one", Refused(TorchWriter.Zip(new WrittenDictionary())),
            StringComparison.Ordinal);
        Assert.Contains("it has two tensors 'a'", Refused(TorchWriter.Zip(new WrittenDictionary { { "a", View(4) }, { "a", View(3) } })),
            StringComparison.Ordinal);

        static WrittenTensor View(long count) => new(Four, 0, [count], [1]);
    }

    [Theory]
    [InlineData(0, "5", "1", "[5] from number 0 on in strides of [1] reach number 4 of its storage, which has 4")]
    [InlineData(1, "2 2", "2 1", "[2, 2] from number 1 on in strides of [2, 1] reach number 4 of its storage, which has 4")]
    [InlineData(0, "3 2", "1 1",
        "[3, 2] are 6 numbers, and its storage has 4: it repeats them by its strides [1, 1]. Save it with .contiguous()")]
    [InlineData(0, "1000", "0",
        "[1000] are 1,000 numbers, and its storage has 4: it repeats them by its strides [0]. Save it with .contiguous()")]
    [InlineData(-1, "2", "1", "its offset -1, sizes [2] and strides [1] are not all whole numbers from 0")]
    [InlineData(0, "-2", "1", "its offset 0, sizes [-2] and strides [1] are not all whole numbers from 0")]
    [InlineData(3, "2", "-1", "its offset 3, sizes [2] and strides [-1] are not all whole numbers from 0")]
    [InlineData(0, "2 2", "9223372036854775807 9223372036854775807", "[2, 2] from number 0 on in strides of [9223372036854775807, "
        + "9223372036854775807] reach number 18,446,744,073,709,551,614 of its storage, which has 4")]
    [InlineData(0, "2147483647 2147483647 2147483647 2147483647", "0 0 0 0", "[2147483647, 2147483647, 2147483647, 2147483647] are "
        + "9,223,372,036,854,775,807 numbers; one tensor may take at most 2,147,483,647 bytes")]
    public void A_tensor_outside_of_its_storage_is_named(long offset, string sizes, string strides, string wrong)
    {
        var root = new WrittenDictionary { { "good", new WrittenTensor(Four, 0, [4], [1]) },
            { "fc.weight", new WrittenTensor(Four, offset, Parsed(sizes), Parsed(strides)) } };
        var expected = $"w.pth is not a valid file of torch.save: tensor 'fc.weight': {wrong}. Write or download it again.";
        Assert.Equal(expected, Refused(TorchWriter.Zip(root)));
        Assert.Equal(expected, Refused(TorchWriter.Legacy(root)));

        static long[] Parsed(string text) => [.. text.Split(' ').Select(number => long.Parse(number, CultureInfo.InvariantCulture))];
    }

    [Fact]
    public void Numbers_that_are_not_there_take_no_memory()
    {
        var promised = Four with { Count = 400_000_000 };
        var root = new WrittenDictionary { { "w", new WrittenTensor(promised, 0, [400_000_000], [1]) } };
        foreach (var file in new[] { TorchWriter.Zip(root), TorchWriter.Legacy(root) })
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            Assert.Contains($"storage '0' is said to have 400,000,000 numbers of 4 bytes, and the file has {file.Length:N0} bytes",
                Refused(file), StringComparison.Ordinal);
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1_000_000);
        }
        root = new WrittenDictionary { { "w", new WrittenTensor(Four with { Count = 5 }, 0, [5], [1]) } };
        Assert.Contains("storage '0' has 16 bytes; 5 x 4 = 20 were expected", Refused(TorchWriter.Zip(root)), StringComparison.Ordinal);
        Assert.Contains("is said to have 4 numbers; 5 of 4 bytes were expected, and 16 bytes follow", Refused(TorchWriter.Legacy(root)),
            StringComparison.Ordinal);
        // 2,000 names for parts of one storage that are each nearly all of it.
        var large = TorchWriter.Of("0", "FloatStorage", new float[100_000]);
        var many = new WrittenDictionary();
        for (var i = 0; i < 2000; i++) many.Add($"t{i}", new WrittenTensor(large, i, [90_000], [1]));
        Assert.Contains("they overlap more than 8 times. Save them with .clone().", Refused(TorchWriter.Zip(many)),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Tensors_whose_numbers_are_to_be_changed_are_refused()
    {
        var flags = new WrittenDictionary { IsOrdered = false };
        var root = new WrittenDictionary { { "w", new WrittenTensor(Four, 0, [4], [1]) { Flags = [flags] } } };
        Assert.Equal([1, 2, 3, 4], StateDict.Read(new MemoryStream(TorchWriter.Zip(root))).Tensors[0].ToSingles());
        flags.Add("neg", true);
        Assert.Contains("has a tensor with flags at byte", Refused(TorchWriter.Zip(root)), StringComparison.Ordinal);
    }

    [Fact]
    public void Two_storages_of_one_key_must_be_the_same()
    {
        var root = new WrittenDictionary { { "a", new WrittenTensor(Four, 0, [4], [1]) },
            { "b", new WrittenTensor(Four with { Type = "IntStorage" }, 0, [4], [1]) } };
        Assert.Contains("its pickle has two storages '0' of other types or sizes", Refused(TorchWriter.Zip(root)),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Changed_bytes_and_archives_of_other_kinds_are_told()
    {
        var root = new WrittenDictionary { { "w", new WrittenTensor(Four, 0, [4], [1]) } };
        var file = TorchWriter.Zip(root);
        var place = file.AsSpan().IndexOf(Four.Bytes);
        Assert.Equal(0, place % 64);
        file[place] ^= 1;
        Assert.Equal(
            "w.pth is not a valid file of torch.save: the checksum of 'archive/data/0' does not agree with its bytes, so some of them "
                + "have changed. Write or download it again.", Refused(file));
        Assert.StartsWith("w.pth is a file of TorchScript, which holds programs beside the weights, and is not read.",
            Refused(TorchWriter.Zip(root, more: ("archive/constants.pkl", []))), StringComparison.Ordinal);
        Assert.StartsWith("w.pth is a zip archive with 0 files NAME/data.pkl,", Refused(TorchWriter.Archive([("photo.png", [1])])),
            StringComparison.Ordinal);
        Assert.StartsWith("w.pth is a zip archive with 2 files NAME/data.pkl,",
            Refused(TorchWriter.Zip(root, more: ("other/data.pkl", []))), StringComparison.Ordinal);
        Assert.Contains("has 'archive/version' twice,", Refused(TorchWriter.Zip(root, more: ("archive/version", []))),
            StringComparison.Ordinal);
        Assert.Contains("its byte order is 'middle'; little or big was expected", Refused(TorchWriter.Zip(root, byteOrder: "middle")),
            StringComparison.Ordinal);
        file = TorchWriter.Zip(root);
        var entry = file.AsSpan().LastIndexOf("archive/data/0"u8) - 46;
        file[entry + 10] = 8;
        Assert.Equal(
            "w.pth: its part 'archive/data/0' is packed or encrypted; torch.save stores its parts as they are. Unpack the archive and "
                + "pack it again with zip -0, or save it again.", Refused(file));
        file = TorchWriter.Zip(root);
        Assert.EndsWith("the directory that ends one is missing: it is cut short or damaged. Write or download it again.",
            Refused(file[..^1]), StringComparison.Ordinal);
        var legacy = TorchWriter.Legacy(root);
        Assert.EndsWith($"it has {legacy.Length + 1} bytes, and its last storage ends at {legacy.Length}. Write or download it again.",
            Refused([.. legacy, 0]), StringComparison.Ordinal);
        Assert.StartsWith("w.pth was written on a machine with big-endian numbers,",
            Refused(TorchWriter.Legacy(root, isLittleEndian: false)), StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_no_file_of_weights_is_told_by_its_first_bytes()
    {
        Assert.Equal(
            "w.pth is neither a file of torch.save nor a safetensors file: it begins with the bytes 3C21444F43545950452068746D6C3E3C. "
                + "Where a page or a pointer was saved in place of the weights, download them again.",
            Refused(Encoding.ASCII.GetBytes("<!DOCTYPE html><html></html>")));
        Assert.StartsWith(
            "w.pth is a pickle, but none of torch.save: its first bytes are 800258030000006162632E2020202020. A pickle is a program, "
                + "which is not run here.",
            Refused([.. Latin("\u0080\u0002X\u0003\u0000\u0000\u0000abc."), .. "          "u8]), StringComparison.Ordinal);
    }

    private static byte[] Pickle(string text) => TorchWriter.Archive([("archive/data.pkl", Latin(text))]);

    private static byte[] Latin(string text) => Encoding.Latin1.GetBytes(text);

    private static string Refused(byte[] file) => Assert.Throws<DataException>(() => StateDict.Read(new MemoryStream(file), "w.pth"))
        .Message;
}
