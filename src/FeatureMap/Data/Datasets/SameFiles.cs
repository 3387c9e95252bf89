using System.Buffers.Binary;
using System.Security.Cryptography;

namespace FeatureMap.Data;

/// <summary>
/// Finds image files that are there more than once, by their bytes: across the parts of a set, where they make the accuracy better than
/// the network, and in two classes. Each image has a place of its own, so threads need no lock.
/// </summary>
/// <param name="count">Images of both parts.</param>
internal sealed class SameFiles(int count)
{
    private readonly ulong[] sums = new ulong[count]; // the first 8 bytes of the SHA-256; 0 where the file could not be read

    /// <summary>Notes the bytes of an image.</summary>
    public void Add(int position, byte[] content)
    {
        Span<byte> sum = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(content, sum);
        sums[position] = BinaryPrimitives.ReadUInt64LittleEndian(sum);
    }

    /// <summary>Sentences on them; none where there are none.</summary>
    /// <param name="labels">The class of each image, those to learn from first; -1 for one that is left out.</param>
    /// <param name="training">How many are to learn from; all, where the data come in one part.</param>
    /// <param name="fileOf">The file at a position.</param>
    public IEnumerable<string> Notes(IReadOnlyList<int> labels, int training, Func<int, string> fileOf)
    {
        var first = new Dictionary<ulong, int>();
        var (leaks, doubles, contradictions) = (new List<(int, int)>(), new List<(int, int)>(), new List<(int, int)>());
        for (var position = 0; position < count; position++)
        {
            if (sums[position] == 0 || labels[position] < 0 || first.TryAdd(sums[position], position)) continue;
            var other = first[sums[position]];
            (labels[other] != labels[position] ? contradictions : other < training && position >= training ? leaks
                : doubles).Add((position, other));
        }
        if (contradictions.Count > 0)
            yield return $"{Images(contradictions.Count)} in another class too, such as {Pair(contradictions[0])}: nobody can be right "
                + $"about both.{All}";
        if (leaks.Count > 0)
            yield return $"{leaks.Count:N0} of {count - training:N0} validation images are also among those to learn from, such as "
                + $"{Pair(leaks[0])}: the accuracy counts what is known by heart.{All}";
        if (doubles.Count > 0 && training == count)
            yield return $"{Images(doubles.Count)} there once more, such as {Pair(doubles[0])}: one may be learnt from and the other "
                + $"judged by.{All}";

        string Pair((int Position, int Other) same) => $"{EntryPath.Shown(fileOf(same.Position))}, which is "
            + $"{EntryPath.Shown(fileOf(same.Other))}";
    }

    private const string All = " DataCheck.Of names all of them.";

    private static string Images(int images) => images == 1 ? "1 image is" : $"{images:N0} images are";
}
