using FeatureMap.Networks;
using FeatureMap.Ops;
using static TorchSharp.torch;
using Parameter = FeatureMap.Networks.Parameter;

namespace FeatureMap.Torch;

/// <summary>
/// A network made ready on a device: its numbers there, its dropout masks, and the walk over its layers. Images come through the feed and
/// results go through the reader as on the processor, in groups of 16.
/// </summary>
internal sealed class TorchExecutable : IExecutable
{
    private readonly TorchEngine engine;
    private readonly EngineRequest request;
    private readonly Network network;
    private readonly TorchWalk walk;
    private readonly BatchMemory memory;
    private readonly Tensor[] outputs;
    private readonly HashSet<int> readBack;
    private readonly Dictionary<int, DropoutMasks> masks = [];
    private readonly Dictionary<int, Tensor> constants = [];
    private readonly StepEnding ending = new();
    private readonly Func<Layer, TorchCall, Tensor?> compute;
    private readonly Func<Layer, bool> isTraining;
    private readonly List<Tensor> kept = [];
    private readonly float[]?[] gradients;
    private readonly int result;
    private readonly bool updatesHere;
    private bool isWritten;

    /// <param name="request">What it is made for.</param>
    /// <param name="engine">Where.</param>
    public TorchExecutable(EngineRequest request, TorchEngine engine)
    {
        if (request.Collective.Ranks > 1)
            throw new UsageException($"A training over {request.Collective.Ranks} ranks computes on the processors of its machines: leave "
                + $"the device '{engine.Device}' out, or train on one machine.");
        (this.request, this.engine, network) = (request, engine, request.Weights.Network);
        result = request.Result ?? network.Layers.Count - 1;
        readBack = [result, network.Layers.Count - 1, .. request.Reader?.Layers ?? []];
        walk = new TorchWalk(network, request.KeepsOutputs ? [.. network.Layers.Select(layer => layer.Index)]
            : [.. readBack, .. request.KeptLayers]);
        outputs = new Tensor[network.Layers.Count];
        gradients = new float[]?[request.Weights.Parameters.Count];
        isTraining = layer => request.ModeOf(layer) == ExecutionMode.Training;
        compute = Compute;
        engine.Enter();
        memory = new BatchMemory(network, request, engine);
        Numbers = new DeviceNumbers(request.Weights, IsTrained, engine.IsChannelsLast, engine.Place);
        foreach (var layer in network.Layers)
            if (layer.Op is DropoutMask mask && isTraining(layer))
                masks[layer.Index] = new DropoutMasks(mask, layer.InputShapes[0], layer.Index, engine.Place);
        request.Ending?.Invoke(ending, this);
        // An update has written them.
        isWritten = updatesHere = engine.Updates(this);
    }

    public StepState Step { get; } = new();

    /// <summary>The numbers of the network on the device.</summary>
    public DeviceNumbers Numbers { get; }

    /// <summary>What the loss is multiplied with before the way back; null for nothing.</summary>
    public LossScale? Scale { get; set; }

    public bool IsMeasuring { get; set; }

    public bool FillsAhead => memory.FillsAhead;

    /// <summary>Batches so far that were filled while the one before was computed.</summary>
    public int FilledAhead => memory.FilledAhead;

    /// <summary>Takes over the weights as they are now.</summary>
    public void Prepare()
    {
        engine.Enter();
        Numbers.Write();
        isWritten = true;
    }

    public void Forward(int images)
    {
        engine.Enter();
        using var scope = NewDisposeScope();
        // What is made in inference mode, which is faster, must not meet a way back later.
        using IDisposable withoutGradients = request.HasGradients ? no_grad() : inference_mode();
        Begin(images);
        if (!isWritten) Numbers.Write();
        isWritten = true;
        Walk(images);
        Read(images);
        End();
    }

    public void Run(int images)
    {
        engine.Enter();
        using (NewDisposeScope())
        {
            Begin(images);
            // Where an update changes them here, they are taken over once.
            if (!isWritten || !updatesHere) Numbers.Write();
            isWritten = true;
            Numbers.Gradients.zero_();
            Walk(images);
            // The mean over the images of the batch, as the walk back begins with 1 / images at each.
            var loss = outputs[^1];
            if (loss.requires_grad) loss.backward([full_like(loss.detach(), (Scale?.Value ?? 1) / Step.Total)]);
            Scale?.Undo(Numbers.Gradients);
            Read(images);
            End();
        }
        foreach (var (items, work) in ending.Parts)
            for (var item = 0; item < items; item++)
                work(item);
    }

    public Span<float> Gradient(int parameter)
    {
        if (!Numbers.Layout.IsTrained[parameter]) return [];
        var count = request.Weights.Parameters[parameter].Definition.Count;
        var values = gradients[parameter] ??= new float[(count + ImageGroup.Most - 1) / ImageGroup.Most * ImageGroup.Most];
        Numbers.Layout.Read(Numbers.Gradients, parameter, values.AsSpan(0, count));
        return values.AsSpan(0, count);
    }

    public bool KeepsOutput(int layer) => request.KeepsOutputs;

    public void ReadOutput(int layer, int image, Span<float> target)
    {
        using var scope = NewDisposeScope();
        BatchMemory.Copy(outputs[layer].detach()[image], target);
    }

    public void ReadGradient(int layer, int image, Span<float> target)
    {
        using var scope = NewDisposeScope();
        if (outputs[layer].grad is { } gradient) BatchMemory.Copy(gradient[image], target);
        else target.Clear();
    }

    public PlanDescription Describe(int steps = 0) => throw new UsageException($"How a network runs on '{engine.Device}' is libtorch's "
        + "own: a plan is described for the processor.");

    public void Dispose()
    {
        engine.Enter();
        LetGo();
        foreach (var mask in masks.Values)
            mask.Dispose();
        foreach (var constant in constants.Values)
            constant.Dispose();
        Numbers.Dispose();
        memory.Dispose();
        engine.Forget(this);
    }

    private bool IsTrained(Parameter parameter) =>
        request.HasGradients && parameter.Trainable && !request.IsFrozen(network.Layers[parameter.Layer]);

    private void Begin(int images)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(images, request.Batch);
        Step.Count = images;
        LetGo();
        memory.Fill(Step);
    }

    private void Walk(int images)
    {
        foreach (var layer in network.Layers)
        {
            if (layer.Op is null) outputs[layer.Index] = memory.OnDevice(layer.Index, images);
            if (layer.Index == 0 && (request.WantsImageGradient || request.KeptLayers.Contains(0)))
                outputs[0] = outputs[0].detach().clone().requires_grad_(true);
        }
        walk.Forward(outputs, Numbers.ByLayer, new TorchCall(images, [], [], false) { Device = engine.Place, Step = Step.Step }, isTraining,
            compute);
    }

    private Tensor? Compute(Layer layer, TorchCall call)
    {
        var output = layer.Op switch
        {
            DropoutMask => masks.TryGetValue(layer.Index, out var mask) ? mask.Apply(call.X, Step) : call.X.alias(),
            Constant constant => ConstantOf(layer, constant, call),
            _ => engine.Product(layer.Op!, call),
        };
        if (request.HasGradients && request.KeptLayers.Contains(layer.Index))
        {
            output ??= TorchFunctions.ApplyAny(layer.Op!, call);
            if (!output.requires_grad) output.requires_grad_(true);
            output.retain_grad();
        }
        return output;
    }

    private Tensor ConstantOf(Layer layer, Constant constant, TorchCall call)
    {
        if (!constants.TryGetValue(layer.Index, out var values))
        {
            using var one = TorchFunctions.Apply(constant, call with { Batch = 1 });
            values = constants[layer.Index] = one.clone().DetachFromDisposeScope();
        }
        return values.expand(call.Batch, -1, -1, -1);
    }

    private void Read(int images)
    {
        if (request.Reader is { } reader) memory.Read(outputs, readBack, Step, reader);
    }

    // What can be asked for afterwards lives on to the next step.
    private void End()
    {
        foreach (var layer in network.Layers)
            if (request.KeepsOutputs || request.KeptLayers.Contains(layer.Index) || (layer.Index == 0 && request.WantsImageGradient))
                kept.Add(outputs[layer.Index].DetachFromDisposeScope());
    }

    private void LetGo()
    {
        foreach (var tensor in kept)
            tensor.Dispose();
        kept.Clear();
    }
}
