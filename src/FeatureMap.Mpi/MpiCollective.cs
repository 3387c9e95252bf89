using System.Diagnostics;
using FeatureMap.Ops;
using FeatureMap.Training;

namespace FeatureMap.Mpi;

/// <summary>
/// The ranks that <c>mpirun</c> started, over the library of MPI that is on the machines: Open MPI, MPICH or one of its family. MPI moves
/// bytes and adds nothing, so the bits of a training are the same for every library, version and number of ranks.
/// </summary>
/// <example><code>
/// using var ranks = MpiCollective.Open(); // null where mpirun did not start this program
/// var run = Trainer.Fit(network, data, new TrainingOptions { Collective = ranks });
/// </code></example>
public sealed unsafe class MpiCollective : ICollective, IDisposable
{
    private static readonly long SpinTicks = Stopwatch.Frequency / 50_000; // 20 microseconds
    private static readonly long YieldTicks = Stopwatch.Frequency * 2; // 2 seconds
    private readonly MpiLibrary library;
    private bool isOver;

    private MpiCollective(MpiLibrary library, MpiLaunch launch, int rank, TimeSpan patience)
    {
        (this.library, Launch, Rank, Ranks, Patience) = (library, launch, rank, launch.Ranks, patience);
        Hosts = this.HostNames();
    }

    /// <summary>How long a rank waits for the others where nothing else is said: five minutes.</summary>
    public static TimeSpan UsualPatience { get; } = TimeSpan.FromSeconds(300);

    /// <inheritdoc/>
    public int Rank { get; }

    /// <inheritdoc/>
    public int Ranks { get; }

    /// <summary>Names of the machines, by rank.</summary>
    public IReadOnlyList<string> Hosts { get; } = [];

    /// <summary>What the library calls itself, such as <c>Open MPI v4.1.4</c>.</summary>
    public string Library => library.Version;

    /// <summary>What the launcher said.</summary>
    public MpiLaunch Launch { get; }

    /// <summary>How long a rank waits for the others before it gives up. Loading data is waited for, and writing a checkpoint.</summary>
    public TimeSpan Patience { get; }

    /// <summary>Begins MPI in this process: once in its life.</summary>
    /// <param name="patience">How long to wait for the others; <see cref="UsualPatience"/> where null.</param>
    /// <returns>The ranks; null where this process was not started by <c>mpirun</c>, or alone.</returns>
    /// <exception cref="RankException">The library is missing, or is not that of the launcher.</exception>
    public static MpiCollective? Open(TimeSpan? patience = null)
    {
        if (MpiLaunch.Current is not { Ranks: > 1 } launch) return null;
        var library = MpiLibrary.Load(launch);
        var (rank, ranks) = library.Begin();
        if (ranks != launch.Ranks)
            throw new RankException($"The {launch.Launcher} started this process on {Environment.MachineName} as one of {launch.Ranks}, "
                + $"but the library {library.File} ({library.Version}) says one of {ranks}: it is that of another MPI, and each "
                + $"process would train by itself. Start them with the mpirun of {library.Version}, or set {MpiLibrary.Variable} to the "
                + "library of the launcher.");
        return new MpiCollective(library, launch, rank, patience ?? UsualPatience);
    }

    /// <inheritdoc/>
    public void AllGather(ReadOnlySpan<byte> own, Span<byte> all)
    {
        Require((long)own.Length * Ranks == all.Length);
        fixed (byte* from = own, to = all)
            Finish(library.AllGather(from, own.Length, to));
    }

    /// <inheritdoc/>
    public void AllToAll(ReadOnlySpan<byte> own, Span<byte> all)
    {
        Require(own.Length == all.Length && own.Length % Ranks == 0);
        fixed (byte* from = own, to = all)
            Finish(library.AllToAll(from, own.Length / Ranks, to));
    }

    /// <inheritdoc/>
    public void Broadcast(Span<byte> bytes)
    {
        fixed (byte* data = bytes)
            Finish(library.Broadcast(data, bytes.Length));
    }

    /// <summary>Ends MPI, when all ranks have come so far. Not behind an error: others may wait in vain then.</summary>
    public void Dispose()
    {
        if (isOver) return;
        isOver = true;
        // A rank whose last word was a broadcast has heard from nobody since, and MPICH 4.0 over TCP then waits in MPI_Finalize for ever
        // for an answer to what is still on its way. When all have heard from all twice, nothing is.
        Span<byte> own = [0], all = stackalloc byte[Ranks];
        for (var i = 0; i < 2; i++) AllGather(own, all);
        library.End();
    }

    /// <summary>Ends the processes of all ranks at once: what is right behind an error that the others do not know of.</summary>
    /// <param name="exitCode">What the launcher gives back, where it can.</param>
    public void Abort(int exitCode)
    {
        isOver = true;
        // Where the launcher cannot be reached, this process ends all the same.
        var last = new Thread(() =>
        {
            Thread.Sleep(3000);
            Process.GetCurrentProcess().Kill();
        })
        { IsBackground = true };
        last.Start();
        library.Abort(exitCode);
    }

    // Never blocked inside of MPI: a processor that others need is given away, and a cable that was pulled is noticed.
    private void Finish(nint request)
    {
        var start = Stopwatch.GetTimestamp();
        while (!library.IsDone(ref request))
        {
            var waited = Stopwatch.GetTimestamp() - start;
            if (waited < SpinTicks) Thread.SpinWait(4);
            else if (waited < YieldTicks) Thread.Yield();
            else if (waited < Patience.TotalSeconds * Stopwatch.Frequency) Thread.Sleep(1);
            else throw Lost();
        }
    }

    private RankException Lost()
    {
        var others = Hosts.Index().Where(host => host.Index != Rank).Select(host => $"rank {host.Index} on {host.Item}");
        return new($"Rank {Rank} on {Environment.MachineName} has waited {Patience.TotalSeconds:0} seconds for the others"
            + $"{(Hosts.Count == 0 ? "" : $", {string.Join(", ", others)}")}. One of them is gone, or the network between them. Go on from "
            + "the last checkpoint, with as many ranks as there are then: the result is the same to the bit.");
    }

    private static void Require(bool holds)
    {
        if (!holds) throw new ArgumentException("The lengths do not go with the number of ranks.");
    }
}
