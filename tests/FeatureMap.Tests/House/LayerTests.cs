using System.Text.RegularExpressions;
using FeatureMap.Lessons;
using FeatureMap.Ops;
using FeatureMap.Studio;
using NetArchTest.Rules;
using Xunit;

namespace FeatureMap.Tests.House;

/// <summary>
/// Who may know whom in the core, read from the types of the built assembly: a layer names itself and the layers before it.
/// </summary>
public sealed partial class LayerTests
{
    /// <summary>
    /// In order. A layer is a namespace, which is a folder; the first, which every other one may name, is the namespace <c>FeatureMap</c>
    /// itself.
    /// </summary>
    private static readonly string[] Layers =
        ["", "Descriptions", "Randomness", "Lanes", "Ops", "Networks", "Blocks", "Data", "Models", "Analysis", "Interchange", "Training"];

    /// <summary>Folders and files whose types users write without a namespace of their own.</summary>
    private static readonly Dictionary<string, string> Elsewhere = new()
    {
        ["Tensors"] = "shapes, padding and errors are in every program",
        ["Storage"] = "files that survive kills, beside the errors that they give",
        ["Ops/Initialization"] = "initialisers are settings of ops, and users write them beside shapes and padding",
        ["Ops/Verification/SelfTest.cs"] = "what a user calls; the judges behind it are internal",
    };

    /// <summary>
    /// What is narrower than the order: compositions have no kernels, and the two rooms that read networks do not read each other.
    /// </summary>
    private static readonly (string Layer, string Other)[] Also = [("Blocks", "Lanes"), ("Interchange", "Analysis")];

    [Fact]
    public void A_layer_names_only_the_layers_before_it()
    {
        var found = Layers.SelectMany((layer, place) => Layers[(place + 1)..].SelectMany(later => Naming(layer, later)))
            .Concat(Also.SelectMany(pair => Naming(pair.Layer, pair.Other))).Distinct();
        var order = $"FeatureMap{string.Join(", ", Layers)}";
        Guard.None(found.Select(name => $"{name}, which it must not. Who may name whom: {order}, each those before it."));
    }

    [Fact]
    public void Every_namespace_of_the_core_has_its_place() => Assert.Equal(
        Layers.Order(StringComparer.Ordinal),
        typeof(Op).Assembly.GetTypes()
            .Where(type => type.Namespace is { } name && (name + ".").StartsWith("FeatureMap.", StringComparison.Ordinal))
            .Select(type => type.Namespace!["FeatureMap".Length..].TrimStart('.')).Distinct().Order(StringComparer.Ordinal));

    /// <summary>An op is arithmetic: it reads no files and knows no format of them.</summary>
    [Fact]
    public void Ops_read_no_files() =>
        Assert.Empty(In("Ops").ShouldNot().HaveDependencyOnAny("System.Text.Json", "System.Xml", "System.IO", "System.Net")
            .GetResult().FailingTypeNames ?? []);

    /// <summary>Behind <c>Networks.IEngine</c> numbers lie in lanes and threads take shards; nobody in front of it sees that.</summary>
    [Fact]
    public void In_front_of_the_engine_nobody_sees_lane_memory()
    {
        string[] hidden =
        [
            "Lanes.LaneTensor", "Lanes.Arena", "Ops.WorkItem", "Ops.PhaseList", "Networks.Plan",
            "Networks.ChannelPlan", "Networks.SharedPlan",
        ];
        var seen = from layer in (string[])["Data", "Models", "Analysis", "Interchange", "Training"]
                   from type in hidden
                   from name in Naming(layer, type)
                   select name;
        Assert.Empty(seen);
        Assert.Contains("Networks.LaneEngine names Networks.Plan", Naming("Networks", "Networks.Plan"));
        Assert.Contains("Networks.Plan names Lanes.LaneTensor", Naming("Networks", "Lanes.LaneTensor"));
    }

    /// <summary>What trainings and labs leave behind: read, and drawn as it is.</summary>
    private static readonly string[] Left =
    [
        "RunHistory", "HistoryEpoch", "HistorySamples", "HistorySample", "HistoryCount", "HistoryKernels", "HistoryMap",
        "LayersRecord", "LayerMeasure", "DeadUnits", "LiveState", "LearningRateRange", "LearningRatePoint",
    ];

    /// <summary>The studio draws what lessons have computed and trainings left: it names no kernel, no op and no network.</summary>
    [Fact]
    public void The_studio_computes_nothing()
    {
        string[] hidden = [.. ((string[])["Lanes", "Ops", "Networks", "Blocks", "Models", "Training"]).Select(layer => $"FeatureMap.{layer}")];
        string[] named = [.. typeof(Op).Assembly.GetTypes()
            .Where(type => hidden.Contains(type.Namespace) && !type.IsNested && !Left.Contains(type.Name)).Select(type => type.FullName!)];
        IReadOnlyList<string> Found(Type type) =>
            Types.InAssembly(type.Assembly).ShouldNot().HaveDependencyOnAny(named).GetResult().FailingTypeNames ?? [];
        Assert.Empty(Found(typeof(StudioHost)));
        Assert.NotEmpty(Found(typeof(Lesson)));
    }

    /// <summary>The namespace of a file is its folder; in the core the first folder, elsewhere the assembly.</summary>
    [Fact]
    public void A_folder_is_a_namespace()
    {
        var faults = Repository.Sources("src")
            .Select(file => (Name: Repository.Short(file)["src/".Length..],
                Namespace: NamespaceLine().Match(File.ReadAllText(file)).Groups[1].Value))
            .Where(file => file.Namespace.Length > 0 && file.Namespace != Expected(file.Name))
            .Select(file => $"src/{file.Name} says namespace {file.Namespace}; its folder is {Expected(file.Name)}.").ToList();
        Assert.True(faults.Count == 0, string.Join('\n', faults));
        Assert.All(Elsewhere.Keys, place => Assert.True(
            Path.Exists(Path.Combine(Repository.Root, "src/FeatureMap", place)), $"{place} is gone: take it out of the exceptions."));
    }

    [Fact]
    public void The_guards_see_what_they_guard_against()
    {
        Assert.Contains("Networks.Layer names Ops", Naming("Networks", "Ops"));
        Assert.Contains("Training.Trainer names Networks", Naming("Training", "Networks"));
        Assert.Contains("NearestName names System", Naming("", "System", "System.Math"));
        Assert.Contains("SelfTest names Lanes", Naming("Ops", "Lanes"));
        Assert.Equal("FeatureMap.Ops", Expected("FeatureMap/Ops/Conv2d/Conv2d.cs"));
        Assert.Equal("FeatureMap", Expected("FeatureMap/Ops/Initialization/Initializer.cs"));
        Assert.Equal("FeatureMap.Zoo", Expected("FeatureMap.Zoo/Labs/Lab.cs"));
    }

    private static IEnumerable<string> Naming(string layer, string other) => Naming(layer, other, $"FeatureMap.{other}");

    private static IEnumerable<string> Naming(string layer, string other, string dependency) =>
        (In(layer).ShouldNot().HaveDependencyOn(dependency).GetResult().FailingTypeNames ?? [])
            .Select(name => $"{name["FeatureMap.".Length..].Split('/', '+')[0]} names {other}").Distinct();

    private static PredicateList In(string layer)
    {
        var types = Types.InAssembly(typeof(Op).Assembly).That();
        return layer.Length == 0 ? types.ResideInNamespaceMatching("^FeatureMap$").And().DoNotHaveNameMatching(NamesOfOps)
            : layer == "Ops" ? types.ResideInNamespaceMatching(@"^FeatureMap\.Ops$").Or().HaveNameMatching(NamesOfOps)
            : types.ResideInNamespaceMatching($@"^FeatureMap\.{layer}$");
    }

    /// <summary>Types of ops that stand in the namespace <c>FeatureMap</c>: they may name what ops may.</summary>
    private static string NamesOfOps { get; } = $"^({string.Join('|', Elsewhere.Keys
        .Where(place => place.StartsWith("Ops/", StringComparison.Ordinal)).SelectMany(SourcesOf)
        .SelectMany(file => TypeLine().Matches(File.ReadAllText(file))).Select(match => match.Groups[1].Value).Distinct())})$";

    private static IEnumerable<string> SourcesOf(string place) =>
        Repository.Sources("src/FeatureMap").Where(file =>
            Repository.Short(file).StartsWith($"src/FeatureMap/{place}", StringComparison.Ordinal));

    private static string Expected(string file)
    {
        var parts = file.Split('/');
        if (parts[0] != "FeatureMap") return parts[0];
        var inside = string.Join('/', parts[1..]);
        var isElsewhere = Elsewhere.Keys.Any(place => inside == place || inside.StartsWith(place + "/", StringComparison.Ordinal));
        return parts.Length == 2 || isElsewhere ? "FeatureMap" : $"FeatureMap.{parts[1]}";
    }

    [GeneratedRegex(@"^namespace (FeatureMap[\w.]*);", RegexOptions.Multiline)]
    private static partial Regex NamespaceLine();

    [GeneratedRegex(@"^(?:public|internal) [^\n=(]*?\b(?:class|struct|record|enum|interface|delegate \w+) (\w+)", RegexOptions.Multiline)]
    private static partial Regex TypeLine();
}
