using System.Text.Json;
using System.Text.Json.Serialization;

namespace FeatureMap.Benchmarks.Pairing;

/// <summary>
/// Finished matches, one line of JSON each, written as soon as a match is done: a run that was stopped goes on where it was. A line counts
/// only for the machine, the versions (our build among them) and the schedule that it was measured with.
/// </summary>
public sealed class ResultFile
{
    private static readonly JsonSerializerOptions options = new()
    {
        Converters = { new JsonStringEnumConverter() },
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    private readonly string path;
    private readonly string conditions;
    private readonly Dictionary<MatchKey, Match> matches = [];

    /// <summary>Reads what is there.</summary>
    /// <param name="path">The file; it is made with the first match.</param>
    /// <param name="conditions">Machine, versions and schedule of this run.</param>
    public ResultFile(string path, string conditions)
    {
        (this.path, this.conditions) = (path, conditions);
        foreach (var line in File.Exists(path) ? File.ReadLines(path) : [])
        {
            // The last line of a run that was killed may be half a line.
            if (!line.EndsWith('}')) continue;
            var row = JsonSerializer.Deserialize<Row>(line, options)!;
            if (row.Conditions == conditions) matches[row.Match.Key] = row.Match;
            else Others++;
        }
    }

    /// <summary>Lines that were measured under other conditions; they stay in the file and count for nothing.</summary>
    public int Others { get; }

    public Match? Find(MatchKey key) => matches.GetValueOrDefault(key);

    public void Add(Match match)
    {
        matches[match.Key] = match;
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        var startsAtNewLine = !File.Exists(path) || File.ReadAllBytes(path) is not [.., not (byte)'\n'];
        var row = JsonSerializer.Serialize(new Row(conditions, DateTimeOffset.UtcNow, match), options);
        File.AppendAllText(path, $"{(startsAtNewLine ? "" : "\n")}{row}\n");
    }

    private sealed record Row(string Conditions, DateTimeOffset Measured, Match Match);
}
