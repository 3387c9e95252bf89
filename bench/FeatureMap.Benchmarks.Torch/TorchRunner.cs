using FeatureMap.Benchmarks.Pairing;
using FeatureMap.Models;
using FeatureMap.Networks;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace FeatureMap.Benchmarks.Torch;

/// <summary>A network in libtorch in one memory format, with its optimizer and its fixed batch.</summary>
internal sealed class TorchRunner : ITrainingRunner
{
    private readonly MemoryFormat format;
    private readonly int threads;
    private readonly LearningTask task;
    private readonly optim.Optimizer optimizer;
    private readonly Tensor images;
    private readonly Tensor target;

    public TorchRunner(Weights weights, FixedBatch batch, int threads, MemoryFormat format, double learningRate = StepRule.LearningRate)
    {
        (this.format, this.threads, task) = (format, threads, batch.Task);
        random.manual_seed(1);
        using var scope = NewDisposeScope();
        var (image, output) = (batch.Images.ImageShape, batch.Output);
        images = format.Arrange(tensor(batch.NormalizedImages(), [batch.Count, image.Channels, image.Height, image.Width]))
            .DetachFromDisposeScope();
        target = (task switch
        {
            LearningTask.Classes => tensor(batch.Labels, dtype: ScalarType.Int64),
            LearningTask.PixelClasses => tensor(batch.Labels, [batch.Count, output.Height, output.Width], dtype: ScalarType.Int64),
            _ => tensor(batch.Numbers, [batch.Count, output.Channels, output.Height, output.Width]),
        }).DetachFromDisposeScope();
        Model = new TorchModel(weights, format);
        optimizer = optim.SGD(Model.parameters(), learningRate, StepRule.Momentum);
    }

    public string Name => format.Word();

    public TorchModel Model { get; }

    public void BeginTurn() => set_num_threads(threads);

    public double TrainingStep()
    {
        using var scope = NewDisposeScope();
        Model.train();
        Model.zero_grad(set_to_none: true);
        var loss = Loss(Model.forward(images));
        loss.backward();
        optimizer.step();
        return loss.item<float>();
    }

    public double Evaluate() => Read(outputs => outputs.flatten()[0].item<float>());

    /// <summary>What the network gives for the batch in evaluation, [image][channel][row][column].</summary>
    public float[] Outputs() => Read(outputs => outputs.contiguous().data<float>().ToArray());

    public void Dispose()
    {
        optimizer.Dispose();
        Model.Dispose();
        images.Dispose();
        target.Dispose();
    }

    private T Read<T>(Func<Tensor, T> read)
    {
        using var scope = NewDisposeScope();
        using var withoutGradients = inference_mode();
        Model.eval();
        return read(Model.forward(images));
    }

    private Tensor Loss(Tensor outputs) => task switch
    {
        LearningTask.Classes => functional.cross_entropy(outputs.flatten(1), target),
        LearningTask.PixelClasses => functional.cross_entropy(outputs, target),
        _ => functional.mse_loss(outputs, target),
    };
}
