using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace FeatureMap.Benchmarks.Serving;

/// <summary>
/// Callers over sockets, each with a connection of its own, that ask their next question when the last was answered. They do as little as
/// they can for that, since on the machine of the service every processor second of theirs is one that it does not have.
/// </summary>
internal sealed class Callers
{
    /// <summary>What is written when it begins to count, and when it ends to.</summary>
    public const string Begin = "begin", End = "end";

    private const int LargestAnswer = 64 * 1024;
    private readonly Uri address;
    private readonly CallersFolder given;
    private readonly byte[][] questions;
    private readonly Lock gate = new();
    private readonly List<double> milliseconds = [];
    private int refused, wrong, lost;
    private long begun, ended; // ticks between which answers count

    public Callers(Uri address, CallersFolder given)
    {
        (this.address, this.given) = (address, given);
        questions = [.. given.Files.Select(file => Question(address, file))];
    }

    /// <summary>Asks, and writes the words <see cref="Begin"/> and <see cref="End"/> in time, then what was met.</summary>
    public async Task AskAsync(int callers, TimeSpan before, TimeSpan length, TextWriter output, CancellationToken cancellation)
    {
        var now = Stopwatch.GetTimestamp();
        begun = now + (long)(before.TotalSeconds * Stopwatch.Frequency);
        ended = begun + (long)(length.TotalSeconds * Stopwatch.Frequency);
        var asking = Task.WhenAll(Enumerable.Range(0, callers).Select(caller => Task.Run(() => AskAsync(caller, callers, cancellation))));
        await Task.Delay(before, cancellation);
        await WriteAsync(output, Begin);
        await Task.Delay(length, cancellation);
        await WriteAsync(output, End);
        await asking;
        await WriteAsync(output, JsonSerializer.Serialize(new CallersReport(
            milliseconds, refused, wrong, lost, Environment.CpuUsage.TotalTime.TotalSeconds)));
    }

    private static async Task WriteAsync(TextWriter output, string line)
    {
        await output.WriteLineAsync(line);
        await output.FlushAsync();
    }

    private async Task AskAsync(int caller, int callers, CancellationToken cancellation)
    {
        var room = new byte[LargestAnswer];
        Socket? socket = null;
        for (var question = caller; Stopwatch.GetTimestamp() < ended; question += callers)
        {
            try
            {
                socket ??= await ConnectAsync(cancellation);
                var since = Stopwatch.GetTimestamp();
                var (status, text) = await AskAsync(socket, questions[question % questions.Length], room, cancellation);
                var until = Stopwatch.GetTimestamp();
                if (status == 503) await Task.Delay(20, cancellation); // who is refused asks again later
                Note(status, text, question % questions.Length, since, until);
            }
            catch (Exception error) when (error is SocketException or IOException)
            {
                socket?.Dispose();
                socket = null;
                Interlocked.Increment(ref lost);
            }
        }
        socket?.Dispose();
    }

    private void Note(int status, string text, int picture, long since, long until)
    {
        if (status is not (200 or 503)) Interlocked.Increment(ref lost);
        else if (status == 200 && !given.Truths.Any(truth => truth[picture] == text)) Interlocked.Increment(ref wrong);
        if (until < begun || until > ended) return;
        if (status == 503) Interlocked.Increment(ref refused);
        if (status != 200) return;
        lock (gate) milliseconds.Add(Stopwatch.GetElapsedTime(since, until).TotalMilliseconds);
    }

    private async Task<Socket> ConnectAsync(CancellationToken cancellation)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(address.Host, address.Port, cancellation);
        return socket;
    }

    private static async Task<(int Status, string Text)> AskAsync(
        Socket socket, byte[] question, byte[] room, CancellationToken cancellation)
    {
        for (var sent = 0; sent < question.Length;)
            sent += await socket.SendAsync(question.AsMemory(sent), cancellation);
        for (var received = 0; ;)
        {
            var more = received == room.Length ? 0 : await socket.ReceiveAsync(room.AsMemory(received), cancellation);
            if (more == 0) throw new IOException("The answer was cut, or is longer than an answer of this service.");
            received += more;
            if (Answer(room.AsSpan(0, received)) is { } answer) return answer;
        }
    }

    // "HTTP/1.1 200 OK", lines of which one has the length, an empty line, the text; null while it is not all there.
    private static (int Status, string Text)? Answer(ReadOnlySpan<byte> received)
    {
        var head = received.IndexOf("\r\n\r\n"u8);
        if (head < 0) return null;
        var lines = Encoding.ASCII.GetString(received[..head]).Split("\r\n");
        var length = lines.Select(line => line.Split(':', 2)).FirstOrDefault(line => line[0].Equals(
            "Content-Length", StringComparison.OrdinalIgnoreCase)) is [_, var digits]
            ? int.Parse(digits, CultureInfo.InvariantCulture) : throw new IOException("The answer does not say its length.");
        var body = received[(head + 4)..];
        return body.Length < length ? null
            : (int.Parse(lines[0].AsSpan(9, 3), CultureInfo.InvariantCulture), Encoding.UTF8.GetString(body[..length]));
    }

    private static byte[] Question(Uri address, byte[] file) =>
    [
        .. Encoding.ASCII.GetBytes(
            $"POST {address.AbsolutePath} HTTP/1.1\r\nHost: {address.Authority}\r\nContent-Length: {file.Length}\r\n\r\n"),
        .. file,
    ];
}

/// <summary>What callers met while it counted; wrong and lost answers of all the time.</summary>
/// <param name="Milliseconds">How long each answered question took, from asking to the answer.</param>
/// <param name="Refused">Questions answered with 503.</param>
/// <param name="Wrong">Answers that none of the models gives, to the bit.</param>
/// <param name="Lost">Questions without an answer: another status, or a cut connection.</param>
/// <param name="ProcessorSeconds">Processor time of the process from its begin to its end.</param>
internal sealed record CallersReport(List<double> Milliseconds, int Refused, int Wrong, int Lost, double ProcessorSeconds);
