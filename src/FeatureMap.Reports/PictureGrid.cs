using FeatureMap.Data;

namespace FeatureMap.Reports;

/// <summary>A rectangle on a picture, in its pixels, with a name: a box of a detector.</summary>
/// <param name="X">Left edge.</param>
/// <param name="Y">Upper edge.</param>
/// <param name="Width">Width.</param>
/// <param name="Height">Height.</param>
/// <param name="Label">What is written at its upper edge; may be empty.</param>
/// <param name="Series">Which colour it has, such as 0 for what is there and 1 for what was found.</param>
public sealed record PictureBox(double X, double Y, double Width, double Height, string Label = "", int Series = 0);

/// <summary>A picture with its caption.</summary>
/// <param name="Image">8-bit planes: 3 channels are shown in colour, of any other number the first in gray.</param>
/// <param name="Caption">What it shows; below it.</param>
public sealed record PagePicture(ReportImage Image, string Caption)
{
    /// <summary>Rectangles drawn over it.</summary>
    public IReadOnlyList<PictureBox> Boxes { get; init; } = [];
}

/// <summary>Pictures with captions, in rows.</summary>
public sealed record PictureGrid : PagePart
{
    /// <summary>The heading; may be empty.</summary>
    public string Title { get; init; } = "";

    /// <summary>The pictures, row by row.</summary>
    public required IReadOnlyList<PagePicture> Pictures { get; init; }

    /// <summary>What they are.</summary>
    public string Caption { get; init; } = "";

    /// <summary>Pictures of a row; 0 for as many as there is room for.</summary>
    public int Columns { get; init; }

    /// <summary>The longer side of a picture on the page, in CSS pixels; small images are enlarged with hard pixels.</summary>
    public int Side { get; init; } = 160;

    internal override void Render(HtmlBuilder html, string id)
    {
        if (Title.Length > 0) html.Add($"<h3>{Title}</h3>");
        if (Caption.Length > 0) html.Add($"""<p class="note">{Caption}</p>""");
        var columns = Columns > 0 ? $"repeat({Columns}, minmax(0, {Side}px))" : $"repeat(auto-fill, minmax(min(100%, {Side}px), {Side}px))";
        html.Add($"""<ul class="pictures" style="grid-template-columns: {columns}">""");
        foreach (var picture in Pictures)
        {
            html.Add($"<li>");
            Draw(html, picture);
            if (picture.Caption.Length > 0) html.Add($"<p>{picture.Caption}</p>");
            html.Add($"</li>");
        }
        html.Add($"</ul>");
    }

    private void Draw(HtmlBuilder html, PagePicture picture)
    {
        var shape = picture.Image.Shape;
        if (picture.Image.Pixels.Count != shape.Count)
            throw new ShapeException($"A picture of the shape {shape} takes {shape.Count} bytes; received {picture.Image.Pixels.Count}.");
        var channels = shape.Channels == 3 ? 3 : 1;
        var png = PngWriter.Write(picture.Image.Pixels.Take(channels * shape.Area).ToArray(),
            new Shape(channels, shape.Height, shape.Width));
        var scale = (double)Side / Math.Max(shape.Height, shape.Width);
        var (width, height) = ((int)Math.Max(1, shape.Width * scale), (int)Math.Max(1, shape.Height * scale));
        var style = scale > 1 ? "pixels" : "";
        if (picture.Boxes.Count == 0)
        {
            html.AddPicture(png, width, height, picture.Caption.Length > 0 ? $"picture: {picture.Caption}" : "picture",
                style);
            return;
        }
        // Text and lines of a box are to be of one size on the page, whatever the size of the picture.
        var unit = 1 / scale;
        html.Add($"""<svg class="boxes {style}" viewBox="0 0 {shape.Width} {shape.Height}" width="{width}" height="{height}" role="img" aria-label="{picture.Caption}"><image href="data:image/png;base64,{Convert.ToBase64String(png)}" width="{shape.Width}" height="{shape.Height}"/>""");
        foreach (var box in picture.Boxes)
        {
            html.Add($"""<g class="{ChartMarks.Style(box.Series)}"><rect class="box" x="{box.X}" y="{box.Y}" width="{box.Width}" height="{box.Height}"/>""");
            if (box.Label.Length > 0)
                html.Add($"""<text x="{box.X + (2 * unit)}" y="{Math.Max(box.Y - (3 * unit), 11 * unit)}" style="font-size: {12 * unit}px">{box.Label}</text>""");
            html.Add($"</g>");
        }
        html.Add($"</svg>");
    }
}
