using System.Security.Cryptography;
using FeatureMap.Data;

namespace FeatureMap.Zoo;

/// <summary>A file of weights that is known by its content, with what it does not say of itself.</summary>
/// <param name="Sha256">The sum of the file.</param>
/// <param name="Title">What it is, and under which licence.</param>
/// <param name="Preparation">How pictures were prepared for it.</param>
internal sealed record KnownWeights(string Sha256, string Title, Preparation Preparation)
{
    // ML.NET's own preparation is the graph ResNetPreprocess.onnx of the same package: the colours from RGB to BGR, minus a mean picture
    // whose means are these.
    private static readonly KnownWeights[] All =
    [
        new("e2552f19db2dfdb01b3669537b6a0f1b44da38d18279535492ed5dfc2ef1ff8f",
            "ML.NET's body of a ResNet-18 (Microsoft.ML.DnnImageFeaturizer.ResNet18 0.23.1, MIT)", Preparation.Bgr(103.06, 115.90, 123.15)),
    ];

    /// <summary>What is known of a file; null for nothing.</summary>
    /// <exception cref="DataException">The file cannot be read.</exception>
    public static KnownWeights? Of(string path)
    {
        try
        {
            using var stream = File.OpenRead(path);
            var sum = Convert.ToHexStringLower(SHA256.HashData(stream));
            return Array.Find(All, known => known.Sha256 == sum);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new DataException($"{path} cannot be read: {error.Message}", error);
        }
    }
}
