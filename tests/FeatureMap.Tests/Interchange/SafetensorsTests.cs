using System.Buffers.Binary;
using System.Text;
using FeatureMap.Interchange;
using FeatureMap.Randomness;
using Xunit;

namespace FeatureMap.Tests.Interchange;

public sealed class SafetensorsTests
{
    private static SafetensorsEntry[] Sample() =>
    [
        new("conv1.weight", [1.5f, -2, 0.1f, float.NaN, float.NegativeInfinity, -0f], 1, 2, 3),
        new("bytes", new byte[] { 0, 7, 255 }, 3),
        new("scalar", [42f]),
        new("wide", [Math.PI, double.Epsilon], 2),
        new("whole", new long[] { long.MinValue, 9 }, 2, 1),
        new("ints", new int[] { -5 }, 1),
        new("nothing", Array.Empty<float>(), 4, 0, 2),
        new("größe \"λ\"\n", [3f], 1),
    ];

    private static readonly Dictionary<string, string> Notes = new() { ["z"] = "last", ["a"] = "first \u00e9 \"quoted\"", ["empty"] = "" };

    [Fact]
    public void What_is_written_reads_back_to_the_bit()
    {
        var file = SafetensorsFile.Read(SafetensorsFile.ToBytes(Sample(), Notes));
        Assert.Equal(Sample().Select(t => t.Name).Order(StringComparer.Ordinal), file.Names.Order(StringComparer.Ordinal));
        foreach (var expected in Sample())
        {
            var actual = file[expected.Name];
            Assert.Equal(expected.Type, actual.Type);
            Assert.Equal(expected.Dimensions.AsEnumerable(), actual.Dimensions);
            if (expected.Data is float[] floats)
                Assert.Equal(floats.Select(BitConverter.SingleToUInt32Bits), ((float[])actual.Data).Select(BitConverter.SingleToUInt32Bits));
            else
                Assert.Equal(expected.Data, actual.Data);
        }
        Assert.Equal(Notes.OrderBy(pair => pair.Key), file.Metadata);
        Assert.True(file.TryGet("whole", out var whole));
        Assert.Equal([long.MinValue, 9], whole.ToInt64s());
        Assert.Equal([0f, 7, 255], file["bytes"].ToSingles());
        Assert.Same(file["scalar"].Data, file["scalar"].ToSingles());
    }

    [Fact]
    public void The_same_input_gives_the_same_bytes_aligned_to_eight()
    {
        var reversed = Notes.Reverse().ToDictionary();
        var bytes = SafetensorsFile.ToBytes(Sample(), Notes);
        Assert.Equal(bytes, SafetensorsFile.ToBytes(Sample(), reversed));
        Assert.Equal(0UL, BinaryPrimitives.ReadUInt64LittleEndian(bytes) % 8);
        var again = SafetensorsFile.Read(bytes);
        Assert.Equal(bytes, SafetensorsFile.ToBytes(again.Tensors, again.Metadata));
    }

    [Fact]
    public void The_bytes_are_those_of_the_format()
    {
        var bytes = SafetensorsFile.ToBytes([new("w", [1f, 2f], 2)], new Dictionary<string, string> { ["k"] = "v" });
        const string header = """{"__metadata__":{"k":"v"},"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""";
        Assert.Equal(File(header, [0, 0, 0x80, 0x3F, 0, 0, 0, 0x40], pad: true), bytes);
    }

    [Fact]
    public void Paths_and_streams_that_cannot_seek_work_like_bytes()
    {
        using var folder = new TemporaryFolder();
        SafetensorsFile.Write(folder["model.safetensors"], Sample(), Notes);
        Assert.Equal(SafetensorsFile.ToBytes(Sample(), Notes), System.IO.File.ReadAllBytes(folder["model.safetensors"]));
        Assert.Equal(8, SafetensorsFile.Read(folder["model.safetensors"]).Tensors.Count);
        using var pipe = new System.IO.Compression.ZLibStream(new MemoryStream(Compressed()), System.IO.Compression.CompressionMode.Decompress);
        Assert.Equal(8, SafetensorsFile.Read(pipe).Tensors.Count);

        static byte[] Compressed()
        {
            using var memory = new MemoryStream();
            using (var zip = new System.IO.Compression.ZLibStream(memory, System.IO.Compression.CompressionLevel.Fastest))
                SafetensorsFile.Write(zip, Sample(), Notes);
            return memory.ToArray();
        }
    }

    [Fact]
    public void Half_precision_is_widened_exactly()
    {
        const string header = """{"h":{"dtype":"F16","shape":[2],"data_offsets":[0,4]},"b":{"dtype":"BF16","shape":[],"data_offsets":[4,6]}}""";
        var file = SafetensorsFile.Read(File(header, [0x00, 0x3C, 0x01, 0x00, 0x80, 0xBF]));
        Assert.Equal([1f, 5.9604645e-08f], file["h"].ToSingles());
        Assert.Equal([-1f], file["b"].ToSingles());
    }

    // The numbers of each type of the format, as they stand in a file and as they are read.
    [Theory]
    [InlineData("BOOL", "0001FF", SafetensorsType.UInt8, new double[] { 0, 1, 1 })]
    [InlineData("U8", "00FF", SafetensorsType.UInt8, new double[] { 0, 255 })]
    [InlineData("I8", "80FF7F", SafetensorsType.Int32, new double[] { -128, -1, 127 })]
    [InlineData("I16", "0080FF7F", SafetensorsType.Int32, new double[] { -32768, 32767 })]
    [InlineData("U16", "FFFF", SafetensorsType.Int32, new double[] { 65535 })]
    [InlineData("I32", "00000080", SafetensorsType.Int32, new double[] { int.MinValue })]
    [InlineData("U32", "FFFFFFFF", SafetensorsType.Int64, new double[] { uint.MaxValue })]
    [InlineData("I64", "FEFFFFFFFFFFFFFF", SafetensorsType.Int64, new double[] { -2 })]
    [InlineData("U64", "0500000000000000", SafetensorsType.Int64, new double[] { 5 })]
    [InlineData("U64", "0000000000000080", SafetensorsType.Float64, new double[] { 9223372036854775808 })]
    [InlineData("F64", "000000000000F03F", SafetensorsType.Float64, new double[] { 1 })]
    [InlineData("F32", "0000803F", SafetensorsType.Float32, new double[] { 1 })]
    [InlineData("F16", "003CFF7B", SafetensorsType.Float32, new double[] { 1, 65504 })]
    [InlineData("BF16", "80BF", SafetensorsType.Float32, new double[] { -1 })]
    [InlineData("F8_E5M2", "3C7B01", SafetensorsType.Float32, new double[] { 1, 57344, 1.52587890625e-05 })]
    [InlineData("F8_E4M3", "387E01B8", SafetensorsType.Float32, new double[] { 1, 448, 0.001953125, -1 })]
    public void Every_type_is_read(string stored, string hexadecimal, SafetensorsType type, double[] expected)
    {
        var data = Convert.FromHexString(hexadecimal);
        var file = SafetensorsFile.Read(File($$$"""{"a":{"dtype":"{{{stored}}}","shape":[{{{expected.Length}}}],"data_offsets":[0,{{{data.Length}}}]}}""", data));
        Assert.Equal((type, stored, expected.Length), (file["a"].Type, file["a"].StoredType, file["a"].Count));
        Assert.Equal(expected, file["a"].Data.Cast<object>().Select(value => Convert.ToDouble(value, System.Globalization.CultureInfo.InvariantCulture)));
        Assert.Equal(expected.Select(value => (float)value), file["a"].ToSingles());
    }

    [Fact]
    public void Eight_bits_of_which_four_are_the_exponent_have_their_values()
    {
        for (var bits = 0; bits < 256; bits++)
        {
            var (exponent, fraction) = ((bits >> 3) & 15, bits & 7);
            var expected = exponent == 0 ? fraction / 8.0 / 64 : Math.Pow(2, exponent - 7) * (1 + (fraction / 8.0));
            Assert.Equal((bits & 127) == 127 ? float.NaN : (float)((bits & 128) == 0 ? expected : -expected), StoredNumbers.EightBits((byte)bits));
        }
    }

    // What is not read refuses the file for nobody who asks for other tensors, and is named where it is asked for.
    [Theory]
    [InlineData("F4", 4, 2)]
    [InlineData("F6_E2M3", 4, 3)]
    [InlineData("F6_E3M2", 4, 3)]
    [InlineData("F8_E8M0", 2, 2)]
    [InlineData("F8_E4M3FNUZ", 2, 2)]
    [InlineData("F8_E5M2FNUZ", 2, 2)]
    [InlineData("C64", 1, 8)]
    public void Types_that_are_not_read_are_named_where_they_are_asked_for(string stored, int count, int bytes)
    {
        var header = $$$"""{"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"q":{"dtype":"{{{stored}}}","shape":[{{{count}}}],"data_offsets":[4,{{{4 + bytes}}}]}}""";
        var file = SafetensorsFile.Read(File(header, [0, 0, 0x80, 0x3F, .. Enumerable.Range(1, bytes).Select(i => (byte)i)]));
        Assert.Equal([1f], file["w"].ToSingles());
        Assert.Equal((SafetensorsType.Raw, count, $"q {stored} [{count}]"), (file["q"].Type, file["q"].Count, $"{file["q"]}"));
        var message = $"Tensor 'q' holds numbers of the type {stored}, which are not read here. Convert it to F32 or F16 and "
            + "save it again.";
        Assert.Equal(message, Assert.Throws<DataException>(() => file["q"].ToSingles()).Message);
        var again = SafetensorsFile.Read(SafetensorsFile.ToBytes(file.Tensors));
        Assert.Equal(stored, again["q"].StoredType);
        Assert.Equal(file["q"].Data, again["q"].Data);
    }

    [Fact]
    public void Numbers_of_four_bits_have_to_fill_bytes() => Assert.Equal(
        "bad.safetensors is not a valid safetensors file: tensor 'q': [3] of F4 take 3 x 4 bits, which fill no whole bytes. Write or "
            + "download it again.",
        Assert.Throws<DataException>(() => SafetensorsFile.Read(File("""{"q":{"dtype":"F4","shape":[3],"data_offsets":[0,2]}}""", new byte[2]), "bad.safetensors")).Message);

    [Fact]
    public void Metadata_may_be_null() =>
        Assert.Equal([0f], SafetensorsFile.Read(File("""{"__metadata__":null,"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", new byte[4]))["a"].ToSingles());

    [Fact]
    public void The_header_may_list_tensors_in_any_order_and_end_in_spaces()
    {
        const string header = """{"b":{"data_offsets":[4,8],"shape":[1],"dtype":"F32"},"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}   """;
        Assert.Equal(["a", "b"], SafetensorsFile.Read(File(header, new byte[8])).Names);
        Assert.Empty(SafetensorsFile.Read(File("{}", [])).Tensors);
    }

    // Each breaks one rule; the text is part of the message. Eight bytes of data follow the header.
    [Theory]
    [InlineData("""[]""", "does not begin with '{'")]
    [InlineData(""" {}""", "does not begin with '{'")]
    [InlineData("", "does not begin with '{'")]
    [InlineData("""{"a":""", "not the JSON it should be")]
    [InlineData("""{} x""", "not the JSON it should be")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},}""", "not the JSON it should be")]
    [InlineData("""{"a":{"dtype":"F32","shape":[[[2]]],"data_offsets":[0,8]}}""", "not the JSON it should be")]
    [InlineData("""{"a":7}""", "entry 'a' is not an object")]
    [InlineData("""{"__metadata__":{"k":1}}""", "value of 'k' in __metadata__ is not a string")]
    [InlineData("""{"__metadata__":{"k":"1","k":"2"}}""", "__metadata__ names 'k' twice")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", "its header names 'a' twice")]
    [InlineData("""{"a":{"dtype":"F32","dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", "tensor 'a': dtype appears twice")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8],"x":1}}""", "the key 'x' is unknown")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2]}}""", "data_offsets is missing")]
    [InlineData("""{"a":{"shape":[2],"data_offsets":[0,8]}}""", "dtype is missing")]
    [InlineData("""{"a":{"dtype":"Q4","shape":[2],"data_offsets":[0,8]}}""", "the dtype 'Q4' is none of the format")]
    [InlineData("""{"a":{"dtype":4,"shape":[2],"data_offsets":[0,8]}}""", "its dtype is not a string")]
    [InlineData("""{"a":{"dtype":"F32","shape":2,"data_offsets":[0,8]}}""", "its shape is not a list")]
    [InlineData("""{"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}""", "number 0 of its shape is not a whole number")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2.0],"data_offsets":[0,8]}}""", "number 0 of its shape is not a whole number")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1,4294967297],"data_offsets":[0,8]}}""", "number 1 of its shape is not a whole number")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,2],"data_offsets":[0,8]}}""", "more than 16 dimensions")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2147483647,2147483647,2147483647],"data_offsets":[0,8]}}""", "does not fit 63 bits")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2147483647,2147483647],"data_offsets":[0,8]}}""", "one tensor may take at most")]
    [InlineData("""{"a":{"dtype":"F32","shape":[536870912],"data_offsets":[0,2147483648]}}""", "one tensor may take at most")]
    [InlineData("""{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}""", "[3] of F32 take 3 x 4 = 12 bytes, and data_offsets [0, 8] give 8")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8,16]}}""", "not a list of two numbers")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[8]}}""", "not a list of two numbers")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":"08"}}""", "not a list of two numbers")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[-8,0]}}""", "not whole numbers from 0")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,99999999999999999999]}}""", "not whole numbers from 0")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}""", "end before they begin")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", "a gap of 4 bytes")]
    [InlineData("""{"a":{"dtype":"U8","shape":[3],"data_offsets":[0,3]},"b":{"dtype":"U8","shape":[4],"data_offsets":[4,8]}}""", "a gap of 1 bytes")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", "inside the data before it")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", "is too long: 70 bytes, and its last tensor ends at 66")]
    [InlineData("""{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,12]}}""", "is cut short: 71 of 75 bytes")]
    [InlineData("""{"\ud800":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", "no valid Unicode")]
    public void A_broken_header_gives_an_error_that_names_the_rule(string header, string message)
    {
        var error = Assert.Throws<DataException>(() => SafetensorsFile.Read(File(header, new byte[8]), "bad.safetensors"));
        Assert.Contains("bad.safetensors", error.Message, StringComparison.Ordinal);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_header_that_is_not_UTF8_is_refused()
    {
        var bytes = File("""{"aXb":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", new byte[8]);
        bytes[Array.IndexOf(bytes, (byte)'X')] = 0xFF;
        Assert.Contains("not valid UTF-8", Assert.Throws<DataException>(() => SafetensorsFile.Read(bytes)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0UL, 0, "is cut short: 0 bytes")]
    [InlineData(0UL, 7, "is cut short: 7 bytes")]
    [InlineData(100_000_001UL, 16, "at most 100,000,000 are allowed")]
    [InlineData(ulong.MaxValue, 16, "at most 100,000,000 are allowed")]
    [InlineData(100_000_000UL, 16, "is cut short: 16 bytes, and 8 + 100,000,000 are needed for its header alone")]
    public void A_wrong_header_length_is_refused_before_memory_is_taken(ulong length, int size, string message)
    {
        var bytes = new byte[Math.Max(size, 8)];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, length);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var error = Assert.Throws<DataException>(() => SafetensorsFile.Read(bytes[..size]));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1_000_000);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Mutated_files_give_only_data_errors()
    {
        var original = SafetensorsFile.ToBytes(Sample(), Notes);
        var random = new RandomSequence(11, RandomPurpose.Testing);
        var refused = 0;
        const int mutations = 6000;
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < mutations; i++)
        {
            var bytes = Mutate(original, ref random);
            try
            {
                SafetensorsFile.Read(bytes);
            }
            catch (DataException)
            {
                refused++;
            }
        }
        Assert.InRange(refused, mutations / 4, mutations);
        Assert.InRange((GC.GetAllocatedBytesForCurrentThread() - before) / mutations, 0, 200_000);
    }

    [Fact]
    public void The_writer_refuses_what_the_reader_would()
    {
        Assert.Contains("Two tensors are called 'a'", Assert.Throws<UsageException>(() => SafetensorsFile.ToBytes([new("a", [1f], 1), new("a", [1f], 1)])).Message, StringComparison.Ordinal);
        Assert.Throws<UsageException>(() => SafetensorsFile.ToBytes([new("__metadata__", [1f], 1)]));
        Assert.Throws<UsageException>(() => SafetensorsFile.ToBytes([default]));
        Assert.Throws<UsageException>(() => SafetensorsFile.ToBytes([new("\ud800", [1f], 1)]));
        Assert.Throws<UsageException>(() => SafetensorsFile.ToBytes([], new Dictionary<string, string> { ["a"] = "\udc00" }));
        var error = Assert.Throws<ShapeException>(() => new SafetensorsEntry("w", [1f, 2, 3], 2, 2));
        Assert.Equal("Tensor 'w' was given the dimensions [2, 2], which hold 4 numbers, and an array of 3. Pass the dimensions whose product is the array's length.", error.Message);
        Assert.Throws<ShapeException>(() => new SafetensorsEntry("w", [1f], -1, -1));
    }

    [Fact]
    public void Missing_tensors_and_files_are_named()
    {
        using var folder = new TemporaryFolder();
        var file = SafetensorsFile.Read(SafetensorsFile.ToBytes([new("conv1.weight", [1f], 1)]), "model.safetensors");
        Assert.Equal("model.safetensors has no tensor 'conv2.weight'; it has conv1.weight.", Assert.Throws<DataException>(() => file["conv2.weight"]).Message);
        Assert.Contains("does not exist", Assert.Throws<DataException>(() => SafetensorsFile.Read(folder["none.safetensors"])).Message, StringComparison.Ordinal);
        Assert.Throws<DataException>(() => SafetensorsFile.Read(folder.Location));
        Assert.Throws<DataException>(() => SafetensorsFile.Read(SafetensorsFile.ToBytes([new("w", [1f])]))["w"].ToInt64s());
    }

    internal static byte[] File(string header, byte[] data, bool pad = false)
    {
        var json = Encoding.UTF8.GetBytes(header);
        if (pad)
            json = [.. json, .. Enumerable.Repeat((byte)' ', -json.Length & 7)];
        var length = new byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(length, (ulong)json.Length);
        return [.. length, .. json, .. data];
    }

    internal static byte[] Mutate(byte[] original, ref RandomSequence random)
    {
        var bytes = (byte[])original.Clone();
        switch (random.NextInt(5))
        {
            case 0: // flip bits
                for (var flips = 1 + random.NextInt(4); flips > 0; flips--)
                    bytes[random.NextInt(bytes.Length)] ^= (byte)(1 << random.NextInt(8));
                break;
            case 1: // cut short
                return bytes[..random.NextInt(bytes.Length)];
            case 2: // lengthen
                return [.. bytes, .. new byte[1 + random.NextInt(20)]];
            case 3: // overwrite with characters that mean something in JSON
                var digits = "0123456789-,:{}[]\"\\ e."u8;
                for (var changes = 1 + random.NextInt(3); changes > 0; changes--)
                    bytes[8 + random.NextInt(Math.Min(bytes.Length - 8, 700))] = digits[random.NextInt(digits.Length)];
                break;
            default: // remove or repeat a stretch
                var begin = random.NextInt(bytes.Length);
                var end = begin + random.NextInt(Math.Min(40, bytes.Length - begin));
                return random.NextInt(2) == 0 ? [.. bytes[..begin], .. bytes[end..]] : [.. bytes[..end], .. bytes[begin..]];
        }
        return bytes;
    }
}
