using FeatureMap.Networks;

namespace FeatureMap.Training;

// Losses for numbers to be hit: the mean over all numbers of an image's output, vector or map.
public abstract partial class Loss
{
    /// <summary>The mean of the squared distances: large mistakes count most. The best constant answer is the mean of the targets.</summary>
    public static Loss Mse() => Pairwise("Mse", new("mse"), (output, target, scope) => scope.Mean((output - target).Square()));

    /// <summary>The mean of the distances: outliers count no more than others. The best constant answer is the median of the targets; the gradient is as large for small mistakes as for large ones.</summary>
    public static Loss L1() => Pairwise("L1", new("l1"), (output, target, scope) => scope.Mean((output - target).Abs()));

    /// <summary>
    /// Squared near the target and straight far from it: d^2 / 2 up to delta, delta (d - delta / 2) beyond. Source: Huber, "Robust estimation of a location parameter", 1964.
    /// </summary>
    /// <param name="delta">Where the parabola becomes a line.</param>
    /// <exception cref="UsageException">Delta is not above 0.</exception>
    public static Loss Huber(double delta = 1)
    {
        CheckAboveZero("delta of the Huber loss", delta, "1 is common");
        return Pairwise(Named("Huber", delta == 1 ? null : $"delta {delta}"), new("huber") { Size = delta },
            (output, target, scope) => scope.Mean(Bent(output, target, delta)));
    }

    /// <summary>
    /// The Huber loss divided by its delta, so that the slope far away is 1 whatever it is: d^2 / (2 beta) up to beta, d - beta / 2 beyond.
    /// Source: Girshick, "Fast R-CNN", arXiv 1504.08083.
    /// </summary>
    /// <param name="beta">Where the parabola becomes a line.</param>
    /// <exception cref="UsageException">Beta is not above 0.</exception>
    public static Loss SmoothL1(double beta = 1)
    {
        CheckAboveZero("beta of the smooth L1 loss", beta, "1 is common");
        return Pairwise(Named("SmoothL1", beta == 1 ? null : $"beta {beta}"), new("smooth-l1") { Size = beta },
            (output, target, scope) => scope.Mean(Bent(output, target, beta)) / beta);
    }

    /// <summary>log cosh of the distance: like d^2 / 2 near the target, d - log 2 far from it, and smooth everywhere; its slope is tanh d.</summary>
    public static Loss LogCosh() => Pairwise("LogCosh", new("log-cosh"), (output, target, scope) =>
    {
        // cosh d = exp(d) (1 + exp(-2 d)) / 2; with the size of d no exponential overflows.
        var distance = (output - target).Abs();
        return scope.Mean(distance + (-2 * distance).Softplus() - Math.Log(2));
    });

    /// <summary>For counts: exp(x) - t x, where the network gives the logarithm of the expected count. Least at x = log t.</summary>
    public static Loss Poisson() =>
        Pairwise("Poisson", new("poisson"), (output, target, scope) => scope.Mean(output.Exp() - (target * output)));

    /// <summary>
    /// A loss that reads output and target in units of their own: both are divided by them first. So numbers of different sizes, such as an
    /// age and an income, count alike, and steps of the usual sizes fit whatever the numbers are. With units u, Huber's
    /// parabola ends at delta u.
    /// </summary>
    /// <param name="loss">What compares them.</param>
    /// <param name="units">For each number of the output what counts as 1: usually its standard deviation in the training images.</param>
    /// <exception cref="UsageException">There are none, or one is not above 0; or when it is built: there are not as many as
    /// numbers.</exception>
    public static Loss Scaled(Loss loss, IReadOnlyList<float> units)
    {
        ArgumentNullException.ThrowIfNull(loss);
        ArgumentNullException.ThrowIfNull(units);
        if (units.Count == 0) throw new UsageException("A scaled loss needs a unit for each number of the output: received none.");
        foreach (var unit in units)
            if (!(unit > 0 && float.IsFinite(1 / unit)))
                throw new UsageException($"The units of a scaled loss are finite numbers above 0: received {unit}.");
        return new BuiltLoss($"{loss.Name} in units of {NumberRow.Join(", ", units)}", scope => loss.Build(scope.In(units)))
        {
            Terms = new("scaled") { Units = units, Parts = [loss] },
        };
    }

    // With n the smaller of d and delta: n (d - n / 2) is d^2 / 2 within and delta (d - delta / 2) beyond.
    private static Feature Bent(Feature output, Feature target, double delta)
    {
        var distance = (output - target).Abs();
        var near = distance.Minimum(delta);
        return near * (distance - (0.5 * near));
    }
}
