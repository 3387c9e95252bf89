namespace FeatureMap.Benchmarks.Serving;

/// <summary>The figures of services as a table, and what must hold of every one of them.</summary>
internal sealed class ServingReport
{
    private readonly List<string> rows = [], costs = [], faults = [];

    /// <summary>Whether every answer was right and none was lost.</summary>
    public bool IsRight => faults.Count == 0;

    public void Add(
        string network, (double Alone, double Together) engine, ServingLoad one, ServingLoad all, ServingLoad changing, ServingLoad full,
        double? foreign)
    {
        rows.Add($"| {network} | {one.PerSecond:N0} | {all.PerSecond:N0} | {all.PerSecond / one.PerSecond:F2} | {one.Within(0.5):F1} "
            + $"| {all.Within(0.5):F1} | {all.Within(0.95):F1} | {all.PicturesPerBatch:F1} | {all.BatchMilliseconds:F1} "
            + $"| {all.Within(0.95) / all.BatchMilliseconds:F2} | {changing.Service.Reloads} | {changing.PerSecond:N0} "
            + $"| {full.Met.Refused:N0} | {full.PerSecond:N0} | {foreign ?? 0:P0} |");
        costs.Add($"| {network} | {engine.Alone:F2} | {engine.Together:F3} | {engine.Alone / engine.Together:F1} "
            + $"| {all.ServiceWithin(0.95) / all.BatchMilliseconds:F2} | {all.Each(all.ServiceProcessorSeconds):N0} "
            + $"| {all.Each(all.CallersProcessorSeconds):N0} | {one.Each(one.ServiceProcessorSeconds):N0} "
            + $"| {one.Each(one.CallersProcessorSeconds):N0} |");
        (string Part, ServingLoad Load)[] parts =
            [("one caller", one), ("all callers", all), ("a changing model", changing), ("a full queue", full)];
        foreach (var (part, load) in parts)
        {
            if (load.Met.Wrong > 0) faults.Add($"{network}, {part}: {load.Met.Wrong:N0} answers are not those of Predict.");
            if (load.Met.Lost > 0) faults.Add($"{network}, {part}: {load.Met.Lost:N0} questions were lost.");
        }
        if (one.Met.Refused + all.Met.Refused + changing.Met.Refused > 0)
            faults.Add($"{network}: questions were refused though the queue has room for all callers.");
        if (full.Met.Refused == 0) faults.Add($"{network}: nobody was refused though the queue is shorter than the callers are many.");
        if (changing.Service.Reloads == 0) faults.Add($"{network}: the changed model was never read.");
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
            "| network | engine: one image, ms | each of 64, ms | ratio that it allows | from queue to answer, 95 % in batches "
            + "| all callers: processor us an answer, service | callers | one caller: service | caller |");
        output.WriteLine("|---|---:|---:|---:|---:|---:|---:|---:|---:|");
        foreach (var cost in costs) output.WriteLine(cost);
        output.WriteLine();
        output.WriteLine(
            IsRight ? "Every answer is that of Predict, to the bit; none was lost." : string.Join(Environment.NewLine, faults));
    }
}
