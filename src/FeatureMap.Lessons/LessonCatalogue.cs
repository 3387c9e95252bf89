namespace FeatureMap.Lessons;

/// <summary>The lessons that there are.</summary>
internal static class LessonCatalogue
{
    /// <summary>One line for each lesson, in the order of the course.</summary>
    public static IReadOnlyList<Lesson> InOrder() =>
    [
        new ConvolutionLesson(),
        new ActivationLesson(),
        new InitializationLesson(),
        new LossLesson(),
        new NormalizationLesson(),
        new OptimizerLesson(),
        new LearningRateLesson(),
        new RegularizationLesson(),
        new AugmentationLesson(),
        new BlocksLesson(),
        new GlobalAverageLesson(),
        new SizesLesson(),
        new DetectionLesson(),
        new SmallNetworkLesson(),
        new PassThroughLesson(),
    ];
}
