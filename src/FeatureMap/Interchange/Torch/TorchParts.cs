using System.Numerics;

namespace FeatureMap.Interchange;

/// <summary>
/// Which tensors of a file are the weights. A state dict is a dictionary of tensors; a checkpoint is a dictionary that holds one beside
/// epochs, optimisers and averages. In this order: the only dictionary of tensors there is, at the top or one below; the only one that
/// is called as training scripts call the model; else which one is meant has to be said.
/// </summary>
internal static class TorchParts
{
    private const string Save = "Save the weights alone: torch.save(model.state_dict(), \"weights.pth\").";

    private static readonly string[] Usual = ["state_dict", "model_state_dict", "model", "net"];

    /// <summary>Chooses.</summary>
    /// <param name="source">The name of the file.</param>
    /// <param name="root">What the file holds.</param>
    /// <param name="part">The entry that is meant, empty for the top; null to have it chosen.</param>
    /// <returns>The tensors by name, and the entry they are of; null for the top.</returns>
    public static (IReadOnlyList<(string Name, TensorView View)> Tensors, string? Part) Choose(string source, object? root, string? part)
    {
        if (root is not PickleDictionary top)
            throw new DataException($"{source} holds {Described(root)}; a dictionary of tensors by name was expected. {Save}");
        var found = top.Items.Where(item => item.Key is string)
            .Select(item => (Name: (string)item.Key!, Dictionary: item.Value as PickleDictionary))
            .Prepend((Name: "", Dictionary: top)).Where(item => item.Dictionary is not null && item.Dictionary.Items.Exists(IsTensor))
            .ToList();
        var usual = found.Where(item => Usual.Contains(item.Name)).ToList();
        var wanted = part is not null ? found.Where(item => item.Name == part).ToList() : found.Count == 1 ? found : usual;
        if (wanted is [var one])
            return (Named(source, one.Dictionary!), one.Name.Length == 0 ? null : one.Name);
        if (found.Count == 0)
        {
            var keys = top.Items.Select(item => item.Key).OfType<string>().Select(TorchContent.Shown).Take(12).ToList();
            throw new DataException($"{source} holds a dictionary without tensors "
                + $"({(keys.Count == 0 ? "empty" : string.Join(", ", keys))}); one of tensors by name was expected, at its top or in one "
                + $"of its entries. {Save}");
        }
        var names = string.Join(", ", found.Take(12)
            .Select(item => item.Name.Length == 0 ? "its top" : $"'{TorchContent.Shown(item.Name)}'"));
        throw new DataException(part is null
            ? $"{source} has tensors in several places, and which of them are the weights is not clear: {names}. Name one as the argument "
            + $"part of {nameof(StateDict)}.{nameof(StateDict.Read)} (\"\" for the top), or save it alone."
            : $"{source} has no tensors in an entry '{part}'; it has some in {names}.");
    }

    private static bool IsTensor((object? Key, object? Value) item) => item is (string, TensorView);

    private static List<(string Name, TensorView View)> Named(string source, PickleDictionary dictionary)
    {
        var (tensors, names) = (new List<(string, TensorView)>(), new HashSet<string>(StringComparer.Ordinal));
        foreach (var (key, value) in dictionary.Items)
        {
            if (value is not TensorView view || key is not string name) continue;
            if (!names.Add(name))
                throw new DataException($"{source} is not a valid file of torch.save: it has two tensors '{TorchContent.Shown(name)}'. "
                    + "Write or download it again.");
            tensors.Add((name, view));
        }
        return tensors;
    }

    private static string Described(object? value) => value switch
    {
        null => "nothing",
        TensorView => "one tensor without a name",
        object?[] or List<object?> => "a list",
        bool or long or BigInteger or double => "a number",
        string => "a text",
        _ => "no dictionary",
    };
}
