using System.Net;
using System.Text.Json.Nodes;
using FeatureMap.Interchange;
using FeatureMap.Workbench;
using Xunit;

namespace FeatureMap.Tests.Studio;

/// <summary>The blocks of Design: the same network as the text, in both directions, with a script, and without one.</summary>
public sealed class DesignBlockTests(DesignStudio studio) : IClassFixture<DesignStudio>
{
    private const string Text =
        "input: 1x28x28\nconv1: Conv2d channels=8 kernel=3\nBatchNorm\nRelu\nGlobalAveragePool\nLinear outputs=10\n";

    [Fact]
    public async Task Blocks_are_the_lines_of_the_text()
    {
        foreach (var name in (string[])["mnist-20k", "resnet-18", "passthrough-13"])
        {
            var network = RunInput.Network(name).Network;
            var json = await studio.Data($"/design?template={name}&block=2");
            var blocks = json["blocks"]!.AsArray();
            Assert.Equal(network.Layers.Select(layer => layer.Name), blocks.Select(block => (string)block!["name"]!));
            Assert.All(blocks, block => Assert.Null(block!["problem"]));
            Assert.Equal([2], blocks.Where(block => block!["fields"] is not null).Select(block => (int)block!["line"]!));
            var page = await studio.Page($"/design?template={name}&block=2");
            Assert.Equal(network.Layers.Count, page.Split("class=\"block-head\"").Length - 1);
            Assert.Single(page.Split("aria-expanded=\"true\"")[1..]);
            foreach (var setting in blocks[1]!["fields"]!.AsArray())
                Assert.Contains($"name=\"f.{setting!["name"]}\"", page, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("set:2:kernel=5", "conv1: Conv2d channels=8 kernel=5\n", 2)]
    [InlineData("set:2:bias=false", "kernel=3 bias=false\n", 2)]
    [InlineData("name:2:stem", "stem: Conv2d channels=8 kernel=3\n", 2)]
    [InlineData("inputs:4:conv1", "BatchNorm\nRelu(conv1)\n", 4)]
    [InlineData("write:1:input: 3x32x32", "input: 3x32x32\nconv1", 1)]
    [InlineData("branch:4:Add:conv1", "Relu\nadd1: Add(relu1, conv1)\nGlobal", 5)]
    [InlineData("down:3", "Relu\nBatchNorm\n", 4)]
    public async Task An_edit_of_a_block_changes_the_text_and_stays_with_it(string edit, string expected, int line)
    {
        var at = int.Parse(edit.Split(':')[1], System.Globalization.CultureInfo.InvariantCulture);
        var answer = await studio.Post("/api/design/edit", new() { ["text"] = Text, ["edit"] = edit, ["block"] = at, ["html"] = true });
        var text = (string)answer["text"]!;
        Assert.Contains(expected, text, StringComparison.Ordinal);
        Assert.Equal((line, line), ((int)answer["line"]!, (int)answer["block"]!));
        Assert.StartsWith("<section id=\"stack\"", (string)answer["stack"]!, StringComparison.Ordinal);
        Assert.Contains($"<li id=\"block-{line}\" class=\"block open", (string)answer["stack"]!, StringComparison.Ordinal);
        // The address alone opens the same block of the same text.
        var again = await studio.Data($"/design?{answer["query"]}");
        Assert.Equal((text, line), ((string)again["text"]!, (int)again["block"]!));
    }

    [Fact]
    public async Task Another_block_stays_open_where_it_is_now()
    {
        foreach (var (edit, block) in ((string, int)[])[("copy:2", 5), ("remove:2", 3), ("add:3:Relu", 5), ("down:3", 3),
            ("set:2:kernel=5", 4), ("copy:5", 4), ("fix:bias-bn:conv1", 0)])
            Assert.Equal(block, (int)(await studio.Post("/api/design/edit",
                new() { ["text"] = Text, ["edit"] = edit, ["block"] = 4 }))["block"]!);
    }

    [Fact]
    public async Task A_half_edit_is_told_at_its_block()
    {
        foreach (var (edit, line, word) in ((string, int, string)[])[("set:2:kernel=", 2, "kernel"), ("set:2:kernel=3x", 2, "3x"),
            ("set:2:kernel=99", 2, "99"), ("inputs:4:conv9", 4, "conv9"), ("write:3:Batch Norm", 3, "Norm")])
        {
            var answer = await studio.Post("/api/design/edit",
                new() { ["text"] = Text, ["edit"] = edit, ["block"] = line, ["html"] = true });
            var stack = (string)answer["stack"]!;
            Assert.Contains($"id=\"fault-{line}\"", stack, StringComparison.Ordinal);
            Assert.Contains(word, stack[stack.IndexOf($"id=\"fault-{line}\"", StringComparison.Ordinal)..], StringComparison.Ordinal);
            Assert.Single(stack.Split(" faulty\"")[1..]);
            Assert.Contains($"aria-invalid=\"true\" aria-describedby=\"fault-{line}\"", stack, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Without_a_script_the_fields_of_the_open_block_count_with_every_button()
    {
        const string was = "conv1: Conv2d channels=8 kernel=3";
        async Task<JsonNode> Sent(string text, string more)
        {
            var (status, page, answer) = await studio.Ask(
                $"/design?text={Uri.EscapeDataString(text)}&block=2&edit=&b.was={Uri.EscapeDataString(was)}{more}");
            Assert.True(status == HttpStatusCode.SeeOther, page);
            return await studio.Data(answer.Headers.Location!.ToString());
        }
        const string fields = "&f.channels=12&f.kernel=5&f.bias=false&b.name=stem&b.inputs=&f.stride=";
        const string changed = "stem: Conv2d channels=12 kernel=5 bias=false\n";
        Assert.Contains(changed, (string)(await Sent(Text, fields + "&edit=set%3A2"))["text"]!, StringComparison.Ordinal);
        Assert.Contains(changed, (string)(await Sent(Text, fields))["text"]!, StringComparison.Ordinal); // the button of the text
        Assert.Contains("BatchNorm\n" + changed, (string)(await Sent(Text, fields + "&edit=down%3A2"))["text"]!, StringComparison.Ordinal);
        Assert.Contains("kernel=3\nDropout probability=0.1\nBatchNorm",
            (string)(await Sent(Text, "&edit=add%3A2&b.add=Dropout+probability%3D0.1"))["text"]!, StringComparison.Ordinal);
        var (_, _, branched) = await studio.Ask(
            $"/design?text={Uri.EscapeDataString(Text)}&block=4&b.was=Relu&b.by=Add&b.from=conv1&edit=branch%3A4");
        Assert.Contains("add1: Add(relu1, conv1)", (string)(await studio.Data(branched.Headers.Location!.ToString()))["text"]!,
            StringComparison.Ordinal);
        // The text of the line was written, too: unchanged fields give way to it, changed ones are refused aloud.
        var typed = Text.Replace("kernel=3", "kernel=7", StringComparison.Ordinal);
        Assert.Equal(typed, (string)(await Sent(typed, "&f.channels=8&f.kernel=3&b.name=conv1&b.inputs="))["text"]!);
        var page = await studio.Page($"/design?text={Uri.EscapeDataString(typed)}&block=2&b.was={Uri.EscapeDataString(was)}&f.channels=12");
        Assert.Contains("so the block is not taken over", page, StringComparison.Ordinal);
        Assert.Contains("kernel=7", page, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("set:2")]
    [InlineData("set:2:=3")]
    [InlineData("set:2:ker nel=3")]
    [InlineData("name:2:a b")]
    [InlineData("name:2:input")]
    [InlineData("inputs:2:a b")]
    [InlineData("branch:2")]
    [InlineData("branch:2:Add:relu1")]
    [InlineData("branch:4:Relu:conv1")]
    [InlineData("set:x:kernel=3")]
    public async Task Edits_that_cannot_be_are_refused(string edit)
    {
        var refused = await studio.Post("/api/design/edit", new() { ["text"] = Text, ["edit"] = edit }, HttpStatusCode.BadRequest);
        Assert.NotEmpty((string)refused["detail"]!);
    }

    [Fact]
    public async Task Fields_of_forms_have_no_place_in_an_edit()
    {
        await studio.Post("/api/design/check", new() { ["text"] = Text, ["f.kernel"] = "3" }, HttpStatusCode.BadRequest);
        var (status, _, _) = await studio.Ask("/design?f.kernel=3&block=2", "application/json");
        Assert.Equal(HttpStatusCode.OK, status); // the page says it
        Assert.Contains("b.was", await studio.Page("/design?f.kernel=3&block=2"), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.BadRequest, (await studio.Ask("/design?b.other=3", "application/json")).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await studio.Ask("/design?block=-1", "application/json")).Status);
        // A block that is not there is none.
        Assert.DoesNotContain("aria-expanded=\"true\"", await studio.Page("/design?block=999"), StringComparison.Ordinal);
    }

    /// <summary>Over all networks that a design may begin with: every block is opened and sent as it is, and the text stays.</summary>
    [Fact]
    public void Every_block_of_every_template_may_be_sent_as_it_is()
    {
        var shelf = new ModelShelf();
        var networks = new NetworkFolder(studio.Project);
        foreach (var template in DesignTemplate.All(shelf, networks))
        {
            var text = template.Text(shelf, networks);
            foreach (var block in NetworkBlock.Of(text).Skip(1).Where((_, number) => number % 31 == 0 || number < 8))
                foreach (var field in block.Fields)
                    Assert.Equal(text, DraftEdit.Parse($"set:{block.Line}:{field.Name}={field.Text}").Apply(new DesignRequest(text)).Text);
        }
    }
}
