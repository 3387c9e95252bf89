using FeatureMap.Models;
using FeatureMap.Networks;
using FeatureMap.Ops;

namespace FeatureMap.Analysis;

/// <summary>
/// A model on one image, with what each layer makes of it: a layer is computed when it is asked for, by the kernels that answer, and kept.
/// For looking into a trained network of any size; <see cref="LayerTrace"/> has the gradients as well. Any thread may ask.
/// </summary>
/// <example><code>
/// var trace = ForwardTrace.Of(model, pixels);
/// var maps = trace.Output("conv2");                               // 16x26x26, planar
/// Console.WriteLine(CellDerivation.Of(trace, "conv2", channel: 3, row: 5, column: 7));
/// </code></example>
public sealed class ForwardTrace
{
    private readonly Dictionary<string, float[]> outputs = [];
    private readonly Lock gate = new();

    private ForwardTrace(Model model, float[] input)
    {
        Model = model;
        outputs[model.Network.Layers[0].Name] = input;
    }

    /// <summary>The model. Its weights must not change meanwhile.</summary>
    public Model Model { get; }

    /// <summary>The network.</summary>
    public Network Network => Model.Network;

    /// <summary>What the network reads: the pixels prepared and normalised.</summary>
    public IReadOnlyList<float> Input => outputs[Network.Layers[0].Name];

    /// <summary>How many numbers are kept.</summary>
    public long KeptNumbers
    {
        get
        {
            lock (gate) return outputs.Values.Sum(numbers => (long)numbers.Length);
        }
    }

    /// <summary>Begins with an image.</summary>
    /// <param name="model">What computes.</param>
    /// <param name="pixels">One byte per channel and pixel, planar: channels x height x width of the network's input.</param>
    /// <exception cref="ShapeException">Another number of bytes than the network's input has, or the network has several
    /// inputs.</exception>
    public static ForwardTrace Of(Model model, ReadOnlySpan<byte> pixels)
    {
        ArgumentNullException.ThrowIfNull(model);
        model.Network.CheckOneInput("be traced");
        model.CheckPixels(pixels);
        var numbers = new float[pixels.Length];
        model.Read(pixels, numbers);
        return new ForwardTrace(model, numbers);
    }

    /// <summary>What a layer gives, planar.</summary>
    /// <param name="layer">Its name.</param>
    /// <param name="cancellation">Ends the work before the layer is computed.</param>
    /// <exception cref="UsageException">There is no such layer.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public float[] Output(string layer, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(layer);
        lock (gate)
            if (outputs.TryGetValue(layer, out var kept)) return kept;
        cancellation.ThrowIfCancellationRequested();
        var numbers = Computed(Network[layer]);
        lock (gate)
        {
            if (!outputs.TryGetValue(layer, out var other)) outputs[layer] = other = numbers;
            return other;
        }
    }

    /// <summary>What the model answers: the output of its last layer as probabilities.</summary>
    /// <param name="cancellation">Ends the work before it is computed.</param>
    /// <exception cref="ShapeException">The network does not end in a vector of scores.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public Prediction Predict(CancellationToken cancellation = default)
    {
        Model.CheckScores();
        return Model.Answer(Output(Network.Layers[^1].Name, cancellation));
    }

    private float[] Computed(Layer layer)
    {
        // A layer that reads nothing has the same numbers for every image.
        if (layer.Inputs.Count == 0)
        {
            var parameters = layer.Parameters.Select((_, i) => Array.ConvertAll(Parameter(layer, i).ToArray(), value => (double)value));
            var pass = ReferencePass.Create(layer.Op!, [], [.. parameters], ExecutionMode.Evaluation, batch: 1);
            layer.Op!.ReferenceForward(pass);
            return Array.ConvertAll(pass.Output.Values, value => (float)value);
        }
        var cut = layer == Network.Layers[^1] ? Network : Network.CutAt(layer);
        var part = cut == Network ? Model : new Model(Model.Weights.ShareWith(cut), Model.Normalization, [], Model.Preparation);
        using var session = ModelSession.ForSingles(part);
        session.Prepare();
        var numbers = new float[layer.Output.Count];
        session.Run(outputs[Network.Layers[0].Name], numbers);
        return numbers;
    }

    /// <summary>The numbers of a layer's parameter.</summary>
    internal ReadOnlySpan<float> Parameter(Layer layer, int index) => Model.Weights[$"{layer.Name}.{layer.Parameters[index].Name}"].Values;
}
