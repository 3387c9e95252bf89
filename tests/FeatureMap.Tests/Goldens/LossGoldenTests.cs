using System.Reflection;
using FeatureMap.Interchange;
using FeatureMap.Tests.House;
using FeatureMap.Tests.Training;
using FeatureMap.Training;
using Xunit;

namespace FeatureMap.Tests.Goldens;

/// <summary>Every ready-made loss against libtorch: the loss of each image and its gradient by the network's output.</summary>
public sealed class LossGoldenTests
{
    internal static string Path { get; } = System.IO.Path.Combine(Repository.Root, "tests/FeatureMap.Tests/Goldens/Losses/losses.safetensors");

    public static TheoryData<string> Losses => [.. GoldenLosses.All.Select(loss => loss.Name)];

    [Theory]
    [MemberData(nameof(Losses))]
    public void It_agrees_with_libtorch(string loss)
    {
        var result = Compare(SafetensorsFile.Read(Path), GoldenLosses.All.Single(candidate => candidate.Name == loss));
        Assert.True(result.Failure is null, $"{result.Failure} ({result.Share:G3} of the tolerance at the worst place)");
    }

    [Fact]
    public void Every_ready_made_loss_is_judged()
    {
        // Units divide output and target before a loss that is judged: LabelTableTests and DescriptionTests.
        string[] makers = [nameof(Loss.Scaled), nameof(Loss.Fitted), nameof(Loss.Custom), nameof(Loss.Parse),
            nameof(Loss.FromLossOp), nameof(Loss.Add), nameof(Loss.Multiply), nameof(Loss.On)];
        string[] notInTorch = [nameof(Loss.Detection)]; // DetectionTests judge it by hand and by the gradient check
        var ready = typeof(Loss).GetMethods(BindingFlags.Public | BindingFlags.Static).Where(method => method.ReturnType == typeof(Loss) && !method.IsSpecialName).Select(method => method.Name).Except(makers).Except(notInTorch);
        Assert.Equal(ready.Order(), GoldenLosses.All.Select(loss => loss.Method).Distinct().Order());
        Assert.Distinct(GoldenLosses.All.Select(loss => loss.Name));
    }

    internal static GoldenResult Compare(SafetensorsFile file, GoldenLoss loss)
    {
        var trial = new LossTrial(loss.Loss, GoldenLosses.Shape, Doubles(LossNames.Output(loss.Name)), Doubles(LossNames.Target(loss.Name)));
        return GoldenResult.Of($"{loss.Name}: loss", file[LossNames.Values(loss.Name)].ToSingles(), trial.Values)
            + GoldenResult.Of($"{loss.Name}: gradient", file[LossNames.Gradient(loss.Name)].ToSingles(), trial.Gradient);

        double[] Doubles(string name) => Array.ConvertAll(file[name].ToSingles(), value => (double)value);
    }
}
