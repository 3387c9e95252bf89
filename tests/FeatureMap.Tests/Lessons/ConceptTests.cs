using FeatureMap.Lessons;
using Xunit;

namespace FeatureMap.Tests.Lessons;

public sealed class ConceptTests
{
    public static TheoryData<string> Names => [.. Concept.All.Select(concept => concept.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_concept_explains_itself_without_a_terminal(string name)
    {
        var page = Concept.Get(name).Explain();
        Assert.NotEmpty(page.Lines);
        Assert.NotEmpty(page.Numbers);
        Assert.DoesNotContain(page.Lines, line => line.Contains("--", StringComparison.Ordinal));
        Assert.Equal(page.Lines, Concept.Get(name).Explain().Lines);
    }

    // A kernel of 5 in 9 pixels without padding stands on 5 x 5 places.
    [Fact]
    public void Numbers_that_are_given_are_explained()
    {
        var given = new Dictionary<ConceptOption, string> { [ConceptOption.Input] = "9", [ConceptOption.Kernel] = "5" };
        var page = Concept.Get("convolution").Explain(given);
        Assert.Equal(5, page.Numbers["output"]!.AsArray().Count);
        Assert.Equal(25, (double)page.Numbers["weights"]!);
        page.Numbers.Clear();
        Assert.NotEmpty(page.Numbers);
    }

    [Fact]
    public void Numbers_that_do_not_fit_are_refused()
    {
        string Message(string name, ConceptOption option, string text) =>
            Assert.Throws<UsageException>(
                () => Concept.Get(name).Explain(new Dictionary<ConceptOption, string> { [option] = text })).Message;
        Assert.Equal("stride takes a whole number from 1 to 16: received '0'.", Message("stride", ConceptOption.Stride, "0"));
        Assert.Equal("'stride' has no levels; it takes input, kernel, stride, padding.", Message("stride", ConceptOption.Levels, "1"));
        Assert.StartsWith(
            "The kernel does not fit: it spans 6 pixels of height, the "
                + "input has 5.", Message("convolution", ConceptOption.Kernel, "6"), StringComparison.Ordinal);
    }

    [Fact]
    public void What_a_page_is_told_it_keeps_in_order()
    {
        var page = new ConceptPage().Say($"{1.5} and {1234}").Number("a", "a number", double.PositiveInfinity, " %").Row("b", "a row", [1, 2.5])
            .Grid("c", "a grid", 2, 2, (row, column) => (10 * row) + column);
        Assert.Equal(["1.5 and 1234", "  a number: infinite %", "  a row: 1 2.5", "  a grid:", "     0  1", "    10 11"], page.Lines);
        Assert.Equal("""{"a":null,"b":[1,2.5],"c":[[0,1],[10,11]]}""", page.Numbers.ToJsonString());
    }
}
