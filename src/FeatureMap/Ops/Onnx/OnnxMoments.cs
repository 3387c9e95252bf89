namespace FeatureMap.Ops;

/// <summary>Mean and variance as layers, for normalisations whose nodes give them out.</summary>
internal static class OnnxMoments
{
    /// <summary>Mean and variance along some axes, which stay with size 1.</summary>
    public static (OnnxFeature Mean, OnnxFeature Variance) Of(OnnxImport node, OnnxFeature feature, Axes axes)
    {
        var mean = node.Layer(new ReduceMean(axes), [feature]);
        var squares = node.Layer(new RaiseTo(2), [node.Layer(new Subtract(), [feature, mean])]);
        return (mean, node.Layer(new ReduceMean(axes), [squares]));
    }
}
