using FeatureMap.Randomness;

namespace FeatureMap.Ops;

/// <summary>
/// Weight normalisation: a layer whose weights are written as w = g v / |v|, a length and a direction per output channel, and both are learned. The layer
/// computes the same functions as before; gradient descent moves differently, because lengthening a kernel and turning it no longer disturb each other. No batch is
/// involved, so it serves where batch normalisation cannot: batches of one, recurrent and generative networks.
/// <para>
/// Works on any layer with weights: <see cref="Conv2d"/>, <see cref="ConvTranspose2d"/>, <see cref="Linear"/>. At the start g = |v|, so that it is the plain layer.
/// </para>
/// Parameters, under PyTorch's names: weight_g one length per output channel, weight_v the shape of the layer's weight, then its bias. Weight decay pulls on
/// weight_g, because |w| = |g|; on weight_v it would change step sizes and no function.
/// Source: Salimans and Kingma, "Weight normalization", arXiv 1602.07868.
/// </summary>
/// <example><code>x.Conv(16, kernel: 3, weightNorm: true)   // the same as x.Then(new WeightNorm(new Conv2d(16, 3)))</code></example>
public sealed partial class WeightNorm : Op, IOpRoom
{
    /// <summary>Normalises the weights of a layer.</summary>
    /// <exception cref="UsageException">The weights of the layer would start at 0: no direction.</exception>
    public WeightNorm(WeightedOp inner)
    {
        ArgumentNullException.ThrowIfNull(inner);
        if (inner.WeightInitializer == Initializer.Zeros)
            throw new UsageException($"Weight normalisation needs a direction to start with, and weights that are all 0 have none: received {inner} with the initialiser '{inner.WeightInitializer}'. Use another one, such as Initializer.HeNormal.");
        Inner = inner;
    }

    /// <summary>The layer whose weights are normalised.</summary>
    public WeightedOp Inner { get; }

    /// <inheritdoc/>
    public override string Settings => Inner.ToString();

    /// <inheritdoc/>
    public override Shape OutputShape(IReadOnlyList<Shape> inputs) => Inner.OutputShape(inputs);

    /// <inheritdoc/>
    public override IReadOnlyList<ParameterDefinition> Parameters(IReadOnlyList<Shape> inputs)
    {
        var plain = Inner.Parameters(inputs);
        var layout = Inner.Layout(inputs);
        int[] lengths = layout.Blocks == 1 && layout.Rows == 1
            ? [layout.OutputChannels, .. layout.Dimensions.Skip(1).Select(_ => 1)]
            : [layout.Blocks, layout.Channels, .. layout.Dimensions.Skip(2).Select(_ => 1)];
        return
        [
            new ParameterDefinition("weight_g", lengths, Trainable: true, Initializer.Ones, Decays: true), // replaced by |v| (CompleteInitialization)
            plain[0] with { Name = "weight_v", Decays = false },
            .. plain.Skip(1),
        ];
    }

    /// <inheritdoc/>
    public override Cost Cost(IReadOnlyList<Shape> inputs) => Inner.Cost(inputs);

    /// <inheritdoc/>
    public override Reach Reach(IReadOnlyList<Shape> inputs) => Inner.Reach(inputs);

    /// <inheritdoc/>
    public override KernelPath Path(IReadOnlyList<Shape> inputs) =>
        new("weights, then layer", "once per step and not per image: w = g v / |v| before the layer's kernel packs it, and the gradients of g and v from that of w");

    internal override string LayerName => Inner.LayerName; // it is still a convolution

    internal override GradientReads GradientReads => Inner.GradientReads;

    private static Dictionary<string, CatalogueEntry> Layers =>
        OpCatalogue.Entries.Where(entry => entry.Type.IsSubclassOf(typeof(WeightedOp))).ToDictionary(entry => entry.Type.Name);

    /// <summary>The plain weights that lengths and directions stand for: what an exporter writes, or what a layer without weight normalisation would need.</summary>
    /// <param name="inputs">Shapes of what the layer reads.</param>
    /// <param name="lengths">weight_g.</param>
    /// <param name="directions">weight_v.</param>
    /// <param name="weight">Receives as many numbers as <paramref name="directions"/> has.</param>
    /// <exception cref="UsageException">The numbers are not as many as the layer has.</exception>
    public void Compose(IReadOnlyList<Shape> inputs, ReadOnlySpan<float> lengths, ReadOnlySpan<float> directions, Span<float> weight)
    {
        var layout = Inner.Layout(inputs);
        var count = Inner.Parameters(inputs)[0].Count;
        if (lengths.Length != layout.OutputChannels || directions.Length != count || weight.Length != count)
            throw new UsageException($"{this} has {layout.OutputChannels:N0} lengths and {count:N0} weights: received {lengths.Length:N0} lengths, {directions.Length:N0} directions and room for {weight.Length:N0} weights.");
        for (var channel = 0; channel < layout.OutputChannels; channel++)
            WeightDirection.Compose(layout, channel, lengths[channel], directions, weight);
    }

    // The weights of a trained network are numbers: it is exported as the plain layer.
    internal override void ExportOnnx(OnnxExport graph) => Inner.ExportOnnx(new ComposedExport(graph, this));

    static Op IOpRoom.FromSettings(OpSettings settings) =>
        new WeightNorm((WeightedOp)Layers[settings.Choice("layer", Layers.Keys, (WeightNorm op) =>
            op.Inner.Name)].FromSettings(settings.Inside((WeightNorm op) => op.Inner)));

    static IReadOnlyList<OpCase> IOpRoom.Cases =>
    [
        Case("convolution", new Conv2d(6, 3) { Padding = 1 }, new Shape(3, 5, 6), 18),
        Case("grouped convolution "
            + "without bias", new Conv2d(6, (3, 2)) { Groups = 3, HasBias = false, Stride = (2, 1) }, new Shape(6, 5, 5), 3),
        Case("Winograd", new Conv2d(12, 3), new Shape(12, 6, 6), 2),
        Case("a convolution that covers its input", new Conv2d(4, 3), new Shape(2, 3, 3), 5),
        Case("transposed convolution", new ConvTranspose2d(5, 4) { Stride = 2, Padding = 1 }, new Shape(3, 4, 3), 4),
        Case("grouped transposed convolution", new ConvTranspose2d(6, 2) { Groups = 2 }, new Shape(4, 3, 4), 17),
        Case("dense layer", new Linear(10), Shape.Vector(21), 19),
        Case("one weight", new Linear(1) { HasBias = false }, Shape.Vector(1), 2),
    ];

    static OpCase IOpRoom.RandomCase(ref RandomSequence random)
    {
        var layers = Layers.Values.ToList();
        while (true)
        {
            var given = layers[random.NextInt(layers.Count)].RandomCase(ref random);
            var op = (WeightedOp)given.Op;
            // The sums of small layers only: rounding of large ones says nothing about the normalisation.
            if (op.Cost(given.Inputs).MultiplyAdds <= 4_000)
                return Case("random", op, given.Inputs[0], Math.Min(given.Batch, 20));
        }
    }

    internal override Kernel CreateKernel<TLanes>(KernelSite site) => new WeightNormKernel(site, this, Inner.CreateKernel<TLanes>);

    internal override void CompleteInitialization(IReadOnlyList<Shape> inputs, IReadOnlyList<ParameterSlot> parameters)
    {
        var layout = Inner.Layout(inputs);
        for (var channel = 0; channel < layout.OutputChannels; channel++)
            parameters[0].Span[channel] = (float)WeightDirection.Length(layout, channel, parameters[1].Span);
    }

    // Lengths are roots, so nothing here is exact on integers.
    private static OpCase Case(string name, WeightedOp op, Shape input, int batch) => new(name, new WeightNorm(op), [input], batch, CaseValues.Reals);
}
