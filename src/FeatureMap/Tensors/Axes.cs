namespace FeatureMap;

/// <summary>Axes of a sample of channels x height x width, alone or together: <c>Axes.Channels | Axes.Rows</c>. The batch is never among
/// them.</summary>
[Flags]
public enum Axes
{
    /// <summary>No axis.</summary>
    None = 0,

    /// <summary>Across the channels, at each pixel: what remains has 1 channel.</summary>
    Channels = 1,

    /// <summary>Across the rows, in each column of each channel: what remains has a height of 1.</summary>
    Rows = 2,

    /// <summary>Across the columns, in each row of each channel: what remains has a width of 1.</summary>
    Columns = 4,

    /// <summary>Across rows and columns, in each channel: what remains is a vector with one number per channel.</summary>
    Space = Rows | Columns,

    /// <summary>Across everything: what remains is one number per sample, a vector of 1.</summary>
    All = Channels | Space,
}
