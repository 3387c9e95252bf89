using FeatureMap.Training;

namespace FeatureMap.Reports;

/// <summary>
/// What happens inside a network while it trains: gradients, updates and dead units of its layers by epoch, each chart with how to read it
/// and what it says of this training.
/// </summary>
internal static class LayerCharts
{
    /// <summary>Lines of a chart; of more layers those are drawn that lie outside, and the rest stands in the tables.</summary>
    public const int MostLines = 8;

    // What is usual of a step: a thousandth of the weights, within a factor of ten either way.
    private const double UsualRatio = 1e-3, LargeRatio = 1e-2, SmallRatio = 1e-4;
    private const double WideGradients = 100, RisingGradients = 10, ManyDead = 1.0 / 3, LeastDeadRange = 0.05;

    private static readonly string[] Norms = ["BatchNorm", "LayerNorm", "GroupNorm", "InstanceNorm"];

    /// <summary>The charts; none without rows.</summary>
    /// <param name="rows">A row for each epoch.</param>
    /// <param name="epochs">The rows of the epochs themselves, for the learning rate.</param>
    public static IReadOnlyList<LinePlot> Of(IReadOnlyList<LayersRecord> rows, IReadOnlyList<EpochRecord> epochs) =>
        Of(rows, [.. epochs.Select(epoch => (epoch.Epoch, epoch.LearningRate))], row => row.Epoch, "epoch");

    /// <summary>The same over another axis.</summary>
    /// <param name="rows">A row for each epoch.</param>
    /// <param name="rates">The learning rate at the end of each epoch.</param>
    /// <param name="at">Where a row stands.</param>
    /// <param name="across">What that is.</param>
    public static IReadOnlyList<LinePlot> Of(
        IReadOnlyList<LayersRecord> rows, IReadOnlyList<(int Epoch, double Rate)> rates, Func<LayersRecord, double> at, string across)
    {
        if (rows.Count == 0) return [];
        var weights = Weights(rows[^1]);
        var gradients = Curves(rows, weights, (row, name) => Layer(row, name)?.GradientNorm ?? double.NaN, at);
        var ratios = Curves(rows, weights, (row, name) => Layer(row, name)?.UpdateRatio ?? double.NaN, at);
        var dead = Curves(rows, [.. rows[^1].Activations.Select(one => one.Layer)], (row, name) =>
            row.Activations.FirstOrDefault(one => one.Layer == name)?.Share ?? double.NaN, at);
        List<LinePlot> plots =
        [
            new()
            {
                Title = "Gradient norm",
                Caption = "Length of the gradient by the weights of a layer, in the last step of each epoch, before it is limited. Equal "
                    + $"distances upwards are equal factors.{Shown(gradients.Count, "layer")}",
                Across = across,
                Logarithmic = true,
                Lines = Chosen(gradients),
                Reading = GradientReading(rows, gradients),
            },
            new()
            {
                Title = "Update-to-weight ratio",
                Caption = "How far the last step of each epoch moved the weights of a layer, over how large they were. Equal distances "
                    + $"upwards are equal factors.{Shown(ratios.Count, "layer")}",
                Across = across,
                Logarithmic = true,
                Lines = Chosen(ratios),
                Reading = RatioReading(rows, ratios, rates),
            },
        ];
        if (dead.Count > 0)
            plots.Add(new()
            {
                Title = "Dead units",
                Caption = "Share of the units of an activation, channels of maps or numbers of vectors, that are 0 at every place of all "
                    + $"{ReportText.Count(rows[^1].Images)} validation images of the sample.{Shown(dead.Count, "activation")}",
                Across = across,
                Range = (0, Math.Max(LeastDeadRange, rows.SelectMany(row => row.Activations).Max(one => one.Share))),
                Format = value => ReportText.Percent(value, "0.#"),
                Lines = Chosen(dead),
                Reading = DeadReading(rows),
            });
        return plots;
    }

    /// <summary>The layers whose lines are drawn: those with weights, or where there are none, normalisations.</summary>
    private static List<string> Weights(LayersRecord row)
    {
        var own = row.Layers.Where(layer => !Norms.Contains(layer.Op)).ToList();
        return [.. (own.Count > 0 ? own : row.Layers).Select(layer => layer.Name)];
    }

    private static LayerMeasure? Layer(LayersRecord row, string name) => row.Layers.FirstOrDefault(layer => layer.Name == name);

    private static List<PlotLine> Curves(IReadOnlyList<LayersRecord> rows, List<string> names, Func<LayersRecord, string, double> value,
        Func<LayersRecord, double> at) =>
        [.. names.Select(name => new PlotLine(name, [.. rows.Select(row => (at(row), value(row, name)))]))];

    private static string Shown(int lines, string what) => lines <= MostLines ? ""
        : $" Of {ReportText.Count(lines, what)} the first, the last, and those with the largest and the smallest values.";

    // The first and the last, and of the others those that lie highest and lowest, in the order of the network.
    private static IReadOnlyList<PlotLine> Chosen(List<PlotLine> all)
    {
        if (all.Count <= MostLines) return all;
        var between = all[1..^1].OrderBy(Middle).ToList();
        const int side = (MostLines - 2) / 2;
        HashSet<PlotLine> chosen = [all[0], all[^1], .. between.Take(side), .. between.TakeLast(side)];
        return [.. all.Where(chosen.Contains)];
    }

    private static double Middle(PlotLine line) => Median(line.Points.Select(point => point.Y));

    private static double Median(IEnumerable<double> values)
    {
        var sorted = values.Where(double.IsFinite).Order().ToList();
        return sorted.Count == 0 ? double.NaN : sorted[sorted.Count / 2];
    }

    private static string GradientReading(IReadOnlyList<LayersRecord> rows, List<PlotLine> lines)
    {
        const string how = "Each point is one batch, so single jumps mean little. Healthy are layers within a factor of about 100 of each "
            + "other and lines that fall slowly with the loss; a layer far below the others hardly learns, and lines that rise from epoch "
            + "to epoch belong to a training that comes apart.";
        var last = lines.Select(line => (line.Name, Value: line.Points[^1].Y)).ToList();
        if (last.FirstOrDefault(one => !double.IsFinite(one.Value)) is { Name.Length: > 0 } broken)
            return $"{how} After epoch {rows[^1].Epoch} the gradient of {broken.Name} is no finite number.";
        if (last.FirstOrDefault(one => one.Value == 0) is { Name.Length: > 0 } still)
            return $"{how} After epoch {rows[^1].Epoch} {still.Name} gets no gradient at all: it does not learn any more.";
        var (largest, smallest) = (last.MaxBy(one => one.Value), last.MinBy(one => one.Value));
        var factor = largest.Value / smallest.Value;
        var state = last.Count == 1 ? $"After epoch {rows[^1].Epoch} that of {largest.Name} is {ReportText.Number(largest.Value)}."
            : $"After epoch {rows[^1].Epoch} the largest is that of {largest.Name}, {ReportText.Number(largest.Value)}, and the smallest "
            + $"that of {smallest.Name}, {ReportText.Number(smallest.Value)}: a factor of "
            + ReportText.Number(factor, factor < 10 ? "0.0" : "#,0") + (factor <= WideGradients ? ", which is usual."
                : $". {smallest.Name} stands out: hardly anything reaches it. Batch normalisation and skips bring gradients there.");
        var growth = Growth(lines);
        return $"{how} {state}" + (growth < RisingGradients ? ""
            : $" In the middle of the layers it has become {ReportText.Number(growth, "#,0")} times as long since epoch {rows[0].Epoch}: "
            + "a smaller learning rate or a limit (clip-norm) holds it.");
    }

    private static double Growth(List<PlotLine> lines) => Median(lines.Select(line => line.Points[^1].Y / line.Points[0].Y));

    private static string RatioReading(
        IReadOnlyList<LayersRecord> rows, List<PlotLine> lines, IReadOnlyList<(int Epoch, double Rate)> rates)
    {
        const string how = "About 0.001, a thousandth of the weights in a step, is healthy. Far above 0.01 a layer is torn about, and "
            + "below 0.0001 it hardly moves.";
        var usual = lines.Select(line => (line.Name, Value: Middle(line))).Where(one => one.Value > 0).ToList();
        if (usual.Count == 0) return $"{how} No layer has moved.";
        var (largest, smallest) = (usual.MaxBy(one => one.Value), usual.MinBy(one => one.Value));
        var span = usual.Count == 1 ? $"Usually {largest.Name} moves by {ReportText.Number(largest.Value)} of its weights"
            : $"Over the epochs, {largest.Name} moves most, usually by {ReportText.Number(largest.Value)} of its weights, and "
            + $"{smallest.Name} least, by {ReportText.Number(smallest.Value)}";
        var verdict = largest.Value > LargeRatio
            ? $": {largest.Name} stands out. A smaller learning rate, or a factor for this layer (layer-rates), calms it."
            : smallest.Value < SmallRatio ? $": {smallest.Name} stands out and hardly learns. A larger learning rate moves it."
            : $", all within a factor of ten of {ReportText.Number(UsualRatio)}.";
        return $"{how} {span}{verdict}{Fall(rows, lines, rates)}";
    }

    private static string Fall(
        IReadOnlyList<LayersRecord> rows, List<PlotLine> lines, IReadOnlyList<(int Epoch, double Rate)> rates)
    {
        var known = rates.Where(one => double.IsFinite(one.Rate) && one.Epoch <= rows[^1].Epoch).ToList();
        if (known.Count < 2) return "";
        var (top, end) = (known.MaxBy(one => one.Rate), known[^1]);
        var fallen = Median(lines.Select(line => line.Points[^1].Y / Middle(line)));
        return fallen < 0.5 && end.Rate < 0.5 * top.Rate
            ? $" At the end ratios are smaller because the learning rate is: {ReportText.Number(top.Rate)} in epoch {top.Epoch}, "
            + $"{ReportText.Number(end.Rate)} in epoch {end.Epoch}." : "";
    }

    private static string DeadReading(IReadOnlyList<LayersRecord> rows)
    {
        const string how = "A dead unit gives 0 whatever it sees and gets no gradient, so it stays dead. A few are usual; a third of a "
            + "layer is room that was paid for and is not used, mostly after a learning rate that was too large at the start.";
        var (first, last) = (rows[0], rows[^1]);
        var dead = last.Activations.Sum(one => one.Dead);
        if (dead == 0) return $"{how} After epoch {last.Epoch} no unit of any layer is dead.";
        var most = last.Activations.MaxBy(one => one.Share)!;
        var text = $"{how} After epoch {last.Epoch} {most.Layer} has most: {ReportText.Count(most.Dead)} of {ReportText.Count(most.Units)} "
            + $"({ReportText.Percent(most.Share, "0.#")}){(most.Share >= ManyDead ? ", and stands out" : "")}.";
        var before = first.Activations.Sum(one => one.Dead);
        return rows.Count == 1 ? text : $"{text} In all layers together {ReportText.Count(dead)} are dead, after epoch {first.Epoch} "
            + $"{(before == dead ? "as many" : before < dead ? $"it was {ReportText.Count(before)}" : $"it was {ReportText.Count(before)}; "
            + "some answer again because the layers before them changed")}.";
    }
}
