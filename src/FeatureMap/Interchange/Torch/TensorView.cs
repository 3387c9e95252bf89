namespace FeatureMap.Interchange;

/// <summary>Numbers of a file that tensors lie in.</summary>
/// <param name="Key">What the file calls them.</param>
/// <param name="StoredType">What safetensors calls their type.</param>
/// <param name="Count">How many there are.</param>
/// <param name="ViewBegin">Where the window of this storage begins in them; 0 but in files of before PyTorch 0.4.</param>
/// <param name="ViewCount">How many numbers the window has.</param>
internal sealed record TorchStorage(string Key, string StoredType, long Count, long ViewBegin, long ViewCount)
{
    /// <summary>Bytes of one number.</summary>
    public int Size => SafetensorsHeader.BitsPerElement(StoredType) / 8;
}

/// <summary>
/// A tensor as PyTorch writes it: number (i, j, ...) is number offset + i stride_0 + j stride_1 + ... of its storage, which other
/// tensors may share. Nothing is checked before <see cref="Load"/>, which knows what the tensor is called.
/// </summary>
internal sealed class TensorView(TorchStorage storage, long offset, long[] sizes, long[] strides)
{
    public TorchStorage Storage => storage;

    /// <summary>Bytes of the tensor; what is wrong with it where its numbers are not all inside of its storage.</summary>
    public (long Bytes, string? Wrong) Check()
    {
        var written = $"[{NumberRow.Join(", ", sizes)}]";
        if (offset < 0 || Array.Exists(sizes, size => size is < 0 or > int.MaxValue) || Array.Exists(strides, stride => stride < 0))
            return (0, $"its offset {offset:N0}, sizes {written} and strides [{NumberRow.Join(", ", strides)}] are not all whole "
                + "numbers from 0");
        Int128 count = 1, last = offset;
        for (var i = 0; i < sizes.Length; i++)
        {
            count = Int128.Min(count * sizes[i], long.MaxValue);
            last += (Int128)(sizes[i] - 1) * strides[i];
        }
        if (count == 0) return (0, null);
        if (count > int.MaxValue / Math.Max(storage.Size, 4))
            return (0, $"{written} are {count:N0} numbers; one tensor may take at most {int.MaxValue:N0} bytes");
        if (last >= storage.ViewCount)
            return (0, $"{written} from number {offset:N0} on in strides of [{NumberRow.Join(", ", strides)}] reach number {last:N0} of "
                + $"its storage, which has {storage.ViewCount:N0}");
        return count > storage.ViewCount
            ? (0, $"{written} are {count:N0} numbers, and its storage has {storage.ViewCount:N0}: it repeats them by its strides "
            + $"[{NumberRow.Join(", ", strides)}]. Save it with .contiguous()")
            : ((long)count * storage.Size, null);
    }

    /// <summary>The tensor, made of the bytes of its whole storage; it must have passed <see cref="Check"/>.</summary>
    public SafetensorsEntry Load(string name, byte[] numbers)
    {
        var (bytes, _) = Check();
        var begin = (storage.ViewBegin + offset) * storage.Size;
        using var stream = IsContiguous || bytes == 0
            ? new MemoryStream(numbers, bytes == 0 ? 0 : (int)begin, (int)bytes, writable: false)
            : new MemoryStream(Gathered(numbers, begin, new byte[bytes]), writable: false);
        int[] dimensions = [.. sizes.Select(size => (int)size)];
        return StoredNumbers.Load(stream, new StoredTensor(name, storage.StoredType, dimensions, (int)(bytes / storage.Size), 0, bytes));
    }

    /// <summary>Whether the numbers lie in the order of the indices. The stride of a dimension of one number says nothing.</summary>
    private bool IsContiguous
    {
        get
        {
            var expected = 1L;
            for (var i = sizes.Length - 1; i >= 0; i--)
            {
                if (sizes[i] != 1 && strides[i] != expected) return false;
                expected *= sizes[i];
            }
            return true;
        }
    }

    /// <summary>Copies number by number, the last index running fastest.</summary>
    private byte[] Gathered(ReadOnlySpan<byte> numbers, long begin, byte[] result)
    {
        var size = storage.Size;
        var index = new long[sizes.Length];
        for (var (to, from) = (0, begin); to < result.Length; to += size)
        {
            numbers.Slice((int)from, size).CopyTo(result.AsSpan(to));
            for (var i = sizes.Length - 1; i >= 0; i--)
            {
                from += strides[i] * size;
                if (++index[i] < sizes[i]) break;
                from -= sizes[i] * strides[i] * size;
                index[i] = 0;
            }
        }
        return result;
    }
}
