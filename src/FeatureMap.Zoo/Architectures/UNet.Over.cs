using FeatureMap.Blocks;
using FeatureMap.Data;
using FeatureMap.Models;
using FeatureMap.Networks;
using FeatureMap.Ops;

namespace FeatureMap.Zoo;

// The same shape with a way down that was trained before.
public static partial class UNet
{
    /// <summary>
    /// A U-Net whose way down is any network for images: the maps at half, a quarter, an eighth ... of the image's size are found in it,
    /// and the decoder goes up over them. Each level enlarges the map to the size of the next one, joins the two and convolves twice.
    /// Where the first stage of the network has a stride already, the last level goes up to the image's size with nothing to join but the
    /// image itself.
    /// </summary>
    /// <param name="backbone">The network, such as a ResNet; what stands behind its last map is left out. Its layers keep their
    /// names.</param>
    /// <param name="outputChannels">Numbers per pixel: 1 for foreground and background (a sigmoid behind it), or one per class.</param>
    /// <param name="image">Shape of an image where it is another than the backbone's; sides of 32 pixels or more.</param>
    /// <param name="width">Channels of the decoder at the image's size; they double with every level, up to eight times as many.</param>
    /// <param name="bodyEnd">Name of the last layer of the backbone that is used; its last map where null.</param>
    /// <exception cref="ShapeException">The backbone has no maps that become smaller, or does not take such images.</exception>
    /// <exception cref="UsageException">There is no layer of this name.</exception>
    /// <example><code>var network = UNet.Over(Architectures.Get("resnet-18").Build(), 1, Shape.Image(3, 128, 128));</code></example>
    public static Network Over(Network backbone, int outputChannels, Shape? image = null, int width = 16, string? bodyEnd = null)
    {
        ArgumentNullException.ThrowIfNull(backbone);
        if (width < 1) throw new ShapeException($"The last level of a decoder has at least 1 channel: received a width of {width}.");
        if (outputChannels < 1) throw new ShapeException($"A U-Net gives at least 1 number per pixel: received {outputChannels}.");
        var body = backbone.CutAt(LastMap(backbone, bodyEnd));
        if (image is { } other) body = body.WithInput(other);
        string[] stages = [.. Stages(body)];
        var input = body.Input;
        return body.WithHead(maps => maps[0].Scope("decoder", _ =>
        {
            var x = maps[^1];
            for (var level = maps.Count - 2; level >= 0; level--)
            {
                var skip = maps[level];
                x = Up(x, skip, Math.Min(width << Halvings(input, skip.Shape), 8 * width), $"up{level}");
            }
            return x.Conv(outputChannels, kernel: 1, name: "head");
        }), [body.Layers[0].Name, .. stages]);
    }

    /// <summary>
    /// The same over pretrained weights: a model whose body has them, and whose decoder has learned nothing yet. Hand its weights to a
    /// training as <c>InitialWeights</c>, with its normalisation. <see cref="BodyLayers"/> are best trained at a tenth of the rate,
    /// and <see cref="BodyNorms"/> left as they are.
    /// </summary>
    /// <param name="pretrained">The weights.</param>
    /// <param name="classNames">The classes of the pixels; two make one channel, the second against the first.</param>
    /// <param name="size">Size of the patches that the network reads, sides of 32 pixels or more; 128x128 where null.</param>
    /// <param name="seed">Another seed, another start of the decoder.</param>
    /// <param name="width">Channels of the decoder at the image's size.</param>
    /// <exception cref="UsageException">There are fewer than 2 classes.</exception>
    /// <exception cref="ShapeException">The network has no maps that become smaller, or does not take such images.</exception>
    public static Model Over(Pretrained pretrained, IReadOnlyList<string> classNames, ImageSize? size = null, ulong seed = 0,
        int width = 16)
    {
        ArgumentNullException.ThrowIfNull(pretrained);
        ArgumentNullException.ThrowIfNull(classNames);
        if (classNames.Count < 2) throw new UsageException($"Masks tell at least 2 classes apart: received {classNames.Count}. The "
            + "background is a class too.");
        var model = pretrained.Model;
        var (rows, columns) = size ?? new(Masks.UsualPatch, Masks.UsualPatch);
        var image = Shape.Image(model.Network.Input.Channels, rows, columns);
        var network = Over(model.Network, classNames.Count == 2 ? 1 : classNames.Count, image, width, pretrained.BodyEnd);
        var weights = Weights.Initialize(network, seed);
        weights.TakeFrom(model.Weights, partially: true);
        return new(weights, model.Normalization, classNames, model.Preparation);
    }

    /// <summary>The layers of a network of <see cref="Over(Pretrained, IReadOnlyList{string}, ImageSize?, ulong, int)"/> that were trained
    /// before and learn: those that have weights, without batch norms.</summary>
    /// <param name="network">The network.</param>
    public static IEnumerable<string> BodyLayers(Network network) => Body(network)
        .Where(layer => layer is { TrainableCount: > 0, FixedCount: 0 }).Select(layer => layer.Name);

    /// <summary>Those with running statistics, which are best kept as they are (<c>FrozenLayers</c>).</summary>
    /// <param name="network">The network.</param>
    public static IEnumerable<string> BodyNorms(Network network) => Body(network).Where(layer => layer.FixedCount > 0).Select(layer =>
        layer.Name);

    private static IEnumerable<Layer> Body(Network network)
    {
        ArgumentNullException.ThrowIfNull(network);
        return network.Layers.Where(layer => !layer.Name.StartsWith("decoder/", StringComparison.Ordinal));
    }

    private static Feature Up(Feature x, Feature skip, int channels, string name) => x.Scope(name, x =>
    {
        x = x.ConvNormActivation(channels, kernel: 1, style: ConvStyle.Normalized); // before it is large
        x = skip.Concat(x.Resize(skip.Shape.Height, skip.Shape.Width, ResizeMode.Nearest));
        return x.TwoConvolutions(channels, ConvStyle.Normalized, null);
    });

    // How often the image's side is halved to that of a map.
    private static int Halvings(Shape image, Shape map) => (int)Math.Round(Math.Log2((double)image.Height / map.Height));

    // The last map on the way to the end of the body: what comes behind (a global pool, a dense layer) has no places any more.
    private static string LastMap(Network network, string? bodyEnd)
    {
        var end = bodyEnd is null ? network.Layers[^1] : network[bodyEnd];
        // A classifier may be a convolution, whose maps are scores of classes and no features.
        if (bodyEnd is null && end.Output.IsVector && network.Layers.LastOrDefault(layer => layer.TrainableCount > 0)
            is { Output.Area: > 1 } scores
            && scores.Output.Channels == end.Output.Channels) end = network.Layers[scores.Inputs[0]];
        return Needed(network, end).LastOrDefault(layer => layer is { Op: not null, Output.Area: > 1 })?.Name
            ?? throw new ShapeException($"The network has no map of more than one pixel on its way to '{end.Name}', for images of "
                + $"{network.Input} "
                + "(channels x height x width): a decoder needs several, each smaller than the one before. Give larger images, or another "
                    + "network.");
    }

    // The last map of each size, from the largest to the smallest; sizes that are hardly different count as one.
    private static IEnumerable<string> Stages(Network body)
    {
        const double Halving = 1.5;
        var stages = new List<Layer>();
        var (side, largest) = (0, body.Input.Height / Halving);
        foreach (var layer in Needed(body, body.Layers[^1]).Reverse())
        {
            if (layer is not { Op: not null, Output.Area: > 1 } || layer.Output.Height < Math.Max(side * Halving, 1)
                || layer.Output.Height > largest) continue;
            stages.Add(layer);
            side = layer.Output.Height;
        }
        if (stages.Count == 0)
            throw new ShapeException($"The network makes no smaller maps of {body.Input} (channels x height x width), so there is nothing "
                + "for a decoder to go up over. UNet.Build makes a network with a way down of its own.");
        return stages.AsEnumerable().Reverse().Select(layer => layer.Name);
    }

    private static IEnumerable<Layer> Needed(Network network, Layer end)
    {
        var needed = new HashSet<int> { end.Index };
        foreach (var layer in network.Layers.Reverse().Where(layer => needed.Contains(layer.Index)))
            needed.UnionWith(layer.Inputs);
        return network.Layers.Where(layer => needed.Contains(layer.Index));
    }
}
