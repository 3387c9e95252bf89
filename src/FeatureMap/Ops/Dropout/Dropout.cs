using FeatureMap.Randomness;

namespace FeatureMap.Ops;

/// <summary>
/// Dropout: in training each number becomes 0 with the given probability, on its own; the others are scaled up so that the mean stays. No unit can rely on
/// another one being there. In evaluation it is the identity. In feature maps neighbours tell the same, so prefer <see cref="ChannelDropout"/> there.
/// Source: Hinton et al., "Improving neural networks by preventing co-adaptation of feature detectors", arXiv 1207.0580.
/// </summary>
public sealed class Dropout : DropoutMask, IOpRoom
{
    /// <summary>Drops numbers with this probability.</summary>
    /// <exception cref="UsageException">The probability is not in [0, 1).</exception>
    public Dropout(float probability) : base(probability) { }

    /// <inheritdoc/>
    public override KernelPath Path(IReadOnlyList<Shape> inputs) => new("elementwise", "the mask is drawn again in the backward pass: a few integer operations cost less than storing and loading it");

    static Op IOpRoom.FromSettings(OpSettings settings) => new Dropout(ProbabilityOf(settings));

    static IReadOnlyList<OnnxOperator> IOpRoom.OnnxOperators => [new("Dropout", ReadOnnx, "ratio", "seed")];

    // Scales 2 and 4 are exact on integers.
    static IReadOnlyList<OpCase> IOpRoom.Cases =>
    [
        new("half", new Dropout(0.5f), [new Shape(3, 5, 4)], 19),
        new("three quarters", new Dropout(0.75f), [Shape.Vector(37)], 16),
        new("zero is a view", new Dropout(0), [Shape.Vector(7)], 3),
        new("a twentieth", new Dropout(0.05f), [new Shape(2, 6, 6)], 35, CaseValues.Reals),
    ];

    static string? IOpRoom.WithoutGolden => "random: the mask comes from our own generator";

    static OpCase IOpRoom.RandomCase(ref RandomSequence random) => new(
        "random", new Dropout(random.NextInt(20) / 20f), [new Shape(1 + random.NextInt(6), 1 + random.NextInt(8), 1 + random.NextInt(8))], 1 + random.NextInt(40), CaseValues.Reals);

    internal override int Unit(Shape input) => 1;

    // The probability was an attribute up to operator set 11 and is an input since 12.
    private static void ReadOnnx(OnnxImport node)
    {
        var probability = node.Has(1) ? node.Real(1, "ratio", 0.5f) : node.Real("ratio", 0.5f);
        var isTraining = node.Has(2) && node.Wholes(2, "training mode") is [not 0];
        if (isTraining && probability > 0)
            throw node.Wrong("it drops at random (training mode), and evaluation drops nothing; export the model in evaluation mode");
        var input = node.Feature();
        // Dropping everything is legal and means as little in evaluation as dropping anything.
        node.Result(probability == 1 ? input : node.Layer(new Dropout(probability), [input], input.Dimensions));
        // The mask says what was kept: everything.
        if (node.Gives(1)) node.Result(node.Layer(new ScaleShift(0, 1), [input], input.Dimensions), 1);
    }
}
