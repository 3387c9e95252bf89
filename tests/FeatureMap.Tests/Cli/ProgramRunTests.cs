using System.Text.Json;
using FeatureMap.Data;
using FeatureMap.Networks;
using FeatureMap.Tests.Data;
using FeatureMap.Training;
using Xunit;

namespace FeatureMap.Tests.Cli;

/// <summary>A run folder that a program makes by <see cref="Trainer.Fit"/> is what one of the tool is: every command takes it.</summary>
public sealed class ProgramRunTests : IDisposable
{
    private static readonly Network Small = Network.Build(Shape.Image(1, 28, 28),
        x => x.Conv(4, kernel: 5, stride: 3).Relu().Conv(6, kernel: 3).Relu().GlobalAveragePool().Linear(10));
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    private static TrainingOptions Options => new()
    {
        Epochs = 3,
        BatchSize = 16,
        Seed = 5,
        Threads = 2,
        Optimizer = new RmsProp(momentum: 0.5),
        Schedule = new WarmUp(new CosineRate(0.002), 3),
        Loss = Loss.CrossEntropy(0.1f) + (0.1 * Loss.Mse()),
        Augmentation = Augmentation.Parse("crop 2"),
        Sampler = Sampler.Repeat(2),
        Normalization = Normalization.None(1),
    };

    // The digits of the library, cut as a program may cut them.
    private static SplitData Digits => Datasets.Digits().SplitTraining(0.05, seed: 9).TakeTraining(48);

    [Fact]
    public void Every_command_takes_a_finished_run_of_a_program()
    {
        var run = Trainer.Fit(Small, Digits, Options with { Folder = RunFolder.At(folder["run"]) });
        var evaluation = Tool.Run("evaluate", folder["run"], "--json");
        Assert.True(evaluation.Code == 0, evaluation.Error);
        Assert.DoesNotContain("The run was made with", evaluation.Error, StringComparison.Ordinal);
        Assert.Equal((run.Epochs[^1].ValidationAccuracy, run.Epochs[^1].ValidationLoss),
            (evaluation.Json.GetProperty("accuracy").GetDouble(), evaluation.Json.GetProperty("loss").GetDouble()));
        Assert.Equal(0, Tool.Run("report", folder["run"]).Code);
        var report = File.ReadAllText(RunFolder.Open(folder["run"]).ReportPath);
        Assert.Contains("rmsprop momentum=0.5", report, StringComparison.Ordinal);
        Assert.Contains("warm-up 3 (cosine 0.002)", report, StringComparison.Ordinal);
        Assert.Equal(0, Tool.Run("summary", folder["run"]).Code);
        Assert.Equal(0, Tool.Run("export", folder["run"], "--onnx", folder["run.onnx"]).Code);
        File.WriteAllBytes(folder["image.png"],
            SampleImages.Png(28, 28, 8, 0, [.. Enumerable.Range(0, 28 * 29).Select(i => i % 29 == 0 ? (byte)0 : (byte)200)]));
        var inspection = Tool.Run("inspect", folder["run"], folder["image.png"], "--out", folder["inspection.html"]);
        Assert.True(inspection.Code == 0, inspection.Error);
        Assert.Contains("is already complete", Tool.Run("train", "--resume", folder["run"]).Output, StringComparison.Ordinal);
    }

    [Fact]
    public void The_tool_goes_on_with_a_run_that_a_program_stopped()
    {
        var whole = Trainer.Fit(Small, Digits, Options with { Folder = RunFolder.At(folder["whole"]) }).Model.Weights.Sha256();
        Stop("part", Digits, Options);
        var resumed = Tool.Run("train", "--resume", folder["part"], "--json");
        Assert.True(resumed.Code == 0, resumed.Error);
        Assert.Equal(whole, resumed.Text("weightsSha256"));
        Assert.Equal(0, Tool.Run("evaluate", folder["part"]).Code);
        Assert.Equal(JsonOf("whole"), JsonOf("part"));

        var refused = Tool.Run("train", "mnist-20k", "--resume", folder["part"]);
        Assert.Equal(2, refused.Code);
        Assert.Contains("The run part is that of a program, not mnist-20k.", refused.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void What_only_the_program_can_describe_is_said_and_not_replaced()
    {
        var options = Options with { Loss = Loss.Custom("mine", (output, target) => (output.Softmax() - target).Square().Sum()) };
        Stop("own", Digits, options);
        Assert.Contains("\"loss\": \"custom: mine\"", JsonOf("own"), StringComparison.Ordinal);
        var refused = Tool.Run("train", "--resume", folder["own"]);
        Assert.Equal(2, refused.Code);
        Assert.Contains("error: The run own was begun by a program with what no text describes: loss (mine). Only that program can go on "
            + "with it: by Trainer.Fit with the same options and Resume = true, or with its words in WorkContext.Registry.", refused.Error, StringComparison.Ordinal);

        Trainer.Fit(Small, Digits, options with { Folder = RunFolder.At(folder["own"]), Resume = true });
        var evaluation = Tool.Run("evaluate", folder["own"]);
        Assert.Equal(0, evaluation.Code);
        Assert.Contains("The run was trained with a loss of its program, mine, which nobody else has: the loss told here is the usual one.",
            evaluation.Error, StringComparison.Ordinal);
        Assert.Equal(0, Tool.Run("report", folder["own"]).Code);
        Assert.Contains("mine (of the program)", File.ReadAllText(RunFolder.Open(folder["own"]).ReportPath), StringComparison.Ordinal);
    }

    [Fact]
    public void Weights_to_start_from_are_in_the_checkpoints()
    {
        var start = Weights.Initialize(Small, 77);
        var whole = Trainer.Fit(Small, Digits, Options with { InitialWeights = start }).Model.Weights.Sha256();
        Stop("tuned", Digits, Options with { InitialWeights = start });
        var resumed = Tool.Run("train", "--resume", folder["tuned"], "--json", "--no-report");
        Assert.True(resumed.Code == 0, resumed.Error);
        Assert.Equal(whole, resumed.Text("weightsSha256"));
    }

    [Fact]
    public void Data_of_a_program_must_be_given_where_they_are_needed()
    {
        var made = new SplitData("mine", Digits.Training, Digits.Validation.Take(40), "a program");
        Trainer.Fit(Small, made, Options with { Folder = RunFolder.At(folder["run"]) });
        foreach (var command in (string[])["evaluate", "report"])
        {
            var asked = Tool.Run(command, folder["run"]);
            Assert.Equal(1, asked.Code);
            Assert.Contains("The data of the run, mine, were made by a program: no name or file leads to them. Give them as a folder or "
                + "an archive by --data.", asked.Error, StringComparison.Ordinal);
        }
        Assert.Equal(0, Tool.Run("export", folder["run"], "--onnx", folder["run.onnx"]).Code);
        Assert.Equal(0, Tool.Run("summary", folder["run"]).Code);

        // Files of any size become images as the network takes them.
        for (var image = 0; image < 40; image++)
            folder.Write(Path.Combine("photos", made.Training.ClassNames[image % 10], $"{image}.png"),
                SampleImages.Png(32, 32, 8, 0, [.. Enumerable.Range(0, 32 * 33).Select(i => i % 33 == 0 ? (byte)0 : (byte)(i + image))]));
        var given = Tool.Run("evaluate", folder["run"], "--data", folder["photos"]);
        Assert.True(given.Code == 0, given.Error);
        Assert.Contains("The run was made with 48 training + 40 validation images of mine from a program, and these are 32 + 8 of",
            given.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_program_says_anew_how_it_trains()
    {
        Stop("run", Digits, Options);
        Assert.Contains("\"optimizer\": \"rmsprop momentum=0.5\"", JsonOf("run"), StringComparison.Ordinal);
        Trainer.Fit(Small, Digits, Options with { Optimizer = new Sgd(), Folder = RunFolder.At(folder["run"]) });
        Assert.Contains("\"optimizer\": \"sgd 0.9\"", JsonOf("run"), StringComparison.Ordinal);
        using var document = JsonDocument.Parse(JsonOf("run"));
        Assert.Equal(0.05, document.RootElement.GetProperty("settings").GetProperty("hold-out").GetDouble());
        Assert.Equal(48, document.RootElement.GetProperty("settings").GetProperty("training-images").GetInt32());
    }

    private string JsonOf(string name) => File.ReadAllText(RunFolder.Open(folder[name]).ConfigPath);

    private void Stop(string name, SplitData data, TrainingOptions options)
    {
        using var stop = new CancellationTokenSource();
        var run = Trainer.Fit(Small, data,
            options with { Folder = RunFolder.At(folder[name]), Cancellation = stop.Token, EpochEnded = _ => stop.Cancel() });
        Assert.False(run.IsComplete);
    }
}
