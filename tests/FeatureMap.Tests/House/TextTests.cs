using System.Globalization;
using System.Text.RegularExpressions;
using FeatureMap.Cli;
using Xunit;

namespace FeatureMap.Tests.House;

public sealed partial class TextTests
{
    private const int MostLines = 600, MostColumns = 140;
    private const string LongLinesVariable = "FEATUREMAP_UPDATE_LONG_LINES";

    [Fact]
    public void No_source_file_is_longer_than_600_lines() =>
        Guard.None(AllSources().Select(file => (file, Lines: File.ReadLines(file).Count())).Where(found => found.Lines > MostLines)
            .Select(found => $"{Repository.Short(found.file)} has {found.Lines} lines; at most {MostLines} are wanted. Split it by what its parts are about."));

    /// <summary>
    /// Lines end at 140 columns. Those that were longer before this was checked are counted by folder, and the counts only fall: a room
    /// gets shorter lines when somebody works in it.
    /// </summary>
    [Fact]
    public void No_folder_gets_more_lines_of_over_140_columns()
    {
        var path = Path.Combine(Repository.Root, "tests/FeatureMap.Tests/House/long-lines.txt");
        var found = AllSources().ToLookup(
            file => string.Join('/', Repository.Short(file).Split('/')[..^1].Take(3)),
            file => File.ReadLines(file).Count(line => line.Length > MostColumns)).Select(folder => (folder.Key, Lines: folder.Sum())).ToList();
        if (Environment.GetEnvironmentVariable(LongLinesVariable) == "1")
            File.WriteAllLines(path, found.Where(folder => folder.Lines > 0).Select(folder => $"{folder.Lines} {folder.Key}"));
        var most = File.ReadLines(path).Select(line => line.Split(' '))
            .ToDictionary(line => line[1], line => int.Parse(line[0], CultureInfo.InvariantCulture));
        Guard.None(found.Where(folder => folder.Lines > most.GetValueOrDefault(folder.Key)).Select(folder =>
            $"{folder.Key} has {folder.Lines} lines of more than {MostColumns} columns, and had {most.GetValueOrDefault(folder.Key)}. "
                + "Break the new ones: "
            + $"git diff -U0 | grep -E '^[+].{{{MostColumns + 1}}}' shows them. Where files moved, run this once with "
            + $"{LongLinesVariable}=1; the sum must not grow."));
    }

    [Fact]
    public void Nothing_is_left_for_later() =>
        Guard.None(Repository.Sources("src").SelectMany(file => File.ReadLines(file).Index().Where(line => Unfinished().IsMatch(line.Item)).Select(line => $"{Repository.Short(file)}:{line.Index + 1}: {line.Item.Trim()}")));

    [Fact]
    public void No_text_names_a_place_of_one_machine() =>
        Guard.None(Repository.Texts().SelectMany(file => File.ReadLines(file).Index().Where(line => MachinePath().IsMatch(line.Item)).Select(line => $"{Repository.Short(file)}:{line.Index + 1}: {line.Item.Trim()}")));

    /// <summary>
    /// Whoever calls the library from a program has no flags; <c>FlagNames</c> of the tool says them for those of the API.
    /// </summary>
    [Fact]
    public void The_library_names_no_flag_and_no_command_of_the_tool() =>
        Guard.None(Speakers().SelectMany(file => Repository.Strings(file).Where(text => Flag().IsMatch(text)).Select(text =>
            $"{Repository.Short(file)} says {text}. Say what to do in terms of the API, and have Cli/FlagNames.cs translate it "
                + "for the tool.")));

    [Fact]
    public void What_the_tool_translates_is_said_by_the_library()
    {
        var said = Speakers().SelectMany(Repository.Strings).ToList();
        Guard.None(FlagNames.All.Where(name => !said.Exists(text => text.Contains(name.Said, StringComparison.Ordinal)))
            .Select(name => $"Cli/FlagNames.cs translates '{name.Said}', which no text of the library says any more: take the line out."));
    }

    [Fact]
    public void The_guards_see_what_they_guard_against()
    {
        Assert.Matches(Unfinished(), "// TO" + "DO: later");
        Assert.DoesNotMatch(Unfinished(), "BitConverter.Int64BitsToDouble");
        Assert.Matches(MachinePath(), "see /ho" + "me/ann/runs");
        Assert.Matches(MachinePath(), "C:\\Us" + "ers\\ann");
        Assert.DoesNotMatch(MachinePath(), "https://example.org/home/index.html and src/work/x");
        Assert.True(Repository.Texts().Count > 100);
        Assert.Matches(Flag(), "Scale the image with --resize.");
        Assert.Matches(Flag(), "see featuremap lint");
        Assert.DoesNotMatch(Flag(), "color: var(--muted); --ground: #fbfaf8");
        var texts = Repository.Strings(Path.Combine(Repository.Root, "src/FeatureMap/Data/Images/ImageFile.cs"));
        Assert.Contains(texts, text => text.Contains("resize: true", StringComparison.Ordinal));
    }

    private static IEnumerable<string> Speakers() => Repository.Sources("src/FeatureMap")
        .Concat(Repository.Sources("src/FeatureMap.Annotations"))
        .Concat(Repository.Sources("src/FeatureMap.Extensions"))
        .Concat(Repository.Sources("src/FeatureMap.Mpi"))
        .Concat(Repository.Sources("src/FeatureMap.Workbench"))
        .Append(Path.Combine(Repository.Root, "src/FeatureMap.Zoo/Pretrained/WeightPlaces.cs"))
        .Append(Path.Combine(Repository.Root, "src/FeatureMap.OnnxRuntime/OnnxRuntimeLibrary.cs"))
        .Append(Path.Combine(Repository.Root, "src/FeatureMap.Studio/StudioHost.cs"));

    private static IEnumerable<string> AllSources() => new[] { "src", "tests", "bench", "samples" }.Where(folder => Directory.Exists(Path.Combine(Repository.Root, folder))).SelectMany(Repository.Sources);

    [GeneratedRegex(@"\b(?:TODO|FIXME|HACK|XXX)\b|NotImplementedException")]
    private static partial Regex Unfinished();

    [GeneratedRegex(@"(?<![\w-])--[a-z][a-z-]+(?![\w-]*[:)])|\bfeaturemap [a-z]")]
    private static partial Regex Flag();

    [GeneratedRegex(@"(?<![\w.:/-])/(?:home|root|work|Users|mnt)/\w|\b[A-Z]:\\+Users\\")]
    private static partial Regex MachinePath();
}
