using FeatureMap.Data;

namespace FeatureMap.Studio;

/// <summary>
/// A drawing that stands in an address: which of 112 x 112 pixels have ink. Written as runs, the first one of paper, row after row; the
/// length of each in bytes of seven bits, the lowest first, with the eighth bit where more follow; all of it as base64url. A drawn digit
/// takes about a thousand letters. Nothing is kept anywhere, so a link to a drawing holds, and going back undoes a stroke.
/// </summary>
internal static class InkDrawing
{
    /// <summary>What the id of a drawing begins with.</summary>
    public const string Prefix = "ink-";

    /// <summary>Rows and columns.</summary>
    public const int Side = 112;

    /// <summary>Letters of a drawing at most, so that it fits into an address.</summary>
    public const int MostLetters = 6000;

    private const int Area = Side * Side;

    /// <summary>The drawing, black on white; null where the text is none.</summary>
    public static Picture? Read(string text)
    {
        if (text.Length > MostLetters || Bytes(text) is not { } bytes) return null;
        var pixels = new byte[Area];
        var (at, isInk, place) = (0, false, 0);
        while (place < bytes.Length)
        {
            var length = 0;
            for (var shift = 0; ; shift += 7)
            {
                if (place == bytes.Length || shift > 14) return null;
                var part = bytes[place++];
                length |= (part & 127) << shift;
                if (part < 128) break;
            }
            if (length > Area - at) return null;
            pixels.AsSpan(at, length).Fill(isInk ? (byte)0 : (byte)255);
            (at, isInk) = (at + length, !isInk);
        }
        // What is not said is paper.
        pixels.AsSpan(at).Fill(255);
        return new Picture("your drawing", new Shape(1, Side, Side), pixels);
    }

    /// <summary>The text of a drawing: 112 x 112 pixels, row by row, true where there is ink.</summary>
    public static string Write(ReadOnlySpan<bool> ink)
    {
        var bytes = new List<byte>();
        for (var (at, isInk) = (0, false); at < ink.Length; isInk = !isInk)
        {
            var length = ink[at..].IndexOf(!isInk) is >= 0 and var end ? end : ink.Length - at;
            if (at + length == ink.Length && !isInk) break;
            at += length;
            for (; length > 127; length >>= 7) bytes.Add((byte)((length & 127) | 128));
            bytes.Add((byte)length);
        }
        return Convert.ToBase64String([.. bytes]).TrimEnd('=').Replace('+', '-').Replace('/', '_');
    }

    private static byte[]? Bytes(string text)
    {
        var padded = text.Replace('-', '+').Replace('_', '/') + new string('=', (4 - (text.Length % 4)) % 4);
        var bytes = new byte[padded.Length];
        return Convert.TryFromBase64String(padded, bytes, out var count) ? bytes[..count] : null;
    }
}
