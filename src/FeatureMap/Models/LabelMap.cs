using FeatureMap.Data;

namespace FeatureMap.Models;

/// <summary>The class of every pixel of a picture: what a network for masks says.</summary>
/// <param name="Height">Rows.</param>
/// <param name="Width">Columns.</param>
/// <param name="Labels">The number of the class of each pixel, row by row.</param>
/// <param name="ClassNames">The classes, by number.</param>
public sealed record LabelMap(int Height, int Width, IReadOnlyList<byte> Labels, IReadOnlyList<string> ClassNames)
{
    /// <summary>How many pixels each class has, in the order of <see cref="ClassNames"/>.</summary>
    public IReadOnlyList<long> Pixels
    {
        get
        {
            var counts = new long[ClassNames.Count];
            foreach (var label in Labels)
                counts[label]++;
            return counts;
        }
    }

    /// <summary>
    /// The map as a PNG file with a palette: the number of a pixel is the number of its class, as masks to learn from have it, and each
    /// class has a colour, so that people see it too.
    /// </summary>
    public byte[] ToPng() => PngWriter.WriteIndices([.. Labels], Height, Width, LabelColours.Palette(ClassNames.Count));

    /// <summary>The map for a picture of another size: each pixel has the class of the one whose middle is nearest.</summary>
    /// <param name="height">Rows of the result.</param>
    /// <param name="width">Columns of the result.</param>
    public LabelMap Resized(int height, int width)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        if ((height, width) == (Height, Width)) return this;
        var result = new byte[checked(height * width)];
        NearestLabel.Scale([.. Labels], Height, Width, result, height, width);
        return new(height, width, result, ClassNames);
    }

    /// <summary>Whether a file is a map that <see cref="Save"/> wrote: what nobody else made may be written again.</summary>
    /// <param name="path">The file; false where it is not there or cannot be read.</param>
    public static bool IsWrittenHere(string path)
    {
        try
        {
            using var stream = File.OpenRead(path);
            var start = new byte[2048];
            return start.AsSpan(0, stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false)).IndexOf(PngWriter.Mark) >= 0;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>Writes <see cref="ToPng"/>. A file of this name is replaced.</summary>
    /// <exception cref="DataException">The file cannot be written.</exception>
    public void Save(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        try
        {
            File.WriteAllBytes(path, ToPng());
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new DataException($"{path}: the mask cannot be written: {error.Message}", error);
        }
    }
}
