using System.Reflection;
using System.Runtime.InteropServices;
using TorchSharp;

namespace FeatureMap.Torch;

/// <summary>
/// The native libraries: TorchSharp's own, which comes with this package, and libtorch, half a gigabyte or more, which does not. Where they
/// are looked for, and what to do where they are missing or do not load.
/// </summary>
public static class Libtorch
{
    /// <summary>The environment variable with a folder that has libtorch, such as <c>torch/lib</c> of an installed PyTorch.</summary>
    public const string FolderVariable = "FEATUREMAP_LIBTORCH";

    /// <summary>The version of libtorch that TorchSharp was built for: no other one will do.</summary>
    public const string Version = "2.10.0";

    // What TorchSharp 0.107's own library asks of the C++ library of a Linux.
    private const string NeededStandardLibrary = "GLIBCXX_3.4.32";

    private static readonly Lock Gate = new();
    private static bool isLoaded, isCudaLoaded;

    /// <summary>The version of TorchSharp, such as 0.107.0.</summary>
    public static string TorchSharpVersion { get; } =
        typeof(torch).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "";

    /// <summary>The package of libtorch for the processor of this machine.</summary>
    public static string ProcessorPackage => $"libtorch-cpu-{Platform}";

    /// <summary>The package of libtorch for NVIDIA's GPUs on this system.</summary>
    public static string CudaPackage => OperatingSystem.IsWindows() ? "TorchSharp-cuda-windows" : "TorchSharp-cuda-linux";

    /// <summary>Where libtorch was found; null before it was, or where TorchSharp found it by itself.</summary>
    public static string? Folder { get; private set; }

    internal static string CudaAdvice => OperatingSystem.IsMacOS()
        ? $"Macs have none that it can use: take {TorchDevice.MpsName}."
        : $"Is NVIDIA's driver installed (nvidia-smi shows the GPU), and is libtorch the one for CUDA? That is the package "
            + $"{CudaPackage} {TorchSharpVersion}: dotnet build -c Release src/FeatureMap.Torch.Cli -p:Libtorch=cuda; or set "
            + $"{FolderVariable} to the folder torch/lib of a PyTorch {Version} for CUDA.";

    private static string Platform =>
        (OperatingSystem.IsWindows() ? "win" : OperatingSystem.IsMacOS() ? "osx" : "linux")
            + $"-{RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant()}";

    /// <summary>Loads the libraries; does nothing where they are loaded.</summary>
    /// <param name="withCuda">Whether NVIDIA's GPUs are wanted.</param>
    /// <exception cref="UsageException">Something is missing or does not load: which, and what to do.</exception>
    public static void Load(bool withCuda = false)
    {
        lock (Gate)
        {
            if (withCuda ? isCudaLoaded : isLoaded) return;
            LoadFolder(withCuda);
            LoadBridge();
            try
            {
                torch.InitializeDeviceType(withCuda && torch.cuda.is_available() ? DeviceType.CUDA : DeviceType.CPU);
            }
            catch (Exception error) when (error is NotSupportedException or DllNotFoundException or TypeInitializationException)
            {
                throw Missing(error);
            }
            isLoaded = true;
            isCudaLoaded |= withCuda;
        }
    }

    /// <summary>
    /// Asks libtorch for algorithms that give the same bits every time, with a warning on its own output where it has none. TorchSharp has
    /// no call for it; on Linux the function is reached by its name.
    /// </summary>
    /// <returns>Whether it is set.</returns>
    internal static unsafe bool UseDeterministicAlgorithms()
    {
        if (!OperatingSystem.IsLinux() || !NativeLibrary.TryLoad("libtorch_cpu.so", out var library)) return false;
        if (!NativeLibrary.TryGetExport(library, "_ZN2at13globalContextEv", out var context)
            || !NativeLibrary.TryGetExport(library, "_ZN2at7Context26setDeterministicAlgorithmsEbb", out var set)
            || !NativeLibrary.TryGetExport(library, "_ZNK2at7Context23deterministicAlgorithmsEv", out var get))
            return false;
        var here = ((delegate* unmanaged<nint>)context)();
        // It would also fill all new memory with numbers that are none, which costs time and finds nothing here.
        if (NativeLibrary.TryGetExport(library, "_ZN2at7Context39setDeterministicFillUninitializedMemoryEb", out var fill))
            ((delegate* unmanaged<nint, byte, void>)fill)(here, 0);
        ((delegate* unmanaged<nint, byte, byte, void>)set)(here, 1, 1);
        return ((delegate* unmanaged<nint, byte>)get)(here) != 0;
    }

    /// <summary>Folders in which libtorch is looked for, in this order.</summary>
    internal static IEnumerable<string> Places()
    {
        if (Environment.GetEnvironmentVariable(FolderVariable) is { Length: > 0 } folder)
        {
            yield return folder;
            yield break; // what is named is taken or refused
        }
        yield return Path.Combine(AppContext.BaseDirectory, "runtimes", Platform, "native");
        yield return AppContext.BaseDirectory;
        yield return Path.Combine(PackageFolder(), ProcessorPackage, Version, "runtimes", Platform, "native");
    }

    private static string FileName(string name) => OperatingSystem.IsWindows() ? $"{name}.dll"
        : OperatingSystem.IsMacOS() ? $"lib{name}.dylib" : $"lib{name}.so";

    // The first folder that has libtorch. Libraries that are loaded by their place are found by name afterwards, whoever asks.
    private static void LoadFolder(bool withCuda)
    {
        var found = Places().FirstOrDefault(place => File.Exists(Path.Combine(place, FileName("torch_cpu"))));
        if (found is null)
        {
            if (Environment.GetEnvironmentVariable(FolderVariable) is { Length: > 0 } named)
                throw new UsageException($"{FolderVariable} names {named}, and there is no {FileName("torch_cpu")} in it. Name the folder "
                    + $"torch/lib of an installed PyTorch {Version}, or that of an unpacked libtorch {Version}.");
            return; // packages of CUDA come in parts, which TorchSharp joins
        }
        string[] names = withCuda || File.Exists(Path.Combine(found, FileName("torch_cuda")))
            ? ["c10", "torch_cpu", "c10_cuda", "torch_cuda", "torch"] : ["c10", "torch_cpu", "torch"];
        foreach (var name in names)
        {
            var file = Path.Combine(found, FileName(name));
            if (!File.Exists(file)) continue;
            try
            {
                NativeLibrary.Load(file);
            }
            catch (Exception error) when (error is DllNotFoundException or BadImageFormatException)
            {
                throw new UsageException($"{file} does not load: {Reason(error)}", error);
            }
        }
        Folder = found;
    }

    // TorchSharp's own library: its errors are more telling than those of TorchSharp.
    private static void LoadBridge()
    {
        var file = Places().Prepend(Path.Combine(AppContext.BaseDirectory, "runtimes", Platform, "native")).Append(AppContext.BaseDirectory)
            .Select(place => Path.Combine(place, FileName("LibTorchSharp"))).FirstOrDefault(File.Exists);
        if (file is null)
            throw new UsageException($"TorchSharp has no library for this system ({Platform}): it runs on linux-x64, win-x64, win-arm64 "
                + "and osx-arm64.");
        try
        {
            NativeLibrary.Load(file);
        }
        catch (Exception error) when (error is DllNotFoundException or BadImageFormatException)
        {
            if (error.Message.Contains(NeededStandardLibrary, StringComparison.Ordinal)) throw TooOld(error);
            throw Folder is null ? Missing(error) : new UsageException($"{file} does not load: {Reason(error)} It goes with libtorch "
                + $"{Version}; in {Folder} is perhaps another one.", error);
        }
    }

    private static UsageException TooOld(Exception error) => new(
        $"This system is too old for TorchSharp {TorchSharpVersion}: its library asks for {NeededStandardLibrary}, the C++ library of GCC "
            + "13. Ubuntu 24.04, Debian 13, Fedora 38 and later have it; Debian 12, Ubuntu 22.04 and RHEL 9 do not. Run it in a container "
            + "of one that has it, such as mcr.microsoft.com/dotnet/sdk:10.0-noble, with --gpus all for CUDA.", error);

    private static UsageException Missing(Exception error) => new(
        $"libtorch is not on this machine. For NVIDIA's GPUs it is the package {CudaPackage} {TorchSharpVersion}: dotnet build -c Release "
            + $"src/FeatureMap.Torch.Cli -p:Libtorch=cuda. For the processor it is {ProcessorPackage} {Version}: the same with "
            + $"-p:Libtorch=cpu. Or set {FolderVariable} to the folder torch/lib of an installed PyTorch {Version}.", error);

    // Linux gives advice in the first line and says in the last one what is wrong with which file.
    private static string Reason(Exception error) =>
        error.Message.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)[^1];

    private static string PackageFolder() => Environment.GetEnvironmentVariable("NUGET_PACKAGES") is { Length: > 0 } folder
        ? folder : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
}
