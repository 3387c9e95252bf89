using Microsoft.ML.OnnxRuntime;

namespace FeatureMap.OnnxRuntime;

/// <summary>An ONNX file in ONNX Runtime, on one thread: the foreign judge of what FeatureMap exports.</summary>
public sealed class OnnxRuntimeModel : IDisposable
{
    private readonly InferenceSession session;
    private readonly string input;

    /// <summary>Loads a file with one input of float32.</summary>
    /// <exception cref="DataException">ONNX Runtime refuses the file; the message has its words.</exception>
    public OnnxRuntimeModel(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        (session, input) = Load(Path.GetFileName(path), OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR, options => new InferenceSession(path, options));
    }

    /// <summary>Loads the bytes of a file. The runtime writes no log; an exception says what it has to say.</summary>
    internal OnnxRuntimeModel(byte[] bytes, string name) =>
        (session, input) = Load(name, OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL, options => new InferenceSession(bytes, options));

    /// <summary>Evaluates a batch.</summary>
    /// <param name="values">The numbers, sample after sample.</param>
    /// <param name="dimensions">Sizes of the input, the batch first.</param>
    /// <returns>The numbers of the first output.</returns>
    public float[] Run(float[] values, params long[] dimensions)
    {
        using var tensor = OrtValue.CreateTensorValueFromMemory(values, dimensions);
        using var run = new RunOptions();
        try
        {
            using var results = session.Run(run, new Dictionary<string, OrtValue> { [input] = tensor }, session.OutputNames);
            return results[0].GetTensorDataAsSpan<float>().ToArray();
        }
        catch (OnnxRuntimeException error)
        {
            throw new DataException($"ONNX Runtime fails on the exported model: {error.Message}", error);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => session.Dispose();

    private static (InferenceSession Session, string Input) Load(string name, OrtLoggingLevel logging, Func<SessionOptions, InferenceSession> load)
    {
        OnnxRuntimeLibrary.Register();
        try
        {
            using var options = new SessionOptions { IntraOpNumThreads = 1, InterOpNumThreads = 1, LogSeverityLevel = logging };
            var session = load(options);
            return (session, session.InputMetadata.Keys.Single());
        }
        catch (OnnxRuntimeException error)
        {
            throw new DataException($"ONNX Runtime cannot load {name}: {error.Message}", error);
        }
        catch (Exception error) when (error is DllNotFoundException or TypeInitializationException)
        {
            throw OnnxRuntimeLibrary.Missing(error.InnerException ?? error);
        }
    }
}
