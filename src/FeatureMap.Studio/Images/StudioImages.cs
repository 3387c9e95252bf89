using System.Collections.Concurrent;
using System.Globalization;
using FeatureMap.Data;
using FeatureMap.Lessons;
using FeatureMap.Workbench;
using Microsoft.AspNetCore.Http;

namespace FeatureMap.Studio;

/// <summary>
/// Images by id, for every page that shows one: samples of the library (<see cref="SamplePictures"/>), images of the data of a run, files
/// that were sent since the start, and drawings, which stand in the id itself. An id is looked up in lists and never joined into a path.
/// </summary>
internal sealed class StudioImages(ModelShelf shelf) : IPictureSource
{
    /// <summary>The id that stands for no image.</summary>
    public const string None = "none";

    private const string OfData = "data-";
    private const int SamplesOfRun = 20;

    private readonly SamplePictures samples = SamplePictures.Shared;
    private readonly ConcurrentDictionary<string, StudioImage> written = new();
    private readonly ConcurrentDictionary<string, IReadOnlyList<StudioImage>> ofRuns = new();
    private readonly Lock reading = new();

    /// <summary>Images of the data sets; none where null.</summary>
    public SetImages? Sets { get; init; }

    /// <summary>What was sent since the start.</summary>
    public Uploads Uploads { get; } = new();

    /// <summary>Validation images of judged runs; none where null.</summary>
    public JudgedImages? Judged { get; set; }

    /// <inheritdoc/>
    public IReadOnlyList<PictureChoice> Choices =>
        [.. samples.Choices, .. Uploads.All.Select(image => new PictureChoice(image.Id, image.Name))];

    /// <summary>The image of an id.</summary>
    /// <exception cref="ProblemException">There is none.</exception>
    public StudioImage Get(string id) => Find(id) ?? throw new ProblemException(Missing(id));

    /// <summary>The image of an id; null where there is none.</summary>
    public StudioImage? Find(string id)
    {
        if (id.StartsWith(Uploads.Prefix, StringComparison.Ordinal)) return Uploads.Find(id);
        if (id.StartsWith(InkDrawing.Prefix, StringComparison.Ordinal))
            return InkDrawing.Read(id[InkDrawing.Prefix.Length..]) is { } drawing
                ? StudioImage.Of(id, "your drawing", drawing, isSet: false) : null;
        if (id.StartsWith(OfData, StringComparison.Ordinal)) return OfRun(id);
        if (id.StartsWith(SetImages.Prefix, StringComparison.Ordinal)) return Sets?.Find(id);
        if (id.StartsWith(JudgedImages.Prefix, StringComparison.Ordinal)) return Judged?.Find(id);
        if (written.TryGetValue(id, out var known)) return known;
        if (samples.Find(id) is not { } picture) return null;
        return written.GetOrAdd(id, StudioImage.Of(id, samples.NameOf(id), picture, isSet: SamplePictures.IsDigit(id)));
    }

    /// <summary>Images of the data of a run, read when they are first asked for; empty where there are none.</summary>
    public IReadOnlyList<StudioImage> SamplesOf(string model, CancellationToken cancellation)
    {
        // One set at a time: it may be large.
        lock (reading)
        {
            if (ofRuns.TryGetValue(model, out var known)) return known;
            IReadOnlyList<StudioImage> read =
            [
                .. shelf.Samples(model, SamplesOfRun, cancellation).Select((sample, number) =>
                    StudioImage.Of($"{OfData}{model}-{number}", $"{sample.Label}, of the data of {model}", sample.Picture, isSet: true)),
            ];
            // Data may come later.
            if (read.Count > 0) ofRuns[model] = read;
            return read;
        }
    }

    /// <summary>Those of them that have been read already.</summary>
    public IReadOnlyList<StudioImage> KnownOf(string model) => ofRuns.TryGetValue(model, out var known) ? known : [];

    /// <inheritdoc/>
    Picture? IPictureSource.Find(string id) => Find(id)?.Picture();

    private StudioImage? OfRun(string id)
    {
        var end = id.LastIndexOf('-');
        if (end <= OfData.Length || !int.TryParse(id.AsSpan(end + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            return null;
        var model = id[OfData.Length..end];
        return shelf.Has(model) && SamplesOf(model, default) is var all && number < all.Count ? all[number] : null;
    }

    private static Problem Missing(string id) => new(StatusCodes.Status404NotFound, "No such image",
        $"The studio has no image '{Problem.Shortened(id)}'.{(id.StartsWith(Uploads.Prefix, StringComparison.Ordinal)
            ? " Files that were sent are kept until the studio ends, the last 64 of them and at most 64 MiB." : "")}")
    {
        Where = "image",
        Received = Problem.Shortened(id),
        Expected = "digit-0 to digit-99, the name of a sample, or the id of a file that was sent or drawn",
        Fix = id.StartsWith(Uploads.Prefix, StringComparison.Ordinal) ? "Send the file again." : "Choose one of the samples.",
    };
}
