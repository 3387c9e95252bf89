using FeatureMap.Descriptions;

namespace FeatureMap.Training;

/// <summary>What a ready-made loss was made of: its word, and the numbers that the word has.</summary>
internal sealed record LossTerms(string Word)
{
    public IReadOnlyList<Loss> Parts { get; init; } = [];

    public string Layer { get; init; } = "";

    public double Weight { get; init; } = 1;

    public float Smoothing { get; init; }

    public ClassWeights? ClassWeights { get; init; }

    public double Gamma { get; init; } = 2;

    public double? Alpha { get; init; }

    public double PositiveWeight { get; init; } = 1;

    public bool OfProbabilities { get; init; }

    /// <summary>Temperature, margin, delta or beta.</summary>
    public double Size { get; init; } = 1;

    public bool IsSquared { get; init; }

    public MaskScores Scores { get; init; }

    public double Smooth { get; init; } = 1;

    public double Found { get; init; } = 0.3;

    public double Missed { get; init; } = 0.7;

    public IReadOnlyList<float> Units { get; init; } = [];
}

// The words of losses: what they are called and which numbers they have.
public abstract partial class Loss
{
    /// <summary>The words that <see cref="Parse"/> knows, with their arguments and meaning.</summary>
    public static IReadOnlyList<DescribedWord> Words => Known.Help;

    internal static Vocabulary<Loss> Known { get; } = new(
        "loss",
        [
            Classes(Smoothed(Of("cross-entropy", "softmax and cross-entropy: one class of many",
                t => CrossEntropy(t.Smoothing, t.ClassWeights)))),
            Classes(Focused(Of("focal", "cross-entropy that all but ignores what is already right", t => Focal(t.Gamma, t.ClassWeights)))),
            Smoothed(Of("binary-cross-entropy", "each class a question of its own",
                t => BinaryCrossEntropy(t.PositiveWeight, t.Smoothing, t.OfProbabilities)))
                .Real("positive-weight", "How much a yes counts against a no", t => t.PositiveWeight,
                    (t, v) => t with { PositiveWeight = v }, ValueKind.Positive)
                .Switch("of-probabilities", "Whether the network ends with its own sigmoid", t => t.OfProbabilities,
                    (t, v) => t with { OfProbabilities = v }),
            Focused(Of("binary-focal", "the focal loss, each class a question of its own", t => BinaryFocal(t.Gamma, t.Alpha)))
                .Add(new("alpha", "How much a yes counts, and 1 - alpha a no", ValueKind.Real(0, 1, false, false), t => t.Alpha,
                    (t, v) => t with { Alpha = (double)v })),
            Classes(Of("negative-log-likelihood", "for networks that end with a logarithm of the softmax",
                t => NegativeLogLikelihood(t.ClassWeights))),
            Sized("temperature", Of("kullback-leibler", "how far the distribution is from that of the target",
                t => KullbackLeibler(t.Size))),
            Squared(Sized("margin", Of("hinge", "every wrong class a margin below the right one", t => Hinge(t.Size, t.IsSquared)))),
            Sized("margin", Of("squared-hinge", "the same as hinge squared", t => Hinge(t.Size, isSquared: true))),
            Squared(Sized("margin",
                Of("binary-hinge", "each class a question of its own, with a margin", t => BinaryHinge(t.Size, t.IsSquared)))),
            Of("mse", "the mean of the squared distances", _ => Mse()),
            Of("l1", "the mean of the distances", _ => L1()),
            Sized("delta", Of("huber", "squared near the target, straight far from it", t => Huber(t.Size))),
            Sized("beta", Of("smooth-l1", "the same, with slope 1 far from it", t => SmoothL1(t.Size))),
            Of("log-cosh", "log cosh of the distance", _ => LogCosh()),
            Of("poisson", "for counts", _ => Poisson()),
            Region(Of("dice", "the common part of two regions against both", t => Dice(t.Scores, t.Smooth))),
            Region(Of("jaccard", "the common part of two regions against what either has", t => Jaccard(t.Scores, t.Smooth))),
            Region(Of("tversky", "dice with a choice of which mistake is worse", t => Tversky(t.Found, t.Missed, t.Scores, t.Smooth)))
                .Real("found", "What is found wrongly", t => t.Found, (t, v) => t with { Found = v }, ValueKind.Positive)
                .Real("missed", "What is missed", t => t.Missed, (t, v) => t with { Missed = v }, ValueKind.Positive),
            Region(Of("generalized-dice", "dice of all classes in one quotient", t => GeneralizedDice(t.Scores, t.Smooth),
                t => t with { Smooth = 1e-5 })),
            Group("times", "weight", "a loss that counts for more or less", ValueKind.Positive,
                (weight, loss) => Multiply(loss, (double)weight), t => t.Weight),
            Group("scaled", "units", "a loss of numbers counted in these units",
                ValueKind.Row<float>("numbers above 0 with colons between them"),
                (units, loss) => Scaled(loss, [.. (IEnumerable<float>)units]), t => t.Units),
            Group("on", "layer", "a loss of an inner layer", ValueKind.AnyText("the name of a layer", "none"),
                (layer, loss) => loss.On((string)layer), t => t.Layer),
            Group("against", "layer", "a loss against a layer in place of the class", ValueKind.AnyText("the name of a layer", "none"),
                (layer, loss) => loss.Against((string)layer), t => t.Layer),
        ],
        parts => parts.Aggregate(Add),
        loss => loss.Terms is { Word: "sum" } sum
            ? [.. sum.Parts.SelectMany(part => part.Terms is { Word: "sum" } inner ? inner.Parts : [part])] : [loss]);

    /// <summary>What the loss was made of; null for a loss that only code can describe.</summary>
    internal LossTerms? Terms { get; private init; }

    /// <summary>
    /// The description that <see cref="Parse"/> reads, such as <c>focal 2</c>; <c>custom</c> stands for what only code can describe: a loss
    /// of your own, a head, the target of a detector.
    /// </summary>
    public string Description => Known.Write(this);

    /// <summary>
    /// Reads a description such as <c>cross-entropy smoothing=0.1</c> or <c>cross-entropy, times 0.3 (on auxiliary (cross-entropy))</c>:
    /// words of <see cref="Words"/> with their numbers; commas add losses up. <see cref="Description"/> writes what this reads.
    /// </summary>
    /// <exception cref="UsageException">The text is not such a description; the message says where and what would be.</exception>
    public static Loss Parse(string text) => Known.Parse(text);

    /// <summary>Whether it can weigh classes; see <see cref="WithClassWeights"/>.</summary>
    public bool HasClassWeights => Terms?.Word is "cross-entropy" or "focal" or "negative-log-likelihood";

    /// <summary>The same loss with other weights of the classes.</summary>
    /// <exception cref="UsageException">It has no such weights.</exception>
    public Loss WithClassWeights(ClassWeights weights)
    {
        ArgumentNullException.ThrowIfNull(weights);
        return Known.With(this, "class-weights", weights.Values);
    }

    private static Word<Loss,
        LossTerms> Of(string word, string meaning, Func<LossTerms, Loss> make, Func<LossTerms, LossTerms>? defaults = null) =>
        new(word, meaning, defaults is null ? new(word) : defaults(new(word)), make, loss => loss.Terms?.Word == word ? loss.Terms : null);

    private static Word<Loss, LossTerms> Smoothed(Word<Loss, LossTerms> word) => word.Add(new(
        "smoothing", "Part of the target that is spread over all classes", ValueKind.SingleIn(0, 1, withMost: false), t => t.Smoothing,
        (t, v) => t with { Smoothing = (float)v }));

    private static Word<Loss, LossTerms> Classes(Word<Loss, LossTerms> word) => word.Add(new(
        "class-weights", "How much each class counts", ValueKind.Row<float>("numbers with colons between them, one per class"),
            t => t.ClassWeights?.Values,
        (t, v) => t with { ClassWeights = new([.. (IEnumerable<float>)v]) }));

    private static Word<Loss, LossTerms> Focused(Word<Loss, LossTerms> word) => word.Real(
        "gamma", "How much is ignored that is already right; 0 for nothing", t => t.Gamma, (t, v) => t with { Gamma = v },
            ValueKind.Real(0, 100), isNamed: false);

    private static Word<Loss, LossTerms> Sized(string name, Word<Loss, LossTerms> word) =>
        word.Real(name, "", t => t.Size, (t, v) => t with { Size = v }, ValueKind.Positive, isNamed: false);

    private static Word<Loss, LossTerms> Squared(Word<Loss, LossTerms> word) =>
        word.Switch("squared", "Whether each term is squared", t => t.IsSquared, (t, v) => t with { IsSquared = v });

    private static Word<Loss, LossTerms> Region(Word<Loss, LossTerms> word) => word
        .Choice("scores", t => t.Scores, (t, v) => t with { Scores = v }, "What the network gives")
        .Real("smooth", "Keeps the quotient defined where a class is neither there nor found", t => t.Smooth,
            (t, v) => t with { Smooth = v }, ValueKind.Positive);

    private static GroupWord<Loss> Group(
        string word, string parameter, string meaning, ValueKind kind, Func<object, Loss, Loss> make, Func<LossTerms, object> value) => new(
            word, parameter, meaning, isChoice: false, (given, parts) => make(given, parts[0]),
            loss => loss.Terms is { } terms && terms.Word == word ? (value(terms), terms.Parts) : null, kind: kind);
}
