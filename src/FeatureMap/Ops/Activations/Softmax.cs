using FeatureMap.Randomness;

namespace FeatureMap.Ops;

/// <summary>
/// Softmax over the channels, at every pixel by itself: exp(x) / sum exp(x), positive numbers that add up to 1. For probabilities that are read or used inside a
/// network (attention, mixtures). Not at the end of a classifier: <see cref="SoftmaxCrossEntropy"/> has its own.
/// Source: Bridle, "Probabilistic interpretation of feedforward classification network outputs", 1990.
/// </summary>
public sealed class Softmax : ChannelSoftmax, IPlainRoom<Softmax>
{
    internal override bool IsLog => false;

    static IReadOnlyList<OnnxOperator> IOpRoom.OnnxOperators => [new("Softmax", node => ReadOnnx(node, new Softmax()), "axis")];

    static IReadOnlyList<OpCase> IOpRoom.Cases =>
    [
        new("plane", new Softmax(), [new Shape(3, 5, 4)], 19, CaseValues.Reals),
        new("two classes", new Softmax(), [Shape.Vector(2)], 16, CaseValues.Reals),
        new("many classes, far apart", new Softmax(), [Shape.Vector(40)], 33, CaseValues.Reals) { InputValues = [InputValues.Between(-100, 100)] },
    ];

    static OpCase IOpRoom.RandomCase(ref RandomSequence random) => RandomCaseOf(new Softmax(), ref random);
}
