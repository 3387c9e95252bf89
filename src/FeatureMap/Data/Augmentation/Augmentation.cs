using FeatureMap.Descriptions;

namespace FeatureMap.Data;

/// <summary>
/// Changes training images a little each time they are shown, so that a network learns what stays the same. An augmentation is a description
/// without state: what it makes of an image is a pure function of (seed, epoch, index) and the pixels, on every thread and machine. It
/// is called from worker threads for every image of every epoch and allocates nothing.
/// </summary>
/// <example><code>var augmentation = Augmentation.Sequence(new RandomCrop(padding: 4), new RandomHorizontalFlip(), new Cutout(8));
/// var same = Augmentation.Parse("crop 4, flip, cutout 8");</code></example>
public abstract record Augmentation
{
    [ThreadStatic]
    private static float[]? threadMemory;

    /// <summary>No change.</summary>
    public static Augmentation None { get; } = new NoAugmentation();

    /// <summary>The words that <see cref="Parse"/> knows, with their arguments and meaning.</summary>
    public static IReadOnlyList<DescribedWord> Words => AugmentationVocabulary.Known.Help;

    /// <summary>
    /// What becomes of the target of an image, where that is a map, a picture or boxes. A step of your own must say so to be used on
    /// images with targets: <see cref="TargetEffect.None"/>
    /// where it changes values only, <see cref="TargetEffect.Follows"/> where it moves pixels and moves those of <see
    /// cref="AugmentationWork.TargetPixels"/> and <see cref="AugmentationWork.Boxes"/> alike.
    /// </summary>
    public virtual TargetEffect OnTargets => TargetEffect.Unknown;

    /// <summary>How many random streams the augmentation and those inside it take.</summary>
    internal virtual uint Streams => 1;

    /// <summary>The augmentations inside this one.</summary>
    internal virtual IReadOnlyList<Augmentation> Parts => [];

    /// <summary>One augmentation after the other, each with random numbers of its own; <see cref="None"/> where there is none.</summary>
    public static Augmentation Sequence(params ReadOnlySpan<Augmentation> steps) => steps.Length switch
    {
        0 => None,
        1 => steps[0],
        _ => new AugmentationSequence(steps),
    };

    /// <summary>
    /// Reads a description such as <c>crop 4, flip, jitter 0.4 0.4 0.4 0.1, cutout 8</c>: steps between commas, each a word of
    /// <see cref="Words"/> with numbers in its order or <c>name=value</c>. <see cref="ToString"/> writes what this reads.
    /// </summary>
    /// <exception cref="UsageException">The text is not such a description; the message says where and what would be.</exception>
    public static Augmentation Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return AugmentationVocabulary.Known.Parse(text);
    }

    /// <summary>Whether <see cref="Parse"/> makes the same of what <see cref="ToString"/> writes: not where numbers were measured, and not for a class of the user's own.</summary>
    internal bool IsReadBack
    {
        get
        {
            try
            {
                return Parse($"{this}") == this;
            }
            catch (UsageException)
            {
                return false;
            }
        }
    }

    /// <summary>The shape of the result for images of a shape: the same, unless the augmentation crops or scales.</summary>
    /// <exception cref="ShapeException">It cannot work on such images.</exception>
    /// <exception cref="UsageException">It is not ready for use.</exception>
    public virtual Shape OutputShape(Shape shape) => shape;

    /// <summary>
    /// What is to be done with images for validation and prediction: the part that is not random (scaling to a size, standardising), so that the
    /// network sees the same kind of numbers in the same shape. <see cref="None"/> where there is no such part.
    /// </summary>
    public virtual Augmentation ForEvaluation(Shape shape) => None;

    /// <summary>The augmentation with everything that it must know of the training images measured; itself where it needs nothing.</summary>
    /// <exception cref="UsageException">The images are not fit for it.</exception>
    public virtual Augmentation Fit(ImageSet training) => this;

    /// <summary>Numbers of the largest image on the way from the stored image to the result.</summary>
    public virtual int LargestImage(Shape shape) => Math.Max(shape.Count, OutputShape(shape).Count);

    /// <summary>Numbers of working memory beyond the images themselves: the length of <see cref="AugmentationWork.Scratch"/>.</summary>
    public virtual int ScratchFloats(Shape shape) => 0;

    /// <summary>Length of the workspace that one thread needs for images of a shape.</summary>
    public int WorkspaceFloats(Shape shape) => checked((2 * LargestImage(shape)) + ScratchFloats(shape));

    /// <summary>The shape of the stored target of an image after the augmentation.</summary>
    /// <param name="shape">Shape of the images.</param>
    /// <param name="targets">Their targets.</param>
    /// <exception cref="UsageException">The augmentation, or a part of it, cannot be used on images with such targets.</exception>
    /// <exception cref="ShapeException">It moves pixels, and the targets' sides are not those of the images or a whole multiple of them.</exception>
    public Shape TargetShape(Shape shape, TargetSet targets)
    {
        ArgumentNullException.ThrowIfNull(targets);
        if (targets.AreOfWholeImage) return targets.StoredShape;
        CheckFollows(targets);
        if (targets.Encoder is { } encoder)
        {
            return OutputShape(shape) is var moves && moves == encoder.Image ? encoder.Shape
                : throw new ShapeException($"The boxes are to become numbers on images of {encoder.Image}, and "
                    + $"{(this is NoAugmentation ? "the images are" : $"'{this}' makes")} {moves}"
                    + $"{(this is NoAugmentation ? "" : $" of the {shape}")}. Both must be the network's input.");
        }
        if (OnTargets == TargetEffect.None) return targets.StoredShape;
        var (scale, stored, output) = (ScaleOf(shape, targets.StoredShape), targets.StoredShape, OutputShape(shape));
        if (scale * shape.Height != stored.Height || scale * shape.Width != stored.Width || scale == 0)
        {
            throw new ShapeException($"'{this}' moves pixels, so images of {shape} need targets of the same size or a whole multiple of it: received {targets}, "
                + $"which is {(double)stored.Height / shape.Height:0.###} times as high and {(double)stored.Width / shape.Width:0.###} "
                + "times as wide.");
        }
        return new(stored.Channels, output.Height * scale, output.Width * scale);
    }

    /// <summary>Length of the workspace that one thread needs for images of a shape with targets.</summary>
    public int WorkspaceFloats(Shape shape, TargetSet targets)
    {
        ArgumentNullException.ThrowIfNull(targets);
        if (targets.Kind == TargetKind.Boxes) return WorkspaceFloats(shape);
        var scale = Math.Max(1, ScaleOf(shape, targets.StoredShape));
        return checked((2 * LargestImage(shape)) + (scale * scale * ScratchFloats(shape)) + (2 * LargestTarget(shape, targets.StoredShape)));
    }

    /// <summary>
    /// Makes the input of one sample and moves its target alike. Without <see cref="TargetEffect.Follows"/> the target stays as it is stored.
    /// </summary>
    /// <param name="set">Images with targets that are maps or pictures.</param>
    /// <param name="image">Which image.</param>
    /// <param name="seed">Seed of the run.</param>
    /// <param name="epoch">Number of the epoch.</param>
    /// <param name="index">What chooses the random numbers: the number of the image, or another for each time that it is shown in an epoch.</param>
    /// <param name="destination">Receives the pixels: planar CHW of <see cref="OutputShape"/>, 0 to 255.</param>
    /// <param name="target">Receives the stored values of the target, numbers of classes or 0 to 255: planar CHW of <see cref="TargetShape"/>.</param>
    /// <param name="workspace">At least <see cref="WorkspaceFloats(Shape, TargetSet)"/> numbers.</param>
    /// <exception cref="ShapeException">A length does not fit.</exception>
    /// <exception cref="UsageException">The set has no such targets, or the augmentation cannot be used on them.</exception>
    public void ApplyPair(ImageSet set, int image, ulong seed, uint epoch, uint index, Span<float> destination, Span<float> target, Span<float> workspace)
    {
        ArgumentNullException.ThrowIfNull(set);
        if (set.Targets is not { Kind: TargetKind.LabelMap or TargetKind.Image } targets) throw new UsageException($"{set} has no target "
            + $"maps: use Apply.");
        var shape = set.ImageShape;
        var (output, moved) = (OutputShape(shape), TargetShape(shape, targets));
        if (destination.Length != output.Count || target.Length != moved.Count || workspace.Length < WorkspaceFloats(shape, targets))
        {
            throw new ShapeException($"'{this}' makes {output} of {shape} and {moved} of its target: expected {output.Count:N0} and {moved.Count:N0} numbers and a workspace of "
                + $"{WorkspaceFloats(shape, targets):N0}, received {destination.Length:N0}, {target.Length:N0} and {workspace.Length:N0}.");
        }
        MovePair(set, image, seed, epoch, index, destination, target, workspace);
    }

    /// <summary><see cref="ApplyPair"/> where all lengths are known to be right; it allocates nothing.</summary>
    internal void MovePair(ImageSet set, int image, ulong seed, uint epoch, uint index, Span<float> destination, Span<float> target, Span<float> workspace)
    {
        var targets = set.Targets!;
        var (shape, stored) = (set.ImageShape, targets.StoredShape);
        int largest = LargestImage(shape), largestTarget = LargestTarget(shape, stored), rooms = 2 * (largest + largestTarget);
        var work = new AugmentationWork(
            seed, epoch, index,
            new PixelBuffers(set.Pixels(image), shape, destination, workspace, largest),
            new PixelBuffers(targets.Bytes(set.TargetOf(image)), stored, target, workspace[(2 * largest)..], largestTarget),
            targets.Kind == TargetKind.LabelMap, workspace[rooms..], targets.IgnoreValue ?? 0);
        Change(ref work);
        work.Finish(destination);
        work.FinishTarget(target);
    }

    /// <summary>
    /// The same for an image with boxes, which move along: those that leave the image are left out, and of which little stays in sight no
    /// longer count. Where all lengths are known to be right; it allocates nothing.
    /// </summary>
    /// <returns>How many boxes are left, at the beginning of the room.</returns>
    internal int MoveBoxes(ImageSet set, int image, ulong seed, uint epoch, uint index, Span<float> destination, Span<TargetBox> room,
        Span<float> workspace)
    {
        var shape = set.ImageShape;
        var own = set.Targets!.BoxesOf(set.TargetOf(image));
        own.CopyTo(room);
        var largest = LargestImage(shape);
        var work = new AugmentationWork(seed, epoch, index, new PixelBuffers(set.Pixels(image), shape, destination, workspace, largest),
            default, false, workspace[(2 * largest)..]);
        work.Take(room, own.Length);
        Change(ref work);
        work.Finish(destination);
        return work.Boxes.Length;
    }

    /// <summary>Makes the input of one sample.</summary>
    /// <param name="source">The pixels: planar CHW bytes, as many as the shape has elements.</param>
    /// <param name="shape">Channels x height x width of the image.</param>
    /// <param name="seed">Seed of the run.</param>
    /// <param name="epoch">Number of the epoch, so that each shows another variant.</param>
    /// <param name="index">Index of the image in its set (not its place in the batch).</param>
    /// <param name="destination">Receives the pixels: planar CHW of <see cref="OutputShape"/>, 0 to 255, not normalized.</param>
    /// <param name="workspace">At least <see cref="WorkspaceFloats(Shape)"/> numbers, which nobody else uses meanwhile. Its content does not matter.</param>
    /// <exception cref="ShapeException">A length does not fit the shape.</exception>
    public void Apply(ReadOnlySpan<byte> source, Shape shape, ulong seed, uint epoch, uint index, Span<float> destination, Span<float> workspace)
    {
        var output = OutputShape(shape);
        if (source.Length != shape.Count || destination.Length != output.Count)
        {
            throw new ShapeException(output == shape
                ? $"An image of {shape} has {shape.Count:N0} pixels: received {source.Length:N0} in the source and {destination.Length:N0} in the destination."
                : $"'{this}' makes {output} of {shape}: expected {shape.Count:N0} pixels in the source and {output.Count:N0} in the destination, received "
                    + $"{source.Length:N0} and {destination.Length:N0}.");
        }
        int scratch = ScratchFloats(shape), largest = LargestImage(shape), needed = checked((2 * largest) + scratch);
        if (workspace.Length < needed)
            throw new ShapeException($"'{this}' on {shape} needs a workspace of {needed:N0} numbers (WorkspaceFloats): received {workspace.Length:N0}.");
        var work = new AugmentationWork(seed, epoch, index, new PixelBuffers(source, shape, destination, workspace, largest), default, false, workspace.Slice(2 * largest, scratch));
        Change(ref work);
        work.Finish(destination);
    }

    /// <summary>Makes the input of one sample in a workspace that belongs to the calling thread and grows when it has to.</summary>
    /// <inheritdoc cref="Apply(ReadOnlySpan{byte}, Shape, ulong, uint, uint, Span{float}, Span{float})"/>
    public void Apply(ReadOnlySpan<byte> source, Shape shape, ulong seed, uint epoch, uint index, Span<float> destination)
    {
        var needed = WorkspaceFloats(shape);
        if (threadMemory is null || threadMemory.Length < needed) threadMemory = new float[needed];
        Apply(source, shape, seed, epoch, index, destination, threadMemory);
    }

    /// <summary>The description that <see cref="Parse"/> reads; <c>custom</c> in it stands for a part that only code can describe.</summary>
    public sealed override string ToString() => AugmentationVocabulary.Known.Write(this);

    /// <summary>Changes the image that <paramref name="work"/> holds, and its target. Random numbers come from <see cref="AugmentationWork.Random"/> and nowhere else.</summary>
    protected internal abstract void Change(ref AugmentationWork work);

    // How many times as high the targets are; what pixels move by there.
    private static int ScaleOf(Shape shape, Shape stored) => stored.Height / shape.Height;

    // The target grows and shrinks with the image.
    private int LargestTarget(Shape shape, Shape stored)
    {
        var scale = Math.Max(1, ScaleOf(shape, stored));
        return Math.Max(stored.Count, checked(LargestImage(shape) / shape.Channels * stored.Channels * scale * scale));
    }

    private void CheckFollows(TargetSet targets)
    {
        foreach (var part in Parts)
            part.CheckFollows(targets);
        if (OnTargets == TargetEffect.Unknown)
        {
            throw new UsageException($"The augmentation '{(this is AugMix ? ToString() : GetType().Name)}' cannot be used on images with targets ({targets}): "
                + (this is AugMix ? "it lays several versions of an image over each other, each moved in its own way, and there is no target for that. Use randaugment." : "it does not say what becomes of the target. Override OnTargets: TargetEffect.None where it changes values only, "
                + "TargetEffect.Follows where it moves pixels and moves those of the target (work.TargetPixels) alike."));
        }
        if (this is ElasticDeformation && targets.Kind == TargetKind.Boxes)
            throw new UsageException($"The augmentation '{this}' moves each pixel by itself, and boxes cannot follow: an edge would not "
                + $"stay "
                + "straight. Use flip, crop, resized-crop or affine.");
        if (OnTargets == TargetEffect.Follows && targets.Kind == TargetKind.Numbers)
            throw new UsageException($"The augmentation '{this}' moves pixels, and targets that are {targets} cannot follow: what they say about places would be wrong. Use augmentations that change values only (jitter, blur, cutout ...), or make the moved images with their numbers beforehand.");
    }
}

/// <summary>What an augmentation does to the target of an image.</summary>
public enum TargetEffect
{
    /// <summary>It does not say; it cannot be used on images with targets.</summary>
    Unknown,

    /// <summary>Nothing: it changes values of the image and moves none.</summary>
    None,

    /// <summary>It moves pixels, and those of the target alike.</summary>
    Follows,
}

/// <summary>Shows the images as they are.</summary>
public sealed record NoAugmentation : Augmentation
{
    internal static Word<Augmentation> Word { get; } = new Word<Augmentation, NoAugmentation>("none", "shows the images as they are", new());

    internal override uint Streams => 0;

    /// <inheritdoc/>
    public override TargetEffect OnTargets => TargetEffect.None;

    /// <inheritdoc/>
    protected internal override void Change(ref AugmentationWork work)
    {
    }
}
