using FeatureMap.Analysis;
using FeatureMap.Data;
using FeatureMap.Networks;
using FeatureMap.Tests.Networks;
using FeatureMap.Training;
using FeatureMap.Zoo;
using Xunit;

namespace FeatureMap.Tests.Training;

/// <summary>The linter looks at a network before it is trained, and knows the loss.</summary>
public sealed class LintFirstTests
{
    private static readonly TrainingOptions Options = new() { Epochs = 1, BatchSize = 40, Threads = 1 };

    private static Network Ending(Func<Feature, Feature> end) => Network.Build(Shape.Image(1, 9, 9), x => end(x.Flatten().Linear(3, name: "scores")));

    [Fact]
    public void A_softmax_before_the_cross_entropy_is_refused_before_the_first_step()
    {
        using var place = new TemporaryFolder();
        var steps = new List<TrainingProgress>();
        var network = Ending(x => x.Softmax(name: "probabilities"));
        const string errors = "double-softmax, layer 'probabilities' (Softmax, layer 3): the network ends in a softmax, and the loss "
            + "applies another one; with 3 classes no probability is above 57.6 % then, and no loss below 0.55. "
            + "End with the scores: leave the softmax out, predict applies it. Or take a loss of probabilities.";
        Assert.Equal(
            $"The network cannot learn like this. {errors} To train it all the same, set TrainingOptions.Lint to null, or to options that "
                + "leave the rule out.",
            Assert.Throws<UsageException>(() => Trainer.Fit(network, TinyTask.Data(), Options)).Message);
        Assert.Equal(errors, Trainer.Lint(network, TinyTask.Data(), Options).Errors);
        Assert.True(Trainer.Fit(network, TinyTask.Data(), Options with { Lint = null }).IsComplete);
        Assert.True(Trainer.Fit(network, TinyTask.Data(), Options with { Lint = new LintOptions { Ignored = ["double-softmax"] } }).IsComplete);
    }

    public static TheoryData<string, string, bool> Ends => new()
    {
        { "scores", "CrossEntropy", true },
        { "softmax", "CrossEntropy", false },
        { "softmax", "CrossEntropy weighted", false },
        { "softmax", "Focal", false },
        { "softmax", "half and half", false },
        { "sigmoid", "CrossEntropy", false },
        { "logsoftmax", "CrossEntropy", true },
        { "logsoftmax", "NegativeLogLikelihood", true },
        { "softmax", "Mse", true },
        { "sigmoid", "Mse", true },
        { "relu", "Mse", true },
        { "sigmoid", "of probabilities", true },
        { "softmax", "of probabilities", true },
        { "sigmoid", "BinaryCrossEntropy", false },
        { "softmax", "BinaryCrossEntropy", false },
        { "relu", "BinaryCrossEntropy", false },
        { "sigmoid", "BinaryFocal", false },
        { "scores", "BinaryCrossEntropy", true },
        { "softmax", "own", true },
    };

    [Theory]
    [MemberData(nameof(Ends))]
    public void What_is_right_depends_on_the_loss(string end, string loss, bool isRight)
    {
        var network = Ending(x => end switch { "softmax" => x.Softmax(), "sigmoid" => x.Sigmoid(), "logsoftmax" => x.LogSoftmax(), "relu" => x.Relu(), _ => x });
        Loss chosen = loss switch
        {
            "CrossEntropy weighted" => Loss.CrossEntropy(classWeights: new ClassWeights([1, 2, 3])),
            "Focal" => Loss.Focal(),
            "half and half" => 0.5 * (Loss.Mse() + Loss.CrossEntropy()),
            "NegativeLogLikelihood" => Loss.NegativeLogLikelihood(),
            "Mse" => Loss.Mse(),
            "of probabilities" => Loss.BinaryCrossEntropy(ofProbabilities: true),
            "BinaryCrossEntropy" => Loss.BinaryCrossEntropy(),
            "BinaryFocal" => Loss.BinaryFocal(),
            "own" => Loss.Custom("likelihood", (output, target) => -(target * output.Maximum(1e-7).Log()).Sum()),
            _ => Loss.CrossEntropy(),
        };
        var report = Trainer.Lint(network, TinyTask.Data(), Options with { Loss = chosen });
        Assert.Equal(isRight, report.Errors.Length == 0);
        if (isRight) Assert.DoesNotContain(report.Findings, finding => finding.Rule.Id is "double-softmax" or "logit-activation");
    }

    [Fact]
    public void A_run_that_goes_on_is_not_asked_again()
    {
        using var place = new TemporaryFolder();
        var folder = RunFolder.Create(place.Location, "begun");
        var network = Ending(x => x.Softmax());
        Trainer.Fit(network, TinyTask.Data(), Options with { Folder = folder, Lint = null });
        Assert.True(Trainer.Fit(network, TinyTask.Data(), Options with { Folder = folder, Resume = true }).IsComplete);
    }

    [Fact]
    public void A_mask_of_a_sigmoid_before_a_loss_of_scores_is_refused_too()
    {
        var network = MapsTask.Network().Append(x => x.Sigmoid());
        Assert.Contains("double-softmax, layer 'sigmoid1'", Trainer.Lint(network, MapsTask.Data(), Options with { Loss = Loss.BinaryCrossEntropy() }).Errors, StringComparison.Ordinal);
        Assert.Empty(Trainer.Lint(network, MapsTask.Data(), Options with { Loss = Loss.Dice(MaskScores.Probabilities) }).Errors);
        Assert.NotEmpty(Trainer.Lint(network, MapsTask.Data(), Options with { Loss = Loss.Dice(MaskScores.Sigmoid) }).Errors);
    }

    public static TheoryData<string> RecipeNames => [.. Recipes.All.Select(recipe => recipe.Name)];

    [Theory]
    [MemberData(nameof(RecipeNames))]
    public void No_recipe_is_refused(string name)
    {
        var recipe = Recipes.Get(name);
        var info = Datasets.Info(recipe.Dataset);
        var count = info.ClassNames.Count;
        var set = new ImageSet(info.Name, info.ImageShape, new byte[2 * count * info.ImageShape.Count], [.. Enumerable.Range(0, 2 * count).Select(i => i % count)], info.ClassNames);
        var data = new SplitData(info.Name, set, set, "drawn");
        Assert.Empty(Trainer.Lint(recipe.Build(info.ImageShape, count), data, recipe.Options(recipe.Settings, data)).Errors);
    }
}
