using System.Numerics;

namespace FeatureMap.Data;

/// <summary>
/// What a picture looks like from afar, in two sizes. The difference hash has 64 bits: of 9 x 8 gray pixels, whether each is darker than the one
/// to its right, so that brightness, size and quality hardly change it. Pictures without detail have similar ones by chance; the 16 x 16 gray pixels
/// tell them apart. Source: N. Krawetz, "Kind of Like That", 2013.
/// </summary>
internal sealed class DifferenceHash
{
    /// <summary>Bits that may differ in pictures that look alike.</summary>
    public const int MostBits = 3;

    private const int Side = 16, Rows = 8, Columns = 8;

    // Mean difference of the gray values, 0 to 255.
    private const double MostDifference = 8;

    private readonly byte[] small;

    /// <summary>The size that pictures are decoded to for it.</summary>
    public static ImageSize Decoded => new(64, 72);

    /// <param name="gray">Of <see cref="Decoded"/>.</param>
    public DifferenceHash(byte[] gray)
    {
        var shape = new Shape(1, Decoded.Height, Decoded.Width);
        small = ImageResize.Resize(gray, shape, Side, Side);
        var cells = ImageResize.Resize(gray, shape, Rows, Columns + 1);
        for (var bit = 0; bit < Rows * Columns; bit++)
        {
            var at = (bit / Columns * (Columns + 1)) + (bit % Columns);
            if (cells[at] < cells[at + 1]) Bits |= 1UL << bit;
        }
    }

    public ulong Bits { get; }

    public bool LooksLike(DifferenceHash other)
    {
        if (BitOperations.PopCount(Bits ^ other.Bits) > MostBits) return false;
        var sum = 0;
        for (var i = 0; i < small.Length; i++)
            sum += Math.Abs(small[i] - other.small[i]);
        return sum <= MostDifference * small.Length;
    }
}

/// <summary>Finds pictures that look alike among many without comparing all with all.</summary>
internal static class NearDoubles
{
    // Of 64 bits in 4 blocks of 16 one block at least is equal where at most 3 bits differ.
    private const int Blocks = DifferenceHash.MostBits + 1, BlockBits = 64 / Blocks;

    // Of a block that more pictures share than these, each is compared with as many of the next ones only.
    private const int MostCompared = 500;

    /// <summary>Groups of pictures that look alike, each in rising order, the groups by their first.</summary>
    /// <param name="hashes">By picture; null where there is none.</param>
    public static IReadOnlyList<int[]> Of(IReadOnlyList<DifferenceHash?> hashes)
    {
        int[] parent = [.. Enumerable.Range(0, hashes.Count)];
        for (var block = 0; block < Blocks; block++)
        {
            var shift = block * BlockBits;
            foreach (var sharing in Enumerable.Range(0, hashes.Count).Where(i => hashes[i] is not null).GroupBy(i => (ushort)(hashes[i]!.Bits >> shift)))
            {
                int[] members = [.. sharing];
                for (var one = 0; one < members.Length; one++)
                    for (var other = one + 1; other < Math.Min(members.Length, one + MostCompared); other++)
                        if (hashes[members[one]]!.LooksLike(hashes[members[other]]!)) Join(members[one], members[other]);
            }
        }
        return [.. Enumerable.Range(0, hashes.Count).GroupBy(Root).Where(group => group.Count() > 1).Select(group => group.ToArray()).OrderBy(group => group[0])];

        int Root(int i)
        {
            while (parent[i] != i)
                i = parent[i] = parent[parent[i]];
            return i;
        }

        void Join(int one, int other)
        {
            var (low, high) = (Math.Min(Root(one), Root(other)), Math.Max(Root(one), Root(other)));
            parent[high] = low;
        }
    }
}
