using FeatureMap.Analysis;
using FeatureMap.Data;
using FeatureMap.Interchange;
using FeatureMap.Models;
using FeatureMap.Networks;
using FeatureMap.Ops;

namespace FeatureMap.Workbench;

/// <summary>What a unit of a design sees of one image, measured by going backward.</summary>
/// <param name="Seen">The image as the network reads it.</param>
/// <param name="Sizes">For each pixel the size of the unit's gradient: <see cref="MeasuredField.OnImages"/>.</param>
/// <param name="Pixels">Pixels that the unit depends on at all.</param>
/// <param name="Most">Pixels that have at least 4.55 % of the largest size: two standard deviations of a bell.</param>
/// <param name="IsTrained">Whether the weights are those of a model; else they are drawn anew.</param>
public sealed record FieldOnImage(Picture Seen, Heatmap Sizes, int Pixels, int Most, bool IsTrained)
{
    private const long MostMultiplyAdds = 200_000_000;
    private const double TwoDeviations = 0.0455;

    /// <summary>Measures with the weights of a model of the shelf, where it is there and has this network.</summary>
    /// <param name="request">The text, the layer and the unit.</param>
    /// <param name="image">What it looks at; it is fitted to the network.</param>
    /// <param name="shelf">The models.</param>
    /// <param name="id">Which of them.</param>
    public static FieldOnImage Of(DesignRequest request, TrialImage image, ModelShelf shelf, string id)
    {
        ArgumentNullException.ThrowIfNull(shelf);
        return Of(request, image, shelf.Has(id) ? shelf.Open(id).Model : null);
    }

    /// <summary>Measures.</summary>
    /// <param name="request">The text, the layer and the unit.</param>
    /// <param name="image">What it looks at; it is fitted to the network.</param>
    /// <param name="trained">A model with this network, whose weights are taken; null for weights that are drawn anew, always the
    /// same.</param>
    /// <exception cref="UsageException">There is no such layer or unit, or the layer costs too much to be measured while somebody
    /// waits.</exception>
    /// <exception cref="DataException">The text is no network, the network reads no images, or the image cannot be read.</exception>
    public static FieldOnImage Of(DesignRequest request, TrialImage image, Model? trained = null)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(image);
        var network = NetworkText.Parse(request.Text, "The text");
        var layer = network[request.Layer ?? throw new UsageException("layer is missing: the layer of the unit, such as conv1.")];
        // What stands behind the layer is of no account, and is not computed.
        var front = network.CutAt(layer.Name);
        var isTrained = trained is not null && NetworkFile.ToJson(trained.Network) == NetworkFile.ToJson(network);
        if ((isTrained ? network : front).MultiplyAdds is var cost && cost > MostMultiplyAdds)
            throw new UsageException($"An image takes {cost:N0} multiply-adds{(isTrained ? "" : $" up to layer '{layer.Name}'")}; a field "
                + $"is measured here where it takes at most {MostMultiplyAdds:N0}. Choose {(isTrained ? "" : "an earlier layer, or ")}a "
                + "smaller image.");
        request.Cancellation.ThrowIfCancellationRequested();
        var model = isTrained ? trained! : new Model(Weights.Initialize(front, 0), Normalization.Raw(network.Input.Channels), []);
        var (pixels, _) = Trial.Read(model, new TrialRequest(image), []);
        var seen = new Picture(image.Name, network.Input, pixels);
        var set = new ImageSet(image.Name, network.Input, pixels, [0], ["image"]);
        var field = MeasuredField.OnImages(model, set, layer.Name, Row(request, layer), Column(request, layer));
        var sizes = new float[network.Input.Area];
        for (var pixel = 0; pixel < sizes.Length; pixel++)
            sizes[pixel] = (float)field[pixel / network.Input.Width, pixel % network.Input.Width];
        return new(seen, new Heatmap(network.Input.Height, network.Input.Width, sizes), field.Count, field.CountAbove(TwoDeviations),
            isTrained);
    }

    // As the theoretical field has them.
    private static int Row(DesignRequest request, Layer layer) =>
        Math.Clamp(request.Unit?.Row ?? layer.Output.Height / 2, 0, layer.Output.Height - 1);

    private static int Column(DesignRequest request, Layer layer) =>
        Math.Clamp(request.Unit?.Column ?? layer.Output.Width / 2, 0, layer.Output.Width - 1);
}

/// <summary>
/// How often the windows of a layer meet each pixel: for a transposed convolution of what it gives, for a convolution or a pooling of what
/// it reads. Where the numbers differ in the middle, the layer draws a pattern before it has learned anything.
/// </summary>
/// <param name="Layer">The layer.</param>
/// <param name="IsOutput">Whether pixels of the output are counted; else of the input.</param>
/// <param name="Height">Rows of the map.</param>
/// <param name="Width">Columns of the map.</param>
/// <param name="Counts">Products of one channel that meet each pixel, row by row.</param>
/// <param name="Smallest">Least count in the middle half of both axes.</param>
/// <param name="Largest">Largest count there.</param>
public sealed record OverlapOfLayer(string Layer, bool IsOutput, int Height, int Width, IReadOnlyList<double> Counts, double Smallest,
    double Largest)
{
    private const int MostPixels = 1 << 18;
    private const long MostSteps = 50_000_000;

    /// <summary>The map of a layer; null where it has no windows, or counting them would take too long: above 262,144 pixels, or 50
    /// million taps.</summary>
    public static OverlapOfLayer? Of(Network network, Layer layer)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(layer);
        var op = layer.Op is WeightNorm norm ? norm.Inner : layer.Op;
        if (op is not (ConvTranspose2d or Conv2d or WindowPool)) return null;
        var input = network.Layers[layer.Inputs[0]].Output;
        var kernel = op is WindowPool pool ? pool.Kernel : ((Convolution)op).Kernel;
        if (Math.Max(input.Area, layer.Output.Area) > MostPixels
            || (long)Math.Min(input.Area, layer.Output.Area) * kernel.Vertical * kernel.Horizontal > MostSteps) return null;
        var alone = Network.Build(input, x => x.Then(op));
        var isOutput = op is ConvTranspose2d;
        var map = isOutput ? OverlapMap.Forward(alone) : OverlapMap.Gradient(alone);
        var counts = new double[map.Height * map.Width];
        for (var pixel = 0; pixel < counts.Length; pixel++)
            counts[pixel] = map[pixel / map.Width, pixel % map.Width];
        return new(layer.Name, isOutput, map.Height, map.Width, counts, map.Smallest, map.Largest);
    }
}
