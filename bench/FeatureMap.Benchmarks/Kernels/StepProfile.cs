using System.Diagnostics;
using FeatureMap.Benchmarks.Networks;
using FeatureMap.Benchmarks.Pairing;
using FeatureMap.Networks;

namespace FeatureMap.Benchmarks.Kernels;

/// <summary>Where the time of a training step goes: each phase of the plan, on one thread, medians are not needed for shares.</summary>
internal static class StepProfile
{
    public static void Run(NetworkSpecification specification, int batch, int threads, int steps, TextWriter output)
    {
        using var session = EngineContender.CreateSession(specification.Network, new FixedBatch(specification.Network, batch), threads);
        var executor = ((Plan)session.Executable).Executor;
        for (var i = 0; i < Math.Max(3, steps / 4); i++)
            session.Step();
        executor.IsMeasuring = true;
        foreach (var stage in executor.Stages)
            Array.Clear(stage.Ticks);
        var start = Stopwatch.GetTimestamp();
        for (var i = 0; i < steps; i++)
            session.Step();
        var wall = Stopwatch.GetElapsedTime(start).TotalMicroseconds / steps;
        output.WriteLine($"{specification.Name}: {wall:F0} us per step of {batch} images on {threads} threads = {batch * 1e6 / wall:F0} images/s; microseconds over all threads:");
        double all = 0;
        for (var number = 0; number < executor.Stages.Count; number++)
        {
            var stage = executor.Stages[number];
            for (var i = 0; i < stage.Phases.Count; i++)
            {
                var time = stage.Ticks[i] * 1e6 / Stopwatch.Frequency / steps;
                all += time;
                output.WriteLine($"  stage {number,2} {(stage.IsPerShard ? "shards" : "items "),-7} {stage.Phases[i].Layer,-12} {stage.Phases[i].Action.Method.Name,-22} {time,8:F0} us {time / (wall * threads),6:P1}");
            }
        }
        output.WriteLine($"  in phases {all / (wall * threads):P1} of the threads' time; the rest waits or schedules");
    }
}
