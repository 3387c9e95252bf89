using FeatureMap.Training;

namespace FeatureMap.Workbench;

/// <summary>Can the network of a request learn one batch by heart? Writes no run.</summary>
public static class OverfitWork
{
    /// <summary>Trains on one batch.</summary>
    /// <param name="request">What is to be trained: a new run.</param>
    /// <param name="context">Told progress and notices; stops the training.</param>
    /// <returns>What came out, and the name of the data.</returns>
    /// <exception cref="DataException">The data are not there.</exception>
    /// <exception cref="UsageException">The request goes on with a run, or the linter has errors.</exception>
    public static (OverfitResult Result, string Data) Run(TrainRequest request, WorkContext context)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(context);
        if (request.Resumed is not null)
            throw new UsageException("OverfitWork checks a new network and cannot go on with a run: leave TrainArguments.Resume out.");
        if (request.IsDetection)
            throw new UsageException("Whether a batch is known by heart is told by a loss near 0, which that of boxes never reaches: "
                + "train on a few "
                + "pictures (training-images=8) and look at mAP50.");
        var data = request.LoadData(context);
        var start = request.Start(data);
        context.Tell(start.Notice);
        var options = start.Complete(request.Recipe.Options(request.Settings, data));
        LintFirst.Check(start.Network, data, options, request, context);
        var result = OverfitCheck.Run(start.Network, data, options with
        {
            LaneWidth = request.Lanes,
            Device = context.Device,
            Cancellation = context.Cancellation,
        });
        return (result, data.Name);
    }
}
