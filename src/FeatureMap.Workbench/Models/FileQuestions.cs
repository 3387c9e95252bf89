using FeatureMap.Data;
using FeatureMap.Models;

namespace FeatureMap.Workbench;

/// <summary>Reads picture files and asks a model about them, some at a time.</summary>
/// <typeparam name="T">What is answered about a picture.</typeparam>
/// <param name="model">The model.</param>
/// <param name="request">Which files, and how they are read.</param>
/// <param name="context">Told notices; stops the work.</param>
/// <param name="ask">Answers the pixels of several pictures, one after the other.</param>
/// <param name="isBroken">Whether an answer is not a number.</param>
internal sealed class FileQuestions<T>(Model model, PredictRequest request, WorkContext context,
    Func<ModelSession, byte[], IReadOnlyList<T>> ask, Func<T, bool> isBroken) : IDisposable
{
    // Pictures that are decoded and asked about together.
    private const int Together = 64;

    private readonly ModelSession session = new(model, device: context.Device);
    private readonly List<string> notices = [];
    private readonly ImageFit? fit = request.Fit ?? ImageInput.FitFor(request.Source, request.Resize, model);

    public List<(string Path, T Answer)> Answers { get; } = [];

    public List<(string Path, string Message)> Failures { get; } = [];

    public void Dispose() => session.Dispose();

    /// <summary>Asks about all files, and tells what should be known.</summary>
    public void AskAll()
    {
        foreach (var files in request.Images.SelectMany(PictureFiles.Read).Chunk(Together))
            Ask(files);
        TellNotices();
    }

    private void Ask(IReadOnlyList<PictureFile> files)
    {
        context.Cancellation.ThrowIfCancellationRequested();
        var read = new (byte[]? Pixels, string? Notice, string? Error)[files.Count];
        Parallel.For(0, files.Count, i => read[i] = Read(files[i]));
        var good = Enumerable.Range(0, files.Count).Where(i => read[i].Pixels is not null).ToArray();
        IReadOnlyList<T> told = good.Length == 0 ? [] : ask(session, [.. good.SelectMany(i => read[i].Pixels!)]);
        foreach (var (place, i) in good.Index())
        {
            Answers.Add((files[i].Name, told[place]));
            if (isBroken(told[place]))
                notices.Add($"{files[i].Name}: what the network gives is not a number, so nothing can be told. Its weights or its "
                    + "normalisation are broken.");
        }
        foreach (var (i, (_, notice, error)) in read.Index())
        {
            if (notice is not null) notices.Add(notice);
            if (error is not null) Failures.Add((files[i].Name, error));
        }
    }

    // Of many that say the same the first are enough.
    private void TellNotices()
    {
        session.Dispose();
        foreach (var notice in notices.Take(3))
            context.Tell(notice);
        if (notices.Count > 3) context.Tell($"{notices.Count - 3:N0} more notices like these are left out.");
    }

    private (byte[]? Pixels, string? Notice, string? Error) Read(PictureFile file)
    {
        try
        {
            var input = model.Network.Input;
            var pixels = ImageInput.Read(model, file, fit, request.Invert, out var notice);
            if (IsLightOnTheEdge(pixels, input) && model.Normalization.Mean.All(mean => mean < 0.4))
            {
                var advice = request.Invert ? "Is PredictRequest.Invert right?" : "Dark ink on light paper needs PredictRequest.Invert.";
                notice ??= $"{file.Name} is light at its edge, and the network learned from images that are dark there. {advice}";
            }
            return (pixels, notice, null);
        }
        catch (DataException error)
        {
            return (null, null, error.Message);
        }
    }

    private static bool IsLightOnTheEdge(byte[] pixels, Shape shape)
    {
        if (shape.Channels != 1 || shape.Height < 3 || shape.Width < 3) return false;
        long sum = 0, count = 0;
        for (var y = 0; y < shape.Height; y++)
            for (var x = 0; x < shape.Width; x++)
                if (y == 0 || x == 0 || y == shape.Height - 1 || x == shape.Width - 1)
                    (sum, count) = (sum + pixels[(y * shape.Width) + x], count + 1);
        return sum > 128 * count;
    }
}
