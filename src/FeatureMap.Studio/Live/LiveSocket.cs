using System.Buffers;
using System.Net.WebSockets;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace FeatureMap.Studio;

/// <summary>
/// The socket of one tab. The client sends <c>{"ask": number, "path": address}</c> and gets <c>{"answer": number, "html": part}</c> or
/// <c>{"answer": number, "problem": {...}}</c>: one
/// answer for each question, in the order in which they are done. A newer question for the same page cancels the older one, which is
/// answered by a problem with status 409; where too many are on their way, the next is read when one of them is done, so that none is
/// refused: the last one is what the reader wants to see. <c>{"watch": [topic], "after": {topic: number}}</c> asks for what happens
/// (<see cref="Hub"/>), <c>{"drop": [topic]}</c> for no more of it; it comes as <c>{"topic", "seq", "event", "data"}</c>, or as
/// <c>{"lost": topic}</c> where the tab was too far behind.
/// </summary>
[System.Diagnostics.CodeAnalysis.SuppressMessage("Design", "CA1001", Justification = "Nobody asks the semaphore for a handle, so it holds nothing to give back.")]
internal sealed class LiveSocket(Desk desk, Hub hub, CancellationToken stopping)
{
    private const int LargestMessage = 64 * 1024, LargestAnswer = 4 * 1024 * 1024, MostOpen = 16;

    private readonly SemaphoreSlim sending = new(1);
    private readonly SemaphoreSlim places = new(MostOpen);
    private readonly Dictionary<string, CancellationTokenSource> open = [];
    private readonly Watching watching = new(hub);

    public async Task Serve(HttpContext context)
    {
        if (!context.WebSockets.IsWebSocketRequest)
        {
            await new Problem(StatusCodes.Status400BadRequest, "Not a socket",
                "This address is for a WebSocket.")
            { Where = "/live" }.Send(context);
            return;
        }
        using var socket = await context.WebSockets.AcceptWebSocketAsync();
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(stopping, context.RequestAborted);
        var telling = Tell(socket, ended.Token);
        try
        {
            await Listen(socket, ended.Token);
        }
        catch (Exception error) when (error is WebSocketException or OperationCanceledException or IOException)
        {
            // The tab is closed, or the studio ends.
        }
        finally
        {
            watching.End();
            await ended.CancelAsync();
            await telling;
        }
    }

    private async Task Tell(WebSocket socket, CancellationToken ended)
    {
        try
        {
            while (true) await Send(socket, await watching.Next(ended), ended);
        }
        catch (Exception error) when (error is WebSocketException or OperationCanceledException or IOException or ObjectDisposedException)
        {
            // The tab is closed.
        }
    }

    private async Task Listen(WebSocket socket, CancellationToken ended)
    {
        var message = new ArrayBufferWriter<byte>(4096);
        while (socket.State == WebSocketState.Open)
        {
            var part = await socket.ReceiveAsync(message.GetMemory(4096), ended);
            if (part.MessageType == WebSocketMessageType.Close)
            {
                await Close(socket, WebSocketCloseStatus.NormalClosure, "", ended);
                return;
            }
            message.Advance(part.Count);
            if (message.WrittenCount > LargestMessage || part.MessageType != WebSocketMessageType.Text)
            {
                var isLarge = message.WrittenCount > LargestMessage;
                await Close(socket, isLarge ? WebSocketCloseStatus.MessageTooBig : WebSocketCloseStatus.InvalidMessageType,
                    isLarge ? $"a message has at most {LargestMessage} bytes" : "messages are text", ended);
                return;
            }
            if (!part.EndOfMessage) continue;
            var (question, topics) = (Question.Read(message.WrittenSpan), Topics.Read(message.WrittenSpan));
            message.ResetWrittenCount();
            if (topics is not null)
            {
                watching.Drop(topics.Dropped);
                foreach (var told in watching.Watch(topics.Watched, topics.After)) await Send(socket, told, ended);
            }
            else if (question is null)
                await Send(socket, null, new Problem(StatusCodes.Status400BadRequest, "Not a question",
                    "A message is a question of the studio.")
                {
                    Where = "message",
                    Expected = """{"ask": number, "path": "/learn/..."}, {"watch": [topic], "after": {topic: number}}, """
                        + """{"drop": [topic]}""",
                }, ended);
            else
            {
                await places.WaitAsync(ended);
                _ = Answer(socket, question, ended);
            }
        }
    }

    private async Task Answer(WebSocket socket, Question question, CancellationToken ended)
    {
        var page = question.Path.Split('?')[0];
        using var cancellation = CancellationTokenSource.CreateLinkedTokenSource(ended);
        try
        {
            lock (open)
            {
                if (open.TryGetValue(page, out var older)) older.Cancel();
                open[page] = cancellation;
            }
            var answer = await desk.Answer(question.Path, wantsJson: false, wantsPage: false, cancellation.Token);
            await Send(socket, question, answer, ended);
        }
        catch (OperationCanceledException) when (!ended.IsCancellationRequested)
        {
            await Send(socket, question, new Problem(StatusCodes.Status409Conflict, "Superseded",
                "A newer question for the same page came in between."), ended);
        }
        catch (Exception error) when (error is WebSocketException or OperationCanceledException or IOException or ObjectDisposedException)
        {
            // The tab is closed: nobody waits for the answer.
        }
        finally
        {
            lock (open)
            {
                if (open.TryGetValue(page, out var own) && own == cancellation) open.Remove(page);
            }
            places.Release();
        }
    }

    private Task Send(WebSocket socket, Question question, PageAnswer answer, CancellationToken ended)
    {
        var json = new JsonObject { ["answer"] = question.Number };
        if (answer.Status == StatusCodes.Status200OK)
        {
            json["html"] = answer.Body;
            if (answer.Cuts.Count > 0) json["cuts"] = new JsonArray([.. answer.Cuts.Select(cut => JsonValue.Create(cut))]);
        }
        else json["problem"] = answer.Type.EndsWith("json", StringComparison.Ordinal) ? JsonNode.Parse(answer.Body)
            : Problem.NotFound(question.Path).ToJson();
        return Send(socket, json, ended);
    }

    private Task Send(WebSocket socket, Question? question, Problem problem, CancellationToken ended) =>
        Send(socket, new JsonObject { ["answer"] = question?.Number, ["problem"] = problem.ToJson() }, ended);

    private async Task Send(WebSocket socket, JsonObject json, CancellationToken ended)
    {
        var bytes = JsonSerializer.SerializeToUtf8Bytes(json, Problem.JsonOptions);
        if (bytes.Length > LargestAnswer)
        {
            json.Remove("html");
            json.Remove("cuts");
            json["problem"] = new Problem(StatusCodes.Status413PayloadTooLarge, "Too large",
                "The part is larger than the socket sends.")
            { Fix = "Make the input smaller." }.ToJson();
            bytes = JsonSerializer.SerializeToUtf8Bytes(json, Problem.JsonOptions);
        }
        // A socket takes one message at a time; who waits here is held back by a slow tab.
        await sending.WaitAsync(ended);
        try
        {
            await socket.SendAsync(bytes, WebSocketMessageType.Text, endOfMessage: true, ended);
        }
        finally
        {
            sending.Release();
        }
    }

    private async Task Close(WebSocket socket, WebSocketCloseStatus status, string reason, CancellationToken ended)
    {
        await sending.WaitAsync(ended);
        try
        {
            await socket.CloseOutputAsync(status, reason, ended);
        }
        finally
        {
            sending.Release();
        }
    }

    private sealed record Question(long Number, string Path)
    {
        /// <summary>Null for what is none.</summary>
        public static Question? Read(ReadOnlySpan<byte> utf8)
        {
            try
            {
                var reader = new Utf8JsonReader(utf8, new JsonReaderOptions { MaxDepth = 8 });
                using var document = JsonDocument.ParseValue(ref reader);
                var root = document.RootElement;
                return root.ValueKind == JsonValueKind.Object && root.TryGetProperty("ask", out var ask)
                    && ask.ValueKind == JsonValueKind.Number
                    && ask.TryGetInt64(out var number) && root.TryGetProperty("path", out var path)
                        && path.ValueKind == JsonValueKind.String && !reader.Read()
                    ? new Question(number, path.GetString()!)
                    : null;
            }
            catch (Exception error) when (error is JsonException or InvalidOperationException)
            {
                return null; // no JSON, or text that is not UTF-8
            }
        }
    }
}
