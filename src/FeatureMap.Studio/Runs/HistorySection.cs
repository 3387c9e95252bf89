using System.Globalization;
using System.Text.Json.Nodes;
using FeatureMap.Reports;
using FeatureMap.Training;
using FeatureMap.Workbench;

namespace FeatureMap.Studio;

/// <summary>
/// A run through its epochs: one slider moves the confusion matrix, what is answered for some images, the kernels of the first convolution
/// and the maps of the first layers. Which epoch is shown stands in the address.
/// </summary>
internal static class HistorySection
{
    private const int MostClasses = 40, MostPairs = 40, PictureSide = 96, LargestAnswers = 3, JsonDigits = 5;

    public static void Write(HtmlBuilder html, RunSummary run, RunPageState state, HistoryView view)
    {
        html.Join($"""<section class="piece history" id="history" aria-labelledby="history-title"><h2 id="history-title">Through the """);
        html.Add($"""epochs</h2>""");
        if (view.Kept.Count == 0)
        {
            html.Add($"""<p class="note">{Missing(run)}</p></section>""");
            return;
        }
        Slider(html, run, state, view);
        if (view.Fault.Length > 0) html.Add($"""<p class="notice" id="history-fault">{view.Fault}</p>""");
        if (view.Epoch is { } epoch)
        {
            if (epoch.Confusion.Count > 0) Confusion(html, epoch, view);
            if (view.Samples is { } samples) Answers(html, epoch, samples);
            Kernels(html, epoch);
            Maps(html, epoch, view.Samples);
        }
        html.Add($"</section>");
    }

    public static JsonObject Json(HistoryView view) => new()
    {
        ["kept"] = new JsonArray([.. view.Kept.Select(epoch => JsonValue.Create(epoch))]),
        ["epoch"] = view.Shown == 0 ? null : view.Shown,
        ["problem"] = view.Fault.Length > 0 ? view.Fault : null,
        ["confusion"] = view.Epoch is not { } epoch ? null : new JsonArray([.. epoch.Confusion.Select(one => new JsonArray(one.Truth,
            one.Answer, one.Images))]),
        ["classNames"] = new JsonArray([.. (view.Samples?.ClassNames ?? []).Select(name => JsonValue.Create(name))]),
        ["samples"] = view.Samples is not { } samples ? null : new JsonArray([.. samples.Samples.Select((one, at) => new JsonObject
        {
            ["image"] = one.Image,
            ["name"] = one.Name,
            ["truth"] = one.Truth < 0 ? null : one.Truth,
            ["answer"] = view.Epoch is { } of && at < of.Answers.Count ? Numbers(of.Answers[at]) : null,
        })]),
        ["kernels"] = view.Epoch?.Kernels is not { } kernels ? null : new JsonObject
        {
            ["layer"] = kernels.Layer,
            ["shape"] = Sizes(kernels.Shape),
            ["weights"] = new JsonArray([.. kernels.Weights.Select(Numbers)]),
        },
        ["maps"] = new JsonArray([.. (view.Epoch?.Maps ?? []).Select(map => new JsonObject
        {
            ["layer"] = map.Layer,
            ["shape"] = Sizes(map.Whole),
            ["kept"] = Sizes(map.Kept),
            ["samples"] = new JsonArray([.. map.Samples.Select(Numbers)]),
        })]),
    };

    private static void Slider(HtmlBuilder html, RunSummary run, RunPageState state, HistoryView view)
    {
        var (first, last) = (Text(view.Kept[0]), Text(view.Kept[^1]));
        html.Add($"""
            <p class="note">One slider for all that follows: the network as validation judged it at the end of an epoch. Move it by mouse,
            by touch or with the arrow keys. An empty number is the newest epoch, also while it trains.</p>
            <div class="field number epoch-slider" id="epoch-slider"><label for="c-epoch">epoch <small>{first} to {last}, empty for the
            newest</small></label>
            <input type="range" form="controls" id="c-epoch-range" min="{first}" max="{last}" step="1"
            value="{Text(view.Asked == 0 ? view.Kept[^1] : view.Asked)}" data-slides="c-epoch" aria-label="epoch">
            <input type="number" form="controls" id="c-epoch" name="epoch" min="1" max="{last}" step="1"
            value="{(view.Asked == 0 ? "" : Text(view.Asked))}"></div>
            """);
        html.Add($"""<p class="actions unscripted"><button class="primary" form="controls">Show this epoch</button></p>""");
        var (before, behind) = view.Beside;
        html.Join($"""<nav class="pager" id="epoch-links" aria-label="Other epochs">""");
        if (before > 0) Link(before, $"epoch {before}");
        html.Join($"""<strong id="epoch-shown">after epoch {view.Shown}</strong>""");
        if (behind > 0) Link(behind, $"epoch {behind}");
        if (view.Shown != view.Kept[^1]) Link(0, "the newest");
        html.Add($"</nav>");
        if (view.Asked > 0 && view.Asked != view.Shown)
            html.Add($"""
                <p class="note" id="epoch-missing">Epoch {view.Asked} is not kept: a history has at most {RunHistory.MostBytes / 1_000_000}
                MB, so of long trainings every second, fourth, eighth ... epoch is. Shown is the nearest one that is.</p>
                """);

        void Link(int epoch, string text) =>
            html.Join($"""<a data-state href="{RunLink.To(run.Id, (state with { Epoch = epoch }).Query)}">{text}</a>""");
    }

    private static void Confusion(HtmlBuilder html, HistoryEpoch epoch, HistoryView view)
    {
        var names = view.Samples?.ClassNames ?? [];
        var count = Math.Max(names.Count, epoch.Confusion.Max(one => Math.Max(one.Truth, one.Answer)) + 1);
        string Name(int label) => label < names.Count ? names[label] : $"{label}";
        var all = epoch.Confusion.Sum(one => one.Images);
        var right = epoch.Confusion.Where(one => one.Truth == one.Answer).Sum(one => one.Images);
        html.Add($"""
            <h3>What is taken for what</h3>
            <p class="note" id="history-right">{ReportText.Count(right)} of {ReportText.Count(all)} validation images are right,
             {ReportText.Percent((double)right / all)}.{Most(epoch.Confusion, Name)} Rows: the true class; columns: the
            answer.</p>
            """);
        if (count > MostClasses)
        {
            html.Add($"""<ol class="confusions">""");
            foreach (var one in epoch.Confusion.Where(one => one.Truth != one.Answer).OrderByDescending(one => one.Images).Take(MostPairs))
                html.Add($"""<li>{Name(one.Truth)} taken for {Name(one.Answer)}: {ReportText.Count(one.Images)}</li>""");
            html.Add($"</ol>");
            return;
        }
        var cells = new int[count, count];
        var ofClass = new int[count];
        foreach (var one in epoch.Confusion)
        {
            cells[one.Truth, one.Answer] = one.Images;
            ofClass[one.Truth] += one.Images;
        }
        ConfusionTable.Write(html, [.. Enumerable.Range(0, count).Select(Name)], $"Confusions after epoch {epoch.Epoch}", (row, column) =>
            new(ReportText.Count(cells[row, column]), Math.Sqrt((double)cells[row, column] / Math.Max(1, ofClass[row])), null, "", false));
    }

    private static string Most(IReadOnlyList<HistoryCount> confusion, Func<int, string> name)
    {
        var wrong = confusion.Where(one => one.Truth != one.Answer).ToList();
        if (wrong.Count == 0) return "";
        var most = wrong.MaxBy(one => one.Images);
        return $" Most often {name(most.Truth)} is taken for {name(most.Answer)}: {ReportText.Count(most.Images, "time")}.";
    }

    private static void Answers(HtmlBuilder html, HistoryEpoch epoch, HistorySamples samples)
    {
        html.Add($"""<h3>The same images in every epoch</h3>""");
        if (epoch.Answers.Count == 0)
            html.Add($"""<p class="note">The network gives maps, which are shown below, and no answer in numbers.</p>""");
        html.Add($"""<ul class="judged">""");
        foreach (var (one, at) in samples.Samples.Select((one, at) => (one, at)))
        {
            html.Join($"<li>");
            if (one.Pixels.Length > 0) PictureSection.Image(html, new(one.Pixels, one.Shape), PictureSide, one.Name);
            html.Join($"<p>{(one.Truth >= 0 ? $"is {Named(samples, one.Truth)}" : "")}");
            if (at < epoch.Answers.Count) Answer(html, epoch.Answers[at], samples, one.Truth);
            html.Add($"""<small class="file">{one.Name}</small></p></li>""");
        }
        html.Add($"</ul>");
    }

    private static void Answer(HtmlBuilder html, float[] answer, HistorySamples samples, int truth)
    {
        if (!samples.AnswersAreProbabilities)
        {
            html.Join($"""<small>{string.Join(", ", answer.Take(LargestAnswers).Select(number => ReportText.Number(number)))}""");
            html.Join($"""{(answer.Length > LargestAnswers ? ", …" : "")}</small>""");
            return;
        }
        foreach (var (number, label) in answer.Select((number, label) => (number, label)).OrderByDescending(one => one.number)
            .Take(LargestAnswers))
        {
            var text = $"{Named(samples, label)} {ReportText.Percent(number, "0.0")}";
            if (label == truth) html.Join($"""<small><b>{text} ✓</b></small>""");
            else html.Join($"<small>{text}</small>");
        }
    }

    private static string Named(HistorySamples samples, int label) =>
        label < samples.ClassNames.Count ? samples.ClassNames[label] : $"{label}";

    private static void Kernels(HtmlBuilder html, HistoryEpoch epoch)
    {
        if (epoch.Kernels is not { } kernels) return;
        html.Add($"""
            <h3>Kernels of {kernels.Layer}</h3><p class="note">The weights of the first convolution: blue is negative, red positive. They
            begin as noise; edges, bars and blobs are what was learned.{(kernels.Count > kernels.Weights.Count
                ? $" The first {kernels.Weights.Count} of {kernels.Count}." : "")}</p><div id="history-kernels">
            """);
        var shape = kernels.Shape;
        PictureSection.Kernels(html, new(kernels.Layer, kernels.Weights, shape.Channels, shape.Height, shape.Width));
        html.Add($"</div>");
    }

    // The maps of an image lie together; those of the first are open.
    private static void Maps(HtmlBuilder html, HistoryEpoch epoch, HistorySamples? samples)
    {
        if (epoch.Maps.Count == 0) return;
        html.Add($"""
            <h3>What the first layers make of them</h3><p class="note">A tile for each channel. Early layers keep the picture and mark
            edges; what they mark changes while they learn. Each layer has a scale of its own.</p>
            """);
        var data = new ReportData { Title = "" };
        for (var sample = 0; sample < epoch.Maps[0].Samples.Count; sample++)
        {
            var one = samples is not null && sample < samples.Samples.Count ? samples.Samples[sample] : null;
            var name = one is null ? $"image {sample + 1}" : one.Truth >= 0 ? $"{one.Name}: {Named(samples!, one.Truth)}" : one.Name;
            html.Add($"""<details id="maps-{sample}" class="maps"{Opened(sample == 0)}><summary>{name}</summary>""");
            foreach (var map in epoch.Maps)
                PictureSection.FeatureMap(html, data, new(Heading(map), map.Kept, map.Samples[sample]));
            html.Add($"</details>");
        }
    }

    private static string Opened(bool isOpen) => isOpen ? " open" : "";

    private static string Heading(HistoryMap map) => map.Kept == map.Whole ? map.Layer
        : $"{map.Layer} ({map.Whole}, kept as {map.Kept})";

    private static string Missing(RunSummary run) => run.Setting("history") == "false"
        ? "This run was begun with history=false, so there is nothing to go through."
        : run.Epochs.Count == 0 ? "No epoch has ended yet. After each, the confusion matrix, some answers, kernels and maps are seen here."
        : "This run has no history: it was trained by an earlier version, or its folder history was removed. Runs that are begun now keep "
        + "one.";

    private static JsonArray Sizes(Shape shape) => new(shape.Channels, shape.Height, shape.Width);

    // As many digits as anybody can see.
    private static JsonArray Numbers(float[] numbers) => new([.. numbers.Select(number => !float.IsFinite(number) ? null
        : JsonValue.Create(double.Parse(number.ToString($"E{JsonDigits - 1}", CultureInfo.InvariantCulture),
            CultureInfo.InvariantCulture)))]);

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
