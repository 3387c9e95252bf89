namespace FeatureMap.Studio;

/// <summary>The program that trains: a training of the studio is a process of its own, begun as a user would begin it.</summary>
/// <param name="File">The executable.</param>
/// <param name="Before">What stands before the command, such as the path of the program for <c>dotnet</c>.</param>
public sealed record TrainingTool(string File, IReadOnlyList<string> Before)
{
    /// <summary>The name of a variable of the environment: a process that has it as <c>1</c> goes on when the terminal of the studio is
    /// closed or told to end.</summary>
    public const string DetachedVariable = "FEATUREMAP_DETACHED";
}
