using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;

namespace FeatureMap.Interchange;

/// <summary>
/// Writes a TensorBoard event file: curves, pictures and histograms that TensorBoard shows while the training runs. A record is its length, a checksum of the length, a protobuf message
/// (tensorflow.Event) and a checksum of the message. Source: tensorflow/core/util/event.proto, summary.proto and lib/io/record_writer.cc.
/// </summary>
/// <example><code>
/// using var events = EventFile.Create("runs/mine");
/// events.Scalar("loss/validation", step: 100, 0.25);
/// events.Flush();
/// </code></example>
public sealed class EventFile : IDisposable
{
    private const string Start = "events.out.tfevents.", End = ".featuremap";
    private readonly FileStream stream;
    private readonly TimeProvider clock;

    private EventFile(string path, TimeProvider clock)
    {
        this.clock = clock;
        Location = path;
        stream = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read);
    }

    /// <summary>Full path of the file.</summary>
    public string Location { get; }

    /// <summary>Creates a file in a folder, under a name that TensorBoard looks for: <c>events.out.tfevents.SECONDS.featuremap</c>.</summary>
    /// <param name="folder">Where TensorBoard is pointed at: <c>tensorboard --logdir FOLDER</c>. It is created where it is missing.</param>
    /// <param name="resumedAt">Where a stopped training goes on: TensorBoard then hides what earlier files of the folder say about later steps.</param>
    /// <param name="clock">The time of the events; the system's where null.</param>
    /// <exception cref="DataException">The file cannot be created.</exception>
    public static EventFile Create(string folder, long? resumedAt = null, TimeProvider? clock = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        clock ??= TimeProvider.System;
        try
        {
            Directory.CreateDirectory(folder);
            var file = Open(Path.GetFullPath(folder), clock);
            file.Write(0, message => message.Text(3, "brain.Event:2"));
            // SessionLog with status START.
            if (resumedAt is { } step) file.Write(step, message => message.Message(7, log => log.Whole(1, 1)));
            return file;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new DataException($"The TensorBoard events cannot be written into {folder}: {error.Message}", error);
        }
    }

    /// <summary>A point of a curve.</summary>
    /// <param name="tag">Name of the curve; the part before a slash groups curves.</param>
    /// <param name="step">Place on the horizontal axis.</param>
    /// <param name="value">Place on the vertical axis.</param>
    public void Scalar(string tag, long step, double value) => Summary(tag, step, entry => entry.Single(2, (float)value));

    /// <summary>A picture.</summary>
    /// <param name="tag">Name.</param>
    /// <param name="step">When.</param>
    /// <param name="png">A whole PNG file.</param>
    /// <param name="shape">Channels (1, 3 or 4), height and width of the picture.</param>
    public void Image(string tag, long step, byte[] png, Shape shape)
    {
        ArgumentNullException.ThrowIfNull(png);
        Summary(tag, step, entry => entry.Message(4, image =>
        {
            image.Whole(1, shape.Height);
            image.Whole(2, shape.Width);
            image.Whole(3, shape.Channels);
            image.Bytes(4, png);
        }));
    }

    /// <summary>How numbers are distributed: buckets whose limits grow by a tenth, as TensorFlow chooses them. Numbers that are not finite are left out.</summary>
    /// <param name="tag">Name.</param>
    /// <param name="step">When.</param>
    /// <param name="values">The numbers.</param>
    public void Histogram(string tag, long step, ReadOnlySpan<float> values)
    {
        var histogram = new HistogramBuckets(values);
        if (histogram.Count == 0) return;
        Summary(tag, step, entry => entry.Message(5, histogram.Write));
    }

    /// <summary>Bytes so far.</summary>
    internal long Length => stream.Position;

    /// <summary>Hands everything over to the system, so that TensorBoard sees it.</summary>
    /// <exception cref="DataException">The disk is full: what was written since the last call may be lost.</exception>
    public void Flush()
    {
        try
        {
            stream.Flush();
        }
        catch (Exception error) when (DurableFile.IsOfDisk(error))
        {
            throw DurableFile.Failed(Location, error);
        }
    }

    /// <summary>
    /// Closes the file. It never throws, so that it cannot hide the error for which a training stops: call <see cref="Flush"/> to know that
    /// all is written.
    /// </summary>
    public void Dispose()
    {
        try
        {
            stream.Dispose();
        }
        catch (Exception error) when (DurableFile.IsOfDisk(error))
        {
            // Said in the summary; the handle is closed all the same.
        }
    }

    /// <summary>CRC-32C (Castagnoli) as records carry it: rotated and moved, because a checksum of data that holds checksums is weak.</summary>
    internal static uint MaskedChecksum(ReadOnlySpan<byte> bytes)
    {
        var checksum = uint.MaxValue;
        foreach (var value in bytes)
            checksum = BitOperations.Crc32C(checksum, value);
        return BitOperations.RotateRight(~checksum, 15) + 0xa282ead8;
    }

    // Two files within a second get names of their own. TensorBoard reads the files of a folder in the order of their names, so a clock
    // that was set back must not put a later one first.
    private static EventFile Open(string folder, TimeProvider clock)
    {
        var newest = Directory.EnumerateFiles(folder, Start + "*" + End).Select(SecondsOf).DefaultIfEmpty(-1).Max();
        for (var seconds = Math.Max(clock.GetUtcNow().ToUnixTimeSeconds(), newest + 1); ; seconds++)
        {
            var path = Path.Combine(folder, $"{Start}{seconds}{End}");
            try
            {
                return new EventFile(path, clock);
            }
            catch (IOException) when (File.Exists(path))
            {
            }
        }
    }

    private static long SecondsOf(string path) =>
        long.TryParse(Path.GetFileName(path)[Start.Length..^End.Length], NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds < uint.MaxValue ? seconds : -1;

    private void Summary(string tag, long step, Action<ProtobufWriter> value)
    {
        ArgumentException.ThrowIfNullOrEmpty(tag);
        Write(step, message => message.Message(5, summary => summary.Message(1, entry =>
        {
            entry.Text(1, tag);
            value(entry);
        })));
    }

    private void Write(long step, Action<ProtobufWriter> content)
    {
        var message = new ProtobufWriter();
        message.Double(1, clock.GetUtcNow().ToUnixTimeMilliseconds() / 1000.0);
        message.Whole(2, step);
        content(message);
        Span<byte> head = stackalloc byte[12], tail = stackalloc byte[4];
        BinaryPrimitives.WriteUInt64LittleEndian(head, (ulong)message.Written.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(head[8..], MaskedChecksum(head[..8]));
        BinaryPrimitives.WriteUInt32LittleEndian(tail, MaskedChecksum(message.Written));
        try
        {
            stream.Write(head);
            stream.Write(message.Written);
            stream.Write(tail);
        }
        catch (Exception error) when (DurableFile.IsOfDisk(error))
        {
            throw DurableFile.Failed(Location, error);
        }
    }
}
