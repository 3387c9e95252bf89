namespace FeatureMap.Ops;

/// <summary>
/// In which order the r x r sub-pixels of a pixel stand among the channels. Both are in use, and they differ only in the numbering: exchange them, and the picture
/// is scrambled.
/// </summary>
public enum ChannelOrder
{
    /// <summary>
    /// Channel, then row, then column of the sub-pixel: channel c r r + a r + b. All sub-pixels of one channel stand together. PyTorch's PixelShuffle and
    /// PixelUnshuffle; ONNX calls it CRD (from depth to space it reads column, row, depth).
    /// </summary>
    ColumnRowDepth,

    /// <summary>
    /// Row, then column of the sub-pixel, then channel: channel (a r + b) C + c. All channels of one sub-pixel stand together. TensorFlow's depth_to_space and
    /// space_to_depth; ONNX calls it DCR, and it is ONNX's default.
    /// </summary>
    DepthColumnRow,
}
