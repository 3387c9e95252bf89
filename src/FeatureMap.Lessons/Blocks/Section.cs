namespace FeatureMap.Lessons;

/// <summary>The parts of a lesson's page, in their order.</summary>
public enum Section
{
    /// <summary>What is computed, cell by cell.</summary>
    Forward,

    /// <summary>The same as a matrix product.</summary>
    Matrix,

    /// <summary>From the gradient of the output to those of inputs and weights.</summary>
    Gradient,

    /// <summary>Sizes, weights, multiply-adds, bytes.</summary>
    Cost,

    /// <summary>The same in C#.</summary>
    Code,

    /// <summary>Where it is written down: the room and the sources.</summary>
    Reference,

    /// <summary>Pitfalls, experiments, questions, challenges.</summary>
    Practice,
}

/// <summary>How the numbers of a grid or map are coloured.</summary>
public enum GridScale
{
    /// <summary>Around 0, both signs alike.</summary>
    Signed,

    /// <summary>From the smallest to the largest.</summary>
    Sequential,

    /// <summary>Whole numbers from 0 on: how often something happens.</summary>
    Count,
}

/// <summary>What is special about a cell of a grid.</summary>
[Flags]
public enum CellMarks
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Not of the image: it stands around it.</summary>
    Padding = 1,

    /// <summary>No window reads it.</summary>
    Unread = 2,

    /// <summary>A zero that was put between pixels.</summary>
    Inserted = 4,

    /// <summary>The largest of its window.</summary>
    Winner = 8,

    /// <summary>Left out: by dropout, or by a stride.</summary>
    Dropped = 16,

    /// <summary>The cell that the page is about.</summary>
    Chosen = 32,
}
