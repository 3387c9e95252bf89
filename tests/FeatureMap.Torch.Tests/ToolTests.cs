using System.Diagnostics;
using System.Reflection;
using System.Text.Json;
using FeatureMap.Tests;
using FeatureMap.Torch.Cli;
using Xunit;

namespace FeatureMap.Torch.Tests;

/// <summary><c>featuremap-torch</c>, as it is typed.</summary>
[Collection(nameof(Alone))]
public sealed class ToolTests
{
    private static readonly string Folder =
        typeof(ToolTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().First(data => data.Key == "ToolFolder").Value!;

    [Fact]
    public void A_run_is_trained_judged_and_asked_and_goes_on_on_the_processor()
    {
        using var folder = new TemporaryFolder();
        var (code, output, error) = Run("train", "mnist-1k", "--device", "torch-cpu", "--threads", "1", "--epochs", "1",
            "--set", "data=digits", "--set", "training-images=300", "--out", folder.Location);
        Assert.True(code == 0, error);
        Assert.Contains("torch-cpu, libtorch", output, StringComparison.Ordinal);
        var run = Directory.EnumerateDirectories(folder.Location).Single();
        using (var configuration = JsonDocument.Parse(File.ReadAllText(Path.Combine(run, "config.json"))))
        {
            var facts = configuration.RootElement.GetProperty("facts");
            Assert.StartsWith("torch-cpu, libtorch", facts.GetProperty("Device").GetString(), StringComparison.Ordinal);
            Assert.Equal("float32", facts.GetProperty("Precision").GetString());
            Assert.StartsWith("asked of libtorch", facts.GetProperty("Deterministic algorithms").GetString(), StringComparison.Ordinal);
        }
        Assert.True(File.Exists(Path.Combine(run, "report.html")));
        var here = Json("evaluate", run, "--json").GetProperty("loss").GetDouble();
        var there = Json("evaluate", run, "--device", "torch-cpu", "--json").GetProperty("loss").GetDouble();
        Assert.Equal(here, there, 1e-5);

        // Its end is taken away, so that there is something to go on with.
        File.Delete(Path.Combine(run, "model.safetensors"));
        (code, _, error) = Run("train", "--resume", run);
        Assert.True(code == 0, error);
        Assert.Contains("was begun on torch-cpu and goes on on processor", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("There is no device 'gpu'", "--device", "gpu")]
    [InlineData("sees no NVIDIA GPU", "--device", "cuda")]
    [InlineData("tf32 is an arithmetic of NVIDIA's GPUs", "--device", "torch-cpu", "--precision", "tf32")]
    [InlineData("--precision takes float32, tf32, bf16, fp16: received 'bf17'. Did you mean 'bf16'?",
        "--device", "torch-cpu", "--precision", "bf17")]
    [InlineData("--precision says how a device computes", "--precision", "bf16")]
    public void What_cannot_be_is_said_in_one_message(string said, params string[] asked)
    {
        if (said.Contains("NVIDIA GPU", StringComparison.Ordinal) && TorchSharp.torch.cuda.is_available()) return;
        var (code, output, error) = Run(["train", "mnist-1k", .. asked]);
        Assert.Equal(2, code);
        Assert.Empty(output);
        Assert.Contains(said, error, StringComparison.Ordinal);
        Assert.Single(error.Trim().Split('\n'));
    }

    [Fact]
    public void Devices_are_listed_with_what_is_missing()
    {
        var (code, output, error) = Run("device");
        Assert.True(code == 0, error);
        foreach (var name in (string[])["processor", .. TorchDevice.Names])
            Assert.Contains($"\n{name} ", output, StringComparison.Ordinal);
        Assert.Contains($"libtorch {Libtorch.Version}", output, StringComparison.Ordinal);
        var listed = Json("device", "--json");
        Assert.Equal(Libtorch.Folder, listed.GetProperty("folder").GetString());
        var cuda = listed.GetProperty("devices").EnumerateArray().Single(row => row.GetProperty("name").GetString() == "cuda");
        Assert.Equal(TorchSharp.torch.cuda.is_available(), cuda.GetProperty("here").GetBoolean());
        if (!TorchSharp.torch.cuda.is_available())
            Assert.Contains("-p:Libtorch=cuda", cuda.GetProperty("text").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, "processor", "processor")]
    [InlineData(0, "torch-cpu", "torch-cpu, libtorch")]
    [InlineData(2, "mps", "mps needs macOS on Apple silicon")]
    [InlineData(2, "gpu", "There is no device 'gpu'")]
    public void A_device_is_asked_for_by_its_name(int expected, string name, string said)
    {
        var (code, output, error) = Run("device", name);
        Assert.Equal(expected, code);
        Assert.Contains(said, code == 0 ? output : error, StringComparison.Ordinal);
        if (code == 2) Assert.Single(error.Trim().Split('\n'));
    }

    [Fact]
    public void Without_libtorch_the_package_is_named()
    {
        var (code, error) = Start(Folder, "NUGET_PACKAGES", Path.Combine(Path.GetTempPath(), "no such folder"));
        Assert.Equal(2, code);
        Assert.Contains($"For the processor it is libtorch-cpu-linux-x64 {Libtorch.Version}", error, StringComparison.Ordinal);
        Assert.Contains("TorchSharp-cuda-linux 0.107.0", error, StringComparison.Ordinal);
        Assert.Single(error.Trim().Split('\n'));
    }

    [Theory]
    [InlineData("libtorch_cpu.so", "is not a library", "libtorch_cpu.so does not load")]
    [InlineData("libtorch_cpu.so", null, "libc10.so")]
    public void Libraries_that_do_not_load_are_named_with_the_reason(string file, string? content, string said)
    {
        using var folder = new TemporaryFolder();
        if (content is not null) File.WriteAllText(folder[file], content);
        else File.Copy(Path.Combine(Libtorch.Folder!, file), folder[file]); // alone, without those that it needs
        var (code, error) = Start(Folder, Libtorch.FolderVariable, folder.Location);
        Assert.Equal(2, code);
        Assert.Contains(said, error, StringComparison.Ordinal);
        Assert.Contains(folder[file], error, StringComparison.Ordinal);
        Assert.DoesNotContain("strace", error, StringComparison.Ordinal);
        Assert.Single(error.Trim().Split('\n'));
    }

    [Fact]
    public void A_folder_that_has_no_libtorch_is_refused()
    {
        using var folder = new TemporaryFolder();
        var (code, error) = Start(Folder, Libtorch.FolderVariable, folder.Location);
        Assert.Equal(2, code);
        Assert.Contains(
            $"{Libtorch.FolderVariable} names {folder.Location}, and there is no libtorch_cpu.so in it", error, StringComparison.Ordinal);
    }

    /// <summary>Where the C++ library is new enough, TorchSharp's own library loads as it is, and there is nothing to see.</summary>
    [Fact]
    public void An_old_system_is_named()
    {
        var packages = Environment.GetEnvironmentVariable("NUGET_PACKAGES") is { Length: > 0 } named ? named
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        const string native = "runtimes/linux-x64/native/libLibTorchSharp.so";
        using var folder = new TemporaryFolder();
        foreach (var file in Directory.EnumerateFiles(Folder, "*", SearchOption.TopDirectoryOnly))
            File.Copy(file, folder[Path.GetFileName(file)]);
        Directory.CreateDirectory(Path.GetDirectoryName(folder[native])!);
        File.Copy(Path.Combine(packages, "torchsharp", Libtorch.TorchSharpVersion, native), folder[native]);
        var (code, error) = Start(folder.Location);
        if (code == 0) return;
        Assert.Equal(2, code);
        Assert.Contains("asks for GLIBCXX_3.4.32, the C++ library of GCC 13", error, StringComparison.Ordinal);
        Assert.Single(error.Trim().Split('\n'));
    }

    private static (int Code, string Output, string Error) Run(params string[] args)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = FeatureMap.Cli.Program.Run(args, output, error, new TorchTool());
        return (code, output.ToString(), error.ToString());
    }

    private static JsonElement Json(params string[] args)
    {
        var (code, output, error) = Run(args);
        Assert.True(code == 0, error);
        using var document = JsonDocument.Parse(output);
        return document.RootElement.Clone();
    }

    private static (int Code, string Error) Start(string folder, string? name = null, string? value = null)
    {
        var start = new ProcessStartInfo(Path.Combine(folder, "featuremap-torch"), "device")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        if (name is not null) start.Environment[name] = value;
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        _ = output.Result;
        return (process.ExitCode, error);
    }
}
