using System.Text;
using System.Text.Json;
using FeatureMap.Data;
using FeatureMap.Descriptions;
using FeatureMap.Training;
using Xunit;

namespace FeatureMap.Tests.Training;

/// <summary>The options of a training as a document.</summary>
public sealed class TrainingOptionsTests
{
    // What a training does besides its result, and what is there only while it runs.
    private static readonly string[] NoSetting =
    [
        "Collective", "LaneWidth", "Device", "Folder", "Resume", "TensorBoard", "Progress", "EpochEnded", "Lint", "Notice", "Cancellation",
        "Settings", "Words",
    ];

    private static readonly TrainingOptions Everything = new()
    {
        Epochs = 3,
        BatchSize = 32,
        Seed = ulong.MaxValue,
        Threads = 2,
        Optimizer = new AdamW(0.8, 0.99, 1e-7, 0.1),
        L1Decay = 1e-5,
        ClipGradientNorm = 1,
        ClipGradientValue = 0.5,
        AccumulatedBatches = 4,
        Averaging = new(0.99),
        EarlyStopping = new(3, 0.01, ByMetric: true, RestoresBest: false),
        Schedule = new WarmUp(new CyclicRate(0.01, 0.12345678901234567, 50, CyclicMode.Triangular2), 5),
        Loss = Loss.CrossEntropy(0.1f, new ClassWeights(1, 0.1f)) + (0.3 * Loss.Mse().On("a")),
        Metric = Metric.Accuracy,
        Sampler = Sampler.Repeat(3),
        Augmentation = Augmentation.Parse("crop 4, flip"),
        Mix = new MixUp(0.3f),
        Normalization = new([0.1, 0.2, 0.3], [0.4, 0.5, 1.0 / 3]),
        FrozenLayers = ["conv1", "conv2"],
        LayerRates = LayerRates.Parse("conv3=0.01,stage1/*=0.1"),
        CheckpointInterval = TimeSpan.FromSeconds(2.5),
        LogEverySteps = 7,
        History = false,
    };

    [Fact]
    public void Every_option_that_decides_the_result_is_described()
    {
        var described = TrainingOptions.Settings.Count(setting => !setting.IsPart);
        var properties = typeof(TrainingOptions).GetProperties().Select(property => property.Name).Except(NoSetting).ToList();
        Assert.True(properties.Count == described, $"{properties.Count} options ({string.Join(", ", properties)}) and {described} settings "
            + $"({string.Join(", ", TrainingOptions.Settings.Where(setting => !setting.IsPart).Select(setting => setting.Name))}): "
                + "describe what is new, or say here why not.");
        Assert.All(TrainingOptions.Settings, setting => Assert.True(setting.Meaning.Length > 0 && setting.Range.Length > 0));
        Assert.Equal(TrainingOptions.Settings.Count, TrainingOptions.Settings.Select(setting => setting.Name).Distinct().Count());
    }

    [Fact]
    public void Text_and_json_are_read_as_they_are_written()
    {
        var (text, json) = (new TrainingOptions(), new TrainingOptions());
        using var document = JsonDocument.Parse(Json(Everything));
        foreach (var setting in TrainingOptions.Settings.Where(setting => !setting.IsPart))
        {
            Assert.True(setting.Name == "initial-weights" || !setting.IsSame(Everything, new TrainingOptions()),
                $"{setting.Name} has its default in this test.");
            text = setting.Apply(text, setting.Format(Everything));
            json = setting.Read(json, document.RootElement.GetProperty(setting.Name))!;
        }
        foreach (var setting in TrainingOptions.Settings)
        {
            Assert.True(setting.IsSame(Everything, text), setting.Name);
            Assert.True(setting.IsSame(Everything, json), setting.Name);
        }
        Assert.Equal(Json(Everything), Json(text));
        Assert.Equal(Everything.Schedule, text.Schedule);
        Assert.Equal(Everything.Normalization, json.Normalization);
    }

    [Fact]
    public void A_schedule_without_a_rate_keeps_the_one_before()
    {
        var options = new TrainingOptions { Schedule = new OneCycle(0.25) };
        Assert.Equal(new CosineRate(0.25), options.With("schedule", "cosine").Schedule);
        Assert.Equal(new CosineRate(0.5), options.With("schedule", "cosine 0.5").Schedule);
        Assert.Equal(new WarmUp(new PolynomialRate(0.25), 9), options.With("schedule", "warm-up 9 (linear)").Schedule);
        Assert.Equal(new WarmUp(new PolynomialRate(0.75), 9),
            options.With("schedule", "warm-up 9 (linear)").With("learning-rate", "0.75").Schedule);
    }

    [Fact]
    public void Numbers_are_set_after_what_they_stand_in_whatever_the_order()
    {
        var changed = Setting<TrainingOptions>.Apply(
            new(), TrainingOptions.Settings,
                [("beta1", "0.5"), ("learning-rate", "0.001"), ("optimizer", "adam"), ("schedule", "constant 1")]);
        Assert.Equal(0.5, Assert.IsType<Adam>(changed.Optimizer).Beta1);
        Assert.Equal(new ConstantRate(0.001), changed.Schedule);
    }

    [Theory]
    [InlineData("beta1", "0.5", "The setting beta1 has no effect here: it needs optimizer=adam, adamw or lion. Set that too, or leave "
        + "beta1 out.")]
    [InlineData("shift", "2", "The setting shift has no effect here: it needs augmentation=affine. Set that too, or leave shift out.")]
    [InlineData("schedule", "onecycle", "The setting schedule is one-cycle, cosine, step, constant, linear, polynomial, exponential, "
        + "milestones, cyclic, cosine-restarts, plateau or warm-up, with its numbers, "
        + "such as one-cycle 0.1 warm-up=0.2: received 'onecycle'. The schedule 'onecycle' cannot be read: there is no 'onecycle'. Did "
            + "you mean 'one-cycle'?")]
    [InlineData("averaging", "0.9", "The setting averaging is none or ema, with its numbers, such as ema 0.999: received '0.9'. The "
        + "averaging '0.9' cannot be read: '0.9' stands where a word is expected.")]
    public void A_wrong_value_is_explained(string key, string value, string message) =>
        Assert.Equal(message, Assert.Throws<UsageException>(() => new TrainingOptions().With(key, value)).Message);

    private static string Json(TrainingOptions options)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            foreach (var setting in TrainingOptions.Settings)
                setting.Write(json, options);
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(stream.ToArray());
    }
}
