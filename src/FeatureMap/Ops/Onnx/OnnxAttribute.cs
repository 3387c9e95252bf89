namespace FeatureMap.Ops;

/// <summary>A setting of an ONNX node. <see cref="Value"/> is a <see cref="long"/>, a <see cref="float"/>, a <see cref="string"/>, an array of them, or an <see cref="OnnxTensor"/>.</summary>
internal readonly record struct OnnxAttribute
{
    /// <summary>A value of one of the kinds above.</summary>
    public OnnxAttribute(string name, object value) => (Name, Value) = (name, value);

    public OnnxAttribute(string name, long value) : this(name, (object)value) { }

    public OnnxAttribute(string name, bool value) : this(name, (object)(value ? 1L : 0L)) { }

    public OnnxAttribute(string name, float value) : this(name, (object)value) { }

    public OnnxAttribute(string name, string value) : this(name, (object)value) { }

    public OnnxAttribute(string name, long[] value) : this(name, (object)value) { }

    public string Name { get; }

    public object Value { get; }

    /// <summary>One number per spatial axis.</summary>
    public static OnnxAttribute Pair(string name, PerAxis value) => new(name, [value.Vertical, value.Horizontal]);

    /// <summary>Size, step and padding of sliding windows.</summary>
    public static OnnxAttribute[] Windows(PerAxis kernel, PerAxis stride, Padding padding) => [Pair("kernel_shape", kernel), Pair("strides", stride), Pads(padding)];

    /// <summary>Pixels on each side in the order that ONNX wants: the begins of all axes, then the ends.</summary>
    public static OnnxAttribute Pads(Padding padding) => new("pads", [padding.Top, padding.Left, padding.Bottom, padding.Right]);
}
