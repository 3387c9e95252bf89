using System.Text.Json.Nodes;
using FeatureMap.Reports;
using FeatureMap.Workbench;
using Microsoft.AspNetCore.Http;

namespace FeatureMap.Studio;

/// <summary>Answers the addresses of Train, Runs, Run and Compare, and takes what is sent to them.</summary>
internal sealed class RunDesk(RunCatalogue catalogue, RunJudge judge, TrainDesk desk, TrainRoom training, TrainingQueue queue,
    RunWatcher watcher, Hub hub)
{
    private const int LongestShown = 120, MostLooks = 20;
    private static readonly TimeSpan Begins = TimeSpan.FromSeconds(8), Look = TimeSpan.FromMilliseconds(100);

    private readonly WorkGate judging = new(limit: TimeSpan.FromSeconds(30),
        fix: "The work goes on in the background: ask again in a moment.");

    // Whoever saves a file waits for it.
    private readonly WorkGate filing = new(limit: TimeSpan.FromMinutes(5),
        fix: "Make the file in a terminal: featuremap report RUN --html run.html");

    /// <summary>A page, its part or its data.</summary>
    /// <exception cref="ProblemException">There is no such run, or it took too long.</exception>
    /// <exception cref="UsageException">The state cannot be read.</exception>
    public async Task<PageAnswer> Answer(IReadOnlyList<string> parts, string path, string query, bool wantsJson,
        CancellationToken cancellation)
    {
        var isStage = parts is [.., "stage"];
        switch (isStage ? [.. parts.SkipLast(1)] : parts)
        {
            case ["train"]:
                return Train(query, isStage, wantsJson);
            case ["runs"]:
                {
                    var (state, number) = (RunsState.Parse(query), hub.LastOf(RunWatcher.All) ?? 0);
                    if (wantsJson) return Data(RunJson.Of(catalogue.Runs, queue.Starts));
                    return PageAnswer.Page(isStage ? RunsPage.Stage(state, catalogue.Runs, queue, number)
                        : RunsPage.Page(state, catalogue.Runs, queue, number));
                }
            case ["runs", var id]:
                {
                    var (state, (run, number)) = (RunPageState.Parse(query), watcher.Open(id, Open));
                    var history = HistoryView.Of(catalogue.HistoryOf(id), state.Epoch);
                    if (wantsJson) return Data(RunJson.Of(run, history));
                    var place = ShownPath.Of(Path.Combine(desk.Runs, run.Summary.Name));
                    return isStage ? PageAnswer.Part(RunPage.Stage(run, state, history, place, number))
                        : PageAnswer.Page(RunPage.Page(run, state, history, history.Kept.Count > 0 ? null : KernelsOf(run.Summary), place,
                            number));
                }
            case ["runs", var id, "mistakes"]:
                {
                    var (state, run) = (MistakesState.Parse(query), Open(id).Summary);
                    var judged = await judging.Do(() => judge.Judge(id), cancellation);
                    return wantsJson ? Data(Json(run, judged)) : PageAnswer.Page(isStage ? MistakesPage.Stage(run, judged, state)
                        : MistakesPage.Page(run, judged, state));
                }
            case ["runs", var id, "file"] when !isStage && !wantsJson:
                {
                    Open(id);
                    var html = await filing.Do(() => judge.AsFile(id), cancellation);
                    return PageAnswer.Page(html) with { FileName = $"{id}.html" };
                }
            case ["compare"]:
                {
                    var view = await Compare(CompareState.Parse(query), cancellation);
                    return wantsJson ? Data(view.ToJson()) : PageAnswer.Page(isStage ? ComparePage.Stage(view) : ComparePage.Page(view));
                }
            default:
                throw new ProblemException(Problem.NotFound(path));
        }
    }

    /// <summary>Takes what is sent; null where the address is none of these.</summary>
    /// <exception cref="ProblemException">It is refused.</exception>
    public async Task<PageAnswer?> Take(HttpContext context)
    {
        string[] parts = [.. (context.Request.Path.Value ?? "").Trim('/').Split('/')];
        switch (parts)
        {
            case ["api", "runs"]:
                {
                    var form = desk.Fill((await TrainState.Read(context)).Choice);
                    if (form.Fault.Length > 0) throw new UsageException(form.Fault);
                    return await Begun(queue.Begin(TrainCommandLine.Of(form.Arguments)), context.RequestAborted);
                }
            case ["api", "runs", var id, "stop"]:
                Refuse(id, RunState.Running, "stopped", "it does not run");
                catalogue.Stop(id);
                return Data(new JsonObject { ["schema"] = 1, ["said"] = "It stops after the running step." });
            case ["api", "runs", var id, "resume"]:
                {
                    var run = Open(id).Summary;
                    if (!run.CanResume)
                        throw new ProblemException(Conflict(run, "resumed", run.State switch
                        {
                            RunState.Running => "it runs",
                            RunState.Complete => "it is complete",
                            _ => run.Fault.Length > 0 ? run.Fault : "only its lab can go on with it",
                        }));
                    var line = TrainCommandLine.Resume(catalogue.PathOf(id));
                    if (queue.Starts.Any(start => start.State is StartState.Waiting or StartState.Preparing
                        && start.Arguments.SequenceEqual(line)))
                        throw new ProblemException(Conflict(run, "resumed", "it waits for that already"));
                    return await Begun(queue.Begin(line), context.RequestAborted);
                }
            case ["api", "runs", var id, "note"]:
                Open(id);
                catalogue.Write(id, await Note(context));
                return Data(new JsonObject { ["schema"] = 1, ["said"] = "Saved." });
            case ["api", "starts", var id, "drop"]:
                queue.Drop(id);
                return Data(new JsonObject { ["schema"] = 1 });
            default:
                return await training.Take(context);
        }
    }

    /// <summary>A text that is not longer than a line.</summary>
    public static string Shortened(string text) => text.Length <= LongestShown ? text : $"{text[..LongestShown]}…";

    private PageAnswer Train(string query, bool isStage, bool wantsJson)
    {
        if (RunQuery.Pairs(query).FirstOrDefault(pair => pair.Name == "like") is { Name.Length: > 0, Text: var like })
        {
            if (!catalogue.Has(like)) throw new ProblemException(Missing(like));
            var isLonger = RunQuery.Pairs(query).Any(pair => pair is ("longer", "on"));
            var begun = new TrainState(desk.ChoiceOf(like, isLonger), false).Query;
            return PageAnswer.Elsewhere($"{RunLink.Train}?{begun}");
        }
        return training.Answer(query, isStage, wantsJson);
    }

    private async Task<CompareView> Compare(CompareState state, CancellationToken cancellation)
    {
        var all = catalogue.Runs;
        IReadOnlyList<RunSummary> runs = [.. state.Runs.Select(id => all.FirstOrDefault(run => run.Id == id)
            ?? throw new ProblemException(Missing(id)))];
        var (judged, fault) = ((IReadOnlyList<JudgedRun>)[], "");
        try
        {
            if (state.Matrix && runs.Count > 1)
                judged = await judging.Do(() => (IReadOnlyList<JudgedRun>)[.. runs.Take(2).Select(run => judge.Judge(run.Id))],
                    cancellation);
        }
        catch (FeatureMapException error)
        {
            fault = error.Message; // the rest of the page is there all the same
        }
        return new CompareView(state, runs, all, judged) { Fault = fault };
    }

    private ReportKernels? KernelsOf(RunSummary run)
    {
        if (run.State != RunState.Complete) return null;
        try
        {
            return judge.Kernels(run.Id);
        }
        catch (FeatureMapException)
        {
            return null; // the page has everything else
        }
    }

    // The folder of a run is there some moments after its process began; what fails before that is told here.
    // So is what is wrong with network and data together: it is found behind that, before the first step.
    /// <summary>What is answered when a training or a lab was begun: where it is, or why it is not.</summary>
    public async Task<PageAnswer> Begun(TrainingStart start, CancellationToken cancellation)
    {
        await Task.WhenAny(start.Known.Task, Task.Delay(Begins, cancellation));
        for (var looks = 0; looks < MostLooks && start is { Kind: StartKind.Training, State: StartState.Running, Run: { } id }
            && (!catalogue.Has(id) || catalogue.Open(id).Summary.Live is null); looks++)
            await Task.Delay(Look, cancellation);
        if (start.State == StartState.Failed)
            throw new ProblemException(new Problem(StatusCodes.Status400BadRequest,
                $"The {(start.Kind == StartKind.Lab ? "lab" : "training")} did not begin",
                start.Fault.Length > 0 ? start.Fault : "Its process ended without a word.")
            { Where = "training", Received = start.Command, Fix = "Change what it names and begin again." });
        var json = RunJson.Of(start);
        json["schema"] = 1;
        return Data(json);
    }

    private RunDetail Open(string id) => catalogue.Has(id) ? catalogue.Open(id) : throw new ProblemException(Missing(id));

    private void Refuse(string id, RunState expected, string what, string why)
    {
        if (Open(id).Summary is { } run && run.State != expected) throw new ProblemException(Conflict(run, what, why));
    }

    private static Problem Conflict(RunSummary run, string what, string why) => new(StatusCodes.Status409Conflict, $"It cannot be {what}",
        $"{run.Name} cannot be {what}: {why.TrimEnd('.')}.")
    { Where = "run", Received = RunJson.Word(run.State), Fix = "Read its page again: its state may have changed." };

    private Problem Missing(string id)
    {
        if (queue.Starts.FirstOrDefault(start => start.Run == id && start.State == StartState.Failed) is { } failed)
            return new(StatusCodes.Status404NotFound, "It failed before its first step", failed.Fault)
            { Where = "training", Received = failed.Command, Fix = "Change what it names and begin again." };
        var all = catalogue.Runs.Select(run => run.Id).ToList();
        return new(StatusCodes.Status404NotFound, "No such run",
            $"The studio has no run '{Problem.Shortened(id)}'.{NearestName.Suggest(id, all)}")
        {
            Where = "run",
            Received = Problem.Shortened(id),
            Expected = all.Count == 0 ? "a run; there is none yet" : string.Join(", ", all.Take(6)) + (all.Count > 6 ? ", …" : ""),
            Fix = "Choose one of the list on /runs.",
        };
    }

    private static async Task<string> Note(HttpContext context)
    {
        try
        {
            using var document = await System.Text.Json.JsonDocument.ParseAsync(context.Request.Body,
                new System.Text.Json.JsonDocumentOptions { MaxDepth = 2 }, context.RequestAborted);
            if (document.RootElement.ValueKind == System.Text.Json.JsonValueKind.Object
                && document.RootElement.TryGetProperty("text", out var text) && text.ValueKind == System.Text.Json.JsonValueKind.String)
                return text.GetString()!;
        }
        catch (Exception error) when (error is System.Text.Json.JsonException or InvalidOperationException)
        {
            // Told below.
        }
        throw new ProblemException(new Problem(StatusCodes.Status400BadRequest, "Not a note", "A note is sent as a text.")
        {
            Where = "body",
            Expected = """{"text": "..."}""",
        });
    }

    private static JsonObject Json(RunSummary run, JudgedRun judged) => new()
    {
        ["schema"] = 1,
        ["id"] = run.Id,
        ["accuracy"] = judged.Accuracy,
        ["macroF1"] = judged.MacroF1,
        ["classNames"] = new JsonArray([.. judged.ClassNames.Select(name => JsonValue.Create(name))]),
        ["confusion"] = new JsonArray([.. Enumerable.Range(0, judged.ClassNames.Count).Select(row => new JsonArray(
            [.. Enumerable.Range(0, judged.ClassNames.Count).Select(column => JsonValue.Create(judged.Counts[row, column]))]))]),
        ["mistakes"] = new JsonArray([.. judged.Mistakes.Take(1000).Select(one => new JsonObject
        {
            ["image"] = JudgedImages.IdOf(run.Id, one.Image),
            ["file"] = one.File,
            ["truth"] = judged.ClassNames[one.Truth],
            ["answer"] = judged.ClassNames[one.Answer],
            ["probability"] = one.Probability,
        })]),
    };

    private static PageAnswer Data(JsonNode json) => PageAnswer.Data(json.ToJsonString(Problem.JsonOptions));
}
