using System.Globalization;
using TorchSharp;
using static TorchSharp.torch;

namespace FeatureMap.Torch;

/// <summary>
/// Whether libtorch computes convolutions rightly on this processor. On an AMD EPYC of family 26 oneDNN, which libtorch 2.10 computes them
/// with, gives wrong outputs and gradients, or none that are numbers, without a word. So a few small ones with whole numbers, whose results
/// are exact in any order, are compared with sums written out here.
/// </summary>
internal static class ProcessorCheck
{
    private static readonly Lazy<string?> Found = new(Look);

    /// <exception cref="UsageException">A convolution came out wrong.</exception>
    public static void Demand()
    {
        if (Found.Value is { } fault)
            throw new UsageException($"libtorch computes wrong numbers on this processor: {fault}. It is oneDNN inside of it. Have that "
                + "use simpler instructions, and start again: ONEDNN_MAX_CPU_ISA=AVX2, or ONEDNN_MAX_CPU_ISA=SSE41 where that is not "
                + "enough (slower); or leave --device out, for our own engine.");
    }

    private static string? Look() =>
        ((Sizes[])[new(16, 1, 1, 5, 5), new(2, 12, 12, 6, 6), new(5, 2, 14, 6, 6), new(33, 4, 7, 5, 7)])
        .SelectMany(_ => (bool[])[false, true], Fault).FirstOrDefault(fault => fault is not null);

    private static string? Fault(Sizes sizes, bool isChannelsLast)
    {
        using var scope = NewDisposeScope();
        var (images, inputs, outputs, height, width) = sizes;
        var (rows, columns) = (height - 2, width - 2);
        var x = Numbers(images * inputs * height * width, 7);
        var w = Numbers(outputs * inputs * 9, 5);
        var g = Numbers(images * outputs * rows * columns, 3);
        var (output, gradient) = (new float[g.Length], new float[x.Length]);
        for (var image = 0; image < images; image++)
            for (var (o, cell) = (0, image * outputs * rows * columns); o < outputs; o++)
                for (var row = 0; row < rows; row++)
                    for (var column = 0; column < columns; column++, cell++)
                        for (var tap = 0; tap < inputs * 9; tap++)
                        {
                            var place = (((((image * inputs) + (tap / 9)) * height) + row + (tap % 9 / 3)) * width) + column + (tap % 3);
                            output[cell] += x[place] * w[(o * inputs * 9) + tap];
                            gradient[place] += g[cell] * w[(o * inputs * 9) + tap];
                        }

        Tensor Of(float[] numbers, params long[] sizes) => !isChannelsLast ? tensor(numbers, sizes)
            : tensor(numbers, sizes).permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2);
        var read = Of(x, images, inputs, height, width).requires_grad_();
        var made = nn.functional.conv2d(read, Of(w, outputs, inputs, 3, 3));
        made.backward([Of(g, images, outputs, rows, columns)]);
        var name = $"of a 3x3 convolution of {images} images of {inputs}x{height}x{width} to {outputs} channels";
        return Difference($"a number of the output {name}", made, output)
            ?? Difference($"a gradient of the input {name}", read.grad!, gradient);
    }

    private static string? Difference(string what, Tensor got, float[] right)
    {
        var numbers = got.detach().contiguous().data<float>().ToArray();
        var place = Enumerable.Range(0, right.Length).FirstOrDefault(place => numbers[place] != right[place], -1);
        return place < 0 ? null
            : string.Create(CultureInfo.InvariantCulture, $"{what} is {right[place]}, and came out as {numbers[place]}");
    }

    // Small whole numbers in no simple order.
    private static float[] Numbers(int count, int factor) =>
        [.. Enumerable.Range(0, count).Select(i => (float)((((i * factor) + (i / 11)) % 13) - 6))];

    private readonly record struct Sizes(int Images, int Inputs, int Outputs, int Height, int Width);
}
