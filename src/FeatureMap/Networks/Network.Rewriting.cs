using FeatureMap.Ops;

namespace FeatureMap.Networks;

// Networks made of networks. The weights go along by name: Weights.Derive.
public sealed partial class Network
{
    internal const string ProbeSeed = "probe/seed";

    /// <summary>
    /// The network written once more, layer by layer, with other layers for some of them. Layers that stay keep their names, so that
    /// <see cref="Weights.Derive"/> finds their numbers; what is new and has no name of its own is called like nothing that was there.
    /// Layers that the output does not need any more are left out.
    /// </summary>
    /// <param name="write">
    /// Receives a layer and what now stands for its inputs, and returns what stands for its output: a feature made of them, such as
    /// <c>inputs[0]</c> to leave the layer out, or <c>inputs[0].Then(op, layer.Name)</c> for another op under its name; null to write the
    /// layer as it is.
    /// </param>
    /// <param name="input">Another shape of one sample; null for the same.</param>
    /// <returns>The new network; this one is as before.</returns>
    /// <exception cref="ShapeException">A layer does not fit; the message names it and has the arithmetic.</exception>
    /// <exception cref="UsageException">A new layer was given the name of one that stays.</exception>
    /// <example><code>
    /// var smooth = network.Rewrite((layer, inputs) => layer.Op is Relu ? inputs[0].Silu(name: layer.Name) : null);
    /// var weights = trained.Derive(smooth);
    /// </code></example>
    public Network Rewrite(Func<Layer, IReadOnlyList<Feature>, Feature?> write, Shape? input = null)
    {
        ArgumentNullException.ThrowIfNull(write);
        var builder = new NetworkBuilder(input ?? Input).Reserve(this);
        return builder.Finish(builder.Write(this, builder.FeatureOf(0), write));
    }

    /// <summary>
    /// The same layers, under the same names, for samples of another size: a network of convolutions that learned from patches then reads
    /// whole pictures. Weights go over by <see cref="Weights.Derive"/>, as long as no layer has weights for each pixel (Flatten with
    /// Linear does).
    /// </summary>
    /// <param name="input">Shape of one sample.</param>
    /// <exception cref="ShapeException">A layer does not fit the new size; the message names it and has the arithmetic.</exception>
    public Network WithInput(Shape input)
    {
        if (input == Input) return this;
        CheckOneInput("be built for another size");
        return Rewrite((_, _) => null, input);
    }

    /// <summary>The layers that one layer needs, and this one as the output: a trained network as a source of features.</summary>
    /// <param name="layer">Name of the layer.</param>
    /// <exception cref="UsageException">There is none of this name, and the nearest is suggested; or it is the input.</exception>
    public Network CutAt(string layer)
    {
        ArgumentNullException.ThrowIfNull(layer);
        if (this[layer] is { Op: not null } last) return CutAt(last);
        throw new UsageException(
            $"Layer '{layer}' is an input, and a network that ends there computes nothing. "
            + $"Name a layer behind it, up to '{Layers[^1].Name}'.");
    }

    /// <summary>
    /// The layers behind one layer, as a network that takes what this one gives: with <see cref="CutAt(string)"/> it makes two networks of
    /// one, a body and its head. They keep their names.
    /// </summary>
    /// <param name="layer">Name of the layer.</param>
    /// <exception cref="UsageException">There is none of this name, and the nearest is suggested; or it is the output.</exception>
    /// <exception cref="ShapeException">A layer behind it reads one before it, too; the message names both.</exception>
    public Network CutBehind(string layer)
    {
        ArgumentNullException.ThrowIfNull(layer);
        var end = this[layer];
        if (end == Layers[^1]) throw new UsageException($"Layer '{layer}' is the output of the network: nothing stands behind it.");
        var needed = new HashSet<int> { Layers[^1].Index };
        foreach (var one in Layers.Reverse().Where(one => one.Index > end.Index && needed.Contains(one.Index)))
            needed.UnionWith(one.Inputs);
        var builder = new NetworkBuilder(end.Output);
        var written = new Dictionary<int, Feature> { [end.Index] = builder.FeatureOf(0) };
        foreach (var one in Layers.Where(one => one.Index > end.Index && needed.Contains(one.Index)))
        {
            int[] others = [.. one.Inputs.Where(input => !written.ContainsKey(input)).Distinct()];
            if (one.Op is null || others.Any(input => Layers[input].Op is null || Layers[input].Inputs.Count > 0))
                throw new ShapeException($"Layer '{one.Name}' stands behind '{layer}' and reads what does not come from it: the network "
                    + "cannot be cut there. Name a layer that everything behind it comes from.");
            foreach (var source in others)
                written[source] = builder.Add(Layers[source].Op!, Layers[source].Name);
            written[one.Index] = builder.Add(one.Op, one.Name, [.. one.Inputs.Select(input => written[input])]);
        }
        return builder.Finish(written[Layers[^1].Index]);
    }

    /// <summary>
    /// This network with more layers behind its output: a scale that puts the unit of the target back, or a head on a body.
    /// </summary>
    /// <param name="body">Receives the output and returns the new one, as in <see cref="Build"/>.</param>
    /// <exception cref="ShapeException">A layer does not fit; the message names it and has the arithmetic.</exception>
    public Network Append(Func<Feature, Feature> body) =>
        Continue(body, nameof(Append), new NetworkBuilder(this, prefix: "", keepsAll: false));

    /// <summary>
    /// This network behind other layers, which do to a sample what has to be done before: a resize, a mixing of channels. They are named
    /// like nothing that is here; the layers that are here keep their names.
    /// </summary>
    /// <param name="input">Shape of one sample of the new network.</param>
    /// <param name="body">Receives the sample and returns what this network takes, as in <see cref="Build"/>.</param>
    /// <exception cref="ShapeException">A layer does not fit, or the last one gives another shape than this network takes.</exception>
    /// <example><code>
    /// var large = network.Prepend(Shape.Image(3, 64, 64), x => x.AveragePool(2)); // for a network of 3x32x32
    /// </code></example>
    public Network Prepend(Shape input, Func<Feature, Feature> body)
    {
        ArgumentNullException.ThrowIfNull(body);
        var builder = new NetworkBuilder(input).Reserve(this);
        return builder.Finish(Returned(body(builder.FeatureOf(0)), nameof(Prepend)).Then(this));
    }

    /// <summary>
    /// The body of this network with another head: for other classes, or for another task. The layers of the body keep their names and
    /// so, by <see cref="Weights.Derive"/> or <see cref="Weights.TakeFrom"/>, their numbers; the head is named like nothing that was
    /// here. <see cref="Models.Model.WithHead(IReadOnlyList{string}, ulong, Func{Feature, Feature}, string?)"/> does both.
    /// </summary>
    /// <param name="head">Receives the output of the body and returns the new output, as in <see cref="Build"/>.</param>
    /// <param name="body">
    /// Name of the last layer of the body. Where null, the last layer without weights that makes a vector of all positions of a map
    /// (global pooling, Flatten) and has weights behind it.
    /// </param>
    /// <exception cref="UsageException">
    /// There is no such layer: the network branches behind it, or ends in a map. The message says which name to give.
    /// </exception>
    /// <exception cref="ShapeException">A layer of the head does not fit; the message names it and has the arithmetic.</exception>
    /// <example><code>var other = network.WithHead(x => x.Dropout(0.2f).Linear(5));</code></example>
    public Network WithHead(Func<Feature, Feature> head, string? body = null) =>
        Continue(head, nameof(WithHead), new NetworkBuilder(BodyUpTo(body), prefix: "", keepsAll: false).Reserve(this));

    /// <summary>
    /// The same for a head that reads several layers, such as a decoder or a feature pyramid over the stages of a body. What neither these
    /// layers nor the head need is left out.
    /// </summary>
    /// <param name="head">Receives the outputs of the layers, in their order, and returns the new output.</param>
    /// <param name="layers">Names of the layers.</param>
    /// <exception cref="UsageException">There is no layer of a name, and the nearest is suggested.</exception>
    /// <exception cref="ShapeException">A layer of the head does not fit; the message names it and has the arithmetic.</exception>
    public Network WithHead(Func<IReadOnlyList<Feature>, Feature> head, IReadOnlyList<string> layers)
    {
        ArgumentNullException.ThrowIfNull(head);
        ArgumentNullException.ThrowIfNull(layers);
        var builder = new NetworkBuilder(this, prefix: "", keepsAll: false);
        return builder.Finish(Returned(head([.. layers.Select(layer => builder.FeatureOf(this[layer].Index))]), nameof(WithHead)));
    }

    /// <summary>What <see cref="WithHead(Func{Feature, Feature}, string?)"/> keeps.</summary>
    internal Network BodyUpTo(string? layer) => layer is null ? CutAt(EndOfBody()) : CutAt(layer);

    /// <summary>The layers that one needs; of the input alone, nothing but it.</summary>
    internal Network CutAt(Layer layer)
    {
        var builder = new NetworkBuilder(this, prefix: "", keepsAll: false);
        return builder.Finish(builder.FeatureOf(layer.Index));
    }

    /// <summary>The sum of the output's numbers, each times one of a second input, <c>probe/seed</c>: what a walk back begins at.</summary>
    internal Network Probe()
    {
        var builder = new NetworkBuilder(this, "probe/");
        var seed = builder.AddInput("seed", Output);
        return builder.Finish(builder.FeatureOf(Layers.Count - 1).Multiply(seed).Sum());
    }

    /// <summary>A name that no layer has: the given one, or with a number behind it.</summary>
    internal string FreeName(string name) =>
        Enumerable.Range(1, Layers.Count + 1).Select(number => number == 1 ? name : $"{name}{number}").First(free => Layers.All(layer => layer.Name != free));

    internal void CheckOneInput(string purpose)
    {
        if (Layers.Skip(1).FirstOrDefault(layer => layer.Op is null) is { } second)
            throw new ShapeException(
                $"The network has a second input, '{second.Name}' of {second.Output}: only networks of one input can {purpose}.");
    }

    private static Network Continue(Func<Feature, Feature> body, string caller, NetworkBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(body);
        return builder.Finish(Returned(body(builder.FeatureOf(builder.Count - 1)), caller));
    }

    private static Feature Returned(Feature? feature, string caller) =>
        feature ?? throw new ShapeException(
            $"The function given to Network.{caller} returned null. Return the last layer, as in x => x.Relu().");

    private Layer EndOfBody()
    {
        var hasWeights = false;
        var layer = Layers[^1];
        // A scale and a shift of each number are constants beside the way.
        for (; layer.Inputs.Count(input => Layers[input].Op is not Constant) == 1;
            layer = Layers[layer.Inputs.First(input => Layers[input].Op is not Constant)])
        {
            if (layer.Parameters.Count > 0) hasWeights = true;
            else if (hasWeights && layer.Output.IsVector && (layer.Op is Flatten || layer.Op!.Reach(layer.InputShapes).IsGlobal))
                return layer;
        }
        var classifier = Layers.LastOrDefault(one => one.Parameters.Count > 0 && one.Inputs is [> 0, ..]);
        var last = classifier is null ? Layers[^1] : Layers[classifier.Inputs[0]];
        var head = last.Output.IsVector ? "x.Linear(10)" : "x.GlobalAveragePool().Linear(10)";
        var met = layer.Inputs.Count > 1 ? $"joins {layer.Inputs.Count} others" : "is where it begins";
        throw new UsageException(
            $"The network does not say where its body ends: from the output back to '{layer.Name}', which {met}, "
            + "no global pooling and no Flatten has layers with weights behind it. "
            + $"Name the last layer of the body, as in WithHead(x => {head}, \"{last.Name}\").");
    }
}
