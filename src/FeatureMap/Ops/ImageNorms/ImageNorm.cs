using FeatureMap.Lanes;

namespace FeatureMap.Ops;

/// <summary>
/// What the normalisations share that look at one image at a time: sets of its numbers are brought to mean 0 and variance 1, then scaled by gamma and shifted by
/// beta, which are learned: y = gamma (x - mean) / sqrt(variance + epsilon) + beta, with the variance over n. They differ in the sets alone. No image depends on
/// its neighbours in the batch, so training and evaluation do the same, and a batch may be one image.
/// </summary>
public abstract partial class ImageNorm : Op
{
    private protected ImageNorm() { }

    private protected ImageNorm(OpSettings settings)
    {
        Epsilon = settings.Real("epsilon", (ImageNorm op) => op.Epsilon, 1e-30, 1e6, epsilon =>
            epsilon == 1e-5f ? "" : $"epsilon {epsilon}");
        IsAffine = settings.Flag("affine", (ImageNorm op) => op.IsAffine, isAffine => isAffine ? "" : "not affine");
    }

    /// <summary>Added to the variance before the root, so that a constant set does not divide by 0.</summary>
    public float Epsilon { get; init; } = 1e-5f;

    /// <summary>Whether gamma and beta are learned; without them the op has no parameters.</summary>
    public bool IsAffine { get; init; } = true;

    /// <inheritdoc/>
    public override Shape OutputShape(IReadOnlyList<Shape> inputs)
    {
        if (!(Epsilon > 0))
            throw new UsageException($"{Name} needs an epsilon above 0: received {Epsilon}. The default is 1e-5.");
        var sets = Sets(inputs[0]);
        if (sets.Size == 1)
            throw new ShapeException($"{Name} would normalise each number of {inputs[0]} by itself: its mean is the number, so every output would be beta, whatever the input. {LargerSets}");
        return inputs[0];
    }

    /// <inheritdoc/>
    public override IReadOnlyList<ParameterDefinition> Parameters(IReadOnlyList<Shape> inputs) => !IsAffine ? [] :
    [
        new ParameterDefinition("weight", ScaleDimensions(inputs[0]), Trainable: true, Initializer.Ones),
        new ParameterDefinition("bias", ScaleDimensions(inputs[0]), Trainable: true, Initializer.Zeros),
    ];

    /// <inheritdoc/>
    public override Cost Cost(IReadOnlyList<Shape> inputs) => new(0);

    // As the field counts it: a pixel's own place. Through mean and variance it feels its whole set a little.
    /// <inheritdoc/>
    public override Reach Reach(IReadOnlyList<Shape> inputs) => Ops.Reach.Pointwise;

    /// <inheritdoc/>
    public override KernelPath Path(IReadOnlyList<Shape> inputs) =>
        new("set by set", "statistics and output of one set before the next, while it is in the cache; images are lanes, so nothing waits for other shards");

    internal override GradientReads GradientReads => GradientReads.Input;

    internal override bool ForwardInPlace => true;

    internal override bool GradientInPlace => true;

    /// <summary>What to do where a set would be one number.</summary>
    private protected abstract string LargerSets { get; }

    /// <summary>The sets as the kernel walks them.</summary>
    internal abstract NormSets Sets(Shape input);

    /// <summary>Dimensions of gamma and beta.</summary>
    internal abstract IReadOnlyList<int> ScaleDimensions(Shape input);

    /// <summary>For the reference: the set that a number belongs to.</summary>
    internal abstract int SetOf(Shape input, int channel, int pixel);

    /// <summary>For the reference: the gamma and beta that a number has.</summary>
    internal abstract int ScaleOf(Shape input, int channel, int pixel);

    internal override Kernel CreateKernel<TLanes>(KernelSite site) => new ImageNormKernel<TLanes>(this, site);

    internal override Kernel? CreateChannelKernel<TLanes>(ChannelSite place) => new ImageNormChannels(this, place);

    internal override void ReferenceForward(ReferencePass pass) => ForEachSet(pass, (image, numbers, mean, deviation) =>
    {
        foreach (var (place, scale) in numbers)
            pass.Output[image, place] = (Gamma(pass, scale) * (pass.Input[image, place] - mean) / deviation) + (IsAffine ? pass.Parameters[1][scale] : 0);
    });

    internal override void ReferenceBackward(ReferencePass pass) => ForEachSet(pass, (image, numbers, mean, deviation) =>
    {
        double Normalized(int place) => (pass.Input[image, place] - mean) / deviation;
        double Gradient(int place) => pass.OutputGradient![image, place];
        if (IsAffine)
            foreach (var (place, scale) in numbers)
            {
                pass.ParameterGradients[0][scale] += Gradient(place) * Normalized(place);
                pass.ParameterGradients[1][scale] += Gradient(place);
            }
        // Mean and variance depend on x too: their paths subtract the mean gradient and its projection on the normalised input.
        var average = numbers.Average(number => Gamma(pass, number.Scale) * Gradient(number.Place));
        var projection = numbers.Average(number => Gamma(pass, number.Scale) * Gradient(number.Place) * Normalized(number.Place));
        foreach (var (place, scale) in numbers)
            pass.InputGradients[0][image, place] = ((Gamma(pass, scale) * Gradient(place)) - average - (Normalized(place) * projection)) / deviation;
    });

    private double Gamma(ReferencePass pass, int scale) => IsAffine ? pass.Parameters[0][scale] : 1;

    /// <summary>All sets of all images: the places of their numbers, each with the number of its gamma, and mean and deviation.</summary>
    private void ForEachSet(ReferencePass pass, Action<int, (int Place, int Scale)[], double, double> action)
    {
        var shape = pass.Input.Shape;
        var sets = Enumerable.Range(0, shape.Count).ToLookup(
            place => SetOf(shape, place / shape.Area, place % shape.Area), place => (Place: place, Scale: ScaleOf(shape, place / shape.Area, place % shape.Area)));
        for (var image = 0; image < pass.Input.Batch; image++)
            foreach (var set in sets)
            {
                var numbers = set.ToArray();
                var mean = numbers.Average(number => pass.Input[image, number.Place]);
                var variance = numbers.Average(number => Math.Pow(pass.Input[image, number.Place] - mean, 2));
                action(image, numbers, mean, Math.Sqrt(variance + Epsilon));
            }
    }
}
