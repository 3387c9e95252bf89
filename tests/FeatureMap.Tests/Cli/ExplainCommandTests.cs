using FeatureMap.Lessons;
using Xunit;

namespace FeatureMap.Tests.Cli;

public sealed class ExplainCommandTests
{
    public static TheoryData<string> Concepts => [.. Concept.All.Select(concept => concept.Name)];

    [Theory]
    [MemberData(nameof(Concepts))]
    public void Every_concept_explains_itself_in_text_and_in_json(string name)
    {
        var text = Tool.Run("explain", name);
        Assert.Equal((0, ""), (text.Code, text.Error));
        Assert.StartsWith($"{name}: ", text.Output, StringComparison.Ordinal);
        var json = Tool.Run("explain", name, "--json");
        Assert.Equal(name, json.Text("concept"));
        Assert.NotEmpty(json.Json.GetProperty("numbers").EnumerateObject());
        Assert.True(File.Exists(Path.Combine(House.Repository.Root, json.Text("lesson"))), json.Text("lesson"));
    }

    // The example of Dumoulin and Visin, and counts that an independent script found.
    [Theory]
    [InlineData("convolution", "output", "[[12,12,17],[10,17,19],[9,6,14]]")]
    [InlineData("convolution", "multiplyAdds", "81")]
    [InlineData("convolution --input 4", "reads", "[[1,2,2,1],[2,4,4,2],[2,4,4,2],[1,2,2,1]]")]
    [InlineData("checkerboard", "ratio", "4")]
    [InlineData("checkerboard", "phases", "[2,1]")]
    [InlineData("checkerboard --kernel 4", "ratio", "1")]
    [InlineData("checkerboard --input 8", "resize", "1")]
    [InlineData("dilation", "reached", "7")]
    [InlineData("dilation", "span", "13")]
    [InlineData("dilation --rates 1,2,5", "reached", "17")]
    [InlineData("dilation --rates 2,4,8", "reached", "15")]
    [InlineData("receptive-field", "measured", "7")]
    [InlineData("receptive-field --stride 2 --layers 2", "paths", "[1,1,2,1,2,1,1,0,0]")]
    [InlineData("depthwise", "weights", "8768")]
    [InlineData("depthwise", "fullWeights", "73728")]
    [InlineData("pyramid", "lengths", "[5376,5376,5376]")]
    [InlineData("stride", "difference", "0")]
    [InlineData("stride --kernel 1 --padding 0", "readShare", "25")]
    [InlineData("transposed", "difference", "0")]
    [InlineData("pixel-shuffle", "output", "[[0,4,1,5],[8,12,9,13],[2,6,3,7],[10,14,11,15]]")]
    [InlineData("pixel-shuffle", "difference", "0")]
    [InlineData("grouped", "matrix", "[[1,1,0,0],[1,1,0,0],[0,0,1,1],[0,0,1,1]]")]
    [InlineData("separable", "sobelError", "0")]
    public void Numbers_are_those_of_the_lessons(string line, string key, string expected)
    {
        var result = Tool.Run(["explain", .. line.Split(' '), "--json"]);
        Assert.Equal(0, result.Code);
        Assert.Equal(expected, string.Concat(result.Json.GetProperty("numbers").GetProperty(key).GetRawText().Where(c => !char.IsWhiteSpace(c))));
    }

    [Fact]
    public void The_first_cell_is_written_out() =>
        Assert.Contains("first cell: 3*0 + 3*1 + 2*2 + 0*2 + 0*2 + 1*0 + 3*0 + 1*1 + 2*2 = 12", Tool.Run("explain", "convolution").Output, StringComparison.Ordinal);

    [Fact]
    public void Without_a_name_all_concepts_are_listed()
    {
        var list = Tool.Run("explain").Output;
        Assert.All(Concept.All, concept => Assert.Contains(concept.Lesson, list, StringComparison.Ordinal));
        Assert.Equal(16, Tool.Run("explain", "--json").Json.GetProperty("concepts").GetArrayLength());
    }

    [Theory]
    [InlineData("explain checkerbord", "error: There is no concept 'checkerbord'. Did you mean 'checkerboard'? There are convolution, pointwise, channels, receptive-field, checkerboard, dilation, transposed, pixel-shuffle, depthwise, stride, max-pool, pyramid, separable, grouped, dropout, residual.")]
    [InlineData("explain convolution --kernel x", "error: kernel takes a whole number from 1 to 31: received 'x'.")]
    [InlineData("explain dilation --rates 1,,2", "error: rates takes up to 16 whole numbers with commas between them, each from 1 to 64: received '1,,2'.")]
    [InlineData("explain dropout --kernel 3", "error: 'dropout' has no kernel; it takes percent, input, seed.")]
    [InlineData("explain --rates 2", "error: --rates belongs to a concept, such as featuremap explain dilation.")]
    [InlineData("explain convolution --kernel 6", "error: The kernel does not fit: it spans 6 pixels of height, the input has 5. Use a smaller kernel, or pad by at least 1 more.")]
    public void Wrong_options_are_explained_and_give_2(string line, string message)
    {
        var result = Tool.Run(line.Split(' '));
        Assert.Equal((2, "", message), (result.Code, result.Output, result.Error.Split('\n')[0].TrimEnd()));
    }
}
