using FeatureMap.Lanes;

namespace FeatureMap.Networks;

/// <summary>
/// Some images of a step that follow each other, on their way in and out of an engine: those that one of its threads works on. Numbers are
/// planar, [channel][row][column]; how the engine keeps them is not said.
/// </summary>
/// <param name="memory">Where they are.</param>
/// <param name="slot">Which part of it is this group's; no other group has it meanwhile.</param>
/// <param name="first">Number of the first image in the whole batch, over all ranks.</param>
/// <param name="position">Number of the first image among those that are here.</param>
/// <param name="count">How many.</param>
/// <param name="work">Memory to work in; its content is garbage.</param>
internal readonly ref struct ImageGroup(IGroupMemory memory, int slot, int first, int position, int count, Span<float> work)
{
    /// <summary>Most images of a group.</summary>
    public const int Most = LaneLayout.Lanes;

    private readonly IGroupMemory memory = memory;

    public int Slot { get; } = slot;

    public int First { get; } = first;

    public int Position { get; } = position;

    public int Count { get; } = count;

    public Span<float> Work { get; } = work;

    /// <summary>The part of all images that are here, one after another, that is this group's.</summary>
    /// <param name="all">Image after image.</param>
    /// <param name="size">Numbers of one.</param>
    public Span<T> Part<T>(Span<T> all, int size) => all.Slice(Position * size, Count * size);

    /// <summary>Puts whole images as they are, one after another.</summary>
    public void Put(int layer, ReadOnlySpan<float> images)
    {
        var shape = memory.ShapeOf(layer);
        for (var channel = 0; channel < shape.Channels; channel++)
            Put(layer, channel, images[(channel * shape.Area)..], new NumberSteps(shape.Count, 1));
    }

    /// <summary>Puts one channel of every image, each number times a scale plus an offset, with one rounding.</summary>
    /// <param name="layer">A layer without op: the input, a target.</param>
    /// <param name="channel">Its channel.</param>
    /// <param name="planes">Begins with the first number of the first image.</param>
    /// <param name="steps">Where the others are.</param>
    /// <param name="scale">Multiplies.</param>
    /// <param name="offset">Is added.</param>
    public void Put(int layer, int channel, ReadOnlySpan<float> planes, NumberSteps steps, float scale = 1, float offset = 0) =>
        memory.Put(Slot, Count, layer, channel, planes, steps, scale, offset);

    /// <summary>The same for pixels.</summary>
    /// <inheritdoc cref="Put(int, int, ReadOnlySpan{float}, NumberSteps, float, float)"/>
    public void Put(int layer, int channel, ReadOnlySpan<byte> planes, NumberSteps steps, float scale, float offset) =>
        memory.Put(Slot, Count, layer, channel, planes, steps, scale, offset);

    /// <summary>The numbers of one image of the group, where they lie.</summary>
    public ImageNumbers Numbers(int layer, int image) => memory.Numbers(Slot, layer, image);

    /// <summary>Copies the numbers of all images of the group, one after another.</summary>
    public void CopyTo(int layer, Span<float> images)
    {
        var size = images.Length / Count;
        for (var image = 0; image < Count; image++)
            memory.CopyTo(Slot, layer, image, images.Slice(image * size, size));
    }
}

/// <summary>Distances between numbers that are handed over.</summary>
/// <param name="Image">From an image to the next.</param>
/// <param name="Pixel">From a pixel of a channel to the next.</param>
internal readonly record struct NumberSteps(int Image, int Pixel);

/// <summary>The numbers of one image in a layer, planar, between those of others.</summary>
/// <param name="values">Where they are.</param>
/// <param name="stride">From number to number.</param>
/// <param name="offset">The first.</param>
internal readonly ref struct ImageNumbers(ReadOnlySpan<float> values, int stride, int offset)
{
    public ReadOnlySpan<float> Values { get; } = values;

    public int Stride { get; } = stride;

    public int Offset { get; } = offset;

    public float this[int place] => Values[(place * Stride) + Offset];
}

/// <summary>The memory of an engine behind <see cref="ImageGroup"/>.</summary>
internal interface IGroupMemory
{
    Shape ShapeOf(int layer);

    void Put(int slot, int images, int layer, int channel, ReadOnlySpan<float> planes, NumberSteps steps, float scale, float offset);

    void Put(int slot, int images, int layer, int channel, ReadOnlySpan<byte> planes, NumberSteps steps, float scale, float offset);

    ImageNumbers Numbers(int slot, int layer, int image);

    void CopyTo(int slot, int layer, int image, Span<float> target);
}
