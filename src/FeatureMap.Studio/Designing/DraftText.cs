using System.Buffers.Text;
using System.IO.Compression;
using System.Text;
using FeatureMap.Descriptions;
using FeatureMap.Workbench;

namespace FeatureMap.Studio;

/// <summary>
/// A text inside of an address: packed, and written with letters that stand in one. The lines of a network are much alike, so ResNet-50
/// needs some two thousand of them.
/// </summary>
internal static class DraftText
{
    /// <summary>The longest packed text that an address takes.</summary>
    public const int LongestPacked = 6000;

    // A page writes its address into many places, and packing takes longer than the rest of it.
    private static Tuple<string, string?>? last;

    /// <summary>Packs a text; null where it is too long for an address.</summary>
    public static string? Pack(string text)
    {
        if (Volatile.Read(ref last) is not { } known || !ReferenceEquals(known.Item1, text))
            Volatile.Write(ref last, known = Tuple.Create(text, Packed(text)));
        return known.Item2;
    }

    private static string? Packed(string text)
    {
        using var packed = new MemoryStream();
        using (var deflate = new DeflateStream(packed, CompressionLevel.SmallestSize, leaveOpen: true))
            deflate.Write(Encoding.UTF8.GetBytes(text));
        var written = Base64Url.EncodeToString(packed.GetBuffer().AsSpan(0, (int)packed.Length));
        return written.Length <= LongestPacked ? written : null;
    }

    /// <summary>Unpacks a text. No more than a draft may have is unpacked, whatever the packed one says.</summary>
    /// <exception cref="UsageException">It is no packed text, or too long.</exception>
    public static string Unpack(string packed)
    {
        try
        {
            using var deflate = new DeflateStream(new MemoryStream(Base64Url.DecodeFromChars(packed)), CompressionMode.Decompress);
            var bytes = new byte[DesignSheet.LongestText + 1];
            var length = deflate.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            if (length < bytes.Length) return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(bytes, 0, length);
        }
        catch (Exception error) when (error is InvalidDataException or FormatException or ArgumentException)
        {
            throw new UsageException($"draft is a packed text, as the page Design writes it into its address: received "
                + $"'{ValueKind.Shortened(packed)}'. "
                + "Copy the whole address.", error);
        }
        throw new UsageException($"draft unpacks to more than {DesignSheet.LongestText:N0} characters. Open a shorter one.");
    }
}
