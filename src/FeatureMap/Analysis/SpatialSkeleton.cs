using FeatureMap.Networks;
using FeatureMap.Ops;

namespace FeatureMap.Analysis;

/// <summary>
/// Where the numbers of a network go, without what they are: the same windows in the same order, but one channel, all weights 1, no bias,
/// and every pointwise layer left out. A pooling is a window of ones, a pixel shuffle is a repetition, branches add up. All numbers are
/// then counts of paths, nothing cancels, and the naive references compute them in double precision: exact up to 2^53, and beyond that
/// still positive exactly where a path exists.
/// </summary>
internal sealed class SpatialSkeleton
{
    private readonly Network paths;
    private readonly int layer;

    private SpatialSkeleton(Network paths) => (this.paths, layer) = (paths, paths.Layers.Count - 1);

    /// <summary>The plane that the last layer gives.</summary>
    public Shape Output => paths.Output;

    /// <summary>The skeleton of the layers up to and with one.</summary>
    /// <exception cref="UsageException">A layer on the way lets every position see all others, or does not say where its numbers come
    /// from.</exception>
    public static SpatialSkeleton Of(Network network, Layer last) =>
        new(network.CutAt(last).Rewrite(Bone, new Shape(1, network.Input.Height, network.Input.Width)));

    /// <summary>Paths from all pixels of the input to each position of the output.</summary>
    public double[] CountForward()
    {
        var pass = Pass(paths, Ones(paths.Input));
        pass.Forward();
        return [.. pass.Output(layer).Values];
    }

    /// <summary>Paths from each pixel of the input to the chosen positions of the output: the gradient of their sum.</summary>
    /// <param name="chosen">1 for a position that is chosen, 0 for the others; row by row.</param>
    public double[] CountBackward(ReadOnlySpan<double> chosen)
    {
        var seeds = new ReferenceTensor(1, paths.Output);
        chosen.CopyTo(seeds.Values);
        var pass = Pass(paths.Probe(), Ones(paths.Input), seeds);
        pass.Forward();
        pass.Backward();
        return [.. pass.Gradient(0).Values];
    }

    private static ReferenceNetwork Pass(Network network, params ReferenceTensor[] inputs) =>
        new(network, Weights.Initialize(network, 0, Initializer.Ones), inputs, ExecutionMode.Evaluation);

    private static ReferenceTensor Ones(Shape shape)
    {
        var ones = new ReferenceTensor(1, shape);
        Array.Fill(ones.Values, 1);
        return ones;
    }

    private static Feature Bone(Layer layer, IReadOnlyList<Feature> inputs)
    {
        var x = inputs.Count > 0 ? inputs[0] : throw Unknown(layer);
        var op = layer.PlainOp!;
        switch (op)
        {
            case Conv2d conv:
                return x.Conv(1, conv.Kernel, conv.Stride, conv.Padding, conv.Dilation, bias: false);
            case ConvTranspose2d turned:
                return x.ConvTranspose(1, turned.Kernel, turned.Stride, turned.Padding, turned.OutputPadding, turned.Dilation, bias: false);
            case WindowPool pool:
                return x.Conv(1, pool.Kernel, pool.Stride, pool.Geometry(layer.InputShapes[0]).WholePadding, pool.Dilation, bias: false);
            case PixelShuffle shuffle:
                return x.Upsample(shuffle.Factor);
            case PixelUnshuffle unshuffle:
                return x.Conv(1, unshuffle.Factor, unshuffle.Factor, bias: false);
            case Resize2d or Pad2d:
                return x.Then(op);
        }
        // Dense layers, global pooling and their kind have no window; a slice of the plane has one that its reach alone does not tell.
        var keepsPlane = layer.InputShapes.All(shape => (shape.Height, shape.Width) == (layer.Output.Height, layer.Output.Width));
        if (!keepsPlane || op.Reach(layer.InputShapes) != Reach.Pointwise) throw Unknown(layer);
        return inputs.Count == 1 ? x : x.Add([.. inputs.Skip(1)]);
    }

    private static UsageException Unknown(Layer layer) => new(
        $"Layer '{layer.Name}' ({layer.Op}) has no window that slides over the plane, so paths to single pixels cannot be counted through "
            + "it. Measure a layer before it.");
}
