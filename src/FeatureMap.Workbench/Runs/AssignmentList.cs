namespace FeatureMap.Workbench;

/// <summary>Settings as they were typed.</summary>
internal static class AssignmentList
{
    /// <exception cref="UsageException">A setting is given two values.</exception>
    public static void CheckTwice(IReadOnlyList<(string Key, string Value)> assignments)
    {
        foreach (var group in assignments.GroupBy(assignment => assignment.Key, StringComparer.OrdinalIgnoreCase))
            if (group.Select(assignment => assignment.Value).Distinct().Count() > 1)
                throw new UsageException($"{group.Key} is set more than once: to {string.Join(" and to ", group.Select(assignment => assignment.Value).Distinct())}. Keep one.");
    }
}
