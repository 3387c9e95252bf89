using FeatureMap.Lessons;

namespace FeatureMap.Tests.Lessons;

/// <summary>C times the sum of n squared; bins floor(i a / n) to ceil((i + 1) a / n).</summary>
internal sealed class PyramidOracle : LessonOracle
{
    public override string Id => "pyramid";

    public override void Check(LessonState state, LessonPage page)
    {
        var (image, levels, isMean, dy) = (GridOf(page, "input"), List(state, "levels"), Text(state, "average") == "true",
            page.Numbers("gradient"));
        Same(page, "length", [image.Channels * levels.Sum(level => level * level)]);
        var (expected, dx) = (new List<double>(), new double[image.Values.Count]);
        foreach (var level in levels)
            for (var bin = 0; bin < image.Channels * level * level; bin++)
            {
                var (channel, row, column) = (bin / (level * level), bin / level % level, bin % level);
                var pixels = (from y in Bin(row, image.Rows, level)
                              from x in Bin(column, image.Columns,
                    level)
                              select (((channel * image.Rows) + y) * image.Columns) + x).ToList();
                var counted = isMean ? pixels : [pixels.First(pixel => image.Values[pixel] == pixels.Max(other => image.Values[other]))];
                foreach (var pixel in counted)
                    dx[pixel] += dy[expected.Count] / counted.Count;
                expected.Add(counted.Average(pixel => image.Values[pixel]));
            }
        Close(page, "output", expected);
        Close(page, "dx", dx);
        Holds(page, "too-fine", levels.Any(level => level > image.Rows || level > image.Columns));
        Holds(page, "average", isMean);
        Holds(page, "paper-differs", levels.Any(level => Windows(image.Rows, level) != level));
    }

    // Windows of the paper's size and stride, placed one after the other.
    private static int Windows(int rows, int level)
    {
        var (window, step, count) = ((rows + level - 1) / level, rows / level, 0);
        for (var start = 0; step > 0 && start + window <= rows; start += step)
            count++;
        return count;
    }

    private static IEnumerable<int> Bin(int i, int size, int count)
    {
        var first = i * size / count;
        return Enumerable.Range(first, ((((i + 1) * size) + count - 1) / count) - first);
    }
}
