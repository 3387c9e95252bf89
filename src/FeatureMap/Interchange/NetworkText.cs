using System.Globalization;
using System.Text;
using FeatureMap.Networks;
using FeatureMap.Ops;

namespace FeatureMap.Interchange;

/// <summary>
/// A network as a text that is read and written by hand: one line for each layer, <c>name: Op(inputs) setting=value</c>. It says the
/// same as
/// <c>network.json</c> (<see cref="NetworkFile"/>), and each becomes the other without loss. What goes without saying may be left out: the
/// inputs of a layer that reads the line before it, settings that have their usual value, and names.
/// </summary>
/// <example><code>
/// var network = NetworkText.Parse("""
///     input: 1x28x28                    # channels x height x width
///     conv1: Conv2d channels=8 kernel=3 bias=false
///     norm1: BatchNorm
///     relu1: Relu
///     Conv2d channels=8 kernel=3 padding=1
///     add1:  Add(conv1, relu1)
///     GlobalAveragePool
///     Linear outputs=10
///     """);
/// </code></example>
public static class NetworkText
{
    /// <summary>The extension of files with such a text: <c>.txt</c>. <see cref="NetworkFile.Load(string)"/> reads them, too.</summary>
    public const string Extension = ".txt";

    /// <summary>The network as a text; <see cref="Parse"/> makes the same network of it.</summary>
    /// <exception cref="UsageException">The network has several inputs, too many layers, or a part of a loss.</exception>
    public static string Write(Network network)
    {
        NetworkFile.RequireWritable(network);
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"input: {ShapeText(network.Input)}\n");
        foreach (var layer in network.Layers.Skip(1))
            text.Append(Line(network, layer)).Append('\n');
        return text.ToString();
    }

    /// <summary>Writes the text durably.</summary>
    /// <exception cref="DataException">The disk is full or the folder is not writable; the old file is intact.</exception>
    /// <exception cref="UsageException">The network cannot be written; see <see cref="Write"/>.</exception>
    public static void Save(string path, Network network)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        DurableFile.WriteText(path, Write(network));
    }

    /// <summary>Reads a network.</summary>
    /// <param name="text">The text.</param>
    /// <param name="source">What error messages call it.</param>
    /// <exception cref="DataException">The text is no such description, or describes no possible network; the message names the
    /// line.</exception>
    public static Network Parse(string text, string source = "the network text")
    {
        var read = Read(text, source);
        return read.Network ?? throw new DataException(read.Problem!.Message);
    }

    /// <summary>Reads a network from a file.</summary>
    /// <exception cref="DataException">The file is missing, too long, or describes no possible network; the message names the
    /// line.</exception>
    public static Network Load(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var name = Path.GetFileName(path);
        var bytes = StreamContent.OfFile(path, name, stream => StreamContent.Read(stream, name, NetworkFile.MaximumLength, length =>
            NetworkFile.TooLong(length, name)));
        return Parse(Encoding.UTF8.GetString(bytes), name);
    }

    /// <summary>Reads a network, or says what keeps the text from being one: for whoever shows both while the text is written.</summary>
    /// <param name="text">The text.</param>
    /// <param name="source">What messages call it.</param>
    public static NetworkTextResult Read(string text, string source = "the network text")
    {
        ArgumentNullException.ThrowIfNull(text);
        if (Encoding.UTF8.GetByteCount(text) is var length && length > NetworkFile.MaximumLength)
            return NetworkTextResult.Of(new(0, NetworkFile.TooLong($"{length:N0}", source).Message));
        try
        {
            var reading = new NetworkTextReading(source);
            return new(reading.Network(NetworkTextLine.Split(text, source)), null, reading.Lines);
        }
        catch (NetworkTextException fault)
        {
            return NetworkTextResult.Of(fault.Problem);
        }
        catch (OverflowException)
        {
            return NetworkTextResult.Of(new(0,
                $"{source} describes a network that no machine can run: its multiply-adds do not fit 63 bits."));
        }
    }

    /// <summary>The line of a layer.</summary>
    internal static string Line(Network network, Layer layer)
    {
        var isImplied = layer.Inputs.Count == 0 ? layer.Op!.InputCount == 0 : layer.Inputs is [var only] && only == layer.Index - 1;
        var inputs = isImplied ? "" : $"({string.Join(", ", layer.Inputs.Select(input => network.Layers[input].Name))})";
        return $"{layer.Name}: {layer.Op!.Name}{inputs}{Settings(layer.Op)}";
    }

    /// <summary>The settings of an op that are not the usual ones, each with a space before it.</summary>
    internal static string Settings(Op op)
    {
        var settings = op.SettingValues;
        var given = settings.ToDictionary(setting => setting.Name, setting => setting.Value);
        return string.Concat(settings.Where(setting => !(UsualSettings.Of(op.Name, setting.Name, given) is { } usual
            && IsSame(usual, setting.Value))).Select(setting => $" {setting.Name}={Value(op.Name, setting.Name, setting.Value, given)}"));
    }

    /// <summary>A shape as it is written: <c>3x32x32</c>, or <c>10</c> for a vector.</summary>
    internal static string ShapeText(Shape shape) =>
        shape.IsVector ? $"{shape.Channels}" : $"{shape.Channels}x{shape.Height}x{shape.Width}";

    /// <summary>The shortest form that is read as this value of a setting.</summary>
    internal static string Value(string op, string setting, object value, IReadOnlyDictionary<string, object> given) =>
        Forms(value).First(form => IsSame(value, UsualSettings.Fitted(op, setting, NetworkTextLine.ValueOf(form), given)));

    private static IEnumerable<string> Forms(object value)
    {
        switch (value)
        {
            case int[] numbers:
                if (numbers.Length > 0) yield return Number(numbers[0]);
                if (numbers.Length is 2 or 3) yield return NumberRow.Join("x", numbers);
                yield return $"[{NumberRow.Join(",", numbers)}]";
                break;
            case double[] numbers:
                if (numbers.Length > 0) yield return Number(numbers[0]);
                yield return $"[{string.Join(',', numbers.Select(number => Number(number)))}]";
                break;
            case bool flag:
                yield return flag ? "true" : "false";
                break;
            case string text:
                if (text.Length > 0 && text.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '.' or ':' or '_' or '+'))
                    yield return text;
                yield return $"\"{text}\"";
                break;
            default:
                yield return Number(value);
                break;
        }
    }

    private static string Number(object value) => value switch
    {
        0d when double.IsNegative((double)value) => "-0.0",
        double.PositiveInfinity => "Infinity",
        double.NegativeInfinity => "-Infinity",
        double real => double.IsNaN(real) ? "NaN" : real.ToString("R", CultureInfo.InvariantCulture),
        _ => ((int)value).ToString(CultureInfo.InvariantCulture),
    };

    private static bool IsSame(object one, object other) => (Numbers(one), Numbers(other)) switch
    {
        ({ } left, { } right) => one is Array == other is Array && left.AsSpan().SequenceEqual(right),
        (null, null) => one.Equals(other),
        _ => false,
    };

    // As bits: a zero has a sign, and what is not a number is itself.
    private static long[]? Numbers(object value) => value switch
    {
        int whole => [BitConverter.DoubleToInt64Bits(whole)],
        double real => [BitConverter.DoubleToInt64Bits(real)],
        int[] row => Array.ConvertAll(row, number => BitConverter.DoubleToInt64Bits(number)),
        double[] row => Array.ConvertAll(row, BitConverter.DoubleToInt64Bits),
        _ => null,
    };
}

/// <summary>What a text is: a network, or what keeps it from being one.</summary>
/// <param name="Network">The network; null where there is a problem.</param>
/// <param name="Problem">The first thing that is wrong; null where nothing is.</param>
/// <param name="Lines">For the name of each layer the number of its line, from 1; empty where there is a problem.</param>
public sealed record NetworkTextResult(Network? Network, NetworkTextProblem? Problem, IReadOnlyDictionary<string, int> Lines)
{
    internal static NetworkTextResult Of(NetworkTextProblem problem) => new(null, problem, new Dictionary<string, int>());
}

/// <summary>What keeps a text from being a network.</summary>
/// <param name="Line">The number of the line, from 1; 0 where it is about the whole.</param>
/// <param name="Message">What is wrong, with its place and what to do.</param>
public sealed record NetworkTextProblem(int Line, string Message);

/// <summary>Carries a <see cref="NetworkTextProblem"/> out of the reading.</summary>
internal sealed class NetworkTextException(NetworkTextProblem problem) : Exception(problem.Message)
{
    public NetworkTextProblem Problem { get; } = problem;
}
