using FeatureMap.Benchmarks.Networks;
using FeatureMap.Benchmarks.Pairing;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace FeatureMap.Benchmarks.Torch;

/// <summary>One TorchSharp network in one memory format, with its optimizer and its fixed batch.</summary>
internal sealed class TorchRunner : ITrainingRunner
{
    private readonly MemoryFormat format;
    private readonly int threads;
    private readonly Sequential module;
    private readonly optim.Optimizer optimizer;
    private readonly Tensor images;
    private readonly Tensor labels;

    public TorchRunner(NetworkSpecification network, int batch, int threads, MemoryFormat format)
    {
        this.format = format;
        this.threads = threads;
        random.manual_seed(1);
        images = FixedImages(network.Network.Input, batch, format);
        labels = randint(network.Classes, batch, dtype: ScalarType.Int64);
        module = TorchNetwork.Build(network, format);
        optimizer = optim.SGD(module.parameters(), learningRate: 0.01, momentum: 0.9);
    }

    public string Name => format == MemoryFormat.Contiguous ? "contiguous" : "channels-last";

    public void BeginTurn() => set_num_threads(threads);

    public double TrainingStep()
    {
        using DisposeScope scope = NewDisposeScope();
        module.train();
        module.zero_grad(set_to_none: true);
        Tensor loss = nn.functional.cross_entropy(module.forward(images), labels);
        loss.backward();
        optimizer.step();
        return loss.item<float>();
    }

    public double Evaluate()
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable withoutGradients = no_grad();
        module.eval();
        return module.forward(images)[0, 0].item<float>();
    }

    public void Dispose()
    {
        optimizer.Dispose();
        module.Dispose();
        images.Dispose();
        labels.Dispose();
    }

    private static Tensor FixedImages(Shape shape, int batch, MemoryFormat format)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor random = randn(batch, shape.Channels, shape.Height, shape.Width);
        return TorchNetwork.Arrange(random, format).MoveToOuterDisposeScope();
    }
}
