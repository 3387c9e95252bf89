using FeatureMap.Descriptions;
using FeatureMap.Networks;
using FeatureMap.Ops;

namespace FeatureMap.Interchange;

/// <summary>One reading of one network's text: lines become layers.</summary>
internal sealed class NetworkTextReading(string source)
{
    private readonly Dictionary<string, Feature> features = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> lineOf = new(StringComparer.Ordinal);
    private readonly HashSet<string> read = new(StringComparer.Ordinal);

    /// <summary>For the name of each layer the number of its line.</summary>
    public IReadOnlyDictionary<string, int> Lines => lineOf;

    public Network Network(IReadOnlyList<NetworkTextLine> lines)
    {
        if (lines.Count == 0)
            throw Whole("the text is empty; it begins with the shape of an image, such as 'input: 1x28x28' (channels x height x width)");
        if (lines.Count - 1 > NetworkFile.MaximumLayers)
            throw Whole($"there are {lines.Count - 1:N0} layers; at most {NetworkFile.MaximumLayers:N0} are read");
        var builder = Begin(lines[0]);
        builder.Reserve(lines.Skip(1).Select(line => line.Name).OfType<string>());
        var last = builder.FeatureOf(0);
        foreach (var line in lines.Skip(1))
            last = Layer(builder, line, last, lines);
        foreach (var (name, feature) in features)
            if (name != "input" && !read.Contains(name) && feature != last)
                throw Wrong(lineOf[name], name, $"nothing reads '{name}', and it is not the last one, which is the network's output; "
                    + "remove it, or let a later layer read it");
        return builder.Finish(last);
    }

    /// <summary>What is wrong with one line whatever stands around it: its op or a setting; null for nothing.</summary>
    public NetworkTextProblem? Fault(NetworkTextLine line)
    {
        try
        {
            _ = Made(line);
            return null;
        }
        catch (NetworkTextException fault)
        {
            return fault.Problem;
        }
    }

    private NetworkBuilder Begin(NetworkTextLine line)
    {
        const string expected =
            "the first line is the shape of an image, such as 'input: 1x28x28' (channels x height x width) or 'input: 10' "
            + "for a vector";
        if (line.Name != "input" || line.Inputs is not null || line.Settings.Count > 0)
            throw Wrong(line.Number, null, $"{expected}: received '{Shown(line.Name is null ? line.Word : $"{line.Name}: {line.Word}")}'");
        var shape = NetworkTextLine.ValueOf(line.Word) switch
        {
            int[] { Length: 3 } sizes => sizes,
            int channels => [channels, 1, 1],
            _ => [],
        };
        if (shape is not [>= 1, >= 1, >= 1]) throw Wrong(line.Number, null, $"{expected}: received '{Shown(line.Word)}'");
        try
        {
            var input = new Shape(shape[0], shape[1], shape[2]);
            NetworkFile.CheckInput(input, source);
            var builder = new NetworkBuilder(input);
            features["input"] = builder.FeatureOf(0);
            return builder;
        }
        catch (FeatureMapException error)
        {
            throw new NetworkTextException(new(line.Number, $"{source}, line {line.Number}, input: {error.Message}"));
        }
    }

    private Feature Layer(NetworkBuilder builder, NetworkTextLine line, Feature before, IReadOnlyList<NetworkTextLine> all)
    {
        if (line.Name is { } taken && features.ContainsKey(taken))
            throw Wrong(line.Number, taken, taken == "input" ? "the name 'input' is that of the network's input; choose another one"
                : $"the name is taken by line {lineOf[taken]}; names must be unique, because weights are stored under them");
        var op = Made(line);
        var inputs = Inputs(line, op, before, all);
        try
        {
            var feature = builder.Add(op, line.Name, inputs);
            var name = builder.NameOf(feature.Index);
            (features[name], lineOf[name]) = (feature, line.Number);
            return feature;
        }
        catch (FeatureMapException error) when (error is ShapeException or UsageException)
        {
            throw new NetworkTextException(new(line.Number, $"{source}, line {line.Number}: {error.Message}"));
        }
    }

    private Op Made(NetworkTextLine line)
    {
        var entry = NetworkFile.FindOp(line.Word);
        if (entry is null)
            throw Wrong(line.Number, line.Name, $"there is no op '{Shown(line.Word)}'",
                NearestName.Suggest(line.Word, NetworkFile.OpNames));
        var op = entry.Type.Name;
        var given = line.Settings.ToDictionary(setting => setting.Key, setting => setting.Value);
        foreach (var (key, value) in line.Settings)
            given[key] = UsualSettings.Fitted(op, key, value, given);
        try
        {
            var reader = new OpSettings(op, UsualSettings.Complete(op, given));
            var made = entry.FromSettings(reader);
            reader.Finish();
            return made;
        }
        catch (FeatureMapException error)
        {
            var place = line.Name is null ? "" : $" '{Shown(line.Name)}'";
            throw new NetworkTextException(new(line.Number, $"{source}, line {line.Number}{place}: {error.Message}"));
        }
    }

    private Feature[] Inputs(NetworkTextLine line, Op op, Feature before, IReadOnlyList<NetworkTextLine> all)
    {
        if (line.Inputs is null)
        {
            if (op.InputCount is 1) read.Add(before.Builder.NameOf(before.Index));
            return op.InputCount switch
            {
                0 => [],
                1 => [before],
                _ => throw Wrong(line.Number, line.Name,
                    $"{op.Name} reads {(op.InputCount < 0 ? "two or more" : $"{op.InputCount}")} layers: "
                    + $"name them in brackets, as in {line.Name ?? op.LayerName}: {op.Name}({before.Builder.NameOf(before.Index)}, ...)"),
            };
        }
        var found = new List<Feature>();
        foreach (var input in line.Inputs)
        {
            if (!features.TryGetValue(input, out var feature)) throw Missing(line, input, all);
            read.Add(input);
            found.Add(feature);
        }
        return [.. found];
    }

    private NetworkTextException Missing(NetworkTextLine line, string input, IReadOnlyList<NetworkTextLine> all)
    {
        if (input == line.Name)
            return Wrong(line.Number, line.Name, "it reads itself; a network has no cycles, so a layer reads only layers before it");
        return all.FirstOrDefault(other => other.Name == input) is { } later
            ? Wrong(line.Number, line.Name,
                $"it reads '{Shown(input)}', which comes later, in line {later.Number}; a network has no cycles, "
                + "so a layer reads only layers before it")
            : Wrong(line.Number, line.Name, $"it reads '{Shown(input)}', and there is no such layer",
                NearestName.Suggest(input, features.Keys));
    }

    private NetworkTextException Wrong(int line, string? name, string what, string hint = "") =>
        new(new(line, $"{source}, line {line}{(name is null ? "" : $" '{Shown(name)}'")}: {what}.{hint}"));

    private NetworkTextException Whole(string what) => new(new(0, $"{source}: {what}."));

    private static string Shown(string text) => ValueKind.Shortened(text);
}
