namespace FeatureMap.Cli;

/// <summary>Turns an exception into a message and an exit code.</summary>
internal static class Failure
{
    public const int Failed = 1, WrongUsage = 2;

    /// <summary>Set to 1 to see stack traces.</summary>
    public const string DebugVariable = "FEATUREMAP_DEBUG";

    public static int Report(Exception error, Terminal terminal)
    {
        // The width of the lanes is read from the environment when the type that holds it is first used.
        while (error is TypeInitializationException or AggregateException { InnerExceptions.Count: 1 } && error.InnerException is { } inner)
            error = inner;
        var debug = Environment.GetEnvironmentVariable(DebugVariable) is "1" or "true";
        switch (error)
        {
            case FeatureMapException:
                terminal.Complain(error.Message);
                break;
            case OperationCanceledException:
                terminal.Complain("Stopped.");
                break;
            case IOException or UnauthorizedAccessException:
                terminal.Complain($"A file or folder cannot be used: {error.Message}");
                break;
            case OutOfMemoryException:
                terminal.Complain("There is not enough memory for this. A smaller batch needs less: --set batch-size=32.");
                break;
            default:
                terminal.Complain($"Something unexpected went wrong ({error.GetType().Name}): {error.Message}");
                if (!debug) terminal.Error.WriteLine($"This is a fault of featuremap. Set {DebugVariable}=1 and repeat the command to see where, and please report it.");
                break;
        }
        if (debug) terminal.Error.WriteLine(error);
        return error is UsageException ? WrongUsage : Failed;
    }
}
