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

/// <summary>Sizes of a shape by axis.</summary>
internal static class AxisSizes
{
    /// <summary>How many channels, rows or columns there are.</summary>
    public static int Size(this Shape shape, Axis axis) => axis switch { Axis.Channels => shape.Channels, Axis.Rows => shape.Height, _ => shape.Width };
}
