using FeatureMap.Data;
using FeatureMap.Models;
using FeatureMap.Networks;

namespace FeatureMap.Analysis;

/// <summary>
/// The images of a set that a channel of a layer answers to most, and where in them: what the channel looks for, told by examples. Each
/// image counts once, by its strongest position.
/// </summary>
/// <example><code>
/// foreach (var one in TopActivations.Of(model, data.Validation, "relu3", channel: 5))
///     Console.WriteLine($"image {one.Image}: {one.Value} at row {one.Row}, column {one.Column} of the layer");
/// </code></example>
public static class TopActivations
{
    private const int Batch = 64;

    /// <summary>The images of one channel, the strongest first; among equal ones the first of the set.</summary>
    /// <param name="model">The model.</param>
    /// <param name="set">The images to choose from.</param>
    /// <param name="layer">Name of the layer.</param>
    /// <param name="channel">Number of the channel.</param>
    /// <param name="count">How many images, at most.</param>
    /// <exception cref="ShapeException">The images have another shape than the network's input.</exception>
    /// <exception cref="UsageException">There is no such layer or channel, or fewer than one image is asked for.</exception>
    public static IReadOnlyList<TopActivation> Of(Model model, ImageSet set, string layer, int channel, int count = 8)
    {
        ArgumentNullException.ThrowIfNull(model);
        var channels = model.Network[layer].Output.Channels;
        if (channel < 0 || channel >= channels)
            throw new UsageException($"Layer '{layer}' has {channels:N0} channels, 0 to {channels - 1}: received {channel}.");
        return OfAll(model, set, layer, count)[channel];
    }

    /// <summary>The images of every channel of a layer.</summary>
    /// <inheritdoc cref="Of"/>
    public static IReadOnlyList<IReadOnlyList<TopActivation>> OfAll(Model model, ImageSet set, string layer, int count = 8)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(set);
        if (count < 1) throw new UsageException($"At least 1 image per channel can be asked for: received {count}.");
        model.CheckSet(set);
        var last = model.Network[layer];
        var network = model.Network.CutAt(last);
        using var predictor = new Predictor(model, model.Weights.ShareWith(network), Math.Min(Batch, set.Count),
            threads: 0);
        predictor.Prepare();
        var best = Enumerable.Range(0, last.Output.Channels).Select(_ => new List<TopActivation>(count + 1)).ToArray();
        for (var start = 0; start < set.Count; start += predictor.Capacity)
        {
            var batch = Math.Min(predictor.Capacity, set.Count - start);
            for (var image = 0; image < batch; image++)
                set.Pixels(start + image).CopyTo(predictor.Pixels(image));
            predictor.Run(batch);
            for (var image = 0; image < batch; image++)
                for (var channel = 0; channel < best.Length; channel++)
                    Insert(best[channel], Strongest(predictor.Scores(image).Slice(channel * last.Output.Area, last.Output.Area),
                        last.Output.Width, start + image), count);
        }
        return best;
    }

    private static TopActivation Strongest(ReadOnlySpan<float> plane, int width, int image)
    {
        var at = 0;
        for (var i = 1; i < plane.Length; i++)
            if (plane[i] > plane[at])
                at = i;
        return new TopActivation(image, plane[at], at / width, at % width);
    }

    private static void Insert(List<TopActivation> best, TopActivation one, int count)
    {
        if (best.Count == count && one.Value <= best[^1].Value) return;
        var place = best.Count;
        while (place > 0 && one.Value > best[place - 1].Value)
            place--;
        best.Insert(place, one);
        if (best.Count > count) best.RemoveAt(count);
    }
}

/// <summary>How strongly an image activates a channel, and where.</summary>
/// <param name="Image">Number of the image in its set.</param>
/// <param name="Value">The largest number of the channel for this image.</param>
/// <param name="Row">Row of that number in the layer's plane.</param>
/// <param name="Column">Its column.</param>
public readonly record struct TopActivation(int Image, float Value, int Row, int Column);
