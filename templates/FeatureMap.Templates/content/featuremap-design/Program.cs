using FeatureMap;
using FeatureMap.Analysis;
using FeatureMap.Data;
using FeatureMap.Interchange;
using FeatureMap.Networks;
using FeatureMap.Reports;
using FeatureMap.Training;

try
{
    var data = Datasets.Digits(); // or Datasets.Open("photos/")
    var network = Network.Build(data.ImageShape, x => x
        .Conv(16, kernel: 3, padding: 1, bias: false).BatchNorm().Relu().MaxPool(2)
        .Residual(16)
        .Conv(32, kernel: 3, padding: 1, bias: false).BatchNorm().Relu().MaxPool(2)
        .Residual(32)
        .GlobalAveragePool().Linear(data.ClassCount));

    // What it costs: shapes, parameters, multiplications, bytes and the receptive field of every layer.
    Console.WriteLine(network.Summary());

    // What is wrong with it: weights that never meet a pixel, layers that undo each other, pixels that nothing reads.
    var lint = network.Lint();
    Console.WriteLine(lint);
    if (!lint.Passes()) return 1;

    // Whether it can learn at all: one small batch must be learned by heart.
    var options = new TrainingOptions { Epochs = 3, Schedule = new OneCycle(0.1) };
    var overfit = OverfitCheck.Run(network, data, options);
    Console.WriteLine(
        $"{overfit.Images} images by heart: loss {overfit.FirstLoss:0.000} -> {overfit.LastLoss:0.000} in {overfit.Steps} steps");
    if (!overfit.Passed) return 1;

    var run = Trainer.Fit(network, data, options with
    {
        EpochEnded = epoch => Console.WriteLine(
            $"epoch {epoch.Epoch}: validation {epoch.ValidationAccuracy:P2}, {epoch.ImagesPerSecond:N0} images/s"),
    });

    SummaryPage.Write("network.html", "A network of my own", network); // a page with a diagram
    OnnxFile.Save(run.Model, "network.onnx"); // for other programs
    Console.WriteLine($"{run.Validation!.Accuracy:P2} of the validation images are right. Written: network.html, network.onnx");
    return 0;
}
catch (FeatureMapException error)
{
    Console.Error.WriteLine($"error: {error.Message}"); // it names the layer, the shapes and what to change
    return 1;
}

internal static class OwnBlocks
{
    /// <summary>Two convolutions beside which the input goes straight on: a block is a method on Feature.</summary>
    public static Feature Residual(this Feature x, int channels)
    {
        var skip = x;
        x = x.Conv(channels, kernel: 3, padding: 1, bias: false).BatchNorm().Relu();
        x = x.Conv(channels, kernel: 3, padding: 1, bias: false).BatchNorm();
        return x.Add(skip).Relu();
    }
}
