using System.Runtime.CompilerServices;
using FeatureMap.Lanes;

namespace FeatureMap.Ops;

/// <summary>
/// Triplets of a batch. Forward, when all embeddings are there: every anchor computes its row of distances, chooses its triplets and notes in a row of its own how its
/// loss changes with each of these distances. Backward, when all output gradients are there: every image gathers, from its row and its column, what pulls on it.
/// </summary>
internal sealed unsafe class TripletLossKernel<TLanes> : Kernel where TLanes : unmanaged, ILanes<TLanes>
{
    private readonly TripletLoss op;
    private readonly KernelSite site;
    private readonly int dimensions;
    private readonly nint row;

    // Per anchor: sum of the losses of its triplets, and how many of them the mean counts.
    private readonly double[] losses;
    private readonly long[] counts;

    // [anchor][image]: derivative of that sum by the squared distance to the image, times 2; times the difference of the two embeddings it is the gradient.
    private readonly AlignedBuffer? pulls;

    public TripletLossKernel(TripletLoss op, KernelSite site)
    {
        (this.op, this.site) = (op, site);
        if (site.Collective.Ranks > 1)
            throw new UsageException($"The triplet loss '{site.Layer}' compares every image of a batch with every other one, so the batch "
                + $"cannot be cut over {site.Collective.Ranks} ranks: train it on one.");
        dimensions = site.Input.Shape.Count;
        row = (nint)site.Shards * LaneLayout.Lanes;
        losses = new double[row];
        counts = new long[row];
        if (site.InputGradients[0] is not null) pulls = new AlignedBuffer((long)row * row);
        site.Scratch(pulls is null ? 2 * row : LaneLayout.Lanes * row);
    }

    public override void Schedule(StepSchedule schedule)
    {
        schedule.Forward.Together(site.Shards, Compare);
        schedule.Forward.PerShard(Average);
        if (pulls is not null) schedule.Backward.Together(site.Shards, Gradient);
    }

    private int Count => site.Step.Count;

    /// <summary>What the loss of a triplet counts for in the loss of its anchor: images / triplets, so that the mean over the images is the mean over the triplets.</summary>
    private double Share
    {
        get
        {
            long total = 0;
            for (var image = 0; image < Count; image++)
                total += counts[image];
            return total == 0 ? 0 : (double)Count / total;
        }
    }

    private void Compare(in WorkItem item)
    {
        var first = item.Index * LaneLayout.Lanes;
        if (first >= Count) return;
        var distances = item.Scratch;
        var labels = item.Scratch + row;
        for (var image = 0; image < Count; image++)
            labels[image] = site.Inputs[1].At(image / LaneLayout.Lanes)[image % LaneLayout.Lanes];
        for (var anchor = first; anchor < Math.Min(Count, first + LaneLayout.Lanes); anchor++)
        {
            Measure(anchor, distances);
            var pull = pulls is null ? null : pulls.Pointer + (anchor * row);
            if (pull is not null) new Span<float>(pull, Count).Clear();
            (losses[anchor], counts[anchor]) = (0, 0);
            if (AreFinite(distances)) Choose(anchor, distances, labels, pull);
            else losses[anchor] = double.NaN; // comparisons would pass over what is not a number, and hide it
            if (pull is not null) Scale(pull, distances);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Measure(int anchor, float* distances)
    {
        var x = site.Input.At(anchor / LaneLayout.Lanes) + (anchor % LaneLayout.Lanes);
        for (var shard = 0; shard < LaneLayout.Shards(Count); shard++, distances += LaneLayout.Lanes)
        {
            var others = site.Input.At(shard);
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

    private void Choose(int anchor, float* distances, float* labels, float* pull)
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
            if (positive >= 0 && negative >= 0) Add(anchor, positive, negative, distances, pull);
            return;
        }
        for (var positive = 0; positive < Count; positive++)
        {
            if (positive == anchor || labels[positive] != labels[anchor]) continue;
            if (op.Mining == TripletMining.SemiHard)
            {
                var negative = SemiHard(anchor, positive, distances, labels);
                if (negative >= 0) Add(anchor, positive, negative, distances, pull);
                continue;
            }
            for (var negative = 0; negative < Count; negative++)
                if (labels[negative] != labels[anchor])
                    Add(anchor, positive, negative, distances, pull);
        }
    }

    // The nearest negative behind the positive, or else the farthest of all; -1 where there is no negative.
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

    private void Add(int anchor, int positive, int negative, float* distances, float* pull)
    {
        var difference = distances[positive] - distances[negative];
        var (value, slope) = op.SoftMargin ? SoftHinge(difference) : difference + op.Margin > 0 ? (difference + op.Margin, 1) : (0, 0);
        losses[anchor] += value;
        if (value > 0 || op.AveragesOverAll || op.Mining != TripletMining.All) counts[anchor]++;
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
        var first = item.Index * LaneLayout.Lanes;
        if (first >= Count) return;
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
                    var other = TLanes.Broadcast(site.Input.At(image / LaneLayout.Lanes)[at + (image % LaneLayout.Lanes)]);
                    sum = TLanes.MultiplyAdd(TLanes.Load(factors + (image * LaneLayout.Lanes) + part), own - other, sum);
                }
                TLanes.Store(dx + at + part, sum);
            }
    }

    private float Pull(int anchor, int image) => pulls!.Pointer[(anchor * row) + image];

    private float WeightOf(int image) => site.OutputGradient!.At(image / LaneLayout.Lanes)[image % LaneLayout.Lanes];
}
