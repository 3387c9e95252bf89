namespace FeatureMap.Workbench;

/// <summary>Where a walk through a network stands: at the whole, at a layer, at a channel, or at one cell.</summary>
/// <param name="Image">The image that the network reads.</param>
public sealed record WalkRequest(TrialImage Image)
{
    /// <summary>Name of the layer; the whole network where null.</summary>
    public string? Layer { get; init; }

    /// <summary>Number of the channel; the layer where null.</summary>
    public int? Channel { get; init; }

    /// <summary>Row and column of the cell; the channel where null.</summary>
    public (int Row, int Column)? Cell { get; init; }

    /// <summary>Which page of channels is shown, from 0.</summary>
    public int Page { get; init; }

    /// <summary>Of a cell that is made of several channels: whose products are shown, from 0.</summary>
    public int Of { get; init; }

    /// <summary>Ends the work between two layers.</summary>
    public CancellationToken Cancellation { get; init; }
}
