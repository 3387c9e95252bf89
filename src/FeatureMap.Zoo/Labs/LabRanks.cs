using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using FeatureMap.Ops;

namespace FeatureMap.Zoo;

/// <summary>
/// The ranks of a lab. All of them run the same code and come to the same trainings and measurements in the same order; what depends on
/// the folder, the clock or the user is decided by rank 0, or by all together.
/// </summary>
/// <param name="collective">What connects them; null for a process that is alone.</param>
internal sealed class LabRanks(ICollective? collective)
{
    private const int HashBytes = 32;

    /// <summary>Whether this is the rank that has the folder.</summary>
    public bool IsFirst => collective is null || collective.Rank == 0;

    /// <summary>Whether a single process may decide by itself here: it is alone, or the others wait for what it does.</summary>
    public bool IsAlone { get; private set; } = collective is null;

    /// <summary>Compares what the ranks were begun with.</summary>
    /// <exception cref="RankException">They were begun with different things: all of them throw it.</exception>
    public void Compare(Lab lab, LabSettings settings)
    {
        if (collective is null) return;
        var values = settings.All.Where(setting => setting != LabSetting.Threads)
            .Select(setting => $"{setting.Name}={settings.Format(setting)}");
        string[] facts = [$"{typeof(LabRanks).Module.ModuleVersionId} {lab.Name}", string.Join('\n', values)];
        var own = facts.SelectMany(fact => SHA256.HashData(Encoding.UTF8.GetBytes(fact))).ToArray();
        var all = new byte[own.Length * collective.Ranks];
        collective.AllGather(own, all);
        var hosts = collective.HostNames();
        for (var rank = 1; rank < collective.Ranks; rank++)
            for (var fact = 0; fact < facts.Length; fact++)
                if (!all.AsSpan((rank * own.Length) + (fact * HashBytes), HashBytes).SequenceEqual(all.AsSpan(fact * HashBytes, HashBytes)))
                    throw Refuse(hosts, rank, fact == 0 ? "another lab or another version of FeatureMap" : "other settings of the lab");
    }

    private static RankException Refuse(IReadOnlyList<string> hosts, int rank, string what) => new(
        $"Of the ranks, rank {rank} on {hosts[rank]} has {what} than rank 0 on {hosts[0]}. Ranks run one lab together, so begin all of "
            + "them with the same program and the same arguments.")
    { IsOfAll = true };

    /// <summary>Whether any rank says yes.</summary>
    public bool AnyOf(bool own) => collective?.AnyOf(own) ?? own;

    /// <summary>What rank 0 says.</summary>
    public bool OfFirst(bool own) => collective?.OfFirst(own) ?? own;

    /// <summary>Files of rank 0's folder, to the folders of the others; what rank 0 lacks is passed over.</summary>
    /// <param name="folder">The folder, each rank's own.</param>
    /// <param name="names">Names of files in it.</param>
    public void Share(string folder, params IReadOnlyList<string> names)
    {
        if (collective is null) return;
        foreach (var name in names)
        {
            var path = Path.Combine(folder, name);
            var content = IsFirst && File.Exists(path) ? File.ReadAllBytes(path) : null;
            Span<int> length = [content?.Length ?? -1];
            collective.Broadcast(MemoryMarshal.AsBytes(length));
            if (length[0] < 0) continue;
            content ??= new byte[length[0]];
            if (content.Length > 0) collective.Broadcast(content);
            if (IsFirst) continue;
            Directory.CreateDirectory(folder);
            File.WriteAllBytes(path, content);
        }
    }

    /// <summary>Has rank 0 do something, however long it takes; the others wait.</summary>
    /// <exception cref="OperationCanceledException">Rank 0 was asked to stop: all of them throw it.</exception>
    public void OnFirst(Action work)
    {
        if (collective is null)
        {
            work();
            return;
        }
        IsAlone = IsFirst;
        collective.OnFirst(work);
        IsAlone = false;
    }
}
