using FeatureMap.Networks;
using FeatureMap.Ops;

namespace FeatureMap.Training;

/// <summary>What a loss can see while it is being built.</summary>
public sealed class LossScope
{
    private readonly Sources sources;
    private Feature? target;

    /// <param name="builder">Appends the layers of the loss.</param>
    /// <param name="result">The layer of the network's output.</param>
    /// <param name="classes">Classes of the data.</param>
    /// <param name="targetShape">Shape of what the data give for each image.</param>
    internal LossScope(NetworkBuilder builder, int result, int classes, Shape targetShape)
        : this(new Sources(builder, targetShape), builder.FeatureOf(result), classes)
    {
    }

    private LossScope(Sources sources, Feature output, int classes) => (this.sources, Output, Classes) = (sources, output, classes);

    /// <summary>What the network gives.</summary>
    public Feature Output { get; }

    /// <summary>Number of classes of the data.</summary>
    public int Classes { get; }

    /// <summary>What it should give: a vector with 1 at the image's class and 0 elsewhere, or a mixture of two such where training mixes images.</summary>
    public Feature Target => target ?? sources.Target;

    /// <summary>The number of the image's class, as a vector of 1: for losses that compare the classes of images. It cannot be mixed.</summary>
    public Feature ClassIndex => sources.ClassIndex;

    /// <summary>The output of an inner layer, such as an embedding or the place of an auxiliary classifier.</summary>
    /// <exception cref="UsageException">The network has no layer of this name.</exception>
    public Feature Layer(string name) =>
        sources.Builder.Find(name) ?? throw new UsageException($"The loss reads the layer '{name}', which the network does not have.{NearestName.Suggest(name, sources.Builder.Names)}");

    /// <summary>The same with an inner layer as the output.</summary>
    internal LossScope On(string layer) => On(Layer(layer));

    /// <summary>The same with another output, such as that of a head which the loss has built itself.</summary>
    internal LossScope On(Feature output) => new(sources, output, Classes) { target = target };

    /// <summary>The same with a layer as the target.</summary>
    internal LossScope Against(string layer) => new(sources, Output, Classes) { target = Layer(layer) };

    /// <summary>The layer that an output belongs to: for losses that fit one kind of layer only.</summary>
    internal Layer LayerOf(Feature feature) => sources.Builder.LayerAt(feature.Index);

    /// <summary>What the layer of an output reads first.</summary>
    internal Feature InputOf(Feature feature) => sources.Builder.FeatureOf(LayerOf(feature).Inputs[0]);

    /// <summary>Output and target must have one shape.</summary>
    internal void CheckPair(string loss)
    {
        var (given, wanted) = (Output.Shape, Target.Shape);
        if (given == wanted) return;
        var fix = (given.IsVector, wanted.IsVector) switch
        {
            (true, true) => $"Give the last layer {wanted.Channels} outputs, one per number of the target.",
            (false, true) => $"Pool or flatten first: end the network with GlobalAveragePool().Linear({wanted.Channels}) or Flatten().Linear({wanted.Channels}).",
            _ => "Give both one shape: pad, pool or resize the output, and project its channels with Conv(channels, kernel: 1).",
        };
        throw new ShapeException($"The loss '{loss}' compares the output with the target number by number: received an output of {given} and a target of {wanted} (channels x height x width). {fix}");
    }

    /// <summary>What whoever runs the graph fills in, made when a loss asks for it and shared by all that do.</summary>
    private sealed class Sources(NetworkBuilder builder, Shape targetShape)
    {
        private Feature? target, classIndex;

        public NetworkBuilder Builder => builder;

        public Feature Target => target ??= builder.AddInput("target", targetShape);

        public Feature ClassIndex => classIndex ??= builder.AddInput("classIndex", Shape.Vector(1));
    }
}
