using FeatureMap.Lanes;

namespace FeatureMap.Ops;

/// <summary>
/// Numbers that change their lanes: between images and the strips that they are cut into, and between strips. Such layers stand in a plan,
/// never in a network of a user's: of a single image there are no strips, so there is no reference, no file and no room in the catalogue.
/// <c>StripTests</c> judges whole networks of them.
/// </summary>
internal abstract class LaneMove : Op
{
    private protected LaneMove(int strips) => Strips = strips;

    /// <summary>Strips of an image; its strip s of image i is in lane i x strips + s.</summary>
    public int Strips { get; }

    public override string Settings => $"{Strips} strips";

    public override IReadOnlyList<ParameterDefinition> Parameters(IReadOnlyList<Shape> inputs) => [];

    public override Cost Cost(IReadOnlyList<Shape> inputs) => new(0);

    public override Reach Reach(IReadOnlyList<Shape> inputs) => Ops.Reach.Pointwise;

    public override KernelPath Path(IReadOnlyList<Shape> inputs) =>
        new("copies", $"{Strips} strips of an image ride in lanes of their own");

    internal override GradientReads GradientReads => GradientReads.None;

    internal override void ExportOnnx(OnnxExport graph) => throw graph.Refuse("it moves lanes, which are the engine's own");

    internal override void ReferenceForward(ReferencePass pass) => throw NoReference();

    internal override void ReferenceBackward(ReferencePass pass) => throw NoReference();

    private InvalidOperationException NoReference() => new($"{Name} moves lanes: there is no reference of one image.");
}

/// <summary>Images of H rows become strips of H / S rows.</summary>
internal sealed class SplitRows(int strips) : LaneMove(strips)
{
    public override Shape OutputShape(IReadOnlyList<Shape> inputs) =>
        new(inputs[0].Channels, inputs[0].Height / Strips, inputs[0].Width);

    internal override Kernel CreateKernel<TLanes>(KernelSite site) => new StripMoveKernel(site, Strips, isSplit: true);
}

/// <summary>Strips become images again.</summary>
internal sealed class JoinRows(int strips) : LaneMove(strips)
{
    public override Shape OutputShape(IReadOnlyList<Shape> inputs) =>
        new(inputs[0].Channels, inputs[0].Height * Strips, inputs[0].Width);

    internal override Kernel CreateKernel<TLanes>(KernelSite site) => new StripMoveKernel(site, Strips, isSplit: false);
}

/// <summary>
/// A strip and the rows around it: the last ones of the strip above, the first ones of that below, and a number of one's own where the
/// image ends.
/// </summary>
internal sealed class HaloRows(int strips, int above, int below, float edge) : LaneMove(strips)
{
    public int Above => above;

    public int Below => below;

    public float Edge => edge;

    public override string Settings => $"{Strips} strips, {above} rows above, {below} below";

    public override Shape OutputShape(IReadOnlyList<Shape> inputs) =>
        new(inputs[0].Channels, above + inputs[0].Height + below, inputs[0].Width);

    internal override Kernel CreateKernel<TLanes>(KernelSite site) => new HaloRowsKernel(site, this);
}
