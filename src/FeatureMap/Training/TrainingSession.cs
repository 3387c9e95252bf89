using System.Runtime.InteropServices;
using FeatureMap.Analysis;
using FeatureMap.Data;
using FeatureMap.Interchange;
using FeatureMap.Lanes;
using FeatureMap.Models;
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
    private readonly TrainingOptions options;
    private readonly SplitData data;
    private readonly IEngine engine;
    private readonly BatchLoader loader;
    private readonly ImageMeter meter;
    private readonly TrainingGraph graph;
    private readonly Weights all;

    // The numbers of the network as the user gave it. Where weights are dead (Slimming), the session trains the equivalent network without them, and these keep the dead ones.
    private readonly Weights start, trained;
    private readonly IWeightUpdate update;
    private readonly ICollective ranks;
    private readonly List<ValidationScore> validation = [];
    private readonly int[] order;

    // Images of an epoch that are shown: all, or all but one that would be a last batch alone.
    private readonly int shown;
    private readonly IExecutable executable;
    private readonly Evaluator evaluator;
    private readonly Loss loss;
    private readonly LayerMeter layers;
    private SampleProbe? sample;
    private long measuredStep = -1, sampledStep = -1;
    private int orderedEpoch = -1;

    /// <param name="network">What is trained.</param>
    /// <param name="data">On what.</param>
    /// <param name="options">How. Of several ranks every one has a session of its own, made of the same things, and all do the same
    /// steps.</param>
    public TrainingSession(Network network, SplitData data, TrainingOptions options)
    {
        ranks = options.Collective ?? OneRank.Instance;
        options.Check();
        (this.data, this.options) = (data, options);
        loss = options.Loss ?? Loss.Usual(data.Training, network);
        Augmentation = options.Augmentation.Fit(data.Training);
        var isOfPatches = ArePatches(network, data);
        // A network of patches reads whole images in tiles; there is nothing to cut out of them.
        Preparation = Augmentation.ForEvaluation(isOfPatches ? network.Input : data.ImageShape);
        JudgedImages = isOfPatches && data.Validation.ImageShape != network.Input ? data.Validation.CoveringTiles(network.Input.Height,
            network.Input.Width) : data.Validation;
        CheckFit(network, data, loss);
        var batch = Math.Min(options.BatchSize, options.Sampler.MostImages(data.Training));
        Normalization = options.Normalization?.For(data.ImageShape.Channels) ?? Normalization.Of(data.Training);
        loader = new BatchLoader(data.Training, Normalization, Augmentation, options.Mix, batch) { Seed = options.Seed };
        var slim = Slimming.Slim(network);
        graph = TrainingGraph.Of(slim, loss, data.Training.ClassCount, loader.TargetShape, data.Training.Targets
            is { IgnoreValue: not null });
        if (options.Mix is not null && graph.ClassIndex is not null)
            throw new UsageException($"The loss '{graph.Loss}' reads the number of each image's class, which cannot be mixed: leave out '{options.Mix}'.");
        if (batch == 1 && LonelyNorm(graph.Graph) is { } lonely)
            throw new UsageException($"Layer '{lonely.Layer!.Name}' ({lonely.Layer.Op}, layer {lonely.Layer.Index}) cannot learn with "
                + $"batches of one image: {lonely.Message}. {lonely.Fix}");
        var metric = options.Metric ?? Metric.Default(graph, data.Training);
        metric?.Check(graph, data.Training);
        MeasuresTraining = metric is { IsOfSet: false };
        all = Weights.Initialize(graph.Graph, options.Seed);
        trained = all.ShareWith(slim);
        start = trained;
        if (slim != network)
        {
            start = Weights.Initialize(network, options.Seed);
            if (options.InitialWeights is not null) start.TakeFrom(options.InitialWeights);
            Slimming.Take(start, trained);
        }
        else if (options.InitialWeights is not null)
        {
            trained.TakeFrom(options.InitialWeights);
        }
        if (options.FrozenLayers.Count > 0 && graph.Graph.Layers.All(layer => layer.TrainableCount == 0 || IsFrozen(layer)))
            throw new UsageException("Every layer that has weights is frozen, so there is nothing to train. Leave those that are to learn "
                + "out of TrainingOptions.FrozenLayers.");
        engine = options.Device.MakeEngine(options.Threads, options.LaneWidth);
        order = new int[options.Sampler.Count(data.Training, batch)];
        shown = order.Length - (order.Length % batch == 1 && LonelyNorm(graph.Graph) is not null ? 1 : 0);
        var perStep = (long)batch * options.AccumulatedBatches;
        StepsPerEpoch = (int)((shown + perStep - 1) / perStep);
        meter = new ImageMeter(graph, data.Training.ClassCount, metric, loader.Labels, batch, ranks);
        bool IsSound() => double.IsFinite(meter.Total.Loss);
        try
        {
            update = engine is IUpdatingEngine own ? own.CreateUpdate(all, options, IsSound)
                : new WeightUpdate(all, options) { IsSound = IsSound };
            executable = engine.Prepare(Request(all, batch) with { Reader = meter, Ending = Update });
            executable.Step.Seed = options.Seed;
            layers = new LayerMeter(all, UpdateNames.Moving(all, options));
            evaluator = new Evaluator(update.Average ?? all, graph, JudgedImages, Normalization, Preparation, metric, engine, ranks);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The numbers that are trained: those of the network without dead weights; those of the loss are not among them.</summary>
    public Weights Weights
    {
        get
        {
            update.Fetch();
            return trained;
        }
    }

    public Normalization Normalization { get; }

    /// <summary>How training images are changed, with everything measured that it must know of them.</summary>
    public Augmentation Augmentation { get; }

    /// <summary>What is judged after each epoch: the validation images, or their tiles where the network reads patches of them.</summary>
    public ImageSet JudgedImages { get; }

    /// <summary>What is done to validation images before the network sees them.</summary>
    public Augmentation Preparation { get; }

    /// <summary>What is left out of every epoch and why; null where all images are shown.</summary>
    public string? LeftOut => shown == order.Length ? null
        : $"Every epoch leaves out one image: {order.Length:N0} images in batches of {loader.Indices.Length:N0} end in a batch of one, in "
        + $"which the batch normalisation '{LonelyNorm(graph.Graph)!.Layer!.Name}' has a batch of 1 x height 1 x width 1 = 1 number per "
        + "channel and could not learn. A batch size that leaves another remainder shows all.";

    /// <summary>Seconds that all threads together have spent on augmenting images.</summary>
    public double AugmentationSeconds => loader.AugmentationSeconds;

    public Evaluator Evaluator
    {
        get
        {
            update.Fetch();
            return evaluator;
        }
    }

    public IExecutable Executable => executable;

    public int Threads => engine.Threads;

    /// <summary>The ranks over which each batch is cut.</summary>
    public ICollective Ranks => ranks;

    /// <summary>Images of a full batch, over all ranks.</summary>
    public int BatchImages => loader.Indices.Length;

    /// <summary>
    /// What this rank wants to happen after the next step; behind it, what all of them agreed on. One that is alone has its wish.
    /// </summary>
    public StepWish Wish { get; set; }

    /// <summary>All numbers of the training, those of the loss included.</summary>
    public Weights AllWeights => all;

    /// <summary>Network and loss.</summary>
    public TrainingGraph Graph => graph;

    /// <summary>Images of the first step.</summary>
    public long FirstImages => Math.Min(shown, (long)loader.Indices.Length * options.AccumulatedBatches);

    /// <summary>The loss, where it is a single op.</summary>
    public LossOp? LossOp => loss.Op;

    public int StepsPerEpoch { get; }

    public long TotalSteps => (long)StepsPerEpoch * options.Epochs;

    /// <summary>Steps done so far.</summary>
    public long StepsDone { get; private set; }

    /// <summary>Sum of the losses over this epoch's images so far.</summary>
    public double EpochLoss { get; private set; }

    /// <summary>What is measured besides the loss; null for nothing.</summary>
    public MetricInfo? MetricInfo => meter.Info;

    /// <summary>Whether training images have the measure, too.</summary>
    public bool MeasuresTraining { get; }

    /// <summary>Sum of the metric over this epoch's images so far.</summary>
    public double EpochMetricSum { get; private set; }

    public long EpochImages { get; private set; }

    /// <summary>Mean loss of the last step's images.</summary>
    public double StepLoss { get; private set; }

    public double LearningRate => update.Time.LearningRate;

    /// <summary>What validation gave after each finished epoch; the schedule and early stopping look at it.</summary>
    public IReadOnlyList<ValidationScore> Validation => validation;

    /// <summary>The numbers that validation judges and that the model is going to have: the running average where it was asked for.</summary>
    public Weights Judged
    {
        get
        {
            update.Fetch();
            return update.Average?.ShareWith(trained.Network) ?? trained;
        }
    }

    /// <summary>A copy of trained numbers as numbers of the network that the user gave; its dead weights are as they started.</summary>
    public Weights Whole(Weights numbers)
    {
        if (start == trained) return numbers.Clone();
        var whole = start.Clone();
        Slimming.Restore(numbers, whole);
        return whole;
    }

    /// <summary>One step on the next batch, or on the next few where gradients are gathered; the first step of an epoch starts its sums again.</summary>
    /// <exception cref="TrainingException">The loss is no longer a number, or cannot learn from this batch.</exception>
    public void Step()
    {
        var epoch = (int)(StepsDone / StepsPerEpoch);
        var inEpoch = (int)(StepsDone % StepsPerEpoch);
        if (inEpoch == 0) (EpochLoss, EpochMetricSum, EpochImages) = (0, 0, 0);
        OrderEpoch(epoch);
        loader.Epoch = (uint)epoch;
        update.Time.LearningRate = options.Schedule.LearningRate(new ScheduleTime(StepsDone, TotalSteps, StepsPerEpoch, validation));
        update.Time.Step = StepsDone;
        var batches = options.AccumulatedBatches;
        var images = order.AsSpan(0, shown)[(int)Math.Min(shown, (long)inEpoch * batches * loader.Indices.Length)..];
        images = images[..(int)Math.Min(images.Length, (long)batches * loader.Indices.Length)];
        StepLoss = 0;
        for (int number = 0, start = 0; start < images.Length; number++)
        {
            var count = Math.Min(loader.Indices.Length, images.Length - start);
            loader.Set(images.Slice(start, count));
            if (graph.Objection(loader.Labels.AsSpan(0, count)) is { } objection)
                throw new TrainingException($"Training stopped before step {StepsDone + 1} (epoch {epoch + 1}): {objection}");
            executable.Step.Step = (uint)((StepsDone * batches) + number);
            update.Share = (float)((double)count / images.Length);
            update.IsFirst = number == 0;
            start += count;
            update.IsLast = start == images.Length;
            update.Measures = update.IsLast && options.History && inEpoch == StepsPerEpoch - 1;
            if (executable.FillsAhead)
            {
                // The batch behind this one in the epoch, be it of this step or of the next.
                var rest = order.AsSpan(0, shown)[(int)Math.Min(shown, ((long)inEpoch * batches * loader.Indices.Length) + start)..];
                loader.Announce(rest[..Math.Min(rest.Length, loader.Indices.Length)]);
            }
            var own = executable.Step.Cut(count, ranks);
            meter.Wish = Wish;
            executable.Run(own);
            Wish = meter.Wish;
            var (loss, measured) = meter.Total;
            StepLoss += loss / images.Length;
            if (!double.IsFinite(loss)) throw Diverged(epoch);
            EpochLoss += loss;
            EpochMetricSum += measured;
            EpochImages += count;
        }
        StepsDone++;
        if (update.Measures) measuredStep = StepsDone;
    }

    /// <summary>
    /// What is told of the layers at the end of an epoch; null elsewhere, where nothing is measured, and where this session did not do the
    /// epoch's last step.
    /// </summary>
    public LayersRecord? MeasureLayers()
    {
        if (measuredStep != StepsDone) return null;
        var probe = LookAtSample();
        return new LayersRecord
        {
            Epoch = (int)(StepsDone / StepsPerEpoch),
            Step = StepsDone,
            Layers = layers.Read(update),
            Activations = probe.Dead(),
            Images = probe.Images,
        };
    }

    /// <summary>The sample images and what the network, as it is judged, makes of them now.</summary>
    public SampleProbe LookAtSample()
    {
        update.Fetch();
        sample ??= new SampleProbe(update.Average ?? all, graph, JudgedImages, Normalization, Preparation, engine, shown);
        if (sampledStep != StepsDone) sample.Run();
        sampledStep = StepsDone;
        return sample;
    }

    /// <summary>Judges the network on the validation images and remembers the score. Call it at the end of every epoch.</summary>
    public EvaluationResult Validate()
    {
        var result = Evaluator.Run();
        validation.Add(new ValidationScore(result.Loss, result.Value, meter.Info?.HigherIsBetter ?? true));
        return result;
    }

    /// <summary>The metric on this epoch's images so far; not a number where nothing is measured.</summary>
    public double EpochMetric => meter.Info is null ? double.NaN : EpochMetricSum / EpochImages;

    /// <summary>
    /// The loss of a step is known before its update, so an update that overflows shows only in the next step. Call this before the weights are kept or judged.
    /// </summary>
    /// <exception cref="TrainingException">A number is not finite.</exception>
    public void CheckWeights()
    {
        if (FirstNotFinite() is { } bad)
            throw Stopped($"after step {StepsDone} (epoch {((StepsDone - 1) / StepsPerEpoch) + 1}): the numbers of {Name(bad)} are not finite any more.");
    }

    /// <summary>Whether <see cref="CheckWeights"/> has nothing to say.</summary>
    public bool AreWeightsFinite => FirstNotFinite() is null;

    /// <summary>Everything that the rest of the training depends on.</summary>
    public Checkpoint Capture()
    {
        update.Fetch();
        var tensors = all.Parameters.Select(parameter => new SafetensorsEntry(parameter.Name, parameter.Values.ToArray(), [.. parameter.Dimensions])).ToList();
        update.Capture(tensors);
        var state = new Dictionary<string, string>
        {
            ["epochLoss"] = Bits(EpochLoss),
            ["epochMetric"] = Bits(EpochMetricSum),
            ["epochImages"] = Text(EpochImages),
            ["validation"] = string.Join(' ', validation.Select(score => $"{Bits(score.Loss)} {Bits(score.Metric)}")),
        };
        update.CaptureState(state);
        return new Checkpoint { Step = StepsDone, Tensors = tensors, State = state };
    }

    /// <summary>Takes over the state of a checkpoint.</summary>
    /// <exception cref="DataException">It belongs to another network.</exception>
    public void Restore(Checkpoint checkpoint)
    {
        foreach (var parameter in all.Parameters)
            Copy(checkpoint, parameter.Name, parameter, parameter.Values);
        update.Restore((name, parameter, target) => Copy(checkpoint, name, parameter, target));
        update.RestoreState(checkpoint.State);
        StepsDone = checkpoint.Step;
        try
        {
            EpochLoss = FromBits(checkpoint.State["epochLoss"]);
            EpochMetricSum = FromBits(checkpoint.State["epochMetric"]);
            EpochImages = long.Parse(checkpoint.State["epochImages"], System.Globalization.CultureInfo.InvariantCulture);
            validation.Clear();
            foreach (var pair in checkpoint.State["validation"].Split(' ', StringSplitOptions.RemoveEmptyEntries).Chunk(2))
                validation.Add(new ValidationScore(FromBits(pair[0]), FromBits(pair[1]), meter.Info?.HigherIsBetter ?? true));
        }
        catch (Exception error) when (error is KeyNotFoundException or FormatException or OverflowException or IndexOutOfRangeException)
        {
            throw new DataException($"The checkpoint of step {checkpoint.Step} does not say where in the epoch it was taken. It was "
                + "written by another program; start anew without TrainingOptions.Resume.", error);
        }
    }

    /// <summary>Ends the threads and gives the memory of plans and optimiser back; the weights stay.</summary>
    public void Dispose()
    {
        engine.Dispose();
        executable?.Dispose();
        evaluator?.Dispose();
        sample?.Dispose();
        update?.Dispose();
    }

    private static string Text(long value) => value.ToString(System.Globalization.CultureInfo.InvariantCulture);

    private static string Bits(double value) => BitConverter.DoubleToInt64Bits(value).ToString("x16", System.Globalization.CultureInfo.InvariantCulture);

    private static double FromBits(string text) => BitConverter.Int64BitsToDouble(long.Parse(text, System.Globalization.NumberStyles.HexNumber, System.Globalization.CultureInfo.InvariantCulture));

    /// <summary>A tensor of a checkpoint into the numbers of a parameter.</summary>
    /// <exception cref="DataException">It is not there, or of another shape.</exception>
    public static void Copy(Checkpoint checkpoint, string name, Parameter parameter, Span<float> target)
    {
        var tensor = checkpoint.Tensor(name);
        if (!tensor.Dimensions.SequenceEqual(parameter.Dimensions))
            throw new DataException($"The checkpoint of step {checkpoint.Step} has '{name}' as "
                + $"{NumberRow.Join(" x ", tensor.Dimensions)}; this network has {NumberRow.Join(" x ", parameter.Dimensions)}. Resume "
                + "with the configuration of the run that wrote it.");
        tensor.ToSingles().CopyTo(target);
    }

    /// <summary>Whether patches are cut out of images with masks at random, and patches themselves keep their size.</summary>
    private bool ArePatches(Network network, SplitData data)
    {
        if (data.Training.Targets is not { Kind: TargetKind.LabelMap } || data.ImageShape == network.Input) return false;
        try
        {
            return Augmentation.OutputShape(data.ImageShape) == network.Input && Augmentation.OutputShape(network.Input) == network.Input
                && Augmentation.ForEvaluation(data.ImageShape) != Augmentation;
        }
        catch (ShapeException)
        {
            return false; // Such as two cuts in a row; what does not fit at all is told below.
        }
    }

    private void CheckFit(Network network, SplitData data, Loss loss)
    {
        var shape = Augmentation.OutputShape(data.ImageShape);
        if (shape != data.ImageShape && network.Input != shape)
            throw NetworkInput.Refuse(network, $"the augmentation '{Augmentation}' makes {shape} of the {data.ImageShape} of "
                + $"'{data.Name}'. Build the network for Shape.Image({shape.Channels}, {shape.Height}, {shape.Width}), or scale to its "
                + "size.");
        if (network.Input != shape)
            throw NetworkInput.Refuse(network, $"the data set '{data.Name}' has {data.ImageShape}. Build the network for "
                + $"Shape.Image({data.ImageShape.Channels}, {data.ImageShape.Height}, {data.ImageShape.Width}).");
        if (Preparation.OutputShape(JudgedImages.ImageShape) is var judged && judged != shape)
            throw new ShapeException($"The network is trained on images of {shape}; the validation images of '{data.Name}' are {data.Validation.ImageShape}{(Preparation is NoAugmentation ? "" : $" and become {judged}")}. Cut them to that size, for example with data.Validation.Tiles({shape.Height}, {shape.Width}).");
        if (data.Training.Targets is { } targets && loss.Op is SoftmaxCrossEntropy)
            throw new UsageException($"The images of '{data.Name}' have targets ({targets}), and the loss tells classes of whole images apart. Choose one for such targets: Loss.BinaryCrossEntropy() or Loss.Dice() for masks, Loss.CrossEntropy(classWeights: ...) or Loss.Focal() for label maps of several classes, Loss.Mse() or Loss.L1() for pictures and numbers.");
        if (data.Training.Targets is { Kind: TargetKind.Labels } && network.OutputValues != OutputValues.IndependentProbabilities)
            throw new UsageException($"The images of '{data.Name}' have {data.Training.Targets}, and the network gives "
                + (network.OutputValues == OutputValues.Scores ? "scores, which whoever predicts would take for those of one class. "
                    : "one class of many. ")
                + "End it with AnswersOf(data.Training), a sigmoid, so that each label has a probability of its own.");
        if (data.Training.Targets is not null && options.Mix is not null)
            throw new UsageException($"The images of '{data.Name}' have targets ({data.Training.Targets}), which {options.Mix} does not mix: leave it out.");
        foreach (var name in options.FrozenLayers)
        {
            if (network.Layers.All(layer => layer.Name != name))
                throw new UsageException($"The network has no layer '{name}' to freeze.{NearestName.Suggest(name, network.Layers.Where(layer => layer.TrainableCount > 0).Select(layer => layer.Name))}");
        }
        options.LayerRates.Check(network, options.FrozenLayers);
        if (loss.Op is SoftmaxCrossEntropy && network.Output != Shape.Vector(data.ClassCount))
            throw new ShapeException($"The network's output is {network.Output}; to tell {data.ClassCount} classes apart it must be a vector of {data.ClassCount} scores. End it with GlobalAveragePool().Linear({data.ClassCount}) or Flatten().Linear({data.ClassCount}).");
    }

    private void Update(StepEnding ending, IExecutable made)
    {
        ending.Then(1, _ => meter.Join(made.Step));
        update.Schedule(ending, made);
    }

    /// <summary>
    /// The first batch normalisation, not a frozen one, that has a single number per channel when a batch has one image; null where there
    /// is none.
    /// </summary>
    private LintFinding? LonelyNorm(Network graph) =>
        Linter.Check(graph, new LintOptions { BatchSize = 1, Only = ["bn-batch1"] }).Findings
            .FirstOrDefault(finding => finding.Severity == LintSeverity.Error && !IsFrozen(finding.Layer!));

    private bool IsFrozen(Layer layer) => options.FrozenLayers.Contains(layer.Name);

    private void OrderEpoch(int epoch)
    {
        if (epoch == orderedEpoch) return;
        options.Sampler.Fill(data.Training, loader.Indices.Length, options.Seed, epoch, order);
        orderedEpoch = epoch;
    }

    /// <summary>A training of this session's network, images and loss.</summary>
    private EngineRequest Request(Weights weights, int batch) => new()
    {
        Weights = weights,
        Result = graph.Result,
        Batch = StepState.MostHere(batch, ranks.Ranks),
        TotalBatch = batch,
        Collective = ranks,
        Mode = ExecutionMode.Training,
        HasGradients = true,
        FrozenLayers = options.FrozenLayers,
        Feed = loader.Feed(graph),
    };

    /// <summary>
    /// Finds where the numbers went wrong first. The update of this step was left out, so the weights are those that the forward pass saw: the same batch
    /// once more, with every layer's output kept.
    /// </summary>
    private TrainingException Diverged(int epoch)
    {
        update.Fetch();
        var where = all.Parameters.FirstOrDefault(parameter => parameter.Trainable && !AllFinite(parameter.Values)) is { } bad
            ? $"The weights of {Name(bad)} are not finite any more."
            : FirstBadOutput() is { } layer ? $"The first layer whose output is not finite is '{layer.Name}' ({layer.Op?.ToString() ?? "the images themselves"})." : "All layers are still finite; the sum of the losses overflows.";
        return Stopped($"at step {StepsDone + 1} (epoch {epoch + 1}): the loss is {StepLoss}. {where}");
    }

    private TrainingException Stopped(string what) => new(
        $"Training stopped {what} The learning rate was {update.Time.LearningRate:G4}. Try a rate three to ten times lower, a warm-up, or "
            + $"batch normalisation after each convolution.{(options.Device.DivergenceAdvice is { } advice ? $" {advice}" : "")}");

    private Parameter? FirstNotFinite()
    {
        update.Fetch();
        return all.Parameters.FirstOrDefault(parameter => !AllFinite(parameter.Values));
    }

    private string Name(Parameter parameter) => $"layer '{graph.Graph.Layers[parameter.Layer].Name}' ({parameter.Name})";

    private Layer? FirstBadOutput()
    {
        var step = executable.Step;
        using var again = engine.Prepare(Request(all.Clone(), step.Total) with { KeepsOutputs = true });
        (again.Step.Seed, again.Step.Step) = (step.Seed, step.Step);
        (again.Step.ImagesBefore, again.Step.ImagesAfter) = (step.ImagesBefore, step.ImagesAfter);
        again.Run(step.Count);
        // Each rank has some of the images; the first layer of all of them is the answer of all.
        Span<int> own = [FirstBadOutput(again, step.Count)];
        var first = new int[ranks.Ranks];
        ranks.AllGather(MemoryMarshal.AsBytes(own), MemoryMarshal.AsBytes(first.AsSpan()));
        return first.Min() is var number && number < graph.Graph.Layers.Count ? graph.Graph.Layers[number] : null;
    }

    private int FirstBadOutput(IExecutable again, int images)
    {
        foreach (var layer in graph.Graph.Layers)
        {
            var output = new float[layer.Output.Count];
            for (var image = 0; image < images; image++)
            {
                again.ReadOutput(layer.Index, image, output);
                if (!AllFinite(output)) return layer.Index;
            }
        }
        return int.MaxValue;
    }

    private static bool AllFinite(ReadOnlySpan<float> values)
    {
        foreach (var value in values)
            if (!float.IsFinite(value))
                return false;
        return true;
    }
}
