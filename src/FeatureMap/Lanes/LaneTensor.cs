namespace FeatureMap.Lanes;

/// <summary>
/// A batch of activations or gradients in the lane layout; its memory is placed by the plan, in an arena with one slot per shard.
/// </summary>
internal sealed unsafe class LaneTensor
{
    private readonly Arena arena;
    private readonly long start;
    private long offset;

    public LaneTensor(Shape shape, Arena arena)
    {
        Shape = shape;
        this.arena = arena;
        Root = this;
    }

    private LaneTensor(Shape shape, LaneTensor root, long start)
    {
        Shape = shape;
        arena = root.arena;
        Root = root;
        this.start = start;
    }

    public Shape Shape { get; }

    /// <summary>The tensor that owns the memory: this one, unless it is a view.</summary>
    public LaneTensor Root { get; }

    /// <summary>Floats from one channel to the next.</summary>
    public nint ChannelStep => (nint)Shape.Area * LaneLayout.Lanes;

    public long Floats => (long)Shape.Count * LaneLayout.Lanes;

    /// <summary>Place inside a slot, in floats; set by the plan, on the root.</summary>
    public long Offset
    {
        get => Root.offset;
        set => Root.offset = value;
    }

    /// <summary>The same memory under another shape of as many elements.</summary>
    public LaneTensor View(Shape shape) => new(shape, Root, start);

    /// <summary>The channels [first, end), which stand together.</summary>
    public LaneTensor Part(int first, int end) => new(new Shape(end - first, Shape.Height, Shape.Width), Root, start + (first * ChannelStep));

    /// <summary>The first element of the shard in this slot.</summary>
    public float* At(int slot) => arena.At(slot) + Root.offset + start;
}
