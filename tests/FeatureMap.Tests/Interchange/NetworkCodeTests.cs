using System.Diagnostics;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Runtime.Loader;
using System.Text;
using FeatureMap.Interchange;
using FeatureMap.Networks;
using FeatureMap.Ops;
using FeatureMap.Workbench;
using FeatureMap.Zoo;
using Xunit;

namespace FeatureMap.Tests.Interchange;

/// <summary>The C# of a network, compiled by the compiler of the SDK and run, builds the same network again.</summary>
public sealed class NetworkCodeTests
{
    [Fact]
    public void The_code_reads_as_a_person_would_write_it()
    {
        var network = Network.Build(Shape.Image(1, 28, 28), x =>
        {
            var skip = x.Conv(8, kernel: 3, padding: 1, bias: false).BatchNorm().Relu();
            return skip.Conv(8, kernel: (3, 1), padding: Padding.Same, name: "stage1/conv").Add(skip).GlobalAveragePool().Linear(10);
        });
        Assert.Equal("""
            Network.Build(Shape.Image(1, 28, 28), x =>
            {
                var relu1 = x
                    .Conv(8, kernel: 3, padding: 1, bias: false)
                    .BatchNorm()
                    .Relu();
                var linear1 = relu1
                    .Conv(8, kernel: (3, 1), padding: Padding.Same, name: "stage1/conv")
                    .Add(relu1)
                    .GlobalAveragePool()
                    .Linear(10);
                return linear1;
            })
            """.ReplaceLineEndings("\n"), NetworkCode.Write(network));
    }

    [Fact]
    public void What_is_compiled_builds_the_same_networks()
    {
        var networks = Networks().ToList();
        using var folder = new TemporaryFolder();
        var source =
            new StringBuilder("using FeatureMap;\nusing FeatureMap.Networks;\nusing FeatureMap.Ops;\npublic static class Made\n{\n");
        foreach (var (i, network) in networks.Index())
            source.Append(System.Globalization.CultureInfo.InvariantCulture,
                $"public static Network N{i}() => {NetworkCode.Write(network.Network)};\n");
        source.Append("}\n");
        File.WriteAllText(folder["made.cs"], source.ToString());
        if (Compile(folder) is not { } assembly)
        {
            Assert.Skip("There is no SDK beside the runtime of this test, so nothing can be compiled.");
            return;
        }
        foreach (var (i, (name, network)) in networks.Index())
        {
            var made = (Network)assembly.GetType("Made")!.GetMethod($"N{i}")!.Invoke(null, null)!;
            Assert.True(NetworkFile.ToJson(network) == NetworkFile.ToJson(made), name);
        }
    }

    [Fact]
    public void What_only_files_have_is_refused_with_the_reason()
    {
        var network = NetworkText.Parse("input: 4\nrelu: LeakyRelu slope=3\n");
        Assert.StartsWith("A leaky ReLU with the slope 3 can only stand in a file", Assert.Throws<UsageException>(() =>
            NetworkCode.Write(network)).Message, StringComparison.Ordinal);
    }

    private static IEnumerable<(string Name, Network Network)> Networks()
    {
        yield return ("branched", SampleNetworks.Branched());
        yield return ("rearranged", SampleNetworks.Rearranged());
        foreach (var name in Recipes.All.Select(recipe => recipe.Name).Concat(Architectures.All.Select(one => one.Name)))
            yield return (name, RunInput.Network(name).Network);
        // Every case of every op that a network may have: a setting that is forgotten shows here.
        foreach (var entry in OpCatalogue.Entries.Where(entry => !entry.Type.IsSubclassOf(typeof(TargetOp))))
            foreach (var given in entry.Cases)
                if (given.Op is not LeakyRelu { Slope: < 0 or > 1 })
                    yield return ($"{given.Op}, {given.Name}", NetworkTextTests.NetworkOf(given));
    }

    private static Assembly? Compile(TemporaryFolder folder)
    {
        var runtime = RuntimeEnvironment.GetRuntimeDirectory();
        var sdks = Path.GetFullPath(Path.Combine(runtime, "../../../sdk"));
        var compiler = Directory.Exists(sdks) ? Directory.GetDirectories(sdks).Order(StringComparer.Ordinal).Reverse()
            .Select(sdk => Path.Combine(sdk, "Roslyn/bincore/csc.dll")).FirstOrDefault(File.Exists) : null;
        if (compiler is null) return null;
        var references = Directory.GetFiles(runtime, "System*.dll").Where(IsManaged).Append(typeof(Network).Assembly.Location)
            .Append(Path.Combine(runtime, "netstandard.dll"));
        File.WriteAllLines(folder["made.rsp"],
        [
            "-nologo", "-noconfig", "-nostdlib", "-target:library", "-nowarn:CS1701,CS1702", $"-out:\"{folder["made.dll"]}\"",
            .. references.Select(reference => $"-r:\"{reference}\""), $"\"{folder["made.cs"]}\"",
        ]);
        var start =
            new ProcessStartInfo(Path.GetFullPath(Path.Combine(runtime, "../../../dotnet")), ["exec", compiler, $"@{folder["made.rsp"]}"])
            {
                RedirectStandardOutput = true,
            };
        using var process = Process.Start(start)!;
        var told = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, told);
        return new AssemblyLoadContext("made").LoadFromStream(new MemoryStream(File.ReadAllBytes(folder["made.dll"])));
    }

    private static bool IsManaged(string file) => !Path.GetFileName(file).Contains("Native", StringComparison.Ordinal);
}
