namespace FeatureMap.Cli;

/// <summary>The <c>featuremap</c> tool.</summary>
internal static class Program
{
    private static int Main(string[] args)
    {
        using var stop = new StopSignals();
        return Run(args, new Terminal(Console.Out, Console.Error, stop.Token) { IsInteractive = !Console.IsOutputRedirected && !Console.IsErrorRedirected });
    }

    /// <summary>Runs one command line in this process; returns the exit code: 0 done, 1 the work failed, 2 wrong usage.</summary>
    public static int Run(string[] args, TextWriter output, TextWriter error, CancellationToken cancellation = default) =>
        Run(args, new Terminal(output, error, cancellation));

    private static int Run(string[] args, Terminal terminal)
    {
        try
        {
            return CommandLine.Run(args, terminal);
        }
        catch (Exception error)
        {
            return Failure.Report(error, terminal);
        }
        finally
        {
            terminal.Output.Flush();
        }
    }
}
