namespace FeatureMap.Ops;

/// <summary>
/// The arithmetic of w = g v / |v| for one output channel. Sums in double precision, in the order of memory: the products of two float32 numbers are exact there,
/// and the bits are the same everywhere.
/// </summary>
internal static class WeightDirection
{
    /// <summary>|v|.</summary>
    public static double Length(WeightLayout layout, int channel, ReadOnlySpan<float> directions) => Math.Sqrt(Dot(layout, channel, directions, directions));

    /// <summary>Writes w. |v| is rounded before it divides, so that g = |v| gives w = v to the bit. A v of zeros has no direction: w = 0.</summary>
    public static void Compose(WeightLayout layout, int channel, float length, ReadOnlySpan<float> directions, Span<float> weight)
    {
        var scale = Scale(length, Length(layout, channel, directions));
        for (var row = 0; row < layout.Rows; row++)
        {
            var start = layout.Start(channel, row);
            for (var i = start; i < start + layout.Run; i++)
                weight[i] = scale * directions[i];
        }
    }

    /// <summary>
    /// The gradients from that of w, with the unit vector u = v / |v|: dg = dw . u, and dv = g / |v| (dw - (dw . u) u): the part of dw along v turns nothing and is
    /// taken out, so v only ever turns or grows.
    /// </summary>
    public static void Gradients(
        WeightLayout layout, int channel, float length, ReadOnlySpan<float> directions, ReadOnlySpan<float> weightGradient, Span<float> lengthGradient, Span<float> directionGradient)
    {
        var norm = Length(layout, channel, directions);
        var scale = Scale(length, norm);
        var along = norm == 0 ? 0 : Dot(layout, channel, weightGradient, directions) / norm;
        var share = norm == 0 ? 0 : along / norm;
        lengthGradient[channel] = (float)along;
        for (var row = 0; row < layout.Rows; row++)
        {
            var start = layout.Start(channel, row);
            for (var i = start; i < start + layout.Run; i++)
                directionGradient[i] = (float)(scale * (weightGradient[i] - (share * directions[i])));
        }
    }

    private static float Scale(float length, double norm) => norm == 0 ? 0 : length / (float)norm;

    private static double Dot(WeightLayout layout, int channel, ReadOnlySpan<float> left, ReadOnlySpan<float> right)
    {
        double sum = 0;
        for (var row = 0; row < layout.Rows; row++)
        {
            var start = layout.Start(channel, row);
            for (var i = start; i < start + layout.Run; i++)
                sum += (double)left[i] * right[i];
        }
        return sum;
    }
}
