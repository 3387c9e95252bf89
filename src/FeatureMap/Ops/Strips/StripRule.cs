namespace FeatureMap.Ops;

/// <summary>
/// How an op computes strips of rows as if they were images: an image of H rows is cut into S strips of H / S rows, each in a lane of its
/// own (<see cref="Op.InStrips"/>).
/// </summary>
/// <param name="Op">Computes a strip, with the rows around it that it reads.</param>
/// <param name="Above">Rows of the strip above that it reads; of the first strip, rows of <paramref name="Edge"/>.</param>
/// <param name="Below">Rows of the strip below, likewise.</param>
/// <param name="Edge">What stands around an image: the padding's number.</param>
internal sealed record StripRule(Op Op, int Above = 0, int Below = 0, float Edge = 0)
{
    /// <summary>
    /// The rule of windows: those of a strip begin a whole number of strides behind those of the one above. Null where they do not, where
    /// they reach further than one strip, or where the op, made for rows that bring their padding along, gives other rows.
    /// </summary>
    public static StripRule? OfWindows(WindowGeometry geometry, int strips, float edge, Func<Padding, Op> withPadding)
    {
        var (rows, padding) = (geometry.Vertical, geometry.Padding);
        if (rows.Input % strips != 0 || rows.Outputs % strips != 0 || rows.Outputs * rows.Stride != rows.Input) return null;
        var (height, outputs) = (rows.Input / strips, rows.Outputs / strips);
        var below = Math.Max(0, ((outputs - 1) * rows.Stride) + rows.Extent - rows.Before - height);
        if (rows.Before > height || below > height) return null;
        var op = withPadding(new Padding(0, padding.Left, 0, padding.Right));
        var strip = new Shape(geometry.Input.Channels, rows.Before + height + below, geometry.Input.Width);
        var expected = new Shape(geometry.Output.Channels, outputs, geometry.Output.Width);
        return op.OutputShape([strip]) == expected ? new StripRule(op, rows.Before, below, edge) : null;
    }
}
