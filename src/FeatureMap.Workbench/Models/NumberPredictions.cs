using System.Globalization;
using System.Text;
using FeatureMap.Models;

namespace FeatureMap.Workbench;

/// <summary>The numbers that a model tells of image files, such as an age.</summary>
/// <param name="Names">What the numbers are.</param>
/// <param name="Answers">For each file that could be read, in the order asked, its numbers.</param>
/// <param name="Failures">The files that could not be read, and why.</param>
public sealed record NumberPredictions(IReadOnlyList<string> Names, IReadOnlyList<(string Path, IReadOnlyList<float> Numbers)> Answers,
    IReadOnlyList<(string Path, string Message)> Failures)
{
    /// <summary>Asks a model that gives numbers (<see cref="Model.GivesQuantities"/>). What can be read is answered, whatever else
    /// cannot.</summary>
    /// <param name="model">The model, as <see cref="FilePredictions.Open"/> opens it.</param>
    /// <param name="request">Which files.</param>
    /// <param name="context">Told notices; stops the work.</param>
    /// <exception cref="DataException">A folder or archive cannot be listed or has no pictures.</exception>
    /// <exception cref="UsageException">A choice does not go with such a model.</exception>
    public static NumberPredictions Of(Model model, PredictRequest request, WorkContext context)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(context);
        if (request.IsCalibrated)
            throw new UsageException("A temperature belongs to classes, and this model gives numbers: leave PredictRequest.IsCalibrated "
                + "out.");
        var asked = TestTimeAugmentation.Apply(model, request.Views);
        var count = asked.Network.Output.Count;
        using var questions = new FileQuestions<IReadOnlyList<float>>(asked, request, context, (session, pixels) =>
        {
            var outputs = new float[pixels.Length / asked.Network.Input.Count * count];
            session.Run(pixels, outputs);
            return [.. outputs.Chunk(count)];
        }, numbers => numbers.Any(number => !float.IsFinite(number)));
        questions.AskAll();
        return new([.. Enumerable.Range(0, count).Select(number => number < model.ClassNames.Count ? model.ClassNames[number]
            : $"number {number}")],
            questions.Answers, questions.Failures);
    }

    /// <summary>The table (RFC 4180): <c>file</c>, a column for each number, and <c>error</c>, which says why a file could not be
    /// read.</summary>
    public string ToTable()
    {
        var text = new StringBuilder();
        PredictionTable.Line(text, ["file", .. Names, "error"]);
        foreach (var (path, numbers) in Answers)
            PredictionTable.Line(text, [path, .. numbers.Select(number => float.IsFinite(number)
                ? number.ToString("R", CultureInfo.InvariantCulture) : ""), ""]);
        foreach (var (path, message) in Failures)
            PredictionTable.Line(text, [path, .. Names.Select(_ => ""), message]);
        return text.ToString();
    }

    /// <summary>Writes it to a file.</summary>
    /// <exception cref="DataException">The file cannot be written.</exception>
    public void WriteTable(string file) => PredictionTable.Write(ToTable(), file);
}
