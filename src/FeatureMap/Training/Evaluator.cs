using System.Runtime.InteropServices;
using FeatureMap.Data;
using FeatureMap.Networks;
using FeatureMap.Ops;

namespace FeatureMap.Training;

/// <summary>What a network makes of a labelled set.</summary>
/// <param name="Loss">Mean loss over the images.</param>
/// <param name="Accuracy">Share of images whose highest score is that of their class, 0 to 1; not a number where the network gives no scores of classes.</param>
/// <param name="Predicted">The class with the highest score, for each image of the set; all 0 where the network gives no scores of classes.</param>
public sealed record EvaluationResult(double Loss, double Accuracy, IReadOnlyList<int> Predicted)
{
    /// <summary>What was measured: accuracy unless the targets are no classes; null where nothing but the loss was.</summary>
    public MetricInfo? Metric { get; init; }

    /// <summary>The metric, mean over the images; not a number where nothing was measured.</summary>
    public double Value { get; init; } = double.NaN;

    /// <summary>
    /// The metric of each image; empty where nothing was measured, and not a number for an image whose pixels are all to be ignored,
    /// which the mean leaves out.
    /// </summary>
    public IReadOnlyList<double> Values { get; init; } = [];

    /// <summary>What the network gave for each image, where that was kept.</summary>
    internal KeptOutputs? Kept { get; init; }

    /// <summary>
    /// The same class by class, with curves and each mistake by its file; null where the network gives no scores of classes, or by a
    /// training in mid-run, which keeps no answers. It is made at the first call.
    /// </summary>
    /// <exception cref="DataException">What the network gives is not a number.</exception>
    public Judgement? Judgement => field ??= Kept?.Judge();

    /// <summary>Counts by true class (rows) and predicted class (columns).</summary>
    public int[,] Confusion(ImageSet set)
    {
        ArgumentNullException.ThrowIfNull(set);
        var counts = new int[set.ClassCount, set.ClassCount];
        for (var i = 0; i < set.Count; i++)
            if (Predicted[i] < set.ClassCount)
                counts[set.Label(i), Predicted[i]]++;
        return counts;
    }
}

/// <summary>Evaluates weights on a set, as often as wanted; the plan is made once.</summary>
internal sealed class Evaluator : IDisposable
{
    private const int Batch = 256;

    // Of a layer, where the engine holds whole batches: 1 GiB.
    private const long MostNumbers = 1 << 28;

    private readonly ISetMeasure? whole;
    private readonly ImageSet set;
    private readonly BatchLoader loader;
    private readonly ImageMeter meter;
    private readonly IExecutable executable;
    private readonly int[] order;
    private readonly int[] predicted;
    private readonly double[] values;
    private readonly bool hasIgnored;
    private readonly ICollective ranks;

    // Of each batch: sums of the losses and of the metric; then for each of its images the metric and the predicted class. Those of this
    // rank, and those of all, rank by rank.
    private readonly double[] own, all;

    /// <param name="weights">Weights of the network and of the loss.</param>
    /// <param name="graph">Network and loss.</param>
    /// <param name="set">Images of the network's input shape.</param>
    /// <param name="normalization">How pixels become numbers.</param>
    /// <param name="preparation">What is done to the images first: the part of the training's augmentation that is not random.</param>
    /// <param name="metric">What is measured besides the loss.</param>
    /// <param name="engine">Who computes.</param>
    /// <param name="collective">
    /// The ranks that do it together, each some of the batches; null for one. A measure of the whole set needs what the network gives for
    /// every image: each rank then judges all of them.
    /// </param>
    public Evaluator(
        Weights weights, TrainingGraph graph, ImageSet set, Normalization normalization, Augmentation preparation, Metric? metric,
        IEngine engine, ICollective? collective = null)
    {
        this.set = set;
        // What moves the images moves what is in them, and the measure compares with the set.
        whole = preparation.OnTargets == TargetEffect.None || set.Targets is { AreOfWholeImage: true } ? metric?.OfSet(set) : null;
        ranks = whole is null && collective is not null ? collective : OneRank.Instance;
        hasIgnored = graph.HasIgnored;
        var capacity = Math.Min(engine.HoldsBatches ? Fitting(graph.Graph) : Batch, set.Count);
        loader = new BatchLoader(set, normalization, preparation, null, capacity);
        meter = new ImageMeter(graph, set.ClassCount, metric, loader.Labels, capacity, OneRank.Instance);
        meter.Whole = whole is null ? null : (whole, loader.Indices);
        executable = engine.Prepare(new EngineRequest
        {
            Weights = weights,
            Result = graph.Result,
            Batch = capacity,
            Mode = ExecutionMode.Evaluation,
            HasGradients = false,
            Feed = loader.Feed(graph),
            Reader = meter,
        });
        order = [.. Enumerable.Range(0, set.Count)];
        predicted = new int[set.Count];
        values = new double[set.Count];
        var batches = (set.Count + capacity - 1) / capacity;
        own = new double[(batches + ranks.Ranks - 1) / ranks.Ranks * RecordNumbers];
        all = ranks.Ranks == 1 ? own : new double[own.Length * ranks.Ranks];
    }

    private int RecordNumbers => 2 + (2 * loader.Indices.Length);

    public void Dispose() => executable.Dispose();

    /// <summary>Judges the set.</summary>
    /// <param name="outputs">Receives what the network gives for each image; null to keep nothing.</param>
    public EvaluationResult Run(float[][]? outputs = null)
    {
        if (outputs is not null && ranks.Ranks > 1) throw new InvalidOperationException("Outputs are not gathered from ranks.");
        double loss = 0, sum = 0;
        executable.Prepare();
        var batch = loader.Indices.Length;
        for (var number = ranks.Rank; number * batch < set.Count; number += ranks.Ranks)
            Judge(number * batch, own.AsSpan(number / ranks.Ranks * RecordNumbers, RecordNumbers), outputs);
        if (ranks.Ranks > 1) ranks.AllGather(MemoryMarshal.AsBytes(own.AsSpan()), MemoryMarshal.AsBytes(all.AsSpan()));
        // In the order of the batches, whoever judged them.
        for (var number = 0; number * batch < set.Count; number++)
        {
            var (turn, rank) = Math.DivRem(number, ranks.Ranks);
            var record = all.AsSpan((rank * own.Length) + (turn * RecordNumbers), RecordNumbers);
            loss += record[0];
            sum += record[1];
            for (int image = number * batch, end = Math.Min(set.Count, image + batch), at = 2; image < end; image++, at += 2)
                (values[image], predicted[image]) = (record[at], (int)record[at + 1]);
        }
        var mean = meter.Info is null ? double.NaN : sum / set.Count;
        // Images of which nothing counts have no metric; the mean is that of the others.
        if (hasIgnored && meter.Info is not null) mean = values.Where(value => !double.IsNaN(value)).DefaultIfEmpty(double.NaN).Average();
        if (whole is not null) mean = whole.Value();
        return new EvaluationResult(loss / set.Count, meter.Info is { IsAccuracy: true } ? mean : double.NaN, [.. predicted])
        {
            Metric = meter.Info,
            Value = mean,
            Values = meter.Info is null || whole is not null ? [] : [.. values],
        };
    }

    // Images that are compared with each other stay together, whatever they take.
    private static int Fitting(Network graph) => graph.Layers.Any(layer => layer.Op is { ComparesImages: true }) ? Batch : (int)Math.Clamp(
        MostNumbers / graph.Layers.Max(layer => layer.Output.Count) / ImageGroup.Most * ImageGroup.Most, ImageGroup.Most, Batch);

    private void Judge(int start, Span<double> record, float[][]? outputs)
    {
        var count = Math.Min(loader.Indices.Length, set.Count - start);
        loader.Set(order.AsSpan(start, count));
        if (executable.FillsAhead)
        {
            var next = order.AsSpan(Math.Min(set.Count, start + (ranks.Ranks * loader.Indices.Length)));
            loader.Announce(next[..Math.Min(next.Length, loader.Indices.Length)]);
        }
        meter.Outputs = outputs is null ? default : outputs.AsMemory(start, count);
        executable.Forward(count);
        meter.Join(executable.Step);
        (record[0], record[1]) = meter.Total;
        for (var image = 0; image < count; image++)
            (record[2 + (2 * image)], record[3 + (2 * image)]) = (meter.Values[image], meter.Predicted[image]);
    }
}
