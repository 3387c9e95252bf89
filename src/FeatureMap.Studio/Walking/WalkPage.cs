using FeatureMap.Lessons;
using FeatureMap.Reports;
using FeatureMap.Workbench;

namespace FeatureMap.Studio;

/// <summary>
/// The page Walk: a network on one image, from the whole to one cell. Each level stands below the one that it is a part of; every step is a
/// link, so it works without a script, and the address says where one stands.
/// </summary>
internal static class WalkPage
{
    /// <summary>The whole page.</summary>
    public static string Page(WalkScreen screen) => PageFrame.Of($"Walk {screen.Model.Name}", "walk", html =>
    {
        html.Add($"""
            <main id="content" class="walk"><header class="head">
            <p class="crumbs"><a href="{WalkLink.Choice}">Walk</a> › {screen.Model.Name}</p>
            <h1>Walk a network on one image</h1>
            <p class="lead">From the whole to a layer, to a channel, to the products of one cell. Every number is the engine's.</p></header>
            """);
        html.AddStyle(Stage(screen));
        html.Add($"</main>");
    });

    /// <summary>What depends on the state.</summary>
    public static string Stage(WalkScreen screen)
    {
        var html = new HtmlBuilder();
        html.Add($"""<div id="stage" data-page="{WalkLink.To(screen.Model.Id, new WalkState())}" data-query="{screen.State.Query}">""");
        Form(html, screen);
        html.Add($"""<div id="problem" class="problem" role="alert" hidden></div>""");
        Trail(html, screen);
        foreach (var notice in screen.View.Notices)
            html.Add($"""<p class="notice" role="status">{notice}</p>""");
        Whole(html, screen);
        if (screen.View.Layer is { } layer) WalkLayerWriter.Layer(html, screen, layer);
        if (screen.View is { Layer: { } of, Channel: { } channel }) WalkLayerWriter.Channel(html, screen, of, channel);
        if (screen.View is { Layer: { } from, Cell: { } cell }) WalkCellWriter.Write(html, screen, from, cell);
        html.Add($"</div>");
        return html.ToString();
    }

    private static void Form(HtmlBuilder html, WalkScreen screen)
    {
        var (state, view) = (screen.State, screen.View);
        html.Join($"""<form id="controls" class="controls" action="{WalkLink.To(screen.Model.Id, new WalkState())}" method="get" """);
        html.Add($"""aria-label="Where to walk"><div class="fields">""");
        html.Join($"""<div class="field"><label for="c-image">image</label><select id="c-image" name="image">""");
        var images = screen.Images.Any(one => one.Id == screen.Image.Id) ? screen.Images
            : [new PictureChoice(screen.Image.Id, screen.Image.Name), .. screen.Images];
        foreach (var image in images)
            html.Join($"""<option value="{image.Id}"{(image.Id == screen.Image.Id ? " selected" : "")}>{image.Name}</option>""");
        html.Add($"</select></div>");
        html.Join($"""<div class="field"><label for="c-layer">layer</label><select id="c-layer" name="layer">""");
        html.Join($"""<option value=""{(state.Layer.Length == 0 ? " selected" : "")}>the whole network</option>""");
        foreach (var node in view.Nodes)
            html.Join($"""<option value="{node.Name}"{(node.Name == state.Layer ? " selected" : "")}>{node.Name} – {node.Op}</option>""");
        html.Add($"</select></div>");
        var most = view.Layer?.Node.Output.Channels - 1 ?? 0;
        html.Join($"""<div class="field"><label for="c-channel">channel <small>0 to {most}; empty for """);
        html.Join($"""all</small></label><input type="number" """);
        html.Join($"""id="c-channel" name="channel" min="0" max="{most}" step="1" """);
        html.Add($"""value="{(state.Channel is { } channel ? $"{channel}" : "")}"></div>""");
        html.Join($"""<div class="field"><label for="c-cell">cell <small>row and column, from 0</small></label><input """);
        html.Join($"""type="text" id="c-cell" """);
        html.Join($"""name="cell" value="{(state.Cell is { } cell ? $"{cell.Row} {cell.Column}" : "")}" maxlength="20" """);
        html.Add($"""autocomplete="off"></div></div><p class="actions"><button class="primary unscripted">Walk there</button>""");
        html.Join($"""<a class="button" data-state href="{screen.To(new WalkState { Image = state.Image })}">Back to the whole</a>""");
        html.Add($"""<button type="button" class="scripted" id="copy-address">Copy the address</button></p></form>""");
    }

    private static void Trail(HtmlBuilder html, WalkScreen screen)
    {
        var state = screen.State;
        html.Join($"""<nav class="trail" aria-label="Where you are"><ol><li><a data-state data-to="network" """);
        html.Join($"""href="{screen.To(new WalkState { Image = state.Image })}"{Current(state.Layer.Length == 0)}>network</a></li>""");
        if (state.Layer.Length > 0)
        {
            html.Join($"""<li><a data-state data-to="layer" """);
            html.Join($"""href="{screen.To(state.At(state.Layer))}"{Current(state.Channel is null)}>{state.Layer}</a></li>""");
        }
        if (state.Channel is { } channel)
        {
            html.Join($"""<li><a data-state data-to="channel" """);
            html.Join($"""href="{screen.To(state.At(state.Layer, channel))}"{Current(state.Cell is null)}>""");
            html.Join($"""channel {channel}</a></li>""");
        }
        if (state is { Channel: { } of, Cell: { } cell })
        {
            html.Join($"""<li><a data-state data-to="cell" """);
            html.Join($"""href="{screen.To(state.At(state.Layer, of, cell.Row, cell.Column))}"{Current(true)}>""");
            html.Join($"""cell {cell.Row}, {cell.Column}</a></li>""");
        }
        html.Add($"</ol></nav>");
    }

    private static void Whole(HtmlBuilder html, WalkScreen screen)
    {
        var (view, input) = (screen.View, screen.View.Nodes[0].Output);
        html.Join($"""<section class="level" id="network" aria-labelledby="network-title"><h2 id="network-title" """);
        html.Add($"""tabindex="-1">The network</h2>""");
        html.Join($"""<div class="whole"><div class="beside"><figure class="seen"><figcaption>{screen.Image.Name}, as the """);
        html.Add($"""network reads it</figcaption>""");
        Seen(html, view, input);
        html.Add($"""</figure><p class="note">{view.Placed}</p>""");
        Answer(html, view);
        html.Add($"""</div>""");
        html.Add($"""<figure class="graph card"><figcaption>The layers and what they read: choose one</figcaption>""");
        html.Add($"""<div class="scroll layers-scroll" tabindex="0" role="region" aria-label="The layers and what they read">""");
        Diagram(screen).Write(html, "walk-diagram", "The layers and what they read",
            $"{ReportText.Count(view.Nodes.Count - 1, "layer")} from {input.ToString()} to {view.Nodes[^1].Output.ToString()}; "
                + "each box leads to its layer.");
        html.Add($"</div></figure></div>");
        Table(html, screen);
        html.Add($"</section>");
    }

    private static DiagramDrawing Diagram(WalkScreen screen) => new(
    [
        .. screen.View.Nodes.Select(node => new DiagramNode(
            node.Name, node.Output.ToString(), node.Settings.Length > 0 ? $"{node.Op} {node.Settings}" : node.Op, node.Inputs)
        {
            IsAttached = node.IsAttached,
            Kind = GraphWriter.Kind(node.Op, node.Inputs.Count),
            Address = screen.To(screen.State.At(node.Name)),
            IsCurrent = node.Name == screen.State.Layer,
        }),
    ]);

    private static void Seen(HtmlBuilder html, WalkView view, Shape input)
    {
        var pixels = view.Seen.Pixels;
        var (area, channels) = (input.Area, input.Channels == 3 ? 3 : 1);
        var ordered = new byte[area * channels];
        for (var i = 0; i < ordered.Length; i++)
            ordered[i] = pixels[(i % channels * area) + (i / channels)];
        var scale = 160.0 / Math.Max(input.Height, input.Width);
        html.AddPicture(Data.PngWriter.Encode(ordered, input.Width, input.Height, channels), Math.Max(1, (int)(input.Width * scale)),
            Math.Max(1, (int)(input.Height * scale)), $"{view.Seen.Name}, {input.Height} by {input.Width} pixels",
            scale >= 1 ? "pixelated" : "");
    }

    private static void Answer(HtmlBuilder html, WalkView view)
    {
        if (view.Answer.Count == 0)
        {
            html.Add($"""<p class="note">The network makes no choice between classes: its answer is what its last layer gives.</p>""");
            return;
        }
        html.Add($"""<table class="plain answers"><caption>What it answers</caption><tbody>""");
        foreach (var one in view.Answer)
        {
            html.Join($"""<tr><th scope="row">{one.Name}</th><td class="number">{ReportText.Percent(one.Probability)}</td>""");
            html.Join($"""<td><svg viewBox="0 0 100 10" width="100" height="10" aria-hidden="true"><rect class="track" """);
            html.Join($"""width="100" height="10"/>""");
            html.Join($"""<rect class="bar c0" width="{100 * Math.Clamp(one.Probability, 0, 1)}" height="10"/></svg></td></tr>""");
        }
        html.Add($"</tbody></table>");
    }

    // The same as the picture, with what each layer makes of the image where the network is small.
    private static void Table(HtmlBuilder html, WalkScreen screen)
    {
        var nodes = screen.View.Nodes;
        var hasMaps = nodes.Any(node => node.Maps.Count > 0);
        html.Join($"""<details class="as-table"{(hasMaps && screen.State.Layer.Length == 0 ? " open" : "")}><summary>Layer """);
        html.Join($"""by layer</summary>""");
        html.Join($"""<div class="scroll" tabindex="0" role="region" aria-label="Layer by layer"><table class="plain """);
        html.Join($"""walk-layers"><thead><tr>""");
        string[] headings = ["layer", "what it is", "reads", "gives", "parameters", "multiply-adds", "what it makes of the image"];
        foreach (var heading in headings.Take(hasMaps ? headings.Length : headings.Length - 1))
            html.Join($"""<th scope="col">{heading}</th>""");
        html.Join($"</tr></thead><tbody>");
        foreach (var node in nodes)
        {
            html.Join($"""<tr{(node.Name == screen.State.Layer ? " class=marked" : "")}><th scope="row"><a data-state data-to="layer" """);
            html.Join($"""href="{screen.To(screen.State.At(node.Name))}">{node.Name}</a></th><td class="words">{node.Op} """);
            html.Join($"""{node.Settings}</td>""");
            html.Join($"""<td class="words">{string.Join(", ", node.Inputs.Select(input => nodes[input].Name))}</td>""");
            html.Join($"<td>{node.Output.ToString()}</td>");
            html.Join($"""<td>{ReportText.Count(node.Parameters)}</td><td>{ReportText.Count(node.MultiplyAdds)}</td>""");
            if (hasMaps) Maps(html, node);
            html.Join($"</tr>");
        }
        html.Add($"</tbody></table></div></details>");
    }

    private static void Maps(HtmlBuilder html, WalkNode node)
    {
        html.Join($"""<td class="strip-of-maps">""");
        if (node.Maps.Count > 0)
        {
            var (least, most) = (node.Maps.Min(map => map.Least), node.Maps.Max(map => map.Most));
            foreach (var map in node.Maps)
                WalkPicture.Write(html, map, least, most, map.Height == 1 ? Math.Min(240, map.Width * 12) : 32,
                    map.Channel < 0 ? $"{map.Width} numbers of {node.Name}" : $"channel {map.Channel} of {node.Name}");
            if (node.Maps[^1].Channel >= 0 && node.Output.Channels > node.Maps.Count)
                html.Join($"""<small>+ {node.Output.Channels - node.Maps.Count}</small>""");
        }
        html.Join($"</td>");
    }

    private static string Current(bool isHere) => isHere ? " aria-current=step" : "";
}
