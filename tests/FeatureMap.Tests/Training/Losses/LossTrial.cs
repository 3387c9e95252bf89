using FeatureMap.Networks;
using FeatureMap.Ops;
using FeatureMap.Training;

namespace FeatureMap.Tests.Training;

/// <summary>A loss on given outputs and targets: what the engine gives for each image, and its gradient by the output; each image's numbers stand in the order channel, row, column.</summary>
internal sealed class LossTrial
{
    public LossTrial(Loss loss, Shape shape, double[] output, double[] target, Shape? targetShape = null, bool hasIgnored = false)
    {
        var batch = output.Length / shape.Count;
        var network = Network.Build(shape, x => x * 1);
        var wanted = targetShape ?? shape;
        var graph = TrainingGraph.Of(network, loss, wanted.Channels, wanted, hasIgnored);
        var weights = Weights.Initialize(graph.Graph, 1);
        var inputs = new List<ReferenceTensor>();
        foreach (var layer in graph.Graph.Layers.Where(layer => layer.Op is null))
            inputs.Add(OpsTensor(layer.Output, batch, layer.Index == 0 ? output : target));
        var reference = new ReferenceNetwork(graph.Graph, weights, inputs, ExecutionMode.Training);
        reference.Forward();
        Reference = [.. reference.Output(graph.Graph.Layers.Count - 1).Values];
        reference.Backward();
        ReferenceGradient = Array.ConvertAll(reference.Gradient(0).Values, value => value * batch);
        (Values, Gradient) = Engine(graph, weights, inputs, batch);
    }

    /// <summary>The engine's loss of each image.</summary>
    public double[] Values { get; }

    public double[] Reference { get; }

    /// <summary>The engine's gradient of each image's own loss by the output.</summary>
    public double[] Gradient { get; }

    public double[] ReferenceGradient { get; }

    private static (double[] Values, double[] Gradient) Engine(
        TrainingGraph graph, Weights weights, List<ReferenceTensor> inputs, int batch)
    {
        var (feed, losses) = (new ArrayFeed(graph.Graph, batch), new ArrayReader(graph.Graph.Layers[^1], batch));
        foreach (var (number, input) in inputs.Index())
            Array.ConvertAll(input.Values, value => (float)value).CopyTo(feed.Of(number), 0);
        using var engine = new LaneEngine(threads: 1);
        using var executable = engine.Prepare(new EngineRequest
        {
            Weights = weights,
            Result = graph.Result,
            Batch = batch,
            Mode = ExecutionMode.Training,
            HasGradients = true,
            WantsImageGradient = true,
            Feed = feed,
            Reader = losses,
        });
        executable.Run(batch);
        var size = graph.Network.Input.Count;
        var gradient = new float[batch * size];
        for (var image = 0; image < batch; image++)
            executable.ReadGradient(0, image, gradient.AsSpan(image * size, size));
        return (Array.ConvertAll(losses.Values, value => (double)value), Array.ConvertAll(gradient, value => batch * (double)value));
    }

    private static ReferenceTensor OpsTensor(Shape shape, int batch, double[] numbers)
    {
        var tensor = new ReferenceTensor(batch, shape);
        numbers.CopyTo(tensor.Values, 0);
        return tensor;
    }
}
