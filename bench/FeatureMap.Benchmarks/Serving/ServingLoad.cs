namespace FeatureMap.Benchmarks.Serving;

/// <summary>What a number of callers met in a length of time.</summary>
/// <param name="Callers">Callers that asked, each its next question when the last was answered.</param>
/// <param name="Seconds">How long they asked.</param>
/// <param name="Milliseconds">How long each answered question took, from asking to the answer.</param>
/// <param name="Refused">Questions answered with 503.</param>
/// <param name="Wrong">Answers that are not those of <c>Model.Predict</c>, to the bit.</param>
/// <param name="Lost">Questions without an answer: another status, or a cut connection.</param>
/// <param name="Batches">Batches that were computed.</param>
/// <param name="BatchSeconds">The time that they took together.</param>
/// <param name="Reloads">Times that a changed model was read.</param>
internal sealed record ServingLoad(
    int Callers, double Seconds, IReadOnlyList<double> Milliseconds, int Refused, int Wrong, int Lost, long Batches, double BatchSeconds,
    long Reloads)
{
    public double PerSecond => Milliseconds.Count / Seconds;

    public double BatchMilliseconds => 1_000 * BatchSeconds / Math.Max(1, Batches);

    public double PicturesPerBatch => (double)Milliseconds.Count / Math.Max(1, Batches);

    /// <summary>The time within which this share of the questions was answered.</summary>
    public double Within(double share) => Milliseconds.Count == 0 ? double.NaN
        : Milliseconds.Order().ElementAt((int)Math.Min(Milliseconds.Count - 1, share * Milliseconds.Count));
}
