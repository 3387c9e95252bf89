using FeatureMap.Analysis;
using FeatureMap.Networks;
using static FeatureMap.Lessons.ConceptOption;

namespace FeatureMap.Lessons;

/// <summary>The gradient of one unit behind plain layers and behind blocks with a skip.</summary>
internal sealed class ResidualConcept() : Concept(
    "residual", "x + F(x): the gradient passes any depth along the skip", "Ops/Add/README.md",
    (Layers, [8]),
    (Channels, [16]),
    (Kernel, [3]),
    (Seed, [0]))
{
    private const int MostChannels = 64, MostKernel = 7;

    public override void Explain(ConceptValues values, ConceptPage page)
    {
        var (layers, channels, kernel) = (values[Layers], values[Channels], values[Kernel]);
        if (channels > MostChannels || kernel > MostKernel) throw new UsageException($"Up to {MostChannels} channels and kernels up to {MostKernel} are measured here: received {channels} and {kernel}.");
        var shape = Shape.Image(channels, 9, 9);
        var (plain, skips) = (new double[layers], new double[layers]);
        for (var depth = 1; depth <= layers; depth++)
        {
            plain[depth - 1] = Gradient(depth, isResidual: false);
            skips[depth - 1] = Gradient(depth, isResidual: true);
        }

        page.Say($"dE/dx_l = dE/dx_L (1 + d/dx_l of the sum of all F): the 1 cannot vanish. Weights start small here (standard deviation 0.02):");
        page.Row("plain", "gradient by the image behind 1, 2, ... plain layers, in % of the input's", plain);
        page.Row("residual", "the same with a skip around each layer", skips);

        double Gradient(int depth, bool isResidual)
        {
            var network = Network.Build(shape, x => Enumerable.Range(0, depth).Aggregate(x, (y, _) =>
            {
                var inner = y.Conv(channels, kernel, padding: Padding.Half(kernel), bias: false, initializer: Initializer.Normal(0.02f)).Relu();
                return isResidual ? y.Add(inner) : inner;
            }));
            var field = MeasuredField.Effective(network, network.Layers[^1].Name, draws: 2, seed: (ulong)values[Seed]);
            return 100 * Enumerable.Range(0, 81).Sum(i => field[i / 9, i % 9]) / channels;
        }
    }
}
