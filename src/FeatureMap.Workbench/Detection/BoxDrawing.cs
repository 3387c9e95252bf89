using FeatureMap.Analysis;
using FeatureMap.Data;
using FeatureMap.Reports;

namespace FeatureMap.Workbench;

/// <summary>
/// Pictures with frames around what was found, as PNG files in a folder, and a page of them with the names of the classes.
/// </summary>
/// <param name="folder">The folder; it is made where it is not there, and files of the same names are replaced.</param>
/// <param name="classNames">The names of the classes.</param>
internal sealed class BoxDrawing(string folder, IReadOnlyList<string> classNames)
{
    /// <summary>Name of the page.</summary>
    public const string PageName = "boxes.html";

    private const int MostOnPage = 200, LongestSide = 480;
    private static readonly (byte Red, byte Green, byte Blue)[] Colours =
        [(230, 40, 40), (30, 110, 220), (20, 150, 80), (220, 140, 0), (170, 60, 180), (0, 150, 170)];

    private readonly HashSet<string> names = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<PagePicture> pictures = [];

    /// <summary>Draws a picture in its own size and writes it.</summary>
    /// <exception cref="DataException">It cannot be read or written.</exception>
    public void Add(PictureFile file, ImageHeader header, IReadOnlyList<DetectedBox> boxes)
    {
        var shape = new Shape(3, header.Height, header.Width);
        var pixels = file.Load(shape, null, out _);
        if (pictures.Count < MostOnPage) pictures.Add(Small(file, pixels, shape, boxes));
        var width = Math.Max(2, Math.Max(shape.Height, shape.Width) / 250);
        // The surest last, so that they are on top.
        foreach (var box in boxes.Reverse())
            Frame(pixels, shape, box.Box, width, Colours[box.Class % Colours.Length]);
        var name = Path.GetFileNameWithoutExtension(file.Name);
        for (var number = 2; !names.Add(name); number++)
            name = $"{Path.GetFileNameWithoutExtension(file.Name)}-{number}";
        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new DataException($"{folder}: the folder for the pictures cannot be made: {error.Message}", error);
        }
        new Picture(name, shape, pixels).Save(Path.Combine(folder, $"{name}.png"));
    }

    /// <summary>Writes the page.</summary>
    /// <exception cref="DataException">It cannot be written.</exception>
    public void Finish()
    {
        if (pictures.Count == 0) return;
        new Page("What was found", "Detection", $"{pictures.Count:N0} pictures")
            .Section("Pictures", "Each box has its class and its score in per cent.")
            .Add(new PictureGrid { Pictures = pictures, Side = LongestSide }).Write(Path.Combine(folder, PageName));
    }

    /// <summary>A frame of so many pixels along the inside of a box.</summary>
    internal static void Frame(Span<byte> pixels, Shape shape, Box box, int width, (byte Red, byte Green, byte Blue) colour)
    {
        int left = Inside(box.X, shape.Width), right = Inside(box.X + box.Width - 1, shape.Width);
        int top = Inside(box.Y, shape.Height), bottom = Inside(box.Y + box.Height - 1, shape.Height);
        for (var y = top; y <= bottom; y++)
            for (var x = left; x <= right; x++)
            {
                if (y >= top + width && y <= bottom - width && x >= left + width && x <= right - width)
                {
                    x = right - width; // nothing is drawn inside
                    continue;
                }
                var place = (y * shape.Width) + x;
                (pixels[place], pixels[shape.Area + place], pixels[(2 * shape.Area) + place]) = colour;
            }

        static int Inside(double at, int side) => Math.Clamp((int)Math.Round(at), 0, side - 1);
    }

    private PagePicture Small(PictureFile file, byte[] pixels, Shape shape, IReadOnlyList<DetectedBox> boxes)
    {
        var scale = Math.Min(1, (double)LongestSide / Math.Max(shape.Height, shape.Width));
        var small = new Shape(3, Math.Max(1, (int)Math.Round(shape.Height * scale)), Math.Max(1, (int)Math.Round(shape.Width * scale)));
        var taken = ImageFit.Squash.Apply(pixels, shape, new(small.Height, small.Width));
        double across = (double)small.Width / shape.Width, down = (double)small.Height / shape.Height;
        return new(new ReportImage(taken, small), file.Name)
        {
            Boxes = [.. boxes.Select(box => new PictureBox(box.Box.X * across, box.Box.Y * down, box.Box.Width * across,
                box.Box.Height * down,
                $"{classNames[box.Class]} {box.Score * 100:0}", box.Class))],
        };
    }
}
