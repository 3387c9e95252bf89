namespace FeatureMap.Torch;

/// <summary>
/// In which numbers a device computes products: convolutions, dense layers, products of matrices. Everything else is float32.
/// </summary>
public enum TorchPrecision
{
    /// <summary>float32, with all of its digits: NVIDIA's TF32 is switched off.</summary>
    Float32,

    /// <summary>
    /// NVIDIA's TF32, from Ampere on: float32 whose products read 10 bits of the fraction instead of 23. Several times faster there.
    /// </summary>
    TensorFloat32,

    /// <summary>
    /// bfloat16: 8 bits of the fraction (one of them unwritten), the range of float32, so that gradients need no scaling. Weights, sums of
    /// gradients and the optimiser's numbers stay float32.
    /// </summary>
    BFloat16,
}
