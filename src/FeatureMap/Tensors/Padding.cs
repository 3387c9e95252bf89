namespace FeatureMap;

/// <summary>
/// Zeros added around an input before a window slides over it, in pixels per side. <see cref="Same"/> and <see cref="SameLower"/> are rules
/// that are resolved for each input size: the output then has ceil(input / stride) pixels.
/// </summary>
public readonly record struct Padding
{
    private const int Most = 1_000_000;

    private readonly Rule rule;

    /// <summary>Explicit padding, which may differ on each side.</summary>
    /// <exception cref="ShapeException">A side is negative or above 1,000,000.</exception>
    public Padding(int top, int left, int bottom, int right)
    {
        if (Math.Min(Math.Min(top, left), Math.Min(bottom, right)) < 0 || Math.Max(Math.Max(top, left), Math.Max(bottom, right)) > Most)
            throw new ShapeException($"Padding must be between 0 and {Most:N0} pixels on each side: received top {top}, left {left}, "
                + $"bottom {bottom}, right {right}.");
        (Top, Left, Bottom, Right) = (top, left, bottom, right);
    }

    private Padding(Rule rule) => this.rule = rule;

    private enum Rule
    {
        Explicit,
        Same,
        SameLower,
    }

    /// <summary>Rows added above.</summary>
    public int Top { get; }

    /// <summary>Columns added on the left.</summary>
    public int Left { get; }

    /// <summary>Rows added below.</summary>
    public int Bottom { get; }

    /// <summary>Columns added on the right.</summary>
    public int Right { get; }

    /// <summary>No padding: a window stays inside the image, the output shrinks by the kernel's extent minus 1.</summary>
    public static Padding Valid => default;

    /// <summary>As much as it takes for ceil(input / stride) outputs; an odd pixel goes to the bottom and right (the rule of TensorFlow and
    /// Keras).</summary>
    public static Padding Same => new(Rule.Same);

    /// <summary>As <see cref="Same"/>, but an odd pixel goes to the top and left (what ONNX calls SAME_LOWER).</summary>
    public static Padding SameLower => new(Rule.SameLower);

    /// <summary>The same number of pixels on all four sides.</summary>
    public static Padding Each(int pixels) => new(pixels, pixels, pixels, pixels);

    /// <summary>
    /// As much as keeps the size at stride 1, half of it on each side: (extent - 1) / 2, with an odd pixel at the bottom and right. Unlike
    /// <see cref="Same"/> it does
    /// not depend on stride and input, so a strided window stays centred: the padding of ResNet and its relatives.
    /// </summary>
    /// <param name="kernel">Size of the kernel in pixels: one number, or (height, width).</param>
    /// <param name="dilation">Pixels between neighbouring taps; 1 by default.</param>
    public static Padding Half(PerAxis kernel, PerAxis? dilation = null)
    {
        var vertical = (kernel.Vertical - 1) * (dilation ?? 1).Vertical;
        var horizontal = (kernel.Horizontal - 1) * (dilation ?? 1).Horizontal;
        return new Padding(vertical / 2, horizontal / 2, vertical - (vertical / 2), horizontal - (horizontal / 2));
    }

    /// <summary>Whether it is a rule that needs an input to become numbers.</summary>
    internal bool IsRule => rule != Rule.Explicit;

    /// <summary>A plain number means the same on all four sides, as in <c>padding: 1</c>.</summary>
    public static implicit operator Padding(int pixels) => Each(pixels);

    /// <summary>The numbers that this padding means for an input and a window of the given extent and stride.</summary>
    public Padding Resolve(Shape input, PerAxis extent, PerAxis stride)
    {
        if (rule == Rule.Explicit) return this;
        var vertical = Missing(input.Height, extent.Vertical, stride.Vertical);
        var horizontal = Missing(input.Width, extent.Horizontal, stride.Horizontal);
        var odd = rule == Rule.SameLower ? 1 : 0;
        var (top, left) = ((vertical + odd) / 2, (horizontal + odd) / 2);
        return new Padding(top, left, vertical - top, horizontal - left);
    }

    /// <summary><c>same</c>, <c>same-lower</c>, <c>valid</c>, one number, or all four.</summary>
    public override string ToString() =>
        rule == Rule.Same ? "same" : rule == Rule.SameLower ? "same-lower" : this == default ? "valid" : Top == Left && Top == Bottom
            && Top == Right ? $"{Top}" : $"{Top},{Left},{Bottom},{Right} (top, left, bottom, right)";

    private static int Missing(int input, int extent, int stride)
    {
        var outputs = ((long)input + stride - 1) / stride;
        return (int)Math.Clamp(((outputs - 1) * stride) + extent - input, 0, Most);
    }
}
