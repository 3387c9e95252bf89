using System.Runtime.CompilerServices;
using System.Numerics;
using FeatureMap.Lanes;

namespace FeatureMap.Ops;

/// <summary>
/// A weight gradient for which all shards meet: an item is a block of weights, which adds the sums of the shards in the
/// <see cref="ShardTree"/> while they are near. No shard keeps a gradient of its own, which for a wide layer would be larger than all
/// activations. A block may be a sum over turned inputs, which each shard then prepares.
/// </summary>
/// <param name="shards">Shards of a full batch.</param>
internal abstract unsafe class BlockGradient(int shards)
{
    // Complete subtrees that wait for their sibling, and the shard that is being summed.
    private readonly int depth = BitOperations.Log2((uint)shards) + 2;

    /// <summary>Floats of thread memory that <see cref="Run"/> uses.</summary>
    public long ScratchFloats => (depth * NodeFloats) + WorkFloats;

    /// <summary>Blocks of weights.</summary>
    public abstract int Items { get; }

    /// <summary>
    /// Numbers per lane of the memory that keeps the turned input of a shard from <see cref="Turn"/> to <see cref="Run"/>; 0 where the
    /// input is read as it is.
    /// </summary>
    public virtual int TurnedCount => 0;

    /// <summary>Room for the sums of a block.</summary>
    protected abstract nint NodeFloats { get; }

    /// <summary>Room that <see cref="Sum"/> needs beside them.</summary>
    protected abstract long WorkFloats { get; }

    /// <summary>The most parts, up to those asked for, into which the channels of a shard can be cut to be turned.</summary>
    public virtual int TurnParts(int parts) => 1;

    /// <summary>Turns a part of the channels of one shard.</summary>
    public virtual void Turn(float* input, float* turned, int part, int parts) =>
        throw new InvalidOperationException("It reads the input as it is.");

    /// <summary>
    /// Writes the gradient of one block, as [output][channel][tap], for each root of the shards that are here.
    /// </summary>
    /// <param name="item">The block.</param>
    /// <param name="step">The batch.</param>
    /// <param name="input">Turned, where it is to be.</param>
    /// <param name="outputGradient">Of what the op gave.</param>
    /// <param name="sums">Where it goes.</param>
    /// <param name="scratch">Thread memory.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run(int item, StepState step, LaneTensor input, LaneTensor outputGradient, ShardSums sums, float* scratch)
    {
        var (total, here, number) = (step.TotalShards, step.Shards, 0);
        for (int start = here.Low, end; start < here.High; start = end)
        {
            end = ShardTree.Root(total, start, here.High);
            SumNode(item, start - here.Low, end - start, input, outputGradient, scratch);
            Store(item, scratch, sums.Root(number++));
        }
    }

    /// <summary>Numbers of a block: what of its room is to be added.</summary>
    protected abstract nint Numbers(int item);

    /// <summary>Writes the sums of one block on one shard.</summary>
    protected abstract void Sum(int item, float* input, float* outputGradient, float* sums, float* work);

    /// <summary>Writes finished sums to the weight gradient.</summary>
    protected abstract void Store(int item, float* sums, float* weightGradient);

    // The sums of complete subtrees stand behind each other, the largest first, as the bits of a counter: a shard is added, and as often as
    // the count of shards can be halved, the last two become one.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void SumNode(int item, int start, int shards, LaneTensor input, LaneTensor outputGradient, float* sums)
    {
        var size = NodeFloats;
        var count = Numbers(item);
        var work = sums + (depth * size);
        var last = -1;
        for (var shard = 0; shard < shards; shard++)
        {
            Sum(item, input.At(start + shard), outputGradient.At(start + shard), sums + (++last * size), work);
            for (var pairs = shard + 1; pairs % 2 == 0; pairs /= 2)
                JoinLast();
        }
        while (last > 0) JoinLast();

        void JoinLast()
        {
            var left = sums + (--last * size);
            ShardTree.Add(left, left + size, left, count);
        }
    }
}
