using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using FeatureMap.Randomness;

namespace FeatureMap.Data;

/// <summary>
/// One image on its way through an augmentation. There are two buffers: a step that works pixel by pixel changes <see cref="Pixels"/> in place; a step
/// that moves pixels reads them, writes to <see cref="Next"/> and calls <see cref="Accept"/>.
/// </summary>
public ref struct AugmentationWork
{
    private readonly ReadOnlySpan<byte> source;
    private Span<float> current, other;
    private bool isUntouched = true;

    internal AugmentationWork(
        ReadOnlySpan<byte> source, Shape shape, ulong seed, uint epoch, uint index, Span<float> current, Span<float> other, Span<float> scratch)
    {
        this.source = source;
        this.current = current;
        this.other = other;
        (Shape, Seed, Epoch, Index) = (shape, seed, epoch, index);
        Scratch = scratch;
    }

    /// <summary>The shape of the image as it is now.</summary>
    public Shape Shape { readonly get; private set; }

    /// <summary>Seed of the run.</summary>
    public ulong Seed { get; }

    /// <summary>Number of the epoch.</summary>
    public uint Epoch { get; }

    /// <summary>Number of the image in its set.</summary>
    public uint Index { get; }

    /// <summary>Working memory of <see cref="Augmentation.ScratchFloats"/> numbers or more, with anything in it.</summary>
    public Span<float> Scratch { get; }

    /// <summary>The image as it is now, to be read and changed: planar CHW, 0 to 255.</summary>
    public Span<float> Pixels
    {
        get
        {
            if (isUntouched)
            {
                PixelMath.Convert(source, current);
                isUntouched = false;
            }
            return current[..Shape.Count];
        }
    }

    /// <summary>Which of the random streams of the sample the step at hand draws from.</summary>
    internal uint Stream { readonly get; set; }

    /// <summary>Where a step writes the image that shall replace the present one; it holds anything before.</summary>
    public readonly Span<float> Next(Shape shape) => other[..shape.Count];

    /// <summary>Makes what was written to <see cref="Next"/> the image.</summary>
    public void Accept(Shape shape)
    {
        var former = current;
        current = other;
        other = former;
        isUntouched = false;
        Shape = shape;
    }

    /// <summary>The random numbers of the step at hand, from the first on: a pure function of (seed, epoch, index, place of the step).</summary>
    public readonly RandomSequence Random() => new(Seed, RandomPurpose.Augmentation, Epoch, Index, Stream);

    /// <summary>Resamples the image by a map.</summary>
    internal void Warp(in AffineMap map, Border border)
    {
        var next = Next(Shape);
        if (isUntouched) map.Apply(source, Shape, next, border);
        else map.Apply(Pixels, Shape, next, border);
        Accept(Shape);
    }

    internal readonly void Finish(Span<float> destination)
    {
        if (isUntouched) PixelMath.Convert(source, destination);
        else if (!Unsafe.AreSame(ref MemoryMarshal.GetReference(current), ref MemoryMarshal.GetReference(destination))) current[..destination.Length].CopyTo(destination);
    }
}
