namespace FeatureMap.Ops;

/// <summary>
/// What convolutions and dense layers share: a tensor of weights that the output is linear in, and a bias per output channel.
/// Parameters: <c>weight</c>, then <c>bias</c> unless <see cref="HasBias"/> is off.
/// </summary>
public abstract class WeightedOp : Op
{
    private protected WeightedOp() { }

    /// <summary>Bias and initialiser, which stand behind what an op has of its own.</summary>
    private protected static (bool HasBias, Initializer WeightInitializer) WeightSettings(OpSettings settings) => (
        settings.Flag("bias", (WeightedOp op) => op.HasBias, hasBias => hasBias ? "" : "no bias"),
            settings.Initializer("initializer", (WeightedOp op) => op.WeightInitializer));

    /// <summary>Whether each output adds a learned constant. Leave it out before a normalisation, which subtracts it again.</summary>
    public bool HasBias { get; init; } = true;

    /// <summary>How the weights start; biases start at 0.</summary>
    public Initializer WeightInitializer { get; init; } = Initializer.HeNormal;

    /// <inheritdoc/>
    public override IReadOnlyList<ParameterDefinition> Parameters(IReadOnlyList<Shape> inputs)
    {
        var layout = Layout(inputs);
        var weight = new ParameterDefinition("weight", layout.Dimensions, Trainable: true, WeightInitializer, layout.FanIn, layout.FanOut, Decays: true);
        return HasBias ? [weight, new ParameterDefinition("bias", [layout.OutputChannels], Trainable: true, Initializer.Zeros)] : [weight];
    }

    internal override GradientReads GradientReads => GradientReads.Input;

    /// <summary>How the weights stand in memory.</summary>
    internal abstract WeightLayout Layout(IReadOnlyList<Shape> inputs);
}

/// <summary>
/// How a tensor of weights stands in memory, and which of them make one output channel: read as [block][row][channel][run], output channel
/// block x channels + channel owns one run of neighbours in each row of its block. Most ops have one block of one row; a transposed convolution has its input
/// channels outside, so an output channel's weights are spread over rows.
/// </summary>
/// <param name="Dimensions">Sizes as PyTorch orders them.</param>
/// <param name="FanIn">Products that add into one output.</param>
/// <param name="FanOut">Outputs that one input adds to.</param>
internal sealed record WeightLayout(IReadOnlyList<int> Dimensions, long FanIn, long FanOut)
{
    /// <summary>Groups, where the output channels of a group are not the outermost dimension.</summary>
    public int Blocks { get; init; } = 1;

    /// <summary>Times that the channels of a block repeat.</summary>
    public int Rows { get; init; } = 1;

    /// <summary>Output channels of a block.</summary>
    public required int Channels { get; init; }

    /// <summary>Neighbouring weights of one channel in one row.</summary>
    public required int Run { get; init; }

    /// <summary>Output channels of all blocks.</summary>
    public int OutputChannels => Blocks * Channels;

    /// <summary>Where the run of an output channel in one of its rows starts.</summary>
    public int Start(int outputChannel, int row)
    {
        var (block, channel) = Math.DivRem(outputChannel, Channels);
        return ((((block * Rows) + row) * Channels) + channel) * Run;
    }
}
