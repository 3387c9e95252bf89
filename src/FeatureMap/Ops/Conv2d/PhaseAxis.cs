using FeatureMap.Lanes;

namespace FeatureMap.Ops;

/// <summary>
/// The positions of one phase along one axis: inputs FirstInput, FirstInput + stride, ... (Count of them). The first of them corresponds to
/// output coordinate FirstOutput; each tap (k, r) reads the output r places from there (r is never positive).
/// </summary>
internal sealed record PhaseAxis(int FirstInput, int Count, int FirstOutput, (int Tap, int Read)[] Taps)
{
    public int FirstRead => Taps.Length == 0 ? 0 : FirstOutput + Taps.Min(tap => tap.Read);

    public int LastRead => Taps.Length == 0 ? 0 : FirstOutput + Count - 1 + Taps.Max(tap => tap.Read);

    /// <summary>Those of its positions that lie among some inputs.</summary>
    public IndexRange Within(IndexRange inputs, int stride) => new(Before(inputs.First, stride), Before(inputs.End, stride));

    // Positions FirstInput + stride x q below an input.
    private int Before(int input, int stride) => Math.Clamp((input - FirstInput + stride - 1) / stride, 0, Count);

    public static List<PhaseAxis> All(WindowAxis windows)
    {
        var (axes, stride, dilation) = (new List<PhaseAxis>(), windows.Stride, windows.Dilation);
        for (var phase = 0; phase < stride; phase++)
        {
            // Padded coordinate = phase + stride x q, which output q - (k d - phase) / stride reads through tap k.
            var firstQ = windows.Before <= phase ? 0 : (windows.Before - phase + stride - 1) / stride;
            var firstInput = phase + (stride * firstQ) - windows.Before;
            if (firstInput >= windows.Input) continue;
            var taps = Enumerable.Range(0, windows.Kernel)
                .Where(tap => (long)tap * dilation % stride == phase)
                .Select(tap => (tap, -(((tap * dilation) - phase) / stride)))
                .ToArray();
            axes.Add(new PhaseAxis(firstInput, ((windows.Input - 1 - firstInput) / stride) + 1, firstQ, taps));
        }
        return axes;
    }
}
