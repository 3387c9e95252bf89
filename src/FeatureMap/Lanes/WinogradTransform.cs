using System.Runtime.CompilerServices;

namespace FeatureMap.Lanes;

/// <summary>
/// The transforms of Winograd's minimal filtering F(2x2, 3x3), on tiles of 4x4 vectors (that of the outputs, A, is part of <see cref="WinogradTile"/>). With
/// <code>
///        | 1  0 -1  0 |        |  1    0    0  |
/// B^T =  | 0  1  1  0 |    G = | 1/2  1/2  1/2 |    A^T = | 1  1  1  0 |
///        | 0 -1  1  0 |        | 1/2 -1/2  1/2 |          | 0  1 -1 -1 |
///        | 0  1  0 -1 |        |  0    0    1  |
/// </code>
/// a 3x3 correlation of a 4x4 patch d gives its 2x2 outputs as A^T [(G g G^T) . (B^T d B)] A: 16 multiplications instead of 36. All constants are 1, 1/2
/// and 1/4, so integers stay exact. (The weight gradient is F(3x3, 2x2): <see cref="WinogradGradient{TLanes}"/>.)
/// Source: Lavin and Gray, "Fast algorithms for convolutional neural networks", arXiv 1509.09308.
/// </summary>
internal static unsafe class WinogradTransform
{
    /// <summary>The two rows of the patch whose sum or difference is row <paramref name="row"/> of B^T d.</summary>
    public static (int First, int Second) RowPair(int row) => row switch { 0 => (0, 2), 1 => (1, 2), 2 => (2, 1), _ => (1, 3) };

    /// <summary>A row of B^T d B from two rows of the patch; element j goes to target + j x step.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void InputRow<TLanes>(bool adds, TLanes f0, TLanes f1, TLanes f2, TLanes f3, TLanes s0, TLanes s1, TLanes s2, TLanes s3, float* target, nint step)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        var d0 = adds ? f0 + s0 : f0 - s0;
        var d1 = adds ? f1 + s1 : f1 - s1;
        var d2 = adds ? f2 + s2 : f2 - s2;
        var d3 = adds ? f3 + s3 : f3 - s3;
        TLanes.Store(target, d0 - d2);
        TLanes.Store(target + step, d1 + d2);
        TLanes.Store(target + (2 * step), d2 - d1);
        TLanes.Store(target + (3 * step), d1 - d3);
    }

    /// <summary>G g G^T of a 3x3 kernel whose numbers stand at the given offsets: 16 numbers, from row to row and from column to column by the given steps.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Kernel(float* kernel, nint* taps, float* target, nint rowStep, nint columnStep)
    {
        float g00 = kernel[taps[0]], g01 = kernel[taps[1]], g02 = kernel[taps[2]];
        float g10 = kernel[taps[3]], g11 = kernel[taps[4]], g12 = kernel[taps[5]];
        float g20 = kernel[taps[6]], g21 = kernel[taps[7]], g22 = kernel[taps[8]];
        Spread(target, columnStep, g00, g01, g02);
        Spread(target + rowStep, columnStep, ((g00 + g20) + g10) * 0.5f, ((g01 + g21) + g11) * 0.5f, ((g02 + g22) + g12) * 0.5f);
        Spread(target + (2 * rowStep), columnStep, ((g00 + g20) - g10) * 0.5f, ((g01 + g21) - g11) * 0.5f, ((g02 + g22) - g12) * 0.5f);
        Spread(target + (3 * rowStep), columnStep, g20, g21, g22);
    }

    /// <summary>The same for a register of kernels that stand side by side, a step from tap to tap: to the bit.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Kernels<TLanes>(float* kernels, nint tapStep, float* target, nint rowStep, nint columnStep)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        var half = TLanes.Broadcast(0.5f);
        TLanes top0 = TLanes.Load(kernels), top1 = TLanes.Load(kernels + tapStep), top2 = TLanes.Load(kernels + (2 * tapStep));
        Spread(target, columnStep, half, top0, top1, top2);
        kernels += 3 * tapStep;
        TLanes middle0 = TLanes.Load(kernels), middle1 = TLanes.Load(kernels + tapStep), middle2 = TLanes.Load(kernels + (2 * tapStep));
        kernels += 3 * tapStep;
        TLanes low0 = TLanes.Load(kernels), low1 = TLanes.Load(kernels + tapStep), low2 = TLanes.Load(kernels + (2 * tapStep));
        Spread(target + (3 * rowStep), columnStep, half, low0, low1, low2);
        TLanes both0 = top0 + low0, both1 = top1 + low1, both2 = top2 + low2;
        Spread(target + rowStep, columnStep, half, (both0 + middle0) * half, (both1 + middle1) * half, (both2 + middle2) * half);
        Spread(target + (2 * rowStep), columnStep, half, (both0 - middle0) * half, (both1 - middle1) * half, (both2 - middle2) * half);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Spread<TLanes>(float* target, nint step, TLanes half, TLanes g0, TLanes g1, TLanes g2)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        var both = g0 + g2;
        TLanes.Store(target, g0);
        TLanes.Store(target + step, (both + g1) * half);
        TLanes.Store(target + (2 * step), (both - g1) * half);
        TLanes.Store(target + (3 * step), g2);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Spread(float* target, nint step, float g0, float g1, float g2)
    {
        target[0] = g0;
        target[step] = ((g0 + g2) + g1) * 0.5f;
        target[2 * step] = ((g0 + g2) - g1) * 0.5f;
        target[3 * step] = g2;
    }
}
