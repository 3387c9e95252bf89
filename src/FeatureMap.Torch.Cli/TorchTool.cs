using System.CommandLine;
using FeatureMap.Cli;
using FeatureMap.Networks;

namespace FeatureMap.Torch.Cli;

/// <summary>What this tool has besides the commands of <c>featuremap</c>.</summary>
internal sealed class TorchTool : CommandTool
{
    private static readonly (string Name, TorchPrecision Precision)[] Words =
    [
        ("float32", TorchPrecision.Float32),
        ("tf32", TorchPrecision.TensorFloat32),
        ("bf16", TorchPrecision.BFloat16),
        ("fp16", TorchPrecision.Float16),
    ];

    public override string Name => "featuremap-torch";

    public override IReadOnlyList<string> Devices => [.. base.Devices, .. TorchDevice.Names];

    public override IReadOnlyList<string> Precisions => [.. Words.Select(word => word.Name)];

    public override ComputeDevice Open(string name, string? precision)
    {
        var chosen = PrecisionOf(precision);
        if (name == ComputeDevice.Processor.Name)
            return chosen == TorchPrecision.Float32 ? ComputeDevice.Processor
                : throw new UsageException($"The processor's engine computes in float32 alone: leave {DeviceOptions.PrecisionName} out, or "
                    + $"name a device of libtorch by {DeviceOptions.DeviceName}.");
        return TorchDevice.Open(name, chosen);
    }

    public override string Typed(ComputeDevice device) => base.Typed(device)
        + (device is TorchDevice { Precision: not TorchPrecision.Float32 } own
        ? $" {DeviceOptions.PrecisionName} {Array.Find(Words, word => word.Precision == own.Precision).Name}" : "");

    public override IEnumerable<Command> Commands(Terminal terminal) => [new DeviceCommand(terminal)];

    private static TorchPrecision PrecisionOf(string? text)
    {
        if (text is null) return TorchPrecision.Float32;
        if (Array.Find(Words, word => word.Name == text) is { Name: not null } found) return found.Precision;
        var names = Words.Select(word => word.Name).ToList();
        throw new UsageException($"{DeviceOptions.PrecisionName} takes {string.Join(", ", names)}: received "
            + $"'{text}'.{NearestName.Suggest(text, names)}");
    }
}
