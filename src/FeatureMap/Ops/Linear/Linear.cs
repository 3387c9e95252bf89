using FeatureMap.Lanes;
using FeatureMap.Randomness;

namespace FeatureMap.Ops;

/// <summary>
/// A dense layer, also called fully connected: each output is a weighted sum of all inputs plus a bias, y = W x + b. Takes vectors only: what an image becomes
/// a vector by is a decision (<see cref="Flatten"/> keeps every pixel, <see cref="GlobalAveragePool"/> the mean per channel).
/// Parameters: weight outputs x inputs, bias one per output. Source: Goodfellow, Bengio and Courville, "Deep learning", 2016, chapter 6.
/// </summary>
public sealed partial class Linear : WeightedOp, IOpRoom
{
    /// <summary>A layer with the given number of outputs.</summary>
    public Linear(int outputs) => Outputs = outputs;

    private Linear(OpSettings settings)
    {
        Outputs = settings.Whole("outputs", (Linear op) => op.Outputs, most: int.MaxValue, text: outputs => $"{outputs}");
        (HasBias, WeightInitializer) = WeightSettings(settings);
    }

    /// <summary>Numbers in the output vector.</summary>
    public int Outputs { get; }

    /// <inheritdoc/>
    public override Shape OutputShape(IReadOnlyList<Shape> inputs)
    {
        var input = inputs[0];
        if (Outputs < 1)
            throw new ShapeException($"A dense layer needs at least 1 output: received {Outputs}.");
        if (!input.IsVector)
            throw new ShapeException($"A dense layer takes a vector: received {input} (channels x height x width). Put Flatten() before it (a vector of {input.Channels} x {input.Height} x {input.Width} = {input.Count:N0}, so {(long)input.Count * Outputs:N0} weights) or GlobalAveragePool() (a vector of {input.Channels:N0}, so {(long)input.Channels * Outputs:N0} weights).");
        return Shape.Vector(Outputs);
    }

    /// <inheritdoc/>
    public override Cost Cost(IReadOnlyList<Shape> inputs) => new((long)Outputs * inputs[0].Count);

    // A vector has one position, and each output reads it.
    /// <inheritdoc/>
    public override Reach Reach(IReadOnlyList<Shape> inputs) => Ops.Reach.Pointwise;

    /// <inheritdoc/>
    public override KernelPath Path(IReadOnlyList<Shape> inputs) =>
        new("matrix product", "register tiles over outputs; for the weight gradient the images of a shard are turned into rows, so that no sum crosses lanes")
        {
            WeightGradient = Conv2d.SmallMap(ConvMaps.DenseGeometry(inputs[0].Count, Outputs)) is null ? null : Conv2d.ChannelsInLanes,
        };

    static Op IOpRoom.FromSettings(OpSettings settings) => new Linear(settings);

    static IReadOnlyList<OpCase> IOpRoom.Cases =>
    [
        new("ten classes", new Linear(10), [Shape.Vector(32)], 19),
        new("ragged outputs 8 + 4 + 1 + 1, ragged inputs", new Linear(14), [Shape.Vector(37)], 16),
        new("fewer inputs than lanes", new Linear(5), [Shape.Vector(3)], 33),
        new("one of one", new Linear(1), [Shape.Vector(1)], 1),
        new("no bias", new Linear(9) { HasBias = false }, [Shape.Vector(64)], 5),
    ];

    static OpCase IOpRoom.RandomCase(ref RandomSequence random) =>
        new("random", new Linear(1 + random.NextInt(24)) { HasBias = random.NextInt(2) == 0 }, [Shape.Vector(1 + random.NextInt(100))], 1 + random.NextInt(40));

    internal override WeightLayout Layout(IReadOnlyList<Shape> inputs) =>
        new([Outputs, inputs[0].Count], FanIn: inputs[0].Count, FanOut: Outputs) { Channels = Outputs, Run = inputs[0].Count };

    internal override Kernel CreateKernel<TLanes>(KernelSite site)
    {
        var inputs = site.Input.Shape.Count;
        return new WeightedKernel<TLanes>(
            site, DenseMap<TLanes>.Plain(Outputs, inputs), () => DenseMap<TLanes>.Transposed(inputs, Outputs), () => new DenseWeightGradient<TLanes>(Outputs, inputs),
            () => ConvMaps.BlockGradient<TLanes>(ConvMaps.DenseGeometry(inputs, Outputs), site.Shards));
    }

    internal override Kernel? CreateChannelKernel<TLanes>(ChannelSite place) =>
        new ChannelWeightedMaker<TLanes>(place, ChannelTapMap<TLanes>.Dense(Outputs, place.Input.Count), default).Make();

    internal override void ReferenceForward(ReferencePass pass)
    {
        var inputs = pass.Input.Shape.Count;
        for (var image = 0; image < pass.Output.Batch; image++)
            for (var output = 0; output < Outputs; output++)
            {
                var sum = HasBias ? pass.Parameters[1][output] : 0;
                for (var i = 0; i < inputs; i++)
                    sum += pass.Parameters[0][(output * inputs) + i] * pass.Input[image, i];
                pass.Output[image, output] = sum;
            }
    }

    internal override void ReferenceBackward(ReferencePass pass)
    {
        var inputs = pass.Input.Shape.Count;
        for (var image = 0; image < pass.Output.Batch; image++)
            for (var output = 0; output < Outputs; output++)
            {
                var gradient = pass.OutputGradient![image, output];
                if (HasBias) pass.ParameterGradients[1][output] += gradient;
                for (var i = 0; i < inputs; i++)
                {
                    pass.ParameterGradients[0][(output * inputs) + i] += gradient * pass.Input[image, i];
                    pass.InputGradients[0][image, i] += gradient * pass.Parameters[0][(output * inputs) + i];
                }
            }
    }
}
