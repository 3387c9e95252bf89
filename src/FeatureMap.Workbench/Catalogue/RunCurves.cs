namespace FeatureMap.Workbench;

/// <summary>What is made of the numbers of a log before they are drawn.</summary>
public static class RunCurves
{
    /// <summary>
    /// A running mean that forgets: s_i = w s_(i-1) + (1 - w) y_i, divided by 1 - w^i, so that it does not begin at 0 (the correction of
    /// Adam, Kingma and Ba 2015).
    /// </summary>
    /// <param name="points">Points from left to right, all finite.</param>
    /// <param name="kept">w: part of the mean before that is kept, 0 to below 1.</param>
    public static IReadOnlyList<(double X, double Y)> Smooth(IReadOnlyList<(double X, double Y)> points, double kept)
    {
        ArgumentNullException.ThrowIfNull(points);
        if (kept is not (>= 0 and < 1)) throw new
            UsageException($"What a running mean keeps is a part from 0 to below 1: received {kept}.");
        var (smooth, mean, weight) = (new (double, double)[points.Count], 0.0, 0.0);
        for (var i = 0; i < smooth.Length; i++)
        {
            mean = (kept * mean) + ((1 - kept) * points[i].Y);
            weight = (kept * weight) + (1 - kept);
            smooth[i] = (points[i].X, mean / weight);
        }
        return smooth;
    }

    /// <summary>
    /// Several runs as one line: at each place where all of them have a value, the mean, the least and the greatest.
    /// </summary>
    /// <param name="runs">The points of each run, each place once.</param>
    public static (IReadOnlyList<(double X, double Y)> Mean, IReadOnlyList<(double X, double Low, double High)> Range) Together(
        IReadOnlyList<IReadOnlyList<(double X, double Y)>> runs)
    {
        ArgumentNullException.ThrowIfNull(runs);
        var all = runs.SelectMany(run => run).GroupBy(point => point.X).Where(group => group.Count() == runs.Count).OrderBy(group =>
            group.Key)
            .Select(group => (X: group.Key, Values: group.Select(point => point.Y).ToArray())).ToList();
        return ([.. all.Select(place => (place.X, place.Values.Average()))],
            [.. all.Select(place => (place.X, place.Values.Min(), place.Values.Max()))]);
    }
}
