using FeatureMap;
using FeatureMap.Extensions;
using FeatureMap.Interchange;
using FeatureMap.Models;
using FeatureMap.Zoo;

const string Name = "pictures";
var builder = WebApplication.CreateBuilder(args);

// Of appsettings.json, the environment (Classifier__Path) or the command line (--Classifier:Path).
var settings = builder.Configuration.GetSection("Classifier");
var path = settings["Path"] ?? "model";
if (!Path.Exists(path))
{
    // So that it answers as it is: 28 x 28 pixels of a handwritten digit. Delete this, and let Classifier:Path name your own model.
    Directory.CreateDirectory(path);
    ModelFile.Save(BundledModels.Digits, path);
}

builder.WebHost.ConfigureKestrel(kestrel => kestrel.Limits.MaxRequestBodySize = 20_000_000);
builder.Services.AddProblemDetails();
builder.Services.AddImageClassifier(Name, options =>
{
    options.Path = path;
    settings.Bind(options);
});
builder.Services.AddHealthChecks().AddImageClassifier(Name);

var app = builder.Build();
app.MapHealthChecks("/healthz");
app.MapGet("/", () => "POST /predict with a JPEG, PNG or BMP file as the body: curl --data-binary @photo.jpg ADDRESS/predict\n");
app.MapPost("/predict", async (
    HttpRequest request, HttpResponse response, [FromKeyedServices(Name)] IImageClassifier classifier, CancellationToken cancellation) =>
{
    try
    {
        return Results.Ok(Answer.Of(await classifier.ClassifyAsync(request.Body, cancellation)));
    }
    catch (QueueFullException error)
    {
        response.Headers.RetryAfter = "1";
        return Results.Problem(error.Message, statusCode: StatusCodes.Status503ServiceUnavailable);
    }
    catch (DataException error)
    {
        return Results.Problem(error.Message, statusCode: StatusCodes.Status400BadRequest); // no picture, or a damaged one
    }
    catch (BadHttpRequestException error)
    {
        return Results.Problem(error.Message, statusCode: error.StatusCode); // too large
    }
});
app.Run();

internal sealed record Answer(string Class, double Probability, IReadOnlyList<Candidate> Top)
{
    public static Answer Of(Prediction prediction) => new(prediction.ClassName, prediction.Probability,
        [.. prediction.Top(5).Select(one => new Candidate(one.Name, one.Probability))]);
}

internal sealed record Candidate(string Class, double Probability);
