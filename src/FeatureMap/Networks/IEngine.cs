using FeatureMap.Ops;

namespace FeatureMap.Networks;

/// <summary>
/// What computes networks. Whoever trains, judges or asks a network hands one of these over a request and gets it back ready to run; how
/// numbers lie in memory and who works on them is the engine's own.
/// </summary>
internal interface IEngine : IDisposable
{
    /// <summary>Threads that it works on.</summary>
    int Threads { get; }

    /// <summary>
    /// Whether all images of a batch stand in memory at once, layer by layer, so that a batch must not be larger than that memory. On lanes
    /// only those stand there that threads are at, where nothing is computed back.
    /// </summary>
    bool HoldsBatches => false;

    /// <summary>Makes a network ready for one batch size and mode.</summary>
    IExecutable Prepare(EngineRequest request);

    /// <summary>
    /// Makes a network ready for callers of any thread. The batch is what one of them asks for at a time; there are no gradients.
    /// </summary>
    /// <exception cref="UsageException">The network compares the images of a batch with each other.</exception>
    ISharedExecutable PrepareShared(EngineRequest request);
}

/// <summary>A network that is ready to run, again and again, without allocating. Its memory goes back when it is disposed.</summary>
internal interface IPrepared : IDisposable
{
    /// <summary>Takes over the weights as they are now: first, and when they have changed. Not while anybody computes.</summary>
    void Prepare();

    /// <summary>Whether to measure each phase.</summary>
    bool IsMeasuring { get; set; }

    /// <summary>What was decided when it was made ready, and the time of each phase since measuring began.</summary>
    /// <param name="steps">Steps that were measured; 0 for none.</param>
    PlanDescription Describe(int steps = 0);
}

/// <summary>Answers callers of any thread at the same time, each in a slot of its own.</summary>
internal interface ISharedExecutable : IPrepared
{
    /// <summary>Adds memory for one more caller at a time; its slot is the next number, from 0. Not for two callers at a time.</summary>
    void AddSlot();

    /// <summary>
    /// Loads images, computes them with the weights of the last <see cref="IPrepared.Prepare"/> and has them read. Feed and reader know
    /// whose images a group has by its <see cref="ImageGroup.Slot"/>.
    /// </summary>
    /// <param name="slot">The caller's slot.</param>
    /// <param name="first">Number of the first image (<see cref="ImageGroup.First"/>).</param>
    /// <param name="images">How many.</param>
    void Forward(int slot, int first, int images);

    /// <summary>Runs a body on every thread of the engine; false, and nothing was run, where there is one only or others use them. The
    /// body may call <see cref="Forward"/>, each in a slot of its own.</summary>
    bool TryTogether(Action body);
}

/// <summary>Runs whole batches and steps. Not for two callers at a time.</summary>
internal interface IExecutable : IPrepared
{
    /// <summary>Seed, step number and place in the whole batch of the current step; set before it.</summary>
    StepState Step { get; }

    /// <summary>
    /// Whether the batch after the one that is computed is filled meanwhile, where its feed knows it (<see cref="IBatchFeed.BeginNext"/>).
    /// </summary>
    bool FillsAhead => false;

    /// <summary>Loads images and computes them with the weights of the last <see cref="IPrepared.Prepare"/>.</summary>
    void Forward(int images);

    /// <summary>A whole step: takes over the weights, loads, forward, gradients, and what happens to the weights.</summary>
    void Run(int images);

    /// <summary>
    /// Gradient of a parameter by its number among the weights' parameters; empty where it is not trained. Room up to the next multiple of
    /// 16 numbers follows.
    /// </summary>
    Span<float> Gradient(int parameter);

    /// <summary>
    /// Whether the output of a layer is there after a run, where outputs are kept: not where a later layer wrote over it (an activation
    /// that the normalisation before it applies).
    /// </summary>
    bool KeepsOutput(int layer);

    /// <summary>The output of a layer for an image of the batch, planar, where it is kept.</summary>
    void ReadOutput(int layer, int image, Span<float> target);

    /// <summary>
    /// The gradient by an image, or by the output of a kept layer, where that was asked for; all 0 where the loss does not depend on it.
    /// </summary>
    /// <param name="layer">A kept layer; 0 for the images.</param>
    /// <param name="image">Number in the batch.</param>
    /// <param name="target">Receives it, planar.</param>
    void ReadGradient(int layer, int image, Span<float> target);
}

/// <summary>
/// Fills steps with images and with what else the network takes (<see cref="Layer.Op"/> is null). Called by the engine's threads for
/// several groups at a time.
/// </summary>
internal interface IBatchFeed
{
    /// <summary>Numbers of <see cref="ImageGroup.Work"/> that it needs.</summary>
    long WorkFloats { get; }

    /// <summary>Puts the images of a group, and their targets.</summary>
    void Fill(in ImageGroup group);

    /// <summary>
    /// Turns to the batch after the one that is due, which an engine that computes elsewhere fills meanwhile; gives its images, or 0 where
    /// it is not known.
    /// </summary>
    int BeginNext() => 0;

    /// <summary>Puts a group of the batch of the last <see cref="BeginNext"/>.</summary>
    void FillNext(in ImageGroup group) => throw new InvalidOperationException("The next batch is not known.");

    /// <summary>
    /// Whether the batch that is due is the one that <see cref="FillNext"/> has filled, so that it need not be filled again.
    /// </summary>
    bool TakeNext() => false;
}

/// <summary>
/// Reads results at the end of the way forward; they may be gone right after. Called by the engine's threads for several groups at a time.
/// </summary>
internal interface IBatchReader
{
    /// <summary>Layers that it reads besides the result and the last one.</summary>
    IReadOnlyList<int> Layers { get; }

    /// <summary>Reads the results of a group.</summary>
    void Read(in ImageGroup group);
}

/// <summary>
/// What happens at the end of a step, in order: work that is cut into independent items, each list when the one before is done.
/// </summary>
internal sealed class StepEnding
{
    private readonly List<(int Items, Action<int> Work)> parts = [];

    public IReadOnlyList<(int Items, Action<int> Work)> Parts => parts;

    public void Then(int items, Action<int> work) => parts.Add((items, work));
}
