using FeatureMap.Data;
using FeatureMap.Networks;
using FeatureMap.Ops;

namespace FeatureMap.Lessons;

/// <summary>A picture of the learner's own, cut to the size of a page, and what a layer makes of it.</summary>
internal static class PhotoScene
{
    /// <summary>Rows and columns of a picture on a page.</summary>
    public const int Side = 64;

    /// <summary>The word that stands for no picture.</summary>
    public const string None = "none";

    /// <summary>The control of a picture that a layer runs over.</summary>
    public static PictureControl Control(string meaning) => new("picture", meaning, "shore", None);

    /// <summary>The picture of a control, its middle scaled to rows and columns, as numbers from 0 to 1; null where none is asked
    /// for.</summary>
    /// <param name="page">The page.</param>
    /// <param name="control">The control.</param>
    /// <param name="channels">1 for its brightness, 3 for red, green and blue.</param>
    /// <param name="side">Rows and columns.</param>
    public static Volume? Of(LessonPage page, PictureControl control, int channels, int side = Side)
    {
        if (page.State.Of(control) == control.Other && control.Other.Length > 0) return null;
        var picture = page.Picture(control);
        var pixels = ImageFit.Crop().Apply(picture.Pixels, picture.Shape, new ImageSize(side, side));
        var area = side * side;
        // Brightness by the weights of ITU-R BT.601; grey is its own in all three colours.
        return Volume.Of(Shape.Image(channels, side, side), (channel, row, column) => (picture.IsGray || channels == 3
            ? pixels[(picture.IsGray ? 0 : channel * area) + (row * side) + column]
            : ((77 * pixels[(row * side) + column]) + (150 * pixels[area + (row * side) + column])
                + (29 * pixels[(2 * area) + (row * side) + column])) / 256.0) / 255);
    }

    /// <summary>The picture, and the output of one layer for it.</summary>
    /// <param name="page">The page.</param>
    /// <param name="control">Which picture.</param>
    /// <param name="op">A layer of as many inputs as the picture has channels.</param>
    /// <param name="weights">Its weights, in the order that it has them.</param>
    /// <param name="channels">1 for the picture's brightness, 3 for its colours.</param>
    public static void Show(LessonPage page, PictureControl control, Conv2d op, Volume weights, int channels)
    {
        if (Of(page, control, channels) is not { } photo) return;
        var network = Network.Build(photo.Shape, x => x.Then(op, "conv"));
        var output = page.Trace(network, photo.Values, [("conv.weight", weights.ToArray())]).Result;
        page.Say($"The same weights over a picture of {Side} x {Side} pixels, from 0 (dark) to 1 (light): "
            + $"the answers go from {output.Min()} to {output.Max()}.");
        Draw(page, "picture", "the picture", photo.Shape, photo.ToArray(), GridScale.Sequential);
        for (var channel = 0; channel < network.Output.Channels; channel++)
            Draw(page, $"picture-output-{channel}", network.Output.Channels == 1 ? "what the kernel answers" : $"output channel {channel}",
                Shape.Image(1, network.Output.Height, network.Output.Width),
                output.AsSpan(channel * network.Output.Area, network.Output.Area).ToArray(), GridScale.Signed);
    }

    /// <summary>Numbers as a picture.</summary>
    public static void Draw(LessonPage page, string key, string caption, Shape shape, float[] values, GridScale scale,
        params IReadOnlyList<MapBox> boxes) => page.Add(section => new Map(section, key, caption, shape.Channels, shape.Height, shape.Width,
            [.. values.Select(value => (double)value)], scale, boxes));
}
