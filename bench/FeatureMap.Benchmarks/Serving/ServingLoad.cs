namespace FeatureMap.Benchmarks.Serving;

/// <summary>What a number of callers met in a length of time.</summary>
/// <param name="Callers">Callers that asked, each its next question when the last was answered.</param>
/// <param name="Seconds">How long it counted.</param>
/// <param name="Met">What the callers met.</param>
/// <param name="Service">What the service counted meanwhile.</param>
/// <param name="ServiceProcessorSeconds">Processor time of the service meanwhile.</param>
/// <param name="CallersProcessorSeconds">Processor time of the callers meanwhile.</param>
internal sealed record ServingLoad(
    int Callers, double Seconds, CallersReport Met, ServiceCounts Service, double ServiceProcessorSeconds, double CallersProcessorSeconds)
{
    public double PerSecond => Met.Milliseconds.Count / Seconds;

    /// <summary>Mean time to compute a batch.</summary>
    public double BatchMilliseconds => Service.BatchSeconds.Count == 0 ? double.NaN : 1_000 * Service.BatchSeconds.Average();

    public double PicturesPerBatch => (double)Service.QuestionSeconds.Count / Math.Max(1, Service.BatchSeconds.Count);

    /// <summary>The time within which this share of the callers' questions was answered.</summary>
    public double Within(double share) => Of(Met.Milliseconds, share);

    /// <summary>The same of the service alone: from the decoded picture in the queue to its answer.</summary>
    public double ServiceWithin(double share) => 1_000 * Of(Service.QuestionSeconds, share);

    /// <summary>Processor time for an answer, in microseconds.</summary>
    public double Each(double processorSeconds) => 1e6 * processorSeconds / Math.Max(1, Met.Milliseconds.Count);

    private static double Of(List<double> values, double share) => values.Count == 0 ? double.NaN
        : values.Order().ElementAt((int)Math.Min(values.Count - 1, share * values.Count));
}

/// <summary>What a service counted.</summary>
internal sealed class ServiceCounts
{
    /// <summary>The time of each batch.</summary>
    public List<double> BatchSeconds { get; } = [];

    /// <summary>The time of each question, from the decoded picture in the queue to its answer.</summary>
    public List<double> QuestionSeconds { get; } = [];

    /// <summary>Times that a changed model was read.</summary>
    public long Reloads { get; set; }
}
