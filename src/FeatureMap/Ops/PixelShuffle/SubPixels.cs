using FeatureMap.Lanes;

namespace FeatureMap.Ops;

/// <summary>
/// What both pixel shuffles share: a <i>packed</i> map of C r r channels and a <i>fine</i> one of C channels with r times the rows and columns. Pixel
/// (c, y r + a, x r + b) of the fine map is pixel (y, x) of the packed channel that <see cref="Channel"/> names.
/// </summary>
internal static class SubPixels
{
    /// <summary>The largest factor; its square still leaves room for channels.</summary>
    public const int MostFactor = 1_000;

    /// <summary>The packed channel of sub-pixel (a, b) of channel c out of <paramref name="channels"/>.</summary>
    public static int Channel(ChannelOrder order, int factor, int channels, int c, int a, int b) => order == ChannelOrder.ColumnRowDepth
        ? (((c * factor) + a) * factor) + b
        : (((a * factor) + b) * channels) + c;

    /// <summary>The copy from packed to fine. Its innermost loop runs over a row of the packed map.</summary>
    public static StridedCopy Copy(Shape packed, int factor, ChannelOrder order)
    {
        var fine = Fine(packed, factor);
        var (channel, row, column) = order == ChannelOrder.ColumnRowDepth ? (factor * factor, factor, 1) : (1, factor * fine.Channels, fine.Channels);
        return new StridedCopy(
            0, 0,
            new CopyLoop(fine.Channels, channel * packed.Area, fine.Area),
            new CopyLoop(packed.Height, packed.Width, factor * fine.Width),
            new CopyLoop(factor, row * packed.Area, fine.Width),
            new CopyLoop(factor, column * packed.Area, 1),
            new CopyLoop(packed.Width, 1, factor));
    }

    public static Shape Fine(Shape packed, int factor) => new(packed.Channels / (factor * factor), packed.Height * factor, packed.Width * factor);

    public static void CheckFactor(string op, int factor)
    {
        if (factor is < 1 or > MostFactor)
            throw new ShapeException($"{op} takes a factor from 1 to {MostFactor:N0}: received {factor:N0}. 2 doubles or halves height and width.");
    }

    /// <summary>The factor of an ONNX node.</summary>
    public static int ReadFactor(OnnxImport node) => node.Whole("blocksize", 0) is >= 1 and <= MostFactor and var factor
        ? (int)factor
        : throw node.Wrong($"the attribute 'blocksize' is {node.Whole("blocksize", 0)}; 1 to {MostFactor:N0} was expected");

    /// <summary>The input of an ONNX node: no signals, which have no blocks.</summary>
    public static OnnxFeature ReadImage(OnnxImport node) => node.Image() is { Dimensions.Count: 3 } image
        ? image
        : throw node.Wrong("it works on batch x channels x height x width, and its input has 3 axes");

    /// <summary>The output of an ONNX node as what it is, an image, even of one pixel.</summary>
    public static void Result(OnnxImport node, Op op, OnnxFeature image) => node.ResultLike(image, node.Layer(op, [image]));

    public static string Describe(int factor, ChannelOrder order) => order == ChannelOrder.ColumnRowDepth ? $"factor {factor}" : $"factor {factor}, depth first";
}
