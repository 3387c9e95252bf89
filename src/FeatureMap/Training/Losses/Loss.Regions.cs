using FeatureMap.Networks;
using FeatureMap.Ops;

namespace FeatureMap.Training;

/// <summary>What the numbers are that a network gives for a mask.</summary>
public enum MaskScores
{
    /// <summary>Any real numbers of classes that exclude each other at a pixel; they become probabilities by a softmax over the channels.</summary>
    Softmax,

    /// <summary>Any real numbers, each its own question; they become probabilities by a sigmoid.</summary>
    Sigmoid,

    /// <summary>Probabilities already.</summary>
    Probabilities,
}

// Losses for regions of a map: how much of the region that was found and of the one that was wanted is common to both. Each class counts the same, however small its
// region is. Sums run over the pixels of each image; on a vector, which is a map of one pixel, they compare class by class.
public abstract partial class Loss
{
    /// <summary>
    /// 1 minus twice the common part, divided by both regions together: 1 - (2 sum p t + s) / (sum p + sum t + s), the mean over the classes. 0 for the same region, near 1 for
    /// disjoint ones. Source: Milletari, Navab and Ahmadi, "V-Net", arXiv 1606.04797.
    /// </summary>
    /// <param name="scores">What the network gives.</param>
    /// <param name="smooth">s: keeps the quotient defined where a class is neither there nor found, and makes finding nothing then right.</param>
    /// <exception cref="UsageException">The smooth term is not above 0.</exception>
    public static Loss Dice(MaskScores scores = MaskScores.Softmax, double smooth = 1) =>
        Region("Dice", new("dice") { Scores = scores, Smooth = smooth, Found = 0.5, Missed = 0.5 }, null);

    /// <summary>
    /// 1 minus the common part divided by what either has, intersection over union: 1 - (sum p t + s) / (sum p + sum t - sum p t + s), the mean over the classes.
    /// Source: Jaccard, 1912; Rahman and Wang, "Optimizing intersection-over-union in deep neural networks for image segmentation", 2016.
    /// </summary>
    /// <param name="scores">What the network gives.</param>
    /// <param name="smooth">s: keeps the quotient defined where a class is neither there nor found.</param>
    /// <exception cref="UsageException">The smooth term is not above 0.</exception>
    public static Loss Jaccard(MaskScores scores = MaskScores.Softmax, double smooth = 1) =>
        Region("Jaccard", new("jaccard") { Scores = scores, Smooth = smooth, Found = 1, Missed = 1 }, null);

    /// <summary>
    /// Dice with a choice of which mistake is worse: 1 - (c + s) / (c + a f + b m + s), with c = sum p t common, f = sum p - c found wrongly and m = sum t - c missed. a = b = 0.5 is
    /// Dice, 1 is Jaccard. Source: Salehi, Erdogmus and Gholipour, "Tversky loss function for image segmentation", arXiv 1706.05721.
    /// </summary>
    /// <param name="found">a: what is found wrongly.</param>
    /// <param name="missed">b: what is missed; 0.7 finds small objects rather than few wrong ones.</param>
    /// <param name="scores">What the network gives.</param>
    /// <param name="smooth">s: keeps the quotient defined where a class is neither there nor found.</param>
    /// <exception cref="UsageException">A number is not above 0.</exception>
    public static Loss Tversky(double found = 0.3, double missed = 0.7, MaskScores scores = MaskScores.Softmax, double smooth = 1)
    {
        CheckAboveZero("weight of what is found wrongly in the Tversky loss", found, "0.3 is common");
        CheckAboveZero("weight of what is missed in the Tversky loss", missed, "0.7 is common");
        return Region("Tversky", new("tversky") { Scores = scores, Smooth = smooth, Found = found, Missed = missed },
            $"found {found}, missed {missed}");
    }

    /// <summary>
    /// Dice of all classes in one quotient, each with the weight 1 / (sum t)^2, so that a small region counts as much as a large one:
    /// 1 - (2 sum_k w sum p t + s) / (sum_k w (sum p + sum t) + s). A class that the image does not have is weighted like a region of one pixel.
    /// Source: Sudre et al., "Generalised Dice overlap as a deep learning loss function for highly unbalanced segmentations", arXiv 1707.03237.
    /// </summary>
    /// <param name="scores">What the network gives.</param>
    /// <param name="smooth">s; small beside the weights.</param>
    /// <exception cref="UsageException">The smooth term is not above 0.</exception>
    public static Loss GeneralizedDice(MaskScores scores = MaskScores.Softmax, double smooth = 1e-5)
    {
        CheckAboveZero("smooth term of the generalised Dice loss", smooth, "0.00001 is common");
        var name = Named("GeneralizedDice", ScoreWords(scores), smooth == 1e-5 ? null : $"smooth {smooth}");
        return Pairwise(name, new("generalized-dice") { Scores = scores, Smooth = smooth }, (output, target, scope) =>
        {
            var (p, wanted) = (scope.WhereCounted(Probabilities(output, scores)), target.Sum(Axes.Space));
            var weight = 1 / wanted.Maximum(1).Square();
            var common = (weight * (p * target).Sum(Axes.Space)).Sum();
            var both = (weight * (p.Sum(Axes.Space) + wanted)).Sum();
            return 1 - (((2 * common) + smooth) / (both + smooth));
        });
    }

    // 1 - (c + s) / (c + a f + b m + s). Dice is written with 2 c and sums of both, so its smooth term is twice that of this form.
    private static BuiltLoss Region(string name, LossTerms terms, string? settings)
    {
        var (scores, smooth, found, missed) = (terms.Scores, terms.Smooth, terms.Found, terms.Missed);
        CheckAboveZero($"smooth term of the {name} loss", smooth, "1 is common");
        var shift = name == "Dice" ? smooth / 2 : smooth;
        return Pairwise(Named(name, settings, ScoreWords(scores), smooth == 1 ? null : $"smooth {smooth}"), terms,
            (output, target, scope) =>
        {
            var p = scope.WhereCounted(Probabilities(output, scores));
            var common = (p * target).Sum(Axes.Space);
            var mistakes = (found * (p.Sum(Axes.Space) - common)) + (missed * (target.Sum(Axes.Space) - common));
            return (1 - ((common + shift) / (common + mistakes + shift))).Mean();
        });
    }

    private static Feature Probabilities(Feature output, MaskScores scores) => scores switch
    {
        MaskScores.Sigmoid => output.Sigmoid(),
        MaskScores.Probabilities => output,
        _ => output.Softmax(),
    };

    private static string? ScoreWords(MaskScores scores) => scores == MaskScores.Softmax ? null : $"of {scores}".ToLowerInvariant();
}
