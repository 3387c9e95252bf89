using FeatureMap.Data;
using FeatureMap.Reports;
using FeatureMap.Training;
using FeatureMap.Zoo;

namespace FeatureMap.Workbench;

/// <summary>Looks for wrong labels in data, as <see cref="LabelHints"/> does, with what a training of these data would take.</summary>
public sealed record LabelHintWork
{
    private const int MostPictures = 60;

    private LabelHintWork(SplitData data, LabelHints hints) => (Data, Hints) = (data, hints);

    /// <summary>The images.</summary>
    public SplitData Data { get; }

    /// <summary>What was found.</summary>
    public LabelHints Hints { get; }

    /// <summary>Trains and judges.</summary>
    /// <param name="request">What would be trained: recipe or pretrained weights, settings, data.</param>
    /// <param name="folds">Into how many parts the training images are cut.</param>
    /// <param name="context">Told notices; stops it.</param>
    /// <param name="progress">Told after each training.</param>
    /// <param name="epochs">Told after each epoch of each training.</param>
    /// <exception cref="DataException">The data are not there, or a class has too few images.</exception>
    /// <exception cref="UsageException">There are fewer than 2 folds, or settings contradict each other.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public static LabelHintWork Run(TrainRequest request, int folds, WorkContext context, IProgress<HintProgress>? progress = null,
        Action<EpochRecord>? epochs = null)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(context);
        if (request.IsDetection)
            throw new UsageException("Hints are about the classes of whole pictures, and these have boxes: AnnotationCheck.Of names all "
                + "that is wrong "
                + "with those, as far as the files tell.");
        var data = request.LoadData(context);
        if (Masks.Are(data))
            throw new UsageException("Hints are about the classes of whole pictures, and these have masks. Train on them: the evaluation "
                + "of the run names the images with the most wrong pixels, and masks that are wrong are among them.");
        var start = request.Pretrained is { } pretrained ? TrainStart.OfPretrained(pretrained, request.Settings, data)
            : TrainStart.Of(request.Recipe, request.Settings, data);
        context.Tell(start.Notice);
        var options = start.Complete(request.Recipe.Options(request.Settings, data)) with
        {
            LaneWidth = request.Lanes,
            Notice = context.Tell,
            Cancellation = context.Cancellation,
            EpochEnded = epochs,
            TensorBoard = false,
        };
        if (start.Pretrained is { } model)
        {
            if (RunInput.IsRun(request.Settings.From))
                context.Tell("The body is that of a run: where it was trained on these pictures it has seen their labels, wrong ones too, "
                    + "and would not call them improbable. Take weights that were trained on other pictures.");
            context.Tell("The body looks at all images once; then a head learns for each part.");
            return new(data, LabelHints.Of(data, model, new FineTuningOptions { Training = options }, folds, progress));
        }
        return new(data, LabelHints.Of(data, start.Network, options, folds, progress));
    }

    /// <summary>Writes <see cref="Page"/>.</summary>
    /// <exception cref="DataException">The file cannot be written.</exception>
    public void WritePage(string file) => Page().Write(file);

    /// <summary>A page with the pictures of the first hints.</summary>
    public Page Page()
    {
        var (names, judged) = (Data.ClassNames, Hints.Judgement);
        var page = new Page(Data.Name, "Labels to look at again", "The pictures whose labels are the least probable to networks that "
            + "never saw them. A hint is no verdict: hard pictures are among the first as well.")
        {
            Headline = (ReportText.Count(Hints.Suspects),
                $"of {ReportText.Count(judged.Images)} labels look wrong to networks that never saw the picture"),
        };
        page.Section("How it was done").Facts(
            new("Data", $"{Data.Name}, {DataAccess.Origin(Data)}"),
            new("Pictures", $"{ReportText.Count(Data.Training.Count)} to learn from, {ReportText.Count(Data.Validation.Count)} to judge "
                + "by"),
            new("Trainings", $"{Hints.Folds}, each on all parts of the pictures to learn from but one, which it judged"),
            new("Labels met", $"{ReportText.Percent(judged.Accuracy)}: the fewer, the more hard pictures stand among the hints"));
        var shown = Hints.All.Take(Math.Clamp(Hints.Suspects, 12, MostPictures)).ToArray();
        return page.Section("Hints", $"The first {shown.Length}, the most suspicious first: the label that the picture has with its "
            + "probability, and the likelier one.")
            .Add(new PictureGrid
            {
                Pictures = [.. shown.Select(hint =>
                {
                    var set = hint.IsValidation ? Data.Validation : Data.Training;
                    return new PagePicture(new ReportImage(set.Pixels(hint.Image).ToArray(), set.ImageShape),
                        $"{hint.File}: {names[hint.Label]} ({ReportText.Percent(hint.Probability, "0.0")}), rather {names[hint.Likelier]} "
                            + $"({ReportText.Percent(hint.LikelierProbability, "0.0")})");
                })],
            });
    }
}
