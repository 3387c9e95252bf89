namespace FeatureMap.Lessons;

/// <summary>A chapter of the course.</summary>
/// <param name="Letter">A to G.</param>
/// <param name="Title">What it is about.</param>
/// <param name="Headings">The headings of the course page that belong to it, in its order.</param>
public sealed record Chapter(char Letter, string Title, IReadOnlyList<string> Headings)
{
    /// <summary>The lessons that answer the headings, each once.</summary>
    public IReadOnlyList<Lesson> Lessons => [.. Headings.Select(Lesson.Find).OfType<Lesson>().Distinct()];
}

/// <summary>The course page: its headings in chapters, and the lesson that answers each.</summary>
public static class Course
{
    /// <summary>The chapters in their order.</summary>
    public static IReadOnlyList<Chapter> Chapters { get; } =
    [
        new('A', "Convolution",
        [
            "What is convolution?", "4-3 Convolution", "5-3 Convolution", "Pointwise Convolution", "1x1 Convolution",
                "Behind the scenes", "Concept of Channels", "Receptive Field",
        ]),
        new('B', "Sampling",
        [
            "No Stride", "Strides", "MaxPool", "Spatial Pyramid Pooling", "Dilated Convolution", "What is dilated convolution doing?",
        ]),
        new('C', "Up again",
        [
            "Transposed Convolution", "Simple but ineffective", "Better Approach", "Checkerboard Issue",
                "This is what is happening at the background", "Pixel Shuffle",
        ]),
        new('D', "Cheaper convolutions", ["Separable Convolution", "Depthwise Convolution", "Grouped Convolution"]),
        new('E', "What trains",
        [
            "Initialization", "Activations", "Loss Functions", "Normalization", "DropOut", "Optimizers", "Cyclic Learning Rates",
                "Regularization", "Data Augmentation",
        ]),
        new('F', "Architectures",
        [
            "ResNet Blocks", "Architecture modules", "Global Average Pooling", "Progressive resizing", "Detection from classification",
        ]),
        new('G', "The assignments", ["Assignment 3.1", "Assignment 3.2"]),
    ];

    /// <summary>Headings that no lesson answers yet, in their order.</summary>
    public static IReadOnlyList<string> WithoutLesson => [.. Chapters.SelectMany(chapter => chapter.Headings)
        .Where(heading => Lesson.Find(heading) is null)];
}
