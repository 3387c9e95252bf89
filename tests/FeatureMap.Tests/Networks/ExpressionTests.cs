using FeatureMap.Networks;
using FeatureMap.Ops;
using FeatureMap.Training;
using Xunit;

namespace FeatureMap.Tests.Networks;

/// <summary>Layers and losses written as arithmetic on features: their gradients in the engine, in double precision, and by central differences.</summary>
public sealed class ExpressionTests
{
    public static TheoryData<string> LayerNames => [.. Layers.Keys];

    public static TheoryData<string> LossNames => [.. Losses.Keys];

    private static Dictionary<string, Func<Feature, Feature>> Layers { get; } = new()
    {
        ["operators"] = x => (2 - (-x * 3) + (x / 4) - 1) * (x + 0.5) / (x.Square() + 2),
        ["layer normalisation"] = x =>
        {
            var centred = x - x.Mean();
            var scaled = centred / (centred.Square().Mean() + 1e-5).Sqrt();
            return (scaled * x.LearnedParameter(x.Shape, Initializer.Ones)) + x.LearnedParameter(x.Shape);
        },
        ["squeeze and excitation"] = x =>
        {
            var gate = x.Mean(Axes.Space).Linear(x.Shape.Channels);
            return x * (1 / (1 + (-gate).Exp()));
        },
        ["unit vectors over the channels"] = x => x / (x.L2Norm(Axes.Channels) + 1e-3),
        ["log-softmax over the channels"] = x => x - x.LogSumExp(Axes.Channels),
        ["extremes"] = x => x.Max(Axes.Rows) - x.Min(Axes.Columns) + x.Maximum(0.1) - x.Minimum(x.Negate()),
        ["powers"] = x => (x.Abs() + 0.5).Power(1.7) + (x.Abs() + 0.5).Power(x) + (x * 0.5).Power(3),
        ["mask"] = x => x.Greater(0.25).Where(x.Square(), x.Clip(-0.5, 0.1)),
        ["no number in lanes without an image, where x is 0"] = x => ((x / x.L2Norm(Axes.Channels)) + x.L2Norm(Axes.Channels).Log() + x.L2Norm().Reciprocal()).Conv(2, kernel: 1),
        ["nothing goes back through a step"] = x => x + x.Round() + x.Floor() + x.Sign() + x.Less(0.3) + x.GreaterOrEqual(-0.3) + x.LessOrEqual(x.Mean()) + x.EqualTo(7),
        ["product and sums"] = x => x.Product(Axes.Columns) + x.L1Norm(Axes.Channels) + x.SumOfSquares() + x.Sum(Axes.Rows),
        ["one layer, both inputs"] = x => (x * x) - (x + x) + (x / (x + 5)),
    };

    private static Dictionary<string, Func<Feature, Feature, Feature>> Losses { get; } = new()
    {
        ["cross-entropy"] = (output, target) => output.LogSumExp() - (target * output).Sum(),
        ["focal"] = (output, target) =>
        {
            var log = output - output.LogSumExp(Axes.Channels);
            return -(target * log * (1 - log.Exp()).Square()).Sum();
        },
        ["Huber"] = (output, target) =>
        {
            var distance = (output - target).Abs();
            return distance.Less(1).Where(0.5 * distance.Square(), distance - 0.5).Mean();
        },
        ["hinge"] = (output, target) => (1 + output - (target * output).Sum()).Maximum(0).Mean(),
    };

    [Theory]
    [MemberData(nameof(LayerNames))]
    public void A_layer_of_ones_own_has_the_right_gradient(string name)
    {
        var network = Network.Build(Shape.Image(2, 3, 4), x => Layers[name](x.Conv(2, kernel: 1)).Conv(3, kernel: 1).Mean(Axes.Space));
        GradientCheck.Run(network).ThrowIfFailed();
        GradientCheck.Run(network, batch: 19, seed: 5).ThrowIfFailed();
    }

    [Theory]
    [MemberData(nameof(LossNames))]
    public void A_loss_of_ones_own_has_the_right_gradient(string name)
    {
        var network = Network.Build(Shape.Image(2, 3, 4), x => x.Conv(3, kernel: 1).LeakyRelu().Flatten().Linear(4));
        GradientCheck.Run(network, Loss.Custom(name, Losses[name]), batch: 19).ThrowIfFailed();
    }

    [Fact]
    public void Operators_append_one_layer_each_and_numbers_none()
    {
        var network = Network.Build(Shape.Image(2, 3, 4), x => (1 - x) * (x + 2) / x);
        Assert.Equal(["input", "scaleShift1", "scaleShift2", "multiply1", "divide1"], network.Layers.Select(layer => layer.Name));
        Assert.Equal("ScaleShift(-1 x + 1)", network.Layers[1].Op!.ToString());
        Assert.Equal(["input", "raiseTo1"], Network.Build(Shape.Vector(1), x => 1 / x).Layers.Select(layer => layer.Name));
        Assert.Equal(["input", "raiseTo1", "scaleShift1"], Network.Build(Shape.Vector(1), x => 3 / x).Layers.Select(layer => layer.Name));
        Assert.Equal([2, 1], Network.Build(Shape.Vector(1), x => x.Exp().Less(x.Log())).Layers[^1].Inputs);
    }

    [Fact]
    public void A_missing_operand_is_named()
    {
        Feature? missing = null;
        Assert.StartsWith("An operand of this arithmetic is null: build it before it is used.", Assert.Throws<ArgumentNullException>(() => Network.Build(Shape.Vector(1), x => x + missing!)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_convolution_behind_which_nothing_goes_back_keeps_its_weights()
    {
        var network = Network.Build(Shape.Image(1, 3, 3), x => x.Conv(2, kernel: 3, name: "before").Round().Flatten().Linear(3));
        GradientCheck.Run(network).ThrowIfFailed();
    }
}
