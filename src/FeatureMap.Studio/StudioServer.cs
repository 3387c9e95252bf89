using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.AspNetCore.WebSockets;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace FeatureMap.Studio;

/// <summary>
/// Kestrel on 127.0.0.1 and which address is answered by what. It is the server alone: the generic host, its configuration, its services
/// and its routing would do nothing here, and would be loaded before the address is printed.
/// </summary>
internal sealed class StudioServer : IHttpApplication<HttpContext>, IAsyncDisposable
{
    private readonly CancellationTokenSource stopping = new();
    private readonly KestrelServer server;
    private readonly Gate gate;
    private readonly StudioRooms rooms;
    private readonly RequestDelegate behindGate;

    public StudioServer(int port, Gate gate, StudioRooms rooms)
    {
        (this.gate, this.rooms) = (gate, rooms);
        var options = new KestrelServerOptions { AddServerHeader = false };
        options.Limits.MaxRequestBodySize = 64 * 1024;
        options.Limits.MaxRequestLineSize = 16 * 1024;
        options.Limits.MaxRequestHeadersTotalSize = 32 * 1024;
        options.Limits.MaxConcurrentConnections = 256;
        options.Limits.MaxConcurrentUpgradedConnections = 64;
        options.Listen(IPAddress.Loopback, port, listen => listen.Protocols = HttpProtocols.Http1);
        var sockets = new SocketTransportFactory(Options.Create(new SocketTransportOptions()), NullLoggerFactory.Instance);
        server = new KestrelServer(Options.Create(options), sockets, NullLoggerFactory.Instance);
        behindGate = new WebSocketMiddleware(Route, Options.Create(new WebSocketOptions { KeepAliveInterval = TimeSpan.FromSeconds(20) }),
            NullLoggerFactory.Instance).Invoke;
    }

    /// <summary>The port that it listens on, once it was started.</summary>
    public int Port => new Uri(server.Features.Get<IServerAddressesFeature>()!.Addresses.Single()).Port;

    /// <summary>Listens.</summary>
    /// <exception cref="IOException">The port is taken.</exception>
    public Task StartAsync(CancellationToken cancellation) => server.StartAsync(this, cancellation);

    /// <summary>Ends sockets and connections; those that have not ended when the limit is over are cut.</summary>
    public async Task StopAsync(CancellationToken limit)
    {
        await stopping.CancelAsync();
        await server.StopAsync(limit);
    }

    public ValueTask DisposeAsync()
    {
        server.Dispose();
        stopping.Dispose();
        return ValueTask.CompletedTask;
    }

    HttpContext IHttpApplication<HttpContext>.CreateContext(IFeatureCollection contextFeatures) => new DefaultHttpContext(contextFeatures);

    Task IHttpApplication<HttpContext>.ProcessRequestAsync(HttpContext context) => gate.Pass(context, behindGate);

    void IHttpApplication<HttpContext>.DisposeContext(HttpContext context, Exception? exception)
    {
        // Nothing is kept between two questions.
    }

    private Task Route(HttpContext context)
    {
        var isRead = HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsHead(context.Request.Method);
        return (context.Request.Path.Value ?? "").Split('/') switch
        {
            [_, "live"] when isRead => new LiveSocket(rooms.Desk, rooms.Hub, stopping.Token).Serve(context),
            [_, "assets", var name] when isRead => Assets.Send(context, name),
            [_, "images", var id] when isRead => ImageAnswer.Send(context, rooms.Images, id),
            [_, "exports", var id] when isRead => rooms.Exports.Send(context, id),
            [_, "api", ..] when !isRead => rooms.Api.Serve(context),
            _ => rooms.Desk.Serve(context),
        };
    }
}
