using FeatureMap.Networks;
using FeatureMap.Ops;

namespace FeatureMap.Training;

/// <summary>
/// What training makes small: an expression over the network's output and the target that gives one number per image; the loss of a batch is the mean over its
/// images. It is built of the same ops as a network, so its gradient follows by itself. Ready-made ones are methods of this class, such as
/// <see cref="CrossEntropy"/>, <see cref="Focal"/> or <see cref="Huber"/>; write your own with <see cref="Custom(string, Func{Feature, Feature, Feature})"/>, and add and scale
/// losses with + and *. Any <see cref="LossOp"/> is a loss.
/// </summary>
/// <example><code>
/// Loss = Loss.CrossEntropy(labelSmoothing: 0.1f)
/// Loss = Loss.CrossEntropy() + (0.3 * Loss.CrossEntropy().On("auxiliary"))
/// Loss = Loss.Custom("focal", (output, target) => -(target * output.LogSoftmax() * (1 - output.Softmax()).Square()).Sum())
/// </code></example>
public abstract partial class Loss
{
    /// <summary>Name for logs and messages.</summary>
    public abstract string Name { get; }

    /// <summary>Appends the layers that compute the loss and returns the last: one number per image, a vector of 1.</summary>
    /// <param name="scope">The network's output, its inner layers and the target.</param>
    protected internal abstract Feature Build(LossScope scope);

    /// <summary>
    /// A loss of your own over output and target; the target is a vector of 1 at the image's class and 0 elsewhere, or what mixed labels
    /// make of it. Where pixels of masks are to be ignored (<see cref="Data.TargetSet.IgnoreValue"/>) take the other form, and <see
    /// cref="LossScope.Mean"/> in it.
    /// </summary>
    /// <param name="name">Name for logs and messages.</param>
    /// <param name="body">Receives output and target, returns one number per image: end it with <c>.Sum()</c> or <c>.Mean()</c>.</param>
    public static Loss Custom(string name, Func<Feature, Feature, Feature> body)
    {
        ArgumentNullException.ThrowIfNull(body);
        return Custom(name, scope => body(scope.Output, scope.Target));
    }

    /// <summary>A loss of your own that also looks at inner layers of the network or at the number of the class.</summary>
    /// <param name="name">Name for logs and messages.</param>
    /// <param name="body">Receives everything a loss can see, returns one number per image.</param>
    public static Loss Custom(string name, Func<LossScope, Feature> body)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        ArgumentNullException.ThrowIfNull(body);
        return new BuiltLoss(name, body);
    }

    /// <summary>An op as a loss.</summary>
    public static Loss FromLossOp(LossOp op)
    {
        ArgumentNullException.ThrowIfNull(op);
        return new BuiltLoss(op.ToString(), Build)
        {
            Op = op,
            Terms = op is SoftmaxCrossEntropy plain ? new("cross-entropy") { Smoothing = plain.LabelSmoothing } : null,
        };

        // The fused op knows nothing of pixels to be ignored; the expression that it stands for does.
        Feature Build(LossScope scope)
        {
            if (op is not SoftmaxCrossEntropy entropy || !scope.HasIgnored)
                return scope.Output.Then(op, null, op.ReadsClassIndex ? scope.ClassIndex : scope.Target);
            var target = Smoothed(scope.Target, entropy.LabelSmoothing, scope.Output.Shape.Channels);
            return -scope.Mean((target * scope.Output.LogSoftmax()).Sum(Axes.Channels));
        }
    }

    /// <summary>
    /// An op as a loss of an inner layer's output instead of the network's: of an embedding, or of an auxiliary classifier. For example
    /// <c>new SoftmaxCrossEntropy() + Loss.On("embedding", new CenterLoss())</c>.
    /// </summary>
    /// <param name="layer">Name of the layer: <c>.Linear(2, name: "embedding")</c>.</param>
    /// <param name="op">What to make small there.</param>
    public static Loss On(string layer, LossOp op)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(layer);
        ArgumentNullException.ThrowIfNull(op);
        return FromLossOp(op).On(layer);
    }

    /// <summary>
    /// The loss for what is said of the images of a set: a loss as it fits their targets and the end of the network. For several labels a
    /// binary cross-entropy knows that the network ends in a sigmoid; for quantities distances are counted in the deviations of
    /// the numbers (<see cref="Scaled"/>), so that numbers of all sizes count alike.
    /// </summary>
    /// <param name="loss">What was chosen; null for the usual one.</param>
    /// <param name="training">The training images.</param>
    /// <param name="network">What is trained.</param>
    /// <exception cref="DataException">A quantity is the same for all images.</exception>
    public static Loss Fitted(Loss? loss, Data.ImageSet training, Network network)
    {
        ArgumentNullException.ThrowIfNull(training);
        ArgumentNullException.ThrowIfNull(network);
        return loss switch
        {
            null => Usual(training, network),
            { Terms: { Word: "binary-cross-entropy", OfProbabilities: false } } when training.Targets is { Kind: Data.TargetKind.Labels }
                && network.OutputValues == OutputValues.IndependentProbabilities => Known.With(loss, "of-probabilities", true),
            { Terms.Word: "mse" or "l1" or "huber" or "smooth-l1" or "log-cosh" }
                when training.Targets is { Kind: Data.TargetKind.Quantities } =>
                Scaled(loss, [.. Data.QuantityScale.Of(training).Select(scale => (float)scale.Deviation)]),
            _ => loss,
        };
    }

    /// <summary>
    /// What is made small where nobody says it: that of a pyramid for boxes on it; of several labels the binary cross-entropy; of
    /// quantities the Huber loss in units of their deviation in the set; otherwise softmax cross-entropy.
    /// </summary>
    internal static Loss Usual(Data.ImageSet set, Network network) => set.Targets switch
    {
        { Encoder: Analysis.BoxPyramid pyramid } => PyramidLoss.Of(pyramid),
        { Kind: Data.TargetKind.Labels } =>
            BinaryCrossEntropy(ofProbabilities: network.OutputValues == OutputValues.IndependentProbabilities),
        { Kind: Data.TargetKind.Quantities } => Scaled(Huber(), [.. Data.QuantityScale.Of(set).Select(scale => (float)scale.Deviation)]),
        _ => new SoftmaxCrossEntropy(),
    };

    /// <summary>An op as a loss.</summary>
    public static implicit operator Loss(LossOp op) => FromLossOp(op);

    /// <summary>The sum of two losses.</summary>
    public static Loss Add(Loss left, Loss right)
    {
        ArgumentNullException.ThrowIfNull(left);
        ArgumentNullException.ThrowIfNull(right);
        return new BuiltLoss($"{left.Name} + {right.Name}", scope => left.Build(scope).Add(right.Build(scope)))
        {
            Terms = new("sum") { Parts = [left, right] },
        };
    }

    /// <summary>The sum of two losses.</summary>
    public static Loss operator +(Loss left, Loss right) => Add(left, right);

    /// <summary>A loss that counts for more or less beside others: <c>new SoftmaxCrossEntropy() + (0.3 * Loss.On("embedding", new TripletLoss()))</c>.</summary>
    /// <exception cref="UsageException">The weight is not a number above 0.</exception>
    public static Loss Multiply(Loss loss, double weight)
    {
        ArgumentNullException.ThrowIfNull(loss);
        if (!(weight > 0 && float.IsFinite((float)weight)))
            throw new UsageException($"A loss counts with a weight above 0: received {weight} for '{loss.Name}'. Leave a loss out that "
                + "shall not count.");
        return new BuiltLoss($"{weight} x ({loss.Name})", scope => loss.Build(scope).Multiply(weight))
        {
            Terms = new("times") { Weight = weight, Parts = [loss] },
        };
    }

    /// <summary>A loss that counts for more or less beside others.</summary>
    public static Loss operator *(Loss loss, double weight) => Multiply(loss, weight);

    /// <summary>A loss that counts for more or less beside others.</summary>
    public static Loss operator *(double weight, Loss loss) => Multiply(loss, weight);

    /// <summary>This loss, reading an inner layer in place of the network's output: for an auxiliary classifier half-way.</summary>
    /// <param name="layer">The layer's name. If the output does not need the layer, have it needed: the network keeps only what leads to its output.</param>
    /// <exception cref="UsageException">When it is built: the network has no such layer.</exception>
    public Loss On(string layer)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(layer);
        return new BuiltLoss($"{Name} on {layer}", scope => Build(scope.On(layer))) { Terms = Placed("on", layer) };
    }

    /// <summary>
    /// This loss on a head that exists in training only: <c>Loss.CrossEntropy().On("stage3", x => x.GlobalAveragePool().Linear(10))</c>. The layers of the head read an
    /// inner layer and belong to the loss, their parameters too: they are trained and kept in checkpoints, but neither in the finished model nor in what is exported.
    /// </summary>
    /// <param name="layer">Name of the inner layer that the head reads. If the output does not need it, have it needed: the network keeps only what leads to its output.</param>
    /// <param name="head">From the inner layer to what the loss reads in place of the network's output.</param>
    /// <exception cref="UsageException">When it is built: the network has no such layer.</exception>
    public Loss On(string layer, Func<Feature, Feature> head)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(layer);
        ArgumentNullException.ThrowIfNull(head);
        return new BuiltLoss($"{Name} on a head at {layer}", scope => Build(scope.On(head(scope.Layer(layer)))));
    }

    /// <summary>
    /// This loss against a layer in place of the class: <c>Loss.Mse().Against("input")</c> trains a network to give back its (normalised) image, an autoencoder. The
    /// gradient goes into that layer too.
    /// </summary>
    /// <param name="layer">The layer's name; <c>input</c> is the image.</param>
    /// <exception cref="UsageException">When it is built: the network has no such layer.</exception>
    public Loss Against(string layer)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(layer);
        return new BuiltLoss($"{Name} against {layer}", scope => Build(scope.Against(layer))) { Terms = Placed("against", layer) };
    }

    // A name that the grammar has no letters for cannot be written.
    private LossTerms? Placed(string word, string layer) =>
        layer.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '-' or '_') ? new(word) { Layer = layer, Parts = [this] }
            : null;

    /// <summary>The op that this loss is, where it is a single one.</summary>
    internal LossOp? Op { get; private init; }

    /// <summary>The name.</summary>
    public override string ToString() => Name;

    /// <summary>A ready-made loss that compares output and target number by number; both must have one shape, stretching would hide a mistake.</summary>
    private static BuiltLoss Pairwise(string name, LossTerms? terms, Func<Feature, Feature, LossScope, Feature> body) => new(name, scope =>
    {
        scope.CheckPair(name);
        return body(scope.Output, scope.Target, scope);
    })
    {
        Terms = terms,
    };

    private static string Named(string name, params ReadOnlySpan<string?> settings)
    {
        var given = string.Join(", ", settings.ToArray().Where(setting => setting is not null));
        return given.Length == 0 ? name : $"{name}({given})";
    }

    private sealed class BuiltLoss(string name, Func<LossScope, Feature> body) : Loss
    {
        public override string Name => name;

        protected internal override Feature Build(LossScope scope)
        {
            var own = scope.Own();
            var loss = body(own);
            own.CheckCounted(name);
            return loss;
        }
    }
}
