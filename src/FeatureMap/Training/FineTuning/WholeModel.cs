using FeatureMap.Data;
using FeatureMap.Models;
using FeatureMap.Networks;

namespace FeatureMap.Training;

/// <summary>What a head that is trained by itself belongs to.</summary>
/// <param name="Start">The model with the body and the head as it began.</param>
/// <param name="Data">The images that the features are of.</param>
internal sealed record WholeModel(Model Start, SplitData Data)
{
    /// <summary>The model with the numbers of a trained head.</summary>
    public Model With(Weights head)
    {
        var weights = Start.Weights.Clone();
        weights.TakeFrom(head, partially: true);
        return new(weights, Start.Normalization, Start.ClassNames, Start.Preparation)
        {
            Fit = Data.Fit ?? Start.Fit,
            GivesQuantities = Start.GivesQuantities,
        };
    }
}
