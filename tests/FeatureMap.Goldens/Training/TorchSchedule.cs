using FeatureMap.Training;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.optim.lr_scheduler;
using CyclicLR = TorchSharp.torch.optim.lr_scheduler.impl.CyclicLR;

namespace FeatureMap.Goldens.Training;

/// <summary>
/// The learning rates of PyTorch's schedulers with the parameters that mean the same. Ours reach their last rate at the last step, so what PyTorch calls T_max or
/// total_iters is one less than the steps; what begins anew (after a warm-up, at a restart) is a new scheduler there.
/// </summary>
internal static class TorchSchedule
{
    public static double[] Rates(Schedule ours, int steps, IReadOnlyList<double> validation) => ours switch
    {
        ConstantRate { WarmUpSteps: 0 } constant => Follow(constant.Rate, steps, optimizer => ConstantLR(optimizer, factor: 1)),
        ConstantRate constant => Warmed(constant.Rate, constant.WarmUpSteps, Rates(new ConstantRate(constant.Rate), steps - (int)constant.WarmUpSteps, validation)),
        StepRate { WarmUpSteps: 0 } step => Follow(step.Start, steps, optimizer => StepLR(optimizer, step.EveryEpochs, step.Factor)),
        MilestoneRate milestones => Follow(milestones.Start, steps, optimizer => MultiStepLR(optimizer, [.. milestones.Epochs], milestones.Factor)),
        ExponentialRate exponential => Follow(exponential.Start, steps, optimizer => ExponentialLR(optimizer, exponential.Factor)),
        CosineRate { WarmUpSteps: 0 } cosine => Follow(cosine.Start, steps, optimizer => CosineAnnealingLR(optimizer, steps - 1, cosine.End)),
        CosineRate cosine => Warmed(cosine.Start, cosine.WarmUpSteps, Rates(new CosineRate(cosine.Start, cosine.End), steps - (int)cosine.WarmUpSteps, validation)),
        CosineRestarts restarts => Restarted(restarts, steps),
        OneCycle cycle => Follow(
            cycle.Max, steps,
            optimizer => OneCycleLR(optimizer, cycle.Max, total_steps: steps, pct_start: cycle.WarmUpFraction, cycle_momentum: false, div_factor: cycle.StartDivisor, final_div_factor: cycle.EndDivisor)),
        CyclicRate cyclic => Follow(
            cyclic.Low, steps,
            optimizer => CyclicLR(optimizer, cyclic.Low, cyclic.High, (int)cyclic.HalfCycleSteps, scale_fn: number => Height(cyclic, number), scale_mode: ScaleMode(cyclic.Mode), cycle_momentum: false)),
        PolynomialRate { Power: 1 } line => Follow(line.Start, steps, optimizer => LinearLR(optimizer, 1, line.End / line.Start, steps - 1)),
        PolynomialRate { End: 0 } polynomial => Follow(polynomial.Start, steps, optimizer => PolynomialLR(optimizer, steps - 1, polynomial.Power)),
        WarmUp warmUp => Warmed(Rates(warmUp.Then, steps - (int)warmUp.Steps, validation)[0], warmUp.Steps, Rates(warmUp.Then, steps - (int)warmUp.Steps, validation)),
        PlateauRate plateau => Follow(
            plateau.Start, steps, optimizer => ReduceLROnPlateau(optimizer, "min", plateau.Factor, plateau.Patience, plateau.Threshold, "rel", plateau.CoolDown, [plateau.Lowest]),
            (scheduler, step) => scheduler.step(validation[step])),
        _ => throw new NotSupportedException($"{ours} has no translation to libtorch."),
    };

    // PyTorch's own functions of the cycle (from 1) or of the step. TorchSharp 0.107 has them too, but counts cycles in exp_range, where PyTorch counts steps.
    private static double Height(CyclicRate cyclic, double number) => cyclic.Mode switch
    {
        CyclicMode.Triangular => 1,
        CyclicMode.Triangular2 => 1 / Math.Pow(2, number - 1),
        _ => Math.Pow(cyclic.Factor, number),
    };

    private static CyclicLR.ScaleMode ScaleMode(CyclicMode mode) => mode == CyclicMode.ExponentialRange ? CyclicLR.ScaleMode.Iterations : CyclicLR.ScaleMode.Cycle;

    // A linear warm-up: from 1 / n of the rate to all of it in n steps.
    private static double[] Warmed(double rate, long warmUp, double[] rest) =>
        [.. Follow(rate, (int)warmUp, optimizer => LinearLR(optimizer, 1.0 / warmUp, 1, (int)warmUp - 1)), .. rest];

    private static double[] Restarted(CosineRestarts restarts, int steps)
    {
        var rates = new List<double>();
        for (var length = (int)restarts.CycleSteps; rates.Count < steps; length *= restarts.CycleFactor)
            rates.AddRange(Follow(restarts.Start, length, optimizer => CosineAnnealingLR(optimizer, length, restarts.End)));
        return [.. rates.Take(steps)];
    }

    private static double[] Follow(double start, int steps, Func<optim.Optimizer, LRScheduler> make, Action<LRScheduler, int>? advance = null)
    {
        var optimizer = optim.SGD([new Parameter(zeros(1))], start);
        var scheduler = make(optimizer);
        var rates = new double[steps];
        for (var step = 0; step < steps; step++)
        {
            rates[step] = optimizer.ParamGroups.First().LearningRate;
            optimizer.step();
            if (advance is null) scheduler.step();
            else advance(scheduler, step);
        }
        return rates;
    }
}
