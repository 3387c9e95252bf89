using FeatureMap.Interchange;
using FeatureMap.Reports;
using FeatureMap.Workbench;

namespace FeatureMap.Studio;

/// <summary>
/// The layers of a text as blocks, one of them open: the same network as the text. Complete without a script: a block is opened by its
/// head; heads, fields and buttons belong to the form of the text.
/// </summary>
internal static class BlockStackWriter
{
    private const string Form = "design-form";

    private static readonly (string Edit, string Words, string Keys)[] Buttons =
    [
        ("up", "Move up", "Alt+ArrowUp"), ("down", "Move down", "Alt+ArrowDown"), ("copy", "Copy", "Alt+Shift+ArrowDown"),
        ("remove", "Delete", "Alt+Delete"),
    ];

    /// <summary>The part of the page.</summary>
    public static string Write(DesignView view)
    {
        var html = new HtmlBuilder();
        html.Join($"""<section id="stack" class="stack" aria-labelledby="stack-title"><h2 id="stack-title">Blocks</h2><p class="note" """);
        html.Join($"""id="stack-hint">The same network, a block for each line. <span class="scripted">↑ ↓ go from block to block, """);
        html.Join($"""Enter """);
        html.Join($"""opens one, b branches; the keys of the text work here, too.</span></p><ol class="block-list" """);
        html.Add($"""aria-describedby="stack-hint">""");
        var shapes = view.Sheet.Layers.ToDictionary(layer => layer.Line, layer => layer.Output);
        foreach (var block in view.Sheet.Blocks)
            Block(html, view, block, shapes.TryGetValue(block.Line, out var shape) ? shape.ToString() : "");
        html.Add($"</ol></section>");
        return html.ToString();
    }

    private static void Block(HtmlBuilder html, DesignView view, NetworkBlock block, string output)
    {
        var (isOpen, problem) = (block.Line == view.State.Block, view.ProblemOf(block));
        html.Join($"""<li id="block-{block.Line}" class="block{(isOpen ? " open" : "")}{(problem is null ? "" : " faulty")}">""");
        html.Join($"""<button class="block-head" id="head-{block.Line}" data-block="{block.Line}" form="{Form}" name="open" """);
        html.Join($"""value="{(isOpen ? 0 : block.Line)}" aria-expanded="{(isOpen ? "true" : "false")}"><b>{Shown(block)}</b> """);
        html.Join($"""<span>{(block.Op.Length > 0 ? $"{block.Op} {block.Settings}" : block.Text.Trim())}</span>""");
        if (block.Inputs is { Count: > 0 } inputs) html.Join($""" <small>reads {string.Join(", ", inputs)}</small>""");
        if (output.Length > 0 && !block.IsInput) html.Join($""" <small class="gives">gives {output}</small>""");
        html.Join($"""</button>""");
        if (problem is not null) html.Join($"""<p class="block-problem" id="fault-{block.Line}">✗ {problem}</p>""");
        if (isOpen) Body(html, view, block, problem is not null);
        html.Add($"""</li>""");
    }

    private static void Body(HtmlBuilder html, DesignView view, NetworkBlock block, bool isFaulty)
    {
        html.Join($"""<div class="block-body" id="block-body" role="group" aria-label="Settings of {Shown(block)}">""");
        html.Join($"""<input type="hidden" form="{Form}" name="b.was" value="{block.Text}"><div class="block-fields">""");
        if (block.IsInput || block.Op.Length == 0)
            Text(html, block, "line", "line", "the line", block.Text.Trim(), block.IsInput
                ? "the shape of an image: channels x height x width, such as input: 1x28x28" : "name: Op(inputs) setting=value", "",
                isFaulty);
        else
        {
            Text(html, block, "name", "name", "name", block.IsNamed ? block.Name : "",
                "letters, digits, - _ . /; empty for the one that it has by itself", block.IsNamed ? "" : block.Name, isFaulty: false);
            Text(html, block, "inputs", "inputs", "reads", string.Join(", ", block.Inputs ?? []),
                "names with a comma between them; empty for the layer of the line before", "the layer before", isFaulty);
            foreach (var field in block.Fields)
                Field(html, block, field, isFaulty);
        }
        html.Join($"""</div><p class="actions"><button class="unscripted primary" form="{Form}" name="edit" """);
        html.Join($"""value="set:{block.Line}">Set these</button>""");
        if (!block.IsInput)
            foreach (var (edit, words, keys) in Buttons)
            {
                html.Join($"""<button form="{Form}" name="edit" value="{edit}:{block.Line}" id="block-{edit}" data-block-edit="{edit}" """);
                html.Join($"""aria-keyshortcuts="{keys}" title="{words} ({keys})">{words}</button>""");
            }
        html.Join($"""</p>""");
        More(html, block);
        if (!block.IsInput) Branch(html, view, block);
        html.Join($"""<p class="block-problem scripted" id="block-refusal" role="alert"></p></div>""");
    }

    private static void More(HtmlBuilder html, NetworkBlock block)
    {
        html.Join($"""<div class="row"><label for="block-layer">add behind it</label><select id="block-layer" form="{Form}" """);
        html.Join($"""name="b.add" data-keep>""");
        foreach (var offered in DraftEdit.Offered)
            html.Join($"""<option>{offered}</option>""");
        html.Join($"""</select><button form="{Form}" name="edit" value="add:{block.Line}" id="block-add" data-block-edit="add">Add""");
        html.Join($"""</button></div>""");
    }

    private static void Branch(HtmlBuilder html, DesignView view, NetworkBlock block)
    {
        var earlier = view.Sheet.Blocks.Where(one => one.Line < block.Line && one.Name.Length > 0).Select(one => one.Name).Reverse();
        html.Join($"""<div class="row"><label for="block-from">skip from</label><select id="block-from" form="{Form}" name="b.from">""");
        foreach (var name in earlier)
            html.Join($"""<option>{name}</option>""");
        html.Join($"""</select><label for="block-by">joined by</label><select id="block-by" form="{Form}" name="b.by" data-keep>""");
        foreach (var op in NetworkTextEditor.Joins)
            html.Join($"""<option>{op}</option>""");
        html.Join($"""</select><button form="{Form}" name="edit" value="branch:{block.Line}" id="block-branch" """);
        html.Join($"""data-block-edit="branch" aria-keyshortcuts="b">Branch</button></div>""");
    }

    // What belongs to the line and not to the op.
    private static void Text(HtmlBuilder html, NetworkBlock block, string name, string edit, string words, string value, string hint,
        string empty, bool isFaulty)
    {
        html.Join($"""<div class="field"><label for="b-{name}">{words} <small>{hint}</small></label><input type="text" """);
        html.Join($"""id="b-{name}" form="{Form}" name="b.{name}" value="{value}" placeholder="{empty}" """);
        html.Join($"""data-line-edit="{(edit == "line" ? "write" : edit)}" maxlength="2000" autocomplete="off" spellcheck="false" """);
        html.Join($"""autocapitalize="off" """);
        End(html, block, isFaulty);
        html.Join($"""</div>""");
    }

    private static void Field(HtmlBuilder html, NetworkBlock block, NetworkBlockField field, bool isFaulty)
    {
        html.Join($"""<div class="field"><label for="s-{field.Name}">{field.Name} <small>{field.Expected}</small></label>""");
        if (field.Choices.Count > 0)
        {
            html.Join($"""<select id="s-{field.Name}" form="{Form}" name="{BlockForm.Setting}{field.Name}" data-set="{field.Name}" """);
            End(html, block, isFaulty);
            var isKnown = field.Text.Length == 0 || field.Choices.Contains(field.Text);
            html.Join($"""<option value=""{(field.Text.Length == 0 ? " selected" : "")}>""");
            html.Join($"""{(field.Usual is { } usual ? $"{usual} (usual)" : "choose")}</option>""");
            foreach (var choice in isKnown ? field.Choices : field.Choices.Prepend(field.Text))
                html.Join($"""<option value="{choice}"{(choice == field.Text ? " selected" : "")}>{choice}</option>""");
            html.Join($"""</select></div>""");
            return;
        }
        html.Join($"""<input type="text" id="s-{field.Name}" form="{Form}" name="{BlockForm.Setting}{field.Name}" """);
        html.Join($"""data-set="{field.Name}" value="{field.Text}" placeholder="{field.Usual ?? "must be said"}" maxlength="100000" """);
        html.Join($"""autocomplete="off" spellcheck="false" autocapitalize="off" """);
        End(html, block, isFaulty);
        html.Join($"""</div>""");
    }

    // The end of a control: what is wrong at its block belongs to it.
    private static void End(HtmlBuilder html, NetworkBlock block, bool isFaulty)
    {
        if (isFaulty) html.Join($"""aria-invalid="true" aria-describedby="fault-{block.Line}">""");
        else html.Join($""">""");
    }

    private static string Shown(NetworkBlock block) => block.Name.Length > 0 ? block.Name : $"line {block.Line}";
}
