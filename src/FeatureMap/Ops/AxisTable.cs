using System.Runtime.CompilerServices;
using FeatureMap.Lanes;

namespace FeatureMap.Ops;

/// <summary>One input position that an output position reads, and how much of it.</summary>
internal readonly record struct AxisTap(int Position, float Weight);

/// <summary>
/// A linear map along one axis, as a sparse table: for every output position the input positions that it reads, with weights. Resizing and padding are one table
/// for the rows and one for the columns. The gradient is the same computation with the table transposed, so every number is written once and nothing is cleared.
/// </summary>
internal sealed class AxisTable
{
    private readonly int[] ends;
    private readonly AxisTap[] taps;

    /// <param name="inputs">Positions of the input.</param>
    /// <param name="outputs">The taps of each output position, in the order in which they are added; none where it reads no input.</param>
    public AxisTable(int inputs, IEnumerable<IReadOnlyCollection<AxisTap>> outputs)
    {
        Inputs = inputs;
        var (all, bounds) = (new List<AxisTap>(), new List<int>());
        foreach (var output in outputs)
        {
            all.AddRange(output);
            bounds.Add(all.Count);
        }
        (taps, ends) = ([.. all], [.. bounds]);
        IsCopy = Array.TrueForAll(taps, tap => tap.Weight == 1) && Enumerable.Range(0, Outputs).All(output => Taps(output).Length <= 1);
    }

    public int Inputs { get; }

    public int Outputs => ends.Length;

    /// <summary>Whether every output is one input as it is, or none.</summary>
    public bool IsCopy { get; }

    /// <summary>Whether every output is the input at the same position.</summary>
    public bool IsIdentity => Inputs == Outputs && IsCopy && Enumerable.Range(0, Outputs).All(output => Taps(output) is [var tap] && tap.Position == output);

    /// <summary>Whether some output reads no input.</summary>
    public bool HasGaps => Enumerable.Range(0, Outputs).Any(output => Taps(output).IsEmpty);

    /// <summary>What an output position reads.</summary>
    public ReadOnlySpan<AxisTap> Taps(int output)
    {
        var start = output == 0 ? 0 : ends[output - 1];
        return taps.AsSpan(start, ends[output] - start);
    }

    /// <summary>Inputs and outputs exchanged: for every input position the outputs that read it, in their order.</summary>
    public AxisTable Transposed()
    {
        var readers = new List<AxisTap>[Inputs];
        for (var input = 0; input < Inputs; input++)
            readers[input] = [];
        for (var output = 0; output < Outputs; output++)
            foreach (var tap in Taps(output))
                readers[tap.Position].Add(new AxisTap(output, tap.Weight));
        return new AxisTable(Outputs, readers);
    }

    /// <summary>
    /// Applies the table to lines of vectors. The sum of an output starts with its first product and goes on in the order of the taps; a single tap of weight 1
    /// copies to the bit, and an output without taps becomes 0.
    /// </summary>
    /// <param name="source">Lines of <see cref="Inputs"/> positions.</param>
    /// <param name="target">Receives lines of <see cref="Outputs"/> positions.</param>
    /// <param name="lines">How many lines stand one behind the other.</param>
    /// <param name="step">Floats from one position to the next, all of which are treated alike: 16 along a row, a whole row of pixels along a column.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public unsafe void Apply<TLanes>(float* source, float* target, int lines, nint step) where TLanes : unmanaged, ILanes<TLanes>
    {
        for (var line = 0; line < lines; line++, source += Inputs * step)
            for (var output = 0; output < Outputs; output++, target += step)
            {
                var read = Taps(output);
                for (nint i = 0; i < step; i += TLanes.Width)
                {
                    var sum = read.IsEmpty ? TLanes.Zero : TLanes.Load(source + (read[0].Position * step) + i) * TLanes.Broadcast(read[0].Weight);
                    for (var tap = 1; tap < read.Length; tap++)
                        sum = TLanes.MultiplyAdd(TLanes.Load(source + (read[tap].Position * step) + i), TLanes.Broadcast(read[tap].Weight), sum);
                    TLanes.Store(target + i, sum);
                }
            }
    }
}
