using System.CommandLine;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;
using FeatureMap.Mpi;
using FeatureMap.Training;
using FeatureMap.Workbench;

namespace FeatureMap.Cli;

/// <summary>
/// The tool as one of several processes that <c>mpirun</c> started: rank 0 writes and tells; what goes wrong on another one is told with
/// its rank and host.
/// </summary>
internal static class RankProgram
{
    public const string PatienceName = "--rank-patience";

    private static readonly string[] Ranked = ["train", "lab", "scale"];

    /// <summary>The option of the commands on which ranks work together.</summary>
    public static Option<string?> PatienceOption() => new(PatienceName)
    {
        Description = "With mpirun: how long a rank waits for the others before it gives up; 300 where it is left out",
        HelpName = "SECONDS",
    };

    /// <summary>Runs one command line on all ranks; returns the exit code.</summary>
    public static int Run(string[] args, MpiLaunch launch, CommandTool tool, CancellationToken cancellation)
    {
        using var output = launch.Rank == 0 ? Writer(1) : TextWriter.Null;
        using var complaints = Writer(2);
        var error = launch.Rank == 0 ? complaints : TextWriter.Null;
        if (args is [var command, ..] && !command.StartsWith('-') && !Ranked.Contains(command))
        {
            error.WriteLine($"error: The {launch.Launcher} started {launch.Ranks} processes, and '{tool.Name} {command}' is the work of "
                + $"one: all of them would do the same. Start it without mpirun. Several work together in: {string.Join(", ", Ranked)}.");
            return Failure.WrongUsage;
        }
        MpiCollective ranks;
        try
        {
            ranks = MpiCollective.Open(Patience(args))!;
        }
        catch (FeatureMapException failed)
        {
            // The ranks cannot be asked who else has found it, and it may be wrong on one machine alone: once on each, which it names.
            if (launch.IsFirstHere) complaints.WriteLine($"error: {failed.Message}");
            return Failure.Failed;
        }
        using var team = new RankTeam(ranks, ranks.Hosts, ranks.Library);
        var terminal = new Terminal(output, error, cancellation) { Tool = tool, Ranks = team, RankNotice = ProcessorNotice(args, ranks) };
        var code = Run(args, terminal, ranks, complaints);
        ranks.Dispose();
        return code;
    }

    private static int Run(string[] args, Terminal terminal, MpiCollective ranks, TextWriter complaints)
    {
        var team = terminal.Ranks!;
        try
        {
            return Program.Finish(CommandLine.Run(args, terminal), terminal);
        }
        catch (ReportedException reported)
        {
            return Abort(reported.Code);
        }
        catch (Exception error) when (!team.HasAgreed)
        {
            try
            {
                team.Agree(error);
            }
            catch (RankException lost)
            {
                return Tell(lost);
            }
            return Failure.Report(error, terminal);
        }
        catch (Exception error) when (error is TrainingException or RankException { IsOfAll: true })
        {
            return Failure.Report(error, terminal); // every rank has it, and the first one tells it
        }
        catch (Exception error)
        {
            return Tell(error);
        }

        int Tell(Exception error)
        {
            if (team.IsFirst) return Abort(Failure.Report(error, terminal));
            var text = new StringWriter();
            var code = Failure.Report(error, new Terminal(TextWriter.Null, text, CancellationToken.None));
            foreach (var line in text.ToString().TrimEnd().Split('\n'))
                complaints.WriteLine($"rank {ranks.Rank} on {Environment.MachineName}: {line.TrimEnd()}");
            return Abort(code);
        }

        // The others do not know of it, and would wait.
        int Abort(int code)
        {
            terminal.Output.Flush();
            complaints.Flush();
            team.Dispose();
            ranks.Abort(code);
            return code;
        }
    }

    // Not the console's writers: launchers give ranks a pseudo-terminal, and those would write codes of terminals to it.
    private static StreamWriter Writer(int descriptor)
    {
        if (OperatingSystem.IsWindows())
            return new(descriptor == 1 ? Console.OpenStandardOutput() : Console.OpenStandardError()) { AutoFlush = true };
        var stream = new FileStream(new SafeFileHandle(descriptor, ownsHandle: false), FileAccess.Write, bufferSize: 0);
        return new(stream, new UTF8Encoding(false)) { AutoFlush = true };
    }

    private static TimeSpan? Patience(string[] args) =>
        Array.IndexOf(args, PatienceName) is >= 0 and var at && at + 1 < args.Length
            && int.TryParse(args[at + 1], NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds > 0
            ? TimeSpan.FromSeconds(seconds) : null;

    /// <summary>Where launcher and threads do not go together: processors that nobody uses, or that several share.</summary>
    private static string? ProcessorNotice(string[] args, MpiCollective ranks)
    {
        Span<int> own = [ProcessorBinding.Own, ProcessorBinding.Machine];
        var all = new int[2 * ranks.Ranks];
        ranks.AllGather(MemoryMarshal.AsBytes(own), MemoryMarshal.AsBytes(all.AsSpan()));
        foreach (var host in ranks.Hosts.Distinct())
        {
            var here = Enumerable.Range(0, ranks.Ranks).Where(rank => ranks.Hosts[rank] == host).ToList();
            if (ProcessorBinding.Notice(host, ranks.Launch.Launcher, [.. here.Select(rank => all[2 * rank])],
                all[(2 * here[0]) + 1], args.Any(arg => arg.Contains("threads", StringComparison.Ordinal))) is { } notice)
                return notice;
        }
        return null;
    }
}

/// <summary>An error that was told already, on a rank whose others do not know of it.</summary>
internal sealed class ReportedException(int code) : Exception
{
    public int Code { get; } = code;
}
