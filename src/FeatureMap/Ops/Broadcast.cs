namespace FeatureMap.Ops;

/// <summary>
/// How inputs of different shapes meet number by number: along each axis their sizes are equal, or 1, and a size of 1 stretches (the rule of NumPy). Over a map
/// of C x H x W, a vector of C gives each channel a number, a map of 1 x H x W each pixel, and a vector of 1 all of them the same.
/// </summary>
internal static class Broadcast
{
    /// <summary>The shape that all inputs stretch to: the largest size along each axis.</summary>
    /// <param name="op">Who asks, for the message.</param>
    /// <param name="inputs">Shapes of the inputs.</param>
    /// <exception cref="ShapeException">Two sizes along an axis differ, and neither is 1.</exception>
    public static Shape OutputShape(string op, IReadOnlyList<Shape> inputs)
    {
        for (var i = 1; i < inputs.Count; i++)
            for (var k = 0; k < i; k++)
                if (Clashes(inputs[k], inputs[i]) is { Length: > 0 } clashes)
                    throw new ShapeException($"{op} needs equal sizes along each axis, or 1, which stretches: input {k + 1} is {inputs[k]}, but input {i + 1} is {inputs[i]} ({clashes}). {Fix(inputs[k], k + 1, inputs[i], i + 1)}");
        return new Shape(inputs.Max(input => input.Channels), inputs.Max(input => input.Height), inputs.Max(input => input.Width));
    }

    private static string Clashes(Shape first, Shape other)
    {
        var parts = new List<string>();
        if (!Fits(first.Channels, other.Channels)) parts.Add($"channels {first.Channels} and {other.Channels}");
        if (!Fits(first.Height, other.Height)) parts.Add($"height {first.Height} and {other.Height}");
        if (!Fits(first.Width, other.Width)) parts.Add($"width {first.Width} and {other.Width}");
        return string.Join(", ", parts);
    }

    private static bool Fits(int first, int other) => first == other || first == 1 || other == 1;

    private static string Fix(Shape first, int firstNumber, Shape other, int otherNumber)
    {
        if (Fits(first.Height, other.Height) && Fits(first.Width, other.Width))
            return $"Project one of them with a 1x1 convolution: Conv({first.Channels}, kernel: 1) on the other path gives {first.Channels} channels.";
        if (Ratio(first, other) is { } ofFirst)
            return $"Project the larger one with a strided 1x1 convolution: Conv({other.Channels}, kernel: 1, stride: {ofFirst}) on input {firstNumber}.";
        if (Ratio(other, first) is { } ofOther)
            return $"Project the larger one with a strided 1x1 convolution: Conv({first.Channels}, kernel: 1, stride: {ofOther}) on input {otherNumber}.";
        return "Give both paths the same padding and stride: padding: Padding.Same keeps the size at stride 1.";
    }

    /// <summary>The stride that makes the larger plane as small as the smaller one, where there is one.</summary>
    private static int? Ratio(Shape larger, Shape smaller)
    {
        var stride = larger.Height / smaller.Height;
        return stride > 1 && larger.Height == stride * smaller.Height && larger.Width == stride * smaller.Width ? stride : null;
    }
}
