using FeatureMap.Training;

namespace FeatureMap.Tests.Goldens;

/// <summary>What the targets of a loss are.</summary>
internal enum GoldenTarget
{
    /// <summary>1 for one class of each pixel.</summary>
    Classes,

    /// <summary>A distribution over the classes of each pixel.</summary>
    Distributions,

    /// <summary>0 or 1, each number its own question.</summary>
    Answers,

    /// <summary>Any numbers from 0 to below 3.</summary>
    Numbers,
}

/// <summary>What the network gives.</summary>
internal enum GoldenOutput
{
    Scores,

    /// <summary>From 0.02 to 0.98.</summary>
    Probabilities,
}

/// <summary>One use of a ready-made loss.</summary>
/// <param name="Name">Unique.</param>
/// <param name="Method">The method of <see cref="FeatureMap.Training.Loss"/> that makes it.</param>
/// <param name="Loss">The loss.</param>
/// <param name="Target">What it is compared with.</param>
internal sealed record GoldenLoss(string Name, string Method, Loss Loss, GoldenTarget Target)
{
    public GoldenOutput Output { get; init; }
}

/// <summary>The ready-made losses, on maps of 3 classes.</summary>
internal static class GoldenLosses
{
    public const int Images = 5;

    public static Shape Shape { get; } = new(3, 2, 3);

    public static float[] Weights { get; } = [0.5f, 2, 1.25f];

    public static IReadOnlyList<GoldenLoss> All { get; } =
    [
        new("cross-entropy", nameof(Loss.CrossEntropy), Loss.CrossEntropy(), GoldenTarget.Distributions),
        new("cross-entropy, weights and smoothing", nameof(Loss.CrossEntropy), Loss.CrossEntropy(0.1f, new ClassWeights(Weights)), GoldenTarget.Distributions),
        new("focal", nameof(Loss.Focal), Loss.Focal(), GoldenTarget.Classes),
        new("focal 1.5, weights", nameof(Loss.Focal), Loss.Focal(1.5, new ClassWeights(Weights)), GoldenTarget.Classes),
        new("binary cross-entropy", nameof(Loss.BinaryCrossEntropy), Loss.BinaryCrossEntropy(), GoldenTarget.Answers),
        new("binary cross-entropy, positive weight", nameof(Loss.BinaryCrossEntropy), Loss.BinaryCrossEntropy(3), GoldenTarget.Answers),
        new("binary cross-entropy of probabilities", nameof(Loss.BinaryCrossEntropy), Loss.BinaryCrossEntropy(ofProbabilities: true), GoldenTarget.Answers) { Output = GoldenOutput.Probabilities },
        new("binary focal", nameof(Loss.BinaryFocal), Loss.BinaryFocal(2, 0.25), GoldenTarget.Answers),
        new("binary focal 1.5", nameof(Loss.BinaryFocal), Loss.BinaryFocal(1.5), GoldenTarget.Answers),
        new("negative log-likelihood, weights", nameof(Loss.NegativeLogLikelihood), Loss.NegativeLogLikelihood(new ClassWeights(Weights)), GoldenTarget.Classes),
        new("Kullback-Leibler", nameof(Loss.KullbackLeibler), Loss.KullbackLeibler(), GoldenTarget.Distributions),
        new("Kullback-Leibler, temperature", nameof(Loss.KullbackLeibler), Loss.KullbackLeibler(2), GoldenTarget.Distributions),
        new("hinge", nameof(Loss.Hinge), Loss.Hinge(), GoldenTarget.Classes),
        new("squared hinge", nameof(Loss.Hinge), Loss.Hinge(0.5, isSquared: true), GoldenTarget.Classes),
        new("binary hinge", nameof(Loss.BinaryHinge), Loss.BinaryHinge(), GoldenTarget.Answers),
        new("squared binary hinge", nameof(Loss.BinaryHinge), Loss.BinaryHinge(2, isSquared: true), GoldenTarget.Answers),
        new("mean square", nameof(Loss.Mse), Loss.Mse(), GoldenTarget.Numbers),
        new("mean distance", nameof(Loss.L1), Loss.L1(), GoldenTarget.Numbers),
        new("Huber", nameof(Loss.Huber), Loss.Huber(0.75), GoldenTarget.Numbers),
        new("smooth L1", nameof(Loss.SmoothL1), Loss.SmoothL1(0.5), GoldenTarget.Numbers),
        new("log cosh", nameof(Loss.LogCosh), Loss.LogCosh(), GoldenTarget.Numbers),
        new("Poisson", nameof(Loss.Poisson), Loss.Poisson(), GoldenTarget.Numbers),
        new("Dice", nameof(Loss.Dice), Loss.Dice(), GoldenTarget.Classes),
        new("Dice of sigmoids", nameof(Loss.Dice), Loss.Dice(MaskScores.Sigmoid, 2), GoldenTarget.Answers),
        new("Jaccard", nameof(Loss.Jaccard), Loss.Jaccard(smooth: 0.5), GoldenTarget.Classes),
        new("Tversky", nameof(Loss.Tversky), Loss.Tversky(), GoldenTarget.Classes),
        new("Tversky of probabilities", nameof(Loss.Tversky), Loss.Tversky(0.6, 0.2, MaskScores.Probabilities), GoldenTarget.Answers) { Output = GoldenOutput.Probabilities },
        new("generalised Dice", nameof(Loss.GeneralizedDice), Loss.GeneralizedDice(), GoldenTarget.Classes),
    ];
}

/// <summary>What the tensors of the file of losses are called.</summary>
internal static class LossNames
{
    public static string Output(string loss) => $"{loss}/output";

    public static string Target(string loss) => $"{loss}/target";

    public static string Values(string loss) => $"{loss}/values";

    public static string Gradient(string loss) => $"{loss}/gradient";
}
