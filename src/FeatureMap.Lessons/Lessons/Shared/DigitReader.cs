using FeatureMap.Models;
using FeatureMap.Networks;
using FeatureMap.Training;

namespace FeatureMap.Lessons;

/// <summary>A small network that reads digits, trained here when it is first asked: for lessons that ask what a network says about a
/// picture.</summary>
internal static class DigitReader
{
    /// <summary>Digits that it was trained with.</summary>
    public const int Images = 2000;

    /// <summary>Digits that <see cref="Maps"/> was trained with: few, so that it is there at once.</summary>
    public const int MapImages = 1000;

    private static readonly Lazy<Model> Trained = new(() => Trainer.Fit(
        Network.Build(DigitImages.Shape, x => x.AveragePool(2).Flatten().Linear(24, name: "hidden").Relu().Linear(10, name: "scores")),
            DigitImages.Data.TakeTraining(Images),
        new TrainingOptions
        {
            Epochs = 5,
            BatchSize = 20,
            Threads = 1,
            Optimizer = new Adam(),
            Schedule = new OneCycle(0.01),
            Lint = null,
        }).Model);

    private static readonly Lazy<Model> TrainedMaps = new(() => Trainer.Fit(
        Network.Build(DigitImages.Shape, x => x.AveragePool(2).Conv(8, kernel: 3, name: "first").Relu().Conv(12, kernel: 3, name: "last")
            .Relu("maps").GlobalAveragePool("means").Linear(10, name: "scores")),
        DigitImages.Data.TakeTraining(MapImages), new TrainingOptions
        {
            Epochs = 3,
            BatchSize = 20,
            Threads = 1,
            Optimizer = new Adam(),
            Schedule = new OneCycle(0.02),
            Lint = null,
        }).Model);

    /// <summary>The model: two dense layers on 14 x 14 means.</summary>
    public static Model Model => Trained.Value;

    /// <summary>Two small convolutions whose maps are averaged before the scores: what it says has a place. Trained when it is first
    /// asked.</summary>
    public static Model Maps => TrainedMaps.Value;

    /// <summary>Pixels from 0 to 255 as the network reads them.</summary>
    /// <param name="pixels">28 x 28, 0 to 255; one picture behind the other.</param>
    /// <param name="model">Who reads them; <see cref="Model"/> where null.</param>
    public static float[] Read(ReadOnlySpan<float> pixels, Model? model = null)
    {
        model ??= Model;
        var (scale, offset) = (model.Normalization.Scale(0), model.Normalization.Offset(0));
        var numbers = pixels.ToArray();
        for (var i = 0; i < numbers.Length; i++)
            numbers[i] = (numbers[i] * scale) + offset;
        return numbers;
    }

    /// <summary>The scores that it gives a picture.</summary>
    /// <param name="page">Whose page it is.</param>
    /// <param name="pixels">28 x 28, 0 to 255; one picture behind the other.</param>
    public static float[] Scores(LessonPage page, ReadOnlySpan<float> pixels) =>
        page.Trace(Model.Weights, Read(pixels), options: new Analysis.TraceOptions
        {
            Images = pixels.Length / DigitImages.Shape.Count,
            IsTraining = false,
        }).Result;
}
