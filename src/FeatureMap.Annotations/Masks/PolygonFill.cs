namespace FeatureMap.Annotations;

/// <summary>
/// Makes pixels of polygons. A pixel belongs to a part where its centre does, by the even-odd rule: a line from it to the left crosses the
/// outline an odd number of times. What any part has, the thing has. A centre on the left or upper edge is inside, one on the right or
/// lower edge is not, so that two polygons with a common edge share no pixel.
/// </summary>
public static class PolygonFill
{
    /// <summary>The pixels of a thing.</summary>
    /// <param name="polygons">Its parts; each closes by itself.</param>
    /// <param name="height">Rows of the picture.</param>
    /// <param name="width">Columns of the picture.</param>
    /// <returns>Row by row, whether each pixel belongs to it.</returns>
    public static bool[] Pixels(IReadOnlyList<IReadOnlyList<PolygonPoint>> polygons, int height, int width)
    {
        ArgumentNullException.ThrowIfNull(polygons);
        var pixels = new bool[checked(height * width)];
        var crossings = new List<double>();
        foreach (var polygon in polygons)
        {
            if (polygon.Count < 3) continue;
            var top = Math.Max(0, Math.Floor(polygon.Min(point => point.Y) - 0.5));
            var bottom = Math.Min(height - 1, Math.Ceiling(polygon.Max(point => point.Y)));
            for (var y = (int)Math.Min(top, height); y <= bottom; y++)
            {
                Cross(polygon, y + 0.5, crossings);
                for (var pair = 0; pair + 1 < crossings.Count; pair += 2)
                {
                    // Centres x + 0.5 with left <= x + 0.5 < right.
                    var first = (int)Math.Clamp(Math.Ceiling(crossings[pair] - 0.5), 0, width);
                    var end = (int)Math.Clamp(Math.Ceiling(crossings[pair + 1] - 0.5), 0, width);
                    if (end > first) pixels.AsSpan((y * width) + first, end - first).Fill(true);
                }
            }
        }
        return pixels;
    }

    /// <summary>The same as runs.</summary>
    /// <param name="polygons">Its parts.</param>
    /// <param name="height">Rows of the picture.</param>
    /// <param name="width">Columns of the picture.</param>
    public static RunLengthMask Mask(IReadOnlyList<IReadOnlyList<PolygonPoint>> polygons, int height, int width) =>
        RunLengthMask.Of(height, width, Pixels(polygons, height, width));

    // Where the outline crosses a row of centres, from left to right. An edge has its upper end and not its lower one, so a corner counts
    // once.
    private static void Cross(IReadOnlyList<PolygonPoint> polygon, double y, List<double> crossings)
    {
        crossings.Clear();
        for (var at = 0; at < polygon.Count; at++)
        {
            var (a, b) = (polygon[at], polygon[at + 1 == polygon.Count ? 0 : at + 1]);
            if (a.Y > b.Y) (a, b) = (b, a);
            if (a.Y <= y && y < b.Y) crossings.Add(a.X + ((y - a.Y) / (b.Y - a.Y) * (b.X - a.X)));
        }
        crossings.Sort();
    }
}
