using System.Globalization;

namespace FeatureMap.Cli;

/// <summary>Which processors a launcher left to this process, of those that the machine has for it.</summary>
internal static class ProcessorBinding
{
    /// <summary>The processors that this process may use.</summary>
    public static int Own => Allowed("self") ?? Environment.ProcessorCount;

    /// <summary>Those of the least bound process from which it descends, the launcher among them.</summary>
    public static int Machine
    {
        get
        {
            var most = Own;
            for (var process = Parent("self"); process is not null and not "0"; process = Parent(process))
                most = Math.Max(most, Allowed(process) ?? 0);
            return most;
        }
    }

    /// <summary>What to say of the ranks on one machine; null for nothing.</summary>
    /// <param name="host">Its name.</param>
    /// <param name="launcher">Who started them.</param>
    /// <param name="own">The processors of each rank there.</param>
    /// <param name="machine">Those of the machine.</param>
    /// <param name="hasThreads">Whether the user chose the threads.</param>
    public static string? Notice(string host, string launcher, IReadOnlyList<int> own, int machine, bool hasThreads)
    {
        var used = own.Sum();
        if (used < machine)
            return $"The {launcher} binds {(own.Count == 1 ? "the rank" : $"the {own.Count} ranks")} on {host} to {used} of {machine} "
                + "processors, and the others stay idle. mpirun --bind-to none leaves all of them to the ranks; then say with --threads "
                + "how many each rank takes.";
        return used > machine && own.Count > 1 && !hasThreads
            ? $"The {own.Count} ranks on {host} share {machine} processors, and each of them uses {own[0]} threads. Faster: --threads "
            + $"{Math.Max(1, machine / own.Count)}."
            : null;
    }

    // Only Linux says it, in a list such as 0-3,8: /proc/PID/status, Cpus_allowed_list.
    private static int? Allowed(string process) => Line(process, "Cpus_allowed_list:") is { } list ? Count(list) : null;

    private static string? Parent(string process) => Line(process, "PPid:");

    internal static int Count(string list) => list.Split(',').Sum(part =>
    {
        var ends = part.Split('-');
        return int.Parse(ends[^1], CultureInfo.InvariantCulture) - int.Parse(ends[0], CultureInfo.InvariantCulture) + 1;
    });

    private static string? Line(string process, string key)
    {
        try
        {
            var lines = File.ReadLines($"/proc/{process}/status");
            return lines.FirstOrDefault(line => line.StartsWith(key, StringComparison.Ordinal))?[key.Length..].Trim();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
