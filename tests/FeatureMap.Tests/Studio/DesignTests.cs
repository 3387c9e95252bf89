using System.Buffers.Text;
using System.IO.Compression;
using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using FeatureMap.Analysis;
using FeatureMap.Data;
using FeatureMap.Interchange;
using FeatureMap.Models;
using FeatureMap.Networks;
using FeatureMap.Studio;
using FeatureMap.Workbench;
using FeatureMap.Zoo;
using Xunit;

namespace FeatureMap.Tests.Studio;

/// <summary>A studio over a project folder and a folder of pictures.</summary>
public sealed class DesignStudio : IAsyncLifetime
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("featuremap-design-");
    private StudioHost? host;

    public HttpClient Client { get; } = new(new HttpClientHandler { AllowAutoRedirect = false, UseCookies = false });

    public string Project => folder.FullName;

    public async ValueTask InitializeAsync()
    {
        var digits = Datasets.Digits().Training;
        for (var image = 0; image < 24; image++)
        {
            var place = folder.CreateSubdirectory($"photos/{digits.ClassNames[digits.Label(image) % 2]}").FullName;
            new Picture("one", digits.ImageShape, digits.Pixels(image).ToArray()).Save(Path.Combine(place, $"{image}.png"));
            if (image == 3) new Picture("one", digits.ImageShape, digits.Pixels(image).ToArray()).Save(Path.Combine(place, "twice.png"));
        }
        File.WriteAllText(Path.Combine(folder.FullName, "photos", digits.ClassNames[0], "broken.png"), "no picture");
        host = await StudioHost.StartAsync(new StudioOptions
        {
            Port = 0,
            Project = folder.FullName,
            Data =
            [Path.Combine(folder.FullName, "photos")]
        });
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        if (host is not null) await host.DisposeAsync();
        folder.Delete(recursive: true);
    }

    public async Task<(HttpStatusCode Status, string Text, HttpResponseMessage Answer)> Ask(string path, string accept = "text/html",
        string? body = null)
    {
        var token = host!.Address.Query["?token=".Length..];
        using var request =
            new HttpRequestMessage(body is null ? HttpMethod.Get : HttpMethod.Post, new Uri($"http://127.0.0.1:{host.Port}{path}"));
        Assert.True(request.Headers.TryAddWithoutValidation("Cookie", $"featuremap-studio-{host.Port}={token}"));
        Assert.True(request.Headers.TryAddWithoutValidation("Accept", accept));
        if (body is not null)
        {
            request.Content = new StringContent(body, Encoding.UTF8, "application/json");
            Assert.True(request.Headers.TryAddWithoutValidation("Origin", $"http://127.0.0.1:{host.Port}"));
        }
        var answer = await Client.SendAsync(request, TestContext.Current.CancellationToken);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), answer);
    }

    public async Task<string> Page(string path)
    {
        var (status, text, _) = await Ask(path);
        Assert.True(status == HttpStatusCode.OK, $"{path}: {status} {text[..Math.Min(600, text.Length)]}");
        return text;
    }

    public async Task<JsonNode> Data(string path)
    {
        var (status, text, _) = await Ask(path, "application/json");
        Assert.True(status == HttpStatusCode.OK, $"{path}: {status} {text}");
        return JsonNode.Parse(text)!;
    }

    public async Task<JsonNode> Post(string path, JsonObject body, HttpStatusCode expected = HttpStatusCode.OK)
    {
        var (status, text, _) = await Ask(path, "application/json", body.ToJsonString());
        Assert.True(status == expected, $"{path}: {status} {text}");
        return JsonNode.Parse(text)!;
    }
}

/// <summary>Design: what the page says is what the engine says; edits, fixes, files and problems; nobody's text makes it fall.</summary>
public sealed class DesignTests(DesignStudio studio) : IClassFixture<DesignStudio>
{
    private const string Faulty =
        "input: 1x28x28\nconv1: Conv2d channels=8 kernel=3\nBatchNorm\nRelu\nGlobalAveragePool\nLinear outputs=10\nSoftmax\n";

    [Fact]
    public async Task The_page_has_the_numbers_of_the_summary_and_of_the_linter()
    {
        foreach (var name in (string[])["mnist-20k", "lenet-5", "resnet-18", "passthrough-13"])
        {
            var network = RunInput.Network(name).Network;
            var summary = NetworkSummary.Of(network);
            var report = network.Lint(new LintOptions { BatchSize = 128, ParameterBudget = 19_999 });
            var json = await studio.Data($"/design?template={name}");
            Assert.Equal(summary.ParameterCount, (long)json["totals"]!["parameters"]!);
            Assert.Equal(summary.MultiplyAdds, (long)json["totals"]!["multiplyAdds"]!);
            Assert.Equal(summary.ActivationBytes, (long)json["totals"]!["activationBytes"]!);
            Assert.Equal(summary.Rows.Select(row => (row.Layer, row.TrainableCount, row.MultiplyAdds)),
                json["layers"]!.AsArray()
                    .Select(layer => ((string)layer!["name"]!, (long)layer["trainable"]!, (long)layer["multiplyAdds"]!)));
            Assert.Equal(report.Findings.Select(finding => (finding.Rule.Id, finding.Layer?.Name, finding.Message)),
                json["findings"]!.AsArray()
                    .Select(finding => ((string)finding!["rule"]!, (string?)finding["layer"], (string)finding["message"]!)));
            Assert.Equal(NetworkText.Write(network), (string)json["text"]!);
            var page = await studio.Page($"/design?template={name}");
            Assert.Single(page.Split("<h1>")[1..]);
            Assert.Contains($"<dd>{summary.ParameterCount:N0}", page, StringComparison.Ordinal);
            Assert.Equal(report.Findings.Count, page.Split("<li class=\"finding ").Length - 1);
            Assert.Equal(network.Layers.Count, page.Split("<tr id=\"layer-").Length - 1);
        }
    }

    [Fact]
    public async Task A_draft_stands_in_its_address_and_comes_back()
    {
        var answer =
            await studio.Post("/api/design/check", new() { ["text"] = Faulty, ["batch"] = 32, ["parameters"] = "none", ["html"] = true });
        Assert.Null(answer["problem"]);
        Assert.Contains("double-softmax", answer["findings"]!.ToJsonString(), StringComparison.Ordinal);
        Assert.StartsWith("<div id=\"stage\"", (string)answer["html"]!, StringComparison.Ordinal);
        var query = (string)answer["query"]!;
        var again = await studio.Data($"/design?{query}");
        Assert.Equal(Faulty, (string)again["text"]!);
        Assert.Equal(query, (string)again["query"]!);
        Assert.Equal(32, (int)again["totals"]!["batch"]!);
        // What a template says needs no draft.
        var own =
            await studio.Post("/api/design/check",
                new() { ["text"] = NetworkText.Write(RunInput.Network("lenet-5").Network), ["template"] = "lenet-5" });
        Assert.Equal("template=lenet-5", (string)own["query"]!);
        // ResNet-50 fits into an address.
        var large = NetworkText.Write(RunInput.Network("resnet-50").Network) + "# mine\n";
        Assert.True(((string)(await studio.Post("/api/design/check", new() { ["text"] = large }))["query"]!).Length < 6000);
    }

    [Fact]
    public async Task A_form_without_a_script_sends_the_text_and_a_change()
    {
        var (status, _, answer) =
            await studio.Ask($"/design?text={Uri.EscapeDataString(Faulty)}&edit=&edit=fix%3Adouble-softmax%3Asoftmax1&batch=128");
        Assert.Equal(HttpStatusCode.SeeOther, status);
        var json = await studio.Data(answer.Headers.Location!.ToString());
        Assert.DoesNotContain("Softmax", (string)json["text"]!, StringComparison.Ordinal);
        Assert.Contains("conv1: Conv2d channels=8 kernel=3\n", (string)json["text"]!, StringComparison.Ordinal);
        var page = await studio.Page($"/design?text={Uri.EscapeDataString(Faulty)}&edit=fix:dead-taps:conv1");
        Assert.Contains("The linter does not find this any more.", page, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("up:4", "Relu\nBatchNorm\n")]
    [InlineData("down:3", "Relu\nBatchNorm\n")]
    [InlineData("copy:2", "conv1: Conv2d channels=8 kernel=3\nconv2: Conv2d channels=8 kernel=3\n")]
    [InlineData("remove:7", "Linear outputs=10\n")]
    [InlineData("add:4:Dropout probability=0.1", "Relu\nDropout probability=0.1\nGlobal")]
    [InlineData("fix:bias-bn:conv1", "conv1: Conv2d channels=8 kernel=3 bias=false\n")]
    public async Task Edits_change_the_text(string edit, string expected)
    {
        var answer = await studio.Post("/api/design/edit", new() { ["text"] = Faulty, ["edit"] = edit });
        Assert.Contains(expected, (string)answer["text"]!, StringComparison.Ordinal);
        Assert.Null(answer["problem"]);
    }

    [Fact]
    public async Task Every_finding_with_a_change_is_mended_by_it()
    {
        var text = Faulty;
        for (var steps = 0; steps < 10; steps++)
        {
            var answer = await studio.Post("/api/design/check", new() { ["text"] = text });
            if (answer["findings"]!.AsArray().FirstOrDefault(finding => finding!["edits"]!.AsArray().Count > 0) is not { } next) break;
            text = (string)(await studio.Post("/api/design/edit",
                new() { ["text"] = text, ["edit"] = $"fix:{next["rule"]}:{next["layer"]}" }))["text"]!;
        }
        Assert.Empty((await studio.Post("/api/design/check", new() { ["text"] = text }))["findings"]!.AsArray());
    }

    [Fact]
    public async Task What_is_no_network_is_told_with_its_line()
    {
        var answer = await studio.Post("/api/design/check", new() { ["text"] = "input: 1x28x28\nConv2d channels=8 kernel=99" });
        Assert.Equal(2, (int)answer["problem"]!["line"]!);
        Assert.Contains("99", (string)answer["problem"]!["message"]!, StringComparison.Ordinal);
        var page = await studio.Page($"/design?{answer["query"]}");
        Assert.Contains("Not a network yet", page, StringComparison.Ordinal);
        // What no machine looks at with each key is refused by its size.
        foreach (var text in (string[])["input: 1x20000x20000\nRelu", "input: 1x8000x8000\nConv2d channels=1 kernel=5000",
            "input: 1x100x100\nConv2d channels=1000000 kernel=1",
            "input: 1x9x9\nConv2d channels=1 kernel=3 padding=900000"])
            Assert.NotNull((await studio.Post("/api/design/check", new() { ["text"] = text }))["problem"]);
    }

    [Fact]
    public async Task A_unit_shows_its_field_and_networks_are_compared()
    {
        var json = await studio.Data("/design?template=lenet-5&layer=conv1&row=0&column=1&with=mnist-20k");
        var field = ReceptiveField.Of(RunInput.Network("lenet-5").Network)[1];
        Assert.Equal(field.Vertical.First(0), (double)json["field"]!["top"]!);
        Assert.Equal(field.Horizontal.Last(1), (double)json["field"]!["right"]!);
        Assert.Equal(RunInput.Network("mnist-20k").Network.MultiplyAdds, (long)json["other"]!["multiplyAdds"]!);
        var page = await studio.Page("/design?template=lenet-5&layer=conv1&with=mnist-20k");
        Assert.Contains("What a unit of conv1 sees", page, StringComparison.Ordinal);
        Assert.Contains("Beside mnist-20k", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Files_are_those_of_the_library()
    {
        var network = RunInput.Network("lenet-5").Network;
        foreach (var (name, text) in ((string, string)[])
            [("network.txt", NetworkText.Write(network)), ("network.json", NetworkFile.ToJson(network)),
                ("network.cs", NetworkCode.WriteProgram(network))])
        {
            var (_, got, answer) = await studio.Ask($"/design/{name}?template=lenet-5");
            Assert.Equal(text, got);
            Assert.Equal($"attachment; filename=\"{name}\"", answer.Content.Headers.ContentDisposition!.ToString());
        }
    }

    [Fact]
    public async Task A_network_is_kept_under_a_name_and_nowhere_else()
    {
        var kept = await studio.Post("/api/design/save", new() { ["text"] = Faulty, ["name"] = "my-net" });
        Assert.Equal("/train?network=networks%2Fmy-net", (string)kept["train"]!);
        Assert.Equal(Faulty,
            await File.ReadAllTextAsync(Path.Combine(studio.Project, "networks", "my-net.txt"), TestContext.Current.CancellationToken));
        Assert.Equal(Faulty, (string)(await studio.Data("/design?template=own-my-net"))["text"]!);
        Assert.EndsWith("networks/my-net.txt", new NetworkFolder(studio.Project).PathOf("my-net"), StringComparison.Ordinal);
        await studio.Post("/api/design/save", new() { ["text"] = Faulty, ["name"] = "my-net" }); // the same once more
        var other = Faulty + "# other\n";
        var refused = await studio.Post("/api/design/save", new() { ["text"] = other, ["name"] = "my-net" }, HttpStatusCode.BadRequest);
        Assert.StartsWith("There is another network 'my-net' already.", (string)refused["detail"]!, StringComparison.Ordinal);
        await studio.Post("/api/design/save", new() { ["text"] = other, ["name"] = "my-net", ["replaces"] = true });
        foreach (var name in (string[])["", "..", "../out", "a/b", "a\\b", "a.b", "con:", ".hidden", "a b", new string('x', 61), "\u00e9"])
            await studio.Post("/api/design/save", new() { ["text"] = Faulty, ["name"] = name }, HttpStatusCode.BadRequest);
        await studio.Post("/api/design/save", new() { ["text"] = "no network", ["name"] = "bad" }, HttpStatusCode.BadRequest);
        Assert.Equal(["my-net.txt"], Directory.GetFiles(Path.Combine(studio.Project, "networks")).Select(Path.GetFileName));
    }

    public static TheoryData<string, int> Problems => new()
    {
        { "/design?template=resnet-5O", 404 }, { "/design?draft=!", 400 }, { "/design?draft=____", 400 }, { "/design?batch=0", 400 },
        { "/design?nothing=1", 400 }, { "/design?batch=1&batch=2", 400 }, { "/design/other", 404 }, { "/design/stage/more", 404 },
        { "/design?with=nothing", 404 }, { "/design/network.cs?text=nonsense", 400 },
    };

    [Theory]
    [MemberData(nameof(Problems))]
    public async Task Problems_teach(string path, int status)
    {
        var (got, text, answer) = await studio.Ask(path, "application/json");
        Assert.Equal(status, (int)got);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType!.MediaType);
        Assert.NotEmpty((string)JsonNode.Parse(text)!["detail"]!);
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("{")]
    [InlineData("{\"text\": []}")]
    [InlineData("{\"text\": \"x\", \"what\": 1}")]
    [InlineData("{\"text\": \"x\", \"edit\": \"turn:1\"}")]
    [InlineData("{\"text\": \"x\", \"edit\": \"add:1:\"}")]
    [InlineData("{\"text\": \"x\", \"edit\": \"up:-1\"}")]
    [InlineData("{\"text\": \"x\", \"edit\": \"fix:\"}")]
    public async Task Bodies_that_cannot_be_are_refused(string body)
    {
        var (status, _, _) = await studio.Ask("/api/design/edit", "application/json", body);
        Assert.Equal(HttpStatusCode.BadRequest, status);
    }

    [Fact]
    public async Task A_packed_bomb_and_a_long_text_are_refused()
    {
        using var packed = new MemoryStream();
        using (var deflate = new DeflateStream(packed, CompressionLevel.SmallestSize))
            deflate.Write(new byte[4_000_000]);
        var (status, _, _) =
            await studio.Ask($"/design?draft={Base64Url.EncodeToString(packed.ToArray())}", "application/json");
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.NotNull((await studio.Post("/api/design/check", new() { ["text"] = "input: 1\n" + new string('#', 250_000) }))["problem"]);
        var (large, _, _) = await studio.Ask("/api/design/check", "application/json", $"{{\"text\": \"{new string('x', 700_000)}\"}}");
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, large);
    }

    /// <summary>Malformed texts are problems and pages, never a fault of the server.</summary>
    [Fact]
    public async Task No_text_makes_it_fall()
    {
        var random = new Random(7);
        var start = NetworkText.Write(RunInput.Network("lenet-5").Network);
        const string letters = "x:=()[],#\"-.0129eE/ \n\tNaInfinityConv2d\u00e9";
        string[] edits = ["up:3", "down:2", "copy:4", "remove:3", "add:2:Relu", "fix:bias-bn:conv1", "fix:x"];
        for (var i = 0; i < 300; i++)
        {
            var text = new StringBuilder(start);
            for (var change = random.Next(5); change >= 0; change--)
            {
                var at = random.Next(text.Length);
                if (random.Next(3) == 0) text.Remove(at, Math.Min(random.Next(9), text.Length - at));
                else text.Insert(at, letters[random.Next(letters.Length)]);
                if (text.Length == 0) text.Append('x');
            }
            var (status, answer, _) = await studio.Ask(i % 2 == 0 ? "/api/design/check" : "/api/design/edit", "application/json",
                new JsonObject
                {
                    ["text"] = text.ToString(),
                    ["edit"] = i % 2 == 0 ? null : edits[i % edits.Length],
                    ["html"] =
                    true
                }.ToJsonString());
            Assert.True(status is HttpStatusCode.OK or HttpStatusCode.BadRequest, $"{status} {answer} {text}");
        }
    }
}

/// <summary>Data: counts are those of the set, images are its images, files are checked, an augmentation is drawn step by step.</summary>
public sealed class DataPageTests(DesignStudio studio) : IClassFixture<DesignStudio>
{
    [Fact]
    public async Task The_sets_of_this_machine_and_named_places_are_listed()
    {
        var json = await studio.Data("/data");
        var ids = json["sets"]!.AsArray().Select(set => (string)set!["id"]!).ToList();
        Assert.Contains("digits", ids);
        Assert.Contains("place-photos", ids);
        var list = await studio.Page("/data");
        foreach (var id in ids)
            Assert.Contains($"href=\"/data/{id}\"", list, StringComparison.Ordinal);
        Assert.DoesNotContain(studio.Project, list, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Counts_and_images_are_those_of_the_set()
    {
        var digits = Datasets.Digits();
        var json = await studio.Data("/data/digits?class=7&part=validation");
        Assert.Equal(digits.Training.CountPerClass(), json["classes"]!.AsArray().Select(one => (int)one!["training"]!));
        Assert.Equal(digits.Validation.CountPerClass(), json["classes"]!.AsArray().Select(one => (int)one!["validation"]!));
        var images = json["images"]!.AsArray();
        Assert.Equal(Math.Min(60, digits.Validation.CountPerClass()[7]), images.Count);
        var first = Enumerable.Range(0, digits.Validation.Count).First(image => digits.Validation.Label(image) == 7);
        Assert.Equal($"set-digits-v-{first}", (string)images[0]!["id"]!);
        var (status, _, answer) = await studio.Ask($"/images/set-digits-v-{first}");
        Assert.Equal(HttpStatusCode.OK, status);
        var picture = Picture.Load(new MemoryStream(await answer.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken)), "x");
        Assert.Equal(digits.Validation.Pixels(first).ToArray(), picture.Pixels.ToArray());
        // Every image may be tried.
        Assert.Contains("set-digits-v-", await studio.Page($"/try?image=set-digits-v-{first}"), StringComparison.Ordinal);
        var page = await studio.Page("/data/digits?page=1");
        Assert.Contains("page 2 of", page, StringComparison.Ordinal);
        Assert.Equal(60, page.Split("src=\"/images/set-digits-t-").Length - 1);
    }

    [Fact]
    public async Task Files_are_checked_where_it_is_asked_for()
    {
        Assert.Null((await studio.Data("/data/place-photos"))["check"]);
        var check = (await studio.Data("/data/place-photos?check=on"))["check"]!;
        var expected = DataCheck.Of(Path.Combine(studio.Project, "photos"), cancellation: TestContext.Current.CancellationToken);
        Assert.False((bool)check["sound"]!);
        Assert.Equal(expected.Findings.Count, check["findings"]!.AsArray().Count);
        var page = await studio.Page("/data/place-photos?check=on");
        Assert.Contains("broken.png", page, StringComparison.Ordinal);
        Assert.DoesNotContain(studio.Project, page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_augmentation_is_drawn_as_a_training_sees_it_and_step_by_step()
    {
        var digits = Datasets.Digits().Training;
        var page = await studio.Page("/data/digits?augmentation=crop+4,+flip&seed=5");
        var (sheet, shape) = AugmentationPreview.Draw(digits.Take(6), Augmentation.Parse("crop 4, flip"), 6, 8, 5);
        Assert.Contains(Convert.ToBase64String(PngWriter.Write(sheet, shape)), page, StringComparison.Ordinal);
        Assert.Equal(3, page.Split("<figure class=\"variants\">").Length - 1);
        var (strip, size) = AugmentationPreview.Draw(digits.Take(1), Augmentation.Parse("crop 4"), 1, 8, 5);
        Assert.Contains(Convert.ToBase64String(PngWriter.Write(strip, size)), page, StringComparison.Ordinal);
        Assert.Contains("role=\"alert\"", await studio.Page("/data/digits?augmentation=nonsense"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/data/nothing", 404)]
    [InlineData("/data/digits?class=11", 400)]
    [InlineData("/data/digits?page=-1", 400)]
    [InlineData("/data/digits?part=all", 400)]
    [InlineData("/data/digits?what=1", 400)]
    [InlineData("/data/digits/more/still", 404)]
    [InlineData("/images/set-digits-t-99999999", 404)]
    [InlineData("/images/set-x-t-1", 404)]
    [InlineData("/images/set-", 404)]
    [InlineData("/images/set-..%2F..-t-1", 404)]
    public async Task Problems_teach(string path, int status)
    {
        var (got, text, _) = await studio.Ask(path, "application/json");
        Assert.Equal(status, (int)got);
        Assert.NotEmpty((string)JsonNode.Parse(text)!["detail"]!);
    }
}

/// <summary>Files of models.</summary>
public sealed class ExportTests(DesignStudio studio) : IClassFixture<DesignStudio>
{
    [Fact]
    public async Task A_model_is_taken_along()
    {
        var answer = await studio.Post("/api/export/digits", new() { ["kind"] = "safetensors" });
        var (status, _, file) = await studio.Ask((string)answer["address"]!);
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal("attachment; filename=\"digits.zip\"", file.Content.Headers.ContentDisposition!.ToString());
        using var zip =
            new ZipArchive(new MemoryStream(await file.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken)));
        using var folder = new TemporaryFolder();
        foreach (var entry in zip.Entries)
        {
            using var stream = entry.Open();
            using var target = File.Create(folder[entry.Name]);
            await stream.CopyToAsync(target, TestContext.Current.CancellationToken);
        }
        Assert.Equal(BundledModels.Digits.Weights.Sha256(), ModelFile.Load(Path.GetDirectoryName(folder["x"])!).Weights.Sha256());
        var onnx = await studio.Post("/api/export/digits", new() { ["kind"] = "onnx" });
        Assert.Contains("ONNX Runtime", (string)onnx["verdict"]!, StringComparison.Ordinal);
        Assert.NotEqual(false, (bool?)onnx["passed"]);
        var code = await studio.Post("/api/export/digits", new() { ["kind"] = "code" });
        Assert.Contains("ModelFile.Load(\"digits\")", (await studio.Ask((string)code["address"]!)).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_cannot_be_is_refused()
    {
        await studio.Post("/api/export/nothing", new() { ["kind"] = "onnx" }, HttpStatusCode.NotFound);
        await studio.Post("/api/export/digits", new() { ["kind"] = "zip" }, HttpStatusCode.BadRequest);
        await studio.Post("/api/export/digits", new() { ["what"] = 1 }, HttpStatusCode.BadRequest);
        Assert.Equal(HttpStatusCode.NotFound, (await studio.Ask("/exports/0123")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await studio.Ask("/exports/..%2F..%2Fetc")).Status);
    }
}
