namespace FeatureMap.Workbench;

/// <summary>What somebody chose on a form for a training: words, as they were typed.</summary>
public sealed record TrainChoice
{
    /// <summary>A recipe; empty for what goes with the data.</summary>
    public string Recipe { get; init; } = "";

    /// <summary>The id of data, from <see cref="TrainDesk.Places"/>; empty for those of the recipe.</summary>
    public string Data { get; init; } = "";

    /// <summary>A network in place of the recipe's own: the name of an architecture or the id of a model; empty for none.</summary>
    public string Network { get; init; } = "";

    /// <summary>Settings that were changed, in any order.</summary>
    public IReadOnlyList<(string Name, string Value)> Settings { get; init; } = [];
}

/// <summary>A setting as a field of a form.</summary>
/// <param name="Name">Its key.</param>
/// <param name="Meaning">What it does.</param>
/// <param name="Range">Type and range in words.</param>
/// <param name="Usual">What the recipe has.</param>
/// <param name="Value">What was typed; as the recipe has it where nothing was.</param>
public sealed record TrainField(string Name, string Meaning, string Range, string Usual, string Value)
{
    /// <summary>When it has an effect, such as <c>optimizer=sgd</c>; empty for always.</summary>
    public string Needs { get; init; } = "";

    /// <summary>Whether it has one here.</summary>
    public bool HasEffect { get; init; } = true;

    /// <summary>The words to choose from; empty where it is written.</summary>
    public IReadOnlyList<string> Words { get; init; } = [];

    /// <summary>What is wrong with the value; empty where nothing is.</summary>
    public string Fault { get; init; } = "";

    /// <summary>Whether it was changed.</summary>
    public bool IsChanged => Value != Usual;
}

/// <summary>A form for a training, checked: what every setting is, what is wrong, and what is to be begun.</summary>
/// <param name="Choice">What was chosen.</param>
/// <param name="Recipe">The recipe that it comes to.</param>
/// <param name="Description">What that is.</param>
/// <param name="Fields">All settings that a form has, in the order of display.</param>
public sealed record TrainForm(TrainChoice Choice, string Recipe, string Description, IReadOnlyList<TrainField> Fields)
{
    /// <summary>Why it cannot be begun like this; empty where it can.</summary>
    public string Fault { get; init; } = "";

    /// <summary>What is odd about it.</summary>
    public IReadOnlyList<string> Notices { get; init; } = [];

    /// <summary>What the arguments of a training are.</summary>
    public TrainArguments Arguments { get; init; } = new();

    /// <summary>How long it may take, from a run of the same kind; null where there was none.</summary>
    public TrainEstimate? Estimate { get; init; }
}

/// <summary>How long a training may take.</summary>
/// <param name="Seconds">All epochs.</param>
/// <param name="Run">The run whose epochs were timed.</param>
/// <param name="EpochSeconds">What one of them took on average.</param>
public sealed record TrainEstimate(double Seconds, string Run, double EpochSeconds);
