namespace FeatureMap.Data;

/// <summary>Puts what is known of single pictures together.</summary>
internal sealed class DataFindings(IReadOnlyList<PictureFacts> facts)
{
    private const double MostImbalance = 10;
    private readonly List<DataFinding> all = [];

    public IReadOnlyList<DataFinding> All => all;

    public void Add(DataFindingKind kind, bool isWrong, string message, string advice, IEnumerable<IEnumerable<string>> files) =>
        all.Add(new(kind, isWrong, message, advice, [.. files.Select(group => (IReadOnlyList<string>)[.. group])]));

    /// <summary>Looks for everything that there is to find.</summary>
    /// <param name="tree">The files.</param>
    /// <param name="plan">What they mean; null where that is not classes, or not clear.</param>
    /// <param name="classes">The classes or labels with their readable pictures to learn from and to judge by.</param>
    /// <param name="looksAtOthers">Whether files that are no pictures are named.</param>
    public void Look(
        FileTree tree, ClassFolderPlan? plan, IReadOnlyList<(string Name, int Training, int Validation)> classes, bool looksAtOthers = true)
    {
        Unreadable();
        var groups = facts.Where(fact => fact.Sum is not null && fact.Error is null).GroupBy(fact => fact.Sum!).Select(group => group.ToArray()).Where(group => group.Length > 1).ToArray();
        Same(groups, plan?.Targets?.Kind);
        Alike(groups);
        if (plan is not null)
        {
            SmallClasses(plan, classes);
            if (plan.Targets is null) Balance(classes);
            foreach (var note in plan.Notes)
                Add(DataFindingKind.PassedOver, false, note, "Nothing to do if that is meant so.", []);
        }
        else if (looksAtOthers && PassedOver(tree) is { } others) Add(DataFindingKind.PassedOver, false, others, "Nothing to do if they "
            + "are no pictures.", []);
        Endings();
        var odd = facts.Where(fact => fact.Remark is not null).ToArray();
        if (odd.Length > 0)
            Add(DataFindingKind.Odd, false, $"{odd.Length:N0} pictures can be read but are odd; the first: {odd[0].Path}: {odd[0].Remark}.", "Look at one of them before you train.", odd.Select(One));
    }

    /// <summary>A sentence on files that are no pictures; null where there are none.</summary>
    public static string? PassedOver(FileTree tree)
    {
        var others = tree.Files.Where(file => !ClassFolderPlan.IsImage(file.Path)).GroupBy(file => Path.GetExtension(file.Path).ToLowerInvariant())
            .OrderByDescending(group => group.Count()).ThenBy(group => group.Key, StringComparer.Ordinal).ToArray();
        return others.Length == 0 ? null : $"{others.Sum(group => group.Count()):N0} files are no pictures by their names: "
            + $"{string.Join(", ", others.Take(5).Select(group => $"{group.Count():N0} {(group.Key.Length == 0 ? "without an ending" : group.Key)}"))}{(others.Length > 5 ? " and others" : "")}.";
    }

    private void Unreadable()
    {
        var broken = facts.Where(fact => fact.Error is not null).ToArray();
        foreach (var fact in broken)
            Add(DataFindingKind.Unreadable, true, fact.Error!, "", [One(fact)]);
    }

    // The worst that can be said of a group is said of it, once.
    private void Same(PictureFacts[][] groups, TargetKind? kind)
    {
        static bool IsLeak(PictureFacts[] group) => group.Any(fact => fact is { Class: not null, IsValidation: true }) && group.Any(fact => fact is { Class: not null, IsValidation: false });
        static bool IsContradiction(PictureFacts[] group) => group.Where(fact => fact.Class is not null).Select(fact => fact.Class).Distinct().Count() > 1;
        var contradictions = groups.Where(IsContradiction).ToArray();
        var leaks = groups.Where(group => IsLeak(group) && !IsContradiction(group)).ToArray();
        var doubles = groups.Where(group => !IsLeak(group) && !IsContradiction(group)).ToArray();
        if (contradictions.Length > 0)
        {
            var (what, advice) = kind switch
            {
                TargetKind.Labels => ("there more than once, with different labels", "Keep the right row of each."),
                TargetKind.Quantities => ("there more than once, with different numbers", "Keep the right row of each."),
                _ => ("in more than one class", "Keep each in the right one."),
            };
            Add(DataFindingKind.Contradiction, true, $"{Pictures(contradictions.Length)} {what}.", advice, contradictions.Select(Paths));
        }
        if (leaks.Length > 0)
        {
            Add(DataFindingKind.Leakage, true, $"{Pictures(leaks.Length)} in the training part and in the validation part (leakage): the accuracy is better than the network.",
                "Take them out of one of the parts.", leaks.Select(Paths));
        }
        if (doubles.Length > 0)
        {
            Add(DataFindingKind.Double, true, $"{Pictures(doubles.Length)} there more than once ({doubles.Sum(group => group.Length - 1):N0} files too many): "
                + "a split may put one copy on each side, and they count more than others.", "Keep one of each.", doubles.Select(Paths));
        }
    }

    private void Alike(PictureFacts[][] same)
    {
        // Of pictures that are the same one stands for all.
        var copies = same.SelectMany(group => group.Skip(1)).ToHashSet();
        var groups = NearDoubles.Of([.. facts.Select(fact => copies.Contains(fact) ? null : fact.Look)]).Select(group => group.Select(index => facts[index]).ToArray()).ToArray();
        if (groups.Length == 0) return;
        var across = groups.Count(group => group.Any(fact => fact.IsValidation) && group.Any(fact => fact is { Class: not null, IsValidation: false }));
        Add(DataFindingKind.NearDouble, false, $"{groups.Length:N0} {(groups.Length == 1 ? "group" : "groups")} of pictures look nearly the same ({groups.Sum(group => group.Length):N0} files)"
            + (across > 0 ? $"; {across:N0} of them reach from the training part into the validation part." : "."),
            "Look at them: copies of other size or quality should go, series of one thing belong into one part.", groups.Select(Paths));
    }

    private void SmallClasses(ClassFolderPlan plan, IReadOnlyList<(string Name, int Learn, int Judge)> classes)
    {
        var small = classes.Where(one => one.Learn < 2 || (plan.Validation is not null && one.Judge == 0)).ToArray();
        var (single, several) = plan.Targets is null ? ("class has", "classes have") : ("label has", "labels have");
        if (small.Length == 0) return;
        string Judged(int pictures) => plan.Validation is null ? "" : $", {pictures:N0} to judge by";
        var listed = small.Take(10).Select(few => $"{few.Name} ({few.Learn:N0} to learn from{Judged(few.Judge)})");
        Add(DataFindingKind.SmallClass, true, $"{small.Length:N0} {(small.Length == 1 ? single : several)} too few pictures that can be "
            + $"read: {string.Join(", ", listed)}{(small.Length > 10 ? $" and {small.Length - 10:N0} more." : ".")}",
            "Add pictures: two to learn from at least, and one to judge by.", []);
    }

    private void Balance(IReadOnlyList<(string Name, int Training, int Validation)> classes)
    {
        var counts = classes.Select(one => (one.Name, Count: one.Training)).Where(one => one.Count > 0).OrderBy(one => one.Count).ToArray();
        if (counts.Length < 2 || counts[^1].Count < MostImbalance * counts[0].Count) return;
        Add(DataFindingKind.Imbalance, false, $"{counts[^1].Name} has {counts[^1].Count:N0} pictures to learn from and {counts[0].Name} {counts[0].Count:N0}, a {counts[^1].Count / counts[0].Count:N0}th: "
            + "the accuracy says little about the rare classes.", "Train with class-weights=balanced, and look at each class.", []);
    }

    private void Endings()
    {
        var wrong = facts.Where(fact => fact.Error is null && !Endings(fact.Header.Format).Contains(Path.GetExtension(fact.Path).ToLowerInvariant())).ToArray();
        if (wrong.Length == 0) return;
        Add(DataFindingKind.Ending, false, $"{wrong.Length:N0} {(wrong.Length == 1 ? "picture is" : "pictures are")} of another kind than the name says, such as {wrong[0].Path}, which is {wrong[0].Header.Format.ToString().ToUpperInvariant()}.",
            "They are read by what is in them; other programs may not. Rename them.", wrong.Select(One));

        static string[] Endings(ImageFormat format) => format switch
        {
            ImageFormat.Png => [".png"],
            ImageFormat.Bmp => [".bmp", ".dib"],
            _ => [".jpg", ".jpeg", ".jpe", ".jfif"],
        };
    }

    private static string Pictures(int count) => count == 1 ? "1 picture is" : $"{count:N0} pictures are";

    private static string[] One(PictureFacts fact) => [fact.Path];

    private static IEnumerable<string> Paths(PictureFacts[] group) => group.Select(fact => fact.Path);
}
