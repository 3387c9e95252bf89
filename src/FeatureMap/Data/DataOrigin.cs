namespace FeatureMap.Data;

/// <summary>
/// Where a data set comes from. This tells which data they are, never their name: a folder of photographs may be called <c>digits</c>.
/// </summary>
public enum DataOrigin
{
    /// <summary>A program made it, or put it together from other data.</summary>
    Program,

    /// <summary>The digits inside the library.</summary>
    Embedded,

    /// <summary>
    /// A set that was asked for by its name, such as <c>mnist</c>; <see cref="SplitData.Source"/> is the folder of its files.
    /// </summary>
    Named,

    /// <summary>A folder or an archive that was given by its path, whatever it is called.</summary>
    Path,
}
