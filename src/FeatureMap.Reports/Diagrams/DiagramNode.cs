namespace FeatureMap.Reports;

/// <summary>What a node of a diagram does, for the mark at its edge. Its words say it too.</summary>
internal enum DiagramKind
{
    /// <summary>Where the image comes in, or a constant.</summary>
    Source,

    /// <summary>Multiplies with weights.</summary>
    Weighted,

    /// <summary>Normalises.</summary>
    Norm,

    /// <summary>A function of each number.</summary>
    Function,

    /// <summary>Makes a map smaller or larger.</summary>
    Sampling,

    /// <summary>Joins several.</summary>
    Join,

    /// <summary>Anything else.</summary>
    Other,
}

/// <summary>A node of a diagram.</summary>
/// <param name="Name">Its name; the diagram shortens what does not fit.</param>
/// <param name="Aside">What stands at the right of the name, such as a shape.</param>
/// <param name="Detail">What stands below, such as an op with its settings.</param>
/// <param name="Inputs">Numbers of the nodes that it reads, all lower than its own.</param>
internal sealed record DiagramNode(string Name, string Aside, string Detail, IReadOnlyList<int> Inputs)
{
    public DiagramKind Kind { get; init; } = DiagramKind.Other;

    /// <summary>Whether it is drawn at the foot of what it reads, without an edge, where it reads that alone and alone reads it.</summary>
    public bool IsAttached { get; init; }

    /// <summary>Where it leads; null for nowhere.</summary>
    public string? Address { get; init; }

    /// <summary>Whether it is the one that the page is about.</summary>
    public bool IsCurrent { get; init; }
}
