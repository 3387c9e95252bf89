using FeatureMap.Lanes;
using FeatureMap.Ops;

namespace FeatureMap.Networks;

/// <summary>
/// A network made ready to evaluate samples that are handed over as numbers, already normalised: what foreign judges compare with. Not for two callers at a time.
/// </summary>
internal sealed unsafe class NetworkRunner : IDisposable
{
    private readonly Network network;
    private readonly ThreadTeam team;
    private readonly Plan plan;
    private readonly Layer[] inputs;
    private readonly float[][] values;
    private readonly float[] output;
    private readonly int batch;

    /// <param name="weights">What computes.</param>
    /// <param name="batch">Samples of a run.</param>
    /// <param name="threads">Threads to use; the result does not depend on it.</param>
    public NetworkRunner(Weights weights, int batch, int threads = 1)
    {
        network = weights.Network;
        this.batch = batch;
        inputs = [.. network.Layers.Where(layer => layer.Op is null)];
        values = Array.ConvertAll(inputs, layer => new float[checked(batch * layer.Output.Count)]);
        output = new float[checked(batch * network.Output.Count)];
        team = new ThreadTeam(threads);
        plan = new Plan(new PlanRequest
        {
            Weights = weights,
            Batch = batch,
            Mode = ExecutionMode.Evaluation,
            HasGradients = false,
            Team = team,
            Load = made => (in item) => Fill(made, item),
            Consume = made => (in item) => ShardImages.Read(made.Output.At(item.Slot), item.Images, ShardImages.Part(output.AsSpan(), network.Output.Count, item)),
        });
        plan.Prepare();
    }

    /// <summary>Runs a whole batch.</summary>
    /// <param name="samples">For each input of the network, planar, sample after sample: channels x height x width.</param>
    /// <returns>The outputs in the same order; the array is used again by the next run.</returns>
    public float[] Run(params ReadOnlySpan<float[]> samples)
    {
        for (var i = 0; i < values.Length; i++)
            samples[i].CopyTo(values[i], 0);
        plan.Forward(batch);
        return output;
    }

    public void Dispose()
    {
        team.Dispose();
        plan.Dispose();
    }

    private void Fill(Plan made, in WorkItem item)
    {
        for (var input = 0; input < inputs.Length; input++)
            ShardImages.Write(ShardImages.Part(values[input].AsSpan(), inputs[input].Output.Count, item), inputs[input].Output, made.OutputOf(inputs[input].Index).At(item.Slot));
    }
}
