using FeatureMap.Analysis;
using FeatureMap.Annotations;
using FeatureMap.Data;
using FeatureMap.Reports;

namespace FeatureMap.Workbench;

/// <summary>A page of pictures with their boxes, outlines and masks drawn on them: what a detector is going to be told.</summary>
/// <param name="Pictures">Pictures on the page.</param>
/// <param name="Things">Things drawn on them.</param>
/// <param name="File">The full path of the page.</param>
public sealed record AnnotationSheet(int Pictures, int Things, string File)
{
    // The longer side of a picture on the page; a page of photographs in full size would have hundreds of megabytes.
    private const int Side = 480;

    /// <summary>Draws pictures spread evenly over a set and writes the page.</summary>
    /// <param name="set">The set.</param>
    /// <param name="split">Only those of this part; null for all.</param>
    /// <param name="most">At most so many.</param>
    /// <param name="file">The HTML file to write; one of this name is replaced.</param>
    /// <param name="context">Told notices.</param>
    /// <exception cref="DataException">No picture can be drawn, or the page cannot be written.</exception>
    public static AnnotationSheet Write(AnnotatedSet set, string? split, int most, string file, WorkContext context)
    {
        ArgumentNullException.ThrowIfNull(set);
        ArgumentNullException.ThrowIfNull(context);
        ArgumentOutOfRangeException.ThrowIfLessThan(most, 1);
        if (split is not null && !set.Splits.Contains(split))
            throw new UsageException(
                $"{set.Name} has no part '{split}'.{NearestName.Suggest(split, set.Splits.Where(name => name.Length > 0))}");
        var there = set.Pictures.Where(picture => !picture.IsMissing && (split is null || picture.Split == split)).ToArray();
        if (there.Length == 0) throw new DataException($"{set.Location}: none of the pictures is there, so nothing can be drawn.");
        var count = Math.Min(most, there.Length);
        var chosen = Enumerable.Range(0, count).Select(i => there[(int)((long)i * there.Length / count)]).ToHashSet();
        var drawn = new SortedDictionary<string, PagePicture>(StringComparer.Ordinal);
        foreach (var (picture, content) in set.Contents(chosen.Contains))
        {
            context.Cancellation.ThrowIfCancellationRequested();
            try
            {
                drawn[picture.File] = Draw(set, picture, content);
            }
            catch (DataException error)
            {
                context.Tell($"{error.Message} It is not drawn.");
            }
        }
        if (drawn.Count == 0) throw new DataException($"{set.Location}: no picture could be drawn.");
        var things = chosen.Where(picture => drawn.ContainsKey(picture.File)).Sum(picture => picture.Things.Count);
        var page = new Page($"{set.Name}: what is where", "Annotations", $"{drawn.Count:N0} of {set.Pictures.Count:N0} pictures, spread "
            + $"evenly, with {things:N0} of {set.Count:N0} things.")
            .Section("Pictures", "Each box has the name of its class; pixels of outlines and masks are tinted in the colour of the box. "
            + "(crowd) and (difficult) are not learnt.")
            .Add(new PictureGrid { Pictures = [.. drawn.Values], Side = Side })
            .Section("Classes", "")
            .Table(Table(set));
        if (set.Remarks.Count > 0)
        {
            page.Section("Remarks", "What the reader met.");
            foreach (var remark in set.Remarks.Take(100))
                page.Text($"{(remark.IsWrong ? "Wrong: " : "")}{remark.Message}");
            if (set.Remarks.Count > 100) page.Text($"And {set.Remarks.Count - 100:N0} more.");
        }
        var path = Path.GetFullPath(file);
        page.Write(path);
        return new(drawn.Count, things, path);
    }

    private static ReportTable Table(AnnotatedSet set)
    {
        var summary = AnnotationSummary.Of(set);
        return new(
            ["Class", .. summary.Splits.Select(one => one.Split.Length == 0 ? "Things" : one.Split), "In pictures"],
            [.. set.ClassNames.Select((name, number) => (IReadOnlyList<string>)[name,
                .. summary.Splits.Select(one => $"{one.Things[number]:N0}"), $"{summary.PicturesOfClass[number]:N0}"])]);
    }

    private static PagePicture Draw(AnnotatedSet set, AnnotatedPicture picture, byte[] content)
    {
        using var stream = new MemoryStream(content);
        var header = ImageFile.ReadHeader(stream, picture.File);
        var scale = Math.Min(1, (double)Side / Math.Max(header.Width, header.Height));
        Shape shape = new(3, Math.Max(1, (int)Math.Round(header.Height * scale)), Math.Max(1, (int)Math.Round(header.Width * scale)));
        stream.Position = 0;
        var pixels = ImageFile.Load(stream, shape, resize: true, out _, picture.File);
        double across = (double)shape.Width / Math.Max(1, picture.Width), down = (double)shape.Height / Math.Max(1, picture.Height);
        foreach (var thing in picture.Things)
            if (Inside(thing, shape, across, down) is { } inside)
                Tint(pixels, shape, inside, thing.Class);
        return new(new(pixels, shape), $"{picture.File}{(picture.Split.Length == 0 ? "" : $" ({picture.Split})")}: "
            + (picture.Things.Count switch { 0 => "nothing", 1 => "1 thing", var count => $"{count:N0} things" }))
        {
            Boxes = [.. picture.Things.Select(thing => new PictureBox(thing.Box.X * across, thing.Box.Y * down, thing.Box.Width * across,
                thing.Box.Height * down,
                set.ClassNames[thing.Class] + (thing.IsCrowd ? " (crowd)" : thing.IsDifficult ? " (difficult)" : ""), thing.Class))],
        };
    }

    // The pixels of the small picture that belong to a thing; null where only its box is known.
    private static bool[]? Inside(Annotation thing, Shape shape, double across, double down)
    {
        if (thing.Mask is { } mask)
        {
            var whole = mask.ToPixels();
            var inside = new bool[shape.Area];
            for (var y = 0; y < shape.Height; y++)
                for (var x = 0; x < shape.Width; x++)
                    inside[(y * shape.Width) + x] = whole[(Math.Min(mask.Height - 1, (int)((y + 0.5) / down)) * mask.Width)
                        + Math.Min(mask.Width - 1, (int)((x + 0.5) / across))];
            return inside;
        }
        return thing.Polygons.Count == 0 ? null
            : PolygonFill.Pixels([.. thing.Polygons.Select(part =>
            (IReadOnlyList<PolygonPoint>)[.. part.Select(point => new PolygonPoint(point.X * across, point.Y * down))])], shape.Height,
            shape.Width);
    }

    private static void Tint(byte[] pixels, Shape shape, bool[] inside, int kind)
    {
        (byte Red, byte Green, byte Blue)[] colours = [(30, 110, 220), (220, 90, 20), (20, 150, 80), (170, 60, 180), (190, 150, 0),
            (0, 150, 170)];
        var (red, green, blue) = colours[kind % colours.Length];
        for (var pixel = 0; pixel < shape.Area; pixel++)
        {
            if (!inside[pixel]) continue;
            foreach (var (channel, colour) in ((byte[])[red, green, blue]).Index())
            {
                ref var value = ref pixels[(channel * shape.Area) + pixel];
                value = (byte)((value + colour) / 2);
            }
        }
    }
}
