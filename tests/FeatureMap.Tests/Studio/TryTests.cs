using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
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

/// <summary>The page Try: its numbers are those of the model, whatever was changed; and every address that cannot be is refused.</summary>
public sealed class TryTests(RunningStudio studio) : IClassFixture<RunningStudio>
{
    private static readonly (string, string) AsData = ("Accept", "application/json");

    private static Model Digits => BundledModels.Digits;

    [Theory]
    [InlineData("digit-7")]
    [InlineData("digit-43")]
    [InlineData("digit-99")]
    public async Task A_sample_is_answered_as_the_model_answers(string id)
    {
        var pixels = Datasets.Digits().Training.Pixels(int.Parse(id["digit-".Length..], CultureInfo.InvariantCulture)).ToArray();
        var expected = Digits.Predict(pixels);
        var column = await Column($"/try?image={id}");
        Assert.Equal(expected.Probabilities, Probabilities(column));
        Assert.Equal(expected.ClassName, column.GetProperty("class").GetString());
        Assert.Equal("As it is.", column.GetProperty("placed").GetString());
        var page = await studio.Text($"/try?image={id}");
        foreach (var probability in expected.Probabilities)
            Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"{100 * probability:0.00} %"), page, StringComparison.Ordinal);
        var map = GradCam.Of(Digits, pixels);
        var first = column.GetProperty("maps")[0];
        Assert.Equal(("Grad-CAM", (double)map.Largest, map.Peak.Row, map.Peak.Column), (first.GetProperty("kind").GetString(),
            first.GetProperty("largest").GetDouble(), first.GetProperty("row").GetInt32(), first.GetProperty("column").GetInt32()));
        Assert.Equal(["Grad-CAM", "Gradient", "Occlusion"], column.GetProperty("maps").EnumerateArray().Select(one =>
            one.GetProperty("kind").GetString()!));
        Assert.Equal(Digits.FeatureMaps(pixels).Select(one => one.Layer.Name), column.GetProperty("layers").EnumerateArray().Select(one =>
            one.GetProperty("name").GetString()!));
    }

    [Fact]
    public async Task A_drawing_stands_in_the_address_and_is_set_as_a_digit()
    {
        var ink = Bar();
        var text = InkDrawing.Write(ink);
        Assert.True(text.Length < 600, $"{text.Length} letters");
        var drawing = InkDrawing.Read(text)!;
        Assert.Equal(ink, drawing.Pixels.ToArray().Select(pixel => pixel == 0));
        var digit = DrawnDigit.Of(drawing);
        var column = await Column($"/try?image=ink-{text}");
        Assert.Equal(Digits.Predict(digit.Pixels).Probabilities, Probabilities(column));
        Assert.Equal($"Set as the digits of MNIST: {digit}.", column.GetProperty("placed").GetString());
        Assert.Contains("Nothing is drawn", (await Column("/try?image=ink-")).GetProperty("problem").GetString(), StringComparison.Ordinal);
        Assert.Null(InkDrawing.Read("!!"));
        Assert.Null(InkDrawing.Read(Convert.ToBase64String([0xff, 0xff, 0xff, 0xff])));
        Assert.Null(InkDrawing.Read(new string('A', InkDrawing.MostLetters + 4)));
    }

    [Fact]
    public async Task A_changed_pixel_changes_the_answer_as_the_model_says()
    {
        var pixels = Datasets.Digits().Training.Pixels(7).ToArray();
        var before = Digits.Predict(pixels);
        pixels[(12 * 28) + 13] = 200;
        var column = await Column("/try?row=12&column=13&value=200");
        Assert.Equal(Digits.Predict(pixels).Probabilities, Probabilities(column));
        Assert.Equal(before.Probabilities, column.GetProperty("classes").EnumerateArray().Select(one =>
            one.GetProperty("before").GetDouble()));
        var outside = await Column("/try?row=28&column=0&value=1");
        Assert.Contains("There is no pixel in row 28", outside.GetProperty("notices")[0].GetString(), StringComparison.Ordinal);
        Assert.Equal(before.Probabilities, Probabilities(outside));
    }

    /// <summary>Judged by the network cut in two: the numbers of the channel are made 0 between the halves.</summary>
    [Fact]
    public async Task A_channel_that_is_off_gives_zeros()
    {
        var pixels = Datasets.Digits().Training.Pixels(7).ToArray();
        var names = Digits.FeatureMaps(pixels).SkipLast(1).Select(one => one.Layer.Name).ToList();
        var judged = 0;
        foreach (var name in names)
        {
            Network rest;
            try
            {
                rest = Digits.Network.CutBehind(name);
            }
            catch (ShapeException)
            {
                continue; // something behind it reads what comes before it
            }
            var values = Digits.FeatureMaps(pixels).Single(one => one.Layer.Name == name);
            var channel = values.Layer.Output.Channels - 1;
            var numbers = values.Values.ToArray();
            numbers.AsSpan(channel * values.Layer.Output.Area, values.Layer.Output.Area).Clear();
            var scores = LayerTrace.Of(Digits.Weights.Derive(rest), numbers, options: new TraceOptions { IsTraining = false }).Result;
            var largest = scores.Max();
            var expected = scores.Select(score => Math.Exp(score - largest)).ToList();
            var column = await Column($"/try?off={Uri.EscapeDataString($"{name}:{channel}")}");
            Assert.Equal($"{name}:{channel}", column.GetProperty("off").GetString());
            Assert.All(Probabilities(column).Zip(expected, (own, wanted) => own - (wanted / expected.Sum())), difference =>
                Assert.InRange(difference, -1e-5, 1e-5));
            judged++;
        }
        Assert.True(judged >= 3, $"{judged} layers were judged.");
        var unknown = await Column("/try?off=no-such-layer:1");
        Assert.Contains("no layer no-such-layer", unknown.GetProperty("notices")[0].GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_class_is_asked_about()
    {
        var pixels = Datasets.Digits().Training.Pixels(7).ToArray();
        var column = await Column("/try?class=1");
        Assert.Equal("1", column.GetProperty("asked").GetString());
        Assert.Equal(OcclusionMap.Of(Digits, pixels, 1).Largest, column.GetProperty("maps")[2].GetProperty("largest").GetSingle());
        Assert.Contains("no class 'cat'", (await Column("/try?class=cat")).GetProperty("notices")[0].GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/try?models=no-such", 404)]
    [InlineData("/try?models=digits,../../etc", 404)]
    [InlineData("/try?image=no-such", 404)]
    [InlineData("/try?image=upload-0000000000000000", 404)]
    [InlineData("/try?image=data-digits-0", 404)]
    [InlineData("/try?image=ink-%21", 404)]
    [InlineData("/try?samples=no-such", 404)]
    [InlineData("/try/other", 404)]
    [InlineData("/try?value=256", 400)]
    [InlineData("/try?value=-1", 400)]
    [InlineData("/try?row=x", 400)]
    [InlineData("/try?off=conv1", 400)]
    [InlineData("/try?place=left", 400)]
    [InlineData("/try?invert=perhaps", 400)]
    [InlineData("/try?no-such=1", 400)]
    [InlineData("/try?image=a&image=b", 400)]
    [InlineData("/try?models=a,b,c,d,e", 400)]
    [InlineData("/images/no-such", 404)]
    [InlineData("/images/..%2f..%2fetc%2fpasswd", 404)]
    public async Task What_is_not_there_is_a_problem(string path, int status)
    {
        using var answer = await studio.Ask(path);
        Assert.Equal((status, "application/problem+json"), ((int)answer.StatusCode, answer.Content.Headers.ContentType!.MediaType));
    }

    [Theory]
    [InlineData("")]
    [InlineData("image=shore&place=fit&invert=on")]
    [InlineData("image=none")]
    [InlineData("class=3&row=1&column=2&value=0&off=conv1%3A3")]
    public async Task A_state_comes_back_from_its_address(string query)
    {
        var state = TryState.Parse(query);
        Assert.Equal(state.Query, TryState.Parse(state.Query).Query);
        Assert.Equal(query, state.Query);
        var page = await studio.Text($"/try?{query}");
        Assert.Contains((await studio.Text($"/try/stage?{query}")).Trim(), page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_sent_is_answered_as_the_address_is()
    {
        var (status, text) = await Post("""{"models": ["digits"], "image": "digit-3", "value": 9, "invert": false, "class": null}""");
        Assert.Equal(200, status);
        Assert.Equal(await studio.Text("/try?image=digit-3&value=9", AsData), text);
        foreach (var (body, expected) in ((string, int)[])[("", 400), ("[]", 400), ("{", 400), ("""{"image": {}}""", 400),
            ("""{"image": "no-such"}""", 404), ("""{"models": "no-such"}""", 404), ("""{"image": "none"}""", 400),
            ("""{"models": [1]}""", 400), ("""{"no-such": "1"}""", 400), ("""{"image": "digit-1", "image": "digit-2"}""", 400),
            ("""{"image": "\ud800"}""", 400), (new string(' ', 100_000), 413)])
            Assert.Equal((body, expected), (body, (await Post(body)).Status));
        using var elsewhere = await studio.Send(HttpMethod.Post, "/api/nothing", Json("{}"), ("Origin", studio.Origin));
        Assert.Equal(HttpStatusCode.NotFound, elsewhere.StatusCode);
    }

    [Fact]
    public async Task The_camera_belongs_to_this_page_alone()
    {
        using var page = await studio.Ask("/try");
        Assert.Contains("camera=(self)", page.Headers.GetValues("Permissions-Policy").Single(), StringComparison.Ordinal);
        using var other = await studio.Ask("/learn");
        Assert.Contains("camera=()", other.Headers.GetValues("Permissions-Policy").Single(), StringComparison.Ordinal);
    }

    /// <summary>Models of a project: listed by the studio, side by side, and nothing that a link leads to.</summary>
    [Fact]
    public async Task Models_of_a_project_are_asked_side_by_side()
    {
        using var place = new TemporaryFolder();
        var inside = Directory.CreateDirectory(Path.Combine(place.Location, "project", "my model")).FullName;
        var outside = Directory.CreateDirectory(Path.Combine(place.Location, "outside")).FullName;
        ModelFile.Save(Digits, inside);
        ModelFile.Save(Digits, outside);
        File.WriteAllText(Path.Combine(place.Location, "project", "broken.onnx"), "no model");
        if (!OperatingSystem.IsWindows()) Directory.CreateSymbolicLink(Path.Combine(place.Location, "project", "link"), outside);
        var shelf = new ModelShelf(Path.Combine(place.Location, "project"), Path.Combine(place.Location, "project", "runs"));
        Assert.Equal(["digits", "file-broken.onnx", "file-my-model"], shelf.Models.Select(model => model.Id).Order(StringComparer.Ordinal));
        var options = new StudioOptions { Port = 0, Project = Path.Combine(place.Location, "project") };
        await using var host = await StudioHost.StartAsync(options, TestContext.Current.CancellationToken);
        using var request = new HttpRequestMessage(HttpMethod.Get,
            $"http://127.0.0.1:{host.Port}/try?models=digits,file-my-model,file-broken.onnx");
        request.Headers.Add("Cookie", $"featuremap-studio-{host.Port}={host.Address.Query["?token=".Length..]}");
        request.Headers.Add("Accept", "application/json");
        using var answer = await studio.Client.SendAsync(request, TestContext.Current.CancellationToken);
        using var data = JsonDocument.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        var columns = data.RootElement.GetProperty("models");
        Assert.Equal(Probabilities(columns[0]), Probabilities(columns[1]));
        Assert.NotEmpty(columns[2].GetProperty("problem").GetString()!);
        Assert.DoesNotContain(place.Location, data.RootElement.ToString(), StringComparison.Ordinal);
    }

    private static bool[] Bar()
    {
        var ink = new bool[InkDrawing.Side * InkDrawing.Side];
        for (var row = 20; row < 95; row++)
            for (var column = 50; column < 61; column++)
                ink[(row * InkDrawing.Side) + column + (row / 30)] = true;
        return ink;
    }

    private static IEnumerable<double> Probabilities(JsonElement column) =>
        column.GetProperty("classes").EnumerateArray().Select(one => one.GetProperty("probability").GetDouble());

    private async Task<JsonElement> Column(string path)
    {
        using var data = JsonDocument.Parse(await studio.Text(path, AsData));
        return data.RootElement.GetProperty("models")[0].Clone();
    }

    private static StringContent Json(string text) => new(text, Encoding.UTF8, "application/json");

    private async Task<(int Status, string Text)> Post(string body)
    {
        using var content = Json(body);
        using var answer = await studio.Send(HttpMethod.Post, "/api/try", content, ("Origin", studio.Origin));
        return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }
}
