using FeatureMap.Networks;
using FeatureMap.Ops;
using FeatureMap.Training;
using Xunit;

namespace FeatureMap.Tests.Training;

public sealed class GradientCheckTests
{
    [Fact]
    public void It_passes_a_network_with_every_kind_of_branch()
    {
        var network = Network.Build(Shape.Image(2, 6, 6), x =>
        {
            x = x.Conv(4, kernel: 3, padding: 1).BatchNorm().LeakyRelu(0.1f);
            x = x.Conv(4, kernel: 3, padding: 1, bias: false).BatchNorm().Add(x).MaxPool(2);
            return x.Concat(x.Conv(2, kernel: 1)).GlobalAveragePool().Dropout(0.25f).Linear(3);
        });
        var check = GradientCheck.Run(network, new SoftmaxCrossEntropy(0.1f));
        Assert.True(check.Passed, check.ToString());
        Assert.Equal(["conv1.weight", "conv1.bias", "batchNorm1.weight", "batchNorm1.bias"], check.Rows.Take(4).Select(row => row.Name));
        Assert.Equal("images", check.Rows[^1].Name);
        check.ThrowIfFailed();
    }

    [Fact]
    public void A_kink_at_the_place_of_the_check_is_seen()
    {
        // A convolution that starts at 0 stands exactly on the kink of the ReLU: central differences see half of the slope, the gradient is 0.
        var network = Network.Build(Shape.Image(1, 3, 3), x => x.Conv(2, kernel: 3, initializer: Initializer.Zeros).Relu().Flatten().Linear(2));
        var check = GradientCheck.Run(network);
        Assert.False(check.Passed);
        Assert.StartsWith("Gradients are wrong.", Assert.Throws<TrainingException>(check.ThrowIfFailed).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_loss_that_is_no_number_per_image_is_explained()
    {
        var network = Network.Build(Shape.Image(1, 4, 4), x => x.Flatten().Linear(3));
        var error = Assert.Throws<ShapeException>(() => GradientCheck.Run(network, Loss.Custom("sum", (output, target) => output.Add(target))));
        Assert.Equal("The loss 'sum' gives 3 per image (channels x height x width): a loss is one number per image, so that the mean over the batch can be made small. End it with .Sum() or .Mean().", error.Message);
        Assert.StartsWith("The loss reads the layer 'liner1', which the network does not have.", Assert.Throws<UsageException>(() => GradientCheck.Run(network, Loss.Custom("inner", scope => scope.Layer("liner1")))).Message, StringComparison.Ordinal);
        var one = Network.Build(Shape.Image(1, 4, 4), x => x.Flatten().Linear(1));
        Assert.StartsWith("The loss 'itself' is the network's layer 'linear1' itself and compares nothing.", Assert.Throws<ShapeException>(() => GradientCheck.Run(one, Loss.Custom("itself", scope => scope.Output))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Two_losses_add_up()
    {
        var network = Network.Build(Shape.Image(1, 4, 4), x => x.Flatten().Linear(3));
        Loss one = new SoftmaxCrossEntropy(), other = new SoftmaxCrossEntropy(0.5f);
        Assert.True(GradientCheck.Run(network, one + other).Passed);
        Assert.Equal("SoftmaxCrossEntropy + SoftmaxCrossEntropy(label smoothing 0.5)", (one + other).Name);
    }
}
