using FeatureMap.Interchange;
using FeatureMap.Ops;
using FeatureMap.Randomness;
using FeatureMap.Workbench;
using Xunit;

namespace FeatureMap.Tests.Interchange;

/// <summary>Blocks are the text: what is written in their fields is the same network, and what is wrong stands at its line.</summary>
public sealed class NetworkBlockTests
{
    private const string Small = "# small\ninput: 1x8x8\nconv1:  Conv2d channels=4 kernel=3  padding=1   # edges\nRelu\n\n"
        + "sum: Add(relu1, conv1)\nGlobalAveragePool\nLinear outputs=3";

    public static TheoryData<string> Known => NetworkTextTests.Known;

    /// <summary>
    /// Every field of every block is written once as it shows, and each name and input, too: no line says anything else afterwards.
    /// </summary>
    [Theory]
    [MemberData(nameof(Known))]
    public void Blocks_give_the_text_of_every_recipe_and_architecture_back(string name)
    {
        var network = RunInput.Network(name).Network;
        var text = NetworkText.Write(network);
        var blocks = NetworkBlock.Of(text);
        Assert.Equal(network.Layers.Select(layer => layer.Name), blocks.Select(block => block.Name));
        Assert.Equal(network.Layers.Skip(1).Select(layer => layer.Op!.Name), blocks.Skip(1).Select(block => block.Op));
        var lines = new List<string> { blocks[0].Text };
        foreach (var block in blocks.Skip(1))
        {
            Assert.Null(block.Problem);
            var own = $"input: 1\n{block.Text}";
            foreach (var field in block.Fields)
            {
                // What is left out is usual, and what is usual may be said.
                own = NetworkTextEditor.Set(own, 2, field.Name, field.Text.Length > 0 ? field.Text : field.Usual!);
                Assert.True(field.Choices.Count == 0 || field.Choices.Contains(field.Text.Length > 0 ? field.Text : field.Usual!));
            }
            own = NetworkTextEditor.SetInputs(own, 2, block.Inputs ?? []);
            lines.Add(NetworkTextEditor.Rename(own, 2, block.Name).Split('\n')[1]);
        }
        Assert.Equal(NetworkFile.ToJson(network), NetworkFile.ToJson(NetworkText.Parse(string.Join('\n', lines))));
        Assert.Equal(blocks.Skip(1).Select(block => block.Inputs is null ? "" : string.Join(",", block.Inputs)),
            NetworkBlock.Of(string.Join('\n', lines)).Skip(1)
                .Select(block => block.Inputs is null ? "" : string.Join(",", block.Inputs)));
    }

    /// <summary>No op has a setting that its block does not show with what it may be.</summary>
    [Fact]
    public void Every_setting_of_every_op_has_a_field()
    {
        foreach (var name in NetworkFile.OpNames)
        {
            var op = NetworkFile.FindOp(name)!.Cases[0].Op;
            var settings = string.Concat(op.SettingValues.Where(setting => setting.Name == "layer")
                .Select(setting => $" layer={setting.Value}"));
            var fields = NetworkBlock.Of($"input: 1x8x8\n{name}{settings}")[1].Fields;
            Assert.Equal(op.SettingValues.Select(setting => setting.Name), fields.Select(field => field.Name));
            Assert.All(fields, field => Assert.NotEmpty(field.Expected));
        }
    }

    [Fact]
    public void A_field_changes_its_place_in_the_line_and_nothing_else()
    {
        Assert.Equal(Small.Replace("kernel=3 ", "kernel=5x3 "
            + "", StringComparison.Ordinal), NetworkTextEditor.Set(Small, 3, "kernel", " 5x3 "));
        Assert.Equal(Small.Replace("  padding=1   #", "   #", StringComparison.Ordinal), NetworkTextEditor.Set(Small, 3, "padding", ""));
        Assert.Equal(Small.Replace("padding=1 ", "padding=1 bias=false ", StringComparison.Ordinal),
            NetworkTextEditor.Set(Small, 3, "bias", "false"));
        Assert.Equal(Small.Replace("(relu1, conv1)", "(relu1, conv1) x=1", StringComparison.Ordinal),
            NetworkTextEditor.Set(Small, 6, "x", "1"));
        Assert.Equal(Small, NetworkTextEditor.Set(Small, 3, "bias", ""));
        Assert.Equal(Small, NetworkTextEditor.Set(Small, 2, "bias", "false")); // the input
        // What would be more than a value is one text, and told as such when it is read.
        var odd = NetworkTextEditor.Set(Small, 3, "kernel", "3 stride=2 # no");
        Assert.Contains("kernel=\"3 stride=2 # no\"", odd, StringComparison.Ordinal);
        Assert.Contains("received \"3 stride=2 # no\"", NetworkBlock.Of(odd)[1].Problem, StringComparison.Ordinal);
        Assert.Contains("initializer=\"uniform 0.05\"", NetworkTextEditor.Set(Small, 3, "initializer", "uniform 0.05"),
            StringComparison.Ordinal);
        Assert.Throws<UsageException>(() => NetworkTextEditor.Set(Small, 3, "kernel", "\"3"));
        Assert.Throws<UsageException>(() => NetworkTextEditor.Set(Small, 3, "ker nel", "3"));
    }

    [Fact]
    public void A_name_goes_along_with_those_who_read_it()
    {
        Assert.Equal(Small.Replace("conv1", "edges/1", StringComparison.Ordinal), NetworkTextEditor.Rename(Small, 3, "edges/1"));
        Assert.Equal(Small.Replace("Relu\n", "bend: Relu\n", StringComparison.Ordinal).Replace("(relu1", "(bend", StringComparison.Ordinal),
            NetworkTextEditor.Rename(Small, 4, "bend"));
        Assert.Equal(Small.Replace("sum: Add", "Add", StringComparison.Ordinal), NetworkTextEditor.Rename(Small, 6, ""));
        var named = NetworkTextEditor.Rename(Small, 4, "bend");
        Assert.Equal(Small, NetworkTextEditor.Rename(named, 4, ""));
        Refused(() => NetworkTextEditor.Rename(Small, 6, "conv1"), "line 3");
        Assert.Throws<UsageException>(() => NetworkTextEditor.Rename(Small, 6, "a: b"));
        Assert.Throws<UsageException>(() => NetworkTextEditor.Rename(Small, 6, "input"));
    }

    [Fact]
    public void A_skip_joins_a_layer_with_an_earlier_one()
    {
        var text = "input: 1x8x8\nConv2d channels=4 kernel=3 padding=1\nRelu\nConv2d channels=4 kernel=3 padding=1\nRelu\nFlatten";
        var skipped = NetworkTextEditor.Branch(text, 4, "conv1");
        Assert.Equal(text.Replace("padding=1\nRelu\nFlatten", "padding=1\nadd1: Add(conv2, conv1)\nRelu\nFlatten",
            StringComparison.Ordinal), skipped);
        Assert.Equal(["conv2", "conv1"],
            NetworkText.Parse(skipped)["add1"].Inputs.Select(input => NetworkText.Parse(skipped).Layers[input].Name));
        // Who named the layer names the sum.
        var twice = NetworkTextEditor.Branch(skipped, 4, "relu1", "Concat");
        Assert.Contains("concat1: Concat(conv2, relu1)\nadd1: Add(concat1, conv1)", twice, StringComparison.Ordinal);
        Refused(() => NetworkTextEditor.Branch(text, 4, "conv1", "Relu"), "Add");
        Refused(() => NetworkTextEditor.Branch(text, 4, "conv3"), "conv3");
        Assert.Throws<UsageException>(() => NetworkTextEditor.Branch(text, 4, "conv2"));
        Assert.Equal(text, NetworkTextEditor.Branch(text, 1, "conv1"));
    }

    /// <summary>A layer that has its name by itself keeps it where somebody reads it by that name.</summary>
    [Fact]
    public void Who_reads_a_layer_reads_it_after_any_change()
    {
        const string text = "input: 4x8x8\nRelu\nConv2d channels=4 kernel=1\nRelu\nConv2d channels=4 kernel=1\nAdd(conv2, relu2)\nFlatten";
        static string[] Read(string changed)
        {
            var network = NetworkText.Parse(changed);
            var sum = network.Layers.Single(layer => layer.Op is Add);
            return [.. sum.Inputs.Select(input => network.Layers[network.Layers[input].Inputs[0]].Op?.Name ?? "image")];
        }
        Assert.Equal(["Relu", "Conv2d"], Read(text));
        Assert.Equal(["Relu", "Conv2d"], Read(NetworkTextEditor.Insert(text, 1, "Relu")));
        Assert.Equal(["Relu", "Conv2d"], Read(NetworkTextEditor.Remove(text, 2)));
        Assert.Equal(["Relu", "Conv2d"], Read(NetworkTextEditor.Copy(text, 3)));
        Assert.Equal(["Relu", "Conv2d"],
            Read(NetworkTextEditor.Set(NetworkTextEditor.Insert(text, 1, "Conv2d channels=4 kernel=1"), 2, "bias", "false")));
        Assert.Contains("relu2: Relu", NetworkTextEditor.Remove(text, 2), StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_wrong_stands_at_its_block()
    {
        var blocks = NetworkBlock.Of("input: 1x8x8\nConv2d channels=4 kernel=\nRelu(\nConv channels=4 kernel=3 strid=2\nNothing\n"
            + "Relu slope=1\n# comment\n");
        Assert.Equal(["input", "", "", "conv1", "", "relu1"], blocks.Select(block => block.Name));
        Assert.Equal([1, 2, 3, 4, 5, 6], blocks.Select(block => block.Line));
        Assert.Equal([null, "line 2", "line 3", "strid", "Nothing", "slope"], blocks.Select(block =>
            block.Problem is { } problem ? new[] { "strid", "slope", "Nothing", $"line {block.Line}" }.First(word =>
                problem.Contains(word, StringComparison.Ordinal)) : null));
        Assert.Equal("2", blocks[3].Fields[^1].Text);
        Assert.Equal(("strid", ""), (blocks[3].Fields[^1].Name, blocks[3].Fields[^1].Usual));
        Assert.Empty(NetworkBlock.Of(""));
    }

    /// <summary>The names that blocks show are those that the network has, whatever was done to the text.</summary>
    [Fact]
    public void Names_are_those_of_the_network_after_random_changes()
    {
        var random = new RandomSequence(18, RandomPurpose.Testing);
        string[] layers = ["Relu", "Conv2d channels=4 kernel=1", "relu7: Relu", "WeightNorm layer=Conv2d channels=4 kernel=1", "BatchNorm",
            "conv2: Conv2d channels=4 kernel=1"];
        var read = 0;
        for (var round = 0; round < 60; round++)
        {
            var text = "input: 4x8x8\nConv2d channels=4 kernel=1\nRelu\nsum: Add(conv1, relu1)\nFlatten";
            for (var i = 0; i < 12; i++)
            {
                var line = 1 + random.NextInt(8);
                try
                {
                    text = random.NextInt(7) switch
                    {
                        0 or 1 => NetworkTextEditor.Insert(text, line, layers[random.NextInt(layers.Length)]),
                        2 => NetworkTextEditor.Copy(text, line),
                        3 => NetworkTextEditor.Remove(text, line),
                        4 => NetworkTextEditor.Move(text, line, random.NextInt(2) == 0).Text,
                        5 => NetworkTextEditor.Branch(text, line, $"relu{1 + random.NextInt(3)}"),
                        _ => NetworkTextEditor.Rename(text, line, random.NextInt(2) == 0 ? "" : $"own{random.NextInt(4)}"),
                    };
                }
                catch (UsageException)
                {
                    continue; // no such layer, or a name that is taken
                }
                if (NetworkText.Read(text) is not { Network: { } network, Lines: var lines }) continue;
                read++;
                foreach (var block in NetworkBlock.Of(text).Skip(1))
                    Assert.Equal(block.Line, lines[block.Name]);
                Assert.Equal(network.Layers.Count, NetworkBlock.Of(text).Count);
            }
        }
        Assert.InRange(read, 50, 720);
    }

    private static void Refused(Func<string> change, string word) =>
        Assert.Contains(word, Assert.Throws<UsageException>(change).Message, StringComparison.Ordinal);
}
