using FeatureMap.Training;
using FeatureMap.Zoo;
using Xunit;

namespace FeatureMap.Tests.Zoo;

public sealed class RunConfigurationTests
{
    private static readonly RunConfiguration Sample = new()
    {
        Recipe = "mnist-20k",
        Data = new RunData("mnist", "/data/\"mnist\"", 60_000, 10_000),
        Settings = new RecipeSettings { HasWhitening = true, Training = new() { Epochs = 15, Optimizer = new Adam(epsilon: 1e-7) } }
            .With("seed", "18446744073709551615").With("learning-rate", "0.12345678901234567"),
    };

    [Fact]
    public void What_is_written_is_read_again()
    {
        var json = Sample.ToJson();
        Assert.All(RecipeSettings.All,
            setting => Assert.True(setting.IsSame(Sample.Settings, RunConfiguration.Parse(json, "config.json").Settings), setting.Name));
        Assert.Equal(json, RunConfiguration.Parse(json, "config.json").ToJson());
        Assert.StartsWith("{\n  \"version\": 2,\n  \"recipe\": \"mnist-20k\",", json, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"version\": 2", "\"version\": 1", "c is of version 1; this program reads version 2.")]
    [InlineData("\"version\": 2", "\"version\": \"2\"", "c is of version \"2\"; this program reads version 2.")]
    [InlineData("\"version\": 2", "\"version\": 2, \"run\": \"rm -r\"", "c: there is no entry 'run'. Did you mean 'version'?", false)]
    [InlineData("\"recipe\": \"mnist-20k\"", "\"recipe\": \"mnist-20\"", "c: recipe is 'mnist-20', which this program does not know. Did you mean 'mnist-20k'? "
        + "A recipe of another program is opened by that program, with its Registry.")]
    [InlineData("\"recipe\": \"mnist-20k\"", "\"recipe\": 7", "c: recipe is 7; expected a text.")]
    [InlineData("\"name\": \"mnist\"", "\"name\": \"../../etc\"", "c: data.name is '../../etc', which this program does not know. Known: mnist, fashion-mnist, cifar10, cifar100, cifar100-coarse, digits.")]
    [InlineData("\"training\": 60000", "\"training\": -1", "c: data.training is -1; expected a whole number of at least 1.")]
    [InlineData("\"training\": 60000", "\"training\": 1e99", "c: data.training is 1e99; expected a whole number of at least 1.")]
    [InlineData("\"epochs\": 15", "\"epochs\": 0", "c: settings.epochs is 0; expected a whole number from 1 to 1,000,000.")]
    [InlineData("\"epochs\": 15", "\"epochs\": \"15\"", "c: settings.epochs is \"15\"; expected a whole number from 1 to 1,000,000.")]
    [InlineData("\"epochs\": 15", "\"epochs\": [15]", "c: settings.epochs is a list; expected a whole number from 1 to 1,000,000.")]
    [InlineData("\"epochs\": 15", "\"epochs\": null", "c: settings.epochs is null; expected a whole number from 1 to 1,000,000.")]
    [InlineData("\"epochs\": 15", "\"ebochs\": 15", "c: there is no entry 'settings.ebochs'. Did you mean 'epochs'?")]
    [InlineData("\"epochs\": 15,", "", "c: the entry 'settings.epochs' is missing.")]
    [InlineData("\"whitening\": true", "\"whitening\": 1", "c: settings.whitening is 1; expected true or false.")]
    [InlineData("\"optimizer\": \"adam epsilon=1E-07\"", "\"optimizer\": \"\\u001b[31m\"", "c: settings.optimizer is \"\\u001b[31m\"; "
        + "expected sgd, adam, adamw, rmsprop or lion, with its numbers, such as sgd 0.9 nesterov.")]
    [InlineData("\"optimizer\": \"adam epsilon=1E-07\"", "\"optimizer\": \"\\ud800\"", "c is not valid JSON: ", false)]
    [InlineData("\"epochs\": 15", "\"epochs\": 15, \"epochs\": 16", "c is not valid JSON: ", false)]
    [InlineData("\"epochs\": 15", "\"epochs\": NaN", "c is not valid JSON: ", false)]
    [InlineData("\"data\": {", "\"data\": [{", "c is not valid JSON: ", false)]
    public void What_is_not_as_written_is_refused(string from, string to, string message, bool isWhole = true)
    {
        var json = Sample.ToJson();
        Assert.Contains(from, json, StringComparison.Ordinal);
        var error = Assert.Throws<DataException>(() => RunConfiguration.Parse(json.Replace(from, to, StringComparison.Ordinal), "c"));
        if (isWhole) Assert.Equal(message, error.Message);
        else Assert.StartsWith(message.Split(". Did")[0], error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_only_code_can_describe_is_told_apart()
    {
        var own = Sample with
        {
            Settings = Sample.Settings with
            {
                Training = Sample.Settings.Training with
                {
                    Loss = Loss.Custom("mine",
            (x, y) => (x - y).Sum())
                }
            }
        };
        Assert.Contains("\"loss\": \"custom: mine\"", own.ToJson(), StringComparison.Ordinal);
        var read = RunConfiguration.Parse(own.ToJson(), "c");
        Assert.Equal([("loss", "mine")], read.OnlyInCode);
        Assert.Null(read.Settings.Training.Loss);
    }

    [Fact]
    public void Data_of_a_path_are_called_like_their_file()
    {
        var sample = Sample with { Data = new RunData("pets.zip", "/data/pets.zip", 10, 5), Settings = Sample.Settings.With("data", "/data/pets.zip").With("image-size", "32x48").With("unreadable", "skip") };
        Assert.Equal(sample.ToJson(), RunConfiguration.Parse(sample.ToJson(), "c").ToJson());
        Assert.Contains("\"image-size\": \"32x48\"", sample.ToJson(), StringComparison.Ordinal);
        var images = sample.Settings.Data.Images;
        Assert.Equal((new FeatureMap.Data.ImageSize(32, 48), FeatureMap.Data.UnreadableImages.Skip), (images.Size, images.Unreadable));
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("42")]
    [InlineData("{}")]
    [InlineData("{\"version\":1}")]
    [InlineData("[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[")]
    public void Other_texts_are_refused(string json) => Assert.Throws<DataException>(() => RunConfiguration.Parse(json, "c"));

    [Fact]
    public void No_change_of_a_byte_leads_to_another_error()
    {
        var json = Sample.ToJson();
        for (var at = 0; at < json.Length; at++)
        {
            foreach (var replacement in (ReadOnlySpan<char>)['\0', '"', '{', '9', '-', '\\', '\ud800'])
            {
                var changed = string.Concat(json.AsSpan(0, at), [replacement], json.AsSpan(at + 1));
                try
                {
                    _ = RunConfiguration.Parse(changed, "c");
                }
                catch (DataException)
                {
                    // what was asked for
                }
            }
        }
    }

    [Fact]
    public void A_missing_a_huge_and_a_binary_file_are_refused()
    {
        using var folder = new TemporaryFolder();
        var run = RunFolder.Create(folder.Location, "mnist-20k");
        Assert.Contains("does not exist", Assert.Throws<DataException>(() => RunConfiguration.Read(run)).Message, StringComparison.Ordinal);
        File.WriteAllBytes(run.ConfigPath, [0x7b, 0xff, 0xfe, 0x00]);
        Assert.Throws<DataException>(() => RunConfiguration.Read(run));
        File.WriteAllText(run.ConfigPath, new string(' ', 2_000_000));
        Assert.Contains("2,000,000 bytes", Assert.Throws<DataException>(() => RunConfiguration.Read(run)).Message, StringComparison.Ordinal);
        RunFolder.WriteText(run.ConfigPath, Sample.ToJson());
        Assert.Equal(Sample.ToJson(), RunConfiguration.Read(run).ToJson());
    }
}
