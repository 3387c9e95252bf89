using System.Runtime.CompilerServices;

namespace FeatureMap.Lanes;

/// <summary>
/// Puts the weights of some outputs side by side, as register tiles read them: target[channel][output] = source[output][channel], with any
/// steps. Weights that lie side by side in the source, outputs or channels, move by registers.
/// </summary>
internal static unsafe class WeightTurn
{
    private const int Lanes = LaneLayout.Lanes;

    /// <summary>
    /// The same for weights with taps, source[output][channel][tap] to target[channel][tap][output], where tap t stands tapIndex[t] floats
    /// behind the channel.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Taps(
        float* source, nint outputStep, nint channelStep, int channels, ReadOnlySpan<int> tapIndex, int outputs, int size, float* target)
    {
        // Where all taps of all channels follow each other they count as channels.
        if (channelStep == tapIndex.Length && IsAscending(tapIndex))
        {
            Block(source, outputStep, 1, channels * tapIndex.Length, outputs, size, target, size);
            return;
        }
        for (var tap = 0; tap < tapIndex.Length; tap++)
            Block(source + tapIndex[tap], outputStep, channelStep, channels, outputs, size, target + (tap * size), tapIndex.Length * size);
    }

    /// <summary>Turns a block.</summary>
    /// <param name="source">The first output's first channel.</param>
    /// <param name="outputStep">Floats from output to output.</param>
    /// <param name="channelStep">Floats from channel to channel.</param>
    /// <param name="channels">How many channels.</param>
    /// <param name="outputs">How many outputs are real; the others become 0.</param>
    /// <param name="size">Outputs of a register tile.</param>
    /// <param name="target">Where the block goes.</param>
    /// <param name="targetStep">Floats from channel to channel there.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Block(
        float* source, nint outputStep, nint channelStep, int channels, int outputs, int size, float* target, nint targetStep)
    {
        var channel = 0;
        if (outputs == size && channelStep == 1)
        {
            for (; channel + Lanes <= channels; channel += Lanes, source += Lanes, target += Lanes * targetStep)
            {
                if (size == 8) LaneTurn.Register<Lanes256>(source, outputStep, size, target, targetStep, Lanes);
                else if (size == 4) LaneTurn.Register<Lanes128>(source, outputStep, size, target, targetStep, Lanes);
                else break;
            }
        }
        for (; channel < channels; channel++, source += channelStep, target += targetStep)
        {
            if (outputStep == 1 && outputs == 8) Lanes256.Store(target, Lanes256.Load(source));
            else
                for (var output = 0; output < size; output++)
                    target[output] = output < outputs ? source[output * outputStep] : 0;
        }
    }

    private static bool IsAscending(ReadOnlySpan<int> tapIndex)
    {
        for (var tap = 0; tap < tapIndex.Length; tap++)
            if (tapIndex[tap] != tap) return false;
        return true;
    }
}
