using System.Globalization;
using FeatureMap.Networks;
using FeatureMap.Ops;
using TorchSharp;
using static TorchSharp.torch;

namespace FeatureMap.Torch;

/// <summary>
/// Whether libtorch computes convolutions rightly on this processor. On an AMD EPYC of family 26 oneDNN, which libtorch 2.10 computes them
/// with, gives wrong outputs and gradients, or none that are numbers, without a word. So the cases of the room of convolutions, with whole
/// numbers, whose sums are exact in any order, are compared with its reference.
/// </summary>
internal static class ProcessorCheck
{
    private static readonly Lazy<string?> Found = new(() => OpCatalogue.Entries.Single(entry => entry.Type == typeof(Conv2d)).Cases
        .Where(given => given.Values == CaseValues.Integers).SelectMany(_ => (bool[])[false, true], Fault)
        .FirstOrDefault(fault => fault is not null));

    /// <exception cref="UsageException">A convolution came out wrong.</exception>
    public static void Demand()
    {
        if (Found.Value is { } fault)
            throw new UsageException($"libtorch computes wrong numbers on this processor: {fault}. It is oneDNN inside of it. Have that "
                + "use simpler instructions, and start again: ONEDNN_MAX_CPU_ISA=AVX2, or ONEDNN_MAX_CPU_ISA=SSE41 where that is not "
                + "enough (slower); or leave --device out, for our own engine.");
    }

    private static string? Fault(OpCase given, bool isChannelsLast)
    {
        var pass = OpJudge.MakePass(given, 0, ExecutionMode.Training);
        given.Op.ReferenceForward(pass);
        given.Op.ReferenceBackward(pass);
        using var scope = NewDisposeScope();
        Tensor Of(ReferenceTensor numbers)
        {
            var planar = Make(numbers.Values, pass.Batch, numbers.Shape.Channels, numbers.Shape.Height, numbers.Shape.Width);
            return isChannelsLast ? planar.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2) : planar;
        }

        var input = Of(pass.Inputs[0]).requires_grad_();
        var parameters = given.Op.Parameters(given.Inputs).Select((definition, i) =>
            Make(pass.Parameters[i], [.. definition.Dimensions.Select(size => (long)size)])).ToArray();
        var output = TorchFunctions.ApplyAny(given.Op, new TorchCall(pass.Batch, [input], parameters, true));
        output.backward([Of(pass.OutputGradient!)]);
        return Difference($"an output of {given}", output, pass.Output.Values)
            ?? Difference($"a gradient of the input of {given}", input.grad!, pass.InputGradients[0].Values);
    }

    private static string? Difference(string what, Tensor got, double[] right)
    {
        var numbers = got.detach().contiguous().data<float>().ToArray();
        var place = Enumerable.Range(0, right.Length).FirstOrDefault(place => numbers[place] != right[place], -1);
        return place < 0 ? null
            : string.Create(CultureInfo.InvariantCulture, $"{what} is {right[place]}, and came out as {numbers[place]}");
    }

    private static Tensor Make(double[] values, params long[] sizes) => tensor(values, sizes, dtype: ScalarType.Float32);
}
