using FeatureMap.Networks;

namespace FeatureMap.Models;

/// <summary>The output of one layer for one image.</summary>
/// <param name="Layer">The layer.</param>
/// <param name="Values">Its numbers, planar: channels x height x width of <see cref="Networks.Layer.Output"/>.</param>
public sealed record FeatureValues(Layer Layer, IReadOnlyList<float> Values);
