namespace FeatureMap.Ops;

/// <summary>
/// A function of two numbers (or three), applied number by number to inputs whose shapes may differ: along each axis sizes are equal, or 1, and a size of 1
/// stretches to the others, as in NumPy. The gradient of a stretched input is the sum over the positions that it was stretched to. No parameters.
/// </summary>
public abstract class BroadcastOp : Op
{
    private protected BroadcastOp() { }

    /// <inheritdoc/>
    public override int InputCount => 2;

    /// <inheritdoc/>
    public override Shape OutputShape(IReadOnlyList<Shape> inputs) => Broadcast.OutputShape(Name, inputs);

    /// <inheritdoc/>
    public override IReadOnlyList<ParameterDefinition> Parameters(IReadOnlyList<Shape> inputs) => [];

    /// <inheritdoc/>
    public override Cost Cost(IReadOnlyList<Shape> inputs) => new(0);

    /// <inheritdoc/>
    public override Reach Reach(IReadOnlyList<Shape> inputs) => Ops.Reach.Pointwise;

    /// <inheritdoc/>
    public override KernelPath Path(IReadOnlyList<Shape> inputs) => inputs.All(input => input == inputs[0])
        ? new("elementwise", "equal shapes, so all numbers make one row")
        : new("broadcast", "row by row; a stretched input stands still along the axes that it lacks, and its gradient is summed there");

    internal override bool TreatsChannelsAlike(IReadOnlyList<Shape> inputs) => inputs.All(input => input.Channels == inputs[0].Channels);

    internal override StripRule? InStrips(IReadOnlyList<Shape> inputs, int strips) =>
        inputs.All(input => input == inputs[0]) ? new(this) : null;

    internal override GradientReads GradientReads => GradientReads.Input;

    /// <summary>The function at one number of each input, in double precision.</summary>
    internal abstract double Value(double[] x);

    /// <summary>The derivative by one of them, in double precision; not asked for where that input has no gradient.</summary>
    internal abstract double Derivative(double[] x, int input);

    internal override void ReferenceForward(ReferencePass pass)
    {
        foreach (var (image, channel, row, column) in pass.Output.Positions)
            pass.Output[image, channel, row, column] = Value(Array.ConvertAll(pass.Inputs, input => At(input, image, channel, row, column)));
    }

    internal override void ReferenceBackward(ReferencePass pass)
    {
        foreach (var (image, channel, row, column) in pass.Output.Positions)
        {
            var x = Array.ConvertAll(pass.Inputs, input => At(input, image, channel, row, column));
            for (var i = 0; i < x.Length; i++)
                if (HasGradient(i))
                    At(pass.InputGradients[i], image, channel, row, column) += pass.OutputGradient![image, channel, row, column] * Derivative(x, i);
        }
    }

    // A size of 1 divides every index without remainder 0: there is one position, which stands for all.
    private static ref double At(ReferenceTensor tensor, int image, int channel, int row, int column) =>
        ref tensor[image, channel % tensor.Shape.Channels, row % tensor.Shape.Height, column % tensor.Shape.Width];
}
