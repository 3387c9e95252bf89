namespace FeatureMap.Ops;

/// <summary>The axes of a sample. The batch is none of them: nothing crosses from one image to another.</summary>
public enum Axis
{
    /// <summary>Across the feature planes.</summary>
    Channels,

    /// <summary>From row to row, downwards.</summary>
    Rows,

    /// <summary>From column to column, to the right.</summary>
    Columns,
}
