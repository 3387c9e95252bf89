using System.Text.Json;

namespace FeatureMap.Benchmarks.Serving;

/// <summary>What callers are given: pictures as files, and the answers that each may get.</summary>
/// <param name="Files">The content of each picture.</param>
/// <param name="Truths">Of each model, the answer to each picture.</param>
internal sealed record CallersFolder(byte[][] Files, string[][] Truths)
{
    private const string TruthsName = "truths.json";

    public static CallersFolder Read(string folder)
    {
        var truths = JsonSerializer.Deserialize<string[][]>(File.ReadAllBytes(Path.Combine(folder, TruthsName)))!;
        return new([.. truths[0].Select((_, picture) => File.ReadAllBytes(PictureIn(folder, picture)))], truths);
    }

    public void Write(string folder)
    {
        foreach (var (picture, content) in Files.Index())
            File.WriteAllBytes(PictureIn(folder, picture), content);
        File.WriteAllBytes(Path.Combine(folder, TruthsName), JsonSerializer.SerializeToUtf8Bytes(Truths));
    }

    private static string PictureIn(string folder, int picture) => Path.Combine(folder, $"{picture}.png");
}
