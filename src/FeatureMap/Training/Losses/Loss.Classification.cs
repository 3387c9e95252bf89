using FeatureMap.Networks;
using FeatureMap.Ops;

namespace FeatureMap.Training;

// Losses for one class of many, and for several yes-or-no questions. Scores are logits, any real numbers: the loss has its own softmax or sigmoid, and computes
// logarithms of probabilities directly, so that scores of any size are safe.
public abstract partial class Loss
{
    // A probability of 0 has no logarithm, and a power below 1 no slope at 0.
    private const double Least = 1e-7;

    /// <summary>
    /// Softmax and cross-entropy, -sum w q log p: the loss for one class of many. See <see cref="SoftmaxCrossEntropy"/>, which it is where no weights are given. With
    /// weights it is what PyTorch computes per image, label smoothing included (each class of the smoothed target counts with its own weight); the batch is
    /// the mean over the images, where PyTorch divides by the sum of the weights of their classes. With <see cref="ClassWeights.Balanced"/> weights the two
    /// differ only by the chance of the batch.
    /// </summary>
    /// <param name="labelSmoothing">The part of the target that is spread evenly over all classes; 0.1 is common.</param>
    /// <param name="classWeights">How much each class counts; all the same where null.</param>
    /// <exception cref="UsageException">The smoothing is not in [0, 1).</exception>
    public static Loss CrossEntropy(float labelSmoothing = 0, ClassWeights? classWeights = null)
    {
        var plain = new SoftmaxCrossEntropy(labelSmoothing);
        if (classWeights is null) return plain;
        var name = Named("CrossEntropy", labelSmoothing == 0 ? null : plain.Settings, WeightWords(classWeights));
        return Pairwise(name, new("cross-entropy") { Smoothing = labelSmoothing, ClassWeights = classWeights }, (output, target, scope) =>
            -scope.Mean((Weighted(Smoothed(target, labelSmoothing, output.Shape.Channels), classWeights, name) * output.LogSoftmax()).Sum(Axes.Channels)));
    }

    /// <summary>
    /// Cross-entropy that all but ignores what is already right: -sum w q (1 - p)^gamma log p with the softmax p. For few objects before much background.
    /// Source: Lin et al., "Focal loss for dense object detection", arXiv 1708.02002.
    /// </summary>
    /// <param name="gamma">How much it ignores: 0 is the cross-entropy, 2 is common.</param>
    /// <param name="classWeights">How much each class counts (the alpha of the paper); all the same where null.</param>
    /// <exception cref="UsageException">Gamma is negative or not finite.</exception>
    public static Loss Focal(double gamma = 2, ClassWeights? classWeights = null)
    {
        CheckAtLeastZero("gamma of the focal loss", gamma, "2 is common, 0 is the cross-entropy");
        var name = Named("Focal", $"gamma {gamma}", WeightWords(classWeights));
        return Pairwise(name, new("focal") { Gamma = gamma, ClassWeights = classWeights }, (output, target, scope) =>
        {
            var logs = output.LogSoftmax();
            return -scope.Mean((Weighted(target, classWeights, name) * Missing(1 - logs.Exp(), gamma) * logs).Sum(Axes.Channels));
        });
    }

    /// <summary>
    /// Cross-entropy of yes-or-no questions, each output its own: -w t log p - (1 - t) log(1 - p) with the sigmoid p, the mean over all outputs. For labels that do not
    /// exclude each other, and for masks. As <c>w t softplus(-x) + (1 - t) softplus(x)</c> it is exact for scores of any size.
    /// </summary>
    /// <param name="positiveWeight">How much a yes counts against a no: the number of noes per yes balances them.</param>
    /// <param name="labelSmoothing">Moves targets towards one half: t (1 - smoothing) + smoothing / 2.</param>
    /// <param name="ofProbabilities">Whether the network gives probabilities. Where it ends in a sigmoid, the score before that is taken,
    /// which loses nothing; other probabilities are kept between 1e-7 and 1 - 1e-7, and learn nothing beyond.</param>
    /// <exception cref="UsageException">A number is out of its range.</exception>
    public static Loss BinaryCrossEntropy(double positiveWeight = 1, float labelSmoothing = 0, bool ofProbabilities = false)
    {
        CheckAboveZero("positive weight of the binary cross-entropy", positiveWeight, "1 is no weighting");
        var smoothing = new SoftmaxCrossEntropy(labelSmoothing).Settings;
        var name = Named(
            "BinaryCrossEntropy", positiveWeight == 1 ? null : "positive weight "
                + $"{positiveWeight}", labelSmoothing == 0 ? null : smoothing, ofProbabilities ? "of probabilities" : null);
        LossTerms terms = new("binary-cross-entropy")
        {
            PositiveWeight = positiveWeight,
            Smoothing = labelSmoothing,
            OfProbabilities = ofProbabilities
        };
        return Pairwise(name, terms, (output, target, scope) =>
        {
            target = Smoothed(target, labelSmoothing, 2);
            var yes = target * positiveWeight;
            // The score before a sigmoid says the same, and loses nothing where the probability is near 0 or 1.
            var hasScores = !ofProbabilities || scope.LayerOf(output).Op is Sigmoid;
            if (ofProbabilities && hasScores) output = scope.InputOf(output);
            if (hasScores) return scope.Mean((yes * (-output).Softplus()) + ((1 - target) * output.Softplus()));
            var p = output.Clip(Least, 1 - Least);
            return -scope.Mean((yes * p.Log()) + ((1 - target) * (1 - p).Log()));
        });
    }

    /// <summary>
    /// The focal loss of yes-or-no questions, each output its own: alpha t (1 - p)^gamma (-log p), and (1 - alpha) (1 - t) p^gamma (-log(1 - p)), the mean over all outputs.
    /// Source: Lin et al., "Focal loss for dense object detection", arXiv 1708.02002.
    /// </summary>
    /// <param name="gamma">How much it ignores what is already right: 0 is the cross-entropy, 2 is common.</param>
    /// <param name="alpha">How much a yes counts, and 1 - alpha a no; 0.25 is common; both count 1 where null.</param>
    /// <exception cref="UsageException">Gamma is negative or not finite, or alpha not between 0 and 1.</exception>
    public static Loss BinaryFocal(double gamma = 2, double? alpha = null)
    {
        CheckAtLeastZero("gamma of the focal loss", gamma, "2 is common, 0 is the cross-entropy");
        if (alpha is { } given && !(given is > 0 and < 1))
            throw new UsageException($"The alpha of the focal loss must be between 0 and 1: received {given}. 0.25 is common; leave it "
                + "out to count yes and no the same.");
        var name = Named("BinaryFocal", $"gamma {gamma}", alpha is null ? null : $"alpha {alpha}");
        return Pairwise(name, new("binary-focal") { Gamma = gamma, Alpha = alpha }, (output, target, scope) =>
        {
            var (p, not) = (output.Sigmoid(), (-output).Sigmoid());
            var entropy = (target * (-output).Softplus()) + ((1 - target) * output.Softplus());
            var loss = Missing((not * target) + (p * (1 - target)), gamma) * entropy;
            if (alpha is { } share) loss *= target.ScaleShift((2 * share) - 1, 1 - share);
            return scope.Mean(loss);
        });
    }

    /// <summary>
    /// -sum w q y where the network itself ends with <see cref="Feature.LogSoftmax"/>: negative log-likelihood. With scores, take <see cref="CrossEntropy"/>.
    /// </summary>
    /// <param name="classWeights">How much each class counts; all the same where null.</param>
    public static Loss NegativeLogLikelihood(ClassWeights? classWeights = null)
    {
        var name = Named("NegativeLogLikelihood", WeightWords(classWeights));
        return Pairwise(name, new("negative-log-likelihood") { ClassWeights = classWeights },
            (output, target, scope) => -scope.Mean((Weighted(target, classWeights, name) * output).Sum(Axes.Channels)));
    }

    /// <summary>
    /// How far the network's distribution is from the target's: sum q log(q / p) with p = softmax(x / T), times T^2, so that gradients keep their size at any
    /// temperature. The cross-entropy minus the entropy of the target, so 0 is reachable: for mixed labels and for learning from another network.
    /// Sources: Kullback and Leibler, 1951; Hinton, Vinyals and Dean, "Distilling the knowledge in a neural network", arXiv 1503.02531.
    /// </summary>
    /// <param name="temperature">Divides the scores; the target is a distribution of that temperature already.</param>
    /// <exception cref="UsageException">The temperature is not above 0.</exception>
    public static Loss KullbackLeibler(double temperature = 1)
    {
        CheckAboveZero("temperature of the Kullback-Leibler divergence", temperature, "1 is none");
        var name = Named("KullbackLeibler", temperature == 1 ? null : $"temperature {temperature}");
        return Pairwise(name, new("kullback-leibler") { Size = temperature }, (output, target, scope) =>
        {
            // q log q is 0 at q = 0.
            var surprise = target.Maximum(1e-30).Log() - (output / temperature).LogSoftmax();
            return scope.Mean((target * surprise).Sum(Axes.Channels)) * (temperature * temperature);
        });
    }

    /// <summary>
    /// Every wrong class must stay a margin below the right one: sum over the others of max(0, margin + x - x_right), divided by the number of classes. 0 once all are, so it
    /// does not push on. No probabilities come of it. Source: Weston and Watkins, "Support vector machines for multi-class pattern recognition", 1999.
    /// </summary>
    /// <param name="margin">How far below.</param>
    /// <param name="isSquared">Whether each term is squared, which is smooth at the margin.</param>
    /// <exception cref="UsageException">The margin is not above 0.</exception>
    public static Loss Hinge(double margin = 1, bool isSquared = false) =>
        Pairwise(HingeName("Hinge", margin, isSquared), new("hinge") { Size = margin, IsSquared = isSquared }, (output, target, scope) =>
    {
        var right = (target * output).Sum(Axes.Channels);
        return scope.Mean((1 - target) * Hinged(output - right, margin, isSquared));
    });

    /// <summary>
    /// The hinge of yes-or-no questions, each output its own: max(0, margin - x) for yes, max(0, margin + x) for no, the mean over all outputs.
    /// Source: Cortes and Vapnik, "Support-vector networks", 1995.
    /// </summary>
    /// <param name="margin">How far from 0 a score must be.</param>
    /// <param name="isSquared">Whether each term is squared, which is smooth at the margin.</param>
    /// <exception cref="UsageException">The margin is not above 0.</exception>
    public static Loss BinaryHinge(double margin = 1, bool isSquared = false) =>
        Pairwise(HingeName("BinaryHinge", margin, isSquared), new("binary-hinge") { Size = margin, IsSquared = isSquared },
            (output, target, scope) =>
            scope.Mean(Hinged((1 - (2 * target)) * output, margin, isSquared)));

    private static Feature Hinged(Feature excess, double margin, bool isSquared)
    {
        var hinge = (excess + margin).Maximum(0);
        return isSquared ? hinge.Square() : hinge;
    }

    private static string HingeName(string name, double margin, bool isSquared)
    {
        CheckAboveZero("margin of the hinge loss", margin, "1 is common");
        return Named(name, margin == 1 ? null : $"margin {margin}", isSquared ? "squared" : null);
    }

    // A power that is not whole has no bounded slope at 0, where a sure and right answer is.
    private static Feature Missing(Feature share, double gamma) => share.Maximum(Least).Power(gamma);

    private static Feature Smoothed(Feature target, float smoothing, int classes) => smoothing == 0 ? target : target.ScaleShift(1 - (double)smoothing, (double)smoothing / classes);

    private static Feature Weighted(Feature target, ClassWeights? weights, string loss)
    {
        if (weights is null) return target;
        if (weights.Values.Count != target.Shape.Channels)
            throw new UsageException($"The loss '{loss}' has {weights.Values.Count} class weights for {target.Shape.Channels} classes. Give one per class, in the order of the labels; ClassWeights.Balanced(images) counts them.");
        return target * target.Constant(Shape.Vector(weights.Values.Count), [.. weights.Values]);
    }

    private static string? WeightWords(ClassWeights? weights) => weights is null ? null : $"class weights {weights}";

    private static void CheckAboveZero(string what, double value, string common)
    {
        if (!(value > 0 && float.IsFinite((float)value)))
            throw new UsageException($"The {what} must be a finite number above 0: received {value}; {common}.");
    }

    private static void CheckAtLeastZero(string what, double value, string common)
    {
        if (!(value >= 0 && float.IsFinite((float)value)))
            throw new UsageException($"The {what} must be a finite number of at least 0: received {value}; {common}.");
    }
}
