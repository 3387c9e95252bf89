namespace FeatureMap.Data;

/// <summary>How one image is mixed with another of its batch.</summary>
public readonly record struct Mix
{
    internal Mix(int partner, float weight, PixelBox box) => (Partner, Weight, Box) = (partner, weight, box);

    /// <summary>Place of the other image in the batch; the own place where nothing is mixed.</summary>
    public int Partner { get; }

    /// <summary>Part of the own label, 0 to 1; the rest is the partner's.</summary>
    public float Weight { get; }

    /// <summary>Whether the image stays as it is.</summary>
    public bool IsNothing => Weight == 1;

    /// <summary>What is pasted from the partner; empty where the partner is laid over the whole image.</summary>
    internal PixelBox Box { get; }

    /// <summary>Mixes the images.</summary>
    /// <param name="image">Planar CHW, augmented; receives the mixture.</param>
    /// <param name="partner">The other image, augmented but not mixed.</param>
    /// <param name="shape">Shape of both, the one given to <see cref="LabelMix.Draw(ulong, uint, uint, int, int, Shape)"/>.</param>
    /// <exception cref="ShapeException">A length does not fit the shape.</exception>
    public void BlendImage(Span<float> image, ReadOnlySpan<float> partner, Shape shape)
    {
        if (image.Length != shape.Count || partner.Length != shape.Count)
            throw new ShapeException($"Images of {shape} have {shape.Count:N0} numbers: received {image.Length:N0} and {partner.Length:N0} to be mixed.");
        if (IsNothing) return;
        if (Box.Height == 0)
        {
            PixelMath.Blend(image, partner, Weight);
            return;
        }
        if (Box.Top + Box.Height > shape.Height || Box.Left + Box.Width > shape.Width)
            throw new ShapeException($"The mixture was drawn for larger images than {shape}: its rectangle ends at row {Box.Top + Box.Height} and column {Box.Left + Box.Width}.");
        for (var channel = 0; channel < shape.Channels; channel++)
        {
            for (var y = Box.Top; y < Box.Top + Box.Height; y++)
            {
                var start = (channel * shape.Area) + (y * shape.Width) + Box.Left;
                partner.Slice(start, Box.Width).CopyTo(image.Slice(start, Box.Width));
            }
        }
    }

    /// <summary>Mixes the targets: class probabilities of the image and of its partner.</summary>
    /// <exception cref="ShapeException">The lengths differ.</exception>
    public void BlendLabels(Span<float> target, ReadOnlySpan<float> partner)
    {
        if (target.Length != partner.Length)
            throw new ShapeException($"Targets to be mixed must have equal lengths: received {target.Length:N0} and {partner.Length:N0} numbers.");
        if (!IsNothing) PixelMath.Blend(target, partner, Weight);
    }

    /// <summary>Writes the target of an image of one class mixed with one of another (or the same): <see cref="Weight"/> and the rest.</summary>
    /// <exception cref="ShapeException">There is no such class.</exception>
    public void WriteLabels(int label, int partnerLabel, Span<float> target)
    {
        if ((uint)label >= (uint)target.Length || (uint)partnerLabel >= (uint)target.Length)
            throw new ShapeException($"Classes {label} and {partnerLabel} cannot be mixed in a target of {target.Length:N0} numbers.");
        target.Clear();
        target[label] += Weight;
        target[partnerLabel] += 1 - Weight;
    }
}
