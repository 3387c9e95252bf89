using System.CommandLine;
using System.Text.Json.Nodes;
using FeatureMap.Zoo;

namespace FeatureMap.Cli;

/// <summary><c>recipes</c>: all recipes, or the settings of one.</summary>
internal sealed class RecipesCommand : ToolCommand
{
    private readonly Argument<string?> recipe = new("recipe") { Description = "Show the settings of this recipe, with what --set may change them to", Arity = ArgumentArity.ZeroOrOne };

    public RecipesCommand(Terminal terminal)
        : base(terminal, "recipes", "List the recipes, or the settings of one", "featuremap recipes", "featuremap recipes mnist-20k")
    {
        Arguments.Add(recipe);
        Finish();
    }

    protected override int Run(ParseResult parse)
    {
        if (parse.GetValue(recipe) is { } name) WriteSettings(Recipes.Get(name));
        else WriteAll();
        return 0;
    }

    private void WriteAll()
    {
        if (Terminal.IsJson)
        {
            Terminal.Write(new JsonObject { ["recipes"] = new JsonArray([.. Recipes.All.Select(Describe)]) });
            return;
        }
        var table = new TextTable("recipe", "data set", "epochs", "what it is").AlignRight(2);
        foreach (var one in Recipes.All)
            table.Add(one.Name, one.Dataset, $"{one.Settings.Training.Epochs}",
                one.Description + (one.Name == Recipes.DefaultName ? " (default)" : ""));
        table.Write(Terminal.Output);
        Terminal.Output.WriteLine();
        Terminal.Output.WriteLine("Train one:          featuremap train mnist-20k");
        Terminal.Output.WriteLine("See its settings:   featuremap recipes mnist-20k");
        Terminal.Output.WriteLine("See its network:    featuremap summary mnist-20k");
    }

    private void WriteSettings(Recipe one)
    {
        var settings = one.Settings;
        if (Terminal.IsJson)
        {
            var document = Describe(one);
            document["settings"] = new JsonArray([.. RecipeSettings.All.Select(setting => new JsonObject
            {
                ["key"] = setting.Name,
                ["value"] = JsonSettings.Value(setting, settings),
                ["range"] = setting.Range,
                ["needs"] = setting.Needs,
                ["description"] = setting.Meaning,
            })]);
            Terminal.Write(document);
            return;
        }
        Terminal.Output.WriteLine($"{one.Name}: {one.Description}");
        if (one.Target.Length > 0) Terminal.Output.WriteLine($"Data set {one.Dataset}; meant to reach {one.Target}.");
        Terminal.Output.WriteLine();
        var table = new TextTable("setting", "value", "what it is");
        foreach (var setting in RecipeSettings.All)
        {
            table.Add(setting.Name, setting.HasEffect(settings) ? setting.Format(settings) : "-", setting.Meaning);
            table.Add("", "", "  " + setting.Range + (setting.Needs is { } needs ? $"; with {needs}" : ""));
        }
        table.Write(Terminal.Output);
        Terminal.Output.WriteLine();
        Terminal.Output.WriteLine($"Change one or more: featuremap train {one.Name} --set epochs=5 --set learning-rate=0.05");
    }

    private static JsonObject Describe(Recipe one) => new()
    {
        ["name"] = one.Name,
        ["description"] = one.Description,
        ["dataset"] = one.Dataset,
        ["target"] = one.Target,
        ["epochs"] = one.Settings.Training.Epochs,
        ["default"] = one.Name == Recipes.DefaultName,
    };
}
