using FeatureMap.Lanes;
using FeatureMap.Ops;
using Xunit;

namespace FeatureMap.Tests.Ops;

/// <summary>What the cases of the room do not say: statistics of the batch and running ones, with gradients and without.</summary>
public sealed class BatchNormTests
{
    private const float Epsilon = 0.5f;

    /// <summary>Variances whose roots with epsilon are 2, 1 and 4: everything is exact in float32.</summary>
    private static ReferencePass Integers(int batch)
    {
        var op = new BatchNorm { Epsilon = Epsilon };
        var given = new OpCase("integers", op, [new Shape(3, 3, 2)], batch, CaseValues.Integers);
        var pass = OpJudge.MakePass(given, 7, ExecutionMode.Evaluation);
        double[] variances = [3.5, 0.5, 15.5];
        variances.CopyTo(pass.Parameters[3], 0);
        op.ReferenceForward(pass);
        op.ReferenceBackward(pass);
        return pass;
    }

    [Theory]
    [InlineData(5)]
    [InlineData(35)]
    public void With_running_statistics_integers_are_exact_forward_and_back_at_every_width(int batch)
    {
        var pass = Integers(batch);
        foreach (var width in OpJudge.Widths)
            foreach (var inPlace in (bool[])[false, true])
            {
                var runner = new OpRunner(pass, width, inPlace);
                runner.Forward();
                Assert.Equal(pass.Output.Values, runner.Output().Values);
                runner.Backward();
                Assert.Equal(pass.InputGradients[0].Values, runner.InputGradient(0).Values);
                Assert.True(runner.UnusedLanesAreZero(0));
                Assert.Equal(pass.ParameterGradients[0], Numbers(runner.Gradient(0)));
                Assert.Equal(pass.ParameterGradients[1], Numbers(runner.Gradient(1)));
                Assert.Equal(pass.Parameters[2], Numbers(runner.Values(2)));
                Assert.Equal(pass.Parameters[3], Numbers(runner.Values(3)));
            }
    }

    [Fact]
    public void With_running_statistics_an_image_has_its_own_gradient_whatever_stands_beside_it()
    {
        var (alone, among) = (Integers(1), Integers(20));
        // The same first image, gradient and parameters; the others differ.
        for (var i = 0; i < alone.Parameters.Length; i++)
            alone.Parameters[i].CopyTo(among.Parameters[i], 0);
        alone.Input.Values.CopyTo(among.Input.Values, 0);
        alone.OutputGradient!.Values.CopyTo(among.OutputGradient!.Values, 0);
        Assert.Equal(Gradient(alone)[..18], Gradient(among)[..18]);

        static double[] Gradient(ReferencePass pass)
        {
            var runner = new OpRunner(pass, LaneWidth.Bits256, wanted: WantedGradients.Inputs);
            runner.Forward();
            runner.Backward();
            return runner.InputGradient(0).Values;
        }
    }

    private static double[] Numbers(Span<float> values) => Array.ConvertAll(values.ToArray(), value => (double)value);
}
