using FeatureMap.Interchange;
using FeatureMap.Networks;
using FeatureMap.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace FeatureMap.Torch;

/// <summary>
/// What happens to the weights after the gradients of a step, on a device: the same as on the processor, in the same order, over long rows.
/// </summary>
internal sealed class DeviceUpdate : IWeightUpdate
{
    // A rule makes a dozen rows on its way: short enough for the caches of a processor, few enough calls on a GPU.
    private const int ProcessorStretch = 1 << 18, DeviceStretch = 1 << 23;

    // Steps left out that are told one by one.
    private const int MostTold = 20;

    private readonly TorchEngine engine;
    private readonly Weights weights;
    private readonly TrainingOptions options;
    private readonly Func<bool> isSound;
    private readonly bool[] moves;
    private readonly UpdateSquares[] measured; // by parameter, of the last measured update
    private readonly IReadOnlyList<string> slotNames;
    private readonly List<DeviceRun> runs = [];
    private readonly List<Tensor> owned = [];
    private readonly LossScale? scale;
    private Tensor[] slots = [];
    private DeviceNumbers? numbers;
    private Tensor? gathered, average;
    private bool isAhead;

    /// <param name="engine">Where.</param>
    /// <param name="weights">What is trained: here.</param>
    /// <param name="options">The optimiser, and everything around it.</param>
    /// <param name="isSound">Whether the gradients can be used.</param>
    public DeviceUpdate(TorchEngine engine, Weights weights, TrainingOptions options, Func<bool> isSound)
    {
        (this.engine, this.weights, this.options, this.isSound) = (engine, weights, options, isSound);
        moves = UpdateNames.Moving(weights, options);
        measured = new UpdateSquares[weights.Parameters.Count];
        slotNames = options.Optimizer.CheckedSlots();
        Average = options.Averaging is null ? null : weights.Clone();
        scale = engine.Device.NewLossScale();
    }

    public UpdateTime Time { get; } = new();

    public float Share { get; set; } = 1;

    public bool IsFirst { get; set; } = true;

    public bool IsLast { get; set; } = true;

    public bool Measures { get; set; }

    public Weights? Average { get; }

    private DeviceNumbers Numbers => numbers ?? throw new InvalidOperationException("No step was made ready.");

    public void Schedule(StepEnding ending, IExecutable made)
    {
        var executable = (TorchExecutable)made;
        executable.Scale = scale;
        numbers = executable.Numbers;
        numbers.Write();
        engine.Update(made);
        slots = [.. slotNames.Select(_ => Keep(zeros_like(numbers.Gradients)))];
        if (options.AccumulatedBatches > 1) gathered = Keep(zeros_like(numbers.Gradients));
        if (Average is not null) average = Keep(numbers.Row.clone());
        MakeRuns(numbers.Layout);
        ending.Then(1, _ => Update());
    }

    public void AddMeasures(Span<UpdateSquares> sums)
    {
        for (var i = 0; i < sums.Length; i++)
            sums[i] += measured[i];
    }

    public void Fetch()
    {
        if (!isAhead) return;
        isAhead = false;
        engine.Enter();
        Numbers.Read();
        if (Average is not null) Numbers.Read(average!, Average);
    }

    public void Capture(List<SafetensorsEntry> tensors)
    {
        engine.Enter();
        using var scope = NewDisposeScope();
        var here = Array.ConvertAll(slots, slot => slot.cpu());
        for (var i = 0; i < weights.Parameters.Count; i++)
        {
            var parameter = weights.Parameters[i];
            int[] dimensions = [.. parameter.Dimensions];
            for (var slot = 0; slot < slots.Length && moves[i]; slot++)
            {
                var values = new float[parameter.Definition.Count];
                Numbers.Layout.Read(here[slot], i, values);
                tensors.Add(new SafetensorsEntry(UpdateNames.Slot(slotNames[slot], parameter), values, dimensions));
            }
            if (Average is not null)
                tensors.Add(new SafetensorsEntry(UpdateNames.Average(parameter), Average.Parameters[i].Values.ToArray(), dimensions));
        }
    }

    public void Restore(SlotCopy copy)
    {
        engine.Enter();
        for (var i = 0; i < weights.Parameters.Count; i++)
        {
            var parameter = weights.Parameters[i];
            for (var slot = 0; slot < slots.Length && moves[i]; slot++)
            {
                var values = new float[parameter.Definition.Count];
                copy(UpdateNames.Slot(slotNames[slot], parameter), parameter, values);
                Numbers.Layout.Write(slots[slot], i, values);
            }
            if (Average is null) continue;
            copy(UpdateNames.Average(parameter), parameter, Average.Parameters[i].Values);
            Numbers.Layout.Write(average!, i, Average.Parameters[i].Values);
        }
        Numbers.Write();
        isAhead = false;
    }

    public void CaptureState(IDictionary<string, string> state)
    {
        if (scale is not null) state[LossScale.StateName] = scale.State;
    }

    public void RestoreState(IReadOnlyDictionary<string, string> state)
    {
        if (scale is not null && state.TryGetValue(LossScale.StateName, out var text)) scale.State = text;
    }

    public void Dispose()
    {
        isAhead = false;
        foreach (var tensor in owned)
            tensor.Dispose();
        owned.Clear();
    }

    private Tensor Keep(Tensor tensor)
    {
        owned.Add(tensor.DetachFromDisposeScope());
        return tensor;
    }

    // Stretches of the trained numbers that are treated alike.
    private void MakeRuns(NumberLayout layout)
    {
        var stretch = engine.Place.type == DeviceType.CPU ? ProcessorStretch : DeviceStretch;
        (long Start, long End, bool Decays, double Factor) run = default;
        foreach (var i in layout.Order.Where(i => layout.IsTrained[i]))
        {
            var parameter = weights.Parameters[i];
            var (decays, factor) = (parameter.Definition.Decays, options.LayerRates.Of(weights.Network.Layers[parameter.Layer].Name));
            if (run.End > run.Start && (run.Decays, run.Factor) == (decays, factor))
            {
                run.End = layout.Start(i) + parameter.Definition.Count;
                continue;
            }
            Add();
            run = (layout.Start(i), layout.Start(i) + parameter.Definition.Count, decays, factor);
        }
        Add();

        void Add()
        {
            for (var start = run.Start; start < run.End; start += stretch)
            {
                var count = Math.Min(stretch, run.End - start);
                Tensor Part(Tensor row) => Keep(row.narrow(0, start, count));
                runs.Add(new DeviceRun(
                    Time, Part(Numbers.Row), Part(gathered ?? Numbers.Gradients), [.. slots.Select(Part)], run.Decays, run.Factor));
            }
        }
    }

    private void Update()
    {
        using var scope = NewDisposeScope();
        using var withoutGradients = no_grad();
        isAhead = true;
        if (gathered is not null)
        {
            // The mean over all images of the step: each batch counts by its number of images.
            if (IsFirst) gathered.zero_();
            gathered.add_(Numbers.Gradients, alpha: Share);
        }
        if (!IsLast || !isSound() || IsLeftOut()) return;
        var before = Measures ? Numbers.Row.clone() : null;
        if (before is not null) Measure((i, sums) => sums with
        {
            Gradient = Squares(gathered ?? Numbers.Gradients, i),
            Before = Squares(before, i),
        });
        ShapeGradients(gathered ?? Numbers.Gradients);
        foreach (var run in runs)
            options.Optimizer.Update(run);
        if (before is not null)
        {
            before.sub_(Numbers.Row);
            Measure((i, sums) => sums with { Change = Squares(before, i) });
        }
        if (average is null) return;
        var kept = options.Averaging!.DecayAt(Time.Step);
        average.mul_((float)kept).add_(Numbers.Row, alpha: (float)(1 - kept));
    }

    private void Measure(Func<int, UpdateSquares, UpdateSquares> of)
    {
        for (var i = 0; i < measured.Length; i++)
            measured[i] = moves[i] ? of(i, measured[i]) : default;
    }

    private double Squares(Tensor row, int parameter) => row.narrow(0, Numbers.Layout.Start(parameter),
        weights.Parameters[parameter].Definition.Count).square().sum(ScalarType.Float64).item<double>();

    // Where gradients are no numbers, because the loss was multiplied with too much.
    private bool IsLeftOut()
    {
        if (scale is null) return false;
        var factor = scale.Value;
        if (!scale.EndStep()) return false;
        // An update that did not take place moved nothing.
        if (Measures) Measure((i, _) => new(0, Squares(Numbers.Row, i), 0));
        // The first steps find the factor; later ones are rare, and many of them mean more.
        if (scale.Skipped <= MostTold || scale.Skipped % MostTold == 0)
            options.Notice?.Invoke($"Step {Time.Step + 1:N0} is left out: its gradients overflow in fp16 with a loss times {factor:N0}. It "
                + $"goes on with {scale.Value:N0}. Steps left out so far: {scale.Skipped:N0}"
                + (scale.Skipped < MostTold ? "." : $"; further ones are told by the {MostTold}. Where they go on, take bf16."));
        return true;
    }

    // Limits first, then the pull of L1, which is no gradient of the data.
    private void ShapeGradients(Tensor gradients)
    {
        if (options.ClipGradientNorm > 0)
        {
            var squares = gradients.square().sum(ScalarType.Float64).item<double>();
            // PyTorch's clip_grad_norm_ divides by the norm plus 1e-6.
            var scale = (float)Math.Min(1, options.ClipGradientNorm / (Math.Sqrt(squares) + 1e-6));
            if (scale != 1) gradients.mul_(scale);
        }
        if (options.ClipGradientValue > 0) gradients.clamp_(-options.ClipGradientValue, options.ClipGradientValue);
        if (options.L1Decay <= 0) return;
        foreach (var run in runs)
            run.Pull((float)options.L1Decay);
    }
}
