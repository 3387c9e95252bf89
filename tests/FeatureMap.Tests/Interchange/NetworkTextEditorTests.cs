using FeatureMap.Interchange;
using FeatureMap.Networks;
using FeatureMap.Ops;
using FeatureMap.Randomness;
using Xunit;

namespace FeatureMap.Tests.Interchange;

/// <summary>Lines of a network's text are changed, and everything else stays as it was written.</summary>
public sealed class NetworkTextEditorTests
{
    private const string Text = """
        # a small network
        input: 1x8x8
        conv1:  Conv2d channels=4 kernel=3 padding=1   # edges
        Relu
        # the shortcut
        sum: Add(relu1, conv1)
        GlobalAveragePool
        Linear outputs=3
        """;

    private static readonly string Unix = Text.ReplaceLineEndings("\n");

    [Fact]
    public void A_layer_is_put_behind_a_line_and_taken_out_again()
    {
        var more = NetworkTextEditor.Insert(Unix, 3, "BatchNorm");
        Assert.Equal(Unix.Replace("# edges\n", "# edges\nbatchNorm1: BatchNorm\n", StringComparison.Ordinal)
            .Replace("Add(relu1, conv1)", "Add(relu1, batchNorm1)", StringComparison.Ordinal), more);
        Assert.Equal(Unix, NetworkTextEditor.Remove(more, 4));
        // Where nobody names the layer, the line stands as it is.
        Assert.Contains("\nGlobalAveragePool\nTanh\nLinear", NetworkTextEditor.Insert(Unix, 7, "Tanh"), StringComparison.Ordinal);
        Assert.EndsWith("\nLinear outputs=3\nSoftmax", NetworkTextEditor.Insert(Unix, 0, "Softmax"), StringComparison.Ordinal);
        Assert.Contains("\ninput: 1x8x8\nAbs\nconv1:", NetworkTextEditor.Insert(Unix, 2, "Abs"), StringComparison.Ordinal);
    }

    /// <summary>Who reads a join, with brackets or without, reads one of its inputs: the line before it, or else the first.</summary>
    [Theory]
    [InlineData("input: 1x8x8\nconv1: Conv2d channels=1 kernel=3 padding=1\nsum: Add(input, conv1)\nRelu  # last\nAdd(sum, relu1)",
        "input: 1x8x8\nconv1: Conv2d channels=1 kernel=3 padding=1\nRelu  # last\nAdd(conv1, relu1)")]
    [InlineData("input: 1x8x8\nRelu\nAbs(input)\nsum: Add(relu1, input)\n# a comment\nLeakyRelu slope=0.1\nAdd(leakyRelu1, abs1)",
        "input: 1x8x8\nRelu\nAbs(input)\n# a comment\nLeakyRelu(relu1) slope=0.1\nAdd(leakyRelu1, abs1)")]
    [InlineData("input: 1x8x8\nRelu\nAdd(relu1, input)\nTanh", "input: 1x8x8\nRelu\nTanh")]
    public void A_join_that_is_taken_out_leaves_one_of_its_inputs(string text, string expected)
    {
        var line = text.Split('\n').ToList().FindIndex(one => one.Contains("Add(", StringComparison.Ordinal)) + 1;
        var removed = NetworkTextEditor.Remove(text, line);
        Assert.Equal(expected, removed);
        Assert.Null(NetworkText.Read(removed).Problem);
    }

    [Fact]
    public void A_copy_reads_the_original_and_is_read_in_its_place()
    {
        var copied = NetworkTextEditor.Copy(Unix, 3);
        Assert.Contains("# edges\nconv2: Conv2d channels=4 kernel=3 padding=1   # edges\nRelu\n", copied, StringComparison.Ordinal);
        Assert.Contains("sum: Add(relu1, conv2)", copied, StringComparison.Ordinal);
        Assert.Equal(6, NetworkText.Parse(copied).Layers.Count - 1);
        Assert.Contains("sum: Add(relu1, conv1)\nsum1: Add(sum, conv1)\n", NetworkTextEditor.Copy(Unix, 6), StringComparison.Ordinal);
    }

    [Fact]
    public void Lines_change_places_and_comments_stay()
    {
        var (text, line) = NetworkTextEditor.Move(Unix, 4, isUp: true);
        Assert.Equal(3, line);
        Assert.StartsWith("# a small network\ninput: 1x8x8\nRelu\nconv1:", text, StringComparison.Ordinal);
        Assert.Equal((Unix, 4), NetworkTextEditor.Move(text, 3, isUp: false));
        Assert.Equal((Unix, 3), NetworkTextEditor.Move(Unix, 3, isUp: true)); // above stands the input
        Assert.Equal((Unix, 8), NetworkTextEditor.Move(Unix, 8, isUp: false));
        Assert.Equal((Unix, 99), NetworkTextEditor.Move(Unix, 99, isUp: true));
        Assert.Equal(Unix, NetworkTextEditor.Remove(Unix, 2));
        Assert.Equal(Unix, NetworkTextEditor.Copy(Unix, 5));
    }

    [Fact]
    public void Changes_of_the_network_touch_the_lines_that_they_are_about()
    {
        var bare = NetworkTextEditor.Apply(Unix, [NetworkEdit.Set("conv1", "bias", false)]);
        Assert.Equal(Unix.Replace("conv1:  Conv2d channels=4 kernel=3 padding=1   # edges",
            "conv1: Conv2d channels=4 kernel=3 padding=1 bias=false  # edges",
            StringComparison.Ordinal), bare);
        var more = NetworkTextEditor.Apply(Unix, [NetworkEdit.InsertBehind("conv1", new BatchNorm())]);
        Assert.Equal("""
            # a small network
            input: 1x8x8
            conv1:  Conv2d channels=4 kernel=3 padding=1   # edges
            batchNorm1: BatchNorm
            relu1: Relu
            # the shortcut
            sum: Add(relu1, batchNorm1)
            globalAveragePool1: GlobalAveragePool
            linear1: Linear outputs=3
            """.ReplaceLineEndings("\n"), more);
        Assert.Throws<DataException>(() => NetworkTextEditor.Apply("nothing", []));
    }

    /// <summary>Whatever is done to whatever text, the editor gives a text; of a network it keeps every line that it was not told to
    /// change.</summary>
    [Fact]
    public void No_text_makes_it_fall()
    {
        var random = new RandomSequence(33, RandomPurpose.Testing);
        string[] starts =
            [Unix, NetworkText.Write(SampleNetworks.Branched()), "", "\n\n", "input: 3", "x", "# only a comment", "Relu\nRelu(",
                "input: 1x8x8\n(", "a: b: c"];
        foreach (var start in starts)
        {
            var text = start;
            for (var i = 0; i < 40; i++)
            {
                var line = random.NextInt(12) - 1;
                text = random.NextInt(5) switch
                {
                    0 => NetworkTextEditor.Insert(text, line, random.NextInt(2) == 0 ? "Relu" : "( nonsense"),
                    1 => NetworkTextEditor.Copy(text, line),
                    2 => NetworkTextEditor.Remove(text, line),
                    3 => NetworkTextEditor.Move(text, line, isUp: true).Text,
                    _ => NetworkTextEditor.Move(text, line, isUp: false).Text,
                };
            }
            NetworkText.Read(text);
        }
    }
}
