using FeatureMap.Randomness;

namespace FeatureMap.Ops;

/// <summary>
/// Local response normalisation: each number is divided by a power of what its neighbouring channels hold at the same pixel,
/// y = x / D^beta with D = bias + alpha / size x the sum of squares over <see cref="Size"/> channels around it; channels beyond the ends count as 0. The lateral
/// inhibition of AlexNet; later networks use <see cref="BatchNorm"/> instead. Shape stays, no parameters.
/// Source: Krizhevsky, Sutskever and Hinton, "ImageNet classification with deep convolutional neural networks", NIPS 2012; ONNX operator LRN.
/// </summary>
public sealed partial class LocalResponseNorm : Op, IOpRoom
{
    /// <summary>Over so many neighbouring channels.</summary>
    public LocalResponseNorm(int size) => Size = size;

    /// <summary>Channels of a window; an even one reaches one channel further up than down (ONNX's rule; PyTorch's is the other way round).</summary>
    public int Size { get; }

    /// <summary>Weight of the mean square of the window.</summary>
    public float Alpha { get; init; } = 1e-4f;

    /// <summary>The power.</summary>
    public float Beta { get; init; } = 0.75f;

    /// <summary>What the mean square is added to; PyTorch calls it k.</summary>
    public float Bias { get; init; } = 1;

    /// <inheritdoc/>
    public override Shape OutputShape(IReadOnlyList<Shape> inputs)
    {
        if (Size is < 1 or > 1_000_000)
            throw new ShapeException($"Local response normalisation looks at between 1 and 1,000,000 channels: received {Size:N0}. AlexNet has 5.");
        if (!IsUsual)
            throw new UsageException("Local response normalisation needs alpha from 0 to 1e6, beta from 0 to 100 and a bias from 1e-6 to "
                + $"1e6: received alpha {Alpha}, beta {Beta}, bias {Bias}. The defaults are 1e-4, 0.75 and 1; a bias of 0 would divide by "
                + "0 where all channels are 0.");
        return inputs[0];
    }

    private bool IsUsual => Alpha is >= 0 and <= 1e6f && Beta is >= 0 and <= 100 && Bias is >= 1e-6f and <= 1e6f;

    /// <inheritdoc/>
    public override IReadOnlyList<ParameterDefinition> Parameters(IReadOnlyList<Shape> inputs) => [];

    /// <inheritdoc/>
    public override Cost Cost(IReadOnlyList<Shape> inputs) => new(0);

    /// <inheritdoc/>
    public override Reach Reach(IReadOnlyList<Shape> inputs) => Ops.Reach.Pointwise;

    /// <inheritdoc/>
    public override KernelPath Path(IReadOnlyList<Shape> inputs) =>
        new("windows of channels", "pixel by pixel the squares of a window are added anew: a running sum that subtracts what leaves would keep its rounding errors");

    static Op IOpRoom.FromSettings(OpSettings settings) =>
        new LocalResponseNorm(settings.Whole("size", (LocalResponseNorm op) => op.Size, text: size => $"{size} channels"))
        {
            Alpha = settings.Real("alpha", (LocalResponseNorm op) => op.Alpha, 0, 1e6),
            Beta = settings.Real("beta", (LocalResponseNorm op) => op.Beta, 0, 100),
            Bias = settings.Real("bias", (LocalResponseNorm op) => op.Bias, 1e-6, 1e6),
        };

    static IReadOnlyList<OpCase> IOpRoom.Cases =>
    [
        new("as in AlexNet", new LocalResponseNorm(5) { Alpha = 5e-4f, Bias = 2 }, [new Shape(9, 4, 3)], 19, CaseValues.Reals),
        new("strong", new LocalResponseNorm(3) { Alpha = 2, Beta = 0.5f }, [new Shape(6, 2, 5)], 16, CaseValues.Reals),
        new("even window", new LocalResponseNorm(4) { Alpha = 1, Beta = 1.5f }, [new Shape(7, 3, 1)], 5, CaseValues.Reals),
        new("window wider than the channels", new LocalResponseNorm(9) { Alpha = 1 }, [new Shape(3, 2, 2)], 17, CaseValues.Reals),
        new("one channel", new LocalResponseNorm(1) { Alpha = 1 }, [new Shape(1, 3, 3)], 3, CaseValues.Reals),
    ];

    static OpCase IOpRoom.RandomCase(ref RandomSequence random) => new(
        "random",
        new LocalResponseNorm(1 + random.NextInt(7)) { Alpha = random.NextSingle(0, 3), Beta = random.NextSingle(0, 2), Bias = random.NextSingle(0.5f, 2) },
        [new Shape(1 + random.NextInt(8), 1 + random.NextInt(5), 1 + random.NextInt(5))], 1 + random.NextInt(40), CaseValues.Reals);

    internal override GradientReads GradientReads => GradientReads.Input;

    internal override bool GradientInPlace => true;

    internal override Kernel CreateKernel<TLanes>(KernelSite site) => new LocalResponseNormKernel<TLanes>(this, site);

    /// <summary>The channels of the window around a channel: First up to and without End.</summary>
    internal (int First, int End) Window(int channel, int channels) =>
        (Math.Max(0, channel - ((Size - 1) / 2)), (int)Math.Min(channels, channel + (Size / 2) + 1L));

    internal override void ReferenceForward(ReferencePass pass) => ForEachNumber(pass, (image, channel, row, column, divisor, _) =>
        pass.Output[image, channel, row, column] = pass.Input[image, channel, row, column] / Math.Pow(divisor, Beta));

    internal override void ReferenceBackward(ReferencePass pass) => ForEachNumber(pass, (image, channel, row, column, divisor, window) =>
    {
        // y = x D^-beta depends on x directly, and through D on every number of the window.
        var gradient = pass.OutputGradient![image, channel, row, column];
        pass.InputGradients[0][image, channel, row, column] += gradient / Math.Pow(divisor, Beta);
        var byDivisor = -Beta * gradient * pass.Input[image, channel, row, column] / Math.Pow(divisor, Beta + 1.0);
        for (var neighbour = window.First; neighbour < window.End; neighbour++)
            pass.InputGradients[0][image, neighbour, row, column] += byDivisor * 2 * Alpha / Size * pass.Input[image, neighbour, row, column];
    });

    private void ForEachNumber(ReferencePass pass, Action<int, int, int, int, double, (int First, int End)> action)
    {
        var shape = pass.Input.Shape;
        for (var image = 0; image < pass.Input.Batch; image++)
            for (var channel = 0; channel < shape.Channels; channel++)
                for (var row = 0; row < shape.Height; row++)
                    for (var column = 0; column < shape.Width; column++)
                    {
                        var window = Window(channel, shape.Channels);
                        double squares = 0;
                        for (var neighbour = window.First; neighbour < window.End; neighbour++)
                            squares += Math.Pow(pass.Input[image, neighbour, row, column], 2);
                        action(image, channel, row, column, Bias + (Alpha / (double)Size * squares), window);
                    }
    }
}
