using FeatureMap.Lanes;

namespace FeatureMap.Networks;

/// <summary>The engine of this library: every image in a lane of the processor's registers, on a team of threads.</summary>
/// <param name="threads">Threads to use; 0 means one per logical processor. No result depends on it.</param>
/// <param name="width">SIMD register width; no result depends on it.</param>
/// <exception cref="UsageException">The number of threads is out of range.</exception>
internal sealed class LaneEngine(int threads = 0, LaneWidth width = LaneWidth.Automatic) : IEngine
{
    private readonly ThreadTeam team = new(ThreadTeam.Count(threads));

    public int Threads => team.Threads;

    public IExecutable Prepare(EngineRequest request) =>
        SinglesPlan.Of(request, team, width) ?? (IExecutable)new Plan(StripLayout.Of(request) ?? request, team, width);

    public ISharedExecutable PrepareShared(EngineRequest request) => new SharedPlan(request, team, width);

    /// <summary>Ends the threads. What was made ready must not run any more, and is its owner's to dispose.</summary>
    public void Dispose() => team.Dispose();
}
