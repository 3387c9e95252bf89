using FeatureMap.Descriptions;

namespace FeatureMap.Lessons;

/// <summary>
/// A picture by its id: one of the library's, or one of the host, such as a file that was sent to the studio. Whether there is one is known
/// when a page asks for it (<see cref="LessonPage.Picture"/>).
/// </summary>
/// <param name="name">Its word.</param>
/// <param name="meaning">What it is for.</param>
/// <param name="value">The id at first.</param>
/// <param name="other">A word that stands for no picture, where there may be none; empty where there is always one.</param>
public sealed class PictureControl(string name, string meaning, string value, string other = "") : Control<string>(name, meaning, value)
{
    private const int Longest = 6500;

    /// <summary>A word that stands for no picture; empty where there is always one.</summary>
    public string Other => other;

    /// <inheritdoc/>
    public override ValueKind Kind { get; } = ValueKind.Described(
        $"the id of a picture, such as digit-7 or shore{(other.Length > 0 ? $", or {other}" : "")}", Checked);

    private static string Checked(string text) => text.Length is > 0 and <= Longest && text.All(letter => char.IsAsciiLetterOrDigit(letter)
        || letter is '-' or '_' or '.')
        ? text
        : throw new UsageException("The id of a picture is made of letters, digits, '-', '_' and '.': "
            + $"received '{ValueKind.Shortened(text)}'.");
}
