using FeatureMap.Networks;
using FeatureMap.Ops;

namespace FeatureMap.Training;

/// <summary>
/// What training makes small: an expression over the network's output and the target that gives one number per image; the loss of a batch is the mean over its
/// images. It is built of the same ops as a network, so its gradient follows by itself. Write your own with <see cref="Custom(string, Func{Feature, Feature, Feature})"/>, and add or scale losses
/// with + and *. Any <see cref="LossOp"/> is a loss.
/// </summary>
/// <example><code>
/// Loss = new SoftmaxCrossEntropy(labelSmoothing: 0.1f)
/// Loss = Loss.Custom("focal", (output, target) => -(target * output.LogSoftmax() * (1 - output.Softmax()).Square()).Sum())
/// </code></example>
public abstract class Loss
{
    /// <summary>Name for logs and messages.</summary>
    public abstract string Name { get; }

    /// <summary>Appends the layers that compute the loss and returns the last: one number per image, a vector of 1.</summary>
    /// <param name="scope">The network's output, its inner layers and the target.</param>
    protected internal abstract Feature Build(LossScope scope);

    /// <summary>A loss of your own over output and target; the target is a vector of 1 at the image's class and 0 elsewhere, or what mixed labels make of it.</summary>
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
        return new BuiltLoss(op.ToString(), scope => Compare(scope.Output, op, scope)) { Op = op };
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
        return new BuiltLoss($"{op} on {layer}", scope => Compare(scope.Layer(layer), op, scope));
    }

    /// <summary>An op as a loss.</summary>
    public static implicit operator Loss(LossOp op) => FromLossOp(op);

    /// <summary>The sum of two losses.</summary>
    public static Loss Add(Loss left, Loss right)
    {
        ArgumentNullException.ThrowIfNull(left);
        ArgumentNullException.ThrowIfNull(right);
        return new BuiltLoss($"{left.Name} + {right.Name}", scope => left.Build(scope).Add(right.Build(scope)));
    }

    /// <summary>The sum of two losses.</summary>
    public static Loss operator +(Loss left, Loss right) => Add(left, right);

    /// <summary>A loss that counts for more or less beside others: <c>new SoftmaxCrossEntropy() + (0.3 * Loss.On("embedding", new TripletLoss()))</c>.</summary>
    /// <exception cref="UsageException">The weight is not a number above 0.</exception>
    public static Loss Multiply(Loss loss, double weight)
    {
        ArgumentNullException.ThrowIfNull(loss);
        if (!(weight > 0 && float.IsFinite((float)weight)))
            throw new UsageException(FormattableString.Invariant($"A loss counts with a weight above 0: received {weight} for '{loss.Name}'. Leave a loss out that shall not count."));
        return new BuiltLoss(FormattableString.Invariant($"{weight} x ({loss.Name})"), scope => loss.Build(scope).Multiply(weight));
    }

    /// <summary>A loss that counts for more or less beside others.</summary>
    public static Loss operator *(Loss loss, double weight) => Multiply(loss, weight);

    /// <summary>A loss that counts for more or less beside others.</summary>
    public static Loss operator *(double weight, Loss loss) => Multiply(loss, weight);

    private static Feature Compare(Feature feature, LossOp op, LossScope scope) => feature.Then(op, null, op.ReadsClassIndex ? scope.ClassIndex : scope.Target);

    /// <summary>The op that this loss is, where it is a single one.</summary>
    internal LossOp? Op { get; private init; }

    /// <summary>The name.</summary>
    public override string ToString() => Name;

    private sealed class BuiltLoss(string name, Func<LossScope, Feature> body) : Loss
    {
        public override string Name => name;

        protected internal override Feature Build(LossScope scope) => body(scope);
    }
}
