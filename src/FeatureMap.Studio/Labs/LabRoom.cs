using System.Text.Json.Nodes;
using FeatureMap.Workbench;
using Microsoft.AspNetCore.Http;

namespace FeatureMap.Studio;

/// <summary>Answers the addresses of labs, and takes what is sent to them. A lab is a process of its own, in the queue of
/// trainings.</summary>
internal sealed class LabRoom(LabCatalogue labs, RunCatalogue runs, LabDesk desk, TrainingQueue queue, RunWatcher watcher, Hub hub,
    RunDesk trainings)
{
    /// <summary>A page, its part or its data.</summary>
    /// <exception cref="ProblemException">There is no such lab.</exception>
    /// <exception cref="UsageException">The state cannot be read.</exception>
    public PageAnswer Answer(IReadOnlyList<string> parts, string path, string query, bool wantsJson)
    {
        var isStage = parts is [.., "stage"];
        switch (isStage ? [.. parts.SkipLast(1)] : parts)
        {
            case ["labs"]:
                {
                    _ = new RunQuery("Labs", query, []);
                    var number = hub.LastOf(RunWatcher.All) ?? 0;
                    if (wantsJson) return Data(LabJson.Of(desk.Labs, labs.Labs, queue.Starts));
                    var list = new LabList(desk, labs, queue, number);
                    return PageAnswer.Page(isStage ? LabsPage.Stage(list) : LabsPage.Page(list));
                }
            case ["labs", var name] when desk.Has(name):
                {
                    var state = LabFormState.Parse(name, query, desk);
                    var form = desk.Fill(state.Choice);
                    var places = desk.PlacesOf(form.Lab);
                    return wantsJson ? Data(LabJson.Of(form, state, places)) : PageAnswer.Page(isStage
                        ? LabFormPage.Stage(state, form, places, queue) : LabFormPage.Page(state, form, places, queue));
                }
            case ["labs", var id]:
                {
                    if (!labs.Has(id)) throw new ProblemException(Missing(id));
                    _ = new RunQuery("A lab", query, []);
                    var (lab, number) = watcher.OpenLab(id);
                    var own = TrainingsOf(lab);
                    if (wantsJson) return Data(LabJson.Of(lab, own));
                    var place = ShownPath.Of(labs.PathOf(id));
                    return PageAnswer.Page(isStage ? LabPage.Stage(lab, own, place, number) : LabPage.Page(lab, own, place, number));
                }
            case ["labs", var id, "page"] when !isStage:
                if (!labs.Has(id)) throw new ProblemException(Missing(id));
                if (!labs.Open(id).HasPage)
                    throw new ProblemException(new Problem(StatusCodes.Status404NotFound, "No page yet",
                        $"{id} has no page: it is written when the lab is done.")
                    { Where = "lab", Received = Problem.Shortened(id), Fix = $"Look at {LabLink.To(id)}." });
                return PageAnswer.Page(labs.Page(id)) with { IsForeign = true };
            case ["labs", var id, var folder] when !isStage && labs.Has(id):
                // Where the links of the lab's own page lead: its folders are runs.
                return TrainingsOf(labs.Open(id)).FirstOrDefault(run => Path.GetFileName(run.Name) == folder) is { } run
                    ? PageAnswer.Elsewhere(RunLink.To(run.Id)) : throw new ProblemException(Problem.NotFound(path));
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
            case ["api", "labs"]:
                {
                    var form = desk.Fill(await LabFormState.Read(context));
                    if (form.Fault.Length > 0) throw new UsageException(form.Fault);
                    return await trainings.Begun(queue.Begin(TrainCommandLine.Of(form.Arguments), StartKind.Lab), context.RequestAborted);
                }
            case ["api", "labs", var id, "stop"]:
                {
                    var lab = Open(id);
                    if (lab.State != RunState.Running) throw new ProblemException(Conflict(lab, "stopped", "it does not run"));
                    labs.Stop(id);
                    return Data(new JsonObject { ["schema"] = 1, ["said"] = "It stops after the running step." });
                }
            case ["api", "labs", var id, "resume"]:
                {
                    var lab = Open(id);
                    if (!lab.CanResume)
                        throw new ProblemException(Conflict(lab, "resumed", lab.State switch
                        {
                            RunState.Running => "it runs",
                            RunState.Complete => "it is complete",
                            _ => lab.Fault,
                        }));
                    var line = TrainCommandLine.ResumeLab(labs.PathOf(id));
                    if (queue.Starts.Any(start => start.State is StartState.Waiting or StartState.Preparing
                        && start.Arguments.SequenceEqual(line)))
                        throw new ProblemException(Conflict(lab, "resumed", "it waits for that already"));
                    return await trainings.Begun(queue.Begin(line, StartKind.Lab), context.RequestAborted);
                }
            default:
                return null;
        }
    }

    private LabSummary Open(string id) => labs.Has(id) ? labs.Open(id) : throw new ProblemException(Missing(id));

    // In the order in which the lab began them.
    private IReadOnlyList<RunSummary> TrainingsOf(LabSummary lab) => [.. runs.Runs
        .Where(run => run.Name.StartsWith(lab.Name + Path.DirectorySeparatorChar, StringComparison.Ordinal))
        .OrderBy(run => run.Begun).ThenBy(run => run.Name, StringComparer.Ordinal)];

    private static Problem Conflict(LabSummary lab, string what, string why) => new(StatusCodes.Status409Conflict, $"It cannot be {what}",
        $"{lab.Name} cannot be {what}: {why.TrimEnd('.')}.")
    { Where = "lab", Received = RunJson.Word(lab.State), Fix = "Read its page again: its state may have changed." };

    private Problem Missing(string id)
    {
        var all = desk.Labs.Select(lab => lab.Name).Concat(labs.Labs.Select(lab => lab.Id)).ToList();
        return new(StatusCodes.Status404NotFound, "No such lab",
            $"The studio has no lab '{Problem.Shortened(id)}'.{NearestName.Suggest(id, all)}")
        {
            Where = "lab",
            Received = Problem.Shortened(id),
            Expected = string.Join(", ", all.Take(6)) + (all.Count > 6 ? ", …" : ""),
            Fix = "Choose one of the lists on /labs.",
        };
    }

    private static PageAnswer Data(JsonNode json) => PageAnswer.Data(json.ToJsonString(Problem.JsonOptions));
}
