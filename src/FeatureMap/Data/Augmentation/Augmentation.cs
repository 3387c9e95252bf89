using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace FeatureMap.Data;

/// <summary>
/// Changes training images a little each time they are shown, so that a network learns what stays the same. An augmentation is a description
/// without state: what it makes of an image is a pure function of (seed, epoch, index) and the pixels, on every thread and machine. It
/// is called from worker threads for every image of every epoch and allocates nothing.
/// </summary>
public abstract record Augmentation
{
    /// <summary>No change.</summary>
    public static Augmentation None { get; } = new NoAugmentation();

    /// <summary>Makes the input of one sample.</summary>
    /// <param name="source">The pixels: planar CHW bytes, as many as the shape has elements.</param>
    /// <param name="shape">Channels x height x width of the image.</param>
    /// <param name="seed">Seed of the run.</param>
    /// <param name="epoch">Number of the epoch, so that each shows another variant.</param>
    /// <param name="index">Index of the image in its set (not its place in the batch).</param>
    /// <param name="destination">Receives the pixels: planar CHW, 0 to 255, not normalized.</param>
    /// <exception cref="ShapeException">The source or the destination does not have the length of the shape.</exception>
    public abstract void Apply(ReadOnlySpan<byte> source, Shape shape, ulong seed, uint epoch, uint index, Span<float> destination);

    /// <summary>Throws unless source and destination have the length of the shape.</summary>
    private protected static void CheckLengths(int source, Shape shape, int destination)
    {
        if (source != shape.Count || destination != shape.Count)
            throw new ShapeException($"An image of {shape} has {shape.Count:N0} pixels: received {source:N0} in the source and {destination:N0} in the destination.");
    }

    /// <summary>Writes the bytes as numbers, 0 to 255.</summary>
    private protected static void Convert(ReadOnlySpan<byte> source, Span<float> destination)
    {
        var index = 0;
        ref var from = ref MemoryMarshal.GetReference(source);
        ref var to = ref MemoryMarshal.GetReference(destination);
        for (; index <= source.Length - Vector128<byte>.Count; index += Vector128<byte>.Count)
        {
            var (low, high) = Vector128.Widen(Vector128.LoadUnsafe(ref from, (nuint)index));
            Store(low, ref to, index);
            Store(high, ref to, index + 8);
        }
        for (; index < source.Length; index++)
            destination[index] = source[index];

        static void Store(Vector128<ushort> values, ref float to, int index)
        {
            var (low, high) = Vector128.Widen(values);
            Vector128.ConvertToSingle(low.AsInt32()).StoreUnsafe(ref to, (nuint)index);
            Vector128.ConvertToSingle(high.AsInt32()).StoreUnsafe(ref to, (nuint)index + 4);
        }
    }
}

/// <summary>Shows the images as they are.</summary>
public sealed record NoAugmentation : Augmentation
{
    /// <inheritdoc/>
    public override void Apply(ReadOnlySpan<byte> source, Shape shape, ulong seed, uint epoch, uint index, Span<float> destination)
    {
        CheckLengths(source.Length, shape, destination.Length);
        Convert(source, destination);
    }
}
