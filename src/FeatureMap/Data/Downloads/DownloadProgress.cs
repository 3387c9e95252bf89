namespace FeatureMap.Data;

/// <summary>How far the download of one file is.</summary>
/// <param name="File">Name of the file.</param>
/// <param name="Bytes">Bytes here so far, those of an earlier attempt included.</param>
/// <param name="Total">Bytes of the whole file; null where the server does not say.</param>
/// <param name="Mirror">Where it comes from.</param>
public readonly record struct DownloadProgress(string File, long Bytes, long? Total, Uri Mirror);
