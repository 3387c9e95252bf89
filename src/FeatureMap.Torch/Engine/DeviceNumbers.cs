using FeatureMap.Networks;
using TorchSharp;
using static TorchSharp.torch;
using Parameter = FeatureMap.Networks.Parameter;

namespace FeatureMap.Torch;

/// <summary>
/// The numbers of a network on a device, in one row, and their gradients in another; each parameter is a view of both. autograd adds into
/// the row of gradients.
/// </summary>
internal sealed class DeviceNumbers : IDisposable
{
    private readonly Weights weights;
    private readonly Tensor[] views;
    private readonly List<Tensor> gradientViews = [];
    private readonly bool isHere;

    /// <param name="weights">What is copied; the same object receives the numbers back.</param>
    /// <param name="isTrained">Which parameters have a gradient.</param>
    /// <param name="isChannelsLast">Whether kernels stand with their channels innermost.</param>
    /// <param name="device">Where to.</param>
    public DeviceNumbers(Weights weights, Func<Parameter, bool> isTrained, bool isChannelsLast, Device device)
    {
        using var scope = NewDisposeScope();
        (this.weights, isHere) = (weights, device.type == DeviceType.CPU);
        Layout = new NumberLayout(weights, isTrained, isChannelsLast);
        Row = zeros(Layout.Count, dtype: ScalarType.Float32, device: device).DetachFromDisposeScope();
        Gradients = zeros(Layout.Trained, dtype: ScalarType.Float32, device: device).DetachFromDisposeScope();
        views = new Tensor[weights.Parameters.Count];
        for (var i = 0; i < views.Length; i++)
        {
            views[i] = Layout.View(Row, i).detach().requires_grad_(Layout.IsTrained[i]).DetachFromDisposeScope();
            if (!Layout.IsTrained[i]) continue;
            var gradient = Layout.View(Gradients, i).DetachFromDisposeScope();
            views[i].grad = gradient;
            gradientViews.Add(gradient);
        }
        ByLayer = [.. weights.Network.Layers.Select(layer =>
            Enumerable.Range(0, views.Length).Where(i => weights.Parameters[i].Layer == layer.Index).Select(i => views[i]).ToArray())];
    }

    public NumberLayout Layout { get; }

    /// <summary>All numbers.</summary>
    public Tensor Row { get; }

    /// <summary>The gradients of those that are trained, which stand first.</summary>
    public Tensor Gradients { get; }

    /// <summary>The parameters of each layer.</summary>
    public Tensor[][] ByLayer { get; }

    /// <summary>Takes over the weights as they are now.</summary>
    public void Write()
    {
        using var scope = NewDisposeScope();
        var here = isHere ? Row : empty(Layout.Count, dtype: ScalarType.Float32);
        for (var i = 0; i < views.Length; i++)
            Layout.Write(here, i, weights.Parameters[i].Values);
        if (!isHere) Row.copy_(here);
    }

    /// <summary>Gives the numbers back to the weights.</summary>
    public void Read() => Read(Row, weights);

    /// <summary>Gives the numbers of another such row to weights of the same network.</summary>
    public void Read(Tensor row, Weights target)
    {
        using var scope = NewDisposeScope();
        var here = row.cpu();
        for (var i = 0; i < views.Length; i++)
            Layout.Read(here, i, target.Parameters[i].Values);
    }

    public void Dispose()
    {
        foreach (var tensor in views.Concat(gradientViews))
            tensor.Dispose();
        Gradients.Dispose();
        Row.Dispose();
    }
}
