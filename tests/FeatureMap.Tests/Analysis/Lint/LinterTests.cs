using System.Text.Json;
using System.Text.RegularExpressions;
using FeatureMap.Analysis;
using FeatureMap.Blocks;
using FeatureMap.Models;
using FeatureMap.Networks;
using FeatureMap.Ops;
using FeatureMap.Tests.House;
using FeatureMap.Zoo;
using Xunit;

namespace FeatureMap.Tests.Analysis.Lint;

public sealed partial class LinterTests
{
    private const string Page = "src/FeatureMap/Analysis/Lint/README.md";

    public static TheoryData<string> Recipes => [.. FeatureMap.Zoo.Recipes.All.Select(recipe => recipe.Name)];

    [Theory]
    [InlineData(13, 50_558_186, "78.8 %", "86,747,136", "34,224,512")]
    [InlineData(12, 50_541_802, "78.8 %", "86,681,600", "34,158,976")]
    public void The_dead_weights_of_assignment_3_2_are_found(int tap, long parameters, string share, string nominal, string effective)
    {
        var network = PassThrough.Build(Shape.Image(3, 32, 32), classes: 10, tap);
        var group = network.Lint().Groups[0];
        Assert.Equal("dead-taps", group.Rule.Id);
        Assert.Equal(["conv_14", "conv_16", "conv_18", "conv_19", "conv_20", "conv_22"], group.Findings.Select(finding => finding.Layer!.Name));
        Assert.Equal(39_845_888, group.Findings.Sum(finding => finding.Numbers["deadParameters"]));
        Assert.Equal(FormattableString.Invariant($"39,845,888 of {parameters:N0} parameters ({share}) are dead; of {nominal} MACs per image {effective} meet a pixel, the others padding"), group.Total);
        // What slimming leaves has nothing dead, and just as many parameters less.
        var slim = Slimming.Slim(network);
        Assert.Equal(parameters - 39_845_888, slim.TrainableCount + slim.FixedCount);
        Assert.True(slim.Lint(new LintOptions { Only = ["dead-taps"] }).Passes(LintSeverity.Hint));
    }

    /// <summary>What errors of the builder say, so that no rule has to.</summary>
    [Fact]
    public void Some_mistakes_are_errors_when_the_network_is_built()
    {
        Assert.Contains("The kernel does not fit", Build(x => x.Conv(4, kernel: 9)), StringComparison.Ordinal);
        Assert.Contains("The window does not fit", Build(x => x.MaxPool(9)), StringComparison.Ordinal);
        Assert.Contains("3 groups do not divide 8 input channels", Build(x => x.Conv(6, kernel: 3, groups: 3)), StringComparison.Ordinal);
        Assert.Contains("1x1 convolution", Build(x => x.Conv(16, kernel: 3, padding: 1).Add(x)), StringComparison.Ordinal);

        static string Build(Func<Feature, Feature> body) => Assert.Throws<ShapeException>(() => Network.Build(Shape.Image(8, 8, 8), body)).Message;
    }

    [Fact]
    public void Layers_that_the_output_does_not_need_cannot_exist()
    {
        var network = Network.Build(Shape.Image(3, 8, 8), x =>
        {
            _ = x.Conv(64, kernel: 3, name: "forgotten");
            return x.Conv(4, kernel: 3).GlobalAveragePool();
        });
        Assert.DoesNotContain(network.Layers, layer => layer.Name == "forgotten");
    }

    /// <summary>Good networks have hints at most, and those are true.</summary>
    [Theory]
    [MemberData(nameof(Recipes))]
    public void Recipes_come_out_without_warnings_but_those_they_are_there_to_show(string name)
    {
        var recipe = FeatureMap.Zoo.Recipes.Get(name);
        var info = FeatureMap.Data.Datasets.Info(recipe.Dataset);
        var found = recipe.Build(info.ImageShape, info.ClassNames.Count).Lint(new LintOptions { BatchSize = recipe.Options().BatchSize });
        Assert.DoesNotContain(found.Findings, finding => finding.Severity > LintSeverity.Hint && finding.Rule.Id != "dead-taps");
        if (!name.StartsWith("passthrough", StringComparison.Ordinal)) Assert.DoesNotContain(found.Findings, finding => finding.Rule.Id == "dead-taps");
    }

    [Fact]
    public void Well_known_networks_have_the_hints_that_the_literature_has_about_them()
    {
        Assert.Equal("nothing found", UNet.Build(Shape.Image(1, 130, 130), 2).Lint().Digest);
        Assert.Equal("nothing found", Espcn.Build(Shape.Image(1, 17, 17), 3).Lint().Digest);
        // The strided projections and 3x3 of a ResNet; gates do not count as branches.
        Assert.Equal("4 hints (stride-gap, cb-grad)", Residual(StridePlacement.Middle).Lint().Digest);
        // The stride in the first 1x1, as the paper of 2015 has it: nobody reads three quarters of the pixels.
        Assert.Equal("4 warnings (stride-gap)", Residual(StridePlacement.First).Lint().Digest);
        Assert.Equal("nothing found", Network.Build(Shape.Image(3, 32, 32), x => x.ConvNormActivation(32, kernel: 3).SeparableConv(64, kernel: 3, style: ConvStyle.Normalized).GlobalAveragePool().Linear(10)).Lint().Digest);

        static Network Residual(StridePlacement placement) => Network.Build(Shape.Image(3, 32, 32), x => x
            .ConvNormActivation(16, kernel: 3).BottleneckBlock(32, squeezeExcite: 4)
            .BottleneckBlock(64, stride: 2, placement: placement, squeezeExcite: 4).BottleneckBlock(128, stride: 2, placement: placement).GlobalAveragePool().Linear(10));
    }

    /// <summary>No rule may stumble over any op.</summary>
    [Fact]
    public void Every_op_of_the_catalogue_can_be_looked_at()
    {
        var options = new LintOptions { BatchSize = 1, ObjectSize = 5, ParameterBudget = 1, MultiplyAddBudget = 1, Target = Shape.Vector(3) };
        var looked = 0;
        foreach (var given in OpCatalogue.Entries.SelectMany(entry => entry.Cases))
        {
            if (given.Op.InputCount == 0) continue;
            var network = Network.BuildWithInputs([.. given.Inputs], inputs => inputs[0].Then(given.Op, "op", inputs.Skip(1).ToArray()));
            Assert.NotEmpty(network.Lint(options).ToString());
            using var json = JsonDocument.Parse(network.Lint(options).ToJson());
            looked++;
        }
        Assert.True(looked > 300);
    }

    [Fact]
    public void The_text_has_numbers_reason_fix_and_lesson()
    {
        var network = Network.Build(Shape.Image(3, 8, 8), x => x.Conv(16, kernel: 3, name: "conv").BatchNorm(name: "norm").Relu().ConvTranspose(3, kernel: 3, stride: 2, name: "up"));
        Assert.Equal(
            $"""
            cb-up: a transposed convolution that paints unevenly
              warning  up (layer 4): kernel 3 with stride 2 paints 2, 1 taps by turns along both axes: 4 products in one pixel, 1 in
                       another
              why      Some pixels are the sum of more products than their neighbours: a checkerboard before any training, which the
                       weights then have to fight. Pixels without any tap never show more than the bias.
              fix      Use a kernel that the stride divides without dilation, such as kernel: 4; or enlarge first and convolve then
                       (ResizeConv), or SubPixelUpsample.
              lesson   src/FeatureMap/Ops/ConvTranspose2d/README.md

            bias-bn: a bias that the normalisation behind it subtracts again
              hint     conv (layer 1): its 16 biases are subtracted again by 'norm'
              in all   16 parameters without effect
              why      The mean of the channel, bias included, is taken off, and the normalisation has a shift of its own. The bias
                       never changes the output and gets no gradient.
              fix      Leave the bias out: bias: false.
              lesson   src/FeatureMap/Ops/BatchNorm/README.md

            1 warning and 1 hint (cb-up, bias-bn); {Linter.Rules.Count(rule => rule.Missing(new LintOptions()) is null)} rules looked at 4 layers.
            """,
            network.Lint().ToString());
        Assert.Contains("lint: 1 warning and 1 hint (cb-up, bias-bn); Network.Lint "
            + "explains each", network.Summary().ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Json_has_every_finding()
    {
        using var json = JsonDocument.Parse(PassThrough.Build(Shape.Image(3, 32, 32), 10).Lint(new LintOptions { Only = ["dead-taps", "budget"] }).ToJson());
        var root = json.RootElement;
        Assert.Equal((0, 6, 0), (root.GetProperty("errors").GetInt32(), root.GetProperty("warnings").GetInt32(), root.GetProperty("hints").GetInt32()));
        var first = root.GetProperty("findings")[0];
        Assert.Equal(("dead-taps", "warning", "conv_14"), (first.GetProperty("rule").GetString(), first.GetProperty("severity").GetString(), first.GetProperty("layer").GetString()));
        Assert.Equal(4_194_304, first.GetProperty("numbers").GetProperty("deadParameters").GetDouble());
        Assert.StartsWith("39,845,888 of", root.GetProperty("totals").GetProperty("dead-taps").GetString(), StringComparison.Ordinal);
        Assert.Equal("budget", root.GetProperty("notChecked")[0].GetString());
    }

    [Fact]
    public void Rules_can_be_chosen_left_out_and_added()
    {
        var network = Network.Build(Shape.Image(3, 8, 8), x => x.Conv(16, kernel: 3).BatchNorm().ConvTranspose(3, kernel: 3, stride: 2));
        Assert.Equal("1 hint (bias-bn)", network.Lint(new LintOptions { Ignored = ["cb-up"] }).Digest);
        Assert.Equal("1 warning (cb-up)", network.Lint(new LintOptions { Only = ["cb-up"] }).Digest);
        var own = network.Lint(new LintOptions { MoreRules = [new NoConvolutions()], Only = ["no-conv"] });
        Assert.Equal("error no-conv conv1 (layer 1): a convolution", own.Findings[0].ToString());
        Assert.False(own.Passes());
        Assert.True(network.Lint().Passes());
        Assert.False(network.Lint().Passes(LintSeverity.Warning));
    }

    [Theory]
    [InlineData("There is no lint rule 'cb-upp'. Did you mean 'cb-up'?", "cb-upp", 1)]
    [InlineData("A batch is at least 1 (images): received 0.", "cb-up", 0)]
    public void Wrong_options_are_told(string message, string rule, int batch)
    {
        var network = Network.Build(Shape.Image(3, 8, 8), x => x.Conv(16, kernel: 3));
        Assert.Equal(message, Assert.Throws<UsageException>(() => network.Lint(new LintOptions { Ignored = [rule], BatchSize = batch })).Message);
    }

    [Fact]
    public void Every_rule_has_a_lesson_a_case_and_a_row_in_the_table()
    {
        var page = File.ReadAllText(Path.Combine(Repository.Root, Page));
        Assert.Equal(Linter.Rules.Count, Linter.Rules.Select(rule => rule.Id).Distinct().Count());
        foreach (var rule in Linter.Rules)
        {
            Assert.True(File.Exists(Path.Combine(Repository.Root, rule.Lesson)), $"{rule.Id}: {rule.Lesson} is not there.");
            Assert.Contains(LintCase.All, given => given.Rule == rule.Id);
            var row = page.Split('\n').Single(line => line.StartsWith($"| `{rule.Id}` |", StringComparison.Ordinal));
            Assert.Contains(Path.GetRelativePath(Path.GetDirectoryName(Page)!, rule.Lesson).Replace('\\', '/'), row, StringComparison.Ordinal);
            // The example of the table is what the rule says, without its place.
            var example = row.Split('|')[4].Trim();
            Assert.True(LintCase.All.Any(given => given.Rule == rule.Id && given.Finding.EndsWith($": {example}", StringComparison.Ordinal)), $"{rule.Id} never says: {example}");
        }
        Assert.Equal(Linter.Rules.Select(rule => rule.Id).Order(), Row().Matches(page).Select(match => match.Groups[1].Value).Order());
        Assert.All(Link().Matches(page).Select(match => match.Groups[1].Value), link => Assert.True(Path.Exists(Path.Combine(Repository.Root, Path.GetDirectoryName(Page)!, link)), link));
    }

    [GeneratedRegex(@"^\| `([\w-]+)` \|", RegexOptions.Multiline)]
    private static partial Regex Row();

    [GeneratedRegex(@"\]\(([^)#]+)\)")]
    private static partial Regex Link();

    private sealed class NoConvolutions : LintRule
    {
        public override string Id => "no-conv";

        public override string Title => "convolutions";

        public override string Why => "A test.";

        public override string Lesson => "README.md";

        public override IEnumerable<LintFinding> Check(LintContext context) =>
            context.Network.Layers.Where(layer => layer.Op is Conv2d).Select(layer => Error(layer, "a convolution", "Leave it out."));
    }
}
