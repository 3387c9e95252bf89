using FeatureMap.Analysis;
using FeatureMap.Interchange;
using FeatureMap.Networks;
using FeatureMap.Zoo;
using Xunit;

namespace FeatureMap.Tests.Analysis.Lint;

/// <summary>What a finding proposes as data mends it, and brings nothing new.</summary>
public sealed class LintRepairTests
{
    // Rules that propose a change wherever their case allows one; the others leave the choice to a person.
    private static readonly string[] Mending =
    [
        "dead-taps", "target-shape", "double-softmax", "logit-activation", "logit-dropout", "bn-batch1", "bias-bn",
            "sigmoid-deep",
        "no-mix", "res-shape", "cb-up", "icnr", "unread", "stride-gap", "pool-gap", "spp-bins", "even-same", "head-heavy",
    ];

    [Fact]
    public void Each_change_mends_its_finding_and_brings_none()
    {
        var mending = new HashSet<string>();
        foreach (var given in LintCase.All)
        {
            var report = given.Bad().Lint(given.Options ?? new LintOptions());
            foreach (var finding in report.Findings.Where(finding => finding.Rule.Id == given.Rule && finding.Edits.Count > 0))
            {
                var better = Linter.Mend(report, finding, given.Options);
                Assert.True(better is not null, $"{finding} is not mended by {string.Join("; ", finding.Edits)}");
                Assert.DoesNotContain(better.Findings, other => other.Rule.Id == finding.Rule.Id
                    && other.Layer?.Name == finding.Layer?.Name);
                mending.Add(given.Rule);
                // What the linter made is a network like any other: it is written and read.
                Assert.Equal(NetworkFile.ToJson(better.Network), NetworkFile.ToJson(NetworkText.Parse(NetworkText.Write(better.Network))));
            }
        }
        Assert.Equal(Mending.Order(), mending.Order());
    }

    [Fact]
    public void A_network_with_many_faults_is_mended_as_a_whole()
    {
        var network = NetworkText.Parse("""
            input: 1x29x29
            conv1: Conv2d channels=8 kernel=3
            norm1: BatchNorm
            relu1: Relu
            pool1: MaxPool2d kernel=2 stride=3
            conv2: Conv2d channels=16 kernel=3 padding=1
            norm2: BatchNorm
            relu2: Relu
            flat: Flatten
            fc: Linear outputs=10
            drop: Dropout probability=0.2
            soft: Softmax
            """);
        var repair = Linter.Repair(network);
        Assert.Equal(["double-softmax", "logit-dropout", "bias-bn", "bias-bn", "pool-gap", "head-heavy"],
            repair.Mended.Select(finding => finding.Rule.Id).OrderBy(rule => Linter.Rules.ToList().FindIndex(known => known.Id == rule)));
        Assert.Empty(repair.Left.Findings);
        Assert.Equal("""
            input: 1x29x29
            conv1: Conv2d channels=8 kernel=3 bias=false
            norm1: BatchNorm
            relu1: Relu
            pool1: MaxPool2d kernel=3
            conv2: Conv2d channels=16 kernel=3 padding=1 bias=false
            norm2: BatchNorm
            relu2: Relu
            flat: GlobalAveragePool
            dropout1: Dropout probability=0.2
            fc: Linear outputs=10

            """.ReplaceLineEndings("\n"), NetworkText.Write(repair.Network));
    }

    [Fact]
    public void Dropout_goes_behind_the_normalisation_where_weights_follow()
    {
        var network =
            NetworkText.Parse("input: 3x8x8\nConv2d channels=4 kernel=3 bias=false\nDropout probability=0.5\nBatchNorm\nRelu\nFlatten\n"
            + "Linear outputs=3\n");
        var repair = Linter.Repair(network, new LintOptions { Ignored = ["head-heavy"] });
        Assert.Equal(["dropout-bn"], repair.Mended.Select(finding => finding.Rule.Id));
        Assert.Equal(["input", "conv1", "batchNorm1", "relu1", "dropout2", "flatten1", "linear1"],
            repair.Network.Layers.Select(layer => layer.Name));
        Assert.Empty(repair.Left.Findings);
    }

    [Fact]
    public void Warnings_alone_are_mended_where_hints_are_not_asked_for()
    {
        var network = Network.Build(Shape.Image(1, 8, 8), x => x.Conv(4, kernel: 3).BatchNorm().Flatten().Linear(10).Softmax());
        Assert.Equal(["double-softmax"], Linter.Repair(network, least: LintSeverity.Warning).Mended.Select(finding => finding.Rule.Id));
    }

    /// <summary>Whatever is proposed for a network of the literature goes or is left out, and never makes it worse.</summary>
    [Fact]
    public void Networks_of_the_literature_are_never_made_worse()
    {
        foreach (var name in Architectures.All.Select(one => one.Name)
            .Where(name => name is "lenet-5" or "passthrough-13" or "resnet-18" or "vgg-16"
            or "squeezenet-1.0" or "shufflenet-v2-x1" or "unet" or "googlenet"))
        {
            var network = Architectures.Get(name).Build();
            var before = network.Lint();
            var after = Linter.Repair(network).Left;
            foreach (var rule in after.Findings.Select(finding => finding.Rule).Distinct())
                Assert.True(after.Findings.Count(finding => finding.Rule == rule) <= before.Findings.Count(finding =>
                    finding.Rule == rule), $"{name} {rule.Id}");
            Assert.Equal(network.Output, after.Network.Output);
        }
    }
}
