using FeatureMap.Analysis;
using FeatureMap.Networks;
using FeatureMap.Ops;

namespace FeatureMap.Training;

/// <summary>
/// A network with its loss behind it, as one graph: layers of the network first, with their own indices, then targets and layers of the loss, whose names begin
/// with <c>loss/</c>. The last layer is the loss of each image.
/// </summary>
internal sealed class TrainingGraph
{
    private readonly LossOp[] losses;

    private TrainingGraph(Network network, Network graph, string loss, int? target, int? classIndex, bool hasIgnored)
    {
        HasIgnored = hasIgnored;
        (Network, Graph, Loss) = (network, graph, loss);
        Target = target;
        ClassIndex = classIndex;
        losses = [.. graph.Layers.Select(layer => layer.Op).OfType<LossOp>()];
    }

    /// <summary>What is trained.</summary>
    public Network Network { get; }

    /// <summary>Network and loss.</summary>
    public Network Graph { get; }

    public string Loss { get; }

    /// <summary>The layer of the network's output.</summary>
    public int Result => Network.Layers.Count - 1;

    /// <summary>The layer to be filled with the target, a distribution over the classes or what the data give, where the loss reads one.</summary>
    public int? Target { get; }

    /// <summary>The same as a layer.</summary>
    public Layer? TargetLayer => Target is { } index ? Graph.Layers[index] : null;

    /// <summary>The layer to be filled with the number of the class, where the loss reads it.</summary>
    public int? ClassIndex { get; }

    /// <summary>Whether the target is -1 at pixels that count for nothing.</summary>
    public bool HasIgnored { get; }

    /// <summary>Whether the network gives one score per class, so that the highest one is its answer.</summary>
    public bool GivesScores(int classes) => Network.Output == Shape.Vector(classes);

    /// <summary>What the loss does first with the network's output.</summary>
    public OutputReading Reading
    {
        get
        {
            var (reading, same) = (OutputReading.AsItIs, new HashSet<int> { Result });
            foreach (var layer in Graph.Layers.Skip(Network.Layers.Count).Where(layer => layer.Inputs.Any(same.Contains)))
            {
                if (layer.Op is SoftmaxCrossEntropy or ChannelSoftmax) return OutputReading.Softmax;
                if (layer.Op is Sigmoid or Softplus) reading = OutputReading.Sigmoid;
                else if (layer.Op is ScaleShift or Flatten or Reshape or Slice) same.Add(layer.Index);
            }
            return reading;
        }
    }

    /// <summary>Why a loss can learn nothing from a batch of images of these classes; null where none objects. Allocates nothing then.</summary>
    public string? Objection(ReadOnlySpan<int> labels)
    {
        foreach (var op in losses)
            if (op.Objection(labels) is { } objection)
                return objection;
        return null;
    }

    /// <summary>Builds the loss behind the network.</summary>
    /// <param name="network">What is trained.</param>
    /// <param name="loss">What is made small.</param>
    /// <param name="classes">Classes of the data.</param>
    /// <param name="target">Shape of the target; a vector with one number per class where null.</param>
    /// <param name="hasIgnored">Whether the target is -1 at pixels that count for nothing.</param>
    /// <exception cref="ShapeException">The loss does not fit the network, or does not give one number per image.</exception>
    /// <exception cref="UsageException">The loss does not leave out the pixels that count for nothing.</exception>
    public static TrainingGraph Of(Network network, Loss loss, int classes, Shape? target = null, bool hasIgnored = false)
    {
        var builder = new NetworkBuilder(network, "loss/");
        var scope = new LossScope(builder, network.Layers.Count - 1, classes, target ?? Shape.Vector(classes), hasIgnored);
        var last = loss.Build(scope) ?? throw new ShapeException($"The loss '{loss.Name}' returned null. Return one number per image, as in -(target * output.LogSoftmax()).Sum().");
        scope.CheckCounted(loss.Name);
        if (last.Builder != builder)
            throw new ShapeException($"The loss '{loss.Name}' returned a layer of another network. Build it from the output and the target that it is given.");
        if (last.Shape != Shape.Vector(1))
            throw new ShapeException($"The loss '{loss.Name}' gives {last.Shape} per image (channels x height x width): a loss is one number per image, so that the mean over the batch can be made small. End it with .Sum() or .Mean().");
        if (last.Index < network.Layers.Count)
            throw new ShapeException($"The loss '{loss.Name}' is the network's layer '{network.Layers[last.Index].Name}' itself and compares nothing. Compare the output with the target.");
        var graph = builder.Finish(last);
        return new TrainingGraph(network, graph, loss.Name, IndexOf(graph, "loss/target"), IndexOf(graph, "loss/classIndex"), hasIgnored);
    }

    private static int? IndexOf(Network graph, string name) => graph.Layers.FirstOrDefault(layer => layer.Name == name)?.Index;
}
