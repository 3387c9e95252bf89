using System.Globalization;
using FeatureMap.Analysis;
using FeatureMap.Data;
using FeatureMap.Models;
using FeatureMap.Networks;

namespace FeatureMap.Workbench;

/// <summary>A class and its probability.</summary>
/// <param name="Label">Its number.</param>
/// <param name="Name">Its name.</param>
/// <param name="Probability">0 to 1, as <see cref="Model.Predict"/> gives it.</param>
/// <param name="Before">The same without the changed pixel and the channel that is off; null where nothing is changed.</param>
public sealed record TrialClass(int Label, string Name, double Probability, double? Before);

/// <summary>What an answer depends on.</summary>
/// <param name="Kind"><c>Grad-CAM</c>, <c>Gradient</c> or <c>Occlusion</c>.</param>
/// <param name="Map">A number for each pixel.</param>
public sealed record TrialMap(string Kind, Heatmap Map);

/// <summary>What a layer makes of the image.</summary>
/// <param name="Name">Name of the layer.</param>
/// <param name="Op">What it computes, such as <c>Conv2d</c>.</param>
/// <param name="Output">Channels x height x width.</param>
/// <param name="Values">Its numbers, planar.</param>
public sealed record TrialLayer(string Name, string Op, Shape Output, ReadOnlyMemory<float> Values);

/// <summary>
/// What a model makes of one image: what it reads, what it answers, what the answer depends on, and what each layer gives. The same numbers
/// as <see cref="Model.Predict"/>, <see cref="GradCam"/>, <see cref="Saliency"/>, <see cref="OcclusionMap"/> and
/// <see cref="Model.FeatureMaps"/>, which compute them.
/// </summary>
public sealed record Trial
{
    // A map that costs more multiply-adds is left out, and a sentence says so: an answer shall come while somebody waits.
    private const long MostMultiplyAdds = 4_000_000_000;
    private const int Backward = 3; // a pass forward and back costs about three forward

    /// <summary>What the network reads, changed pixel included.</summary>
    public required Picture Seen { get; init; }

    /// <summary>What was done to the image for it, in a sentence.</summary>
    public required string Placed { get; init; }

    /// <summary>All classes, in the order of their numbers.</summary>
    public required IReadOnlyList<TrialClass> Classes { get; init; }

    /// <summary>Number of the most probable class.</summary>
    public required int Answer { get; init; }

    /// <summary>Number of the class that the maps ask about.</summary>
    public required int Asked { get; init; }

    /// <summary>Whether each probability is that of its own label, so that they need not add up to 1.</summary>
    public required bool IsIndependent { get; init; }

    /// <summary>Trainable numbers of the network.</summary>
    public required long Parameters { get; init; }

    /// <summary>Multiply-adds of one image.</summary>
    public required long MultiplyAdds { get; init; }

    /// <summary>The channel that is off; null where none is, or where the network has no such layer.</summary>
    public TrialOff? Off { get; init; }

    /// <summary>What the answer depends on.</summary>
    public IReadOnlyList<TrialMap> Maps { get; init; } = [];

    /// <summary>What each layer gives, in the order of the network.</summary>
    public IReadOnlyList<TrialLayer> Layers { get; init; } = [];

    /// <summary>What should be known: sentences.</summary>
    public IReadOnlyList<string> Notices { get; init; } = [];

    /// <summary>Asks a model.</summary>
    /// <inheritdoc cref="ModelShelf.Try"/>
    public static Trial Of(Model model, TrialRequest request)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(request);
        var (network, notices) = (model.Network, new List<string>());
        if (network.Output.IsVector && network.Output.Channels == 1 && network.OutputValues == OutputValues.Scores)
            throw new ShapeException("The network gives one number per image, which is no choice between classes.");
        var (before, placed) = Read(model, request, notices);
        request.Cancellation.ThrowIfCancellationRequested();
        var pixels = Changed(before, network.Input, request.Pixel, notices);
        var off = Switched(network, request.Off, notices);
        var asked = off is null ? model : ChannelSwitch.Off(model, off.Layer, off.Channel);
        var answer = asked.Predict(pixels);
        var first = off is null && pixels == before ? null : model.Predict(before);
        var label = request.Class is { } text ? Label(model, text, answer, notices) : answer.Class;
        return new Trial
        {
            Seen = new Picture(request.Image.Name, network.Input, pixels),
            Placed = placed,
            Classes = [.. answer.Probabilities.Select((probability, number) =>
                new TrialClass(number, answer.NameOf(number), probability, first?.Probabilities[number]))],
            Answer = answer.Class,
            Asked = label,
            IsIndependent = network.OutputValues == OutputValues.IndependentProbabilities,
            Parameters = network.TrainableCount,
            MultiplyAdds = network.MultiplyAdds,
            Off = off,
            Maps = request.WantsMaps ? MapsOf(asked, pixels, label, notices, request.Cancellation) : [],
            Layers = request.WantsLayers ? LayersOf(asked, pixels) : [],
            Notices = notices,
        };
    }

    internal static (byte[] Pixels, string Placed) Read(Model model, TrialRequest request, List<string> notices)
    {
        var (input, image) = (model.Network.Input, request.Image);
        if (input.Channels is not (1 or 3))
            throw new DataException($"The network reads {input} (channels x height x width): an image has 1 or 3 channels.");
        var isDigit = input is { Channels: 1, Height: DrawnDigit.Side, Width: DrawnDigit.Side };
        if (request.Placing == TrialPlacing.Digit && !isDigit)
            notices.Add($"Only a network that reads 1x{DrawnDigit.Side}x{DrawnDigit.Side} takes digits set as those of MNIST: "
                + "the image is fitted.");
        using var content = new MemoryStream(image.Content.ToArray());
        if (isDigit && (request.Placing == TrialPlacing.Digit || (request.Placing == TrialPlacing.Automatic && !image.IsSet)))
        {
            var digit = DrawnDigit.Of(Picture.Load(content, image.Name));
            return (digit.Pixels.ToArray(), $"Set as the digits of MNIST: {digit}.");
        }
        var header = ImageFile.ReadHeader(content, image.Name);
        content.Position = 0;
        var fit = model.Fit ?? ImageFit.Crop();
        var pixels = ImageFile.Load(content, input, fit, out var notice, image.Name);
        if (notice is not null) notices.Add(notice);
        if (request.IsInverted) pixels = Array.ConvertAll(pixels, pixel => (byte)(255 - pixel));
        var isAsItIs = header.Height == input.Height && header.Width == input.Width;
        return (pixels, (isAsItIs ? "As it is" : $"{header.Height} x {header.Width} pixels (height x width) fitted by {fit}")
            + (header.Channels == 3 && input.Channels == 1 ? ", colours as their brightness" : header.Channels == 1 && input.Channels == 3
                ? ", grey for all three colours" : "") + (request.IsInverted ? ", dark and light exchanged." : "."));
    }

    private static byte[] Changed(byte[] pixels, Shape shape, TrialPixel? change, List<string> notices)
    {
        if (change is null) return pixels;
        if (change.Row < 0 || change.Row >= shape.Height || change.Column < 0 || change.Column >= shape.Width)
        {
            notices.Add($"There is no pixel in row {change.Row}, column {change.Column}: rows are 0 to {shape.Height - 1}, columns 0 to "
                + $"{shape.Width - 1}. Nothing is changed.");
            return pixels;
        }
        var changed = pixels.ToArray();
        for (var channel = 0; channel < shape.Channels; channel++)
            changed[(channel * shape.Area) + (change.Row * shape.Width) + change.Column] = change.Value;
        return changed;
    }

    private static TrialOff? Switched(Network network, TrialOff? off, List<string> notices)
    {
        if (off is null) return null;
        if (network.Layers.FirstOrDefault(layer => layer.Name == off.Layer) is { Op: not null, Inputs.Count: > 0 } layer)
        {
            if (layer == network.Layers[^1])
                notices.Add($"{off.Layer} is the output of the network: its numbers are the answer and stay on.");
            else if (off.Channel >= 0 && off.Channel < layer.Output.Channels) return off;
            else notices.Add($"{off.Layer} has channels 0 to {layer.Output.Channels - 1}: there is no {off.Channel}, and all are on.");
        }
        else notices.Add($"This network has no layer {off.Layer}, so nothing is off in it.");
        return null;
    }

    private static int Label(Model model, string text, Prediction answer, List<string> notices)
    {
        var named = model.ClassNames.ToList().IndexOf(text);
        if (named >= 0) return named;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number < answer.Probabilities.Count)
            return number;
        notices.Add($"This network has no class '{Descriptions.ValueKind.Shortened(text)}': the maps ask about its answer.");
        return answer.Class;
    }

    private static List<TrialMap> MapsOf(Model model, byte[] pixels, int label, List<string> notices, CancellationToken cancellation)
    {
        var (maps, cost) = (new List<TrialMap>(), model.Network.MultiplyAdds);
        void Add(string kind, long passes, Func<Heatmap> make)
        {
            cancellation.ThrowIfCancellationRequested();
            if (passes * cost <= MostMultiplyAdds) maps.Add(new(kind, make()));
            else
                notices.Add($"{kind} is left out: {passes:N0} passes of {cost:N0} multiply-adds are more than {MostMultiplyAdds:N0}. "
                    + "The inspection of a model draws it.");
        }

        if (GradCam.CanLookInto(model.Network)) Add("Grad-CAM", Backward, () => GradCam.Of(model, pixels, label));
        else notices.Add("Grad-CAM is left out: every layer gives a vector, so there is no place to point at.");
        Add("Gradient", Backward, () => Saliency.Gradient(model, pixels, label));
        // A patch of a seventh of the side, moved by half of it.
        Add("Occlusion", 13 * 13, () => OcclusionMap.Of(model, pixels, label));
        return maps;
    }

    private static List<TrialLayer> LayersOf(Model model, byte[] pixels) =>
    [
        .. model.FeatureMaps(pixels).Where(one => !one.Layer.Name.StartsWith(ChannelSwitch.Name, StringComparison.Ordinal))
            .Select(one => new TrialLayer(one.Layer.Name, one.Layer.Op!.Name, one.Layer.Output, one.Values.ToArray())),
    ];
}
