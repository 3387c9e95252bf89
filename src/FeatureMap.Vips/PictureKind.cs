namespace FeatureMap.Vips;

/// <summary>A kind of picture file, known by its first bytes.</summary>
/// <param name="Name">What it is called in messages.</param>
/// <param name="Shrinks">By what its sides can be divided while it is decoded.</param>
internal sealed record PictureKind(string Name, params int[] Shrinks)
{
    private static readonly PictureKind WebP = new("WebP"), Tiff = new("TIFF"), Avif = new("AVIF"), Gif = new("GIF");
    private static readonly PictureKind Jpeg = new("JPEG", 8, 4, 2); // by computing fewer values of each block of the cosine transform

    /// <summary>The kind of a file; null where it is none of these.</summary>
    /// <param name="content">The file.</param>
    /// <param name="withJpeg">Whether JPEG is one of them.</param>
    public static PictureKind? Of(ReadOnlySpan<byte> content, bool withJpeg) => content switch
    {
        [(byte)'R', (byte)'I', (byte)'F', (byte)'F', _, _, _, _, (byte)'W', (byte)'E', (byte)'B', (byte)'P', ..] => WebP,
        [(byte)'I', (byte)'I', (byte)'*' or (byte)'+', 0, ..] or [(byte)'M', (byte)'M', 0, (byte)'*' or (byte)'+', ..] => Tiff,
        [_, _, _, _, (byte)'f', (byte)'t', (byte)'y', (byte)'p', (byte)'a', (byte)'v', (byte)'i', (byte)'f' or (byte)'s', ..] => Avif,
        [(byte)'G', (byte)'I', (byte)'F', (byte)'8', ..] => Gif,
        [0xFF, 0xD8, 0xFF, ..] when withJpeg => Jpeg,
        _ => null,
    };
}
