using System.Buffers.Binary;
using FeatureMap.Ops;

namespace FeatureMap.Interchange;

/// <summary>The fields of a tensor while it is being read. Its numbers stand as raw bytes, or in a list by their kind.</summary>
internal ref struct OnnxTensorContent(string source)
{
    public string Name { get; set; } = "";

    public OnnxType Type { get; set; }

    public List<long> Dimensions { get; } = [];

    public List<float> Singles { get; } = [];

    /// <summary>Whole numbers of all widths, and the bits of 16-bit floats.</summary>
    public List<long> Wholes { get; } = [];

    public ReadOnlySpan<byte> Raw { get; set; }

    /// <summary>Why its numbers are not read; null where they are.</summary>
    public readonly string? Unread => Width(Type) > 0 ? null
        : $"the tensor '{GraphImport.Shown(Name)}' holds "
        + $"{(Type == OnnxType.Text ? "texts" : $"numbers of the kind {(Enum.IsDefined(Type) ? Type.ToString() : $"{(int)Type}")}")}, "
        + "which are not read";

    public readonly OnnxTensor ToTensor()
    {
        var sizes = new int[Dimensions.Count];
        Int128 count = 1;
        for (var axis = 0; axis < sizes.Length; axis++)
        {
            if (Dimensions[axis] is < 0 or > int.MaxValue)
                throw Wrong($"has the size {Dimensions[axis]:N0}");
            sizes[axis] = (int)Dimensions[axis];
            count *= sizes[axis];
            if (count > int.MaxValue)
                throw Wrong($"claims {NumberRow.Join(" x ", Dimensions)} numbers; at most {int.MaxValue:N0} are read");
        }
        var width = Width(Type);
        // Only what the file really holds is made into an array, whatever the dimensions claim.
        var held = Raw.IsEmpty ? Type is OnnxType.Float32 or OnnxType.Float64 ? Singles.Count : Wholes.Count : Raw.Length / (double)width;
        if ((double)count != held)
            throw Wrong($"is {NumberRow.Join(" x ", sizes)} = {count:N0} numbers of {width} bytes and holds "
                + $"{(Raw.IsEmpty ? $"{held:N0} numbers" : $"{Raw.Length:N0} bytes")}");
        return new OnnxTensor(Name, sizes, Type is OnnxType.Float32 or OnnxType.Float64 or OnnxType.Float16 or OnnxType.BFloat16 ? Reals((int)count) : WholeNumbers((int)count));
    }

    private readonly float[] Reals(int count)
    {
        var values = new float[count];
        for (var i = 0; i < count; i++)
            values[i] = Type switch
            {
                OnnxType.Float32 => Raw.IsEmpty ? Singles[i] : BinaryPrimitives.ReadSingleLittleEndian(Raw[(i * 4)..]),
                OnnxType.Float64 => Raw.IsEmpty ? Singles[i] : (float)BinaryPrimitives.ReadDoubleLittleEndian(Raw[(i * 8)..]),
                OnnxType.Float16 => (float)BitConverter.UInt16BitsToHalf(Bits16(i)),
                _ => BitConverter.UInt32BitsToSingle((uint)Bits16(i) << 16), // the upper half of a float32
            };
        return values;
    }

    private readonly ushort Bits16(int index) => Raw.IsEmpty ? (ushort)Wholes[index] : BinaryPrimitives.ReadUInt16LittleEndian(Raw[(index * 2)..]);

    private readonly long[] WholeNumbers(int count)
    {
        var values = new long[count];
        for (var i = 0; i < count; i++)
            values[i] = Raw.IsEmpty ? Wholes[i] : Type switch
            {
                OnnxType.Int64 or OnnxType.UInt64 => BinaryPrimitives.ReadInt64LittleEndian(Raw[(i * 8)..]),
                OnnxType.Int32 => BinaryPrimitives.ReadInt32LittleEndian(Raw[(i * 4)..]),
                OnnxType.UInt32 => BinaryPrimitives.ReadUInt32LittleEndian(Raw[(i * 4)..]),
                OnnxType.Int16 => BinaryPrimitives.ReadInt16LittleEndian(Raw[(i * 2)..]),
                OnnxType.UInt16 => BinaryPrimitives.ReadUInt16LittleEndian(Raw[(i * 2)..]),
                OnnxType.Int8 => (sbyte)Raw[i],
                _ => Raw[i],
            };
        return values;
    }

    private static int Width(OnnxType type) => type switch
    {
        OnnxType.Float64 or OnnxType.Int64 or OnnxType.UInt64 => 8,
        OnnxType.Float32 or OnnxType.Int32 or OnnxType.UInt32 => 4,
        OnnxType.Float16 or OnnxType.BFloat16 or OnnxType.Int16 or OnnxType.UInt16 => 2,
        OnnxType.Int8 or OnnxType.UInt8 or OnnxType.Boolean => 1,
        _ => 0,
    };

    private readonly DataException Wrong(string what) => new($"{source}: the tensor '{(Name.Length <= 80 ? Name : Name[..80] + "...")}' {what}. The file is damaged; export or copy it again.");
}
