using FeatureMap.Analysis;
using FeatureMap.Networks;

namespace FeatureMap.Zoo;

/// <summary>
/// Builds a named network and refuses images that are smaller than its stride: where the windows stand further apart than the image is wide, the last layers look at
/// nothing but padding, whether or not an op objects.
/// </summary>
internal static class SizedNetwork
{
    private const int LargestTried = 1024;

    /// <param name="name">What messages call it.</param>
    /// <param name="image">Shape of an image.</param>
    /// <param name="body">The layers.</param>
    /// <param name="cure">What helps besides larger images.</param>
    /// <exception cref="ShapeException">The image is too small, or does not fit a layer.</exception>
    public static Network Build(string name, Shape image, Func<Feature, Feature> body, string cure = "choose a network with a smaller stride")
    {
        Network network;
        try
        {
            network = Network.Build(image, body);
        }
        catch (ShapeException error) when (LeastSide(image, body) is var least && least > 0)
        {
            throw new ShapeException(
                least <= Side(image)
                    ? $"{name} cannot take images of {image} (channels x height x width), though not because they are small ({least}x{least} would do). {error.Message}"
                    : $"{name} cannot take images of {image} (channels x height x width). {error.Message} {Advice(name, image, least, TotalStride(Network.Build(Square(image, least), body)), cure)}",
                error);
        }
        if (TotalStride(network) is var stride && stride <= Side(image)) return network;
        var (layer, apart) = FirstBeyond(network);
        throw new ShapeException($"{name} cannot take images of {image} (channels x height x width): at layer '{layer.Name}' only a map of {layer.InputShapes[0].Height}x{layer.InputShapes[0].Width} is left, and the windows there stand {apart} pixels of the image apart. {Advice(name, image, LeastSide(image, body), stride, cure)}");
    }

    private static string Advice(string name, Shape image, int least, int stride, string cure) =>
        $"Its strides multiply to {stride}, so images have at least {least}x{least} pixels: scale these up, or {cure} for {image.Height}x{image.Width}.";

    /// <summary>The least side of a square image that the layers take and that is not below their stride; 0 where no size helps.</summary>
    private static int LeastSide(Shape image, Func<Feature, Feature> body)
    {
        var enough = 1;
        while (!Fits(enough))
            if ((enough *= 2) > LargestTried)
                return 0;
        for (var side = (enough / 2) + 1; side < enough; side++)
            if (Fits(side))
                return side;
        return enough;

        bool Fits(int side)
        {
            try
            {
                return TotalStride(Network.Build(Square(image, side), body)) <= side;
            }
            catch (ShapeException)
            {
                return false;
            }
        }
    }

    private static Shape Square(Shape image, int side) => new(image.Channels, side, side);

    private static int Side(Shape image) => Math.Min(image.Height, image.Width);

    /// <summary>How many pixels of the image apart the windows of the layer with the largest stride stand.</summary>
    private static int TotalStride(Network network) => ReceptiveField.Of(network).Max(Stride);

    /// <summary>The first layer whose windows stand further apart than the image is wide.</summary>
    private static (Layer Layer, int Stride) FirstBeyond(Network network)
    {
        var field = ReceptiveField.Of(network).First(field => Stride(field) > Side(network.Input));
        return (network.Layers[field.Index], Stride(field));
    }

    private static int Stride(ReceptiveField field) => (int)Math.Ceiling(Math.Max(field.Vertical.Stride, field.Horizontal.Stride));
}
