using FeatureMap.Cli;
using Xunit;

namespace FeatureMap.Tests.Cli;

public sealed class CommandLineTests
{
    public static TheoryData<string> Commands => ["train", "recipes", "lab", "architectures", "summary", "lint", "slim", "evaluate", "inspect", "predict", "export", "verify onnx", "verify fuzz", "data list", "data get", "data info", "data check", "data hints", "report", "selftest", "doctor", "explain"];

    [Theory]
    [MemberData(nameof(Commands))]
    public void Every_command_has_help_with_an_example_and_json(string command)
    {
        var result = Tool.Run([.. command.Split(' '), "--help"]);
        Assert.Equal((0, ""), (result.Code, result.Error));
        Assert.Contains("Usage:", result.Output, StringComparison.Ordinal);
        Assert.Contains($"  featuremap {command}", result.Output.Split("Example")[1], StringComparison.Ordinal);
        Assert.Contains("--json", result.Output, StringComparison.Ordinal);
    }

    /// <summary>A command that is asked for is made alone, so it is found under the name that it has.</summary>
    [Fact]
    public void Every_command_is_found_by_its_own_name()
    {
        var terminal = new Terminal(TextWriter.Null, TextWriter.Null, TestContext.Current.CancellationToken);
        Assert.All(CommandLine.Commands, command => Assert.Equal(command.Name, command.Make(terminal, false).Name));
        var help = Tool.Run("--help").Output;
        Assert.All(CommandLine.Commands, command => Assert.Contains($"  {command.Name} ", help, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("tran", "error: There is no command 'featuremap tran'. Did you mean 'train'?")]
    [InlineData("data lst", "error: There is no command 'featuremap data lst'. Did you mean 'list'?")]
    [InlineData("data", "error: 'featuremap data' needs one of the commands list, get, info, check, hints, preview, augmentations, cache.")]
    [InlineData("train --epohcs 3", "error: There is no option '--epohcs' for 'featuremap train'. Did you mean '--epochs'?")]
    [InlineData("train --epohcs=3", "error: There is no option '--epohcs=3' for 'featuremap train'. Did you mean '--epochs'?")]
    [InlineData("train --out --epochs 3", "error: The option '--out' needs a value: --out DIR.")]
    [InlineData("train mnist-20k again", "error: 'again' is one argument too many for 'featuremap train'.")]
    [InlineData("train mnist-21k", "error: There is no recipe 'mnist-21k'. Did you mean 'mnist-20k'? And there is no folder, archive or "
        + "table "
        + "mnist-21k, whose pictures could be the data.")]
    [InlineData("train --set epohcs=3", "error: There is no setting 'epohcs'. Did you mean 'epochs'?")]
    [InlineData("train --set epochs", "error: --set takes key=value, such as --set learning-rate=0.05: received 'epochs'.")]
    [InlineData("train --set =3", "error: --set takes key=value, such as --set learning-rate=0.05: received '=3'.")]
    [InlineData("train --epochs -5", "error: The setting epochs is a whole number from 1 to 1,000,000: received '-5'.")]
    [InlineData("train --epochs 99999999999", "error: The setting epochs is a whole number from 1 to 1,000,000: received '99999999999'.")]
    [InlineData("train --threads 100000", "error: The setting threads is a whole number from 0 to 1,024: received '100000'.")]
    [InlineData("train --epochs 3 --set epochs=4", "error: epochs is set more than once: to 4 and to 3. Keep one.")]
    [InlineData("train --lanes 64", "error: --lanes is the width of the SIMD registers in bits, 512, 256 or 128, or 1 for scalar code: received '64'.")]
    [InlineData("train --set beta1=0.5", "error: The setting beta1 has no effect here: it needs optimizer=adam, adamw or lion. Set that too, or leave beta1 out.")]
    [InlineData("train --set momentum=0", "error: Nesterov's step looks ahead along the momentum, so it needs a momentum above 0: received 0. A common value is 0.9.")]
    [InlineData("train --resume x --out y", "error: --resume goes on in the folder of the run, so --out cannot be given with it.")]
    [InlineData("summary mnist-session2", "error: There is no recipe or architecture 'mnist-session2'. Did you mean 'mnist-session1'?")]
    [InlineData("summary resnet-49", "error: There is no recipe or architecture 'resnet-49'. Did you mean 'resnet-9'?")]
    [InlineData("summary resnet-50 --input 3x224", "error: --input is the shape of an image, channels x height x width, such as 3x224x224: received '3x224'.")]
    [InlineData("summary resnet-50 --classes 0", "error: --classes is a whole number of at least 1: received '0'.")]
    [InlineData("summary espcn-x3 --classes 10", "error: espcn-x3 gives a larger image with as many channels as it is given, so there are no classes to choose. It is trained on pairs of images, not on classes.")]
    [InlineData("architectures googlent", "error: There is no architecture 'googlent'. Did you mean 'googlenet'?")]
    [InlineData("train --set network=resnet-81", "error: The setting network is a name or a path; empty for the recipe's own: received 'resnet-81'. There is no architecture 'resnet-81'. Did you mean 'resnet-18'?")]
    [InlineData("train --set weights=x.safetensors", "error: The setting weights has no effect here: it needs network=NAME of an architecture. Set that too, or leave weights out.")]
    [InlineData("train --set network=resnet-18 --set auxiliary-heads=0.3", "error: The setting auxiliary-heads has no effect here: it needs network=googlenet or inception-v1. Set that too, or leave auxiliary-heads out.")]
    [InlineData("export resnet-19 --weights x --onnx y", "error: --weights goes with the name of an architecture: received 'resnet-19'. Did you mean 'resnet-18'?")]
    [InlineData("export resnet-18 --onnx y", "error: resnet-18 is an architecture, a network without weights. Give torchvision's: --weights FILE.pth, or train it: featuremap train --set network=resnet-18")]
    [InlineData("summary mnist-20k --batch 0", "error: --batch is a whole number of at least 1: received '0'.")]
    [InlineData("data info minst", "error: There is no data set 'minst'. Did you mean 'mnist'?")]
    [InlineData("predict run", "error: Required argument missing for command: 'predict'.")]
    [InlineData("predict run image --top 0", "error: --top is a whole number of at least 1: received '0'.")]
    [InlineData("selftest --seed -1", "error: --seed is a whole number of at least 0: received '-1'.")]
    public void Wrong_usage_is_explained_and_gives_2(string line, string message)
    {
        var result = Tool.Run(line.Split(' '));
        Assert.Equal((2, "", message), (result.Code, result.Output, result.Error.Split('\n')[0].TrimEnd()));
    }

    [Theory]
    [InlineData("evaluate")]
    [InlineData("report")]
    [InlineData("train --resume")]
    [InlineData("summary")]
    public void A_run_that_is_not_there_gives_1(string line)
    {
        var result = Tool.Run([.. line.Split(' '), "/nowhere/at-all"]);
        Assert.Equal((1, ""), (result.Code, result.Output));
        Assert.Contains("/nowhere/at-all", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_command_the_help_is_shown()
    {
        var result = Tool.Run();
        Assert.Equal(0, result.Code);
        foreach (var command in (string[])["train", "recipes", "summary", "evaluate", "predict", "export", "verify", "data", "report", "selftest", "doctor"])
            Assert.Contains($"\n  {command}", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void The_recipes_are_listed_with_their_settings()
    {
        Assert.Contains("mnist-20k", Tool.Run("recipes").Output, StringComparison.Ordinal);
        Assert.Equal(FeatureMap.Zoo.Recipes.All.Count, Tool.Run("recipes", "--json").Json.GetProperty("recipes").GetArrayLength());
        Assert.Contains("learning-rate", Tool.Run("recipes", "mnist-20k").Output, StringComparison.Ordinal);
        var settings = Tool.Run("recipes", "mnist-20k", "--json").Json.GetProperty("settings");
        Assert.Equal(FeatureMap.Zoo.RecipeSettings.All.Select(setting => setting.Name),
            settings.EnumerateArray().Select(one => one.GetProperty("key").GetString()));
    }

    [Fact]
    public void A_summary_has_the_totals()
    {
        Assert.Contains("68,260 parameters", Tool.Run("summary", "mnist-session1").Output, StringComparison.Ordinal);
        Assert.Equal(68_260, Tool.Run("summary", "mnist-session1", "--json").Json.GetProperty("totals").GetProperty("parameters").GetInt64());
    }

    [Fact]
    public void The_self_test_passes()
    {
        var result = Tool.Run("selftest", "--json");
        Assert.Equal(0, result.Code);
        Assert.True(result.Json.GetProperty("passed").GetBoolean());
        Assert.Equal(SelfTest.CaseCount, result.Json.GetProperty("results").GetArrayLength());
    }

    [Fact]
    public void The_doctor_and_the_data_list_find_a_given_folder()
    {
        using var world = new SmallWorld();
        var doctor = Tool.Run("doctor", "--json", "--data", world.Data);
        Assert.Equal(0, doctor.Code);
        Assert.Equal(Path.Combine(world.Data, "mnist"), doctor.Text("data.mnist"));
        Assert.Equal(Environment.ProcessorCount, doctor.Json.GetProperty("threads").GetInt32());
        Assert.Contains("Lanes", Tool.Run("doctor").Output, StringComparison.Ordinal);
        Assert.Contains(Path.Combine(world.Data, "mnist"), Tool.Run("data", "list", "--data", world.Data).Output, StringComparison.Ordinal);
        Assert.Equal(96, Tool.Run("data", "get", "mnist", "--data", world.Data, "--json").Json.GetProperty("trainingImages").GetInt32());
        Assert.Equal("MNIST", Tool.Run("data", "info", "mnist", "--json").Text("title"));
    }
}
