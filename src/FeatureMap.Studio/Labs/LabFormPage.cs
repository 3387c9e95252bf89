using FeatureMap.Reports;
using FeatureMap.Workbench;

namespace FeatureMap.Studio;

/// <summary>The form of a lab, made of its settings as they describe themselves, the command line that it stands for, and a button that
/// begins it.</summary>
internal static class LabFormPage
{
    public static string Page(LabFormState state, LabForm form, IReadOnlyList<TrainPlace> places, TrainingQueue queue) =>
        PageFrame.Of(form.Lab.Title,
        "labs", html =>
    {
        html.Add($"""
            <main id="content" class="runs train-page" data-form><header class="head">
            <p class="crumbs"><a href="{LabLink.List}">Labs</a></p>
            <h1>{form.Lab.Title}</h1><p class="lead">{form.Lab.Question}</p></header>
            """);
        html.AddStyle(Stage(state, form, places, queue));
        html.Add($"</main>");
    });

    public static string Stage(LabFormState state, LabForm form, IReadOnlyList<TrainPlace> places, TrainingQueue queue)
    {
        var html = new HtmlBuilder();
        html.Add($"""<div id="stage" class="wide" data-page="{LabLink.To(form.Lab.Name)}" data-query="{state.Query}">""");
        Begin(html, state, form, queue);
        Form(html, state, form, places);
        html.Add($"</div>");
        return html.ToString();
    }

    private static void Begin(HtmlBuilder html, LabFormState state, LabForm form, TrainingQueue queue)
    {
        html.Add($"""<section class="piece begin-run" aria-labelledby="begin-title"><h2 id="begin-title">Run it</h2>""");
        html.Add($"""<div id="problem" class="problem" role="alert" hidden></div>""");
        if (form.Fault.Length > 0) html.Add($"""<p class="notice" role="alert" id="lab-fault">{form.Fault}</p>""");
        if (form.Choice.IsQuick) html.Add($"""<p class="notice">{LabPage.DecidesNothing}</p>""");
        html.Add($"""
            <p>{LabTime.Of(form)}. Needs {form.Lab.Needs}.</p>
            <figure class="code command"><figcaption class="unseen">The command</figcaption><pre tabindex="0" role="region"
            aria-label="The command">{TrainCommandLine.Text(TrainCommandLine.Of(form.Arguments))}</pre></figure>
            <p class="note">The same in a terminal, where the studio was begun. Stopped labs can go on.</p>
            """);
        if (queue.CanTrain)
            html.Add($"""
                <p class="actions"><button type="button" class="primary scripted" id="lab-begin" data-post="/api/labs"
                data-body="{state.Body}"{(form.Fault.Length > 0 ? " disabled" : "")}>Begin the lab</button>
                <span class="said" role="status" data-keep></span></p><p class="note unscripted">Without scripts nothing is begun from
                here: copy the command.</p>
                """);
        else html.Add($"""<p class="note">{TrainingQueue.NoTool.Detail} {TrainingQueue.NoTool.Fix}</p>""");
        html.Add($"</section>");
    }

    private static void Form(HtmlBuilder html, LabFormState state, LabForm form, IReadOnlyList<TrainPlace> places)
    {
        var size = form.Choice.IsQuick ? LabFormState.Quick : LabFormState.Whole;
        html.Add($"""
            <form id="controls" class="controls" action="{LabLink.To(form.Lab.Name)}" method="get" aria-label="What the lab is run with">
            <input type="hidden" name="shown" value="{size}"><div class="fields wide-fields">
            """);
        FormWriter.Select(html, LabFormState.Size, "size", "the small version shows what the lab does, and decides nothing", size,
            [(LabFormState.Whole, "the whole lab"), (LabFormState.Quick, "the small version (--quick)")]);
        if (places.Count > 0)
            FormWriter.Select(html, "data", "data", "folders and archives of the project are listed with the published sets",
                state.Choice.Data,
                [("", form.Lab.Dataset.Length > 0 ? $"{form.Lab.Dataset}, the lab's own" : "looked for in the folders of data"),
                    .. places.Select(place => (place.Id, $"{place.Name} ({place.About})"))]);
        foreach (var field in form.Fields) FormWriter.Field(html, field, form.Choice.IsQuick ? "In the small version" : "In the lab");
        html.Add($"""
            </div><p class="actions"><button class="primary unscripted">Check</button><a class="button" data-state
            href="{LabLink.To(form.Lab.Name, form.Choice.IsQuick ? $"{LabFormState.Size}={LabFormState.Quick}" : "")}">As the lab has it</a>
            <button type="button" class="scripted" id="copy-address">Copy the address</button></p></form>
            """);
    }
}
