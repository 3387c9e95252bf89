using System.Diagnostics;
using FeatureMap.Data;
using FeatureMap.Interchange;
using FeatureMap.Models;
using Microsoft.Extensions.Logging;

namespace FeatureMap.Extensions;

/// <summary>
/// Answers questions in batches: while batches are computed, one on each thread, the next questions wait, and are then taken together. A
/// batch of up to 8 pictures costs what they cost one by one, more of them less; so nobody waits for a batch to fill. A picture that comes
/// alone is computed by all threads.
/// </summary>
public sealed partial class ImageClassifier : IImageClassifier, IAsyncDisposable
{
    private readonly string name;
    private readonly ImageClassifierOptions options;
    private readonly ImageFit? fit;
    private readonly ILogger logger;
    private readonly QuestionQueue<Question> queue;
    private readonly CancellationTokenSource ending = new();
    private readonly Task answering, watching;
    private LoadedModel loaded;
    private FileStamp stamp;
    private volatile string? reloadProblem;

    /// <summary>Reads the model and begins to answer.</summary>
    /// <param name="options">The file and the limits.</param>
    /// <param name="logger">Told when the file is read again, or cannot be.</param>
    /// <param name="name">What messages and meters call it.</param>
    /// <exception cref="DataException">The model is missing or damaged.</exception>
    /// <exception cref="UsageException">An option is out of range.</exception>
    public ImageClassifier(ImageClassifierOptions options, ILogger<ImageClassifier> logger, string name = "")
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(logger);
        fit = options.Check();
        (this.options, this.logger, this.name) = (options, logger, name);
        stamp = FileStamp.Of(options.Path);
        loaded = LoadedModel.Read(options, fit);
        if (UnusedTemperature() is { } temperature) LogUncalibrated(name, temperature);
        queue = new(options.QueueLimit);
        // Threads of their own and not of the pool, which is busy with what callers send.
        answering = Task.WhenAll(Enumerable.Range(0, options.Threads == 0 ? Environment.ProcessorCount : options.Threads).Select(_ =>
            Task.Factory.StartNew(Answer, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)));
        watching = options.ReloadInterval > TimeSpan.Zero ? Watch() : Task.CompletedTask;
    }

    /// <summary>
    /// The model that answers now, as it is in its file; with <see cref="ImageClassifierOptions.Calibrated"/> the answers are those of
    /// <see cref="Model.Calibrated"/>. It changes when the file is read again.
    /// </summary>
    public Model Model => Volatile.Read(ref loaded).Model;

    /// <summary>Why the file that is there now does not answer, but the one before; null where it does.</summary>
    public string? ReloadProblem => reloadProblem;

    /// <summary>Questions that wait.</summary>
    public int Waiting => queue.Count;

    /// <summary>Whether nine tenths of the queue are full: it does not keep up.</summary>
    public bool IsNearlyFull => Waiting * 10L >= options.QueueLimit * 9L;

    /// <inheritdoc/>
    public async Task<Prediction> ClassifyAsync(Stream picture, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(picture);
        // Who is refused costs nothing: nothing is read or decoded for him.
        if (Waiting >= options.QueueLimit) throw Full();
        // Where the body of a request comes over the network, it is there before a thread decodes it.
        var content = new MemoryStream();
        await picture.CopyToAsync(content, cancellation).ConfigureAwait(false);
        content.Position = 0;
        var model = Hold();
        byte[] pixels;
        try
        {
            pixels = model.Decode(content);
        }
        catch // whatever it is, the model is let go
        {
            model.Dispose();
            Count("failed");
            throw;
        }
        var question = new Question(model, pixels, cancellation);
        if (!queue.TryAdd(question))
        {
            model.Dispose();
            ending.Token.ThrowIfCancellationRequested();
            throw Full();
        }
        ClassifierMeter.Waiting.Add(1, Tag());
        return await question.Answer.Task.WaitAsync(cancellation).ConfigureAwait(false);
    }

    /// <summary>Takes no more questions, answers those that wait, and lets the model go.</summary>
    public async ValueTask DisposeAsync()
    {
        if (ending.IsCancellationRequested) return;
        await ending.CancelAsync().ConfigureAwait(false);
        queue.Close();
        await answering.ConfigureAwait(false);
        await watching.ConfigureAwait(false);
        loaded.Dispose();
    }

    private QueueFullException Full()
    {
        Count("refused");
        return new($"{options.QueueLimit:N0} pictures wait already, and more are not taken (ImageClassifierOptions.QueueLimit). Ask "
            + "again later.");
    }

    // A model that was replaced between the look and the hold has gone: then there is another.
    private LoadedModel Hold()
    {
        while (true)
        {
            ObjectDisposedException.ThrowIf(ending.IsCancellationRequested, this);
            var model = Volatile.Read(ref loaded);
            if (model.TryHold()) return model;
        }
    }

    private void Answer()
    {
        var taken = new List<Question>();
        while (queue.Take(taken, options.BatchLimit))
        {
            ClassifierMeter.Waiting.Add(-taken.Count, Tag());
            foreach (var together in taken.Where(IsWanted).GroupBy(question => question.Model))
                Answer([.. together]);
            taken.Clear();
        }
    }

    private bool IsWanted(Question question)
    {
        if (!question.Cancellation.IsCancellationRequested) return true;
        question.Model.Dispose();
        Count("cancelled");
        return false;
    }

    private void Answer(Question[] questions)
    {
        var model = questions[0].Model;
        try
        {
            var begin = Stopwatch.GetTimestamp();
            var answers = model.Predict(Together(questions));
            ClassifierMeter.BatchSeconds.Record(Stopwatch.GetElapsedTime(begin).TotalSeconds, Tag());
            ClassifierMeter.BatchSize.Record(questions.Length, Tag());
            foreach (var (place, question) in questions.Index())
            {
                question.Answer.TrySetResult(answers[place]);
                ClassifierMeter.QuestionSeconds.Record(Stopwatch.GetElapsedTime(question.Since).TotalSeconds, Tag());
                Count("answered");
            }
        }
        catch (Exception error) // whatever it is belongs to those who asked; the next batch is computed all the same
        {
            foreach (var question in questions)
            {
                question.Answer.TrySetException(error);
                Count("failed");
            }
        }
        foreach (var question in questions)
            question.Model.Dispose();
    }

    private static byte[] Together(Question[] questions)
    {
        if (questions is [var only]) return only.Pixels;
        var pixels = new byte[questions.Sum(question => question.Pixels.Length)];
        var end = 0;
        foreach (var question in questions)
        {
            question.Pixels.CopyTo(pixels, end);
            end += question.Pixels.Length;
        }
        return pixels;
    }

    private async Task Watch()
    {
        using var timer = new PeriodicTimer(options.ReloadInterval);
        try
        {
            while (await timer.WaitForNextTickAsync(ending.Token).ConfigureAwait(false))
            {
                var now = FileStamp.Of(options.Path);
                // A file that is still being written changes until the next look.
                if (now == stamp) continue;
                var wait = TimeSpan.FromMilliseconds(Math.Min(200, options.ReloadInterval.TotalMilliseconds));
                await Task.Delay(wait, ending.Token).ConfigureAwait(false);
                if (FileStamp.Of(options.Path) == now) Reload(now);
            }
        }
        catch (OperationCanceledException)
        {
            // The classifier ends.
        }
    }

    private void Reload(FileStamp now)
    {
        stamp = now;
        try
        {
            var before = Interlocked.Exchange(ref loaded, LoadedModel.Read(options, fit));
            before.Dispose();
            reloadProblem = null;
            ClassifierMeter.Reloads.Add(1, Tag(), new("outcome", "read"));
            LogReloaded(name, options.Path);
            if (UnusedTemperature() is { } temperature) LogUncalibrated(name, temperature);
        }
        catch (Exception error) // whatever it is, the model before goes on answering and the next change is looked at
        {
            reloadProblem = error.Message;
            ClassifierMeter.Reloads.Add(1, Tag(), new("outcome", "failed"));
            LogNotReloaded(name, options.Path, error.Message);
        }
    }

    private double? UnusedTemperature() => options.Calibrated ? null : Model.Temperature;

    private KeyValuePair<string, object?> Tag() => new("classifier", name);

    private void Count(string outcome) => ClassifierMeter.Questions.Add(1, Tag(), new("outcome", outcome));

    [LoggerMessage(Level = LogLevel.Information, Message = "Classifier '{Name}': {Path} has changed and was read again.")]
    private partial void LogReloaded(string name, string path);

    [LoggerMessage(
        Level = LogLevel.Error,
        Message = "Classifier '{Name}': {Path} has changed and cannot be read; the model before goes on answering. {Problem}")]
    private partial void LogNotReloaded(string name, string path, string problem);

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "Classifier '{Name}': the model keeps a temperature of {Temperature:0.###}, which is not used: the probabilities are as "
            + "the network gives them. ImageClassifierOptions.Calibrated uses it.")]
    private partial void LogUncalibrated(string name, double temperature);

    private sealed record Question(LoadedModel Model, byte[] Pixels, CancellationToken Cancellation)
    {
        public long Since { get; } = Stopwatch.GetTimestamp();

        public TaskCompletionSource<Prediction> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    /// <summary>By what a changed file is known: times and lengths of the two files of a model.</summary>
    private readonly record struct FileStamp(DateTime Weights, long WeightsLength, DateTime Network, long NetworkLength)
    {
        public static FileStamp Of(string path)
        {
            try
            {
                var weights = new FileInfo(Directory.Exists(path) ? System.IO.Path.Combine(path, ModelFile.WeightsName) : path);
                var network = new FileInfo(System.IO.Path.Combine(weights.DirectoryName!, ModelFile.NetworkName));
                return new(
                    weights.LastWriteTimeUtc, weights.Exists ? weights.Length : 0,
                    network.LastWriteTimeUtc, network.Exists ? network.Length : 0);
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                return default; // as another state of the file: reading it says why
            }
        }
    }
}
