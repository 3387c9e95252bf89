using System.Buffers.Binary;
using System.Text;
using FeatureMap.Data;
using FeatureMap.Interchange;
using FeatureMap.Tests.Training;
using FeatureMap.Training;
using Xunit;

namespace FeatureMap.Tests.Interchange;

/// <summary>Event files, read back record by record with checksums.</summary>
public sealed class EventFileTests
{
    [Fact]
    public void Checksums_are_those_of_the_castagnoli_polynomial()
    {
        // RFC 3720, B.4: CRC-32C of "123456789" is e3069283, of 32 zeros 8a9136aa. The mask: rotated right by 15, plus a282ead8.
        Assert.Equal(Masked(0xe3069283), EventFile.MaskedChecksum("123456789"u8));
        Assert.Equal(Masked(0x8a9136aa), EventFile.MaskedChecksum(new byte[32]));

        static uint Masked(uint checksum) => unchecked(((checksum >> 15) | (checksum << 17)) + 0xa282ead8);
    }

    [Fact]
    public void Records_hold_what_was_written()
    {
        using var folder = new TemporaryFolder();
        string path;
        using (var events = EventFile.Create(folder["board"]))
        {
            events.Scalar("loss/training", 300, 0.125);
            events.Image("digit", 2, [1, 2, 3], new Shape(3, 4, 5));
            events.Histogram("weights", 7, [-1, 0, 0.5f, 0.5f, 2, float.NaN]);
            events.Histogram("nothing", 7, [float.NaN]);
            path = events.Location;
        }
        Assert.Matches(@"^events\.out\.tfevents\.\d+\.featuremap$", Path.GetFileName(path));
        var messages = Messages(path);
        Assert.Equal(4, messages.Count);
        Assert.Equal("brain.Event:2", Encoding.UTF8.GetString(Fields(messages[0])[3]));

        Assert.Equal(300, Varint(Fields(messages[1])[2]));
        var scalar = Value(messages[1]);
        Assert.Equal("loss/training", Encoding.UTF8.GetString(scalar[1]));
        Assert.Equal(0.125f, BinaryPrimitives.ReadSingleLittleEndian(scalar[2]));

        var image = Fields(Value(messages[2])[4]);
        Assert.Equal((4, 5, 3), (Varint(image[1]), Varint(image[2]), Varint(image[3])));
        Assert.Equal([1, 2, 3], image[4]);

        var histogram = Fields(Value(messages[3])[5]);
        Assert.Equal([-1, 2, 5, 2, 5.5], new[] { 1, 2, 3, 4, 5 }.Select(field => BinaryPrimitives.ReadDoubleLittleEndian(histogram[field])));
        double[] limits = Doubles(histogram[6]), counts = Doubles(histogram[7]);
        Assert.Equal(limits.Length, counts.Length);
        Assert.Equal(5, counts.Sum());
        Assert.Equal(limits.Order(), limits);
        // Each bucket holds what lies between its limit and the one before.
        foreach (var value in (double[])[-1, 0, 0.5, 2])
        {
            var at = Array.FindIndex(limits, limit => limit > value);
            Assert.Equal(value == 0.5 ? 2 : 1, counts[at]);
        }
    }

    [Fact]
    public void A_run_writes_events_and_a_resumed_one_says_where_it_goes_on()
    {
        using var folder = new TemporaryFolder();
        var run = RunFolder.Create(folder.Location, "test");
        var options = new TrainingOptions { Epochs = 2, BatchSize = 45, Threads = 1, Folder = run, LogEverySteps = 1 };
        Trainer.Fit(DigitsTask.Network(), DigitsTask.Data(), options);
        var file = Assert.Single(Directory.GetFiles(run.Location, "events.out.tfevents.*"));
        var tags = Messages(file).Skip(1).Select(message => Encoding.UTF8.GetString(Value(message)[1])).ToList();
        Assert.Equal(2, tags.Count(tag => tag == "loss/validation"));
        Assert.Equal(4, tags.Count(tag => tag == "step/loss"));
        Assert.Equal(3, tags.Count(tag => tag == "weights/conv1.weight"));
        Assert.Contains("images/augmented", tags);

        Trainer.Fit(DigitsTask.Network(), DigitsTask.Data(), options with { Epochs = 3, Resume = true });
        var files = Directory.GetFiles(run.Location, "events.out.tfevents.*").Order().ToList();
        Assert.Equal(2, files.Count);
        var start = Fields(Messages(files[1])[1]);
        Assert.Equal(4, Varint(start[2]));
        Assert.Equal(1, Varint(Fields(start[7])[1])); // START

        Trainer.Fit(DigitsTask.Network(), DigitsTask.Data(), options with { TensorBoard = false, Folder = RunFolder.Create(folder.Location, "quiet") });
        Assert.Equal(2, Directory.GetFiles(folder.Location, "events.out.tfevents.*", SearchOption.AllDirectories).Length);
    }

    [Fact]
    public void A_folder_that_cannot_be_is_told()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["file"], "");
        Assert.StartsWith($"The TensorBoard events cannot be written into {folder["file"]}:", Assert.Throws<DataException>(() => EventFile.Create(folder["file"])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void However_long_a_training_is_its_events_stay_small_and_evenly_spread()
    {
        const int Epochs = 20_000;
        using var folder = new TemporaryFolder();
        var run = RunFolder.Create(folder.Location, "long");
        var options = new TrainingOptions { Epochs = Epochs, BatchSize = 45, Threads = 1, LogEverySteps = 1 };
        var board = new TensorBoardListener(run.Location) { EverySteps = 1 };
        using (var job = new TrainingJob(DigitsTask.Network(), DigitsTask.Data(), options, [board]))
        {
            job.Start();
            for (var step = 1; step <= 2 * Epochs; step++)
            {
                board.Write(new StepRecord { Step = step, Epoch = (step + 1) / 2, Loss = 1, LearningRate = 0.1 });
                if (step % 2 == 0) board.Write(new EpochRecord { Epoch = step / 2, Step = step, TrainLoss = 1, ValidationLoss = 1, TrainAccuracy = 0.5, ValidationAccuracy = 0.5, LearningRate = 0.1, Seconds = 1, TotalSeconds = 1, ImagesPerSecond = 1, AugmentationShare = 0 });
            }
        }
        var file = Assert.Single(Directory.GetFiles(run.Location, "events.out.tfevents.*"));
        Assert.InRange(new FileInfo(file).Length, 1_000_000, 22_000_000);
        var rows = Messages(file).Skip(1).Select(message => (Tag: Encoding.UTF8.GetString(Value(message)[1]), Step: Fields(message).TryGetValue(2, out var step) ? Varint(step) : 0)).ToLookup(row => row.Tag, row => row.Step);
        Assert.Equal(Enumerable.Range(1, 10_000).Select(row => 4L * row), rows["step/loss"]);
        Assert.Equal(Enumerable.Range(1, 2_000).Select(row => 20L * row), rows["loss/validation"]);
        Assert.InRange(rows["weights/conv1.weight"].Count(), 100, 5_000);
        Assert.Equal(2 * Epochs, rows["weights/conv1.weight"].Last());
    }

    [Fact]
    public void A_clock_that_was_set_back_puts_no_later_file_first()
    {
        using var folder = new TemporaryFolder();
        var clock = new SetClock { Now = new DateTimeOffset(2026, 6, 1, 12, 0, 0, TimeSpan.Zero) };
        EventFile.Create(folder.Location, clock: clock).Dispose();
        clock.Now = clock.Now.AddYears(-3);
        using var later = EventFile.Create(folder.Location, resumedAt: 5, clock: clock);
        Assert.Equal(folder.Files.Last(), Path.GetFileName(later.Location));
    }

    private sealed class SetClock : TimeProvider
    {
        public DateTimeOffset Now { get; set; }

        public override DateTimeOffset GetUtcNow() => Now;
    }

    /// <summary>The messages of a file; every checksum is checked.</summary>
    private static List<byte[]> Messages(string path)
    {
        ReadOnlySpan<byte> rest = File.ReadAllBytes(path);
        var messages = new List<byte[]>();
        while (!rest.IsEmpty)
        {
            var length = (int)BinaryPrimitives.ReadUInt64LittleEndian(rest);
            Assert.Equal(EventFile.MaskedChecksum(rest[..8]), BinaryPrimitives.ReadUInt32LittleEndian(rest[8..]));
            var message = rest.Slice(12, length);
            Assert.Equal(EventFile.MaskedChecksum(message), BinaryPrimitives.ReadUInt32LittleEndian(rest[(12 + length)..]));
            messages.Add(message.ToArray());
            rest = rest[(16 + length)..];
        }
        return messages;
    }

    private static Dictionary<int, byte[]> Value(byte[] message) => Fields(Fields(Fields(message)[5])[1]);

    private static double[] Doubles(byte[] packed) => [.. packed.Chunk(8).Select(bytes => BinaryPrimitives.ReadDoubleLittleEndian(bytes))];

    private static long Varint(byte[] bytes) => bytes.Select((value, i) => (long)(value & 0x7f) << (7 * i)).Sum();

    /// <summary>The fields of a protobuf message, each as its bytes: a small reader apart from the one under test.</summary>
    private static Dictionary<int, byte[]> Fields(byte[] message)
    {
        var fields = new Dictionary<int, byte[]>();
        for (var at = 0; at < message.Length;)
        {
            var key = Next();
            var end = (key & 7) switch { 0 => at + Array.FindIndex(message[at..], value => value < 0x80) + 1, 1 => at + 8, 5 => at + 4, _ => (int)Next() + at };
            fields[(int)(key >> 3)] = message[at..end];
            at = end;

            long Next()
            {
                var value = 0L;
                for (var shift = 0; ; shift += 7)
                {
                    var part = message[at++];
                    value |= (long)(part & 0x7f) << shift;
                    if (part < 0x80) return value;
                }
            }
        }
        return fields;
    }
}
