using FeatureMap.Data;
using FeatureMap.Interchange;
using FeatureMap.Networks;
using FeatureMap.OnnxRuntime;
using FeatureMap.Ops;
using FeatureMap.Randomness;
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
    [MemberData(nameof(OpNames))]
    public void Each_case_of_each_op_agrees(string op)
    {
        foreach (var given in OpCatalogue.Entries.Single(entry => entry.Type.Name == op).Cases)
            if (OnnxSamples.NetworkOf(given) is { } network)
                foreach (var opset in (int[])[OnnxExportOptions.LowestOpset, 17, OnnxExportOptions.HighestOpset])
                    AssertAgrees(OnnxSamples.Model(network), new OnnxExportOptions { Opset = opset, Input = OnnxInput.Normalized }, given.ToString());
    }

    [Theory]
    [MemberData(nameof(OpNames))]
    public void Random_cases_of_each_op_agree(string op)
    {
        var entry = OpCatalogue.Entries.Single(entry => entry.Type.Name == op);
        var random = new RandomSequence(3, RandomPurpose.Testing, 0);
        for (var i = 0; i < 40; i++)
            if (entry.RandomCase(ref random) is var given && OnnxSamples.NetworkOf(given) is { } network)
                AssertAgrees(OnnxSamples.Model(network), new OnnxExportOptions { Input = OnnxInput.Normalized }, given.ToString());
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

    [Fact]
    public void What_is_no_model_is_refused_in_the_words_of_the_runtime()
    {
        using var folder = new TemporaryFolder();
        var error = Assert.Throws<DataException>(() => new OnnxRuntimeModel(folder.Write("x.onnx", [1, 2, 3])));
        Assert.StartsWith("ONNX Runtime cannot load x.onnx: ", error.Message, StringComparison.Ordinal);
    }

    private static void AssertAgrees(Model model, OnnxExportOptions options, string? what = null)
    {
        using var folder = new TemporaryFolder();
        OnnxFile.Save(model, folder["model.onnx"], options);
        var check = ExportCheck.Run(model, folder["model.onnx"], options.Input, randomImages: 3);
        Assert.True(check.Passed, $"{what ?? $"{model.Network}"}, {options}: {check}");
    }
}
