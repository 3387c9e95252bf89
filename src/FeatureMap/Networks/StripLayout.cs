using FeatureMap.Lanes;
using FeatureMap.Ops;

namespace FeatureMap.Networks;

/// <summary>
/// Trainings with so few images that most lanes would be idle: each image is cut into strips of rows, and each strip rides in a lane of its
/// own. Layers that know a <see cref="StripRule"/> compute them as if they were images; between layers the rows around a strip are copied
/// from its neighbours (<see cref="HaloRows"/>), and where a layer needs whole images they are joined. It depends on the network and on
/// the images of a whole batch alone; sums over pixels are taken in another order than of whole images, so they round differently.
/// </summary>
/// <param name="Count">Strips of an image.</param>
/// <param name="IsStriped">For each layer of the network that is run: whether its lanes are strips.</param>
/// <param name="Numbers">
/// For each of them: the number of the layer that it stands for, from which chance is drawn; its own where for none.
/// </param>
/// <param name="Places">For each layer of the network that was asked for: where its output stands, in images where anybody asks.</param>
internal sealed record StripLayout(int Count, IReadOnlyList<bool> IsStriped, IReadOnlyList<int> Numbers, IReadOnlyList<int> Places)
{
    // Halves of a register at most: with more images few lanes are idle.
    private const int MostImages = LaneLayout.Lanes / 2;

    // With fewer rows of its own a strip reads as many of its neighbours.
    private const int LeastRows = 4;

    // Multiply-adds of an image in layers that follow each other: what is less is done sooner than its images are cut.
    private const long LeastWork = 20_000_000;

    /// <summary>The same request for a network in strips; null where that is not possible, or does not pay.</summary>
    /// <param name="request">A training.</param>
    /// <param name="leastWork">Multiply-adds of an image from which a region of layers is cut.</param>
    public static EngineRequest? Of(EngineRequest request, long leastWork = LeastWork)
    {
        var isPlain = request is
        {
            Mode: ExecutionMode.Training, HasGradients: true, WantsImageGradient: false, KeepsOutputs: false, KeptLayers.Count: 0,
        };
        if (!isPlain || request.TotalBatch > MostImages) return null;
        var network = request.Weights.Network;
        // Many strips leave few lanes idle, and few strips are possible in more layers.
        var (strips, rules, share) = (0, Array.Empty<StripRule?>(), 0.0);
        for (var count = LaneLayout.Lanes; count > 1; count /= 2)
        {
            if (count * request.TotalBatch > LaneLayout.Lanes) continue;
            var (possible, work) = Rules(network, count, request.Result ?? network.Layers.Count - 1, leastWork);
            if (work * (1 - (1.0 / count)) > share) (strips, rules, share) = (count, possible, work * (1 - (1.0 / count)));
        }
        if (strips == 0) return null;

        var builder = new NetworkBuilder(network.Input).Reserve(network);
        var (whole, striped) = (new Feature?[network.Layers.Count], new Feature?[network.Layers.Count]);
        var (isStriped, numbers) = (new List<bool> { false }, new List<int> { 0 });
        var halos = new Dictionary<(int Layer, int Above, int Below, float Edge), Feature>();
        whole[0] = builder.FeatureOf(0);
        foreach (var layer in network.Layers.Skip(1))
        {
            if (layer.Op is not { } op) whole[layer.Index] = Added(builder.AddInput(layer.Name, layer.Output), false, layer);
            else if (rules[layer.Index] is { } rule)
                striped[layer.Index] = Added(
                    builder.Add(rule.Op, layer.Name, [.. layer.Inputs.Select(input => Around(input, rule))]), true, layer);
            else whole[layer.Index] = Added(builder.Add(op, layer.Name, [.. layer.Inputs.Select(Whole)]), false, layer);
            if (layer.Index == request.Result || request.Reader?.Layers.Contains(layer.Index) == true) Whole(layer.Index);
        }
        var made = builder.Finish(Whole(network.Layers.Count - 1));
        if (made.Layers.Count != builder.Count) return null; // layers that nothing needs were left out, and numbers have changed
        var places = network.Layers.Select(layer => (whole[layer.Index] ?? striped[layer.Index]!).Index).ToArray();
        return request with
        {
            Weights = request.Weights.ShareWith(made),
            Result = request.Result is { } result ? places[result] : null,
            Strips = new(strips, isStriped, numbers, places),
        };

        Feature Added(Feature feature, bool inStrips, Layer? of = null)
        {
            isStriped.Add(inStrips);
            numbers.Add(of?.Index ?? feature.Index);
            return feature;
        }

        Feature Whole(int layer) => whole[layer] ??= Added(builder.Add(new JoinRows(strips), null, striped[layer]!), false);

        Feature Striped(int layer) => striped[layer] ??= Added(builder.Add(new SplitRows(strips), null, whole[layer]!), false);

        Feature Around(int layer, StripRule rule)
        {
            if (rule is { Above: 0, Below: 0 }) return Striped(layer);
            var key = (layer, rule.Above, rule.Below, rule.Edge);
            if (!halos.TryGetValue(key, out var halo))
                halos[key] = halo = Added(builder.Add(new HaloRows(strips, rule.Above, rule.Below, rule.Edge), null, Striped(layer)), true);
            return halo;
        }
    }

    /// <summary>
    /// The rules of the layers that are computed in strips: those up to the result that can be, where enough work comes together. The loss
    /// looks at whole images. With their multiply-adds, of an image.
    /// </summary>
    private static (StripRule?[] Rules, long Work) Rules(Network network, int strips, int last, long leastWork)
    {
        var rules = network.Layers.Select(layer => layer.Op is { } op && layer.Inputs.Count > 0 && layer.Index <= last
            && layer.InputShapes.Append(layer.Output).All(shape => shape.Height % strips == 0 && shape.Height / strips >= LeastRows)
            ? op.InStrips(layer.InputShapes, strips) : null).ToArray();
        // Layers that are joined by strips are one region, known by the first of them.
        var regions = new int[rules.Length];
        for (var layer = 0; layer < rules.Length; layer++)
        {
            regions[layer] = layer;
            if (rules[layer] is null) continue;
            foreach (var input in network.Layers[layer].Inputs.Where(input => rules[input] is not null))
            {
                var (low, high) = (Math.Min(regions[input], regions[layer]), Math.Max(regions[input], regions[layer]));
                for (var other = 0; other <= layer; other++)
                    if (regions[other] == high) regions[other] = low;
            }
        }
        var work = network.Layers.Where(layer => rules[layer.Index] is not null)
            .GroupBy(layer => regions[layer.Index])
            .ToDictionary(region => region.Key, region => region.Sum(layer => layer.Op!.Cost(layer.InputShapes).MultiplyAdds));
        return (
            [.. rules.Select((rule, layer) => rule is not null && work[regions[layer]] >= leastWork ? rule : null)],
            work.Values.Where(region => region >= leastWork).Sum());
    }
}
