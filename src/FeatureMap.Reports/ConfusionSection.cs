namespace FeatureMap.Reports;

/// <summary>The confusion matrix as a coloured table with recall and precision, and its largest cells off the diagonal in words.</summary>
internal static class ConfusionSection
{
    // Beyond this a table of numbers cannot be read; the picture and the list of confusions can.
    private const int LargestTable = 32;

    public static void Render(HtmlBuilder html, ReportData data, int[,] counts)
    {
        var classes = counts.GetLength(0);
        if (classes <= LargestTable)
            Table(html, data, counts);
        else
            Picture(html, counts);
        Confusions(html, data, counts);
    }

    public static string Reading(int[,] counts) =>
        "Right answers stand on the diagonal; everything beside it is a mistake." + (counts.GetLength(0) > LargestTable ? ""
        : " Blue is right, orange is wrong. Recall is the share of a true class that was found, precision the share of an answer that was "
            + "right.");

    public static (long Right, long Total) Totals(int[,] counts)
    {
        long right = 0, total = 0;
        for (var row = 0; row < counts.GetLength(0); row++)
            for (var column = 0; column < counts.GetLength(1); column++)
            {
                total += counts[row, column];
                right += row == column ? counts[row, column] : 0;
            }
        return (right, total);
    }

    private static void Table(HtmlBuilder html, ReportData data, int[,] counts)
    {
        var classes = counts.GetLength(0);
        html.Add($"""<p class="note">Rows: the true class. Columns: the answer of the network.</p>""");
        html.Add($"""<div class="scroll" tabindex="0" role="region" aria-label="Confusion matrix"><table class="confusion"><thead><tr><td></td>""");
        for (var column = 0; column < classes; column++)
            html.Add($"""<th scope="col">{Name(data, column)}</th>""");
        html.Add($"""<th scope="col" class="rate">Recall</th></tr></thead><tbody>""");
        for (var row = 0; row < classes; row++)
        {
            var sum = Sum(classes, column => counts[row, column]);
            html.Add($"""<tr><th scope="row">{Name(data, row)}</th>""");
            for (var column = 0; column < classes; column++)
                Cell(html, counts[row, column], sum, row == column);
            html.Add($"""<td class="rate">{Share(counts[row, row], sum)}</td></tr>""");
        }
        html.Add($"""</tbody><tfoot><tr><th scope="row" class="rate">Precision</th>""");
        for (var column = 0; column < classes; column++)
            html.Add($"""<td class="rate">{Share(counts[column, column], Sum(classes, row => counts[row, column]))}</td>""");
        var (right, total) = Totals(counts);
        html.Add($"""<td class="rate all">{Share(right, total)}</td></tr></tfoot></table></div>""");
    }

    private static void Cell(HtmlBuilder html, int count, long sum, bool diagonal)
    {
        if (count == 0)
        {
            html.Add($"""<td class="none">0</td>""");
            return;
        }
        // Mistakes are few: the square root lets one in a thousand still be seen. At most 0.55, so that the text keeps its contrast.
        var share = (double)count / Math.Max(sum, 1);
        var strength = diagonal ? 0.12 + (0.38 * share) : Math.Min(0.55, 0.08 + (2.5 * Math.Sqrt(share)));
        html.Add($"""<td class="{(diagonal ? "right" : "wrong")}" style="--strength:{strength}">{ReportText.Count(count)}</td>""");
    }

    private static void Picture(HtmlBuilder html, int[,] counts)
    {
        var classes = counts.GetLength(0);
        var pixels = new byte[classes * classes * 3];
        for (var row = 0; row < classes; row++)
        {
            var sum = Math.Max(1, Sum(classes, column => counts[row, column]));
            for (var column = 0; column < classes; column++)
                ColorScale.Sequential(Math.Sqrt((double)counts[row, column] / sum)).CopyTo(pixels.AsSpan(((row * classes) + column) * 3));
        }
        var zoom = Math.Max(1, 600 / classes);
        html.Add($"""<figure class="card">""");
        html.AddPicture(Data.PngWriter.Encode(pixels, classes, classes, 3), classes * zoom, classes * zoom,
            $"Confusion matrix of {classes} classes; the bright diagonal holds the right answers", "pixels");
        html.Add($"""<figcaption>Rows: the true class, 0 at the top. Columns: the answer, 0 at the left. Dark is none, bright is all samples of the row (square root scale).</figcaption></figure>""");
    }

    private static void Confusions(HtmlBuilder html, ReportData data, int[,] counts)
    {
        var classes = counts.GetLength(0);
        var pairs = new List<(int Row, int Column, int Count)>();
        for (var row = 0; row < classes; row++)
            for (var column = 0; column < classes; column++)
                if (row != column && counts[row, column] > 0)
                    pairs.Add((row, column, counts[row, column]));
        if (pairs.Count == 0)
            return;
        html.Add($"""<h3>Most frequent confusions</h3><ol class="confusions">""");
        foreach (var (row, column, count) in pairs.OrderByDescending(pair => pair.Count).Take(classes > LargestTable ? 20 : 6))
            html.Add($"""<li><b>{Name(data, row)}</b> taken for <b>{Name(data, column)}</b>: {ReportText.Count(count)} of {ReportText.Count(Sum(classes, i => counts[row, i]))}</li>""");
        html.Add($"</ol>");
    }

    /// <summary>The name of a label, or its number where it has none.</summary>
    public static string Name(ReportData data, int label) =>
        label >= 0 && label < data.ClassNames.Count ? data.ClassNames[label] : ReportText.Count(label);

    private static long Sum(int classes, Func<int, int> count)
    {
        var sum = 0L;
        for (var i = 0; i < classes; i++)
            sum += count(i);
        return sum;
    }

    private static string Share(long part, long whole) => whole == 0 ? "–" : ReportText.Percent((double)part / whole, "0.0");
}
