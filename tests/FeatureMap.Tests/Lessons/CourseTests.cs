using System.Text;
using FeatureMap.Lessons;
using FeatureMap.Tests.House;
using Xunit;

namespace FeatureMap.Tests.Lessons;

/// <summary>
/// Every heading of the course page, and every row of what the library is for, has lessons with all their parts. What each has stands in
/// Coverage.md beside the lessons, which is written from here.
/// </summary>
public sealed class CourseTests
{
    private const string UpdateVariable = "FEATUREMAP_UPDATE_COVERAGE";

    /// <summary>The concepts of the library and the lessons in which they can be changed and computed.</summary>
    private static readonly (string Concept, string[] Lessons)[] Concepts =
    [
        ("Convolution, 4-3 and 5-3", ["convolution", "four-three", "five-three"]),
        ("Pointwise, 1x1, behind the scenes", ["pointwise", "one-by-one", "behind-the-scenes"]),
        ("Channels", ["channels"]),
        ("Receptive field", ["receptive-field"]),
        ("Checkerboard, and what happens in the background", ["checkerboard"]),
        ("Dilated convolution, and what it does", ["dilation", "what-it-does"]),
        ("Transposed convolution, simple and better ways", ["transposed", "simple-ineffective", "better-approach"]),
        ("Pixel shuffle", ["pixel-shuffle"]),
        ("Depthwise and depthwise separable", ["depthwise"]),
        ("Strides and no stride", ["strides"]),
        ("Pooling: maximum, average, global, adaptive", ["max-pool"]),
        ("Spatial pyramid pooling", ["pyramid"]),
        ("Separable, Cx1 and 1xC", ["separable"]),
        ("Grouped", ["grouped"]),
        ("Dropout", ["dropout"]),
        ("ResNet blocks", ["residual", "blocks"]),
        ("Data augmentation", ["augmentation"]),
        ("Progressive resizing", ["sizes"]),
        ("Detection from classification", ["detection"]),
        ("Initialisation", ["initialization"]),
        ("Activations", ["activation"]),
        ("Losses, margins, a loss of one's own", ["loss"]),
        ("Regularisation", ["regularization"]),
        ("Normalisation", ["normalization"]),
        ("Optimisers", ["optimizer"]),
        ("Learning-rate schedules, range test", ["learning-rate"]),
        ("Convolutions to choose from", ["convolution", "pointwise", "separable", "grouped", "depthwise", "max-pool"]),
        ("Global average, modules, skips", ["global-average", "blocks", "residual"]),
        ("Assignment 3.1", ["assignment-3-1"]),
        ("Assignment 3.2", ["assignment-3-2"]),
    ];

    public static TheoryData<string> Rows => [.. Named().Select(row => row.Name)];

    [Theory]
    [MemberData(nameof(Rows))]
    public void Each_row_has_all_parts_of_a_lesson(string name)
    {
        var lessons = Named().Single(row => row.Name == name).Lessons;
        Assert.NotEmpty(lessons);
        foreach (var lesson in lessons)
        {
            var page = lesson.Open();
            Assert.NotEmpty(lesson.Controls);
            Assert.NotEmpty(page.Numbers(lesson.Prediction.Block));
            Assert.Contains(page.Blocks, block => block is { Section: Section.Forward, Numbers.Count: > 0 });
            Assert.Contains(page.Blocks, block => block.Section == Section.Gradient);
            Assert.Contains(page.Blocks, block => block is Cost { Numbers.Count: > 0 });
            Assert.True(lesson.Pitfalls.Count >= 2);
            Assert.NotEmpty(lesson.Questions);
        }
    }

    [Fact]
    public void Every_lesson_stands_in_a_row_of_each_table()
    {
        var concepts = Concepts.SelectMany(row => row.Lessons).Select(Lesson.Get).Distinct().ToList();
        Assert.Equal(Lesson.All.OrderBy(lesson => lesson.Id), concepts.OrderBy(lesson => lesson.Id));
        Assert.Equal(Lesson.All.OrderBy(lesson => lesson.Id), Course.Chapters.SelectMany(chapter => chapter.Lessons).OrderBy(lesson =>
            lesson.Id));
    }

    [Fact]
    public void The_table_of_what_each_row_has_is_up_to_date()
    {
        var path = Path.Combine(Repository.Root, "src/FeatureMap.Lessons/Coverage.md");
        var text = Written();
        if (Environment.GetEnvironmentVariable(UpdateVariable) == "1") File.WriteAllText(path, text);
        Assert.True(text == File.ReadAllText(path).ReplaceLineEndings("\n"),
            $"src/FeatureMap.Lessons/Coverage.md is not what the lessons have: run this test once with {UpdateVariable}=1.");
    }

    private static List<(string Name, IReadOnlyList<Lesson> Lessons)> Named() =>
    [
        .. Course.Chapters.SelectMany(chapter => chapter.Headings).Select(heading =>
            ($"heading {heading}", (IReadOnlyList<Lesson>)[.. new[] { Lesson.Find(heading) }.OfType<Lesson>()])),
        .. Concepts.Select(row => ($"concept {row.Concept}", (IReadOnlyList<Lesson>)[.. row.Lessons.Select(Lesson.Get)])),
    ];

    private static string Written()
    {
        var text = new StringBuilder();
        text.Append("# What each lesson has\n\nWritten by `CourseTests` from the lessons at their defaults; the test fails where it is "
            + "not up to date.\nNumbers are those of the page: inputs that can be changed, blocks of numbers, traces by the kernels that "
            + "train, blocks\nabout the gradient (\"why none\" where there is a sentence alone), figures of cost.\n\n");
        text.Append("| heading of the course page | lesson | inputs | numbers | traces | gradient | cost | pitfalls | questions | "
            + "challenges |\n|---|---|---|---|---|---|---|---|---|---|\n");
        foreach (var heading in Course.Chapters.SelectMany(chapter => chapter.Headings))
        {
            var lesson = Lesson.Get(heading);
            var page = lesson.Open();
            var gradients = page.Blocks.Count(block => block.Section == Section.Gradient && block.Numbers.Count > 0);
            text.Append($"| {heading} | `{lesson.Id}` | {lesson.Controls.Count} | {page.Blocks.Count(block => block.Numbers.Count > 0)} | "
                + $"{page.Traces.Count} | {(gradients == 0 ? "why none" : gradients)} | "
                + $"{page.Blocks.OfType<Cost>().Sum(cost => cost.Figures.Count)} | {lesson.Pitfalls.Count} | {lesson.Questions.Count} | "
                + $"{lesson.Challenges.Count} |\n");
        }
        text.Append("\n| lesson | prediction | challenges |\n|---|---|---|\n");
        foreach (var lesson in Lesson.All)
            text.Append($"| `{lesson.Id}` | {lesson.Prediction.Text.Replace("Before you look: ", "", StringComparison.Ordinal)} | "
                + $"{string.Join(", ", lesson.Challenges.Select(challenge => challenge.Id))} |\n");
        text.Append("\n| concept | lessons |\n|---|---|\n");
        foreach (var (concept, lessons) in Concepts)
            text.Append($"| {concept} | {string.Join(", ", lessons.Select(id => $"`{id}`"))} |\n");
        return text.ToString();
    }
}
