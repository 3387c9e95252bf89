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

    /// <summary>
    /// float16: 11 bits of the fraction, but a range of 6e-8 to 65,504, below which small gradients would vanish. So the loss is multiplied
    /// before the way back, and the gradients are divided behind it; a step whose gradients overflow is left out, which is told, and goes
    /// on with half the factor. Weights, sums of gradients and the optimiser's numbers stay float32.
    /// </summary>
    Float16,
}
