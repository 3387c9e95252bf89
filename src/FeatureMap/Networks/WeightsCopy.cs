using System.Runtime.InteropServices;

namespace FeatureMap.Networks;

/// <summary>
/// What weights were when somebody took them over. Spans of <see cref="Parameter.Values"/> write without telling anybody, so whether weights
/// changed is found by comparing all of them, bit by bit: as much as memory gives, and a part of what packing them costs.
/// </summary>
internal sealed class WeightsCopy(Weights weights)
{
    private readonly float[]?[] copies = new float[]?[weights.Parameters.Count];

    /// <summary>Takes the weights over as they are; gives whether any differs from the time before. The first time all do.</summary>
    public bool TakeChanges()
    {
        var hasChanged = false;
        for (var i = 0; i < copies.Length; i++)
        {
            var values = weights.Parameters[i].Values;
            if (copies[i] is { } copy && MemoryMarshal.AsBytes(values).SequenceEqual(MemoryMarshal.AsBytes(copy.AsSpan()))) continue;
            values.CopyTo(copies[i] ??= new float[values.Length]);
            hasChanged = true;
        }
        return hasChanged;
    }
}
