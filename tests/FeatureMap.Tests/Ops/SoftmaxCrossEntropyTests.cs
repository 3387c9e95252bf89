using FeatureMap.Ops;
using Xunit;

namespace FeatureMap.Tests.Ops;

public sealed class SoftmaxCrossEntropyTests
{
    [Fact]
    public void Equal_logits_cost_the_logarithm_of_the_number_of_classes()
    {
        var trial = new OpTrial(new SoftmaxCrossEntropy(), Shape.Vector(10), 3, [0.5], labels: [0, 4, 9]);
        Assert.All(trial.Output, loss => Assert.Equal(Math.Log(10), loss, 1e-6));
    }

    [Fact]
    public void Label_smoothing_has_a_known_value()
    {
        // Logits 2, 1, 0: log sum exp = 2.407606; -log p = 0.407606, 1.407606, 2.407606.
        // Class 0, smoothing 0.3: 0.8 x 0.407606 + 0.1 x 1.407606 + 0.1 x 2.407606 = 0.707606.
        var trial = new OpTrial(new SoftmaxCrossEntropy(0.3f), Shape.Vector(3), 1, [2, 1, 0], labels: [0]);
        Assert.Equal(0.7076059644, trial.Output[0], 1e-6);
        Assert.Equal(trial.Reference[0], trial.Output[0], 1e-6);
        // p - q = 0.665241 - 0.8, 0.244728 - 0.1, 0.090031 - 0.1.
        var gradient = trial.InputGradient();
        Assert.Equal(-0.1347590, gradient[0], 1e-6);
        Assert.Equal(0.1447285, gradient[1], 1e-6);
        Assert.Equal(-0.0099694, gradient[2], 1e-6);
    }

    [Theory]
    [InlineData(0, 0.0)] // the class of the largest logit: certain and right
    [InlineData(1, 1000.0)]
    [InlineData(2, 2000.0)] // certain and wrong: as wrong as the logits are apart
    public void Logits_of_a_thousand_are_stable(int label, double expected)
    {
        var trial = new OpTrial(new SoftmaxCrossEntropy(), Shape.Vector(3), 1, [1000, 0, -1000], labels: [label]);
        Assert.Equal(expected, trial.Output[0], 1e-4);
        var gradient = trial.InputGradient();
        for (var k = 0; k < 3; k++)
            Assert.Equal((k == 0 ? 1 : 0) - (k == label ? 1 : 0), gradient[k], 1e-6);
    }

    [Fact]
    public void The_gradient_is_that_of_the_mean_over_the_images()
    {
        // Equal logits: p - q = 0.5 - 1 at the class, divided by 20 images.
        var gradient = new OpTrial(new SoftmaxCrossEntropy(), Shape.Vector(2), 20, [0], labels: new int[20]).InputGradient();
        Assert.All(gradient.Chunk(2), image => Assert.Equal([-0.025, 0.025], image.Select(value => Math.Round(value, 7))));
    }

    [Fact]
    public void Not_a_number_and_infinity_are_not_hidden()
    {
        Assert.True(double.IsNaN(new OpTrial(new SoftmaxCrossEntropy(), Shape.Vector(2), 1, [0, double.NaN], labels: [0]).Output[0]));
        Assert.True(double.IsNaN(new OpTrial(new SoftmaxCrossEntropy(), Shape.Vector(2), 1, [0, double.PositiveInfinity], labels: [0]).Output[0]));
    }

    [Fact]
    public void Wrong_inputs_are_explained()
    {
        var loss = new SoftmaxCrossEntropy();
        Assert.Equal(
            "Softmax cross-entropy takes a vector with one number per class: received 10x4x4 (channels x height x width). Flatten or pool first: end the network with GlobalAveragePool().Linear(classes), or Flatten().Linear(classes).",
            Assert.Throws<ShapeException>(() => loss.OutputShape([Shape.Image(10, 4, 4)])).Message);
        Assert.Equal(
            "Softmax cross-entropy needs at least 2 classes: received a vector of 1 number, whose softmax is 1 whatever it is. For two classes use 2 outputs.",
            Assert.Throws<ShapeException>(() => loss.OutputShape([Shape.Vector(1)])).Message);
        Assert.Equal(
            "Label smoothing must be at least 0 and below 1: received 1. It is the part of the target that is spread over all classes; 0.1 is common.",
            Assert.Throws<UsageException>(() => new SoftmaxCrossEntropy(1)).Message);
    }

    [Fact]
    public void A_label_without_an_output_is_explained()
    {
        var error = Assert.Throws<DataException>(() => new OpTrial(new SoftmaxCrossEntropy(), Shape.Vector(3), 2, [1, 2, 3], labels: [0, 3]));
        Assert.Equal("Image 1 of the batch has class 3, but the network has 3 outputs, so classes are 0 to 2. Give the last layer as many outputs as the data set has classes.", error.Message);
    }
}
