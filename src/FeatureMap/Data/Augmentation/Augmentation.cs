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
    public static IReadOnlyList<AugmentationWord> Words => AugmentationVocabulary.Help;

    /// <summary>How many random streams the augmentation and those inside it take.</summary>
    internal virtual uint Streams => 1;

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
        return AugmentationVocabulary.Parse(text);
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

    /// <summary>Makes the input of one sample.</summary>
    /// <param name="source">The pixels: planar CHW bytes, as many as the shape has elements.</param>
    /// <param name="shape">Channels x height x width of the image.</param>
    /// <param name="seed">Seed of the run.</param>
    /// <param name="epoch">Number of the epoch, so that each shows another variant.</param>
    /// <param name="index">Index of the image in its set (not its place in the batch).</param>
    /// <param name="destination">Receives the pixels: planar CHW of <see cref="OutputShape"/>, 0 to 255, not normalized.</param>
    /// <param name="workspace">At least <see cref="WorkspaceFloats"/> numbers, which nobody else uses meanwhile. Its content does not matter.</param>
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
        // The result often takes shape in the destination itself; otherwise it is copied there.
        var second = destination.Length >= largest ? destination : workspace.Slice(largest, largest);
        var work = new AugmentationWork(source, shape, seed, epoch, index, workspace[..largest], second, workspace.Slice(2 * largest, scratch));
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
    public sealed override string ToString() => AugmentationVocabulary.Format(this);

    /// <summary>Changes the image that <paramref name="work"/> holds. Random numbers come from <see cref="AugmentationWork.Random"/> and nowhere else.</summary>
    protected internal abstract void Change(ref AugmentationWork work);
}

/// <summary>Shows the images as they are.</summary>
public sealed record NoAugmentation : Augmentation
{
    internal static Word<Augmentation> Word { get; } = new Word<Augmentation, NoAugmentation>("none", "shows the images as they are", new());

    internal override uint Streams => 0;

    /// <inheritdoc/>
    protected internal override void Change(ref AugmentationWork work)
    {
    }
}
