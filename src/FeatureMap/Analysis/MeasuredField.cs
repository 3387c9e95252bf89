using FeatureMap.Lanes;
using FeatureMap.Networks;
using FeatureMap.Ops;
using FeatureMap.Randomness;

namespace FeatureMap.Analysis;

/// <summary>
/// The receptive field of one output unit as it is measured by going backward, instead of derived from kernel sizes as <see cref="ReceptiveField"/> does. Two measures:
/// <see cref="Support"/> has the number of paths from each input pixel to the unit (the gradient with all weights 1, so that nothing cancels): not 0 exactly where the unit can see.
/// <see cref="Effective"/> has the mean size of the gradient over random weights and images: how strongly it sees, a bell that is much smaller than the support.
/// Source: Luo, Li, Urtasun and Zemel, "Understanding the effective receptive field in deep convolutional neural networks", arXiv 1701.04128.
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

    /// <summary>Pixels that have at least this share of the largest one. Luo et al. take 0.0455, two standard deviations of a bell.</summary>
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
    /// <exception cref="UsageException">There is no such layer or unit, or paths cannot be counted through a layer on the way (global pooling, dense layers).</exception>
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
    /// Mean size of the gradient of one unit (the sum over its channels) by each input pixel (the sum over its channels), over fresh weights and normal images, by the engine that
    /// trains. Batch normalisation and dropout are left out: in evaluation they change nothing in a new network.
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
        if (draws is < 1 or > 10_000) throw new UsageException($"Between 1 and 10,000 draws can be averaged: received {draws}. 8 show the bell.");
        var (last, y, x) = Unit(network, layer, row, column);
        var probe = Probe(network, last);
        var sums = new double[network.Input.Area];
        for (var draw = 0; draw < draws; draw++)
            AddDraw(probe, Weights.Initialize(probe, seed + (ulong)draw), last.Output, (y * last.Output.Width) + x, new RandomSequence(seed, RandomPurpose.Testing, 11, (uint)draw), sums);
        return new MeasuredField(last, y, x, network.Input, Array.ConvertAll(sums, sum => sum / ((double)draws * BatchOfDraw)));
    }

    private static (Layer Layer, int Row, int Column) Unit(Network network, string name, int? row, int? column)
    {
        var layer = network[name];
        var (y, x) = (row ?? layer.Output.Height / 2, column ?? layer.Output.Width / 2);
        if (y < 0 || x < 0 || y >= layer.Output.Height || x >= layer.Output.Width)
            throw new UsageException($"Layer '{name}' gives {layer.Output} (channels x height x width), so rows are 0 to {layer.Output.Height - 1} and columns 0 to {layer.Output.Width - 1}: received row {y}, column {x}.");
        return (layer, y, x);
    }

    /// <summary>The layers up to one, and behind them the product with a seed, summed: its gradient by the input is that of the chosen unit.</summary>
    private static Network Probe(Network network, Layer last)
    {
        var builder = new NetworkBuilder(network.Input);
        var features = new Feature[last.Index + 1];
        features[0] = builder.FeatureOf(0);
        foreach (var layer in network.Layers.Take(last.Index + 1).Skip(1))
            features[layer.Index] = layer.Op is BatchNorm or DropoutMask
                ? features[layer.Inputs[0]]
                : builder.Add(layer.Op!, layer.Name, [.. layer.Inputs.Select(input => features[input])]);
        var seed = builder.AddInput("probe/seed", last.Output);
        return builder.Finish(features[last.Index].Multiply(seed, "probe/product").Sum(name: "probe/sum"));
    }

    private static unsafe void AddDraw(Network probe, Weights weights, Shape output, int unit, RandomSequence random, double[] sums)
    {
        var seedLayer = probe.Layers.First(layer => layer.Name == "probe/seed").Index;
        var images = new float[BatchOfDraw * probe.Input.Count];
        for (var i = 0; i < images.Length; i++)
            images[i] = (float)random.NextNormal();
        using var team = new ThreadTeam(1);
        var plan = new Plan(new PlanRequest
        {
            Weights = weights,
            Batch = BatchOfDraw,
            Mode = ExecutionMode.Training,
            Team = team,
            WantsImageGradient = true,
            Load = plan => (in item) =>
            {
                var pixels = plan.Input.At(item.Slot);
                var seed = plan.OutputOf(seedLayer).At(item.Slot);
                for (var i = 0; i < probe.Input.Count; i++)
                    for (var lane = 0; lane < LaneLayout.Lanes; lane++)
                        *pixels++ = images[(((item.Index * LaneLayout.Lanes) + lane) % BatchOfDraw * probe.Input.Count) + i];
                for (var i = 0; i < output.Count; i++)
                    for (var lane = 0; lane < LaneLayout.Lanes; lane++)
                        *seed++ = i % output.Area == unit ? 1 : 0;
            },
        });
        plan.Run(BatchOfDraw);
        if (plan.ImageGradient is not { } gradient) return;
        // The mean over the batch is what was differentiated: times its size, and each image has its own gradient again.
        for (var image = 0; image < BatchOfDraw; image++)
            for (var pixel = 0; pixel < sums.Length; pixel++)
            {
                double sum = 0;
                for (var channel = 0; channel < probe.Input.Channels; channel++)
                    sum += gradient.At(image / LaneLayout.Lanes)[((((long)channel * sums.Length) + pixel) * LaneLayout.Lanes) + (image % LaneLayout.Lanes)];
                sums[pixel] += Math.Abs(sum) * BatchOfDraw;
            }
    }
}
