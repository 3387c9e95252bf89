using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using FeatureMap.Interchange;
using FeatureMap.Lanes;
using FeatureMap.Networks;

namespace FeatureMap.Training;

/// <summary>
/// What happens to the weights after the gradients of a step, chunk by chunk on all threads: gather the gradients of several batches, limit their size, add the pull of L1,
/// let the optimiser move the weights, and keep their running average. Holds the optimiser's numbers and the average.
/// </summary>
internal sealed unsafe class WeightUpdate : IWeightUpdate
{
    private const int Chunk = 8 * 1024;
    private readonly BufferOwner memory = new();
    private readonly Weights weights;
    private readonly TrainingOptions options;
    private readonly bool[] moves; // by parameter: trainable, and its layer is not frozen
    private readonly IReadOnlyList<string> slotNames;
    private readonly AlignedBuffer?[] slots; // of each parameter, one slot behind the other
    private readonly AlignedBuffer?[] gathered;
    private readonly Range[] ranges, trained;
    private readonly UpdateTime time = new();
    private WeightRun?[] runs = [];
    private nint[] gradients = [];
    private readonly double[] squares;
    private readonly UpdateSquares[] measured; // by range, of the last measured update
    private float clipScale = 1;

    public WeightUpdate(Weights weights, TrainingOptions options)
    {
        using var collection = memory.Collect();
        (this.weights, this.options) = (weights, options);
        moves = UpdateNames.Moving(weights, options);
        slotNames = options.Optimizer.CheckedSlots();
        slots = [.. moves.Select((moves, i) => moves && slotNames.Count > 0 ? new AlignedBuffer(slotNames.Count * SlotStep(i)) : null)];
        gathered = [.. moves.Select((moves, i) => options.AccumulatedBatches > 1 && moves ? new AlignedBuffer(weights.Parameters[i].Definition.Count) : null)];
        Average = options.Averaging is null ? null : weights.Clone();
        var all = new List<Range>();
        for (var i = 0; i < weights.Parameters.Count; i++)
            for (var start = 0; start < weights.Parameters[i].Definition.Count; start += Chunk)
                all.Add(new Range(i, start, Math.Min(Chunk, weights.Parameters[i].Definition.Count - start)));
        trained = [.. all.Where(range => moves[range.Parameter])];
        ranges = Average is null ? trained : [.. all];
        squares = new double[trained.Length];
        measured = new UpdateSquares[ranges.Length];
    }

    public UpdateTime Time => time;

    public float Share { get; set; } = 1;

    public bool IsFirst { get; set; } = true;

    public bool IsLast { get; set; } = true;

    /// <summary>Whether the gradients can be used. Where not, the step is going to be reported and nothing moves.</summary>
    public required Func<bool> IsSound { get; init; }

    public bool Measures { get; set; }

    public Weights? Average { get; }

    public void Schedule(StepEnding list, IExecutable plan)
    {
        switch (LaneWidths.Resolve(options.LaneWidth))
        {
            case LaneWidth.Bits512: Schedule<Lanes512>(list, plan); break;
            case LaneWidth.Bits256: Schedule<Lanes256>(list, plan); break;
            case LaneWidth.Bits128: Schedule<Lanes128>(list, plan); break;
            default: Schedule<LanesScalar>(list, plan); break;
        }
    }

    /// <summary>The weights are here: the plan computes with them where they are.</summary>
    public void Fetch() { }

    public void Capture(List<SafetensorsEntry> tensors)
    {
        for (var i = 0; i < weights.Parameters.Count; i++)
        {
            var parameter = weights.Parameters[i];
            for (var slot = 0; slot < SlotsOf(i); slot++)
                tensors.Add(new SafetensorsEntry(UpdateNames.Slot(slotNames[slot], parameter), Slot(i, slot).ToArray(), [.. parameter.Dimensions]));
            if (Average is not null)
                tensors.Add(new SafetensorsEntry(UpdateNames.Average(parameter), Average.Parameters[i].Values.ToArray(), [.. parameter.Dimensions]));
        }
    }

    public void Restore(SlotCopy copy)
    {
        for (var i = 0; i < weights.Parameters.Count; i++)
        {
            var parameter = weights.Parameters[i];
            for (var slot = 0; slot < SlotsOf(i); slot++)
                copy(UpdateNames.Slot(slotNames[slot], parameter), parameter, Slot(i, slot));
            if (Average is not null)
                copy(UpdateNames.Average(parameter), parameter, Average.Parameters[i].Values);
        }
    }

    public void AddMeasures(Span<UpdateSquares> sums)
    {
        for (var number = 0; number < ranges.Length; number++)
            sums[ranges[number].Parameter] += measured[number];
    }

    /// <summary>Gives the optimiser's numbers back; the average stays.</summary>
    public void Dispose() => memory.Dispose();

    private int SlotsOf(int parameter) => slots[parameter] is null ? 0 : slotNames.Count;

    private Span<float> Slot(int parameter, int slot) =>
        slots[parameter]!.Span.Slice(slot * SlotStep(parameter), weights.Parameters[parameter].Definition.Count);

    // Registers read and write up to the next multiple of 16.
    private int SlotStep(int parameter) => LaneLayout.Shards(weights.Parameters[parameter].Definition.Count) * LaneLayout.Lanes;

    private void Schedule<TLanes>(StepEnding list, IExecutable plan) where TLanes : unmanaged, ILanes<TLanes>
    {
        // The memory of gradients does not move.
        gradients = [.. weights.Parameters.Select((_, i) => (nint)Unsafe.AsPointer(ref MemoryMarshal.GetReference(plan.Gradient(i))))];
        if (options.AccumulatedBatches > 1)
            list.Then(trained.Length, number => Gather<TLanes>(trained[number]));
        if (options.ClipGradientNorm > 0)
        {
            list.Then(trained.Length, number => squares[number] = SumOfSquares<TLanes>(GradientOf(trained[number]), trained[number].Count));
            list.Then(1, _ => ChooseScale());
        }
        runs = Array.ConvertAll(ranges, range => moves[range.Parameter] ? RunOf<TLanes>(range) : null);
        list.Then(ranges.Length, Update<TLanes>);
    }

    private float* GradientOf(Range range) =>
        (gathered[range.Parameter] is { } sum ? sum.Pointer : (float*)gradients[range.Parameter]) + range.Start;

    // The mean over all images of the step: each batch counts by its number of images.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Gather<TLanes>(Range range) where TLanes : unmanaged, ILanes<TLanes>
    {
        var share = TLanes.Broadcast(Share);
        var source = (float*)gradients[range.Parameter] + range.Start;
        var sum = gathered[range.Parameter]!.Pointer + range.Start;
        for (nint i = 0; i < range.Count; i += TLanes.Width)
            TLanes.Store(sum + i, IsFirst ? TLanes.Load(source + i) * share : TLanes.MultiplyAdd(TLanes.Load(source + i), share, TLanes.Load(sum + i)));
    }

    // Sixteen sums side by side, whatever the width, and then one tree: the same bits everywhere.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static double SumOfSquares<TLanes>(float* values, int count) where TLanes : unmanaged, ILanes<TLanes>
    {
        var sums = stackalloc float[LaneLayout.Lanes];
        var whole = count / LaneLayout.Lanes * LaneLayout.Lanes;
        for (var part = 0; part < LaneLayout.Lanes; part += TLanes.Width)
        {
            var sum = TLanes.Zero;
            for (nint i = part; i < whole; i += LaneLayout.Lanes)
            {
                var value = TLanes.Load(values + i);
                sum = TLanes.MultiplyAdd(value, value, sum);
            }
            TLanes.Store(sums + part, sum);
        }
        double total = 0;
        for (var lane = 0; lane < LaneLayout.Lanes; lane++)
            total += sums[lane];
        for (var i = whole; i < count; i++)
            total += (double)values[i] * values[i];
        return total;
    }

    private void ChooseScale()
    {
        double total = 0;
        foreach (var square in squares)
            total += square;
        // PyTorch's clip_grad_norm_ divides by the norm plus 1e-6.
        clipScale = (float)Math.Min(1, options.ClipGradientNorm / (Math.Sqrt(total) + 1e-6));
    }

    private LaneRun<TLanes> RunOf<TLanes>(Range range) where TLanes : unmanaged, ILanes<TLanes>
    {
        var parameter = weights.Parameters[range.Parameter];
        var own = slots[range.Parameter] is { } buffer ? buffer.Pointer + range.Start : null;
        return new LaneRun<TLanes>(
            time, parameter.Buffer.Pointer + range.Start, GradientOf(range), own, SlotStep(range.Parameter),
            SlotsOf(range.Parameter), range.Count, parameter.Definition.Decays,
            options.LayerRates.Of(weights.Network.Layers[parameter.Layer].Name));
    }

    private void Update<TLanes>(int number) where TLanes : unmanaged, ILanes<TLanes>
    {
        if (!IsLast || !IsSound()) return;
        var range = ranges[number];
        var parameter = weights.Parameters[range.Parameter];
        var values = parameter.Buffer.Pointer + range.Start;
        if (runs[number] is { } run)
        {
            if (Measures) MoveMeasured<TLanes>(number, run, values, parameter.Definition.Decays);
            else Move<TLanes>(range, run, values, parameter.Definition.Decays);
        }
        if (Average is not null) Follow<TLanes>(Average.Parameters[range.Parameter].Buffer.Pointer + range.Start, values, range.Count);
    }

    private void Move<TLanes>(Range range, WeightRun run, float* values, bool decays) where TLanes : unmanaged, ILanes<TLanes>
    {
        Shape<TLanes>(range, GradientOf(range), values, decays);
        options.Optimizer.Update(run);
    }

    // The same move; what was there before stays on the stack meanwhile.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void MoveMeasured<TLanes>(int number, WeightRun run, float* values, bool decays) where TLanes : unmanaged, ILanes<TLanes>
    {
        var range = ranges[number];
        var before = stackalloc float[Chunk];
        new Span<float>(values, range.Count).CopyTo(new Span<float>(before, range.Count));
        var sums = new UpdateSquares(
            SumOfSquares<TLanes>(GradientOf(range), range.Count), SumOfSquares<TLanes>(before, range.Count), 0);
        Move<TLanes>(range, run, values, decays);
        for (var i = 0; i < range.Count; i++)
            before[i] = values[i] - before[i];
        measured[number] = sums with { Change = SumOfSquares<TLanes>(before, range.Count) };
    }

    // Limits first, then the pull of L1, which is no gradient of the data.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Shape<TLanes>(Range range, float* gradient, float* values, bool decays) where TLanes : unmanaged, ILanes<TLanes>
    {
        var pull = decays ? (float)options.L1Decay : 0;
        if (clipScale == 1 && options.ClipGradientValue == 0 && pull == 0) return;
        var scale = TLanes.Broadcast(clipScale);
        var limit = options.ClipGradientValue > 0 ? (float)options.ClipGradientValue : float.MaxValue;
        var (low, high) = (TLanes.Broadcast(-limit), TLanes.Broadcast(limit));
        var (positive, negative) = (TLanes.Broadcast(pull), TLanes.Broadcast(-pull));
        for (nint i = 0; i < range.Count; i += TLanes.Width)
        {
            var g = TLanes.Load(gradient + i) * scale;
            g = TLanes.Select(TLanes.GreaterThan(g, high), high, TLanes.Select(TLanes.GreaterThan(low, g), low, g));
            var w = TLanes.Load(values + i);
            g += TLanes.Select(TLanes.GreaterThan(w, TLanes.Zero), positive, TLanes.Select(TLanes.GreaterThan(TLanes.Zero, w), negative, TLanes.Zero));
            TLanes.Store(gradient + i, g);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Follow<TLanes>(float* average, float* values, int count) where TLanes : unmanaged, ILanes<TLanes>
    {
        var kept = options.Averaging!.DecayAt(Time.Step);
        var (old, rest) = (TLanes.Broadcast((float)kept), TLanes.Broadcast((float)(1 - kept)));
        for (nint i = 0; i < count; i += TLanes.Width)
            TLanes.Store(average + i, TLanes.MultiplyAdd(old, TLanes.Load(average + i), rest * TLanes.Load(values + i)));
    }

    private readonly record struct Range(int Parameter, int Start, int Count);
}

/// <summary>Copies numbers that a checkpoint holds under a name, for a parameter.</summary>
internal delegate void SlotCopy(string name, Parameter parameter, Span<float> target);
