using FeatureMap.Reports;
using FeatureMap.Workbench;

namespace FeatureMap.Studio;

/// <summary>
/// What one unit of a design sees: the box that it can depend on, the field that is measured on an image, and how often the windows of its
/// layer meet each pixel.
/// </summary>
internal static class UnitWriter
{
    private const int FieldSide = 260, MapSide = 240, MostNumbers = 12;

    public static void Write(HtmlBuilder html, DesignView view, DesignField field)
    {
        html.Join($"""<section class="part" aria-labelledby="field-title"><h2 id="field-title">What a unit of {field.Layer} sees</h2>""");
        if (field.IsNothing)
        {
            html.Add($"""<p>Nothing of the image: it is the same for every image.</p></section>""");
            return;
        }
        html.Join($"""<p>The unit in row {field.Row}, column {field.Column} of {field.Output.ToString()}: {field.Words}. Rows """);
        html.Join($"""{Number(field.Top)} to {Number(field.Bottom)}, columns {Number(field.Left)} to {Number(field.Right)}; below 0 """);
        html.Add($"""and beyond the image stands padding.</p>""");
        if (view.Measured is { } measured) Measured(html, field, measured);
        if (view.MeasuredFault.Length > 0) html.Add($"""<p class="notice" id="measured-fault">{view.MeasuredFault}</p>""");
        Picture(html, field, view.Measured);
        if (view.Sheet.Overlap is { } overlap) Overlap(html, overlap);
        html.Add($"</section>");
    }

    private static void Measured(HtmlBuilder html, DesignField field, FieldOnImage measured)
    {
        var box = Clipped(field.Bottom, field.Input.Height, field.Top) * Clipped(field.Right, field.Input.Width, field.Left);
        html.Join($"""<p id="measured-words">Measured on {measured.Seen.Name}, with """);
        html.Join($"""{(measured.IsTrained ? "the weights of the model" : "weights that are drawn anew")}: of the """);
        html.Join($"""{ReportText.Count(box, "pixel")} of the image in the box, {ReportText.Count(measured.Pixels)} change the unit at """);
        html.Join($"""all, and {ReportText.Count(measured.Most)} of them by at least 4.55 % of what the strongest does. The brighter a """);
        html.Add($"""pixel is painted, the more the unit depends on it.</p>""");
    }

    private static int Clipped(double last, int side, double first) =>
        Math.Max(0, (int)Math.Min(Math.Ceiling(last), side - 1) - (int)Math.Max(Math.Floor(first), 0) + 1);

    private static void Picture(HtmlBuilder html, DesignField field, FieldOnImage? measured)
    {
        var (left, top) = (Math.Min(0, field.Left), Math.Min(0, field.Top));
        var (right, bottom) = (Math.Max(field.Input.Width, field.Right + 1), Math.Max(field.Input.Height, field.Bottom + 1));
        var scale = FieldSide / Math.Max(right - left, bottom - top);
        html.Join($"""<svg class="field-picture{(measured is null ? "" : " measured")}" width="{(right - left) * scale}" """);
        html.Join($"""height="{(bottom - top) * scale}" viewBox="{left} {top} {right - left} {bottom - top}" role="img" """);
        html.Join($"""aria-label="The image, {field.Input.ToString()}, with the part that the unit can depend on""");
        html.Join($"""{(measured is null ? "" : ", and how much it depends on each pixel")}"><rect class="image" """);
        html.Join($"""width="{field.Input.Width}" height="{field.Input.Height}"/>""");
        if (measured is not null)
        {
            var png = measured.Sizes.Over(measured.Seen.Pixels, measured.Seen.Shape);
            html.Join($"""<image class="pixelated" width="{field.Input.Width}" height="{field.Input.Height}" """);
            html.Join($"""href="data:image/png;base64,{Convert.ToBase64String(png)}"/>""");
        }
        html.Join($"""<rect class="seen-part" x="{field.Left}" y="{field.Top}" width="{field.Right - field.Left + 1}" """);
        html.Add($"""height="{field.Bottom - field.Top + 1}"/></svg>""");
    }

    private static void Overlap(HtmlBuilder html, OverlapOfLayer overlap)
    {
        var what = overlap.IsOutput ? "of what it gives is met by a product" : "of what it reads is read by a window";
        html.Join($"""<h3 id="overlap-title">How often each pixel {what}</h3><p id="overlap-words">In the middle """);
        html.Join($"""{(overlap.Smallest == overlap.Largest ? $"{Number(overlap.Smallest)} times everywhere: no pattern."
            : $"between {Number(overlap.Smallest)} and {Number(overlap.Largest)} times")}""");
        if (overlap.Smallest != overlap.Largest)
            html.Join($"""{(overlap.Smallest == 0 ? ": some pixels never." : ": a pattern that the layer draws whatever it has learned, "
                + "which the weights have to undo. A kernel that its stride divides draws none.")}""");
        html.Join($"""</p><div class="blocks"><figure><figcaption>all {ReportText.Count(overlap.Height)} × """);
        html.Join($"""{ReportText.Count(overlap.Width)} pixels, the brighter the more often</figcaption>""");
        var zoom = Math.Clamp(MapSide / Math.Max(overlap.Height, overlap.Width), 1, 24);
        var map = new FeatureMap.Analysis.Heatmap(overlap.Height, overlap.Width, [.. overlap.Counts.Select(count => (float)count)]);
        html.AddPicture(map.ToPng(zoom), overlap.Width * zoom, overlap.Height * zoom, $"How often each pixel {what}", "pixelated");
        html.Join($"""</figure>""");
        Numbers(html, overlap);
        html.Add($"</div>");
    }

    private static void Numbers(HtmlBuilder html, OverlapOfLayer overlap)
    {
        var (rows, columns) = (Math.Min(MostNumbers, overlap.Height), Math.Min(MostNumbers, overlap.Width));
        var (least, most) = (overlap.Counts.Min(), overlap.Counts.Max());
        var isAll = rows == overlap.Height && columns == overlap.Width;
        html.Join($"""<figure class="numbers finest"><figcaption>{(isAll ? "the numbers" : $"the first {rows} × {columns} numbers")}""");
        html.Join($"""</figcaption><div class="scroll" tabindex="0" role="region" aria-label="Numbers of the overlap"><table><tbody>""");
        for (var row = 0; row < rows; row++)
        {
            html.Join($"<tr>");
            for (var column = 0; column < columns; column++)
            {
                var count = overlap.Counts[(row * overlap.Width) + column];
                html.Join($"""<td class="{Shade.Between(count, least, most)}">{Number(count)}</td>""");
            }
            html.Join($"</tr>");
        }
        html.Add($"</tbody></table></div></figure>");
    }

    private static string Number(double number) => ReportText.Number(number, "0.##");
}
