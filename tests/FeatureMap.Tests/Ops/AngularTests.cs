using FeatureMap.Ops;
using Xunit;

namespace FeatureMap.Tests.Ops;

/// <summary>Directions and margins between them: <see cref="L2Normalize"/>, <see cref="AngularLinear"/> and the three margins.</summary>
public sealed class AngularTests
{
    [Fact]
    public void A_vector_is_brought_to_length_1_and_its_gradient_stays_on_the_sphere()
    {
        var trial = new OpTrial(new L2Normalize(), Shape.Vector(2), 1, [3, 4]);
        Assert.Equal([0.6, 0.8], trial.Output.Select(value => Math.Round(value, 6)));
        // dy = 1, 1: dy - y (y . dy) = 1 - 0.6 x 1.4, 1 - 0.8 x 1.4, divided by 5.
        Assert.Equal([0.032, -0.024], trial.InputGradient().Select(value => Math.Round(value, 6)));
    }

    [Fact]
    public void A_vector_of_zeros_stays_and_has_no_gradient()
    {
        var trial = new OpTrial(new L2Normalize(), new Shape(3, 2, 1), 2, [0]);
        Assert.All(trial.Output.Concat(trial.InputGradient()), value => Assert.Equal(0, value));
    }

    [Fact]
    public void Weights_count_by_their_direction()
    {
        // (1, 2) . (3, 4) / 5 = 2.2, (1, 2) . (0, -2) / 2 = -2; ten times the weight changes nothing.
        foreach (var size in (double[])[1, 10])
        {
            var trial = new OpTrial(new AngularLinear(2), [OpTrial.Tensor(Shape.Vector(2), 1, [1, 2])], parameters: [[3 * size, 4 * size, 0, -2 * size]]);
            Assert.Equal([2.2, -2], trial.Output.Select(value => Math.Round(value, 6)));
            // (0.6, 0.8) + (0, -1)
            Assert.Equal([0.6, -0.2], trial.InputGradient().Select(value => Math.Round(value, 6)));
        }
        Assert.Equal(35.2, new OpTrial(new AngularLinear(1) { Scale = 16 }, [OpTrial.Tensor(Shape.Vector(2), 1, [1, 2])], parameters: [[3, 4]]).Output[0], 1e-4);
    }

    [Fact]
    public void CosFace_takes_the_margin_from_the_cosine_of_the_class()
    {
        var trial = Margin(new CosFaceMargin { Scale = 10 }, [8, 2], [1, 0]);
        Assert.Equal([4.5, 2], trial.Output.Select(value => Math.Round(value, 5)));
        Assert.Equal([1, 1], trial.InputGradient());
    }

    [Theory]
    [InlineData(1, false, 0.0707372)]  // cos(1 + 0.5)
    [InlineData(2, false, -0.8011436)] // cos(2 + 0.5)
    [InlineData(3, false, -1.2297053)] // 3 + 0.5 > pi: cos 3 - 0.5 sin 0.5
    [InlineData(1, true, 0.0707372)]
    [InlineData(2, true, -0.4161468)]  // beyond 90 degrees: cos 2
    public void ArcFace_adds_the_margin_to_the_angle(double angle, bool easy, double expected)
    {
        var trial = Margin(new ArcFaceMargin { Scale = 4, EasyMargin = easy }, [4 * Math.Cos(angle), 1], [1, 0]);
        Assert.Equal(4 * expected, trial.Output[0], 1e-5);
        Assert.Equal(4 * expected, trial.Reference[0], 1e-6);
        Assert.Equal(1, trial.Output[1]);
        Assert.All(trial.InputGradient(), gradient => Assert.InRange(gradient, 0, 3));
    }

    [Fact]
    public void ArcFace_is_finite_where_the_sine_is_0()
    {
        foreach (var cosine in (double[])[1, -1, 1.0000001, -1.0000001])
        {
            var trial = Margin(new ArcFaceMargin(), [cosine, 0.5], [1, 0]);
            Assert.Equal(cosine > 0 ? Math.Cos(0.5) : -1 - (0.5 * Math.Sin(0.5)), trial.Output[0], 1e-6);
            Assert.All(trial.InputGradient(), gradient => Assert.True(double.IsFinite(gradient)));
        }
    }

    [Theory]
    [InlineData(0, -6.7317810)] // |x| psi(1) with psi = -cos 4 - 2 = -1.3463564
    [InlineData(5, 1.1292965)]  // (5 x 5 cos 1 - 6.7317810) / 6
    public void SphereFace_multiplies_the_angle(float lambda, double expected)
    {
        var loss = new SphereFaceMargin { Annealing = new MarginAnnealing(lambda, 0, 0, 0) };
        var trial = new OpTrial(loss, [Scores([5 * Math.Cos(1), 1]), Scores([1, 0]), Scores([3, 4])]);
        Assert.Equal(expected, trial.Output[0], 1e-5);
        Assert.Equal(1, trial.Output[1]);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void SphereFace_falls_without_a_jump_from_1_to_1_minus_2_m(int margin)
    {
        const int steps = 2_000;
        var loss = new SphereFaceMargin(margin) { Annealing = MarginAnnealing.None };
        var cosines = Enumerable.Range(0, steps + 1).Select(i => Math.Cos(Math.PI * i / steps)).ToArray();
        var (target, unit) = (new double[steps + 1], new double[steps + 1]);
        Array.Fill(target, 1);
        Array.Fill(unit, 1);
        // An image per angle, of one class each.
        var values = new OpTrial(loss, [OpTrial.Tensor(Shape.Vector(1), steps + 1, cosines), OpTrial.Tensor(Shape.Vector(1), steps + 1, target), OpTrial.Tensor(Shape.Vector(1), steps + 1, unit)]).Output;
        Assert.Equal(1, values[0], 1e-6);
        Assert.Equal(1 - (2 * margin), values[^1], 1e-5);
        for (var i = 1; i <= steps; i++)
            Assert.InRange(values[i - 1] - values[i], -2e-6, 1.6 * margin * Math.PI / steps);
    }

    [Fact]
    public void The_margin_of_SphereFace_is_led_in_by_the_step_and_full_in_evaluation()
    {
        var paper = MarginAnnealing.Paper;
        Assert.Equal((1000, 5), (paper.At(0), paper.At(5_000)));
        Assert.Equal(1000 / 13.0, paper.At(100), 1e-5);
        Assert.Equal(10 / Math.Sqrt(1 + 8), new MarginAnnealing(10, 2, 0.5f, 0).At(4), 1e-9);

        var op = new SphereFaceMargin { Annealing = new MarginAnnealing(10, 1, 1, 1) };
        ReferenceTensor[] inputs = [Scores([Math.Cos(1), 0]), Scores([1, 0]), Scores([1, 0])];
        var (psi, cosine) = (-1.3463564, Math.Cos(1));
        Assert.Equal(((5 * cosine) + psi) / 6, new OpTrial(op, inputs, step: 1).Output[0], 1e-6); // 10 / (1 + 1)
        Assert.Equal((cosine + psi) / 2, new OpTrial(op, inputs, step: 100).Output[0], 1e-6);
        Assert.Equal((cosine + psi) / 2, new OpTrial(op, inputs, ExecutionMode.Evaluation, step: 1).Output[0], 1e-6);
    }

    [Fact]
    public void An_embedding_of_length_0_has_no_angle()
    {
        var trial = new OpTrial(new SphereFaceMargin(), [Scores([0, 0]), Scores([1, 0]), Scores([0, 0])]);
        Assert.All(trial.Output.Concat(trial.InputGradient(2)), value => Assert.Equal(0, value));
        Assert.All(trial.InputGradient(), value => Assert.True(double.IsFinite(value)));
    }

    [Fact]
    public void Wrong_settings_and_inputs_are_explained()
    {
        Assert.Equal(
            "The margin of CosFace is subtracted from a cosine and must be at least 0 and below 1: received 1. 0.35 is common.",
            Assert.Throws<UsageException>(() => new CosFaceMargin(1)).Message);
        Assert.Equal(
            "The margin of ArcFace is added to an angle and must be from 0 to pi / 2 = 1.5708, in radians: received 28.6. 0.5 (29 degrees) is common.",
            Assert.Throws<UsageException>(() => new ArcFaceMargin(28.6f)).Message);
        Assert.Equal(
            "The margin of SphereFace multiplies the angle and is 1, 2, 3 or 4: received 5. 4 is usual; 1 is no margin.",
            Assert.Throws<UsageException>(() => new SphereFaceMargin(5)).Message);
        Assert.Equal(
            "CosFaceMargin changes the score of the target's class: received scores of 3 for a target of 4. Both are vectors with one number per class: give the last layer 4 outputs, as many as there are classes.",
            Assert.Throws<ShapeException>(() => new CosFaceMargin().OutputShape([Shape.Vector(3), Shape.Vector(4)])).Message);
        Assert.Equal(
            "A layer of directions takes a vector: received 4x2x2 (channels x height x width). Put Flatten() or GlobalAveragePool() before it.",
            Assert.Throws<ShapeException>(() => new AngularLinear(3).OutputShape([Shape.Image(4, 2, 2)])).Message);
        Assert.Equal(
            "A layer of directions needs directions to start with, and weights that are all 0 have none: received the initialiser 'zeros'. Use another one, such as Initializer.GlorotNormal.",
            Assert.Throws<UsageException>(() => new AngularLinear(3) { WeightInitializer = Initializer.Zeros }.OutputShape([Shape.Vector(4)])).Message);
    }

    private static OpTrial Margin(AngularMargin margin, double[] scores, double[] target) => new(margin, [Scores(scores), Scores(target)]);

    private static ReferenceTensor Scores(double[] values) => OpTrial.Tensor(Shape.Vector(values.Length), 1, values);
}
