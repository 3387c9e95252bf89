namespace FeatureMap.Data;

/// <summary>Where the pixels of a set are: in memory, in a file of decoded images, or in the image files themselves.</summary>
internal abstract class PixelStore
{
    /// <summary>Bytes of all images together.</summary>
    public abstract long Bytes { get; }

    /// <summary>The pixels of one image. What comes from a file is valid until the thread asks for the next one.</summary>
    /// <param name="index">The number of the image in the whole set.</param>
    /// <exception cref="DataException">The image cannot be read any more.</exception>
    public abstract ReadOnlySpan<byte> Image(int index);
}

/// <summary>All pixels in one array.</summary>
internal sealed class ResidentPixels(byte[] pixels, int imageBytes) : PixelStore
{
    public override long Bytes => pixels.Length;

    public override ReadOnlySpan<byte> Image(int index) => pixels.AsSpan(index * imageBytes, imageBytes);
}
