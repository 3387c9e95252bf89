namespace FeatureMap.Training;

/// <summary>What must hold of probabilities and labels before anything is counted.</summary>
internal static class ProbabilityTable
{
    /// <exception cref="DataException">The lengths differ, there are no images, a label is out of range, or a number is no
    /// probability.</exception>
    public static void Check(IReadOnlyList<IReadOnlyList<double>> probabilities, IReadOnlyList<int> labels, int classes)
    {
        if (probabilities.Count != labels.Count)
            throw new DataException($"Each image needs its probabilities and its label: received those of {probabilities.Count:N0} images "
                + $"and {labels.Count:N0} labels.");
        if (probabilities.Count == 0) throw new DataException("There are no images to be judged: one at least is needed.");
        for (var image = 0; image < probabilities.Count; image++)
        {
            var own = probabilities[image];
            if (own.Count != classes)
                throw new DataException($"Image {image} has {own.Count:N0} probabilities: with {classes:N0} classes each needs as many.");
            if ((uint)labels[image] >= (uint)classes)
                throw new DataException($"The label of image {image} is {labels[image]}: with {classes:N0} classes they are 0 to "
                    + $"{classes - 1:N0}.");
            for (var label = 0; label < classes; label++)
                if (!(own[label] >= 0 && own[label] <= 1))
                    throw new DataException(double.IsNaN(own[label])
                        ? $"What the network gives for image {image} is not a number, so nothing can be judged. Its weights or its "
                            + "normalisation are broken."
                        : $"The probability of class {label} of image {image} is {own[label]}: expected 0 to 1. Of scores make "
                            + "probabilities first, by a softmax or a sigmoid.");
        }
    }
}
