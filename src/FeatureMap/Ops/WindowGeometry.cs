
namespace FeatureMap.Ops;

/// <summary>
/// Windows that slide over an input, validated once: what the geometries of convolutions and of pooling share. Sizes in pixels.
/// Arithmetic: Dumoulin and Visin, "A guide to convolution arithmetic for deep learning", arXiv 1603.07285; the rule for partial windows
/// (ceil mode) is PyTorch's.
/// </summary>
public abstract record WindowGeometry
{
    private protected WindowGeometry(WindowWords words, Shape input, PerAxis kernel, PerAxis stride, Padding padding, PerAxis dilation, bool ceilMode)
    {
        words.CheckSizes(kernel, stride, dilation);
        Input = input;
        Padding = padding.Resolve(input, WindowAxis.ExtentOf(kernel, dilation), stride);
        Vertical = Counted("height", new(input.Height, kernel.Vertical, stride.Vertical, dilation.Vertical, Padding.Top, Padding.Bottom));
        Horizontal = Counted("width", new(input.Width, kernel.Horizontal, stride.Horizontal, dilation.Horizontal, Padding.Left, Padding.Right));

        WindowAxis Counted(string name, WindowAxis axis)
        {
            if (axis.Padded < axis.Extent) throw words.DoesNotFit(name, axis);
            var steps = (axis.Padded - axis.Extent) / axis.Stride;
            // One more, partial window where pixels are left over; but a window that would start behind the input (in the padding after it)
            // is dropped.
            if (ceilMode && steps * axis.Stride < axis.Padded - axis.Extent && (steps + 1) * axis.Stride < (long)axis.Input + axis.Before)
                steps++;
            return axis with { Outputs = (int)(steps + 1) };
        }
    }

    /// <summary>Shape of one input sample.</summary>
    public Shape Input { get; }

    /// <summary>Shape of one output sample.</summary>
    public Shape Output { get; private protected init; }

    /// <summary>Pixels added on each side, as numbers (<c>same</c> is resolved).</summary>
    public Padding Padding { get; }

    /// <summary>The windows along the rows.</summary>
    public WindowAxis Vertical { get; private protected init; }

    /// <summary>The windows along the columns.</summary>
    public WindowAxis Horizontal { get; private protected init; }

    /// <summary>Taps of a window in one plane.</summary>
    public int Taps => Vertical.Kernel * Horizontal.Kernel;

    /// <summary>Which input positions an output reads.</summary>
    public Reach Reach => new(Vertical.Reach, Horizontal.Reach);

    internal void Deconstruct(out WindowAxis vertical, out WindowAxis horizontal) => (vertical, horizontal) = (Vertical, Horizontal);
}

/// <summary>What messages call the windows of an op.</summary>
/// <param name="Op">The kind of op.</param>
/// <param name="Window">A window of it.</param>
/// <param name="NoStride">What to do where no stride is meant.</param>
/// <param name="Fix">What helps where no window fits.</param>
internal sealed record WindowWords(string Op, string Window, string NoStride, Func<WindowAxis, string> Fix)
{
    /// <summary>Every size is at least 1.</summary>
    /// <exception cref="ShapeException">One is not.</exception>
    public void CheckSizes(PerAxis kernel, PerAxis stride, PerAxis dilation)
    {
        CheckSize(kernel.Vertical, "kernel height", $"a {Window} covers at least one pixel");
        CheckSize(kernel.Horizontal, "kernel width", $"a {Window} covers at least one pixel");
        CheckSize(stride.Vertical, "vertical stride", NoStride);
        CheckSize(stride.Horizontal, "horizontal stride", NoStride);
        CheckSize(dilation.Vertical, "vertical dilation", "1 means no dilation");
        CheckSize(dilation.Horizontal, "horizontal dilation", "1 means no dilation");
    }

    public void CheckSize(int value, string what, string meaning)
    {
        if (value is < 1 or > 1_000_000)
            throw new ShapeException($"A {Op}'s {what} must be between 1 and 1,000,000: received {value:N0} ({meaning}).");
    }

    public ShapeException DoesNotFit(string name, WindowAxis axis)
    {
        var padding = axis.Before + axis.After == 0 ? "" : $" + {axis.Before} + {axis.After} padding = {axis.Padded}";
        var extent = axis.Dilation == 1 ? $"{axis.Kernel}" : $"{axis.Kernel} + ({axis.Kernel} - 1) x ({axis.Dilation} - 1) = {axis.Extent}";
        return new ShapeException($"The {Window} does not fit: it spans {extent} pixels of {name}, the input has "
            + $"{axis.Input}{padding}. {Fix(axis)}");
    }
}
