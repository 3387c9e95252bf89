using System.Text;
using FeatureMap.Training;
using Xunit;

namespace FeatureMap.Tests.Training;

/// <summary>The log as it is read while it grows.</summary>
public sealed class RunLogReaderTests
{
    private static StepRecord Step(long step) => new() { Step = step, Epoch = 1, Loss = 2.0 / step, LearningRate = 0.05 };

    [Fact]
    public void Each_call_gives_what_came_since()
    {
        using var folder = new TemporaryFolder();
        var reader = new RunLogReader(folder.Location);
        Assert.Empty(reader.Read().Epochs); // there is no log yet
        using var log = new RunLog(folder.Location);
        Assert.False(reader.Read().IsRestarted);
        log.Write(Step(50));
        log.Write(RunLogTests.Epoch(1));
        var first = reader.Read();
        Assert.Equal((1, 1, false, 2L), (first.Epochs.Count, first.Steps.Count, first.IsRestarted, reader.Rows));
        Assert.Equal((RunLogTests.Epoch(1), Step(50)), (first.Epochs[0], first.Steps[0]));
        Assert.Empty(reader.Read().Steps);
        for (var i = 3; i < 500; i++) log.Write(Step(i * 50L));
        Assert.Equal(497, reader.Read().Steps.Count);
        Assert.Equal(499, reader.Rows);
    }

    [Fact]
    public void Half_a_row_waits_for_its_rest_and_a_damaged_one_is_counted()
    {
        using var folder = new TemporaryFolder();
        var reader = new RunLogReader(folder.Location);
        var row = """{"kind":"step","step":50,"epoch":1,"loss":0.04,"learningRate":0.05}""";
        File.WriteAllText(folder["log.jsonl"], row + "\n" + row[..20]);
        Assert.Single(reader.Read().Steps);
        Assert.Empty(reader.Read().Steps);
        File.AppendAllText(folder["log.jsonl"], row[20..] + "\n{\"kind\":\"other\"}\r\nnonsense\n\n" + row + "\n");
        Assert.Equal(2, reader.Read().Steps.Count);
        Assert.Equal((6L, 2), (reader.Rows, reader.Damaged));
    }

    [Fact]
    public void A_log_that_was_cut_back_or_replaced_is_read_again()
    {
        using var folder = new TemporaryFolder();
        var reader = new RunLogReader(folder.Location);
        using (var log = new RunLog(folder.Location))
        {
            for (var i = 1; i <= 9; i++) log.Write(RunLogTests.Epoch(i));
            Assert.Equal(9, reader.Read().Epochs.Count);
            log.TruncateAfter(400);
            var again = reader.Read();
            Assert.Equal((true, 4, 4L), (again.IsRestarted, again.Epochs.Count, reader.Rows));
        }
        // As long as before and longer, with other content.
        File.WriteAllText(folder["log.jsonl"], File.ReadAllText(folder["log.jsonl"]).Replace("3.25", "4.25", StringComparison.Ordinal));
        Assert.True(reader.Read().IsRestarted);
        File.Delete(folder["log.jsonl"]);
        Assert.False(reader.Read().IsRestarted); // the next look may find another one
        File.WriteAllText(folder["log.jsonl"], "{\"kind\":\"other\"}\n");
        Assert.True(reader.Read().IsRestarted);
        Assert.Equal(1, reader.Rows);
    }

    [Fact]
    public void Rubbish_of_any_length_is_no_fault()
    {
        using var folder = new TemporaryFolder();
        var reader = new RunLogReader(folder.Location);
        var random = new Random(3);
        for (var i = 0; i < 50; i++)
        {
            var rubbish = new byte[random.Next(5000)];
            random.NextBytes(rubbish);
            using (var stream = new FileStream(folder["log.jsonl"], FileMode.Append)) stream.Write(rubbish);
            Assert.Empty(reader.Read().Epochs);
        }
        File.AppendAllText(folder["log.jsonl"], "\n" + """{"kind":"step","step":50,"epoch":1,"loss":0.04,"learningRate":0.05}""" + "\n",
            Encoding.UTF8);
        Assert.Single(reader.Read().Steps);
    }
}
