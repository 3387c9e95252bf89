using System.Diagnostics.Metrics;
using FeatureMap.Data;
using FeatureMap.Extensions;
using FeatureMap.Interchange;
using FeatureMap.Models;
using FeatureMap.Networks;
using FeatureMap.Zoo;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace FeatureMap.Tests.Extensions;

/// <summary>A model in a service: right answers for many at once, bounds, another file, the end.</summary>
public sealed class ImageClassifierTests : IDisposable
{
    private static readonly SplitData Digits = Datasets.Digits();
    private readonly TemporaryFolder folder = new();

    private string Place => folder["model"];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Sixty_four_callers_get_the_answers_of_Predict()
    {
        var model = Save(BundledModels.Digits);
        await using var classifier = Make();
        var answers = await Task.WhenAll(Enumerable.Range(0, 64).Select(caller => Task.Run(async () =>
        {
            var told = new List<Prediction>();
            for (var i = caller; i < 640; i += 64)
                told.Add(await classifier.ClassifyAsync(Picture(i), Cancellation));
            return told;
        }, Cancellation)));
        for (var i = 0; i < 640; i++)
            Assert.Equal(model.Predict(Digits.Validation.Pixels(i)).Probabilities, answers[i % 64][i / 64].Probabilities);
    }

    [Fact]
    public async Task More_than_may_wait_is_refused_and_the_others_are_answered()
    {
        Save(BundledModels.Digits);
        await using var classifier = Make(options => (options.QueueLimit, options.BatchLimit) = (2, 1));
        var asked = Enumerable.Range(0, 200).Select(i => classifier.ClassifyAsync(Picture(i), Cancellation)).ToList();
        await Task.WhenAll(asked.Select(task => task.ContinueWith(_ => { }, TaskScheduler.Default)));
        var refused = asked.Count(task => task.IsFaulted && task.Exception!.InnerException is QueueFullException);
        Assert.Equal(asked.Count, refused + asked.Count(task => task.IsCompletedSuccessfully));
        Assert.InRange(refused, 1, asked.Count - 2);
        var error = asked.First(task => task.IsFaulted).Exception!.InnerException!;
        Assert.Contains("2 pictures wait already", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_changed_file_answers_and_a_broken_one_does_not()
    {
        Save(Constant(3));
        await using var classifier = Make(options => options.ReloadInterval = TimeSpan.FromMilliseconds(20));
        Assert.Equal(3, (await classifier.ClassifyAsync(Picture(0), Cancellation)).Class);
        using var asking = new CancellationTokenSource();
        var asked = Task.Run(async () =>
        {
            var answers = new List<int>();
            while (!asking.IsCancellationRequested)
                answers.Add((await classifier.ClassifyAsync(Picture(0), CancellationToken.None)).Class);
            return answers;
        }, Cancellation);
        Save(Constant(5));
        await Until(() => classifier.Model.Weights["linear1.bias"].Values[5] > 0);
        Assert.Equal(5, (await classifier.ClassifyAsync(Picture(0), Cancellation)).Class);
        File.WriteAllBytes(Path.Combine(Place, ModelFile.WeightsName), new byte[100]);
        await Until(() => classifier.ReloadProblem is not null);
        Assert.Equal(5, (await classifier.ClassifyAsync(Picture(0), Cancellation)).Class);
        Save(Constant(7));
        await Until(() => classifier.ReloadProblem is null);
        Assert.Equal(7, (await classifier.ClassifyAsync(Picture(0), Cancellation)).Class);
        await asking.CancelAsync();
        var told = await asked; // no question was lost, and none was answered by a model that was never there
        Assert.All(told, answer => Assert.True(answer is 3 or 5 or 7));
        Assert.Equal(told.Order(), told);
    }

    [Fact]
    public async Task A_kept_temperature_is_used_when_asked_and_told_where_not()
    {
        Save(BundledModels.Digits);
        Assert.Contains("no temperature", Assert.Throws<UsageException>(() => Make(options => options.Calibrated = true)).Message,
            StringComparison.Ordinal);
        var model = Save(BundledModels.Digits.WithTemperature(2.5));
        var pixels = Digits.Validation.Pixels(3).ToArray();
        await using (var calibrated = Make(options => options.Calibrated = true))
        {
            var answer = await calibrated.ClassifyAsync(Picture(3), Cancellation);
            Assert.Equal(model.Calibrated().Predict(pixels).Probabilities, answer.Probabilities);
            Assert.NotEqual(model.Predict(pixels).Probabilities, answer.Probabilities);
            Assert.Equal(2.5, calibrated.Model.Temperature);
        }
        var log = new Log();
        await using var plain = new ImageClassifier(new ImageClassifierOptions { Path = Place }, log);
        Assert.Equal(model.Predict(pixels).Probabilities, (await plain.ClassifyAsync(Picture(3), Cancellation)).Probabilities);
        Assert.Contains("a temperature of 2.5, which is not used", Assert.Single(log.Lines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Pictures_of_another_size_need_a_fit()
    {
        Save(BundledModels.Digits);
        var large = PngWriter.Encode(new byte[40 * 30], 40, 30, 1);
        await using (var strict = Make())
        {
            var error = await Assert.ThrowsAsync<DataException>(() => strict.ClassifyAsync(new MemoryStream(large), Cancellation));
            Assert.Contains("40", error.Message, StringComparison.Ordinal);
        }
        await using var fitting = Make(options => options.Fit = "crop");
        Assert.InRange((await fitting.ClassifyAsync(new MemoryStream(large), Cancellation)).Probability, 0, 1);
    }

    [Fact]
    public async Task What_is_no_picture_costs_nobody_else_anything()
    {
        Save(BundledModels.Digits);
        await using var classifier = Make();
        byte[][] wrong = [[], [1, 2, 3], new byte[10_000], PngWriter.Encode(new byte[28 * 28], 28, 28, 1)[..60]];
        foreach (var content in wrong)
            await Assert.ThrowsAsync<DataException>(() => classifier.ClassifyAsync(new MemoryStream(content), Cancellation));
        using var gone = new CancellationTokenSource();
        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => classifier.ClassifyAsync(Picture(0), gone.Token));
        Assert.Equal(Digits.Validation.Label(0), (await classifier.ClassifyAsync(Picture(0), Cancellation)).Class);
    }

    [Fact]
    public async Task The_end_answers_what_waits_and_takes_no_more()
    {
        Save(BundledModels.Digits);
        var classifier = Make();
        var asked = Enumerable.Range(0, 50).Select(i => classifier.ClassifyAsync(Picture(i), Cancellation)).ToList();
        await classifier.DisposeAsync();
        Assert.All(await Task.WhenAll(asked), Assert.NotNull);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => classifier.ClassifyAsync(Picture(0), Cancellation));
        await classifier.DisposeAsync();
    }

    [Fact]
    public async Task A_host_finds_it_by_name_checks_it_and_counts()
    {
        Save(BundledModels.Digits);
        var counted = 0L;
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, one) =>
            {
                if (instrument.Name == "featuremap.questions") one.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<long>((_, value, tags, _) =>
        {
            foreach (var (key, word) in tags)
                if (key == "classifier" && (string?)word == "counted") Interlocked.Add(ref counted, value);
        });
        listener.Start();
        var services = new ServiceCollection();
        services.AddSingleton<ILoggerFactory, NullLoggerFactory>().AddSingleton(typeof(ILogger<>), typeof(NullLogger<>));
        services.AddImageClassifier("counted", options => options.Path = Place);
        services.AddHealthChecks().AddImageClassifier("counted");
        await using var provider = services.BuildServiceProvider();
        foreach (var service in provider.GetServices<IHostedService>())
            if (service.GetType().Name == "Start") await service.StartAsync(Cancellation);
        var classifier = provider.GetRequiredKeyedService<IImageClassifier>("counted");
        await classifier.ClassifyAsync(Picture(0), Cancellation);
        Assert.Equal(HealthStatus.Healthy, (await provider.GetRequiredService<HealthCheckService>().CheckHealthAsync(Cancellation)).Status);
        await Until(() => Interlocked.Read(ref counted) == 1);
    }

    [Theory]
    [InlineData("BatchLimit is from 1 to 4,096: received 0.")]
    [InlineData("QueueLimit is from 1 to 1,000,000: received 0.")]
    [InlineData("Threads is from 0 to 1,024: received -1.")]
    [InlineData("Path is empty: name the folder of a run, or a model.safetensors with its network.json beside it.")]
    public void Options_out_of_range_are_refused(string message)
    {
        var options = new ImageClassifierOptions { Path = "x" };
        _ = message[0] switch
        {
            'B' => options.BatchLimit = 0,
            'Q' => options.QueueLimit = 0,
            'T' => options.Threads = -1,
            _ => (options.Path = "").Length,
        };
        var error = Assert.Throws<UsageException>(() => new ImageClassifier(options, NullLogger<ImageClassifier>.Instance));
        Assert.Equal($"ImageClassifierOptions.{message}", error.Message);
    }

    private ImageClassifier Make(Action<ImageClassifierOptions>? configure = null)
    {
        var options = new ImageClassifierOptions { Path = Place };
        configure?.Invoke(options);
        return new ImageClassifier(options, NullLogger<ImageClassifier>.Instance);
    }

    private Model Save(Model model)
    {
        Directory.CreateDirectory(Place);
        ModelFile.Save(model, Place);
        return ModelFile.Load(Place);
    }

    // Whatever it is shown, it answers this class.
    private static Model Constant(int label)
    {
        var network = Network.Build(Shape.Image(1, 28, 28), x => x.Flatten().Linear(10));
        var weights = Weights.Initialize(network, seed: 0);
        weights["linear1.weight"].Values.Clear();
        weights["linear1.bias"].Values[label] = 1;
        return new Model(weights, BundledModels.Digits.Normalization, BundledModels.Digits.ClassNames);
    }

    private static MemoryStream Picture(int image) =>
        new(PngWriter.Encode(Digits.Validation.Pixels(image % Digits.Validation.Count), 28, 28, 1));

    private static async Task Until(Func<bool> condition)
    {
        for (var i = 0; !condition(); i++)
        {
            Assert.True(i < 1_000, "It did not happen within 10 seconds.");
            await Task.Delay(10, Cancellation);
        }
    }

    private sealed class Log : ILogger<ImageClassifier>
    {
        public List<string> Lines { get; } = [];

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        void ILogger.Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Lines.Add(formatter(state, exception));
    }
}
