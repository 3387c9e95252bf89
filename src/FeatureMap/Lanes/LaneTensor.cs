namespace FeatureMap.Lanes;

/// <summary>
/// A batch of activations or gradients in the lane layout; its memory is placed by the plan, in an arena with one slot per shard.
/// </summary>
internal sealed unsafe class LaneTensor
{
    private readonly Arena arena;
    private LaneTensor? whole;
    private nint place;
    private long offset;

    public LaneTensor(Shape shape, Arena arena)
    {
        Shape = shape;
        this.arena = arena;
    }

    private LaneTensor(Shape shape, LaneTensor whole, nint place)
    {
        Shape = shape;
        arena = whole.arena;
        (this.whole, this.place) = (whole, place);
    }

    public Shape Shape { get; }

    /// <summary>The tensor that owns the memory: this one, unless it is a view or a part of another.</summary>
    public LaneTensor Root => whole is null ? this : whole.Root;

    /// <summary>Floats from the first element of the root to that of this tensor.</summary>
    public nint PlaceInRoot => whole is null ? 0 : whole.PlaceInRoot + place;

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
    public LaneTensor View(Shape shape) => new(shape, this, 0);

    /// <summary>Some channels of this tensor as a tensor of their own, in the same memory.</summary>
    public LaneTensor Part(int firstChannel, Shape shape) => new(shape, this, firstChannel * ChannelStep);

    /// <summary>Gives up its own memory and becomes a part of another tensor, from one of its channels on. For plans, before they
    /// place.</summary>
    public void MoveInto(LaneTensor other, int firstChannel) => (whole, place) = (other, firstChannel * other.ChannelStep);

    /// <summary>Whether this tensor stands where the channels of another one do, from the given one on.</summary>
    public bool IsPartOf(LaneTensor other, int firstChannel) =>
        Root == other.Root && PlaceInRoot == other.PlaceInRoot + (firstChannel * other.ChannelStep);

    /// <summary>The first element of the shard in this slot.</summary>
    public float* At(int slot) => arena.At(slot) + Root.offset + PlaceInRoot;

    /// <summary>The first element of a channel of the shard in this slot.</summary>
    public float* At(int slot, int channel) => At(slot) + (channel * ChannelStep);
}
