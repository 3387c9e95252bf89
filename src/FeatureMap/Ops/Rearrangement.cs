using System.Runtime.CompilerServices;
using FeatureMap.Lanes;

namespace FeatureMap.Ops;

/// <summary>
/// What all ops share that move the numbers of their input to other places and compute nothing: pixel shuffles, channel shuffle, transpose, slice. Every output
/// is one input, and no input is read twice, so the gradient moves back the way that the number came; inputs that nobody reads get 0.
/// </summary>
public abstract class Rearrangement : Op
{
    private protected Rearrangement() { }

    /// <inheritdoc/>
    public override IReadOnlyList<ParameterDefinition> Parameters(IReadOnlyList<Shape> inputs) => [];

    /// <inheritdoc/>
    public override Cost Cost(IReadOnlyList<Shape> inputs) => new(0);

    /// <inheritdoc/>
    public override KernelPath Path(IReadOnlyList<Shape> inputs) =>
        new("strided copy", "a pixel of 16 images is one cache line, so nested loops with a step on either side move whole lines in any order");

    internal override GradientReads GradientReads => GradientReads.None;

    internal override Kernel CreateKernel<TLanes>(KernelSite site) => new RearrangementKernel<TLanes>(Copy(site.Input.Shape), site);

    internal override Kernel? CreateChannelKernel<TLanes>(ChannelSite place) => new ChannelMove(place, to =>
    {
        var (channel, pixel) = Math.DivRem(to, place.Output.Area);
        var from = Source(place.Input, channel, pixel / place.Output.Width, pixel % place.Output.Width);
        return (((from.Channel * place.Input.Height) + from.Row) * place.Input.Width) + from.Column;
    });

    /// <summary>The loops that bring the input into the order of the output.</summary>
    internal abstract StridedCopy Copy(Shape input);

    /// <summary>Where in the input the number at a place of the output comes from: the definition, as the reference reads it.</summary>
    internal abstract (int Channel, int Row, int Column) Source(Shape input, int channel, int row, int column);

    internal override void ReferenceForward(ReferencePass pass) => ForEachPlace(pass, (image, to, from) =>
        pass.Output[image, to.Channel, to.Row, to.Column] = pass.Input[image, from.Channel, from.Row, from.Column]);

    internal override void ReferenceBackward(ReferencePass pass) => ForEachPlace(pass, (image, to, from) =>
        pass.InputGradients[0][image, from.Channel, from.Row, from.Column] = pass.OutputGradient![image, to.Channel, to.Row, to.Column]);

    private void ForEachPlace(ReferencePass pass, Action<int, (int Channel, int Row, int Column), (int Channel, int Row, int Column)> action)
    {
        var shape = pass.Output.Shape;
        for (var image = 0; image < pass.Output.Batch; image++)
            for (var channel = 0; channel < shape.Channels; channel++)
                for (var row = 0; row < shape.Height; row++)
                    for (var column = 0; column < shape.Width; column++)
                        action(image, (channel, row, column), Source(pass.Input.Shape, channel, row, column));
    }
}

/// <summary>One strided copy forward, the same turned round for the gradient.</summary>
internal sealed unsafe class RearrangementKernel<TLanes>(StridedCopy copy, KernelSite site) : ShardKernel(site)
    where TLanes : unmanaged, ILanes<TLanes>
{
    private readonly StridedCopy back = copy.Reversed;
    private readonly bool readsAll = site.Input.Shape.Count == site.Output.Shape.Count;

    protected override void Forward(in WorkItem item) => copy.Run<TLanes>(Site.Input.At(item.Slot), Site.Output.At(item.Slot));

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected override void Backward(in WorkItem item)
    {
        var gradient = Site.InputGradients[0]!;
        if (!readsAll) new Span<float>(gradient.At(item.Slot), (int)gradient.Floats).Clear();
        back.Run<TLanes>(Site.OutputGradient!.At(item.Slot), gradient.At(item.Slot));
    }
}
