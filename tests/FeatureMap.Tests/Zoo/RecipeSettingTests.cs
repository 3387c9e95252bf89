using FeatureMap.Data;
using FeatureMap.Descriptions;
using FeatureMap.Training;
using FeatureMap.Zoo;
using Xunit;

namespace FeatureMap.Tests.Zoo;

public sealed class RecipeSettingTests
{
    [Fact]
    public void Every_setting_reads_what_it_writes_and_has_words_for_it()
    {
        foreach (var settings in Recipes.All.Select(recipe => recipe.Settings))
        {
            var read = Setting<RecipeSettings>.Apply(
                new(), RecipeSettings.All,
                    RecipeSettings.All.Where(setting => !setting.IsPart).Select(setting => (setting.Name, setting.Format(settings))));
            Assert.All(RecipeSettings.All, setting => Assert.True(setting.IsSame(settings, read), setting.Name));
        }
        Assert.All(RecipeSettings.All, setting => Assert.True(setting.Meaning.Length > 0 && setting.Range.Length > 0));
        Assert.Equal(RecipeSettings.All.Count, RecipeSettings.All.Select(setting => setting.Name).Distinct().Count());
    }

    [Fact]
    public void Every_property_has_a_setting() => Assert.Equal(
        typeof(RecipeSettings).GetProperties().Select(property => property.Name).Except(["All", "Training", "Data"]).Count(),
        RecipeSettings.All.Count - TrainingOptions.Settings.Count - DataChoice.Settings.Count);

    [Theory]
    [InlineData("epochs", "0", "The setting epochs is a whole number from 1 to 1,000,000: received '0'.")]
    [InlineData("epochs", "-3", "The setting epochs is a whole number from 1 to 1,000,000: received '-3'.")]
    [InlineData("epochs", "99999999999999999999", "The setting epochs is a whole number from 1 to 1,000,000: received '99999999999999999999'.")]
    [InlineData("epochs", "2.5", "The setting epochs is a whole number from 1 to 1,000,000: received '2.5'.")]
    [InlineData("epochs", "", "The setting epochs is a whole number from 1 to 1,000,000: received ''.")]
    [InlineData("seed", "-1", "The setting seed is a whole number from 0 to 18,446,744,073,709,551,615: received '-1'.")]
    [InlineData("momentum", "1", "The setting momentum is a number of at least 0 and below 1: received '1'.")]
    [InlineData("learning-rate", "NaN", "The setting learning-rate is a number above 0 and at most 1,000: received 'NaN'.")]
    [InlineData("learning-rate", "1e999", "The setting learning-rate is a number above 0 and at most 1,000: received '1e999'.")]
    [InlineData("learning-rate", "0,05", "The setting learning-rate is a number above 0 and at most 1,000: received '0,05'. Write a point: 0.05.")]
    [InlineData("zoom", "10 %", "The setting zoom is a number: received '10 %'. Write a part of 1: 0.1.")]
    [InlineData("augmentation", "crop 4, flp", "The setting augmentation is none, affine, crop, flip, alternating-flip, vertical-flip, "
        + "quarter-turns, resized-crop, center-crop, resize, deskew, elastic, erase, cutout, jitter, gray, blur, equalize, clahe, "
        + "autocontrast, invert, solarize, posterize, sharpness, randaugment, trivialaugment, augmix, keras, apply or choose, with its "
            + "numbers, such as crop 4, flip: received 'crop 4, flp'. "
        + "The augmentation 'crop 4, flp' cannot be read: there is no 'flp'. Did you mean 'flip'?")]
    [InlineData("nesterov", "maybe", "The setting nesterov is true or false: received 'maybe'.")]
    [InlineData("optimizer", "adan", "The setting optimizer is sgd, adam, adamw, rmsprop or lion, with its numbers, such as sgd 0.9 "
        + "nesterov: received 'adan'. The optimizer 'adan' cannot be read: there is no 'adan'. Did you mean 'adam'?")]
    [InlineData("epohcs", "3", "There is no setting 'epohcs'. Did you mean 'epochs'?")]
    public void A_wrong_value_is_explained(string key, string value, string message) =>
        Assert.Equal(message, Assert.Throws<UsageException>(() => new RecipeSettings().With(key, value)).Message);

    [Fact]
    public void Values_become_options()
    {
        var options = new RecipeSettings()
            .With("optimizer", "adamw").With("weight-decay", "0.02").With("schedule", "step").With("learning-rate", "1e-3").With("step-epochs", "4").With("step-factor", "0.5")
            .With("label-smoothing", "0.1").With("augmentation", "affine").With("shift", "2").With("mirror",
                "0.5").With("checkpoint-seconds", "2.5").With("seed", "18446744073709551615").ToOptions();
        Assert.Equal(0.02, Assert.IsType<AdamW>(options.Optimizer).WeightDecay);
        Assert.Equal(new StepRate(1e-3, 4, 0.5), options.Schedule);
        Assert.Equal(new RandomAffine { ShiftPixels = 2, MirrorProbability = 0.5f }, options.Augmentation);
        Assert.Equal(TimeSpan.FromSeconds(2.5), options.CheckpointInterval);
        Assert.Equal(ulong.MaxValue, options.Seed);
        Assert.Equal("SoftmaxCrossEntropy(label smoothing 0.1)", options.Loss!.Name);
        Assert.Equal(Augmentation.None, new RecipeSettings().ToOptions().Augmentation);
    }

    [Fact]
    public void Every_optimiser_and_schedule_can_be_named()
    {
        Assert.Equal(0.9, Assert.IsType<RmsProp>(Options(("optimizer", "rmsprop"), ("smoothing", "0.9")).Optimizer).Smoothing);
        Assert.Equal(0.95, Assert.IsType<Lion>(Options(("optimizer", "lion"), ("beta2", "0.95")).Optimizer).Beta2);
        Assert.Equal(new CyclicRate(0.025, 0.1, 50), Options(("schedule", "cyclic"), ("cycle-steps", "50")).Schedule);
        Assert.Equal(new CosineRestarts(0.1, 50, 2, 0.01), Options(("schedule", "cosine-restarts"), ("cycle-steps", "50"), ("cycle-factor", "2"), ("final-learning-rate", "0.01")).Schedule);
        Assert.Equal(new ExponentialRate(0.1, 0.9), Options(("schedule", "exponential"), ("step-factor", "0.9")).Schedule);
        Assert.Equal(new PlateauRate(0.1, 0.5, 2), Options(("schedule", "plateau"), ("step-factor", "0.5"), ("patience", "2")).Schedule);
        var options = Options(("clip-norm", "1"), ("clip-value", "0.5"), ("l1", "1e-5"), ("accumulate", "4"), ("averaging", "ema 0.999"),
            ("early-stopping", "patience 3"));
        Assert.Equal((1, 0.5, 1e-5, 4), (options.ClipGradientNorm, options.ClipGradientValue, options.L1Decay, options.AccumulatedBatches));
        Assert.Equal((new WeightAveraging(0.999), new EarlyStopping(3)), (options.Averaging, options.EarlyStopping));
        Assert.Equal((null, null), (new RecipeSettings().ToOptions().Averaging, new RecipeSettings().ToOptions().EarlyStopping));

        static TrainingOptions Options(params (string Key, string Value)[] values) => values.Aggregate(new RecipeSettings(), (settings, value) => settings.With(value.Key, value.Value)).ToOptions();
    }

    [Theory]
    [InlineData("cross-entropy", "SoftmaxCrossEntropy")]
    [InlineData("focal", "Focal(gamma 2)")]
    [InlineData("binary-cross-entropy", "BinaryCrossEntropy")]
    [InlineData("binary-focal", "BinaryFocal(gamma 2)")]
    [InlineData("hinge", "Hinge")]
    [InlineData("squared-hinge", "Hinge(squared)")]
    [InlineData("mse", "Mse")]
    [InlineData("l1", "L1")]
    [InlineData("huber", "Huber")]
    public void Every_loss_can_be_named(string value, string name) =>
        Assert.Equal(name, new RecipeSettings().With("loss", value).ToOptions().Loss!.Name);

    [Fact]
    public void Balanced_class_weights_are_counted_on_the_training_images()
    {
        var settings = new RecipeSettings().With("class-weights", "balanced").With("label-smoothing", "0.1");
        Assert.Equal("class-weights=balanced counts the training images of each class: give the data, as in ToOptions(data).", Assert.Throws<UsageException>(() => settings.ToOptions()).Message);
        var data = Datasets.Digits();
        Assert.Equal(Loss.CrossEntropy(0.1f, ClassWeights.Balanced(data.Training)).Name, settings.ToOptions(data).Loss!.Name);
        Assert.Equal(Loss.Focal(2, ClassWeights.Balanced(data.Training)).Name, settings.With("loss", "focal").ToOptions(data).Loss!.Name);
        Assert.False(RecipeSettings.Get("class-weights").HasEffect(settings.With("loss", "mse")));
        Assert.False(RecipeSettings.Get("label-smoothing").HasEffect(settings.With("loss", "focal")));
    }

    [Fact]
    public void Mixing_is_described_in_words()
    {
        Assert.Equal(new MixUp(0.3f), new RecipeSettings().With("mix", "mixup 0.3").ToOptions().Mix);
        Assert.Null(new RecipeSettings().ToOptions().Mix);
        Assert.StartsWith("The setting mix is none, mixup, cutmix or choose, with its numbers, such as mixup 0.2 or choose (mixup 0.2 | "
            + "cutmix): received 'mixed'.", Assert.Throws<UsageException>(() => new RecipeSettings().With("mix", "mixed")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_described_augmentation_takes_the_place_of_the_five_settings()
    {
        var settings = Recipes.Get("mnist-20k").Settings;
        Assert.True(RecipeSettings.Get("shift").HasEffect(settings));
        settings = settings.With("augmentation", " crop padding=2,  Cutout 8 ");
        Assert.Equal("crop 2, cutout 8", RecipeSettings.Get("augmentation").Format(settings));
        Assert.Equal(Augmentation.Parse("crop 2, cutout 8"), settings.ToOptions().Augmentation);
        Assert.False(RecipeSettings.Get("shift").HasEffect(settings));
        Assert.Equal(Augmentation.None, settings.With("augmentation", "none").ToOptions().Augmentation);
    }

    [Fact]
    public void Hold_out_and_training_images_choose_from_the_data()
    {
        var data = Datasets.Digits();
        var chosen = new RecipeSettings().With("hold-out", "0.1").With("training-images", "50").Choose(data);
        Assert.Equal((50, 400), (chosen.Training.Count, chosen.Validation.Count));
    }
}
