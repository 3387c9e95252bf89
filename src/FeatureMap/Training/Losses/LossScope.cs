using FeatureMap.Networks;
using FeatureMap.Ops;

namespace FeatureMap.Training;

/// <summary>What a loss can see while it is being built.</summary>
public sealed class LossScope
{
    private readonly Sources sources;
    private Feature? target;
    private bool readsTarget, readsCounted;

    /// <param name="builder">Appends the layers of the loss.</param>
    /// <param name="result">The layer of the network's output.</param>
    /// <param name="classes">Classes of the data.</param>
    /// <param name="targetShape">Shape of what the data give for each image.</param>
    /// <param name="hasIgnored">Whether the data mark pixels that count for nothing, see <see cref="Data.TargetSet.IgnoreValue"/>.</param>
    internal LossScope(NetworkBuilder builder, int result, int classes, Shape targetShape, bool hasIgnored)
        : this(new Sources(builder, targetShape, hasIgnored), builder.FeatureOf(result), classes)
    {
    }

    private LossScope(Sources sources, Feature output, int classes) => (this.sources, Output, Classes) = (sources, output, classes);

    /// <summary>What the network gives.</summary>
    public Feature Output { get; }

    /// <summary>Number of classes of the data.</summary>
    public int Classes { get; }

    /// <summary>
    /// What it should give: a vector with 1 at the image's class and 0 elsewhere, or a mixture of two such where training mixes images. 0
    /// in all channels of a pixel that is to be ignored.
    /// </summary>
    public Feature Target
    {
        get
        {
            readsTarget = true;
            return target ?? sources.Target;
        }
    }

    /// <summary>
    /// Whether the data mark pixels that count for nothing (<see cref="Data.TargetSet.IgnoreValue"/>). A loss that reads the target must
    /// then leave them out, by <see cref="Mean"/> or <see cref="WhereCounted"/>.
    /// </summary>
    public bool HasIgnored => sources.HasIgnored && target is null;

    /// <summary>
    /// The mean of a map of losses, of one number per pixel or one per number of the target, over the pixels that count: sum of the
    /// counted ones / their number, 0 where there are none. Pixels that are to be
    /// ignored have no part in the value, and their gradient is exactly 0. Where all pixels count it is <see cref="Feature.Mean"/>.
    /// </summary>
    /// <param name="losses">The map; its numbers must be finite everywhere.</param>
    public Feature Mean(Feature losses)
    {
        ArgumentNullException.ThrowIfNull(losses);
        readsCounted = true;
        if (!HasIgnored) return losses.Mean();
        var counted = sources.Counted(losses.Shape);
        return (losses * counted).Sum() / counted.Sum().Maximum(1);
    }

    /// <summary>
    /// A map with 0 in the place of the pixels that are to be ignored, for losses that add up over regions; the map itself where all
    /// pixels count.
    /// </summary>
    /// <param name="map">A map of one channel or as many as the target has; its numbers must be finite everywhere.</param>
    public Feature WhereCounted(Feature map)
    {
        ArgumentNullException.ThrowIfNull(map);
        readsCounted = true;
        return HasIgnored ? map * sources.Counted(map.Shape) : map;
    }

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

    /// <summary>The same for one loss of several, which must itself leave out what is to be ignored.</summary>
    internal LossScope Own() => new(sources, Output, Classes) { target = target };

    /// <summary>A loss that reads the target and does not know of pixels to be ignored would count them as something.</summary>
    internal void CheckCounted(string loss)
    {
        if (readsTarget && !readsCounted && HasIgnored)
        {
            throw new UsageException($"The loss '{loss}' reads the target and does not leave out the pixels that are to be ignored, which "
                + "the data have. End it with scope.Mean(losses) in place of losses.Mean(), "
                + "or take scope.WhereCounted(map) before adding up.");
        }
    }

    /// <summary>The same with a layer as the target.</summary>
    internal LossScope Against(string layer) => new(sources, Output, Classes) { target = Layer(layer) };

    /// <summary>The same with output and target in units, one for each of their numbers.</summary>
    internal LossScope In(IReadOnlyList<float> units)
    {
        if (HasIgnored) throw new UsageException("A scaled loss is for numbers, and these are masks with pixels that are to be ignored.");
        var shape = Output.Shape;
        if (!shape.IsVector || shape.Channels != units.Count || Target.Shape != shape)
            throw new ShapeException($"A scaled loss has {units.Count:N0} units, for as many numbers of output and target: received an "
                + $"output of {shape} and a target of {Target.Shape} (channels x height x width).");
        var factors = Output.Constant(shape, [.. units.Select(unit => 1 / unit)]);
        return new(sources, Output * factors, Classes) { target = Target * factors };
    }

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
    private sealed class Sources(NetworkBuilder builder, Shape targetShape, bool hasIgnored)
    {
        private Feature? given, target, counted, countedPixels, classIndex;

        public NetworkBuilder Builder => builder;

        public bool HasIgnored => hasIgnored;

        public Feature Target => target ??= hasIgnored ? Given.Maximum(0) : Given;

        // -1 marks what is to be ignored in all channels; other labels are 0 or 1.
        private Feature Given => given ??= builder.AddInput("target", targetShape);

        /// <summary>1 where a number of the target counts and 0 where it is to be ignored; with one channel for pixels.</summary>
        public Feature Counted(Shape map)
        {
            if ((map.Height, map.Width) != (targetShape.Height, targetShape.Width) || (map.Channels != 1 && map.Channels != targetShape.Channels))
            {
                throw new ShapeException($"Which numbers of a map of {map} count is not known: the target is {targetShape} (channels x "
                    + "height x width). "
                    + "Leave pixels out before adding up: of a map with one number per pixel, or one per number of the target.");
            }
            counted ??= (Given + 1).Minimum(1);
            return map.Channels == targetShape.Channels ? counted : countedPixels ??= counted.Sum(Axes.Channels).Minimum(1);
        }

        public Feature ClassIndex => classIndex ??= builder.AddInput("classIndex", Shape.Vector(1));
    }
}
