using System.Security.Cryptography;
using System.Text;
using FeatureMap.Data;
using Xunit;

namespace FeatureMap.Tests.Data;

public sealed class CanonicalFormTests
{
    [Theory]
    [InlineData("cafe\u0301", "caf\u00E9")]
    [InlineData("caf\u00E9", "caf\u00E9")]
    [InlineData("plain.png", "plain.png")]
    [InlineData("e\u0302\u0323", "\u1EC7")] // marks in the wrong order
    [InlineData("\u00EA\u0323", "\u1EC7")]
    [InlineData("\u212B", "\u00C5")] // the unit of length is the letter
    [InlineData("\u1112\u1161\u11AB\u1100\u1173\u11AF", "\uD55C\uAE00")]
    [InlineData("\uD55C\uAE00", "\uD55C\uAE00")]
    [InlineData("\u0915\u093C", "\u0915\u093C")] // excluded from composition
    [InlineData("\u0958", "\u0915\u093C")]
    [InlineData("x\u0301", "x\u0301")] // no such letter
    [InlineData("\u732B/a\u0308.png", "\u732B/\u00E4.png")]
    public void Names_take_the_form_in_which_a_letter_has_its_accent(string name, string expected) => Assert.Equal(expected, CanonicalForm.Of(name));

    [Fact]
    public void Half_a_pair_of_surrogates_stays_as_it_is() => Assert.Equal("\uD800e\u0301", CanonicalForm.Of("\uD800e\u0301"));

    /// <summary>
    /// 149,520 strings around every character that has to do with it; the digest is that of Python 3's unicodedata, Unicode 14.0.
    /// </summary>
    [Fact]
    public void All_characters_agree_with_another_program()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var (first, end) in new[] { (0, 0x3100), (0xA800, 0xD7B0), (0xF900, 0x10000), (0x11000, 0x11A00), (0x1D100, 0x1D200), (0x2F800, 0x2FA20) })
            for (var point = first; point < end; point++)
            {
                var character = new Rune(point).ToString();
                foreach (var text in new[] { character, character + "\u0323\u0301", "a\u0301" + character, CanonicalForm.Of(character) + "\u0345\u0301", "\u1100" + character + "\u11A8" })
                    hash.AppendData(Encoding.UTF8.GetBytes(CanonicalForm.Of(text)));
            }
        Assert.Equal("e53488a5d560b473e38679e6460f0a12e8c7fd2d868205546f3c9cff92e6ac47", Convert.ToHexStringLower(hash.GetHashAndReset()));
    }
}
