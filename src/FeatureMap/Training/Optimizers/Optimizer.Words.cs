using FeatureMap.Descriptions;

namespace FeatureMap.Training;

// The words of optimisers: what they are called and which numbers they have.
public abstract partial class Optimizer
{
    private static readonly ValueKind Epsilons = ValueKind.Real(0, 1, withLeast: false, withMost: false);

    /// <summary>The words that <see cref="Parse"/> knows, with their arguments and meaning.</summary>
    public static IReadOnlyList<DescribedWord> Words => Known.Help;

    internal static Vocabulary<Optimizer> Known { get; } = new(
        "optimizer",
        new Word<Optimizer, Sgd>("sgd", "stochastic gradient descent, with momentum", new Sgd())
            .Real("momentum", "How much of the last direction is kept", o => o.Momentum, (o, v) => new(v, o.Nesterov, o.WeightDecay),
                ValueKind.PartBelowOne, isNamed: false)
            .Switch("nesterov", "Whether to look ahead along the momentum", o => o.Nesterov, (o, v) => new(o.Momentum, v, o.WeightDecay))
            .Real(Decay, DecayMeaning, o => o.WeightDecay, (o, v) => new(o.Momentum, o.Nesterov, v), ValueKind.PartBelowOne).Shown(),
        OfAdam("adam", "steps of about the learning rate in every coordinate", new Adam(),
            (beta1, beta2, epsilon, decay) => new(beta1, beta2, epsilon, decay)),
        OfAdam("adamw", "Adam with weight decay apart from the gradient", new AdamW(),
            (beta1, beta2, epsilon, decay) => new(beta1, beta2, epsilon, decay)),
        new Word<Optimizer, RmsProp>("rmsprop", "the gradient divided by its running size", new RmsProp())
            .Real("smoothing", Beta2Meaning, o => o.Smoothing, (o, v) => new(v, o.Epsilon, o.Momentum, o.Centered, o.WeightDecay),
                ValueKind.PartBelowOne)
            .Real("epsilon", EpsilonMeaning, o => o.Epsilon, (o, v) => new(o.Smoothing, v, o.Momentum, o.Centered, o.WeightDecay), Epsilons)
            .Real("momentum", "How much of the last direction is kept", o => o.Momentum,
                (o, v) => new(o.Smoothing, o.Epsilon, v, o.Centered, o.WeightDecay), ValueKind.PartBelowOne)
            .Switch("centered", "Whether the variance divides", o => o.Centered,
                (o, v) => new(o.Smoothing, o.Epsilon, o.Momentum, v, o.WeightDecay))
            .Real(Decay, DecayMeaning, o => o.WeightDecay, (o, v) => new(o.Smoothing, o.Epsilon, o.Momentum, o.Centered, v),
                ValueKind.PartBelowOne),
        new Word<Optimizer, Lion>("lion", "steps of one size along the sign of the momentum", new Lion())
            .Real("beta1", "How much of the momentum goes into the direction", o => o.Beta1, (o, v) => new(v, o.Beta2, o.WeightDecay),
                ValueKind.PartBelowOne)
            .Real("beta2", "Memory of the momentum", o => o.Beta2, (o, v) => new(o.Beta1, v, o.WeightDecay), ValueKind.PartBelowOne)
            .Real(Decay, DecayMeaning, o => o.WeightDecay, (o, v) => new(o.Beta1, o.Beta2, v), ValueKind.PartBelowOne));

    private const string Decay = "weight-decay", DecayMeaning = "How strongly weights are pulled towards 0",
        Beta1Meaning = "Memory of the average gradient", Beta2Meaning = "Memory of the average squared gradient",
        EpsilonMeaning = "Added to the root of the average squared gradient";

    /// <summary>
    /// Reads a description such as <c>sgd 0.9 nesterov weight-decay=5e-4</c>: a word of <see cref="Words"/> with its numbers; what is left
    /// out has its default. <see cref="ToString"/> writes what this reads.
    /// </summary>
    /// <exception cref="UsageException">The text is not such a description; the message says where and what would be.</exception>
    public static Optimizer Parse(string text) => Known.Parse(text);

    /// <summary>The description that <see cref="Parse"/> reads; <c>custom</c> for a class of your own.</summary>
    public override string ToString() => Known.Write(this);

    private static Word<Optimizer, T> OfAdam<T>(string name, string meaning, T prototype, Func<double, double, double, double, T> make)
        where T : Adam => new Word<Optimizer, T>(name, meaning, prototype)
            .Real("beta1", Beta1Meaning, o => o.Beta1, (o, v) => make(v, o.Beta2, o.Epsilon, o.WeightDecay), ValueKind.PartBelowOne)
            .Real("beta2", Beta2Meaning, o => o.Beta2, (o, v) => make(o.Beta1, v, o.Epsilon, o.WeightDecay), ValueKind.PartBelowOne)
            .Real("epsilon", EpsilonMeaning, o => o.Epsilon, (o, v) => make(o.Beta1, o.Beta2, v, o.WeightDecay), Epsilons)
            .Real(Decay, DecayMeaning, o => o.WeightDecay, (o, v) => make(o.Beta1, o.Beta2, o.Epsilon, v), ValueKind.PartBelowOne);
}
