using FeatureMap.Data;
using FeatureMap.Interchange;
using FeatureMap.Models;

namespace FeatureMap.Training;

/// <summary>Fits a pretrained model to new classes, in two parts: the head on features of the frozen body, then all layers.</summary>
public static class FineTuning
{
    /// <summary>The folder of the head's training, in that of the run.</summary>
    public const string HeadFolderName = "head";

    /// <summary>Trains the head and, unless only that is asked for, all layers.</summary>
    /// <param name="model">A pretrained body with a head for the classes of the data; see
    /// <see cref="Model.WithHead(IReadOnlyList{string}, ulong, Func{Networks.Feature, Networks.Feature}, string?)"/>.</param>
    /// <param name="data">Training and validation images of the network's input shape.</param>
    /// <param name="options">How; the usual way where null.</param>
    /// <exception cref="UsageException">The model is for other classes, or an option is out of range.</exception>
    /// <exception cref="ShapeException">The images do not fit the network.</exception>
    /// <exception cref="TrainingException">The loss is no longer a number.</exception>
    /// <exception cref="DataException">The run folder cannot be written.</exception>
    /// <example><code>
    /// var start = trained.WithHead(data.ClassNames, seed: 0);
    /// var run = FineTuning.Fit(start, data, new FineTuningOptions { HeadOnly = true, Training = FineTuningOptions.UsualForHead });
    /// Console.WriteLine(run.Judgement);
    /// </code></example>
    public static FineTuningRun Fit(Model model, SplitData data, FineTuningOptions? options = null)
    {
        options ??= new();
        var plan = FineTuningPlan.Of(model, data, options);
        var training = options.Training;
        if (plan.HeadOnly) return new(Trainer.Fit(plan.Head, plan.Features(), plan.HeadOptions));
        var start = plan.Model;
        if (plan.HeadEpochs > 0)
        {
            var folder = training.Folder is { } whole ? RunFolder.At(Path.Combine(whole.Location, HeadFolderName)) : null;
            if (training.Resume && folder is not null && File.Exists(folder.ModelPath)) start = ModelFile.Load(folder.Location);
            else
            {
                var head = Trainer.Fit(plan.Head, plan.Features(), plan.HeadOptions with { Folder = folder });
                if (!head.IsComplete) return new(head);
                start = head.Model;
            }
        }
        return new(Trainer.Fit(model.Network, data, plan.AllOptions(start)));
    }
}

/// <summary>What a fine-tuning gave.</summary>
public sealed class FineTuningRun
{
    private Judgement? judgement;

    internal FineTuningRun(TrainingRun last) => Last = last;

    /// <summary>The training that was done last: that of all layers, or of the head.</summary>
    public TrainingRun Last { get; }

    /// <summary>The model as it is now, ready to predict.</summary>
    public Model Model => Last.Model;

    /// <summary>False when it was stopped: it can be resumed.</summary>
    public bool IsComplete => Last.IsComplete;

    /// <summary>The model on the validation images, class by class and mistake by mistake. It is made at the first call.</summary>
    /// <exception cref="DataException">The images have several labels or numbers in place of a class: see <see
    /// cref="TrainingRun.Labels"/> and <see cref="TrainingRun.Quantities"/> of <see cref="Last"/>.</exception>
    public Judgement Judgement => Last.Data.Validation.Targets is { } targets
        ? throw new DataException($"The images have {targets} and no class: what is judged of them is in Last.Labels or Last.Quantities.")
        : judgement ??= Judgement.Of(Model, Last.Data.Validation, Last.Options.Threads);
}
