using System.Text.RegularExpressions;
using FeatureMap.Data;
using FeatureMap.Interchange;
using FeatureMap.Models;
using FeatureMap.Networks;
using FeatureMap.Tests.Data;
using FeatureMap.Tests.Networks;
using FeatureMap.Training;
using Xunit;

namespace FeatureMap.Tests.Interchange;

/// <summary>
/// A stream gives what a file gives, the same words of refusal included, whether it can seek or not, and stays the caller's.
/// </summary>
public sealed partial class StreamTests
{
    private static readonly Lazy<Model> Tiny = new(() =>
        new Model(Weights.Initialize(TinyTask.Network(), 7), new Normalization([0.1], [0.3]), TinyTask.ClassNames));

    /// <summary>
    /// Everything that is read: its bytes, and what is made of a file and of a stream as a text. Errors of images name the whole path, of
    /// the others the name of the file.
    /// </summary>
    private static Dictionary<string, Reader> Readers { get; } = new()
    {
        ["safetensors"] = new(
            Weighted,
            path => Text(SafetensorsFile.Read(path)),
            (stream, path) => Text(SafetensorsFile.Read(stream, Name(path)))),
        ["state dict"] = new(Weighted, path => Text(StateDict.Read(path)), (stream, path) => Text(StateDict.Read(stream, Name(path)))),
        ["torch"] = new(
            () => TorchWriter.Zip(TorchWriter.StateDict(Checkpoint().Tensors)),
            path => Text(StateDict.Read(path)),
            (stream, path) => Text(StateDict.Read(stream, Name(path)))),
        ["torch legacy"] = new(
            () => TorchWriter.Legacy(TorchWriter.StateDict(Checkpoint().Tensors)),
            path => Text(StateDict.Read(path)),
            (stream, path) => Text(StateDict.Read(stream, Name(path)))),
        ["network"] = new(
            () => System.Text.Encoding.UTF8.GetBytes(NetworkFile.ToJson(TinyTask.Network())),
            path => NetworkFile.ToJson(NetworkFile.Load(path)),
            (stream, path) => NetworkFile.ToJson(NetworkFile.Load(stream, Name(path)))),
        ["onnx"] = new(Onnx, path => Text(OnnxFile.Load(path)), (stream, path) => Text(OnnxFile.Load(stream, source: Name(path)))),
        ["onnx outputs"] = new(
            Onnx,
            path => Text(OnnxFile.LoadOutputs(path)[0].Value),
            (stream, path) => Text(OnnxFile.LoadOutputs(stream, source: Name(path))[0].Value)),
        ["onnx description"] = new(
            Onnx,
            path => $"{string.Join(", ", OnnxFile.Describe(path).Inputs)}",
            (stream, path) => $"{string.Join(", ", OnnxFile.Describe(stream, Name(path)).Inputs)}"),
        ["image"] = new(
            Png,
            path => Convert.ToHexString(ImageFile.Load(path, Size, resize: true)),
            (stream, path) => Convert.ToHexString(ImageFile.Load(stream, Size, resize: true, path))),
        ["image with a notice"] = new(
            Png,
            path => Convert.ToHexString(ImageFile.Load(path, Size, true, out var notice)) + notice,
            (stream, path) => Convert.ToHexString(ImageFile.Load(stream, Size, true, out var notice, path)) + notice),
        ["image header"] = new(Png, path => $"{ImageFile.ReadHeader(path)}", (stream, path) => $"{ImageFile.ReadHeader(stream, path)}"),
        ["picture"] = new(Png, path => Text(Picture.Load(path)), (stream, path) => Text(Picture.Load(stream, path))),
        ["checkpoint"] = new(
            () => Written(stream => Checkpoint().Write(stream)),
            path => Text(new CheckpointStore(Path.GetDirectoryName(path)!).Load(7)),
            (stream, path) => Text(FeatureMap.Training.Checkpoint.Read(stream, Path.GetFileNameWithoutExtension(path)))),
    };

    public static TheoryData<string> Names => [.. Readers.Keys];

    private static Shape Size => new(1, 6, 8);

    [Theory]
    [MemberData(nameof(Names))]
    public void A_stream_gives_what_the_file_gives_and_stays_open(string name)
    {
        var (bytes, file, read) = (Readers[name].Bytes(), Readers[name].OfFile, Readers[name].OfStream);
        using var folder = new TemporaryFolder();
        var path = folder.Write("checkpoint-7.safetensors", bytes);
        var expected = file(path);
        using var seekable = new MemoryStream([1, 2, 3, .. bytes]) { Position = 3 };
        Assert.Equal(expected, read(seekable, path));
        Assert.Equal((true, bytes.Length + 3L), (seekable.CanRead, seekable.Position));
        using var forward = new OneWay(bytes);
        Assert.Equal(expected, read(forward, path));
        Assert.False(forward.IsDisposed);
        Assert.Equal(-1, forward.ReadByte());
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void What_is_cut_short_or_damaged_is_refused_in_the_same_words(string name)
    {
        var (bytes, file, read) = (Readers[name].Bytes(), Readers[name].OfFile, Readers[name].OfStream);
        using var folder = new TemporaryFolder();
        var refused = 0;
        var cuts = Enumerable.Range(0, 24).Select(cut => bytes[..(bytes.Length * cut / 24)]).Append(bytes[..^1]);
        foreach (var damaged in cuts.Concat(Enumerable.Range(0, 60).Select(round => Mutations.Of(bytes, (uint)round, 200))))
        {
            var path = folder.Write("checkpoint-7.safetensors", damaged);
            var expected = Answer(() => file(path));
            using var seekable = new MemoryStream(damaged);
            using var forward = new OneWay(damaged);
            Assert.Equal(expected, Answer(() => read(seekable, path)));
            Assert.Equal(expected, Answer(() => read(forward, path)));
            if (expected.StartsWith("refused: ", StringComparison.Ordinal)) refused++;
        }
        Assert.True(refused > 20, $"{refused} refused");

        // How much too long a file is, a stream that cannot seek does not know.
        static string Answer(Func<string> read)
        {
            try
            {
                return read();
            }
            catch (DataException error)
            {
                return "refused: " + TooLong().Replace(error.Message, "is too long: N bytes");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_stream_that_fails_is_told(string name)
    {
        using var stream = new OneWay(Readers[name].Bytes()) { FailsAt = 20 };
        var error = Assert.Throws<DataException>(() => Readers[name].OfStream(stream, "x"));
        Assert.EndsWith("cannot be read: The cable was pulled out.", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_model_goes_through_two_streams_with_the_bytes_of_its_files()
    {
        using var folder = new TemporaryFolder();
        ModelFile.Save(Tiny.Value, folder.Location);
        using OneWay weights = new([]), network = new([]);
        ModelFile.Save(Tiny.Value, weights, network);
        Assert.Equal(File.ReadAllBytes(folder["model.safetensors"]), weights.Written);
        Assert.Equal(File.ReadAllBytes(folder["network.json"]), network.Written);
        Assert.False(weights.IsDisposed || network.IsDisposed);
        var back = ModelFile.Load(new OneWay(weights.Written), new OneWay(network.Written));
        Assert.Equal((Text(Tiny.Value), Tiny.Value.Normalization), (Text(back), back.Normalization));

        var other = Written(stream => NetworkFile.Save(stream, Network.Build(Shape.Image(1, 9, 9), x => x
            .Conv(6, kernel: 3, bias: false).BatchNorm().Relu().AveragePool(2).Dropout(0.1f)
            .Conv(8, kernel: 3).Relu().Flatten().Linear(3))));
        Assert.Equal(
            "the stream of weights was written for another network than the network description beside it: names and sizes of the weights "
            + "fit, but the layers or their settings differ (SHA-256). Put back the network description of that model.",
            Assert.Throws<DataException>(() => ModelFile.Load(new OneWay(weights.Written), new OneWay(other))).Message);
        var none = SafetensorsFile.ToBytes([], SafetensorsFile.Read(weights.Written).Metadata);
        var error = Assert.Throws<DataException>(() => ModelFile.Load(new OneWay(none), new OneWay(network.Written)));
        Assert.StartsWith(
            "the stream of weights does not fit the network in the network description. Missing (", error.Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_written_to_a_stream_are_the_bytes_of_the_file()
    {
        using var folder = new TemporaryFolder();
        NetworkFile.Save(folder["network"], TinyTask.Network());
        Assert.Equal(File.ReadAllBytes(folder["network"]), Written(stream => NetworkFile.Save(stream, TinyTask.Network())));
        OnnxFile.Save(Tiny.Value, folder["onnx"]);
        Assert.Equal(File.ReadAllBytes(folder["onnx"]), Written(stream => OnnxFile.Save(Tiny.Value, stream)));
        var picture = new Picture("noise", Size, Idx.Noise(48, 1));
        picture.Save(folder["picture"]);
        Assert.Equal(File.ReadAllBytes(folder["picture"]), Written(picture.Save));
        var path = new CheckpointStore(folder.Location).Save(Checkpoint());
        Assert.Equal(File.ReadAllBytes(path), Written(Checkpoint().Write));
    }

    [Fact]
    public void A_stream_without_an_end_is_left_in_time()
    {
        Assert.Equal(
            "the network description is too long for a network description: more than 8,388,608 bytes; at most 8,388,608 are read.",
            Refusal(() => NetworkFile.Load(new Endless([]))));
        Assert.Equal(
            "the stream: the file has more than 100,000,000 bytes: images of at most 100,000,000 bytes are read. Scale the image down "
            + "first.",
            Refusal(() => ImageFile.Load(new Endless([]), Size)));
        Assert.Equal(
            "the stream is too long: more than 24 bytes, and its last tensor ends at 24.",
            Refusal(() => SafetensorsFile.Read(new Endless(Header("{}              ")))));
        Assert.StartsWith(
            "the stream is not a safetensors file: its first 8 bytes give a header of 1,",
            Refusal(() => SafetensorsFile.Read(new Endless([1, 2, 3, 4, 5, 6, 7, 16]))), StringComparison.Ordinal);
    }

    [Fact]
    public void What_a_header_promises_takes_no_memory()
    {
        const string header = """{"w":{"dtype":"F32","shape":[400000000],"data_offsets":[0,1600000000]}}""";
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Equal(
            "the stream is cut short: 79 of 1,600,000,079 bytes.",
            Refusal(() => SafetensorsFile.Read(new OneWay(Header(header)))));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1_000_000);

        var larger = header[..^1] + "," + header[1..].Replace("w", "v", StringComparison.Ordinal)
            .Replace("[0,1600000000]", "[1600000000,3200000000]", StringComparison.Ordinal);
        Assert.Equal(
            "the stream has 3,200,000,158 bytes, and of a stream that cannot seek fewer than 2,147,483,591 are read. Save it to a "
            + "file first.",
            Refusal(() => SafetensorsFile.Read(new OneWay(Header(larger)))));
    }

    private static string Refusal(Func<object> read) => Assert.Throws<DataException>(read).Message;

    private static byte[] Header(string json) => [.. BitConverter.GetBytes((long)json.Length), .. System.Text.Encoding.UTF8.GetBytes(json)];

    private static Checkpoint Checkpoint() => new()
    {
        Step = 7,
        Tensors = [new("conv1.weight", [1f, -2, 3, 4, 5, 6], 2, 3), new("a", [0.5f, 0.25f], 2)],
        State = new Dictionary<string, string> { ["epochLoss"] = "1", ["images"] = "none" },
    };

    private static byte[] Weighted() => SafetensorsFile.ToBytes(Checkpoint().Tensors, new Dictionary<string, string> { ["k"] = "v" });

    private static byte[] Onnx() => OnnxFile.ToBytes(Tiny.Value, new OnnxExportOptions());

    private static byte[] Png() => PngWriter.Write(Idx.Noise(48, 3), Size);

    private static byte[] Written(Action<Stream> write)
    {
        using var stream = new OneWay([]);
        write(stream);
        Assert.False(stream.IsDisposed);
        return stream.Written;
    }

    private static string Name(string path) => Path.GetFileName(path);

    private static string Text(SafetensorsFile file) =>
        string.Join(';', file.Tensors.Select(tensor => $"{tensor} {Text(tensor)}").Concat(file.Metadata.Select(pair => $"{pair}")));

    private static string Text(SafetensorsEntry tensor) =>
        tensor.Type == SafetensorsType.Raw ? "raw" : string.Join(',', tensor.ToSingles());

    private static string Text(StateDict file) =>
        $"{file.Source} {string.Join(',', file.Tensors.Select(Text))} "
        + $"{file.HasNamesOf(TinyTask.Network(), new StateDictNames((_, layer) => layer.Name))}";

    private static string Text(Model model) =>
        NetworkFile.ToJson(model.Network) + model.Weights.Sha256() + string.Join(',', model.ClassNames);

    private static string Text(Picture picture) => $"{picture} {Convert.ToHexString(picture.Pixels)}";

    private static string Text(Checkpoint checkpoint) =>
        $"{checkpoint.Step} {string.Join(';', checkpoint.Tensors.Select(Text))} "
        + string.Join(';', checkpoint.State.OrderBy(pair => pair.Key, StringComparer.Ordinal));

    [GeneratedRegex(@"is too long: (more than )?[\d,]+ bytes")]
    private static partial Regex TooLong();

    private sealed record Reader(Func<byte[]> Bytes, Func<string, string> OfFile, Func<Stream, string, string> OfStream);

    /// <summary>Bytes that come by threes and once, as those of a pipe; and that only go, once.</summary>
    private sealed class OneWay(byte[] content) : Stream
    {
        private readonly MemoryStream written = new();
        private int at;

        public int FailsAt { get; init; } = int.MaxValue;

        public bool IsDisposed { get; private set; }

        public byte[] Written => written.ToArray();

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override int Read(Span<byte> buffer)
        {
            if (at + 3 > FailsAt) throw new IOException("The cable was pulled out.");
            var count = Math.Min(Math.Min(3, buffer.Length), content.Length - at);
            content.AsSpan(at, count).CopyTo(buffer);
            at += count;
            return count;
        }

        public override void Write(byte[] buffer, int offset, int count) => written.Write(buffer, offset, count);

        public override void Write(ReadOnlySpan<byte> buffer) => written.Write(buffer);

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            IsDisposed = true;
            base.Dispose(disposing);
        }
    }

    /// <summary>Some bytes and then spaces for ever.</summary>
    private sealed class Endless(byte[] start) : Stream
    {
        private long at;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override int Read(Span<byte> buffer)
        {
            buffer.Fill((byte)' ');
            if (at < start.Length) start.AsSpan((int)at, Math.Min(buffer.Length, start.Length - (int)at)).CopyTo(buffer);
            at += buffer.Length;
            return buffer.Length;
        }

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
