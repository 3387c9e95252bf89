using System.CommandLine;
using FeatureMap.Networks;
using FeatureMap.Workbench;

namespace FeatureMap.Cli;

/// <summary><c>--device</c> and <c>--precision</c>: what a command computes on, where it can choose.</summary>
/// <param name="tool">Which devices there are.</param>
internal sealed class DeviceOptions(CommandTool tool)
{
    public const string DeviceName = "--device", PrecisionName = "--precision";

    private readonly Option<string?> device = new(DeviceName)
    {
        Description = tool.Devices.Count > 1 ? $"What computes: {string.Join(", ", tool.Devices)}; {tool.Devices[0]} where it is left out"
            : "What computes: the processor. GPUs are computed on by featuremap-torch, a tool of its own with the same commands",
        HelpName = "DEVICE",
    };

    private readonly Option<string?> precision = new(PrecisionName)
    {
        Description = $"In which numbers the device computes products: {string.Join(", ", tool.Precisions)}; float32 where it is left out",
        HelpName = "P",
    };

    public void AddTo(ToolCommand command)
    {
        command.Options.Add(device);
        if (tool.Precisions.Count > 0) command.Options.Add(precision);
    }

    /// <summary>What the work is done in, with the device that was asked for.</summary>
    /// <exception cref="UsageException">There is no such device, or it is not here.</exception>
    public WorkContext Context(ParseResult parse, Terminal terminal)
    {
        var asked = tool.Precisions.Count > 0 ? parse.GetValue(precision) : null;
        if (parse.GetValue(device) is { } name) return terminal.Context with { Device = tool.Open(name, asked) };
        if (asked is not null && asked != "float32")
            throw new UsageException($"{PrecisionName} says how a device computes: name it by {DeviceName}, such as {DeviceName} "
                + $"{tool.Devices[^1]}.");
        return terminal.Context;
    }
}
