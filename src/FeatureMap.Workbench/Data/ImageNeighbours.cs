using FeatureMap.Analysis;
using FeatureMap.Data;
using FeatureMap.Models;
using FeatureMap.Networks;

namespace FeatureMap.Workbench;

/// <summary>What is asked about the neighbours of an image of a set.</summary>
/// <param name="Set">Id of the set, as a <see cref="DataShelf"/> has it.</param>
/// <param name="Image">Number of the image in its part.</param>
/// <param name="Model">Id of the model, as a <see cref="ModelShelf"/> has it.</param>
public sealed record NeighbourRequest(string Set, int Image, string Model)
{
    /// <summary>Whether the image, and those near to it, are of the validation images.</summary>
    public bool IsValidation { get; init; }

    /// <summary>The layer whose output is the embedding; what the last layer with weights reads where null.</summary>
    public string? Layer { get; init; }

    /// <summary>How far vectors are apart.</summary>
    public EmbeddingDistance Distance { get; init; } = EmbeddingDistance.Cosine;

    /// <summary>How many neighbours.</summary>
    public int Count { get; init; } = 12;

    /// <summary>Ends the work between two batches.</summary>
    public CancellationToken Cancellation { get; init; }
}

/// <summary>An image near the one that is asked about.</summary>
/// <param name="Image">Its number in the part.</param>
/// <param name="Distance">How far it is.</param>
/// <param name="IsOther">Whether it is of another class.</param>
public sealed record ImageNeighbour(int Image, double Distance, bool IsOther);

/// <summary>The images of a set that are nearest to one of them in what a model makes of them: <see cref="Embeddings.Nearest"/>.</summary>
public sealed record ImageNeighbours
{
    /// <summary>The neighbours, the nearest first.</summary>
    public required IReadOnlyList<ImageNeighbour> Nearest { get; init; }

    /// <summary>The layer whose output is compared.</summary>
    public required string Layer { get; init; }

    /// <summary>Numbers of a vector.</summary>
    public required int Dimensions { get; init; }

    /// <summary>How many images were compared; fewer than the part has where all of them would take too long.</summary>
    public required int Compared { get; init; }

    /// <summary>Whether its neighbours mostly have another class, so that its label may be wrong.</summary>
    public bool IsDoubtful => Nearest.Count > 0 && Nearest.Count(one => one.IsOther) * 2 > Nearest.Count;
}

/// <summary>
/// Finds the neighbours of images. The vectors of a part are computed once and kept while they are among those that were asked for last.
/// Any thread may call.
/// </summary>
/// <param name="data">The sets.</param>
/// <param name="models">The models.</param>
public sealed class NeighbourDesk(DataShelf data, ModelShelf models)
{
    private const long MostMultiplyAdds = 40_000_000_000, MostNumbers = 32_000_000;
    private const int MostImages = 5000, MostKept = 4, Piece = 512;

    private readonly Lock gate = new();
    private readonly List<(Key Key, Embeddings Vectors)> kept = [];

    /// <summary>The neighbours of an image.</summary>
    /// <exception cref="UsageException">There is no such set, image, model or layer; or the images have no classes.</exception>
    /// <exception cref="ShapeException">The model reads images of another shape.</exception>
    /// <exception cref="DataException">The set or the model cannot be read.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public ImageNeighbours Find(NeighbourRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        var part = data.Open(request.Set, request.Cancellation).Part(request.IsValidation);
        if (part.Targets is not null)
            throw new UsageException("These images have targets instead of one class each, so nothing can be said about neighbours that "
                + "disagree. Choose a set with classes.");
        if (request.Image < 0 || request.Image >= part.Count)
            throw new UsageException($"This part has images 0 to {part.Count - 1:N0}: there is no image {request.Image:N0}.");
        if (request.Count is < 1 or > 100)
            throw new UsageException($"Between 1 and 100 neighbours are shown: received {request.Count}.");
        var model = models.Open(request.Model).Model;
        if (model.Network.Input != part.ImageShape)
            throw new ShapeException($"The model reads images of {model.Network.Input} (channels x height x width), and these are of "
                + $"{part.ImageShape}. Choose a model that was trained on such images.");
        var layer = request.Layer ?? EmbeddingLayer(model.Network);
        if (model.Network[layer].Op is null)
            throw new UsageException($"Layer '{layer}' is the image itself. Choose a layer behind it, such as "
                + $"'{EmbeddingLayer(model.Network)}'.");
        var (front, dimensions) = (model.Network.CutAt(layer), model.Network[layer].Output.Count);
        var images = (int)Math.Min(Math.Min(part.Count, MostImages),
            Math.Max(1, Math.Min(MostMultiplyAdds / Math.Max(1, front.MultiplyAdds), MostNumbers / dimensions)));
        if (images < 2)
            throw new UsageException($"Layer '{layer}' gives {dimensions:N0} numbers for {front.MultiplyAdds:N0} multiply-adds of an "
                + "image: too many to compare images by. Choose another layer.");
        // The first ones, as most sets stand in no order; the image itself is one of them, or stands behind them.
        var vectors = Vectors(new(part, model, layer, images), request.Cancellation);
        var isAmong = request.Image < images;
        var own = isAmong ? vectors : With(vectors, model.Embed(part.Subset([request.Image]), layer), part);
        return new()
        {
            Nearest = [.. own.Nearest(isAmong ? request.Image : images, request.Count, request.Distance).Select(one =>
                new ImageNeighbour(one.Image, one.Distance, part.Label(one.Image) != part.Label(request.Image)))],
            Layer = layer,
            Dimensions = dimensions,
            Compared = images,
        };
    }

    /// <summary>What the last layer with weights reads: what a classifier sees of an image before it decides.</summary>
    public static string EmbeddingLayer(Network network)
    {
        ArgumentNullException.ThrowIfNull(network);
        var last = network.Layers.LastOrDefault(layer => layer.Parameters.Any(parameter => parameter.Trainable)) ?? network.Layers[^1];
        var read = network.Layers[last.Inputs is [var first, ..] ? first : last.Index];
        return read.Op is null ? last.Name : read.Name;
    }

    private Embeddings Vectors(Key key, CancellationToken cancellation)
    {
        // One at a time: the second who asks for the same vectors finds them.
        lock (gate)
        {
            var place = kept.FindIndex(one => one.Key == key);
            var vectors = place >= 0 ? kept[place].Vectors : Computed(key, cancellation);
            if (place >= 0) kept.RemoveAt(place);
            kept.Insert(0, (key, vectors));
            if (kept.Count > MostKept) kept.RemoveRange(MostKept, kept.Count - MostKept);
            return vectors;
        }
    }

    private static Embeddings Computed(Key key, CancellationToken cancellation)
    {
        var values = new List<float>();
        var dimensions = 0;
        foreach (var piece in Enumerable.Range(0, key.Images).Chunk(Piece))
        {
            cancellation.ThrowIfCancellationRequested();
            var vectors = key.Model.Embed(key.Part.Subset(piece), key.Layer);
            dimensions = vectors.Dimensions;
            for (var image = 0; image < vectors.Count; image++)
                values.AddRange(vectors[image]);
        }
        return new Embeddings(values.ToArray(), dimensions, [.. Enumerable.Range(0, key.Images).Select(key.Part.Label)]);
    }

    private static Embeddings With(Embeddings vectors, Embeddings one, ImageSet part)
    {
        var values = new List<float>((vectors.Count + 1) * vectors.Dimensions);
        for (var image = 0; image < vectors.Count; image++)
            values.AddRange(vectors[image]);
        values.AddRange(one[0]);
        return new Embeddings(values.ToArray(), vectors.Dimensions,
            [.. Enumerable.Range(0, vectors.Count).Select(part.Label), one.Label(0)]);
    }

    /// <summary>What vectors are of: sets and models that are opened again are other objects.</summary>
    private sealed record Key(ImageSet Part, Model Model, string Layer, int Images);
}
