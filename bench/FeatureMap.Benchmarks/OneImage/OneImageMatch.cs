using System.Diagnostics;
using FeatureMap.Benchmarks.Networks;
using FeatureMap.Benchmarks.Pairing;
using FeatureMap.Data;
using FeatureMap.Interchange;
using FeatureMap.Models;
using FeatureMap.Networks;
using Microsoft.ML.OnnxRuntime;

namespace FeatureMap.Benchmarks.OneImage;

/// <summary>
/// One network made ready in both engines for one image: ours as users ask it, theirs from the file that we export (batch normalisations
/// are folded in it), with input and output made beforehand. Both take normalised numbers.
/// </summary>
internal sealed class OneImageMatch : IDisposable
{
    // The same sums in another order, relative to the largest output.
    private const double Tolerance = 1e-3;

    private static readonly TimeSpan settle = TimeSpan.FromMilliseconds(30);

    private readonly float[] image, ours, theirs;
    private readonly ModelSession session;
    private readonly InferenceSession runtime;
    private readonly OrtValue input, output;
    private readonly RunOptions run = new();
    private readonly string[] inputNames, outputNames;
    private readonly OrtValue[] inputs, outputs;

    /// <exception cref="InvalidOperationException">The two do not give the same outputs: nothing is timed then.</exception>
    public OneImageMatch(NetworkSpecification specification, int threads)
    {
        var network = specification.Network;
        var batch = new FixedBatch(network, 1);
        var model = new Model(
            Weights.Initialize(network, seed: 1), batch.Normalization,
            [.. Enumerable.Range(0, network.Output.Channels).Select(number => $"{number}")]);
        image = batch.NormalizedImages();
        (ours, theirs) = (new float[network.Output.Count], new float[network.Output.Count]);
        session = new ModelSession(model, threads);

        var path = Path.Combine(Path.GetTempPath(), $"featuremap-one-image-{Environment.ProcessId}.onnx");
        try
        {
            OnnxFile.Save(model, path, new() { Input = OnnxInput.Normalized });
            using var options = new SessionOptions { IntraOpNumThreads = threads, InterOpNumThreads = 1 };
            options.LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR;
            runtime = new InferenceSession(path, options);
        }
        finally
        {
            File.Delete(path);
        }
        (inputNames, outputNames) = ([.. runtime.InputNames], [.. runtime.OutputNames]);
        input = OrtValue.CreateTensorValueFromMemory(image, [1, network.Input.Channels, network.Input.Height, network.Input.Width]);
        var dimensions = runtime.OutputMetadata[outputNames[0]].Dimensions;
        output = OrtValue.CreateTensorValueFromMemory(theirs, [1, .. dimensions[1..].Select(size => (long)size)]);
        (inputs, outputs) = ([input], [output]);

        RunOurs();
        RunTheirs();
        Difference = ours.Zip(theirs, (a, b) => Math.Abs((double)a - b)).Max() / theirs.Max(value => Math.Abs((double)value));
        if (!(Difference <= Tolerance))
            throw new InvalidOperationException(
                $"{specification.Name} gives other outputs in ONNX Runtime: the largest difference is {Difference:E1} of the largest "
                + $"output, and {Tolerance} is allowed. Nothing is timed.");
    }

    public static string RuntimeVersion => OrtEnv.Instance().GetVersionString();

    /// <summary>Largest difference of two outputs over the largest output.</summary>
    public double Difference { get; }

    /// <summary>Milliseconds of each image of ours.</summary>
    public List<double> Ours { get; } = [];

    /// <summary>Milliseconds of each image of ONNX Runtime.</summary>
    public List<double> Theirs { get; } = [];

    /// <summary>So long for each side that the JIT has done its work and the memory has been touched; an image at least.</summary>
    public void WarmUp(double seconds)
    {
        Turn(RunOurs, [], seconds);
        Turn(RunTheirs, [], seconds);
    }

    /// <summary>A turn for each side; who starts alternates.</summary>
    public void Round(int number, double seconds)
    {
        if (number % 2 == 0) Turn(RunOurs, Ours, seconds);
        Turn(RunTheirs, Theirs, seconds);
        if (number % 2 == 1) Turn(RunOurs, Ours, seconds);
    }

    public void Dispose()
    {
        output.Dispose();
        input.Dispose();
        run.Dispose();
        runtime.Dispose();
        session.Dispose();
    }

    // Threads of the other side spin for a while after work. An image outside of the timing brings the weights back into the caches; of one
    // that takes longer than a turn that is no great part.
    private static void Turn(Action work, List<double> milliseconds, double seconds)
    {
        Thread.Sleep(settle);
        if (milliseconds is [var first, ..] && first < 1000 * seconds) work();
        var startedAt = Stopwatch.GetTimestamp();
        do
        {
            var before = Stopwatch.GetTimestamp();
            work();
            milliseconds.Add(Stopwatch.GetElapsedTime(before).TotalMilliseconds);
        }
        while (Stopwatch.GetElapsedTime(startedAt).TotalSeconds < seconds);
    }

    private void RunOurs() => session.Run(image, ours);

    private void RunTheirs() => runtime.Run(run, inputNames, inputs, outputNames, outputs);
}
