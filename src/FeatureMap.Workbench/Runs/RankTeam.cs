using System.Runtime.InteropServices;
using System.Text;
using FeatureMap.Interchange;
using FeatureMap.Ops;
using FeatureMap.Training;
using FeatureMap.Zoo;

namespace FeatureMap.Workbench;

/// <summary>
/// The ranks of a training or a lab as the work around it sees them: all do the same, rank 0 has the folder of the run, and the others
/// keep what they need of it in a temporary one. Before the first step every rank says whether it can begin, so that an error of one is
/// told once, by rank 0, and nobody waits in vain.
/// </summary>
/// <param name="collective">What connects the ranks.</param>
/// <param name="hosts">Names of the machines, by rank.</param>
/// <param name="connection">What the connection is called, such as <c>Open MPI v4.1.4</c>.</param>
public sealed class RankTeam(ICollective collective, IReadOnlyList<string> hosts, string connection) : IDisposable
{
    private const int MessageBytes = 4096;
    private string? temporary;

    /// <summary>What connects the ranks.</summary>
    public ICollective Collective { get; } = collective;

    /// <summary>Names of the machines, by rank.</summary>
    public IReadOnlyList<string> Hosts { get; } = hosts;

    /// <summary>What the connection is called.</summary>
    public string Connection { get; } = connection;

    /// <summary>How many there are, where, and over what: <c>2 on alpha, beta (Open MPI v4.1.4)</c>.</summary>
    public string Names => $"{Collective.Ranks} on {string.Join(", ", Hosts.Distinct())} ({Connection})";

    /// <summary>Whether this is the rank that writes and tells.</summary>
    public bool IsFirst => Collective.Rank == 0;

    /// <summary>Whether all ranks have said if they can begin.</summary>
    public bool HasAgreed { get; private set; }

    /// <summary>Says whether this rank can begin, and hears it of the others: once, by every rank.</summary>
    /// <param name="error">Why it cannot; null where it can.</param>
    /// <exception cref="RankException">This rank can begin, and another one cannot: the message has its reason. All ranks that can throw
    /// it.</exception>
    public void Agree(Exception? error)
    {
        var own = new byte[MessageBytes];
        if (error is not null)
        {
            own[0] = 1;
            Encoding.UTF8.GetEncoder().Convert(error.Message, own.AsSpan(1), flush: true, out _, out _, out _);
        }
        var all = new byte[MessageBytes * Collective.Ranks];
        Collective.AllGather(own, all);
        HasAgreed = true;
        if (error is not null) return;
        for (var rank = 0; rank < Collective.Ranks; rank++)
            if (all.AsSpan(rank * MessageBytes, MessageBytes) is [1, .. var text])
                throw new RankException($"Rank {rank} on {Hosts[rank]} cannot begin: {Encoding.UTF8.GetString(text.TrimEnd((byte)0))}")
                {
                    IsOfAll = true,
                };
    }

    /// <summary>
    /// What this rank is to be asked for: on rank 0 as it was written, on the others the same with a temporary folder, and where a run is
    /// gone on with, what rank 0 has of it. To be called by every rank before anything else.
    /// </summary>
    /// <param name="arguments">What all ranks were asked for.</param>
    /// <returns>Null where there is nothing to do for this rank, because the run is complete; rank 0 writes what it may lack.</returns>
    public TrainArguments? Share(TrainArguments arguments)
    {
        ArgumentNullException.ThrowIfNull(arguments);
        var (content, isComplete) = Send(arguments.Resume is { } run ? () => Pack(run) : null, IsComplete(arguments.Resume));
        // Nobody begins then.
        HasAgreed = isComplete;
        if (IsFirst) return arguments;
        if (HasAgreed) return null;
        var own = OwnFolder();
        if (arguments.Resume is null) return arguments with { Out = own, NoReport = true };
        Unpack(content, own);
        return arguments with { Resume = own, NoReport = true };
    }

    /// <summary>The same for a lab, which every rank runs, be it complete or not.</summary>
    /// <param name="arguments">What all ranks were asked for.</param>
    public LabArguments Share(LabArguments arguments)
    {
        ArgumentNullException.ThrowIfNull(arguments);
        var (content, _) = Send(arguments.Resume is { } lab ? () => PackLab(lab) : null, false);
        if (IsFirst) return arguments;
        var own = OwnFolder();
        if (arguments.Resume is null) return arguments with { Out = own };
        Unpack(content, own);
        return arguments with { Resume = own };
    }

    /// <summary>Removes the temporary folder.</summary>
    public void Dispose()
    {
        if (temporary is null) return;
        try
        {
            Directory.Delete(temporary, recursive: true);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // It is the system's to clear.
        }
    }

    private string OwnFolder() => temporary = Directory.CreateTempSubdirectory("featuremap-rank-").FullName;

    // What rank 0 has to send, and what it says of it.
    private (byte[] Content, bool Word) Send(Func<byte[]>? pack, bool word)
    {
        var content = IsFirst && pack is not null ? pack() : [];
        Span<int> length = [content.Length, word ? 1 : 0];
        Collective.Broadcast(MemoryMarshal.AsBytes(length));
        if (!IsFirst) content = new byte[length[0]];
        if (content.Length > 0) Collective.Broadcast(content);
        return (content, length[1] == 1);
    }

    private static bool IsComplete(string? run) => run is not null && File.Exists(Path.Combine(run, ModelFile.WeightsName));

    // Of checkpoints the names decide where the training is; rank 0 reads the newest and sends it.
    private static byte[] Pack(string run) => Packed(add =>
    {
        var folder = RunFolder.Open(run);
        foreach (var part in (string[])["", ProgressiveTraining.FolderName, FineTuning.HeadFolderName])
        {
            var place = Path.Combine(folder.Location, part);
            if (!Directory.Exists(place)) continue;
            var own = RunFolder.At(place);
            foreach (var file in (string[])[own.ConfigPath, own.NetworkPath, own.ModelPath])
                if (File.Exists(file)) add(Path.Combine(part, Path.GetFileName(file)), File.ReadAllBytes(file));
            foreach (var checkpoint in own.Checkpoints.Steps().Select(own.Checkpoints.PathOf))
                if (File.Exists(checkpoint)) add(Path.Combine(part, Path.GetFileName(checkpoint)), []);
        }
    });

    private static byte[] PackLab(string lab) => Packed(add =>
        add(LabConfiguration.FileName, File.ReadAllBytes(Path.Combine(lab, LabConfiguration.FileName))));

    // Names and contents.
    private static byte[] Packed(Action<Action<string, byte[]>> fill)
    {
        try
        {
            using var memory = new MemoryStream();
            using var writer = new BinaryWriter(memory);
            fill((name, content) =>
            {
                writer.Write(name);
                writer.Write(content.Length);
                writer.Write(content);
            });
            writer.Flush();
            return memory.ToArray();
        }
        catch (Exception error) when (error is FeatureMapException or IOException or UnauthorizedAccessException)
        {
            return []; // what is wrong with the folder, rank 0 finds again when it opens it
        }
    }

    private static void Unpack(byte[] content, string folder)
    {
        using var reader = new BinaryReader(new MemoryStream(content));
        while (reader.BaseStream.Position < content.Length)
        {
            var path = Path.Combine(folder, reader.ReadString());
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllBytes(path, reader.ReadBytes(reader.ReadInt32()));
        }
    }
}
