using FeatureMap.Data;

namespace FeatureMap.Extensions;

/// <summary>How a model of a service is asked. Bound from configuration, or set where it is registered.</summary>
public sealed class ImageClassifierOptions
{
    /// <summary>The folder of a run, or a <c>model.safetensors</c> with its <c>network.json</c> beside it.</summary>
    public string Path { get; set; } = "";

    /// <summary>How pictures of another size are made to fit, <c>crop</c>, <c>pad</c> or <c>squash</c>, where the model does not say it.
    /// Empty: they are refused.</summary>
    public string Fit { get; set; } = "";

    /// <summary>Reads pictures of kinds that the library does not, such as the <c>VipsDecoder</c> of the package <c>FeatureMap.Vips</c>;
    /// null for the library alone.</summary>
    public IPictureDecoder? Decoder { get; set; }

    /// <summary>
    /// Pictures that a thread computes together at most: 16, as many as ride in the registers side by side. Those that wait are taken;
    /// nobody waits for a batch to fill.
    /// </summary>
    public int BatchLimit { get; set; } = 16;

    /// <summary>Questions that may wait at most. One more is refused with <see cref="QueueFullException"/>.</summary>
    public int QueueLimit { get; set; } = 256;

    /// <summary>
    /// Threads that compute, each a batch of its own, or all one picture where nothing else waits; 0 means one per logical processor. The
    /// answers do not depend on it.
    /// </summary>
    public int Threads { get; set; }

    /// <summary>
    /// Whether probabilities are those at the temperature that the model keeps (<see cref="Models.Model.Calibrated"/>); a model without one
    /// is refused then. False: the temperature is not used, and the log says so.
    /// </summary>
    public bool Calibrated { get; set; }

    /// <summary>How often the file is looked at, to read it again when it has changed. Zero: never.</summary>
    public TimeSpan ReloadInterval { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>The numbers that are in range, and what is not.</summary>
    /// <exception cref="UsageException">One is out of range.</exception>
    internal ImageFit? Check()
    {
        if (Path.Length == 0)
            throw new UsageException("ImageClassifierOptions.Path is empty: name the folder of a run, or a model.safetensors with its "
                + "network.json beside it.");
        if (BatchLimit is < 1 or > 4_096) throw Out(nameof(BatchLimit), "from 1 to 4,096", $"{BatchLimit}");
        if (QueueLimit is < 1 or > 1_000_000) throw Out(nameof(QueueLimit), "from 1 to 1,000,000", $"{QueueLimit}");
        if (Threads is < 0 or > 1_024) throw Out(nameof(Threads), "from 0 to 1,024", $"{Threads}");
        if (ReloadInterval != TimeSpan.Zero
            && (ReloadInterval < TimeSpan.FromMilliseconds(1) || ReloadInterval > TimeSpan.FromDays(1)))
            throw Out(nameof(ReloadInterval), "zero, or from 1 millisecond to 1 day", $"{ReloadInterval}");
        return Fit.Length == 0 ? null : ImageFit.Parse(Fit);

        static UsageException Out(string name, string range, string received) =>
            new($"ImageClassifierOptions.{name} is {range}: received {received}.");
    }
}
