using System.Buffers;
using System.Runtime.CompilerServices;
using FeatureMap.Data;
using FeatureMap.Randomness;
using Xunit;

namespace FeatureMap.Tests.Data;

/// <summary>
/// Damaged JPEG files must decode to the same pixels, or be refused for the same reason, whatever lay in memory before: each is decoded
/// twice in one process, with other pictures decoded in between and with pools, stack and heap filled with different bytes.
/// </summary>
public sealed class JpegDamageTests
{
    private static readonly Shape Small = new(3, 30, 40);

    public static TheoryData<string> Kinds => [.. Enum.GetNames<Damage>()];

    private enum Damage
    {
        BitInPixels, BitAnywhere, Cut, CutAndClosed, PieceRemoved, PieceDoubled, PieceOfZeros, BytesInserted, RestartMarkers, Tables, FrameHeader, ScanHeader, RestartInterval,
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Every_damage_gives_equal_pixels_or_equal_refusal(string kind)
    {
        var damage = Enum.Parse<Damage>(kind);
        int accepted = 0, refused = 0, changed = 0;
        foreach (var (original, index) in Originals().Select((file, index) => (file, index)))
        {
            var whole = Outcome(original);
            Assert.NotNull(whole.Pixels);
            for (uint round = 0; round < 8; round++)
            {
                var file = Apply(damage, original, new RandomSequence(7, RandomPurpose.Testing, (100 * (uint)index) + round));
                Fill(0x55);
                var first = Outcome(file);
                _ = Outcome(Originals()[(index + 1) % 4]);
                Fill(0xAA);
                var second = Outcome(file);
                Assert.Equal(first.Refusal, second.Refusal);
                Assert.Equal(first.Pixels, second.Pixels);
                if (first.Pixels is null) refused++;
                else accepted++;
                if (first.Pixels is { } pixels && !pixels.SequenceEqual(whole.Pixels)) changed++;
            }
        }
        Assert.Equal(32, accepted + refused);
        // What was cut or lost a piece is never taken for whole, unless the piece was no pixels.
        if (damage == Damage.Cut) Assert.Equal(0, accepted);
        if (damage is Damage.CutAndClosed or Damage.PieceRemoved or Damage.FrameHeader) Assert.InRange(refused, 24, 32);
        Assert.InRange(changed, 0, accepted);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void A_long_campaign_of_mutations_decodes_twice_alike(int index)
    {
        var result = FuzzCampaign.Run(
            Originals()[index], 700, file =>
            {
                var first = Outcome(file);
                Fill((byte)file.Length);
                var second = Outcome(file);
                Assert.Equal(first.Refusal, second.Refusal);
                Assert.True(first.Pixels.AsSpan().SequenceEqual(second.Pixels));
                if (first.Refusal is { } refusal) throw new DataException(refusal);
            }, 96_000_000);
        Assert.InRange(result.Refused, 0.3 * FuzzCampaign.Mutations, FuzzCampaign.Mutations);
    }

    // Baseline in colour, with restart markers, progressive, and of several scans.
    private static byte[][] Originals() =>
    [
        SampleImages.ColourJpeg, JpegTests.Fault("jpeg-damage-campaign/dri.jpg"), JpegTests.Fault("jpeg-damage-campaign/prog.jpg"),
        new SampleJpegs(48, 32) { Components = [(1, 2, 2), (2, 1, 1), (3, 1, 1)], IsSeparate = true, Restart = 3, Value = (c, row, column) => (37 * row) + (11 * column) + (50 * c) & 0xFF }.Write(),
    ];

    private static (byte[]? Pixels, string? Refusal) Outcome(byte[] file)
    {
        try
        {
            return (ImageFile.Decode(file, "f", Small, resize: true), null);
        }
        catch (DataException error)
        {
            return (null, error.Message);
        }
    }

    private static byte[] Apply(Damage damage, byte[] original, RandomSequence random)
    {
        var file = (byte[])original.Clone();
        var scan = Find(file, 0xDA) + 14;
        int at = scan + random.NextInt(file.Length - 2 - scan), length = 1 + random.NextInt(Math.Min(60, file.Length - 2 - at));
        void Change(byte marker, int most)
        {
            var start = Find(file, marker);
            if (start < 0) start = Find(file, 0xDB);
            file[start + 4 + random.NextInt(most)] = (byte)random.NextUInt32();
        }
        switch (damage)
        {
            case Damage.BitInPixels:
                file[at] ^= (byte)(1 << random.NextInt(8));
                return file;
            case Damage.BitAnywhere:
                file[2 + random.NextInt(file.Length - 2)] ^= (byte)(1 << random.NextInt(8));
                return file;
            case Damage.Cut:
                return file[..at];
            case Damage.CutAndClosed:
                return [.. file[..at], 0xFF, 0xD9];
            case Damage.PieceRemoved:
                return [.. file[..at], .. file[(at + length)..]];
            case Damage.PieceDoubled:
                return [.. file[..(at + length)], .. file[at..]];
            case Damage.PieceOfZeros:
                file.AsSpan(at, length).Clear();
                return file;
            case Damage.BytesInserted:
                return [.. file[..at], .. Enumerable.Range(0, length).Select(_ => (byte)random.NextUInt32()), .. file[at..]];
            case Damage.RestartMarkers:
                var markers = Enumerable.Range(scan, file.Length - 1 - scan).Where(i => file[i] == 0xFF && file[i + 1] is >= 0xD0 and <= 0xD7).ToArray();
                if (markers.Length == 0) return [.. file[..at], 0xFF, 0xD0, .. file[at..]];
                file[markers[random.NextInt(markers.Length)] + 1] = (byte)(0xD0 + random.NextInt(8));
                return file;
            case Damage.Tables:
                Change(0xC4, 24);
                return file;
            case Damage.FrameHeader:
                Change(Find(file, 0xC0) >= 0 ? (byte)0xC0 : (byte)0xC2, 9);
                return file;
            case Damage.ScanHeader:
                Change(0xDA, 6);
                return file;
            default:
                Change(0xDD, 2);
                return file;
        }
    }

    private static int Find(byte[] file, byte marker) => file.AsSpan().IndexOf((ReadOnlySpan<byte>)[0xFF, marker]);

    // What a decoder may get back without clearing it: rented arrays, unzeroed arrays of the heap, its stack.
    private static void Fill(byte value)
    {
        for (var size = 64; size <= 1 << 18; size *= 2)
        {
            var rented = ArrayPool<byte>.Shared.Rent(size);
            rented.AsSpan().Fill(value);
            ArrayPool<byte>.Shared.Return(rented);
            GC.AllocateUninitializedArray<byte>(size).AsSpan().Fill(value);
        }
        FillStack(value);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void FillStack(byte value)
    {
        Span<byte> stack = stackalloc byte[1 << 15];
        stack.Fill(value);
    }
}
