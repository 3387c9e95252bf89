using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;
using System.Text.Json;
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

/// <summary>A web service of a model as a program would write it, and the callers that ask it over loopback from a process of their
/// own.</summary>
internal sealed class MeasuredService : IAsyncDisposable
{
    private const string Name = "measured";
    private const int Pictures = 64;
    private readonly string folder;
    private readonly WebApplication application;
    private readonly Model[] models;
    private readonly MeterListener listener = new();
    private readonly Lock gate = new();
    private ServiceCounts counts = new();

    private MeasuredService(string folder, WebApplication application, Model[] models)
    {
        (this.folder, this.application, this.models) = (folder, application, models);
        listener.InstrumentPublished = (instrument, one) =>
        {
            if (instrument.Meter.Name == "FeatureMap.Extensions") one.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<double>((instrument, value, _, _) =>
        {
            lock (gate)
            {
                if (instrument.Name == "featuremap.batch.duration") counts.BatchSeconds.Add(value);
                else if (instrument.Name == "featuremap.question.duration") counts.QuestionSeconds.Add(value);
            }
        });
        listener.SetMeasurementEventCallback<long>((instrument, value, _, _) =>
        {
            if (instrument.Name != "featuremap.reloads") return;
            lock (gate) counts.Reloads += value;
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
        new CallersFolder([.. pixels.Select(picture => PngWriter.Write(picture, network.Input))], truths).Write(folder);

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
                var answer = Encoding.UTF8.GetBytes(
                    Text(await classifier.ClassifyAsync(context.Request.Body, context.RequestAborted)));
                context.Response.ContentLength = answer.Length;
                await context.Response.BodyWriter.WriteAsync(answer);
            }
            catch (QueueFullException)
            {
                context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
                context.Response.ContentLength = 0;
            }
        });
        await application.StartAsync(cancellation);
        return new(folder, application, models);
    }

    /// <summary>What the engine does with nothing beside it: milliseconds of one image alone, and of each of 64 together.</summary>
    public (double Alone, double Together) Engine()
    {
        using var session = new ModelSession(models[0], threads: 0);
        var pixels = new byte[Pictures * session.Input.Count];
        return (Milliseconds(1), Milliseconds(Pictures) / Pictures);

        double Milliseconds(int images)
        {
            var times = new List<double>();
            var since = Stopwatch.GetTimestamp();
            while (times.Count < 3 || Stopwatch.GetElapsedTime(since).TotalSeconds < 1)
            {
                var begin = Stopwatch.GetTimestamp();
                session.PredictMany(pixels.AsSpan(0, images * session.Input.Count));
                times.Add(Stopwatch.GetElapsedTime(begin).TotalMilliseconds);
            }
            return times.Order().ElementAt(times.Count / 2);
        }
    }

    /// <summary>Lets callers ask, each its next question when the last was answered.</summary>
    /// <param name="callers">Callers that ask at the same time.</param>
    /// <param name="before">How long they ask before it counts: connections, code and batches are as they stay then.</param>
    /// <param name="length">How long it counts.</param>
    /// <param name="cancellation">Ends it.</param>
    public async Task<ServingLoad> AskAsync(int callers, TimeSpan before, TimeSpan length, CancellationToken cancellation)
    {
        using var asking = Begin(callers, before, length);
        try
        {
            await ExpectAsync(asking, Callers.Begin, cancellation);
            Take();
            var (own, from) = (ProcessorSeconds(), ProcessorSeconds(asking));
            await ExpectAsync(asking, Callers.End, cancellation);
            var taken = Take();
            (own, from) = (ProcessorSeconds() - own, ProcessorSeconds(asking) - from);
            var report = JsonSerializer.Deserialize<CallersReport>(await asking.StandardOutput.ReadToEndAsync(cancellation))!;
            return new(callers, length.TotalSeconds, report, taken, own, from);
        }
        finally
        {
            if (!asking.HasExited) asking.Kill();
        }
    }

    /// <summary>The same while the model is replaced by another one again and again.</summary>
    public async Task<ServingLoad> AskWhileChangingAsync(
        int callers, TimeSpan before, TimeSpan length, CancellationToken cancellation)
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
        var load = await AskAsync(callers, before, length, cancellation);
        await ending.CancelAsync();
        await changing;
        return load;
    }

    public async ValueTask DisposeAsync()
    {
        await application.StopAsync();
        await application.DisposeAsync();
        listener.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    private Process Begin(int callers, TimeSpan before, TimeSpan length)
    {
        var program = Environment.ProcessPath!;
        var start = new ProcessStartInfo(program) { RedirectStandardOutput = true, UseShellExecute = false };
        if (Path.GetFileNameWithoutExtension(program) == "dotnet") start.ArgumentList.Add(typeof(MeasuredService).Assembly.Location);
        foreach (var word in (string[])[CallersCommand.Name, $"{application.Urls.Single()}/predict", folder, "--callers", $"{callers}",
            "--before", Seconds(before), "--seconds", Seconds(length)])
            start.ArgumentList.Add(word);
        // What is received is looked at by the thread that waits for all connections: no thread has to be woken for it.
        start.Environment["DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS"] = "1";
        return Process.Start(start)!;

        static string Seconds(TimeSpan time) => time.TotalSeconds.ToString(CultureInfo.InvariantCulture);
    }

    private static async Task ExpectAsync(Process asking, string word, CancellationToken cancellation)
    {
        var line = await asking.StandardOutput.ReadLineAsync(cancellation);
        if (line != word) throw new InvalidOperationException($"The callers said '{line}' in place of '{word}'.");
    }

    private ServiceCounts Take()
    {
        lock (gate)
        {
            var taken = counts;
            counts = new();
            return taken;
        }
    }

    private static double ProcessorSeconds()
    {
        using var own = Process.GetCurrentProcess();
        return ProcessorSeconds(own);
    }

    private static double ProcessorSeconds(Process process)
    {
        process.Refresh();
        return process.TotalProcessorTime.TotalSeconds;
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
}
