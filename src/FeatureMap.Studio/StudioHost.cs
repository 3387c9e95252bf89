using FeatureMap.Lessons;
using FeatureMap.Workbench;
using Microsoft.AspNetCore.Connections;

namespace FeatureMap.Studio;

/// <summary>
/// The studio as a web server of this machine: pages of the lessons, computed by the engine for each address that is asked for. It listens
/// on 127.0.0.1 alone and answers only those who know the token of <see cref="Address"/>; it loads nothing from elsewhere. What it writes
/// are networks that somebody keeps in the project by name, and runs: it begins trainings as processes of their own and keeps notes about
/// them.
/// </summary>
/// <example><code>
/// await using var studio = await StudioHost.StartAsync(new StudioOptions { Port = 0 });
/// Console.WriteLine(studio.Address);
/// </code></example>
public sealed class StudioHost : IAsyncDisposable
{
    private readonly StudioServer server;
    private readonly StudioRooms rooms;

    private StudioHost(StudioServer server, StudioRooms rooms, int port, string token)
    {
        (this.server, this.rooms) = (server, rooms);
        Port = port;
        Address = new Uri($"http://127.0.0.1:{port}/?{Gate.TokenName}={token}");
    }

    /// <summary>The port that the studio listens on.</summary>
    public int Port { get; }

    /// <summary>
    /// The address to open, with the token of this start in it. The first visit changes it for a cookie and takes it out of the address.
    /// </summary>
    public Uri Address { get; }

    /// <summary>The names of the runs that train now, and of the labs that run: the end of the studio leaves them alone.</summary>
    public IReadOnlyList<string> RunningRuns => [.. rooms.LabCatalogue.Labs.Where(lab => lab.State == RunState.Running).Select(lab =>
        lab.Name),
        .. rooms.Catalogue.Runs.Where(run => run.State == RunState.Running).Select(run => run.Name)];

    /// <summary>Starts a studio, which answers when the task is done.</summary>
    /// <exception cref="UsageException">The port is none, or is taken.</exception>
    public static async Task<StudioHost> StartAsync(StudioOptions? options = null, CancellationToken cancellation = default)
    {
        options ??= new StudioOptions();
        if (options.Port is < 0 or > 65_535)
            throw new UsageException($"StudioOptions.Port is a whole number from 0 to 65,535, 0 for any port that is free: received {options.Port}.");
        var gate = new Gate();
        WarmUp();
        var rooms = new StudioRooms(options);
        var server = new StudioServer(options.Port, gate, rooms);
        try
        {
            await server.StartAsync(cancellation);
        }
        catch (IOException error) when (error.InnerException is AddressInUseException)
        {
            await server.DisposeAsync();
            throw new UsageException(
                $"Port {options.Port} of 127.0.0.1 is taken, perhaps by a studio that runs already. Choose another one, or 0 for any that is free, with StudioOptions.Port.", error);
        }
        catch (Exception error) when (error is System.Net.Sockets.SocketException or IOException)
        {
            await server.DisposeAsync();
            throw new UsageException($"The studio cannot listen on port {options.Port} of 127.0.0.1: {error.Message} Choose another one with StudioOptions.Port.", error);
        }
        gate.Port = server.Port;
        return new StudioHost(server, rooms, gate.Port, gate.Token);
    }

    /// <summary>Waits until the studio is asked to end.</summary>
    public static async Task WaitAsync(CancellationToken cancellation)
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = cancellation.Register(ended.SetResult);
        await ended.Task;
    }

    /// <summary>Ends the studio: open connections are closed within a second.</summary>
    public async ValueTask DisposeAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        try
        {
            await server.StopAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            // A connection that did not end in time is cut.
        }
        await server.DisposeAsync();
        await rooms.DisposeAsync();
    }

    // The first page is compiled, which takes most of a second, beside the start of the server and of the browser.
    private static void WarmUp() => new Thread(() => LessonHtml.Page(Lesson.All[0].Open()))
    { IsBackground = true, Priority = ThreadPriority.BelowNormal }.Start();
}
