using System.Diagnostics;
using System.Net;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using FeatureMap.Interchange;
using FeatureMap.Studio;
using FeatureMap.Training;
using FeatureMap.Workbench;
using FeatureMap.Zoo;
using Xunit;

namespace FeatureMap.Tests.Studio;

/// <summary>Labs in the studio: every route as page, part and data, every problem, and labs begun, stopped, killed and gone on
/// with.</summary>
public sealed partial class LabsTests(RunsStudio studio) : IClassFixture<RunsStudio>
{
    private const string Tiny = """
        {"lab": "compare-normalizations", "quick": true, "data": "digits",
         "settings": {"epochs": "3", "seeds": "1", "training-images": "320", "batch-size": "32", "threads": "1"}}
        """;

    [Fact]
    public async Task Every_route_is_a_page_a_part_and_data()
    {
        var id = await Complete(await Begin(Tiny));
        foreach (var path in (string[])["/labs", "/labs/compare-optimizers", "/labs/compare-optimizers?size=quick&epochs=3",
            "/labs/segmentation",
            "/labs/super-resolution?activation=relu&factor=9", $"/labs/{id}"])
        {
            var page = await studio.Page(path);
            Assert.Single(page.Split("<h1>")[1..]);
            Assert.DoesNotMatch("<style| style=| on[a-z]+=\"|javascript:", page);
            var ids = Id().Matches(page).Select(match => match.Groups[1].Value).ToList();
            Assert.Equal(ids.Distinct(), ids);
            Assert.All(Labels().Matches(page).SelectMany(match => match.Groups[1].Value.Split(' ')), name => Assert.Contains(name, ids));
            var (at, query) = path.Split('?') is [var before, var after] ? (before, $"?{after}") : (path, "");
            var stage = await studio.Page($"{at}/stage{query}");
            Assert.StartsWith("<div id=\"stage\"", stage, StringComparison.Ordinal);
            Assert.Contains(stage.Trim(), page, StringComparison.Ordinal);
            Assert.Equal(1, (int)(await studio.Data(path))["schema"]!);
            var canonical = WebUtility.HtmlDecode(Query().Match(page).Groups[1].Value);
            Assert.Equal(canonical, WebUtility.HtmlDecode(Query().Match(await studio.Page(canonical.Length > 0 ? $"{at}?{canonical}"
                : at)).Groups[1].Value));
        }
        var list = await studio.Page("/labs");
        Assert.All(Labs.All, lab => Assert.Contains(lab.Question.Replace("'", "&#39;", StringComparison.Ordinal), list,
            StringComparison.Ordinal));
        // The small version tells how long the whole one takes, by the images that both show.
        Assert.Matches("compare-normalizations\"[\\s\\S]*?<dd>[^<]*images shown; about [^<]*by compare-normalizations-", list);
    }

    [Fact]
    public async Task The_form_shows_the_command_that_it_stands_for()
    {
        async Task<string> Command(string query) => (string)(await studio.Data($"/labs/compare-optimizers?{query}"))["command"]!;
        var outside = $"--out {ShownPath.Of(studio.Runs)}";
        Assert.Equal($"featuremap lab compare-optimizers {outside}", await Command(""));
        Assert.Equal($"featuremap lab compare-optimizers --quick --set data=digits --epochs 5 --seeds 4 --set rates=2 {outside}",
            await Command("size=quick&data=digits&epochs=5&seeds=4&rates=2"));
        Assert.Matches("^featuremap lab compare-optimizers --data \\S+pets --out ", await Command("data=place-pets"));
        // What the form shows of the other size was not typed.
        Assert.Equal($"featuremap lab compare-optimizers --quick {outside}", await Command("shown=whole&size=quick&epochs=6&seeds=3"));
        Assert.Contains("decide nothing", await studio.Page("/labs/compare-optimizers?size=quick"), StringComparison.Ordinal);
        Assert.DoesNotContain("decide nothing", await studio.Page("/labs/compare-optimizers"), StringComparison.Ordinal);
        Assert.Contains("epochs", (string)(await studio.Data("/labs/compare-optimizers?epochs=no"))["problem"]!, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/labs/no-such-lab", 404)]
    [InlineData("/labs/..%2F..%2Fetc", 404)]
    [InlineData("/labs/lab-x/page", 404)]
    [InlineData("/labs/compare-optimizers/page", 404)]
    [InlineData("/labs/lab-x/y/z", 404)]
    [InlineData("/labs?x=1", 400)]
    [InlineData("/labs/compare-optimizers?size=medium", 400)]
    [InlineData("/labs/compare-optimizers?epoch=1", 400)]
    [InlineData("/labs/compare-optimizers?epochs=1&epochs=2", 400)]
    [InlineData("/labs/compare-optimizers?data=/etc", 400)]
    [InlineData("/labs/segmentation?data=digits", 400)]
    public async Task A_problem_teaches(string path, int status)
    {
        var (given, text, _) = await studio.Ask(path, "application/json");
        Assert.True(status == given, $"{given}: {text}");
        var problem = JsonNode.Parse(text)!;
        Assert.NotEmpty((string)problem["detail"]!);
        Assert.NotEmpty((string)problem["fix"]!);
        Assert.Equal(status, (await studio.Ask(path)).Status);
    }

    [Theory]
    [InlineData("/api/labs", "[]", 400)]
    [InlineData("/api/labs", "{}", 400)]
    [InlineData("/api/labs", "not json", 400)]
    [InlineData("/api/labs", "{\"lab\": 3}", 400)]
    [InlineData("/api/labs", "{\"lab\": \"compare-optimizers\", \"other\": 1}", 400)]
    [InlineData("/api/labs", "{\"lab\": \"compare-optimisers\"}", 400)]
    [InlineData("/api/labs", "{\"lab\": \"compare-optimizers\", \"settings\": {\"epochs\": \"0\"}}", 400)]
    [InlineData("/api/labs", "{\"lab\": \"compare-optimizers\", \"settings\": {\"data\": \"/etc\"}}", 400)]
    [InlineData("/api/labs", "{\"lab\": \"compare-optimizers\", \"data\": \"../..\"}", 400)]
    [InlineData("/api/labs/lab-x/stop", "{}", 404)]
    [InlineData("/api/labs/lab-x/resume", "{}", 404)]
    [InlineData("/api/labs/lab-x/other", "{}", 404)]
    [InlineData("/api/rates", "{\"recipe\": \"mnist-1k\", \"settings\": {\"epochs\": \"0\"}}", 400)]
    [InlineData("/api/rates", "{\"recipe\": \"no-such\"}", 400)]
    [InlineData("/api/trials", "{\"view\": \"other\"}", 400)]
    [InlineData("/api/trials", "[]", 400)]
    public async Task What_cannot_be_done_is_refused(string path, string body, int status)
    {
        var (given, text, _) = await studio.Ask(path, "application/json", body);
        Assert.True(status == given, $"{given}: {text}");
        Assert.NotEmpty((string)JsonNode.Parse(text)!["detail"]!);
        Assert.Equal(403, (await studio.Ask(path, "application/json", body, "http://evil.example")).Status);
    }

    /// <summary>The page of a lab is a file that anybody may have changed: it is shown in a sandbox that runs and loads nothing.</summary>
    [Fact]
    public async Task The_page_of_a_lab_is_shown_confined_and_its_links_lead_to_its_runs()
    {
        var id = await Complete(await Begin(Tiny));
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri($"{studio.Origin}/labs/{id}/page"));
        Assert.True(request.Headers.TryAddWithoutValidation("Cookie", studio.Cookie));
        using var answer = await studio.Client.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("default-src 'none'; img-src data:; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'; "
            + "frame-ancestors 'none'; sandbox allow-same-origin", answer.Headers.GetValues("Content-Security-Policy").Single());
        Assert.False(answer.Headers.Contains("Cross-Origin-Opener-Policy"));
        Assert.Equal("nosniff", answer.Headers.GetValues("X-Content-Type-Options").Single());
        var html = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.Equal(File.ReadAllText(Path.Combine(studio.Runs, id[LabCatalogue.Prefix.Length..], "lab.html")), html);
        Assert.Contains("Its figures decide nothing", html, StringComparison.Ordinal);
        Assert.Contains("id=\"decides-nothing\"", await studio.Page($"/labs/{id}"), StringComparison.Ordinal);
        var lab = await studio.Data($"/labs/{id}");
        var folder = (string)lab["figures"]!["trainings"]![0]!["folder"]!;
        var (status, _, location) = await studio.Ask($"/labs/{id}/{folder}/");
        Assert.Equal((303, (string)lab["runs"]!.AsArray().First(run => ((string)run!["name"]!).EndsWith(folder,
            StringComparison.Ordinal))!["id"]!),
            (status, location!["/runs/".Length..]));
        Assert.Equal(404, (await studio.Ask($"/labs/{id}/no-such-folder/")).Status);
        // Figures of the page are those of the runs.
        Assert.All(lab["figures"]!["trainings"]!.AsArray(), one => Assert.Contains(lab["runs"]!.AsArray(), run =>
            ((string)run!["name"]!).EndsWith((string)one!["folder"]!, StringComparison.Ordinal)
                && (double)run["last"]!["value"]! == (double)one["accuracy"]!));
        Assert.Equal(409, (await studio.Ask($"/api/labs/{id}/stop", "application/json", "{}")).Status);
        Assert.Equal(409, (await studio.Ask($"/api/labs/{id}/resume", "application/json", "{}")).Status);
    }

    /// <summary>Begun here, watched over the socket, stopped, killed in the middle, and gone on with: the weights are those of a lab that
    /// was left alone.</summary>
    [Fact]
    public async Task A_lab_is_begun_watched_stopped_killed_and_ends_with_the_same_bits()
    {
        var longer = Tiny.Replace("\"epochs\": \"3\"", "\"epochs\": \"20\"", StringComparison.Ordinal);
        var id = await Begin(longer);
        var page = await studio.Page($"/labs/{id}");
        var number = long.Parse(Regex.Match(page, "data-seq=\"(\\d+)\"").Groups[1].Value,
            System.Globalization.CultureInfo.InvariantCulture);
        using var socket = await studio.Open();
        await RunningStudio.Say(socket, $$$"""{"watch": ["lab/{{{id}}}"], "after": {"lab/{{{id}}}": {{{number}}}}}""");
        var told = new List<JsonNode>();
        do told.Add(JsonNode.Parse(await RunningStudio.Hear(socket))!);
        while ((string)told[^1]["event"]! is not ("training" or "ended"));
        Assert.Contains(told, one => (string)one["event"]! == "progress" && (int)one["data"]!["expected"]! == 7
            && ((string)one["data"]!["texts"]!["trainings"]!).EndsWith(" of 7", StringComparison.Ordinal));
        Assert.Equal("training", (string)told[^1]["event"]!);
        // One at a time: another waits until the lab has ended, also between its trainings.
        var waiting = await studio.Data("/api/runs", """{"recipe": "mnist-1k", "data": "digits", "settings": {"epochs": "1"}}""");
        Assert.Equal("waiting", (string)waiting["state"]!);
        await studio.Data($"/api/starts/{(string)waiting["id"]!}/drop", "{}");
        await studio.Data($"/api/labs/{id}/stop", "{}");
        do told.Add(JsonNode.Parse(await RunningStudio.Hear(socket))!);
        while ((string)told[^1]["event"]! != "ended");
        Assert.Equal("stopped", (string)told[^1]["data"]!["state"]!);
        var stopped = await studio.Page($"/labs/{id}");
        Assert.Contains("act-resume", stopped, StringComparison.Ordinal);
        Assert.Contains($"featuremap lab --resume {ShownPath.Of(Path.Combine(studio.Runs, id[LabCatalogue.Prefix.Length..]))}", stopped,
            StringComparison.Ordinal);

        await studio.Data($"/api/labs/{id}/resume", "{}");
        JsonNode? live = null;
        await Until(async () => (live = (await studio.Data($"/labs/{id}"))["live"]) is not null && (int)live["trainings"]! > 0);
        Process.GetProcessById(LabLive.Read(Path.Combine(studio.Runs, id[LabCatalogue.Prefix.Length..]))!.Process).Kill();
        await Until(async () => (string)(await studio.Data($"/labs/{id}"))["state"]! == "killed");
        Assert.NotNull((await studio.Data($"/labs/{id}"))["live"]); // it says how far it came
        await Until(async () => (await studio.Data("/labs"))["starts"]!.AsArray().All(start =>
            (string)start!["state"]! is "ended" or "failed"));
        await studio.Data($"/api/labs/{id}/resume", "{}");
        await Complete(id);

        var alone = LabWork.Open(new LabArguments
        {
            Lab = "compare-normalizations",
            IsQuick = true,
            Out = Path.Combine(studio.Runs, "..", "elsewhere"),
            Assignments = [("data", "digits"), ("epochs", "20"), ("seeds", "1"), ("training-images", "320"), ("batch-size", "32"),
                ("threads", "2")],
        }, new WorkContext());
        alone.Execute();
        Assert.Equal(alone.Trainings.Select(training => training.Model.Weights.Sha256()), alone.Trainings.Select(training =>
            ModelFile.Load(Path.Combine(studio.Runs, id[LabCatalogue.Prefix.Length..], training.Folder.Name)).Weights.Sha256()));
    }

    [Fact]
    public async Task A_lab_that_cannot_begin_says_why()
    {
        var (status, text, _) = await studio.Ask("/api/labs", "application/json",
            """{"lab": "compare-optimizers", "quick": true, "data": "place-broken"}""");
        Assert.True(status == 400, text);
        Assert.Equal("The lab did not begin", (string)JsonNode.Parse(text)!["title"]!);
        foreach (var start in (await studio.Data("/labs"))["starts"]!.AsArray().Where(one => (string)one!["state"]! == "failed"))
            await studio.Data($"/api/starts/{start!["id"]}/drop", "{}");
    }

    private async Task<string> Begin(string body)
    {
        var begun = await studio.Data("/api/labs", body);
        string? id = (string?)begun["run"];
        await Until(async () => id is not null || (id = (string?)(await studio.Data("/labs"))["starts"]!.AsArray()
            .First(start => (string)start!["id"]! == (string)begun["id"]!)!["run"]) is not null);
        Assert.StartsWith(LabCatalogue.Prefix, id, StringComparison.Ordinal);
        return id!;
    }

    private async Task<string> Complete(string id)
    {
        await Until(async () => (string)(await studio.Data($"/labs/{id}"))["state"]! == "complete");
        await Until(async () => (await studio.Data("/labs"))["starts"]!.AsArray().All(start =>
            (string)start!["state"]! is "ended" or "failed"));
        return id;
    }

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

    [GeneratedRegex(" (?:for|aria-labelledby|aria-describedby)=\"([^\"]*)\"")]
    private static partial Regex Labels();

    [GeneratedRegex("data-query=\"([^\"]*)\"")]
    private static partial Regex Query();
}
