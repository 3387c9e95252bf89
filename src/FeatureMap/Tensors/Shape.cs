namespace FeatureMap;

/// <summary>
/// The shape of one sample as it flows between layers: channels x height x width. A vector of n numbers is n x 1 x 1.
/// The batch is not part of it: a network is the same for every batch size.
/// </summary>
public readonly record struct Shape
{
    /// <summary>Creates a shape; every size must be at least 1 and the number of elements must fit 31 bits.</summary>
    /// <exception cref="ShapeException">A size is zero or negative, or the product is above 2,147,483,647.</exception>
    public Shape(int channels, int height, int width)
    {
        if (channels < 1 || height < 1 || width < 1)
            throw new ShapeException($"A shape needs sizes of at least 1: received {channels} x {height} x {width} (channels x height x "
                + "width).");
        if ((Int128)channels * height * width > int.MaxValue)
            throw new ShapeException($"A shape of {channels} x {height} x {width} has {(Int128)channels * height * width:N0} elements per "
                + $"sample; at most {int.MaxValue:N0} are possible.");
        Channels = channels;
        Height = height;
        Width = width;
    }

    /// <summary>Number of feature planes (colours in an input image).</summary>
    public int Channels { get; }

    /// <summary>Rows of a plane, in pixels.</summary>
    public int Height { get; }

    /// <summary>Columns of a plane, in pixels.</summary>
    public int Width { get; }

    /// <summary>Pixels of one plane: height x width.</summary>
    public int Area => Height * Width;

    /// <summary>Numbers in one sample: channels x height x width.</summary>
    public int Count => Channels * Height * Width;

    /// <summary>Whether each plane is a single number, as after <c>Flatten</c>, <c>Linear</c> or <c>GlobalAveragePool</c>.</summary>
    public bool IsVector => Height == 1 && Width == 1;

    /// <summary>An image: channels first, then height and width.</summary>
    public static Shape Image(int channels, int height, int width) => new(channels, height, width);

    /// <summary>A vector of <paramref name="count"/> numbers, which is the same as an image of 1 x 1 pixels.</summary>
    public static Shape Vector(int count) => new(count, 1, 1);

    /// <summary>Written as <c>16x26x26</c>, a vector as <c>10</c>.</summary>
    public override string ToString() => IsVector ? $"{Channels}" : $"{Channels}x{Height}x{Width}";
}
