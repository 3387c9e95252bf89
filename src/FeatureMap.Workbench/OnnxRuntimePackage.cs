using System.ComponentModel;
using System.Diagnostics;
using FeatureMap.OnnxRuntime;

namespace FeatureMap.Workbench;

/// <summary>Fetches the package with the native library of ONNX Runtime, which the tool does not carry.</summary>
public static class OnnxRuntimePackage
{
    /// <summary>
    /// Lets <c>dotnet restore</c> fetch it from the package sources of this user and folder (<c>NuGet.config</c>), into the folder where
    /// NuGet keeps packages. Does nothing where the library is there.
    /// </summary>
    /// <param name="cancellation">Ends it; what was fetched stays.</param>
    /// <exception cref="FeatureMapException">There is no .NET SDK, or the sources do not have the package; the message has the words of
    /// <c>dotnet</c>.</exception>
    /// <exception cref="OperationCanceledException">It was ended.</exception>
    public static void Restore(CancellationToken cancellation = default)
    {
        if (OnnxRuntimeLibrary.Find() is not null) return;
        var folder = Directory.CreateTempSubdirectory("featuremap-");
        try
        {
            var here = System.Security.SecurityElement.Escape(Environment.CurrentDirectory);
            File.WriteAllText(Path.Combine(folder.FullName, "fetch.csproj"), $"""
                <Project Sdk="Microsoft.NET.Sdk">
                  <PropertyGroup>
                    <TargetFramework>net{Environment.Version.Major}.0</TargetFramework>
                    <RestoreRootConfigDirectory>{here}</RestoreRootConfigDirectory>
                  </PropertyGroup>
                  <ItemGroup>
                    <PackageDownload Include="{OnnxRuntimeLibrary.Package}" Version="[{OnnxRuntimeLibrary.Version}]" />
                  </ItemGroup>
                </Project>
                """);
            Run(folder.FullName, cancellation);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
        if (OnnxRuntimeLibrary.Find() is null)
            throw new FeatureMapException($"The package {OnnxRuntimeLibrary.Package} {OnnxRuntimeLibrary.Version} was fetched, and has no "
                + "library for this system. "
                + $"Looked for: {string.Join(", ", OnnxRuntimeLibrary.Places())}.");
    }

    private static void Run(string folder, CancellationToken cancellation)
    {
        var start = new ProcessStartInfo("dotnet", ["restore", "-verbosity:quiet"])
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        Process process;
        try
        {
            process = Process.Start(start)!;
        }
        catch (Win32Exception error)
        {
            throw new FeatureMapException(
                $"'dotnet restore' cannot be run: {error.Message}. It comes with the .NET SDK. Without it: unpack "
                    + $"{OnnxRuntimeLibrary.Package} {OnnxRuntimeLibrary.Version}, which is a zip file, and set "
                    + $"{OnnxRuntimeLibrary.FolderVariable} to its folder for this system.", error);
        }
        using (process)
        using (cancellation.Register(() => process.Kill(entireProcessTree: true)))
        {
            var complaints = process.StandardError.ReadToEndAsync(CancellationToken.None);
            var said = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            cancellation.ThrowIfCancellationRequested();
            if (process.ExitCode != 0)
                throw new FeatureMapException($"'dotnet restore' did not get {OnnxRuntimeLibrary.Package} {OnnxRuntimeLibrary.Version}:\n"
                    + (said + complaints.Result).Trim());
        }
    }
}
