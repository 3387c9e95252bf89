using FeatureMap.Data;
using FeatureMap.Models;
using FeatureMap.Networks;
using FeatureMap.Ops;
using FeatureMap.Randomness;

namespace FeatureMap.Analysis;

/// <summary>
/// The receptive field of one output unit as it is measured by going backward, instead of derived from kernel sizes as
/// <see cref="ReceptiveField"/> does. Two measures:
/// <see cref="Support"/> has the number of paths from each input pixel to the unit (the gradient with all weights 1, so that nothing
/// cancels): not 0 exactly where the unit can see.
/// <see cref="Effective"/> has the mean size of the gradient over random weights and images: how strongly it sees, a bell that is much
/// smaller than the support;
/// <see cref="OnImages"/> the same of a trained model on real images.
/// Source: Luo, Li, Urtasun and Zemel, "Understanding the effective receptive field in deep convolutional neural networks", arXiv
/// 1701.04128.
/// </summary>
/// <example><code>
/// var field = MeasuredField.Support(network, "conv4");
/// Console.WriteLine($"sees rows {field.FirstRow} to {field.LastRow}, {field.Count} pixels");
/// </code></example>
public sealed class MeasuredField
{
    private const int BatchOfDraw = 16;
    private readonly double[] values;

    private MeasuredField(Layer layer, int row, int column, Shape input, double[] values)
    {
        (Layer, Row, Column, Height, Width, this.values) = (layer, row, column, input.Height, input.Width, values);
        (FirstRow, FirstColumn, LastRow, LastColumn) = (Height, Width, -1, -1);
        for (var i = 0; i < values.Length; i++)
        {
            if (values[i] == 0) continue;
            var (y, x) = (i / Width, i % Width);
            (FirstRow, LastRow) = (Math.Min(FirstRow, y), Math.Max(LastRow, y));
            (FirstColumn, LastColumn) = (Math.Min(FirstColumn, x), Math.Max(LastColumn, x));
            Count++;
        }
    }

    /// <summary>The layer of the unit.</summary>
    public Layer Layer { get; }

    /// <summary>Row of the unit in the output of its layer.</summary>
    public int Row { get; }

    /// <summary>Column of the unit.</summary>
    public int Column { get; }

    /// <summary>Rows of the network's input.</summary>
    public int Height { get; }

    /// <summary>Columns of the network's input.</summary>
    public int Width { get; }

    /// <summary>First input row that is not 0; <see cref="Height"/> where none is.</summary>
    public int FirstRow { get; }

    /// <summary>Last input row that is not 0; -1 where none is.</summary>
    public int LastRow { get; }

    /// <summary>First input column that is not 0; <see cref="Width"/> where none is.</summary>
    public int FirstColumn { get; }

    /// <summary>Last input column that is not 0; -1 where none is.</summary>
    public int LastColumn { get; }

    /// <summary>Input pixels that are not 0; less than the box where a dilated stack leaves holes.</summary>
    public int Count { get; }

    /// <summary>What an input pixel has: paths to the unit, or the mean size of the unit's gradient.</summary>
    public double this[int row, int column] => values[(row * Width) + column];

    /// <summary>Pixels that have at least this share of the largest one. Luo et al. take 0.0455, two standard deviations of a
    /// bell.</summary>
    public int CountAbove(double share)
    {
        var least = share * values.Max();
        return values.Count(value => value > 0 && value >= least);
    }

    /// <summary>Paths from each input pixel to one unit of a layer; its channels, and those of the input, count as one.</summary>
    /// <param name="network">The network; its weights do not matter.</param>
    /// <param name="layer">Name of the layer.</param>
    /// <param name="row">Row of the unit; the middle one by default.</param>
    /// <param name="column">Column of the unit; the middle one by default.</param>
    /// <exception cref="UsageException">There is no such layer or unit, or paths cannot be counted through a layer on the way (global
    /// pooling, dense layers).</exception>
    public static MeasuredField Support(Network network, string layer, int? row = null, int? column = null)
    {
        ArgumentNullException.ThrowIfNull(network);
        var (last, y, x) = Unit(network, layer, row, column);
        var skeleton = SpatialSkeleton.Of(network, last);
        var seed = new double[skeleton.Output.Count];
        seed[(y * last.Output.Width) + x] = 1;
        return new MeasuredField(last, y, x, network.Input, skeleton.CountBackward(seed));
    }

    /// <summary>
    /// Mean size of the gradient of one unit (the sum over its channels) by each input pixel (the sum over its channels), over fresh
    /// weights and normal images, by the engine that trains, as in evaluation: there dropout does nothing, and batch normalisation next to
    /// nothing in a new network.
    /// </summary>
    /// <param name="network">The network.</param>
    /// <param name="layer">Name of the layer.</param>
    /// <param name="row">Row of the unit; the middle one by default.</param>
    /// <param name="column">Column of the unit; the middle one by default.</param>
    /// <param name="draws">Weights that are drawn; each sees 16 images.</param>
    /// <param name="seed">Decides weights and images.</param>
    /// <exception cref="UsageException">There is no such layer or unit, or fewer than one draw is asked for.</exception>
    public static MeasuredField Effective(Network network, string layer, int? row = null, int? column = null, int draws = 8, ulong seed = 0)
    {
        ArgumentNullException.ThrowIfNull(network);
        if (draws is < 1 or > 10_000) throw new UsageException($"Between 1 and 10,000 draws can be averaged: received {draws}. 8 show the "
            + "bell.");
        var (last, y, x) = Unit(network, layer, row, column);
        // The first layers of a network are one by themselves.
        var front = new Network([.. network.Layers.Take(last.Index + 1)]);
        var sums = new double[network.Input.Area];
        for (var draw = 0; draw < draws; draw++)
        {
            var random = new RandomSequence(seed, RandomPurpose.Testing, 11, (uint)draw);
            using var probe = new GradientProbe(Weights.Initialize(front, seed + (ulong)draw), last, null, BatchOfDraw, 1);
            for (var image = 0; image < BatchOfDraw; image++)
            {
                var pixels = probe.Input(image);
                for (var i = 0; i < pixels.Length; i++)
                    pixels[i] = (float)random.NextNormal();
            }
            AddSizes(probe, BatchOfDraw, (y * last.Output.Width) + x, sums);
        }
        return new MeasuredField(last, y, x, network.Input, Array.ConvertAll(sums, sum => sum / ((double)draws * BatchOfDraw)));
    }

    /// <summary>
    /// The same of a trained model on real images: mean size of the gradient of one unit (the sum over its channels) by each input pixel
    /// (the sum over its channels, as the network reads them).
    /// </summary>
    /// <param name="model">The model; it computes as in evaluation.</param>
    /// <param name="images">What it looks at.</param>
    /// <param name="layer">Name of the layer.</param>
    /// <param name="row">Row of the unit; the middle one by default.</param>
    /// <param name="column">Column of the unit; the middle one by default.</param>
    /// <param name="most">Looks at no more than this many images, the first of the set.</param>
    /// <exception cref="ShapeException">The images have another shape than the network's input.</exception>
    /// <exception cref="UsageException">There is no such layer or unit, or fewer than one image is asked for.</exception>
    public static MeasuredField OnImages(Model model, ImageSet images, string layer, int? row = null, int? column = null, int most = 64)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(images);
        if (most < 1) throw new UsageException($"An effective field is measured on at least 1 image: received {most}. 64 give a smooth "
            + "picture.");
        var (network, count) = (model.Network, Math.Min(most, images.Count));
        model.CheckSet(images);
        var (last, y, x) = Unit(network, layer, row, column);
        var sums = new double[network.Input.Area];
        using var probe = new GradientProbe(model.Weights, last, null, KeptBatch.For(network, count));
        for (var start = 0; start < count; start += probe.Capacity)
        {
            var batch = Math.Min(probe.Capacity, count - start);
            for (var image = 0; image < batch; image++)
                model.Read(images.Pixels(start + image), probe.Input(image));
            AddSizes(probe, batch, (y * last.Output.Width) + x, sums);
        }
        return new MeasuredField(last, y, x, network.Input, Array.ConvertAll(sums, sum => sum / count));
    }

    private static (Layer Layer, int Row, int Column) Unit(Network network, string name, int? row, int? column)
    {
        var layer = network[name];
        var (y, x) = (row ?? layer.Output.Height / 2, column ?? layer.Output.Width / 2);
        if (y < 0 || x < 0 || y >= layer.Output.Height || x >= layer.Output.Width)
            throw new UsageException($"Layer '{name}' gives {layer.Output} (channels x height x width), so rows are 0 "
                + $"to {layer.Output.Height - 1} and columns 0 to {layer.Output.Width - 1}: received row {y}, column {x}.");
        return (layer, y, x);
    }

    /// <summary>Adds the size of every image's gradient of the unit, all of its channels together.</summary>
    private static void AddSizes(GradientProbe probe, int images, int unit, double[] sums)
    {
        for (var image = 0; image < images; image++)
        {
            var seed = probe.Seed(image);
            for (var i = 0; i < seed.Length; i++)
                seed[i] = i % probe.TargetArea == unit ? 1 : 0;
        }
        probe.Run(images);
        for (var image = 0; image < images; image++)
        {
            var gradient = probe.InputGradient(image);
            for (var pixel = 0; pixel < sums.Length; pixel++)
            {
                double sum = 0;
                for (var i = pixel; i < gradient.Length; i += sums.Length)
                    sum += gradient[i];
                sums[pixel] += Math.Abs(sum);
            }
        }
    }
}
