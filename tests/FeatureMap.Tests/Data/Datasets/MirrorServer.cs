using System.Net;
using System.Net.Sockets;
using System.Text;

namespace FeatureMap.Tests.Data;

/// <summary>A small HTTP server on this machine that can misbehave: it cuts, stalls, lies or refuses as the test asks.</summary>
internal sealed class MirrorServer : IDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource stop = new();
    private readonly Func<string, long?, int, Answer> answer;
    private readonly List<string> requests = [];

    /// <summary>The function gets the file name, the start of the asked range and the number of the request, from 0.</summary>
    public MirrorServer(Func<string, long?, int, Answer> answer)
    {
        this.answer = answer;
        listener.Start();
        _ = Task.Run(ServeAsync);
    }

    public Uri Address => new($"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}/data");

    /// <summary>What was asked for, as <c>file</c> or <c>file@start</c>.</summary>
    public string[] Requests
    {
        get
        {
            lock (requests) return [.. requests];
        }
    }

    /// <summary>A server of these files that honours ranges.</summary>
    public static MirrorServer Of(params byte[][] files) => new((name, start, _) => Honest(files[Array.IndexOf(Idx.Names, name)], start));

    public static Answer Honest(byte[] file, long? start) => start >= file.Length ? new(416, []) : new(start is null ? 200 : 206, file, start ?? 0);

    public void Dispose()
    {
        stop.Cancel();
        listener.Stop();
    }

    private async Task ServeAsync()
    {
        try
        {
            while (true)
            {
                var client = await listener.AcceptTcpClientAsync(stop.Token);
                _ = Task.Run(() => TalkAsync(client));
            }
        }
        catch (Exception error) when (error is OperationCanceledException or SocketException or ObjectDisposedException)
        {
        }
    }

    private async Task TalkAsync(TcpClient client)
    {
        try
        {
            using var connection = client;
            await using var stream = client.GetStream();
            using var reader = new StreamReader(stream, Encoding.ASCII, leaveOpen: true);
            var name = (await reader.ReadLineAsync(stop.Token))!.Split(' ')[1].Split('/')[^1];
            long? start = null;
            while (await reader.ReadLineAsync(stop.Token) is { Length: > 0 } line)
            {
                if (line.StartsWith("Range: bytes=", StringComparison.OrdinalIgnoreCase)) start = long.Parse(line["Range: bytes=".Length..^1]);
            }
            int number;
            lock (requests)
            {
                number = requests.Count;
                requests.Add(start is null ? name : $"{name}@{start}");
            }
            var reply = answer(name, start, number);
            if (reply.Status == 0) await Task.Delay(Timeout.Infinite, stop.Token);
            var body = reply.File.AsMemory((int)reply.Start);
            var head = $"HTTP/1.1 {reply.Status} X\r\nConnection: close\r\nContent-Length: {body.Length}\r\n"
                + (reply.Status == 206 ? $"Content-Range: bytes {reply.Start}-{reply.File.Length - 1}/{reply.File.Length}\r\n" : "") + "\r\n";
            await stream.WriteAsync(Encoding.ASCII.GetBytes(head), stop.Token);
            await stream.WriteAsync(body[..(int)Math.Min(body.Length, reply.CutAfter)], stop.Token);
            await stream.FlushAsync(stop.Token);
            if (reply.Stall) await Task.Delay(Timeout.Infinite, stop.Token);
        }
        catch (Exception error) when (error is OperationCanceledException or IOException or ObjectDisposedException)
        {
        }
    }
}

/// <summary>What the server does: the status (0: nothing at all), the file from a start, cut after some bytes, then closed or left standing.</summary>
internal sealed record Answer(int Status, byte[] File, long Start = 0, int CutAfter = int.MaxValue, bool Stall = false);
