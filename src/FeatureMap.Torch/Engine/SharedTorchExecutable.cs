using FeatureMap.Networks;
using FeatureMap.Ops;
using static TorchSharp.torch;

namespace FeatureMap.Torch;

/// <summary>A network ready for callers of any thread: one computes at a time, since they share a device.</summary>
internal sealed class SharedTorchExecutable : ISharedExecutable
{
    private readonly Lock gate = new();
    private readonly TorchEngine engine;
    private readonly EngineRequest request;
    private readonly Network network;
    private readonly TorchWalk walk;
    private readonly BatchMemory memory;
    private readonly DeviceNumbers numbers;

    /// <param name="request">What it is made for.</param>
    /// <param name="engine">Where.</param>
    public SharedTorchExecutable(EngineRequest request, TorchEngine engine)
    {
        (this.request, this.engine, network) = (request, engine, request.Weights.Network);
        walk = new TorchWalk(network, [network.Layers.Count - 1]);
        engine.Enter();
        memory = new BatchMemory(network, request, engine, isShared: true);
        numbers = new DeviceNumbers(request.Weights, _ => false, engine.IsChannelsLast, engine.Place);
    }

    public bool IsMeasuring { get; set; }

    public void Prepare()
    {
        engine.Enter();
        numbers.Write();
    }

    public void AddSlot() { }

    public bool TryTogether(Action body) => false;

    public void Forward(int slot, int first, int images)
    {
        lock (gate)
        {
            engine.Enter();
            for (var done = 0; done < images; done += request.Batch)
                Compute(slot, first + done, Math.Min(request.Batch, images - done));
        }
    }

    public PlanDescription Describe(int steps = 0) => throw new UsageException($"How a network runs on '{engine.Device}' is libtorch's "
        + "own: a plan is described for the processor.");

    public void Dispose()
    {
        numbers.Dispose();
        memory.Dispose();
    }

    private void Compute(int slot, int first, int images)
    {
        using var scope = NewDisposeScope();
        using var withoutGradients = inference_mode();
        memory.Fill(slot, first, images);
        var outputs = new Tensor[network.Layers.Count];
        outputs[0] = memory.OnDevice(0, images);
        walk.Forward(outputs, numbers.ByLayer, new TorchCall(images, [], [], false) { Device = engine.Place }, _ => false,
            (layer, call) => layer.Op is DropoutMask ? call.X.alias() : engine.Product(layer.Op!, call));
        if (request.Reader is { } reader) memory.Read(outputs, [outputs.Length - 1], slot, first, images, reader);
    }
}
