namespace FeatureMap.Data;

/// <summary>
/// Reads picture files that the library does not, or reads some kinds faster. A program hands one over where it opens pictures
/// (<see cref="ClassFolderOptions.Decoder"/>, <see cref="ImageFile"/>, <see cref="PictureFiles"/>); the package <c>FeatureMap.Vips</c> has
/// one for WebP, TIFF, AVIF and GIF. Any number of threads call it at the same time.
/// </summary>
public interface IPictureDecoder
{
    /// <summary>
    /// What it is, with the version of what decodes, such as <c>vips 8.18.7</c>. Another decoder may give other pixels, so this is a part
    /// of what names data: decoded images that were kept are decoded again where it changes, and a run says what decoded its images.
    /// </summary>
    string Name { get; }

    /// <summary>What a file says about itself, where it is of a kind that this decoder is for; null for all others, which the library
    /// reads.</summary>
    /// <param name="content">The whole file.</param>
    /// <param name="place">Its name in messages.</param>
    /// <exception cref="DataException">It is of such a kind, and damaged.</exception>
    PictureHeader? ReadHeader(ReadOnlySpan<byte> content, string place);

    /// <summary>Decodes a file that <see cref="ReadHeader"/> knew: upright, transparent parts over white.</summary>
    /// <param name="content">The whole file.</param>
    /// <param name="place">Its name in messages.</param>
    /// <param name="least">Rows and columns that are needed. A decoder that can scale while it decodes may give fewer than the file has,
    /// but not fewer than these.</param>
    /// <exception cref="DataException">It is damaged.</exception>
    Picture Decode(byte[] content, string place, ImageSize least);
}

/// <summary>What a picture file says about itself.</summary>
/// <param name="Width">Columns of the upright picture.</param>
/// <param name="Height">Rows of the upright picture.</param>
/// <param name="Channels">Colours: 1 for gray, 3 otherwise. Transparency does not count.</param>
public readonly record struct PictureHeader(int Width, int Height, int Channels);
