using FeatureMap.Mpi;

namespace FeatureMap.Cli;

/// <summary>The <c>featuremap</c> tool.</summary>
internal static class Program
{
    private static int Main(string[] args) => Start(args, CommandTool.Usual);

    /// <summary>Runs a tool in this process, at the user's terminal.</summary>
    public static int Start(string[] args, CommandTool tool)
    {
        using var stop = new StopSignals();
        if (MpiLaunch.Current is { Ranks: > 1 } launch) return RankProgram.Run(args, launch, tool, stop.Token);
        return Run(args, new Terminal(Console.Out, Console.Error, stop.Token)
        {
            IsInteractive = !Console.IsOutputRedirected && !Console.IsErrorRedirected,
            Tool = tool,
        });
    }

    /// <summary>Runs one command line in this process; returns the exit code: 0 done, 1 the work failed, 2 wrong usage.</summary>
    public static int Run(
        string[] args, TextWriter output, TextWriter error, CommandTool? tool = null, CancellationToken cancellation = default) =>
        Run(args, new Terminal(output, error, cancellation) { Tool = tool ?? CommandTool.Usual });

    private static int Run(string[] args, Terminal terminal)
    {
        int code;
        try
        {
            code = CommandLine.Run(args, terminal);
        }
        catch (Exception error)
        {
            code = Failure.Report(error, terminal);
        }
        return Finish(code, terminal);
    }

    /// <summary>Hands the output over, and says what of it was lost; the exit code that is right then.</summary>
    public static int Finish(int code, Terminal terminal)
    {
        terminal.Output.Flush();
        if (terminal.Output.Loss is not { } loss) return code;
        // The work is done, and whoever reads the output must know that it is not whole.
        terminal.Complain($"The output was not written completely: {loss}.");
        return code == 0 ? Failure.Failed : code;
    }
}
