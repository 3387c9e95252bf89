using FeatureMap.Interchange;
using FeatureMap.Networks;
using FeatureMap.OnnxRuntime;
using FeatureMap.Ops;
using FeatureMap.Randomness;
using FeatureMap.Tests.Interchange;
using Xunit;

namespace FeatureMap.Tests.OnnxRuntime;

/// <summary>
/// Pools in ceil mode: windows that PyTorch drops are not in the file, so that shape inference and runtimes agree about the sizes.
/// </summary>
public sealed class PoolExportTests
{
    public static TheoryData<int> Opsets => [.. Enumerable.Range(OnnxExportOptions.LowestOpset, OnnxExportOptions.HighestOpset - OnnxExportOptions.LowestOpset + 1)];

    [Theory]
    [MemberData(nameof(Opsets))]
    public void A_window_that_would_begin_behind_the_input_is_not_written(int opset)
    {
        var network = Network.Build(Shape.Image(1, 5, 5), x => x.MaxPool(2, stride: 2, padding: 1, ceilMode: true).Flatten().Linear(3));
        Assert.Equal(new Shape(1, 3, 3), network.Layers[1].Output);
        Judge(network, opset);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void All_kinds_of_windows_agree(bool isAverage)
    {
        var random = new RandomSequence(7, RandomPurpose.Testing, isAverage ? 1u : 0);
        var (partial, dropped, both) = (0, 0, 0);
        for (var trial = 0; trial < 400; trial++)
        {
            var input = new Shape(2, 1 + random.NextInt(8), 1 + random.NextInt(8));
            var (height, width) = (1 + random.NextInt(4), 1 + random.NextInt(4));
            WindowPool pool = isAverage
                ? new AveragePool2d((height, width))
                {
                    CountsPadding = random.NextInt(2) == 0,
                    CeilMode = true,
                    Padding = Pads(ref random),
                    Stride = (Step(ref random), Step(ref random)),
                    Dilation = (Step(ref random), Step(ref random)),
                }
                : new MaxPool2d((height, width))
                {
                    CeilMode = true,
                    Padding = Pads(ref random),
                    Stride = (Step(ref random), Step(ref random)),
                    Dilation = (Step(ref random), Step(ref random)),
                };
            PoolGeometry geometry;
            try
            {
                geometry = pool.Geometry(input);
            }
            catch (ShapeException)
            {
                continue; // the window does not fit, or sees padding only
            }
            var drops = geometry.Vertical.CeilCount > geometry.Vertical.Outputs || geometry.Horizontal.CeilCount > geometry.Horizontal.Outputs;
            if (geometry.HasPartialWindows) partial++;
            if (drops) dropped++;
            if (drops && geometry.HasPartialWindows) both++;
            // The dense layer makes the file contradict itself where the sizes are counted in another way.
            Judge(Network.Build(input, x => x.Then(pool).Flatten().Linear(2)), OnnxExportOptions.LowestOpset + (trial % 9));
        }
        Assert.True(partial > 30 && dropped > 10 && both > 2, $"{partial} partial, {dropped} dropped, {both} both");
    }

    /// <summary>
    /// ONNX Runtime takes a Pad of zeros into the pooling: a maximum of negative numbers then is not 0 at the border, and padding as wide
    /// as the window is refused.
    /// </summary>
    [Fact]
    public void Pools_behind_a_Pad_see_its_zeros()
    {
        foreach (var opset in (int[])[13, 15, 21])
        {
            Judge(Network.Build(new Shape(2, 5, 5), x => x.Then(new ScaleShift(-1, -3)).Then(new Pad2d(1)).MaxPool(3, stride: 1).Flatten().Linear(2)), opset);
            Judge(Network.Build(new Shape(2, 5, 5), x => x.Then(new ScaleShift(-1, -3)).Then(new Pad2d(1)).Then(new Pad2d(0)).Dropout(0.1f).MaxPool(3, stride: 1, padding: 1).Flatten().Linear(2)), opset);
            Judge(Network.Build(new Shape(2, 5, 5), x => x.Then(new ScaleShift(-1, -3)).Then(new Pad2d(3, 0, 0, 0)).Then(new AdaptiveMaxPool2d(4, 5)).Flatten().Linear(2)), opset);
            Judge(Network.Build(new Shape(2, 2, 6), x => x.Then(new Pad2d(-1, 0, 5, 0)).Then(new AdaptiveAveragePool2d(3, 2)).Flatten().Linear(2)), opset);
            Judge(Network.Build(new Shape(2, 2, 6), x => x.Then(new Pad2d(3, 0, 0, 0)).AveragePool(2).Flatten().Linear(2)), opset);
        }
    }

    /// <summary>
    /// ONNX Runtime moves the first Transpose behind the Resize, which then would interpolate along an axis that it does not take.
    /// </summary>
    [Fact]
    public void A_resize_between_transposes_is_taken()
    {
        var turn = new Transpose(Axis.Rows, Axis.Columns, Axis.Channels);
        foreach (var mode in (ResizeMode[])[ResizeMode.Nearest, ResizeMode.Bilinear, ResizeMode.Bicubic])
            Judge(Network.Build(Shape.Vector(17), x => x.Then(turn).Then(new Resize2d(ResizeTarget.Size(4, 4), mode)).Then(turn).Flatten().Linear(2)), 15);
    }

    private static Padding Pads(ref RandomSequence random) => new(random.NextInt(3), random.NextInt(3), random.NextInt(3), random.NextInt(3));

    private static int Step(ref RandomSequence random) => 1 + random.NextInt(3);

    private static void Judge(Network network, int opset)
    {
        using var folder = new TemporaryFolder();
        var model = OnnxSamples.Model(network);
        OnnxFile.Save(model, folder["pool.onnx"], new OnnxExportOptions { Opset = opset });
        var check = ExportCheck.Run(model, folder["pool.onnx"], OnnxInput.Pixels, randomImages: 1);
        Assert.True(check.Passed, $"{network.Layers[1]} on {network.Input}, opset {opset}: {check}");
        Assert.Equal(model.Compute(new byte[network.Input.Count]), OnnxFile.Load(folder["pool.onnx"]).Compute(new byte[network.Input.Count]), (a, b) => Math.Abs(a - b) <= 1e-5 * Math.Max(1, Math.Abs(a)));
    }
}
