using System.Security.Cryptography;
using FeatureMap.Analysis;
using FeatureMap.Data;
using FeatureMap.Lessons;
using FeatureMap.Models;
using FeatureMap.Networks;
using FeatureMap.Ops;
using FeatureMap.Zoo;

namespace FeatureMap.Workbench;

/// <summary>
/// A network on one image, from the whole to the products of a single cell. What the layers give is computed by the kernels that answer
/// when it is looked at, and kept while the same image is walked. Any thread may call.
/// </summary>
/// <example><code>
/// var walk = new NetworkWalk(new ModelShelf());
/// var image = new TrialImage("seven", File.ReadAllBytes("seven.png"));
/// var view = walk.Look("digits", new WalkRequest(image) { Layer = "conv1", Channel = 3, Cell = (5, 7) });
/// Console.WriteLine(view.Cell!.Derivation);
/// </code></example>
public sealed class NetworkWalk
{
    /// <summary>Maps of a page.</summary>
    public const int MapsOfPage = 64;

    /// <summary>Numbers of a channel that are shown as numbers; of a larger one a part of them.</summary>
    public const int MostCells = 1024;

    private const long MostMultiplyAdds = 25_000_000_000;
    private const int PartSide = 24, MostKept = 4, MapsOfNode = 6, AnswersShown = 5;
    private const long MostKeptNumbers = 24_000_000, SmallNumbers = 400_000, SmallMultiplyAdds = 100_000_000;

    // The first layer of each lesson.
    private static readonly Lazy<Dictionary<string, string>> Digits = new(() => BundledModels.Digits.Network.Layers
        .Where(layer => layer.Op is not null && OpLessons.Of(layer.Op) is not null).DistinctBy(layer => OpLessons.Of(layer.Op!))
        .ToDictionary(layer => OpLessons.Of(layer.Op!)!, layer => layer.Name));

    private readonly ModelShelf shelf;
    private readonly Lock gate = new();
    private readonly List<(Model Model, string Image, ForwardTrace Trace, Picture Seen)> kept = [];

    /// <summary>Walks the models of a shelf.</summary>
    public NetworkWalk(ModelShelf shelf)
    {
        ArgumentNullException.ThrowIfNull(shelf);
        this.shelf = shelf;
    }

    /// <summary>What is seen from a place.</summary>
    /// <param name="model">Id of the model.</param>
    /// <param name="request">The image and the place; a channel, cell or page that is not there is moved to the nearest that is, and a
    /// notice says so.</param>
    /// <exception cref="UsageException">There is no such model or layer.</exception>
    /// <exception cref="DataException">The model or the image cannot be read.</exception>
    /// <exception cref="ShapeException">The network takes several inputs, or is too large to be walked.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public WalkView Look(string model, WalkRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        var opened = shelf.Open(model);
        List<string> notices = [.. opened.Notice is { } notice ? [notice] : (string[])[]];
        var network = opened.Model.Network;
        if (network.MultiplyAdds > MostMultiplyAdds)
            throw new ShapeException($"The network takes {network.MultiplyAdds:N0} multiply-adds for one image; "
                + $"up to {MostMultiplyAdds:N0} are walked. Take a smaller image or a smaller network.");
        var (trace, seen, placed) = Traced(opened.Model, request, notices);
        var view = new WalkView
        {
            Nodes = Nodes(trace, request.Cancellation),
            Seen = seen,
            Placed = placed,
            Answer = Answer(trace, request.Cancellation),
            Notices = notices,
        };
        if (request.Layer is null) return view;
        var layer = network[request.Layer];
        view = view with { Layer = WalkScene.Layer(view.Nodes[layer.Index], layer, trace, request, notices) };
        if (request.Channel is not { } channel) return view;
        var shape = layer.Output;
        channel = Near("channel", channel, shape.Channels, notices);
        var map = Map(trace.Output(layer.Name, request.Cancellation), shape, channel);
        var at = request.Cell is { } cell
            ? (Near("row", cell.Row, shape.Height, notices), Near("column", cell.Column, shape.Width, notices)) : ((int, int)?)null;
        view = view with { Channel = Part(map, at) };
        return at is not { } place ? view
            : view with { Cell = WalkScene.Cell(layer, trace, channel, place.Item1, place.Item2, request, notices) };
    }

    /// <summary>A layer of the model inside the library that a lesson explains; null where it has none.</summary>
    /// <param name="lesson">Id of the lesson.</param>
    public static string? LayerOfDigits(string lesson) => Digits.Value.GetValueOrDefault(lesson);

    /// <summary>Whether a model reads colours: which image it is shown first.</summary>
    /// <exception cref="UsageException">There is no such model.</exception>
    /// <exception cref="DataException">It cannot be read.</exception>
    public bool ReadsColours(string model) => shelf.Open(model).Model.Network.Input.Channels == 3;

    internal static WalkMap Map(float[] numbers, Shape shape, int channel) =>
        new(channel, shape.Height, shape.Width, numbers.AsMemory(channel * shape.Area, shape.Area));

    internal static int Near(string what, int given, int count, List<string> notices)
    {
        var near = Math.Clamp(given, 0, count - 1);
        if (near != given) notices.Add($"There is no {what} {given}: they are 0 to {count - 1}. {near} is shown.");
        return near;
    }

    private (ForwardTrace Trace, Picture Seen, string Placed) Traced(Model model, WalkRequest request, List<string> notices)
    {
        var (pixels, placed) = Trial.Read(model, new TrialRequest(request.Image), notices);
        var image = Convert.ToHexString(SHA256.HashData(pixels));
        lock (gate)
        {
            var place = kept.FindIndex(one => one.Model == model && one.Image == image);
            if (place >= 0)
            {
                var known = kept[place];
                kept.RemoveAt(place);
                kept.Insert(0, known);
                return (known.Trace, known.Seen, placed);
            }
        }
        var (trace, seen) = (ForwardTrace.Of(model, pixels), new Picture(request.Image.Name, model.Network.Input, pixels));
        lock (gate)
        {
            kept.Insert(0, (model, image, trace, seen));
            while (kept.Count > MostKept || (kept.Count > 1 && kept.Sum(one => one.Trace.KeptNumbers) > MostKeptNumbers))
                kept.RemoveAt(kept.Count - 1);
        }
        return (trace, seen, placed);
    }

    private static List<WalkNode> Nodes(ForwardTrace trace, CancellationToken cancellation)
    {
        var network = trace.Network;
        var isSmall = network.MultiplyAdds <= SmallMultiplyAdds && network.Layers.Sum(layer => (long)layer.Output.Count) <= SmallNumbers;
        return
        [
            .. network.Layers.Select(layer => new WalkNode(
                layer.Name, layer.Op?.Name ?? "input", layer.Op?.Settings ?? "", layer.Output, layer.Inputs,
                layer.TrainableCount + layer.FixedCount, layer.Op?.Cost(layer.InputShapes).MultiplyAdds ?? 0,
                layer.Op is null ? null : OpLessons.Of(layer.Op))
            {
                IsAttached = layer.Op is BatchNorm or ImageNorm or UnaryOp or DropoutMask or PRelu,
                Maps = isSmall ? Small(trace.Output(layer.Name, cancellation), layer.Output) : [],
            }),
        ];
    }

    // Of a vector one row of numbers.
    private static WalkMap[] Small(float[] numbers, Shape shape) => shape.IsVector ? [new WalkMap(-1, 1, shape.Channels, numbers)]
        : [.. Enumerable.Range(0, Math.Min(MapsOfNode, shape.Channels)).Select(channel => Map(numbers, shape, channel))];

    private static IReadOnlyList<TrialClass> Answer(ForwardTrace trace, CancellationToken cancellation)
    {
        var output = trace.Network.Output;
        if (!output.IsVector || (output.Channels == 1 && trace.Network.OutputValues == OutputValues.Scores)) return [];
        var answer = trace.Predict(cancellation);
        return [.. answer.Probabilities.Select((probability, number) => new TrialClass(number, answer.NameOf(number), probability, null))
            .OrderByDescending(one => one.Probability).Take(AnswersShown)];
    }

    // What is too large to be read as numbers is a picture, with the numbers around the chosen cell, or around its largest.
    private static WalkChannel Part(WalkMap map, (int Row, int Column)? cell)
    {
        if (map.Height * map.Width <= MostCells) return new(map, 0, 0, map.Height, map.Width);
        if (cell is null)
        {
            var values = map.Values.Span;
            var largest = 0;
            for (var i = 1; i < values.Length; i++)
                if (values[i] > values[largest]) largest = i;
            cell = (largest / map.Width, largest % map.Width);
        }
        var (rows, columns) = (Math.Min(PartSide, map.Height), Math.Min(PartSide, map.Width));
        return new(map, Math.Clamp(cell.Value.Row - (rows / 2), 0, map.Height - rows),
            Math.Clamp(cell.Value.Column - (columns / 2), 0, map.Width - columns), rows, columns);
    }
}
