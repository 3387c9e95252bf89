using System.Text.Json.Nodes;
using FeatureMap.Workbench;

namespace FeatureMap.Studio;

/// <summary>The content of Walk as data.</summary>
internal static class WalkJson
{
    public static JsonObject Of(IReadOnlyList<ShelfModel> models) => new()
    {
        ["schema"] = 1,
        ["models"] = new JsonArray([.. models.Select(model => new JsonObject
        {
            ["id"] = model.Id,
            ["name"] = model.Name,
            ["kind"] = model.Kind.ToString().ToLowerInvariant(),
            ["address"] = WalkLink.To(model.Id, new WalkState()),
        })]),
    };

    public static JsonObject Of(WalkScreen screen)
    {
        var view = screen.View;
        return new JsonObject
        {
            ["schema"] = 1,
            ["model"] = screen.Model.Id,
            ["state"] = screen.State.Query,
            ["image"] = new JsonObject { ["id"] = screen.Image.Id, ["name"] = screen.Image.Name, ["placed"] = view.Placed },
            ["answer"] = new JsonArray([.. view.Answer.Select(one => new JsonObject { ["label"] = one.Label, ["class"] = one.Name,
                ["probability"] = Finite(one.Probability) })]),
            ["layers"] = new JsonArray([.. view.Nodes.Select(Node)]),
            ["layer"] = view.Layer is { } layer ? Layer(layer) : null,
            ["channel"] = view.Channel is { } channel ? Channel(channel) : null,
            ["cell"] = view.Cell is { } cell ? Cell(cell) : null,
            ["notices"] = new JsonArray([.. view.Notices.Select(notice => JsonValue.Create(notice))]),
        };
    }

    private static JsonObject Node(WalkNode node) => new()
    {
        ["name"] = node.Name,
        ["op"] = node.Op,
        ["settings"] = node.Settings,
        ["output"] = node.Output.ToString(),
        ["inputs"] = new JsonArray([.. node.Inputs.Select(input => JsonValue.Create(input))]),
        ["parameters"] = node.Parameters,
        ["multiplyAdds"] = node.MultiplyAdds,
        ["lesson"] = node.Lesson,
    };

    private static JsonObject Layer(WalkLayer layer) => new()
    {
        ["name"] = layer.Node.Name,
        ["does"] = layer.Does,
        ["parameters"] = new JsonArray([.. layer.Parameters.Select(parameter => new JsonObject { ["name"] = parameter.Name,
            ["sizes"] = parameter.Sizes, ["count"] = parameter.Count })]),
        ["least"] = Finite(layer.Least),
        ["most"] = Finite(layer.Most),
        ["page"] = layer.Page,
        ["pages"] = layer.Pages,
        ["channels"] = new JsonArray([.. layer.Maps.Select(map => new JsonObject { ["channel"] = map.Channel, ["least"] = Finite(map.Least),
            ["most"] = Finite(map.Most) })]),
    };

    private static JsonObject Channel(WalkChannel channel)
    {
        var numbers = new JsonArray();
        for (var row = channel.Top; row < channel.Top + channel.Rows; row++)
            numbers.Add(new JsonArray([.. channel.Map.Values.Span.Slice((row * channel.Map.Width) + channel.Left, channel.Columns).ToArray()
                .Select(value => Finite(value))]));
        return new JsonObject
        {
            ["channel"] = channel.Map.Channel,
            ["height"] = channel.Map.Height,
            ["width"] = channel.Map.Width,
            ["top"] = channel.Top,
            ["left"] = channel.Left,
            ["numbers"] = numbers,
        };
    }

    private static JsonObject Cell(WalkCell cell) => new()
    {
        ["channel"] = cell.Channel,
        ["row"] = cell.Row,
        ["column"] = cell.Column,
        ["rule"] = cell.Derivation.Rule.ToString().ToLowerInvariant(),
        ["formula"] = cell.Derivation.Formula,
        ["remark"] = cell.Derivation.Remark,
        ["value"] = Finite(cell.Derivation.Value),
        ["computed"] = cell.Derivation.Computed is { } computed ? Finite(computed) : null,
        ["numbers"] = new JsonArray([.. cell.Derivation.Numbers.Select(number => new JsonObject { ["name"] = number.Name,
            ["symbol"] = number.Symbol, ["value"] = Finite(number.Value) })]),
        ["shares"] = new JsonArray([.. cell.Shares.Select(share => new JsonObject { ["layer"] = share.Layer, ["channel"] = share.Channel,
            ["products"] = share.Products, ["sum"] = Finite(share.Sum) })]),
        ["of"] = cell.Of,
        ["termCount"] = cell.TermCount,
        ["terms"] = new JsonArray([.. cell.Terms.Select(term => new JsonObject
        {
            ["layer"] = term.Layer,
            ["channel"] = term.Channel,
            ["row"] = term.Row,
            ["column"] = term.Column,
            ["number"] = Finite(term.Term.Number),
            ["factor"] = Finite(term.Term.Factor),
            ["product"] = Finite(term.Term.Product),
        })]),
    };

    private static JsonValue? Finite(double value) => double.IsFinite(value) ? JsonValue.Create(value) : null;
}
