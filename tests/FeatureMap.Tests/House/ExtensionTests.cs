using System.Reflection;
using System.Text.RegularExpressions;
using FeatureMap.Analysis;
using FeatureMap.Data;
using FeatureMap.Descriptions;
using FeatureMap.Ops;
using FeatureMap.Tests.Data;
using FeatureMap.Tests.Goldens;
using FeatureMap.Tests.Training;
using FeatureMap.Training;
using FeatureMap.Zoo;
using Xunit;

namespace FeatureMap.Tests.House;

/// <summary>
/// The steps of the checklists in CONTRIBUTING.md that a compiler does not ask for: what is written is listed, tested and described.
/// </summary>
public sealed class ExtensionTests
{
    // They change the size of the image; AugmentationContractTests judge them apart.
    private static readonly string[] OfAnotherSize = ["center-crop", "resize"];

    // What losses are made of and put together with; each has its paragraph.
    private static readonly string[] Makers =
        [nameof(Loss.Parse), nameof(Loss.Custom), nameof(Loss.FromLossOp), nameof(Loss.Add), nameof(Loss.Multiply), nameof(Loss.On)];

    [Fact]
    public void Every_op_stands_in_the_catalogue() =>
        Guard.None(Derived<Op>(typeof(Op).Assembly).Except(OpCatalogue.Entries.Select(entry => entry.Type))
            .Where(type => !type.IsSubclassOf(typeof(LaneMove))) // parts of plans, which StripTests judge
            .Select(type => $"{type.Name} is an op and has no line in OpCatalogue.Entries: nothing judges it."));

    [Fact]
    public void Every_augmentation_has_a_word_a_row_and_a_description_that_the_contract_tests_run()
    {
        const string page = "src/FeatureMap/Data/Augmentation/README.md";
        var words = Augmentation.Words.Select(word => word.Name).ToList();
        Guard.None(words.Except(OfAnotherSize).Where(word => !Pictures.Descriptions.Any(text => Uses(text, word)))
            .Select(word => $"No description in Pictures.Descriptions uses '{word}', so the contract tests leave it out."));
        Guard.None(words.Where(word => word != "none" && !HasRow(page, $"{word}[` ]")).Select(word => $"{page} has no row for '{word}'."));
        Guard.None(Derived<Augmentation>(typeof(Augmentation).Assembly).Select(type => (type.Name, Word: WordOf(type)))
            .Where(found => found.Word is not null && !words.Contains(found.Word))
            .Select(found => $"{found.Name} has the word '{found.Word}', which AugmentationVocabulary does not list."));
    }

    [Fact]
    public void Every_loss_has_a_row() => // that each is judged by libtorch, LossGoldenTests see
        Guard.None(typeof(Loss).GetMethods(BindingFlags.Public | BindingFlags.Static)
            .Where(method => method.ReturnType == typeof(Loss) && !method.IsSpecialName).Select(method => method.Name).Except(Makers)
            .Where(name => !HasRow("src/FeatureMap/Training/Losses/README.md", $"{name}[(`]"))
            .Select(name => $"src/FeatureMap/Training/Losses/README.md has no row for {name}."));

    [Fact]
    public void Every_optimiser_is_judged_by_its_formula_and_by_libtorch_named_in_the_catalogue_and_chosen_by_a_word()
    {
        var all = Derived<Optimizer>(typeof(Optimizer).Assembly);
        var chosen = Optimizer.Words.Select(word => Optimizer.Parse(word.Name).GetType());
        Guard.None(all.Except(OptimizerTests.Judged).Select(type => $"OptimizerTests.Formulas has no formula of {type.Name}."));
        Guard.None(all.Except(GoldenRuns.All.Select(run => run.Optimizer.GetType())).Except([typeof(Lion)]) // libtorch has no Lion
            .Select(type => $"GoldenRuns.All trains nothing with {type.Name}: libtorch does not judge it."));
        Guard.None(all.Except(chosen)
            .Select(type => $"{type.Name} has no word in Optimizer.Words.cs: training by the tool cannot use it."));
        Guard.None(all.Where(type => !Text("docs/CATALOGUE.md").Contains($"`{type.Name}`", StringComparison.Ordinal))
            .Select(type => $"docs/CATALOGUE.md does not name {type.Name}."));
    }

    [Fact]
    public void Every_schedule_has_a_word() =>
        Guard.None(Derived<Schedule>(typeof(Schedule).Assembly).Where(type => type.IsPublic).Select(type => type.Name)
            .Except(Schedule.Words.Select(word => Schedule.Parse($"{word.Name} "
                + $"{(word.Name == "warm-up" ? "1 (constant 1)" : word.Name == "milestones" ? "1 after=2" : "1")}").GetType().Name))
            .Select(name => $"{name} has no word in Schedule.Words.cs: training by the tool cannot use it."));

    [Fact]
    public void Every_recipe_has_its_results() =>
        Guard.None(Recipes.All.Where(recipe => !Text("RESULTS.md").Contains($"`{recipe.Name}`", StringComparison.Ordinal))
            .Select(recipe => $"RESULTS.md does not say what `{recipe.Name}` reaches, in which time and with which seed."));

    [Fact]
    public void Every_lint_rule_is_applied() => // words, near miss and row of each, LintRuleTests and LinterTests see
        Guard.None(Derived<LintRule>(typeof(LintRule).Assembly).Except(Linter.Rules.Select(rule => rule.GetType()))
            .Select(type => $"{type.Name} is a rule that Linter.Rules does not list."));

    [Fact]
    public void Every_lab_is_listed_and_has_a_row()
    {
        Guard.None(Derived<Lab>(typeof(Lab).Assembly).Except(Labs.All.Select(lab => lab.GetType()))
            .Select(type => $"{type.Name} is a lab that Labs.All does not list."));
        Guard.None(Labs.All.Where(lab => !HasRow("src/FeatureMap.Zoo/Labs/README.md", $"{lab.Name}`"))
            .Select(lab => $"src/FeatureMap.Zoo/Labs/README.md has no row for `{lab.Name}`."));
    }

    [Fact]
    public void The_guards_see_what_they_guard_against()
    {
        Assert.All((string[])["crop", "flip", "invert", "choose"], word => Assert.True(Uses("choose (flip 1 | invert, crop 2)", word)));
        Assert.False(Uses("center-crop 3", "crop") || Uses("crop 3 fill=flip", "flip"));
        Assert.True(Derived<Op>(typeof(Op).Assembly).Count > 80 && Derived<Optimizer>(typeof(Optimizer).Assembly).Count >= 5);
    }

    private static bool Uses(string description, string word) => Regex.IsMatch(description, $@"(?:^|[,(|] ?){word}(?![\w-])");

    private static bool HasRow(string page, string start) => Regex.IsMatch(Text(page), $@"^\| .*`{start}.* \|", RegexOptions.Multiline);

    private static string? WordOf(Type augmentation) =>
        (augmentation.GetProperty("Word", BindingFlags.Static | BindingFlags.NonPublic)?.GetValue(null) as Word<Augmentation>)?.Name;

    private static List<Type> Derived<T>(Assembly assembly) =>
        [.. assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(T)) && !type.IsAbstract)];

    private static string Text(string path) => File.ReadAllText(Path.Combine(Repository.Root, path));
}
