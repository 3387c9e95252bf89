using System.Runtime.Intrinsics.X86;
using Xunit;

namespace FeatureMap.Tests.Cli;

/// <summary>The built tool on machines that have less: the runtime is told to do without some instructions, and the weights must not show it.</summary>
public sealed class InstructionSetTests : IDisposable
{
    private static readonly string[] Training = ["--set", "hold-out=0.01", "--set", "training-images=90", "--set", "batch-size=40", "--epochs", "1", "--no-report", "--json"];
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("DOTNET_EnableAVX512", "AVX-512F", 256)]
    [InlineData("DOTNET_EnableAVX2", "AVX2", 128)]
    public async Task A_machine_without_an_instruction_set_trains_to_the_same_bits(string variable, string feature, int mostBits)
    {
        Assert.SkipUnless(Sse42.IsSupported, "the instruction sets of x86");
        var environment = Environment(variable);
        var doctor = await Run(environment, "doctor", "--json");
        Assert.DoesNotContain(feature, doctor.Json.GetProperty("features").EnumerateArray().Select(name => name.GetString()));
        Assert.InRange(doctor.Json.GetProperty("laneBits").GetInt32(), 1, mostBits);

        var less = await Run(environment, ["train", "mnist-20k", .. Training, "--out", folder["less"], "--threads", "2"]);
        var usual = await Run(Environment(null), ["train", "mnist-20k", .. Training, "--out", folder["usual"], "--threads", "1"]);
        Assert.Equal(usual.Text("weightsSha256"), less.Text("weightsSha256"));
    }

    // No data set and no way to one: the embedded digits stand in.
    private Dictionary<string, string> Environment(string? variable)
    {
        var environment = new Dictionary<string, string>
        {
            ["XDG_CACHE_HOME"] = folder["cache"],
            ["HOME"] = folder.Location,
            ["FEATUREMAP_DATA"] = "",
            ["FEATUREMAP_LANES"] = "",
            ["HTTPS_PROXY"] = "http://127.0.0.1:1",
            ["https_proxy"] = "http://127.0.0.1:1",
        };
        if (variable is not null) environment[variable] = "0";
        return environment;
    }

    private static async Task<ToolResult> Run(Dictionary<string, string> environment, params string[] line)
    {
        using var process = Tool.Start(environment, line);
        var result = await Tool.Finish(process);
        Assert.True(result.Code == 0, result.Error);
        return result;
    }
}
