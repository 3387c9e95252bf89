using System.Runtime.InteropServices;
using FeatureMap.Ops;

namespace FeatureMap.Training;

/// <summary>
/// What rank 0 writes, all others read: in blocks, each behind its length, and at the end an empty one. Who has read less than all must
/// dispose it all the same, so that every rank has received every block.
/// </summary>
internal sealed class BroadcastStream(ICollective collective) : Stream
{
    private const int BlockBytes = 1 << 22;
    private readonly byte[] block = new byte[BlockBytes];
    private int filled, read;
    private bool ended;

    private bool IsSender => collective.Rank == 0;

    public override bool CanRead => !IsSender;

    public override bool CanWrite => IsSender;

    public override bool CanSeek => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        while (buffer.Length > 0)
        {
            var count = Math.Min(buffer.Length, BlockBytes - filled);
            buffer[..count].CopyTo(block.AsSpan(filled));
            buffer = buffer[count..];
            if ((filled += count) == BlockBytes) Send();
        }
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer)
    {
        if (read == filled && !ended) Receive();
        var count = Math.Min(buffer.Length, filled - read);
        block.AsSpan(read, count).CopyTo(buffer);
        read += count;
        return count;
    }

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing && !ended)
        {
            if (IsSender)
            {
                if (filled > 0) Send();
                Send();
                ended = true;
            }
            while (!ended) Receive();
        }
        base.Dispose(disposing);
    }

    private void Send()
    {
        Span<int> length = [filled];
        collective.Broadcast(MemoryMarshal.AsBytes(length));
        if (filled > 0) collective.Broadcast(block.AsSpan(0, filled));
        filled = 0;
    }

    private void Receive()
    {
        Span<int> length = [0];
        collective.Broadcast(MemoryMarshal.AsBytes(length));
        (filled, read) = (length[0], 0);
        if (filled > 0) collective.Broadcast(block.AsSpan(0, filled));
        else ended = true;
    }
}
