using FeatureMap.Data;

namespace FeatureMap.Zoo;

/// <summary>
/// Pairs of small and large patches to learn super-resolution from. Each picture is cut to a multiple of the factor and made smaller by it (bicubic, 8 bits); then windows of the
/// small luminance are the images, and what stands in their places in the large one are the targets.
/// </summary>
internal static class Patches
{
    /// <summary>Cuts patches of all pictures that are large enough.</summary>
    /// <param name="name">Name of the set.</param>
    /// <param name="pictures">Gray or in colour; only the luminance is used.</param>
    /// <param name="factor">How many times larger the target is.</param>
    /// <param name="side">Sides of a small patch, in pixels.</param>
    /// <param name="stride">Pixels from one small patch to the next; a patch at the far edge may be nearer.</param>
    /// <exception cref="DataException">No picture is large enough for a patch.</exception>
    public static ImageSet Cut(string name, IReadOnlyList<Picture> pictures, int factor, int side, int stride)
    {
        var (low, high) = (new Shape(1, side, side), new Shape(1, side * factor, side * factor));
        var (images, targets) = (new List<byte>(), new List<byte>());
        foreach (var picture in pictures)
        {
            if (Math.Min(picture.Shape.Height, picture.Shape.Width) < high.Height) continue;
            var large = LumaChroma.Luminance(picture).CropToMultiple(factor);
            var small = BicubicResize.Apply(large, large.Shape.Height / factor, large.Shape.Width / factor);
            foreach (var top in Places(small.Shape.Height, side, stride))
                foreach (var left in Places(small.Shape.Width, side, stride))
                {
                    images.AddRange(small.Crop(top, left, side, side).Pixels);
                    targets.AddRange(large.Crop(top * factor, left * factor, high.Height, high.Width).Pixels);
                }
        }
        if (images.Count == 0)
        {
            throw new DataException($"None of the {pictures.Count:N0} pictures of {name} is large enough: a patch of {side} x {side} pixels, {factor} times larger, is {side} x {factor} = {high.Height} pixels "
                + "wide and high. Take smaller patches (--set patch=N) or larger pictures.");
        }
        return new ImageSet(name, low, [.. images], TargetSet.Images(high, [.. targets]));
    }

    // The last place is at the far edge, so that every pixel is in a patch.
    private static IEnumerable<int> Places(int length, int side, int stride)
    {
        for (var place = 0; place < length - side; place += stride)
            yield return place;
        yield return length - side;
    }
}
