using System.Reflection;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using FeatureMap.Ops;
using Xunit;

namespace FeatureMap.Tests.House;

/// <summary>
/// Who may know whom. C# names a type of another namespace through a using or a qualified name, so both are looked for in the code without comments and texts.
/// </summary>
public sealed class DependencyTests
{
    [Fact]
    public void Lanes_know_no_ops_networks_or_training() =>
        AssertNamesNothingOf("src/FeatureMap/Lanes", "Ops", "Networks", "Blocks", "Training", "Data", "Interchange", "Analysis", "Cli", "Zoo");

    [Fact]
    public void Ops_know_no_networks_no_training_and_no_wire_formats()
    {
        AssertNamesNothingOf("src/FeatureMap/Ops", "Networks", "Blocks", "Training", "Interchange", "Analysis", "Data", "Cli", "Zoo");
        AssertNoSystemNamespace("src/FeatureMap/Ops", "System.Text.Json", "System.Xml", "System.IO", "System.Net");
    }

    /// <summary>Blocks are compositions: what they compute, ops compute.</summary>
    [Fact]
    public void Blocks_know_networks_and_have_no_kernels()
    {
        AssertNamesNothingOf("src/FeatureMap/Blocks", "Lanes", "Training", "Data", "Interchange", "Analysis", "Cli", "Zoo");
        AssertNamesNothingOf("src/FeatureMap/Networks", "Blocks");
    }

    [Fact]
    public void Tensors_and_randomness_know_nobody()
    {
        AssertNamesNothingOf("src/FeatureMap/Tensors", "Lanes", "Ops", "Networks", "Blocks", "Training", "Data", "Interchange", "Analysis", "Cli", "Zoo");
        AssertNamesNothingOf("src/FeatureMap/Randomness", "Lanes", "Ops", "Networks", "Blocks", "Training", "Data", "Interchange", "Analysis", "Cli", "Zoo");
    }

    [Fact]
    public void The_library_knows_neither_zoo_nor_command_line() => AssertNamesNothingOf("src/FeatureMap", "Zoo", "Cli");

    [Fact]
    public void The_core_refers_to_no_other_assembly_and_to_no_package()
    {
        var assembly = typeof(Op).Assembly;
        Assert.DoesNotContain(assembly.GetReferencedAssemblies(), name => !name.Name!.StartsWith("System.", StringComparison.Ordinal));
        var project = XDocument.Load(Path.Combine(Repository.Root, "src/FeatureMap/FeatureMap.csproj"));
        Assert.Empty(project.Descendants("PackageReference"));
        Assert.Empty(project.Descendants("ProjectReference"));
    }

    /// <summary>The C library's fsync, which .NET does not offer for folders, is the one exception; without it durable writing does less, and still works.</summary>
    [Fact]
    public void The_core_calls_no_native_library()
    {
        const BindingFlags all = BindingFlags.Static | BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;
        var native = typeof(Op).Assembly.GetTypes().SelectMany(type => type.GetMethods(all)).Select(method => (method.DeclaringType!.Name, Import: method.GetCustomAttribute<DllImportAttribute>())).Where(method => method.Import is not null);
        Assert.Equal([("DurableFile", "libc")], native.Select(method => (method.Name, method.Import!.Value)).Distinct());
        var imports = Repository.Sources("src/FeatureMap").Where(file => Regex.IsMatch(Repository.Code(file), @"\b(DllImport|LibraryImport|NativeLibrary)\b")).Select(Path.GetFileName);
        Assert.Equal(["DurableFile.cs"], imports);
    }

    [Fact]
    public void The_guards_see_what_they_guard_against()
    {
        Assert.NotEmpty(Found("src/FeatureMap/Training", Naming("Ops")));
        Assert.NotEmpty(Found("src/FeatureMap/Interchange", Naming("Networks")));
        Assert.Matches(Naming("Ops"), "using FeatureMap.Ops;");
        Assert.Matches(Naming("Ops"), "using Net = FeatureMap.Ops.Op;");
        Assert.Matches(Naming("Ops"), "return Ops.Reach.Pointwise;");
        Assert.DoesNotMatch(Naming("Training"), "mode == ExecutionMode.Training");
    }

    private static void AssertNamesNothingOf(string folder, params string[] namespaces) => Guard.None(Found(folder, Naming(namespaces)));

    private static void AssertNoSystemNamespace(string folder, params string[] namespaces) =>
        Guard.None(Found(folder, new Regex($@"\b(?:{string.Join('|', namespaces.Select(Regex.Escape))})\b")));

    private static Regex Naming(params string[] namespaces)
    {
        var names = string.Join('|', namespaces);
        return new Regex($@"\busing\s+(?:static\s+)?(?:\w+\s*=\s*)?(?:global::)?FeatureMap\.(?:{names})\b|\bFeatureMap\.(?:{names})\.|(?<![\w.])(?:{names})\.[A-Z]");
    }

    private static IEnumerable<string> Found(string folder, Regex pattern)
    {
        var files = Repository.Sources(folder);
        Assert.NotEmpty(files);
        return files.Select(file => (File: file, Match: pattern.Match(Repository.Code(file)))).Where(found => found.Match.Success).Select(found => $"{Repository.Short(found.File)} names what it must not know: {found.Match.Value}");
    }
}
