using FeatureMap.Interchange;
using FeatureMap.Networks;
using FeatureMap.Ops;
using Xunit;

namespace FeatureMap.Tests.Networks;

/// <summary>Changes of a network as data.</summary>
public sealed class NetworkEditTests
{
    private static readonly Network Small = Network.Build(Shape.Image(1, 8, 8), x =>
    {
        var y = x.Conv(4, kernel: 3, padding: 1);
        return y.Relu().Add(y).GlobalAveragePool().Linear(3);
    });

    public static TheoryData<NetworkEdit, string, string> Edits => new()
    {
        { NetworkEdit.Set("conv1", "bias", false), "conv1: bias=false", "conv1: Conv2d channels=4 kernel=3 padding=1 bias=false" },
        { NetworkEdit.Set("conv1", "kernel", new[] { 5, 3 }), "conv1: kernel=[5, 3]", "conv1: Conv2d channels=4 kernel=5x3 padding=1" },
        { NetworkEdit.Replace("relu1", new Tanh()), "relu1 becomes Tanh", "relu1: Tanh" },
        { NetworkEdit.Remove("relu1"), "relu1 is left out", "add1: Add(conv1, conv1)" },
        { NetworkEdit.InsertBehind("conv1", new BatchNorm()), "BatchNorm behind conv1", "add1: Add(relu1, batchNorm1)" },
        { NetworkEdit.InsertBehind("input", new Abs()), "Abs behind input", "abs1: Abs\nconv1: Conv2d channels=4 kernel=3 padding=1\n" },
        { NetworkEdit.InsertBefore("add1", new BatchNorm(), 1), "BatchNorm before add1",
            "batchNorm1: BatchNorm(conv1)\nadd1: Add(relu1, batchNorm1)" },
        { NetworkEdit.InsertBehind("linear1", new Softmax()), "Softmax behind linear1", "linear1: Linear outputs=3\nsoftmax1: Softmax\n" },
    };

    [Theory]
    [MemberData(nameof(Edits))]
    public void Each_says_and_does_what_it_is(NetworkEdit edit, string words, string text)
    {
        Assert.Equal(words, $"{edit}");
        var before = NetworkText.Write(Small);
        Assert.Contains(text, NetworkText.Write(edit.Apply(Small)), StringComparison.Ordinal);
        Assert.Equal(before, NetworkText.Write(Small));
    }

    [Fact]
    public void Several_are_made_at_once_so_that_shapes_need_to_fit_at_the_end_only()
    {
        // Each alone breaks the sum.
        NetworkEdit[] edits =
            [NetworkEdit.InsertBefore("relu1", new AveragePool2d(2)), NetworkEdit.InsertBefore("add1", new MaxPool2d(2) { Stride = 2 }, 1)];
        foreach (var edit in edits)
            Assert.Throws<ShapeException>(() => edit.Apply(Small));
        Assert.Equal(new Shape(4, 4, 4), NetworkEdit.ApplyAll(Small, edits)["add1"].Output);
    }

    public static TheoryData<NetworkEdit, string> Faults => new()
    {
        { NetworkEdit.Remove("relu2"), "The network has no layer 'relu2'. Did you mean 'relu1'?" },
        { NetworkEdit.Remove("input"), "Layer 'input' is an input, which has nothing to change but what stands behind it." },
        { NetworkEdit.Set("conv1", "bais", false), "Conv2d has no setting 'bais'. Did you mean 'bias'?" },
        { NetworkEdit.Set("conv1", "bias", 3), "Layer 'conv1': Conv2d takes as 'bias' true or false: received 3." },
        { NetworkEdit.InsertBefore("relu1", new Tanh(), 1), "Layer 'relu1' (Relu) reads 1 layers, numbered from 0: received 1." },
    };

    [Theory]
    [MemberData(nameof(Faults))]
    public void What_does_not_go_is_told(NetworkEdit edit, string message) =>
        Assert.Equal(message, Assert.Throws<UsageException>(() => edit.Apply(Small)).Message);
}
