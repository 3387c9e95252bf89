using System.Runtime.CompilerServices;
using FeatureMap.Lanes;

namespace FeatureMap.Ops;

/// <summary>
/// Runs one op's kernel alone, outside of any network, on tensors given in the plain order: for the comparison with the reference, the self-test and the
/// benchmark. All memory starts as garbage: what a kernel must write is NaN, lanes without an image hold large numbers.
/// </summary>
internal sealed unsafe class OpRunner
{
    private const float UnusedLane = 12_345.678f;
    private readonly Arena arena = new();
    private readonly KernelSite site;
    private readonly StepSchedule schedule = new();
    private readonly AlignedBuffer[] values;
    private readonly AlignedBuffer?[] gradients;
    private readonly AlignedBuffer masks, scratch;
    private readonly int batch, shards, parts;
    private long slotFloats;

    /// <param name="pass">Inputs, parameters and output gradient.</param>
    /// <param name="width">Register width to run with.</param>
    /// <param name="inPlace">Whether to let the op write over its input and its output's gradient, where it says it can.</param>
    /// <param name="parts">Into how many pieces a shard's work is cut; the last ones run first.</param>
    /// <param name="wanted">Which gradients the kernel is asked for.</param>
    public OpRunner(ReferencePass pass, LaneWidth width, bool inPlace = false, int parts = 1, WantedGradients wanted = WantedGradients.All)
    {
        var op = pass.Op;
        batch = pass.Batch;
        this.parts = parts;
        shards = LaneLayout.Shards(batch);
        var definitions = op.Parameters(pass.InputShapes);
        values = [.. definitions.Select(definition => new AlignedBuffer(definition.Count, isCollected: true))];
        gradients = [.. definitions.Select(definition => definition.Trainable && wanted == WantedGradients.All
            ? new AlignedBuffer(definition.Count, isCollected: true) : null)];
        for (var i = 0; i < values.Length; i++)
        {
            for (var k = 0; k < values[i].Length; k++)
                values[i].Span[k] = (float)pass.Parameters[i][k];
            gradients[i]?.Span.Fill(float.NaN);
        }
        var hasBackward = wanted != WantedGradients.None;
        var inputs = pass.Inputs.Select(input => New(input.Shape)).ToArray();
        var overwrites = inPlace && op.ForwardInPlace && !(hasBackward && op.GradientReads.HasFlag(GradientReads.Input));
        var output = overwrites ? inputs[0] : New(pass.Output.Shape);
        var outputGradient = hasBackward ? New(pass.Output.Shape) : null;
        var handedOn = op.GradientInPlace ? 0 : op.PassesGradient ? Array.FindIndex(pass.Inputs, input => input.Shape == pass.Output.Shape) : -1;
        var inputGradients = pass.Inputs.Select((input, i) => !hasBackward || !op.HasGradient(i) ? null
            : inPlace && i == handedOn ? outputGradient : New(input.Shape)).ToArray();
        pass.Step.Count = batch;
        site = new KernelSite
        {
            Layer = "op",
            LayerIndex = pass.LayerIndex,
            Mode = pass.Mode,
            Shards = shards,
            OccupiedLanes = LaneLayout.Occupied(batch),
            Parts = parts,
            Step = pass.Step,
            Arena = arena,
            Inputs = inputs,
            Output = output,
            InputGradients = inputGradients,
            OutputGradient = outputGradient,
            Parameters = [.. definitions.Select((definition, i) => new ParameterSlot(definition, values[i], gradients[i]))],
        };
        op.CreateKernel(site, width).Schedule(schedule);
        foreach (var reserved in site.Reserved)
            Place(reserved);
        arena.Allocate(shards, slotFloats);
        new Span<float>(arena.At(0), (int)(shards * slotFloats)).Fill(float.NaN);
        for (var i = 0; i < inputs.Length; i++)
            Write(inputs[i], pass.Inputs[i], UnusedLane);
        if (hasBackward) Write(outputGradient!, pass.OutputGradient!, 0);
        masks = new AlignedBuffer(shards * LaneLayout.Lanes);
        for (var image = 0; image < masks.Length; image++)
            masks.Span[image] = BitConverter.UInt32BitsToSingle(image < batch ? uint.MaxValue : 0);
        scratch = new AlignedBuffer(Math.Max(1, site.ScratchFloats));
        scratch.Span.Fill(float.NaN);
    }

    public Span<float> Gradient(int parameter) => gradients[parameter]!.Span;

    public Span<float> Values(int parameter) => values[parameter].Span;

    public void Forward()
    {
        Run(schedule.Prepare);
        Run(schedule.Forward);
    }

    public void Backward()
    {
        Run(schedule.Backward);
        Run(schedule.Finish);
    }

    public ReferenceTensor Output() => Read(site.Output);

    public ReferenceTensor InputGradient(int input) => Read(site.InputGradients[input]!);

    /// <summary>Whether every lane without an image holds 0 in the gradient of this input: otherwise it would leak into weight gradients.</summary>
    public bool UnusedLanesAreZero(int input)
    {
        var tensor = site.InputGradients[input]!;
        for (var image = batch; image < shards * LaneLayout.Lanes; image++)
            for (var i = 0; i < tensor.Shape.Count; i++)
                if (tensor.At(image / LaneLayout.Lanes)[(i * LaneLayout.Lanes) + (image % LaneLayout.Lanes)] != 0)
                    return false;
        return true;
    }

    private LaneTensor New(Shape shape)
    {
        var tensor = new LaneTensor(shape, arena);
        Place(tensor);
        return tensor;
    }

    private void Place(LaneTensor tensor)
    {
        tensor.Offset = slotFloats;
        slotFloats += tensor.Floats;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Run(PhaseList list)
    {
        List<Phase> phases = [.. list.Phases.OrderBy(phase => phase.Round)];
        for (var i = 0; i < phases.Count;)
        {
            var phase = phases[i];
            // Some channels go through all phases that concern no others, before the next channels do.
            List<Phase> run = phase.Channels == 0 ? [phase] : [.. phases.Skip(i).TakeWhile(next => next.Channels == phase.Channels)];
            i += run.Count;
            var pieces = phase.Channels == 0 ? phase.Parts : Math.Min(parts, phase.Channels);
            for (var piece = pieces - 1; piece >= 0; piece--)
                foreach (var member in run)
                    Run(member, piece, new IndexRange(phase.Channels * piece / pieces, phase.Channels * (piece + 1) / pieces));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Run(Phase phase, int part, IndexRange channels)
    {
        for (var index = 0; index < (phase.IsPerShard ? shards : phase.Items); index++)
            phase.Action(new WorkItem
            {
                Index = index,
                Part = part,
                Channels = channels,
                FirstImage = phase.IsPerShard ? index * LaneLayout.Lanes : 0,
                Slot = phase.IsPerShard ? index : 0,
                Images = phase.IsPerShard ? Math.Min(LaneLayout.Lanes, batch - (index * LaneLayout.Lanes)) : 0,
                Mask = phase.IsPerShard ? masks.Pointer + (index * LaneLayout.Lanes) : null,
                Scratch = scratch.Pointer,
            });
    }

    private void Write(LaneTensor target, ReferenceTensor source, float unused)
    {
        for (var image = 0; image < shards * LaneLayout.Lanes; image++)
            for (var i = 0; i < target.Shape.Count; i++)
                target.At(image / LaneLayout.Lanes)[(i * LaneLayout.Lanes) + (image % LaneLayout.Lanes)] = image < batch ? (float)source[image, i] : unused;
    }

    private ReferenceTensor Read(LaneTensor source)
    {
        var result = new ReferenceTensor(batch, source.Shape);
        for (var image = 0; image < batch; image++)
            for (var i = 0; i < source.Shape.Count; i++)
                result[image, i] = source.At(image / LaneLayout.Lanes)[(i * LaneLayout.Lanes) + (image % LaneLayout.Lanes)];
        return result;
    }
}

/// <summary>Which gradients a kernel is asked for.</summary>
internal enum WantedGradients
{
    /// <summary>None: nothing is trained.</summary>
    None,

    /// <summary>Those of the inputs: the layer is frozen, and others before it are trained.</summary>
    Inputs,

    /// <summary>Those of inputs and parameters.</summary>
    All,
}
