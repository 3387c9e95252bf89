using System.Globalization;
using System.Text.Json.Nodes;
using FeatureMap.Reports;
using FeatureMap.Workbench;

namespace FeatureMap.Studio;

/// <summary>
/// The page Train: a form made of the settings as they describe themselves, the command line that it stands for, and a button that begins
/// it as a process of its own.
/// </summary>
internal static class TrainPage
{
    // The lesson that explains a setting.
    private static readonly Dictionary<string, string> Lessons = new()
    {
        ["optimizer"] = "optimizer",
        ["momentum"] = "optimizer",
        ["nesterov"] = "optimizer",
        ["beta1"] = "optimizer",
        ["beta2"] =
            "optimizer",
        ["smoothing"] = "optimizer",
        ["schedule"] = "learning-rate",
        ["learning-rate"] = "learning-rate",
        ["loss"] = "loss",
        ["label-smoothing"] = "loss",
        ["augmentation"] = "augmentation",
        ["mix"] = "augmentation",
        ["normalization"] = "normalization",
        ["weight-decay"] = "regularization",
        ["l1"] = "regularization",
        ["early-stopping"] = "regularization",
        ["whitening"] =
            "initialization",
        ["progressive"] = "sizes",
    };

    public static string Page(TrainView view) => PageFrame.Of("Train", "train", html =>
    {
        html.Add($"""
            <main id="content" class="runs train-page" data-form><header class="head"><h1>Train a network</h1>
            <p class="lead">Choose a recipe or your own images, change what you like, and begin. The training is a process of its own: it
            goes
            on when this page, or the studio, is closed.</p></header>
            """);
        html.AddStyle(Stage(view));
        html.Add($"</main>");
    });

    public static string Stage(TrainView view)
    {
        var (html, state, form) = (new HtmlBuilder(), view.State, view.Form);
        html.Join($"""<div id="stage" class="wide" data-page="{RunLink.Train}" data-query="{state.Query}" """);
        // Only as long as something of the page is on its way.
        if (view.Rates is { IsOver: false } || view.Trial is { IsOver: false })
            html.Join($"""data-topic="{RunWatcher.All}" data-seq="{view.Number.ToString(CultureInfo.InvariantCulture)}" """);
        html.Add($">");
        Begin(html, state, form, view.Queue);
        TrialSection.Write(html, view);
        RateSection.Write(html, view);
        Form(html, state, form, view.Desk);
        html.Add($"</div>");
        return html.ToString();
    }

    public static JsonObject Json(TrainView view)
    {
        var json = Json(view.State, view.Form, view.Desk);
        json["rates"] = view.Rates is { } rates ? RateSection.Json(rates) : null;
        json["trial"] = view.Trial is { } trial ? TrialSection.Json(trial) : null;
        return json;
    }

    private static JsonObject Json(TrainState state, TrainForm form, TrainDesk desk) => new()
    {
        ["schema"] = 1,
        ["state"] = state.Query,
        ["recipe"] = form.Recipe,
        ["command"] = TrainCommandLine.Text(TrainCommandLine.Of(form.Arguments)),
        ["problem"] = form.Fault.Length > 0 ? form.Fault : null,
        ["notices"] = new JsonArray([.. form.Notices.Select(notice => JsonValue.Create(notice))]),
        ["estimatedSeconds"] = form.Estimate?.Seconds,
        ["recipes"] = new JsonArray([.. TrainDesk.Recipes.Select(recipe => JsonValue.Create(recipe.Name))]),
        ["data"] = new JsonArray([.. desk.Places.Select(place => new JsonObject { ["id"] = place.Id, ["name"] = place.Name, ["about"] =
            place.About })]),
        ["networks"] = new JsonArray([.. TrainDesk.Architectures.Select(one => one.Name).Concat(desk.Designed)
            .Concat(desk.Models.Select(model => model.Id)).Select(name => JsonValue.Create(name))]),
        ["settings"] = new JsonArray([.. form.Fields.Select(field => new JsonObject
        {
            ["name"] = field.Name,
            ["value"] = field.Value,
            ["usual"] = field.Usual,
            ["meaning"] = field.Meaning,
            ["range"] = field.Range,
            ["needs"] = field.Needs.Length > 0 ? field.Needs : null,
            ["hasEffect"] = field.HasEffect,
            ["problem"] = field.Fault.Length > 0 ? field.Fault : null,
        })]),
    };

    private static void Begin(HtmlBuilder html, TrainState state, TrainForm form, TrainingQueue queue)
    {
        html.Join($"""<section class="piece begin-run" aria-labelledby="begin-title"><h2 id="begin-title">{form.Recipe} """);
        html.Add($"""<small>{form.Description}</small></h2>""");
        html.Add($"""<div id="problem" class="problem" role="alert" hidden></div>""");
        if (form.Fault.Length > 0) html.Add($"""<p class="notice" role="alert" id="train-fault">{form.Fault}</p>""");
        foreach (var notice in form.Notices) html.Add($"""<p class="note">{notice}</p>""");
        var command = TrainCommandLine.Text(TrainCommandLine.Of(form.Arguments));
        html.Join($"""<figure class="code command"><figcaption class="unseen">The command</figcaption><pre tabindex="0" """);
        html.Add($"""role="region" aria-label="The command">{command}</pre></figure>""");
        html.Join($"""<p class="note">The same in a terminal, where the studio was begun.""");
        if (form.Estimate is { } estimate)
        {
            html.Join($""" About {ReportText.Duration(estimate.Seconds)}: an epoch of {estimate.Run} took """);
            html.Join($"""{ReportText.Duration(estimate.EpochSeconds)}.""");
        }
        html.Add($"</p>");
        if (queue.CanTrain)
            html.Add($"""
                <p class="actions"><button type="button" class="primary scripted" id="train-begin" data-post="/api/runs"
                data-body="{state.Body}"{Disabled(form)}>Begin the training</button>
                <span class="said" role="status" data-keep></span></p><p class="note unscripted">Without scripts nothing is begun from
                here: copy the command.</p>
                """);
        else html.Add($"""<p class="note">{TrainingQueue.NoTool.Detail} {TrainingQueue.NoTool.Fix}</p>""");
        html.Add($"</section>");
    }

    // A button that cannot be pressed keeps its place among the keys; the reason stands above it.
    private static string Disabled(TrainForm form) => form.Fault.Length > 0 ? " disabled" : "";

    private static void Form(HtmlBuilder html, TrainState state, TrainForm form, TrainDesk desk)
    {
        html.Add($"""<form id="controls" class="controls" action="{RunLink.Train}" method="get" aria-label="What is trained">""");
        html.Join($"""<input type="hidden" name="shown" value="{form.Recipe}">""");
        foreach (var (name, text) in ((string, string)[])[(TrainState.RatesName, state.Rates), (TrainState.TrialName, state.Trial)])
            if (text.Length > 0) html.Join($"""<input type="hidden" name="{name}" value="{text}">""");
        html.Add($"""<div class="fields wide-fields">""");
        FormWriter.Select(html, "recipe", "recipe", "a network with the settings that train it well", state.Choice.Recipe,
            [("", state.Choice.Data.StartsWith("place-", StringComparison.Ordinal) ? "what goes with the data" : "mnist-20k, the usual"),
                .. TrainDesk.Recipes.Select(recipe => (recipe.Name, recipe.Name))]);
        FormWriter.Select(html, "data", "data", "folders and archives of the project are listed with the published sets", state.Choice.Data,
            [("", "those of the recipe"), .. desk.Places.Select(place => (place.Id, $"{place.Name} ({place.About})"))]);
        FormWriter.Select(html, "network", "network",
            "in place of the recipe's own: a network of yours, an architecture, or a model to go on from",
            state.Choice.Network,
            [("", "the recipe's own"), .. desk.Designed.Select(name => (name, name)),
                .. TrainDesk.Architectures.Select(one => (one.Name, one.Name)),
                .. desk.Models.Select(model => (model.Id, $"weights of {model.Name}"))]);
        // What has no effect here stands apart, unless it was changed: then it is the mistake that is told.
        bool IsIdle(TrainField field) => !field.HasEffect && !field.IsChanged && field.Fault.Length == 0;
        foreach (var field in form.Fields.Where(field => !IsIdle(field)))
            if (state.IsFull || TrainDesk.Plain.Contains(field.Name) || field.Fault.Length > 0) Field(html, field);
            else if (field.IsChanged && state.Choice.Settings.Any(one => one.Name == field.Name)) Carried(html, field);
        html.Add($"</div>");
        var idle = form.Fields.Where(IsIdle).ToList();
        if (state.IsFull && idle.Count > 0)
        {
            html.Join($"""<details class="idle-fields"><summary>{ReportText.Count(idle.Count, "setting")} without an effect """);
            html.Join($"""here</summary>""");
            html.Add($"""<div class="fields wide-fields">""");
            foreach (var field in idle) Field(html, field);
            html.Add($"</div></details>");
        }
        html.Join($"""<input type="hidden" name="view" value="{(state.IsFull ? "full" : "plain")}"><p class="actions"><button """);
        html.Join($"""class="primary unscripted">Check</button>""");
        html.Join($"""<a class="button" data-state """);
        html.Join($"""href="{(state with { IsFull = !state.IsFull }).Address}">{(state.IsFull ? "Plain view" : "All settings")}</a>""");
        var usual = state with { Choice = state.Choice with { Settings = [] } };
        html.Join($"""<a class="button" data-state href="{usual.Address}">As the """);
        html.Join($"""recipe has it</a>""");
        html.Add($"""<button type="button" class="scripted" id="copy-address">Copy the address</button></p>""");
        if (state.IsFull)
        {
            html.Join($"""<p class="note">Settings that name files (weights, from, image-folder, …) are for the command line: copy """);
            html.Add($"""it and add them.</p>""");
        }
        html.Add($"</form>");
    }

    private static void Field(HtmlBuilder html, TrainField field) =>
        FormWriter.Field(html, field, "In the recipe", Lessons.GetValueOrDefault(field.Name));

    private static void Carried(HtmlBuilder html, TrainField field)
    {
        html.Join($"""<div class="field"><span class="label">{field.Name} *</span><small>{field.Value}; in the recipe """);
        html.Join($"""{(field.Usual.Length > 0 ? field.Usual : "nothing")}</small>""");
        html.Add($"""<input type="hidden" name="{field.Name}" value="{field.Value}"></div>""");
    }
}
