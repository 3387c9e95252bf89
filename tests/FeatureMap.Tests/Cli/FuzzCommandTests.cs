using Xunit;

namespace FeatureMap.Tests.Cli;

public sealed class FuzzCommandTests
{
    [Fact]
    public void Graphs_are_counted_and_those_that_agree_end_well()
    {
        var result = Tool.Run("verify", "fuzz", "--graphs", "6", "--seed", "4", "--first", "100");
        Assert.Equal("", result.Error);
        Assert.Equal(0, result.Code);
        Assert.Contains("        6 of 6 graphs, 0 differences, 0 refused by the runtime, ", result.Output, StringComparison.Ordinal);
        Assert.Contains("Seed 4, graphs 100 to 105: ", result.Output, StringComparison.Ordinal);
        Assert.Contains("6 agree, 0 differ or crash, 0 refused by the runtime. The largest "
            + "difference is ", result.Output, StringComparison.Ordinal);
        var json = Tool.Run("verify", "fuzz", "--graphs", "2", "--json").Json;
        Assert.Equal((2, 2, 0), (json.GetProperty("graphs").GetInt32(), json.GetProperty("agree").GetInt32(), json.GetProperty("failures").GetArrayLength()));
    }

    [Fact]
    public void Stopped_it_says_how_to_go_on()
    {
        using var stop = new CancellationTokenSource();
        stop.Cancel();
        var result = Tool.Run(stop, null, "verify", "fuzz", "--graphs", "50", "--seed", "3");
        Assert.Equal(1, result.Code);
        Assert.Equal("note: Stopped after 1 graphs. To go on: featuremap verify fuzz --seed 3 --first 1 --graphs 49", result.Error.Trim());
    }

    [Theory]
    [InlineData("--graphs", "0", "--graphs is a whole number from 1 to 4,294,967,294: received '0'.")]
    [InlineData("--seed", "x", "--seed is a whole number from 0 to 4,294,967,294: received 'x'.")]
    [InlineData("--first", "-1", "--first is a whole number from 0 to 4,294,967,294: received '-1'.")]
    public void Wrong_numbers_are_told(string option, string value, string message)
    {
        var result = Tool.Run("verify", "fuzz", option, value);
        Assert.Equal((2, $"error: {message}"), (result.Code, result.Error.Trim()));
    }
}
