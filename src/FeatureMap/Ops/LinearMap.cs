using FeatureMap.Lanes;

namespace FeatureMap.Ops;

/// <summary>
/// One direction of an op with weights on one shard: target = A source + bias, where the weights stand in the matrix A. A convolution, its input gradient
/// (the transpose of A) and a dense product are all of this kind, so an op is put together from maps: what is forward for one op is the gradient of another.
/// </summary>
internal unsafe interface ILinearMap
{
    /// <summary>
    /// About as many parts of the target as asked for, which together cover it. Any cut gives the same bits: none goes through a sum. One
    /// part is all of it.
    /// </summary>
    MapPart[] Cut(int parts);

    /// <summary>Floats of thread memory that <see cref="Run"/> uses for a part.</summary>
    long ScratchFloats(MapPart part);

    /// <summary>Repacks the weights for the tiles; call when they have changed.</summary>
    void Pack(float* weights);

    /// <summary>
    /// Computes a part of one shard from all of its source and writes every number of the part. Source, target and bias begin at channel 0
    /// and row 0. The bias has one number per channel of the target; null for none. Parts may run at the same time.
    /// </summary>
    /// <param name="source">What is read.</param>
    /// <param name="target">What is written.</param>
    /// <param name="bias">What the sums start from.</param>
    /// <param name="part">The part.</param>
    /// <param name="finish">What becomes of the sums.</param>
    /// <param name="scratch">Memory of the thread.</param>
    void Run(float* source, float* target, float* bias, MapPart part, in ShardFinish finish, float* scratch);
}

/// <summary>The gradient of the weights on one shard, from what the op read and the gradient of what it gave.</summary>
internal unsafe interface IWeightGradient
{
    /// <summary>
    /// About as many parts of the gradient as asked for, which together cover it. Any cut gives the same bits. One part is all of it.
    /// </summary>
    GradientPart[] Cut(int parts);

    /// <summary>Floats of thread memory that <see cref="Run"/> uses for a part.</summary>
    long ScratchFloats(GradientPart part);

    /// <summary>
    /// Writes a part of the sums of one shard; all pointers begin at the first number of the shard. Lanes without an image hold 0 in the
    /// output gradient and finite numbers in the input. Parts may run at the same time.
    /// </summary>
    void Run(float* input, float* outputGradient, float* weightGradient, GradientPart part, float* scratch);
}
