using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using FeatureMap.Analysis;
using FeatureMap.Networks;
using FeatureMap.Zoo;

namespace FeatureMap.Cli;

/// <summary><c>architectures</c>: all architectures, or one.</summary>
internal sealed class ArchitecturesCommand : ToolCommand
{
    private readonly Argument<string?> architecture = new("architecture") { Description = "Show this one: its counts, who published them, and what to do with it", Arity = ArgumentArity.ZeroOrOne };

    public ArchitecturesCommand(Terminal terminal)
        : base(terminal, "architectures", "List the networks of the literature by name, or show one", "featuremap architectures", "featuremap architectures resnet-50")
    {
        Arguments.Add(architecture);
        Finish();
    }

    protected override int Run(ParseResult parse)
    {
        if (parse.GetValue(architecture) is { } name) WriteOne(Architectures.Get(name));
        else WriteAll();
        return 0;
    }

    private void WriteAll()
    {
        if (Terminal.IsJson)
        {
            Terminal.Write(new JsonObject { ["architectures"] = new JsonArray([.. Architectures.All.Select(one => Describe(one, one.Build()))]) });
            return;
        }
        var table = new TextTable("architecture", "image", "parameters", "MACs", "field/stride", "what it is").AlignRight(2, 3, 4);
        foreach (var one in Architectures.All)
        {
            var network = one.Build();
            table.Add(one.Name, $"{one.Image}", Short(network.TrainableCount), Short(network.MultiplyAdds), Field(network), one.Description);
        }
        table.Write(Terminal.Output);
        Terminal.Output.WriteLine();
        Terminal.Output.WriteLine("All about one:             featuremap architectures resnet-18");
        Terminal.Output.WriteLine("Its layers:                featuremap summary resnet-18 --input 3x64x64 --classes 200");
        Terminal.Output.WriteLine("Train it on your images:   featuremap train mnist-20k --data photos.zip --image-size 64 --set network=resnet-18");
    }

    private void WriteOne(Architecture one)
    {
        var network = one.Build();
        if (Terminal.IsJson)
        {
            Terminal.Write(Describe(one, network));
            return;
        }
        Terminal.Output.WriteLine($"{one.Name}: {one.Description}");
        Terminal.Output.WriteLine();
        var table = new TextTable();
        table.Add("Paper", one.Paper);
        table.Add("Image", $"{network.Input}, and other sizes");
        table.Add("Output", $"{network.Output}{(one.Classes is null ? "" : ", or as many as there are classes")}");
        table.Add("Parameters", $"{one.Parameters}");
        if (network.FixedCount > 0) table.Add("", $"and {network.FixedCount:N0} running statistics");
        table.Add("MACs", $"{one.MultiplyAdds}");
        table.Add("Receptive field", $"{Architecture.FieldOf(network)}");
        if (one.Accuracy is { } accuracy) table.Add("Top-1", $"{accuracy}");
        table.Add("Weights", one.TorchvisionNames is null ? "torchvision has no such network"
            : $"those with the names of {one.NamesOf}, as a .pth or safetensors file of the state dict");
        foreach (var known in PretrainedWeights.Of(one.Name))
            table.Add("", $"{known.Name}, {known.Accuracy.TopOne:0.0##} %{(known.IsNonCommercial ? $", {known.Licence}: NOT FOR COMMERCIAL USE" : "")}");
        if (one.HasAuxiliaryHeads) table.Add("Auxiliary heads", "in training, as part of the loss: --set auxiliary-heads=0.3");
        table.Write(Terminal.Output);
        Terminal.Output.WriteLine();
        Terminal.Output.WriteLine($"Its layers:   featuremap summary {one.Name}");
        if (one.Classes is not null && network.Output.IsVector) Terminal.Output.WriteLine($"Train it:     featuremap train RECIPE --set network={one.Name}");
        if (PretrainedWeights.Of(one.Name).Count > 0) Terminal.Output.WriteLine($"Get weights:  featuremap weights get {one.Name}");
        if (one.TorchvisionNames is null) return;
        Terminal.Output.WriteLine($"Fine-tune:    featuremap train RECIPE --set network={one.Name} "
            + "--set weights=FILE.pth --set fresh-head=true");
        Terminal.Output.WriteLine($"As ONNX:      featuremap export {one.Name} --weights FILE.pth --onnx {one.Name}.onnx");
    }

    private static JsonObject Describe(Architecture one, Network network)
    {
        var field = Architecture.FieldOf(network);
        return new JsonObject
        {
            ["name"] = one.Name,
            ["description"] = one.Description,
            ["paper"] = one.Paper,
            ["image"] = Sizes(network.Input),
            ["output"] = Sizes(network.Output),
            ["parameters"] = network.TrainableCount,
            ["fixedParameters"] = network.FixedCount,
            ["parametersSource"] = one.Parameters.Source,
            ["multiplyAdds"] = network.MultiplyAdds,
            ["multiplyAddsSource"] = one.MultiplyAdds.Source,
            ["receptiveField"] = new JsonObject { ["size"] = Terminal.Number(field.Vertical.Size), ["stride"] = Terminal.Number(field.Vertical.Stride) },
            ["torchvisionWeights"] = one.TorchvisionNames is not null && one.NamesOf == "torchvision",
            ["namesOf"] = one.TorchvisionNames is null ? null : one.NamesOf,
            ["topOne"] = one.Accuracy?.TopOne,
            ["topOneSource"] = one.Accuracy?.Source,
            ["weights"] = new JsonArray([.. PretrainedWeights.Of(one.Name).Select(known => (JsonNode)known.Name)]),
            ["auxiliaryHeads"] = one.HasAuxiliaryHeads,
        };
    }

    private static JsonArray Sizes(Shape shape) => [shape.Channels, shape.Height, shape.Width];

    private static string Field(Network network)
    {
        var field = Architecture.FieldOf(network);
        return $"{field.Vertical.Size:0.##}/{field.Vertical.Stride:0.##}";
    }

    /// <summary>Three digits and a unit: 25.6 M.</summary>
    private static string Short(long count) => count switch
    {
        >= 1_000_000_000 => Text(count / 1e9, "G"),
        >= 1_000_000 => Text(count / 1e6, "M"),
        _ => Text(count / 1e3, "k"),
    };

    private static string Text(double value, string unit) => $"{value.ToString(value >= 100 ? "0" : value >= 10 ? "0.0" : "0.00", CultureInfo.InvariantCulture)} {unit}";
}
