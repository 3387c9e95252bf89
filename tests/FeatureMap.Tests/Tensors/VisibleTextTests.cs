using System.Text.Encodings.Web;
using System.Text.Json;
using Xunit;

namespace FeatureMap.Tests.Tensors;

public sealed class VisibleTextTests
{
    [Theory]
    [InlineData("cat", "cat")]
    [InlineData("", "")]
    [InlineData("caf\u00e9 \u732b \U0001F431 99.4\u00a0%", "caf\u00e9 \u732b \U0001F431 99.4\u00a0%")]
    [InlineData("\u001b[31mred\u0007", "\\u001B[31mred\\u0007")]
    [InlineData("a\nb\r\nc\td\0", "a\\u000Ab\\u000D\\u000Ac\\u0009d\\u0000")]
    [InlineData("\u007f\u0085\u009b", "\\u007F\\u0085\\u009B")]
    [InlineData("\u202egnp.exe\u2066\u200e\u061c", "\\u202Egnp.exe\\u2066\\u200E\\u061C")]
    [InlineData("a\u200bb\u200d\u00ad\ufeff\u2060", "a\\u200Bb\\u200D\\u00AD\\uFEFF\\u2060")]
    [InlineData("\u2028\u2029", "\\u2028\\u2029")]
    [InlineData("\u3164\u115f\u034f", "\\u3164\\u115F\\u034F")]
    [InlineData("\U000e0041", "\\uDB40\\uDC41")]
    public void What_is_not_seen_is_shown_as_its_escape(string text, string visible) => Assert.Equal(visible, VisibleText.Of(text));

    [Fact]
    public void Halves_of_surrogate_pairs_are_shown_too() =>
        Assert.Equal("a\\uD800b\\uDC00", VisibleText.Of("a" + (char)0xD800 + "b" + (char)0xDC00));

    [Fact]
    public void Lines_of_ones_own_keep_their_ends_but_cannot_go_back_over_themselves() =>
        Assert.Equal("a\n\tb\r\nc\\u000Dd\\u001B", VisibleText.OfLines("a\n\tb\r\nc\rd\u001b"));

    private static readonly JsonSerializerOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, WriteIndented = true };

    [Fact]
    public void Json_stays_the_same_json()
    {
        string[] names = ["a\u001b[0m\n", "b\u202e\u2066", "c\u200b\U000e0041", "\ufeffd"];
        var json = JsonSerializer.Serialize(names, Relaxed);
        var visible = VisibleText.OfLines(json);
        Assert.DoesNotContain('\u202e', visible);
        Assert.Equal(names, JsonSerializer.Deserialize<string[]>(visible));
    }
}
