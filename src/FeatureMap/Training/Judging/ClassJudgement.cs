namespace FeatureMap.Training;

/// <summary>How well one class is told from the others.</summary>
/// <param name="Name">The class.</param>
/// <param name="Support">Its images.</param>
/// <param name="Answers">Images that were taken for it.</param>
/// <param name="Right">Images of it that were taken for it.</param>
public sealed record ClassJudgement(string Name, int Support, int Answers, int Right)
{
    /// <summary>Part of what was taken for it that is of it; 0 where nothing was (<see cref="IsNeverAnswered"/>).</summary>
    public double Precision => Answers == 0 ? 0 : (double)Right / Answers;

    /// <summary>Part of its images that were taken for it; not a number where it has none.</summary>
    public double Recall => Support == 0 ? double.NaN : (double)Right / Support;

    /// <summary>2 precision x recall / (precision + recall) = 2 right / (answers + support); not a number for a class without
    /// images.</summary>
    public double F1 => Support == 0 ? double.NaN : 2.0 * Right / (Answers + Support);

    /// <summary>Whether it has images and nothing was taken for it: its precision counts as 0.</summary>
    public bool IsNeverAnswered => Support > 0 && Answers == 0;
}

/// <summary>Precision, recall and F1 over several classes.</summary>
/// <param name="Precision">Precision.</param>
/// <param name="Recall">Recall.</param>
/// <param name="F1">F1: the mean of those of the classes, not the F1 of the two means.</param>
public readonly record struct ClassMeans(double Precision, double Recall, double F1);

/// <summary>An image that was taken for another class.</summary>
/// <param name="Image">Its place in the set.</param>
/// <param name="File">How it is called: its file, where it has one.</param>
/// <param name="Truth">Its class.</param>
/// <param name="Answer">The class it was taken for.</param>
/// <param name="Probability">How sure the model was of the answer, 0 to 1.</param>
public sealed record Mistake(int Image, string File, string Truth, string Answer, double Probability);

/// <summary>What a model said of one image.</summary>
/// <param name="Truth">Its label.</param>
/// <param name="Answer">The label with the highest probability; among equal ones the lowest.</param>
/// <param name="Probability">The probability of the answer, 0 to 1.</param>
/// <param name="TruthProbability">The probability of the true label.</param>
/// <param name="TruthRank">The place of the true label among the answers, 1 for the answer itself.</param>
public readonly record struct ImageJudgement(int Truth, int Answer, double Probability, double TruthProbability, int TruthRank)
{
    /// <summary>Whether the answer is the true label.</summary>
    public bool IsRight => Answer == Truth;
}
