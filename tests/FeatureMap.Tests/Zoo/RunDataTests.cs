using FeatureMap.Data;
using FeatureMap.Tests.Data;
using FeatureMap.Training;
using FeatureMap.Zoo;
using Xunit;

namespace FeatureMap.Tests.Zoo;

/// <summary>What a run keeps of its data, and how it knows them again.</summary>
public sealed class RunDataTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void The_origin_and_the_sums_are_written_and_read()
    {
        var data = Pets("digits");
        var sample = Configuration(RunData.Of(data), folder["digits"]);
        Assert.Equal((DataOrigin.Path, data.Training.Sha256()), (sample.Data.Origin, sample.Data.TrainingSha256));
        Assert.Equal(sample.ToJson(), RunConfiguration.Parse(sample.ToJson(), "c").ToJson());
        Assert.Equal("c: data.trainingSha256 is '7'; expected 64 hexadecimal digits.",
            Assert.Throws<DataException>(() => RunConfiguration.Parse(sample.ToJson().Replace(sample.Data.TrainingSha256!, "7", StringComparison.Ordinal), "c")).Message);
        Assert.Equal("c: data.origin is 'pth', which this program does not know. Did you mean 'path'?",
            Assert.Throws<DataException>(() => RunConfiguration.Parse(sample.ToJson().Replace("\"path\"", "\"pth\"", StringComparison.Ordinal), "c")).Message);
    }

    [Fact]
    public void Data_are_known_again_by_their_images_alone()
    {
        var used = RunData.Of(Pets("mine"));
        var zip = Datasets.Open(folder.Write("other.zip", Trees.Zip(ClassFolder.OnePart(10, "cat", "dog"))), Options);
        Assert.Null(used.Difference(Pets("mine")));
        Assert.Null(used.Difference(zip));
        var fewer = Datasets.Open(folder.Write("fewer.zip", Trees.Zip(ClassFolder.OnePart(5, "cat", "dog"))), Options);
        Assert.Equal($"The run was made with 16 training + 4 validation images of mine from {folder["mine"]}, and these are 8 + 2 of "
            + $"fewer.zip from {folder["fewer.zip"]}.", used.Difference(fewer));
        var renamed = Datasets.Open(folder.Write("renamed.zip", Trees.Zip(ClassFolder.OnePart(10, "cat", "fox"))), Options);
        Assert.Equal("The images are not those that the run was made with: as many, but with other pixels, classes or order. It was made "
            + $"with {folder["mine"]}; these are from {folder["renamed.zip"]}.",
            used.Difference(renamed));
        var (training, validation) = (zip.Training.Subset([.. Enumerable.Range(0, 16).Reverse()]), zip.Validation);
        Assert.StartsWith("The training images "
            + "are not those", used.Difference(new SplitData("mine", training, validation, folder["mine"])), StringComparison.Ordinal);
        Assert.StartsWith("The validation images are not those", used.Difference(new SplitData("mine", zip.Training, validation.Subset([3, 2, 1, 0]), folder["mine"])), StringComparison.Ordinal);
        // Runs without sums are compared as well as it goes.
        var old = used with { TrainingSha256 = null };
        Assert.Null(old.Difference(renamed with { Name = "mine" }));
        Assert.Equal($"The run was made with the images of mine from {folder["mine"]}, and these are those of renamed.zip from "
            + $"{folder["renamed.zip"]}.", old.Difference(renamed));
    }

    [Fact]
    public void Data_are_loaded_again_from_where_they_were_or_are_now()
    {
        var used = RunData.Of(Pets("digits"));
        var path = folder["digits"];
        Assert.Equal((path, DataOrigin.Path), (used.LoadAgain(path, [], Options).Source, used.LoadAgain(path, [], Options).Origin));
        Directory.Move(path, folder["moved"]);
        Assert.Equal($"{path}: the data of the run are not there any more. Give their new "
            + "place by --data.", Assert.Throws<DataException>(() => used.LoadAgain(path, [], Options)).Message);
        Assert.Null(used.Difference(used.LoadAgain(path, [folder["moved"]], Options)));

        var embedded = RunData.Of(Datasets.Digits());
        Assert.Equal(DataOrigin.Embedded, embedded.LoadAgain("mnist", [], Options).Origin);
        Assert.Null(embedded.Difference(Datasets.Digits()));

        Idx.Write(folder, "sets/mnist", Idx.Set());
        var named = new DataSource("mnist", [folder["sets"]]).Load(Options);
        var mnist = RunData.Of(named);
        Assert.Equal((DataOrigin.Named, folder["sets/mnist"]), (mnist.Origin, mnist.Source));
        Assert.Equal(folder["sets/mnist"], mnist.LoadAgain("mnist", [], Options).Source);
        Assert.Equal($"MNIST was not found. Looked in: {folder["cache"]} (does not exist)",
            Assert.Throws<DataException>(() => (mnist with { Source = folder["gone"] }).LoadAgain("mnist", [], Options with { AllowDownload = false, CacheFolder = folder["cache"] })).Message.Split(", /usr")[0].Split(". Download")[0]);
    }

    private static DataOptions Options => new() { KeepDecoded = false };

    private static RunConfiguration Configuration(RunData data, string setting) =>
        new() { Recipe = "mnist-20k", Data = data, Settings = new RecipeSettings { Data = new() { Name = setting } } };

    private SplitData Pets(string name) => Datasets.Open(ClassFolder.Write(folder, name, ClassFolder.OnePart(10, "cat", "dog")), Options);
}
