namespace FeatureMap.Data;

/// <summary>One component of a JPEG: brightness, a colour or an ink, with its own resolution.</summary>
internal sealed class JpegComponent
{
    /// <summary>Stands for a coefficient of which no scan has told yet.</summary>
    public const int Unseen = -1;

    /// <param name="description">Name, sampling factors, number of the quantisation table.</param>
    /// <param name="header">Size of the picture as it is stored.</param>
    /// <param name="mostAcross">The largest horizontal sampling factor.</param>
    /// <param name="mostDown">The largest vertical sampling factor.</param>
    public JpegComponent(ReadOnlySpan<byte> description, ImageHeader header, int mostAcross, int mostDown)
    {
        (Id, Across, Down, Table) = (description[0], description[1] >> 4, description[1] & 15, description[2]);
        (FactorAcross, FactorDown) = (mostAcross / Across, mostDown / Down);
        (Width, Height) = (DivideUp(header.StoredWidth * Across, mostAcross), DivideUp(header.StoredHeight * Down, mostDown));
        Stride = DivideUp(header.StoredWidth, 8 * mostAcross) * Across;
        Rows = DivideUp(header.StoredHeight, 8 * mostDown) * Down;
    }

    public byte Id { get; }

    /// <summary>Horizontal sampling factor: blocks side by side in a unit of an interleaved scan.</summary>
    public int Across { get; }

    /// <summary>Vertical sampling factor.</summary>
    public int Down { get; }

    public int Table { get; }

    /// <summary>Pixels of the picture in a sample of this component.</summary>
    public int FactorAcross { get; }

    /// <summary>Rows of the picture in a sample of this component.</summary>
    public int FactorDown { get; }

    /// <summary>Samples that belong to the picture.</summary>
    public int Width { get; }

    /// <summary>Rows of samples that belong to the picture.</summary>
    public int Height { get; }

    /// <summary>Blocks in a row, with those that fill the last unit up.</summary>
    public int Stride { get; }

    /// <summary>Rows of blocks, with those that fill the last unit up.</summary>
    public int Rows { get; }

    /// <summary>Rows of 8 x <see cref="Stride"/> samples.</summary>
    public byte[] Samples { get; private set; } = [];

    /// <summary>64 for each block, row by row in it; only a progressive picture needs them.</summary>
    public short[] Coefficients { get; private set; } = [];

    /// <summary>The quantisation table at the time of the component's first scan.</summary>
    public ushort[]? Quantization { get; set; }

    /// <summary>The first coefficient of the block before, from which the next one differs.</summary>
    public int Prediction { get; set; }

    public JpegHuffman? DcTable { get; set; }

    public JpegHuffman? AcTable { get; set; }

    /// <summary>For each coefficient how many of its low bits are still to come, or <see cref="Unseen"/>.</summary>
    public int[] MissingBits { get; } = [.. Enumerable.Repeat(Unseen, 64)];

    public bool IsSeen(int coefficient) => MissingBits[coefficient] != Unseen;

    public void Allocate(bool isProgressive)
    {
        Samples = new byte[checked(64 * Stride * Rows)];
        if (isProgressive) Coefficients = new short[Samples.Length];
    }

    /// <summary>The progressive picture's coefficients to samples.</summary>
    public void Transform()
    {
        for (int row = 0, block = 0; row < Rows; row++)
            for (var column = 0; column < Stride; column++, block++)
            {
                var samples = Samples.AsSpan(SampleOf(row, column));
                JpegTransform.Inverse(Coefficients.AsSpan(64 * block, 64), Quantization!, samples, 8 * Stride);
            }
        Coefficients = [];
    }

    /// <summary>Where the samples of a block begin.</summary>
    public int SampleOf(int row, int column) => (64 * row * Stride) + (8 * column);

    public static int DivideUp(int value, int by) => (value + by - 1) / by;
}
