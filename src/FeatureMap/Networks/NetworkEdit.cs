using System.Globalization;
using FeatureMap.Ops;

namespace FeatureMap.Networks;

/// <summary>
/// One change of a network as data: a setting of a layer, another op in its place, a layer less, a layer more. What a layer reads and its
/// name stay, so that weights that still fit go along (<see cref="Weights.Derive"/>). The linter proposes such changes; <see cref="Apply"/>
/// makes them.
/// </summary>
/// <example><code>
/// var slim = NetworkEdit.Set("conv1", "bias", false).Apply(network);
/// var calm = NetworkEdit.InsertBehind("conv1", new BatchNorm()).Apply(network);
/// </code></example>
public abstract record NetworkEdit
{
    private protected NetworkEdit(string layer) => Layer = layer;

    /// <summary>The layer that it is about.</summary>
    public string Layer { get; }

    /// <summary>Another value of one setting, under the names of <c>network.json</c>.</summary>
    /// <param name="layer">Name of the layer.</param>
    /// <param name="setting">Name of the setting, such as <c>bias</c>.</param>
    /// <param name="value">
    /// A whole number, a real number, true or false, a text, or a row of numbers, as the setting has it: <c>bias</c> is false,
    /// <c>kernel</c> is <c>new[] { 3, 3 }</c>.
    /// </param>
    public static NetworkEdit Set(string layer, string setting, object value) => new SettingEdit(layer, setting, value);

    /// <summary>Another op in the place of a layer, which reads the same and keeps its name.</summary>
    public static NetworkEdit Replace(string layer, Op op) => new OpEdit(layer, op);

    /// <summary>A layer less: who read it reads what it read (the first, where it read several).</summary>
    public static NetworkEdit Remove(string layer) => new RemovalEdit(layer);

    /// <summary>A layer more, behind another: who read that reads the new one.</summary>
    public static NetworkEdit InsertBehind(string layer, Op op) => new BehindEdit(layer, op);

    /// <summary>A layer more, between a layer and one of those that it reads; other readers of that are not touched.</summary>
    /// <param name="layer">The layer before which it stands.</param>
    /// <param name="op">What it computes.</param>
    /// <param name="input">Which of the inputs, from 0.</param>
    public static NetworkEdit InsertBefore(string layer, Op op, int input = 0) => new BeforeEdit(layer, op, input);

    /// <summary>The network with this change; the one that is given is as before.</summary>
    /// <exception cref="UsageException">There is no such layer, it is the input, or it has no such setting or value.</exception>
    /// <exception cref="ShapeException">A layer behind does not fit any more; the message names it.</exception>
    public Network Apply(Network network) => ApplyAll(network, [this]);

    /// <summary>The network with several changes at once: shapes need to fit when all of them are made, not in between.</summary>
    /// <param name="network">The network, which stays as it is.</param>
    /// <param name="edits">The changes; those of one layer are made in their order.</param>
    /// <exception cref="UsageException">There is no such layer, it is the input, or it has no such setting or value.</exception>
    /// <exception cref="ShapeException">A layer behind does not fit any more; the message names it.</exception>
    public static Network ApplyAll(Network network, IEnumerable<NetworkEdit> edits)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(edits);
        var byLayer = edits.ToLookup(edit => network[edit.Layer]);
        foreach (var edit in byLayer.Where(group => group.Key.Op is null).SelectMany(group => group))
            if (edit is not BehindEdit)
                throw new UsageException($"Layer '{edit.Layer}' is an input, which has nothing to change but what stands behind it.");
        var behind = new Dictionary<int, Feature>();
        return network.Rewrite((layer, inputs) =>
        {
            Feature[] led = [.. inputs.Select((input, i) => BehindInput(network.Layers[layer.Inputs[i]], input))];
            if (!byLayer.Contains(layer)) return led.SequenceEqual(inputs) ? null : Of(new Change(layer, led));
            var change = new Change(layer, led);
            foreach (var edit in byLayer[layer])
                edit.Make(change);
            return Of(change);
        });

        // The input is written by nobody: its readers are led round it.
        Feature BehindInput(Layer layer, Feature input)
        {
            if (layer.Op is not null || !byLayer.Contains(layer)) return input;
            if (!behind.TryGetValue(layer.Index, out var led))
                behind[layer.Index] = led = byLayer[layer].Aggregate(input, (before, edit) => before.Then(((BehindEdit)edit).Op));
            return led;
        }
    }

    private static Feature Of(Change change)
    {
        var layer = change.Layer;
        if (change.Inputs.Length == 0)
            throw new UsageException($"Layer '{layer.Name}' ({layer.Op}) reads nothing and stays as it is.");
        var written = change.IsRemoved ? change.Inputs[0] : change.Inputs[0].Then(change.Op, layer.Name, [.. change.Inputs.Skip(1)]);
        return change.Behind.Aggregate(written, (before, op) => before.Then(op));
    }

    private protected abstract void Make(Change change);

    /// <summary>What becomes of one layer.</summary>
    private protected sealed class Change(Layer layer, Feature[] inputs)
    {
        public Layer Layer { get; } = layer;

        public Feature[] Inputs { get; } = inputs;

        public Op Op { get; set; } = layer.Op!;

        public bool IsRemoved { get; set; }

        public List<Op> Behind { get; } = [];
    }

    private sealed record SettingEdit(string At, string Setting, object Value) : NetworkEdit(At)
    {
        public override string ToString() => $"{Layer}: {Setting}={Text(Value)}";

        private protected override void Make(Change change)
        {
            var settings = change.Op.SettingValues;
            if (settings.All(setting => setting.Name != Setting))
                throw new UsageException($"{change.Op.Name} has no setting '{Setting}'."
                    + NearestName.Suggest(Setting, settings.Select(setting => setting.Name)));
            try
            {
                change.Op = OpCatalogue.With(change.Op, Setting, Value);
            }
            catch (DataException error)
            {
                throw new UsageException($"Layer '{Layer}': {error.Message}", error);
            }
        }

        private static string Text(object value) => value switch
        {
            bool flag => flag ? "true" : "false",
            int[] numbers => $"[{NumberRow.Join(", ", numbers)}]",
            IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
            _ => $"{value}",
        };
    }

    private sealed record OpEdit(string At, Op Op) : NetworkEdit(At)
    {
        public override string ToString() => $"{Layer} becomes {Op}";

        private protected override void Make(Change change) => change.Op = Op;
    }

    private sealed record RemovalEdit(string At) : NetworkEdit(At)
    {
        public override string ToString() => $"{Layer} is left out";

        private protected override void Make(Change change) => change.IsRemoved = true;
    }

    private sealed record BehindEdit(string At, Op Op) : NetworkEdit(At)
    {
        public override string ToString() => $"{Op} behind {Layer}";

        private protected override void Make(Change change) => change.Behind.Add(Op);
    }

    private sealed record BeforeEdit(string At, Op Op, int Input) : NetworkEdit(At)
    {
        public override string ToString() => $"{Op} before {Layer}";

        private protected override void Make(Change change)
        {
            if (Input < 0 || Input >= change.Inputs.Length)
                throw new UsageException($"Layer '{Layer}' ({change.Op}) reads {change.Inputs.Length} layers, numbered from 0: "
                    + $"received {Input}.");
            change.Inputs[Input] = change.Inputs[Input].Then(Op);
        }
    }
}
