using FeatureMap.Ops;

namespace FeatureMap.Interchange;

/// <summary>
/// Which attributes a node may have. A word that nobody reads may change what a node computes, so it is refused by its name. Rooms list the
/// attributes of their operators (<see cref="OnnxOperator"/>); those of operators without a room stand here. What operator sets below 7 had
/// beside is gone by then (<see cref="OldOperators"/>).
/// </summary>
internal static class NodeAttributes
{
    private static readonly Dictionary<string, IReadOnlyList<string>> Known = Lists();

    /// <summary>Refuses a node with an attribute that its operator does not have; operators of which nothing is known pass.</summary>
    /// <exception cref="OnnxRefusal">There is one.</exception>
    public static void Check(NodeImport import, OnnxNode node)
    {
        if (!Known.TryGetValue(node.Operator, out var known)) return;
        foreach (var attribute in node.Attributes)
            if (!known.Contains(attribute.Name))
                throw import.Wrong(
                    $"it has the attribute '{GraphImport.Shown(attribute.Name)}', which the operator does not have, so nobody can know "
                        + "what it means",
                    NearestName.Suggest(attribute.Name, known));
    }

    private static Dictionary<string, IReadOnlyList<string>> Lists()
    {
        var lists = new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal)
        {
            ["Cast"] = ["round_mode", "saturate", "to"],
            ["CastLike"] = ["round_mode", "saturate"],
            ["Constant"] = ["sparse_value", "value", "value_float", "value_floats", "value_int", "value_ints", "value_string", "value_strings"],
            ["ConstantOfShape"] = ["value"],
            ["DequantizeLinear"] = ["axis", "block_size", "output_dtype"],
            ["Identity"] = [],
            ["Range"] = [],
            ["Reshape"] = ["allowzero", "shape"],
            ["Shape"] = ["end", "start"],
            ["Size"] = [],
            ["Squeeze"] = ["axes"],
            ["Unsqueeze"] = ["axes"],
        };
        foreach (var known in OpCatalogue.Entries.SelectMany(entry => entry.OnnxOperators))
            lists[known.Name] = known.Attributes;
        return lists;
    }
}
