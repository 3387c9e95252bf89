using FeatureMap.Lanes;
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

    private static unsafe (double[] Values, double[] Gradient) Engine(TrainingGraph graph, Weights weights, List<ReferenceTensor> inputs, int batch)
    {
        var values = new double[batch];
        using var team = new ThreadTeam(1);
        using var plan = new Plan(new PlanRequest
        {
            Weights = weights,
            Result = graph.Result,
            Batch = batch,
            Mode = ExecutionMode.Training,
            HasGradients = true,
            Team = team,
            WantsImageGradient = true,
            Load = plan => (in item) =>
            {
                foreach (var (next, layer) in graph.Graph.Layers.Where(layer => layer.Op is null).Index())
                    for (var i = 0; i < layer.Output.Count; i++)
                        for (var lane = 0; lane < LaneLayout.Lanes; lane++)
                            plan.OutputOf(layer.Index).At(item.Slot)[(i * LaneLayout.Lanes) + lane] = (float)inputs[next][(item.Index * LaneLayout.Lanes) + (lane < item.Images ? lane : 0), i];
            },
            Consume = plan => (in item) =>
            {
                for (var lane = 0; lane < item.Images; lane++)
                    values[(item.Index * LaneLayout.Lanes) + lane] = plan.LossOutput.At(item.Slot)[lane];
            },
        });
        plan.Run(batch);
        var size = graph.Network.Input.Count;
        var gradient = new double[batch * size];
        for (var image = 0; image < batch; image++)
            for (var i = 0; i < size; i++)
                gradient[(image * size) + i] = batch * (double)plan.ImageGradient!.At(image / LaneLayout.Lanes)[(i * LaneLayout.Lanes) + (image % LaneLayout.Lanes)];
        return (values, gradient);
    }

    private static ReferenceTensor OpsTensor(Shape shape, int batch, double[] numbers)
    {
        var tensor = new ReferenceTensor(batch, shape);
        numbers.CopyTo(tensor.Values, 0);
        return tensor;
    }
}
