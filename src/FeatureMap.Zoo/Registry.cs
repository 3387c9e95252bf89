using FeatureMap.Analysis;
using FeatureMap.Descriptions;

namespace FeatureMap.Zoo;

/// <summary>
/// What can be asked for by name: the recipes, labs and words of the library, and those of your own program. Immutable, and handed over
/// to whatever opens something by name (<c>WorkContext.Registry</c>, <see cref="RunConfiguration.Read(Training.RunFolder, Registry)"/>),
/// so that a run begun with a class of your own is gone on with, judged and reported on by that program.
/// </summary>
/// <example><code>
/// var mine = new Registry
/// {
///     OwnRecipes = [new Recipe("leaves", "...", "cifar10", "...", Build, new TrainingOptions { Epochs = 5 })],
///     Words = OwnWords.None.With(new Word&lt;Optimizer, Adagrad&gt;("adagrad", "...", new Adagrad())),
/// };
/// var context = new WorkContext { Registry = mine };
/// var request = TrainRequest.From(new TrainArguments { Recipe = "leaves", Assignments = [("optimizer", "adagrad")] }, context);
/// </code></example>
public sealed record Registry
{
    /// <summary>What the library has.</summary>
    public static Registry Default { get; } = new();

    /// <summary>Recipes of your own, known beside those of <see cref="Zoo.Recipes"/>.</summary>
    public IReadOnlyList<Recipe> OwnRecipes { get; init; } = [];

    /// <summary>Labs of your own, known beside those of <see cref="Zoo.Labs"/>.</summary>
    public IReadOnlyList<Lab> OwnLabs { get; init; } = [];

    /// <summary>Lint rules of your own, asked before every training; <see cref="LintOptions.MoreRules"/> elsewhere.</summary>
    public IReadOnlyList<LintRule> OwnRules { get; init; } = [];

    /// <summary>Words of your own, for optimisers and everything else that a training is described by.</summary>
    public OwnWords Words { get; init; } = OwnWords.None;

    /// <summary>Every recipe, those of the library first.</summary>
    public IReadOnlyList<Recipe> Recipes => [.. Zoo.Recipes.All, .. OwnRecipes];

    /// <summary>Every lab, those of the library first.</summary>
    public IReadOnlyList<Lab> Labs => [.. Zoo.Labs.All, .. OwnLabs];

    /// <summary>Those that runs may name: the listed ones, and that of trainings that begin with pretrained weights.</summary>
    internal IReadOnlyList<Recipe> Known => [.. Zoo.Recipes.Known, .. OwnRecipes];

    /// <summary>Whether a recipe has this name.</summary>
    /// <param name="name">The name, in capital or small letters.</param>
    public bool HasRecipe(string name) => Known.Any(recipe => string.Equals(recipe.Name, name, StringComparison.OrdinalIgnoreCase));

    /// <summary>The recipe of this name, with the words of <see cref="Words"/>.</summary>
    /// <exception cref="UsageException">There is none; the nearest name is suggested. Or there are two.</exception>
    public Recipe Recipe(string name)
    {
        var recipe = Find("recipe", Known, one => one.Name, name);
        return Words == OwnWords.None ? recipe : recipe.WithWords(Words);
    }

    /// <summary>The lab of this name.</summary>
    /// <exception cref="UsageException">There is none; the nearest name is suggested. Or there are two.</exception>
    public Lab Lab(string name) => Find("lab", Labs, one => one.Name, name);

    private static T Find<T>(string kind, IReadOnlyList<T> all, Func<T, string> nameOf, string name) where T : class
    {
        ArgumentNullException.ThrowIfNull(name);
        var found = all.Where(one => string.Equals(nameOf(one), name, StringComparison.OrdinalIgnoreCase)).ToList();
        return found switch
        {
            [var only] => only,
            [] => throw new UsageException($"There is no {kind} '{name}'.{NearestName.Suggest(name, [.. all.Select(nameOf)])}"),
            _ => throw new UsageException($"There are {found.Count} {kind}s '{name}', those of the library among them: give yours another name."),
        };
    }
}
