using System.Buffers.Binary;

namespace FeatureMap.Tests.Data;

/// <summary>
/// Writes small baseline JPEG files of any structure, in which every block has one value, so that the right pixels are known without a
/// decoder. Quantisation is by 8, so the first coefficient of a block is its value - 128.
/// </summary>
internal sealed record SampleJpegs(int Width, int Height)
{
    // Codes of the standard table for the first coefficients of brightness, by the number of bits that follow.
    private static readonly (int Code, int Bits)[] Codes =
        [(0b00, 2), (0b010, 3), (0b011, 3), (0b100, 3), (0b101, 3), (0b110, 3), (0b1110, 4), (0b11110, 5), (0b111110, 6)];

    /// <summary>Name and sampling factors of each component.</summary>
    public (byte Id, int Across, int Down)[] Components { get; init; } = [(1, 1, 1)];

    /// <summary>The value of a block: component, row and column of the block.</summary>
    public Func<int, int, int, int> Value { get; init; } = (_, _, _) => 128;

    /// <summary>Segments behind the start, such as Exif: marker and content.</summary>
    public (byte Marker, byte[] Data)[] Extra { get; init; } = [];

    public int Restart { get; init; }

    public bool HasHuffmanTables { get; init; } = true;

    /// <summary>One scan for each component instead of one for all.</summary>
    public bool IsSeparate { get; init; }

    /// <summary>Bytes between the last pixel and the end marker.</summary>
    public byte[] Behind { get; init; } = [];

    /// <summary>Bits of the end of a block: of the table that is written, or of the standard one.</summary>
    private (int Code, int Bits) EndOfBlock => HasHuffmanTables ? (0, 1) : (0b1010, 4);

    public byte[] Write()
    {
        var file = new List<byte> { 0xFF, 0xD8 };
        void Segment(byte marker, params ReadOnlySpan<byte> data)
        {
            Span<byte> length = stackalloc byte[2];
            BinaryPrimitives.WriteUInt16BigEndian(length, (ushort)(data.Length + 2));
            file.AddRange([0xFF, marker, .. length, .. data]);
        }
        foreach (var (marker, data) in Extra)
            Segment(marker, data);
        Segment(0xDB, [0, .. Enumerable.Repeat((byte)8, 64)]);
        Segment(0xC0, [
            8, (byte)(Height >> 8), (byte)Height, (byte)(Width >> 8), (byte)Width, (byte)Components.Length,
            .. Components.SelectMany(c => new byte[] { c.Id, (byte)((c.Across << 4) | c.Down), 0 })]);
        if (HasHuffmanTables)
        {
            Segment(0xC4, [0, 0, 1, 5, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
            Segment(0xC4, [0x10, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        }
        if (Restart > 0) Segment(0xDD, (byte)(Restart >> 8), (byte)Restart);
        foreach (var scan in IsSeparate ? Components.Select((_, index) => new[] { index }).ToArray() : [Enumerable.Range(0, Components.Length).ToArray()])
        {
            Segment(0xDA, [(byte)scan.Length, .. scan.SelectMany(index => new byte[] { Components[index].Id, 0 }), 0, 63, 0]);
            file.AddRange(Pixels(scan));
        }
        return [.. file, .. Behind, 0xFF, 0xD9];
    }

    private List<byte> Pixels(int[] scan)
    {
        var bytes = new List<byte>();
        int buffer = 0, count = 0, done = 0, marker = 0;
        var before = new int[Components.Length];
        void Put(int code, int bits)
        {
            for (var bit = bits - 1; bit >= 0; bit--)
            {
                buffer = (buffer << 1) | ((code >> bit) & 1);
                if (++count < 8) continue;
                bytes.Add((byte)buffer);
                if ((byte)buffer == 0xFF) bytes.Add(0);
                (buffer, count) = (0, 0);
            }
        }
        void Block(int component, int row, int column)
        {
            var value = Value(component, row, column) - 128;
            var difference = value - before[component];
            before[component] = value;
            var size = 32 - System.Numerics.BitOperations.LeadingZeroCount((uint)Math.Abs(difference));
            Put(Codes[size].Code, Codes[size].Bits);
            Put(difference >= 0 ? difference : difference + (1 << size) - 1, size);
            Put(EndOfBlock.Code, EndOfBlock.Bits);
        }
        int most = Components.Max(c => c.Across), mostDown = Components.Max(c => c.Down);
        static int Up(int value, int by) => (value + by - 1) / by;
        var alone = scan.Length == 1;
        var only = Components[scan[0]];
        int across = alone ? Up(Up(Width * only.Across, most), 8) : Up(Width, 8 * most), down = alone ? Up(Up(Height * only.Down, mostDown), 8) : Up(Height, 8 * mostDown);
        for (var y = 0; y < down; y++)
        {
            for (var x = 0; x < across; x++)
            {
                if (Restart > 0 && done > 0 && done % Restart == 0)
                {
                    while (count > 0) Put(1, 1);
                    bytes.AddRange([0xFF, (byte)(0xD0 + (marker++ & 7))]);
                    Array.Clear(before);
                }
                done++;
                if (alone)
                {
                    Block(scan[0], y, x);
                    continue;
                }
                foreach (var index in scan)
                    for (var row = 0; row < Components[index].Down; row++)
                        for (var column = 0; column < Components[index].Across; column++)
                            Block(index, (y * Components[index].Down) + row, (x * Components[index].Across) + column);
            }
        }
        while (count > 0) Put(1, 1);
        return bytes;
    }
}
