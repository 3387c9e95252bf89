using System.Text;
using FeatureMap.Analysis;
using FeatureMap.Data;
using FeatureMap.Models;
using FeatureMap.Reports;

namespace FeatureMap.Workbench;

/// <summary>What is asked of a detector about picture files.</summary>
/// <param name="Detector">The detector; see <see cref="DetectorInput"/>.</param>
/// <param name="Images">PNG, JPEG or BMP files, or folders or archives of them; one or more.</param>
public sealed record DetectionRequest(Detector Detector, IReadOnlyList<string> Images)
{
    /// <summary>Boxes with a lower score are left out.</summary>
    public double LeastScore { get; init; } = 0.3;

    /// <summary>A folder for the pictures with their boxes drawn on them, and a page of all; null for none.</summary>
    public string? Draw { get; init; }
}

/// <summary>What a detector finds in picture files.</summary>
/// <param name="Answers">For each file that could be read, in the order asked, its boxes in pixels of the upright picture.</param>
/// <param name="Failures">The files that could not be read, and why.</param>
/// <param name="ClassNames">The names of the classes.</param>
public sealed record DetectionPredictions(
    IReadOnlyList<(string Path, IReadOnlyList<DetectedBox> Boxes)> Answers, IReadOnlyList<(string Path, string Message)> Failures,
    IReadOnlyList<string> ClassNames)
{
    /// <summary>Asks the detector, file by file.</summary>
    /// <exception cref="DataException">A folder or archive cannot be listed, or a picture cannot be written.</exception>
    /// <exception cref="UsageException">The score is not from 0 to 1, or pictures would be drawn over those that are asked
    /// about.</exception>
    public static DetectionPredictions Of(DetectionRequest request, WorkContext context)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(context);
        if (!(request.LeastScore is >= 0 and <= 1)) throw new UsageException($"The least score is from 0 to 1: received "
            + $"{request.LeastScore}.");
        var (detector, answers, failures) = (request.Detector, new List<(string, IReadOnlyList<DetectedBox>)>(), new List<(string,
            string)>());
        using var session = new ModelSession(detector.Model, threads: 0, context.Device);
        if (request.Draw is { } drawn) CheckDrawn(drawn, request.Images);
        var drawing = request.Draw is { } folder ? new BoxDrawing(folder, detector.ClassNames) : null;
        var output = new float[detector.Pyramid.Shape.Count];
        foreach (var file in request.Images.SelectMany(PictureFiles.Read))
        {
            context.Cancellation.ThrowIfCancellationRequested();
            ImageHeader header;
            try
            {
                header = file.Header();
                session.Run(file.Load(session.Input, detector.Fit, out var notice), output);
                context.Tell(notice);
            }
            catch (DataException error)
            {
                failures.Add((file.Name, error.Message));
                continue;
            }
            var boxes = detector.Read(output, BoxPlacement.Of(detector.Fit, header.Height, header.Width, detector.Size),
                request.LeastScore);
            answers.Add((file.Name, boxes));
            drawing?.Add(file, header, boxes);
        }
        drawing?.Finish();
        return new(answers, failures, detector.ClassNames);
    }

    /// <summary>
    /// A table of comma-separated values: a line for each box with <c>file</c>, <c>class</c>, <c>score</c>, <c>x</c>, <c>y</c>,
    /// <c>width</c>, <c>height</c> and <c>error</c>; one for a file without any, and one for a file that could not be read.
    /// </summary>
    public string ToCsv()
    {
        var text = new StringBuilder();
        DetectionTable.Header(text, "error");
        foreach (var (path, boxes) in Answers)
        {
            if (boxes.Count == 0) PredictionTable.Line(text, [path, "", "", "", "", "", "", ""]);
            DetectionTable.Lines(text, path, boxes, ClassNames, "");
        }
        foreach (var (path, message) in Failures)
            PredictionTable.Line(text, [path, "", "", "", "", "", "", message]);
        return $"{text}";
    }

    // Drawn pictures are called like the others, and would be written over them, or be asked about the next time.
    private static void CheckDrawn(string folder, IReadOnlyList<string> images)
    {
        static string Named(string path) => Path.TrimEndingDirectorySeparator(Path.GetFullPath(path)) + Path.DirectorySeparatorChar;
        foreach (var image in images)
            if (Directory.Exists(image) ? Named(folder).StartsWith(Named(image), StringComparison.Ordinal)
                : Path.GetDirectoryName(Path.GetFullPath(image)) is { } home && Named(home) == Named(folder))
                throw new UsageException($"{folder} is where the pictures are that are asked about ({image}), and those with boxes are "
                    + "called alike, so they would be written over them. Choose another folder for the drawings.");
    }

    /// <summary>Writes the table to a file.</summary>
    /// <exception cref="DataException">The file cannot be written.</exception>
    public void WriteCsv(string file) => PredictionTable.Write(ToCsv(), file);
}
