namespace FeatureMap.Lessons;

/// <summary>The lessons that there are.</summary>
internal static class LessonCatalogue
{
    /// <summary>One line for each lesson, in the order of the course.</summary>
    public static IReadOnlyList<Lesson> InOrder() =>
    [
        new ConvolutionLesson(),
        new FourThreeLesson(),
        new FiveThreeLesson(),
        new PointwiseLesson(),
        new OneByOneLesson(),
        new BehindTheScenesLesson(),
        new ChannelsLesson(),
        new ReceptiveFieldLesson(),
        new StridesLesson(),
        new MaxPoolLesson(),
        new PyramidLesson(),
        new DilationLesson(),
        new WhatItDoesLesson(),
        new TransposedLesson(),
        new SimpleIneffectiveLesson(),
        new BetterApproachLesson(),
        new CheckerboardLesson(),
        new PixelShuffleLesson(),
        new SeparableLesson(),
        new DepthwiseLesson(),
        new GroupedLesson(),
        new InitializationLesson(),
        new ActivationLesson(),
        new LossLesson(),
        new NormalizationLesson(),
        new DropoutLesson(),
        new OptimizerLesson(),
        new LearningRateLesson(),
        new RegularizationLesson(),
        new AugmentationLesson(),
        new ResidualLesson(),
        new BlocksLesson(),
        new GlobalAverageLesson(),
        new SizesLesson(),
        new DetectionLesson(),
        new SmallNetworkLesson(),
        new PassThroughLesson(),
    ];
}
