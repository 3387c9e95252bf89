using FeatureMap.Analysis;
using FeatureMap.Networks;
using FeatureMap.Ops;
using Xunit;

namespace FeatureMap.Tests.Lessons;

/// <summary>Takes a trace's network through the same step by the naive references of the ops, in double precision, and compares every
/// number.</summary>
internal static class TraceJudge
{
    private const double Tolerance = 1e-4;

    public static void Check(LayerTrace trace)
    {
        var (network, images) = (trace.Network, trace.Options.Images);
        var probe = network.Probe();
        var (input, seed) = (new ReferenceTensor(images, network.Input), new ReferenceTensor(images, network.Output));
        Fill(input, trace.Input);
        Fill(seed, [.. trace.OutputGradient.Select(value => value * images)]);
        var step = new StepState { Seed = trace.Options.Seed, Step = trace.Options.Step, Count = images };
        var reference = new ReferenceNetwork(probe, trace.Weights.Derive(probe), [input, seed],
            trace.Options.IsTraining ? ExecutionMode.Training : ExecutionMode.Evaluation, step);
        reference.Forward();
        reference.Backward();
        foreach (var layer in network.Layers)
        {
            Compare($"output of {layer.Name}", trace.Output(layer.Name), reference.Output(probe[layer.Name].Index).Values);
            // The engine keeps no gradient of numbers that are fixed.
            if (layer.Op is not Constant) Compare($"gradient of {layer.Name}", trace.Gradient(layer.Name),
                reference.Gradient(probe[layer.Name].Index).Values);
            for (var i = 0; trace.Options.IsTraining && i < layer.Parameters.Count; i++)
                if (layer.Parameters[i].Trainable)
                    Compare($"gradient of {layer.Name}.{layer.Parameters[i].Name}",
                        trace.WeightGradient($"{layer.Name}.{layer.Parameters[i].Name}"),
                        reference.ParameterGradient(probe[layer.Name].Index, i));
        }
    }

    private static void Fill(ReferenceTensor tensor, IReadOnlyList<float> numbers)
    {
        for (var i = 0; i < numbers.Count; i++)
            tensor.Values[i] = numbers[i];
    }

    private static void Compare(string what, float[] engine, double[] reference)
    {
        Assert.Equal(reference.Length, engine.Length);
        var scale = reference.Select(Math.Abs).Append(1e-2).Max();
        for (var i = 0; i < engine.Length; i++)
            Assert.True(Math.Abs(engine[i] - reference[i]) <= Tolerance * scale,
                $"{what}, number {i}: {engine[i]} by the engine, {reference[i]} by the reference.");
    }
}
