using FeatureMap.Data;
using FeatureMap.Models;
using FeatureMap.Networks;
using FeatureMap.Ops;
using FeatureMap.Randomness;
using FeatureMap.Tests.Networks;
using FeatureMap.Training;
using Xunit;

namespace FeatureMap.Tests.Models;

public sealed class SlimmingTests
{
    [Fact]
    public void A_3x3_kernel_on_one_pixel_has_eight_dead_taps()
    {
        var taps = LiveTaps.Of(new Conv2d(4, 3) { Padding = Padding.Same }.Geometry(Shape.Image(2, 1, 1)));
        Assert.Equal([false, true, false], taps.Rows);
        Assert.Equal([false, true, false], taps.Columns);
        Assert.Equal((1, 8), (taps.Live, taps.Dead));
    }

    // The definition by enumeration, over random geometries: a tap is live exactly where some output reads a pixel through it.
    [Fact]
    public void Live_taps_are_those_that_some_output_reads_a_pixel_through()
    {
        var random = new RandomSequence(7, RandomPurpose.Testing);
        var (dead, cropped) = (0, 0);
        for (var number = 0; number < 2000; number++)
        {
            int Draw(int least, int most) => least + random.NextInt(most - least + 1);
            var input = Shape.Image(2, Draw(1, 6), Draw(1, 6));
            var op = new Conv2d(3, (Draw(1, 5), Draw(1, 5)))
            {
                Stride = (Draw(1, 3), Draw(1, 3)),
                Dilation = (Draw(1, 3), Draw(1, 3)),
                Padding = new Padding(Draw(0, 4), Draw(0, 4), Draw(0, 4), Draw(0, 4)),
            };
            ConvGeometry geometry;
            try
            {
                geometry = op.Geometry(input);
            }
            catch (ShapeException)
            {
                continue;
            }
            var taps = LiveTaps.Of(geometry);
            for (var row = 0; row < op.Kernel.Vertical; row++)
                Assert.Equal(Enumerable.Range(0, geometry.Output.Height).Any(o => Inside((o * op.Stride.Vertical) + (row * op.Dilation.Vertical) - geometry.Padding.Top, input.Height)), taps.Rows[row]);
            for (var column = 0; column < op.Kernel.Horizontal; column++)
                Assert.Equal(Enumerable.Range(0, geometry.Output.Width).Any(o => Inside((o * op.Stride.Horizontal) + (column * op.Dilation.Horizontal) - geometry.Padding.Left, input.Width)), taps.Columns[column]);
            if (taps.Dead > 0) dead++;

            var network = Network.Build(input, x => x.Then(op));
            var slim = Slimming.Slim(network);
            if (slim == network) continue;
            cropped++;
            var weights = Weights.Initialize(network, 1);
            foreach (ref var value in weights["conv1.weight"].Values)
                value = Draw(-4, 4);
            var image = Enumerable.Range(0, input.Count).Select(_ => (float)Draw(-5, 5)).ToArray();
            Assert.Equal(network.Output, slim.Output);
            Assert.Equal(Output(weights, image), Output(Slimming.Slim(weights), image));
        }
        Assert.InRange(dead, 200, 2000);
        Assert.InRange(cropped, 200, dead);
    }

    // What the trainer does by itself: the same steps as on a slim network made beforehand, and the dead numbers stay where they started.
    [Fact]
    public void Training_moves_the_living_weights_only_and_as_on_the_slim_network()
    {
        var network = Network.Build(Shape.Image(1, 9, 9), x => x
            .Conv(6, kernel: 3, padding: 1, bias: false).BatchNorm().Relu().MaxPool(8)
            .Conv(20, kernel: 3, padding: 1, name: "dead").BatchNorm().Relu().Flatten().Linear(3));
        var options = new TrainingOptions { Epochs = 3, Seed = 5, Optimizer = new Sgd(0.9, weightDecay: 1e-2), EarlyStopping = new EarlyStopping(Patience: 1) };
        var start = Weights.Initialize(network, 5);
        var whole = Trainer.Fit(network, TinyTask.Data(), options).Model;
        var slim = Trainer.Fit(Slimming.Slim(network), TinyTask.Data(), options with { InitialWeights = Slimming.Slim(start) }).Model;
        Assert.Equal(network.TrainableCount, whole.Weights.Network.TrainableCount);
        Assert.Equal(network.TrainableCount - (6 * 20 * 8), slim.Weights.Network.TrainableCount);
        Assert.Equal(slim.Weights.Sha256(), Slimming.Slim(whole).Weights.Sha256());
        float[] before = [.. start["dead.weight"].Values], after = [.. whole.Weights["dead.weight"].Values];
        for (var i = 0; i < before.Length; i++)
            Assert.Equal(i % 9 == 4, before[i] != after[i]);
        var image = TinyTask.Data().Validation.Pixels(0);
        Assert.Equal(whole.Compute(image), Slimming.Slim(whole).Compute(image));
    }

    [Fact]
    public void A_network_without_dead_weights_is_its_own_slim_network()
    {
        var network = TinyTask.Network();
        Assert.Same(network, Slimming.Slim(network));
    }

    private static IEnumerable<float> Output(Weights weights, float[] image)
    {
        var input = new ReferenceTensor(1, weights.Network.Input);
        for (var i = 0; i < image.Length; i++)
            input.Values[i] = image[i];
        var pass = new ReferenceNetwork(weights.Network, weights, [input], ExecutionMode.Evaluation);
        pass.Forward();
        return [.. pass.Output(weights.Network.Layers.Count - 1).Values.Select(value => (float)value)];
    }

    private static bool Inside(int pixel, int size) => pixel >= 0 && pixel < size;
}
