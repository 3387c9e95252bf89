using FeatureMap.Lanes;

namespace FeatureMap.Ops;

/// <summary>
/// An operation of a network: an immutable description without tensors. It answers everything that anybody asks about it (shape, cost,
/// reach, path, gradients, export), which is why almost every member is abstract: an op that forgets an answer does not compile.
/// Each op has a folder of its own (a room) with its naive reference beside the fast kernel; <c>Ops/README.md</c> explains the anatomy.
/// </summary>
public abstract class Op
{
    private protected Op() { }

    /// <summary>The op's name as the field says it, such as <c>Conv2d</c>: that of its type.</summary>
    public string Name => GetType().Name;

    /// <summary>The settings that matter, short, for tables: <c>3x3, 16 channels, stride 2</c>. Empty when there are none.</summary>
    public virtual string Settings => string.Join(", ", SettingValues.Select(setting => setting.Text).Where(text => text.Length > 0));

    /// <summary>How many inputs the op takes, 0 for a constant or a parameter of its own; -1 when any number of two or more.</summary>
    public virtual int InputCount => 1;

    /// <summary>The shape of the output for inputs of these shapes.</summary>
    /// <exception cref="ShapeException">The shapes do not fit; the message has the arithmetic and the fix.</exception>
    public abstract Shape OutputShape(IReadOnlyList<Shape> inputs);

    /// <summary>The numbers that belong to the op (weights, biases, running statistics), in a fixed order; empty when it has none.</summary>
    public abstract IReadOnlyList<ParameterDefinition> Parameters(IReadOnlyList<Shape> inputs);

    /// <summary>What one sample costs.</summary>
    public abstract Cost Cost(IReadOnlyList<Shape> inputs);

    /// <summary>Which part of the input one output position reads.</summary>
    public abstract Reach Reach(IReadOnlyList<Shape> inputs);

    /// <summary>Which kernel runs for inputs of these shapes, and why. Depends on the geometry alone, never on the machine: paths may round differently.</summary>
    public abstract KernelPath Path(IReadOnlyList<Shape> inputs);

    /// <summary>Writes what the op computes in evaluation as nodes of an ONNX graph, or refuses with the reason.</summary>
    internal abstract void ExportOnnx(OnnxExport graph);

    /// <summary>
    /// Every setting by name, those with default values included: with them <see cref="IOpRoom.FromSettings"/> makes an equal op again. In no particular
    /// file format.
    /// </summary>
    internal IReadOnlyList<OpSetting> SettingValues => OpSettings.Of(this);

    /// <summary>What the gradient computation reads besides the gradient of the output; the plan keeps these buffers until then.</summary>
    internal abstract GradientReads GradientReads { get; }

    /// <summary>Whether the op is differentiated by this input. Where not (a target), nobody asks for its gradient.</summary>
    internal virtual bool HasGradient(int input) => true;

    /// <summary>
    /// Sets initial values that depend on those of the layer's other parameters, after each was filled by its own initialiser. Most ops have none.
    /// </summary>
    internal virtual void CompleteInitialization(IReadOnlyList<Shape> inputs, IReadOnlyList<ParameterSlot> parameters) { }

    /// <summary>Whether the output is the input itself, in the same order in memory (Flatten; Dropout in evaluation): no kernel runs.</summary>
    internal virtual bool IsView(ExecutionMode mode) => false;

    /// <summary>Whether the forward kernel may write its output over its (only) input, element by element.</summary>
    internal virtual bool ForwardInPlace => false;

    /// <summary>Whether the gradient of the (only) input may be written over the gradient of the output, element by element.</summary>
    internal virtual bool GradientInPlace => false;

    /// <summary>Whether the gradient of an input of the output's shape is the gradient of the output itself (Add): one of several such inputs then gets it without a copy.</summary>
    internal virtual bool PassesGradient => false;

    /// <summary>Whether each output channel depends on the same channel of the (only) input alone.</summary>
    internal virtual bool IsChannelwise => false;

    /// <summary>Whether the kernel of this op applies the activation behind it as well.</summary>
    internal virtual bool TakesAlong(Activation next, bool hasGradient) => false;

    /// <summary>
    /// Whether it also adds the other input of an addition that follows (<see cref="KernelSite.Skip"/>), before the activation behind that.
    /// </summary>
    internal virtual bool TakesSumAlong(bool hasGradient) => false;

    /// <summary>Whether its forward kernel applies an activation that would overwrite its output, and that goes back by itself.</summary>
    internal virtual bool AppliesActivation => false;

    /// <summary>
    /// Whether it applies a batch normalisation behind it that has running statistics and no gradient (<see cref="KernelSite.Norm"/>), and
    /// then what that would take along.
    /// </summary>
    internal virtual bool TakesNormAlong => false;

    /// <summary>
    /// Whether it applies a batch normalisation before it, that has running statistics and no gradient, and an activation between the two
    /// to what it reads, number by number (<see cref="KernelSite.SourceNorm"/>).
    /// </summary>
    internal virtual bool TakesSourceNorm(IReadOnlyList<Shape> inputs) => false;

    /// <summary>What layers of this op are called, with a number, where the user gives no name.</summary>
    internal virtual string LayerName => LayerNameOf(Name);

    /// <summary>What layers of an op of this name are called.</summary>
    internal static string LayerNameOf(string op) => char.ToLowerInvariant(op[0]) + op[1..].Replace("2d", "", StringComparison.Ordinal);

    /// <summary>The naive forward computation in double precision: the text book, and the judge of the kernel.</summary>
    internal abstract void ReferenceForward(ReferencePass pass);

    /// <summary>The naive gradients in double precision. Adds to nothing: writes every gradient of the pass.</summary>
    internal abstract void ReferenceBackward(ReferencePass pass);

    /// <summary>Creates the executor of this op at one place of a plan, for one register width.</summary>
    internal abstract Kernel CreateKernel<TLanes>(KernelSite site) where TLanes : unmanaged, ILanes<TLanes>;

    /// <summary>Creates the executor for a register width that is known only at run time.</summary>
    internal Kernel CreateKernel(KernelSite site, LaneWidth width) => LaneWidths.Resolve(width) switch
    {
        LaneWidth.Bits512 => CreateKernel<Lanes512>(site),
        LaneWidth.Bits256 => CreateKernel<Lanes256>(site),
        LaneWidth.Bits128 => CreateKernel<Lanes128>(site),
        _ => CreateKernel<LanesScalar>(site),
    };

    /// <summary>
    /// Whether each output channel is made of the same channel of every input, and all channels in the same way: then the usual kernel serves
    /// one image whose channels ride in the lanes as well as 16 images.
    /// </summary>
    internal virtual bool TreatsChannelsAlike(IReadOnlyList<Shape> inputs) => false;

    /// <summary>How it computes strips of rows, each in a lane of its own; null where it computes whole images only.</summary>
    /// <param name="inputs">Shapes of whole images.</param>
    /// <param name="strips">Strips of an image, by which all heights can be divided.</param>
    internal virtual StripRule? InStrips(IReadOnlyList<Shape> inputs, int strips) => null;

    /// <summary>Whether an image's output depends on the other images of its batch, in evaluation as well.</summary>
    internal virtual bool ComparesImages => false;

    /// <summary>Creates the executor for one image whose channels ride in the lanes, where the op has one of its own for that; else null.</summary>
    internal virtual Kernel? CreateChannelKernel<TLanes>(ChannelSite place) where TLanes : unmanaged, ILanes<TLanes> => null;

    /// <summary>The same for a register width that is known only at run time.</summary>
    internal Kernel? CreateChannelKernel(ChannelSite place, LaneWidth width) => LaneWidths.Resolve(width) switch
    {
        LaneWidth.Bits512 => CreateChannelKernel<Lanes512>(place),
        LaneWidth.Bits256 => CreateChannelKernel<Lanes256>(place),
        LaneWidth.Bits128 => CreateChannelKernel<Lanes128>(place),
        _ => CreateChannelKernel<LanesScalar>(place),
    };

    /// <summary>Name and settings.</summary>
    public override string ToString() => Settings.Length == 0 ? Name : $"{Name}({Settings})";
}

/// <summary>
/// How the layers compute that do so differently while a network learns. Whether gradients are wanted is another matter: both modes have
/// them, and a layer that is frozen inside of a training computes as in evaluation.
/// </summary>
public enum ExecutionMode
{
    /// <summary>
    /// Nothing depends on the other images or on chance, and nothing moves by itself: batch normalisation uses its running statistics,
    /// dropout is off, margins are at their end.
    /// </summary>
    Evaluation,

    /// <summary>
    /// Statistics of the batch, which the running ones follow; dropout on; margins as far as they have come; centres follow.
    /// </summary>
    Training,
}

/// <summary>What a gradient computation needs to see again.</summary>
[Flags]
internal enum GradientReads
{
    None = 0,
    Input = 1,
    Output = 2,
}

/// <summary>What one sample costs in an op.</summary>
/// <param name="MultiplyAdds">Multiply-accumulate operations of the forward computation, bias additions not counted (the field's convention).</param>
public readonly record struct Cost(long MultiplyAdds);

/// <summary>Which kernel path runs, and why it wins there.</summary>
/// <param name="Name">Name of the path, as tables show it.</param>
/// <param name="Reason">Why it is taken.</param>
public sealed record KernelPath(string Name, string Reason)
{
    /// <summary>The path of the gradient of the input, where an op has one of its own for it.</summary>
    public KernelPath? InputGradient { get; init; }

    /// <summary>The path of the gradient of the weights, likewise.</summary>
    public KernelPath? WeightGradient { get; init; }
}

/// <summary>Numbers that belong to a layer.</summary>
/// <param name="Name">Name inside the layer: <c>weight</c>, <c>bias</c>, <c>runningMean</c> ...</param>
/// <param name="Dimensions">Sizes in memory order, the slowest first, as PyTorch orders them: a convolution's weight is outputs x inputs/groups x height x width.</param>
/// <param name="Trainable">Whether the optimiser changes it (running statistics are not).</param>
/// <param name="Initializer">How it starts.</param>
/// <param name="FanIn">Inputs that add into one output through this weight; for scaling initialisers.</param>
/// <param name="FanOut">Outputs that one input adds to through this weight.</param>
/// <param name="Decays">Whether weight decay pulls on it: weights yes, biases and normalisation scales no.</param>
public sealed record ParameterDefinition(
    string Name, IReadOnlyList<int> Dimensions, bool Trainable, Initializer Initializer, long FanIn = 1, long FanOut = 1, bool Decays = false)
{
    /// <summary>How many numbers.</summary>
    public int Count { get; } = CheckedCount(Name, Dimensions);

    private static int CheckedCount(string name, IReadOnlyList<int> dimensions)
    {
        Int128 count = 1;
        foreach (var dimension in dimensions)
            count *= dimension;
        return count > 0 && count <= 2_000_000_000
            ? (int)count
            : throw new ShapeException($"The parameter '{name}' of {NumberRow.Join(" x ", dimensions)} would have {count:N0} numbers; "
            + "between 1 and 2,000,000,000 are possible. Use fewer channels, a smaller kernel, or pool before a dense layer.");
    }
}
