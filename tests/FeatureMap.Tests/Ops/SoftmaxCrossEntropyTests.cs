using FeatureMap.Ops;
using Xunit;

namespace FeatureMap.Tests.Ops;

public sealed class SoftmaxCrossEntropyTests
{
    [Fact]
    public void Equal_logits_cost_the_logarithm_of_the_number_of_classes()
    {
        var trial = Trial(new SoftmaxCrossEntropy(), 10, [0.5], [0, 4, 9]);
        Assert.All(trial.Output, loss => Assert.Equal(Math.Log(10), loss, 1e-6));
    }

    [Fact]
    public void Label_smoothing_has_a_known_value()
    {
        // Logits 2, 1, 0: log sum exp = 2.407606; -log p = 0.407606, 1.407606, 2.407606.
        // Class 0, smoothing 0.3: 0.8 x 0.407606 + 0.1 x 1.407606 + 0.1 x 2.407606 = 0.707606.
        var trial = Trial(new SoftmaxCrossEntropy(0.3f), 3, [2, 1, 0], [0]);
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
        var trial = Trial(new SoftmaxCrossEntropy(), 3, [1000, 0, -1000], [label]);
        Assert.Equal(expected, trial.Output[0], 1e-4);
        var gradient = trial.InputGradient();
        for (var k = 0; k < 3; k++)
            Assert.Equal((k == 0 ? 1 : 0) - (k == label ? 1 : 0), gradient[k], 1e-6);
    }

    [Fact]
    public void The_gradient_is_that_of_each_image()
    {
        // Equal logits: p - q = 0.5 - 1 at the class, times the gradient of the loss, here 1; a plan hands in 1 / images.
        var gradient = Trial(new SoftmaxCrossEntropy(), 2, [0], new int[20]).InputGradient();
        Assert.All(gradient.Chunk(2), image => Assert.Equal([-0.5, 0.5], image.Select(value => Math.Round(value, 7))));
    }

    [Fact]
    public void Not_a_number_and_infinity_are_not_hidden()
    {
        Assert.True(double.IsNaN(Trial(new SoftmaxCrossEntropy(), 2, [0, double.NaN], [0]).Output[0]));
        Assert.True(double.IsNaN(Trial(new SoftmaxCrossEntropy(), 2, [0, double.PositiveInfinity], [0]).Output[0]));
    }

    [Fact]
    public void Wrong_inputs_are_explained()
    {
        var loss = new SoftmaxCrossEntropy();
        Assert.Equal(
            "Softmax cross-entropy takes a vector with one number per class: received 10x4x4 (channels x height x width). Flatten or pool first: end the network with GlobalAveragePool().Linear(classes), or Flatten().Linear(classes).",
            Assert.Throws<ShapeException>(() => loss.OutputShape([Shape.Image(10, 4, 4), Shape.Vector(10)])).Message);
        Assert.Equal(
            "Softmax cross-entropy needs at least 2 classes: received 1 number per image, whose softmax is 1 whatever it is. For two classes use 2 outputs.",
            Assert.Throws<ShapeException>(() => loss.OutputShape([Shape.Vector(1), Shape.Vector(1)])).Message);
        Assert.Equal(
            "Softmax cross-entropy compares one score per class with the target: received scores of 3 for a target of 4. Give the last layer 4 outputs, as many as there are classes.",
            Assert.Throws<ShapeException>(() => loss.OutputShape([Shape.Vector(3), Shape.Vector(4)])).Message);
        Assert.Equal(
            "Label smoothing must be at least 0 and below 1: received 1. It is the part of the target that is spread over all classes; 0.1 is common.",
            Assert.Throws<UsageException>(() => new SoftmaxCrossEntropy(1)).Message);
    }

    /// <summary>Logits, repeated for every image, and the class of each image.</summary>
    private static OpTrial Trial(SoftmaxCrossEntropy loss, int classes, double[] logits, int[] labels)
    {
        var target = new ReferenceTensor(labels.Length, Shape.Vector(classes));
        for (var image = 0; image < labels.Length; image++)
            target[image, labels[image]] = 1;
        return new OpTrial(loss, [OpTrial.Tensor(Shape.Vector(classes), labels.Length, logits), target]);
    }
}
