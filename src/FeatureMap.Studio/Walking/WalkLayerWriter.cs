using FeatureMap.Lessons;
using FeatureMap.Reports;
using FeatureMap.Workbench;

namespace FeatureMap.Studio;

/// <summary>A layer with all of its channels, and a channel with its numbers.</summary>
internal static class WalkLayerWriter
{
    private const int MapSide = 72;

    public static void Layer(HtmlBuilder html, WalkScreen screen, WalkLayer layer)
    {
        var (node, nodes) = (layer.Node, screen.View.Nodes);
        var number = nodes.ToList().FindIndex(one => one.Name == node.Name);
        html.Join($"""<section class="level" id="layer" aria-labelledby="layer-title"><h2 id="layer-title" """);
        html.Join($"""tabindex="-1">Layer {node.Name} """);
        html.Add($"""<small>{node.Op}{(node.Settings.Length > 0 ? $", {node.Settings}" : "")}</small></h2><p>{layer.Does}</p>""");
        if (node.Lesson is { } id && Lesson.Find(id) is { } lesson)
            html.Add($"""<p class="note">Why and how: <a href="{LessonLink.To(lesson)}">{lesson.Title}</a></p>""");
        Neighbours(html, screen, "Reads", node.Inputs);
        Neighbours(html, screen, "Is read by", [.. Enumerable.Range(0, nodes.Count).Where(other => nodes[other].Inputs.Contains(number))]);
        html.Join($"""<dl class="figures"><div><dt>gives</dt><dd>{node.Output.ToString()} """);
        html.Join($"""<small>{Words(node.Output)}</small></dd></div>""");
        foreach (var parameter in layer.Parameters)
        {
            var isList = !parameter.Sizes.Contains('x', StringComparison.Ordinal);
            html.Join($"""<div><dt>{parameter.Name}</dt><dd>{(isList ? "" : parameter.Sizes)} """);
            html.Join($"""<small>{ReportText.Count(parameter.Count, "number")}""");
            html.Join($"</small></dd></div>");
        }
        html.Join($"""<div><dt>multiply-adds</dt><dd>{ReportText.Count(node.MultiplyAdds)}</dd></div><div><dt>numbers</dt><dd>from """);
        html.Add($"""{NumberText.Of(layer.Least)} to {NumberText.Of(layer.Most)}</dd></div></dl>""");
        if (node.Output.IsVector) Vector(html, screen, layer);
        else Maps(html, screen, layer);
        html.Add($"</section>");
    }

    public static void Channel(HtmlBuilder html, WalkScreen screen, WalkLayer layer, WalkChannel channel)
    {
        var (map, state, name) = (channel.Map, screen.State, layer.Node.Name);
        // A vector's channel is one number, which stands above already.
        if (layer.Node.Output.IsVector) return;
        html.Join($"""<section class="level" id="channel" aria-labelledby="channel-title"><h2 id="channel-title" tabindex="-1">Channel """);
        html.Add($"""{map.Channel} <small>{map.Height} × {map.Width} of {name}</small></h2>""");
        html.Join($"""<p class="steps-between">""");
        if (map.Channel > 0) Step(html, screen, state.At(name, map.Channel - 1), "← channel", map.Channel - 1, "channel");
        if (map.Channel + 1 < layer.Node.Output.Channels)
            Step(html, screen, state.At(name, map.Channel + 1), "channel →", map.Channel + 1, "channel");
        html.Add($"</p>");
        var isPart = channel.Rows < map.Height || channel.Columns < map.Width;
        if (map.IsZero) html.Add($"""<p>All of its numbers are 0 for this image.</p>""");
        html.Add($"""<div class="blocks">""");
        if (isPart)
            MapWriter.Write(html, new Map(
                Section.Forward, "whole", $"All of channel {map.Channel}; the box is what stands beside it as numbers", 1, map.Height,
                map.Width, [.. map.Values.ToArray().Select(value => (double)value)], WalkPicture.ScaleOf(map.Least),
                [new MapBox("numbers", channel.Top, channel.Left, channel.Rows, channel.Columns)]));
        Numbers(html, screen, layer, channel, isPart);
        html.Add($"</div></section>");
    }

    private static void Neighbours(HtmlBuilder html, WalkScreen screen, string words, IReadOnlyList<int> layers)
    {
        if (layers.Count == 0) return;
        html.Join($"""<p class="neighbours"><span>{words}</span>""");
        foreach (var layer in layers.Distinct())
        {
            var name = screen.View.Nodes[layer].Name;
            html.Join($""" <a data-state data-to="layer" href="{screen.To(screen.State.At(name))}">{name}</a>""");
        }
        html.Add($"</p>");
    }

    private static void Step(HtmlBuilder html, WalkScreen screen, WalkState state, string words, int number, string to) =>
        html.Join($"""<a class="button" data-state data-to="{to}" href="{screen.To(state)}" aria-label="channel {number}">{words}</a> """);

    // One scale for all channels of the layer, so that they can be compared.
    private static void Maps(HtmlBuilder html, WalkScreen screen, WalkLayer layer)
    {
        var (name, shape) = (layer.Node.Name, layer.Node.Output);
        var title = layer.Pages == 1 ? ReportText.Count(shape.Channels, "channel")
            : $"Channels {layer.Maps[0].Channel} to {layer.Maps[^1].Channel} of {shape.Channels}";
        html.Add($"<h3>{title}</h3>");
        Pager(html, screen, layer);
        html.Add($"""<ul class="channel-maps">""");
        foreach (var map in layer.Maps)
        {
            var isHere = screen.State.Channel == map.Channel;
            html.Join($"""<li><a data-state data-to="channel" """);
            html.Join($"""href="{screen.To(screen.State.At(name, map.Channel))}"{(isHere ? " aria-current=true" : "")}>""");
            WalkPicture.Write(html, map, layer.Least, layer.Most, MapSide,
                $"channel {map.Channel}, from {NumberText.Of(map.Least)} to {NumberText.Of(map.Most)}");
            html.Join($"""<span aria-hidden="true">{map.Channel}</span>""");
            if (map.IsZero) html.Join($"<small>all 0</small>");
            html.Join($"</a></li>");
        }
        html.Add($"</ul>");
        Legend(html, layer.Least, layer.Most);
        Pager(html, screen, layer);
    }

    private static void Pager(HtmlBuilder html, WalkScreen screen, WalkLayer layer)
    {
        if (layer.Pages == 1) return;
        html.Join($"""<p class="pager">""");
        for (var page = 0; page < layer.Pages; page++)
        {
            var first = page * NetworkWalk.MapsOfPage;
            var last = Math.Min(first + NetworkWalk.MapsOfPage, layer.Node.Output.Channels) - 1;
            html.Join($"""<a data-state data-to="layer" href="{screen.To(screen.State.At(layer.Node.Name) with { Page = page })}"{""}""");
            html.Join($"""{(page == layer.Page ? " aria-current=true" : "")}>{first}–{last}</a> """);
        }
        html.Add($"</p>");
    }

    private static void Legend(HtmlBuilder html, double least, double most)
    {
        var isSigned = WalkPicture.ScaleOf(least) == GridScale.Signed;
        var largest = Math.Max(Math.Abs(least), Math.Abs(most));
        html.Join($"""<p class="shades"><span>{NumberText.Of(isSigned ? -largest : least)}</span>""");
        for (var step = 0; step <= 16; step++)
            html.Join($"""<i class="{(isSigned ? Shade.Signed(step - 8, 8) : Shade.Between(step, 0, 16))}"></i>""");
        html.Add($"<span>{NumberText.Of(isSigned ? largest : most)}</span></p>");
    }

    // A vector: each channel is one number, which leads to how it came about.
    private static void Vector(HtmlBuilder html, WalkScreen screen, WalkLayer layer)
    {
        const int columns = 10;
        var numbers = layer.Maps.Select(map => map.Values.Span[0]).ToArray();
        html.Join($"""<figure class="numbers fine linked" data-grid="vector"><figcaption>{ReportText.Count(numbers.Length)} """);
        html.Join($"""numbers, ten in a row""");
        if (numbers.Length < layer.Node.Output.Channels) html.Join($" <small>the first of {layer.Node.Output.Channels}</small>");
        html.Join($"</figcaption>");
        html.Join($"""<div class="planes"><table role="grid" aria-label="The numbers of {layer.Node.Name}" aria-readonly="true"><tbody>""");
        for (var first = 0; first < numbers.Length; first += columns)
        {
            html.Join($"<tr>");
            for (var i = first; i < Math.Min(first + columns, numbers.Length); i++)
                Cell(html, screen, layer.Node.Name, i, 0, 0, numbers[i], layer, screen.State.Channel == i, $"channel {i}");
            html.Join($"</tr>");
        }
        html.Add($"</tbody></table></div></figure>");
    }

    private static void Numbers(HtmlBuilder html, WalkScreen screen, WalkLayer layer, WalkChannel channel, bool isPart)
    {
        var (map, name) = (channel.Map, layer.Node.Name);
        var (bottom, right) = (channel.Top + channel.Rows - 1, channel.Left + channel.Columns - 1);
        var where = isPart ? $"rows {channel.Top} to {bottom}, columns {channel.Left} to {right}" : "all of its numbers";
        html.Join($"""<figure class="numbers linked """);
        html.Join($"""{(channel.Columns > 16 ? "finest" : channel.Columns > 9 ? "fine" : "")}" data-grid="map">""");
        html.Join($"""<figcaption>Its numbers: choose a cell <small>{where}</small></figcaption><div class="planes"><table role="grid" """);
        html.Join($"""aria-label="Channel {map.Channel} of {name}, {where}" aria-readonly="true" data-top="{channel.Top}" """);
        html.Join($"""data-left="{channel.Left}"><tbody>""");
        for (var row = channel.Top; row < channel.Top + channel.Rows; row++)
        {
            html.Join($"<tr>");
            for (var column = channel.Left; column < channel.Left + channel.Columns; column++)
                Cell(html, screen, name, map.Channel, row, column, map.Values.Span[(row * map.Width) + column], layer,
                    screen.State.Cell == (row, column), $"row {row}, column {column}");
            html.Join($"</tr>");
        }
        html.Add($"</tbody></table></div>");
        if (isPart) Around(html, screen, layer, channel);
        html.Add($"</figure>");
    }

    private static void Cell(HtmlBuilder html, WalkScreen screen, string layer, int channel, int row, int column, float value, WalkLayer of,
        bool isChosen, string words)
    {
        html.Join($"""<td class="{WalkPicture.ShadeOf(value, of.Least, of.Most)}{(isChosen ? " chosen" : "")}"{""}""");
        html.Join($"""{(isChosen ? " aria-selected=true" : "")}>""");
        html.Join($"""<a data-state data-to="cell" tabindex="-1" title="{words}" """);
        html.Join($"""href="{screen.To(screen.State.At(layer, channel, row, column))}">""");
        html.Join($"""{Short(value)}</a></td>""");
    }

    private static string Short(float value) => value == 0 ? "0"
        : Math.Abs(value) is >= 1000 or < 0.005f ? NumberText.Of(Math.Round(value, 4)) : ShownSum.Written(value, 2);

    private static void Around(HtmlBuilder html, WalkScreen screen, WalkLayer layer, WalkChannel channel)
    {
        var (rows, columns) = (channel.Rows, channel.Columns);
        html.Join($"""<p class="steps-between">""");
        (string, int, int)[] moves = [("↑ up", -rows, 0), ("↓ down", rows, 0), ("← left", 0, -columns), ("→ right", 0, columns)];
        foreach (var (words, down, right) in moves)
        {
            var top = Math.Clamp(channel.Top + down, 0, channel.Map.Height - rows);
            var left = Math.Clamp(channel.Left + right, 0, channel.Map.Width - columns);
            if (top == channel.Top && left == channel.Left) continue;
            var there = screen.State.At(layer.Node.Name, channel.Map.Channel, top + (rows / 2), left + (columns / 2));
            html.Join($"""<a class="button" data-state data-to="channel" href="{screen.To(there)}">{words}</a> """);
        }
        html.Add($"</p>");
    }

    private static string Words(Shape shape) => shape.IsVector ? "a vector"
        : $"{ReportText.Count(shape.Channels, "channel")} of {shape.Height} × {shape.Width}";
}
