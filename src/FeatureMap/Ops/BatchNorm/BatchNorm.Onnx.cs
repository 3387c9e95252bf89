namespace FeatureMap.Ops;

public sealed partial class BatchNorm
{
    static IReadOnlyList<OnnxOperator> IOpRoom.OnnxOperators => [new("BatchNormalization", ReadOnnx, "epsilon", "momentum", "spatial", "training_mode")];

    // Scale and shift come first, mean and variance behind them, here and there. Its momentum is the weight of the past, ours that of the newest batch.
    internal override void ExportOnnx(OnnxExport graph)
    {
        var channels = graph.InputShapes[0].Channels;
        var scale = IsAffine ? graph.Parameter(0) : graph.Constant("ones", [channels], [.. Enumerable.Repeat(1f, channels)]);
        var shift = IsAffine ? graph.Parameter(1) : graph.Constant("zeros", [channels], new float[channels]);
        graph.Result(
            "BatchNormalization", [graph.Input(), scale, shift, graph.Parameter(RunningMean), graph.Parameter(RunningMean + 1)],
            new OnnxAttribute("epsilon", Epsilon), new OnnxAttribute("momentum", 1 - Momentum));
    }

    private const int ModeOpset = 14;

    private static void ReadOnnx(OnnxImport node)
    {
        if (node.Whole("spatial", 1) == 0)
            throw node.Wrong("it normalises every pixel by itself (spatial = 0); only channels can be normalised");
        // Before there was an attribute for it, a node in training gave the statistics out: five outputs.
        if (node.Opset < ModeOpset && Enumerable.Range(1, 4).Any(node.Gives))
            throw node.Wrong($"it gives {node.OutputCount} outputs, which below operator set {ModeOpset} means that it normalises by the "
                + "statistics of the batch (training), and evaluation uses the running ones; export the model in evaluation mode");
        if (node.Flag("training_mode"))
        {
            ReadTraining(node);
            return;
        }
        var input = node.Channels();
        var channels = input.Dimensions[0];
        var newest = MathF.Round(1 - node.Real("momentum", 0.9f), 6);
        var op = new BatchNorm { Epsilon = node.Epsilon(), Momentum = newest is > 0 and <= 1 ? newest : 0.1f };
        node.Result(node.Layer(
            op, [input], input.Dimensions, node.Reals(1, "scale", channels), node.Reals(2, "shift", channels), node.Reals(3, "mean", channels), node.Reals(4, "variance", channels)));
    }

    /// <summary>
    /// In training the images of a batch meet, as they never do in evaluation. Where the whole tensor is one sample they may: the planes of a channel, of all images
    /// together, are normalised as one, and the running averages are computed beside them.
    /// </summary>
    private static void ReadTraining(OnnxImport node)
    {
        var input = node.Feature();
        var sizes = input.Dimensions;
        if (node.HasBatch || sizes.Count < 2)
            throw node.Wrong("it normalises by the statistics of the batch (training_mode), and evaluation uses the running ones; export the model in evaluation mode");
        var (channels, epsilon, past) = (sizes[1], node.Epsilon(), node.Real("momentum", 0.9f));
        var planes = node.ToChannels(input with { Dimensions = [sizes[0], channels, OnnxImport.Product(sizes.Skip(2))] }, 1);
        var normalized = node.Layer(new InstanceNorm { IsAffine = true, Epsilon = epsilon }, [planes], null, node.Reals(1, "scale", channels), node.Reals(2, "shift", channels));
        node.Result(node.FromChannels(normalized, sizes, 1));
        if (!node.Gives(1) && !node.Gives(2)) return;
        var (mean, variance) = OnnxMoments.Of(node, planes, Axes.Space);
        node.Result(Running(mean, node.Reals(3, "mean", channels)), 1);
        node.Result(Running(variance, node.Reals(4, "variance", channels)), 2);

        OnnxFeature Running(OnnxFeature newest, float[] before)
        {
            var old = node.Layer(new LearnedParameter(newest.Shape), [], null, Array.ConvertAll(before, value => past * value));
            return node.Layer(new Add(), [node.Layer(new ScaleShift(1 - past), [newest]), old], [channels]);
        }
    }
}
