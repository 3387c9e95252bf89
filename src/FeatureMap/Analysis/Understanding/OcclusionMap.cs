using FeatureMap.Models;
using FeatureMap.Networks;

namespace FeatureMap.Analysis;

/// <summary>
/// Occlusion: how much the score of a class (before the softmax) drops when a patch of the image is hidden. Nothing is derived: the image
/// is changed and predicted again, once per place of the patch. A pixel's number is the mean drop over the patches that cover it: above 0
/// where hiding hurts, below 0 where what is there speaks against the class.
/// Source: Zeiler and Fergus, "Visualizing and understanding convolutional networks", arXiv 1311.2901, section 4.2.
/// </summary>
/// <example><code>File.WriteAllBytes("hidden.png", OcclusionMap.Of(model, pixels, patch: 6, stride: 2).Over(pixels, model.Network.Input,
/// zoom: 8));</code></example>
public static class OcclusionMap
{
    private const int Batch = 256;

    /// <summary>The map of one image.</summary>
    /// <param name="model">The trained model.</param>
    /// <param name="pixels">One byte per channel and pixel, planar: channels x height x width of the network's input.</param>
    /// <param name="classIndex">The class to ask about; the one that the model sees where null.</param>
    /// <param name="patch">Side of the hidden square in pixels; by default about a seventh of the shorter side of the image.</param>
    /// <param name="stride">Pixels from one place of the patch to the next; by default half of the patch.</param>
    /// <param name="fill">What stands in place of the hidden pixels; by default the mean of each channel of the image.</param>
    /// <exception cref="ShapeException">The network does not end in a vector, or the image has another size.</exception>
    /// <exception cref="UsageException">There is no such class, or the patch does not fit.</exception>
    public static Heatmap Of(Model model, ReadOnlySpan<byte> pixels, int? classIndex = null, int? patch = null, int? stride = null,
        byte? fill = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        model.CheckPixels(pixels);
        var shape = model.Network.Input;
        var shorter = Math.Min(shape.Height, shape.Width);
        var side = patch ?? Math.Max(1, (int)Math.Round(shorter / 7.0));
        var step = stride ?? Math.Max(1, side / 2);
        if (side < 1 || side > shorter)
            throw new UsageException($"The hidden patch has a side of 1 to {shorter} pixels in an image of {shape}: received {side}.");
        if (step < 1 || step > side)
            throw new UsageException($"The patch moves by 1 to {side} pixels, its side, so that every pixel is hidden once at least: "
                + $"received {step}.");
        var chosen = ScoreLayers.Class(model, pixels, classIndex);

        var places = (from row in Places(shape.Height, side, step)
                      from column in Places(shape.Width, side, step)
                      select (Row: row,
            Column: column)).ToList();
        var fills = Fills(pixels, shape, fill);
        var scores = ScoreLayers.Scores(model.Network);
        var network = model.Network.CutAt(scores);
        using var predictor = new Predictor(model, model.Weights.ShareWith(network), Math.Min(Batch, places.Count + 1),
            threads: 0);
        predictor.Prepare();
        var drops = new float[places.Count];
        float whole = 0;
        for (var start = -1; start < places.Count; start += predictor.Capacity)
        {
            var count = Math.Min(predictor.Capacity, places.Count - start);
            for (var i = 0; i < count; i++)
            {
                pixels.CopyTo(predictor.Pixels(i));
                if (start + i >= 0) Hide(predictor.Pixels(i), shape, places[start + i], side, fills);
            }
            predictor.Run(count);
            if (start < 0) whole = predictor.Scores(0)[chosen]; // the image as it is comes first
            for (var i = start < 0 ? 1 : 0; i < count; i++)
                drops[start + i] = whole - predictor.Scores(i)[chosen];
        }
        return Spread(drops, places, side, shape);
    }

    // Every stride-th place, and one at the far edge, so that the last pixels are hidden too.
    private static IEnumerable<int> Places(int size, int patch, int stride)
    {
        for (var at = 0; at < size - patch; at += stride)
            yield return at;
        yield return size - patch;
    }

    private static byte[] Fills(ReadOnlySpan<byte> pixels, Shape shape, byte? fill)
    {
        var fills = new byte[shape.Channels];
        for (var channel = 0; channel < fills.Length; channel++)
        {
            long sum = 0;
            foreach (var pixel in pixels.Slice(channel * shape.Area, shape.Area))
                sum += pixel;
            fills[channel] = fill ?? (byte)Math.Round((double)sum / shape.Area);
        }
        return fills;
    }

    private static void Hide(Span<byte> pixels, Shape shape, (int Row, int Column) place, int patch, byte[] fills)
    {
        for (var channel = 0; channel < shape.Channels; channel++)
            for (var row = place.Row; row < place.Row + patch; row++)
                pixels.Slice((channel * shape.Area) + (row * shape.Width) + place.Column, patch).Fill(fills[channel]);
    }

    private static Heatmap Spread(float[] drops, List<(int Row, int Column)> places, int patch, Shape shape)
    {
        var sums = new double[shape.Area];
        var counts = new int[shape.Area];
        foreach (var (place, number) in places.Select((place, number) => (place, number)))
            for (var y = place.Row; y < place.Row + patch; y++)
                for (var x = place.Column; x < place.Column + patch; x++)
                {
                    sums[(y * shape.Width) + x] += drops[number];
                    counts[(y * shape.Width) + x]++;
                }
        return new Heatmap(shape.Height, shape.Width, [.. sums.Select((sum, i) => (float)(sum / counts[i]))], isSigned: true);
    }
}
