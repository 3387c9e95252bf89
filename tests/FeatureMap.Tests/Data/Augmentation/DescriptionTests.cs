using FeatureMap.Data;
using FeatureMap.Randomness;
using Xunit;

namespace FeatureMap.Tests.Data;

public sealed class DescriptionTests
{
    public static TheoryData<string> Descriptions => [.. Pictures.Descriptions];

    [Theory]
    [MemberData(nameof(Descriptions))]
    public void What_is_written_is_read_again(string description)
    {
        var augmentation = Augmentation.Parse(description);
        Assert.Equal(augmentation, Augmentation.Parse(augmentation.ToString()));
        Assert.Equal(augmentation.ToString(), Augmentation.Parse(augmentation.ToString()).ToString());
        Assert.Equal(augmentation.GetHashCode(), Augmentation.Parse(description).GetHashCode());
    }

    [Fact]
    public void Every_word_is_used_in_the_cases_and_has_words_for_it()
    {
        var text = string.Join(" ", Pictures.Descriptions.Append("resize 1 1, center-crop 1 1"));
        Assert.All(Augmentation.Words, word => Assert.Contains(word.Name, text, StringComparison.Ordinal));
        Assert.All(Augmentation.Words, word => Assert.StartsWith(word.Name, word.Usage, StringComparison.Ordinal));
        Assert.All(Augmentation.Words, word => Assert.NotEmpty(word.Meaning));
        Assert.Distinct(Augmentation.Words.Select(word => word.Name));
        Assert.Equal("crop [padding] [height=0] [width=0] [fill=constant] [fill-value=0]", Augmentation.Words.Single(word => word.Name == "crop").Usage);
    }

    [Fact]
    public void Texts_mean_what_they_say()
    {
        Assert.Equal(
            Augmentation.Sequence(new RandomCrop(4), new RandomHorizontalFlip(), new ColorJitter(0.4f, 0.4f, 0.4f, 0.1f), new Cutout(8)),
            Augmentation.Parse(" Crop 4,flip , jitter brightness=0.4 contrast=0.4 saturation=0.4 hue=0.1,cutout size=8"));
        Assert.Equal(new RandomAffine { ShiftPixels = 2, FillMode = FillMode.Reflect }, Augmentation.Parse("affine fill=Reflect shift=2"));
        Assert.Equal(new RandomChoice(new Invert(), Augmentation.Sequence(new Equalize(), new RandomApply(0.25f, new Clahe(3)))), Augmentation.Parse("choose (invert | equalize, apply 0.25 (clahe 3))"));
        Assert.Equal(new RandomErasing { Scale = (0.1f, 0.2f), Noise = true }, Augmentation.Parse("erase scale=0.1:0.2 noise=yes"));
        Assert.Equal(new KerasAugmentation { RotationRange = 10, WidthShiftRange = 0.1f, HeightShiftRange = 2, ZoomRange = (0.9f, 1.1f) },
            Augmentation.Parse("keras rotation=10 width-shift=0.1 height-shift=whole:2 zoom=0.9:1.1"));
        Assert.Equal("jitter 0 0 0 0.1", new ColorJitter(hue: 0.1f).ToString());
        Assert.Equal("none", Augmentation.None.ToString());
        Assert.Equal("none", new AugmentationSequence().ToString());
        Assert.Equal("flip, invert, crop 1", new AugmentationSequence(new RandomHorizontalFlip(), new AugmentationSequence(new Invert(), new RandomCrop(1))).ToString());
    }

    [Theory]
    [InlineData("", "the end stands at place 1 where a word is expected.")]
    [InlineData("crop 4,", "the end stands at place 8 where a word is expected.")]
    [InlineData("crop 4 flip", "'flip' is one value too many for 'crop': crop [padding] [height=0] [width=0] [fill=constant] [fill-value=0].")]
    [InlineData("flp", "there is no 'flp'. Did you mean 'flip'?")]
    [InlineData("4", "'4' stands where a word is expected.")]
    [InlineData("crop x", "padding of 'crop' is a whole number: received 'x'.")]
    [InlineData("crop 2.5", "padding of 'crop' is a whole number: received '2.5'.")]
    [InlineData("crop -1", "RandomCrop.Padding must be from 0 to 4096: received -1.")]
    [InlineData("crop paddin=4", "'crop' has no 'paddin'. Did you mean 'padding'?")]
    [InlineData("crop 4 padding=4", "padding of 'crop' is given twice.")]
    [InlineData("crop fill=", "the end stands at place 11 where a value of fill is expected.")]
    [InlineData("crop fill=3", "fill of 'crop' is constant, nearest, reflect, mirror or wrap: received '3'.")]
    [InlineData("flip NaN", "probability of 'flip' is a number: received 'NaN'.")]
    [InlineData("flip 2", "RandomHorizontalFlip.Probability must be from 0 to 1: received 2.")]
    [InlineData("cutout", "'cutout' needs size: cutout size [holes] [value=0].")]
    [InlineData("erase scale=0.1", "scale of 'erase' is two numbers with a colon between them, the lower first: received '0.1'.")]
    [InlineData("erase noise=maybe", "noise of 'erase' is yes or no: received 'maybe'.")]
    [InlineData("keras width-shift=one-of:", "width-shift of 'keras' is a number, whole:N or one-of:A:B:...: received 'one-of:'.")]
    [InlineData("flip (invert)", "'flip' takes no brackets.")]
    [InlineData("apply (invert)", "'apply' needs probability: apply probability (...).")]
    [InlineData("apply 0.5 (invert | flip)", "'apply' is written apply probability (...).")]
    [InlineData("apply 0.5", "'apply' is written apply probability (...).")]
    [InlineData("choose 3 (flip)", "'choose' is written choose (... | ...): received 1 values before the bracket.")]
    [InlineData("choose (flip", "the end stands at place 13 where a closing bracket is expected.")]
    [InlineData("choose (flip | )", "')' stands at place 16 where a word is expected.")]
    [InlineData("flip; invert", "';' stands at place 5 where a comma or the end is expected.")]
    [InlineData("flip\u0007", "a control character stands at place 5 where a comma or the end is expected.")]
    [InlineData("custom", "'custom' stands for a part that only code can describe.")]
    public void Mistakes_are_explained(string text, string message) =>
        Assert.Equal($"The augmentation '{text}' cannot be "
            + $"read: {message}", Assert.Throws<UsageException>(() => Augmentation.Parse(text)).Message);

    [Fact]
    public void Long_and_deep_texts_are_refused_and_no_text_does_harm()
    {
        Assert.EndsWith("it has 4,001 characters; at most 4,000 are read.", Assert.Throws<UsageException>(() => Augmentation.Parse(new('a', 4001))).Message, StringComparison.Ordinal);
        var deep = string.Concat(Enumerable.Repeat("choose (", 9)) + "flip" + new string(')', 9);
        Assert.EndsWith("more than 8 brackets stand inside each other.", Assert.Throws<UsageException>(() => Augmentation.Parse(deep)).Message, StringComparison.Ordinal);
        var random = new RandomSequence(2, RandomPurpose.Testing);
        var parsed = 0;
        for (var round = 0; round < 5000; round++)
        {
            var text = Pictures.Descriptions[random.NextInt(Pictures.Descriptions.Length)].ToCharArray().ToList();
            for (var changes = 1 + random.NextInt(3); changes > 0; changes--)
            {
                var place = random.NextInt(text.Count);
                if (random.NextInt(2) == 0) text[place] = (char)(32 + random.NextInt(96));
                else if (text.Count > 1) text.RemoveAt(place);
            }
            try
            {
                var read = Augmentation.Parse(string.Concat(text));
                Assert.Equal(read, Augmentation.Parse(read.ToString()));
                parsed++;
            }
            catch (UsageException)
            {
            }
        }
        Assert.InRange(parsed, 100, 4900);
    }
}
