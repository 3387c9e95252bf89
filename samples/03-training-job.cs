#:project ../src/FeatureMap/FeatureMap.csproj
#:property PublishAot=false
#:property GenerateDocumentationFile=false

using FeatureMap.Data;
using FeatureMap.Networks;
using FeatureMap.Training;

var data = Datasets.Digits();
var network = Network.Build(data.ImageShape, x => x
    .Conv(12, kernel: 3, bias: false).BatchNorm().Relu().MaxPool(2)
    .Conv(16, kernel: 3, bias: false).BatchNorm().Relu().MaxPool(2)
    .Flatten().Linear(data.ClassCount));
var options = new TrainingOptions { Epochs = 4, BatchSize = 64, Schedule = new OneCycle(0.1), Averaging = new WeightAveraging(0.95) };

// A job does what it is asked for: steps, an epoch, the rest. What is told and written around the steps is up to its listeners.
using var job = new TrainingJob(network, data, options, [new Curve()]);
for (var step = 1; step <= 3; step++)
{
    job.Step();
    Console.WriteLine($"step {job.StepsDone}: loss {job.StepLoss:0.000}, learning rate {job.LearningRate:0.0000}");
}
job.RunEpoch();

// It runs in a thread of its own, and this one looks in: pause, take a copy of the model, try it, go on.
var running = Task.Run(job.Run);
while (job.Epoch < 3) Thread.Sleep(1);
job.Pause();
var snapshot = job.Snapshot();
Console.WriteLine($"Paused at step {snapshot.Step} of {job.TotalSteps}. The average of the weights is right for "
    + $"{snapshot.Model.Evaluate(data.Validation).Accuracy:P1} of the validation images, the last weights for "
    + $"{snapshot.Current.Evaluate(data.Validation).Accuracy:P1}.");
job.Step(); // a paused job still does single steps
if (job.StepsDone != snapshot.Step + 1) throw new InvalidOperationException("The pause did not hold.");
job.Continue();
var run = await running;

// However a job is driven, paused and looked at, it computes what Trainer.Fit computes.
var fit = Trainer.Fit(network, data, options);
Console.WriteLine($"At the end {run.Validation!.Accuracy:P1} are right; the weights are those of Trainer.Fit, bit for bit.");
if (fit.Model.Weights.Sha256() != run.Model.Weights.Sha256())
    throw new InvalidOperationException("The job and Trainer.Fit trained to different weights.");

// Told of every step and epoch: a line of blocks, each the mean loss of ten steps.
internal sealed class Curve : TrainingListener
{
    private const string Blocks = "▁▂▃▄▅▆▇█";
    private string line = "";
    private double sum;

    public override void StepDone(TrainingJob job)
    {
        sum += job.StepLoss;
        if (job.StepsDone % 10 != 0) return;
        line += Blocks[(int)Math.Clamp(sum / 10 / 2.4 * Blocks.Length, 0, Blocks.Length - 1)];
        sum = 0;
    }

    public override void EpochDone(TrainingJob job, EpochRecord epoch)
    {
        Console.WriteLine($"epoch {epoch.Epoch}: {line} loss {epoch.TrainLoss:0.000}, validation {epoch.ValidationAccuracy:P1}");
        line = "";
    }

    public override void Finished(TrainingJob job, TrainingRun run) => Console.WriteLine($"{job.Seconds:0.0} s of training");
}
