using System.Net;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using FeatureMap.Data;
using FeatureMap.Interchange;
using FeatureMap.Studio;
using FeatureMap.Tests.Cli;
using FeatureMap.Training;
using FeatureMap.Workbench;
using FeatureMap.Zoo;
using Xunit;

namespace FeatureMap.Tests.Studio;

/// <summary>A studio over a project in which two digit networks were trained, with the built tool to train others.</summary>
public sealed class RunsStudio : IAsyncLifetime
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("featuremap-runs-");

    public HttpClient Client { get; } = new(new HttpClientHandler { AllowAutoRedirect = false, UseCookies = false });

    public StudioHost Host { get; private set; } = null!;

    public string Runs => Path.Combine(folder.FullName, "runs");

    /// <summary>Ids of the two runs, which differ in the seed alone, the older one first.</summary>
    public IReadOnlyList<string> Ids { get; private set; } = [];

    public async ValueTask InitializeAsync()
    {
        Ids = [.. ((ulong[])[1, 2]).Select(seed => RunCatalogue.Prefix + Path.GetFileName(Train(seed, "1").Folder.Location))];
        foreach (var name in (string[])["cat", "dog"])
        {
            var photos = Directory.CreateDirectory(Path.Combine(folder.FullName, "pets", name)).FullName;
            for (var i = 0; i < 6; i++)
                new Picture("x", new Shape(3, 40, 40), [.. Enumerable.Range(0, 4800).Select(at => (byte)(at * (name == "cat" ? 1
                    : 7)))])
                    .Save(Path.Combine(photos, $"{i}.png"));
        }
        foreach (var name in (string[])["a", "b"])
        {
            var broken = Directory.CreateDirectory(Path.Combine(folder.FullName, "broken", name)).FullName;
            await File.WriteAllTextAsync(Path.Combine(broken, "1.png"), "no image");
        }
        Host = await StudioHost.StartAsync(new StudioOptions
        {
            Port = 0,
            Project = folder.FullName,
            Runs = Runs,
            Tool = new TrainingTool(Tool.Executable, []),
        });
    }

    public TrainOutcome Train(ulong seed, string epochs)
    {
        var request = TrainRequest.From(new TrainArguments
        {
            Recipe = "mnist-1k",
            Out = Runs,
            NoReport = true,
            Assignments = [("data", "digits"), ("epochs", epochs), ("training-images", "640"), ("seed", $"{seed}")],
        }, new WorkContext());
        return new TrainWork(request, new WorkContext()).Run();
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await Host.DisposeAsync();
        folder.Delete(recursive: true);
    }

    public string Origin => $"http://127.0.0.1:{Host.Port}";

    public string Cookie => $"featuremap-studio-{Host.Port}={Host.Address.Query["?token=".Length..]}";

    public async Task<(int Status, string Text, string? Location)> Ask(string path, string accept = "text/html", string? body = null,
        string? origin = null)
    {
        using var request = new HttpRequestMessage(body is null ? HttpMethod.Get : HttpMethod.Post, new Uri(Origin + path));
        if (body is not null) request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        Assert.True(request.Headers.TryAddWithoutValidation("Cookie", Cookie));
        Assert.True(request.Headers.TryAddWithoutValidation("Accept", accept));
        if (body is not null) Assert.True(request.Headers.TryAddWithoutValidation("Origin", origin ?? Origin));
        using var answer = await Client.SendAsync(request, TestContext.Current.CancellationToken);
        return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken),
            answer.Headers.Location?.OriginalString);
    }

    public async Task<string> Page(string path)
    {
        var (status, text, _) = await Ask(path);
        Assert.True(status == 200, $"{path}: {status} {text[..Math.Min(600, text.Length)]}");
        return text;
    }

    public async Task<JsonNode> Data(string path, string? body = null)
    {
        var (status, text, _) = await Ask(path, "application/json", body);
        Assert.True(status == 200, $"{path}: {status} {text}");
        return JsonNode.Parse(text)!;
    }

    /// <summary>The run of a training that was begun; null where it failed.</summary>
    public async Task<string?> RunOf(string start)
    {
        for (var i = 0; i < 600; i++)
        {
            var found = (await Data("/runs"))["starts"]!.AsArray().First(one => (string)one!["id"]! == start)!;
            if (found["run"] is { } run) return (string)run!;
            if ((string)found["state"]! == "failed") return null;
            await Task.Delay(100, TestContext.Current.CancellationToken);
        }
        throw new TimeoutException(start);
    }

    /// <summary>Waits until nothing trains any longer, so that two pages in a row say the same.</summary>
    public async Task Rest()
    {
        bool Works(JsonNode? one) => (string)one!["state"]! is "waiting" or "preparing" or "running";
        for (var i = 0; i < 600; i++)
        {
            var all = await Data("/runs");
            if (!all["starts"]!.AsArray().Any(Works) && !all["runs"]!.AsArray().Any(Works)) return;
            await Task.Delay(100, TestContext.Current.CancellationToken);
        }
        throw new TimeoutException("A training does not end.");
    }

    public async Task<ClientWebSocket> Open()
    {
        var socket = new ClientWebSocket();
        socket.Options.SetRequestHeader("Origin", Origin);
        socket.Options.SetRequestHeader("Cookie", Cookie);
        await socket.ConnectAsync(new Uri($"ws://127.0.0.1:{Host.Port}/live"), TestContext.Current.CancellationToken);
        return socket;
    }
}

/// <summary>Train, Runs, Run, Mistakes and Compare: every route as page and data, every problem, and a training to its end.</summary>
public sealed partial class RunsTests(RunsStudio studio) : IClassFixture<RunsStudio>
{
    private IEnumerable<string> Routes =>
    [
        "/train", "/train?view=full", "/train?recipe=mnist-20k&data=digits&epochs=2&learning-rate=0.02&optimizer=adam",
            "/train?data=place-pets",
        "/train?epochs=no", "/runs", "/runs?columns=best,seed&sort=best", $"/runs/{studio.Ids[0]}",
            $"/runs/{studio.Ids[0]}?axis=step&smooth=0.6",
        $"/runs/{studio.Ids[1]}?axis=time", $"/runs/{studio.Ids[0]}/mistakes", $"/runs/{studio.Ids[0]}/mistakes?cell=3_3&by=row",
        "/compare", $"/compare?runs={studio.Ids[0]},{studio.Ids[1]}",
            $"/compare?runs={studio.Ids[0]}&runs={studio.Ids[1]}&matrix=on&axis=time",
    ];

    [Fact]
    public async Task Every_route_is_a_page_a_part_and_data()
    {
        await studio.Rest();
        foreach (var path in Routes)
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
            // What was judged between the two is in one of them only: both are asked for again then.
            for (var tries = 0; tries < 5 && !page.Contains(stage.Trim(), StringComparison.Ordinal); tries++)
            {
                await Task.Delay(500, TestContext.Current.CancellationToken);
                (page, stage) = (await studio.Page(path), await studio.Page($"{at}/stage{query}"));
            }
            Assert.Contains(stage.Trim(), page, StringComparison.Ordinal);
            Assert.Equal(1, (int)(await studio.Data(path))["schema"]!);
            // The canonical address is the same state.
            var canonical = WebUtility.HtmlDecode(Query().Match(page).Groups[1].Value);
            Assert.Equal(canonical, WebUtility.HtmlDecode(Query().Match(await studio.Page(canonical.Length > 0 ? $"{at}?{canonical}" : at))
                .Groups[1].Value));
        }
    }

    [Fact]
    public async Task A_run_is_saved_as_one_file_that_names_no_place()
    {
        var path = $"/runs/{studio.Ids[0]}";
        Assert.Contains($"href=\"{path}/file\" download>Save as one file</a>", await studio.Page(path), StringComparison.Ordinal);
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri($"{studio.Origin}{path}/file"));
        Assert.True(request.Headers.TryAddWithoutValidation("Cookie", studio.Cookie));
        using var answer = await studio.Client.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal($"attachment; filename=\"{studio.Ids[0]}.html\"",
            string.Join(';', answer.Content.Headers.GetValues("Content-Disposition")));
        var html = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.InRange(Encoding.UTF8.GetByteCount(html), 20_000, 1_000_000);
        Assert.DoesNotContain(Path.GetDirectoryName(studio.Runs)!, html, StringComparison.Ordinal);
        Assert.DoesNotContain("http:", html, StringComparison.Ordinal);
        Assert.Contains("featuremap train mnist-1k ", html, StringComparison.Ordinal);
        Assert.Contains("<section id=\"confusion\">", html, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/runs/no-such-run", 404)]
    [InlineData("/runs/no-such-run/file", 404)]
    [InlineData("/runs/..%2F..%2Fetc", 404)]
    [InlineData("/runs/run-x/mistakes", 404)]
    [InlineData("/runs/run-x/other", 404)]
    [InlineData("/runs?columns=no-such", 400)]
    [InlineData("/runs?sort=no-such", 400)]
    [InlineData("/runs?no=1", 400)]
    [InlineData("/runs/ID?axis=up", 400)]
    [InlineData("/runs/ID?smooth=1", 400)]
    [InlineData("/runs/ID?smooth=0.1&smooth=0.2", 400)]
    [InlineData("/runs/ID/mistakes?cell=3", 400)]
    [InlineData("/compare?runs=no-such-run", 404)]
    [InlineData("/compare?axis=up", 400)]
    [InlineData("/train?recipe=no-such", 400)]
    [InlineData("/train?data=no-such", 400)]
    [InlineData("/train?data=/etc", 400)]
    [InlineData("/train?network=/etc/passwd", 400)]
    [InlineData("/train?weights=/etc/passwd", 400)]
    [InlineData("/train?image-folder=/etc", 400)]
    [InlineData("/train?no-such-setting=1", 400)]
    [InlineData("/train?epochs=1&epochs=2", 400)]
    [InlineData("/train?epochs=1&Epochs=2", 400)]
    [InlineData("/train?view=other", 400)]
    [InlineData("/train?like=no-such-run", 404)]
    [InlineData("/images/judged-run-x-1", 404)]
    [InlineData("/images/judged-ID-99999999", 404)]
    public async Task A_problem_teaches(string path, int status)
    {
        path = path.Replace("ID", studio.Ids[0], StringComparison.Ordinal);
        var (given, text, _) = await studio.Ask(path, "application/json");
        Assert.Equal(status, given);
        var problem = JsonNode.Parse(text)!;
        Assert.NotEmpty((string)problem["detail"]!);
        Assert.NotEmpty((string)problem["fix"]!);
        Assert.Equal(status, (await studio.Ask(path)).Status);
    }

    [Theory]
    [InlineData("/api/runs", "[]", 400)]
    [InlineData("/api/runs", "{\"recipe\": {}}", 400)]
    [InlineData("/api/runs", "{\"other\": 1}", 400)]
    [InlineData("/api/runs", "{\"recipe\": \"mnist-1k\", \"settings\": {\"epochs\": \"0\"}}", 400)]
    [InlineData("/api/runs", "{\"recipe\": \"mnist-1k\", \"settings\": {\"weights\": \"/etc/passwd\"}}", 400)]
    [InlineData("/api/runs", "{\"recipe\": \"mnist-1k\", \"settings\": {\"momentum\": \"0.5\", \"optimizer\": \"adam\"}}", 400)]
    [InlineData("/api/runs", "{\"data\": \"../..\"}", 400)]
    [InlineData("/api/runs", "not json", 400)]
    [InlineData("/api/runs/ID/stop", "{}", 409)]
    [InlineData("/api/runs/ID/resume", "{}", 409)]
    [InlineData("/api/runs/ID/note", "{}", 400)]
    [InlineData("/api/runs/no-such-run/stop", "{}", 404)]
    [InlineData("/api/runs/no-such-run/note", "{\"text\": \"x\"}", 404)]
    [InlineData("/api/runs/ID/other", "{}", 404)]
    [InlineData("/api/starts/start-9999/drop", "{}", 404)]
    public async Task What_cannot_be_done_is_refused(string path, string body, int status)
    {
        path = path.Replace("ID", studio.Ids[0], StringComparison.Ordinal);
        var (given, text, _) = await studio.Ask(path, "application/json", body);
        Assert.True(status == given, $"{given}: {text}");
        Assert.NotEmpty((string)JsonNode.Parse(text)!["detail"]!);
        Assert.Equal(403, (await studio.Ask(path, "application/json", body, "http://evil.example")).Status);
    }

    [Fact]
    public void A_folder_that_is_called_like_a_recipe_is_meant_as_a_folder()
    {
        var folder = Path.Combine(Environment.CurrentDirectory, "mnist-20k");
        Assert.Equal(["train", $".{Path.DirectorySeparatorChar}mnist-20k".Replace('\\', '/')],
            TrainCommandLine.Of(new TrainArguments { Recipe = folder }));
    }

    [Fact]
    public async Task The_form_shows_the_command_that_it_stands_for()
    {
        async Task<string> Command(string query) => (string)(await studio.Data($"/train?{query}"))["command"]!;
        var outside = $"--out {ShownPath.Of(studio.Runs)}";
        Assert.Equal($"featuremap train mnist-20k {outside}", await Command(""));
        Assert.Equal($"featuremap train mnist-1k --set data=digits --epochs 2 --set learning-rate=0.02 --seed 7 {outside}",
            await Command("recipe=mnist-1k&data=digits&epochs=2&learning-rate=0.02&seed=7"));
        Assert.Equal($"featuremap train mnist-20k --set network=lenet-5 --set 'augmentation=crop 4, flip' {outside}",
            await Command("network=lenet-5&augmentation=crop+4%2C+flip"));
        Assert.Matches("^featuremap train \\S+pets --out ", await Command("data=place-pets"));
        Assert.Matches("^featuremap train mnist-20k --data \\S+pets --out ", await Command("recipe=mnist-20k&data=place-pets"));
        // What a form shows of another recipe was not typed.
        Assert.Equal($"featuremap train cifar10 {outside}", await Command("shown=mnist-20k&recipe=cifar10&epochs=15&batch-size=128&seed=1"
            .Replace("epochs=15", $"epochs={Recipes.Get("mnist-20k").Settings.Training.Epochs}", StringComparison.Ordinal)
            .Replace("batch-size=128", $"batch-size={Recipes.Get("mnist-20k").Settings.Training.BatchSize}", StringComparison.Ordinal)
            .Replace("seed=1", $"seed={Recipes.Get("mnist-20k").Settings.Training.Seed}", StringComparison.Ordinal)));
        var faulty = await studio.Data("/train?epochs=no");
        Assert.Contains("epochs", (string)faulty["problem"]!, StringComparison.Ordinal);
        var data = await studio.Data("/train");
        Assert.Contains(data["settings"]!.AsArray(), one => (string)one!["name"]! == "mix");
        Assert.DoesNotContain(data["settings"]!.AsArray(), one => (string)one!["name"]! is "weights" or "from" or "image-folder");
        Assert.Contains(data["data"]!.AsArray(), one => (string)one!["id"]! == "place-pets");
    }

    [Fact]
    public async Task A_run_is_the_start_of_another_form()
    {
        var (status, _, location) = await studio.Ask($"/train?like={studio.Ids[1]}");
        Assert.Equal((303, "/train?recipe=mnist-1k&data=digits&epochs=1&seed=2&training-images=640"), (status, location));
        var longer = (await studio.Ask($"/train?like={studio.Ids[1]}&longer=on")).Location!;
        Assert.Contains($"network={studio.Ids[1]}", longer, StringComparison.Ordinal);
        Assert.Contains("--set network=", (string)(await studio.Data(longer))["command"]!, StringComparison.Ordinal);
        Assert.Contains("An epoch of", await studio.Page(location!), StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Numbers_are_those_of_the_log_and_of_the_judgement()
    {
        var id = studio.Ids[0];
        var log = RunLog.Read(Path.Combine(studio.Runs, id[RunCatalogue.Prefix.Length..]));
        var run = await studio.Data($"/runs/{id}");
        Assert.Equal(log.Epochs[0].ValidationLoss, (double)run["curve"]![0]!["validationLoss"]!);
        Assert.Equal(log.Epochs[0].ValidationAccuracy, (double)run["best"]!["value"]!);
        var evaluation = Evaluation.Run(new EvaluationRequest(Path.Combine(studio.Runs, id[RunCatalogue.Prefix.Length..])),
            new WorkContext());
        var mistakes = await studio.Data($"/runs/{id}/mistakes");
        Assert.Equal(evaluation.Judgement!.Accuracy, (double)mistakes["accuracy"]!);
        Assert.Equal(evaluation.Judgement.Confusion().Cast<int>(), mistakes["confusion"]!.AsArray().SelectMany(row => row!.AsArray())
            .Select(one => (int)one!));
        var worst = mistakes["mistakes"]![0]!;
        Assert.Equal(evaluation.Judgement.Mistakes[0].File, (string)worst["file"]!);
        var page = await studio.Page($"/runs/{id}/mistakes");
        Assert.Contains(evaluation.Judgement.Mistakes[0].File, page, StringComparison.Ordinal);
        Assert.Equal(200, (await studio.Ask($"/images/{(string)worst["image"]!}")).Status);
        Assert.Equal(200, (await studio.Ask($"/try?models={id}&image={(string)worst["image"]!}")).Status);
        var both = await studio.Data($"/compare?runs={studio.Ids[0]},{studio.Ids[1]}&matrix=on");
        Assert.Equal(["seed"], both["differences"]!.AsObject().Select(row => row.Key));
        Assert.Equal(2, both["groups"]![0]!.AsArray().Count);
        Assert.Equal(0, both["confusionDifference"]!.AsArray().Sum(row => row!.AsArray().Sum(one => (int)one!)));
        Assert.Contains("differ in the seed alone", await studio.Page($"/compare?runs={studio.Ids[0]},{studio.Ids[1]}"),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_note_is_kept_and_is_text()
    {
        await studio.Data($"/api/runs/{studio.Ids[0]}/note", """{"text": "<script>alert(1)</script> better"}""");
        var page = await studio.Page($"/runs/{studio.Ids[0]}");
        Assert.Contains("&lt;script&gt;alert(1)&lt;/script&gt; better", page, StringComparison.Ordinal);
        Assert.Equal("<script>alert(1)</script> better", (string)(await studio.Data($"/runs/{studio.Ids[0]}"))["note"]!);
        await studio.Data($"/api/runs/{studio.Ids[0]}/note", """{"text": ""}""");
    }

    /// <summary>Begun here, watched over the socket, stopped, resumed to its end; its weights are those of the same training without a
    /// studio.</summary>
    [Fact]
    public async Task A_training_is_begun_watched_stopped_and_resumed_to_the_same_bits()
    {
        const string body = """
            {"recipe": "mnist-1k", "data": "digits",
             "settings": {"epochs": "20", "seed": "9", "training-images": "3200", "log-every-steps": "5"}}
            """;
        var begun = await studio.Data("/api/runs", body);
        var id = (string?)begun["run"] ?? (await studio.RunOf((string)begun["id"]!))!;
        if (begun["run"] is not null) Assert.Equal($"/runs/{id}", (string)begun["address"]!);
        var second = await studio.Data("/runs");
        Assert.Equal(id, (string)second["runs"]![0]!["id"]!);
        var page = await studio.Page($"/runs/{id}");
        var number = long.Parse(Regex.Match(page, "data-seq=\"(\\d+)\"").Groups[1].Value,
            System.Globalization.CultureInfo.InvariantCulture);
        using var socket = await studio.Open();
        await RunningStudio.Say(socket, $$$"""{"watch": ["run/{{{id}}}"], "after": {"run/{{{id}}}": {{{number}}}}}""");
        var told = new List<JsonNode>();
        do told.Add(JsonNode.Parse(await RunningStudio.Hear(socket))!);
        while ((string)told[^1]["event"]! is "progress" or "steps");
        var numbers = told.Select(one => (long)one["seq"]!).ToList();
        Assert.Equal(numbers.Order(), numbers);
        if ((string)told[^1]["event"]! != "ended")
        {
            await studio.Data($"/api/runs/{id}/stop", "{}");
            do told.Add(JsonNode.Parse(await RunningStudio.Hear(socket))!);
            while ((string)told[^1]["event"]! != "ended");
        }
        Assert.Equal("stopped", (string)told[^1]["data"]!["state"]!);
        Assert.Contains("act-resume", await studio.Page($"/runs/{id}"), StringComparison.Ordinal);
        await studio.RunOf((string)(await studio.Data($"/api/runs/{id}/resume", "{}"))["id"]!);
        JsonNode run;
        var limit = DateTime.UtcNow.AddMinutes(2);
        do
        {
            await Task.Delay(100, TestContext.Current.CancellationToken);
            run = await studio.Data($"/runs/{id}");
        }
        while ((string)run["state"]! != "complete" && DateTime.UtcNow < limit);
        Assert.Equal(("complete", 20), ((string)run["state"]!, (int)run["epochs"]!));
        var request = TrainRequest.From(new TrainArguments
        {
            Recipe = "mnist-1k",
            Out = Path.Combine(studio.Runs, "..", "elsewhere"),
            NoReport = true,
            Assignments = [("data", "digits"), ("epochs", "20"), ("seed", "9"), ("training-images", "3200")],
        }, new WorkContext());
        var alone = new TrainWork(request, new WorkContext()).Run();
        Assert.Equal(alone.Model.Weights.Sha256(), ModelFile.Load(Path.Combine(studio.Runs, id[RunCatalogue.Prefix.Length..]))
            .Weights.Sha256());
    }

    /// <summary>A page may still show a run as running when it begins to watch: the first thing it is told is how the run is.</summary>
    [Fact]
    public async Task A_run_that_ended_between_the_page_and_the_first_look_is_told_as_ended()
    {
        var page = await studio.Page($"/runs/{studio.Ids[1]}");
        var number = Regex.Match(page, "data-seq=\"(\\d+)\"").Groups[1].Value;
        using var socket = await studio.Open();
        await RunningStudio.Say(socket,
            $$$"""{"watch": ["run/{{{studio.Ids[1]}}}"], "after": {"run/{{{studio.Ids[1]}}}": {{{number}}}}}""");
        var told = JsonNode.Parse(await RunningStudio.Hear(socket))!;
        Assert.Equal(("ended", "complete"), ((string?)told["event"], (string?)told["data"]?["state"]));
    }

    /// <summary>What its process says is the problem: here files that are no images.</summary>
    [Fact]
    public async Task A_training_that_cannot_begin_says_why()
    {
        var (status, text, _) = await studio.Ask("/api/runs", "application/json",
            """{"recipe": "mnist-1k", "data": "place-broken", "settings": {"epochs": "1"}}""");
        if (status == 200) // on a slow machine it is told later
        {
            Assert.Null(await studio.RunOf((string)JsonNode.Parse(text)!["id"]!));
            (status, text) = (400, """{"title": "The training did not begin", "detail": "told on the page"}""");
        }
        Assert.Equal(400, status);
        var problem = JsonNode.Parse(text)!;
        Assert.Equal("The training did not begin", (string)problem["title"]!);
        Assert.NotEmpty((string)problem["detail"]!);
        Assert.Contains("failed", await studio.Page("/runs"), StringComparison.Ordinal);
        var start = (string)(await studio.Data("/runs"))["starts"]!.AsArray().First(one => (string)one!["state"]! == "failed")!["id"]!;
        await studio.Data($"/api/starts/{start}/drop", "{}");
        Assert.DoesNotContain((await studio.Data("/runs"))["starts"]!.AsArray(), one => (string)one!["id"]! == start);
    }

    /// <summary>What is judged by labels or by numbers says so, and is not ranked among those that are judged by something else.</summary>
    [Fact]
    public async Task A_list_says_what_each_run_is_judged_by_and_ranks_like_with_like()
    {
        static RunSummary Run(string name, string metric, bool isMoreBetter, double best) => new($"run-{name}", name, RunState.Complete)
        {
            Metric = metric,
            HigherIsBetter = isMoreBetter,
            Best = new(1, best, $"{best}"),
            Epochs = [new(1, 10, 1, 0.75, 1, best, 0.1, 1, 1, 100)],
        };
        RunSummary[] runs = [Run("a", "accuracy", true, 0.5), Run("b", "MAE", false, 20), Run("c", "accuracy", true, 0.9),
            Run("d", "MAE", false, 2), Run("e", "mAP", true, 0.8)];
        var state = RunsState.Parse("sort=best&columns=metric,best,loss");
        Assert.Equal(["d", "b", "c", "a", "e"], state.Sorted(runs).Select(run => run.Name));
        await using var queue = new TrainingQueue(null, new RunCatalogue(null), new LabCatalogue(null), new Hub());
        var page = RunsPage.Stage(state, runs, queue, 0);
        Assert.Contains("<th scope=\"col\">judged by</th>", page, StringComparison.Ordinal);
        Assert.Contains("in their own unit\">MAE<small>less is better</small></td>", page, StringComparison.Ordinal);
        Assert.Contains(">mAP</td>", page, StringComparison.Ordinal);
        Assert.Contains("<td>0.75</td>", page, StringComparison.Ordinal);
    }

    /// <summary>Two scores for ten classes: found behind the making of the folder, which is gone again, and told all the same.</summary>
    [Fact]
    public async Task A_network_that_does_not_go_with_the_data_says_why()
    {
        await studio.Data("/api/design/save", """{"text": "input: 1x28x28\nGlobalAveragePool\nLinear outputs=2", "name": "two"}""");
        var (status, text, _) = await studio.Ask("/api/runs", "application/json",
            """{"recipe": "mnist-1k", "data": "digits", "network": "networks/two", "settings": {"epochs": "1"}}""");
        const string said = "a vector of 10 scores";
        if (status == 200) // on a slow machine it is told later, where the run is asked for
            for (var i = 0; i < 600 && !text.Contains(said, StringComparison.Ordinal); i++)
            {
                await Task.Delay(100, TestContext.Current.CancellationToken);
                (_, text, _) = await studio.Ask((string)JsonNode.Parse(text)?["address"]! ?? "/runs", "application/json");
            }
        Assert.Contains(said, text, StringComparison.Ordinal);
        foreach (var start in (await studio.Data("/runs"))["starts"]!.AsArray().Where(one => (string)one!["state"]! == "failed"))
            await studio.Data($"/api/starts/{start!["id"]}/drop", "{}");
    }

    [Fact]
    public async Task Two_thousand_malformed_states_are_answered_without_a_fault()
    {
        var random = new Random(12);
        string[] pages = ["/runs", $"/runs/{studio.Ids[0]}", "/compare", "/train", "/runs/x"];
        string[] names = ["columns", "sort", "axis", "smooth", "runs", "recipe", "data", "network", "view", "epochs", "seed", "mix",
            "like", "shown", "x", "", "%00"];
        string[] values =
        [
            "", "best", studio.Ids[0], $"{studio.Ids[0]},{studio.Ids[1]}", "mnist-20k", "digits", "0.5", "-1", "1e9",
                "99999999999999999999999", "NaN",
            "%00", "%FF%FE", "%2e%2e%2f", "<script>", "%3Csvg%20onload%3D1%3E", "\u202e", "place-pets", "lenet-5", "full", "step",
                new string('9', 300),
        ];
        for (var i = 0; i < 2000; i++)
        {
            string Any(string[] texts) => texts[random.Next(texts.Length)];
            var pairs = Enumerable.Range(0, random.Next(5)).Select(_ => $"{Any(names)}{(random.Next(9) == 0 ? "" : "=")}{Any(values)}");
            var path = $"{Any(pages)}{(random.Next(4) == 0 ? "/stage" : "")}?{string.Join('&', pairs)}";
            var wantsPage = random.Next(2) == 0;
            var (status, text, _) = await studio.Ask(path, wantsPage ? "text/html" : "application/json");
            Assert.True(status is 200 or 303 or 400 or 404 or 429, $"{path}: {status} {text}");
            if (wantsPage) Assert.DoesNotMatch("<script>|<svg onload", text);
        }
    }

    [GeneratedRegex(" id=\"([^\"]*)\"")]
    private static partial Regex Id();

    [GeneratedRegex(" (?:for|aria-labelledby|aria-describedby)=\"([^\"]*)\"")]
    private static partial Regex Labels();

    [GeneratedRegex("data-query=\"([^\"]*)\"")]
    private static partial Regex Query();
}
