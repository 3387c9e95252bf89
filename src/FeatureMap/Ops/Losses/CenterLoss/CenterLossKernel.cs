using System.Runtime.CompilerServices;
using FeatureMap.Lanes;

namespace FeatureMap.Ops;

/// <summary>
/// Distances to centres, and in training the centres' own movement, whether the embeddings have gradients or not. What a shard adds to
/// it, per class the sum of its embeddings and their number, stands in rows of its own; when all are there, the rows are added
/// (<see cref="ShardSums"/>) and the centres move, once per batch.
/// </summary>
internal sealed unsafe class CenterLossKernel<TLanes> : Kernel where TLanes : unmanaged, ILanes<TLanes>
{
    private readonly CenterLoss op;
    private readonly KernelSite site;
    private readonly int dimensions, classes;
    private readonly float* centers;
    private readonly DenseWeightGradient<TLanes>? products;

    // Per shard: [class][dimension], sums of target x embedding; and [class], sums of targets.
    private readonly ShardSums? embeddings, counts;
    private readonly AlignedBuffer? embeddingSums, countSums;

    public CenterLossKernel(CenterLoss op, KernelSite site)
    {
        (this.op, this.site) = (op, site);
        (dimensions, classes) = (site.Input.Shape.Count, site.Inputs[1].Shape.Count);
        centers = site.Parameters[0].Values;
        if (site.Mode == ExecutionMode.Evaluation) return;
        products = new DenseWeightGradient<TLanes>(classes, dimensions);
        (embeddingSums, countSums) = (new(classes * dimensions), new(classes));
        embeddings = new ShardSums(site, classes * dimensions, embeddingSums.Pointer);
        counts = new ShardSums(site, classes, countSums.Pointer);
        site.Scratch((classes * LaneLayout.Lanes) + products.ScratchFloats(products.Whole));
    }

    public override void Schedule(StepSchedule schedule)
    {
        schedule.Forward.PerShard(Forward);
        if (site.InputGradients[0] is not null) schedule.Backward.PerShard(Backward);
        if (products is null) return;
        schedule.Forward.PerShard(Collect);
        embeddings!.Schedule(schedule.Finish);
        counts!.Schedule(schedule.Finish);
        schedule.Finish.Together(classes, MoveCenter, ShardSums.DeriveRound);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Forward(in WorkItem item)
    {
        var x = site.Input.At(item.Slot);
        var q = site.Inputs[1].At(item.Slot);
        for (var part = 0; part < LaneLayout.Lanes; part += TLanes.Width)
        {
            var squares = TLanes.Zero;
            for (var i = 0; i < dimensions; i++)
            {
                var difference = Difference(x, q, i, part);
                squares = TLanes.MultiplyAdd(difference, difference, squares);
            }
            TLanes.Store(site.Output.At(item.Slot) + part, squares * TLanes.Broadcast(op.Weight / 2));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Backward(in WorkItem item)
    {
        var x = site.Input.At(item.Slot);
        var q = site.Inputs[1].At(item.Slot);
        var gradient = site.InputGradients[0]!.At(item.Slot);
        for (var part = 0; part < LaneLayout.Lanes; part += TLanes.Width)
        {
            var share = TLanes.Load(site.OutputGradient!.At(item.Slot) + part) * TLanes.Broadcast(op.Weight);
            for (var i = 0; i < dimensions; i++)
                TLanes.Store(gradient + (i * LaneLayout.Lanes) + part, share * Difference(x, q, i, part));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Collect(in WorkItem item)
    {
        var x = site.Input.At(item.Slot);
        var q = site.Inputs[1].At(item.Slot);
        // Lanes without an image belong to no class.
        var masked = item.Scratch;
        for (var k = 0; k < classes; k++)
            for (var part = 0; part < LaneLayout.Lanes; part += TLanes.Width)
                TLanes.Store(masked + (k * LaneLayout.Lanes) + part, TLanes.And(TLanes.Load(item.Mask + part), TLanes.Load(q + (k * LaneLayout.Lanes) + part)));
        products!.Run(x, masked, embeddings!.Of(item.Index), products.Whole, masked + (classes * LaneLayout.Lanes));
        PlaneSum<TLanes>.OverChannels(masked, classes, 1, LaneLayout.Lanes, counts!.Of(item.Index));
    }

    // c -= rate (n c - sum x) / (1 + n)
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void MoveCenter(in WorkItem item)
    {
        double count = countSums!.Pointer[item.Index];
        for (var i = item.Index * dimensions; i < (item.Index + 1) * dimensions; i++)
            centers[i] -= (float)(op.Rate * ((count * centers[i]) - embeddingSums!.Pointer[i]) / (1 + count));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private TLanes Difference(float* x, float* q, int i, int part)
    {
        var difference = TLanes.Load(x + (i * LaneLayout.Lanes) + part);
        for (var k = 0; k < classes; k++)
            difference = TLanes.MultiplySubtractFrom(TLanes.Load(q + (k * LaneLayout.Lanes) + part), TLanes.Broadcast(centers[(k * dimensions) + i]), difference);
        return difference;
    }
}
