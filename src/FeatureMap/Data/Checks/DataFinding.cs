namespace FeatureMap.Data;

/// <summary>What can be the matter with data.</summary>
public enum DataFindingKind
{
    /// <summary>The folders make no data set, or one for another task.</summary>
    Layout,

    /// <summary>A file that cannot be read.</summary>
    Unreadable,

    /// <summary>The same picture to learn from and to judge by.</summary>
    Leakage,

    /// <summary>The same picture in several classes.</summary>
    Contradiction,

    /// <summary>The same picture several times.</summary>
    Double,

    /// <summary>Pictures that look alike.</summary>
    NearDouble,

    /// <summary>A class with too few images to learn or to judge.</summary>
    SmallClass,

    /// <summary>Classes with very different numbers of images.</summary>
    Imbalance,

    /// <summary>A file that is not what its name says.</summary>
    Ending,

    /// <summary>Something that is said about a picture and cannot be meant: a box without area or outside of it, a size that is not its
    /// own.</summary>
    Annotation,

    /// <summary>Files that no training will read.</summary>
    PassedOver,

    /// <summary>Something odd about a picture that can be read.</summary>
    Odd,
}

/// <summary>One thing that <see cref="DataCheck"/> found.</summary>
/// <param name="Kind">What is the matter.</param>
/// <param name="IsWrong">Whether it spoils a training or its figures; otherwise it is good to know.</param>
/// <param name="Message">A sentence that says it.</param>
/// <param name="Advice">What to do.</param>
/// <param name="Files">The files, in groups where each group is one case: one file, or all that are the same.</param>
public sealed record DataFinding(DataFindingKind Kind, bool IsWrong, string Message, string Advice, IReadOnlyList<IReadOnlyList<string>> Files);
