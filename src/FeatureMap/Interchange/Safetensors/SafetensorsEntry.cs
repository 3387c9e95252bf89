using System.Collections.Immutable;

namespace FeatureMap.Interchange;

/// <summary>The element types that FeatureMap keeps in memory when it reads or writes a safetensors file.</summary>
public enum SafetensorsType
{
    /// <summary>32-bit floating point, <c>F32</c>. Weights are always this.</summary>
    Float32,

    /// <summary>64-bit floating point, <c>F64</c>.</summary>
    Float64,

    /// <summary>Signed 32-bit integer, <c>I32</c>.</summary>
    Int32,

    /// <summary>Signed 64-bit integer, <c>I64</c>.</summary>
    Int64,

    /// <summary>Unsigned byte, <c>U8</c>.</summary>
    UInt8,

    /// <summary>
    /// Numbers that are not read here, such as those of 4 bits (<c>F4</c>): the entry holds their bytes as they stand in the file.
    /// </summary>
    Raw,
}

/// <summary>
/// One named tensor of a safetensors file: name, dimensions (slowest first, row-major) and its numbers. No dimension means one number.
/// The value holds the array it was given, not a copy.
/// </summary>
public readonly struct SafetensorsEntry
{
    private readonly Array? data;
    private readonly string? storedType;

    /// <summary>A tensor of 32-bit floats.</summary>
    /// <exception cref="ShapeException">The product of the dimensions is not the length of the array.</exception>
    public SafetensorsEntry(string name, float[] data, params ReadOnlySpan<int> dimensions) : this(name, SafetensorsType.Float32, data, dimensions) { }

    /// <summary>A tensor of 64-bit floats.</summary>
    /// <exception cref="ShapeException">The product of the dimensions is not the length of the array.</exception>
    public SafetensorsEntry(string name, double[] data, params ReadOnlySpan<int> dimensions) : this(name, SafetensorsType.Float64, data, dimensions) { }

    /// <summary>A tensor of 32-bit integers.</summary>
    /// <exception cref="ShapeException">The product of the dimensions is not the length of the array.</exception>
    public SafetensorsEntry(string name, int[] data, params ReadOnlySpan<int> dimensions) : this(name, SafetensorsType.Int32, data, dimensions) { }

    /// <summary>A tensor of 64-bit integers.</summary>
    /// <exception cref="ShapeException">The product of the dimensions is not the length of the array.</exception>
    public SafetensorsEntry(string name, long[] data, params ReadOnlySpan<int> dimensions) : this(name, SafetensorsType.Int64, data, dimensions) { }

    /// <summary>A tensor of bytes.</summary>
    /// <exception cref="ShapeException">The product of the dimensions is not the length of the array.</exception>
    public SafetensorsEntry(string name, byte[] data, params ReadOnlySpan<int> dimensions) : this(name, SafetensorsType.UInt8, data, dimensions) { }

    // Bytes of numbers that are not read; how many follows from bits that are no whole bytes.
    private SafetensorsEntry(StoredTensor tensor, byte[] data) =>
        (this.data, storedType, Name, Type, Dimensions) = (data, tensor.StoredType, tensor.Name, SafetensorsType.Raw, [.. tensor.Dimensions]);

    private SafetensorsEntry(SafetensorsEntry entry, string storedType) =>
        (data, this.storedType, Name, Type, Dimensions) = (entry.data, storedType, entry.Name, entry.Type, entry.Dimensions);

    private SafetensorsEntry(string name, SafetensorsType type, Array data, ReadOnlySpan<int> dimensions)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(data);
        Int128 count = 1;
        foreach (var dimension in dimensions)
        {
            if (dimension < 0)
                throw new ShapeException($"Tensor '{name}' was given the dimensions {Written(dimensions)}; none may be negative.");
            count = Int128.Min(count * dimension, long.MaxValue);
        }
        if (count != data.Length)
            throw new ShapeException($"Tensor '{name}' was given the dimensions {Written(dimensions)}, which hold {count:N0} numbers, and "
                + $"an array of {data.Length:N0}. Pass the dimensions whose product is the array's length.");
        Name = name;
        Type = type;
        Dimensions = [.. dimensions];
        this.data = data;
    }

    /// <summary>The name, such as <c>conv1.weight</c>.</summary>
    public string Name { get; }

    /// <summary>
    /// The type of the numbers in memory, wide enough for all that the file's type can hold: <c>F16</c>, <c>BF16</c> and 8-bit floats
    /// become
    /// <see cref="SafetensorsType.Float32"/>, <c>BOOL</c> 0 and 1 in <see cref="SafetensorsType.UInt8"/>, small integers <see
    /// cref="SafetensorsType.Int32"/>, <c>U32</c> and <c>U64</c>
    /// <see cref="SafetensorsType.Int64"/> (a <c>U64</c> of which some are above 2^63 - 1 <see cref="SafetensorsType.Float64"/>, rounded).
    /// </summary>
    public SafetensorsType Type { get; }

    /// <summary>What the format calls the type of the numbers in the file, such as <c>BF16</c>.</summary>
    public string StoredType => storedType ?? SafetensorsFile.StoredName(Type);

    /// <summary>The dimensions, slowest first; empty for a single number.</summary>
    public ImmutableArray<int> Dimensions { get; }

    /// <summary>How many numbers the tensor holds: the product of its dimensions.</summary>
    public int Count => Type == SafetensorsType.Raw ? Dimensions.Aggregate(1, (product, size) => product * size) : Data.Length;

    /// <summary>
    /// The numbers as the array that the entry holds: <c>float[]</c>, <c>double[]</c>, <c>int[]</c>, <c>long[]</c> or <c>byte[]</c>, as
    /// <see cref="Type"/> says; of numbers that are not read, their bytes.
    /// </summary>
    public Array Data => data ?? throw new InvalidOperationException("This SafetensorsEntry is the default value and holds no tensor.");

    /// <summary>The numbers as 32-bit floats: the entry's own array when it is of that type, else a rounded copy.</summary>
    /// <exception cref="DataException">The numbers are of a type that is not read.</exception>
    public float[] ToSingles() => Data switch
    {
        _ when Type == SafetensorsType.Raw => throw new DataException($"Tensor '{Name}' holds numbers of the type {StoredType}, which are "
            + "not read here. Convert it to F32 or F16 and save it again."),
        float[] values => values,
        double[] values => Array.ConvertAll(values, value => (float)value),
        int[] values => Array.ConvertAll(values, value => (float)value),
        long[] values => Array.ConvertAll(values, value => (float)value),
        var other => Array.ConvertAll((byte[])other, value => (float)value),
    };

    /// <summary>The numbers as 64-bit integers: the entry's own array when it is of that type, else a copy.</summary>
    /// <exception cref="DataException">The tensor holds floating-point numbers.</exception>
    public long[] ToInt64s() => Data switch
    {
        _ when Type == SafetensorsType.Raw => throw new DataException($"Tensor '{Name}' holds numbers of the type {StoredType}, which are "
            + "not read here."),
        long[] values => values,
        int[] values => Array.ConvertAll(values, value => (long)value),
        byte[] values => Array.ConvertAll(values, value => (long)value),
        _ => throw new DataException($"Tensor '{Name}' holds {Type} numbers; integers were expected. Read it with {nameof(ToSingles)}."),
    };

    /// <summary>The tensor with what the file calls its type.</summary>
    internal SafetensorsEntry From(string stored) => new(this, stored);

    /// <summary>A tensor whose numbers are not read, with their bytes.</summary>
    internal static SafetensorsEntry Raw(StoredTensor tensor, byte[] bytes) => new(tensor, bytes);

    /// <summary>Written as <c>conv1.weight Float32 [16, 1, 3, 3]</c>.</summary>
    public override string ToString() => data is null ? "(no tensor)" : $"{Name} {(Type == SafetensorsType.Raw ? StoredType : Type)} "
        + $"{Written(Dimensions.AsSpan())}";

    internal static string Written(ReadOnlySpan<int> dimensions) => $"[{NumberRow.Join(", ", dimensions.ToArray())}]";
}
