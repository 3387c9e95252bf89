using FeatureMap.Data;
using FeatureMap.Interchange;
using FeatureMap.Models;
using FeatureMap.Networks;
using FeatureMap.Tests.Training;
using FeatureMap.Training;
using Xunit;

namespace FeatureMap.Tests.Data;

/// <summary>Characters set upright, and what a model does to images before it reads them.</summary>
public sealed class DeskewTests
{
    [Fact]
    public void A_bar_that_leans_by_one_pixel_a_row_stands_upright_in_the_middle()
    {
        // 5 rows of 9: bright where x = y + 3. Its moments are m_xy = m_yy, so the slope is 1; the middle of the bar, (5, 2), goes to (4, 2).
        var shape = Shape.Image(1, 5, 9);
        var pixels = new byte[shape.Count];
        for (var y = 0; y < 5; y++)
            pixels[(y * 9) + y + 3] = 200;
        var upright = Apply(pixels, shape);
        for (var y = 0; y < 5; y++)
            for (var x = 0; x < 9; x++)
                Assert.Equal(x == 4 ? 200 : 0, upright[(y * 9) + x]);
    }

    [Fact]
    public void Afterwards_nothing_leans_and_the_middle_is_in_the_middle()
    {
        var set = Datasets.Digits().Training;
        for (var image = 0; image < 50; image++)
        {
            var (before, _, _) = Moments([.. set.Pixels(image).ToArray().Select(pixel => (float)pixel)], set.ImageShape);
            var (slope, x, y) = Moments(Apply(set.Pixels(image), set.ImageShape), set.ImageShape);
            Assert.True(Math.Abs(slope) < 0.02 + (0.1 * Math.Abs(before)), $"image {image}: slope {before:0.000} became {slope:0.000}");
            Assert.Equal(13.5, x, 0.1);
            Assert.Equal(13.5, y, 0.1);
        }
    }

    [Fact]
    public void A_dark_image_stays_and_a_level_line_is_only_moved()
    {
        var shape = Shape.Image(1, 5, 7);
        Assert.All(Apply(new byte[35], shape), pixel => Assert.Equal(0, pixel));
        var pixels = new byte[35];
        pixels.AsSpan(2, 3).Fill(90); // columns 2 to 4 of row 0
        var moved = Apply(pixels, shape);
        Assert.Equal(90f * 3, moved.Sum());
        Assert.Equal([0, 0, 90, 90, 90, 0, 0], moved[14..21]);
    }

    [Fact]
    public void What_is_no_chance_is_done_before_every_use_of_the_model()
    {
        var data = DigitsTask.Data(200, 100);
        using var folder = new TemporaryFolder();
        var options = new TrainingOptions { Epochs = 1, BatchSize = 40, Schedule = new ConstantRate(0.05), Augmentation = Augmentation.Parse("deskew, affine shift=1") };
        var run = Trainer.Fit(DigitsTask.Network(), data, options);
        Assert.Equal(new Deskew(), run.Model.Preparation);
        ModelFile.Save(run.Model, folder.Location);
        var model = ModelFile.Load(folder.Location);
        Assert.Equal(run.Validation!.Predicted, model.Evaluate(data.Validation).Predicted);
        Assert.Equal(run.Validation.Loss, model.Evaluate(data.Validation).Loss);
        var many = model.PredictMany(data.Validation);
        Assert.Equal(run.Validation.Predicted, many.Select(prediction => prediction.Class));
        Assert.Equal(many[7].Probabilities, model.Predict(data.Validation.Pixels(7)).Probabilities);
        Assert.Equal(model.Weights.Sha256(), run.Model.Weights.Sha256());

        var onnx = Path.Combine(folder.Location, "model.onnx");
        OnnxFile.Save(model, onnx);
        Assert.Equal(new Deskew(), OnnxFile.Load(onnx).Preparation);
        Assert.Equal(run.Validation.Predicted, OnnxFile.Load(onnx).Evaluate(data.Validation).Predicted);

        var bare = new Model(model.Weights, model.Normalization, model.ClassNames);
        Assert.NotEqual(run.Validation.Loss, bare.Evaluate(data.Validation).Loss);
        Assert.Equal(new Deskew(), BatchNormFolding.Fold(model).Preparation);
        Assert.Equal(new Deskew(), Slimming.Slim(model).Preparation);
    }

    [Theory]
    [InlineData("flip", "A model prepares every image alike, and 'flip' has a random part. Give its part that is not: augmentation.ForEvaluation(shape).")]
    [InlineData("resize 14 14", "The network takes images of 1x28x28, and 'resize 14 14' makes 1x14x14 of them. Give a preparation that keeps the size.")]
    [InlineData("resize 2800 2800, resize 28 28", "enlarges images of 1x28x28 to 7,840,000 numbers on its way; at most 64 times as many as an image has are taken.")]
    public void A_preparation_must_fit(string text, string message)
    {
        var weights = Weights.Initialize(DigitsTask.Network(), 0);
        var error = Assert.ThrowsAny<FeatureMapException>(() => new Model(weights, Normalization.None(1), [], Augmentation.Parse(text)));
        Assert.EndsWith(message, error.Message, StringComparison.Ordinal);

        // The same in a file from anywhere.
        using var folder = new TemporaryFolder();
        ModelFile.Save(new Model(weights, Normalization.None(1), []), folder.Location);
        var path = Path.Combine(folder.Location, ModelFile.WeightsName);
        var file = SafetensorsFile.Read(path);
        Rewrite(file, path, text);
        Assert.EndsWith(message, Assert.Throws<DataException>(() => ModelFile.Load(folder.Location)).Message, StringComparison.Ordinal);
        Rewrite(file, path, "rubbish 3");
        Assert.StartsWith("'preparation' in the metadata of model.safetensors is not a description", Assert.Throws<DataException>(() => ModelFile.Load(folder.Location)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_a_file_cannot_hold_is_said_at_the_end_of_a_training()
    {
        var notices = new List<string>();
        var options = new TrainingOptions { Epochs = 1, BatchSize = 40, Augmentation = new Darker(), Notice = notices.Add };
        var run = Trainer.Fit(DigitsTask.Network(), DigitsTask.Data(), options);
        Assert.Equal(Augmentation.None, run.Model.Preparation);

        // What enlarges too much, or does not take images of the network's size, must not cost the model at the end either.
        foreach (var text in (string[])["resize 300 300, center-crop 28 28", "resize 60 60, center-crop 50 50, resize 28 28"])
            Assert.Equal(text.StartsWith("resize 60", StringComparison.Ordinal) ? Augmentation.Parse(text) : Augmentation.None, Trainer.Fit(DigitsTask.Network(), DigitsTask.Data(), options with { Augmentation = Augmentation.Parse(text) }).Model.Preparation);
        Assert.Equal(Augmentation.None, Model.KeptPreparation(Augmentation.Parse("center-crop 50 50, resize 28 28"), Shape.Image(1, 28, 28)));
        Assert.Contains(notices, notice => notice.StartsWith("The model does not hold '", StringComparison.Ordinal));
    }

    private static void Rewrite(SafetensorsFile file, string path, string preparation) => SafetensorsFile.Write(
        path,
        file.Tensors.Select(tensor => new SafetensorsEntry(tensor.Name, tensor.ToSingles(), [.. tensor.Dimensions])),
        new Dictionary<string, string>(file.Metadata) { ["preparation"] = preparation });

    private static float[] Apply(ReadOnlySpan<byte> pixels, Shape shape)
    {
        var result = new float[shape.Count];
        new Deskew().Apply(pixels, shape, 0, 0, 0, result);
        return result;
    }

    private static (double Slope, double X, double Y) Moments(float[] pixels, Shape shape)
    {
        var places = Enumerable.Range(0, shape.Count).Select(i => (Bright: (double)pixels[i], X: i % shape.Width, Y: i / shape.Width)).ToList();
        var sum = places.Sum(place => place.Bright);
        var (x, y) = (places.Sum(place => place.Bright * place.X) / sum, places.Sum(place => place.Bright * place.Y) / sum);
        return (places.Sum(place => place.Bright * (place.X - x) * (place.Y - y)) / places.Sum(place => place.Bright * (place.Y - y) * (place.Y - y)), x, y);
    }

    /// <summary>A step of the user's own.</summary>
    private sealed record Darker : Augmentation
    {
        public override Augmentation ForEvaluation(Shape shape) => this;

        protected internal override void Change(ref AugmentationWork work)
        {
            foreach (ref var pixel in work.Pixels)
                pixel /= 2;
        }
    }
}
