namespace FeatureMap.Benchmarks.Serving;

/// <summary>The figures of services as a table, and what must hold of every one of them.</summary>
internal sealed class ServingReport
{
    private readonly List<string> rows = [], faults = [];

    /// <summary>Whether every answer was right and none was lost.</summary>
    public bool IsRight => faults.Count == 0;

    public void Add(string network, ServingLoad one, ServingLoad all, ServingLoad changing, ServingLoad full, double? foreign)
    {
        rows.Add($"| {network} | {one.PerSecond:N0} | {all.PerSecond:N0} | {all.PerSecond / one.PerSecond:F2} | {one.Within(0.5):F1} "
            + $"| {all.Within(0.5):F1} | {all.Within(0.95):F1} | {all.PicturesPerBatch:F1} | {all.BatchMilliseconds:F1} "
            + $"| {all.Within(0.95) / all.BatchMilliseconds:F2} | {changing.Reloads} | {changing.PerSecond:N0} | {full.Refused:N0} "
            + $"| {full.PerSecond:N0} | {foreign ?? 0:P0} |");
        (string Part, ServingLoad Load)[] parts =
            [("one caller", one), ("all callers", all), ("a changing model", changing), ("a full queue", full)];
        foreach (var (part, load) in parts)
        {
            if (load.Wrong > 0) faults.Add($"{network}, {part}: {load.Wrong:N0} answers are not those of Predict.");
            if (load.Lost > 0) faults.Add($"{network}, {part}: {load.Lost:N0} questions were lost.");
        }
        if (one.Refused + all.Refused + changing.Refused > 0)
            faults.Add($"{network}: questions were refused though the queue has room for all callers.");
        if (full.Refused == 0) faults.Add($"{network}: nobody was refused though the queue is shorter than the callers are many.");
        if (changing.Reloads == 0) faults.Add($"{network}: the changed model was never read.");
    }

    public void Print(TextWriter output)
    {
        output.WriteLine(
            "| network | one caller, answers/s | all callers, answers/s | ratio | one caller, median ms | all, median ms "
            + "| all, 95 % within ms | pictures per batch | batch ms | 95 % in batches | reloads | answers/s meanwhile "
            + "| refused by a queue of 8 | answers/s of the others | others' load |");
        output.WriteLine("|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|");
        foreach (var row in rows) output.WriteLine(row);
        output.WriteLine();
        output.WriteLine(
            IsRight ? "Every answer is that of Predict, to the bit; none was lost." : string.Join(Environment.NewLine, faults));
    }
}
