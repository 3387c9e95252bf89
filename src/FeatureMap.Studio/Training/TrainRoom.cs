using System.Text.Json.Nodes;
using FeatureMap.Workbench;
using Microsoft.AspNetCore.Http;

namespace FeatureMap.Studio;

/// <summary>What the page Train shows: its state, the form that it comes to, and the range test and the trial that were asked
/// for.</summary>
internal sealed record TrainView(TrainState State, TrainForm Form, TrainDesk Desk, TrainingQueue Queue)
{
    /// <summary>The range test; null where none is shown.</summary>
    public RateView? Rates { get; init; }

    /// <summary>Range tests of the same recipe, the newest first.</summary>
    public IReadOnlyList<string> OtherRates { get; init; } = [];

    /// <summary>The trial; null where none is shown.</summary>
    public TrialView? Trial { get; init; }

    /// <summary>Runs and labs that use the processors now.</summary>
    public IReadOnlyList<string> Running { get; init; } = [];

    /// <summary>The number of the last event that the page shows already.</summary>
    public long Number { get; init; }
}

/// <summary>Answers the address of the page Train, and begins the range tests and trials that are asked for on it.</summary>
internal sealed class TrainRoom(RunCatalogue catalogue, LabCatalogue labs, TrainDesk desk, TrainingQueue queue, Hub hub)
{
    private const int MostShown = 5;

    private readonly RateTests tests = new(desk.Runs);

    /// <summary>The page, its part or its data.</summary>
    /// <exception cref="UsageException">The state cannot be read.</exception>
    public PageAnswer Answer(string query, bool isStage, bool wantsJson)
    {
        var number = hub.LastOf(RunWatcher.All) ?? 0; // before reading
        var state = TrainState.Parse(query, desk);
        var form = desk.Fill(state.Choice);
        var view = new TrainView(state, form, desk, queue)
        {
            Rates = state.Rates.Length > 0 ? RatesOf(state.Rates, form) : null,
            OtherRates = [.. tests.Ids.Where(id => id != state.Rates && id.StartsWith(form.Recipe + "-", StringComparison.Ordinal))
                .Take(MostShown)],
            Trial = state.Trial.Length > 0 ? TrialOf(state.Trial, form) : null,
            Running = [.. labs.Labs.Where(lab => lab.State == RunState.Running).Select(lab => lab.Name),
                .. catalogue.Runs.Where(run => run.State == RunState.Running).Select(run => run.Name)],
            Number = number,
        };
        return wantsJson ? PageAnswer.Data(TrainPage.Json(view).ToJsonString(Problem.JsonOptions))
            : PageAnswer.Page(isStage ? TrainPage.Stage(view) : TrainPage.Page(view));
    }

    /// <summary>Takes what is sent; null where the address is none of these.</summary>
    /// <exception cref="ProblemException">It is refused.</exception>
    /// <exception cref="UsageException">It cannot be trained like this.</exception>
    public async Task<PageAnswer?> Take(HttpContext context)
    {
        var path = context.Request.Path.Value;
        if (path is not ("/api/rates" or "/api/trials")) return null;
        var state = await TrainState.Read(context);
        var form = desk.Fill(state.Choice);
        if (form.Fault.Length > 0) throw new UsageException(form.Fault);
        var start = path == "/api/rates" ? BeginTest(state, form) : queue.Begin(TrainCommandLine.Trial(form.Arguments), StartKind.Trial,
            id => (state with { Trial = id }).Address);
        var json = RunJson.Of(start);
        json["schema"] = 1;
        return PageAnswer.Data(json.ToJsonString(Problem.JsonOptions));
    }

    private TrainingStart BeginTest(TrainState state, TrainForm form)
    {
        var file = tests.NewPath(form.Recipe);
        return queue.Begin(TrainCommandLine.RateTest(form.Arguments, file), StartKind.RateTest,
            _ => (state with { Rates = RateTests.IdOf(file) }).Address, file);
    }

    private RateView RatesOf(string id, TrainForm form)
    {
        var start = queue.Starts.FirstOrDefault(one => one.Kind == StartKind.RateTest && RateTests.IdOf(one.File) == id);
        return new RateView(id, tests.Read(id), start, form);
    }

    private TrialView TrialOf(string id, TrainForm form) => new(id, queue.Find(id) is { Kind: StartKind.Trial } start ? start : null, form);
}
