using System.Globalization;
using FeatureMap.Workbench;

namespace FeatureMap.Studio;

/// <summary>Validation images of runs that have been judged, by id: <c>judged-RUN-NUMBER</c>. Looked up in what is known; an id that
/// nothing was judged for is that of no image.</summary>
internal sealed class JudgedImages(RunJudge judge)
{
    public const string Prefix = "judged-";

    public static string IdOf(string run, int image) => $"{Prefix}{run}-{image}";

    public StudioImage? Find(string id)
    {
        var end = id.LastIndexOf('-');
        if (end <= Prefix.Length || !int.TryParse(id.AsSpan(end + 1), NumberStyles.None, CultureInfo.InvariantCulture,
            out var number)) return null;
        return judge.Known(id[Prefix.Length..end])?.Picture(number) is { } picture ? StudioImage.Of(id, picture.Name, picture, isSet: true)
            : null;
    }
}
