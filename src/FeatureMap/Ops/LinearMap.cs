namespace FeatureMap.Ops;

/// <summary>
/// One direction of an op with weights on one shard: target = A source + bias, where the weights stand in the matrix A. A convolution, its input gradient
/// (the transpose of A) and a dense product are all of this kind, so an op is put together from maps: what is forward for one op is the gradient of another.
/// </summary>
internal unsafe interface ILinearMap
{
    /// <summary>Floats of thread memory that <see cref="Run"/> uses.</summary>
    long ScratchFloats { get; }

    /// <summary>Repacks the weights for the tiles; call when they have changed.</summary>
    void Pack(float* weights);

    /// <summary>Computes one shard and writes every number of the target. The bias has one number per channel of the target; null for none.</summary>
    void Run(float* source, float* target, float* bias, float* scratch);
}

/// <summary>The gradient of the weights on one shard, from what the op read and the gradient of what it gave.</summary>
internal unsafe interface IWeightGradient
{
    /// <summary>Floats of thread memory that <see cref="Run"/> uses.</summary>
    long ScratchFloats { get; }

    /// <summary>Writes the sums of one shard. Lanes without an image hold 0 in the output gradient and finite numbers in the input.</summary>
    void Run(float* input, float* outputGradient, float* weightGradient, float* scratch);
}
