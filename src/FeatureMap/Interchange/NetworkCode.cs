using System.Globalization;
using System.Text;
using FeatureMap.Networks;
using FeatureMap.Ops;

namespace FeatureMap.Interchange;

/// <summary>
/// A network as C#: the call of <see cref="Network.Build"/> that makes it again, layer by layer under the same names. What a network was
/// made of besides, such as scopes, loops and blocks, is not in it and does not come back.
/// </summary>
/// <example><code>Console.WriteLine(NetworkCode.Write(network));</code></example>
public static class NetworkCode
{
    private const int LongestChain = 10;

    private static readonly HashSet<string> Reserved = new(StringComparer.Ordinal)
    {
        "x", "var", "return", "new", "int", "float", "in", "is", "as", "base", "this", "default", "event", "fixed", "for", "if", "do",
            "out", "ref",
        "network", "stackalloc", "string", "switch", "true", "false", "null", "object", "lock", "params", "case", "catch", "char", "class",
        "const", "decimal", "double", "else", "enum", "abstract", "bool", "break", "byte", "checked", "continue", "delegate", "explicit",
        "extern", "finally", "foreach", "goto", "implicit", "interface", "internal", "long", "namespace", "operator", "override", "private",
        "protected", "public", "readonly", "sbyte", "sealed", "short", "sizeof", "static", "struct", "throw", "try", "typeof", "uint",
            "ulong",
        "unchecked", "unsafe", "ushort", "using", "virtual", "void", "volatile", "while", "await",
    };

    /// <summary>A program that builds the network and prints its summary.</summary>
    /// <exception cref="UsageException">The network has several inputs, too many layers, or a part of a loss; or a setting that only files
    /// have.</exception>
    public static string WriteProgram(Network network) => "using FeatureMap;\nusing FeatureMap.Analysis;\nusing FeatureMap.Networks;\n"
        + $"using FeatureMap.Ops;\n\nvar network = {Write(network)};\nConsole.WriteLine(network.Summary());\n";

    /// <summary>The expression that builds the network.</summary>
    /// <exception cref="UsageException">The network has several inputs, too many layers, or a part of a loss; or a setting that only files
    /// have.</exception>
    public static string Write(Network network)
    {
        NetworkFile.RequireWritable(network);
        return new Writer(network).Text();
    }

    private sealed class Writer(Network network)
    {
        private readonly int[] readers = network.CountReaders();
        private readonly string[] variables = new string[network.Layers.Count];
        private readonly HashSet<string> taken = new(Reserved, StringComparer.Ordinal);
        private readonly HashSet<string> written = new(StringComparer.Ordinal);
        private readonly Dictionary<string, int> counts = [];

        public string Text()
        {
            var input = network.Input;
            variables[0] = "x";
            var shape = input.IsVector ? $"Shape.Vector({input.Channels})"
                : $"Shape.Image({input.Channels}, {input.Height}, {input.Width})";
            var text = new StringBuilder($"Network.Build({shape}, x =>\n{{\n");
            for (var first = 1; first < network.Layers.Count;)
            {
                var (last, calls) = (first, new List<string> { Call(network.Layers[first]) });
                while (GoesOn(last) && calls.Count < LongestChain) calls.Add(Call(network.Layers[++last]));
                variables[last] = Variable(network.Layers[last].Name);
                var start = network.Layers[first].Inputs.Count > 0 ? variables[network.Layers[first].Inputs[0]] : "x";
                text.Append(CultureInfo.InvariantCulture, $"    var {variables[last]} = {start}");
                if (calls.Count == 1) text.Append(CultureInfo.InvariantCulture, $".{calls[0]};\n");
                else text.Append(string.Concat(calls.Select(call => $"\n        .{call}"))).Append(";\n");
                first = last + 1;
            }
            return text.Append(CultureInfo.InvariantCulture, $"    return {variables[^1]};\n}})").ToString();
        }

        // Whether the next layer reads this one first, and nobody else does.
        private bool GoesOn(int layer) => layer + 1 < network.Layers.Count && readers[layer] == 1
            && network.Layers[layer + 1].Inputs is [var first, ..] && first == layer;

        private string Variable(string name)
        {
            var text = new StringBuilder();
            foreach (var letter in name)
            {
                if (letter == '/') text.Append('_');
                else if (char.IsAsciiLetterOrDigit(letter) || letter == '_') text.Append(letter);
            }
            var stem = text.Length == 0 ? "layer" : char.IsAsciiDigit(text[0]) ? $"layer{text}" : text.ToString();
            var variable = stem;
            for (var number = 2; !taken.Add(variable); number++) variable = $"{stem}_{number}";
            return variable;
        }

        private string Call(Layer layer)
        {
            var op = layer.Op!;
            var (inner, isNormed) = op is WeightNorm norm ? ((Op)norm.Inner, true) : (op, false);
            string[] others = [.. layer.Inputs.Skip(1).Select(input => variables[input])];
            var name = IsAutomatic(layer) ? null : $"\"{layer.Name}\"";
            return others.Length > 1 && op is not Where ? Then(op, name, others)
                : LayerCode.Method(inner, isNormed) is { } method ? Method(method.Name, [.. others, .. method.Arguments], name)
                : op is Constant constant ? Source(constant, name) : Then(op, name, others);
        }

        private static string Method(string method, IReadOnlyList<string> arguments, string? name) =>
            $"{method}({string.Join(", ", name is null ? arguments : [.. arguments, $"name: {name}"])})";

        private static string Then(Op op, string? name, string[] others) =>
            $"Then({string.Join(", ", name is null && others.Length == 0 ? [LayerCode.Creation(op)]
                : (string[])[LayerCode.Creation(op), name ?? "null", .. others])})";

        private static string Source(Constant op, string? name) =>
            $"Constant({string.Join(", ", (string[])[LayerCode.Shape(op.Shape), .. name is null ? [] : new[] { name },
                .. op.SettingValues.Single(setting => setting.Name == "values").Value switch
                {
                    double[] values => values.Select(value => LayerCode.Real((float)value)),
                    _ => [],
                }])})";

        // Whether the builder gives the layer this name by itself: the same count as its own.
        private bool IsAutomatic(Layer layer)
        {
            var stem = layer.Op!.LayerName;
            var number = counts.GetValueOrDefault(stem) + 1;
            while (written.Contains($"{stem}{number}")) number++;
            written.Add(layer.Name);
            if (layer.Name != $"{stem}{number}") return false;
            counts[stem] = number;
            return true;
        }
    }
}
