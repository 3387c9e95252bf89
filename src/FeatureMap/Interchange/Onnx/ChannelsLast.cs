using FeatureMap.Ops;

namespace FeatureMap.Interchange;

/// <summary>
/// Images as batch x rows x columns x channels, as TensorFlow and Keras lay them. Networks here take channels first, so the input becomes that; nodes that look at each
/// number by itself (a normalisation) are read on the image as it is here, their constants turned, and the Transpose behind them is taken off.
/// </summary>
internal static class ChannelsLast
{
    /// <summary>The permutation that brings the channels behind the batch.</summary>
    public static readonly int[] ToFirst = [0, 3, 1, 2];

    private static readonly HashSet<string> Pointwise = new(StringComparer.Ordinal)
    {
        "Add", "Sub", "Mul", "Div", "Pow", "Max", "Min", "Clip", "Cast", "Identity", "Dropout", "Neg", "Abs", "Sqrt", "Exp", "Log", "Floor", "Round", "Relu", "Sigmoid", "Tanh", "LeakyRelu",
    };

    /// <summary>What may stand between such an input and the Transpose, its channels still last.</summary>
    private static readonly HashSet<string> Between = new(StringComparer.Ordinal) { "Pad", "Slice", "Gather", "Concat", "Split", "Resize", "ReduceMean" };

    /// <summary>What takes an image of a single channel to whatever axis it wants.</summary>
    private static readonly HashSet<string> Views = new(StringComparer.Ordinal) { "Reshape", "Flatten", "Squeeze" };

    public static bool Passes(OnnxNode node) => Pointwise.Contains(node.Operator);

    /// <summary>Whether a node brings the channels first.</summary>
    public static bool IsEnd(OnnxNode node) => node.Operator == "Transpose" && Permutation(node).SequenceEqual(ToFirst.Select(axis => (long)axis));

    /// <summary>Whether an input holds its channels last: on every way from it, only such nodes come before a Transpose that brings them first, or a view of its single channel.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="port">The input.</param>
    public static bool Is(OnnxGraph graph, OnnxPort port)
    {
        if (port.Dimensions is { Count: not 4 }) return false;
        var isGray = port.Dimensions is [_, { Size: not 1 }, { Size: not 1 }, { Size: 1 }];
        var readers = graph.Nodes.SelectMany(node => node.Inputs.Distinct().Select(input => (input, node))).ToLookup(pair => pair.input, pair => pair.node);
        var (found, seen, open) = (false, new HashSet<string>(StringComparer.Ordinal) { port.Name }, new Stack<string>([port.Name]));
        while (open.TryPop(out var name))
            foreach (var node in readers[name])
            {
                if (node.Operator is "Shape" or "Size") continue;
                if (IsEnd(node) || (isGray && Views.Contains(node.Operator)))
                {
                    found = true;
                    continue;
                }
                if (!Pointwise.Contains(node.Operator) && !Between.Contains(node.Operator)) return false;
                foreach (var output in node.Outputs.Where(seen.Add))
                    open.Push(output);
            }
        return found;
    }

    private static long[] Permutation(OnnxNode node) => node.Attributes.FirstOrDefault(attribute => attribute.Name == "perm").Value as long[] ?? [];
}
