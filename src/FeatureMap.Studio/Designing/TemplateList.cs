using FeatureMap.Workbench;
using Microsoft.AspNetCore.Http;

namespace FeatureMap.Studio;

/// <summary>The networks that a design may begin with, by name; their texts are made once.</summary>
internal sealed class TemplateList(ModelShelf shelf, NetworkFolder networks)
{
    private const int MostKept = 64;

    private readonly Lock gate = new();
    private readonly Dictionary<string, string> known = new(StringComparer.Ordinal);

    /// <summary>All of them: those of the library, those of the project, and those of models.</summary>
    public IReadOnlyList<DesignTemplate> All => DesignTemplate.All(shelf, networks);

    /// <summary>The text of a name.</summary>
    /// <exception cref="ProblemException">There is none of this name.</exception>
    public string Text(string name)
    {
        var all = All;
        var template = all.FirstOrDefault(one => one.Id == name) ?? throw new ProblemException(new Problem(StatusCodes.Status404NotFound,
            "No such network", $"Design has no network '{Problem.Shortened(name)}'.{NearestName.Suggest(name, all.Select(one => one.Id))}")
        {
            Where = "template",
            Received = Problem.Shortened(name),
            Expected = string.Join(", ", all.Take(8).Select(one => one.Id)) + ", …",
            Fix = "Choose one of the list on /design.",
        });
        if (!template.IsFixed) return template.Text(shelf, networks);
        lock (gate)
            if (known.TryGetValue(name, out var kept)) return kept;
        var text = template.Text(shelf, networks);
        lock (gate)
        {
            if (known.Count >= MostKept) known.Clear();
            return known[name] = text;
        }
    }
}
