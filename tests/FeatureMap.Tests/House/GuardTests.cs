using Xunit;
using Xunit.Sdk;

namespace FeatureMap.Tests.House;

public sealed class GuardTests
{
    [Fact]
    public void It_prints_every_sentence_in_full()
    {
        Guard.None([]);
        const string End = "is longer than the fifty characters at which others cut, and says what to do at its end.";
        string[] sentences = [.. Enumerable.Range(1, 40).Select(number => $"Sentence {number} {End}")];
        var failure = Assert.Throws<FailException>(() => Guard.None(sentences));
        Assert.Equal($"It prints every sentence in full: not so in 40 places.\n{string.Join('\n', sentences)}", failure.Message);
    }
}
