using FeatureMap.Data;
using FeatureMap.Lanes;
using FeatureMap.Networks;
using FeatureMap.Ops;
using FeatureMap.Training;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace FeatureMap.Torch.Tests;

/// <summary>What chance decides is decided as on the processor, to the bit: masks, order, augmentation, mixing.</summary>
[Collection(nameof(Alone))]
public sealed class MaskTests
{
    public static TheoryData<string> Kinds => ["dropout", "channels", "images", "alpha"];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Masks_are_equal_to_the_bit(string kind)
    {
        _ = Pair.Device;
        var shape = new Shape(5, 7, 6);
        foreach (var probability in (float[])[0.05f, 0.2f, 0.5f, 0.75f, 0.999f])
        {
            DropoutMask op = kind switch
            {
                "dropout" => new Dropout(probability),
                "channels" => new ChannelDropout(probability),
                "images" => new StochasticDepth(probability),
                _ => new AlphaDropout(probability),
            };
            using var masks = new DropoutMasks(op, shape, 9, CPU);
            for (var step = 0u; step < 20; step++)
            {
                using var scope = NewDisposeScope();
                var state = new StepState { Seed = 0xFEDCBA9876543210 + step, Step = step * 1_000_003, Count = 37, ImagesBefore = 32 };
                var dropped = masks.Dropped(state, state.Count).data<bool>().ToArray();
                for (var image = 0; image < state.Count; image++)
                    for (var draw = 0; draw < shape.Count / op.Unit(shape); draw++)
                        Assert.Equal(
                            Uniform(DropoutMask.Key(state, 9, state.ImagesBefore + image), (uint)draw) < probability,
                            dropped[(image * (shape.Count / op.Unit(shape))) + draw]);
            }
        }
    }

    [Fact]
    public void Images_and_targets_are_equal_to_the_bit()
    {
        var data = Pair.Digits();
        var network = Network.Build(data.ImageShape, x => x.Conv(4, kernel: 3).Flatten().Linear(10));
        var graph = TrainingGraph.Of(network, Loss.CrossEntropy(), 10);
        BatchLoader Loader() => new(
            data.Training, Normalization.Of(data.Training), Augmentation.Parse("affine shift=2 rotation=10, erase"), new MixUp(0.4f), 48)
        { Seed = 5, Epoch = 3 };
        var (ours, theirs) = (Loader(), Loader());
        int[] order = [.. Enumerable.Range(0, 48).Select(i => i * 7 % 90)];
        ours.Set(order);
        theirs.Set(order);
        using IEngine lanes = new LaneEngine(2), torch = Pair.Device.MakeEngine(2, LaneWidth.Automatic);
        var weights = Weights.Initialize(graph.Graph, 1);
        EngineRequest Request(BatchLoader loader) => new()
        {
            Weights = weights,
            Result = graph.Result,
            Batch = 48,
            Mode = ExecutionMode.Training,
            HasGradients = true,
            Feed = loader.Feed(graph),
            KeepsOutputs = true,
        };
        using IExecutable a = lanes.Prepare(Request(ours)), b = torch.Prepare(Request(theirs));
        a.Run(48);
        b.Run(48);
        foreach (var layer in (int[])[0, graph.Target!.Value])
        {
            var (mine, other) = (new float[graph.Graph.Layers[layer].Output.Count], new float[graph.Graph.Layers[layer].Output.Count]);
            for (var image = 0; image < 48; image++)
            {
                a.ReadOutput(layer, image, mine);
                b.ReadOutput(layer, image, other);
                Assert.Equal(mine, other);
            }
        }
    }

    private static float Uniform(uint key, uint counter)
    {
        // C. Wellons' low-bias mixer, as the lanes have it.
        var x = key + (counter * LaneHash.Increment);
        x = (x ^ (x >> 16)) * LaneHash.Multiplier0;
        x = (x ^ (x >> 15)) * LaneHash.Multiplier1;
        x ^= x >> 16;
        return (x >> 8) * LaneHash.Scale;
    }
}
