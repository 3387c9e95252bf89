using FeatureMap.Lanes;
using FeatureMap.Ops;
using Xunit;

namespace FeatureMap.Tests.Ops;

public sealed class CenterLossTests
{
    [Fact]
    public void Loss_gradient_and_centres_have_known_values()
    {
        // Images at 3 and 5 belong to the centre at 1, the image at 2 to the one at 0; weight 2: losses 2 / 2 x 2^2, 4^2, 2^2, gradients 2 x 2, 4, 2.
        var (runner, pass) = Runner(new CenterLoss(2, 0.5f), [1, 0], [3, 5, 2], [[1, 0], [1, 0], [0, 1]]);
        Assert.Equal([4, 16, 4], runner.Output().Values);
        runner.Backward();
        Assert.Equal([4, 8, 4], runner.InputGradient(0).Values);
        // c0 -= 0.5 ((1 - 3) + (1 - 5)) / (1 + 2) = -1, so 2; c1 -= 0.5 (0 - 2) / (1 + 1) = -0.5, so 0.5.
        Assert.Equal([2, 0.5f], runner.Values(0).ToArray());
        pass.Op.ReferenceForward(pass);
        Assert.Equal([4, 16, 4], pass.Output.Values);
    }

    [Fact]
    public void A_class_that_the_batch_does_not_have_keeps_its_centre()
    {
        var (runner, _) = Runner(new CenterLoss(1, 1), [1, -4], [3, 5], [[1, 0], [1, 0]]);
        runner.Backward();
        Assert.Equal(-4, runner.Values(0)[1]);
        // 1 - ((1 - 3) + (1 - 5)) / 3
        Assert.Equal(3, runner.Values(0)[0]);
    }

    [Fact]
    public void A_mixed_label_draws_to_the_mixture_of_centres_and_moves_both()
    {
        // A quarter of class 0 (centre 8), three of class 1 (centre 4): the mixture is at 5.
        var (runner, _) = Runner(new CenterLoss(2, 1), [8, 4], [6], [[0.25, 0.75]]);
        Assert.Equal([1], runner.Output().Values);
        runner.Backward();
        // 8 - 0.25 (8 - 6) / 1.25 = 7.6; 4 - 0.75 (4 - 6) / 1.75 = 4.857
        Assert.Equal(7.6, runner.Values(0)[0], 1e-6);
        Assert.Equal(4 + (1.5 / 1.75), runner.Values(0)[1], 1e-6);
    }

    [Fact]
    public void Centres_move_in_training_only()
    {
        var (runner, _) = Runner(new CenterLoss(1, 1), [1, 0], [3], [[1, 0]], ExecutionMode.Evaluation);
        Assert.Equal([2], runner.Output().Values);
        Assert.Equal([1, 0], runner.Values(0).ToArray());
    }

    [Theory]
    [InlineData(LaneWidth.Bits512)]
    [InlineData(LaneWidth.Bits256)]
    [InlineData(LaneWidth.Bits128)]
    [InlineData(LaneWidth.Scalar)]
    public void Centres_move_to_the_same_bits_at_every_width(LaneWidth width)
    {
        var entry = OpCatalogue.Entries.Single(entry => entry.Type == typeof(CenterLoss));
        foreach (var given in entry.Cases)
            Assert.Equal(Moved(given, LaneWidth.Bits256), Moved(given, width));
        float[] Moved(OpCase given, LaneWidth width)
        {
            var runner = new OpRunner(OpJudge.MakePass(given, 4, ExecutionMode.Training), width);
            runner.Forward();
            runner.Backward();
            return runner.Values(0).ToArray();
        }
    }

    [Fact]
    public void Wrong_settings_and_inputs_are_explained()
    {
        Assert.Equal(
            "A centre loss needs a weight above 0 and at most 1e6, and a rate from 0 to 1: received weight 0, rate 0.5. The paper has 0.003 and 0.5.",
            Assert.Throws<UsageException>(() => new CenterLoss(0)).Message);
        Assert.Equal(
            "A centre loss compares vectors: received 8x4x4 (channels x height x width). Take it on a vector, such as what GlobalAveragePool() or Linear(dimensions) gives.",
            Assert.Throws<ShapeException>(() => new CenterLoss().OutputShape([Shape.Image(8, 4, 4), Shape.Vector(10)])).Message);
    }

    private static (OpRunner Runner, ReferencePass Pass) Runner(CenterLoss loss, double[] centers, double[] images, double[][] targets, ExecutionMode mode = ExecutionMode.Training)
    {
        var pass = ReferencePass.Create(
            loss, [OpTrial.Tensor(Shape.Vector(1), images.Length, images), OpTrial.Tensor(Shape.Vector(centers.Length), images.Length, [.. targets.SelectMany(target => target)])], [centers], mode);
        Array.Fill(pass.OutputGradient!.Values, 1);
        var runner = new OpRunner(pass, LaneWidth.Bits256);
        runner.Forward();
        return (runner, pass);
    }
}
