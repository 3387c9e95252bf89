using System.Buffers.Binary;
using FeatureMap.Randomness;

namespace FeatureMap.Tests.Data;

/// <summary>Damages a file in the ways that files get damaged, repeatably.</summary>
internal static class Mutations
{
    private static readonly uint[] Extremes = [0, 1, 0x7F, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0xFFFFFFFE];

    /// <summary>One to four changes; every other one falls into the first <paramref name="headBias"/> bytes, where headers are.</summary>
    public static byte[] Of(byte[] original, uint round, int headBias)
    {
        var random = new RandomSequence(99, RandomPurpose.Testing, round);
        var file = (byte[])original.Clone();
        for (var change = random.NextInt(4); change >= 0; change--)
        {
            var head = Math.Min(headBias, file.Length);
            var at = random.NextInt(random.NextInt(2) == 0 ? Math.Max(1, head) : Math.Max(1, file.Length));
            switch (random.NextInt(6))
            {
                case 0 when file.Length > 0:
                    file[at] ^= (byte)(1 << random.NextInt(8));
                    break;
                case 1 when file.Length > 0:
                    file[at] = (byte)random.NextUInt32();
                    break;
                case 2 when at + 4 <= file.Length:
                    BinaryPrimitives.WriteUInt32BigEndian(file.AsSpan(at), Extremes[random.NextInt(Extremes.Length)]);
                    break;
                case 3 when at + 4 <= file.Length:
                    BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(at), Extremes[random.NextInt(Extremes.Length)]);
                    break;
                case 4:
                    file = file[..random.NextInt(file.Length + 1)];
                    break;
                default:
                    file = [.. file[..Math.Min(at, file.Length)], (byte)random.NextUInt32(), .. file[Math.Min(at, file.Length)..]];
                    break;
            }
        }
        return file;
    }
}
