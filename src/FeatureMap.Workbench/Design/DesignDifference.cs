namespace FeatureMap.Workbench;

/// <summary>How a row of a comparison differs.</summary>
public enum DifferenceKind
{
    /// <summary>In nothing but its name.</summary>
    Same,

    /// <summary>The layers stand at the same place and differ; see <see cref="DesignDifference.In"/>.</summary>
    Changed,

    /// <summary>Only the first network has the layer.</summary>
    OnlyFirst,

    /// <summary>Only the second network has the layer.</summary>
    OnlySecond,
}

/// <summary>A row of two networks side by side: a layer of the one and what stands at its place in the other.</summary>
/// <param name="Kind">How it differs.</param>
/// <param name="First">The layer of the first network; null where it has none here.</param>
/// <param name="Second">The layer of the second network; null where it has none here.</param>
/// <param name="In">
/// What differs where both are there: <c>op</c>, <c>settings</c>, <c>inputs</c>, <c>output</c>, <c>parameters</c>, <c>multiply-adds</c>,
/// <c>bytes</c> or <c>field</c>.
/// </param>
public sealed record DesignDifference(DifferenceKind Kind, DesignLayer? First, DesignLayer? Second, IReadOnlyList<string> In)
{
    // The longest common row of layers takes so many steps at most: 2,000 layers against 2,000.
    private const long MostSteps = 4_000_000;

    /// <summary>
    /// Two networks side by side: as many layers as possible with the same op and settings stand beside each other, in both orders; in
    /// between as many with the same op. Null where the networks have too many layers for that, some 2,000 each.
    /// </summary>
    /// <param name="first">The layers of the one, the input first, as <see cref="DesignSheet.Layers"/> has them.</param>
    /// <param name="second">Those of the other.</param>
    public static IReadOnlyList<DesignDifference>? Of(IReadOnlyList<DesignLayer> first, IReadOnlyList<DesignLayer> second)
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        if ((long)first.Count * second.Count > MostSteps) return null;
        var pairs = new List<(int First, int Second)>();
        var (nextFirst, nextSecond) = (0, 0);
        var same = Common(0, first.Count, 0, second.Count, (one, other) => first[one].Op == second[other].Op
            && first[one].Settings == second[other].Settings);
        foreach (var (one, other) in same.Append((first.Count, second.Count)))
        {
            pairs.AddRange(Common(nextFirst, one, nextSecond, other, (left, right) => first[left].Op == second[right].Op));
            if (one < first.Count) pairs.Add((one, other));
            (nextFirst, nextSecond) = (one + 1, other + 1);
        }
        var beside = new Beside(first, second, pairs.ToDictionary(pair => pair.First, pair => pair.Second),
            [.. pairs.Select(pair => pair.Second)]);
        var rows = new List<DesignDifference>();
        (nextFirst, nextSecond) = (0, 0);
        foreach (var (one, other) in pairs.Append((first.Count, second.Count)))
        {
            for (; nextFirst < one; nextFirst++) rows.Add(new(DifferenceKind.OnlyFirst, first[nextFirst], null, []));
            for (; nextSecond < other; nextSecond++) rows.Add(new(DifferenceKind.OnlySecond, null, second[nextSecond], []));
            if (one == first.Count) break;
            var differs = Compared(first[one], second[other], beside);
            rows.Add(new(differs.Count == 0 ? DifferenceKind.Same : DifferenceKind.Changed, first[one], second[other], differs));
            (nextFirst, nextSecond) = (one + 1, other + 1);
        }
        return rows;
    }

    private static List<string> Compared(DesignLayer one, DesignLayer other, Beside beside)
    {
        var differs = new List<string>();
        if (one.Op != other.Op) differs.Add("op");
        if (one.Settings != other.Settings) differs.Add("settings");
        if (!beside.ReadAlike(one, other)) differs.Add("inputs");
        if (one.Output != other.Output) differs.Add("output");
        if (one.Trainable != other.Trainable || one.Fixed != other.Fixed) differs.Add("parameters");
        if (one.MultiplyAdds != other.MultiplyAdds) differs.Add("multiply-adds");
        if (one.ActivationBytes != other.ActivationBytes) differs.Add("bytes");
        if (one.Field != other.Field) differs.Add("field");
        return differs;
    }

    // The longest common subsequence of two ranges; what is equal at both ends is taken at once.
    private static IEnumerable<(int First, int Second)> Common(int first, int firstEnd, int second, int secondEnd,
        Func<int, int, bool> isAlike)
    {
        for (; first < firstEnd && second < secondEnd && isAlike(first, second); first++, second++)
            yield return (first, second);
        var tail = 0;
        while (firstEnd - tail > first && secondEnd - tail > second && isAlike(firstEnd - tail - 1, secondEnd - tail - 1)) tail++;
        var (rows, columns) = (firstEnd - tail - first, secondEnd - tail - second);
        // longest[i, j]: of what remains from i and from j on.
        var longest = new int[rows + 1, columns + 1];
        for (var i = rows - 1; i >= 0; i--)
            for (var j = columns - 1; j >= 0; j--)
                longest[i, j] = isAlike(first + i, second + j) ? longest[i + 1, j + 1] + 1 : Math.Max(longest[i + 1, j], longest[i, j + 1]);
        for (var (i, j) = (0, 0); i < rows && j < columns;)
            if (isAlike(first + i, second + j))
                yield return (first + i++, second + j++);
            else if (longest[i + 1, j] >= longest[i, j + 1]) i++;
            else j++;
        for (; tail > 0; tail--)
            yield return (firstEnd - tail, secondEnd - tail);
    }

    /// <summary>Which layers stand beside each other.</summary>
    private sealed record Beside(IReadOnlyList<DesignLayer> First, IReadOnlyList<DesignLayer> Second, Dictionary<int, int> PlaceOf,
        HashSet<int> Places)
    {
        /// <summary>
        /// Whether what stands beside what the one reads is what the other reads. Layers that only one network has are looked through: a
        /// layer more is told by its own row.
        /// </summary>
        public bool ReadAlike(DesignLayer one, DesignLayer other) =>
            one.Inputs.Select(input => PlaceOf.GetValueOrDefault(Through(First, input, PlaceOf.ContainsKey), -1))
                .SequenceEqual(other.Inputs.Select(input => Through(Second, input, Places.Contains)));

        private static int Through(IReadOnlyList<DesignLayer> layers, int input, Func<int, bool> isPaired)
        {
            while (!isPaired(input) && layers[input].Inputs is [var before, ..]) input = before;
            return input;
        }
    }
}
