using System.Runtime.CompilerServices;

namespace FeatureMap.Lessons;

/// <summary>A part of a sentence: words, or a number that was computed.</summary>
/// <param name="Text">As it is read.</param>
/// <param name="Number">The number; null for words.</param>
/// <param name="Cell">The cell of a grid that the number is.</param>
public sealed record SentencePart(string Text, double? Number = null, CellReference? Cell = null);

/// <summary>A number in a sentence that is a cell of a grid: <c>$"the first is {new LiveNumber(12, "output", 0)}"</c>.</summary>
/// <param name="Value">The number.</param>
/// <param name="Grid">Key of the grid.</param>
/// <param name="Cell">Place of the cell, planar.</param>
public readonly record struct LiveNumber(double Value, string Grid, int Cell);

/// <summary>
/// A sentence as it is written in code, <c>$"Each output adds {count} products."</c>: its numbers stay numbers, so that whoever draws it
/// can mark them.
/// </summary>
[InterpolatedStringHandler]
public sealed class Words
{
    private readonly List<SentencePart> parts = [];

    /// <summary>Called by the compiler.</summary>
    /// <param name="literalLength">Letters of the words.</param>
    /// <param name="formattedCount">Numbers and words in braces.</param>
    public Words(int literalLength, int formattedCount) => parts.Capacity = 1 + (2 * formattedCount) + (literalLength > 0 ? 1 : 0);

    /// <summary>The parts in the order in which they are read.</summary>
    public IReadOnlyList<SentencePart> Parts => parts;

    /// <summary>Words without numbers.</summary>
    public static implicit operator Words(string text)
    {
        var words = new Words(0, 0);
        words.AppendLiteral(text);
        return words;
    }

    /// <summary>Called by the compiler.</summary>
    public void AppendLiteral(string value) => parts.Add(new SentencePart(value));

    /// <summary>Called by the compiler.</summary>
    public void AppendFormatted(int value) => Number(value, null);

    /// <summary>Called by the compiler.</summary>
    public void AppendFormatted(long value) => Number(value, null);

    /// <summary>Called by the compiler.</summary>
    public void AppendFormatted(float value) => Number(value, null);

    /// <summary>Called by the compiler.</summary>
    public void AppendFormatted(double value) => Number(value, null);

    /// <summary>Called by the compiler.</summary>
    public void AppendFormatted(LiveNumber value) => Number(value.Value, new CellReference(value.Grid, value.Cell));

    /// <summary>Called by the compiler.</summary>
    public void AppendFormatted(string? value) => AppendLiteral(value ?? "");

    /// <summary>Called by the compiler: the parts of another sentence.</summary>
    public void AppendFormatted(Words value)
    {
        ArgumentNullException.ThrowIfNull(value);
        parts.AddRange(value.Parts);
    }

    /// <summary>The whole sentence.</summary>
    public override string ToString() => string.Concat(parts.Select(part => part.Text));

    private void Number(double value, CellReference? cell) => parts.Add(new SentencePart(NumberText.Of(value), value, cell));
}
