using FeatureMap.Lanes;
using FeatureMap.Networks;
using TorchSharp;
using static TorchSharp.torch;

namespace FeatureMap.Torch;

/// <summary>
/// A device that libtorch computes on: an NVIDIA GPU, the GPU of an Apple machine, or the processor. Given to a training, an evaluation or
/// a model session, everything around it stays as it is: data, order, augmentation, masks, schedule, log, checkpoints, report.
/// </summary>
/// <remarks>
/// Not run on a GPU by us. What was run is libtorch on the processor (<see cref="TorchProcessorName"/>), which goes the same way through
/// this code.
/// </remarks>
/// <example><code>
/// var run = Trainer.Fit(network, data, options with { Device = TorchDevice.Open("cuda") });
/// </code></example>
public sealed class TorchDevice : ComputeDevice
{
    /// <summary>Names of the devices that <see cref="Open"/> knows.</summary>
    public const string CudaName = "cuda", MpsName = "mps", TorchProcessorName = "torch-cpu";

    private readonly Device place;

    private TorchDevice(string name, DeviceType type, TorchPrecision precision)
    {
        (Name, Precision) = (name, precision);
        place = new Device(type);
        FillsAhead = type != DeviceType.CPU;
        IsChannelsLast = type == DeviceType.CPU || precision != TorchPrecision.Float32;
        Describe();
    }

    /// <summary>The names of all devices.</summary>
    public static IReadOnlyList<string> Names { get; } = [CudaName, MpsName, TorchProcessorName];

    /// <inheritdoc/>
    public override string Name { get; }

    /// <summary>In which numbers products are computed.</summary>
    public TorchPrecision Precision { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<KeyValuePair<string, string>> Facts => facts;

    private KeyValuePair<string, string>[] facts = [];

    internal override string? DivergenceAdvice => Precision == TorchPrecision.Float16
        ? "Products were computed in fp16, whose largest number is 65,504: bf16 has the range of float32." : null;

    internal Device Place => place;

    /// <summary>
    /// Whether our threads fill the next batch while the device computes: not where it computes on the same processors.
    /// </summary>
    internal bool FillsAhead { get; set; }

    internal ScalarType? ProductType => Precision switch
    {
        TorchPrecision.BFloat16 => ScalarType.BFloat16,
        TorchPrecision.Float16 => ScalarType.Float16,
        _ => null,
    };

    /// <summary>A factor for the losses of a training, where gradients would vanish without; null elsewhere.</summary>
    internal LossScale? NewLossScale() => Precision == TorchPrecision.Float16 ? new LossScale() : null;

    /// <summary>
    /// Whether the channels of a pixel stand beside each other: so libtorch's convolutions of the processor, and tensor cores, read them.
    /// </summary>
    internal bool IsChannelsLast { get; set; }

    /// <summary>Opens a device: loads libtorch, and looks whether the device is there.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <param name="precision">In which numbers products are computed.</param>
    /// <exception cref="UsageException">
    /// There is no such device here, libtorch is not installed or does not load, or the precision means nothing there; the message says
    /// what to do.
    /// </exception>
    public static TorchDevice Open(string name, TorchPrecision precision = TorchPrecision.Float32)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (!Names.Contains(name))
            throw new UsageException($"There is no device '{name}': {CudaName} is an NVIDIA GPU, {MpsName} that of an Apple machine, "
                + $"{TorchProcessorName} libtorch on the processor.");
        CheckPrecision(name, precision);
        Libtorch.Load(name == CudaName);
        switch (name)
        {
            case CudaName when !cuda.is_available():
                throw new UsageException($"libtorch is here and sees no NVIDIA GPU. {Libtorch.CudaAdvice}");
            case MpsName when !mps_is_available():
                throw new UsageException("libtorch is here and sees no GPU of an Apple machine: mps needs macOS on Apple silicon. "
                    + $"Elsewhere the devices are {CudaName} and {TorchProcessorName}.");
            default:
                if (name == TorchProcessorName) ProcessorCheck.Demand();
                return new TorchDevice(
                    name, name == CudaName ? DeviceType.CUDA : name == MpsName ? DeviceType.MPS : DeviceType.CPU, precision);
        }
    }

    internal override IEngine MakeEngine(int threads, LaneWidth width)
    {
        Apply();
        return new TorchEngine(this, threads);
    }

    private static void CheckPrecision(string name, TorchPrecision precision)
    {
        if (precision == TorchPrecision.TensorFloat32 && name != CudaName)
            throw new UsageException($"tf32 is an arithmetic of NVIDIA's GPUs: on '{name}' it means nothing. Leave the precision out, for "
                + "float32.");
        if (precision is TorchPrecision.BFloat16 or TorchPrecision.Float16 && name == MpsName)
            throw new UsageException($"{(precision == TorchPrecision.Float16 ? "fp16" : "bf16")} was never tried on 'mps': leave the "
                + "precision out, for float32.");
    }

    // These belong to the process, so they are set whenever an engine is made.
    private void Apply()
    {
        if (place.type == DeviceType.CPU) FreedMemory.Keep();
        if (place.type != DeviceType.CUDA) return;
        backends.cuda.matmul.allow_tf32 = Precision == TorchPrecision.TensorFloat32;
        backends.cudnn.allow_tf32 = Precision == TorchPrecision.TensorFloat32;
    }

    private void Describe()
    {
        var isDeterministic = Libtorch.UseDeterministicAlgorithms();
        facts =
        [
            new("Device", $"{Name}, libtorch {__version__} through TorchSharp {Libtorch.TorchSharpVersion}"),
            new("Precision", Precision switch
            {
                TorchPrecision.TensorFloat32 => "products in TF32, everything else in float32",
                TorchPrecision.BFloat16 => "products in bfloat16, everything else in float32",
                TorchPrecision.Float16 => "products in float16 with a scaled loss, everything else in float32",
                _ => place.type == DeviceType.CUDA ? "float32, TF32 switched off" : "float32",
            }),
            new("Deterministic algorithms", isDeterministic ? "asked of libtorch, with a warning where it has none"
                : "could not be asked of libtorch here"),
        ];
    }
}
