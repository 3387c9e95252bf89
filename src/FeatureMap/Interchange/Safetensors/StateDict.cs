using FeatureMap.Networks;
using FeatureMap.Ops;

namespace FeatureMap.Interchange;

/// <summary>What PyTorch calls the layers of a network.</summary>
/// <param name="Module">The name of a layer's module there, such as <c>layer1.0.conv1</c>; asked for layers that have parameters. Of a
/// learned parameter by itself, which no module has there, the name of the tensor, such as <c>features.1.0.layer_scale</c>.</param>
public sealed record StateDictNames(Func<Network, Layer, string> Module)
{
    /// <summary>Brings a name of the file into the form that <see cref="Module"/> gives, where there are several; by default it stays as it is.</summary>
    public Func<string, string> Canonical { get; init; } = name => name;

    /// <summary>Whether a tensor is left out because the network has no use for it, such as the auxiliary heads of training; none by default.</summary>
    public Func<string, bool> IsIgnored { get; init; } = _ => false;
}

/// <summary>
/// The weights of a PyTorch model (its state dict), from a file of <c>torch.save</c> (<c>.pth</c>, <c>.pt</c>, <c>.th</c>, <c>.bin</c>,
/// <c>.ckpt</c>: the bytes decide, not the ending) or a safetensors file. A file of <c>torch.save</c> is a pickle, which is a program; it
/// is read and never executed, and one that needs more than dictionaries and tensors is refused by name. Layouts are the same here and there:
/// convolutions are outputs x inputs / groups x height x width, dense layers outputs x inputs; only the names differ. Dimensions of 1 at
/// the end do not count: a dense layer and a 1x1 convolution have the same weights. Written in Python by
/// <c>torch.save(model.state_dict(), "resnet18.pth")</c> or
/// <c>safetensors.torch.save_file(model.state_dict(), "resnet18.safetensors")</c>. The counters <c>num_batches_tracked</c> of
/// batch normalisation and <c>n_averaged</c> of an average of weights are not needed. What training wraps
/// around a model is dropped from the front of names, in any order and as often as it stands there: <c>module.</c>, <c>model.</c> and
/// <c>_orig_mod.</c>, the last one within names too.
///</summary>
public sealed class StateDict
{
    private const string Counter = "num_batches_tracked", Averaged = "n_averaged", Compiled = "_orig_mod.";

    // Parallel training and averages of weights, torch.compile, Lightning.
    private static readonly string[] Wrappers = ["module.", Compiled, "model."];

    private StateDict(IReadOnlyList<SafetensorsEntry> tensors, string source, string? part = null) =>
        (Tensors, Source, Part) = (tensors, part is null ? source : $"{source} (its entry '{TorchContent.Shown(part)}')", part);

    /// <summary>All tensors of the state dict, with their names in the file.</summary>
    public IReadOnlyList<SafetensorsEntry> Tensors { get; }

    /// <summary>The name of the file, and the entry of it that the tensors are of where they do not stand at its top.</summary>
    public string Source { get; }

    /// <summary>The entry of the file that the tensors are of, such as <c>state_dict</c>; null where they stand at its top.</summary>
    public string? Part { get; }

    /// <summary>Reads a file.</summary>
    /// <param name="path">A file of <c>torch.save</c> or a safetensors file.</param>
    /// <param name="part">The entry of a file of <c>torch.save</c> that holds the weights, empty for its top. Null takes the only
    /// dictionary of tensors that there is, or the only one called <c>state_dict</c>, <c>model_state_dict</c>, <c>model</c> or <c>net</c>.</param>
    /// <exception cref="DataException">The file is missing or broken, holds more than weights, or has several dictionaries of
    /// tensors.</exception>
    public static StateDict Read(string path, string? part = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var source = Path.GetFileName(path);
        return StreamContent.OfFile(path, source, stream => ReadSeekable(stream, source, part));
    }

    /// <summary>Reads a file from a stream, with the same checks.</summary>
    /// <param name="stream">Read from its position to its end; it stays open. One that cannot seek is copied into memory, 2 GB
    /// at most.</param>
    /// <param name="source">What error messages call it.</param>
    /// <param name="part">The entry that holds the weights, as for a file.</param>
    /// <exception cref="DataException">The content is broken or no state dict, or the stream fails.</exception>
    public static StateDict Read(Stream stream, string source = "the stream", string? part = null)
    {
        ArgumentNullException.ThrowIfNull(stream);
        try
        {
            if (stream.CanSeek) return ReadSeekable(stream, source, part);
            var (content, read) = (Array.Empty<byte>(), 0);
            StreamContent.Fill(stream, ref content, ref read, TorchFile.HeadLength);
            if (!TorchFile.Is(content.AsSpan(0, read)))
            {
                CheckHead(content.AsSpan(0, read), source, part);
                return new StateDict(SafetensorsFile.ReadForward(stream, source, content, read).Tensors, source);
            }
            if (StreamContent.Fill(stream, ref content, ref read, Array.MaxLength))
                throw new DataException($"{source} has {Array.MaxLength:N0} bytes or more, and of a stream that cannot seek fewer are read. "
                    + "Save it to a file first.");
            using var copy = new MemoryStream(content, 0, read, writable: false);
            return ReadSeekable(copy, source, part);
        }
        catch (IOException error)
        {
            throw StreamContent.Failed(source, error);
        }
    }

    private static StateDict ReadSeekable(Stream stream, string source, string? part)
    {
        var head = new byte[TorchFile.HeadLength];
        var read = stream.ReadAtLeast(head, head.Length, throwOnEndOfStream: false);
        stream.Position -= read;
        if (!TorchFile.Is(head.AsSpan(0, read)))
        {
            CheckHead(head.AsSpan(0, read), source, part);
            return new StateDict(SafetensorsFile.ReadSeekable(stream, source).Tensors, source);
        }
        var (tensors, chosen) = TorchFile.Read(stream, source, part);
        return new StateDict(tensors, source, chosen);
    }

    /// <summary>What is neither of the two formats is mostly the page of a server, or a pointer of Git LFS, in place of the file.</summary>
    private static void CheckHead(ReadOnlySpan<byte> head, string source, string? part)
    {
        if (head.Length > 8 && head[8] != (byte)'{' && head[7] != 0)
            throw new DataException($"{source} is neither a file of torch.save nor a safetensors file: it begins with the bytes "
                + $"{Convert.ToHexString(head)}. Where a page or a pointer was saved in place of the weights, download them again.");
        if (!string.IsNullOrEmpty(part))
            throw new DataException($"{source} is a safetensors file, which has no entry '{TorchContent.Shown(part)}': its tensors "
                + "stand at the top. Leave part out.");
    }

    /// <summary>The dimensions of the weight of a layer; null where the file does not have it.</summary>
    /// <exception cref="DataException">Two tensors have one name.</exception>
    public IReadOnlyList<int>? WeightDimensions(Network network, Layer layer, StateDictNames names)
    {
        ArgumentNullException.ThrowIfNull(names);
        return Named(names).TryGetValue($"{names.Module(network, layer)}.weight", out var tensor) ? tensor.Dimensions : null;
    }

    /// <summary>Whether the file has a tensor for every parameter of the network and no others, whatever their sizes.</summary>
    /// <exception cref="DataException">Two tensors have one name.</exception>
    public bool HasNamesOf(Network network, StateDictNames names)
    {
        ArgumentNullException.ThrowIfNull(network);
        var fit = TensorFit.Of(Expected(network, names), Named(names), onlySingles: false);
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
        var tensors = Named(names);
        var expected = Expected(network, names);
        var head = Head(network);
        if (withFreshHead)
        {
            var module = names.Module(network, head) + ".";
            expected = [.. expected.Where(parameter => !parameter.Name.StartsWith(module, StringComparison.Ordinal))];
            tensors = tensors.Where(tensor => !tensor.Key.StartsWith(module, StringComparison.Ordinal)).ToDictionary(StringComparer.Ordinal);
        }
        var fit = TensorFit.Of(expected, tensors, onlySingles: false, ignoresLastOnes: true);
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

    // A parameter by itself is no module there: its own name is all.
    private static string Name(Network network, Layer layer, string parameter, StateDictNames names) =>
        layer.Op is LearnedParameter ? names.Module(network, layer) : $"{names.Module(network, layer)}.{parameter}";

    private Dictionary<string, SafetensorsEntry> Named(StateDictNames names)
    {
        var tensors = new Dictionary<string, SafetensorsEntry>(StringComparer.Ordinal);
        foreach (var tensor in Tensors)
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
