namespace FeatureMap.Data;

/// <summary>How long a download may take, and who is told about it.</summary>
public sealed record DownloadOptions
{
    /// <summary>How long the first mirror may take to answer; when it does not, the others get half of it each.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>How long a transfer may stand still before it is taken up again.</summary>
    public TimeSpan StallTimeout { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>How long the whole may take.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>Told about every file that is downloaded, from a thread of the pool.</summary>
    public IProgress<DownloadProgress>? Progress { get; init; }

    /// <summary>Stops the download; what is here so far is kept and taken up by the next one.</summary>
    public CancellationToken Cancellation { get; init; }
}
