using System.Globalization;
using FeatureMap.Training;
using Xunit;

namespace FeatureMap.Tests.Training;

public sealed class RunLogTests
{
    internal static EpochRecord Epoch(int epoch) => new()
    {
        Epoch = epoch,
        Step = epoch * 100L,
        TrainLoss = 1.0 / 3 / epoch,
        TrainAccuracy = 1 - (0.1 / epoch),
        ValidationLoss = 0.25 / epoch,
        ValidationAccuracy = 1 - (0.07 / epoch),
        LearningRate = 0.1,
        Seconds = 3.25,
        TotalSeconds = 3.25 * epoch,
        ImagesPerSecond = 12345.678,
        AugmentationShare = 0.125,
    };

    private static StepRecord Step(long step) => new() { Step = step, Epoch = (int)((step + 99) / 100), Loss = 2.0 / step, LearningRate = 0.05 };

    [Fact]
    public void Rows_read_back_to_the_bit_from_both_files()
    {
        using var folder = new TemporaryFolder();
        EpochRecord[] epochs = [Epoch(1), new() { Epoch = 2, Step = 200, TrainLoss = double.PositiveInfinity }, Epoch(3) with { TrainLoss = double.NaN, ValidationLoss = double.Epsilon }];
        StepRecord[] steps = [Step(50), Step(150) with { Loss = double.NegativeInfinity }, Step(250) with { LearningRate = double.NaN }];
        var culture = CultureInfo.CurrentCulture;
        CultureInfo.CurrentCulture = new CultureInfo("") { NumberFormat = { NumberDecimalSeparator = ",", NegativeSign = "~" } };
        try
        {
            using var log = new RunLog(folder.Location);
            for (var i = 0; i < 3; i++)
            {
                log.Write(steps[i]);
                log.Write(epochs[i]);
            }
            var rows = RunLog.Read(folder.Location); // while it is still open
            Assert.Equal(epochs, rows.Epochs);
            Assert.Equal(steps, rows.Steps);
            Assert.Equal(epochs, RunLog.ReadCsv(folder.Location));
        }
        finally
        {
            CultureInfo.CurrentCulture = culture;
        }
        Assert.Equal("""{"kind":"step","step":50,"epoch":1,"loss":0.04,"learningRate":0.05}""", File.ReadLines(folder["log.jsonl"]).First());
        Assert.Equal("""{"kind":"epoch","epoch":2,"step":200,"trainLoss":"Infinity","trainAccuracy":null,"validationLoss":null,"validationAccuracy":null,"learningRate":null,"seconds":null,"totalSeconds":null,"imagesPerSecond":null,"augmentationShare":null}""", File.ReadLines(folder["log.jsonl"]).ElementAt(3));
        Assert.Equal("epoch,step,trainLoss,trainAccuracy,validationLoss,validationAccuracy,learningRate,seconds,totalSeconds,imagesPerSecond,augmentationShare", File.ReadLines(folder["log.csv"]).First());
        Assert.Equal("2,200,Infinity,,,,,,,,", File.ReadLines(folder["log.csv"]).ElementAt(2));
    }

    [Fact]
    public void Resuming_removes_later_rows_and_half_a_row()
    {
        using var folder = new TemporaryFolder();
        using (var log = new RunLog(folder.Location))
            for (var epoch = 1; epoch <= 4; epoch++)
            {
                log.Write(Step((epoch * 100) - 50));
                log.Write(Epoch(epoch));
            }
        File.AppendAllText(folder["log.jsonl"], """{"kind":"step","st""");
        File.AppendAllText(folder["log.csv"], "5,50");
        Assert.Equal(4, RunLog.Read(folder.Location).Epochs.Count);
        Assert.Equal(4, RunLog.ReadCsv(folder.Location).Count);
        using (var log = new RunLog(folder.Location))
        {
            log.TruncateAfter(200);
            Assert.Equal([Epoch(1), Epoch(2)], RunLog.Read(folder.Location).Epochs);
            log.Write(Step(250));
            log.Write(Epoch(3));
        }
        var rows = RunLog.Read(folder.Location);
        Assert.Equal([Epoch(1), Epoch(2), Epoch(3)], rows.Epochs);
        Assert.Equal([Step(50), Step(150), Step(250)], rows.Steps);
        Assert.Equal(rows.Epochs, RunLog.ReadCsv(folder.Location));
        Assert.Equal(["log.csv", "log.jsonl"], folder.Files);
    }

    [Fact]
    public void A_row_that_reached_only_one_file_is_made_good_on_resume()
    {
        using var folder = new TemporaryFolder();
        using (var log = new RunLog(folder.Location))
            log.Write(Epoch(1));
        File.WriteAllText(folder["log.csv"], "");
        using (var log = new RunLog(folder.Location))
            log.TruncateAfter(100);
        Assert.Equal([Epoch(1)], RunLog.ReadCsv(folder.Location));
    }

    [Fact]
    public void A_long_half_row_is_cut_when_the_log_is_opened()
    {
        using var folder = new TemporaryFolder();
        using (var log = new RunLog(folder.Location))
            log.Write(Epoch(1));
        var length = new FileInfo(folder["log.jsonl"]).Length;
        File.AppendAllText(folder["log.jsonl"], new string('\0', 10_000));
        using (var log = new RunLog(folder.Location))
            Assert.Equal(length, new FileInfo(folder["log.jsonl"]).Length);
        File.WriteAllText(folder["log.jsonl"], new string('x', 9_000));
        using (var log = new RunLog(folder.Location))
            log.Write(Epoch(2));
        Assert.Equal([Epoch(2)], RunLog.Read(folder.Location).Epochs);
    }

    [Theory]
    [InlineData("not json", "line 2 is damaged")]
    [InlineData("[1]", "line 2 is damaged: it is not a JSON object")]
    [InlineData("{\"step\":1}", "line 2 is damaged: it has no 'kind'")]
    [InlineData("{\"kind\":\"epoch\",\"epoch\":1,\"step\":-1}", "line 2 is damaged: 'step' is not a whole number")]
    [InlineData("{\"kind\":\"epoch\",\"epoch\":99999999999,\"step\":1}", "line 2 is damaged")]
    [InlineData("{\"kind\":\"step\",\"epoch\":1,\"step\":1,\"loss\":\"much\"}", "line 2 is damaged: 'loss' is not a number")]
    public void A_damaged_row_inside_is_named(string line, string message)
    {
        using var folder = new TemporaryFolder();
        using (var log = new RunLog(folder.Location))
            log.Write(Epoch(1));
        File.AppendAllText(folder["log.jsonl"], line + "\n");
        Assert.Contains(message, Assert.Throws<DataException>(() => RunLog.Read(folder.Location)).Message, StringComparison.Ordinal);
        File.AppendAllText(folder["log.csv"], "1,2,3\n");
        Assert.Contains("line 3 is damaged: it has 3 cells instead of 11", Assert.Throws<DataException>(() => RunLog.ReadCsv(folder.Location)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Rows_of_unknown_kinds_are_ignored_and_kept()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["log.jsonl"], "{\"kind\":\"note\",\"text\":\"hello\"}\n{\"kind\":\"note\",\"step\":500}\n");
        using (var log = new RunLog(folder.Location))
            log.TruncateAfter(100);
        Assert.Equal("{\"kind\":\"note\",\"text\":\"hello\"}\n", File.ReadAllText(folder["log.jsonl"]));
        Assert.Empty(RunLog.Read(folder.Location).Epochs);
    }

    [Fact]
    public void A_missing_folder_is_told()
    {
        using var folder = new TemporaryFolder();
        Assert.Contains("does not exist", Assert.Throws<DataException>(() => new RunLog(folder["none"])).Message, StringComparison.Ordinal);
        Assert.Contains("does not exist", Assert.Throws<DataException>(() => RunLog.Read(folder["none"])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_table_beside_the_log_is_left_out_on_a_full_disk_and_the_log_is_not()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "/dev/full");
        using var folder = new TemporaryFolder();
        var notices = new List<string>();
        File.CreateSymbolicLink(folder["log.csv"], "/dev/full");
        using (var log = new RunLog(folder.Location, notice: notices.Add))
        {
            log.Write(Epoch(1));
            log.Write(Epoch(2));
        }
        Assert.Equal(
            $"log.csv is left out from here on, and the training goes on: {folder["log.csv"]} cannot be written: the disk is full (no "
                + "space left on device). Free some space or choose another folder; "
            + "what was there before is intact. log.jsonl has every row, and log.csv is made again from it when the run is resumed.",
            Assert.Single(notices));
        Assert.Equal([1, 2], RunLog.Read(folder.Location).Epochs.Select(row => row.Epoch));
        using (var log = new RunLog(folder.Location, notice: notices.Add))
            log.TruncateAfter(200);
        Assert.Equal([1, 2], RunLog.ReadCsv(folder.Location).Select(row => row.Epoch));
    }

    [Fact]
    public void The_log_itself_stops_with_the_disk()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "/dev/full");
        using var folder = new TemporaryFolder();
        File.CreateSymbolicLink(folder["log.jsonl"], "/dev/full");
        using var log = new RunLog(folder.Location);
        Assert.StartsWith($"{folder["log.jsonl"]} cannot be written: the disk is full (no space "
            + "left on device).", Assert.Throws<DataException>(() => log.Write(Epoch(1))).Message, StringComparison.Ordinal);
    }
}
