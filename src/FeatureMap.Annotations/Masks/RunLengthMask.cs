using System.Text;
using FeatureMap.Analysis;

namespace FeatureMap.Annotations;

/// <summary>
/// The pixels of one thing as COCO keeps them: lengths of runs down the columns, first of pixels that do not belong to it, then of some
/// that do, and so on. A mask of H rows and W columns [0 1; 0 1] has the runs 2, 2.
/// </summary>
public sealed class RunLengthMask : IEquatable<RunLengthMask>
{
    /// <summary>Masks of more pixels are not read.</summary>
    public const long MostPixels = 200_000_000;

    private readonly int[] runs;

    private RunLengthMask(int height, int width, int[] runs) => (Height, Width, this.runs) = (height, width, runs);

    /// <summary>Rows.</summary>
    public int Height { get; }

    /// <summary>Columns.</summary>
    public int Width { get; }

    /// <summary>The lengths, column by column, beginning with pixels outside; their sum is height x width.</summary>
    public IReadOnlyList<int> Runs => runs;

    /// <summary>Pixels that belong to it.</summary>
    public long Area
    {
        get
        {
            var area = 0L;
            for (var run = 1; run < runs.Length; run += 2)
                area += runs[run];
            return area;
        }
    }

    /// <summary>Makes a mask of its runs.</summary>
    /// <param name="height">Rows.</param>
    /// <param name="width">Columns.</param>
    /// <param name="runs">The lengths, see <see cref="Runs"/>.</param>
    /// <exception cref="DataException">A length is negative, or the sum is not height x width.</exception>
    public static RunLengthMask Of(int height, int width, IEnumerable<int> runs)
    {
        ArgumentNullException.ThrowIfNull(runs);
        CheckSize(height, width);
        var area = (long)height * width;
        var sum = 0L;
        var lengths = new List<int>();
        foreach (var run in runs)
        {
            if (run < 0) throw new DataException($"run {lengths.Count} of the mask is {run}: the lengths of runs are 0 or more");
            sum += run;
            if (sum > area) break;
            lengths.Add(run);
        }
        if (sum != area)
        {
            throw new DataException($"the runs of the mask cover {(sum > area ? "more than " : "")}{Math.Min(sum, area):N0} pixels: "
                + $"expected "
                + $"{height} x {width} = {area:N0} (rows x columns)");
        }
        return new(height, width, [.. lengths]);
    }

    /// <summary>Makes a mask of a map.</summary>
    /// <param name="height">Rows.</param>
    /// <param name="width">Columns.</param>
    /// <param name="pixels">Row by row, whether each pixel belongs to it.</param>
    public static RunLengthMask Of(int height, int width, ReadOnlySpan<bool> pixels)
    {
        CheckSize(height, width);
        if (pixels.Length != height * width)
            throw new DataException($"A mask of {height} x {width} has {(long)height * width:N0} pixels: received {pixels.Length:N0}.");
        var lengths = new List<int>();
        var (inside, length) = (false, 0);
        for (var x = 0; x < width; x++)
        {
            for (var y = 0; y < height; y++)
            {
                if (pixels[(y * width) + x] != inside)
                {
                    lengths.Add(length);
                    (inside, length) = (!inside, 0);
                }
                length++;
            }
        }
        lengths.Add(length);
        return new(height, width, [.. lengths]);
    }

    /// <summary>
    /// Reads the runs from the text that COCO packs them into. A number is cut into groups of 5 bits, the lowest first; a character is
    /// 48 + group, plus 32 where more follow, and the highest bit of the last group is the sign. From the fourth number on, what is written
    /// is the difference to the run two before.
    /// </summary>
    /// <param name="height">Rows.</param>
    /// <param name="width">Columns.</param>
    /// <param name="text">The text.</param>
    /// <exception cref="DataException">It is no such text, or the runs do not cover the mask.</exception>
    public static RunLengthMask Parse(int height, int width, string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        CheckSize(height, width);
        var lengths = new List<int>();
        for (var at = 0; at < text.Length;)
        {
            long value = 0;
            for (var shift = 0; ; shift += 5)
            {
                if (at == text.Length) throw new DataException("the compressed runs of the mask end in the middle of a number");
                var group = text[at] - 48;
                if (group is < 0 or > 63)
                    throw new DataException($"the compressed runs of the mask have the character '{text[at]}' at {at}: expected those "
                        + $"from '0' to 'o'");
                if (shift > 30) throw new DataException($"a number in the compressed runs of the mask is too long (at character {at})");
                at++;
                value |= (long)(group & 31) << shift;
                if ((group & 32) != 0) continue;
                if ((group & 16) != 0) value |= -1L << (shift + 5);
                break;
            }
            if (lengths.Count > 2) value += lengths[^2];
            if (value is < 0 or > int.MaxValue)
                throw new DataException($"run {lengths.Count} of the mask is {value:N0}: the lengths of runs are 0 or more");
            lengths.Add((int)value);
        }
        return Of(height, width, lengths);
    }

    /// <summary>The runs packed as <see cref="Parse"/> reads them.</summary>
    public string ToCompressed()
    {
        var text = new StringBuilder();
        for (var run = 0; run < runs.Length; run++)
        {
            long value = run > 2 ? (long)runs[run] - runs[run - 2] : runs[run];
            while (true)
            {
                var group = (int)(value & 31);
                value >>= 5;
                // The sign of what is left must be that of the last group's highest bit.
                var isLast = (group & 16) != 0 ? value == -1 : value == 0;
                text.Append((char)(48 + group + (isLast ? 0 : 32)));
                if (isLast) break;
            }
        }
        return text.ToString();
    }

    /// <summary>Row by row, whether each pixel belongs to it.</summary>
    public bool[] ToPixels()
    {
        var pixels = new bool[Height * Width];
        long at = 0;
        for (var run = 0; run < runs.Length; run++)
        {
            if (run % 2 == 1)
                for (var place = at; place < at + runs[run]; place++)
                    pixels[(place % Height * Width) + (place / Height)] = true;
            at += runs[run];
        }
        return pixels;
    }

    /// <summary>The smallest box around its pixels; one without area where there are none.</summary>
    public Box Bounds()
    {
        long at = 0;
        var (left, top, right, bottom) = (int.MaxValue, int.MaxValue, -1, -1);
        for (var run = 0; run < runs.Length; run++)
        {
            if (run % 2 == 1 && runs[run] > 0)
            {
                var (first, last) = (at, at + runs[run] - 1);
                left = Math.Min(left, (int)(first / Height));
                right = Math.Max(right, (int)(last / Height));
                // A run over the end of a column has both edges in it.
                var isOneColumn = first / Height == last / Height;
                top = Math.Min(top, isOneColumn ? (int)(first % Height) : 0);
                bottom = Math.Max(bottom, isOneColumn ? (int)(last % Height) : Height - 1);
            }
            at += runs[run];
        }
        return right < 0 ? default : new(left, top, right - left + 1, bottom - top + 1);
    }

    /// <summary>Whether both have the same size and the same runs.</summary>
    public bool Equals(RunLengthMask? other) =>
        other is not null && Height == other.Height && Width == other.Width && runs.AsSpan().SequenceEqual(other.runs);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as RunLengthMask);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Height, Width, runs.Length, Area);

    /// <summary>Size and area.</summary>
    public override string ToString() => $"mask of {Height} x {Width}, {Area:N0} pixels";

    private static void CheckSize(int height, int width)
    {
        if (height < 1 || width < 1 || (long)height * width > MostPixels)
            throw new DataException($"a mask of {height:N0} x {width:N0} (rows x columns): both must be 1 or more, and at most "
                + $"{MostPixels:N0} pixels are read");
    }
}
