using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using FeatureMap.Reports;
using FeatureMap.Training;
using FeatureMap.Workbench;
using Xunit;

namespace FeatureMap.Tests.Studio;

/// <summary>
/// The page of a run inside its layers and through its epochs: page, part and data, with history, without and with a damaged one.
/// </summary>
public sealed partial class InsightTests(RunsStudio studio) : IClassFixture<RunsStudio>
{
    [Fact]
    public async Task The_epoch_of_the_address_decides_what_is_shown_and_data_say_the_same()
    {
        var folder = studio.Train(seed: 7, epochs: "3").Folder;
        var id = RunCatalogue.Prefix + folder.Name;
        var history = new RunHistory(folder.Location);
        var pages = new List<string>();
        for (var number = 1; number <= 3; number++)
        {
            var (page, data) = (await studio.Page($"/runs/{id}?epoch={number}"), await studio.Data($"/runs/{id}?epoch={number}"));
            var (own, kept) = (data["history"]!, history.Read(number));
            Assert.Equal((number, 3), ((int)own["epoch"]!, own["kept"]!.AsArray().Count));
            Assert.Contains($"<strong id=\"epoch-shown\">after epoch {number}</strong>", page, StringComparison.Ordinal);
            // The matrix: each cell of the page is that of the file.
            Assert.Equal(kept.Confusion.Select(one => (one.Truth, one.Answer, one.Images)), own["confusion"]!.AsArray().Select(one =>
                ((int)one![0]!, (int)one[1]!, (int)one[2]!)));
            var cells = Cell().Matches(page).Select(match => int.Parse(match.Groups[1].Value, NumberStyles.AllowThousands,
                CultureInfo.InvariantCulture)).ToList();
            Assert.Equal(100, cells.Count);
            foreach (var one in kept.Confusion) Assert.Equal(one.Images, cells[(one.Truth * 10) + one.Answer]);
            Assert.Equal(kept.Confusion.Sum(one => one.Images), cells.Sum());
            var right = kept.Confusion.Where(one => one.Truth == one.Answer).Sum(one => one.Images);
            Assert.Contains($"id=\"history-right\">{ReportText.Count(right)} of {ReportText.Count(cells.Sum())} validation", page,
                StringComparison.Ordinal);
            // Answers, kernels, maps.
            Assert.Equal(10, own["samples"]!.AsArray().Count);
            foreach (var (sample, at) in own["samples"]!.AsArray().Select((one, at) => (one!, at)))
                Assert.All(sample["answer"]!.AsArray().Zip(kept.Answers[at]), pair => Assert.Equal(pair.Second, (float)pair.First!, 1e-4f));
            Assert.Equal(kept.Kernels!.Weights.Count, own["kernels"]!["weights"]!.AsArray().Count);
            Assert.Equal(kept.Maps.Select(map => map.Layer), own["maps"]!.AsArray().Select(map => (string)map!["layer"]!));
            Assert.All(kept.Maps, map => Assert.Contains(map.Layer, page, StringComparison.Ordinal));
            Assert.Equal(4, page.Split("class=\"maps\"").Length - 1);
            pages.Add(page);
        }
        Assert.Equal(3, pages.Select(page => Picture().Match(page).Value).Distinct().Count());
        // Without a number it is the newest, which is the canonical address of the last epoch too.
        Assert.Equal(pages[2], await studio.Page($"/runs/{id}"));
        Assert.DoesNotContain("epoch=3", Query().Match(pages[2]).Value, StringComparison.Ordinal);
        Assert.Contains("data-query=\"epoch=1\"", pages[0], StringComparison.Ordinal);
        Assert.Equal(pages[2], await studio.Page($"/runs/{id}?epoch=99"));
        // Without a script: the number is part of the form, and the neighbours are links.
        Assert.Matches("<input type=\"number\" form=\"controls\" id=\"c-epoch\" name=\"epoch\"", pages[0]);
        Assert.Contains($"href=\"/runs/{id}?epoch=2\">epoch 2</a>", WebUtility.HtmlDecode(pages[0]), StringComparison.Ordinal);
        // Charts of the layers stand in both.
        var layers = (await studio.Data($"/runs/{id}"))["layers"]!.AsArray();
        Assert.Equal([1, 2, 3], layers.Select(row => (int)row!["epoch"]!));
        Assert.All(layers[0]!["layers"]!.AsArray(), layer => Assert.True((double)layer!["gradientNorm"]! > 0));
        foreach (var title in (string[])["Gradient norm", "Update-to-weight ratio"])
            Assert.Contains($"<h3>{title}</h3>", pages[0], StringComparison.Ordinal);
        // Leaky units do not die.
        Assert.Contains("no activation whose units can die", pages[0], StringComparison.Ordinal);
        foreach (var axis in (string[])["step", "time"]) await studio.Page($"/runs/{id}?axis={axis}&epoch=2");
    }

    [Fact]
    public async Task A_run_without_history_says_so_and_a_damaged_one_names_the_file()
    {
        var folder = studio.Train(seed: 8, epochs: "2").Folder;
        var id = RunCatalogue.Prefix + folder.Name;
        var file = Path.Combine(folder.Location, RunHistory.FolderName, "epoch-00001.safetensors");
        var content = await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken);
        await File.WriteAllBytesAsync(file, content[..^7], TestContext.Current.CancellationToken);
        var page = await studio.Page($"/runs/{id}?epoch=1");
        Assert.Contains("history/epoch-00001.safetensors is cut short", page, StringComparison.Ordinal);
        Assert.DoesNotContain("What is taken for what", page, StringComparison.Ordinal);
        Assert.Contains("history/epoch-00001.safetensors", (string)(await studio.Data($"/runs/{id}?epoch=1"))["history"]!["problem"]!,
            StringComparison.Ordinal);
        Assert.Contains("What is taken for what", await studio.Page($"/runs/{id}"), StringComparison.Ordinal);

        // As an earlier version left it.
        Directory.Delete(Path.Combine(folder.Location, RunHistory.FolderName), recursive: true);
        await File.WriteAllLinesAsync(folder.LogPath, (await File.ReadAllLinesAsync(folder.LogPath, TestContext.Current.CancellationToken))
            .Where(line => !line.Contains("\"kind\":\"layers\"", StringComparison.Ordinal)), TestContext.Current.CancellationToken);
        page = await studio.Page($"/runs/{id}?epoch=1");
        Assert.Contains("This run has no history", page, StringComparison.Ordinal);
        Assert.Contains("This run has no measures of its layers", page, StringComparison.Ordinal);
        Assert.Contains("Kernels of conv1", page, StringComparison.Ordinal); // those of the model are shown instead
        var data = await studio.Data($"/runs/{id}?epoch=1");
        Assert.Empty(data["layers"]!.AsArray());
        Assert.Null(data["history"]!["epoch"]);
    }

    [Theory]
    [InlineData("epoch=-1")]
    [InlineData("epoch=x")]
    [InlineData("epoch=1&epoch=2")]
    public async Task An_epoch_that_is_none_is_refused(string query)
    {
        var (status, text, _) = await studio.Ask($"/runs/{studio.Ids[0]}?{query}", "application/json");
        Assert.Equal(400, status);
        Assert.NotEmpty((string)JsonNode.Parse(text)!["detail"]!);
    }

    [GeneratedRegex("<td class=\"[^\"]*\">([0-9,]+)</td>")]
    private static partial Regex Cell();

    [GeneratedRegex("<div id=\"history-kernels\">.*?</div>", RegexOptions.Singleline)]
    private static partial Regex Picture();

    [GeneratedRegex("data-query=\"[^\"]*\"")]
    private static partial Regex Query();
}
