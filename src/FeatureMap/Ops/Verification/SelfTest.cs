using FeatureMap.Ops;

namespace FeatureMap;

/// <summary>The result of one case of the self-test.</summary>
/// <param name="Op">Name of the op.</param>
/// <param name="Case">Its settings, shapes and batch.</param>
/// <param name="Failure">What is wrong; null when nothing is.</param>
public sealed record SelfTestResult(string Op, string Case, string? Failure);

/// <summary>
/// Judges every op on this machine: each declared case runs at every register width, forward and backward, against the naive reference in double
/// precision, and all widths must give the same bits. A wrong processor, compiler or memory shows here and not in a bad accuracy.
/// </summary>
public static class SelfTest
{
    /// <summary>Number of cases that <see cref="Run"/> goes through.</summary>
    public static int CaseCount => OpCatalogue.Entries.Sum(entry => entry.Cases.Count);

    /// <summary>Register widths that each case runs at.</summary>
    public static IReadOnlyList<Lanes.LaneWidth> Widths => OpJudge.Widths;

    /// <summary>Runs the cases one after the other, op by op; a result comes as soon as it is there.</summary>
    /// <param name="seed">Decides the numbers that the ops compute with.</param>
    /// <param name="cancellation">Stops before the next case.</param>
    public static IEnumerable<SelfTestResult> Run(ulong seed = 1, CancellationToken cancellation = default)
    {
        foreach (var entry in OpCatalogue.Entries)
        {
            foreach (var given in entry.Cases)
            {
                cancellation.ThrowIfCancellationRequested();
                yield return new SelfTestResult(given.Op.Name, given.ToString(), Judge(given, seed));
            }
        }
    }

    private static string? Judge(OpCase given, ulong seed)
    {
        try
        {
            return OpJudge.Compare(given, seed, [.. OpJudge.Widths]);
        }
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            return $"{given}: {error.GetType().Name}: {error.Message}";
        }
    }
}
