using FeatureMap.Data;
using FeatureMap.Interchange;
using FeatureMap.Tests.House;
using FeatureMap.Training;
using Xunit;

namespace FeatureMap.Tests.Goldens;

/// <summary>Twenty steps of three small networks against libtorch, from the same weights on the same images: every optimiser, every schedule, and what shapes gradients.</summary>
public sealed class TrainingGoldenTests
{
    internal static string Folder { get; } = Path.Combine(Repository.Root, "tests/FeatureMap.Tests/Goldens/Training");

    public static MatrixTheoryData<string, string> Runs => new(GoldenRuns.Networks.Keys, GoldenRuns.All.Select(run => run.Name));

    [Theory]
    [MemberData(nameof(Runs))]
    public void Twenty_steps_end_at_the_weights_of_libtorch(string network, string run)
    {
        var result = Compare(Read(network), GoldenRuns.All.Single(candidate => candidate.Name == run));
        Assert.True(result.Weights.Failure is null, $"{network}: {result.Weights.Failure} (the largest difference is {result.Weights.Largest:G3}; {result.Weights.Share:G3} of the tolerance)");
        Assert.True(result.Losses.Failure is null, $"{network}: {result.Losses.Failure}");
        Assert.InRange(result.LargestRateDifference, 0, 1e-9);
    }

    [Fact]
    public void Every_optimizer_and_every_schedule_is_judged()
    {
        Assert.Equal(Kinds<Optimizer>(), GoldenRuns.All.Select(run => run.Optimizer.GetType().Name).Distinct().Order());
        Assert.Equal(Kinds<Schedule>(), GoldenRuns.All.Select(run => run.Schedule.GetType().Name).Distinct().Order());

        static IEnumerable<string> Kinds<TBase>() => typeof(TBase).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(TBase)) && type.IsPublic && !type.IsAbstract).Select(type => type.Name).Order();
    }

    [Fact]
    public void The_files_hold_these_networks_and_these_runs()
    {
        Assert.Equal(GoldenRuns.Networks.Keys.Order(), Directory.GetFiles(Folder).Select(Path.GetFileNameWithoutExtension).Order());
        foreach (var (name, network) in GoldenRuns.Networks)
        {
            var file = Read(name);
            Assert.Equal(NetworkFile.ToJson(network), file.Metadata[TrainingNames.Network]);
            Assert.All(GoldenRuns.All, run => Assert.Contains(TrainingNames.Weights(run.Name), file.Names));
        }
    }

    [Fact]
    public void The_weights_really_moved()
    {
        foreach (var network in GoldenRuns.Networks.Keys)
        {
            var file = Read(network);
            var start = file[TrainingNames.Start].ToSingles();
            foreach (var run in GoldenRuns.All)
            {
                var moved = start.Zip(file[TrainingNames.Weights(run.Name)].ToSingles(), (before, after) => Math.Abs(after - before)).ToArray();
                Assert.True(moved.Average() > 1e-3, $"{network}, {run.Name}: weights moved by {moved.Average()} on average");
            }
        }
    }

    internal static SafetensorsFile Read(string network) => SafetensorsFile.Read(Path.Combine(Folder, $"{network}.safetensors"));

    internal static RunResult Compare(SafetensorsFile file, GoldenRun run)
    {
        using var session = Session(file, run);
        var (losses, rates) = (new double[GoldenRuns.Steps], new double[GoldenRuns.Steps]);
        for (var step = 0; step < GoldenRuns.Steps; step++)
        {
            session.Step();
            (losses[step], rates[step]) = (session.StepLoss, session.LearningRate);
        }
        var weights = Of(session.Weights, TrainingNames.Weights(run.Name), file);
        if (run.Averaging is not null) weights += Of(session.Judged, TrainingNames.Average(run.Name), file);
        var expectedRates = (double[])file[TrainingNames.Rates(run.Name)].Data;
        return new RunResult(
            weights, GoldenResult.Of(TrainingNames.Losses(run.Name), file[TrainingNames.Losses(run.Name)].ToSingles(), losses),
            rates.Zip(expectedRates, (received, expected) => Math.Abs(received - expected)).Max());
    }

    private static TrainingSession Session(SafetensorsFile file, GoldenRun run)
    {
        var images = new ImageSet("golden", GoldenRuns.Image, (byte[])file[TrainingNames.Images].Data, (int[])file[TrainingNames.Labels].Data, Enumerable.Range(0, GoldenRuns.Classes).Select(number => $"{number}"));
        var options = new TrainingOptions
        {
            Epochs = GoldenRuns.Steps,
            BatchSize = GoldenRuns.Images,
            Threads = 1,
            Normalization = new Normalization([0.5, 0.5], [0.25, 0.25]),
            Optimizer = run.Optimizer,
            Schedule = new ScriptedValidation(run.Schedule, GoldenRuns.Validation),
            ClipGradientNorm = run.ClipNorm,
            ClipGradientValue = run.ClipValue,
            L1Decay = run.L1,
            Averaging = run.Averaging,
        };
        var session = new TrainingSession(NetworkFile.Parse(file.Metadata[TrainingNames.Network]), new SplitData("golden", images, images, "random"), options);
        var start = file[TrainingNames.Start].ToSingles().AsSpan();
        foreach (var parameter in session.Weights.Parameters)
        {
            start[..parameter.Values.Length].CopyTo(parameter.Values);
            start[..parameter.Values.Length].CopyTo(session.Judged[parameter.Name].Values);
            start = start[parameter.Values.Length..];
        }
        return session;
    }

    private static GoldenResult Of(FeatureMap.Networks.Weights weights, string name, SafetensorsFile file)
    {
        var expected = file[name].ToSingles().AsSpan();
        var result = default(GoldenResult);
        foreach (var parameter in weights.Parameters)
        {
            result += GoldenResult.Of($"{name}, {parameter.Name}", expected[..parameter.Values.Length], Array.ConvertAll(parameter.Values.ToArray(), value => (double)value));
            expected = expected[parameter.Values.Length..];
        }
        return result;
    }

    internal readonly record struct RunResult(GoldenResult Weights, GoldenResult Losses, double LargestRateDifference);

    /// <summary>A schedule that is told the same scores in every run.</summary>
    private sealed record ScriptedValidation(Schedule Inner, IReadOnlyList<double> Losses) : Schedule
    {
        public override double LearningRate(ScheduleTime time) => Inner.LearningRate(time with { Validation = [.. Losses.Take((int)time.Step).Select(loss => new ValidationScore(loss, 0))] });
    }
}
