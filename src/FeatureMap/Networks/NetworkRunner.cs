using FeatureMap.Ops;

namespace FeatureMap.Networks;

/// <summary>
/// A network made ready to evaluate samples that are handed over as numbers, already normalised: what foreign judges compare with. Not for two callers at a time.
/// </summary>
internal sealed class NetworkRunner : IDisposable
{
    private readonly IEngine engine;
    private readonly IExecutable executable;
    private readonly ArrayFeed feed;
    private readonly ArrayReader reader;
    private readonly int batch;

    /// <param name="weights">What computes.</param>
    /// <param name="batch">Samples of a run.</param>
    /// <param name="threads">Threads to use; the result does not depend on it.</param>
    public NetworkRunner(Weights weights, int batch, int threads = 1)
    {
        this.batch = batch;
        (feed, reader) = (new ArrayFeed(weights.Network, batch), new ArrayReader(weights.Network.Layers[^1], batch));
        engine = new LaneEngine(threads);
        executable = engine.Prepare(new EngineRequest
        {
            Weights = weights,
            Batch = batch,
            Mode = ExecutionMode.Evaluation,
            HasGradients = false,
            Feed = feed,
            Reader = reader,
        });
        executable.Prepare();
    }

    /// <summary>Runs a whole batch.</summary>
    /// <param name="samples">For each input of the network, planar, sample after sample: channels x height x width.</param>
    /// <returns>The outputs in the same order; the array is used again by the next run.</returns>
    public float[] Run(params ReadOnlySpan<float[]> samples)
    {
        for (var i = 0; i < feed.Count; i++)
            samples[i].CopyTo(feed.Of(i), 0);
        executable.Forward(batch);
        return reader.Values;
    }

    public void Dispose()
    {
        engine.Dispose();
        executable.Dispose();
    }
}
