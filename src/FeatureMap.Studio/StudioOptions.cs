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
}
