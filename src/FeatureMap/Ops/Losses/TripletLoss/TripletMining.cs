namespace FeatureMap.Ops;

/// <summary>Which triplets of a batch teach: an anchor, a positive (another image of its class) and a negative (an image of another class).</summary>
public enum TripletMining
{
    /// <summary>Every triplet there is; the mean is over those that still cost something. Source: Hermans et al., arXiv 1703.07737 ("batch all").</summary>
    All,

    /// <summary>For every anchor its farthest positive and its nearest negative; the mean is over the anchors that have both. Source: Hermans et al. ("batch hard").</summary>
    Hard,

    /// <summary>
    /// For every anchor and positive the nearest of the negatives that are farther away than the positive; where there is none, the farthest negative. The mean is over the
    /// pairs. Source: Schroff et al., arXiv 1503.03832 (FaceNet), which takes any negative between the positive and the margin; the nearest is the one whose loss is largest.
    /// </summary>
    SemiHard,
}
