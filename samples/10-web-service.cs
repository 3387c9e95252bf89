#:sdk Microsoft.NET.Sdk.Web
#:project ../src/FeatureMap.Extensions/FeatureMap.Extensions.csproj
#:project ../src/FeatureMap.Zoo/FeatureMap.Zoo.csproj
#:property PublishAot=false
#:property GenerateDocumentationFile=false

using System.Net.Http.Json;
using FeatureMap;
using FeatureMap.Data;
using FeatureMap.Extensions;
using FeatureMap.Interchange;
using FeatureMap.Zoo;

// A model in a web service, which this program then asks as 64 callers at once.
var folder = Path.Combine(Path.GetTempPath(), $"featuremap-service-{Environment.ProcessId}");
try
{
    Directory.CreateDirectory(folder);
    ModelFile.Save(BundledModels.Digits, folder); // in its place: the folder of a training of yours

    var builder = WebApplication.CreateBuilder();
    builder.Logging.SetMinimumLevel(LogLevel.Warning);
    builder.WebHost.UseUrls("http://127.0.0.1:0");
    builder.Services.AddImageClassifier("digits", options => options.Path = folder);
    builder.Services.AddHealthChecks().AddImageClassifier("digits");

    await using var app = builder.Build();
    app.MapHealthChecks("/healthz");
    app.MapPost("/classify", async (
        HttpRequest request, [FromKeyedServices("digits")] IImageClassifier digits, CancellationToken cancellation) =>
    {
        try
        {
            var prediction = await digits.ClassifyAsync(request.Body, cancellation);
            return Results.Ok(new Answer(prediction.ClassName, prediction.Probability));
        }
        catch (QueueFullException error)
        {
            return Results.Problem(error.Message, statusCode: StatusCodes.Status503ServiceUnavailable);
        }
        catch (DataException error)
        {
            return Results.Problem(error.Message, statusCode: StatusCodes.Status400BadRequest);
        }
    });
    await app.StartAsync();

    var images = Datasets.Digits().Validation;
    using var client = new HttpClient { BaseAddress = new Uri(app.Urls.Single()) };
    var answers = await Task.WhenAll(Enumerable.Range(0, 64).Select(async image =>
    {
        using var body = new ByteArrayContent(PngWriter.Encode(images.Pixels(image), 28, 28, 1));
        using var response = await client.PostAsync("/classify", body);
        return await response.Content.ReadFromJsonAsync<Answer>();
    }));
    var right = answers.Index().Count(answer => answer.Item!.Class == images.ClassNames[images.Label(answer.Index)]);
    var same = answers.Index().All(answer =>
        answer.Item!.Probability == BundledModels.Digits.Predict(images.Pixels(answer.Index)).Probability);
    Console.WriteLine($"{right} of {answers.Length} digits are right; the answers are {(same ? "" : "not ")}those of Predict, to the bit.");

    using var nothing = new StringContent("no picture");
    using var refused = await client.PostAsync("/classify", nothing);
    var health = await client.GetStringAsync("/healthz");
    Console.WriteLine($"What is no picture is answered with {(int)refused.StatusCode}; the service is {health}.");
    await app.StopAsync();
    if (!same) Environment.ExitCode = 1;
}
finally
{
    if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
}

internal sealed record Answer(string Class, double Probability);
