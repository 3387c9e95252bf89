using System.Globalization;
using FeatureMap.Descriptions;

namespace FeatureMap.Lessons;

/// <summary>
/// Volumes as text: numbers with <c>_</c> between them, rows with <c>~</c>, channels with <c>~~</c>, as in <c>1.2_-0.5~0_1</c>; all four
/// signs may stand in an address.
/// Spaces, commas and semicolons are read too. A size alone, such as <c>5</c>, <c>4x6</c> or <c>3x4x6</c>, stands for example numbers of
/// that size.
/// A single number is written with a sign behind it: <c>2~</c>.
/// </summary>
internal sealed class VolumeKind(MatrixControl control) : ValueKind
{
    public override string Text =>
        $"{control.Words}: numbers with commas between them and a semicolon after each row, or a size such as "
            + $"{control.Default.Shape.Height}x{control.Default.Shape.Width}";

    public override object? Parse(string text) => Size(text) is { } shape ? IsFitting(shape) ? control.Example(shape) : null
        : Numbers(text);

    public override string Format(object value)
    {
        var volume = (Volume)value;
        var shape = volume.Shape;
        if (volume.Equals(control.Example(shape)))
            return shape.Channels > 1 ? $"{shape.Channels}x{shape.Height}x{shape.Width}" : shape.Height == shape.Width
                ? $"{shape.Height}" : $"{shape.Height}x{shape.Width}";
        var channels = Enumerable.Range(0, shape.Channels).Select(channel => string.Join('~', Enumerable.Range(0, shape.Height)
            .Select(row =>
            string.Join('_', Enumerable.Range(0, shape.Width)
                .Select(column => volume[channel, row, column].ToString(CultureInfo.InvariantCulture))))));
        return string.Join("~~", channels) + (shape.Count == 1 ? "~" : "");
    }

    private bool IsFitting(Shape shape) => shape.Channels <= control.MostChannels && shape.Height <= control.MostRows
        && shape.Width <= control.MostColumns
        && shape.Height >= control.LeastRows && shape.Width >= control.LeastColumns && shape.Channels >= control.LeastChannels;

    private static Shape? Size(string text)
    {
        var parts = text.Split('x', StringSplitOptions.TrimEntries);
        var sizes = new int[parts.Length];
        for (var i = 0; i < parts.Length; i++)
            if (parts.Length > 3 || !int.TryParse(parts[i], NumberStyles.None, CultureInfo.InvariantCulture, out sizes[i])
                || sizes[i] is < 1 or > 4096) return null;
        return sizes switch
        {
            [var side] => Shape.Image(1, side, side),
            [var rows, var columns] => Shape.Image(1, rows, columns),
            [var channels, var rows, var columns] => Shape.Image(channels, rows, columns),
            _ => null,
        };
    }

    private Volume? Numbers(string text)
    {
        var written = text.Replace(';', '~').Replace(',', '_').Replace(' ', '_').Replace("\r", "", StringComparison.Ordinal)
            .Replace('\n', '~').Replace('\t', '_').Trim('_');
        if (written.EndsWith('~') && !written.EndsWith("~~", StringComparison.Ordinal)) written = written[..^1];
        var (numbers, shape) = (new List<float>(), new Shape());
        var channels = written.Split("~~");
        foreach (var channel in channels)
        {
            var rows = channel.Split('~');
            foreach (var row in rows)
            {
                var cells = row.Split('_', StringSplitOptions.RemoveEmptyEntries);
                if (cells.Length == 0 || numbers.Count + cells.Length > LessonState.MostCells) return null;
                var own = Shape.Image(channels.Length, rows.Length, cells.Length);
                if (shape.Count == 0) shape = own;
                if (shape != own) return null;
                foreach (var cell in cells)
                    if (float.TryParse(cell, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
                        && float.IsFinite(number) && Math.Abs(number) <= MatrixControl.Largest) numbers.Add(number);
                    else return null;
            }
        }
        return numbers.Count == shape.Count && IsFitting(shape) ? new Volume(shape, [.. numbers]) : null;
    }
}
