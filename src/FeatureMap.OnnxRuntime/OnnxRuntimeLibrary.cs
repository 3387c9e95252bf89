using System.Reflection;
using System.Runtime.InteropServices;
using System.Runtime.Loader;
using Microsoft.ML.OnnxRuntime;

namespace FeatureMap.OnnxRuntime;

/// <summary>The native library of ONNX Runtime, 25 to 30 MB for each platform: where it is looked for where it does not lie beside the
/// program.</summary>
/// <remarks>
/// A program that references this package has the library among its files. The tool goes without it, so that its package is small and the
/// same on every system; it takes the library that <see cref="FolderVariable"/> names, or that of the package
/// <c>Microsoft.ML.OnnxRuntime</c> in the folder into which NuGet unpacks, which <c>dotnet restore</c> fills.
/// </remarks>
public static class OnnxRuntimeLibrary
{
    /// <summary>The environment variable with a folder that has the library.</summary>
    public const string FolderVariable = "FEATUREMAP_ONNXRUNTIME";

    /// <summary>The name of the package that brings the library.</summary>
    public const string Package = "Microsoft.ML.OnnxRuntime";

    private const string Name = "onnxruntime";
    private static int registered;

    /// <summary>The version that the managed half asks for, such as 1.31.1.</summary>
    public static string Version { get; } = typeof(InferenceSession).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?
        .InformationalVersion.Split('+')[0] ?? typeof(InferenceSession).Assembly.GetName().Version!.ToString(3);

    private static string FileName =>
        OperatingSystem.IsWindows() ? $"{Name}.dll" : OperatingSystem.IsMacOS() ? $"lib{Name}.dylib" : $"lib{Name}.so";

    /// <summary>The file that is loaded; null where there is none and nothing can be checked with ONNX Runtime.</summary>
    public static string? Find() => Places().FirstOrDefault(File.Exists);

    /// <summary>Where it was looked for, in this order.</summary>
    public static IEnumerable<string> Places()
    {
        if (Environment.GetEnvironmentVariable(FolderVariable) is { Length: > 0 } folder) yield return Path.Combine(folder, FileName);
        yield return Path.Combine(AppContext.BaseDirectory, FileName);
        yield return Path.Combine(AppContext.BaseDirectory, "runtimes", Platform, "native", FileName);
        yield return Path.Combine(PackageFolder(), Package.ToLowerInvariant(), Version, "runtimes", Platform, "native", FileName);
    }

    /// <summary>Has the runtime ask here where its own search has found nothing.</summary>
    internal static void Register()
    {
        if (Interlocked.Exchange(ref registered, 1) == 0) AssemblyLoadContext.Default.ResolvingUnmanagedDll += Resolve;
    }

    private static nint Resolve(Assembly assembly, string name) =>
        assembly == typeof(InferenceSession).Assembly
            && Path.GetFileNameWithoutExtension(name).Replace("lib", "", StringComparison.Ordinal) == Name && Find() is { } file
            && NativeLibrary.TryLoad(file, out var handle) ? handle : 0;

    // Where the file is there and does not load, the system's words say why; they are long lists of places where it is not.
    internal static FeatureMapException Missing(Exception error) => Find() is { } file
        ? new($"ONNX Runtime does not run on this machine: {file} does not load: {error.Message}", error)
        : new($"ONNX Runtime {Version} is not on this machine. It is needed to check an exported file, not to write one. Looked for: "
            + $"{string.Join(", ", Places())}. Get it with OnnxRuntimePackage.Restore, or set {FolderVariable} to the folder that has "
            + $"{FileName}.", error);

    private static string Platform =>
        (OperatingSystem.IsWindows() ? "win" : OperatingSystem.IsMacOS() ? "osx" : "linux")
            + $"-{RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant()}";

    private static string PackageFolder() => Environment.GetEnvironmentVariable("NUGET_PACKAGES") is { Length: > 0 } folder
        ? folder : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
}
