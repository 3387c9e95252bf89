using FeatureMap.Data;
using FeatureMap.Interchange;
using FeatureMap.Models;

namespace FeatureMap.Extensions;

/// <summary>
/// A model as its file was at one time, made ready. Questions hold it from their picture on, so that one that was decoded for this model
/// is answered by this one,
/// and it goes when it was replaced and the last of them was answered.
/// </summary>
internal sealed class LoadedModel : IDisposable
{
    private readonly ModelSession session;
    private readonly ImageFit? fit;
    private readonly IPictureDecoder? decoder;
    private int holders = 1; // the classifier, until it has another one

    private LoadedModel(Model model, ImageFit? fit, ImageClassifierOptions options)
    {
        Model = model;
        this.fit = model.Fit ?? fit;
        decoder = options.Decoder;
        session = new ModelSession(options.Calibrated ? model.Calibrated() : model, options.Threads);
    }

    /// <summary>As it is in the file.</summary>
    public Model Model { get; }

    /// <summary>Reads the file and computes once, so that the first question waits for nothing.</summary>
    public static LoadedModel Read(ImageClassifierOptions options, ImageFit? fit)
    {
        var loaded = new LoadedModel(ModelFile.Load(options.Path), fit, options);
        var count = (int)loaded.session.Input.Count;
        try
        {
            loaded.session.PredictMany(new byte[count]);
            loaded.session.PredictMany(new byte[16 * count]);
            return loaded;
        }
        catch
        {
            loaded.Dispose();
            throw;
        }
    }

    public byte[] Decode(Stream picture)
    {
        const string source = "the picture";
        return decoder is not null ? ImageFile.Load(picture, session.Input, fit, decoder, out _, source)
            : fit is null ? ImageFile.Load(picture, session.Input, resize: false, out _, source)
            : ImageFile.Load(picture, session.Input, fit, out _, source);
    }

    public IReadOnlyList<Prediction> Predict(byte[] pixels) => session.PredictMany(pixels);

    /// <summary>Holds it; false where it has gone already.</summary>
    public bool TryHold()
    {
        for (var seen = Volatile.Read(ref holders); seen > 0; seen = Volatile.Read(ref holders))
            if (Interlocked.CompareExchange(ref holders, seen + 1, seen) == seen) return true;
        return false;
    }

    /// <summary>Lets go what <see cref="TryHold"/> held, or the classifier itself.</summary>
    public void Dispose()
    {
        if (Interlocked.Decrement(ref holders) == 0) session.Dispose();
    }
}
