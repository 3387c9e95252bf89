using System.Text.Json.Nodes;
using FeatureMap.Training;

namespace FeatureMap.Cli;

/// <summary><c>train --overfit</c>: can the network learn one batch by heart? Writes no run.</summary>
internal sealed class OverfitWork(TrainRequest request, Terminal terminal)
{
    public int Run()
    {
        var data = request.LoadData(terminal);
        var start = TrainStart.Of(request.Recipe, request.Settings, data);
        if (start.Notice is { } changed) terminal.Notice(changed);
        var options = start.Complete(request.Recipe.Options(request.Settings, data));
        LintFirst.Check(start.Network, data, options, request, terminal);
        var result = OverfitCheck.Run(start.Network, data, options with
        {
            LaneWidth = request.Lanes,
            Cancellation = terminal.Cancellation,
        });
        if (terminal.IsJson)
        {
            terminal.Write(new JsonObject
            {
                ["recipe"] = request.Recipe.Name,
                ["images"] = result.Images,
                ["steps"] = result.Steps,
                ["firstLoss"] = Terminal.Number(result.FirstLoss),
                ["lastLoss"] = Terminal.Number(result.LastLoss),
                ["accuracy"] = Terminal.Number(result.Accuracy),
                ["passed"] = result.Passed,
            });
        }
        terminal.Prose.WriteLine($"{request.Recipe.Name}: {result.Images} images of {data.Name}, {result.Steps} steps: loss "
            + $"{result.FirstLoss:0.000} -> {result.LastLoss:0.0000}, {result.Accuracy:P1} of them right");
        if (result.Passed)
        {
            terminal.Prose.WriteLine("The network can learn: it knows the batch by heart. Train it on all images.");
            return 0;
        }
        throw new TrainingException("The network did not learn one batch by heart, so longer training will not help. Look at the learning rate (featuremap lr-find), at the labels (featuremap data preview), at activations before the loss, and at dropout or narrow layers that hide what must be told apart.");
    }
}
