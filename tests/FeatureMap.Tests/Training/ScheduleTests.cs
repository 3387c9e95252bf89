using FeatureMap.Training;
using Xunit;

namespace FeatureMap.Tests.Training;

public sealed class ScheduleTests
{
    private const double Exact = 1e-14;

    [Fact]
    public void A_constant_rate_rises_and_stays()
    {
        AssertRates(new ConstantRate(0.3), (0, 0.3), (50, 0.3), (99, 0.3));
        // Warm-up over 10 steps: 1/10, 2/10, ... of the rate, the whole of it at the tenth.
        AssertRates(new ConstantRate(0.3, 10), (0, 0.03), (4, 0.15), (9, 0.3), (10, 0.3), (99, 0.3));
    }

    [Fact]
    public void A_cosine_falls_from_the_start_to_the_end()
    {
        AssertRates(new CosineRate(0.2, 0.02), (0, 0.2), (33, 0.02 + (0.09 * (1 + Math.Cos(Math.PI * 33 / 99)))), (99, 0.02));
        AssertRates(new CosineRate(0.2), (0, 0.2), (99, 0));
        // After a warm-up of 20 steps the wave spans steps 20 to 99.
        AssertRates(new CosineRate(0.2, 0, 20), (0, 0.01), (19, 0.2), (20, 0.2), (60, 0.1 * (1 + Math.Cos(Math.PI * 40 / 79))), (99, 0));
    }

    [Fact]
    public void Steps_fall_at_the_start_of_epochs() // of 10 steps
    {
        AssertRates(new StepRate(0.5, 3, 0.1), (0, 0.5), (29, 0.5), (30, 0.05), (59, 0.05), (60, 0.005), (99, 0.0005));
        AssertRates(new StepRate(0.5, 3, 0.5, WarmUpSteps: 5), (0, 0.1), (4, 0.5), (5, 0.5), (30, 0.25));
    }

    [Fact]
    public void One_cycle_rises_to_the_maximum_and_falls_to_almost_nothing()
    {
        var (max, first) = (0.2, 0.2 / 25);
        // The peak is step 0.3 x 100 - 1 = 29, the end step 99, 70 steps later.
        AssertRates(
            new OneCycle(max),
            (0, first), (10, max + ((first - max) * (1 + Math.Cos(Math.PI * 10 / 29)) / 2)), (29, max),
            (64, (max + (first / 10_000)) / 2), (99, first / 10_000));
        AssertRates(new OneCycle(max, WarmUpFraction: 0.5, StartDivisor: 10, EndDivisor: 4), (0, 0.02), (49, max), (99, 0.005));
        var rates = Enumerable.Range(0, 100).Select(step => new OneCycle(max).LearningRate(At(step))).ToList();
        Assert.Equal(29, rates.IndexOf(rates.Max()));
        Assert.Equal(rates.Take(30).Order(), rates.Take(30));
        Assert.Equal(rates.Skip(29).OrderDescending(), rates.Skip(29));
    }

    [Fact]
    public void Cycles_rise_and_fall_in_straight_lines()
    {
        AssertRates(new CyclicRate(0.1, 0.5, 10), (0, 0.1), (5, 0.3), (10, 0.5), (15, 0.3), (20, 0.1), (30, 0.5), (99, 0.14));
        AssertRates(new CyclicRate(0.1, 0.5, 10, CyclicMode.Triangular2), (10, 0.5), (20, 0.1), (30, 0.3), (50, 0.2));
        AssertRates(new CyclicRate(0.1, 0.5, 10, CyclicMode.ExponentialRange, 0.99), (10, 0.1 + (0.4 * Math.Pow(0.99, 10))), (30, 0.1 + (0.4 * Math.Pow(0.99, 30))));
    }

    [Fact]
    public void A_cosine_starts_again()
    {
        AssertRates(new CosineRestarts(0.2, 10), (0, 0.2), (5, 0.1), (10, 0.2), (15, 0.1), (90, 0.2));
        // Cycles of 10, 20 and 40 steps begin at 0, 10 and 30.
        AssertRates(new CosineRestarts(0.2, 10, 2, 0.1), (0, 0.2), (5, 0.15), (10, 0.2), (20, 0.15), (30, 0.2), (50, 0.15));
    }

    [Fact]
    public void Milestones_lines_and_powers_fall_as_they_say()
    {
        AssertRates(new MilestoneRate(0.5, 0.1, 3, 6), (0, 0.5), (29, 0.5), (30, 0.05), (59, 0.05), (60, 0.005), (99, 0.005));
        AssertRates(new ExponentialRate(0.5, 0.5), (0, 0.5), (9, 0.5), (10, 0.25), (30, 0.0625));
        AssertRates(new PolynomialRate(0.99), (0, 0.99), (33, 0.66), (99, 0));
        AssertRates(new PolynomialRate(1, 0.1, 2), (0, 1), (66, 0.1 + (0.9 / 9)), (99, 0.1));
        AssertRates(new WarmUp(new PolynomialRate(0.8), 20), (0, 0.04), (9, 0.4), (19, 0.8), (20, 0.8), (99, 0));
    }

    [Fact]
    public void A_plateau_lowers_the_rate_when_validation_stands_still()
    {
        Assert.Equal(1, Rate(patience: 1, []));
        Assert.Equal(1, Rate(patience: 1, [3, 2, 1]));
        Assert.Equal(1, Rate(patience: 1, [3, 2, 2]));
        Assert.Equal(0.5, Rate(patience: 1, [3, 2, 2, 2]));
        Assert.Equal(0.5, Rate(patience: 1, [3, 2, 2, 2, 2]));
        Assert.Equal(0.25, Rate(patience: 1, [3, 2, 2, 2, 2, 2]));
        Assert.Equal(0.5, Rate(patience: 1, [3, 2, 2, 2, 2, 2], coolDown: 1));
        Assert.Equal(0.25, Rate(patience: 0, [3, 2, 1.9999, 1.99989], coolDown: 0)); // less than a ten-thousandth better is not better
        Assert.Equal(0.3, Rate(patience: 0, [3, 3, 3, 3, 3], lowest: 0.3));

        static double Rate(int patience, double[] losses, int coolDown = 0, double lowest = 0) =>
            new PlateauRate(1, 0.5, patience, 1e-4, coolDown, lowest).LearningRate(At(0) with { Validation = [.. losses.Select(loss => new ValidationScore(loss, 0))] });
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void One_cycle_without_a_rise_or_a_fall_stays_in_range(double fraction)
    {
        var schedule = new OneCycle(0.2, fraction);
        for (var steps = 1; steps <= 12; steps++)
            for (var step = 0; step < steps; step++)
                Assert.InRange(schedule.LearningRate(new ScheduleTime(step, steps, 1)), 0.2 / 25 / 10_000, 0.2);
    }

    [Fact]
    public void Every_schedule_has_an_answer_for_a_training_of_one_step()
    {
        foreach (var schedule in (Schedule[])[new ConstantRate(0.1, 5), new CosineRate(0.1, 0, 5), new CosineRate(0.1), new StepRate(0.1, 1), new OneCycle(0.1), new CyclicRate(0.01, 0.1, 4), new CosineRestarts(0.1, 3), new PolynomialRate(0.1), new WarmUp(new OneCycle(0.1), 5), new PlateauRate(0.1), new MilestoneRate(0.1, 0.1, 1), new ExponentialRate(0.1, 0.9)])
            Assert.InRange(schedule.LearningRate(new ScheduleTime(0, 1, 1)), 1e-9, 0.1);
    }

    [Fact]
    public void Invalid_settings_are_explained()
    {
        Says("The learning rate must be above 0: received 0.", () => new ConstantRate(0));
        Says("The learning rate must be above 0: received -0.5.", () => new CosineRate(-0.5));
        Says("The learning rate must be above 0: received NaN.", () => new StepRate(double.NaN, 3));
        Says("The highest learning rate must be above 0: received Infinity.", () => new OneCycle(double.PositiveInfinity));
        Says("The number of warm-up steps must be 0 or more: received -1.", () => new ConstantRate(0.1, -1));
        Says("The last learning rate must be 0 or more: received -0.1.", () => new CosineRate(0.1, -0.1));
        Says("The last learning rate must be 0 or more: received NaN.", () => new CosineRate(0.1, double.NaN));
        Says("The last learning rate must be 0 or more: received Infinity.", () => new CosineRate(0.1, double.PositiveInfinity));
        Says("The number of epochs between two steps must be 1 or more: received 0.", () => new StepRate(0.1, 0));
        Says("The factor of a step schedule must be between 0 and 1: received 1.5.", () => new StepRate(0.1, 3, 1.5));
        Says("The warm-up fraction must be between 0 and 1: received -0.1.", () => new OneCycle(0.1, -0.1));
        Says("The start divisor must be above 0: received 0.", () => new OneCycle(0.1, StartDivisor: 0));
        Says("The end divisor must be above 0: received 0.", () => new OneCycle(0.1, EndDivisor: 0));

        Says("Half a cycle must have at least 1 step: received 0.", () => new CyclicRate(0.1, 0.2, 0));
        Says("The highest learning rate of a cycle must not be below the lowest: received 0.1 and 0.2.", () => new CyclicRate(0.2, 0.1, 5));
        Says("Cycles cannot shrink: their factor must be 1 or more, received 0.", () => new CosineRestarts(0.2, 5, 0));
        Says("The epochs of a milestone schedule must be 1 or more and ascending: received 3, 3.", () => new MilestoneRate(0.2, 0.1, 3, 3));
        Says("The patience of a plateau schedule must be 0 epochs or more: received -1.", () => new PlateauRate(0.2, Patience: -1));

        static void Says(string message, Func<Schedule> make) => Assert.Equal(message, Assert.Throws<UsageException>(make).Message);
    }

    private static ScheduleTime At(long step) => new(step, 100, 10);

    private static void AssertRates(Schedule schedule, params ReadOnlySpan<(long Step, double Rate)> expected)
    {
        foreach (var (step, rate) in expected)
            Assert.Equal(rate, schedule.LearningRate(At(step)), Exact);
    }
}
