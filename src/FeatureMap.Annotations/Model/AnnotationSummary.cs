namespace FeatureMap.Annotations;

/// <summary>What one part of a set has.</summary>
/// <param name="Split">The part; empty where the set has none.</param>
/// <param name="Pictures">Pictures.</param>
/// <param name="Things">Things of each class, by its number.</param>
/// <param name="Crowds">Things that mark many at once.</param>
/// <param name="Difficult">Things that are hard to see.</param>
/// <param name="Outlined">Things with an outline or a mask.</param>
/// <param name="Empty">Pictures without a thing, by their paths.</param>
public sealed record SplitSummary(
    string Split, int Pictures, IReadOnlyList<int> Things, int Crowds, int Difficult, int Outlined, IReadOnlyList<string> Empty);

/// <summary>The counts of a set, part by part.</summary>
/// <param name="Splits">The parts in the order train, val, test.</param>
/// <param name="PicturesOfClass">In how many pictures each class is.</param>
/// <param name="MedianSide">The median of the root of a box's area, for each class; 0 where it has none.</param>
public sealed record AnnotationSummary(IReadOnlyList<SplitSummary> Splits, IReadOnlyList<int> PicturesOfClass,
    IReadOnlyList<double> MedianSide)
{
    /// <summary>Counts.</summary>
    public static AnnotationSummary Of(AnnotatedSet set)
    {
        ArgumentNullException.ThrowIfNull(set);
        var splits = set.Splits.Select(split =>
        {
            var pictures = set.Pictures.Where(picture => picture.Split == split).ToArray();
            var things = pictures.SelectMany(picture => picture.Things).ToArray();
            return new SplitSummary(
                split, pictures.Length, [.. set.ClassNames.Select((_, number) => things.Count(thing => thing.Class == number))],
                    things.Count(thing => thing.IsCrowd),
                things.Count(thing => thing.IsDifficult), things.Count(thing => thing.Polygons.Count > 0 || thing.Mask is not null),
                [.. pictures.Where(picture => picture.Things.Count == 0).Select(picture => picture.File)]);
        });
        var ofClass = new int[set.ClassNames.Count];
        var sides = set.ClassNames.Select(_ => new List<double>()).ToArray();
        foreach (var picture in set.Pictures)
        {
            foreach (var number in picture.Things.Select(thing => thing.Class).Distinct())
                ofClass[number]++;
            foreach (var thing in picture.Things)
                sides[thing.Class].Add(Math.Sqrt(thing.Box.Area));
        }
        return new([.. splits], ofClass, [.. sides.Select(Median)]);
    }

    private static double Median(List<double> values)
    {
        if (values.Count == 0) return 0;
        values.Sort();
        return values[values.Count / 2];
    }
}
