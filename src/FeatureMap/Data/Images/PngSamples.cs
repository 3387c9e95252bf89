namespace FeatureMap.Data;

/// <summary>
/// The samples of a PNG file as they are stored: the index into the palette, and gray or colour of 1 to 16 bits, not scaled to 8. That is
/// what label maps need, where a pixel is a number and no brightness.
/// </summary>
/// <param name="Header">Size of the upright picture, and how the samples must be turned for that.</param>
/// <param name="Depth">Bits of a sample: 1, 2, 4, 8 or 16.</param>
/// <param name="Colour">What the samples of a pixel are: 0 gray, 2 red, green and blue, 3 an index into the palette, 4 gray and alpha, 6
/// red, green, blue and alpha.</param>
/// <param name="Values">Row by row as stored, the samples of a pixel behind each other.</param>
internal sealed record PngSamples(ImageHeader Header, int Depth, int Colour, ushort[] Values)
{
    /// <summary>Samples of a pixel.</summary>
    public int Channels { get; } = ChannelsOf(Colour);

    /// <summary>Red, green and blue of each colour that an index stands for; null where the samples are none.</summary>
    public byte[]? Palette { get; private init; }

    /// <exception cref="DataException">The file is damaged.</exception>
    public static PngSamples Read(byte[] content, string place)
    {
        _ = PngStructure.Parse(content, place);
        var png = PngStructure.Read(content, place);
        var (width, channels) = (png.Header.StoredWidth, ChannelsOf(png.Colour));
        var values = new ushort[width * png.Header.StoredHeight * channels];
        try
        {
            using var stream = png.Unpack();
            foreach (var pass in png.Passes())
            {
                byte[] row = new byte[1 + png.RowBytes(pass.Columns)], above = new byte[row.Length - 1];
                for (var y = 0; y < pass.Rows; y++)
                {
                    if (stream.ReadAtLeast(row, row.Length, throwOnEndOfStream: false) < row.Length) throw ImageHeader.Broken(place, "the pixels of the PNG are not all there");
                    PngDecoder.Unfilter(row[0], row.AsSpan(1), above, Math.Max(1, png.PixelBits / 8), place);
                    row.AsSpan(1).CopyTo(above);
                    var to = (((pass.Y + (y * pass.StepY)) * width) + pass.X) * channels;
                    for (var i = 0; i < pass.Columns * channels; i++)
                        values[to + (i / channels * pass.StepX * channels) + (i % channels)] = (ushort)PngDecoder.Sample(above, i, png.Depth);
                }
            }
            if (stream.ReadByte() >= 0) throw ImageHeader.Broken(place, "the PNG has more pixels than its header says");
        }
        catch (InvalidDataException error)
        {
            throw ImageHeader.Broken(place, "the compressed pixels of the PNG cannot be unpacked", error);
        }
        return new(png.Header, png.Depth, png.Colour, values) { Palette = png.Colour == 3 ? png.Palette : null };
    }

    private static int ChannelsOf(int colour) => colour switch { 2 => 3, 4 => 2, 6 => 4, _ => 1 };
}
