using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using FeatureMap.Analysis;
using FeatureMap.Data;
using FeatureMap.Interchange;
using FeatureMap.Lessons;
using FeatureMap.Models;
using FeatureMap.Networks;
using FeatureMap.Studio;
using FeatureMap.Zoo;
using Xunit;

namespace FeatureMap.Tests.Studio;

/// <summary>A studio over a project with a model file and an ONNX file.</summary>
public sealed class WalkStudio : IAsyncLifetime
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("featuremap-walk-");
    private StudioHost? host;

    public HttpClient Client { get; } = new(new HttpClientHandler { AllowAutoRedirect = false, UseCookies = false });

    /// <summary>Branches, joins, groups, upsampling, gates, in colour.</summary>
    public Model Branches { get; } = Made(3, Network.Build(Shape.Image(3, 20, 24), x =>
    {
        var y = x.Conv(6, 3, padding: 1, name: "first").BatchNorm().Relu();
        var z = y.Conv(6, 3, padding: 1, groups: 3, name: "grouped").Add(y, "sum").Silu();
        var gate = z.GlobalAveragePool().Linear(6).Sigmoid("gate");
        return z.Multiply(gate, "gated").MaxPool(2).Upsample(2).Concat(z).Conv(70, 1, name: "wide").LayerNorm().AveragePool(2)
            .ConvTranspose(3, 2, stride: 2, name: "up").Flatten().Linear(5).Softmax();
    }));

    public async ValueTask InitializeAsync()
    {
        ModelFile.Save(Branches, folder.CreateSubdirectory("branches").FullName);
        OnnxFile.Save(BundledModels.Digits, Path.Combine(folder.FullName, "digits.onnx"));
        host = await StudioHost.StartAsync(new StudioOptions { Port = 0, Project = folder.FullName });
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        if (host is not null) await host.DisposeAsync();
        folder.Delete(recursive: true);
    }

    public async Task<(int Status, string Text)> Ask(string path, string accept = "text/html")
    {
        var token = host!.Address.Query["?token=".Length..];
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri($"http://127.0.0.1:{host.Port}{path}"));
        Assert.True(request.Headers.TryAddWithoutValidation("Cookie", $"featuremap-studio-{host.Port}={token}"));
        Assert.True(request.Headers.TryAddWithoutValidation("Accept", accept));
        using var answer = await Client.SendAsync(request, TestContext.Current.CancellationToken);
        return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    public async Task<string> Page(string path)
    {
        var (status, text) = await Ask(path);
        Assert.True(status == 200, $"{path}: {status} {text[..Math.Min(600, text.Length)]}");
        return text;
    }

    public async Task<JsonDocument> Data(string path)
    {
        var (status, text) = await Ask(path, "application/json");
        Assert.True(status == 200, $"{path}: {status} {text}");
        return JsonDocument.Parse(text);
    }

    private static Model Made(int channels, Network network) =>
        new(Weights.Initialize(network, 5), Normalization.Raw(channels), ["a", "b", "c", "d", "e"]);
}

/// <summary>Walk: the numbers of the page are those of the trace, and the products that are shown add up to what is shown.</summary>
public sealed partial class WalkTests(WalkStudio studio) : IClassFixture<WalkStudio>
{
    [Fact]
    public async Task The_models_are_listed_and_each_is_walked()
    {
        using var list = await studio.Data("/walk");
        var models = list.RootElement.GetProperty("models").EnumerateArray().Select(model =>
            model.GetProperty("address").GetString()!).ToList();
        Assert.Equal(3, models.Count);
        var choice = await studio.Page("/walk");
        foreach (var address in models)
        {
            Assert.Contains($"href=\"{address}\"", choice, StringComparison.Ordinal);
            var page = await studio.Page(address);
            Assert.Single(page.Split("<h1>")[1..]);
            Assert.Contains("<svg class=\"diagram\"", page, StringComparison.Ordinal);
            using var data = await studio.Data(address);
            Assert.Equal(1, data.RootElement.GetProperty("schema").GetInt32());
            Assert.Equal(JsonValueKind.Null, data.RootElement.GetProperty("layer").ValueKind);
        }
        using var digits = await studio.Data("/walk/digits?image=digit-3");
        var answer = BundledModels.Digits.Predict(Datasets.Digits().Training.Pixels(3));
        Assert.Equal(answer.ClassName, digits.RootElement.GetProperty("answer")[0].GetProperty("class").GetString());
        Assert.Equal(answer.Probability, digits.RootElement.GetProperty("answer")[0].GetProperty("probability").GetDouble(), 1e-9);
    }

    [Fact]
    public async Task Every_layer_of_the_digits_has_the_numbers_of_the_trace()
    {
        var model = BundledModels.Digits;
        var trace = LayerTrace.Of(model.Weights, [.. ForwardTrace.Of(model, Datasets.Digits().Training.Pixels(7)).Input],
            options: new TraceOptions { IsTraining = false });
        foreach (var layer in model.Network.Layers)
        {
            var numbers = trace.Output(layer.Name);
            var channel = layer.Output.Channels / 2;
            using var data = await studio.Data($"/walk/digits?layer={layer.Name}&channel={channel}");
            var shown = data.RootElement.GetProperty("channel").GetProperty("numbers").EnumerateArray().SelectMany(row =>
                row.EnumerateArray().Select(value => value.GetSingle()));
            Assert.Equal(numbers.AsSpan(channel * layer.Output.Area, layer.Output.Area).ToArray(), shown);
            var page = await studio.Page($"/walk/digits?layer={layer.Name}&channel={channel}");
            Assert.Contains($"Layer {layer.Name} ", page, StringComparison.Ordinal);
            if (layer.Op is not null && OpLessons.Of(layer.Op) is { } lesson)
                Assert.Contains($"href=\"/learn/{lesson}\"", page, StringComparison.Ordinal);
            // One of them is the place in the trail.
            Assert.Equal(layer.Output.IsVector ? 0 : layer.Output.Channels,
                page.Split("<li><a data-state data-to=\"channel\" href").Length - 2);
        }
    }

    [Theory]
    [InlineData("digits", 28)]
    [InlineData("file-branches", 20)]
    public async Task What_is_shown_adds_up_to_the_last_digit(string id, int seed)
    {
        var random = new Random(seed);
        var network = id == "digits" ? BundledModels.Digits.Network : studio.Branches.Network;
        foreach (var layer in network.Layers)
            for (var time = 0; time < 3; time++)
            {
                var (channel, shape) = (random.Next(layer.Output.Channels), layer.Output);
                var (row, column) = (random.Next(shape.Height), random.Next(shape.Width));
                var path = $"/walk/{id}?layer={Uri.EscapeDataString(layer.Name)}&channel={channel}&cell={row}_{column}";
                var page = await studio.Page(path);
                using var data = await studio.Data(path);
                var cell = data.RootElement.GetProperty("cell");
                var (sum, value) = (Number(page, "cell-sum"), Number(page, "cell-value"));
                Assert.Equal(sum, value);
                Assert.Equal((double)cell.GetProperty("value").GetSingle(), double.Parse(value, CultureInfo.InvariantCulture),
                    2e-3 * (1 + Math.Abs(cell.GetProperty("value").GetSingle())));
                var parts = Parts(page, "part-of-cell");
                if (parts.Count == 0 && cell.GetProperty("rule").GetString() is "products" or "weightedsum")
                    parts = Parts(page, "part-of-sum");
                if (parts.Count == 0) continue;
                var decimals = value.Split('.') is [_, var behind] ? behind.Length : 0;
                Assert.Contains(value, Enumerable.Range(decimals, 8).Select(digits => ShownSum.Written((double)parts.Sum(), digits)));
            }
    }

    /// <summary>Inside a channel the products that are shown add up as well; and each leads to the cell that it reads.</summary>
    [Fact]
    public async Task The_products_of_a_channel_lead_on()
    {
        var page = await studio.Page("/walk/file-branches?layer=first&channel=2&cell=3_4&of=1");
        var products = Parts(page, "part-of-sum");
        var told = AddsText().Match(page).Groups[1].Value;
        Assert.Contains(told, Enumerable.Range(1, 9).Select(digits => ShownSum.Written((double)products.Sum(), digits)));
        var links = page[page.IndexOf("id=\"cell\"", StringComparison.Ordinal)..].Split("href=\"/walk/file-branches?layer=").Skip(1)
            .Select(part => part.Split('"')[0]).Where(link => link.Contains("cell=", StringComparison.Ordinal)).ToList();
        Assert.NotEmpty(links);
        foreach (var link in links.Distinct().Take(12))
            await studio.Page($"/walk/file-branches?layer={WebUtility.HtmlDecode(link)}");
        foreach (var share in (string[])["\">input 0<", "&amp;of=1\">input 1<", "&amp;of=2\">input 2<"])
            Assert.Contains(share, page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Large_maps_are_parts_and_many_channels_are_pages()
    {
        var page = await studio.Page("/walk/file-branches?layer=wide");
        Assert.Equal(64, page.Split("<li><a data-state data-to=\"channel\"").Length - 1);
        var second = await studio.Page("/walk/file-branches?layer=wide&page=1");
        Assert.Equal(6, second.Split("<li><a data-state data-to=\"channel\"").Length - 1);
        using var far = await studio.Data("/walk/file-branches?layer=first&channel=99&cell=500_2&page=7");
        Assert.Equal(5, far.RootElement.GetProperty("channel").GetProperty("channel").GetInt32());
        Assert.Equal(19, far.RootElement.GetProperty("cell").GetProperty("row").GetInt32());
        Assert.Equal(3, far.RootElement.GetProperty("notices").GetArrayLength());
    }

    [Theory]
    [InlineData("/walk/no-such-model", 404)]
    [InlineData("/walk/digits?image=no-such-image", 404)]
    [InlineData("/walk/digits?layer=no-such-layer", 400)]
    [InlineData("/walk/digits?layer=conv1&layer=conv2", 400)]
    [InlineData("/walk/digits?cell=a_b", 400)]
    [InlineData("/walk/digits?channel=-1", 400)]
    [InlineData("/walk/digits?no-such=1", 400)]
    [InlineData("/walk/digits/no/such", 404)]
    [InlineData("/walk/..%2F..%2Fetc%2Fpasswd", 404)]
    public async Task A_problem_teaches(string path, int status)
    {
        var (given, text) = await studio.Ask(path, "application/json");
        Assert.Equal(status, given);
        using var problem = JsonDocument.Parse(text);
        Assert.NotEmpty(problem.RootElement.GetProperty("detail").GetString()!);
        Assert.NotEmpty(problem.RootElement.GetProperty("fix").GetString()!);
        Assert.Equal(status, (await studio.Ask(path)).Status);
    }

    [Fact]
    public async Task Two_thousand_malformed_states_are_answered_without_a_fault()
    {
        var random = new Random(11);
        string[] names = ["image", "layer", "channel", "cell", "page", "of", "x", "", "layer[]", "%00"];
        string[] values =
        [
            "", "conv1", "digit-7", "0", "7", "-1", "1e9", "99999999999999999999", "5_7", "5_", "_", "5_7_9", "NaN", "%00", "%FF%FE", "%2e%2e%2f",
            "<script>", "%3Csvg%20onload%3D1%3E", "\u202e", "' OR 1=1", "a%26b", "own-00000000", "ink-zzzz", "data-digits-3", "data--",
            "shore", "norm1", new string('9', 300),
        ];
        var layers = BundledModels.Digits.Network.Layers.Select(layer => layer.Name).ToArray();
        for (var i = 0; i < 2000; i++)
        {
            string Any(string[] texts) => texts[random.Next(texts.Length)];
            var pairs = Enumerable.Range(0, random.Next(5)).Select(_ => random.Next(3) == 0 ? $"layer={Any(layers)}"
                : $"{Any(names)}{(random.Next(9) == 0 ? "" : "=")}{Any(values)}");
            var model = random.Next(20) == 0 ? Any(values).Replace("/", "%2F", StringComparison.Ordinal) : "digits";
            var path = $"/walk/{model}{(random.Next(4) == 0 ? "/stage" : "")}?{string.Join('&', pairs)}";
            var wantsPage = random.Next(2) == 0;
            var (status, text) = await studio.Ask(path, wantsPage ? "text/html" : "application/json");
            Assert.True(status is 200 or 400 or 404 or 429, $"{path}: {status}");
            if (wantsPage) Assert.DoesNotMatch("<script>|<svg onload", text);
        }
    }

    [Fact]
    public async Task A_page_has_no_style_or_script_in_it_and_no_id_twice()
    {
        foreach (var path in (string[])["/walk", "/walk/digits", "/walk/digits?layer=conv1&channel=1&cell=4_4",
            "/walk/file-branches?layer=gated&channel=1&cell=4_4"])
        {
            var page = await studio.Page(path);
            Assert.DoesNotMatch("<style| style=| on[a-z]+=\"|javascript:", page);
            var ids = Id().Matches(page).Select(match => match.Groups[1].Value).ToList();
            Assert.Equal(ids.Distinct(), ids);
            Assert.All(Labels().Matches(page).SelectMany(match => match.Groups[1].Value.Split(' ')), name => Assert.Contains(name, ids));
        }
    }

    [Fact]
    public async Task Lessons_lead_to_a_layer_and_back()
    {
        var lesson = await studio.Page("/learn/convolution");
        var address = WalkAddress().Match(lesson).Groups[1].Value;
        var page = await studio.Page(address);
        Assert.Contains("href=\"/learn/convolution\"", page, StringComparison.Ordinal);
        Assert.Contains("href=\"/walk\"", await studio.Page("/learn"), StringComparison.Ordinal);
    }

    /// <summary>Sums that agree to the last digit, for parts of any size.</summary>
    [Fact]
    public void A_shown_sum_agrees_with_its_parts_and_with_the_engine()
    {
        var random = new Random(4);
        for (var i = 0; i < 5000; i++)
        {
            var scale = Math.Pow(10, random.Next(-7, 9));
            double[] parts = [.. Enumerable.Range(0, 1 + random.Next(60)).Select(_ => (random.NextDouble() - 0.5) * scale)];
            var engine = parts.Aggregate(0f, (sum, part) => sum + (float)part);
            var shown = ShownSum.Of(parts, engine);
            Assert.Equal(shown.SumText, shown.EngineText);
            var told = parts.Select(part => decimal.Parse(shown.Part(part), CultureInfo.InvariantCulture)).Sum();
            Assert.Equal(shown.SumText, ShownSum.Written((double)told, shown.ResultDecimals));
            // Half a unit of the last decimal that is shown.
            var tolerance = Math.Max(1e-3 * scale, 0.5 * Math.Pow(10, -shown.ResultDecimals)) + 1e-12;
            Assert.Equal(engine, double.Parse(shown.EngineText, CultureInfo.InvariantCulture), tolerance);
        }
        Assert.Equal("undefined", ShownSum.Of([double.NaN], double.NaN).EngineText);
        Assert.Equal("1e+30", ShownSum.Of([1e30], 1e30).EngineText);
    }

    private static string Number(string page, string id) => Regex.Match(page, $"id=\"{id}\">([^<]*)<").Groups[1].Value;

    private static List<decimal> Parts(string page, string style) => [.. Regex.Matches(page, $"class=\"{style}[^\"]*\">([^<]*)<")
        .Select(match => decimal.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture))];

    [GeneratedRegex(" adds <b>([^<]*)</b>")]
    private static partial Regex AddsText();

    [GeneratedRegex(" id=\"([^\"]*)\"")]
    private static partial Regex Id();

    [GeneratedRegex(" (?:for|aria-labelledby|aria-describedby)=\"([^\"]*)\"")]
    private static partial Regex Labels();

    [GeneratedRegex("href=\"(/walk/digits\\?layer=[^\"]*)\"")]
    private static partial Regex WalkAddress();
}
