using System.Runtime.CompilerServices;

namespace FeatureMap.Tests;

/// <summary>The tests have a cache folder of their own, so that they neither see what the user has downloaded nor leave anything behind.</summary>
internal static class TestCache
{
    [ModuleInitializer]
    internal static void Begin()
    {
        var folder = Directory.CreateTempSubdirectory("featuremap-test-cache-").FullName;
        Environment.SetEnvironmentVariable("XDG_CACHE_HOME", folder);
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(folder, recursive: true);
    }
}
