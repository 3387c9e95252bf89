using FeatureMap.Networks;
using FeatureMap.Ops;

namespace FeatureMap.Interchange;

/// <summary>What PyTorch calls the layers of a network.</summary>
/// <param name="Module">The name of a layer's module there, such as <c>layer1.0.conv1</c>; asked for layers that have parameters.</param>
public sealed record StateDictNames(Func<Network, Layer, string> Module)
{
    /// <summary>Brings a name of the file into the form that <see cref="Module"/> gives, where there are several; by default it stays as it is.</summary>
    public Func<string, string> Canonical { get; init; } = name => name;

    /// <summary>Whether a tensor is left out because the network has no use for it, such as the auxiliary heads of training; none by default.</summary>
    public Func<string, bool> IsIgnored { get; init; } = _ => false;
}

/// <summary>
/// The weights of a PyTorch model (its state dict) as a safetensors file. Layouts are the same here and there: convolutions are outputs x inputs / groups x height x width, dense
/// layers outputs x inputs; only the names differ. Written in Python by <c>safetensors.torch.save_file(model.state_dict(), "resnet18.safetensors")</c>. The counters
/// <c>num_batches_tracked</c> of batch normalisation and <c>n_averaged</c> of an average of weights are not needed. What training wraps
/// around a model is dropped from the front of names, in any order and as often as it stands there: <c>module.</c>, <c>model.</c> and
/// <c>_orig_mod.</c>, the last one within names too.
/// </summary>
public sealed class StateDict
{
    private const string Counter = "num_batches_tracked", Averaged = "n_averaged", Compiled = "_orig_mod.";

    // Parallel training and averages of weights, torch.compile, Lightning.
    private static readonly string[] Wrappers = ["module.", Compiled, "model."];

    private readonly SafetensorsFile file;

    private StateDict(SafetensorsFile file, string source) => (this.file, Source) = (file, source);

    /// <summary>The name of the file.</summary>
    public string Source { get; }

    /// <summary>Reads a file.</summary>
    /// <exception cref="DataException">The file is missing, broken, or written by pickle.</exception>
    public static StateDict Read(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var source = Path.GetFileName(path);
        if (Path.GetExtension(path).ToUpperInvariant() is ".PTH" or ".PT" or ".BIN" or ".CKPT" or ".PKL")
            throw new DataException($"{source} is a file of PyTorch's pickle, which is a program and not data, so it is not opened. Convert it in Python: safetensors.torch.save_file(torch.load(\"{source}\"), \"{Path.ChangeExtension(source, ".safetensors")}\").");
        return new StateDict(SafetensorsFile.Read(path), source);
    }

    /// <summary>Reads a file from a stream, with the same checks.</summary>
    /// <param name="stream">Read from its position to its end; it stays open, and need not be able to seek.</param>
    /// <param name="source">What error messages call it.</param>
    /// <exception cref="DataException">The content is broken or no safetensors file, or the stream fails.</exception>
    public static StateDict Read(Stream stream, string source = "the stream") => new(SafetensorsFile.Read(stream, source), source);

    /// <summary>The dimensions of the weight of a layer; null where the file does not have it.</summary>
    /// <exception cref="DataException">Two tensors have one name.</exception>
    public IReadOnlyList<int>? WeightDimensions(Network network, Layer layer, StateDictNames names)
    {
        ArgumentNullException.ThrowIfNull(names);
        return Tensors(names).TryGetValue($"{names.Module(network, layer)}.weight", out var tensor) ? tensor.Dimensions : null;
    }

    /// <summary>Whether the file has a tensor for every parameter of the network and no others, whatever their sizes.</summary>
    /// <exception cref="DataException">Two tensors have one name.</exception>
    public bool HasNamesOf(Network network, StateDictNames names)
    {
        ArgumentNullException.ThrowIfNull(network);
        var fit = TensorFit.Of(Expected(network, names), Tensors(names), onlySingles: false);
        return fit.Missing.Count + fit.Unknown.Count == 0;
    }

    /// <summary>The weights of a network from this file: all of them, or none and an error.</summary>
    /// <param name="network">What the weights are for.</param>
    /// <param name="names">What its layers are called in the file.</param>
    /// <param name="withFreshHead">Whether the last layer that has weights starts anew, whatever the file has for it: to go on with other classes.</param>
    /// <param name="seed">For the last layer that starts anew.</param>
    /// <exception cref="DataException">The file is of another network; the message lists the names that do not fit.</exception>
    public Weights ToWeights(Network network, StateDictNames names, bool withFreshHead = false, ulong seed = 0)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(names);
        var tensors = Tensors(names);
        var expected = Expected(network, names);
        var head = Head(network);
        if (withFreshHead)
        {
            var module = names.Module(network, head) + ".";
            expected = [.. expected.Where(parameter => !parameter.Name.StartsWith(module, StringComparison.Ordinal))];
            tensors = tensors.Where(tensor => !tensor.Key.StartsWith(module, StringComparison.Ordinal)).ToDictionary(StringComparer.Ordinal);
        }
        var fit = TensorFit.Of(expected, tensors, onlySingles: false);
        if (!fit.IsComplete)
            throw new DataException($"{Source} does not fit the network ({network}).{fit} Nothing was loaded.{Advice(network, names, fit, tensors)}");
        var weights = withFreshHead ? Weights.Initialize(network, seed) : Weights.Blank(network);
        foreach (var parameter in weights.Parameters)
            if (!(withFreshHead && parameter.Layer == head.Index))
                tensors[Name(network, network.Layers[parameter.Layer], parameter.Definition.Name, names)].ToSingles().CopyTo(parameter.Values);
        return weights;
    }

    /// <summary>The last layer that has weights: the classifier.</summary>
    public static Layer Head(Network network)
    {
        ArgumentNullException.ThrowIfNull(network);
        return network.Layers.LastOrDefault(layer => layer.Parameters.Count > 0)
            ?? throw new UsageException($"The network ({network}) has no weights, so there is nothing to load.");
    }

    /// <summary>What to do where only the last layer differs, or only the first.</summary>
    private static string Advice(Network network, StateDictNames names, TensorFit fit, Dictionary<string, SafetensorsEntry> tensors)
    {
        if (fit.Missing.Count + fit.Unknown.Count > 0) return "";
        var (first, last) = (network.Layers.First(layer => layer.Parameters.Count > 0), Head(network));
        if (IsOnly(last))
            return " Only the last layer differs, as it is for another number of classes. To train on from the rest, have that layer "
                + "start anew: withFreshHead: true.";
        return IsOnly(first) && first.Op is Convolution && tensors[Name(network, first, "weight", names)].Dimensions is [_, var channels, ..]
            ? $" It reads images of {channels} channels, and this network is built for {network.Input.Channels}: give it such images "
            + "(ImageColours.Colour makes three of one)."
            : "";

        bool IsOnly(Layer layer) => fit.Wrong.All(wrong => wrong.StartsWith(names.Module(network, layer) + ".", StringComparison.Ordinal));
    }

    private static List<(string Name, IReadOnlyList<int> Dimensions)> Expected(Network network, StateDictNames names) =>
        [.. network.Layers.SelectMany(layer => layer.Parameters.Select(parameter => (Name(network, layer, parameter.Name, names), parameter.Dimensions)))];

    private static string Name(Network network, Layer layer, string parameter, StateDictNames names) => $"{names.Module(network, layer)}.{parameter}";

    private Dictionary<string, SafetensorsEntry> Tensors(StateDictNames names)
    {
        var tensors = new Dictionary<string, SafetensorsEntry>(StringComparer.Ordinal);
        foreach (var tensor in file.Tensors)
        {
            var name = names.Canonical(Unwrapped(tensor.Name));
            if (name.EndsWith(Counter, StringComparison.Ordinal) || name == Averaged || names.IsIgnored(name)) continue;
            if (!tensors.TryAdd(name, tensor))
                throw new DataException($"{Source} has two tensors for {TensorFit.Shown(name)}: {TensorFit.Shown(tensors[name].Name)} and {TensorFit.Shown(tensor.Name)}. Keep one of them.");
        }
        return tensors;
    }

    private static string Unwrapped(string name)
    {
        while (Array.Find(Wrappers, prefix => name.StartsWith(prefix, StringComparison.Ordinal)) is { } prefix)
            name = name[prefix.Length..];
        return name.Replace($".{Compiled}", ".", StringComparison.Ordinal);
    }
}
