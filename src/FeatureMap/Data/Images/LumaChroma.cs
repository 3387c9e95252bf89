namespace FeatureMap.Data;

/// <summary>
/// Luminance and chrominance: one plane that says how light a pixel is, and two that say which colour it has. The eye sees detail in the first only, so super-resolution learns
/// the luminance and measures itself on it. Studio range as MATLAB's <c>rgb2ycbcr</c> has it, with 8 bits: black has luminance 16, white 235, gray has both colours at 128.
/// Gray pictures are their own luminance. Source: ITU-R recommendation BT.601.
/// </summary>
public static class LumaChroma
{
    /// <summary>The luminance of a picture, rounded to 8 bits: 1 x height x width. A gray picture is given back as it is.</summary>
    public static Picture Luminance(Picture picture)
    {
        ArgumentNullException.ThrowIfNull(picture);
        return picture.IsGray ? picture : FromColour(picture).Plane(0);
    }

    /// <summary>Red, green and blue to luminance, blue difference and red difference, each rounded to 8 bits.</summary>
    /// <exception cref="DataException">The picture is gray.</exception>
    public static Picture FromColour(Picture picture)
    {
        var shape = CheckColour(picture);
        var from = picture.Pixels;
        var (area, to) = (shape.Area, new byte[shape.Count]);
        for (var i = 0; i < area; i++)
        {
            double red = from[i], green = from[area + i], blue = from[(2 * area) + i];
            // Red, green and blue add up to 219 steps of luminance; the differences reach 112 steps to either side.
            to[i] = PixelRounding.ToByte(16 + (((65.481 * red) + (128.553 * green) + (24.966 * blue)) / 255));
            to[area + i] = PixelRounding.ToByte(128 + (((-37.797 * red) - (74.203 * green) + (112 * blue)) / 255));
            to[(2 * area) + i] = PixelRounding.ToByte(128 + (((112 * red) - (93.786 * green) - (18.214 * blue)) / 255));
        }
        return new Picture(picture.Name, shape, to);
    }

    /// <summary>The way back: luminance, blue and red difference to red, green and blue, rounded and kept inside 0 to 255.</summary>
    /// <exception cref="DataException">The picture does not have three planes.</exception>
    public static Picture ToColour(Picture picture)
    {
        var shape = CheckColour(picture);
        var from = picture.Pixels;
        var (area, to) = (shape.Area, new byte[shape.Count]);
        for (var i = 0; i < area; i++)
        {
            // The inverse of the matrix above, times 255.
            double light = from[i] - 16, blue = from[area + i] - 128, red = from[(2 * area) + i] - 128;
            to[i] = PixelRounding.ToByte((1.16438356 * light) + (1.59602688 * red));
            to[area + i] = PixelRounding.ToByte((1.16438356 * light) - (0.39176229 * blue) - (0.81296765 * red));
            to[(2 * area) + i] = PixelRounding.ToByte((1.16438356 * light) + (2.01723214 * blue));
        }
        return new Picture(picture.Name, shape, to);
    }

    /// <summary>A picture with a luminance of its own and the colours of another, which are brought to its size by <see cref="BicubicResize"/>; gray where the other is.</summary>
    /// <param name="luminance">One channel.</param>
    /// <param name="colours">Where the colours come from, of any size.</param>
    /// <exception cref="DataException">The luminance has more than one channel.</exception>
    public static Picture Recolour(Picture luminance, Picture colours)
    {
        ArgumentNullException.ThrowIfNull(luminance);
        ArgumentNullException.ThrowIfNull(colours);
        if (colours.IsGray) return luminance.Plane(0);
        var planes = BicubicResize.Apply(FromColour(colours), luminance.Shape.Height, luminance.Shape.Width);
        return ToColour(Picture.Join(luminance, planes.Plane(1), planes.Plane(2)));
    }

    private static Shape CheckColour(Picture picture)
    {
        ArgumentNullException.ThrowIfNull(picture);
        return picture.Shape.Channels == 3 ? picture.Shape : throw new DataException($"The picture {picture.Name} is {picture.Shape} (channels x height x width): colours are 3 planes. A gray picture is its own luminance.");
    }
}
