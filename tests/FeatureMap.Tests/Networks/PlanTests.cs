using FeatureMap.Lanes;
using FeatureMap.Networks;
using FeatureMap.Ops;
using FeatureMap.Randomness;
using FeatureMap.Tests.Ops;
using Xunit;

namespace FeatureMap.Tests.Networks;

/// <summary>Whole networks in a plan (shared memory, views, in-place ops, joined gradients, fused activations) against the references, layer by layer.</summary>
public sealed unsafe class PlanTests
{
    public static TheoryData<string> Names => [.. Networks.Keys];

    private static Dictionary<string, Func<Feature, Feature>> Networks { get; } = new()
    {
        ["plain"] = x => x.Conv(6, kernel: 3).BatchNorm().Relu().MaxPool(2).Conv(5, kernel: 1).Relu().Dropout(0.25f).GlobalAveragePool().Linear(4),
        ["flatten"] = x => x.Conv(3, kernel: 3, stride: 2).LeakyRelu(0.1f).Dropout(0.5f).Flatten().Dropout(0.1f).Linear(7).Relu().Linear(4),
        ["views of the input"] = x => x.Flatten().Dropout(0.2f).Linear(4),
        ["residual"] = x =>
        {
            x = x.Conv(4, kernel: 3, padding: 1).Relu();
            x = x.Conv(4, kernel: 3, padding: 1).BatchNorm().Relu().ChannelDropout(0.3f).Conv(4, kernel: 3, padding: 1).Add(x).Relu();
            x = x.Conv(4, kernel: 3, padding: 1).BatchNorm().Add(x, x).MaxPool(3, stride: 2, padding: 1);
            return x.GlobalAveragePool().Linear(4);
        },
        ["dense"] = x =>
        {
            x = x.Concat(x.Conv(3, kernel: 3, padding: 1).BatchNorm().Relu());
            x = x.Concat(x.MaxPool(3, stride: 1, padding: Padding.Same), x.AveragePool(3, stride: 1, padding: 1, countsPadding: false));
            return x.Dropout(0.1f).Relu().AveragePool(2).Flatten().Linear(4);
        },
        ["activations"] = x =>
        {
            x = x.Conv(4, kernel: 3).BatchNorm().HardSwish().Conv(4, kernel: 1).BatchNorm().Silu().Dropout(0.1f); // taken along, and not
            x = x.Conv(4, kernel: 3).BatchNorm().Tanh().PRelu().Sigmoid().HardTanh(-0.5f, 0.6f);
            var gate = x.Conv(4, kernel: 1).Gelu().Mish().BatchNorm().Elu().Softmax();
            return x.Add(gate, gate.LogSoftmax().PRelu(isShared: true)).Softplus().Flatten().Linear(4).Softsign().Linear(4);
        },
        ["one output, many readers"] = x =>
        {
            var y = x.Conv(4, kernel: 3).Relu();
            var vector = y.Flatten().Dropout(0.5f).Linear(4);
            return y.Relu().Add(y.Dropout(0.5f), y.LeakyRelu(0.5f), y).GlobalAveragePool().Linear(4).Add(vector, y.Flatten().Linear(4));
        },
    };

    [Theory]
    [MemberData(nameof(Names))]
    public void A_training_step_agrees_with_the_references(string name)
    {
        const int Batch = 21;
        var random = new RandomSequence(11, RandomPurpose.Testing);
        var network = Network.Build(Shape.Image(2, 8, 8), Networks[name]);
        var weights = Weights.Initialize(network, 3);
        var images = new ReferenceTensor(Batch, network.Input);
        foreach (ref var value in images.Values.AsSpan())
            value = random.NextSingle(-1, 1);
        var labels = new int[LaneLayout.Shards(Batch) * LaneLayout.Lanes];
        for (var image = 0; image < Batch; image++)
            labels[image] = random.NextInt(4);
        var loss = new SoftmaxCrossEntropy(0.1f);
        var losses = new double[Batch];
        using var team = new ThreadTeam(2);
        var plan = new Plan(new PlanRequest
        {
            Weights = weights,
            Batch = Batch,
            Mode = ExecutionMode.Training,
            Team = team,
            Load = made => (in item) => Write(made.Input, item, images),
            Loss = loss,
            Consume = made => (in item) => Read(made.LossOutput, item, losses),
            Labels = labels,
            WantsImageGradient = true,
        });
        plan.Step.Seed = 77;
        plan.Step.Step = 5;
        var chain = new Chain(network, weights, images, loss, labels[..Batch], plan.Step);
        plan.Run(Batch);

        AssertNear("loss", chain.Losses, losses);
        for (var i = 0; i < weights.Parameters.Count; i++)
            if (plan.Gradients[i] is { } gradient)
                AssertNear(weights.Parameters[i].Name, chain.ParameterGradients[weights.Parameters[i].Name], Array.ConvertAll(gradient.Span.ToArray(), value => (double)value));
        var imageGradient = new ReferenceTensor(Batch, network.Input);
        for (var image = 0; image < Batch; image++)
            for (var i = 0; i < network.Input.Count; i++)
                imageGradient[image, i] = plan.ImageGradient!.At(image / LaneLayout.Lanes)[(i * LaneLayout.Lanes) + (image % LaneLayout.Lanes)];
        AssertNear("images", chain.ImageGradient, imageGradient.Values);
    }

    [Fact]
    public void Evaluation_gives_the_same_bits_whether_the_normalisation_takes_the_activation_along_or_not()
    {
        foreach (var activation in OpCatalogue.Entries.SelectMany(entry => entry.Cases).Select(given => given.Op).OfType<Activation>().DistinctBy(op => op.Name))
        {
            var along = Evaluate(x => x.Conv(3, kernel: 3).BatchNorm().Then(activation));
            var alone = Evaluate(x =>
            {
                var normalized = x.Conv(3, kernel: 3).BatchNorm();
                return normalized.Then(activation).Concat(normalized); // a second reader: now it cannot go along
            });
            Assert.Equal(along, alone[..along.Length]);
            Assert.NotEqual(along, alone[along.Length..]);
        }
    }

    private static float[] Evaluate(Func<Feature, Feature> layers)
    {
        var network = Network.Build(Shape.Image(1, 5, 5), layers);
        var image = OpTrial.Tensor(network.Input, 1, [.. Enumerable.Range(0, network.Input.Count).Select(i => Math.Sin(i) * 5)]);
        var result = new float[network.Output.Count];
        using var team = new ThreadTeam(1);
        var plan = new Plan(new PlanRequest
        {
            Weights = Weights.Initialize(network, 3),
            Batch = 1,
            Mode = ExecutionMode.Evaluation,
            Team = team,
            Load = made => (in item) => Write(made.Input, item, image),
            Consume = made => (in item) =>
            {
                for (var i = 0; i < result.Length; i++)
                    result[i] = made.Output.At(item.Slot)[i * LaneLayout.Lanes];
            },
        });
        plan.Prepare();
        plan.Forward(1);
        return result;
    }

    private static void Write(LaneTensor target, in WorkItem item, ReferenceTensor images)
    {
        var place = target.At(item.Slot);
        for (var lane = 0; lane < LaneLayout.Lanes; lane++)
            for (var i = 0; i < target.Shape.Count; i++)
                place[(i * LaneLayout.Lanes) + lane] = lane < item.Images ? (float)images[(item.Index * LaneLayout.Lanes) + lane, i] : 0;
    }

    private static void Read(LaneTensor source, in WorkItem item, double[] target)
    {
        for (var lane = 0; lane < item.Images; lane++)
            target[(item.Index * LaneLayout.Lanes) + lane] = source.At(item.Slot)[lane];
    }

    private static void AssertNear(string what, double[] expected, double[] received)
    {
        var scale = expected.Max(Math.Abs);
        for (var i = 0; i < expected.Length; i++)
            Assert.True(Math.Abs(expected[i] - received[i]) <= 1e-6 + (2e-5 * scale), $"{what}[{i}]: {received[i]:R}, the references say {expected[i]:R}");
    }

    /// <summary>A network as a chain of references.</summary>
    private sealed class Chain
    {
        public Chain(Network network, Weights weights, ReferenceTensor images, Loss loss, int[] labels, StepState step)
        {
            var passes = new ReferencePass[network.Layers.Count];
            var outputs = new ReferenceTensor[network.Layers.Count];
            outputs[0] = images;
            foreach (var layer in network.Layers.Skip(1))
            {
                var parameters = layer.Parameters.Select(parameter => Array.ConvertAll(weights[$"{layer.Name}.{parameter.Name}"].Values.ToArray(), value => (double)value)).ToArray();
                var pass = ReferencePass.Create(layer.Op!, [.. layer.Inputs.Select(input => outputs[input])], parameters, ExecutionMode.Training, step: step, layerIndex: layer.Index);
                layer.Op!.ReferenceForward(pass);
                (passes[layer.Index], outputs[layer.Index]) = (pass, pass.Output);
            }
            var last = ReferencePass.Create(loss, [outputs[^1]], [], ExecutionMode.Training, labels);
            loss.ReferenceForward(last);
            loss.ReferenceBackward(last);
            Losses = last.Output.Values;
            var gradients = outputs.Select(output => new ReferenceTensor(output.Batch, output.Shape)).ToArray();
            last.InputGradients[0].Values.CopyTo(gradients[^1].Values, 0);
            foreach (var layer in network.Layers.Skip(1).Reverse())
            {
                var pass = passes[layer.Index];
                pass.OutputGradient = gradients[layer.Index];
                layer.Op!.ReferenceBackward(pass);
                for (var i = 0; i < layer.Inputs.Count; i++)
                    for (var k = 0; k < pass.InputGradients[i].Values.Length; k++)
                        gradients[layer.Inputs[i]].Values[k] += pass.InputGradients[i].Values[k];
                for (var i = 0; i < layer.Parameters.Count; i++)
                    ParameterGradients[$"{layer.Name}.{layer.Parameters[i].Name}"] = pass.ParameterGradients[i];
            }
            ImageGradient = gradients[0].Values;
        }

        public double[] Losses { get; }

        public Dictionary<string, double[]> ParameterGradients { get; } = [];

        public double[] ImageGradient { get; }
    }
}
