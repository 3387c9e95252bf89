namespace FeatureMap.Ops;

/// <summary>What stands on the pixels that padding adds. Examples add three on each side of <c>a b c d</c>.</summary>
public enum PadMode
{
    /// <summary>One number, usually 0: <c>0 0 0 | a b c d | 0 0 0</c>.</summary>
    Constant,

    /// <summary>The mirror image without the edge itself: <c>d c b | a b c d | c b a</c>. PyTorch's and ONNX's reflect.</summary>
    Reflect,

    /// <summary>The pixel at the edge again and again: <c>a a a | a b c d | d d d</c>. PyTorch's replicate, ONNX's edge.</summary>
    Replicate,

    /// <summary>The other end, as if the plane were a ring: <c>b c d | a b c d | a b c</c>. PyTorch's circular, ONNX's wrap.</summary>
    Wrap,
}
