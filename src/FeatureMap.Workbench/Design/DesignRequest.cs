namespace FeatureMap.Workbench;

/// <summary>A network's text, and what shall be known about it.</summary>
/// <param name="Text">One line for each layer; see <see cref="Interchange.NetworkText"/>.</param>
public sealed record DesignRequest(string Text)
{
    /// <summary>Images of a batch, for memory and for the linter.</summary>
    public int Batch { get; init; } = 128;

    /// <summary>Most parameters, running statistics included; null for no limit.</summary>
    public long? ParameterBudget { get; init; }

    /// <summary>Most multiply-adds of an image; null for no limit.</summary>
    public long? MultiplyAddBudget { get; init; }

    /// <summary>Pixels of what is to be recognised, for the linter; null where it is not known.</summary>
    public int? ObjectSize { get; init; }

    /// <summary>The layer of the unit whose receptive field is asked for; null for none.</summary>
    public string? Layer { get; init; }

    /// <summary>Row and column of that unit; the middle where null.</summary>
    public (int Row, int Column)? Unit { get; init; }

    /// <summary>Told to end.</summary>
    public CancellationToken Cancellation { get; init; }
}
