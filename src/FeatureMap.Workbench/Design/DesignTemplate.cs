using FeatureMap.Interchange;
using FeatureMap.Zoo;

namespace FeatureMap.Workbench;

/// <summary>Where a network comes from that a design begins with.</summary>
public enum TemplateKind
{
    /// <summary>The network of a recipe.</summary>
    Recipe,

    /// <summary>A network of the literature.</summary>
    Architecture,

    /// <summary>A text of the project; see <see cref="NetworkFolder"/>.</summary>
    Own,

    /// <summary>The network of a model; see <see cref="ModelShelf"/>.</summary>
    Model,
}

/// <summary>A network that a design begins with.</summary>
/// <param name="Id">What it is chosen by.</param>
/// <param name="Name">What it is called.</param>
/// <param name="Kind">Where it comes from.</param>
public sealed record DesignTemplate(string Id, string Name, TemplateKind Kind)
{
    private const string OwnPrefix = "own-";

    /// <summary>Whether its text never changes.</summary>
    public bool IsFixed => Kind is TemplateKind.Recipe or TemplateKind.Architecture;

    /// <summary>All that there are now.</summary>
    /// <param name="shelf">The models.</param>
    /// <param name="networks">The texts of the project.</param>
    public static IReadOnlyList<DesignTemplate> All(ModelShelf shelf, NetworkFolder networks)
    {
        ArgumentNullException.ThrowIfNull(shelf);
        ArgumentNullException.ThrowIfNull(networks);
        IEnumerable<DesignTemplate> all =
        [
            .. Recipes.All.Select(recipe => new DesignTemplate(recipe.Name, recipe.Name, TemplateKind.Recipe)),
            .. Architectures.All.Select(one => new DesignTemplate(one.Name, one.Name, TemplateKind.Architecture)),
            .. networks.Names.Select(name => new DesignTemplate(OwnPrefix + name, name, TemplateKind.Own)),
            .. shelf.Models.Select(model => new DesignTemplate(model.Id, model.Name, TemplateKind.Model)),
        ];
        return [.. all.DistinctBy(template => template.Id)];
    }

    /// <summary>Its text.</summary>
    /// <exception cref="DataException">The file behind it cannot be read.</exception>
    /// <exception cref="UsageException">The network cannot be written as a text.</exception>
    public string Text(ModelShelf shelf, NetworkFolder networks)
    {
        ArgumentNullException.ThrowIfNull(shelf);
        ArgumentNullException.ThrowIfNull(networks);
        return Kind switch
        {
            TemplateKind.Own => networks.Read(Id[OwnPrefix.Length..]),
            TemplateKind.Model => NetworkText.Write(shelf.Open(Id).Model.Network),
            _ => NetworkText.Write(RunInput.Named(Id).Network),
        };
    }
}
