using System.Globalization;
using System.Text;
using FeatureMap.Networks;
using FeatureMap.Ops;

namespace FeatureMap.Interchange;

public static partial class NetworkFile
{
    private static string Write(Network network)
    {
        RequireWritable(network);
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{{\n  \"format\": \"{FormatName}\",\n  \"version\": {FormatVersion},\n");
        text.Append(CultureInfo.InvariantCulture, $"  \"input\": {{ \"channels\": {network.Input.Channels}, \"height\": {network.Input.Height}, \"width\": {network.Input.Width} }},\n");
        text.Append("  \"layers\": [");
        foreach (var layer in network.Layers.Skip(1))
        {
            text.Append(layer.Index == 1 ? "\n    " : ",\n    ");
            Layer(text, network, layer);
        }
        text.Append(network.Layers.Count == 1 ? "]\n}\n" : "\n  ]\n}\n");
        return text.Length <= MaximumLength
            ? text.ToString()
            : throw new UsageException($"The description of this network would have {text.Length:N0} bytes; at most {MaximumLength:N0} "
            + "are read again. Its constants are part of it: make large ones learned parameters, whose numbers are weights.");
    }

    /// <summary>Asks whether there is a description of the network at all.</summary>
    /// <exception cref="UsageException">It has several inputs, too many layers, or a part of a loss.</exception>
    internal static void RequireWritable(Network network)
    {
        ArgumentNullException.ThrowIfNull(network);
        if (network.Layers.Count - 1 > MaximumLayers)
            throw new UsageException(
                $"The network has {network.Layers.Count - 1:N0} layers, and a description of at most {MaximumLayers:N0} is read again. "
                    + "Build it of fewer layers.");
        if (network.Layers.Count(layer => layer.Op is null) > 1)
            throw new UsageException("A network description has one input: this network has several and cannot be written.");
        if (network.Layers.FirstOrDefault(layer => layer.Op is TargetOp) is { } loss)
            throw new UsageException($"Layer '{loss.Name}' ({loss.Op}) is part of a loss and cannot be written into a network description: "
                + "a loss belongs to the training options, not to the network.");
    }

    // Names need no escapes: a layer's name has letters, digits and '_-./' only, and all other texts are our own.
    private static void Layer(StringBuilder text, Network network, Layer layer)
    {
        text.Append(CultureInfo.InvariantCulture, $"{{ \"name\": \"{layer.Name}\", \"op\": \"{layer.Op!.Name}\", \"inputs\": [");
        text.AppendJoin(", ", layer.Inputs.Select(input => $"\"{network.Layers[input].Name}\"")).Append("], \"settings\": {");
        var settings = layer.Op.SettingValues;
        if (settings.Count > 0)
            text.Append(' ').AppendJoin(", ", settings.Select(setting => $"\"{setting.Name}\": {Value(setting.Value)}")).Append(' ');
        text.Append("} }");
    }

    private static string Value(object value) => value switch
    {
        bool flag => flag ? "true" : "false",
        int whole => whole.ToString(CultureInfo.InvariantCulture),
        // JSON has no numbers for these; and a zero keeps its sign only with a point, as "-0" is read as a whole number.
        double real when !double.IsFinite(real) => $"\"{NotFinite[double.IsNaN(real) ? 2 : real > 0 ? 0 : 1].Name}\"",
        0d when double.IsNegative((double)value) => "-0.0",
        double real => real.ToString("R", CultureInfo.InvariantCulture),
        int[] numbers => $"[{NumberRow.Join(", ", numbers)}]",
        double[] numbers => $"[{string.Join(", ", numbers.Select(number => Value(number)))}]",
        _ => $"\"{value}\"",
    };
}
