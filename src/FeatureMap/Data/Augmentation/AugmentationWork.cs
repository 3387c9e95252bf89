using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using FeatureMap.Randomness;

namespace FeatureMap.Data;

/// <summary>
/// One image on its way through an augmentation, with its target map where it has one. There are two buffers: a step that works pixel by pixel changes
/// <see cref="Pixels"/> in place; a step that moves pixels reads them, writes to <see cref="Next"/> and calls <see cref="Accept"/>, and does the same to the target.
/// </summary>
public ref partial struct AugmentationWork
{
    private readonly float outside; // the label of what lies outside of a label map
    private PixelBuffers image, target;
    private Span<TargetBox> boxes;
    private int boxCount;

    internal AugmentationWork(ulong seed, uint epoch, uint index, PixelBuffers image, PixelBuffers target, bool isLabelMap, Span<float> scratch, float outside = 0)
    {
        this.outside = outside;
        this.image = image;
        this.target = target;
        (Seed, Epoch, Index, IsLabelMap) = (seed, epoch, index, isLabelMap);
        Scratch = scratch;
    }

    /// <summary>The shape of the image as it is now.</summary>
    public readonly Shape Shape => image.Shape;

    /// <summary>Seed of the run.</summary>
    public ulong Seed { get; }

    /// <summary>Number of the epoch.</summary>
    public uint Epoch { get; }

    /// <summary>Number of the image in its set.</summary>
    public uint Index { get; }

    /// <summary>Working memory of <see cref="Augmentation.ScratchFloats"/> numbers or more, with anything in it.</summary>
    public Span<float> Scratch { get; }

    /// <summary>The image as it is now, to be read and changed: planar CHW, 0 to 255.</summary>
    public Span<float> Pixels => image.Pixels;

    /// <summary>Whether a target map goes along: a step that moves pixels must move its pixels as well.</summary>
    public readonly bool HasTarget => target.Exists;

    /// <summary>Whether the target map holds numbers of classes, which must not be interpolated.</summary>
    public bool IsLabelMap { get; }

    /// <summary>The shape of the target map as it is now; its sides are those of the image or a multiple of them.</summary>
    public readonly Shape TargetShape => target.Shape;

    /// <summary>The target map as it is now: planar CHW, numbers of classes, or 0 to 255.</summary>
    public Span<float> TargetPixels => target.Pixels;

    /// <summary>Which of the random streams of the sample the step at hand draws from.</summary>
    internal uint Stream { readonly get; set; }

    /// <summary>Where a step writes the image that shall replace the present one; it holds anything before.</summary>
    public readonly Span<float> Next(Shape shape) => image.Next(shape);

    /// <summary>Makes what was written to <see cref="Next"/> the image.</summary>
    public void Accept(Shape shape) => image.Accept(shape);

    /// <summary>Where a step writes the target map that shall replace the present one.</summary>
    public readonly Span<float> NextTarget(Shape shape) => target.Next(shape);

    /// <summary>Makes what was written to <see cref="NextTarget"/> the target map.</summary>
    public void AcceptTarget(Shape shape) => target.Accept(shape);

    /// <summary>The random numbers of the step at hand, from the first on: a pure function of (seed, epoch, index, place of the step).</summary>
    public readonly RandomSequence Random() => new(Seed, RandomPurpose.Augmentation, Epoch, Index, Stream);

    /// <summary>What <see cref="Random"/> gave in the first epoch, in any epoch: for what is drawn once for an image.</summary>
    internal readonly RandomSequence RandomOfFirstEpoch() => new(Seed, RandomPurpose.Augmentation, 0, Index, Stream);

    internal readonly void Finish(Span<float> destination) => image.Finish(destination);

    internal readonly void FinishTarget(Span<float> destination) => target.Finish(destination);
}

/// <summary>A picture between its stored bytes and its result: two buffers that change places, filled from the bytes when first asked for.</summary>
internal ref struct PixelBuffers
{
    private readonly ReadOnlySpan<byte> source;
    private Span<float> current, other;
    private bool isTouched;

    /// <param name="source">The stored bytes.</param>
    /// <param name="shape">Their shape.</param>
    /// <param name="destination">Where the result shall be: it serves as the second buffer where it is large enough.</param>
    /// <param name="workspace">Room for two pictures.</param>
    /// <param name="largest">Numbers of the largest picture on the way.</param>
    public PixelBuffers(ReadOnlySpan<byte> source, Shape shape, Span<float> destination, Span<float> workspace, int largest)
    {
        this.source = source;
        Shape = shape;
        current = workspace[..largest];
        // The result often takes shape in the destination itself; otherwise it is copied there.
        other = destination.Length >= largest ? destination : workspace.Slice(largest, largest);
        Exists = true;
    }

    public readonly bool Exists { get; }

    public Shape Shape { readonly get; private set; }

    public Span<float> Pixels
    {
        get
        {
            if (!isTouched)
            {
                PixelMath.Convert(source, current);
                isTouched = true;
            }
            return current[..Shape.Count];
        }
    }

    public readonly Span<float> Next(Shape shape) => other[..shape.Count];

    public void Accept(Shape shape)
    {
        var former = current;
        current = other;
        other = former;
        isTouched = true;
        Shape = shape;
    }

    /// <summary>Resamples the picture by a map, from the bytes themselves where nothing has changed yet.</summary>
    public void Warp(in AffineMap map, Border border)
    {
        var next = Next(Shape);
        if (isTouched) map.Apply(Pixels, Shape, next, border);
        else map.Apply(source, Shape, next, border);
        Accept(Shape);
    }

    public readonly void Finish(Span<float> destination)
    {
        if (!isTouched) PixelMath.Convert(source, destination);
        else if (!Unsafe.AreSame(ref MemoryMarshal.GetReference(current), ref MemoryMarshal.GetReference(destination))) current[..destination.Length].CopyTo(destination);
    }
}
