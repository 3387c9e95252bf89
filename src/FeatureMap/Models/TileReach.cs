using FeatureMap.Networks;
using FeatureMap.Ops;

namespace FeatureMap.Models;

/// <summary>
/// What a network for pictures needs of a tile along one axis. A receptive field is that of the widest branch; here all branches count,
/// wherever their windows lie.
/// </summary>
/// <param name="Margin">So many pixels from a cut an output pixel sees nothing of it.</param>
/// <param name="Unit">A picture that is moved by so many pixels gives the moved output: the least common multiple of the strides.</param>
internal readonly record struct TileReach(int Margin, int Unit)
{
    /// <param name="network">A network without a global layer.</param>
    /// <param name="axis">Chooses the axis.</param>
    public static TileReach Of(Network network, Func<Reach, AxisReach> axis)
    {
        // Unit u of a layer stands at pixel u x stride and sees the pixels from so far before that to so far behind.
        var seen = new (double Before, double Behind, double Stride)[network.Layers.Count];
        long unit = 1;
        foreach (var layer in network.Layers)
        {
            var (before, behind, stride) = (0.0, 0.0, 1.0);
            if (layer.Op is { } op && layer.Inputs.Count > 0)
            {
                var reach = axis(op.Reach(layer.InputShapes));
                stride = layer.Inputs.Max(input => seen[input].Stride);
                before = layer.Inputs.Max(input => seen[input].Before) + ((reach.Padding + reach.Slack) * stride);
                behind = layer.Inputs.Max(input => seen[input].Behind) + ((reach.Extent - 1 - reach.Padding + reach.Slack) * stride);
                stride *= reach.Stride;
            }
            seen[layer.Index] = (before, behind, stride);
            var whole = Math.Max(1, (long)Math.Round(stride));
            unit = Math.Min(int.MaxValue, unit / (long)System.Numerics.BigInteger.GreatestCommonDivisor(unit, whole) * whole);
        }
        // One more for the units of an output that lie between two pixels.
        return new((int)Math.Min(int.MaxValue / 8, Math.Ceiling(Math.Max(0, Math.Max(seen[^1].Before, seen[^1].Behind)))) + 1, (int)unit);
    }
}
