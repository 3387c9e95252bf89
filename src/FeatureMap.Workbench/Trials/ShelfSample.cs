using FeatureMap.Data;
using FeatureMap.Models;
using FeatureMap.Training;
using FeatureMap.Zoo;

namespace FeatureMap.Workbench;

/// <summary>An image of the data of a run.</summary>
/// <param name="Picture">As the run's network reads it.</param>
/// <param name="Label">The name of its class.</param>
public sealed record ShelfSample(Picture Picture, string Label)
{
    internal static IReadOnlyList<ShelfSample> Of(string path, Model model, int count, CancellationToken cancellation)
    {
        try
        {
            var configuration = RunConfiguration.Read(RunFolder.Open(path));
            var context = new WorkContext { Cancellation = cancellation, MayDownload = false };
            var set = DataAccess.LoadAgain(configuration, [], context, model.Network.Input).Validation;
            if (set.ImageShape != model.Network.Input || set.ImageShape.Channels is not (1 or 3)) return [];
            // One of each class before the second of any.
            var chosen = Enumerable.Range(0, set.Count).GroupBy(set.Label).OrderBy(own => own.Key)
                .SelectMany(own => own.Take(count).Select((image, place) => (Image: image, Place: place)))
                .OrderBy(one => one.Place).Take(count).Select(one => one.Image);
            return [.. chosen.Select(image => new ShelfSample(
                new Picture(set.NameOf(image), set.ImageShape, set.Pixels(image).ToArray()), set.ClassNames[set.Label(image)]))];
        }
        catch (Exception error) when (error is FeatureMapException or IOException or UnauthorizedAccessException)
        {
            return []; // the run can be asked about other images all the same
        }
    }
}
