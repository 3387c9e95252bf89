using FeatureMap.Interchange;
using FeatureMap.Models;
using FeatureMap.Ops;
using Xunit;
using static FeatureMap.Tests.Interchange.OnnxGraphs;

namespace FeatureMap.Tests.Interchange;

public sealed class OnnxNodeTestTests
{
    [Fact]
    public void A_folder_of_tests_is_judged()
    {
        using var folder = new TemporaryFolder();
        Write(folder, "test_relu", [Node("Relu", "x", "y")], [0, 2, 0, 4]);
        Write(folder, "test_wrong", [Node("Relu", "x", "y")], [0, 2, 0, 4.01f]);
        Write(folder, "test_unknown", [Node("Unheard", "x", "y")], [0, 2, 0, 4]);
        Assert.Equal(
            [
                new("test_relu", OnnxTestOutcome.Passed, ""),
                new("test_unknown", OnnxTestOutcome.OutOfScope, "no layer stands for the operator 'Unheard'"),
                new("test_wrong", OnnxTestOutcome.Failed, "number 3 of the output 'y' is 4, and 4.01 was expected"),
            ],
            OnnxNodeTests.Run(folder.Location));
        Assert.Equal("test_relu", Assert.Single(OnnxNodeTests.Run(folder.Location, "RELU")).Name);
        Assert.Equal("test_relu", Assert.Single(OnnxNodeTests.Run(folder["test_relu"])).Name);
        System.IO.Compression.ZipFile.CreateFromDirectory(folder.Location, Path.Combine(Path.GetTempPath(), Path.GetFileName(folder.Location) + ".zip"));
        var zip = Path.Combine(Path.GetTempPath(), Path.GetFileName(folder.Location) + ".zip");
        try
        {
            Assert.Equal(OnnxNodeTests.Run(folder.Location), OnnxNodeTests.Run(zip));
        }
        finally
        {
            File.Delete(zip);
        }
    }

    [Fact]
    public void Where_there_is_no_test_it_says_so()
    {
        using var folder = new TemporaryFolder();
        Assert.StartsWith("There is no backend test in ", Assert.Throws<DataException>(() => OnnxNodeTests.Run(folder.Location).ToList()).Message, StringComparison.Ordinal);
        Assert.Equal("There is neither a folder nor a zip archive nowhere.zip.", Assert.Throws<DataException>(() => OnnxNodeTests.Run("nowhere.zip").ToList()).Message);
        Assert.Contains("cannot be read as a zip archive", Assert.Throws<DataException>(() => OnnxNodeTests.Run(folder.Write("a.zip", [1, 2, 3])).ToList()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_test_that_cannot_be_read_has_failed()
    {
        using var folder = new TemporaryFolder();
        folder.Write("test_a/model.onnx", [1, 2, 3]);
        folder.Write("test_b/model.onnx", OnnxWriter.Model(Model([Node("Relu", "x", "y")], input: [2, 2])).ToArray());
        Assert.All(OnnxNodeTests.Run(folder.Location), result => Assert.Equal(OnnxTestOutcome.Failed, result.Outcome));
        Assert.Equal("it has no test_data_set_0", OnnxNodeTests.Run(folder.Location).Last().Reason);
    }

    [Fact]
    public void Infinities_and_NaN_agree_with_themselves_alone()
    {
        const float inf = float.PositiveInfinity;
        using var folder = new TemporaryFolder();
        Write(folder, "test_exp_a", [Node("Reciprocal", "x", "y")], [-1, 0.5f, -1 / 3f, 0.25f]);
        Write(folder, "test_exp_b", [Node("Reciprocal", "x", "y")], [-1, inf, -1 / 3f, 0.25f]);
        Write(folder, "test_log_a", [Node("Log", "x", "y")], [float.NaN, MathF.Log(2), float.NaN, MathF.Log(4)]);
        Write(folder, "test_log_b", [Node("Log", "x", "y")], [float.NaN, float.NaN, float.NaN, MathF.Log(4)]);
        Write(folder, "test_log_c", [Node("Log", "x", "y")], [-inf, MathF.Log(2), float.NaN, MathF.Log(4)]);
        Assert.Equal(
            [OnnxTestOutcome.Passed, OnnxTestOutcome.Failed, OnnxTestOutcome.Passed, OnnxTestOutcome.Failed, OnnxTestOutcome.Failed],
            OnnxNodeTests.Run(folder.Location).Select(result => result.Outcome));
    }

    [Fact]
    public void Operator_sets_that_are_not_read_are_out_of_scope()
    {
        using var folder = new TemporaryFolder();
        var model = Model([Node("Relu", "x", "y")], input: [2, 2], opset: 99);
        folder.Write("test_new/model.onnx", OnnxWriter.Model(model).ToArray());
        folder.Write("test_other/model.onnx", OnnxWriter.Model(model with { Opsets = new Dictionary<string, long> { ["com.example"] = 1 } }).ToArray());
        folder.Write("test_new/test_data_set_0/input_0.pb", OnnxWriter.Tensor(Reals("x", [2, 2])).ToArray());
        folder.Write("test_other/test_data_set_0/input_0.pb", OnnxWriter.Tensor(Reals("x", [2, 2])).ToArray());
        Assert.Equal(
            [
                new("test_new", OnnxTestOutcome.OutOfScope, "it uses version 99 of ONNX's operators, and versions 1 to 25 are read"),
                new("test_other", OnnxTestOutcome.OutOfScope, "it uses operators of 'com.example' only, and only ONNX's own are read"),
            ],
            OnnxNodeTests.Run(folder.Location));
    }

    internal static void Write(TemporaryFolder folder, string name, OnnxNode[] nodes, float[] expected)
    {
        folder.Write($"{name}/model.onnx", OnnxWriter.Model(Model(nodes, input: [2, 2])).ToArray());
        folder.Write($"{name}/test_data_set_0/input_0.pb", OnnxWriter.Tensor(Reals("x", [2, 2], -1, 2, -3, 4)).ToArray());
        folder.Write($"{name}/test_data_set_0/output_0.pb", OnnxWriter.Tensor(Reals("y", [2, 2], expected)).ToArray());
    }
}
