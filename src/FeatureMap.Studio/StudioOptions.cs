namespace FeatureMap.Studio;

/// <summary>How a <see cref="StudioHost"/> is started. It listens on the loopback address only; nothing here widens that.</summary>
public sealed record StudioOptions
{
    /// <summary>
    /// The port where nothing else is said. It stays the same from start to start, because a browser keeps what you have done by address
    /// and port.
    /// </summary>
    public const int UsualPort = 4747;

    /// <summary>The port of 127.0.0.1 to listen on, 0 for any that is free.</summary>
    public int Port { get; init; } = UsualPort;

    /// <summary>The folder whose model files and ONNX files may be tried; none where null.</summary>
    public string? Project { get; init; }

    /// <summary>Folders, archives and tables of pictures that may be looked at, beside the sets that are found on this machine.</summary>
    public IReadOnlyList<string> Data { get; init; } = [];

    /// <summary>The folder of training runs, whose models may be tried; none where null.</summary>
    public string? Runs { get; init; }

    /// <summary>The program that trains; where null, nothing is begun from the studio, and its pages show the command.</summary>
    public TrainingTool? Tool { get; init; }
}
