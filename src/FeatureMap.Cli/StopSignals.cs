using System.Runtime.InteropServices;
using FeatureMap.Studio;

namespace FeatureMap.Cli;

/// <summary>Ctrl-C, a request to terminate and a closed terminal: the first one asks the work to stop, the second ends the process at once.</summary>
internal sealed class StopSignals : IDisposable
{
    private readonly CancellationTokenSource source = new();
    private readonly List<PosixSignalRegistration> registrations = [];

    public StopSignals()
    {
        // A training of the studio goes on when the terminal of the studio is interrupted or closed; a request to terminate is its own.
        var isDetached = Environment.GetEnvironmentVariable(TrainingTool.DetachedVariable) == "1";
        foreach (var signal in (ReadOnlySpan<PosixSignal>)[PosixSignal.SIGINT, PosixSignal.SIGHUP])
            registrations.Add(PosixSignalRegistration.Create(signal, isDetached ? context => context.Cancel = true : OnSignal));
        registrations.Add(PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal));
    }

    public CancellationToken Token => source.Token;

    public void Dispose()
    {
        foreach (var registration in registrations)
            registration.Dispose();
        source.Dispose();
    }

    // What is not marked as cancelled goes on to the system's own handling, which ends the process.
    private void OnSignal(PosixSignalContext context)
    {
        if (source.IsCancellationRequested) return;
        context.Cancel = true;
        source.Cancel();
    }
}
