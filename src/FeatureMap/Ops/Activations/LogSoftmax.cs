using FeatureMap.Randomness;

namespace FeatureMap.Ops;

/// <summary>
/// The logarithm of <see cref="Softmax"/>, x - log sum exp(x), at every pixel by itself. It stays accurate where a probability is too small to be a number:
/// the logarithm of a softmax computed in two steps would be minus infinity there.
/// Source: Bridle, "Probabilistic interpretation of feedforward classification network outputs", 1990.
/// </summary>
public sealed class LogSoftmax : ChannelSoftmax, IPlainRoom<LogSoftmax>
{
    internal override bool IsLog => true;

    static IReadOnlyList<OnnxOperator> IOpRoom.OnnxOperators => [new("LogSoftmax", node => ReadOnnx(node, new LogSoftmax()), "axis")];

    static IReadOnlyList<OpCase> IOpRoom.Cases =>
    [
        new("plane", new LogSoftmax(), [new Shape(3, 5, 4)], 19, CaseValues.Reals),
        new("two classes", new LogSoftmax(), [Shape.Vector(2)], 16, CaseValues.Reals),
        new("many classes, far apart", new LogSoftmax(), [Shape.Vector(40)], 33, CaseValues.Reals) { InputValues = [InputValues.Between(-100, 100)] },
    ];

    static OpCase IOpRoom.RandomCase(ref RandomSequence random) => RandomCaseOf(new LogSoftmax(), ref random);
}
