using System.Net;
using System.Text.Json.Nodes;
using FeatureMap.Analysis;
using FeatureMap.Data;
using FeatureMap.Extensions;
using FeatureMap.Models;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace FeatureMap.Cli;

/// <summary>A model as a web service: what <c>featuremap serve</c> runs.</summary>
internal sealed class PredictionService : IAsyncDisposable
{
    private const int MostShown = 5;
    private const string Usage = """
        POST /predict    a JPEG, PNG or BMP file as the body: what it shows, as JSON
        GET  /model      the classes and what the network takes
        GET  /health     200 where the model answers, 503 where it cannot keep up

        curl --data-binary @photo.jpg ADDRESS/predict

        """;

    private readonly WebApplication application;

    private PredictionService(WebApplication application, Uri address) => (this.application, Address) = (application, address);

    /// <summary>Where it listens.</summary>
    public Uri Address { get; }

    /// <summary>Starts it, which answers when the task is done.</summary>
    /// <param name="classifier">The model. It is not disposed.</param>
    /// <param name="address">The address of this machine to listen on.</param>
    /// <param name="port">The port; 0 for any that is free.</param>
    /// <param name="mostBytes">The largest picture, in bytes.</param>
    /// <param name="cancellation">Ends the start.</param>
    /// <exception cref="UsageException">The port is taken, or the address is not one of this machine.</exception>
    public static async Task<PredictionService> StartAsync(
        ImageClassifier classifier, IPAddress address, int port, long mostBytes, CancellationToken cancellation)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(address, port);
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = mostBytes;
        });
        builder.Services.AddRoutingCore();
        var application = builder.Build();
        application.UseRouting();
        application.MapGet("/", context => context.Response.WriteAsync(
            Usage.Replace("ADDRESS", $"{context.Request.Scheme}://{context.Request.Host}", StringComparison.Ordinal)));
        application.MapGet("/model", context => Send(context, 200, Description(classifier)));
        application.MapGet("/health", context => Send(context, classifier.IsNearlyFull ? 503 : 200, Health(classifier)));
        application.MapPost("/predict", context => Predict(context, classifier));
        application.MapFallback(context => Refuse(context, IsKnown(context) ? 405 : 404,
            $"{context.Request.Method} {context.Request.Path} is nothing here: POST /predict, GET /model, GET /health."));
        try
        {
            await application.StartAsync(cancellation);
        }
        catch (Exception error) when (error is IOException or System.Net.Sockets.SocketException)
        {
            await application.DisposeAsync();
            throw new UsageException(error.InnerException is AddressInUseException
                ? $"Port {port} of {address} is taken. Choose another one with --port, 0 for any that is free."
                : $"The service cannot listen on port {port} of {address}: {error.Message}", error);
        }
        var bound = application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        return new(application, new Uri(bound));
    }

    public async ValueTask DisposeAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(5));
        try
        {
            await application.StopAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            // What was not answered in time is cut.
        }
        await application.DisposeAsync();
    }

    private static bool IsKnown(HttpContext context) => context.Request.Path.Value is "/predict" or "/model" or "/health" or "/";

    private static async Task Predict(HttpContext context, ImageClassifier classifier)
    {
        try
        {
            // What curl sends without being told is called a form as well, and is the file alone: only parts are refused.
            if (context.Request.ContentType?.StartsWith("multipart/", StringComparison.OrdinalIgnoreCase) == true)
            {
                await Refuse(context, 415, "A form was sent. Send the file alone, as the body: curl --data-binary @photo.jpg "
                    + "-H 'Content-Type: image/jpeg'.");
                return;
            }
            var prediction = await classifier.ClassifyAsync(context.Request.Body, context.RequestAborted);
            await Send(context, 200, Answer(prediction, classifier.Model));
        }
        catch (QueueFullException error)
        {
            context.Response.Headers.RetryAfter = "1";
            await Refuse(context, 503, error.Message);
        }
        catch (DataException error)
        {
            await Refuse(context, 400, error.Message.Replace(
                "let it be scaled with resize: true", "let the service be started with --fit crop", StringComparison.Ordinal));
        }
        catch (BadHttpRequestException error)
        {
            await Refuse(context, error.StatusCode,
                error.StatusCode == 413 ? "The picture is larger than this service takes (--most-bytes)." : error.Message);
        }
        catch (OperationCanceledException)
        {
            // Who asked has gone.
        }
    }

    private static JsonObject Answer(Prediction prediction, Model model) => new()
    {
        ["class"] = prediction.ClassName,
        ["label"] = prediction.Class,
        ["probability"] = Terminal.Number(prediction.Probability),
        ["independent"] = model.Network.OutputValues == Networks.OutputValues.IndependentProbabilities,
        ["top"] = new JsonArray([.. prediction.Top(MostShown).Select(one =>
            new JsonObject { ["class"] = one.Name, ["label"] = one.Class, ["probability"] = Terminal.Number(one.Probability) })]),
    };

    private static JsonObject Description(ImageClassifier classifier) => new()
    {
        ["classes"] = new JsonArray([.. classifier.Model.ClassNames.Select(name => JsonValue.Create(name))]),
        ["input"] = $"{classifier.Model.Network.Input}",
        ["fit"] = classifier.Model.Fit is { } fit ? $"{fit}" : null,
        ["parameters"] = classifier.Model.Network.Summary().TrainableCount,
        ["sha256"] = classifier.Model.Weights.Sha256(),
    };

    private static JsonObject Health(ImageClassifier classifier) => new()
    {
        ["status"] = classifier.IsNearlyFull ? "full" : classifier.ReloadProblem is null ? "healthy" : "degraded",
        ["waiting"] = classifier.Waiting,
        ["reloadProblem"] = classifier.ReloadProblem,
    };

    private static Task Send(HttpContext context, int status, JsonObject document, string type = "application/json")
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = type;
        context.Response.Headers.XContentTypeOptions = "nosniff";
        return context.Response.WriteAsync(document.ToJsonString(), context.RequestAborted);
    }

    private static Task Refuse(HttpContext context, int status, string detail)
    {
        if (status == 405) context.Response.Headers.Allow = context.Request.Path.Value == "/predict" ? "POST" : "GET";
        return Send(
            context, status, new JsonObject { ["status"] = status, ["title"] = $"{(HttpStatusCode)status}", ["detail"] = detail },
            "application/problem+json");
    }
}
