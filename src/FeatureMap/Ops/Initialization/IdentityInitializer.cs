using FeatureMap.Ops;
using FeatureMap.Randomness;

namespace FeatureMap;

/// <summary>The gain where output and input channel have the same number within their group and the tap is the middle one, 0 elsewhere.</summary>
internal sealed class IdentityInitializer(float gain) : Initializer
{
    public float Gain => gain;

    public override void Fill(ParameterDefinition definition, Span<float> values, ref RandomSequence random)
    {
        values.Clear();
        var dimensions = definition.Dimensions;
        var (outputs, inputs) = (dimensions[0], dimensions.Count > 1 ? dimensions[1] : 1);
        var taps = values.Length / (outputs * inputs);
        // The middle of a kernel of height x width: rounded down along each axis, as a "same" padding puts it.
        var middle = dimensions.Count == 4 ? ((dimensions[2] - 1) / 2 * dimensions[3]) + ((dimensions[3] - 1) / 2) : 0;
        // Fan out counts the outputs of one group, times the taps.
        var outputsPerGroup = (int)Math.Clamp(definition.FanOut / taps, 1, outputs);
        for (var output = 0; output < outputs; output++)
            if (output % outputsPerGroup < inputs)
                values[(((output * inputs) + (output % outputsPerGroup)) * taps) + middle] = gain;
    }
}
