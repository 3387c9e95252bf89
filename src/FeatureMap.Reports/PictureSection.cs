using FeatureMap.Analysis;
using FeatureMap.Data;

namespace FeatureMap.Reports;

/// <summary>The worst mistakes, the kernels of the first layer and the feature maps of one sample, as embedded pictures.</summary>
internal static class PictureSection
{
    private const int MostKernels = 128;

    public static void Mistakes(HtmlBuilder html, ReportData data)
    {
        html.Add($"""<ul class="mistakes">""");
        foreach (var mistake in data.Mistakes)
        {
            var (truth, answer) = (ConfusionSection.Name(data, mistake.TrueClass), ConfusionSection.Name(data, mistake.PredictedClass));
            var probability = ReportText.Percent(mistake.Probability, "0.0");
            html.Add($"""<li class="card">""");
            html.Add($"""<div class="pair">""");
            var side = mistake.Attention is null ? 96 : 84;
            Image(html, mistake.Image, side, $"A sample of class {truth}, taken for {answer} with probability {probability}");
            if (mistake.Attention is { } attention) Attention(html, mistake.Image, attention, side,
                $"Grad-CAM: the places that speak for {answer}");
            html.Add($"</div>");
            html.Add($"""<p><span class="key">is</span> <b>{truth}</b><br><span class="key">taken for</span> <b class="answer">{answer}</b><br><span class="sure">{probability} sure</span>""");
            if (mistake.Name is { } name) html.Add($"""<br><span class="file">{name}</span>""");
            html.Add($"</p></li>");
        }
        html.Add($"</ul>");
    }

    public static void Variants(HtmlBuilder html, ReportVariants variants)
    {
        var shape = variants.Sheet.Shape;
        var (samples, each) = (ReportText.Count(variants.Images, "sample"), ReportText.Count(variants.Epochs, "variant"));
        html.Add($"""<p class="note">augmentation={variants.Augmentation}: {samples}, {each} each.</p>""");
        html.Add($"""<div class="scroll" tabindex="0" role="region" aria-label="Variants of training samples">""");
        Image(html, variants.Sheet, Math.Max(shape.Width, shape.Height),
            $"{variants.Images} training samples at the left, and {variants.Epochs} variants of each by {variants.Augmentation}");
        html.Add($"</div>");
    }

    public static void Kernels(HtmlBuilder html, ReportKernels kernels)
    {
        var inColour = kernels.Channels == 3;
        var channels = Math.Min(kernels.Channels, 4);
        var area = kernels.Height * kernels.Width;
        var largest = kernels.Weights.SelectMany(kernel => kernel).Where(float.IsFinite).Select(Math.Abs).DefaultIfEmpty(0).Max();
        var zoom = Math.Clamp((kernels.Weights.Count > 32 ? 36 : 64) / Math.Max(kernels.Height, kernels.Width), 2, 20);
        html.Add($"""<ul class="kernels">""");
        foreach (var (weights, index) in kernels.Weights.Take(MostKernels).Select((weights, index) => (weights, index)))
        {
            var first = inColour ? 1 : 0;
            var sheet = new Sheet(first + channels, kernels.Height, kernels.Width, first + channels);
            for (var i = 0; i < channels * area; i++)
                sheet.Set(first + (i / area), i % area, ColorScale.Diverging(largest > 0 ? weights[i] / largest : 0));
            for (var i = 0; inColour && i < area; i++)
                sheet.Set(0, i, [.. Enumerable.Range(0, 3).Select(channel => Level(weights[(channel * area) + i], largest))]);
            html.Add($"<li>");
            html.AddPicture(sheet.Encode(), sheet.Width * zoom, sheet.Height * zoom,
                $"Kernel {index}: weights from {ReportText.Number(weights.Min())} to {ReportText.Number(weights.Max())}", "pixels");
            html.Add($"""<span>{index}</span></li>""");
        }
        html.Add($"</ul>");
        Legend(html, true, -largest, largest);
        if (kernels.Weights.Count > MostKernels)
            html.Add($"""<p class="note">The first {MostKernels} of {kernels.Weights.Count} kernels.</p>""");
        if (inColour)
            html.Add($"""
                <p class="note">Each kernel first in the colours that it looks for, gray for nothing; then its weights for red, green and
                blue side by side.</p>
                """);
        else if (kernels.Channels > 1)
            html.Add($"""<p class="note">{(channels < kernels.Channels ? $"The first {channels} of {kernels.Channels} input channels" : "Input channels")} side by side.</p>""");
    }

    // Gray is 0.
    private static byte Level(float weight, float largest) =>
        largest > 0 && float.IsFinite(weight) ? (byte)Math.Round(127.5 * (1 + (weight / largest))) : (byte)128;

    public static void FeatureMaps(HtmlBuilder html, ReportData data)
    {
        if (data.Sample is { } sample)
        {
            html.Add($"""<figure class="layer"><figcaption><h3>The sample</h3><p>{sample.Shape.ToString()}</p></figcaption>""");
            Image(html, sample, 160, "The sample whose feature maps follow");
            html.Add($"</figure>");
        }
        foreach (var map in data.FeatureMaps)
            FeatureMap(html, data, map);
    }

    /// <summary>The channels of one output side by side.</summary>
    public static void FeatureMap(HtmlBuilder html, ReportData data, ReportFeatureMap map)
    {
        var finite = map.Values.Where(float.IsFinite).DefaultIfEmpty(0).ToList();
        double minimum = finite.Min(), maximum = finite.Max();
        var signed = minimum < 0;
        var largest = Math.Max(maximum, -minimum);
        double Place(float value) => signed ? value / largest : maximum > 0 ? value / maximum : 0;

        // A vector is one strip; large maps are averaged down, as the report should stay small.
        var (shape, values) = map.Shape.IsVector ? (new Shape(1, 1, map.Shape.Channels), map.Values) : Reduce(map, html.Detail.MapSide);
        var shown = Math.Min(shape.Channels, html.Detail.MapChannels);
        var columns = Math.Min(shown, Math.Clamp(360 / (shape.Width + 1), 4, shown > 32 ? 12 : 8));
        var sheet = new Sheet(shown, shape.Height, shape.Width, columns);
        for (var i = 0; i < shown * shape.Area; i++)
            sheet.Set(i / shape.Area, i % shape.Area,
                signed ? ColorScale.Diverging(Place(values[i])) : ColorScale.Sequential(Place(values[i])));

        var zoom = Math.Clamp(720 / sheet.Width, 1, map.Shape.IsVector ? 40 : 12);
        html.Add($"""<figure class="layer"><figcaption><h3>{map.Layer}</h3><p>{map.Shape.ToString()}{Remark(data, map, shown, shape)}</p></figcaption>""");
        html.AddPicture(sheet.Encode(), sheet.Width * zoom, map.Shape.IsVector ? 28 : sheet.Height * zoom,
            $"Output of {map.Layer}, {map.Shape}: values from {ReportText.Number(minimum)} to {ReportText.Number(maximum)}",
                map.Shape.IsVector ? "pixels strip" : "pixels");
        Legend(html, signed, signed ? -largest : 0, signed ? largest : maximum);
        html.Add($"</figure>");
    }

    private static string Remark(ReportData data, ReportFeatureMap map, int shown, Shape drawn)
    {
        if (map.Shape.IsVector)
            return map.Shape.Channels == data.ClassNames.Count
                ? $", largest: {data.ClassNames[map.Values.Index().MaxBy(pair => pair.Item).Index]}" : "";
        var dead = DeadChannels(map);
        return (drawn != map.Shape ? $", averaged to {drawn.Height}x{drawn.Width}" : "") + (shown < map.Shape.Channels
            ? $", the first {shown} channels" : "") + (dead > 0 ? $", {ReportText.Count(dead, "channel")} all zero for this sample" : "");
    }

    private static int DeadChannels(ReportFeatureMap map) =>
        Enumerable.Range(0, map.Shape.Channels).Count(channel =>
            Enumerable.Range(channel * map.Shape.Area, map.Shape.Area).All(i => map.Values[i] == 0));

    private static (Shape Shape, IReadOnlyList<float> Values) Reduce(ReportFeatureMap map, int largest)
    {
        var shape = map.Shape;
        var factor = (Math.Max(shape.Height, shape.Width) + largest - 1) / largest;
        if (factor == 1)
            return (shape, map.Values);
        var small = new Shape(shape.Channels, Math.Max(1, shape.Height / factor), Math.Max(1, shape.Width / factor));
        var (high, wide) = (Math.Min(factor, shape.Height), Math.Min(factor, shape.Width));
        var values = new float[small.Count];
        for (var i = 0; i < values.Length; i++)
        {
            var (channel, y, x) = (i / small.Area, i % small.Area / small.Width, i % small.Width);
            var sum = 0f;
            for (var dy = 0; dy < high; dy++)
                for (var dx = 0; dx < wide; dx++)
                    sum += map.Values[(channel * shape.Area) + (((y * factor) + dy) * shape.Width) + (x * factor) + dx];
            values[i] = sum / (high * wide);
        }
        return (small, values);
    }

    // Photographs have more pixels than are shown: twice as many as CSS pixels are enough for any screen.
    private static ReportImage Reduced(ReportImage image, double side)
    {
        var shape = image.Shape;
        var scale = side / Math.Max(shape.Height, shape.Width);
        if (scale >= 1) return image;
        var (height, width) = ((int)Math.Max(1, shape.Height * scale), (int)Math.Max(1, shape.Width * scale));
        return new(ImageResize.Resize([.. image.Pixels], shape, height, width), Shape.Image(shape.Channels, height, width));
    }

    /// <summary>An image as large as is asked for.</summary>
    public static void Image(HtmlBuilder html, ReportImage given, int side, string description)
    {
        var image = Reduced(given, side * html.Detail.ImagePixels);
        var shape = image.Shape;
        var channels = shape.Channels == 3 ? 3 : 1;
        var pixels = new byte[shape.Area * channels];
        for (var i = 0; i < pixels.Length; i++)
            pixels[i] = image.Pixels[(i % channels * shape.Area) + (i / channels)];
        var scale = (double)side / Math.Max(shape.Height, shape.Width);
        html.AddPicture(PngWriter.Encode(pixels, shape.Width, shape.Height, channels), (int)Math.Max(1, shape.Width * scale),
            (int)Math.Max(1, shape.Height * scale), description, scale >= 1 ? "pixels" : "");
    }

    // Drawn small: the map is coarser than its image anyway.
    private static void Attention(HtmlBuilder html, ReportImage image, Heatmap map, int side, string description)
    {
        var shape = image.Shape;
        var factor = Math.Max(1, Math.Max(shape.Height, shape.Width) / side);
        var small = new Shape(shape.Channels, shape.Height / factor, shape.Width / factor);
        var pixels = factor == 1 ? [.. image.Pixels] : ImageResize.Resize([.. image.Pixels], shape, small.Height, small.Width);
        var values = Enumerable.Range(0, small.Area).Select(i => map[i / small.Width * factor, i % small.Width * factor]).ToArray();
        var scale = (double)side / Math.Max(shape.Height, shape.Width);
        html.AddPicture(new Heatmap(small.Height, small.Width, values).Over(pixels, small), (int)Math.Max(1, shape.Width * scale),
            (int)Math.Max(1, shape.Height * scale), description, scale >= 1 ? "pixels" : "");
    }

    private static void Legend(HtmlBuilder html, bool signed, double from, double to)
    {
        const int steps = 128;
        var pixels = new byte[steps * 3];
        for (var i = 0; i < steps; i++)
        {
            var share = i / (steps - 1.0);
            (signed ? ColorScale.Diverging((2 * share) - 1) : ColorScale.Sequential(share)).CopyTo(pixels.AsSpan(i * 3));
        }
        html.Add($"""<p class="scale"><span>{ReportText.Number(from)}</span>""");
        html.AddPicture(PngWriter.Encode(pixels, steps, 1, 3), 160, 10,
            signed ? "colours from blue over white to red" : "colours from dark to bright");
        html.Add($"""<span>{ReportText.Number(to)}</span></p>""");
    }

    /// <summary>Tiles of one size in a grid, one transparent pixel apart.</summary>
    private sealed class Sheet
    {
        private readonly byte[] pixels;
        private readonly int height, width, columns;

        public Sheet(int tiles, int height, int width, int columns)
        {
            (this.height, this.width, this.columns) = (height, width, columns);
            Width = (columns * (width + 1)) - 1;
            Height = ((tiles + columns - 1) / columns * (height + 1)) - 1;
            pixels = new byte[Width * Height * 4];
        }

        public int Width { get; }

        public int Height { get; }

        public void Set(int tile, int pixel, byte[] color)
        {
            var y = (tile / columns * (height + 1)) + (pixel / width);
            var x = (tile % columns * (width + 1)) + (pixel % width);
            var at = ((y * Width) + x) * 4;
            color.CopyTo(pixels, at);
            pixels[at + 3] = 255;
        }

        public byte[] Encode() => PngWriter.Encode(pixels, Width, Height, 4);
    }
}
