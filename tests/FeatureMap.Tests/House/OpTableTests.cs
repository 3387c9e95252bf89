using System.Text;
using FeatureMap.Data;
using FeatureMap.Interchange;
using FeatureMap.Models;
using FeatureMap.Networks;
using FeatureMap.Ops;
using Xunit;

namespace FeatureMap.Tests.House;

/// <summary><c>docs/OPS.md</c>, the table of all ops, is made of what their rooms state.</summary>
public sealed class OpTableTests
{
    private const string Page = "docs/OPS.md";

    [Fact]
    public void The_table_of_ops_is_what_the_rooms_state()
    {
        var (path, made) = (Path.Combine(Repository.Root, Page), Make());
        if (Environment.GetEnvironmentVariable(PublicApiTests.Variable) == "1") File.WriteAllText(path, made);
        var written = File.Exists(path) ? File.ReadAllLines(path) : [];
        Guard.None(made.Split('\n')[..^1].Except(written)
            .Select(line => $"{Page} lacks the line '{line}': run the tests of this namespace once with {PublicApiTests.Variable}=1."));
        Guard.None(written.Except(made.Split('\n')).Select(line => $"{Page} has a line of no op: '{line}'."));
    }

    private static string Make()
    {
        var text = new StringBuilder("# All ops\n\n");
        text.Append("Written by a test from what the rooms state, so nobody keeps it by hand. *Method* is the one of `Feature`; any op is "
            + "also put behind\n");
        text.Append("a layer by `x.Then(new Op())`. *Read from* are the ONNX operators that become it, alone or with others; *written as* "
            + "those that its cases\n");
        text.Append("become with operator set 17. The judge is libtorch, by golden values, unless a reason stands there; `OpJudge` judges "
            + "all of them.\n\n");
        text.Append("| op | settings | method | read from | written as | judge |\n|---|---|---|---|---|---|\n");
        foreach (var entry in OpCatalogue.Entries.OrderBy(entry => entry.Type.Name, StringComparer.Ordinal))
        {
            var (type, op) = (entry.Type, entry.Cases[0].Op);
            text.Append($"| [{type.Name}](../{RoomOf(type)}) "
                + $"| {Quoted(op.SettingValues.Select(setting => setting.Name))} | {MethodOf(type)} | ")
                .Append($"{Quoted(entry.OnnxOperators.Select(one => one.Name).Distinct())} | {WrittenAs(entry)} | {entry.WithoutGolden ?? "libtorch"} |\n");
        }
        return text.ToString();
    }

    private static string RoomOf(Type op) =>
        Repository.Sources("src/FeatureMap/Ops").Where(file => Path.GetFileName(file) == $"{op.Name}.cs")
        .Select(file => Repository.Short(Path.Combine(Path.GetDirectoryName(file)!, "README.md")).Replace('\\', '/')).Single();

    private static string MethodOf(Type op) => typeof(Feature).GetMethods().Select(method => method.Name).Distinct()
        .Where(name => name == op.Name || $"{name}2d" == op.Name).Order(StringComparer.Ordinal).Select(name => $"`{name}`").FirstOrDefault()
            ?? "";

    private static string WrittenAs(CatalogueEntry entry)
    {
        var operators = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var given in entry.Cases.Where(given => given.Inputs.Length > 0 && given.Inputs.All(shape => shape == given.Inputs[0])))
        {
            var builder = new NetworkBuilder(given.Inputs[0]);
            var inputs = Enumerable.Repeat(builder.FeatureOf(0), given.Inputs.Length).ToArray();
            try
            {
                var network = builder.Finish(builder.Add(given.Op, null, inputs));
                var model = new Model(Weights.Initialize(network, 1), Normalization.None(network.Input.Channels), []);
                var file = OnnxFile.ToBytes(model, new OnnxExportOptions { Input = OnnxInput.Normalized, KeepsBatchNorm = true });
                operators.UnionWith(OnnxReader.Model(file, "f").Graph.Nodes.Select(node => node.Operator));
            }
            catch (UsageException)
            {
                return "refused: not part of inference";
            }
        }
        // Vectors of an image are flattened behind whatever op.
        if (entry.Type != typeof(Flatten)) operators.Remove("Flatten");
        return Quoted(operators);
    }

    private static string Quoted(IEnumerable<string> names) => string.Join(", ", names.Select(name => $"`{name}`"));
}
