using FeatureMap.Networks;
using FeatureMap.Ops;

namespace FeatureMap.Training;

/// <summary>What a loss can see while it is being built.</summary>
public sealed class LossScope
{
    private readonly NetworkBuilder builder;
    private Feature? target, classIndex;

    internal LossScope(NetworkBuilder builder, int result, int classes)
    {
        this.builder = builder;
        Output = builder.FeatureOf(result);
        Classes = classes;
    }

    /// <summary>What the network gives.</summary>
    public Feature Output { get; }

    /// <summary>Number of classes of the data.</summary>
    public int Classes { get; }

    /// <summary>What it should give: a vector with 1 at the image's class and 0 elsewhere, or a mixture of two such where training mixes images.</summary>
    public Feature Target => target ??= builder.AddInput("target", Shape.Vector(Classes));

    /// <summary>The number of the image's class, as a vector of 1: for losses that compare the classes of images. It cannot be mixed.</summary>
    public Feature ClassIndex => classIndex ??= builder.AddInput("classIndex", Shape.Vector(1));

    /// <summary>The output of an inner layer, such as an embedding or the place of an auxiliary classifier.</summary>
    /// <exception cref="UsageException">The network has no layer of this name.</exception>
    public Feature Layer(string name) =>
        builder.Find(name) ?? throw new UsageException($"The loss reads the layer '{name}', which the network does not have.{NearestName.Suggest(name, builder.Names)}");

    /// <summary>The layer that an output belongs to: for losses that fit one kind of layer only.</summary>
    internal Layer LayerOf(Feature feature) => builder.LayerAt(feature.Index);

    /// <summary>What the layer of an output reads first.</summary>
    internal Feature InputOf(Feature feature) => builder.FeatureOf(LayerOf(feature).Inputs[0]);
}
