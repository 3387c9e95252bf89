namespace FeatureMap.Ops;

/// <summary>
/// Which numbers of an image are normalised together, as an image norm's kernel walks them: sets of whole channels, or (per pixel) the numbers of all channels at
/// one place. Set s holds the numbers Start(s) + member x Area + i, for each member of its channels and i below Run.
/// </summary>
/// <param name="Channels">Channels: each has its own gamma and beta.</param>
/// <param name="Area">Numbers of a channel.</param>
/// <param name="Groups">Blocks of channels; 1 where sets are pixels.</param>
/// <param name="PerPixel">Whether every place is a set of its own.</param>
internal readonly record struct NormSets(int Channels, int Area, int Groups, bool PerPixel)
{
    /// <summary>Number of sets.</summary>
    public int Count => PerPixel ? Area : Groups;

    /// <summary>Channels of a set.</summary>
    public int Members => Channels / Groups;

    /// <summary>Numbers of one channel in a set.</summary>
    public int Run => PerPixel ? 1 : Area;

    /// <summary>Numbers of a set.</summary>
    public int Size => Members * Run;

    /// <summary>Places from one number of a set to the next.</summary>
    public int Step => PerPixel ? Area : 1;

    /// <summary>First channel of a set.</summary>
    public int FirstChannel(int set) => PerPixel ? 0 : set * Members;

    /// <summary>Place of a set's first number.</summary>
    public int Start(int set) => PerPixel ? set : set * Members * Area;
}
