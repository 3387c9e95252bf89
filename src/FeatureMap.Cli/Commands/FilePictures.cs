using FeatureMap.Data;
using FeatureMap.Lessons;

namespace FeatureMap.Cli;

/// <summary>Pictures of <c>explain</c>: those of the library, and a file where its path is given for a picture.</summary>
internal sealed class FilePictures(Lesson lesson) : IPictureSource
{
    private const string OfFile = "file";

    private Picture? file;

    /// <inheritdoc/>
    public IReadOnlyList<PictureChoice> Choices => SamplePictures.Shared.Choices;

    /// <inheritdoc/>
    public Picture? Find(string id) => id == OfFile ? file : SamplePictures.Shared.Find(id);

    /// <summary>What was given, with an id in the place of the path of a picture, whose file is read.</summary>
    /// <exception cref="DataException">The file is no image that is read.</exception>
    public List<(string Name, string Text)> Taken(List<(string Name, string Text)> given) => [.. given.Select(pair =>
    {
        if (!lesson.Controls.Any(control => control is PictureControl && control.Name == pair.Name) || !File.Exists(pair.Text)) return pair;
        file = Picture.Load(pair.Text);
        return (pair.Name, OfFile);
    })];
}
