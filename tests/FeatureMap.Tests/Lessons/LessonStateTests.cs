using FeatureMap.Lessons;
using FeatureMap.Randomness;
using Xunit;

namespace FeatureMap.Tests.Lessons;

public sealed class LessonStateTests
{
    private static readonly Lesson Convolution = Lesson.Get("convolution");

    [Theory]
    [InlineData("", "")]
    [InlineData("?stride=1", "")]
    [InlineData("stride=2&input=1_2~3_4", "input=1_2~3_4&stride=2")]
    [InlineData("input=1.20_-0.5~0_1", "input=1.2_-0.5~0_1")]
    [InlineData("input=1, 2; 3, 4", "input=1_2~3_4")]
    [InlineData("input=5", "")]
    [InlineData("input=4x6", "input=4x6")]
    [InlineData("kernel=2~", "kernel=2~")]
    [InlineData("flip=yes&mode=WRAP", "mode=wrap&flip=true")]
    [InlineData("padding=1,0,2,0", "padding=1_0_2_0")]
    public void An_address_has_one_form(string query, string canonical)
    {
        var state = LessonState.Parse(Convolution, query);
        Assert.Equal(canonical, state.Query);
        Assert.Equal(state, LessonState.Parse(Convolution, state.Query));
    }

    [Theory]
    [InlineData("strde=2", "'convolution' has no strde; it takes input, kernel, stride, padding, mode, dilation, flip, cell, gradient, "
        + "picture.")]
    [InlineData("stride", "A state is made of pairs such as input=5: received 'stride'.")]
    [InlineData("stride=2&stride=3", "stride is given twice. Leave one out.")]
    [InlineData("stride=9", "stride is a whole number from 1 to 4: received '9'.")]
    [InlineData("input=1_2~3", "input is 1 to 12 rows and 1 to 12 columns: numbers with commas between them and a semicolon after each "
        + "row, or a size such as 5x5: received '1_2~3'.")]
    [InlineData("input=13", "input is 1 to 12 rows and 1 to 12 columns: numbers with commas between them and a semicolon after each "
        + "row, or a size such as 5x5: received '13'.")]
    public void A_wrong_address_is_refused(string query, string message) =>
        Assert.Equal(message, Assert.Throws<UsageException>(() => LessonState.Parse(Convolution, query)).Message);

    [Fact]
    public void A_long_address_is_refused() => Assert.Equal(
        "The state has 70,000 characters; at most 65,536 are read.",
            Assert.Throws<UsageException>(() => LessonState.Parse(Convolution, new string('1', 70_000))).Message);

    // Whatever is typed into an address, the answer is a page or a message.
    [Fact]
    public void Malformed_addresses_give_a_page_or_a_message()
    {
        const string Letters = "0123456789_~.-x=&?+%,; e\u00e9\0";
        var random = new RandomSequence(11, RandomPurpose.Testing, 2);
        var opened = 0;
        for (var trial = 0; trial < 4000; trial++)
        {
            var lesson = Lesson.All[random.NextInt(Lesson.All.Count)];
            var text = new char[random.NextInt(12)];
            for (var i = 0; i < text.Length; i++)
                text[i] = Letters[random.NextInt(Letters.Length)];
            try
            {
                var state = LessonState.Parse(lesson, $"{lesson.Controls[random.NextInt(lesson.Controls.Count)].Name}={new string(text)}");
                Assert.Equal(state, LessonState.Parse(lesson, state.Query));
                if (opened++ < 100) lesson.Open(state);
            }
            catch (UsageException error)
            {
                Assert.NotEmpty(error.Message);
            }
        }
        Assert.InRange(opened, 50, 4000);
    }

    [Fact]
    public void Too_much_work_and_too_many_numbers_are_refused()
    {
        Assert.StartsWith("The field would be", Assert.Throws<UsageException>(() => Lesson.Get("receptive-field")
            .Open("kernels=7_7_7_7&strides=4")).Message, StringComparison.Ordinal);
        Assert.StartsWith("The decoder would give", Assert.Throws<UsageException>(() => Lesson.Get("checkerboard")
            .Open("input=12&stride=4&layers=3")).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("1x1", "one-by-one")]
    [InlineData("4-3", "four-three")]
    [InlineData("spp", "pyramid")]
    [InlineData("deconvolution", "transposed")]
    [InlineData("resnet", "residual")]
    [InlineData("dilated", "dilation")]
    [InlineData("Receptive Field", "receptive-field")]
    [InlineData("CHECKERBOARD", "checkerboard")]
    public void A_lesson_is_found_by_what_people_type(string typed, string id) => Assert.Equal(id, Lesson.Get(typed).Id);

    [Fact]
    public void No_two_lessons_answer_to_the_same_word() => Assert.Empty(
        Lesson.All.SelectMany(lesson => lesson.Headings.Append(lesson.Id).Concat(lesson.Aliases)
            .Select(word => word.ToUpperInvariant()).Distinct()).GroupBy(word => word).Where(same => same.Count() > 1)
            .Select(same => same.Key));

    /// <summary>Headings of the course page without a lesson. The list shrinks: take a heading out when its lesson is there.</summary>
    [Fact]
    public void Every_other_heading_of_the_course_page_names_its_lesson() => Assert.Equal(
        [
            "Simple but ineffective", "Better Approach",
        ], Course.WithoutLesson);

    [Fact]
    public void Terms_are_written_and_have_values()
    {
        var (i, k, s) = (Term.Symbol("i", 5), Term.Symbol("k", 3), Term.Symbol("s", 2));
        var rows = Term.Floor((i - k) / s) + 1;
        Assert.Equal(("floor((i - k) / s) + 1", "floor((5 - 3) / 2) + 1", 2.0), (rows.Symbols, rows.Filled, rows.Value));
        Assert.Equal("i - (k + s) x s^2", (i - ((k + s) * Term.Power(s, 2))).Symbols);
        Assert.Equal("3 x (-1) + 2", (Term.Of(3) * Term.Of(-1) + Term.Of(2)).Filled);
        Assert.Equal(1, (i % s).Value);
    }

    [Fact]
    public void A_sentence_keeps_its_numbers()
    {
        Words words = $"{2} of {new LiveNumber(3.5, "output", 1)} are {"here"}.";
        Assert.Equal("2 of 3.5 are here.", words.ToString());
        Assert.Equal([2, 3.5], words.Parts.Where(part => part.Number is not null).Select(part => part.Number!.Value));
        Assert.Equal(new CellReference("output", 1), words.Parts[2].Cell);
    }
}
