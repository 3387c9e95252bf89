using FeatureMap.Lanes;

namespace FeatureMap.Networks;

/// <summary>
/// What computes a training or a judgement: the processor by the engine of this library, or what a package of its own brings, such as a GPU
/// through <c>FeatureMap.Torch</c>. Only the processor's engine promises the same bits on every machine; start, order, augmentation, masks
/// and schedule are the same on every device, and a checkpoint that was made on one goes on on another.
/// </summary>
public abstract class ComputeDevice
{
    internal ComputeDevice() { }

    /// <summary>The processor, by the engine of this library.</summary>
    public static ComputeDevice Processor { get; } = new LaneDevice();

    /// <summary>A short name, such as <c>processor</c> or <c>cuda</c>.</summary>
    public abstract string Name { get; }

    /// <summary>
    /// What <c>config.json</c> of a run says of it, by name: what the numbers depend on besides the options. Empty for the processor,
    /// whose numbers depend on nothing else.
    /// </summary>
    public abstract IReadOnlyList<KeyValuePair<string, string>> Facts { get; }

    /// <summary>What else may be the reason where a training's numbers are none any more; null for nothing.</summary>
    internal virtual string? DivergenceAdvice => null;

    /// <inheritdoc/>
    public sealed override string ToString() => Name;

    /// <summary>An engine there; to be disposed by whoever asked for it.</summary>
    /// <param name="threads">Threads of this machine; 0 means one per logical processor.</param>
    /// <param name="width">SIMD register width, where it computes in registers.</param>
    internal abstract IEngine MakeEngine(int threads, LaneWidth width);

    private sealed class LaneDevice : ComputeDevice
    {
        public override string Name => "processor";

        public override IReadOnlyList<KeyValuePair<string, string>> Facts => [];

        internal override IEngine MakeEngine(int threads, LaneWidth width) => new LaneEngine(threads, width);
    }
}
