using System.Runtime.CompilerServices;
using FeatureMap.Lanes;

namespace FeatureMap.Ops;

/// <summary>
/// Triplets of a batch. Forward, when all embeddings are there: every anchor computes its row of distances, chooses its triplets and notes in a row of its own how its
/// loss changes with each of these distances. Backward, when all output gradients are there: every image gathers, from its row and its column, what pulls on it.
/// Of several ranks each does so for its own images, with the embeddings, notes and output gradients of all.
/// </summary>
internal sealed unsafe class TripletLossKernel<TLanes> : Kernel where TLanes : unmanaged, ILanes<TLanes>
{
    private readonly TripletLoss op;
    private readonly KernelSite site;
    private readonly int dimensions;
    private readonly nint row;
    private readonly bool hasPulls;

    // Per anchor of this rank: sum of the losses of its triplets.
    private readonly double[] losses;

    // Of each shard, where there are several ranks: the embeddings, then the labels; and the output gradients.
    private readonly ShardGather? images, weights;

    // Of each shard: [anchor][image], the derivative of that sum by the squared distance to the image, times 2; times the difference of
    // the two embeddings it is the gradient. Then, as integers of 64 bits, how many triplets of each anchor the mean counts.
    private readonly ShardGather notes;

    public TripletLossKernel(TripletLoss op, KernelSite site)
    {
        (this.op, this.site) = (op, site);
        dimensions = site.Input.Shape.Count;
        row = (nint)site.TotalShards * LaneLayout.Lanes;
        losses = new double[site.Shards * LaneLayout.Lanes];
        hasPulls = site.InputGradients[0] is not null;
        notes = new ShardGather(site, PullFloats + (LaneLayout.Lanes * sizeof(long) / sizeof(float)));
        if (site.Collective.Ranks > 1)
        {
            images = new ShardGather(site, (dimensions + 1) * LaneLayout.Lanes);
            if (hasPulls) weights = new ShardGather(site, LaneLayout.Lanes);
        }
        site.Scratch(hasPulls ? LaneLayout.Lanes * row : 2 * row);
    }

    public override void Schedule(StepSchedule schedule)
    {
        if (images is not null) schedule.Forward.Together(1, GatherImages);
        schedule.Forward.Together(site.Shards, Compare);
        if (images is not null) schedule.Forward.Together(1, (in _) => notes.Exchange());
        schedule.Forward.PerShard(Average);
        if (!hasPulls) return;
        if (weights is not null) schedule.Backward.Together(1, GatherWeights);
        schedule.Backward.Together(site.Shards, Gradient);
    }

    private nint PullFloats => hasPulls ? LaneLayout.Lanes * row : 0;

    private int Count => site.Step.Total;

    /// <summary>What the loss of a triplet counts for in the loss of its anchor: images / triplets, so that the mean over the images is the mean over the triplets.</summary>
    private double Share
    {
        get
        {
            long total = 0;
            for (var image = 0; image < Count; image++)
                total += Counts(notes.Of(image / LaneLayout.Lanes))[image % LaneLayout.Lanes];
            return total == 0 ? 0 : (double)Count / total;
        }
    }

    private long* Counts(float* shardNotes) => (long*)(shardNotes + PullFloats);

    private float* Embeddings(int shard) => images is null ? site.Input.At(shard) : images.Of(shard);

    private float* Labels(int shard) =>
        images is null ? site.Inputs[1].At(shard) : images.Of(shard) + (dimensions * LaneLayout.Lanes);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void GatherImages(in WorkItem item)
    {
        for (var shard = 0; shard < LaneLayout.Shards(site.Step.Count); shard++)
        {
            var target = images!.Own(shard);
            new ReadOnlySpan<float>(site.Input.At(shard), dimensions * LaneLayout.Lanes).CopyTo(new(target, dimensions * LaneLayout.Lanes));
            new ReadOnlySpan<float>(site.Inputs[1].At(shard), LaneLayout.Lanes)
                .CopyTo(new(target + (dimensions * LaneLayout.Lanes), LaneLayout.Lanes));
        }
        images!.Exchange();
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void GatherWeights(in WorkItem item)
    {
        for (var shard = 0; shard < LaneLayout.Shards(site.Step.Count); shard++)
            new ReadOnlySpan<float>(site.OutputGradient!.At(shard), LaneLayout.Lanes).CopyTo(new(weights!.Own(shard), LaneLayout.Lanes));
        weights!.Exchange();
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Compare(in WorkItem item)
    {
        var own = item.Index * LaneLayout.Lanes;
        if (own >= site.Step.Count) return;
        var distances = item.Scratch;
        var labels = item.Scratch + row;
        for (var image = 0; image < Count; image++)
            labels[image] = Labels(image / LaneLayout.Lanes)[image % LaneLayout.Lanes];
        var note = notes.Own(item.Index);
        for (var lane = 0; lane < Math.Min(LaneLayout.Lanes, site.Step.Count - own); lane++)
        {
            var anchor = site.Step.ImagesBefore + own + lane;
            Measure(anchor, distances);
            var pull = hasPulls ? note + (lane * row) : null;
            if (pull is not null) new Span<float>(pull, Count).Clear();
            var sum = new TripletSum(0, 0);
            if (AreFinite(distances)) Choose(ref sum, anchor, distances, labels, pull);
            else sum = new TripletSum(double.NaN, 0); // comparisons would pass over what is not a number, and hide it
            (losses[own + lane], Counts(note)[lane]) = (sum.Loss, sum.Count);
            if (pull is not null) Scale(pull, distances);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Measure(int anchor, float* distances)
    {
        var x = Embeddings(anchor / LaneLayout.Lanes) + (anchor % LaneLayout.Lanes);
        for (var shard = 0; shard < LaneLayout.Shards(Count); shard++, distances += LaneLayout.Lanes)
        {
            var others = Embeddings(shard);
            for (var part = 0; part < LaneLayout.Lanes; part += TLanes.Width)
            {
                var squares = TLanes.Zero;
                for (nint at = 0; at < dimensions * LaneLayout.Lanes; at += LaneLayout.Lanes)
                {
                    var difference = TLanes.Load(others + at + part) - TLanes.Broadcast(x[at]);
                    squares = TLanes.MultiplyAdd(difference, difference, squares);
                }
                TLanes.Store(distances + part, op.IsSquared ? squares : TLanes.Sqrt(squares));
            }
        }
    }

    private bool AreFinite(float* distances)
    {
        float sum = 0;
        for (var image = 0; image < Count; image++)
            sum += distances[image];
        return float.IsFinite(sum);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Choose(ref TripletSum sum, int anchor, float* distances, float* labels, float* pull)
    {
        if (op.Mining == TripletMining.Hard)
        {
            int positive = -1, negative = -1;
            for (var image = 0; image < Count; image++)
            {
                if (labels[image] != labels[anchor])
                    negative = negative < 0 || distances[image] < distances[negative] ? image : negative;
                else if (image != anchor)
                    positive = positive < 0 || distances[image] > distances[positive] ? image : positive;
            }
            if (positive >= 0 && negative >= 0) Add(ref sum, positive, negative, distances, pull);
            return;
        }
        for (var positive = 0; positive < Count; positive++)
        {
            if (positive == anchor || labels[positive] != labels[anchor]) continue;
            if (op.Mining == TripletMining.SemiHard)
            {
                var negative = SemiHard(anchor, positive, distances, labels);
                if (negative >= 0) Add(ref sum, positive, negative, distances, pull);
                continue;
            }
            for (var negative = 0; negative < Count; negative++)
                if (labels[negative] != labels[anchor])
                    Add(ref sum, positive, negative, distances, pull);
        }
    }

    // The nearest negative behind the positive, or else the farthest of all; -1 where there is no negative.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private int SemiHard(int anchor, int positive, float* distances, float* labels)
    {
        int behind = -1, farthest = -1;
        for (var image = 0; image < Count; image++)
        {
            if (labels[image] == labels[anchor]) continue;
            if (farthest < 0 || distances[image] > distances[farthest]) farthest = image;
            if (distances[image] > distances[positive] && (behind < 0 || distances[image] < distances[behind])) behind = image;
        }
        return behind >= 0 ? behind : farthest;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Add(ref TripletSum sum, int positive, int negative, float* distances, float* pull)
    {
        var difference = distances[positive] - distances[negative];
        var (value, slope) = op.SoftMargin ? SoftHinge(difference) : difference + op.Margin > 0 ? (difference + op.Margin, 1) : (0, 0);
        sum = new(sum.Loss + value, value > 0 || op.AveragesOverAll || op.Mining != TripletMining.All ? sum.Count + 1 : sum.Count);
        if (pull is null) return;
        pull[positive] += slope;
        pull[negative] -= slope;
    }

    /// <summary>log(1 + exp(x)) and its slope 1 / (1 + exp(-x)).</summary>
    private static (float Value, float Slope) SoftHinge(float x)
    {
        float value, slope;
        LanesScalar.Store(&value, LaneMath.Softplus(LanesScalar.Broadcast(x)));
        LanesScalar.Store(&slope, LaneMath.Sigmoid(LanesScalar.Broadcast(x)));
        return (value, slope);
    }

    // The derivative of the distance is 2 (a - b) where it is squared, else (a - b) / d, and 0 where the two are equal.
    private void Scale(float* pull, float* distances)
    {
        for (var image = 0; image < Count; image++)
            pull[image] = op.IsSquared ? 2 * pull[image] : distances[image] > 0 ? pull[image] / distances[image] : 0;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Average(in WorkItem item)
    {
        var share = Share;
        var y = site.Output.At(item.Slot);
        for (var lane = 0; lane < LaneLayout.Lanes; lane++)
            y[lane] = lane < item.Images ? (float)(losses[(item.Index * LaneLayout.Lanes) + lane] * share) : 0;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Gradient(in WorkItem item)
    {
        if (item.Index * LaneLayout.Lanes >= site.Step.Count) return;
        var first = site.Step.ImagesBefore + (item.Index * LaneLayout.Lanes);
        // [image][lane]: what the difference between the image of the lane and this image counts for, as anchor and as one of the others.
        var factors = item.Scratch;
        var share = (float)Share;
        for (var lane = 0; lane < LaneLayout.Lanes; lane++)
            for (var image = 0; image < Count; image++)
                factors[(image * LaneLayout.Lanes) + lane] = first + lane < Count
                    ? (WeightOf(first + lane) * share * Pull(first + lane, image)) + (WeightOf(image) * share * Pull(image, first + lane))
                    : 0;
        var x = site.Input.At(item.Index);
        var dx = site.InputGradients[0]!.At(item.Index);
        for (nint at = 0; at < dimensions * LaneLayout.Lanes; at += LaneLayout.Lanes)
            for (var part = 0; part < LaneLayout.Lanes; part += TLanes.Width)
            {
                var (own, sum) = (TLanes.Load(x + at + part), TLanes.Zero);
                for (var image = 0; image < Count; image++)
                {
                    var other = TLanes.Broadcast(Embeddings(image / LaneLayout.Lanes)[at + (image % LaneLayout.Lanes)]);
                    sum = TLanes.MultiplyAdd(TLanes.Load(factors + (image * LaneLayout.Lanes) + part), own - other, sum);
                }
                TLanes.Store(dx + at + part, sum);
            }
    }

    private float Pull(int anchor, int image) => notes.Of(anchor / LaneLayout.Lanes)[(anchor % LaneLayout.Lanes * row) + image];

    private float WeightOf(int image)
    {
        var (shard, lane) = Math.DivRem(image, LaneLayout.Lanes);
        return (weights is null ? site.OutputGradient!.At(shard) : weights.Of(shard))[lane];
    }
}

/// <summary>What the triplets of an anchor cost together, and how many of them the mean counts.</summary>
internal readonly record struct TripletSum(double Loss, long Count);
