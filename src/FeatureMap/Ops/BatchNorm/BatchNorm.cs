using FeatureMap.Lanes;
using FeatureMap.Randomness;

namespace FeatureMap.Ops;

/// <summary>
/// Batch normalisation: each channel is brought to mean 0 and variance 1 over the images and pixels of the batch, then scaled by gamma and shifted by
/// beta, which are learned: y = gamma (x - mean) / sqrt(variance + epsilon) + beta. In evaluation running averages stand in for the batch's statistics, so an
/// image's result does not depend on its neighbours. The batch variance divides by n, the running one by n - 1 (as in PyTorch).
/// Source: Ioffe and Szegedy, "Batch normalization", arXiv 1502.03167.
/// </summary>
public sealed partial class BatchNorm : Op, IOpRoom
{
    /// <summary>Added to the variance before the root, so that a constant channel does not divide by 0.</summary>
    public float Epsilon { get; init; } = 1e-5f;

    /// <summary>Weight of the newest batch in the running averages (PyTorch's convention; Keras writes 1 minus this).</summary>
    public float Momentum { get; init; } = 0.1f;

    /// <summary>Whether gamma and beta are learned; without them the output has mean 0 and variance 1, and there are running statistics only.</summary>
    public bool IsAffine { get; init; } = true;

    /// <inheritdoc/>
    public override Shape OutputShape(IReadOnlyList<Shape> inputs)
    {
        if (!(Epsilon > 0) || !(Momentum is > 0 and <= 1))
            throw new UsageException($"Batch normalisation needs an epsilon above 0 and a momentum in (0, 1]: received epsilon {Epsilon}, "
                + $"momentum {Momentum}. The defaults are 1e-5 and 0.1.");
        return inputs[0];
    }

    /// <inheritdoc/>
    public override IReadOnlyList<ParameterDefinition> Parameters(IReadOnlyList<Shape> inputs)
    {
        int[] channels = [inputs[0].Channels];
        ParameterDefinition[] running =
        [
            new("running_mean", channels, Trainable: false, Initializer.Zeros),
            new("running_var", channels, Trainable: false, Initializer.Ones),
        ];
        return !IsAffine ? running :
        [
            new ParameterDefinition("weight", channels, Trainable: true, Initializer.Ones),
            new ParameterDefinition("bias", channels, Trainable: true, Initializer.Zeros),
            .. running,
        ];
    }

    /// <inheritdoc/>
    public override Cost Cost(IReadOnlyList<Shape> inputs) => new(0);

    /// <inheritdoc/>
    public override Reach Reach(IReadOnlyList<Shape> inputs) => Ops.Reach.Pointwise;

    /// <inheritdoc/>
    public override KernelPath Path(IReadOnlyList<Shape> inputs) =>
        new("two passes",
            "statistics first (a barrier: the batch must meet), then scale and shift together with the addition and the activation that follow");

    internal override StripRule? InStrips(IReadOnlyList<Shape> inputs, int strips) => new(this);

    static Op IOpRoom.FromSettings(OpSettings settings)
    {
        var epsilon = settings.Real("epsilon", (BatchNorm op) => op.Epsilon, 1e-30, 1e6, _ => "");
        return new BatchNorm
        {
            Epsilon = epsilon,
            Momentum = settings.Real("momentum", (BatchNorm op) => op.Momentum, 1e-30, 1, momentum =>
                epsilon == 1e-5f && momentum == 0.1f ? "" : $"epsilon {epsilon}, momentum {momentum}"),
            IsAffine = settings.Flag("affine", (BatchNorm op) => op.IsAffine, isAffine => isAffine ? "" : "not affine", whenMissing: true),
        };
    }

    static IReadOnlyList<OpCase> IOpRoom.Cases =>
    [
        new("plane", new BatchNorm(), [new Shape(3, 5, 4)], 19, CaseValues.Reals),
        new("vector", new BatchNorm(), [Shape.Vector(7)], 16, CaseValues.Reals),
        new("not affine", new BatchNorm { IsAffine = false }, [new Shape(3, 3, 2)], 21, CaseValues.Reals),
        new("single pixel of two images", new BatchNorm { Epsilon = 1e-3f, Momentum = 0.01f }, [Shape.Vector(2)], 2, CaseValues.Reals),
    ];

    static OpCase IOpRoom.RandomCase(ref RandomSequence random) => new(
        "random", new BatchNorm { Epsilon = 1e-3f, IsAffine = random.NextInt(4) != 0 }, [new Shape(1 + random.NextInt(6), 1 + random.NextInt(8), 1 + random.NextInt(8))], 2 + random.NextInt(40), CaseValues.Reals);

    /// <summary>Place of the running mean among the parameters; the running variance follows.</summary>
    internal int RunningMean => IsAffine ? 2 : 0;

    internal override GradientReads GradientReads => GradientReads.Input;

    internal override bool IsChannelwise => true;

    // On the way back only a cheap one is worth computing again.
    internal override bool TakesAlong(Activation next, bool hasGradient) => next.IsCheap || !hasGradient;

    internal override bool TakesSumAlong(bool hasGradient) => true;

    internal override bool ForwardInPlace => true;

    internal override bool GradientInPlace => true;

    internal override Kernel CreateKernel<TLanes>(KernelSite site)
    {
        var maker = new KernelMaker<TLanes>(this, site);
        return site.WithActivation(maker);
    }

    private sealed class KernelMaker<TLanes>(BatchNorm op, KernelSite site) : IUnaryVisitor<Kernel> where TLanes : unmanaged, ILanes<TLanes>
    {
        // Behind a sum the gradient is carried through the activation once, for both summands.
        public Kernel Visit<TFunction>(TFunction function) where TFunction : struct, IUnaryFunction => site.Skip is null
            ? new BatchNormKernel<TLanes, TFunction, TFunction>(op, function, function, site)
            : new BatchNormKernel<TLanes, TFunction, IdentityFunction>(op, function, default, site);
    }
}

/// <summary>No activation: what a normalisation applies when nothing follows.</summary>
internal readonly struct IdentityFunction : IUnaryFunction
{
    public static GradientReads Reads => GradientReads.None;

    public TLanes Value<TLanes>(TLanes x) where TLanes : unmanaged, ILanes<TLanes> => x;

    public TLanes Gradient<TLanes>(TLanes seen, TLanes dy) where TLanes : unmanaged, ILanes<TLanes> => dy;
}
