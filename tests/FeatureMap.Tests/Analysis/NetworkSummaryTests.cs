using System.Text.Json;
using FeatureMap.Analysis;
using FeatureMap.Networks;
using Xunit;

namespace FeatureMap.Tests.Analysis;

public sealed class NetworkSummaryTests
{
    [Fact]
    public void The_first_network_of_the_course_has_its_known_counts()
    {
        var summary = KnownNetworks.FirstSession().Summary();
        Assert.Equal(68_260, summary.ParameterCount);
        Assert.Equal(68_260, summary.TrainableCount);
        Assert.Equal([320, 330, 67_610], summary.Rows.Where(row => row.Op == "Conv2d").Select(row => row.TrainableCount));
        // 26 x 26 x 32 x 9; 26 x 26 x 10 x 32; 10 x 26 x 26 x 10.
        Assert.Equal([194_688, 216_320, 67_600], summary.Rows.Where(row => row.Op == "Conv2d").Select(row => row.MultiplyAdds));
        Assert.Equal(478_608, summary.MultiplyAdds);
        Assert.Equal(68_260 * 4, summary.ParameterBytes);
        Assert.Equal(128L * 4 * (784 + (2 * 21_632) + (2 * 6_760) + 10 + 10), summary.ActivationBytes);
        Assert.Equal("Shape 10", $"Shape {summary.Rows[^1].Output}");
        Assert.Equal(28, summary.Rows[^2].Field.Vertical.Size);
    }

    [Fact]
    public void Vgg_convolution_costs_what_is_published()
    {
        // Conv 3 -> 32, 3x3, padding 1 at 224 x 224: 896 parameters, 43,352,064 multiply-adds without bias.
        var summary = Network.Build(Shape.Image(3, 224, 224), x => x.Conv(32, kernel: 3, padding: 1)).Summary(1);
        Assert.Equal((896, 43_352_064), (summary.ParameterCount, summary.MultiplyAdds));
    }

    [Fact]
    public void The_text_is_a_table_of_at_most_120_columns()
    {
        var text = KnownNetworks.FirstSession().Summary().ToString();
        var lines = text.Split('\n');
        Assert.All(lines, line => Assert.InRange(line.Length, 0, 120));
        Assert.StartsWith("Layer", lines[0], StringComparison.Ordinal);
        Assert.Equal("conv1     Conv2d 3x3, 32 channels    32x26x26         320  194,688     10.6 MiB           3/1       1", lines[3]);
        Assert.Equal("flatten1 Flatten 10", string.Join(' ', lines.First(line =>
            line.StartsWith("flatten1", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries).Take(3)));
        Assert.Contains("68,260 parameters (68,260 trainable), 267 KiB", text, StringComparison.Ordinal);
        Assert.Contains("478,608 multiply-accumulates (MACs) per image", text, StringComparison.Ordinal);
        Assert.Contains("Conv2d on the path 'matrix product':", text, StringComparison.Ordinal);
        Assert.Contains("(weight gradient):", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Long_names_and_settings_are_cut_and_misaligned_branches_are_told()
    {
        var network = Network.Build(Shape.Image(1, 64, 64), x => x
            .Conv(1_000, kernel: 7, stride: 2, padding: Padding.Same, dilation: 3, groups: 1, bias: false,
                name: "a.very/long.name/of_a-layer/in/a/deep/network")
            .Add(x.Conv(1_000, kernel: 1, stride: 2, name: "skip"), "join"));
        var text = network.Summary(1_000_000).ToString();
        Assert.All(text.Split('\n'), line => Assert.InRange(line.Length, 0, 120));
        Assert.Contains("a.very/long.name/of_a-l…", text, StringComparison.Ordinal);
        Assert.Contains("join: the branches that meet here look at different places", text.ReplaceLineEndings(" "),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Fixed_parameters_are_counted_apart()
    {
        var summary = Network.Build(Shape.Image(1, 8, 8), x => x.Conv(4, kernel: 3, bias: false).BatchNorm().Relu()).Summary(16);
        Assert.Equal((44, 8, 52), (summary.TrainableCount, summary.FixedCount, summary.ParameterCount));
        Assert.Contains("8 + 8", summary.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Json_has_every_number()
    {
        using var json = JsonDocument.Parse(KnownNetworks.ResNet50(strideInLastUnit: true, padding: 1).Summary(2).ToJson());
        var root = json.RootElement;
        Assert.Equal(2, root.GetProperty("batch").GetInt32());
        var last = root.GetProperty("layers").EnumerateArray().Last();
        Assert.Equal(483, last.GetProperty("receptiveField").GetProperty("vertical").GetProperty("size").GetDouble());
        Assert.True(root.GetProperty("layers").EnumerateArray().Single(layer =>
            layer.GetProperty("layer").GetString() == "add1").GetProperty("inputs").GetArrayLength() == 2);
        Assert.Equal(root.GetProperty("totals").GetProperty("multiplyAdds").GetInt64(),
            root.GetProperty("layers").EnumerateArray().Sum(layer => layer.GetProperty("multiplyAdds").GetInt64()));
    }

    [Fact]
    public void The_report_table_has_a_text_for_every_column()
    {
        var table = KnownNetworks.FirstSession().Summary().ToReportTable();
        Assert.All(table.Rows, row => Assert.Equal(table.Columns.Count, row.Count));
        Assert.Equal(["conv3", "Conv2d 26x26, 10 channels", "10", "67,610", "0", "67,600", "5 KiB", "28", "1", "13.5", "matrix product"],
            table.Rows[5]);
    }

    [Fact]
    public void A_wrong_batch_is_told() =>
        Assert.Equal("The batch of a summary must be between 1 and 1,000,000 images: received 0. A common value is 128.",
            Assert.Throws<UsageException>(() => NetworkSummary.Of(KnownNetworks.Vgg16(), 0)).Message);
}
