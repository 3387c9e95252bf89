using FeatureMap.Data;
using FeatureMap.Interchange;
using FeatureMap.Models;
using FeatureMap.Networks;
using FeatureMap.OnnxRuntime;
using FeatureMap.Ops;
using FeatureMap.Randomness;
using FeatureMap.Tests.Blocks;
using FeatureMap.Tests.House;
using FeatureMap.Tests.Interchange;
using FeatureMap.Zoo;
using Xunit;

namespace FeatureMap.Tests.OnnxRuntime;

/// <summary>ONNX Runtime runs what we export and must find the same.</summary>
public sealed class ExportCheckTests
{
    public static TheoryData<string> RecipeNames => [.. Recipes.All.Select(recipe => recipe.Name)];

    /// <summary>Every case of every op that is not a loss: its settings, one by one.</summary>
    public static TheoryData<string> OpNames => [.. OpCatalogue.Entries.Where(entry => !entry.Type.IsSubclassOf(typeof(TargetOp))).Select(entry => entry.Type.Name)];

    [Theory]
    [MemberData(nameof(RecipeNames))]
    public void Recipes_agree(string name)
    {
        var recipe = Recipes.Get(name);
        var info = Datasets.Info(recipe.Dataset);
        var model = OnnxSamples.Model(recipe.Build(info.ImageShape, info.ClassNames.Count), [.. info.ClassNames]);
        foreach (var input in Enum.GetValues<OnnxInput>())
            foreach (var keeps in (bool[])[false, true])
                AssertAgrees(model, new OnnxExportOptions { Input = input, KeepsBatchNorm = keeps });
    }

    [Theory]
    [InlineData(13)]
    [InlineData(17)]
    [InlineData(21)]
    public void Branches_agree_at_every_operator_set(int opset) => AssertAgrees(OnnxSamples.Model(SampleNetworks.Branched()), new OnnxExportOptions { Opset = opset });

    [Theory]
    [InlineData(13)]
    [InlineData(17)]
    [InlineData(21)]
    public void Rearrangements_agree_at_every_operator_set(int opset) => AssertAgrees(OnnxSamples.Model(SampleNetworks.Rearranged()), new OnnxExportOptions { Opset = opset });

    [Theory]
    [MemberData(nameof(BlockTests.BlockNames), MemberType = typeof(BlockTests))]
    public void Blocks_agree_and_come_back(string block)
    {
        foreach (var opset in Opsets)
            foreach (var keeps in (bool[])[false, true])
                AssertAgrees(OnnxSamples.Model(BlockTests.NetworkOf(block)), new OnnxExportOptions { Opset = opset, KeepsBatchNorm = keeps });
        Guard.None(OnnxRoundTripTests.Differences(OnnxSamples.Model(BlockTests.NetworkOf(block)), 17, block));
    }

    [Theory]
    [MemberData(nameof(OpNames))]
    public void Each_case_of_each_op_agrees(string op)
    {
        var wrong = new List<string>();
        foreach (var given in OpCatalogue.Entries.Single(entry => entry.Type.Name == op).Cases)
            if (OnnxSamples.NetworkOf(given) is { } network)
                foreach (var opset in Opsets)
                    wrong.AddRange(Differences(OnnxSamples.Model(network), new OnnxExportOptions { Opset = opset, Input = OnnxInput.Normalized }, given.ToString()));
        Assert.True(wrong.Count == 0, string.Join(Environment.NewLine, wrong));
    }

    [Theory]
    [MemberData(nameof(OpNames))]
    public void Random_cases_of_each_op_agree(string op)
    {
        var entry = OpCatalogue.Entries.Single(entry => entry.Type.Name == op);
        var random = new RandomSequence(3, RandomPurpose.Testing, 0);
        var wrong = new List<string>();
        for (var i = 0; i < 40; i++)
            if (entry.RandomCase(ref random) is var given && OnnxSamples.NetworkOf(given) is { } network)
                wrong.AddRange(Differences(OnnxSamples.Model(network), new OnnxExportOptions { Input = OnnxInput.Normalized, Opset = Opsets[i % Opsets.Length] }, given.ToString()));
        Assert.True(wrong.Count == 0, string.Join(Environment.NewLine, wrong));
    }

    [Fact]
    public void Another_file_is_found_out()
    {
        using var folder = new TemporaryFolder();
        var model = OnnxSamples.Model(SampleNetworks.Branched());
        OnnxFile.Save(model, folder["a.onnx"]);
        model.Weights.Parameters[^1].Values[0] += 0.1f;
        var check = ExportCheck.Run(model, folder["a.onnx"], OnnxInput.Pixels);
        Assert.False(check.Passed);
        Assert.InRange(check.LargestAbsolute, 0.05, 0.15);
    }

    /// <summary>A sigmoid far below 0: ONNX Runtime has steps of 3e-8 there, which is more than twice the result and no error.</summary>
    [Fact]
    public void Tiny_numbers_agree_where_their_difference_is_tiny()
    {
        using var folder = new TemporaryFolder();
        var model = new Model(Weights.Initialize(Network.Build(Shape.Image(3, 8, 8), x => x.Then(new ScaleShift(1, -20)).Sigmoid()), 1), Normalization.None(3), []);
        OnnxFile.Save(model, folder["a.onnx"]);
        var check = ExportCheck.Run(model, folder["a.onnx"], OnnxInput.Pixels);
        Assert.True(check.Passed, $"{check}");
        Assert.InRange(check.LargestAbsolute, 0, 1e-6);
        // The absolute part is for rounding, not for results: of a difference of 2e-6 it is too little.
        var other = new Model(Weights.Initialize(Network.Build(Shape.Image(3, 8, 8), x => x.Then(new ScaleShift(1, -20)).Sigmoid().Then(new ScaleShift(1, 2e-6f))), 1), Normalization.None(3), []);
        Assert.False(ExportCheck.Run(other, folder["a.onnx"], OnnxInput.Pixels).Passed);
    }

    [Theory]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    [InlineData(float.NaN)]
    public void Equal_infinities_agree_and_are_counted(float value)
    {
        using var folder = new TemporaryFolder();
        var model = new Model(Weights.Initialize(Network.Build(Shape.Vector(2), x => x.Linear(3)), 1), Normalization.None(2), []);
        model.Weights["linear1.bias"].Values[1] = value;
        OnnxFile.Save(model, folder["a.onnx"]);
        var check = ExportCheck.Run(model, folder["a.onnx"], OnnxInput.Pixels, randomImages: 4);
        Assert.True(check.Passed, $"{check}");
        Assert.Equal(4, check.NotFinite);
        foreach (var other in (float[])[1, float.PositiveInfinity, float.NegativeInfinity, float.NaN])
        {
            if (other.Equals(value)) continue;
            model.Weights["linear1.bias"].Values[1] = other;
            check = ExportCheck.Run(model, folder["a.onnx"], OnnxInput.Pixels, randomImages: 4);
            Assert.False(check.Passed, $"{value} and {other}: {check}");
            Assert.Equal(double.PositiveInfinity, check.LargestAbsolute);
        }
    }

    [Fact]
    public void What_is_no_model_is_refused_in_the_words_of_the_runtime()
    {
        using var folder = new TemporaryFolder();
        var error = Assert.Throws<DataException>(() => new OnnxRuntimeModel(folder.Write("x.onnx", [1, 2, 3])));
        Assert.StartsWith("ONNX Runtime cannot load x.onnx: ", error.Message, StringComparison.Ordinal);
    }

    private static int[] Opsets => [OnnxExportOptions.LowestOpset, 17, OnnxExportOptions.HighestOpset];

    private static void AssertAgrees(Model model, OnnxExportOptions options) => Guard.None(Differences(model, options, $"{model.Network}"));

    /// <summary>What ONNX Runtime says where it does not agree.</summary>
    private static IEnumerable<string> Differences(Model model, OnnxExportOptions options, string what)
    {
        using var folder = new TemporaryFolder();
        OnnxFile.Save(model, folder["model.onnx"], options);
        var check = ExportCheck.Run(model, folder["model.onnx"], options.Input, randomImages: 3);
        if (!check.Passed) yield return $"{what}, {options}: {check}";
    }
}
