using FeatureMap.Lanes;
using FeatureMap.Ops;
using FeatureMap.Randomness;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace FeatureMap.Torch.Tests;

/// <summary>Every op of the catalogue, forward and back, against our kernel: single precision on both sides.</summary>
[Collection(nameof(Alone))]
public sealed class OpTests
{
    private const double Absolute = 1e-5, Relative = 1e-5;
    private const int RandomCases = 12;

    public static TheoryData<string> Names => [.. OpCatalogue.Entries.Select(entry => entry.Type.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void An_op_gives_what_ours_gives(string name)
    {
        _ = Pair.Device;
        var entry = OpCatalogue.Entries.Single(entry => entry.Type.Name == name);
        var random = new RandomSequence(7, RandomPurpose.Testing);
        List<OpCase> cases = [.. entry.Cases, .. TorchFunctions.Find(name)?.MoreCases ?? []];
        for (var i = 0; i < RandomCases; i++)
            cases.Add(entry.RandomCase(ref random));
        var faults = new List<string>();
        foreach (var (number, given) in cases.Index())
            foreach (var mode in (ExecutionMode[])[ExecutionMode.Training, ExecutionMode.Evaluation])
                if (Compare(Differentiable(given), (ulong)number, mode) is { } fault)
                    faults.Add($"{given}, {mode}: {fault}");
        Assert.True(faults.Count == 0, string.Join('\n', faults.Take(10)));
    }

    // Where there are gradients, whole numbers meet at the corners of functions, where any slope is right.
    private static OpCase Differentiable(OpCase given) =>
        Enumerable.Range(0, given.Inputs.Length).Any(given.Op.HasGradient) || given.Op.Parameters(given.Inputs).Count > 0
            ? given with { Values = CaseValues.Reals } : given;

    private static string? Compare(OpCase given, ulong seed, ExecutionMode mode)
    {
        var pass = OpJudge.MakePass(given, seed, mode);
        var runner = given.Op.IsView(mode) ? null : new OpRunner(pass, LaneWidth.Automatic);
        if (runner is not null)
        {
            runner.Forward();
            runner.Backward();
        }
        given.Op.ReferenceForward(pass);
        given.Op.ReferenceBackward(pass);
        using var scope = NewDisposeScope();
        var definitions = given.Op.Parameters(given.Inputs);
        var inputs = pass.Inputs
            .Select((input, i) => Make(input.Values, Sizes(pass.Batch, input.Shape), given.Op.HasGradient(i))).ToArray();
        var parameters = definitions.Select((definition, i) =>
            Make(pass.Parameters[i], [.. definition.Dimensions.Select(size => (long)size)], definition.Trainable)).ToArray();
        var call = new TorchCall(pass.Batch, inputs, parameters, mode == ExecutionMode.Training) { Step = pass.Step.Step };
        using var masks = given.Op is DropoutMask dropout && mode == ExecutionMode.Training
            ? new DropoutMasks(dropout, pass.Input.Shape, pass.LayerIndex, CPU) : null;
        var output = masks is not null ? masks.Apply(call.X, pass.Step)
            : given.Op is DropoutMask ? call.X.alias() : TorchFunctions.ApplyAny(given.Op, call);
        if (!output.shape.SequenceEqual(Sizes(pass.Batch, pass.Output.Shape)))
            return $"the shape is {string.Join(" x ", output.shape)}, ours {pass.Batch} x {pass.Output.Shape}";
        if (Difference("output", runner?.Output().Values ?? pass.Output.Values, output, pass.Output.Values) is { } wrong) return wrong;
        if (!output.requires_grad) return null;
        output.backward([Make(pass.OutputGradient!.Values, output.shape, false)]);
        for (var i = 0; i < inputs.Length; i++)
            if (given.Op.HasGradient(i)
                && Difference($"gradient of input {i}", runner?.InputGradient(i).Values ?? pass.InputGradients[i].Values,
                    inputs[i].grad ?? zeros_like(inputs[i]), pass.InputGradients[i].Values) is { } wrongInput)
                return wrongInput;
        for (var i = 0; i < parameters.Length; i++)
        {
            if (runner is null || !definitions[i].Trainable) continue;
            var ours = Array.ConvertAll(runner.Gradient(i).ToArray(), value => (double)value);
            var theirs = parameters[i].grad ?? zeros_like(parameters[i]);
            if (Difference($"gradient of {definitions[i].Name}", ours, theirs, pass.ParameterGradients[i]) is { } wrongParameter)
                return wrongParameter;
        }
        return null;
    }

    // Where sums cancel, both round: what counts is then the size of the numbers that were added, the largest of the tensor.
    private static string? Difference(string what, double[] ours, Tensor theirs, double[] exact)
    {
        var values = theirs.detach().to(ScalarType.Float64).contiguous().data<double>().ToArray();
        var scale = exact.Length == 0 ? 0 : exact.Max(Math.Abs);
        for (var i = 0; i < values.Length; i++)
        {
            if (double.IsNaN(ours[i]) && double.IsNaN(values[i])) continue;
            if (!(Math.Abs(ours[i] - values[i]) <= Absolute + (Relative * Math.Max(scale, Math.Abs(ours[i])))))
                return $"{what}[{i}] is {values[i]:R}, ours {ours[i]:R}, exactly {exact[i]:R}";
        }
        return null;
    }

    private static Tensor Make(double[] values, long[] sizes, bool hasGradient) =>
        tensor(values, sizes, dtype: ScalarType.Float32).requires_grad_(hasGradient);

    private static long[] Sizes(int batch, Shape shape) => [batch, shape.Channels, shape.Height, shape.Width];
}
