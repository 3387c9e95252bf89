namespace FeatureMap.Data;

/// <summary>
/// How the stored rows of a picture must be turned to see it upright: the values 2 to 8 of the tag Orientation in Exif (CIPA DC-008,
/// 4.6.4), named by what is done.
/// </summary>
internal enum Orientation
{
    /// <summary>Nothing to do: value 1, and 0 here so that it is the default.</summary>
    Upright,
    Mirror = 2,
    HalfTurn = 3,
    Flip = 4,
    Transpose = 5,
    TurnRight = 6,
    Transverse = 7,
    TurnLeft = 8,
}

/// <summary>Turns pictures.</summary>
internal static class Orientations
{
    /// <summary>Whether rows become columns.</summary>
    public static bool IsTransposed(this Orientation orientation) => orientation >= Orientation.Transpose;

    /// <summary>Where a window of the upright picture lies in the stored one.</summary>
    /// <param name="orientation">How the stored picture is turned.</param>
    /// <param name="window">The window of the upright picture.</param>
    /// <param name="height">Rows of the upright picture.</param>
    /// <param name="width">Its columns.</param>
    public static PixelBox Stored(this Orientation orientation, PixelBox window, int height, int width)
    {
        if (orientation.IsTransposed())
            (window, height, width) = (new(window.Left, window.Top, window.Width, window.Height), width, height);
        return window with
        {
            Top = orientation.IsFlipped() ? height - window.Top - window.Height : window.Top,
            Left = orientation.IsMirrored() ? width - window.Left - window.Width : window.Left,
        };
    }

    /// <summary>Where a box of the stored rows lies in the upright picture; edges lie between pixels.</summary>
    /// <param name="orientation">How the stored picture is turned.</param>
    /// <param name="x">Left edge in the stored picture.</param>
    /// <param name="y">Upper edge in the stored picture.</param>
    /// <param name="width">Columns of the box.</param>
    /// <param name="height">Rows of the box.</param>
    /// <param name="across">Columns of the upright picture.</param>
    /// <param name="down">Rows of the upright picture.</param>
    public static (double X, double Y, double Width, double Height) Upright(
        this Orientation orientation, double x, double y, double width, double height, int across, int down)
    {
        var (storedAcross, storedDown) = orientation.IsTransposed() ? (down, across) : (across, down);
        if (orientation.IsFlipped()) y = storedDown - y - height;
        if (orientation.IsMirrored()) x = storedAcross - x - width;
        return orientation.IsTransposed() ? (y, x, height, width) : (x, y, width, height);
    }

    /// <summary>Turns a planar picture upright.</summary>
    /// <param name="orientation">What to do.</param>
    /// <param name="stored">Channels x stored height x stored width.</param>
    /// <param name="shape">The shape of the upright picture.</param>
    public static T[] Apply<T>(this Orientation orientation, T[] stored, Shape shape)
    {
        if (orientation == Orientation.Upright) return stored;
        var turned = orientation.IsTransposed();
        var (height, width) = turned ? (shape.Width, shape.Height) : (shape.Height, shape.Width); // as stored
        bool isFlipped = orientation.IsFlipped(), isMirrored = orientation.IsMirrored();
        var upright = new T[stored.Length];
        var to = 0;
        for (var channel = 0; channel < shape.Channels; channel++)
        {
            for (var y = 0; y < shape.Height; y++)
            {
                for (var x = 0; x < shape.Width; x++)
                {
                    var (row, column) = turned ? (x, y) : (y, x);
                    if (isFlipped) row = height - 1 - row;
                    if (isMirrored) column = width - 1 - column;
                    upright[to++] = stored[(channel * shape.Area) + (row * width) + column];
                }
            }
        }
        return upright;
    }

    private static bool IsFlipped(this Orientation orientation) =>
        orientation is Orientation.HalfTurn or Orientation.Flip or Orientation.TurnRight or Orientation.Transverse;

    private static bool IsMirrored(this Orientation orientation) =>
        orientation is Orientation.Mirror or Orientation.HalfTurn or Orientation.Transverse or Orientation.TurnLeft;
}
