using FeatureMap.Ops;

namespace FeatureMap.Interchange;

/// <summary>
/// Images as batch x rows x columns x channels, as TensorFlow and Keras lay them. Networks here take channels first, so the input becomes
/// that; nodes that look at each number by itself (a normalisation) are read on the image as it is here, their constants turned, and the
/// Transpose behind them is taken off.
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

    /// <summary>What sees the numbers of an image in one piece, in whatever order they are.</summary>
    private static readonly HashSet<string> Views = new(StringComparer.Ordinal) { "Reshape", "Flatten", "Squeeze" };

    public static bool Passes(OnnxNode node) => Pointwise.Contains(node.Operator);

    /// <summary>Whether a node brings the channels first.</summary>
    public static bool IsEnd(OnnxNode node) => node.Operator == "Transpose" && Permutation(node).SequenceEqual(ToFirst.Select(axis => (long)axis));

    /// <summary>
    /// Whether an input holds its channels last: on every way from it, only such nodes come before a Transpose that brings them first, or
    /// before a view where the sizes are those of an image.
    /// </summary>
    /// <param name="readers">The nodes that read each name; see <see cref="Readers"/>.</param>
    /// <param name="port">The input.</param>
    public static bool Is(ILookup<string, OnnxNode> readers, OnnxPort port)
    {
        if (port.Dimensions is { Count: not 4 }) return false;
        // A last axis of the size that colours have may be seen in one piece with the others; then the input could also be rows x columns
        // of something else.
        var looksSo = port.Dimensions is [_, { Size: not 1 }, { Size: not 1 }, { Size: 1 }] or [_, { Size: null or > 4 }, { Size: null or > 4 }, { Size: 3 or 4 }];
        var (found, seen, open) = (false, new HashSet<string>(StringComparer.Ordinal) { port.Name }, new Stack<string>([port.Name]));
        while (open.TryPop(out var name))
            foreach (var node in readers[name])
            {
                if (node.Operator is "Shape" or "Size") continue;
                if (IsEnd(node) || (looksSo && Views.Contains(node.Operator)))
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

    /// <summary>The nodes that read each name.</summary>
    public static ILookup<string, OnnxNode> Readers(OnnxGraph graph) =>
        graph.Nodes.SelectMany(node => node.Inputs.Distinct().Select(input => (input, node))).ToLookup(pair => pair.input, pair => pair.node, StringComparer.Ordinal);

    private static long[] Permutation(OnnxNode node) => node.Attributes.FirstOrDefault(attribute => attribute.Name == "perm").Value as long[] ?? [];
}
