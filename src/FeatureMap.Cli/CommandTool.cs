using System.CommandLine;
using FeatureMap.Networks;

namespace FeatureMap.Cli;

/// <summary>
/// A tool made of these commands: what it is called, on which devices it computes, and which commands it has besides. This one is
/// <c>featuremap</c>, without native code; a package that brings a device derives its own.
/// </summary>
internal class CommandTool
{
    /// <summary>The tool without anything else.</summary>
    public static CommandTool Usual { get; } = new();

    /// <summary>What is typed to start it.</summary>
    public virtual string Name => "featuremap";

    /// <summary>What <c>--device</c> takes.</summary>
    public virtual IReadOnlyList<string> Devices => [ComputeDevice.Processor.Name];

    /// <summary>What <c>--precision</c> takes; empty where there is nothing to choose.</summary>
    public virtual IReadOnlyList<string> Precisions => [];

    /// <summary>Opens a device.</summary>
    /// <param name="name">What was typed.</param>
    /// <param name="precision">What was typed for the precision; null for nothing.</param>
    /// <exception cref="UsageException">There is none of this name, or it is not here.</exception>
    public virtual ComputeDevice Open(string name, string? precision) => name == ComputeDevice.Processor.Name ? ComputeDevice.Processor
        : throw new UsageException($"'{Name}' computes on the processor, without any native code, and has no device '{name}'. GPUs are "
            + "computed on by featuremap-torch, which takes the same commands through libtorch: dotnet run -c Release --project "
            + $"src/FeatureMap.Torch.Cli -- train --device {name}. What it needs, docs/gpu.md says.");

    /// <summary>What is typed for a device that was opened, with a space before it: for a command line that goes on.</summary>
    public virtual string Typed(ComputeDevice device) =>
        device == ComputeDevice.Processor ? "" : $" {DeviceOptions.DeviceName} {device.Name}";

    /// <summary>Commands that only this tool has.</summary>
    public virtual IEnumerable<Command> Commands(Terminal terminal) => [];

    /// <summary>A line to be typed, as this tool's.</summary>
    public string Typed(string line) =>
        line.StartsWith("featuremap ", StringComparison.Ordinal) ? Name + line["featuremap".Length..] : line;
}
