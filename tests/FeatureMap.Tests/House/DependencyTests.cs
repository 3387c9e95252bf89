using System.Reflection;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using FeatureMap.Ops;
using Xunit;

namespace FeatureMap.Tests.House;

/// <summary>What the assemblies refer to outside of themselves.</summary>
public sealed class DependencyTests
{
    /// <summary>Each assembly of <c>src</c>, and which of the others it is made of.</summary>
    public static TheoryData<string, string> Assemblies => new()
    {
        { "FeatureMap", "" },
        { "FeatureMap.Annotations", "FeatureMap" },
        { "FeatureMap.OnnxRuntime", "FeatureMap" },
        { "FeatureMap.Mpi", "FeatureMap" },
        { "FeatureMap.Extensions", "FeatureMap" },
        { "FeatureMap.Lessons", "FeatureMap" },
        { "FeatureMap.Reports", "FeatureMap" },
        { "FeatureMap.Vips", "FeatureMap" },
        { "FeatureMap.Zoo", "FeatureMap FeatureMap.Reports" },
        {
            "FeatureMap.Workbench",
            "FeatureMap FeatureMap.Annotations FeatureMap.Lessons FeatureMap.OnnxRuntime FeatureMap.Reports FeatureMap.Zoo"
        },
        { "FeatureMap.Studio", "FeatureMap FeatureMap.Lessons FeatureMap.Reports FeatureMap.Workbench FeatureMap.Zoo" },
        {
            "FeatureMap.Cli",
            "FeatureMap FeatureMap.Annotations FeatureMap.Extensions FeatureMap.Lessons FeatureMap.Mpi FeatureMap.OnnxRuntime "
                + "FeatureMap.Reports FeatureMap.Studio FeatureMap.Workbench FeatureMap.Zoo"
        },
    };

    [Theory]
    [MemberData(nameof(Assemblies))]
    public void An_assembly_refers_to_those_below_it_only(string assembly, string below) => Assert.Equal(
        below.Split(' ', StringSplitOptions.RemoveEmptyEntries),
        Assembly.Load(assembly).GetReferencedAssemblies().Select(name => name.Name!)
            .Where(name => name.StartsWith("FeatureMap", StringComparison.Ordinal)).Order(StringComparer.Ordinal));

    /// <summary>What a studio uses as well as the tool neither parses a command line nor writes to a terminal.</summary>
    [Theory]
    [InlineData("FeatureMap.Annotations")]
    [InlineData("FeatureMap.Workbench")]
    [InlineData("FeatureMap.Lessons")]
    [InlineData("FeatureMap.Reports")]
    [InlineData("FeatureMap.Studio")]
    [InlineData("FeatureMap.Zoo")]
    public void Only_the_tool_knows_a_terminal(string assembly) => Assert.Empty(
        Assembly.Load(assembly).GetReferencedAssemblies().Select(name => name.Name!)
            .Intersect(["System.Console", "System.CommandLine"]));

    // What carries libtorch is built and tested by itself (tests/torch.sh), and nothing here may refer to it.
    internal static readonly string[] Apart = ["FeatureMap.Torch", "FeatureMap.Torch.Cli"];

    [Fact]
    public void Every_assembly_has_its_place() => Assert.Equal(
        Directory.EnumerateFiles(Path.Combine(Repository.Root, "src"), "*.csproj", SearchOption.AllDirectories)
            .Select(Path.GetFileNameWithoutExtension).Except(Apart).Order(StringComparer.Ordinal),
        Assemblies.Select(row => row.Data.Item1).Order(StringComparer.Ordinal));

    [Fact]
    public void What_carries_libtorch_is_not_in_the_solution() => Assert.All(
        Apart, name => Assert.DoesNotContain(
            $"/{name}.csproj", File.ReadAllText(Path.Combine(Repository.Root, "FeatureMap.slnx")), StringComparison.Ordinal));

    [Fact]
    public void The_core_refers_to_no_other_assembly_and_to_no_package()
    {
        var assembly = typeof(Op).Assembly;
        Assert.DoesNotContain(assembly.GetReferencedAssemblies(), name => !name.Name!.StartsWith("System.", StringComparison.Ordinal));
        var project = XDocument.Load(Path.Combine(Repository.Root, "src/FeatureMap/FeatureMap.csproj"));
        Assert.Empty(project.Descendants("PackageReference"));
        Assert.Empty(project.Descendants("ProjectReference"));
    }

    /// <summary>The C library's fsync, which .NET does not offer for folders, is the one exception; without it durable writing does less,
    /// and still works.</summary>
    [Fact]
    public void The_core_calls_no_native_library()
    {
        const BindingFlags all = BindingFlags.Static | BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;
        var native = typeof(Op).Assembly.GetTypes().SelectMany(type => type.GetMethods(all)).Select(method => (method.DeclaringType!.Name,
            Import: method.GetCustomAttribute<DllImportAttribute>())).Where(method => method.Import is not null);
        Assert.Equal([("DurableFile", "libc")], native.Select(method => (method.Name, method.Import!.Value)).Distinct());
        var imports = Repository.Sources("src/FeatureMap").Where(file => Regex.IsMatch(Repository.Code(file), @"\b(DllImport|LibraryImport|NativeLibrary)\b")).Select(Path.GetFileName);
        Assert.Equal(["DurableFile.cs"], imports);
    }
}
