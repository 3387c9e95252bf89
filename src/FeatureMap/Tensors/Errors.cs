namespace FeatureMap;

/// <summary>
/// The base of every error that FeatureMap raises on purpose. The message teaches: where, what was received, what was expected,
/// the arithmetic, and the fix. The command line prints it alone and ends with exit code 1 (2 for <see cref="UsageException"/>).
/// </summary>
public class FeatureMapException : Exception
{
    /// <summary>Creates the error with its teaching message and, where there is one, its cause.</summary>
    public FeatureMapException(string message, Exception? innerException = null) : base(message, innerException) { }
}

/// <summary>Shapes that do not fit each other: the message names the layer, the shapes, the arithmetic and the fix.</summary>
public sealed class ShapeException : FeatureMapException
{
    /// <summary>Creates the error.</summary>
    public ShapeException(string message, Exception? innerException = null) : base(message, innerException) { }
}

/// <summary>A file or data set that is missing, broken or of the wrong kind: the message names the file and the place in it.</summary>
public sealed class DataException : FeatureMapException
{
    /// <summary>Creates the error.</summary>
    public DataException(string message, Exception? innerException = null) : base(message, innerException) { }
}

/// <summary>A name, an option or a value that the user wrote and that cannot be meant so; the nearest valid one is suggested.</summary>
public sealed class UsageException : FeatureMapException
{
    /// <summary>Creates the error.</summary>
    public UsageException(string message, Exception? innerException = null) : base(message, innerException) { }
}

/// <summary>Training that cannot go on, such as a loss that is no longer a number: the message names the step and the layer.</summary>
public sealed class TrainingException : FeatureMapException
{
    /// <summary>Creates the error.</summary>
    public TrainingException(string message, Exception? innerException = null) : base(message, innerException) { }
}

/// <summary>
/// Ranks of one training that cannot go on together: one does not answer, or they were begun with different things. The message names the
/// ranks and their hosts.
/// </summary>
public sealed class RankException : FeatureMapException
{
    /// <summary>Creates the error.</summary>
    public RankException(string message, Exception? innerException = null) : base(message, innerException) { }

    /// <summary>Whether every rank has thrown it, with the same message, at the same place: then one of them may tell it for all.</summary>
    public bool IsOfAll { get; init; }
}
