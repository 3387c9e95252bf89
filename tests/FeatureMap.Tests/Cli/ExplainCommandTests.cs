using FeatureMap.Lessons;
using Xunit;

namespace FeatureMap.Tests.Cli;

public sealed class ExplainCommandTests
{
    public static TheoryData<string> Lessons => [.. Lesson.All.Select(lesson => lesson.Id)];

    [Theory]
    [MemberData(nameof(Lessons))]
    public void Every_lesson_explains_itself_in_text_and_in_json(string name)
    {
        var text = Tool.Run("explain", name);
        Assert.Equal((0, ""), (text.Code, text.Error));
        Assert.StartsWith($"{name}: ", text.Output, StringComparison.Ordinal);
        Assert.DoesNotContain(".md", text.Output, StringComparison.Ordinal);
        var json = Tool.Run("explain", name, "--json");
        Assert.Equal(name, json.Text("lesson"));
        Assert.NotEmpty(json.Json.GetProperty("numbers").EnumerateObject());
        Assert.StartsWith("# ", Tool.Run("explain", name, "--section", "reference").Output.Split("\n\n", 2)[1], StringComparison.Ordinal);
    }

    // The example of Dumoulin and Visin, and counts that an independent script found.
    [Theory]
    [InlineData("convolution", "output", "[12,12,17,10,17,19,9,6,14]")]
    [InlineData("convolution --input 4 --kernel 3", "reads", "[1,2,2,1,2,4,4,2,2,4,4,2,1,2,2,1]")]
    [InlineData("convolution --input 1,2;3,4 --kernel 1,0;0,-1", "output", "[-3]")]
    [InlineData("convolution?stride=2", "rows", "[2]")]
    [InlineData("checkerboard", "ratios", "[4,1]")]
    [InlineData("checkerboard --kernel 4", "phases", "[2,2]")]
    [InlineData("dilated --rates 1,2,5", "reached", "[17]")]
    [InlineData("dilation --rates 1,2,9", "reached", "[21]")]
    [InlineData("receptive-field --strides 2 --kernels 3,3", "size", "[7]")]
    [InlineData("depthwise", "cost", "[8768,6874112]")]
    [InlineData("spp --input 7 --levels 4", "length", "[16]")]
    [InlineData("stride", "subsampled", "[0]")]
    [InlineData("deconvolution", "difference", "[0]")]
    [InlineData("pixel-shuffle", "output", "[0,4,1,5,8,12,9,13,2,6,3,7,10,14,11,15]")]
    [InlineData("4-3", "filled", "[36]")]
    [InlineData("1x1 --squeeze 16", "direct", "[120422400]")]
    public void Numbers_are_those_of_the_lessons(string line, string key, string expected)
    {
        var result = Tool.Run(["explain", .. line.Split(' '), "--json"]);
        Assert.Equal((0, ""), (result.Code, result.Error));
        Assert.Equal(expected, string.Concat(result.Json.GetProperty("numbers").GetProperty(key).GetRawText()
            .Where(c => !char.IsWhiteSpace(c))));
    }

    [Fact]
    public void A_cell_is_written_out() =>
        Assert.Contains("3 * 0 + 3 * 1 + 2 * 2 + 0 * 2 + 0 * 2 + 1 * 0 + 3 * 0 + 1 * 1 + 2 * 2 = 12",
            string.Join(' ', Tool.Run("explain", "convolution").Output.Split('\n').Select(line => line.Trim())), StringComparison.Ordinal);

    [Fact]
    public void Without_a_name_all_lessons_are_listed_within_100_columns()
    {
        var list = Tool.Run("explain").Output;
        Assert.All(Lesson.All, lesson => Assert.Contains($" {lesson.Id} ", list, StringComparison.Ordinal));
        Assert.All(list.Split('\n'), line => Assert.True(line.Length <= 100, line));
        Assert.Equal(Lesson.All.Count, Tool.Run("explain", "--json").Json.GetProperty("lessons").GetArrayLength());
    }

    [Fact]
    public void A_section_stands_alone()
    {
        var cost = Tool.Run("explain", "convolution", "--section", "cost").Output;
        Assert.Contains("COST", cost, StringComparison.Ordinal);
        Assert.DoesNotContain("FORWARD", cost, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("explain checkerbord", "error: There is no lesson 'checkerbord'. Did you mean 'checkerboard'?")]
    [InlineData("explain convolution --stride x", "error: stride is a whole number from 1 to 4: received 'x'.")]
    [InlineData("explain dilation --rates 1,,2", "error: rates is 1 to 6 whole numbers with commas between them, each from 1 to 16: "
        + "received '1,,2'.")]
    [InlineData("explain dropout --stride 3", "error: 'dropout' has no stride; it takes input, percent, kind, seed, step, gradient.")]
    [InlineData("explain --rates 2", "error: --rates belongs to a lesson, such as featuremap explain dilation.")]
    [InlineData("explain convolution --section all", "error: --section is forward, matrix, gradient, cost, code, reference, practice: "
        + "received 'all'.")]
    [InlineData("explain convolution --kernel 6", "error: The kernel does not fit: it spans 6 pixels of height, the input has 5. Use a "
        + "smaller kernel, or pad by at least 1 more.")]
    public void Wrong_options_are_explained_and_give_2(string line, string message)
    {
        var result = Tool.Run(line.Split(' '));
        Assert.Equal((2, "", message), (result.Code, result.Output, result.Error.Split('\n')[0].TrimEnd()));
    }
}
