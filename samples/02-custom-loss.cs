#:project ../src/FeatureMap/FeatureMap.csproj
#:property PublishAot=false
#:property GenerateDocumentationFile=false

using FeatureMap;
using FeatureMap.Data;
using FeatureMap.Networks;
using FeatureMap.Ops;
using FeatureMap.Training;

// A loss is an expression that gives one number per image; its gradient follows by itself. This one is the focal loss: cross-entropy that all but ignores
// what is already right.
var focal = Loss.Custom("focal", (output, target) =>
{
    var logs = output.LogSoftmax();
    return -(target * (1 - logs.Exp()).Square() * logs).Sum();
});

// Is the gradient right? Against central differences in double precision, and float32 against double.
var small = Network.Build(Shape.Image(1, 5, 5), x => x.Conv(4, kernel: 3, bias: false).SqueezeAndExcite(2).Flatten().Linear(3));
Console.WriteLine($"Gradients of the small network below the loss '{focal.Name}':");
Console.WriteLine(GradientCheck.Run(small, focal));
GradientCheck.Run(small, focal).ThrowIfFailed();

// The same training three times: with the cross-entropy, with the loss above, and with the one that the library has.
var data = Datasets.Digits();
var network = Network.Build(data.ImageShape, x => x
    .Conv(12, kernel: 3, bias: false).BatchNorm().Relu().MaxPool(2)
    .Conv(16, kernel: 3, bias: false).BatchNorm().Relu().SqueezeAndExcite(4).MaxPool(2)
    .Flatten().Linear(data.ClassCount));
Console.WriteLine();
var entropy = Train(Loss.CrossEntropy());
var own = Train(focal);
var builtIn = Train(Loss.Focal(gamma: 2));

var distance = own.Epochs.Zip(builtIn.Epochs, (left, right) => Math.Abs(left.TrainLoss - right.TrainLoss)).Max();
Console.WriteLine();
Console.WriteLine(own.Model.Weights.Sha256() == builtIn.Model.Weights.Sha256()
    ? "The loss written here and Loss.Focal trained to the same weights, bit for bit."
    : $"The losses of the focal loss written here and of Loss.Focal are {distance:g2} apart.");
if (distance > 1e-6) throw new InvalidOperationException("The focal loss written here is another one than Loss.Focal.");
Console.WriteLine($"Losses of different kinds cannot be compared; judged by the cross-entropy, one network has {Judged(entropy):0.000} and the other {Judged(own):0.000}.");

TrainingRun Train(Loss loss)
{
    var run = Trainer.Fit(network, data, new TrainingOptions { Epochs = 3, BatchSize = 32, Schedule = new OneCycle(0.1), Loss = loss });
    Console.WriteLine($"{loss.Name,-20} loss {string.Join(" -> ", run.Epochs.Select(epoch => $"{epoch.TrainLoss:0.000}"))}   validation {run.Epochs[^1].ValidationAccuracy:P1}");
    return run;
}

double Judged(TrainingRun run) => run.Model.Evaluate(data.Validation, Loss.CrossEntropy()).Loss;

internal static class OwnLayers
{
    // A layer is a method on Feature. This one weighs each channel by what the whole image shows in all channels (squeeze and excitation, arXiv 1709.01507), and
    // learns how much of that to let through: a number per channel. Where it becomes 0, the layer does nothing.
    public static Feature SqueezeAndExcite(this Feature x, int width)
    {
        var channels = x.Shape.Channels;
        var gate = x.Mean(Axes.Space).Linear(width).Relu().Linear(channels).Sigmoid();
        var strength = x.LearnedParameter(Shape.Vector(channels), Initializer.Ones);
        return x * (1 + (strength * (gate - 0.5)));
    }
}
