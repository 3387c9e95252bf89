using FeatureMap.Data;
using FeatureMap.Networks;
using FeatureMap.Ops;
using FeatureMap.Randomness;

namespace FeatureMap.Training;

/// <summary>
/// Checks the gradients of a network and its loss, such as a custom layer or a custom loss of your own. Two judges: central differences in double precision say
/// whether the mathematics is right, and the engine's float32 gradients are compared with those in double precision. Use a small network: every
/// coordinate costs two forward passes.
/// </summary>
public sealed class GradientCheck
{
    // Central differences in double precision; float32 against double precision over a whole graph.
    private const double Step = 1e-6, DifferenceRelative = 1e-3, DifferenceAbsolute = 1e-5, EngineRelative = 1e-4, EngineAbsolute = 1e-6;
    private const int CoordinatesPerTensor = 24;

    private GradientCheck(IReadOnlyList<GradientCheckRow> rows) => Rows = rows;

    /// <summary>One row per parameter, and one for the images.</summary>
    public IReadOnlyList<GradientCheckRow> Rows { get; }

    /// <summary>Whether every gradient agrees with both judges.</summary>
    public bool Passed => Rows.All(row => row.Passed);

    /// <summary>Checks network and loss on random images and labels.</summary>
    /// <param name="network">The network; small.</param>
    /// <param name="loss">The loss; softmax cross-entropy where null.</param>
    /// <param name="classes">Classes of the random labels; the channels of target or output where 0.</param>
    /// <param name="batch">Images.</param>
    /// <param name="seed">Decides weights, images and labels.</param>
    /// <param name="target">Shape of the target, for losses on maps: one random class at each pixel, or yes or no where there is one channel. A vector with one number per class where null.</param>
    /// <param name="targets">Targets in place of random ones, for losses that want something special; image i gets number i, round and round.</param>
    /// <exception cref="ShapeException">The loss does not fit the network, or does not give one number per image.</exception>
    /// <exception cref="UsageException">The loss finds nothing to compare in a batch of these labels.</exception>
    public static GradientCheck Run(Network network, Loss? loss = null, int classes = 0, int batch = 5, ulong seed = 1, Shape? target = null, TargetSet? targets = null)
    {
        ArgumentNullException.ThrowIfNull(network);
        target ??= targets?.Shape;
        if (classes == 0) classes = (target ?? network.Output).Channels;
        var graph = TrainingGraph.Of(network, loss ?? new SoftmaxCrossEntropy(), classes, target, targets is { IgnoreValue: not null });
        var weights = Weights.Initialize(graph.Graph, seed);
        var step = new StepState { Seed = seed, Count = batch };
        var inputs = Inputs(graph, classes, batch, seed, targets);
        var reference = new ReferenceNetwork(graph.Graph, weights, inputs, ExecutionMode.Training, step);
        reference.Forward();
        reference.Backward();
        var rows = new List<GradientCheckRow>();
        using var engine = new LaneEngine(threads: 1);
        using var executable = engine.Prepare(new EngineRequest
        {
            Weights = weights,
            Result = graph.Result,
            Batch = batch,
            Mode = ExecutionMode.Training,
            HasGradients = true,
            WantsImageGradient = true,
            Feed = FeedOf(graph.Graph, inputs),
        });
        executable.Step.Seed = seed;
        executable.Run(batch);
        var random = new RandomSequence(seed, RandomPurpose.Testing, 7);
        var gradients = graph.Graph.Layers.SelectMany(layer => layer.Parameters.Select((parameter, i) => (layer, parameter, i))).ToList();
        for (var k = 0; k < gradients.Count; k++)
        {
            var (layer, parameter, i) = gradients[k];
            if (!parameter.Trainable) continue;
            var own = (double[])reference.ParameterGradient(layer.Index, i).Clone();
            var engines = Array.ConvertAll(executable.Gradient(k).ToArray(), value => (double)value);
            rows.Add(Row($"{layer.Name}.{parameter.Name}", reference, reference.Parameter(layer.Index, i), own, engines, ref random));
        }
        var images = (double[])reference.Gradient(0).Values.Clone();
        rows.Add(Row("images", reference, inputs[0].Values, images, ImageGradient(executable, network.Input.Count, batch), ref random));
        return new GradientCheck(rows);
    }

    /// <summary>Throws unless <see cref="Passed"/>.</summary>
    /// <exception cref="TrainingException">A gradient is wrong; the message is the table.</exception>
    public void ThrowIfFailed()
    {
        if (!Passed) throw new TrainingException($"Gradients are wrong.{Environment.NewLine}{this}");
    }

    /// <summary>A table with one row per tensor.</summary>
    public override string ToString() => string.Join(Environment.NewLine, Rows);

    private static ReferenceTensor[] Inputs(TrainingGraph graph, int classes, int batch, ulong seed, TargetSet? targets)
    {
        var random = new RandomSequence(seed, RandomPurpose.Testing, 6);
        var labels = new int[batch];
        for (var image = 0; image < batch; image++)
            labels[image] = random.NextInt(classes);
        if (graph.Objection(labels) is { } objection)
            throw new UsageException($"Gradients cannot be checked on the labels of seed {seed}: {objection} For a check, take a larger batch or another seed.");
        var tensors = new List<ReferenceTensor>();
        foreach (var layer in graph.Graph.Layers.Where(layer => layer.Op is null))
        {
            var tensor = new ReferenceTensor(batch, layer.Output);
            for (var image = 0; image < batch; image++)
            {
                if (layer.Index == graph.Target && targets is not null) CopyTarget(tensor, image, targets);
                else if (layer.Index == graph.Target) FillTarget(tensor, image, labels[image], ref random);
                else if (layer.Index == graph.ClassIndex) tensor[image, 0] = labels[image];
                else
                    for (var i = 0; i < layer.Output.Count; i++)
                        tensor[image, i] = random.NextSingle(-1, 1);
            }
            tensors.Add(tensor);
        }
        return [.. tensors];
    }

    private static void CopyTarget(ReferenceTensor target, int image, TargetSet targets)
    {
        var numbers = new float[target.Shape.Count];
        targets.Write(image % targets.Count, numbers);
        for (var i = 0; i < numbers.Length; i++)
            target[image, i] = numbers[i];
    }

    private static void FillTarget(ReferenceTensor target, int image, int label, ref RandomSequence random)
    {
        var (channels, area) = (target.Shape.Channels, target.Shape.Area);
        if (target.Shape.IsVector && channels > 1) target[image, label] = 1;
        else
            for (var pixel = 0; pixel < area; pixel++)
                if (channels == 1) target[image, pixel] = random.NextInt(2);
                else target[image, (random.NextInt(channels) * area) + pixel] = 1;
    }

    private static ArrayFeed FeedOf(Network graph, ReferenceTensor[] inputs)
    {
        var feed = new ArrayFeed(graph, inputs[0].Batch);
        for (var i = 0; i < inputs.Length; i++)
            Array.ConvertAll(inputs[i].Values, value => (float)value).CopyTo(feed.Of(i), 0);
        return feed;
    }

    private static double[] ImageGradient(IExecutable executable, int size, int batch)
    {
        var values = new float[batch * size];
        for (var image = 0; image < batch; image++)
            executable.ReadGradient(0, image, values.AsSpan(image * size, size));
        return Array.ConvertAll(values, value => (double)value);
    }

    private static GradientCheckRow Row(string name, ReferenceNetwork reference, double[] values, double[] gradient, double[] engine, ref RandomSequence random)
    {
        double differenceError = 0, engineError = 0;
        var passed = true;
        var coordinates = Math.Min(CoordinatesPerTensor, values.Length);
        for (var trial = 0; trial < coordinates; trial++)
        {
            var at = values.Length <= CoordinatesPerTensor ? trial : random.NextInt(values.Length);
            var kept = values[at];
            values[at] = kept + Step;
            var above = reference.Forward();
            values[at] = kept - Step;
            var below = reference.Forward();
            values[at] = kept;
            var expected = (above - below) / (2 * Step);
            var error = Math.Abs(expected - gradient[at]);
            differenceError = Worse(differenceError, error);
            passed &= error <= DifferenceAbsolute + (DifferenceRelative * Math.Abs(expected));
        }
        var scale = gradient.Max(Math.Abs);
        for (var at = 0; at < gradient.Length; at++)
        {
            var error = Math.Abs(engine[at] - gradient[at]);
            engineError = Worse(engineError, error);
            passed &= error <= EngineAbsolute + (EngineRelative * scale);
        }
        return new GradientCheckRow(name, coordinates, scale, differenceError, engineError, passed);
    }

    private static double Worse(double one, double other) => double.IsNaN(other) ? other : Math.Max(one, other);
}

/// <summary>What the check found for one tensor.</summary>
/// <param name="Name">Parameter, such as <c>conv1.weight</c>, or <c>images</c>.</param>
/// <param name="Coordinates">Numbers that were compared with central differences.</param>
/// <param name="Largest">Largest gradient of the tensor.</param>
/// <param name="DifferenceError">Largest distance from the central differences, in double precision.</param>
/// <param name="EngineError">Largest distance of the engine's float32 gradient from the one in double precision.</param>
/// <param name="Passed">Whether both are within tolerance.</param>
public sealed record GradientCheckRow(string Name, int Coordinates, double Largest, double DifferenceError, double EngineError, bool Passed)
{
    /// <summary>One line.</summary>
    public override string ToString() => $"{(Passed ? "ok   " : "WRONG")} {Name,-32} largest {Largest,10:G4}   against differences "
        + $"{DifferenceError,10:G3} ({Coordinates} numbers)   float32 {EngineError,10:G3}";
}
