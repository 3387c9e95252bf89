using FeatureMap.Data;
using FeatureMap.Lessons;
using FeatureMap.Tests.Cli;
using Xunit;

namespace FeatureMap.Tests.Lessons;

/// <summary>Two states side by side, and pictures of one's own in lessons.</summary>
public sealed class LessonComparisonTests
{
    /// <summary>5x5 against two 3x3: the sizes and costs of the text book.</summary>
    [Fact]
    public void What_differs_stands_in_tables()
    {
        var lesson = Lesson.Get("convolution");
        var (a, b) = (lesson.Open("input=7&kernel=5"), lesson.Open("input=7&kernel=3"));
        var compared = LessonComparison.Of(a, b);
        Assert.Equal(["what is set", "what comes out", "what it costs"], compared.Tables.Select(table => table.Caption));
        Assert.Equal(["kernel"], compared.Tables[0].Rows.Select(row => row[0].Text));
        var size = compared.Tables[1].Rows.Single(row => row[0].Text == "output: size");
        Assert.Equal(["3x3", "5x5", "16"], size.Skip(1).Select(cell => cell.Text));
        IReadOnlyList<double?> Cost(string name) =>
            [.. compared.Tables[2].Rows.Single(row => row[0].Text == name).Skip(1).Select(cell => cell.Number)];
        Assert.Equal([25, 9, -16, 0.36], Cost("weights"));
        Assert.Equal([9, 25, 16, 25 / 9.0], Cost("output numbers"));
        Assert.Equal([225, 225, 0, 1], Cost("multiply-adds, those with padding included"));
        Assert.False(compared.IsSame);
        Assert.True(LessonComparison.Of(a, a) is { IsSame: true, Tables: [{ Caption: "what it costs" }], Differences: [] });
    }

    [Theory]
    [MemberData(nameof(LessonTests.Ids), MemberType = typeof(LessonTests))]
    public void Each_difference_is_that_of_the_two_pages(string id)
    {
        var lesson = Lesson.Get(id);
        var a = lesson.Open();
        foreach (var b in lesson.Experiments.Select(experiment => lesson.Open(experiment.Query)))
        {
            var compared = LessonComparison.Of(a, b);
            foreach (var row in compared.Tables.SelectMany(table => table.Rows).Where(row => row.Count >= 4 && row[1].Number is not null
                && row[2].Number is not null))
                Assert.Equal(row[2].Number!.Value - row[1].Number!.Value, row[3].Number!.Value, 1e-9);
            foreach (var grid in compared.Differences)
            {
                var key = grid.Key["ab-".Length..];
                Assert.Equal(a.Numbers(key).Zip(b.Numbers(key), (one, other) => other - one), grid.Values);
            }
            foreach (var figure in a.Blocks.OfType<Cost>().SelectMany(block => block.Figures))
                Assert.Contains(compared.Tables[^1].Rows, row => row[0].Text.Contains(figure.Name, StringComparison.Ordinal)
                    && row[1].Number == figure.Value);
            var address = new LessonAddress(b.State, a.State);
            Assert.Equal(address, LessonAddress.Parse(lesson, address.Query));
            Assert.Equal(address, address.Swapped.Swapped);
        }
    }

    [Fact]
    public void A_second_state_may_be_of_another_lesson()
    {
        var lesson = Lesson.Get("transposed");
        var address = LessonAddress.Parse(lesson, "b=pixel-shuffle%3F");
        Assert.Equal(("pixel-shuffle", "b=pixel-shuffle%3F"), (address.B!.Lesson.Id, address.Query));
        var compared = LessonComparison.Of(lesson.Open(address.A), address.B.Lesson.Open(address.B));
        Assert.Equal(["lesson", lesson.Title, address.B.Lesson.Title], compared.Tables[0].Rows[0].Select(cell => cell.Text));
        Assert.Null(LessonAddress.Parse(lesson, "b=").B);
        Assert.Throws<UsageException>(() => LessonAddress.Parse(lesson, "b=%3F&b=%3F"));
        Assert.Throws<UsageException>(() => LessonAddress.Parse(lesson, "b=no-such%3F"));
        Assert.Throws<UsageException>(() => LessonAddress.Parse(lesson, "b=stride%3D99"));
    }

    [Fact]
    public void The_terminal_compares_too()
    {
        var result = Tool.Run("explain", "convolution", "--input", "7", "--kernel", "5", "--against", "kernel=3");
        Assert.Equal((0, ""), (result.Code, result.Error));
        Assert.Contains("B: convolution?input=7", result.Output, StringComparison.Ordinal);
        Assert.Contains("output: size", result.Output, StringComparison.Ordinal);
        Assert.Contains("\"b\"", Tool.Run("explain", "convolution", "--against", "strides?", "--json").Output, StringComparison.Ordinal);
        Assert.Equal(2, Tool.Run("explain", "--against", "stride=2").Code);
        using var place = new TemporaryFolder();
        SamplePictures.Shared.Find("chart")!.Save(place["mine.png"]);
        Assert.Equal(Tool.Run("explain", "convolution", "--picture", "chart").Output,
            Tool.Run("explain", "convolution", "--picture", place["mine.png"]).Output);
        Assert.Equal(2, Tool.Run("explain", "convolution", "--picture", place["no-such.png"]).Code);
        Assert.Equal(2, Tool.Run("explain", "convolution", "--against", "no-such=2").Code);
    }

    [Fact]
    public void A_lesson_takes_pictures_of_its_host()
    {
        byte[] pixels = [.. Enumerable.Range(0, 2000).Select(i => (byte)(i % 251))];
        var own = new OwnPictures(new Picture("mine", new Shape(1, 40, 50), pixels));
        var lesson = Lesson.Get("convolution");
        var state = LessonState.Parse(lesson, "picture=mine&kernel=0_0_0~0_1_0~0_0_0");
        var page = lesson.Open(state, own, TestContext.Current.CancellationToken);
        var (photo, output) = (page.Numbers("picture"), page.Numbers("picture-output-0"));
        Assert.Equal(64 * 64, photo.Count);
        Assert.Equal(Enumerable.Range(0, 62 * 62).Select(i => photo[(((i / 62) + 1) * 64) + (i % 62) + 1]), output);
        var refused = Assert.Throws<UsageException>(() => lesson.Open(state));
        Assert.Contains("There is no picture 'mine'", refused.Message, StringComparison.Ordinal);
        Assert.Throws<UsageException>(() => lesson.Open("picture=../etc"));
        Assert.DoesNotContain(lesson.Open("picture=none").Blocks, block => block.Key == "picture");
        using var stopped = new CancellationTokenSource();
        stopped.Cancel();
        Assert.Throws<OperationCanceledException>(() => lesson.Open(state, own, stopped.Token));
    }

    /// <summary>A text book's convolution over the picture of the default.</summary>
    [Theory]
    [InlineData("kernel=-1_0_1~-2_0_2~-1_0_1&picture=chart&stride=2&dilation=2")]
    [InlineData("kernel=0.0625_0.125_0.0625~0.125_0.25_0.125~0.0625_0.125_0.0625")]
    public void The_kernel_runs_over_the_picture(string query)
    {
        var page = Lesson.Get("convolution").Open(query);
        var (photo, kernel, output) = (page.Numbers("picture"), page.Numbers("kernel"), (Map)page["picture-output-0"]);
        var (stride, dilation) = query.Contains("stride", StringComparison.Ordinal) ? (2, 2) : (1, 1);
        for (var i = 0; i < output.Values.Count; i++)
        {
            var (row, column) = (i / output.Columns * stride, i % output.Columns * stride);
            var sum = Enumerable.Range(0, 9).Sum(tap => kernel[tap]
                * photo[((row + (tap / 3 * dilation)) * 64) + column + (tap % 3 * dilation)]);
            Assert.Equal(sum, output.Values[i], 1e-5);
        }
    }

    [Fact]
    public void Pictures_of_the_library_are_always_the_same()
    {
        Assert.All(SamplePictures.Shared.Choices, choice => Assert.NotNull(SamplePictures.Shared.Find(choice.Id)));
        Assert.Null(SamplePictures.Shared.Find("digit-100"));
        Assert.Null(SamplePictures.Shared.Find("digit-07"));
        Assert.Null(SamplePictures.Shared.Find("shore/../x"));
        Assert.Equal(new Shape(3, 96, 96), SamplePictures.Shared.Find("shore")!.Shape);
    }

    private sealed class OwnPictures(Picture picture) : IPictureSource
    {
        public IReadOnlyList<PictureChoice> Choices => [new("mine", "mine")];

        public Picture? Find(string id) => id == "mine" ? picture : null;
    }
}
