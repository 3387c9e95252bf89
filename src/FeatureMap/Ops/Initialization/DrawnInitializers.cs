using FeatureMap.Ops;
using FeatureMap.Randomness;

namespace FeatureMap;

/// <summary>One number everywhere.</summary>
internal sealed class ConstantInitializer(float value) : Initializer
{
    public float Value => value;

    public override void Fill(ParameterDefinition definition, Span<float> values, ref RandomSequence random) => values.Fill(value);
}

/// <summary>Normal; cut off, by drawing again, at 2 deviations where it is truncated.</summary>
internal sealed class NormalInitializer(float deviation, float mean, bool isTruncated) : Initializer
{
    public float Deviation => deviation;

    public float Mean => mean;

    public bool IsTruncated => isTruncated;

    public override void Fill(ParameterDefinition definition, Span<float> values, ref RandomSequence random)
    {
        foreach (ref var value in values)
        {
            double drawn;
            do drawn = random.NextNormal();
            while (isTruncated && Math.Abs(drawn) >= 2);
            value = (float)(mean + (drawn * deviation));
        }
    }
}

/// <summary>Uniform in [-limit, limit).</summary>
internal sealed class UniformInitializer(float limit) : Initializer
{
    public float Limit => limit;

    public override void Fill(ParameterDefinition definition, Span<float> values, ref RandomSequence random)
    {
        foreach (ref var value in values)
            value = (float)(((2 * random.NextDouble()) - 1) * limit);
    }
}

/// <summary>Uniform in [low, high).</summary>
internal sealed class RangeInitializer(float low, float high) : Initializer
{
    public float Low => low;

    public float High => high;

    public override void Fill(ParameterDefinition definition, Span<float> values, ref RandomSequence random)
    {
        foreach (ref var value in values)
            value = (float)(low + (((double)high - low) * random.NextDouble()));
    }
}

/// <summary>Mean 0 and variance scale / fan. A uniform distribution in [-a, a) has the variance a a / 3.</summary>
internal sealed class ScaledInitializer(float scale, FanMode fan, bool isUniform) : Initializer
{
    public float Scale => scale;

    public FanMode Fan => fan;

    public bool IsUniform => isUniform;

    public override void Fill(ParameterDefinition definition, Span<float> values, ref RandomSequence random)
    {
        var variance = fan switch
        {
            FanMode.In => (double)scale / definition.FanIn,
            FanMode.Out => (double)scale / definition.FanOut,
            _ => 2 * (double)scale / (definition.FanIn + definition.FanOut),
        };
        var deviation = Math.Sqrt(variance);
        var limit = deviation * Math.Sqrt(3);
        foreach (ref var value in values)
            value = (float)(isUniform ? ((2 * random.NextDouble()) - 1) * limit : random.NextNormal() * deviation);
    }
}
