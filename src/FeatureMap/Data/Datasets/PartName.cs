namespace FeatureMap.Data;

/// <summary>What a folder's name says about the part of a data set that it holds.</summary>
internal enum PartKind
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>Images to learn from.</summary>
    Training,

    /// <summary>Images to choose by.</summary>
    Validation,

    /// <summary>Images to judge by at the end.</summary>
    Test,

    /// <summary>Images whose classes are to be found out, as those of competitions.</summary>
    Unlabelled,
}

/// <summary>
/// The name of a folder taken apart: <c>seg_train</c> is of kind Training with the stem <c>seg *</c>, and <c>seg_test</c> beside it has
/// the same stem.
/// </summary>
/// <param name="Kind">The part that its words name; none where they name no part, or two.</param>
/// <param name="Stem">Its words with a star for the one that names the part, so that the names of one data set's parts can be told.</param>
/// <param name="IsPlain">
/// Whether the other words say nothing (<c>training_set</c>, <c>Test Images</c>, <c>test1</c>), so that the name alone is enough.
/// </param>
internal readonly record struct PartName(PartKind Kind, string Stem, bool IsPlain)
{
    private static readonly Dictionary<string, PartKind> Words = new(StringComparer.Ordinal)
    {
        ["train"] = PartKind.Training,
        ["training"] = PartKind.Training,
        ["trainset"] = PartKind.Training,
        ["trainval"] = PartKind.Training,
        ["val"] = PartKind.Validation,
        ["valid"] = PartKind.Validation,
        ["validation"] = PartKind.Validation,
        ["valset"] = PartKind.Validation,
        ["validset"] = PartKind.Validation,
        ["test"] = PartKind.Test,
        ["testing"] = PartKind.Test,
        ["testset"] = PartKind.Test,
        ["pred"] = PartKind.Unlabelled,
        ["predict"] = PartKind.Unlabelled,
        ["prediction"] = PartKind.Unlabelled,
        ["predictions"] = PartKind.Unlabelled,
        ["unlabeled"] = PartKind.Unlabelled,
        ["unlabelled"] = PartKind.Unlabelled,
    };

    private static readonly HashSet<string> Plain =
    [
        "set", "data", "dataset", "image", "images", "img", "imgs", "photo", "photos", "picture", "pictures", "split",
        "part", "folder", "sample", "samples",
    ];

    /// <summary>Whether it names a part that images of known classes may be in.</summary>
    public bool IsPart => Kind is PartKind.Training or PartKind.Validation or PartKind.Test;

    /// <summary>Whether a folder's name says that images are in it, and nothing else.</summary>
    public bool IsHolder { get; private init; }

    public static PartName Of(string folder)
    {
        var words = SplitWords(folder);
        var kinds = words.Where(Words.ContainsKey).Select(word => Words[word]).ToArray();
        if (kinds.Length != 1) return new(PartKind.None, "", false) { IsHolder = words.Count > 0 && words.All(Plain.Contains) };
        var stem = string.Join(' ', words.Select(word => Words.ContainsKey(word) ? "*" : word));
        return new(kinds[0], stem, words.All(word => Words.ContainsKey(word) || Plain.Contains(word)));
    }

    // Runs of letters in lower case; a capital after a small letter begins a new word (TrainSet). Digits and signs only separate.
    private static List<string> SplitWords(string name)
    {
        var words = new List<string>();
        var start = -1;
        for (var at = 0; at <= name.Length; at++)
        {
            var isLetter = at < name.Length && char.IsLetter(name[at]);
            if (start >= 0 && (!isLetter || (char.IsUpper(name[at]) && char.IsLower(name[at - 1]))))
            {
                words.Add(name[start..at].ToLowerInvariant());
                start = -1;
            }
            if (isLetter && start < 0) start = at;
        }
        return words;
    }
}
