namespace FeatureMap.Analysis;

/// <summary>
/// The boxes of one class in all images, from the surest down, each right or wrong by the rules of VOC: it means the thing that it overlaps
/// most, even if that is taken. What is neither right nor wrong is left out.
/// </summary>
internal sealed class BoxMatches
{
    private BoxMatches(int things, List<bool> isRight, List<double> scores) => (Things, IsRight, Scores) = (things, isRight, scores);

    /// <summary>Things that were to be found.</summary>
    public int Things { get; }

    /// <summary>Whether each box is right, the surest first.</summary>
    public IReadOnlyList<bool> IsRight { get; }

    /// <summary>How sure each is.</summary>
    public IReadOnlyList<double> Scores { get; }

    public static BoxMatches Of(IReadOnlyList<IReadOnlyList<LabelledBox>> truth, IReadOnlyList<IReadOnlyList<DetectedBox>> found,
        int label, double overlap)
    {
        var taken = truth.Select(image => new bool[image.Count]).ToArray();
        var (isRight, scores) = (new List<bool>(), new List<double>());
        foreach (var (image, box) in found.SelectMany((boxes, image) =>
            boxes.Where(box => box.Class == label).Select(box => (image, box))).OrderByDescending(pair => pair.box.Score))
        {
            var things = truth[image];
            var (best, most) = (-1, 0.0);
            for (var i = 0; i < things.Count; i++)
                if (things[i].Class == label && !things[i].IsCrowd && things[i].Box.Overlap(box.Box) is var common && common > most)
                    (best, most) = (i, common);
            var meets = best >= 0 && most >= overlap;
            if (meets ? things[best].IsDifficult : IsInCrowd(things, box, label, overlap)) continue;
            var right = meets && !taken[image][best];
            if (right) taken[image][best] = true;
            isRight.Add(right);
            scores.Add(box.Score);
        }
        return new(truth.Sum(things => things.Count(thing => thing.Class == label && thing.Counts)), isRight, scores);
    }

    /// <summary>The share of right boxes so far, after each.</summary>
    public double[] Precisions()
    {
        var precisions = new double[IsRight.Count];
        var right = 0;
        for (var i = 0; i < precisions.Length; i++)
        {
            if (IsRight[i]) right++;
            precisions[i] = (double)right / (i + 1);
        }
        return precisions;
    }

    private static bool IsInCrowd(IReadOnlyList<LabelledBox> things, DetectedBox box, int label, double overlap) =>
        things.Any(thing => thing.IsCrowd && thing.Class == label && box.Box.ShareIn(thing.Box) >= overlap);
}
