using FeatureMap.Analysis;
using FeatureMap.Interchange;
using FeatureMap.Networks;
using FeatureMap.Ops;
using FeatureMap.Training;
using Xunit;

namespace FeatureMap.Tests.Ops;

/// <summary>Constants and learned parameters: layers that read nothing.</summary>
public sealed class SourceTests
{
    private static Network Sample() => Network.Build(Shape.Image(2, 4, 4), x =>
    {
        var scale = x.LearnedParameter(Shape.Vector(2), Initializer.Ones, decays: true, name: "scale");
        var ramp = x.Constant(Shape.Image(1, 1, 4), -1.5f, -0.5f, 0.1f, 1e-10f);
        return ((x * scale) + ramp).Mean(Axes.Space).Linear(3);
    });

    [Fact]
    public void They_are_read_back_from_a_network_file()
    {
        var json = NetworkFile.ToJson(Sample());
        Assert.Contains("""{ "name": "scale", "op": "LearnedParameter", "inputs": [], "settings": { "shape": [2, 1, 1], "initializer": "ones", "decays": true } }""", json, StringComparison.Ordinal);
        Assert.Contains("""{ "name": "constant1", "op": "Constant", "inputs": [], "settings": { "shape": [1, 1, 4], "values": [-1.5, -0.5, 0.1, 1E-10] } }""", json, StringComparison.Ordinal);
        var back = NetworkFile.Parse(json);
        Assert.Equal(json, NetworkFile.ToJson(back));
        Assert.Equal([-1.5f, -0.5f, 0.1f, 1e-10f], ((Constant)back["constant1"].Op!).Values);
    }

    [Theory]
    [InlineData("[-1.5, -0.5, 0.1, 1E-10]", "[-1.5, -0.5, 0.1]", "x, layer 2 'constant1': A constant of shape 1x1x4 has 1 x 1 x 4 = 4 numbers (channels x height x width): received 3.")]
    [InlineData("[-1.5, -0.5, 0.1, 1E-10]", "[-1.5, -0.5, 0.1, 1E40]", "x, layer 2 'constant1': Constant takes as 'values' a list of 1 to 65,536 numbers that 32 bits hold: received [-1.5, -0.5, 0.1, 1E+40].")]
    [InlineData("[1, 1, 4]", "[1, 4]", "x, layer 2 'constant1': Constant takes as 'shape' three whole numbers of at least 1, such as [16, 28, 28] (channels, height, width): received [1, 4].")]
    [InlineData("\"inputs\": [], \"settings\": { \"shape\": [1, 1, 4]", "\"inputs\": [\"scale\"], \"settings\": { \"shape\": [1, 1, 4]", "x: Layer 'constant1' (Constant(1x1x4: -1.5 -0.5 0.1 1E-10), layer 2, after 'scale') takes no inputs: received 1.")]
    [InlineData("\"axes\": \"space\"", "\"axes\": \"none\"", "x, layer 5 'reduceMean1': ReduceMean takes as 'axes' axes: channels, rows, columns, space (rows and columns), all, or two such as \"channels, rows\": received \"none\".")]
    public void Broken_settings_are_told(string original, string replacement, string message)
    {
        var json = NetworkFile.ToJson(Sample()).Replace("\"multiply1\"", "\"m\"", StringComparison.Ordinal);
        Assert.Contains(original, json, StringComparison.Ordinal);
        Assert.Equal(message, Assert.Throws<DataException>(() => NetworkFile.Parse(json.Replace(original, replacement, StringComparison.Ordinal), "x")).Message);
    }

    [Fact]
    public void A_description_that_could_not_be_read_again_is_not_written()
    {
        var numbers = new float[Constant.MaximumCount];
        Array.Fill(numbers, -0.12345679f);
        var network = Network.Build(Shape.Vector(1), x =>
        {
            for (var i = 0; i < 11; i++)
                x += x.Constant(Shape.Vector(Constant.MaximumCount), numbers);
            return x;
        });
        var error = Assert.Throws<UsageException>(() => NetworkFile.ToJson(network));
        Assert.EndsWith(" bytes; at most 8,388,608 are read again. Its constants are part of it: make large ones learned parameters, whose numbers are weights.", error.Message, StringComparison.Ordinal);
        var larger = """{ "format": "featuremap-network", "version": 1, "input": { "channels": 1, "height": 1, "width": 1 }, "layers": [ { "name": "c", "op": "Constant", "inputs": [], "settings": { "shape": [1, 1, 1], "values": [VALUES] } } ] }"""
            .Replace("VALUES", string.Join(',', Enumerable.Repeat("0", Constant.MaximumCount + 1)), StringComparison.Ordinal);
        Assert.Equal("x, layer 1 'c', setting 'values': the list has 65,537 numbers; at most 65,536 belong to any setting.", Assert.Throws<DataException>(() => NetworkFile.Parse(larger, "x")).Message);
    }

    [Fact]
    public void Constants_that_cannot_be_are_explained()
    {
        Assert.Equal("A constant of shape 2x1x3 has 2 x 1 x 3 = 6 numbers (channels x height x width): received 2.", Assert.Throws<UsageException>(() => new Constant(Shape.Image(2, 1, 3), 1, 2)).Message);
        Assert.Equal("The numbers of a constant must be finite: number 1 is NaN.", Assert.Throws<UsageException>(() => new Constant(Shape.Vector(2), 1, float.NaN)).Message);
        Assert.Equal(
            "A constant has at most 65,536 numbers, as they are part of the network's description: received 65,537. Use a shape with sizes of 1 where numbers repeat, or a learned parameter, whose numbers are weights.",
            Assert.Throws<UsageException>(() => new Constant(Shape.Vector(65_537), new float[65_537])).Message);
    }

    [Fact]
    public void A_learned_parameter_has_a_name_a_start_and_a_gradient()
    {
        var network = Sample();
        var weights = Weights.Initialize(network, 1);
        Assert.Equal([1f, 1f], weights["scale.value"].Values.ToArray());
        Assert.Equal([2], weights["scale.value"].Dimensions);
        Assert.True(weights["scale.value"].Definition.Decays);
        Assert.Equal(2 + (2 * 3) + 3, network.TrainableCount);
        var check = GradientCheck.Run(network);
        Assert.True(check.Passed, check.ToString());
        Assert.Equal([2, 3, 4], ((LearnedParameter)Network.Build(Shape.Vector(1), x => x + x.LearnedParameter(Shape.Image(2, 3, 4))).Layers[1].Op!).Parameters([])[0].Dimensions);
    }

    [Fact]
    public void They_see_nothing_of_the_input_and_disturb_no_receptive_field()
    {
        var network = Network.Build(Shape.Image(2, 8, 8), x => x.Conv(2, kernel: 3, stride: 2).Multiply(x.LearnedParameter(Shape.Vector(2))));
        var fields = ReceptiveField.Of(network);
        Assert.Equal(0, ReceptiveField.Of(network, "learnedParameter1").Vertical.Size);
        Assert.Equal(fields[1].Vertical, fields[^1].Vertical);
        Assert.True(fields[^1].IsAligned);
        Assert.False(fields[^1].IsGlobal);
        Assert.Contains("learnedParameter1", network.Summary().ToString(), StringComparison.Ordinal);
    }
}
