using System.Runtime.CompilerServices;
using FeatureMap.Lanes;

namespace FeatureMap.Ops;

/// <summary>
/// A place in the plan of a single image whose channels ride in the lanes: tensors stand as [channels / 16][row][column][16], so the shapes
/// of the tensors count blocks of 16 channels; the shapes of the layer stand here. What lies in lanes behind the last channel has no meaning,
/// and nobody may let it reach a channel.
/// </summary>
internal sealed record ChannelSite
{
    private readonly StrongBox<long> behind = new();

    public required KernelSite Site { get; init; }

    /// <summary>The shapes of the layer's inputs and output, in channels.</summary>
    public required Shape[] Inputs { get; init; }

    public required Shape Output { get; init; }

    /// <summary>Pieces of work that are worth making at the same time; the numbers do not depend on it.</summary>
    public required int Pieces { get; init; }

    /// <summary>
    /// A batch normalisation that follows and that the plan asks this kernel to apply, before <see cref="KernelSite.FusedActivation"/>.
    /// </summary>
    public BatchNorm? Norm { get; init; }

    public ParameterSlot[] NormParameters { get; init; } = [];

    public Shape Input => Inputs[0];

    /// <summary>Floats behind the last tensor of a slot that are read, and not looked at.</summary>
    public long Behind => behind.Value;

    /// <summary>Says that up to so many floats behind an input are read, and not looked at.</summary>
    public void ReadBehind(long floats) => behind.Value = Math.Max(behind.Value, floats);

    /// <summary>The shape of a tensor that holds a layer's output.</summary>
    public static Shape Blocked(Shape shape) => new((shape.Channels + LaneLayout.Lanes - 1) / LaneLayout.Lanes, shape.Height, shape.Width);

    /// <summary>Where a number stands in the memory of a tensor, in floats.</summary>
    public static nint Place(Shape shape, int channel, int pixel) =>
        ((((nint)channel / LaneLayout.Lanes * shape.Area) + pixel) * LaneLayout.Lanes) + (channel % LaneLayout.Lanes);
}
