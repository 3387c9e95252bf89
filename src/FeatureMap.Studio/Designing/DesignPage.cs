using FeatureMap.Reports;
using FeatureMap.Workbench;

namespace FeatureMap.Studio;

/// <summary>
/// The page Design: the text of a network and its blocks at the left, what it costs and what is wrong with it at the right. Complete
/// without a script: each button sends the form, and the answer has the changed text.
/// </summary>
internal static class DesignPage
{
    /// <summary>Where it stands.</summary>
    public const string Path = "/design";

    private static readonly (string Edit, string Words, string Keys)[] LineEdits =
    [
        ("up", "Move up", "Alt+ArrowUp"), ("down", "Move down", "Alt+ArrowDown"), ("copy", "Copy", "Alt+Shift+ArrowDown"),
        ("remove", "Delete", "Alt+Delete"),
    ];

    /// <summary>The whole page.</summary>
    public static string Page(DesignView view) => PageFrame.Of("Design", "design", html =>
    {
        html.Add($"""
            <main id="content" class="design"><header class="head"><h1>Design a network</h1>
            <p class="lead">A line, and a block, for each layer: <code>name: Op(inputs) setting=value</code>. What it costs and what is
            wrong with it
            stands beside it while you type.</p></header><div class="bench"><div class="left">
            """);
        Editor(html, view);
        html.AddStyle(BlockStackWriter.Write(view));
        html.Add($"</div>");
        html.AddStyle(Stage(view));
        html.Add($"</div></main>");
    });

    /// <summary>What depends on the text.</summary>
    public static string Stage(DesignView view)
    {
        var html = new HtmlBuilder();
        html.Join($"""<div id="stage" data-page="{Path}" data-query="{view.State.Query}" """);
        html.Add($"""data-line="{view.Sheet.Problem?.Line ?? 0}" data-fits="{(view.State.Query is null ? "no" : "yes")}">""");
        DesignSheetWriter.Write(html, view);
        html.Add($"</div>");
        return html.ToString();
    }

    /// <summary>The address of a query.</summary>
    public static string To(string? query) => query is { Length: > 0 } ? $"{Path}?{query}" : Path;

    /// <summary>The address of a file of the draft; null where the draft is too long for one.</summary>
    public static string? FileOf(DesignState state, string name) => state.Query is not { } query ? null
        : query.Length > 0 ? $"{Path}/{name}?{query}" : $"{Path}/{name}";

    private static void Editor(HtmlBuilder html, DesignView view)
    {
        var state = view.State;
        html.Join($"""<form id="design-form" class="controls editor" action="{Path}" method="get" aria-label="The network">""");
        html.Add($"""<input type="hidden" name="block" id="d-block" value="{(state.Block > 0 ? $"{state.Block}" : "")}">""");
        Templates(html, view);
        html.Join($"""<div class="field"><label for="draft-text">the network <small id="draft-hint">the first line is the shape of an """);
        html.Join($"""image, channels × height × width; # begins a comment<span class="scripted">. Ctrl+Space adds a layer; Alt with """);
        html.Join($"""↑ ↓ """);
        html.Join($"""moves a line, Alt+Shift+↓ copies it, Alt+Delete deletes it</span></small></label>""");
        html.Join($"""<textarea id="draft-text" name="text" rows="{Math.Clamp(view.Text.Split('\n').Length + 1, 12, 30)}" """);
        html.Join($"""spellcheck="false" """);
        html.Join($"""autocomplete="off" autocapitalize="off" wrap="off" """);
        html.Join($"""aria-describedby="draft-hint">{"\n"}{view.Text}</textarea></div>""");
        html.Join($"""<fieldset class="field line-tools"><legend>the line of the caret<span class="unscripted">: choose it below</span>""");
        html.Join($"""</legend><div class="row">""");
        Lines(html, view);
        foreach (var (edit, words, keys) in LineEdits)
        {
            html.Join($"""<button class="scripted" type="button" data-edit="{edit}" aria-keyshortcuts="{keys}" title="{words} """);
            html.Join($"""({keys})">""");
            html.Join($"""{words}</button>""");
        }
        html.Join($"""</div><div class="row"><label for="add-layer">add behind it</label><select id="add-layer">""");
        foreach (var offered in DraftEdit.Offered)
            html.Join($"""<option value="{offered}">{offered}</option>""");
        html.Add($"""</select><button class="scripted" type="button" data-edit="add">Add</button></div></fieldset>""");
        Unscripted(html);
        Numbers(html, state, view);
        Openings(html, view);
        html.Add($"""<p class="actions"><button class="primary unscripted">Compute</button>{""}""");
        html.Join($"""<button type="button" class="scripted" id="draft-undo">Undo</button>""");
        html.Add($"""<button type="button" class="scripted" id="copy-address">Copy the address</button></p></form>""");
    }

    // Without a script a change is chosen and sent with the form.
    private static void Unscripted(HtmlBuilder html)
    {
        html.Join($"""<div class="field unscripted"><label for="edit-text">a change <small>such as up:4, down:4, copy:4, remove:4 or """);
        html.Join($"""add:4:Relu, where 4 is a line</small></label><input type="text" id="edit-text" name="edit" maxlength="200" """);
        html.Add($"""autocomplete="off"></div>""");
    }

    private static void Openings(HtmlBuilder html, DesignView view)
    {
        html.Join($"""<details class="unscripted"><summary>Begin with another network</summary><p>""");
        foreach (var template in view.Templates)
            html.Join($"""<a href="{To($"template={Uri.EscapeDataString(template.Id)}")}">{template.Name}</a> """);
        html.Add($"""</p></details>""");
    }

    private static void Lines(HtmlBuilder html, DesignView view)
    {
        html.Join($"""<span class="note" id="caret-line" role="status">line 1 of {view.Text.Split('\n').Length}</span>""");
    }

    private static void Templates(HtmlBuilder html, DesignView view)
    {
        html.Join($"""<div class="fields two"><div class="field"><label for="d-template">begin with <small class="scripted">replaces """);
        html.Join($"""the text; """);
        html.Join($"""Undo brings it back</small><small class="unscripted">opened by the links below</small></label>""");
        Networks(html, "template", view, view.State.Template, "");
        html.Join($"""</div><div class="field"><label for="d-with">compare with</label>""");
        Networks(html, "with", view, view.State.With, "nothing");
        html.Add($"""</div></div>""");
    }

    private static void Networks(HtmlBuilder html, string name, DesignView view, string chosen, string nothing)
    {
        html.Join($"""<select id="d-{name}" name="{name}">""");
        if (nothing.Length > 0) html.Join($"""<option value=""{(chosen.Length == 0 ? " selected" : "")}>{nothing}</option>""");
        foreach (var group in view.Templates.GroupBy(template => template.Kind))
        {
            html.Join($"""<optgroup label="{Word(group.Key)}">""");
            foreach (var template in group)
                html.Join($"""<option value="{template.Id}"{(template.Id == chosen ? " selected" : "")}>{template.Name}</option>""");
            html.Join($"</optgroup>");
        }
        html.Join($"</select>");
    }

    private static string Word(TemplateKind kind) => kind switch
    {
        TemplateKind.Recipe => "networks of recipes",
        TemplateKind.Architecture => "architectures",
        TemplateKind.Own => "networks of this project",
        _ => "networks of models",
    };

    private static void Numbers(HtmlBuilder html, DesignState state, DesignView view)
    {
        html.Add($"""<div class="fields two">""");
        Number(html, "batch", "images of a batch", $"{state.Batch}", "128");
        Number(html, "parameters", "most parameters", state.Parameters is { } most ? $"{most}" : "", "no limit");
        Number(html, "macs", "most multiply-adds", state.MultiplyAdds is { } products ? $"{products}" : "", "no limit");
        Number(html, "objects", "pixels of an object", state.Objects is { } pixels ? $"{pixels}" : "", "not said");
        html.Join($"""<div class="field"><label for="d-layer">field of a unit of</label><select id="d-layer" name="layer">""");
        html.Join($"""<option value=""{(state.Layer.Length == 0 ? " selected" : "")}>no layer</option>""");
        foreach (var layer in view.Sheet.Layers.Skip(1))
            html.Join($"""<option value="{layer.Name}"{(layer.Name == state.Layer ? " selected" : "")}>{layer.Name}</option>""");
        html.Add($"""</select></div>""");
        Number(html, "row", "its row", state.Unit is var (row, _) ? $"{row}" : "", "the middle");
        Number(html, "column", "its column", state.Unit is var (_, column) ? $"{column}" : "", "the middle");
        html.Join($"""<div class="field"><label for="d-on">measure it on</label><select id="d-on" name="on"><option value="">nothing""");
        html.Join($"""</option>""");
        var own = view.Images.Any(image => image.Id == state.On) || state.On.Length == 0 ? [] : ((string, string)[])[(state.On, state.On)];
        foreach (var (id, words) in own.Concat(view.Images.Select(image => (image.Id, image.Name))))
            html.Join($"""<option value="{id}"{(id == state.On ? " selected" : "")}>{words}</option>""");
        html.Add($"""</select></div></div>""");
    }

    private static void Number(HtmlBuilder html, string name, string words, string value, string empty)
    {
        html.Join($"""<div class="field"><label for="d-{name}">{words}</label><input type="text" inputmode="numeric" id="d-{name}" """);
        html.Add($"""name="{name}" value="{value}" placeholder="{empty}" maxlength="16" autocomplete="off"></div>""");
    }
}
