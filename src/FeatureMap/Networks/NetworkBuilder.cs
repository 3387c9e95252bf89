using FeatureMap.Ops;

namespace FeatureMap.Networks;

/// <summary>Collects layers while a network is being built, or while a loss is being built behind one.</summary>
internal sealed class NetworkBuilder
{
    /// <summary>The most characters of a layer's name; files read as many.</summary>
    public const int LongestName = 1_000;

    private readonly List<Layer> layers = [];
    private readonly Dictionary<string, int> places = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> counts = [];
    private readonly HashSet<string> reserved = new(StringComparer.Ordinal);
    private string prefix = "";

    // Layers below this number stay, whether the output needs them or not.
    private readonly int kept = 1;

    public NetworkBuilder(Shape input) => AddInput("input", input);

    /// <summary>Goes on behind a finished network; all of its layers stay unless told otherwise, and the names of new ones begin with the prefix.</summary>
    public NetworkBuilder(Network network, string prefix, bool keepsAll = true)
    {
        foreach (var layer in network.Layers)
            Keep(layer);
        if (keepsAll) kept = layers.Count;
        this.prefix = prefix;
    }

    public IEnumerable<string> Names => layers.Select(layer => layer.Name);

    public Shape ShapeOf(int layer) => layers[layer].Output;

    public Layer LayerAt(int layer) => layers[layer];

    public string NameOf(int layer) => layers[layer].Name;

    public Feature FeatureOf(int layer) => new(this, layer);

    /// <summary>The layer of this name; null where there is none.</summary>
    public Feature? Find(string name) => places.TryGetValue(name, out var layer) ? FeatureOf(layer) : null;

    /// <summary>A layer without op: whoever runs the network fills it.</summary>
    public Feature AddInput(string name, Shape shape)
    {
        Keep(new Layer(layers.Count, prefix + name, null, [], [], shape, []));
        return FeatureOf(layers.Count - 1);
    }

    /// <summary>How many layers there are, the inputs among them.</summary>
    public int Count => layers.Count;

    /// <summary>Takes the newest layers off again: what was tried and did not fit.</summary>
    public void CutTo(int count)
    {
        foreach (var layer in layers.Skip(count))
            places.Remove(layer.Name);
        layers.RemoveRange(count, layers.Count - count);
    }

    public Feature Add(Op op, string? name, params ReadOnlySpan<Feature> inputs)
    {
        var index = layers.Count;
        name = name is null ? AutomaticName(op) : prefix + name;
        var where = $"Layer '{name}' ({op}, layer {index}{(inputs.Length > 0 ? $", after '{layers[inputs[0].Index].Name}'" : "")})";
        CheckName(name, where);
        foreach (var input in inputs)
            if (input.Builder != this)
                throw new ShapeException($"{where} reads a layer of another network. All layers of a network come from the one input that Network.Build hands to its function.");
        var indices = new int[inputs.Length];
        var shapes = new Shape[inputs.Length];
        for (var i = 0; i < inputs.Length; i++)
            (indices[i], shapes[i]) = (inputs[i].Index, layers[inputs[i].Index].Output);
        if (op.InputCount >= 0 ? inputs.Length != op.InputCount : inputs.Length < 2)
            throw new ShapeException($"{where} takes {Expected(op.InputCount)}: received {inputs.Length}.");
        try
        {
            var output = op.OutputShape(shapes);
            Keep(new Layer(index, name, op, indices, shapes, output, op.Parameters(shapes)));
        }
        catch (ShapeException error) when (shapes.Length > 0)
        {
            throw new ShapeException($"{where} cannot take {string.Join(" and ", shapes)}: {error.Message}", error);
        }
        return FeatureOf(index);
    }

    /// <summary>Names of layers that are added inside begin with the name and a slash.</summary>
    public Feature Scope(string name, Func<Feature, Feature> body, Feature input)
    {
        var outer = prefix;
        prefix = $"{outer}{name}/";
        try
        {
            return body(input);
        }
        finally
        {
            prefix = outer;
        }
    }

    /// <summary>
    /// Keeps automatic names off those of a network that is being rewritten: what is new is never called like something that was there.
    /// </summary>
    public NetworkBuilder Reserve(Network network) => Reserve(network.Layers.Select(layer => layer.Name));

    /// <summary>The same for names that are known to come.</summary>
    public NetworkBuilder Reserve(IEnumerable<string> names)
    {
        reserved.UnionWith(names);
        return this;
    }

    /// <summary>
    /// Writes the layers of a network behind a feature; see <see cref="Network.Rewrite"/>. Further inputs of the network are inputs here
    /// too.
    /// </summary>
    public Feature Write(Network network, Feature input, Func<Layer, IReadOnlyList<Feature>, Feature?>? write = null)
    {
        var features = new Feature[network.Layers.Count];
        features[0] = input;
        foreach (var layer in network.Layers.Skip(1))
        {
            Feature[] inputs = [.. layer.Inputs.Select(read => features[read])];
            features[layer.Index] = layer.Op is not { } op ? AddInput(layer.Name, layer.Output)
                : write?.Invoke(layer, inputs) ?? Add(op, layer.Name, inputs);
            if (features[layer.Index].Builder != this)
                throw new ShapeException(
                    $"What was written for layer '{layer.Name}' ({layer.Op}, layer {layer.Index}) is a layer of another network. "
                    + "Write it with the inputs that the function is given.");
        }
        return features[^1];
    }

    /// <summary>Writes the layers of a network behind a feature as they are, each name below the current scope.</summary>
    public Feature Include(Network network, Feature input)
    {
        if (network.Layers.Skip(1).FirstOrDefault(layer => places.ContainsKey(prefix + layer.Name)) is { } taken)
            throw new UsageException(
                $"There is a layer '{prefix}{taken.Name}' already, and the network brings another. "
                + "Give the network's layers a common name, as in x.Then(network, \"backbone\"), or the one that is there another name.");
        return Write(network, input);
    }

    /// <summary>Keeps what the output needs, in order, and closes the graph.</summary>
    public Network Finish(Feature output)
    {
        if (output.Builder != this)
            throw new ShapeException("The function given to Network.Build returned a layer of another network.");
        var needed = new bool[layers.Count];
        needed.AsSpan(0, kept).Fill(true);
        needed[output.Index] = true;
        for (var i = output.Index; i > 0; i--)
            if (needed[i])
                foreach (var input in layers[i].Inputs)
                    needed[input] = true;
        var numbers = new int[layers.Count];
        var chosen = new List<Layer>();
        foreach (var layer in layers.Where(layer => needed[layer.Index]))
        {
            numbers[layer.Index] = chosen.Count;
            chosen.Add(new Layer(chosen.Count, layer.Name, layer.Op, [.. layer.Inputs.Select(i => numbers[i])], layer.InputShapes, layer.Output, layer.Parameters));
        }
        return new Network(chosen);
    }

    private void Keep(Layer layer)
    {
        places.TryAdd(layer.Name, layers.Count);
        layers.Add(layer);
    }

    private static string Expected(int count) => count switch
    {
        < 0 => "two or more inputs",
        0 => "no inputs",
        1 => "1 input",
        _ => $"{count} inputs",
    };

    private void CheckName(string name, string where)
    {
        if (name.Length == 0 || name.Any(c => !(char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.' or '/')))
            throw new UsageException($"{where}: a layer name has letters, digits, '_', '-', '.' and '/': received '{name}'.");
        if (name.Length > LongestName)
            throw new UsageException($"The name of a layer has {name.Length:N0} characters, and at most {LongestName:N0} are possible: "
                + $"'{name[..40]}...'. Give shorter names to layers and scopes.");
        if (places.TryGetValue(name, out var taken))
            throw new UsageException($"{where}: the name '{name}' is taken by layer {taken}. Names must be unique, because weights are "
                + "stored under them.");
    }

    private string AutomaticName(Op op)
    {
        string name, stem = op.LayerName;
        do
        {
            var number = counts[prefix + stem] = counts.GetValueOrDefault(prefix + stem) + 1;
            name = $"{prefix}{stem}{number}";
        }
        while (places.ContainsKey(name) || reserved.Contains(name));
        return name;
    }
}
