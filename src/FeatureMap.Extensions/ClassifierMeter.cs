using System.Diagnostics.Metrics;

namespace FeatureMap.Extensions;

/// <summary>What a monitor may read: the meter <c>FeatureMap.Extensions</c>, each value with the name of its classifier.</summary>
internal static class ClassifierMeter
{
    private static readonly Meter Meter = new("FeatureMap.Extensions");

    /// <summary>Questions, with what became of them: answered, refused, failed, cancelled.</summary>
    public static readonly Counter<long> Questions = Meter.CreateCounter<long>(
        "featuremap.questions", "{question}", "Questions and what became of them");

    /// <summary>Questions that wait.</summary>
    public static readonly UpDownCounter<long> Waiting = Meter.CreateUpDownCounter<long>(
        "featuremap.queue.length", "{question}", "Questions that wait");

    /// <summary>Pictures of a batch.</summary>
    public static readonly Histogram<long> BatchSize = Meter.CreateHistogram<long>(
        "featuremap.batch.size", "{picture}", "Pictures computed together");

    /// <summary>Time to compute a batch.</summary>
    public static readonly Histogram<double> BatchSeconds = Meter.CreateHistogram<double>(
        "featuremap.batch.duration", "s", "Time to compute a batch");

    /// <summary>Time from a decoded picture in the queue to its answer.</summary>
    public static readonly Histogram<double> QuestionSeconds = Meter.CreateHistogram<double>(
        "featuremap.question.duration", "s", "Time from a decoded picture in the queue to its answer");

    /// <summary>Times the file was read again, with the outcome.</summary>
    public static readonly Counter<long> Reloads = Meter.CreateCounter<long>(
        "featuremap.reloads", "{reload}", "Times the file was read again");
}
