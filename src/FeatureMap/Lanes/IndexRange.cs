namespace FeatureMap.Lanes;

/// <summary>Consecutive numbers of an axis: rows, channels, outputs.</summary>
/// <param name="First">The first.</param>
/// <param name="End">The one behind the last.</param>
internal readonly record struct IndexRange(int First, int End)
{
    public int Count => End - First;

    public static IndexRange All(int count) => new(0, count);

    /// <summary>The numbers of both.</summary>
    public IndexRange Intersect(IndexRange other) => new(Math.Max(First, other.First), Math.Min(End, other.End));
}
