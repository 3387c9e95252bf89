using FeatureMap.Data;
using FeatureMap.Interchange;
using FeatureMap.Lanes;
using FeatureMap.Networks;
using FeatureMap.Ops;
using FeatureMap.Randomness;

namespace FeatureMap.Training;

/// <summary>
/// The training itself, step by step, without clocks and files: weights, optimiser state, the order of the images. Its state after a number of steps is a pure
/// function of (network, data, options), whatever the threads and registers; <see cref="Capture"/> and <see cref="Restore"/> carry it over a restart.
/// A step allocates nothing.
/// </summary>
internal sealed class TrainingSession : IDisposable
{
    private const int UpdateChunk = 8 * 1024;
    private readonly TrainingOptions options;
    private readonly SplitData data;
    private readonly ThreadTeam team;
    private readonly BatchLoader loader;
    private readonly ClassificationMeter meter;
    private readonly TrainingGraph graph;
    private readonly Weights all;
    private readonly AlignedBuffer?[][] slots;
    private readonly int[] order;
    private readonly Plan plan;
    private UpdateTime updateTime;
    private int orderedEpoch = -1;

    public TrainingSession(Network network, SplitData data, TrainingOptions options)
    {
        options.Check();
        (this.data, this.options) = (data, options);
        var loss = options.Loss ?? new SoftmaxCrossEntropy();
        CheckFit(network, data, loss);
        graph = TrainingGraph.Of(network, loss, data.ClassCount);
        all = Weights.Initialize(graph.Graph, options.Seed);
        Weights = all.ShareWith(network);
        Normalization = options.Normalization ?? Normalization.Of(data.Training);
        team = new ThreadTeam(options.Threads > 0 ? options.Threads : Environment.ProcessorCount);
        var batch = Math.Min(options.BatchSize, data.Training.Count);
        StepsPerEpoch = (data.Training.Count + batch - 1) / batch;
        order = new int[data.Training.Count];
        loader = new BatchLoader(data.Training, Normalization, options.Augmentation, batch) { Seed = options.Seed };
        meter = new ClassificationMeter(batch, loader.Labels, graph.GivesScores(data.ClassCount));
        slots = [.. all.Parameters.Select(parameter => options.Optimizer.Slots.Select(_ => parameter.Trainable ? new AlignedBuffer(parameter.Definition.Count) : null).ToArray())];
        try
        {
            plan = new Plan(Request(all, batch) with { Consume = meter.Read, Update = ScheduleUpdate });
            plan.Step.Seed = options.Seed;
            Evaluator = new Evaluator(all, graph, data.Validation, Normalization, team, options.LaneWidth);
        }
        catch
        {
            team.Dispose();
            throw;
        }
    }

    /// <summary>The numbers of the network; those of the loss are not among them.</summary>
    public Weights Weights { get; }

    public Normalization Normalization { get; }

    public Evaluator Evaluator { get; }

    public Plan Plan => plan;

    public int Threads => team.Threads;

    public int StepsPerEpoch { get; }

    public long TotalSteps => (long)StepsPerEpoch * options.Epochs;

    /// <summary>Steps done so far.</summary>
    public long StepsDone { get; private set; }

    /// <summary>Sum of the losses over this epoch's images so far.</summary>
    public double EpochLoss { get; private set; }

    public long EpochCorrect { get; private set; }

    public long EpochImages { get; private set; }

    /// <summary>Mean loss of the last step's images.</summary>
    public double StepLoss { get; private set; }

    public double LearningRate => updateTime.LearningRate;

    /// <summary>One step on the next batch; the first step of an epoch starts its sums again.</summary>
    /// <exception cref="TrainingException">The loss is no longer a number.</exception>
    public void Step()
    {
        var epoch = (int)(StepsDone / StepsPerEpoch);
        var inEpoch = (int)(StepsDone % StepsPerEpoch);
        if (inEpoch == 0) (EpochLoss, EpochCorrect, EpochImages) = (0, 0, 0);
        OrderEpoch(epoch);
        var start = inEpoch * loader.Indices.Length;
        var count = Math.Min(loader.Indices.Length, order.Length - start);
        loader.Epoch = (uint)epoch;
        loader.Set(order.AsSpan(start, count));
        plan.Step.Step = (uint)StepsDone;
        updateTime = new UpdateTime(options.Schedule.LearningRate(new ScheduleTime(StepsDone, TotalSteps, StepsPerEpoch)), StepsDone);
        plan.Run(count);
        var (loss, correct) = meter.Total(count);
        StepLoss = loss / count;
        if (!double.IsFinite(loss)) throw Diverged(epoch);
        EpochLoss += loss;
        EpochCorrect += correct;
        EpochImages += count;
        StepsDone++;
    }

    /// <summary>
    /// The loss of a step is known before its update, so an update that overflows shows only in the next step. Call this before the weights are kept or judged.
    /// </summary>
    /// <exception cref="TrainingException">A number is not finite.</exception>
    public void CheckWeights()
    {
        if (all.Parameters.FirstOrDefault(parameter => !AllFinite(parameter.Values)) is { } bad)
            throw Stopped($"after step {StepsDone} (epoch {((StepsDone - 1) / StepsPerEpoch) + 1}): the numbers of {Name(bad)} are not finite any more.");
    }

    /// <summary>Everything that the rest of the training depends on.</summary>
    public Checkpoint Capture()
    {
        var tensors = new List<SafetensorsEntry>();
        for (var i = 0; i < all.Parameters.Count; i++)
        {
            var parameter = all.Parameters[i];
            tensors.Add(new SafetensorsEntry(parameter.Name, parameter.Values.ToArray(), [.. parameter.Dimensions]));
            for (var slot = 0; slot < slots[i].Length; slot++)
                if (slots[i][slot] is { } buffer)
                    tensors.Add(new SafetensorsEntry(SlotName(parameter, slot), buffer.Span.ToArray(), [.. parameter.Dimensions]));
        }
        return new Checkpoint
        {
            Step = StepsDone,
            Tensors = tensors,
            State = new Dictionary<string, string>
            {
                ["epochLoss"] = BitConverter.DoubleToInt64Bits(EpochLoss).ToString("x16", System.Globalization.CultureInfo.InvariantCulture),
                ["epochCorrect"] = Text(EpochCorrect),
                ["epochImages"] = Text(EpochImages),
            },
        };
    }

    /// <summary>Takes over the state of a checkpoint.</summary>
    /// <exception cref="DataException">It belongs to another network.</exception>
    public void Restore(Checkpoint checkpoint)
    {
        for (var i = 0; i < all.Parameters.Count; i++)
        {
            var parameter = all.Parameters[i];
            Copy(checkpoint, parameter.Name, parameter, parameter.Values);
            for (var slot = 0; slot < slots[i].Length; slot++)
                if (slots[i][slot] is { } buffer)
                    Copy(checkpoint, SlotName(parameter, slot), parameter, buffer.Span);
        }
        StepsDone = checkpoint.Step;
        try
        {
            EpochLoss = BitConverter.Int64BitsToDouble(long.Parse(checkpoint.State["epochLoss"], System.Globalization.NumberStyles.HexNumber, System.Globalization.CultureInfo.InvariantCulture));
            EpochCorrect = long.Parse(checkpoint.State["epochCorrect"], System.Globalization.CultureInfo.InvariantCulture);
            EpochImages = long.Parse(checkpoint.State["epochImages"], System.Globalization.CultureInfo.InvariantCulture);
        }
        catch (Exception error) when (error is KeyNotFoundException or FormatException or OverflowException)
        {
            throw new DataException($"The checkpoint of step {checkpoint.Step} does not say where in the epoch it was taken. It was written by another program; start anew without --resume.", error);
        }
    }

    public void Dispose() => team.Dispose();

    private static string Text(long value) => value.ToString(System.Globalization.CultureInfo.InvariantCulture);

    private string SlotName(Parameter parameter, int slot) => $"optimizer.{options.Optimizer.Slots[slot]}/{parameter.Name}";

    private static void Copy(Checkpoint checkpoint, string name, Parameter parameter, Span<float> target)
    {
        var tensor = checkpoint.Tensor(name);
        if (!tensor.Dimensions.SequenceEqual(parameter.Dimensions))
            throw new DataException($"The checkpoint of step {checkpoint.Step} has '{name}' as {string.Join(" x ", tensor.Dimensions)}; this network has {string.Join(" x ", parameter.Dimensions)}. Resume with the configuration of the run that wrote it.");
        tensor.ToSingles().CopyTo(target);
    }

    private static void CheckFit(Network network, SplitData data, Loss loss)
    {
        if (network.Input != data.ImageShape)
            throw new ShapeException($"The network takes images of {network.Input} (channels x height x width), the data set '{data.Name}' has {data.ImageShape}. Build the network for Shape.Image({data.ImageShape.Channels}, {data.ImageShape.Height}, {data.ImageShape.Width}).");
        if (loss.Op is SoftmaxCrossEntropy && network.Output != Shape.Vector(data.ClassCount))
            throw new ShapeException($"The network's output is {network.Output}; to tell {data.ClassCount} classes apart it must be a vector of {data.ClassCount} scores. End it with GlobalAveragePool().Linear({data.ClassCount}) or Flatten().Linear({data.ClassCount}).");
    }

    private void OrderEpoch(int epoch)
    {
        if (epoch == orderedEpoch) return;
        for (var i = 0; i < order.Length; i++)
            order[i] = i;
        var random = new RandomSequence(options.Seed, RandomPurpose.Shuffle, (uint)epoch);
        random.Shuffle(order);
        orderedEpoch = epoch;
    }

    /// <summary>A training plan of this session's network, images and loss.</summary>
    private PlanRequest Request(Weights weights, int batch) => new()
    {
        Weights = weights,
        Result = graph.Result,
        Batch = batch,
        Mode = ExecutionMode.Training,
        Team = team,
        Width = options.LaneWidth,
        Load = loader.Load(graph),
        LoadScratchFloats = loader.ScratchFloats,
    };

    private void ScheduleUpdate(PhaseList list, Plan made)
    {
        var ranges = new List<(int Parameter, int Start, int Count)>();
        for (var i = 0; i < all.Parameters.Count; i++)
            for (var start = 0; all.Parameters[i].Trainable && start < all.Parameters[i].Definition.Count; start += UpdateChunk)
                ranges.Add((i, start, Math.Min(UpdateChunk, all.Parameters[i].Definition.Count - start)));
        var items = ranges.ToArray();
        list.Together(items.Length, LaneWidths.Resolve(options.LaneWidth) switch
        {
            LaneWidth.Bits512 => (in item) => Update<Lanes512>(items[item.Index], made),
            LaneWidth.Bits256 => (in item) => Update<Lanes256>(items[item.Index], made),
            LaneWidth.Bits128 => (in item) => Update<Lanes128>(items[item.Index], made),
            _ => (in item) => Update<LanesScalar>(items[item.Index], made),
        });
    }

    private unsafe void Update<TLanes>((int Parameter, int Start, int Count) range, Plan made) where TLanes : unmanaged, ILanes<TLanes>
    {
        if (!double.IsFinite(meter.Total(made.Step.Count).Loss)) return; // the step is going to be reported, not taken
        var parameter = all.Parameters[range.Parameter];
        var own = slots[range.Parameter];
        options.Optimizer.Update<TLanes>(
            new UpdateRange
            {
                Values = parameter.Buffer.Pointer + range.Start,
                Gradient = made.Gradients[range.Parameter]!.Pointer + range.Start,
                Slot0 = own.Length > 0 ? own[0]!.Pointer + range.Start : null,
                Slot1 = own.Length > 1 ? own[1]!.Pointer + range.Start : null,
                Count = range.Count,
                Decays = parameter.Definition.Decays,
            },
            updateTime);
    }

    /// <summary>
    /// Finds where the numbers went wrong first. The update of this step was left out, so the weights are those that the forward pass saw: the same batch
    /// once more, with every layer's output kept.
    /// </summary>
    private TrainingException Diverged(int epoch)
    {
        var where = all.Parameters.FirstOrDefault(parameter => parameter.Trainable && !AllFinite(parameter.Values)) is { } bad
            ? $"The weights of {Name(bad)} are not finite any more."
            : FirstBadOutput() is { } layer ? $"The first layer whose output is not finite is '{layer.Name}' ({layer.Op?.ToString() ?? "the images themselves"})." : "All layers are still finite; the sum of the losses overflows.";
        return Stopped(FormattableString.Invariant($"at step {StepsDone + 1} (epoch {epoch + 1}): the loss is {StepLoss}. {where}"));
    }

    private TrainingException Stopped(string what) => new(FormattableString.Invariant(
        $"Training stopped {what} The learning rate was {updateTime.LearningRate:G4}. Try a rate three to ten times lower, a warm-up, or batch normalisation after each convolution."));

    private string Name(Parameter parameter) => $"layer '{graph.Graph.Layers[parameter.Layer].Name}' ({parameter.Name})";

    private unsafe Layer? FirstBadOutput()
    {
        var again = new Plan(Request(all.Clone(), plan.Step.Count) with { KeepsOutputs = true });
        (again.Step.Seed, again.Step.Step) = (plan.Step.Seed, plan.Step.Step);
        again.Run(plan.Step.Count);
        foreach (var layer in graph.Graph.Layers)
        {
            var output = again.OutputOf(layer.Index);
            for (var shard = 0; shard < LaneLayout.Shards(plan.Step.Count); shard++)
                if (!AllFinite(new ReadOnlySpan<float>(output.At(shard), (int)output.Floats)))
                    return layer;
        }
        return null;
    }

    private static bool AllFinite(ReadOnlySpan<float> values)
    {
        foreach (var value in values)
            if (!float.IsFinite(value))
                return false;
        return true;
    }
}
