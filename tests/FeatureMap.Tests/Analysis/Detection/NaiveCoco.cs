using FeatureMap.Analysis;

namespace FeatureMap.Tests.Analysis;

/// <summary>
/// COCO's figures once more, as the rules read and with nothing kept: every number is found by looking at all boxes again. Precision at a
/// recall is the best of all places that reach it; a place is known by counting who stands before it.
/// </summary>
internal static class NaiveCoco
{
    public static double[] Of(IReadOnlyList<LabelledBox[]> truth, IReadOnlyList<DetectedBox[]> found, int classes) =>
    [
        Precision(truth, found, classes, 0, 0, 9), Precision(truth, found, classes, 0, 0, 0), Precision(truth, found, classes, 0, 5, 5),
        Precision(truth, found, classes, 1, 0, 9), Precision(truth, found, classes, 2, 0, 9), Precision(truth, found, classes, 3, 0, 9),
        Recall(truth, found, classes, 0, 1), Recall(truth, found, classes, 0, 10), Recall(truth, found, classes, 0, 100),
        Recall(truth, found, classes, 1, 100), Recall(truth, found, classes, 2, 100), Recall(truth, found, classes, 3, 100),
    ];

    private static double Precision(IReadOnlyList<LabelledBox[]> truth, IReadOnlyList<DetectedBox[]> found, int classes, int size,
        int first, int last)
    {
        double sum = 0;
        var count = 0;
        for (var overlap = first; overlap <= last; overlap++)
        {
            var curves = Enumerable.Range(0, classes).Select(label => Places(truth, found, label, size, 100, overlap)).ToArray();
            for (var recall = 0; recall <= 100; recall++)
                for (var label = 0; label < classes; label++)
                {
                    if (Things(truth, label, size) == 0) continue;
                    var wanted = recall == 100 ? 1 : recall * 0.01;
                    sum += curves[label].Where(place => place.Recall >= wanted).Select(place => place.Precision).DefaultIfEmpty(0).Max();
                    count++;
                }
        }
        return count == 0 ? -1 : sum / count;
    }

    private static double Recall(IReadOnlyList<LabelledBox[]> truth, IReadOnlyList<DetectedBox[]> found, int classes, int size, int most)
    {
        double sum = 0;
        var count = 0;
        for (var overlap = 0; overlap < 10; overlap++)
            for (var label = 0; label < classes; label++)
            {
                if (Things(truth, label, size) == 0) continue;
                sum += Places(truth, found, label, size, most, overlap).Select(place => place.Recall).DefaultIfEmpty(0).Max();
                count++;
            }
        return count == 0 ? -1 : sum / count;
    }

    private static int Things(IReadOnlyList<LabelledBox[]> truth, int label, int size) =>
        truth.Sum(image => image.Count(thing => thing.Class == label && !IsIgnored(thing, size)));

    private static List<(double Recall, double Precision)> Places(
        IReadOnlyList<LabelledBox[]> truth, IReadOnlyList<DetectedBox[]> found, int label, int size, int most, int overlap)
    {
        var all = new List<(double Score, bool IsRight, bool IsWrong)>();
        for (var image = 0; image < truth.Count; image++)
            all.AddRange(Judged(truth[image], found[image], label, size, most, overlap));
        var things = Things(truth, label, size);
        var places = new List<(double, double)>();
        for (var i = 0; i < all.Count; i++)
        {
            int right = 0, wrong = 0;
            for (var other = 0; other < all.Count; other++)
            {
                if (all[other].Score < all[i].Score || (all[other].Score == all[i].Score && other > i)) continue;
                if (all[other].IsRight) right++;
                if (all[other].IsWrong) wrong++;
            }
            places.Add(((double)right / things, right / (right + wrong + Math.ScaleB(1, -52))));
        }
        return places;
    }

    private static IEnumerable<(double Score, bool IsRight, bool IsWrong)> Judged(
        LabelledBox[] truth, DetectedBox[] found, int label, int size, int most, int overlap)
    {
        var things = truth.Where(thing => thing.Class == label).ToArray();
        var boxes = found.Where(box => box.Class == label).ToArray();
        var taken = new HashSet<int>();
        for (var rank = 0; rank < Math.Min(most, boxes.Length); rank++)
        {
            // The box that so many others stand before.
            var box = boxes.Where((one, i) => boxes.Where((other, j) => other.Score > one.Score || (other.Score == one.Score
                && j < i)).Count() == rank).Single();
            var least = Math.Min(overlap == 9 ? 0.95 : 0.5 + (overlap * ((0.95 - 0.5) / 9)), 1 - 1e-10);
            var free = things.Select((thing, place) => (Thing: thing, Place: place, Common: Common(thing, box)))
                .Where(one => one.Common >= least && (one.Thing.IsCrowd || !taken.Contains(one.Place))).ToArray();
            var better = free.Where(one => !IsIgnored(one.Thing, size)).ToArray();
            var chosen = (better.Length > 0 ? better : free).OrderBy(one => one.Common).ThenBy(one => one.Place).Select(one =>
                (int?)one.Place).LastOrDefault();
            if (chosen is { } place) taken.Add(place);
            var isIgnored = chosen is { } meant ? IsIgnored(things[meant], size) : IsOther(box.Box.Width * box.Box.Height, size);
            yield return (box.Score, chosen is not null && !isIgnored, chosen is null && !isIgnored);
        }
    }

    private static double Common(LabelledBox thing, DetectedBox box)
    {
        var (a, b) = (thing.Box, box.Box);
        var width = Math.Min(a.X + a.Width, b.X + b.Width) - Math.Max(a.X, b.X);
        var height = Math.Min(a.Y + a.Height, b.Y + b.Height) - Math.Max(a.Y, b.Y);
        if (width <= 0 || height <= 0) return 0;
        var common = width * height;
        return common / (thing.IsCrowd ? b.Width * b.Height : (a.Width * a.Height) + (b.Width * b.Height) - common);
    }

    private static bool IsIgnored(LabelledBox thing, int size) =>
        thing.IsCrowd || thing.IsDifficult || IsOther(thing.MaskArea ?? (thing.Box.Width * thing.Box.Height), size);

    private static bool IsOther(double area, int size) => size switch
    {
        1 => area > 1024,
        2 => area is < 1024 or > 9216,
        3 => area < 9216,
        _ => false
    };
}
