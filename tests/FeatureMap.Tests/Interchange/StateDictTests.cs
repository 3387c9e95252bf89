using FeatureMap.Interchange;
using FeatureMap.Networks;
using Xunit;

namespace FeatureMap.Tests.Interchange;

/// <summary>Whatever training wrapped around a model is no part of its names.</summary>
public sealed class StateDictTests
{
    private static readonly StateDictNames Names = new((_, layer) => layer.Name);

    private static Network Small => Network.Build(Shape.Image(1, 4, 4), x => x.Conv(2, kernel: 3, name: "conv1").Flatten().Linear(3, name: "fc"));

    [Theory]
    [InlineData("")]
    [InlineData("module.")]
    [InlineData("model.")]
    [InlineData("_orig_mod.")]
    [InlineData("module._orig_mod.")]
    [InlineData("_orig_mod.module.")]
    [InlineData("model.module.")]
    [InlineData("model._orig_mod.")]
    [InlineData("module.model._orig_mod.")]
    [InlineData("module.module.")]
    public void Wrappers_are_dropped(string prefix)
    {
        using var folder = new TemporaryFolder();
        var weights = Weights.Initialize(Small, 3);
        Write(folder, weights, name => prefix + name, new("n_averaged", [7L]), new($"{prefix}bn.num_batches_tracked", [5L]));
        var state = StateDict.Read(folder["w.safetensors"]);
        Assert.True(state.HasNamesOf(Small, Names));
        Assert.Equal(weights.Sha256(), state.ToWeights(Small, Names).Sha256());
    }

    [Fact]
    public void Parts_that_were_compiled_by_themselves_have_their_names()
    {
        using var folder = new TemporaryFolder();
        var weights = Weights.Initialize(Small, 3);
        Write(folder, weights, name => name.Replace("conv1.", "conv1._orig_mod.", StringComparison.Ordinal));
        Assert.Equal(weights.Sha256(), StateDict.Read(folder["w.safetensors"]).ToWeights(Small, Names).Sha256());
    }

    [Fact]
    public void A_model_beside_its_average_is_refused_with_both_names()
    {
        using var folder = new TemporaryFolder();
        var weights = Weights.Initialize(Small, 3);
        Write(folder, weights, name => name, new SafetensorsEntry("module.fc.bias", new float[3], 3));
        var error = Assert.Throws<DataException>(() => StateDict.Read(folder["w.safetensors"]).ToWeights(Small, Names));
        Assert.Equal("w.safetensors has two tensors for fc.bias: fc.bias and module.fc.bias. Keep one of them.", error.Message);
    }

    /// <summary>A weight of numbers that are not read is named; one that nobody asks for is not in the way.</summary>
    [Fact]
    public void A_weight_of_a_type_that_is_not_read_is_named()
    {
        using var folder = new TemporaryFolder();
        var header = """{"fc.bias":{"dtype":"F8_E8M0","shape":[3],"data_offsets":[0,3]}}"""u8;
        folder.Write("w.safetensors", [(byte)header.Length, 0, 0, 0, 0, 0, 0, 0, .. header, 1, 2, 3]);
        var error = Assert.Throws<DataException>(() => StateDict.Read(folder["w.safetensors"]).ToWeights(Small, Names));
        Assert.Contains("Wrong (1): fc.bias holds numbers of the type F8_E8M0, which are not read here; convert it "
            + "to F32 or F16.", error.Message, StringComparison.Ordinal);
    }

    private static void Write(TemporaryFolder folder, Weights weights, Func<string, string> name, params SafetensorsEntry[] more) => SafetensorsFile.Write(
        folder["w.safetensors"],
        [.. weights.Parameters.Select(parameter => new SafetensorsEntry(name(parameter.Name), parameter.Values.ToArray(), [.. parameter.Dimensions])), .. more]);
}
