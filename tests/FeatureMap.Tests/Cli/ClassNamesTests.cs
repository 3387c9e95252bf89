using FeatureMap.Data;
using FeatureMap.Interchange;
using FeatureMap.Models;
using FeatureMap.Tests.Data;
using Xunit;

namespace FeatureMap.Tests.Cli;

/// <summary><c>predict --classes</c>: names for models that have none, as published weights of 1,000 classes.</summary>
public sealed class ClassNamesTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly string model, picture;

    public ClassNamesTests()
    {
        var network = FeatureMap.Networks.Network.Build(Shape.Image(3, 8, 8), x => x.Conv(4, kernel: 3).Relu().GlobalAveragePool()
            .Linear(3));
        model = folder["model"];
        Directory.CreateDirectory(model);
        ModelFile.Save(new Model(FeatureMap.Networks.Weights.Initialize(network, 1), new([0.5, 0.5, 0.5], [0.25, 0.25, 0.25]), []), model);
        picture = folder.Write("p.png", ClassFolder.Picture(200, 8, 8));
    }

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Without_names_numbers_are_shown_and_it_is_said_how_to_give_names()
    {
        var result = Tool.Run("predict", model, picture, "--json");
        Assert.Equal(0, result.Code);
        Assert.Contains("The model has no names for its 3 classes, so their numbers are shown, from 0. Give them by --classes FILE: a "
            + "text file with a name on each line.", result.Error, StringComparison.Ordinal);
        var label = result.Json.GetProperty("predictions")[0].GetProperty("class").GetString()!;
        Assert.Contains(label, (string[])["0", "1", "2"]);
        string[] names = ["tench", "gold fish", "white shark"];
        foreach (var (file, text) in new[]
        {
            ("names.txt", "tench\r\ngold fish\r\nwhite shark\r\n"), ("names.json", "[\"tench\", \"gold fish\", \"white shark\"]"),
            ("index.json", "{\"0\": [\"n01\", \"tench\"], \"2\": [\"n03\", \"white shark\"], \"1\": [\"n02\", \"gold fish\"]}"),
        })
        {
            var named = Tool.Run("predict", model, picture, "--json", "--classes",
                folder.Write(file, System.Text.Encoding.UTF8.GetBytes(text)));
            Assert.Equal((0, ""), (named.Code, named.Error));
            Assert.Equal(names[int.Parse(label, System.Globalization.CultureInfo.InvariantCulture)],
                named.Json.GetProperty("predictions")[0].GetProperty("class").GetString());
        }
    }

    [Theory]
    [InlineData("a\nb\n", "the file has 2 names, and the model gives 3 scores")]
    [InlineData("a\n\nb\n", "the name of class 1 is empty")]
    [InlineData("[1, 2, 3]", "this is no list of names in JSON")]
    [InlineData("{\"0\": \"a\", \"2\": \"b\"}", "it has 2 names and none for class 1")]
    [InlineData("[\"a\",", "this is no list of names in JSON")]
    public void What_is_no_list_of_names_is_refused(string text, string message)
    {
        var result = Tool.Run("predict", model, picture, "--classes", folder.Write("names", System.Text.Encoding.UTF8.GetBytes(text)));
        Assert.Equal(1, result.Code);
        Assert.Contains(message, result.Error, StringComparison.Ordinal);
        Assert.Equal(1, Tool.Run("predict", model, picture, "--classes", folder["none.txt"]).Code);
    }
}
