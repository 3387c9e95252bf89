using FeatureMap.Data;
using FeatureMap.Models;

namespace FeatureMap.Extensions;

/// <summary>A model of a service, which tells what pictures show. Any number of requests may ask at the same time; they are answered in
/// batches.</summary>
public interface IImageClassifier
{
    /// <summary>The model that answers now, as it is in its file. It changes when the file is read again.</summary>
    Model Model { get; }

    /// <summary>Tells what a picture shows.</summary>
    /// <param name="picture">The content of a JPEG, PNG or BMP file: read from its position to its end; it stays open. It is decoded by
    /// the caller's thread,
    /// turned as its Exif data say, and made to fit as the model was trained (<see cref="ImageClassifierOptions.Fit"/> where it does not
    /// say).</param>
    /// <param name="cancellation">Takes the question back; a picture that is being computed is computed to its end.</param>
    /// <exception cref="DataException">No picture, a damaged one, one that is too large, or one of another size where nothing says how to
    /// make it fit.</exception>
    /// <exception cref="QueueFullException">More questions wait than may: ask again later.</exception>
    /// <exception cref="OperationCanceledException">The question was taken back, or the service ends.</exception>
    Task<Prediction> ClassifyAsync(Stream picture, CancellationToken cancellation = default);
}

/// <summary>More questions wait than <see cref="ImageClassifierOptions.QueueLimit"/> allows: this one was not taken. A web service
/// answers 503.</summary>
public sealed class QueueFullException : FeatureMapException
{
    /// <summary>Creates the error with its message.</summary>
    public QueueFullException(string message) : base(message) { }
}
