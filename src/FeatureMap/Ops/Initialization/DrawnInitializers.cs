using FeatureMap.Ops;
using FeatureMap.Randomness;

namespace FeatureMap;

/// <summary>Draws one number of a distribution.</summary>
internal delegate double NumberDraw(ref RandomSequence random);

/// <summary>One number everywhere.</summary>
internal sealed class ConstantInitializer(string name, float value) : Initializer
{
    public override string Name => name;

    public override void Fill(ParameterDefinition definition, Span<float> values, ref RandomSequence random) => values.Fill(value);
}

/// <summary>Every number by itself from one distribution.</summary>
internal sealed class DrawnInitializer(string name, NumberDraw draw) : Initializer
{
    public override string Name => name;

    public override void Fill(ParameterDefinition definition, Span<float> values, ref RandomSequence random)
    {
        foreach (ref var value in values)
            value = (float)draw(ref random);
    }
}

/// <summary>Mean 0 and variance scale / fan. A uniform distribution in [-a, a) has the variance a a / 3.</summary>
internal sealed class ScaledInitializer(string name, double scale, FanMode fan, bool isUniform) : Initializer
{
    public override string Name => name;

    public override void Fill(ParameterDefinition definition, Span<float> values, ref RandomSequence random)
    {
        var variance = fan switch
        {
            FanMode.In => scale / definition.FanIn,
            FanMode.Out => scale / definition.FanOut,
            _ => 2 * scale / (definition.FanIn + definition.FanOut),
        };
        var deviation = Math.Sqrt(variance);
        var limit = deviation * Math.Sqrt(3);
        foreach (ref var value in values)
            value = (float)(isUniform ? ((2 * random.NextDouble()) - 1) * limit : random.NextNormal() * deviation);
    }
}
