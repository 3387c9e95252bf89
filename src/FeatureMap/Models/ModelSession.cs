using FeatureMap.Networks;
using FeatureMap.Ops;

namespace FeatureMap.Models;

/// <summary>
/// A model made ready once, to be asked often and by any number of threads at the same time. The weights are packed once and read by all;
/// each call takes working memory of its own from what is idle, without a lock, and gives it back. So there is as much of it as there ever
/// were calls at the same time, and a call on one thread allocates nothing but the first time. Up to 8 images are computed one by one with
/// their channels in the registers, more with 16 images in the registers; the answers are those of <see cref="Model.Predict"/> to the bit,
/// for one image or many.
/// </summary>
/// <remarks>The weights are those of the moment in which the session was made: when they change, make another one.</remarks>
/// <example><code>
/// using var session = new ModelSession(ModelFile.Load("runs/mnist-20k"));
/// var scores = new float[10];
/// session.Run(pixels, scores);
/// </code></example>
public sealed unsafe class ModelSession : IDisposable, IBatchFeed, IBatchReader
{
    private readonly IEngine engine;
    private readonly ISharedExecutable executable;
    private readonly SlotPool<Call> calls;
    private readonly Model model;
    private readonly Network network;

    /// <summary>Makes a model ready.</summary>
    /// <param name="model">Its preparation and normalisation go along: the session takes pixels as they are in a file.</param>
    /// <param name="threads">Threads that one call is spread over, an image or several; 0 means one per logical processor. Calls at
    /// the same time work alone, each on its caller's thread. The result does not depend on it.</param>
    /// <param name="device">What computes; the processor where null.</param>
    /// <exception cref="UsageException">The number of threads is out of range, or the network takes more than images.</exception>
    public ModelSession(Model model, int threads = 1, ComputeDevice? device = null)
        : this(model, threads, ImageGroup.Most, device) => Prepare();

    private ModelSession(Model model, int threads, int batch, ComputeDevice? device = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        (this.model, network) = (model, model.Network);
        CheckInputs(network);
        engine = (device ?? ComputeDevice.Processor).MakeEngine(threads, Lanes.LaneWidth.Automatic);
        calls = new SlotPool<Call>(NewCall);
        executable = engine.PrepareShared(new EngineRequest
        {
            Weights = model.Weights,
            Batch = batch,
            Mode = ExecutionMode.Evaluation,
            HasGradients = false,
            Feed = this,
            Reader = this,
        });
    }

    /// <summary>What one image is: channels x height x width.</summary>
    public Shape Input => network.Input;

    /// <summary>What the network gives for one image: channels x height x width.</summary>
    public Shape Output => network.Output;

    /// <summary>
    /// Computes one image or several. Any thread may call, whatever others do meanwhile; more than 16 images at a time may be spread over
    /// threads (see the constructor), which allocates.
    /// </summary>
    /// <param name="pixels">One byte per channel and pixel, 0 to 255, image after image, each of the size of <see cref="Input"/>.</param>
    /// <param name="outputs">Receives the network's output as it is, image after image, each planar of the size of <see cref="Output"/>:
    /// scores, a picture, whatever the network ends in.</param>
    /// <param name="layout">The order of the pixels.</param>
    /// <exception cref="ShapeException">The pixels are not whole images, or there is not exactly room for their outputs.</exception>
    /// <exception cref="ObjectDisposedException">The session was disposed.</exception>
    public void Run(ReadOnlySpan<byte> pixels, Span<float> outputs, PixelLayout layout = PixelLayout.Planar)
    {
        var images = Images(pixels.Length, outputs.Length, "bytes", "byte");
        fixed (byte* source = pixels)
        fixed (float* target = outputs)
            Run(new Work(source, null, target, images, layout));
    }

    /// <summary>
    /// The same for numbers as the network reads them: prepared and normalised already, as <see cref="Model.Preparation"/> and <see
    /// cref="Model.Normalization"/> would have done it.
    /// </summary>
    /// <param name="numbers">One number per channel and pixel, image after image, each of the size of <see cref="Input"/>.</param>
    /// <param name="outputs">Receives the network's output, image after image, each planar of the size of <see cref="Output"/>.</param>
    /// <param name="layout">The order of the numbers.</param>
    /// <exception cref="ShapeException">The numbers are not whole images, or there is not exactly room for their outputs.</exception>
    /// <exception cref="ObjectDisposedException">The session was disposed.</exception>
    public void Run(ReadOnlySpan<float> numbers, Span<float> outputs, PixelLayout layout = PixelLayout.Planar)
    {
        var images = Images(numbers.Length, outputs.Length, "numbers", "number");
        fixed (float* source = numbers)
        fixed (float* target = outputs)
            Run(new Work(null, source, target, images, layout));
    }

    /// <summary>Class probabilities of one image. Any thread may call.</summary>
    /// <param name="pixels">One byte per channel and pixel, 0 to 255, of the size of <see cref="Input"/>.</param>
    /// <param name="layout">The order of the pixels.</param>
    /// <exception cref="ShapeException">Another number of bytes than an image has, or the network does not end in a vector of
    /// scores.</exception>
    /// <exception cref="ObjectDisposedException">The session was disposed.</exception>
    public Prediction Predict(ReadOnlySpan<byte> pixels, PixelLayout layout = PixelLayout.Planar)
    {
        model.CheckPixels(pixels);
        return PredictMany(pixels, layout)[0];
    }

    /// <summary>Class probabilities of several images. Any thread may call.</summary>
    /// <param name="pixels">One byte per channel and pixel, 0 to 255, image after image, each of the size of <see cref="Input"/>.</param>
    /// <param name="layout">The order of the pixels.</param>
    /// <exception cref="ShapeException">The pixels are not whole images, or the network does not end in a vector of scores.</exception>
    /// <exception cref="ObjectDisposedException">The session was disposed.</exception>
    public IReadOnlyList<Prediction> PredictMany(ReadOnlySpan<byte> pixels, PixelLayout layout = PixelLayout.Planar)
    {
        model.CheckScores();
        var scores = new float[(long)pixels.Length / network.Input.Count * network.Output.Count];
        Run(pixels, scores, layout);
        var answers = new Prediction[scores.Length / network.Output.Count];
        for (var image = 0; image < answers.Length; image++)
            answers[image] = model.Answer(scores.AsSpan(image * network.Output.Count, network.Output.Count));
        return answers;
    }

    /// <summary>Waits for the calls that are running, and gives all memory back at once. Later calls are refused.</summary>
    public void Dispose()
    {
        calls.Close();
        executable.Dispose();
        engine.Dispose();
    }

    /// <summary>Takes over the weights as they are now. Not while anybody runs.</summary>
    internal void Prepare() => executable.Prepare();

    /// <summary>
    /// A session that computes images one by one, however many. Its weights are those of the last <see cref="Prepare"/>, which comes first.
    /// </summary>
    internal static ModelSession ForSingles(Model model) => new(model, 1, 1);

    /// <exception cref="UsageException">The network takes more than images.</exception>
    internal static void CheckInputs(Network network)
    {
        if (network.Layers.Skip(1).FirstOrDefault(layer => layer.Op is null) is { } other)
            throw new UsageException($"The network takes more than images: {other.Output} (channels x height x width) for '{other.Name}' "
                + "as well. A session runs networks with one input.");
    }

    private int Images(int received, int room, string units, string unit)
    {
        int size = network.Input.Count, gives = network.Output.Count;
        var images = received / size;
        if (images == 0 || received % size != 0)
            throw NetworkInput.Refuse(network, $"which is {size:N0} {units} each: received {received:N0}, which is {images:N0} of them and "
                + $"{received % size:N0} {units} more. Pass whole images one after the other, one {unit} per channel and pixel.");
        if (room != (long)images * gives)
            throw new ShapeException($"The network gives {network.Output} for an image (channels x height x width), which is {images:N0} "
                + $"x {gives:N0} = {(long)images * gives:N0} numbers for {images:N0}: received room for {room:N0}. Pass a span of exactly "
                + $"{(long)images * gives:N0}.");
        return images;
    }

    private void Run(in Work work)
    {
        if (work.Images > ImageGroup.Most && engine.Threads > 1) RunOnThreads(work);
        else Run(work, 0, work.Images);
    }

    // Threads of the engine and not of the pool: those may be a service's, busy with what its callers sent.
    private void RunOnThreads(Work work)
    {
        var begun = 0;
        void Compute()
        {
            for (var first = Begin(); first < work.Images; first = Begin())
                Run(work, first, Math.Min(ImageGroup.Most, work.Images - first));
        }
        int Begin() => Interlocked.Add(ref begun, ImageGroup.Most) - ImageGroup.Most;
        if (!executable.TryTogether(Compute)) Compute();
    }

    private void Run(in Work work, int first, int images)
    {
        var slot = calls.Take();
        try
        {
            calls[slot].Work = work;
            executable.Forward(slot, first, images);
        }
        finally
        {
            calls.Give(slot);
        }
    }

    private Call NewCall(int slot)
    {
        executable.AddSlot();
        return new Call();
    }

    long IBatchFeed.WorkFloats => GroupPixels.WorkFloats(model, network.Input);

    IReadOnlyList<int> IBatchReader.Layers => [];

    void IBatchFeed.Fill(in ImageGroup group)
    {
        ref readonly var work = ref calls[group.Slot].Work;
        var (first, count) = ((nint)group.First * network.Input.Count, group.Count * network.Input.Count);
        if (work.Pixels is null) group.PutNumbers(new ReadOnlySpan<float>(work.Numbers + first, count), network.Input, work.Layout);
        else group.PutPixels(new ReadOnlySpan<byte>(work.Pixels + first, count), network.Input, model, work.Layout);
    }

    void IBatchReader.Read(in ImageGroup group)
    {
        var count = network.Output.Count;
        var outputs = calls[group.Slot].Work.Outputs + ((nint)group.First * count);
        group.CopyTo(network.Layers.Count - 1, new Span<float>(outputs, group.Count * count));
    }

    /// <summary>What a call works on. The spans behind the pointers are held by the caller until it is done.</summary>
    private readonly struct Work(byte* pixels, float* numbers, float* outputs, int images, PixelLayout layout)
    {
        public readonly byte* Pixels = pixels;
        public readonly float* Numbers = numbers, Outputs = outputs;
        public readonly int Images = images;
        public readonly PixelLayout Layout = layout;
    }

    private sealed class Call
    {
        public Work Work;
    }
}
