using System.Globalization;
using System.Text.Json.Nodes;
using FeatureMap.Reports;
using FeatureMap.Training;
using FeatureMap.Workbench;

namespace FeatureMap.Studio;

/// <summary>A range test that the page Train shows.</summary>
/// <param name="Id">Its id.</param>
/// <param name="File">What its file says; null where there is none yet.</param>
/// <param name="Start">What this studio knows of its process; null where another one, or a terminal, began it.</param>
/// <param name="Form">The form that it is shown for.</param>
internal sealed record RateView(string Id, RangeTestFile? File, TrainingStart? Start, TrainForm Form)
{
    /// <summary>waiting, running, complete, failed, ended (before its end) or unknown.</summary>
    public string State => File is { IsComplete: true } ? "complete" : Start switch
    {
        { State: StartState.Waiting } => "waiting",
        { State: StartState.Preparing or StartState.Running } => "running",
        { State: StartState.Failed } => "failed",
        { } => "ended",
        _ => File is null ? "unknown" : File.IsRunning ? "running" : "ended",
    };

    /// <summary>Whether nothing more is to be expected of it.</summary>
    public bool IsOver => State is not ("waiting" or "running");

    /// <summary>What it was made with and the form has otherwise; empty where they agree, or nothing is known yet.</summary>
    public IReadOnlyList<string> Differences
    {
        get
        {
            if (File is null) return [];
            var (made, wanted) = (Texts(File.Assignments), Texts(Of(Form.Arguments)));
            IEnumerable<string> recipe = File.Recipe == Form.Recipe ? [] : [$"recipe {File.Recipe}, here {Form.Recipe}"];
            return [.. recipe, .. made.Keys.Union(wanted.Keys).Order(StringComparer.Ordinal)
                .Where(key => made.GetValueOrDefault(key) != wanted.GetValueOrDefault(key))
                .Select(key => $"{key} {Said(made, key)}, here {Said(wanted, key)}")];
        }
    }

    /// <summary>The points to choose from: of very many every second, third ... one.</summary>
    public IReadOnlyList<LearningRatePoint> Points
    {
        get
        {
            const int most = 100;
            if (File is null) return [];
            var usable = File.Range.Points.Where(point => double.IsFinite(point.Loss) && double.IsFinite(point.SmoothLoss)).ToList();
            var stride = (usable.Count + most - 1) / most;
            return [.. usable.Where((_, place) => stride < 2 || place % stride == 0)];
        }
    }

    // What changes neither the curve nor what it is good for.
    private static Dictionary<string, string> Texts(IEnumerable<(string Key, string Value)> assignments) => assignments
        .Where(one => one.Key is not ("epochs" or "seed" or "threads")).GroupBy(one => one.Key)
        .ToDictionary(group => group.Key, group => Whole(group.Last().Value));

    private static IEnumerable<(string Key, string Value)> Of(TrainArguments arguments)
    {
        var place = arguments.Data is [var only] ? only : arguments.Recipe is { } recipe && Path.IsPathFullyQualified(recipe) ? recipe
            : null;
        var given = TrainCommandLine.RateAssignments(arguments);
        return place is null ? given : given.Append((RangeTest.DataKey, place));
    }

    private static string Whole(string value) => value.Contains(Path.DirectorySeparatorChar, StringComparison.Ordinal) && Path.Exists(value)
        ? Path.GetFullPath(value) : value;

    private static string Said(Dictionary<string, string> all, string key) => all.TryGetValue(key, out var value)
        ? ShownValue(value) : "as the recipe has it";

    private static string ShownValue(string value) => Path.IsPathFullyQualified(value) ? Path.GetFileName(value) : value;
}

/// <summary>The rate finder of the page Train: a button, the curve as it comes, and a point to pick.</summary>
internal static class RateSection
{
    public static void Write(HtmlBuilder html, TrainView view)
    {
        html.Add($"""
            <details class="piece tool" id="rates"{(view.Rates is null ? "" : " open")}><summary><h2>Find a learning rate</h2></summary>
            <p class="note">A short training whose rate grows at every step: the loss stands still, falls, and rises where the rate is too
            large. A good one lies where the loss falls. <a href="/learn/learning-rate">Lesson</a></p>
            """);
        if (view.Rates is { } rates) Test(html, view, rates);
        Begin(html, view);
        html.Add($"</details>");
    }

    public static JsonObject Json(RateView rates) => new()
    {
        ["id"] = rates.Id,
        ["state"] = rates.State,
        ["command"] = rates.Start?.Command,
        ["problem"] = rates.State == "failed" ? rates.Start!.Fault : null,
        ["suggested"] = rates.File?.Range.Suggested,
        ["steepest"] = rates.File?.Range.Steepest,
        ["lowest"] = rates.File?.Range.Lowest,
        ["exploded"] = rates.File?.Range.Exploded,
        ["steps"] = rates.File?.Steps,
        ["differences"] = new JsonArray([.. rates.Differences.Select(one => JsonValue.Create(one))]),
        ["points"] = new JsonArray([.. (rates.File?.Range.Points ?? []).Select(point => new JsonObject
        {
            ["learningRate"] = point.LearningRate,
            ["loss"] = Finite(point.Loss),
            ["smoothLoss"] = Finite(point.SmoothLoss),
        })]),
    };

    /// <summary>A rate as a setting takes it: three digits that matter.</summary>
    public static string Text(double rate) => decimal.Parse(rate.ToString("G3", CultureInfo.InvariantCulture), NumberStyles.Float,
        CultureInfo.InvariantCulture).ToString("0.##################", CultureInfo.InvariantCulture);

    private static void Test(HtmlBuilder html, TrainView view, RateView rates)
    {
        html.Join($"""<p id="rates-state"><span class="state {rates.State}">{rates.State}</span> """);
        html.Add($"""{Sentence(rates)}</p>""");
        if (rates.State == "failed") html.Add($"""<p class="notice">{rates.Start!.Fault}</p>""");
        if (rates.Differences is { Count: > 0 } differences)
            html.Add($"""<p class="notice">It was made with other settings than the form has: {string.Join("; ", differences)}.</p>""");
        if (!rates.IsOver && rates.Start is { } start)
            html.Add($"""
                <p class="actions"><button type="button" class="scripted" id="rates-cancel"
                data-post="/api/starts/{start.Id}/drop">Cancel the test</button></p>
                """);
        if (rates.File is not { } file) return;
        if ((file.Range with { Points = rates.Points }).Chart(Current(view.Form)) is not { } chart) return;
        html.Add($"""<figure class="rate-curve" id="rate-curve">""");
        chart.Render(html);
        chart.Legend(html);
        html.Add($"</figure>");
        if (rates.State is "complete" or "ended") Pick(html, view, rates, file);
        ChartWriter.AsTable(html, "Range test", ["learning rate", "loss", "smoothed"], rates.Points.Select(point => (IReadOnlyList<string>)
            [Text(point.LearningRate), ReportText.Number(point.Loss), ReportText.Number(point.SmoothLoss)]));
    }

    private static string Sentence(RateView rates) => rates.State switch
    {
        "waiting" => "It begins when nothing else trains.",
        "running" => rates.File is { } file ? $"{file.Range.Points.Count:N0} of {ReportText.Count(file.Steps, "step")}"
            : "The data are loaded.",
        "complete" when rates.File is { } file => $"{ReportText.Count(file.Range.Points.Count, "step")} with {file.Setup}."
            + (file.Range.Exploded ? " Beyond the last, the loss exploded." : ""),
        "failed" => "It did not come to its end.",
        "ended" => "It was ended before its end; these are its steps until then.",
        _ => "No test of this name is known any more.",
    };

    private static void Pick(HtmlBuilder html, TrainView view, RateView rates, RangeTestFile file)
    {
        var suggested = file.Range.Suggested;
        html.Add($"<p>{Reading(file.Range)}</p>");
        if (suggested is { } rate)
        {
            var taken = Of(view.State, Text(rate));
            html.Join($"""<p class="actions"><a class="button primary" id="rate-suggested" data-state """);
            html.Add($"""href="{taken.Address}">Take the suggested {Text(rate)}</a></p>""");
        }
        // A form of its own, so that it works without a script; with one, the choice goes into the form of the page at once.
        html.Add($"""<form class="rate-pick" id="rate-pick" action="{RunLink.Train}" method="get" data-leave>""");
        foreach (var (name, text) in view.State.Pairs)
            if (text.Length > 0 && name != "learning-rate") html.Join($"""<input type="hidden" name="{name}" value="{text}">""");
        html.Join($"""<div class="field"><label for="rate-choice">Or another point of the curve """);
        html.Join($"""<small class="scripted">click the curve, or choose here by keys</small></label>""");
        html.Join($"""<select id="rate-choice" name="learning-rate">""");
        var chosen = Nearest(rates.Points, Current(view.Form) ?? suggested);
        foreach (var (place, point) in rates.Points.Index())
        {
            html.Join($"""<option value="{Text(point.LearningRate)}"{(place == chosen ? " selected" : "")}>""");
            html.Join($"""{Text(point.LearningRate)}, smoothed loss {ReportText.Number(point.SmoothLoss)}</option>""");
        }
        html.Add($"""</select></div><p class="actions unscripted"><button>Take this rate</button></p></form>""");
    }

    private static string Reading(LearningRateRange range) => range.Suggested is null
        ? "The loss never fell: take other settings, or look at the data."
        : $"The loss fell fastest at {Text(range.Steepest!.Value)} and was lowest at {Text(range.Lowest!.Value)}, where larger "
            + $"steps did harm already; suggested is {Text(range.Suggested!.Value)}, below that. A schedule in which the rate rises and "
            + "falls takes it for its highest value.";

    private static void Begin(HtmlBuilder html, TrainView view)
    {
        var command = TrainCommandLine.Text(TrainCommandLine.RateTest(view.Form.Arguments, Path.Combine(view.Desk.Runs,
            RateTests.FolderName,
            $"{view.Form.Recipe}-1.json")));
        html.Add($"""
            <figure class="code command"><figcaption class="unseen">The command of the range test</figcaption><pre tabindex="0"
            role="region" aria-label="The command of the range test">{command}</pre></figure>
            """);
        if (view.Queue.CanTrain && view.Rates is null or { IsOver: true })
            html.Add($"""
                <p class="actions"><button type="button" class="scripted" id="rates-begin" data-post="/api/rates"
                data-body="{view.State.BodyOfPage}"{(view.Form.Fault.Length > 0 ? " disabled" : "")}>{(view.Rates is null ? "Find a rate"
                    : "Test again")}</button></p>
                """);
        if (view.OtherRates.Count == 0) return;
        html.Join($"""<p class="by">Earlier tests: """);
        foreach (var id in view.OtherRates)
            html.Join($"""<a data-state href="{(view.State with { Rates = id }).Address}">{id}</a> """);
        html.Add($"</p>");
    }

    private static TrainState Of(TrainState state, string rate) => state with
    {
        Choice = state.Choice with
        {
            Settings = [.. state.Choice.Settings.Where(one => one.Name != "learning-rate"), ("learning-rate",
            rate)]
        },
    };

    private static double? Current(TrainForm form) => form.Fields.FirstOrDefault(field => field.Name == "learning-rate") is { } field
        && double.TryParse(field.Value, NumberStyles.Float, CultureInfo.InvariantCulture, out var rate) && rate > 0 ? rate : null;

    private static int Nearest(IReadOnlyList<LearningRatePoint> points, double? rate) => rate is not { } wanted || points.Count == 0 ? 0
        : points.Index().MinBy(point => Math.Abs(Math.Log(point.Item.LearningRate / wanted))).Index;

    private static JsonValue? Finite(double value) => double.IsFinite(value) ? JsonValue.Create(value) : null;
}
