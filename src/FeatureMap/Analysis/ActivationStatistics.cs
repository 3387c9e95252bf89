using System.Globalization;
using System.Text;
using FeatureMap.Data;
using FeatureMap.Models;
using FeatureMap.Networks;
using FeatureMap.Ops;

namespace FeatureMap.Analysis;

/// <summary>
/// How large the activations of a model are, layer by layer, on a set of images. The deviation by depth shows whether a start is a good
/// one: with He's variance it stays the same through convolutions with ReLU, with too little it fades to nothing and with too much it
/// explodes; either way the gradients do the same. The share of zeros and the channels that are 0 for every image (dead ReLUs) show what a
/// network no longer uses.
/// <para>
/// The model is run as in evaluation: normalisations use their running statistics, which in a new network are mean 0 and variance 1 and so
/// change nothing. Layers that only rename the numbers before them, and normalisations that apply the activation behind them, are left
/// out.
/// </para>
/// </summary>
/// <example><code>
/// Console.WriteLine(ActivationStatistics.Of(network, seed: 1, images, Initializer.Normal(0.01f)));
/// </code></example>
public sealed class ActivationStatistics
{
    private ActivationStatistics(Network network, int images, IReadOnlyList<LayerActivations> layers) =>
        (Network, Images, Layers) = (network, images, layers);

    /// <summary>The network that was measured.</summary>
    public Network Network { get; }

    /// <summary>Images that it saw.</summary>
    public int Images { get; }

    /// <summary>The measured layers in the order of the network; the first is the input, as the network reads it.</summary>
    public IReadOnlyList<LayerActivations> Layers { get; }

    /// <summary>Measures a model.</summary>
    /// <param name="model">Network, weights and normalisation.</param>
    /// <param name="images">What it looks at; labels do not matter.</param>
    /// <param name="most">Looks at no more than this many, the first of the set.</param>
    /// <exception cref="ShapeException">The images have another shape than the network's input.</exception>
    /// <exception cref="UsageException">Fewer than one image is asked for.</exception>
    public static ActivationStatistics Of(Model model, ImageSet images, int most = 256)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(images);
        if (most < 1)
            throw new UsageException($"Activations are measured on at least 1 image: received {most}. 256 give steady numbers.");
        model.CheckSet(images);
        var count = Math.Min(most, images.Count);
        using var predictor = new Predictor(model, model.Weights, KeptBatch.For(model.Network, count), threads: 0,
            keepsOutputs: true);
        var meters = model.Network.Layers
            .Where(layer => (layer.Op is null || !layer.Op.IsView(ExecutionMode.Evaluation)) && predictor.KeepsOutputOf(layer.Index))
            .Select(layer => new Meter(layer)).ToList();
        predictor.Prepare();
        for (var start = 0; start < count; start += predictor.Capacity)
        {
            var batch = Math.Min(predictor.Capacity, count - start);
            for (var image = 0; image < batch; image++)
                images.Pixels(start + image).CopyTo(predictor.Pixels(image));
            predictor.Run(batch);
            foreach (var meter in meters)
                for (var image = 0; image < batch; image++)
                    meter.Add(predictor.OutputOf(meter.Layer.Index, image));
        }
        return new ActivationStatistics(model.Network, count, [.. meters.Select(meter => meter.Result())]);
    }

    /// <summary>Measures a network with fresh weights, on images that are normalised by their own mean and deviation.</summary>
    /// <param name="network">What to measure.</param>
    /// <param name="seed">Seed of the weights.</param>
    /// <param name="images">What it looks at.</param>
    /// <param name="initializer">How all weights start, to compare initialisers; by default as each layer says.</param>
    /// <param name="most">Looks at no more than this many images, the first of the set.</param>
    /// <exception cref="ShapeException">The images have another shape than the network's input.</exception>
    /// <exception cref="UsageException">Fewer than one image is asked for.</exception>
    public static ActivationStatistics Of(Network network, ulong seed, ImageSet images, Initializer? initializer = null, int most = 256)
    {
        ArgumentNullException.ThrowIfNull(images);
        var weights = Weights.Initialize(network, seed, initializer);
        var normalization = images.ImageShape.Channels == network.Input.Channels ? Normalization.Of(images)
            : Normalization.None(network.Input.Channels);
        return Of(new Model(weights, normalization, images.ClassNames), images, most);
    }

    /// <summary>A text table.</summary>
    public override string ToString()
    {
        var table = ToReportTable();
        List<IReadOnlyList<string>> rows = [table.Columns, .. table.Rows];
        var text = new StringBuilder();
        foreach (var row in rows)
        {
            var cells = row.Select((cell, column) => column < 2 ? cell.PadRight(rows.Max(other => other[column].Length))
                : cell.PadLeft(rows.Max(other => other[column].Length)));
            text.Append(string.Join("  ", cells).TrimEnd()).Append('\n');
        }
        return text.ToString().TrimEnd('\n');
    }

    /// <summary>The numbers as a table of texts.</summary>
    public ReportTable ToReportTable() => new(
        ["Layer", "Op", "Mean", "Deviation", "Zeros", "Dead units", "Dead channels"],
        [.. Layers.Select(row => (IReadOnlyList<string>)
        [
            row.Layer.Name, row.Layer.Op?.Name ?? "Input", Number(row.Mean), Number(row.Deviation),
                row.ZeroShare.ToString("P1", CultureInfo.InvariantCulture),
            row.DeadUnits == 0 ? "" : row.DeadUnitShare.ToString("P1", CultureInfo.InvariantCulture),
                row.DeadChannels == 0 ? "" : $"{row.DeadChannels} of {row.Layer.Output.Channels}",
        ])]);

    private static string Number(double value) => value.ToString("G3", CultureInfo.InvariantCulture);

    /// <summary>Sums of one layer, image after image, in double precision.</summary>
    private sealed class Meter(Layer layer)
    {
        private readonly bool[] isAlive = new bool[layer.Output.Count];
        private double sum, squares;
        private long count, zeros;

        public Layer Layer { get; } = layer;

        public void Add(ReadOnlySpan<float> values)
        {
            for (var i = 0; i < values.Length; i++)
            {
                double value = values[i];
                sum += value;
                squares += value * value;
                if (value == 0) zeros++;
                else isAlive[i] = true;
            }
            count += values.Length;
        }

        public LayerActivations Result()
        {
            var mean = sum / count;
            return new LayerActivations(Layer, mean, Math.Sqrt(Math.Max(0, (squares / count) - (mean * mean))), (double)zeros / count,
                isAlive.Chunk(Layer.Output.Area).Count(channel => !channel.Contains(true)))
            {
                DeadUnits = isAlive.Count(alive => !alive),
            };
        }
    }
}

/// <summary>What the activations of one layer are like.</summary>
/// <param name="Layer">The layer.</param>
/// <param name="Mean">Mean of its output over all images, channels and pixels.</param>
/// <param name="Deviation">Standard deviation over the same.</param>
/// <param name="ZeroShare">Share of numbers that are exactly 0: behind a ReLU those that it cut, about one half in a new network.</param>
/// <param name="DeadChannels">Channels that are 0 everywhere for every image.</param>
public sealed record LayerActivations(Layer Layer, double Mean, double Deviation, double ZeroShare, int DeadChannels)
{
    /// <summary>
    /// Single numbers of the output that are 0 for every image. More than those of the dead channels where a place of the image is always
    /// empty, such as the edge around digits: that is no fault of the network.
    /// </summary>
    public int DeadUnits { get; init; }

    /// <summary><see cref="DeadUnits"/> as a share of the layer's numbers.</summary>
    public double DeadUnitShare => (double)DeadUnits / Layer.Output.Count;

    /// <summary><see cref="DeadChannels"/> as a share of the layer's channels.</summary>
    public double DeadChannelShare => (double)DeadChannels / Layer.Output.Channels;
}
