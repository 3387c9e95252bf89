using FeatureMap.Networks;
using FeatureMap.Ops;
using FeatureMap.Randomness;
using Xunit;

namespace FeatureMap.Tests.Ops;

public sealed class LinearTests
{
    [Fact]
    public void Two_outputs_of_three_inputs() =>
        Assert.Equal(
            [1 + 4 + 9 + 10, -1 - 2 - 3 + 20],
            new OpTrial(new Linear(2), [OpTrial.Tensor(Shape.Vector(3), 1, [1, 2, 3])], parameters: [[1, 2, 3, -1, -1, -1], [10, 20]]).Output);

    [Fact]
    public void An_image_is_refused_with_both_ways_to_a_vector()
    {
        var error = Assert.Throws<ShapeException>(() => Network.Build(Shape.Image(16, 5, 4), x => x.Linear(10)));
        Assert.Equal(
            "Layer 'linear1' (Linear(10), layer 1, after 'input') cannot take 16x5x4: A dense layer takes a vector: received 16x5x4 (channels x height x width). Put Flatten() before it (a vector of 16 x 5 x 4 = 320, so 3,200 weights) or GlobalAveragePool() (a vector of 16, so 160 weights).",
            error.Message);
        error = Assert.Throws<ShapeException>(() => new Linear(0).OutputShape([Shape.Vector(3)]));
        Assert.Equal("A dense layer needs at least 1 output: received 0.", error.Message);
    }

    [Fact]
    public void Flatten_and_linear_have_the_parameters_of_a_convolution_that_covers_its_input()
    {
        var dense = Network.Build(Shape.Image(3, 5, 4), x => x.Flatten().Linear(10));
        var convolution = Network.Build(Shape.Image(3, 5, 4), x => x.Then(new Conv2d(10, (5, 4))));
        Assert.Equal(convolution.TrainableCount, dense.TrainableCount);
        Assert.Equal(convolution.MultiplyAdds, dense.MultiplyAdds);
        Assert.Equal("matrix product", convolution.Layers[1].Op!.Path(convolution.Layers[1].InputShapes).Name);
    }

    [Fact]
    public void A_convolution_that_covers_its_input_is_the_same_product()
    {
        var random = new RandomSequence(9, RandomPurpose.Testing);
        var shape = Shape.Image(3, 5, 4);
        double[] Draw(int count)
        {
            var numbers = new double[count];
            foreach (ref var number in numbers.AsSpan())
                number = random.NextSingle(-1, 1);
            return numbers;
        }
        var numbers = Draw(7 * shape.Count);
        double[][] parameters = [Draw(10 * shape.Count), Draw(10)];
        var convolution = new OpTrial(new Conv2d(10, (5, 4)), [OpTrial.Tensor(shape, 7, numbers)], parameters: parameters);
        var dense = new OpTrial(new Linear(10), [OpTrial.Tensor(Shape.Vector(shape.Count), 7, numbers)], parameters: parameters);
        Assert.Equal(convolution.Output, dense.Output);
        Assert.Equal(convolution.InputGradient(), dense.InputGradient());
    }

    [Fact]
    public void Flatten_is_a_view_and_says_so()
    {
        Assert.True(new Flatten().IsView(ExecutionMode.Training));
        Assert.Equal(Shape.Vector(60), new Flatten().OutputShape([Shape.Image(3, 5, 4)]));
        var error = Assert.Throws<InvalidOperationException>(() => new OpTrial(new Flatten(), Shape.Vector(3), 1, [1]));
        Assert.Equal("Flatten has no kernel: its output is its input's memory under another shape (IsView), so a plan must not ask for one.", error.Message);
    }
}
