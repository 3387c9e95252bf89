using FeatureMap.Analysis;
using FeatureMap.Networks;
using FeatureMap.Ops;

namespace FeatureMap.Workbench;

/// <summary>What a walk sees of a layer and of a cell.</summary>
internal static class WalkScene
{
    // Terms that are shown as a window, and as a list.
    private const int MostWindow = 256, MostListed = 64;

    public static WalkLayer Layer(WalkNode node, Layer layer, ForwardTrace trace, WalkRequest request, List<string> notices)
    {
        var (shape, numbers) = (layer.Output, trace.Output(layer.Name, request.Cancellation));
        // The numbers of a vector stand together, however many.
        var pages = shape.IsVector ? 1 : (shape.Channels + NetworkWalk.MapsOfPage - 1) / NetworkWalk.MapsOfPage;
        var first = request.Channel is { } channel && request.Page == 0 && !shape.IsVector
            ? Math.Clamp(channel, 0, shape.Channels - 1) / NetworkWalk.MapsOfPage : request.Page;
        var page = NetworkWalk.Near("page", first, pages, notices);
        var (from, count) = shape.IsVector ? (0, Math.Min(shape.Channels, Lessons.LessonState.MostCells))
            : (page * NetworkWalk.MapsOfPage, Math.Min(NetworkWalk.MapsOfPage, shape.Channels - (page * NetworkWalk.MapsOfPage)));
        var all = new WalkMap(-1, 1, numbers.Length, numbers);
        return new WalkLayer(node, LayerWords.Of(layer),
            [.. layer.Parameters.Select(parameter => new WalkParameter(parameter.Name,
                string.Join(" x ", parameter.Dimensions.Select(size => $"{size}")), parameter.Count))],
            page, pages, [.. Enumerable.Range(from, count).Select(one => NetworkWalk.Map(numbers, shape, one))], all.Least, all.Most);
    }

    public static WalkCell Cell(Layer layer, ForwardTrace trace, int channel, int row, int column, WalkRequest request,
        List<string> notices)
    {
        var derivation = CellDerivation.Of(trace, layer.Name, channel, row, column, request.Cancellation);
        // A single channel is all of the cell.
        var parts = Parts(layer, derivation, channel) is { Count: > 1 } several ? several : [];
        var of = parts.Count == 0 ? 0 : NetworkWalk.Near("channel of products", request.Of, parts.Count, notices);
        var own = parts.Count == 0 ? derivation.Terms : parts[of].Terms;
        var (rows, columns) = own.Count > MostWindow ? (0, 0) : Window(layer, own);
        IReadOnlyList<CellTerm> shown = rows > 0 || own.Count <= MostListed ? own
            : (derivation.Rule is CellRule.Products or CellRule.WeightedSum)
                ? [.. own.OrderByDescending(term => Math.Abs(term.Product)).Take(MostListed)]
            : (derivation.Rule is CellRule.Compared or CellRule.Largest) ? [.. own.OrderByDescending(term => term.Number).Take(MostListed)]
            : [.. own.Take(MostListed)];
        return new WalkCell(channel, row, column, derivation,
            [.. parts.Select(part => new WalkShare(
                Source(layer, trace.Network, 0).Name, part.Channel, part.Terms.Count, part.Terms.Sum(term => term.Product)))],
            of, [.. shown.Select(term => Placed(layer, trace.Network, term))], own.Count, rows, columns);
    }

    private static Layer Source(Layer layer, Network network, int source) => network.Layers[layer.Inputs[source]];

    private static WalkTerm Placed(Layer layer, Network network, CellTerm term)
    {
        var (source, shape) = (Source(layer, network, term.Source), layer.InputShapes[term.Source]);
        return term.Cell < 0 ? new WalkTerm(source.Name, -1, 0, 0, term)
            : new WalkTerm(source.Name, term.Cell / shape.Area, term.Cell % shape.Area / shape.Width, term.Cell % shape.Width, term);
    }

    /// <summary>The terms by the channel of the input that they read, where a convolution reads several.</summary>
    private static List<(int Channel, IReadOnlyList<CellTerm> Terms)> Parts(Layer layer, CellDerivation derivation, int channel)
    {
        var op = layer.Op is WeightNorm norm ? norm.Inner : layer.Op;
        if (op is Conv2d convolution)
        {
            var geometry = convolution.Geometry(layer.InputShapes[0]);
            var first = channel / geometry.OutputChannelsPerGroup * geometry.InputChannelsPerGroup;
            return geometry.Taps == 1 ? []
                : [.. derivation.Terms.Chunk(geometry.Taps).Select((terms, i) => (first + i, (IReadOnlyList<CellTerm>)terms))];
        }
        return op is not ConvTranspose2d ? [] : [.. derivation.Terms.GroupBy(term => term.Cell / layer.InputShapes[0].Area)
            .Select(own => (own.Key, (IReadOnlyList<CellTerm>)[.. own]))];
    }

    private static (int Rows, int Columns) Window(Layer layer, IReadOnlyList<CellTerm> terms)
    {
        switch (layer.Op is WeightNorm norm ? norm.Inner : layer.Op)
        {
            case Conv2d convolution when terms.Count == convolution.Kernel.Vertical * convolution.Kernel.Horizontal:
                return (convolution.Kernel.Vertical, convolution.Kernel.Horizontal);
            case WindowPool pool:
                return (pool.Kernel.Vertical, pool.Kernel.Horizontal);
            case BinPool or PlaneMap or GlobalAveragePool when terms.Count > 1 && terms.All(term => term.Cell >= 0):
                var shape = layer.InputShapes[0];
                var rows = terms.Select(term => term.Cell / shape.Width).Distinct().Count();
                return terms.Count % rows == 0 ? (rows, terms.Count / rows) : (0, 0);
            default:
                return (0, 0);
        }
    }
}
