using System.Net;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using FeatureMap.Studio;
using FeatureMap.Training;
using FeatureMap.Workbench;
using Xunit;

namespace FeatureMap.Tests.Studio;

/// <summary>The rate finder and the trial of the page Train: begun, watched, cancelled, and what they found in the form.</summary>
public sealed partial class RatesTests(RunsStudio studio) : IClassFixture<RunsStudio>
{
    private const string Small = """
        {"recipe": "mnist-1k", "data": "digits", "settings": {"batch-size": "64", "threads": "1", "training-images": "640"}}
        """;

    [Fact]
    public async Task A_range_test_is_begun_and_its_points_go_into_the_form()
    {
        var begun = await studio.Data("/api/rates", Small);
        Assert.Equal("ratetest", (string)begun["kind"]!);
        Assert.StartsWith("featuremap lr-find mnist-1k --set data=digits --set batch-size=64", (string)begun["command"]!,
            StringComparison.Ordinal);
        var address = (string)begun["address"]!;
        Assert.StartsWith("/train?recipe=mnist-1k&data=digits&rates=mnist-1k-", address, StringComparison.Ordinal);
        JsonNode rates = null!;
        await Until(async () => (string)(rates = (await studio.Data(address))["rates"]!)["state"]! is "complete" or "failed");
        Assert.True((string)rates["state"]! == "complete", (string?)rates["problem"]);
        Assert.Empty(rates["differences"]!.AsArray());
        Assert.True(rates["points"]!.AsArray().Count > 10);

        var page = await studio.Page(address);
        Assert.DoesNotMatch("<style| style=| on[a-z]+=\"|javascript:", page);
        var ids = Id().Matches(page).Select(match => match.Groups[1].Value).ToList();
        Assert.Equal(ids.Distinct(), ids);
        Assert.Contains("id=\"rate-curve\"", page, StringComparison.Ordinal);
        Assert.DoesNotContain("data-topic", page, StringComparison.Ordinal); // nothing is on its way any more
        // As many dots as there are points to choose: a click finds its own.
        var curve = page[page.IndexOf("<g class=\"validation\">", StringComparison.Ordinal)..];
        Assert.Equal(Regex.Count(curve[..curve.IndexOf("</g>", StringComparison.Ordinal)], "class=\"dot\""), Choice(page).Count);
        Assert.All(Choice(page), value => Assert.True(double.Parse(value, System.Globalization.CultureInfo.InvariantCulture) > 0));
        // The form of the choice carries the state, so that it works without a script.
        var state = Regex.Match(page, "<form class=\"rate-pick\"[\\s\\S]*?</form>").Value;
        Assert.Contains("name=\"recipe\" value=\"mnist-1k\"", state, StringComparison.Ordinal);
        Assert.Contains("name=\"rates\"", state, StringComparison.Ordinal);
        var picked = Choice(page)[Choice(page).Count / 2];
        var chosen = await studio.Data($"{address}&learning-rate={picked}");
        Assert.Contains($"--set learning-rate={picked}", (string)chosen["command"]!, StringComparison.Ordinal);
        Assert.Empty(chosen["rates"]!["differences"]!.AsArray()); // its rate is what a test is for
        if (rates["suggested"] is { } suggested)
        {
            var link = WebUtility.HtmlDecode(Regex.Match(page, "id=\"rate-suggested\"[\\s\\S]*?href=\"([^\"]*)\"").Groups[1].Value);
            var taken = double.Parse(Regex.Match((string)(await studio.Data(link))["command"]!, "learning-rate=(\\S+)").Groups[1].Value,
                System.Globalization.CultureInfo.InvariantCulture);
            Assert.Equal((double)suggested!, taken, (double)suggested! * 0.006);
        }
        // Other settings than it was made with are said.
        Assert.Contains("batch-size", (string)(await studio.Data(address.Replace("batch-size=64", "batch-size=32",
            StringComparison.Ordinal)))["rates"]!
            ["differences"]![0]!, StringComparison.Ordinal);
        Assert.Contains("Earlier tests", await studio.Page("/train?recipe=mnist-1k"), StringComparison.Ordinal);
        Assert.DoesNotContain("Earlier tests", await studio.Page("/train?recipe=cifar10"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_test_that_is_cancelled_ends_its_process_and_an_unknown_one_is_said()
    {
        var begun = await studio.Data("/api/rates",
            """{"recipe": "mnist-20k", "data": "digits", "settings": {"batch-size": "2000", "threads": "1"}}""");
        var address = (string)begun["address"]!;
        await studio.Data($"/api/starts/{(string)begun["id"]!}/drop", "{}");
        await Until(async () => (string)(await studio.Data(address))["rates"]!["state"]! is "unknown" or "ended");
        Assert.DoesNotContain((await studio.Data("/runs"))["starts"]!.AsArray(), one => (string)one!["id"]! == (string)begun["id"]!);
        // The next one need not wait for it.
        var next = await studio.Data("/api/rates", Small);
        await Until(async () => (string)(await studio.Data((string)next["address"]!))["rates"]!["state"]! == "complete");
        foreach (var name in (string[])["no-such", "../../etc/passwd", "%00"])
            Assert.Contains("No test of this name is known", await studio.Page($"/train?rates={Uri.EscapeDataString(name)}"),
                StringComparison.Ordinal);
    }

    /// <summary>Of a terminal: whoever wrote the file, and however it ended.</summary>
    [Fact]
    public async Task A_test_of_a_terminal_is_shown_and_one_that_was_killed_is_not_called_complete()
    {
        var file = new RangeTestFile
        {
            Recipe = "mnist-1k",
            Lowest = 1e-5,
            Highest = 1,
            Steps = 100,
            Setup = "sgd, batch 64",
            Range = new([.. Enumerable.Range(0, 30).Select(i => new LearningRatePoint(1e-5 * Math.Pow(10, i / 6.0), 2.3 - (i * 0.02),
                2.3 - (i * 0.02)))], false),
            Process = int.MaxValue, // there is none of this number
        };
        file.Write(Path.Combine(studio.Runs, "rate-tests", "mnist-1k-by-hand.json"));
        var data = await studio.Data("/train?recipe=mnist-1k&rates=mnist-1k-by-hand");
        Assert.Equal("ended", (string)data["rates"]!["state"]!);
        var page = await studio.Page("/train?recipe=mnist-1k&rates=mnist-1k-by-hand");
        Assert.Contains("It was ended before its end", page, StringComparison.Ordinal);
        Assert.Equal(30, Choice(page).Count);
        Assert.Equal("0.00001", Choice(page)[0]);
        (file with { Process = Environment.ProcessId, Time = DateTime.UtcNow }).Write(Path.Combine(studio.Runs, "rate-tests",
            "mnist-1k-now.json"));
        Assert.Equal("running", (string)(await studio.Data("/train?recipe=mnist-1k&rates=mnist-1k-now"))["rates"]!["state"]!);
    }

    [Fact]
    public async Task A_trial_tells_how_long_it_takes_and_what_else_runs()
    {
        var begun = await studio.Data("/api/trials", Small);
        var address = (string)begun["address"]!;
        Assert.EndsWith("--estimate", (string)begun["command"]!, StringComparison.Ordinal);
        JsonNode trial = null!;
        await Until(async () => (string)(trial = (await studio.Data(address))["trial"]!)["state"]! is "complete" or "failed");
        Assert.True((string)trial["state"]! == "complete", (string?)trial["problem"]);
        Assert.False((bool)trial["isOld"]!);
        var result = trial["result"]!;
        Assert.Equal((int)result["epochs"]! * (double)result["epochSeconds"]!, (double)result["totalSeconds"]!, 1e-6);
        Assert.Equal((64, 1), ((int)result["parts"]![0]!["batch"]!, (int)result["parts"]![0]!["threads"]!));
        var page = await studio.Page(address);
        Assert.Contains("peak memory", page, StringComparison.Ordinal);
        Assert.Contains("It was made with other settings", await studio.Page(address.Replace("batch-size=64", "batch-size=32",
            StringComparison.Ordinal)),
            StringComparison.Ordinal);
        Assert.Contains("No trial of this name is known", await studio.Page("/train?trial=start-999"), StringComparison.Ordinal);
        // What cannot be trained says so in its own words.
        var broken = (string)(await studio.Data("/api/trials", """{"recipe": "mnist-1k", "data": "place-broken"}"""))["address"]!;
        await Until(async () => (string)(trial = (await studio.Data(broken))["trial"]!)["state"]! == "failed");
        Assert.NotEmpty((string)trial["problem"]!);
        Assert.DoesNotContain((await studio.Data("/runs"))["runs"]!.AsArray(), run => ((string)run!["recipe"]!).Length == 0);
    }

    private static List<string> Choice(string page) => [.. Regex.Matches(Regex.Match(page,
        "<select id=\"rate-choice\"[\\s\\S]*?</select>").Value,
        "<option value=\"([^\"]*)\"").Select(match => match.Groups[1].Value)];

    private static async Task Until(Func<Task<bool>> isSo)
    {
        var limit = DateTime.UtcNow.AddMinutes(3);
        while (!await isSo())
        {
            Assert.True(DateTime.UtcNow < limit, "it took more than three minutes");
            await Task.Delay(100, TestContext.Current.CancellationToken);
        }
    }

    [GeneratedRegex(" id=\"([^\"]*)\"")]
    private static partial Regex Id();
}
