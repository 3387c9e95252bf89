namespace FeatureMap.Ops;

/// <summary>
/// An op that looks at what the network should give (input 1, the target) beside what it gives (input 0). Its place is behind the network, in training: it is
/// written into no file.
/// </summary>
public abstract class TargetOp : Op
{
    private protected TargetOp() { }

    /// <inheritdoc/>
    public override int InputCount => 2;

    /// <inheritdoc/>
    public override IReadOnlyList<ParameterDefinition> Parameters(IReadOnlyList<Shape> inputs) => [];

    /// <inheritdoc/>
    public override Cost Cost(IReadOnlyList<Shape> inputs) => new(0);

    internal override void ExportOnnx(OnnxExport graph) => throw graph.Refuse("it reads the target, so it is not part of inference");

    internal override GradientReads GradientReads => GradientReads.Input;

    internal override bool HasGradient(int input) => input != 1;
}
