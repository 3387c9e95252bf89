using FeatureMap.Reports;
using FeatureMap.Tests.Training;
using FeatureMap.Training;
using Xunit;

namespace FeatureMap.Tests.Reports;

/// <summary>The charts of layers: which lines, and that each sentence is there where it is true and not where it is not.</summary>
public sealed class LayerChartTests
{
    private static LayersRecord Row(
        int epoch, (string Name, double Gradient, double Ratio)[] layers, params (int Units, int Dead)[] dead) => new()
        {
            Epoch = epoch,
            Step = epoch * 100L,
            Layers = [.. layers.Select(layer => new LayerMeasure(layer.Name, layer.Name.StartsWith("bn", StringComparison.Ordinal)
                ? "BatchNorm"
            : "Conv2d", layer.Gradient, layer.Ratio))],
            Activations = [.. dead.Select((one, at) => new DeadUnits($"relu{at + 1}", "Relu", one.Units, one.Dead))],
            Images = 256,
        };

    private static IReadOnlyList<LinePlot> Plots(params LayersRecord[] rows) => LayerCharts.Of(rows, [.. rows.Select(row => new EpochRecord
    {
        Epoch = row.Epoch,
        Step = row.Step,
        TrainLoss = 1,
        LearningRate = 0.1 / row.Epoch,
    })]);

    [Fact]
    public void Without_rows_there_is_nothing_and_without_such_activations_no_chart_of_them()
    {
        Assert.Empty(Plots());
        Assert.Equal(["Gradient norm", "Update-to-weight ratio"], Plots(Row(1, [("a", 1, 0.001)])).Select(plot => plot.Title));
        Assert.Equal("Dead units", Plots(Row(1, [("a", 1, 0.001)], (16, 0)))[2].Title);
    }

    [Fact]
    public void Of_many_layers_the_outer_ones_are_drawn_and_normalisations_stand_in_the_tables()
    {
        var layers = Enumerable.Range(1, 20).SelectMany(i => ((string, double, double)[])[($"conv{i}", Math.Abs(i - 10.4), 0.001 * i),
            ($"bn{i}", 1000, 1)]).ToArray();
        var plots = Plots(Row(1, layers), Row(2, layers));
        string[] gradients = ["conv1", "conv2", "conv9", "conv10", "conv11", "conv18", "conv19", "conv20"];
        string[] ratios = ["conv1", "conv2", "conv3", "conv4", "conv17", "conv18", "conv19", "conv20"];
        Assert.Equal(gradients, plots[0].Lines.Select(line => line.Name));
        Assert.Equal(ratios, plots[1].Lines.Select(line => line.Name));
        Assert.Contains("Of 20 layers the first, the last", plots[0].Caption, StringComparison.Ordinal);
        Assert.DoesNotContain("the first, the last", Plots(Row(1, [("a", 1, 0.001)]))[0].Caption, StringComparison.Ordinal);
        Assert.Equal("bn1", Plots(Row(1, [("bn1", 1, 0.001)]))[0].Lines.Single().Name);
    }

    [Theory]
    [InlineData("which is usual", 1, 0.02)]
    [InlineData("b stands out: hardly anything reaches it", 1, 0.002)]
    [InlineData("b gets no gradient at all", 1, 0)]
    [InlineData("the gradient of b is no finite number", 1, double.PositiveInfinity)]
    [InlineData("it has become 50 times as long", 50, 50)]
    public void The_sentence_on_gradients_is_the_one_that_holds(string sentence, double first, double second)
    {
        string[] all = ["which is usual", "stands out: hardly", "gets no gradient at all", "is no finite number", "times as long"];
        var reading = Plots(Row(1, [("a", 1, 0.001), ("b", 1, 0.001)]), Row(7, [("a", first, 0.001), ("b", second, 0.001)]))[0].Reading;
        Assert.Contains(sentence, reading, StringComparison.Ordinal);
        Assert.Contains("fter epoch 7", reading, StringComparison.Ordinal);
        Assert.True(all.Count(one => reading.Contains(one, StringComparison.Ordinal)) == (first == 50 ? 2 : 1), reading);
    }

    [Theory]
    [InlineData("all within a factor of ten of 0.001", 0.0005, 0.005)]
    [InlineData("b stands out. A smaller learning rate", 0.0005, 0.05)]
    [InlineData("a stands out and hardly learns", 0.00005, 0.005)]
    [InlineData("No layer has moved", 0, 0)]
    public void The_sentence_on_updates_is_the_one_that_holds(string sentence, double first, double second)
    {
        string[] all = ["all within a factor", "stands out. A smaller", "hardly learns", "No layer has moved"];
        var reading = Plots(Row(1, [("a", 1, first), ("b", 1, second)]), Row(2, [("a", 1, first), ("b", 1, second)]))[1].Reading;
        Assert.Contains(sentence, reading, StringComparison.Ordinal);
        Assert.True(all.Count(one => reading.Contains(one, StringComparison.Ordinal)) == 1, reading);
        Assert.DoesNotContain("because the learning rate is", reading, StringComparison.Ordinal);
    }

    [Fact]
    public void Ratios_that_fall_with_the_rate_are_no_fault()
    {
        var reading = Plots([.. Enumerable.Range(1, 9).Select(i => Row(i, [("a", 1, 0.002 / (i * i))]))])[1].Reading;
        Assert.Contains("At the end ratios are smaller because the learning rate is: 0.1 in epoch 1, 0.01111 in epoch 9.", reading,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("no unit of any layer is dead", 0, 0)]
    [InlineData("relu2 has most: 2 of 8 (25", 1, 2)]
    [InlineData("relu2 has most: 4 of 8 (50\u00A0%), and stands out", 0, 4)]
    public void The_sentence_on_dead_units_is_the_one_that_holds(string sentence, int first, int second)
    {
        var plots = Plots(Row(1, [("a", 1, 0.001)], (16, first), (8, second)));
        Assert.Contains(sentence, plots[2].Reading, StringComparison.Ordinal);
        Assert.Contains("all 256 validation images", plots[2].Caption, StringComparison.Ordinal);
        var both = Plots(Row(1, [("a", 1, 0.001)], (16, 3), (8, 0)), Row(2, [("a", 1, 0.001)], (16, first), (8, second)))[2].Reading;
        if (second > 0)
            Assert.Contains(first + second == 3 ? "In all layers together 3 are dead, after epoch 1 as many"
                : "In all layers together 4 are dead, after epoch 1 it was 3.", both, StringComparison.Ordinal);
        var fewer = Plots(Row(1, [("a", 1, 0.001)], (16, 9), (8, 0)), Row(2, [("a", 1, 0.001)], (16, 1), (8, 2)))[2].Reading;
        Assert.Contains("it was 9; some answer again", fewer, StringComparison.Ordinal);
    }

    [Fact]
    public void The_report_of_a_run_has_them_and_that_of_an_old_run_has_not()
    {
        using var place = new TemporaryFolder();
        var folder = RunFolder.Create(place.Location, "report");
        var data = DigitsTask.Data();
        var options = new TrainingOptions { Epochs = 2, Threads = 1, Folder = folder, TensorBoard = false };
        var run = Trainer.Fit(DigitsTask.Network(), data, options);
        var report = ReportBuilder.Build(folder, run.Model, data);
        Assert.Equal(2, report.Layers.Count);
        Assert.Contains("<h2>Inside the layers</h2>", HtmlReport.ToHtml(report), StringComparison.Ordinal);
        Assert.DoesNotContain("Inside the layers", HtmlReport.ToHtml(report with { Layers = [] }), StringComparison.Ordinal);
    }
}
