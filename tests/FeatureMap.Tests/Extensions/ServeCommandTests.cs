using System.Net;
using System.Text.Json;
using FeatureMap.Cli;
using FeatureMap.Data;
using FeatureMap.Extensions;
using FeatureMap.Interchange;
using FeatureMap.Models;
using FeatureMap.Networks;
using FeatureMap.Tests.Cli;
using FeatureMap.Zoo;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace FeatureMap.Tests.Extensions;

/// <summary>The web service of the tool, asked over HTTP.</summary>
public sealed class ServeCommandTests : IAsyncLifetime
{
    private readonly TemporaryFolder folder = new();
    private ImageClassifier classifier = null!;
    private PredictionService service = null!;
    private HttpClient client = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        Directory.CreateDirectory(folder["model"]);
        ModelFile.Save(BundledModels.Digits, folder["model"]);
        classifier = new ImageClassifier(new ImageClassifierOptions { Path = folder["model"] }, NullLogger<ImageClassifier>.Instance);
        service = await PredictionService.StartAsync(classifier, IPAddress.Loopback, 0, 100_000, Cancellation);
        client = new HttpClient { BaseAddress = service.Address };
    }

    public async ValueTask DisposeAsync()
    {
        client.Dispose();
        await service.DisposeAsync();
        await classifier.DisposeAsync();
        folder.Dispose();
    }

    [Fact]
    public async Task A_picture_is_answered_as_Predict_answers_it()
    {
        var set = Datasets.Digits().Validation;
        for (var image = 0; image < 20; image++)
        {
            var (status, answer) = await Post(PngWriter.Encode(set.Pixels(image), 28, 28, 1));
            var truth = BundledModels.Digits.Predict(set.Pixels(image));
            Assert.Equal(HttpStatusCode.OK, status);
            Assert.Equal(truth.Class, answer.GetProperty("label").GetInt32());
            Assert.Equal(truth.Probability, answer.GetProperty("probability").GetDouble());
            Assert.Equal(5, answer.GetProperty("top").GetArrayLength());
        }
    }

    [Theory]
    [InlineData("", 400)]
    [InlineData("no picture", 400)]
    [InlineData("large", 413)]
    [InlineData("size", 400)]
    public async Task What_is_wrong_is_said(string content, int expected)
    {
        var (status, answer) = await Post(content switch
        {
            "large" => new byte[100_001],
            "size" => PngWriter.Encode(new byte[9], 3, 3, 1),
            _ => System.Text.Encoding.UTF8.GetBytes(content),
        });
        Assert.Equal(expected, (int)status);
        Assert.Equal(expected, answer.GetProperty("status").GetInt32());
        Assert.InRange(answer.GetProperty("detail").GetString()!.Length, 20, 400);
        Assert.DoesNotContain(folder["model"], answer.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Forms_other_addresses_and_other_methods_are_refused()
    {
        // What curl says of a file that it sends alone.
        var set = Datasets.Digits().Validation;
        using var alone = new ByteArrayContent(PngWriter.Encode(set.Pixels(0), 28, 28, 1));
        alone.Headers.ContentType = new("application/x-www-form-urlencoded");
        Assert.Equal(HttpStatusCode.OK, (await client.PostAsync("/predict", alone, Cancellation)).StatusCode);
        using var form = new MultipartFormDataContent { { new ByteArrayContent([1]), "image", "a.png" } };
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, (await client.PostAsync("/predict", form, Cancellation)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync("/../etc/passwd", Cancellation)).StatusCode);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, (await client.DeleteAsync("/predict", Cancellation)).StatusCode);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, (await client.GetAsync("/predict", Cancellation)).StatusCode);
    }

    [Fact]
    public async Task A_full_queue_is_said_and_the_others_are_answered_as_Predict_answers()
    {
        // Slow enough that many are there before the first is answered.
        var network = Network.Build(
            Shape.Image(1, 28, 28), x => x.Conv(64, kernel: 3).Relu().Conv(64, kernel: 3).Relu().Flatten().Linear(10));
        var model = new Model(Weights.Initialize(network, seed: 0), BundledModels.Digits.Normalization, BundledModels.Digits.ClassNames);
        Directory.CreateDirectory(folder["slow"]);
        ModelFile.Save(model, folder["slow"]);
        var options = new ImageClassifierOptions { Path = folder["slow"], QueueLimit = 1, BatchLimit = 1, Threads = 1 };
        await using var slow = new ImageClassifier(options, NullLogger<ImageClassifier>.Instance);
        await using var narrow = await PredictionService.StartAsync(slow, IPAddress.Loopback, 0, 100_000, Cancellation);
        using var asking = new HttpClient { BaseAddress = narrow.Address };
        var set = Datasets.Digits().Validation;
        var truths = Enumerable.Range(0, 64).Select(image => model.Predict(set.Pixels(image)).Probability).ToArray();
        var (answered, refused) = (0, 0);
        for (var round = 0; refused == 0 || answered == 0; round++)
        {
            Assert.True(round < 20, $"{answered} were answered and {refused} refused.");
            await Task.WhenAll(Enumerable.Range(0, 64).Select(async image =>
            {
                using var body = new ByteArrayContent(PngWriter.Encode(set.Pixels(image), 28, 28, 1));
                using var response = await asking.PostAsync("/predict", body, Cancellation);
                var answer = JsonDocument.Parse(await response.Content.ReadAsStringAsync(Cancellation)).RootElement;
                if (response.StatusCode == HttpStatusCode.ServiceUnavailable)
                {
                    Assert.Equal("1", Assert.Single(response.Headers.GetValues("Retry-After")));
                    Assert.Contains("wait already", answer.GetProperty("detail").GetString(), StringComparison.Ordinal);
                    Interlocked.Increment(ref refused);
                }
                else
                {
                    Assert.Equal(truths[image], answer.GetProperty("probability").GetDouble());
                    Interlocked.Increment(ref answered);
                }
            }));
        }
    }

    [Fact]
    public async Task It_tells_what_it_is()
    {
        Assert.Contains("curl --data-binary @photo.jpg http", await client.GetStringAsync("/", Cancellation), StringComparison.Ordinal);
        var model = JsonDocument.Parse(await client.GetStringAsync("/model", Cancellation)).RootElement;
        Assert.Equal(10, model.GetProperty("classes").GetArrayLength());
        Assert.Equal("1x28x28", model.GetProperty("input").GetString());
        Assert.Equal(971, model.GetProperty("parameters").GetInt32());
        var health = JsonDocument.Parse(await client.GetStringAsync("/health", Cancellation)).RootElement;
        Assert.Equal("healthy", health.GetProperty("status").GetString());
    }

    [Fact]
    public void The_command_prints_its_address_and_ends_when_it_is_stopped()
    {
        var result = Tool.Run(new CancellationTokenSource(), "Ctrl-C", "serve", folder["model"], "--port", "0");
        Assert.Equal((0, ""), (result.Code, result.Error));
        Assert.Matches("curl --data-binary @photo.jpg http://127\\.0\\.0\\.1:\\d+/predict\\s", result.Output);
        Assert.EndsWith("The service has ended.", result.Output.TrimEnd(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(2, "--host is an address of this machine, such as 127.0.0.1 or 0.0.0.0: received 'everywhere'.", "--host", "everywhere")]
    [InlineData(2, "--port is a whole number from 0 to 65,535: received '99999'.", "--port", "99999")]
    [InlineData(2, "--queue is a whole number from 1 to 1,000,000: received '0'.", "--queue", "0")]
    public void Wrong_usage_is_said(int code, string message, params string[] arguments)
    {
        var result = Tool.Run(["serve", folder["model"], .. arguments]);
        Assert.Equal((code, $"error: {message}"), (result.Code, result.Error.Trim()));
    }

    [Fact]
    public void A_kept_temperature_is_told_or_used()
    {
        ModelFile.Save(BundledModels.Digits.WithTemperature(2.5), folder["model"]);
        var plain = Tool.Run(new CancellationTokenSource(), "Ctrl-C", "serve", folder["model"], "--port", "0");
        Assert.Contains("keeps a temperature of 2.5, which is not used", plain.Error, StringComparison.Ordinal);
        Assert.Contains("--calibrated uses it", plain.Error, StringComparison.Ordinal);
        var used = Tool.Run(new CancellationTokenSource(), "Ctrl-C", "serve", folder["model"], "--port", "0", "--calibrated");
        Assert.Equal((0, ""), (used.Code, used.Error));
    }

    [Fact]
    public void What_it_cannot_serve_is_said()
    {
        var onnx = Tool.Run("serve", "model.onnx");
        Assert.Equal(2, onnx.Code);
        Assert.Contains("received the ONNX file", onnx.Error, StringComparison.Ordinal);
    }

    private async Task<(HttpStatusCode Status, JsonElement Answer)> Post(byte[] content)
    {
        using var body = new ByteArrayContent(content);
        var response = await client.PostAsync("/predict", body, Cancellation);
        return (response.StatusCode, JsonDocument.Parse(await response.Content.ReadAsStringAsync(Cancellation)).RootElement);
    }
}
