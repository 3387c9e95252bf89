namespace FeatureMap.Ops;

// Sizes of outputs, and numbers of nodes that may be as wide as the standard's.
internal abstract partial class OnnxImport
{
    /// <summary>
    /// The sizes of an output for which a room states none: its shape with as many axes as the inputs have, so that an image of one pixel
    /// keeps its rows and columns.
    /// </summary>
    public static IReadOnlyList<int> Kept(IReadOnlyList<OnnxFeature> inputs, Shape output) => inputs.Select(input => input.Dimensions.Count).DefaultIfEmpty(0).Max() switch
    {
        0 or 1 when output.IsVector => [output.Channels],
        2 when output.Height == 1 => [output.Channels, output.Width],
        _ => [output.Channels, output.Height, output.Width],
    };

    /// <summary>A real number that may be infinite; the fallback where the node does not have it.</summary>
    public float RealOrInfinite(string name, float fallback) => Attribute(name) is float value && float.IsInfinity(value) ? value : Real(name, fallback);

    /// <summary>
    /// What a normalisation adds to a variance. 0 is legal: it becomes a number that changes no variance but 0 itself, whose pixels are all
    /// equal and then come out as 0 and not as 0 / 0.
    /// </summary>
    public float Epsilon()
    {
        const float least = 1e-30f, most = 1e6f;
        return Real("epsilon", 1e-5f) is >= 0 and <= most and var epsilon
            ? Math.Max(epsilon, least)
            : throw Wrong($"the attribute 'epsilon' is {Real("epsilon", 1e-5f)}; a number from 0 to {most:N0} was expected");
    }
}
