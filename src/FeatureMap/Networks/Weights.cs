using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using FeatureMap.Lanes;
using FeatureMap.Ops;
using FeatureMap.Randomness;

namespace FeatureMap.Networks;

/// <summary>The numbers of a network: trainable parameters and running statistics, by name (<c>conv1.weight</c>). Mutable; a network itself has none.</summary>
public sealed class Weights
{
    private readonly Dictionary<string, Parameter> byName = [];

    private Weights(Network network, Weights? source = null)
    {
        Network = network;
        var parameters = new List<Parameter>();
        foreach (var layer in network.Layers)
            foreach (var definition in layer.Parameters)
            {
                var name = $"{layer.Name}.{definition.Name}";
                var shared = source?.byName.GetValueOrDefault(name);
                if (shared is not null && !shared.Dimensions.SequenceEqual(definition.Dimensions))
                    throw new ShapeException($"{name} cannot be shared: it is {NumberRow.Join(" x ", shared.Dimensions)} there and "
                        + $"{NumberRow.Join(" x ", definition.Dimensions)} here.");
                parameters.Add(new Parameter(name, layer.Index, definition, shared?.Buffer));
            }
        Parameters = parameters;
        foreach (var parameter in parameters)
            byName[parameter.Name] = parameter;
    }

    /// <summary>The network that they belong to.</summary>
    public Network Network { get; }

    /// <summary>All parameters in the order of the layers.</summary>
    public IReadOnlyList<Parameter> Parameters { get; }

    /// <summary>The parameter of this name.</summary>
    /// <exception cref="UsageException">There is none.</exception>
    public Parameter this[string name] => byName.TryGetValue(name, out var parameter)
        ? parameter
        : throw new UsageException($"There is no parameter '{name}'.{NearestName.Suggest(name, byName.Keys)}");

    internal bool Has(string name) => byName.ContainsKey(name);

    /// <summary>Fresh weights from each parameter's initialiser: the same bits for the same seed, on any machine.</summary>
    /// <param name="network">What the weights are for.</param>
    /// <param name="seed">Another seed, other weights.</param>
    /// <param name="initializer">Takes the place of each layer's own for what weight decay pulls on (weights, not biases and scales): to compare initialisers.</param>
    public static Weights Initialize(Network network, ulong seed, Initializer? initializer = null)
    {
        ArgumentNullException.ThrowIfNull(network);
        return Extend(null, network, seed, initializer);
    }

    /// <summary>The same for a network that goes on where another ends: parameters of the same name are the other's own numbers.</summary>
    internal static Weights Extend(Weights? source, Network network, ulong seed, Initializer? initializer = null)
    {
        var weights = new Weights(network, source);
        for (var i = 0; i < weights.Parameters.Count; i++)
        {
            if (source is not null && source.byName.ContainsKey(weights.Parameters[i].Name)) continue;
            var random = new RandomSequence(seed, RandomPurpose.Initialization, 0, (uint)i);
            var parameter = weights.Parameters[i];
            var start = initializer is not null && parameter.Definition.Decays ? initializer : parameter.Definition.Initializer;
            start.Fill(parameter.Definition, parameter.Values, ref random);
        }
        foreach (var own in weights.Parameters.GroupBy(parameter => parameter.Layer))
        {
            if (source is not null && own.All(parameter => source.byName.ContainsKey(parameter.Name))) continue; // trained: not a start any more
            var layer = network.Layers[own.Key];
            layer.Op!.CompleteInitialization(layer.InputShapes, [.. own.Select(parameter => new ParameterSlot(parameter.Definition, parameter.Buffer, null))]);
        }
        return weights;
    }

    /// <summary>
    /// The same numbers, not copied, as weights of a network that was made of this one: parameters of the same name are one.
    /// </summary>
    internal Weights ShareWith(Network network) => new(network, this);

    /// <summary>Weights that are all 0, to be filled from a file.</summary>
    internal static Weights Blank(Network network) => new(network);

    /// <summary>
    /// Weights of a network that was made of this one's by <see cref="Network.Rewrite"/> and its kin: numbers go over by name, and
    /// nothing is left at 0 unsaid.
    /// </summary>
    /// <param name="rewritten">
    /// What the new weights are for. For layers that have to learn first, begin with <see cref="Initialize"/> and <see cref="TakeFrom"/>.
    /// </param>
    /// <param name="write">
    /// Asked about each new parameter first, which is all 0 then: returns whether it filled it, for layers that compute the same by other
    /// numbers. Where null or false, the numbers are those of the parameter here that has its name.
    /// </param>
    /// <returns>New weights; these are not changed.</returns>
    /// <exception cref="ShapeException">
    /// A parameter was not filled, and there is none here of its name and sizes; the message lists which.
    /// </exception>
    public Weights Derive(Network rewritten, Func<Parameter, bool>? write = null)
    {
        ArgumentNullException.ThrowIfNull(rewritten);
        var weights = Blank(rewritten);
        var rest = weights.Parameters.Where(parameter => write?.Invoke(parameter) != true).ToList();
        Refuse(
            "The weights do not fit the network that was made of theirs", Misfits(rest),
            "Let new layers start afresh (Weights.Initialize, then TakeFrom with partially: true), "
            + "or fill them by the second argument of Derive.");
        foreach (var parameter in rest)
            byName[parameter.Name].Values.CopyTo(parameter.Values);
        return weights;
    }

    /// <summary>Takes over the numbers of a network that was used inside this one: <c>x.Then(network, scope)</c>.</summary>
    /// <param name="scope">
    /// The common name that the network's layers have here, with those of the scopes around it: <c>backbone</c> or <c>eyes/left</c>.
    /// </param>
    /// <param name="source">Where they come from; copied.</param>
    /// <exception cref="ShapeException">Something of the source is not here, or in other sizes; the message lists what.</exception>
    public void TakeUnder(string scope, Weights source)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentException.ThrowIfNullOrEmpty(scope);
        Refuse(
            $"No network of these weights stands under '{scope}'", Misfits(source.Parameters, $"{scope}/"),
            "Give the name that x.Then(network, scope) was called with.");
        foreach (var parameter in source.Parameters)
            parameter.Values.CopyTo(byName[$"{scope}/{parameter.Name}"].Values);
    }

    /// <summary>Takes over the numbers of all parameters that both have under the same name, such as those of a trained backbone.</summary>
    /// <param name="source">Where they come from; copied.</param>
    /// <param name="partially">Whether parameters that the source does not have, or has in other sizes, may stay as they are.</param>
    /// <returns>Names of this network's parameters that were not taken over.</returns>
    /// <exception cref="ShapeException">Something does not fit, and <paramref name="partially"/> is false; the message lists what.</exception>
    public IReadOnlyList<string> TakeFrom(Weights source, bool partially = false)
    {
        ArgumentNullException.ThrowIfNull(source);
        var misfits = source.Misfits(Parameters);
        if (!partially)
            Refuse(
                "The weights belong to another network", misfits,
                "To take over only what fits, call TakeFrom(source, partially: true) on fresh weights.");
        foreach (var parameter in Parameters.Except(misfits.Select(one => one.Parameter)))
            source.byName[parameter.Name].Values.CopyTo(parameter.Values);
        return misfits.ConvertAll(one => one.Parameter.Name);
    }

    // Which of some parameters have none here of their name, below a scope, and sizes.
    private List<(Parameter Parameter, string Reason)> Misfits(IEnumerable<Parameter> parameters, string scope = "") =>
        [.. from parameter in parameters
            let name = scope + parameter.Name
            let here = byName.GetValueOrDefault(name)
            where here is null || !here.Dimensions.SequenceEqual(parameter.Dimensions)
            select (parameter, here is null ? $"{name} is missing" : $"{name} is {Sizes(here)} instead of {Sizes(parameter)}")];

    private static string Sizes(Parameter parameter) => NumberRow.Join(" x ", parameter.Dimensions);

    private static void Refuse(string what, List<(Parameter Parameter, string Reason)> misfits, string fix)
    {
        if (misfits.Count == 0) return;
        var more = misfits.Count > 5 ? $" and {misfits.Count - 5:N0} more" : "";
        throw new ShapeException($"{what}: {string.Join(", ", misfits.Take(5).Select(one => one.Reason))}{more}. {fix}");
    }

    /// <summary>A copy that shares nothing.</summary>
    public Weights Clone()
    {
        var copy = new Weights(Network);
        for (var i = 0; i < Parameters.Count; i++)
            Parameters[i].Values.CopyTo(copy.Parameters[i].Values);
        return copy;
    }

    /// <summary>SHA-256 over names, dimensions and little-endian bits of all parameters, as lower-case hexadecimal: equal exactly when every bit is.</summary>
    public string Sha256()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> bytes = stackalloc byte[4 * 1024];
        foreach (var parameter in Parameters)
        {
            hash.AppendData(Encoding.UTF8.GetBytes($"{parameter.Name}[{NumberRow.Join(",", parameter.Dimensions)}]\n"));
            var values = parameter.Values;
            while (!values.IsEmpty)
            {
                var count = Math.Min(values.Length, 1024);
                for (var i = 0; i < count; i++)
                    BinaryPrimitives.WriteSingleLittleEndian(bytes[(i * 4)..], values[i]);
                hash.AppendData(bytes[..(count * 4)]);
                values = values[count..];
            }
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}

/// <summary>One named block of numbers of a network.</summary>
public sealed class Parameter
{
    internal Parameter(string name, int layer, ParameterDefinition definition, AlignedBuffer? shared = null)
    {
        Name = name;
        Layer = layer;
        Definition = definition;
        Buffer = shared ?? new AlignedBuffer(definition.Count, isCollected: true);
    }

    /// <summary>Layer and parameter: <c>conv1.weight</c>.</summary>
    public string Name { get; }

    /// <summary>Index of the layer that owns it.</summary>
    public int Layer { get; }

    /// <summary>Dimensions, initialiser and role.</summary>
    public ParameterDefinition Definition { get; }

    /// <summary>Sizes in memory order, the slowest first.</summary>
    public IReadOnlyList<int> Dimensions => Definition.Dimensions;

    /// <summary>Whether the optimiser changes it.</summary>
    public bool Trainable => Definition.Trainable;

    /// <summary>The numbers themselves.</summary>
    public Span<float> Values => Buffer.Span;

    internal AlignedBuffer Buffer { get; }

    /// <summary>Name and dimensions.</summary>
    public override string ToString() => $"{Name} [{NumberRow.Join(" x ", Dimensions)}]";
}
