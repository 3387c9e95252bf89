using System.Globalization;
using System.Text;
using FeatureMap.Data;
using FeatureMap.Interchange;
using FeatureMap.Tests.Data;
using FeatureMap.Tests.Interchange;
using Xunit;

namespace FeatureMap.Tests.Cli;

/// <summary>
/// Names of classes, files and nodes that would act on a terminal, through the real tool: nothing that is not seen comes out, in no
/// command.
/// </summary>
public sealed class HostileNamesTests : IDisposable
{
    private static readonly string[] Classes =
        ["a\u001b[31mred\u0007", "b\nerror: a line that nobody wrote", "c\u202egpj.exe\u2066x", "d\u200bzero\u00ad", "e<b>[bold]&amp;", "f\r\u001b]0;title\u0007"];

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task No_command_lets_them_act()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Names of files of Linux and macOS.");
        var data = folder["photos\u001b[2J\n"];
        for (var k = 0; k < 60; k++)
            folder.Write(Path.Combine(data, Classes[k % 6], $"im\u001b[5m{k}.png"), PngWriter.Write(Idx.Noise(784, (uint)k), new Shape(1, 28, 28)));
        var image = Directory.GetFiles(Path.Combine(data, Classes[0]))[0];

        var info = await Right("data", "info", data);
        Assert.Contains("a\\u001B[31mred\\u0007  ", info.Output, StringComparison.Ordinal);
        Assert.Contains("b\\u000Aerror: a line that nobody wrote", info.Output, StringComparison.Ordinal);
        Assert.Single(info.Output.Split(Environment.NewLine).Where(line => line.StartsWith("    ", StringComparison.Ordinal) && char.IsAsciiDigit(line[4])).Select(line => line.Length).Distinct()); // columns stay columns
        var json = await Right("data", "info", data, "--json");
        Assert.Equal(Classes, json.Json.GetProperty("found").GetProperty("classes").EnumerateArray().Select(one => one.GetProperty("name").GetString()));

        var trained = await Right("train", "--data", data, "--epochs", "1", "--threads", "1", "--out", folder["runs\u001b\u202e"]);
        var run = Assert.Single(Directory.GetDirectories(folder["runs\u001b\u202e"]));
        Assert.Contains("  featuremap evaluate "
            + $"$'{folder.Location}/runs\\u001B\\u202E/{Path.GetFileName(run)}'", trained.Output, StringComparison.Ordinal);
        foreach (var command in (string[][])[
            ["evaluate", run], ["evaluate", run, "--json"], ["predict", run, image], ["predict", run, image, "--json"], ["inspect", run, image], ["summary", run], ["summary", run, "--json"],
            ["lint", run], ["lint", run, "--json"], ["report", run], ["train", "--resume", run], ["export", run, "--onnx", folder["x\u001b\n.onnx"]], ["predict", folder["x\u001b\n.onnx"], image]])
            await Right(command);
        foreach (var command in (string[][])[["predict", run, folder["none\u001b[1m\n.png"]], ["evaluate", folder["none\u202e"]], ["train", "re\u001bcipe"], ["tra\nin"], ["recipes", "--se\u0007t"]])
        {
            var (code, text) = await Run(command);
            Assert.NotEqual(0, code.Code);
            Assert.StartsWith("error: ", text, StringComparison.Ordinal);
        }
        Assert.All(Directory.GetFiles(run, "*.html"), page => AssertVisible(File.ReadAllText(page)));
    }

    [Fact]
    public async Task Names_in_an_onnx_file_a_network_and_a_configuration_do_not_act()
    {
        var bytes = OnnxFile.ToBytes(OnnxSamples.Model(SampleNetworks.Plain(), Classes), new OnnxExportOptions());
        Replace(bytes, "Conv"u8, "\u001b[5m"u8); // the operator; names of nodes hold it too
        var file = folder.Write("evil.onnx", bytes);
        var network = folder.Write("network.json", Encoding.UTF8.GetBytes(NetworkFile.ToJson(SampleNetworks.Plain()).Replace("\"Relu\"", "\"Re\\u001b\\u202elu\\n\"", StringComparison.Ordinal)));
        var run = folder.Write("run/config.json", "{ \"ver\\u001b[0m\\u202e\": 1 }"u8.ToArray());
        foreach (var command in (string[][])[["summary", file], ["lint", file], ["summary", network], ["evaluate", Path.GetDirectoryName(run)!]])
        {
            var (result, text) = await Run(command);
            Assert.Equal(1, result.Code);
            Assert.Contains("\\u001B", text, StringComparison.Ordinal);
            Assert.Single(text.TrimEnd().Split('\n'));
        }
    }

    private static async Task<ToolResult> Right(params string[] command)
    {
        var (result, text) = await Run(command);
        Assert.True(result.Code == 0, string.Join(' ', command) + ": " + text);
        return result;
    }

    private static async Task<(ToolResult Result, string Text)> Run(params string[] command)
    {
        using var process = Tool.Start(new Dictionary<string, string>(), command);
        var result = await Tool.Finish(process);
        var text = result.Output + result.Error;
        AssertVisible(text);
        return (result, text);
    }

    private static void AssertVisible(string text) => Assert.DoesNotContain(text.EnumerateRunes(), rune =>
        rune.Value is not ('\n' or '\r') && Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator);

    private static void Replace(byte[] bytes, ReadOnlySpan<byte> old, ReadOnlySpan<byte> other)
    {
        for (int at = 0, found; (found = bytes.AsSpan(at).IndexOf(old)) >= 0; at += found + old.Length)
            other.CopyTo(bytes.AsSpan(at + found));
    }
}
