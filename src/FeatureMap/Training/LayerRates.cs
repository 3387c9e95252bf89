using System.Globalization;
using FeatureMap.Networks;

namespace FeatureMap.Training;

/// <summary>What the learning rate is multiplied with in some layers.</summary>
/// <param name="Layers">The name of a layer; or the beginning of names and a <c>*</c> behind it, as in <c>stage1/*</c>.</param>
/// <param name="Factor">The factor, above 0.</param>
public readonly record struct LayerRate(string Layers, double Factor)
{
    /// <summary>Whether a layer is meant.</summary>
    public bool Fits(string layer) => Layers.EndsWith('*') ? layer.AsSpan().StartsWith(Layers.AsSpan(..^1), StringComparison.Ordinal)
        : layer == Layers;

    /// <summary>Written as <c>stage1/*=0.1</c>.</summary>
    public override string ToString() => $"{Layers}={Factor.ToString("R", CultureInfo.InvariantCulture)}";
}

/// <summary>
/// Factors of the learning rate, layer by layer: what was trained before moves less than what is new (discriminative rates; Howard and
/// Ruder, "Universal language model fine-tuning", arXiv 1801.06146). The rate of a step times the factor is all that the optimiser sees, so
/// that weight decay which goes with the rate (AdamW) is weaker too. Where every factor is 1 the bits are those of a training without
/// factors. A layer that shall not move at all is no factor 0 but one of <see cref="TrainingOptions.FrozenLayers"/>: then its statistics
/// stay, too, and nothing is computed back through it in vain.
/// </summary>
public sealed class LayerRates : IEquatable<LayerRates>
{
    private const double Most = 1e6;

    /// <summary>Factors; where several fit a layer, the first one counts, and where none does, 1.</summary>
    /// <param name="rates">The factors.</param>
    /// <exception cref="UsageException">A factor is not above 0, or no layer is named.</exception>
    public LayerRates(params IEnumerable<LayerRate> rates)
    {
        All = [.. rates];
        foreach (var (layers, factor) in All)
        {
            if (string.IsNullOrWhiteSpace(layers))
                throw new UsageException($"A factor of the learning rate is for layers: received {factor} for no name. Write 'conv1', or "
                    + "'*' for all.");
            if (factor == 0)
                throw new UsageException($"The learning rate of '{layers}' cannot be multiplied with 0: a layer that stays as it is "
                    + "belongs into TrainingOptions.FrozenLayers, where its statistics stay too.");
            if (!(factor > 0 && factor <= Most))
                throw new UsageException($"A factor of the learning rate must be above 0 and at most {Most:N0}: received {factor} for "
                    + $"'{layers}'.");
        }
    }

    /// <summary>All layers learn at the same rate.</summary>
    public static LayerRates Same { get; } = new();

    /// <summary>The factors, in the order in which they are tried.</summary>
    public IReadOnlyList<LayerRate> All { get; }

    /// <summary>The factor of a layer; 1 where nothing is said of it.</summary>
    /// <param name="layer">Its name.</param>
    public double Of(string layer)
    {
        foreach (var rate in All)
            if (rate.Fits(layer))
                return rate.Factor;
        return 1;
    }

    /// <summary>
    /// Groups of layers, each with a factor: <c>LayerRates.Groups((early, 0.01), (late, 0.1))</c>.
    /// </summary>
    /// <param name="groups">Names of layers, and their factor.</param>
    public static LayerRates Groups(params IEnumerable<(IEnumerable<string> Layers, double Factor)> groups) =>
        new(groups.SelectMany(group => group.Layers.Select(layer => new LayerRate(layer, group.Factor))));

    /// <summary>Reads factors with commas between them, such as <c>conv1=0.01,stage1/*=0.1</c>; nothing or <c>none</c> for none.</summary>
    /// <param name="text">The factors.</param>
    /// <exception cref="UsageException">It is not such a text, or a factor is not above 0.</exception>
    public static LayerRates Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (string.IsNullOrWhiteSpace(text) || text.Trim().Equals("none", StringComparison.OrdinalIgnoreCase)) return Same;
        return new(text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(Read));

        LayerRate Read(string part)
        {
            var end = part.LastIndexOf('=');
            return end > 0 && double.TryParse(part.AsSpan(end + 1), NumberStyles.Float, CultureInfo.InvariantCulture, out var factor)
                ? new LayerRate(part[..end].Trim(), factor)
                : throw new UsageException($"Factors of the learning rate are written as conv1=0.01,stage1/*=0.1: received "
                    + $"'{(part.Length > 80 ? part[..80] + "..." : part)}'.");
        }
    }

    /// <summary>What <see cref="Parse"/> reads; <c>none</c> where there are none.</summary>
    public override string ToString() => All.Count == 0 ? "none" : string.Join(',', All);

    /// <summary>Refuses factors for what is not there, has nothing to learn, or is frozen.</summary>
    /// <param name="network">What is trained.</param>
    /// <param name="frozen">Names of its frozen layers.</param>
    /// <exception cref="UsageException">A factor has no effect; the nearest name is suggested.</exception>
    internal void Check(Network network, IReadOnlyCollection<string> frozen)
    {
        foreach (var rate in All)
        {
            if (network.Layers.Any(layer => layer.TrainableCount > 0 && !frozen.Contains(layer.Name) && rate.Fits(layer.Name))) continue;
            var meant = network.Layers.FirstOrDefault(layer => rate.Fits(layer.Name));
            var what = meant is null ? $"The network has no layer '{rate.Layers}' whose learning rate could be multiplied."
                : $"Layer '{meant.Name}' {(meant.TrainableCount == 0 ? "has no weights that are trained" : "is frozen")}, so a factor of its "
                + "learning rate says nothing.";
            throw new UsageException(what + (meant is null
                ? NearestName.Suggest(rate.Layers, network.Layers.Where(layer => layer.TrainableCount > 0).Select(layer => layer.Name))
                : " Leave it out of TrainingOptions.LayerRates."));
        }
    }

    /// <summary>Whether the other one has the same factors in the same order.</summary>
    public bool Equals(LayerRates? other) => other is not null && All.SequenceEqual(other.All);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as LayerRates);

    /// <inheritdoc/>
    public override int GetHashCode() => All.Aggregate(0, HashCode.Combine);
}
