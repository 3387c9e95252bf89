using FeatureMap.Networks;
using FeatureMap.Ops;

namespace FeatureMap.Analysis;

/// <summary>
/// A network taken through one step by the kernels that train, with every number kept: the output of each layer, its gradient, and the
/// gradients of input and weights.
/// What is differentiated is the sum of the outputs times a factor for each, dY, which is given: dY is the gradient of the output.
/// For pictures of what a layer does; a step of a training keeps none of this.
/// </summary>
/// <example><code>
/// var network = Network.Build(Shape.Image(1, 5, 5), x => x.Conv(1, 3, bias: false, name: "conv"));
/// var trace = LayerTrace.Of(network, image, weights: [("conv.weight", kernel)]);
/// var (y, dX, dW) = (trace.Output("conv"), trace.InputGradient, trace.WeightGradient("conv.weight"));
/// </code></example>
public sealed class LayerTrace
{
    private readonly Network network, probe;
    private readonly Weights weights, probed;
    private readonly float[] input, outputGradient;
    private readonly TraceOptions options;
    private readonly Dictionary<string, (float[] Output, float[] Gradient)> layers = [];
    private readonly Dictionary<string, float[]> parameters = [], measured = [];

    private LayerTrace(Weights weights, float[] input, float[] outputGradient, TraceOptions options)
    {
        (network, this.weights, this.input, this.outputGradient, this.options) = (weights.Network, weights, input, outputGradient, options);
        probe = network.Probe();
        probed = weights.Derive(probe);
        InputGradient = new float[input.Length];
        Run(kept: null, executable =>
        {
            ReadImages(InputGradient, network.Input, (image, target) => executable.ReadGradient(0, image, target));
            for (var i = 0; i < probed.Parameters.Count; i++)
                if (executable.Gradient(i) is { IsEmpty: false } gradient)
                    parameters[probed.Parameters[i].Name] = gradient[..probed.Parameters[i].Values.Length].ToArray();
            foreach (var parameter in probed.Parameters.Where(parameter => !parameter.Trainable))
                measured[parameter.Name] = parameter.Values.ToArray();
        });
    }

    /// <summary>The network.</summary>
    public Network Network => network;

    /// <summary>The weights that it computed with.</summary>
    public Weights Weights => weights;

    /// <summary>The numbers that were given, image after image, planar.</summary>
    public IReadOnlyList<float> Input => input;

    /// <summary>The gradient of the output that was given.</summary>
    public IReadOnlyList<float> OutputGradient => outputGradient;

    /// <summary>The gradient of the input.</summary>
    public float[] InputGradient { get; }

    /// <summary>The output of the last layer.</summary>
    public float[] Result => Output(network.Layers[^1].Name);

    /// <summary>How it was computed.</summary>
    internal TraceOptions Options => options;

    /// <summary>Takes a network through a step.</summary>
    /// <param name="network">The network.</param>
    /// <param name="input">What it reads, as it is: image after image, planar.</param>
    /// <param name="weights">Numbers of parameters by name; those that are not given are 1, running statistics as they start.</param>
    /// <param name="outputGradient">The gradient of the output, image after image; 1 everywhere where it is left out.</param>
    /// <param name="options">Number of images, training or evaluation, seed; one image in training where null.</param>
    /// <exception cref="ShapeException">There are more or fewer numbers than images, a parameter or the output has.</exception>
    /// <exception cref="UsageException">The network has no parameter of a name.</exception>
    public static LayerTrace Of(
        Network network, ReadOnlySpan<float> input, IEnumerable<(string Parameter, float[] Numbers)>? weights = null,
            ReadOnlySpan<float> outputGradient = default,
        TraceOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(network);
        var filled = Weights.Initialize(network, 0, Initializer.Ones);
        foreach (var (parameter, numbers) in weights ?? [])
        {
            ConvolutionMatrix.CheckLength(parameter, numbers.Length, filled[parameter].Values.Length);
            numbers.CopyTo(filled[parameter].Values);
        }
        return Of(filled, input, outputGradient, options);
    }

    /// <summary>Takes weights that are there through a step.</summary>
    /// <param name="weights">Network and numbers; copied.</param>
    /// <param name="input">What it reads, as it is: image after image, planar.</param>
    /// <param name="outputGradient">The gradient of the output, image after image; 1 everywhere where it is left out.</param>
    /// <param name="options">Number of images, training or evaluation, seed; one image in training where null.</param>
    /// <exception cref="ShapeException">There are more or fewer numbers than images or the output has.</exception>
    public static LayerTrace Of(Weights weights, ReadOnlySpan<float> input, ReadOnlySpan<float> outputGradient = default,
        TraceOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(weights);
        options ??= new TraceOptions();
        if (options.Images < 1) throw new UsageException($"A trace has at least one image: received {options.Images}.");
        weights.Network.CheckOneInput("be traced");
        ConvolutionMatrix.CheckLength("input", input.Length, options.Images * weights.Network.Input.Count);
        var seed = outputGradient.ToArray();
        if (outputGradient.IsEmpty) seed = [.. Enumerable.Repeat(1f, options.Images * weights.Network.Output.Count)];
        ConvolutionMatrix.CheckLength("output gradient", seed.Length, options.Images * weights.Network.Output.Count);
        return new LayerTrace(weights.Clone(), input.ToArray(), seed, options);
    }

    /// <summary>What a layer gave, image after image, planar.</summary>
    /// <exception cref="UsageException">There is no such layer.</exception>
    public float[] Output(string layer) => Layer(layer).Output;

    /// <summary>The gradient of what a layer gave.</summary>
    /// <exception cref="UsageException">There is no such layer.</exception>
    public float[] Gradient(string layer) => Layer(layer).Gradient;

    /// <summary>The gradient of a parameter, such as <c>conv.weight</c>.</summary>
    /// <exception cref="UsageException">There is no such parameter, or it is not trained.</exception>
    public float[] WeightGradient(string parameter) => parameters.TryGetValue(parameter, out var gradient)
        ? gradient
        : throw new UsageException($"There is no trained parameter '{parameter}'.{NearestName.Suggest(parameter, parameters.Keys)}");

    /// <summary>What a parameter that no gradient moves holds after the step, such as <c>norm.running_mean</c>: in training a batch norm
    /// has measured its batch.</summary>
    /// <exception cref="UsageException">There is no such parameter, or it is trained.</exception>
    public float[] Measured(string parameter) => measured.TryGetValue(parameter, out var numbers)
        ? numbers
        : throw new UsageException($"There is no measured parameter '{parameter}'.{NearestName.Suggest(parameter, measured.Keys)}");

    private (float[] Output, float[] Gradient) Layer(string name)
    {
        if (layers.TryGetValue(name, out var numbers)) return numbers;
        var layer = network[name];
        if (layer.Index == 0) return layers[name] = (input, InputGradient);
        numbers = (new float[options.Images * layer.Output.Count], new float[options.Images * layer.Output.Count]);
        Run(probe[name].Index, executable =>
        {
            ReadImages(numbers.Output, layer.Output, (image, target) => executable.ReadOutput(probe[name].Index, image, target));
            ReadImages(numbers.Gradient, layer.Output, (image, target) => executable.ReadGradient(probe[name].Index, image, target));
        });
        return layers[name] = numbers;
    }

    // A plan keeps one layer whole; lessons have few layers, and each is asked for once.
    private void Run(int? kept, Action<IExecutable> read)
    {
        // What the run before measured is not where this one starts.
        foreach (var parameter in probed.Parameters.Where(parameter => !parameter.Trainable))
            weights[parameter.Name].Values.CopyTo(parameter.Values);
        var feed = new ArrayFeed(probe, options.Images);
        input.CopyTo(feed.Of(0), 0);
        // What is differentiated is the mean over the images: each has its own gradient again by as many times the factors.
        for (var i = 0; i < outputGradient.Length; i++)
            feed.Of(1)[i] = outputGradient[i] * options.Images;
        using var engine = new LaneEngine(threads: 1);
        using var executable = engine.Prepare(new EngineRequest
        {
            Weights = probed,
            Batch = options.Images,
            Mode = options.IsTraining ? ExecutionMode.Training : ExecutionMode.Evaluation,
            HasGradients = true,
            FrozenLayers = options.IsTraining ? [] : [.. probe.Layers.Select(layer => layer.Name)],
            WantsImageGradient = true,
            KeptLayer = kept,
            Feed = feed,
        });
        (executable.Step.Seed, executable.Step.Step) = (options.Seed, options.Step);
        executable.Run(options.Images);
        read(executable);
    }

    private void ReadImages(float[] target, Shape shape, Action<int, float[]> read)
    {
        var numbers = new float[shape.Count];
        for (var image = 0; image < options.Images; image++)
        {
            read(image, numbers);
            numbers.CopyTo(target, image * shape.Count);
        }
    }
}

/// <summary>How a trace is computed.</summary>
public sealed record TraceOptions
{
    /// <summary>Images of the batch.</summary>
    public int Images { get; init; } = 1;

    /// <summary>Training, where dropout draws and batch norm measures, or evaluation, where weights have no gradients.</summary>
    public bool IsTraining { get; init; } = true;

    /// <summary>Decides what dropout draws.</summary>
    public ulong Seed { get; init; }

    /// <summary>Number of the step, from 0: another one, another mask.</summary>
    public uint Step { get; init; }
}
