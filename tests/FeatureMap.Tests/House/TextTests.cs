using System.Text.RegularExpressions;
using Xunit;

namespace FeatureMap.Tests.House;

public sealed partial class TextTests
{
    private const int MostLines = 600;

    [Fact]
    public void No_source_file_is_longer_than_600_lines() =>
        Assert.Empty(AllSources().Select(file => (file, Lines: File.ReadLines(file).Count())).Where(found => found.Lines > MostLines)
            .Select(found => $"{Repository.Short(found.file)} has {found.Lines} lines; at most {MostLines} are wanted. Split it by what its parts are about."));

    [Fact]
    public void Nothing_is_left_for_later() =>
        Assert.Empty(Repository.Sources("src").SelectMany(file => File.ReadLines(file).Index().Where(line => Unfinished().IsMatch(line.Item)).Select(line => $"{Repository.Short(file)}:{line.Index + 1}: {line.Item.Trim()}")));

    [Fact]
    public void No_text_names_a_place_of_one_machine() =>
        Assert.Empty(Repository.Texts().SelectMany(file => File.ReadLines(file).Index().Where(line => MachinePath().IsMatch(line.Item)).Select(line => $"{Repository.Short(file)}:{line.Index + 1}: {line.Item.Trim()}")));

    [Fact]
    public void The_guards_see_what_they_guard_against()
    {
        Assert.Matches(Unfinished(), "// TO" + "DO: later");
        Assert.DoesNotMatch(Unfinished(), "BitConverter.Int64BitsToDouble");
        Assert.Matches(MachinePath(), "see /ho" + "me/ann/runs");
        Assert.Matches(MachinePath(), "C:\\Us" + "ers\\ann");
        Assert.DoesNotMatch(MachinePath(), "https://example.org/home/index.html and src/work/x");
        Assert.True(Repository.Texts().Count > 100);
    }

    private static IEnumerable<string> AllSources() => new[] { "src", "tests", "bench", "samples" }.Where(folder => Directory.Exists(Path.Combine(Repository.Root, folder))).SelectMany(Repository.Sources);

    [GeneratedRegex(@"\b(?:TODO|FIXME|HACK|XXX)\b|NotImplementedException")]
    private static partial Regex Unfinished();

    [GeneratedRegex(@"(?<![\w.:/-])/(?:home|root|work|Users|mnt)/\w|\b[A-Z]:\\+Users\\")]
    private static partial Regex MachinePath();
}
