using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Globalization;
using FeatureMap.Data;
using FeatureMap.Extensions;
using FeatureMap.Interchange;
using FeatureMap.Models;
using FeatureMap.Networks;
using FeatureMap.Randomness;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace FeatureMap.Benchmarks.Serving;

/// <summary>A web service of a model as a program would write it, and the callers that ask it over loopback.</summary>
internal sealed class MeasuredService : IAsyncDisposable
{
    private const string Name = "measured";
    private const int Pictures = 64;
    private readonly string folder;
    private readonly WebApplication application;
    private readonly HttpClient client;
    private readonly byte[][] files;
    private readonly Model[] models;
    private readonly string[][] truths; // of each model, the answer to each picture
    private readonly MeterListener listener = new();
    private long batches, reloads;
    private double batchSeconds;

    private MeasuredService(string folder, WebApplication application, byte[][] files, Model[] models, string[][] truths)
    {
        (this.folder, this.application, this.files, this.models, this.truths) = (folder, application, files, models, truths);
        client = new HttpClient { BaseAddress = new Uri(application.Urls.Single()) };
        listener.InstrumentPublished = (instrument, one) =>
        {
            if (instrument.Meter.Name == "FeatureMap.Extensions") one.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<double>((instrument, value, _, _) =>
        {
            if (instrument.Name != "featuremap.batch.duration") return;
            batchSeconds += value; // one thread computes batches
            Interlocked.Increment(ref batches);
        });
        listener.SetMeasurementEventCallback<long>((instrument, value, _, _) =>
        {
            if (instrument.Name == "featuremap.reloads") Interlocked.Add(ref reloads, value);
        });
        listener.Start();
    }

    /// <summary>Starts a service of a network with drawn weights.</summary>
    /// <param name="network">The network.</param>
    /// <param name="queue">Questions that may wait.</param>
    /// <param name="cancellation">Ends the start.</param>
    public static async Task<MeasuredService> StartAsync(Network network, int queue, CancellationToken cancellation)
    {
        var folder = Directory.CreateTempSubdirectory("featuremap-serving-").FullName;
        var channels = network.Input.Channels;
        var normalization = new Normalization([.. Enumerable.Repeat(0.5, channels)], [.. Enumerable.Repeat(0.25, channels)]);
        string[] names = [.. Enumerable.Range(0, network.Output.Count).Select(label => $"class {label}")];
        Model[] models = [.. ((ulong[])[0, 1]).Select(seed => new Model(Weights.Initialize(network, seed), normalization, names))];
        var random = new RandomSequence(1, RandomPurpose.Testing);
        byte[][] pixels = [.. Enumerable.Range(0, Pictures).Select(_ => Drawn(network.Input, ref random))];
        string[][] truths = [.. models.Select(model => pixels.Select(picture => Text(model.Predict(picture))).ToArray())];
        ModelFile.Save(models[0], folder);

        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        builder.Services.AddRoutingCore();
        builder.Services.AddLogging();
        builder.Services.AddImageClassifier(Name, options =>
            (options.Path, options.QueueLimit, options.ReloadInterval) = (folder, queue, TimeSpan.FromMilliseconds(100)));
        var application = builder.Build();
        application.UseRouting();
        application.MapPost("/predict", async context =>
        {
            var classifier = context.RequestServices.GetRequiredKeyedService<IImageClassifier>(Name);
            try
            {
                await context.Response.WriteAsync(Text(await classifier.ClassifyAsync(context.Request.Body, context.RequestAborted)));
            }
            catch (QueueFullException)
            {
                context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            }
        });
        await application.StartAsync(cancellation);
        return new(folder, application, [.. pixels.Select(picture => PngWriter.Write(picture, network.Input))], models, truths);
    }

    /// <summary>Lets callers ask, each its next question when the last was answered.</summary>
    public async Task<ServingLoad> AskAsync(int callers, TimeSpan length, CancellationToken cancellation)
    {
        // Connections and code are there before it counts.
        await AskAsync(callers, TimeSpan.FromMilliseconds(300), new Answers(), cancellation);
        var answers = new Answers();
        var (batchesBefore, secondsBefore, reloadsBefore) = (batches, batchSeconds, reloads);
        var seconds = await AskAsync(callers, length, answers, cancellation);
        return new(callers, seconds, [.. answers.Milliseconds], answers.Refused, answers.Wrong, answers.Lost,
            batches - batchesBefore, batchSeconds - secondsBefore, reloads - reloadsBefore);
    }

    /// <summary>The same while the model is replaced by another one again and again.</summary>
    public async Task<ServingLoad> AskWhileChangingAsync(int callers, TimeSpan length, CancellationToken cancellation)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var changing = Task.Run(async () =>
        {
            for (var turn = 1; !ending.IsCancellationRequested; turn++)
            {
                ModelFile.Save(models[turn % models.Length], folder);
                await Task.Delay(TimeSpan.FromMilliseconds(500), ending.Token).ContinueWith(_ => { }, TaskScheduler.Default);
            }
        }, cancellation);
        var load = await AskAsync(callers, length, cancellation);
        await ending.CancelAsync();
        await changing;
        return load;
    }

    public async ValueTask DisposeAsync()
    {
        client.Dispose();
        await application.StopAsync();
        await application.DisposeAsync();
        listener.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    private async Task<double> AskAsync(int callers, TimeSpan length, Answers answers, CancellationToken cancellation)
    {
        var begin = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, callers).Select(caller => Task.Run(async () =>
        {
            for (var question = caller; Stopwatch.GetElapsedTime(begin) < length; question += callers)
                await AskAsync(question % files.Length, answers, cancellation);
        }, cancellation)));
        return Stopwatch.GetElapsedTime(begin).TotalSeconds;
    }

    private async Task AskAsync(int picture, Answers answers, CancellationToken cancellation)
    {
        var begin = Stopwatch.GetTimestamp();
        try
        {
            using var body = new ByteArrayContent(files[picture]);
            using var response = await client.PostAsync("/predict", body, cancellation);
            var text = await response.Content.ReadAsStringAsync(cancellation);
            if (response.StatusCode == System.Net.HttpStatusCode.ServiceUnavailable)
            {
                Interlocked.Increment(ref answers.Refused);
                await Task.Delay(TimeSpan.FromMilliseconds(20), cancellation); // who is refused asks again later
            }
            else if (!response.IsSuccessStatusCode) Interlocked.Increment(ref answers.Lost);
            else
            {
                answers.Milliseconds.Add(Stopwatch.GetElapsedTime(begin).TotalMilliseconds);
                if (!truths.Any(truth => truth[picture] == text)) Interlocked.Increment(ref answers.Wrong);
            }
        }
        catch (HttpRequestException)
        {
            Interlocked.Increment(ref answers.Lost);
        }
    }

    private static byte[] Drawn(Shape shape, ref RandomSequence random)
    {
        var pixels = new byte[shape.Count];
        for (var place = 0; place < pixels.Length; place++) pixels[place] = (byte)random.NextUInt32();
        return pixels;
    }

    // Every digit of the probability, so that equal texts are equal bits.
    private static string Text(Prediction prediction) =>
        string.Create(CultureInfo.InvariantCulture, $"{prediction.Class} {prediction.Probability:R} {prediction.Probabilities[0]:R}");

    private sealed class Answers
    {
        public readonly ConcurrentBag<double> Milliseconds = [];
        public int Refused, Wrong, Lost;
    }
}
