using System.Security.Cryptography;
using System.Text;
using FeatureMap.Networks;
using FeatureMap.Ops;

namespace FeatureMap.Interchange;

/// <summary>
/// A network as a JSON text, <c>network.json</c>: the input shape and every layer with its name, op, inputs and settings, one line per layer. It names ops from
/// a closed list and holds no code, no weights and no types. The same network always gives the same bytes. Reading trusts nothing: size, depth, names,
/// references, settings and shapes are all checked, and an error names the place and the fix.
/// </summary>
/// <remarks>
/// An initialiser that the library does not know (one of your own class) is written as <c>he-normal</c>: it only matters for weights
/// that are made anew.
/// </remarks>
public static partial class NetworkFile
{
    /// <summary>The version of the format that is written, and the only one that is read.</summary>
    public const int FormatVersion = 1;

    /// <summary>The longest text that is read, in bytes.</summary>
    public const int MaximumLength = 8 * 1024 * 1024;

    /// <summary>The most layers that are read.</summary>
    public const int MaximumLayers = 10_000;

    private const string FormatName = "featuremap-network";

    // The names that JavaScript, Python and .NET's own JSON writer give to what JSON has no number for.
    private static readonly (string Name, double Value)[] NotFinite =
        [("Infinity", double.PositiveInfinity), ("-Infinity", double.NegativeInfinity), ("NaN", double.NaN)];

    /// <summary>The network as JSON.</summary>
    /// <exception cref="UsageException">The network has an op that belongs to training and not into a network: a loss.</exception>
    public static string ToJson(Network network) => Write(network);

    /// <summary>Writes the network durably, usually to <c>network.json</c>.</summary>
    /// <exception cref="DataException">The disk is full or the folder is not writable; the old file is intact.</exception>
    public static void Save(string path, Network network)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        DurableFile.WriteText(path, Write(network));
    }

    /// <summary>Reads a network from a file; one whose name ends in <c>.txt</c> is a <see cref="NetworkText"/>.</summary>
    /// <exception cref="DataException">The file is missing, too long, no such JSON, or describes no possible network; the message names the place.</exception>
    public static Network Load(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (path.EndsWith(NetworkText.Extension, StringComparison.OrdinalIgnoreCase)) return NetworkText.Load(path);
        return StreamContent.OfFile(path, Path.GetFileName(path), stream => Load(stream, Path.GetFileName(path)));
    }

    /// <summary>Writes the network to a stream, as the bytes of its file.</summary>
    /// <param name="stream">Written to from its position on; it stays open, and need not be able to seek.</param>
    /// <param name="network">The network.</param>
    /// <exception cref="IOException">The stream fails; some of the bytes may be written.</exception>
    public static void Save(Stream stream, Network network)
    {
        ArgumentNullException.ThrowIfNull(stream);
        stream.Write(Encoding.UTF8.GetBytes(Write(network)));
    }

    /// <summary>Reads a network from a stream, with the same checks as from a file.</summary>
    /// <param name="stream">Read from its position to its end; it stays open, and need not be able to seek.</param>
    /// <param name="source">What error messages call it.</param>
    /// <exception cref="DataException">The content is too long, no such JSON, or describes no possible network, or the stream
    /// fails.</exception>
    public static Network Load(Stream stream, string source = "the network description") => LoadHashed(stream, source).Network;

    /// <summary>The same with the SHA-256 of what was read.</summary>
    internal static (Network Network, string Sha256) LoadHashed(Stream stream, string source = "the network description")
    {
        var bytes = StreamContent.Read(stream, source, MaximumLength, length => TooLong(length, source));
        return (Read(bytes, source), Convert.ToHexStringLower(SHA256.HashData(bytes)));
    }

    /// <summary>Reads a network from JSON.</summary>
    /// <param name="json">The text.</param>
    /// <param name="source">What error messages call it.</param>
    /// <exception cref="DataException">The text is no such JSON, or describes no possible network; the message names the place.</exception>
    public static Network Parse(string json, string source = "the network description")
    {
        ArgumentNullException.ThrowIfNull(json);
        return Parse(Encoding.UTF8.GetBytes(json), source);
    }

    /// <summary>Reads a network from the UTF-8 bytes of its JSON.</summary>
    /// <param name="json">The whole file.</param>
    /// <param name="source">What error messages call it.</param>
    /// <exception cref="DataException">The text is no such JSON, or describes no possible network; the message names the place.</exception>
    public static Network Parse(ReadOnlyMemory<byte> json, string source = "the network description")
    {
        if (json.Length > MaximumLength) throw TooLong($"{json.Length:N0}", source);
        return Read(json, source);
    }

    /// <summary>Asks, before a training spends hours on it, whether the network can be written and read again.</summary>
    /// <exception cref="UsageException">It cannot; the message says why.</exception>
    internal static void RequireReadable(Network network)
    {
        try
        {
            _ = Parse(Write(network));
        }
        catch (DataException error)
        {
            throw new UsageException($"What is trained could not be opened again: {error.Message} Use a setting that a "
                + "file can hold.", error);
        }
    }

    /// <summary>SHA-256 of <see cref="ToJson"/> as lower-case hexadecimal: equal for networks with the same layers, names and settings.</summary>
    public static string Sha256(Network network) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Write(network))));

    /// <summary>Checks an input against the limits that hold for all files with networks.</summary>
    internal static void CheckInput(Shape shape, string source)
    {
        if (shape.Channels > MostChannels || shape.Height > LargestSide || shape.Width > LargestSide)
            throw new DataException($"{source} takes images of {shape} (channels x height x width); at most {MostChannels:N0} channels "
                + $"and {LargestSide:N0} rows and columns are read.");
    }

    /// <summary>Names of the ops that a network is made of.</summary>
    internal static IReadOnlyCollection<string> OpNames => KnownOps.Keys;

    /// <summary>
    /// The op of a name as people write it: in large or small letters, and without the 2d of its end. Null where there is none.
    /// </summary>
    internal static CatalogueEntry? FindOp(string name) => KnownOps.GetValueOrDefault(name)
        ?? KnownOps.FirstOrDefault(known => known.Key.Equals(name, StringComparison.OrdinalIgnoreCase)
            || (known.Key.EndsWith("2d", StringComparison.Ordinal)
                && known.Key[..^2].Equals(name, StringComparison.OrdinalIgnoreCase))).Value;

    internal static DataException TooLong(string bytes, string source) =>
        new($"{source} is too long for a network description: {bytes} bytes; at most {MaximumLength:N0} are read.");
}
