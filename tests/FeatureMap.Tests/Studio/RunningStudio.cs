using System.Net;
using System.Net.WebSockets;
using System.Text;
using FeatureMap.Studio;
using Xunit;

namespace FeatureMap.Tests.Studio;

/// <summary>A studio in this process, on a port that is free, and a browser that knows its token.</summary>
public sealed class RunningStudio : IAsyncLifetime
{
    private StudioHost? host;

    // A connection for each question: the studio closes that of one that it has refused, and the next would break on it.
    public HttpClient Client { get; } = new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        PooledConnectionLifetime = TimeSpan.Zero,
    });

    public StudioHost Host => host!;

    public string Origin => $"http://127.0.0.1:{Host.Port}";

    public string Token => Host.Address.Query["?token=".Length..];

    public string Cookie => $"featuremap-studio-{Host.Port}={Token}";

    public async ValueTask InitializeAsync() => host = await StudioHost.StartAsync(new StudioOptions { Port = 0 });

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await Host.DisposeAsync();
    }

    /// <summary>
    /// Asks as the browser that was opened with the printed address does; an entry of <paramref name="headers"/> replaces one of these, an
    /// empty one takes it away.
    /// </summary>
    public async Task<HttpResponseMessage> Ask(string path, params (string Name, string Value)[] headers) => await Send(HttpMethod.Get,
        path, null, headers);

    public async Task<HttpResponseMessage> Send(HttpMethod method, string path, HttpContent? content, params (string Name,
        string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, Origin + path) { Content = content };
        var all = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase) { ["Cookie"] = Cookie };
        foreach (var (name, value) in headers)
            all[name] = value;
        foreach (var (name, value) in all.Where(header => header.Value.Length > 0))
            Assert.True(request.Headers.TryAddWithoutValidation(name, value), name);
        return await Client.SendAsync(request, TestContext.Current.CancellationToken);
    }

    public async Task<string> Text(string path, params (string Name, string Value)[] headers)
    {
        using var answer = await Ask(path, headers);
        return await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>A socket as a page of the studio opens it.</summary>
    public async Task<ClientWebSocket> Open(string? origin = null, string? cookie = null)
    {
        var socket = new ClientWebSocket();
        socket.Options.SetRequestHeader("Origin", origin ?? Origin);
        socket.Options.SetRequestHeader("Cookie", cookie ?? Cookie);
        socket.Options.CollectHttpResponseDetails = true;
        try
        {
            await socket.ConnectAsync(new Uri($"ws://127.0.0.1:{Host.Port}/live"), TestContext.Current.CancellationToken);
        }
        catch (WebSocketException) when (socket.HttpStatusCode != HttpStatusCode.SwitchingProtocols)
        {
            // The status says why.
        }
        return socket;
    }

    public static Task Say(ClientWebSocket socket, string text) =>
        socket.SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, true, TestContext.Current.CancellationToken);

    /// <summary>The next message, or the reason for which the socket was closed.</summary>
    public static async Task<string> Hear(ClientWebSocket socket)
    {
        using var all = new MemoryStream();
        var buffer = new byte[16 * 1024];
        while (true)
        {
            var part = await socket.ReceiveAsync(buffer, TestContext.Current.CancellationToken);
            if (part.MessageType == WebSocketMessageType.Close) return $"closed: {socket.CloseStatus}";
            all.Write(buffer, 0, part.Count);
            if (part.EndOfMessage) return Encoding.UTF8.GetString(all.ToArray());
        }
    }
}
