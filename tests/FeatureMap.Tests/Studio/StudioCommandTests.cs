using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using FeatureMap.Tests.Cli;
using Xunit;

namespace FeatureMap.Tests.Studio;

/// <summary>The command: its address, its end, and what it says when it cannot start.</summary>
public sealed class StudioCommandTests
{
    [Fact]
    public void It_prints_an_address_and_ends_when_it_is_stopped()
    {
        var result = Tool.Run(new CancellationTokenSource(), "Ctrl-C", "studio", "--port", "0", "--no-browser");
        Assert.Equal((0, ""), (result.Code, result.Error));
        Assert.Matches("^FeatureMap Studio: http://127\\.0\\.0\\.1:\\d+/\\?token=[0-9a-f]{32}\\s", result.Output);
        Assert.EndsWith("The studio has ended.", result.Output.TrimEnd(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_port_that_is_taken_and_one_that_is_none_are_said()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port;
        var result = Tool.Run("studio", "--port", $"{port}", "--no-browser");
        Assert.Equal((2, ""), (result.Code, result.Output));
        Assert.Equal($"error: Port {port} of 127.0.0.1 is taken, perhaps by a studio that runs already. Choose another one, or 0 for any that is free, with --port.", result.Error.Trim());
        Assert.Equal("error: --port is a whole number from 0 to 65,535: received 'x'.", Tool.Run("studio", "--port", "x").Error.Trim());
        Assert.Equal("error: --port is a whole number from 0 to 65,535: received '70000'.", Tool.Run("studio", "--port",
            "70000").Error.Trim());
    }

    [Fact]
    public async Task Each_start_has_a_token_of_its_own_and_stops_answering_when_it_ends()
    {
        var (one, other) = (Start(), Start());
        Assert.NotEqual(one, other);
        using var client = new HttpClient();
        await Assert.ThrowsAsync<HttpRequestException>(() => client.GetAsync(new Uri(one), TestContext.Current.CancellationToken));
    }

    private static string Start() =>
        Regex.Match(Tool.Run(new CancellationTokenSource(), "Ctrl-C", "studio", "--port", "0", "--no-browser").Output, "http://\\S+").Value;
}
