using FeatureMap.Networks;
using FeatureMap.Ops;
using FeatureMap.Tests.House;
using Xunit;

namespace FeatureMap.Tests.Ops;

public sealed class ActivationTests
{
    private static Activation[] All { get; } = [.. OpCatalogue.Entries.SelectMany(entry => entry.Cases).Select(given => given.Op).OfType<Activation>()];

    /// <summary>From the formulas, computed apart in double precision; stated in the rooms.</summary>
    public static TheoryData<Op, double, double, double> KnownValues =>
        [.. OpCatalogue.Entries.SelectMany(entry => entry.KnownValues).Select(known => (known.Op, known.X, known.Value, known.Slope))];

    [Fact]
    public void Every_activation_states_values() => Guard.None(OpCatalogue.Entries
        .Where(entry => entry.Type.IsSubclassOf(typeof(Activation)) && entry.KnownValues.Count == 0)
        .Select(entry => $"{entry.Type.Name} states no KnownValues in its room: numbers of its formula, worked out apart."));

    [Theory]
    [MemberData(nameof(KnownValues))]
    public void Values_and_derivatives_are_those_of_the_formulas(Op op, double x, double value, double derivative)
    {
        var trial = new OpTrial(op, Shape.Vector(1), 1, [x]);
        Assert.Equal(value, trial.Output[0], 3e-7);
        Assert.Equal(value, trial.Reference[0], 1e-7); // settings are rounded to float32
        Assert.Equal(derivative, trial.InputGradient()[0], 3e-7);
    }

    [Fact]
    public void The_reference_agrees_at_extremes_and_nothing_becomes_not_a_number()
    {
        double[] numbers = [1e4, -1e4, 100, -100, 88.5, -88.5, 1e20, -1e20, 3.2e38, -3.2e38, 1e-20, -1e-20, float.Epsilon, -float.Epsilon, 0, -0.0];
        foreach (var op in All)
        {
            var trial = new OpTrial(op, Shape.Vector(numbers.Length), 1, numbers);
            var gradient = trial.InputGradient();
            for (var i = 0; i < numbers.Length; i++)
            {
                Assert.True(double.IsFinite(trial.Output[i]), $"{op} of {numbers[i]:R} is {trial.Output[i]:R}");
                Assert.True(Math.Abs(trial.Output[i] - trial.Reference[i]) <= 1e-6 * Math.Max(1, Math.Abs(trial.Reference[i])), $"{op} of {numbers[i]:R} is {trial.Output[i]:R}, the reference says {trial.Reference[i]:R}");
                var derivative = op.Derivative(numbers[i]);
                // The references square and cube: far out, where they have left the range of double precision, there is nothing to compare with.
                Assert.True(double.IsNaN(derivative) || Math.Abs(gradient[i] - derivative) <= 1e-6 * Math.Max(1, Math.Abs(derivative)), $"{op}: the gradient at {numbers[i]:R} is {gradient[i]:R}, the derivative {derivative:R}");
                Assert.True(double.IsFinite(gradient[i]), $"{op}: the gradient at {numbers[i]:R} is {gradient[i]:R}");
            }
        }
    }

    /// <summary>Slopes of 1e-20, multiplied from layer to layer, leave the normal numbers, and a step takes four times as long.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_dead_gelu_has_the_slope_zero(bool approximate)
    {
        var gradient = new OpTrial(new Gelu(approximate), Shape.Vector(6), 1, [-8.9, -9.1, -11, -13.2, -40, 9.1]).InputGradient();
        Assert.InRange(gradient[0], -1e-15, -1e-30);
        Assert.Equal([0, 0, 0, 0, 1], gradient[1..]);
    }

    [Fact]
    public void Not_a_number_is_not_hidden() =>
        Assert.All(All.Append<Op>(new PRelu()), op => Assert.True(double.IsNaN(new OpTrial(op, [OpTrial.Tensor(Shape.Vector(1), 1, [double.NaN])], parameters: op is PRelu ? [[0.25]] : null).Output[0]), $"{op}"));

    [Fact]
    public void Settings_outside_their_range_are_explained()
    {
        AssertSays("The alpha of an ELU must be between 0 and 1,000,000: received -1. For large negative numbers the output is -alpha; 1 is common, and the only one without a kink at 0.", () => new Elu(-1));
        AssertSays("The alpha of a CELU must be between 0.000001 and 1,000,000: received 0. Inputs are divided by it, and for large negative numbers the output is -alpha; 1 is common. For a fall to 0 use Relu.", () => new Celu(0));
        AssertSays("The beta of a SiLU (Swish) must be between 0 and 1,000,000: received NaN. It is the steepness of the gate sigmoid(beta x); 1 is SiLU, 1.702 is close to GELU.", () => new Silu(float.NaN));
        AssertSays("The beta of a softplus must be between 0.000001 and 1,000,000: received 0. The larger it is, the closer the curve comes to ReLU; 1 is common.", () => new Softplus(0));
        AssertSays("The line of a hard sigmoid needs a slope between 0.000001 and 1,000,000 and an offset of at most 1,000,000 in size: received slope 0, offset 0.5. PyTorch and Keras 3 use 1/6 and 0.5, ONNX by default 0.2 and 0.5.", () => new HardSigmoid(0));
        AssertSays("A hard tanh needs a lower bound below its upper bound, both at most 1E+30 in size: received 1 and 1. Without an upper bound use Relu or ThresholdedRelu.", () => new HardTanh(1, 1));
        AssertSays("The threshold of a thresholded ReLU must be between 0 (ReLU) and 1E+30: received -0.5. ONNX and Keras use 1 by default.", () => new ThresholdedRelu(-0.5f));
        AssertSays(
            "The lambda of a hard shrinkage must be between 0 (identity) and 1E+30: received -1. Numbers up to this size become 0; "
            + "PyTorch and ONNX use 0.5 by default.", () => new HardShrink(-1));
        AssertSays("The slope of a PReLU starts at a number of at most 1,000,000 in size: received NaN. 0.25 is common; 0 starts as ReLU.", () => new PRelu(float.NaN));

        static void AssertSays(string message, Func<Op> make) => Assert.Equal(message, Assert.Throws<UsageException>(make).Message);
    }

    [Fact]
    public void Settings_make_an_equal_op_again()
    {
        foreach (var entry in OpCatalogue.Entries)
        {
            foreach (var op in entry.Cases.Select(given => given.Op).Where(op => op is Activation or PRelu or ChannelSoftmax))
            {
                var reader = new OpSettings(op.Name, op.SettingValues.ToDictionary(setting => setting.Name, setting => setting.Value));
                var again = entry.FromSettings(reader);
                reader.Finish();
                Assert.Equal(op.ToString(), again.ToString());
                Assert.Equal(op.SettingValues, again.SettingValues);
            }
        }
    }

    [Fact]
    public void A_learned_slope_has_the_gradient_of_what_it_multiplied()
    {
        var op = new PRelu();
        Assert.Equal("PRelu(per channel, from 0.25)", op.ToString());
        var definition = Assert.Single(op.Parameters([Shape.Image(3, 2, 2)]));
        Assert.Equal(("weight", 3, true, false), (definition.Name, definition.Count, definition.Trainable, definition.Decays));
        Assert.Equal(1, Assert.Single(new PRelu(isShared: true).Parameters([Shape.Image(3, 2, 2)])).Count);

        // Two channels of two pixels, slopes 0.5 and -2: -2 3 | -1 0 gives -1 3 | 2 0.
        var trial = new OpTrial(op, [OpTrial.Tensor(Shape.Image(2, 1, 2), 1, [-2, 3, -1, 0])], parameters: [[0.5, -2]]);
        Assert.Equal([-1, 3, 2, 0], trial.Output);
        Assert.Equal([0.5, 1, -2, -2], trial.InputGradient()); // at 0 the slope counts
        var weights = Weights.Initialize(Network.Build(Shape.Vector(3), x => x.PRelu(0.125f)), 1);
        Assert.Equal([0.125f, 0.125f, 0.125f], weights["pRelu1.weight"].Values.ToArray());
    }
}
