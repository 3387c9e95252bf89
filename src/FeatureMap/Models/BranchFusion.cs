using FeatureMap.Networks;
using FeatureMap.Ops;

namespace FeatureMap.Models;

/// <summary>
/// Makes one convolution of branches that are added. Convolutions of one input with the same stride are linear, so their sum is the
/// convolution with the sum of their kernels, each in the middle
/// of the largest; a batch normalisation of the input itself is a kernel of one tap per channel: gamma / sqrt(variance + epsilon) in the
/// middle. Networks that are trained with branches for the sake of learning (<see cref="Blocks.BranchedBlocks.RepVggBlock"/>) are plain
/// afterwards. Source: Ding et al., "RepVGG", arXiv 2101.03697, section 3.3.
///</summary>
public static class BranchFusion
{
    /// <summary>
    /// An equal network (in evaluation, up to rounding) with its batch normalisations folded (<see cref="BatchNormFolding"/>), and one
    /// convolution in the place of every sum of branches that
    /// read one layer, are read by nobody else, keep the size alike and are convolutions without dilation or a batch normalisation. It
    /// has the name of the branch with the largest kernel.
    /// Sums of anything else stay.
    ///</summary>
    /// <param name="weights">The trained weights; they are not changed.</param>
    /// <returns>New weights, of a new network (<see cref="Weights.Network"/>).</returns>
    public static Weights Fuse(Weights weights)
    {
        ArgumentNullException.ThrowIfNull(weights);
        var folded = BatchNormFolding.Fold(weights);
        var network = folded.Network;
        var readers = network.CountReaders();
        var sums = network.Layers.Where(layer => layer.Op is Add).Select(sum => (sum.Index, Branches: BranchesOf(network, sum, readers)))
            .Where(sum => sum.Branches is not null).ToDictionary(sum => sum.Index, sum => sum.Branches!);
        if (sums.Count == 0) return folded;
        var gone = sums.Values.SelectMany(branches => branches).Select(branch => branch.Index).ToHashSet();

        var result = folded.Derive(
            network.Rewrite((layer, inputs) =>
                gone.Contains(layer.Index) ? inputs[0]
                : sums.TryGetValue(layer.Index, out var branches) && Largest(branches) is var largest ? inputs[0].Then(OpCatalogue.With(largest.Op!, "bias", true), largest.Name)
                : null),
            parameter => !folded.Has(parameter.Name)); // a new bias, still 0
        foreach (var branches in sums.Values)
        {
            var largest = Largest(branches);
            foreach (var branch in branches.Where(branch => branch != largest)) Add(result, largest, folded, branch);
        }
        return result;
    }

    /// <summary>The same for a model: what it predicts stays, up to rounding.</summary>
    public static Model Fuse(Model model)
    {
        ArgumentNullException.ThrowIfNull(model);
        return model.With(Fuse(model.Weights), isSame: true);
    }

    private static Layer Largest(List<Layer> branches) =>
        branches.Where(branch => branch.Op is Conv2d).MaxBy(branch => ((Conv2d)branch.Op!).Kernel is var kernel ? kernel.Vertical * kernel.Horizontal : 0)!;

    /// <summary>What a sum adds up, where one convolution can do that; else null.</summary>
    private static List<Layer>? BranchesOf(Network network, Layer sum, IReadOnlyList<int> readers)
    {
        var branches = sum.Inputs.Select(input => network.Layers[input]).ToList();
        if (branches.Any(branch => branch.Op is not (Conv2d or BatchNorm) || readers[branch.Index] != 1 || branch.Inputs[0] != branches[0].Inputs[0] || branch.Output != sum.Output)) return null;
        var convolutions = branches.Select(branch => branch.Op).OfType<Conv2d>().ToList();
        if (convolutions.Count == 0 || branches.Distinct().Count() != branches.Count) return null;
        var first = convolutions[0];
        if (!convolutions.TrueForAll(one => one.Stride == first.Stride && one.Groups == first.Groups && one.Dilation == 1 && one.Padding == Padding.Half(one.Kernel) && IsOdd(one.Kernel))) return null;
        var isIdentity = branches.Exists(branch => branch.Op is BatchNorm);
        if (isIdentity && first.Stride != 1) return null;
        // The others must fit inside the largest kernel on both axes.
        var largest = ((Conv2d)Largest(branches).Op!).Kernel;
        return convolutions.TrueForAll(one => one.Kernel.Vertical <= largest.Vertical && one.Kernel.Horizontal <= largest.Horizontal) ? branches : null;
    }

    private static bool IsOdd(PerAxis kernel) => kernel.Vertical % 2 == 1 && kernel.Horizontal % 2 == 1;

    private static void Add(Weights result, Layer into, Weights weights, Layer branch)
    {
        var (kernel, channels) = (((Conv2d)into.Op!).Kernel, into.Output.Channels);
        var weight = result[$"{into.Name}.weight"].Values;
        var bias = result[$"{into.Name}.bias"].Values;
        var read = weight.Length / (channels * kernel.Vertical * kernel.Horizontal); // input channels of a group
        if (branch.Op is BatchNorm norm)
        {
            var mean = weights[$"{branch.Name}.running_mean"].Values;
            var variance = weights[$"{branch.Name}.running_var"].Values;
            for (var channel = 0; channel < channels; channel++)
            {
                var factor = (norm.IsAffine ? weights[$"{branch.Name}.weight"].Values[channel] : 1) / Math.Sqrt((double)variance[channel] + norm.Epsilon);
                weight[At(channel, channel % read, kernel.Vertical / 2, kernel.Horizontal / 2)] += (float)factor;
                bias[channel] += (float)((norm.IsAffine ? weights[$"{branch.Name}.bias"].Values[channel] : 0) - (mean[channel] * factor));
            }
            return;
        }
        var small = ((Conv2d)branch.Op!).Kernel;
        var added = weights[$"{branch.Name}.weight"].Values;
        var (down, right) = ((kernel.Vertical - small.Vertical) / 2, (kernel.Horizontal - small.Horizontal) / 2);
        var next = 0;
        for (var channel = 0; channel < channels; channel++)
            for (var input = 0; input < read; input++)
                for (var row = 0; row < small.Vertical; row++)
                    for (var column = 0; column < small.Horizontal; column++)
                        weight[At(channel, input, row + down, column + right)] += added[next++];
        if (((Conv2d)branch.Op!).HasBias)
            for (var channel = 0; channel < channels; channel++) bias[channel] += weights[$"{branch.Name}.bias"].Values[channel];

        int At(int channel, int input, int row, int column) => (((((channel * read) + input) * kernel.Vertical) + row) * kernel.Horizontal) + column;
    }
}
