using FeatureMap.Randomness;
using static FeatureMap.Lessons.ConceptOption;

namespace FeatureMap.Lessons;

/// <summary>One mask, and the mean over many.</summary>
internal sealed class DropoutConcept() : Concept(
    "dropout", "training switches numbers off at random and scales the others up", "Ops/Dropout/README.md",
    (Percent, [30]),
    (Input, [16]),
    (Seed, [0]))
{
    public override void Explain(ConceptValues values, ConceptPage page)
    {
        const int Masks = 1000;
        var (keep, count) = (1 - (values[Percent] / 100.0), values[Input]);
        var sums = new double[count];
        double[] first = [];
        for (var mask = 0; mask < Masks; mask++)
        {
            var random = new RandomSequence((ulong)values[Seed], RandomPurpose.Dropout, (uint)mask);
            var drawn = new double[count];
            for (var i = 0; i < count; i++)
                drawn[i] = random.NextDouble() < keep ? 1 / keep : 0;
            if (mask == 0) first = drawn;
            for (var i = 0; i < count; i++)
                sums[i] += drawn[i] / Masks;
        }

        page.Say($"y = m x / (1 - p) in training, y = x in evaluation: the mean over masks is x, the variance x^2 p / (1 - p) is added.");
        page.Row("mask", $"one mask for {count} numbers that are 1", first);
        page.Row("means", $"means over {Masks:N0} masks", [.. sums.Select(sum => Math.Round(sum, 3))]);
        page.Number("mean", "mean of all", sums.Average()).Number("variance", "added variance, p / (1 - p)", (1 - keep) / keep);
    }
}
