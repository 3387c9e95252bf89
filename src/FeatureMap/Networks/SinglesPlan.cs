using System.Runtime.CompilerServices;
using FeatureMap.Lanes;
using FeatureMap.Ops;

namespace FeatureMap.Networks;

/// <summary>
/// A batch that is only judged, image by image: each thread takes an image and computes it with its channels in the lanes
/// (<see cref="ChannelPlan"/>). A shard of 16 images of a large network passes through memory at every layer; one image stays in the cache.
/// The bits are those of a shard.
/// </summary>
internal sealed unsafe class SinglesPlan : IExecutable
{
    // Maps of a layer, for a shard: what is smaller stays in the second-level cache, or nearly.
    private const long CacheBytes = 4 << 20;

    // Share of the products that Winograd may have where all lanes are taken.
    private const double MostWinograd = 0.5;

    private readonly BufferOwner memory = new();
    private readonly EngineRequest request;
    private readonly ThreadTeam team;
    private readonly ChannelPlan plan;
    private readonly AlignedBuffer[] scratch;
    private readonly Action<int> work;
    private readonly bool together;
    private int taken;

    private SinglesPlan(EngineRequest request, ThreadTeam team, ChannelPlan plan)
    {
        using var collection = memory.Collect();
        (this.request, this.team, this.plan, together, work) = (request, team, plan, IsTogether(request, team), Work);
        var floats = new[] { 1, request.Feed.WorkFloats, plan.ScratchFloats }.Max();
        scratch = [.. Enumerable.Range(0, team.Threads).Select(_ => new AlignedBuffer(floats))];
        for (var slot = 0; slot < (together ? 1 : team.Threads); slot++)
            plan.AddSlot();
    }

    public StepState Step { get; } = new();

    public bool IsMeasuring
    {
        get => plan.IsMeasuring;
        set => plan.IsMeasuring = value;
    }

    /// <summary>The plan, where it is right and pays for this request; null where shards of 16 images do better.</summary>
    public static SinglesPlan? Of(EngineRequest request, ThreadTeam team, LaneWidth width)
    {
        if (request is not { Mode: ExecutionMode.Evaluation, HasGradients: false, KeepsOutputs: false, KeptLayers.Count: 0, Ending: null }
            || !Pays(request, width)) return null;
        var made = Make(request, team, width);
        // What has no kernel of this layout goes through a shard of its own: right, and 16 times as much.
        if (made.plan.ThroughShards.Sum(Numbers) * LaneLayout.Lanes <= made.request.Weights.Network.Layers.Sum(Numbers)) return made;
        made.Dispose();
        return null;
    }

    /// <summary>The plan, whether it pays or not.</summary>
    public static SinglesPlan Make(EngineRequest request, ThreadTeam team, LaneWidth width) =>
        new(request, team, new ChannelPlan(request, IsTogether(request, team) ? team.Threads : 1, width));

    public void Prepare() => plan.Prepare();

    public void Forward(int images)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(images, request.Batch);
        Step.Count = images;
        taken = 0;
        if (!together) team.Run(work);
        else
            for (var image = 0; image < images; image++)
                Compute(image, 0);
    }

    public void Run(int images)
    {
        Prepare();
        Forward(images);
    }

    public Span<float> Gradient(int parameter) => [];

    public bool KeepsOutput(int layer) => false;

    public void ReadOutput(int layer, int image, Span<float> target) => throw NotKept();

    public void ReadGradient(int layer, int image, Span<float> target) => throw NotKept();

    public PlanDescription Describe(int steps = 0) =>
        plan.Describe(steps) with { Batch = request.Batch, Slots = together ? 1 : team.Threads };

    public void Dispose()
    {
        plan.Dispose();
        memory.Dispose();
    }

    // Fewer images than threads: all work on each.
    private static bool IsTogether(EngineRequest request, ThreadTeam team) => request.Batch < team.Threads;

    /// <summary>
    /// A shard reads the weights once for 16 images, but its maps are 16 times as large, whether the lanes are taken or not, and Winograd's
    /// products are faster there. So single images pay where few lanes are taken, or where the maps outweigh the weights and most products
    /// are plain ones. Measured (2 threads, AVX-512): U-Net with 4 images 1.65 times as fast, MobileNet-v1 with 16 1.25, depthwise 1.22,
    /// DenseNet-BC-100 1.16; ResNet-50 1.0; SqueezeNet 0.92, ResNet-18 0.91, a ResNet of 32x32 0.75. Of maps that stay in the cache nothing
    /// is gained. No bit depends on the choice, so the registers may: with 16 of them (AVX2, one thread, processors busy with other work)
    /// depthwise with 16 images is 1.0 to 1.2 times as fast, DenseNet-BC-100 1.2, MobileNet-v1 0.7 to 1.05: its weights are read 16
    /// times, too.
    /// </summary>
    private static bool Pays(EngineRequest request, LaneWidth width)
    {
        var layers = Computing(request);
        if (layers.Any(layer => layer.Op!.ComparesImages)
            || layers.All(layer => Numbers(layer) * LaneLayout.Lanes * sizeof(float) < CacheBytes)) return false;
        var (weights, maps, winograd) = Sizes(request);
        if (request.Batch <= SharedPlan.MostSingles)
            return request.Batch * (weights + maps) < weights + (LaneLayout.Lanes * maps);
        var reads = LaneWidths.Resolve(width) == LaneWidth.Bits512 ? 1 : LaneLayout.Lanes;
        return reads * weights < maps && winograd < MostWinograd;
    }

    /// <summary>Numbers of all weights and of the maps of an image, and the share of the products that are Winograd's; 1 of none.</summary>
    internal static (long Weights, long Maps, double Winograd) Sizes(EngineRequest request)
    {
        var layers = Computing(request);
        var products = layers.Sum(MultiplyAdds);
        var winograd = layers.Where(layer => layer.Op!.Path(layer.InputShapes).Name == Convolution.Winograd.Name).Sum(MultiplyAdds);
        return (request.Weights.Parameters.Sum(parameter => (long)parameter.Definition.Count), layers.Sum(Numbers),
            products == 0 ? 1 : (double)winograd / products);
    }

    private static List<Layer> Computing(EngineRequest request) =>
        [.. request.Weights.Network.Layers.Where(layer => layer.Op is { } op && !op.IsView(ExecutionMode.Evaluation))];

    private static long MultiplyAdds(Layer layer) => layer.Op!.Cost(layer.InputShapes).MultiplyAdds;

    private static long Numbers(Layer layer) => layer.Output.Count + layer.InputShapes.Sum(shape => (long)shape.Count);

    private static InvalidOperationException NotKept() => new("Nothing is kept: the request did not ask for it.");

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Work(int thread)
    {
        for (var image = Interlocked.Increment(ref taken) - 1; image < Step.Count; image = Interlocked.Increment(ref taken) - 1)
            Compute(image, thread);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Compute(int image, int slot)
    {
        var own = scratch[slot].Pointer;
        var work = new Span<float>(own, checked((int)request.Feed.WorkFloats));
        var group = new ImageGroup(plan, slot, Step.ImagesBefore + image, image, 1, work);
        plan.ClearIdleLanes(slot);
        request.Feed.Fill(group);
        if (together) plan.Forward(slot, team, scratch);
        else plan.Forward(slot, own);
        request.Reader?.Read(group);
    }
}
