using FeatureMap.Analysis;
using FeatureMap.Data;
using FeatureMap.Reports;
using FeatureMap.Training;

namespace FeatureMap.Zoo;

/// <summary>Embeddings of two dimensions, drawn.</summary>
internal sealed class EmbeddingPlane(LabRun run, SplitData data, IReadOnlyList<(MetricMethod Method, LabTraining Training)> trained)
{
    /// <summary>Images that are drawn, and that trainings are validated on.</summary>
    public const int MostPoints = 2000;

    private const int MostExamples = 2000;

    public void Write()
    {
        var images = data.Validation;
        var examples = data.Training.Take(MostExamples);
        run.Page.Section(
            "Embeddings of two numbers",
            $"The network had to say everything about an image in two numbers, so that they can be drawn: {images.Count} validation images, a colour and a name for each class. Trained on all classes. Two numbers are few: look at the shapes, not at the accuracy.");
        List<IReadOnlyList<string>> rows = [];
        foreach (var (method, training) in trained)
        {
            var embeddings = training.Model.Embed(images, MetricMethod.Embedding, run.Threads);
            var accuracy = run.Measure($"nearest mean in the plane, {method.Name}",
                () => embeddings.NearestMeanAccuracy(training.Model.Embed(examples, MetricMethod.Embedding, run.Threads), method.Distance));
            rows.Add([method.Name, ReportText.Number(accuracy * 100, "0.00"), ReportText.Number(training.Accuracy * 100, "0.00")]);
            run.Page.Add(new ScatterPlot
            {
                Title = method.Name,
                Caption = method.Remark,
                Groups = [.. Enumerable.Range(0, data.ClassCount).Select(label => new PlotPoints(data.Validation.ClassNames[label],
                    [.. Enumerable.Range(0, embeddings.Count).Where(image => embeddings.Label(image) == label).Select(image => ((double)embeddings[image][0], (double)embeddings[image][1]))]))],
            });
        }
        run.Page.Table(
            new ReportTable(["Method", "Nearest mean, %", "Classifier, %"], rows),
            "Nearest mean: the share of these validation images whose embedding is nearest to the mean of their class (by the method's own distance). Classifier: the accuracy of the network's own scores on the same images.");
    }
}
