using System.Text.Json.Nodes;
using FeatureMap.Workbench;

namespace FeatureMap.Cli;

/// <summary>What <c>predict</c> says of masks.</summary>
internal static class MaskText
{
    private const int MostClasses = 6;

    public static void Write(MaskPredictions made, Terminal terminal)
    {
        if (made.Answers.Count == 0) return;
        // Of many classes the largest areas are enough here; the table has all.
        var table = new TextTable("picture", "mask", "areas");
        foreach (var answer in made.Answers)
        {
            var areas = made.ClassNames.Index().OrderByDescending(one => answer.Pixels[one.Index]).ThenBy(one =>
                one.Index).Take(MostClasses)
                .Where(one => answer.Pixels[one.Index] > 0).Select(one => $"{one.Item} {answer.Share(one.Index) * 100:0.0} %");
            table.Add(answer.Path, answer.File, string.Join(", ", areas));
        }
        table.Write(terminal.Output);
    }

    public static JsonObject Document(MaskPredictions made) => new()
    {
        ["classes"] = new JsonArray([.. made.ClassNames.Select(name => JsonValue.Create(name))]),
        ["masks"] = new JsonArray([.. made.Answers.Select(answer => new JsonObject
        {
            ["image"] = answer.Path,
            ["mask"] = answer.File,
            ["height"] = answer.Height,
            ["width"] = answer.Width,
            ["pixels"] = new JsonArray([.. answer.Pixels.Select(count => JsonValue.Create(count))]),
        })]),
        ["errors"] = new JsonArray([.. made.Failures.Select(failure => new JsonObject { ["image"] = failure.Path,
            ["message"] = failure.Message })]),
    };
}
