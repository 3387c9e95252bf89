using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace FeatureMap.Data;

/// <summary>The SHA-256 of each MiB of pixels.</summary>
internal sealed class BlockSums(byte[] bytes)
{
    public const int Block = 1 << 20, Digest = 32;

    public byte[] Bytes => bytes;

    public ReadOnlySpan<byte> this[int block] => bytes.AsSpan(block * Digest, Digest);

    public int Count => bytes.Length / Digest;

    public static long BytesFor(long pixels) => (pixels + Block - 1) / Block * Digest;

    /// <summary>Makes them of pixels that come piece by piece.</summary>
    public sealed class Builder
    {
        private readonly List<byte> sums = [];
        private readonly IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        private int filled;

        public void Add(ReadOnlySpan<byte> pixels)
        {
            while (!pixels.IsEmpty)
            {
                var part = pixels[..Math.Min(Block - filled, pixels.Length)];
                hash.AppendData(part);
                filled += part.Length;
                pixels = pixels[part.Length..];
                if (filled == Block) Close();
            }
        }

        public BlockSums Finish()
        {
            if (filled > 0) Close();
            hash.Dispose();
            return new([.. sums]);
        }

        private void Close()
        {
            sums.AddRange(hash.GetHashAndReset());
            filled = 0;
        }
    }
}

/// <summary>
/// Pixels in a file of the cache. They are read, not mapped: what the disk cannot give is an error with a name and not the end of the process, the
/// memory of the system's cache is not counted as ours, and the file may be replaced meanwhile. A block is checked when it is first touched.
/// </summary>
internal sealed class PixelFile
{
    // So that a caller may compare two images, each thread has a few places in turn.
    private const int Places = 4;

    [ThreadStatic]
    private static byte[][]? places;

    [ThreadStatic]
    private static int turn;

    [ThreadStatic]
    private static byte[]? whole;

    private readonly string path;
    private readonly long start, length;
    private readonly BlockSums sums;
    private readonly SafeFileHandle file;
    private readonly bool[] isGood;

    public PixelFile(string path, long start, long length, BlockSums sums)
    {
        (this.path, this.start, this.length, this.sums) = (path, start, length, sums);
        file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, FileOptions.RandomAccess);
        isGood = new bool[sums.Count];
    }

    /// <summary>Bytes of the pixels, valid until the thread asks for a few more.</summary>
    /// <exception cref="DataException">The file is damaged or cannot be read.</exception>
    public ReadOnlySpan<byte> Read(long at, int count)
    {
        for (var block = at / BlockSums.Block; block <= (at + count - 1) / BlockSums.Block; block++)
            if (!Volatile.Read(ref isGood[block])) Check((int)block);
        var all = places ??= [.. Enumerable.Repeat(Array.Empty<byte>(), Places)];
        turn = (turn + 1) % Places;
        if (all[turn].Length < count) all[turn] = new byte[count];
        var place = all[turn].AsSpan(0, count);
        Fill(place, at);
        return place;
    }

    private void Check(int block)
    {
        var at = (long)block * BlockSums.Block;
        var bytes = (whole ??= new byte[BlockSums.Block]).AsSpan(0, (int)Math.Min(BlockSums.Block, length - at));
        Fill(bytes, at);
        Span<byte> sum = stackalloc byte[BlockSums.Digest];
        SHA256.HashData(bytes, sum);
        if (!sum.SequenceEqual(sums[block]))
            throw new DataException($"{path}: the decoded images in this file of the cache are damaged (block {block:N0} of {sums.Count:N0} has another checksum). Remove the file; the images are decoded again then.");
        Volatile.Write(ref isGood[block], true);
    }

    private void Fill(Span<byte> bytes, long at)
    {
        try
        {
            for (var done = 0; done < bytes.Length;)
            {
                var got = RandomAccess.Read(file, bytes[done..], start + at + done);
                if (got == 0) throw new DataException($"{path}: this file of the cache became shorter while it was used. Remove it; the images are decoded again then.");
                done += got;
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new DataException($"{path}: the decoded images in this file of the cache cannot be read: {error.Message}", error);
        }
    }
}

/// <summary>The images of one part in a file of the cache.</summary>
internal sealed class FilePart(PixelFile file, long start, long bytes, int imageBytes) : PixelStore
{
    public override long Bytes => bytes;

    public override ReadOnlySpan<byte> Image(int index) => file.Read(start + ((long)index * imageBytes), imageBytes);
}

/// <summary>Images that are decoded whenever they are used, by the thread that uses them.</summary>
/// <param name="tree">The files; archives are read by one thread at a time.</param>
/// <param name="files">The file of each image.</param>
/// <param name="shape">Shape of every image.</param>
/// <param name="fit">How it is made of the picture.</param>
internal sealed class DecodedEachTime(FileTree tree, IReadOnlyList<int> files, Shape shape, ImageFit fit) : PixelStore
{
    public override long Bytes => (long)files.Count * shape.Count;

    public override ReadOnlySpan<byte> Image(int index)
    {
        var content = tree.ReadAt(files[index], ImageFile.LargestFile);
        if (content.Error is { } error) throw error;
        var place = tree.Place(content.File);
        return ImageFile.Decode(content.Content!, ImageHeader.Parse(content.Content, place, tree.Decoder), place, shape, fit, out _);
    }
}

/// <summary>Takes decoded images from any thread into a new file of the cache, which counts only when it is complete.</summary>
internal sealed class PixelFileWriter : IDisposable
{
    private readonly string path, temporary;
    private readonly long bytes;
    private readonly SafeFileHandle file;
    private bool isComplete;

    /// <summary>Takes the room on the disk.</summary>
    /// <exception cref="DataException">There is not enough, or the place is not writable.</exception>
    public PixelFileWriter(string path, long bytes)
    {
        (this.path, this.bytes) = (path, bytes);
        DecodedCache.MakeFolder(path);
        temporary = $"{path}.{Environment.ProcessId}.{Random.Shared.Next():x8}{DurableFile.TemporarySuffix}";
        try
        {
            file = File.OpenHandle(temporary, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, preallocationSize: DecodedCache.Start + bytes);
        }
        catch (Exception error) when (DurableFile.IsOfDisk(error))
        {
            throw Full(error);
        }
    }

    public void Put(long at, ReadOnlySpan<byte> pixels)
    {
        try
        {
            RandomAccess.Write(file, pixels, DecodedCache.Start + at);
        }
        catch (Exception error) when (DurableFile.IsOfDisk(error))
        {
            throw Full(error);
        }
    }

    /// <summary>Ends the file and gives it its name.</summary>
    public void Complete(string key, DecodedImages images)
    {
        try
        {
            var about = DecodedCache.About(key, images, out var header);
            var start = DecodedCache.Fixed(header, bytes, images.Targets is not null);
            RandomAccess.Write(file, start, 0);
            var sums = new BlockSums.Builder();
            var block = new byte[BlockSums.Block];
            for (long at = 0, got; at < bytes; at += got)
            {
                got = RandomAccess.Read(file, block.AsSpan(0, (int)Math.Min(block.Length, bytes - at)), DecodedCache.Start + at);
                if (got == 0) block.AsSpan().Clear(); // the places of the last images, when they could not be read
                if (got == 0) got = Math.Min(block.Length, bytes - at);
                sums.Add(block.AsSpan(0, (int)got));
            }
            using var end = new MemoryStream();
            DecodedCache.WriteEnd(end, start, about, sums.Finish());
            RandomAccess.Write(file, end.ToArray(), DecodedCache.Start + bytes);
            RandomAccess.FlushToDisk(file);
            file.Dispose();
            File.Move(temporary, path, overwrite: true);
            isComplete = true;
        }
        catch (Exception error) when (DurableFile.IsOfDisk(error))
        {
            throw Full(error);
        }
    }

    public void Dispose()
    {
        file.Dispose();
        if (isComplete) return;
        try
        {
            File.Delete(temporary);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // It is swept with the next file of this name.
        }
    }

    private DataException Full(Exception error) =>
        new($"{DurableFile.Failed(path, error, bytes).Message} Or have the images decoded each time they are used: decode=each-time.", error);
}
