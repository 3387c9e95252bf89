using FeatureMap.Data;
using FeatureMap.Models;
using FeatureMap.Networks;

namespace FeatureMap.Analysis;

/// <summary>
/// Grad-CAM: which places of a layer speak for a class. With A^k the channels of the layer and y the score of the class before the softmax,
/// alpha_k = mean over positions of dy / dA^k, and the map is ReLU(sum_k alpha_k A^k). It is as coarse as the layer: one number per
/// position, interpolated up to the image.
/// <para>
/// Each position is put where the centre of its receptive field lies (<see cref="ReceptiveField"/>), because a map behind convolutions
/// without padding does not reach the edges of the image:
/// it keeps its value for half a stride beyond the outermost centres and fades to 0 over the next stride. Usual programs stretch the map to
/// the image, which is the same where padding keeps sizes.
/// </para>
/// Source: Selvaraju et al., "Grad-CAM: visual explanations from deep networks via gradient-based localization", arXiv 1610.02391.
/// </summary>
/// <example><code>
/// var map = GradCam.Of(model, pixels);                               // of the class that the model sees, at the last layer that is a
/// plane File.WriteAllBytes("why.png", map.Over(pixels, model.Network.Input, zoom: 8));
/// </code></example>
public static class GradCam
{
    /// <summary>The map of one image.</summary>
    /// <param name="model">The trained model.</param>
    /// <param name="pixels">One byte per channel and pixel, planar: channels x height x width of the network's input.</param>
    /// <param name="classIndex">The class to ask about; the one that the model sees where null.</param>
    /// <param name="layer">Name of a layer with a plane; the last one on the way to the scores where null.</param>
    /// <returns>A map of the image's size; all 0 where nothing speaks for the class.</returns>
    /// <exception cref="ShapeException">The network does not end in a vector, or the image has another size.</exception>
    /// <exception cref="UsageException">There is no such class or layer, or the scores do not depend on the layer.</exception>
    public static Heatmap Of(Model model, ReadOnlySpan<byte> pixels, int? classIndex = null, string? layer = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        model.CheckPixels(pixels);
        return OfMany(model, [pixels.ToArray()], [ScoreLayers.Class(model, pixels, classIndex)], layer)[0];
    }

    /// <summary>Whether a network has a layer to look at: a plane on the way to its scores. One of dense layers alone has none.</summary>
    /// <param name="network">Any network.</param>
    public static bool CanLookInto(Network network)
    {
        ArgumentNullException.ThrowIfNull(network);
        return ScoreLayers.LastPlane(network) is not null;
    }

    /// <summary>The maps of several images, each for a class of its own.</summary>
    /// <param name="model">The trained model.</param>
    /// <param name="images">One byte per channel and pixel of each, planar.</param>
    /// <param name="classes">The class to ask each of them about.</param>
    /// <param name="layer">Name of a layer with a plane; the last one on the way to the scores where null.</param>
    /// <param name="threads">Threads to use; 0 means one per logical processor. The maps do not depend on it.</param>
    /// <returns>A map per image, of the image's size.</returns>
    /// <exception cref="ShapeException">The network does not end in a vector, or an image has another size.</exception>
    /// <exception cref="UsageException">
    /// There is no such class or layer, the scores do not depend on the layer, or there are not as many classes as images.
    /// </exception>
    public static IReadOnlyList<Heatmap> OfMany(
        Model model, IReadOnlyList<byte[]> images, IReadOnlyList<int> classes, string? layer = null, int threads = 0)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(images);
        ArgumentNullException.ThrowIfNull(classes);
        if (images.Count != classes.Count)
            throw new UsageException($"Each image is asked about one class: received {images.Count:N0} images and "
                + $"{classes.Count:N0} classes.");
        for (var i = 0; i < images.Count; i++)
        {
            model.CheckPixels(images[i]);
            ScoreLayers.Class(model, images[i], classes[i]);
        }
        if (images.Count == 0) return [];
        var network = model.Network;
        var plane = ScoreLayers.Plane(network, layer);
        var field = ReceptiveField.Of(network)[plane.Index];
        using var probe = new GradientProbe(model.Weights, ScoreLayers.Scores(network), plane, KeptBatch.For(network, images.Count),
            threads);
        var maps = new List<Heatmap>();
        for (var start = 0; start < images.Count; start += probe.Capacity)
        {
            var count = Math.Min(probe.Capacity, images.Count - start);
            for (var i = 0; i < count; i++)
            {
                model.Read(images[start + i], probe.Input(i));
                probe.Seed(i).Clear();
                probe.Seed(i)[classes[start + i]] = 1;
            }
            probe.Run(count);
            for (var i = 0; i < count; i++)
                maps.Add(Spread(Map(probe.InnerOutput(i), probe.InnerGradient(i), plane.Output), plane.Output, field, network.Input));
        }
        return maps;
    }

    /// <summary>ReLU(sum_k alpha_k A^k), a number per position of the layer.</summary>
    private static double[] Map(float[] activation, float[] gradient, Shape shape)
    {
        var map = new double[shape.Area];
        for (var channel = 0; channel < shape.Channels; channel++)
        {
            double alpha = 0;
            for (var i = 0; i < shape.Area; i++)
                alpha += gradient[(channel * shape.Area) + i];
            alpha /= shape.Area;
            for (var i = 0; i < shape.Area; i++)
                map[i] += alpha * activation[(channel * shape.Area) + i];
        }
        return Array.ConvertAll(map, value => Math.Max(0, value));
    }

    private static Heatmap Spread(double[] map, Shape shape, ReceptiveField field, Shape image)
    {
        var rows = Places(field.Vertical, shape.Height, image.Height);
        var columns = Places(field.Horizontal, shape.Width, image.Width);
        var values = new float[image.Area];
        for (var y = 0; y < image.Height; y++)
            for (var x = 0; x < image.Width; x++)
            {
                var ((top, down, high), (left, right, wide)) = (rows[y], columns[x]);
                double At(int row, int column) => map[(Math.Min(row, shape.Height - 1) * shape.Width) + Math.Min(column, shape.Width - 1)];
                var above = At(top, left) + (right * (At(top, left + 1) - At(top, left)));
                var below = At(top + 1, left) + (right * (At(top + 1, left + 1) - At(top + 1, left)));
                values[(y * image.Width) + x] = (float)(high * wide * (above + (down * (below - above))));
            }
        return new Heatmap(image.Height, image.Width, values);
    }

    /// <summary>For each pixel the unit before it, how far it is on the way to the next, and how much of the map is left there; units stand
    /// at the centres of their fields.</summary>
    private static (int Unit, double Share, double Left)[] Places(FieldAxis axis, int units, int pixels) =>
    [
        .. Enumerable.Range(0, pixels).Select(pixel =>
        {
            // Where every unit sees the same there are no centres: stretched to the image.
            var at = axis.Stride > 0 ? (pixel - axis.Offset) / axis.Stride : ((pixel + 0.5) * units / pixels) - 0.5;
            var inside = Math.Clamp(at, 0, units - 1);
            return ((int)inside, inside - (int)inside, Math.Clamp(1.5 - Math.Abs(at - inside), 0, 1));
        }),
    ];
}
