using System.CommandLine;
using System.Text.Json.Nodes;
using FeatureMap.Cli;
using FeatureMap.Networks;
using TorchSharp;

namespace FeatureMap.Torch.Cli;

/// <summary><c>device</c>: which devices libtorch has here, or what is missing.</summary>
internal sealed class DeviceCommand : ToolCommand
{
    private readonly Argument<string?> device = new("device")
    {
        Description = $"One of {string.Join(", ", [Processor.Name, .. TorchDevice.Names])}; all of them where it is left out",
        Arity = ArgumentArity.ZeroOrOne,
    };

    public DeviceCommand(Terminal terminal)
        : base(
            terminal, "device", "Show which devices libtorch has here, or what is missing", "featuremap device", "featuremap device cuda")
    {
        Arguments.Add(device);
        Finish();
    }

    private static (string Name, bool IsHere, string Text) Processor =>
        (ComputeDevice.Processor.Name, true, "the engine of FeatureMap: the same bits on every machine");

    protected override int Run(ParseResult parse)
    {
        if (parse.GetValue(device) is { } name && name != Processor.Name)
        {
            var opened = TorchDevice.Open(name); // says what is missing
            Write([(name, true, opened.Facts[0].Value)]);
            return 0;
        }
        Libtorch.Load(withCuda: true);
        if (parse.GetValue(device) is not null) Write([Processor]);
        else Write(
        [
            Processor,
            Row(TorchDevice.CudaName, torch.cuda.is_available() ? $"{torch.cuda.device_count()} of NVIDIA" : null, Libtorch.CudaAdvice),
            Row(TorchDevice.MpsName, torch.mps_is_available() ? "of this Mac" : null, "Macs with Apple silicon have it."),
            (TorchDevice.TorchProcessorName, true,
                $"{torch.get_num_threads()} threads: slower than FeatureMap's own engine, made to try things out"),
        ]);
        return 0;
    }

    private static (string Name, bool IsHere, string Text) Row(string name, string? found, string advice) =>
        (name, found is not null, found ?? $"not here. {advice}");

    private void Write((string Name, bool IsHere, string Text)[] rows)
    {
        var libtorch = $"libtorch {torch.__version__} through TorchSharp {Libtorch.TorchSharpVersion}";
        if (Terminal.IsJson)
        {
            Terminal.Write(new JsonObject
            {
                ["libtorch"] = torch.__version__,
                ["torchSharp"] = Libtorch.TorchSharpVersion,
                ["folder"] = Libtorch.Folder,
                ["devices"] = new JsonArray([.. rows.Select(row => new JsonObject
                {
                    ["name"] = row.Name,
                    ["here"] = row.IsHere,
                    ["text"] = row.Text,
                })]),
            });
            return;
        }
        Terminal.Output.WriteLine(Libtorch.Folder is { } folder ? $"{libtorch}, in {folder}" : libtorch);
        var table = new TextTable();
        foreach (var row in rows)
            table.Add(row.Name, row.Text);
        table.Write(Terminal.Output);
    }
}
