using FeatureMap.Lanes;
using FeatureMap.Networks;
using FeatureMap.Ops;
using FeatureMap.Training;
using static TorchSharp.torch;

namespace FeatureMap.Torch;

/// <summary>
/// libtorch on one device behind the same seam as the engine of the processor. Data are prepared by a team of our threads; on the processor
/// libtorch computes on as many.
/// </summary>
internal sealed class TorchEngine : IUpdatingEngine
{
    // libtorch's number of threads belongs to the thread that asks.
    [ThreadStatic]
    private static int threadsHere;

    private readonly ThreadTeam team;
    private readonly HashSet<IExecutable> updated = [];
    private ThreadTeam? beside;

    /// <param name="device">Where, and how exactly.</param>
    /// <param name="threads">Threads of this machine; 0 for one per logical processor.</param>
    /// <exception cref="UsageException">The number of threads is out of range.</exception>
    public TorchEngine(TorchDevice device, int threads)
    {
        Device = device;
        team = new ThreadTeam(ThreadTeam.Count(threads));
    }

    public TorchDevice Device { get; }

    /// <summary>The same as libtorch calls it.</summary>
    public Device Place => Device.Place;

    /// <summary>Whether the channels of a pixel stand beside each other.</summary>
    public bool IsChannelsLast => Device.IsChannelsLast;

    public int Threads => team.Threads;

    public bool HoldsBatches => true;

    public IExecutable Prepare(EngineRequest request) => new TorchExecutable(request, this);

    public ISharedExecutable PrepareShared(EngineRequest request) => new SharedTorchExecutable(request, this);

    public IWeightUpdate CreateUpdate(Weights weights, TrainingOptions options, Func<bool> isSound) =>
        new DeviceUpdate(this, weights, options, isSound);

    /// <summary>
    /// What an op that multiplies gives, where the device computes products in few digits; null for every other one. Everything else is
    /// float32: weights, sums of gradients and updates keep all of their digits.
    /// </summary>
    public Tensor? Product(Op op, TorchCall call) =>
        Device.ProductType is { } type && op is Convolution or Linear or MatrixProduct or WeightNorm
            ? TorchFunctions.ApplyAny(op, call with
            {
                Inputs = Array.ConvertAll(call.Inputs, input => input.to(type)),
                Parameters = Array.ConvertAll(call.Parameters, parameter => parameter.to(type)),
            }).to(ScalarType.Float32) : null;

    /// <summary>Says that an update of ours changes the numbers of an executable where they are.</summary>
    public void Update(IExecutable made) => updated.Add(made);

    /// <summary>Whether it was said.</summary>
    public bool Updates(IExecutable made) => updated.Contains(made);

    public void Forget(IExecutable made) => updated.Remove(made);

    /// <summary>To be called where work with libtorch begins, on any thread.</summary>
    public void Enter()
    {
        if (threadsHere == Threads) return;
        set_num_threads(Threads);
        threadsHere = Threads;
    }

    /// <summary>Runs the body on every thread of the team.</summary>
    public void Run(Action<int> body) => team.Run(body);

    /// <summary>Runs the body on as many other threads, while the caller goes on.</summary>
    public Task RunBeside(Action<int> body)
    {
        var others = beside ??= new ThreadTeam(Threads);
        return Task.Run(() => others.Run(body));
    }

    public void Dispose()
    {
        team.Dispose();
        beside?.Dispose(); // waits for what still runs; what has not begun finds it disposed, and nobody asks for it
    }
}
