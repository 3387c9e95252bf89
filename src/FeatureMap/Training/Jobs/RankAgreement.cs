using System.Security.Cryptography;
using System.Text;
using FeatureMap.Data;
using FeatureMap.Networks;
using FeatureMap.Ops;

namespace FeatureMap.Training;

/// <summary>
/// What makes sure that the ranks of a training do the same: before the first step that they were begun with the same things, and then, now
/// and again, that they have the same weights and go on or stop together. All ranks find the same, and throw the same.
/// </summary>
internal sealed class RankAgreement(ICollective collective)
{
    private const int HashBytes = 32;

    // Said of the rank that differs: "rank 2 on b has [another network] than rank 0 on a".
    private static readonly string[] Facts =
    [
        "another version of FeatureMap", "another network", "other options", "other training images", "other validation images",
        "other weights to begin with",
    ];

    private readonly byte[] hashes = new byte[Facts.Length * HashBytes * collective.Ranks];
    private readonly byte[] words = new byte[(1 + HashBytes) * collective.Ranks];

    /// <summary>Names of the hosts, by rank; known behind <see cref="Begin"/>.</summary>
    public IReadOnlyList<string> Hosts { get; private set; } = [];

    /// <summary>Compares what the ranks were begun with.</summary>
    /// <exception cref="RankException">They were begun with different things.</exception>
    public void Begin(Network network, SplitData data, TrainingOptions options, Weights weights)
    {
        Hosts = collective.HostNames();
        var own = new byte[Facts.Length * HashBytes];
        string[] texts =
            [Version(), TextOf(network), TextOf(options), data.Training.Sha256(), data.Validation.Sha256(), weights.Sha256()];
        foreach (var (number, text) in texts.Index())
            SHA256.HashData(Encoding.UTF8.GetBytes(text), own.AsSpan(number * HashBytes));
        collective.AllGather(own, hashes);
        for (var rank = 1; rank < collective.Ranks; rank++)
            for (var fact = 0; fact < Facts.Length; fact++)
                if (!Hash(rank, fact).SequenceEqual(Hash(0, fact)))
                    throw Refuse($"Of the ranks, {Named(rank)} has {Facts[fact]} than {Named(0)}. Ranks train one network together, so "
                        + "begin all of them with the same program, the same arguments and the same data.");
    }

    /// <summary>What happens next, where each rank says what it wants; and whether all have the same weights.</summary>
    /// <exception cref="RankException">They have not.</exception>
    public StepWish Agree(StepWish own, Weights weights, long step)
    {
        var word = new byte[1 + HashBytes];
        word[0] = (byte)own;
        Convert.FromHexString(weights.Sha256()).CopyTo(word, 1);
        collective.AllGather(word, words);
        var agreed = StepWish.GoOn;
        for (var rank = 0; rank < collective.Ranks; rank++)
        {
            if (!Word(rank)[1..].SequenceEqual(Word(0)[1..]))
                throw Refuse($"After step {step:N0} {Named(rank)} has other weights than {Named(0)}, which cannot be where both compute "
                    + "right: look at the memory of these machines. Go on from the last checkpoint without the faulty one.");
            if (Word(rank)[0] > (byte)agreed) agreed = (StepWish)Word(rank)[0];
        }
        return agreed;
    }

    /// <summary>Brings a checkpoint of rank 0 to the others, where it has one.</summary>
    public Checkpoint? Share(Checkpoint? checkpoint)
    {
        Span<byte> has = [(byte)(checkpoint is null ? 0 : 1)];
        collective.Broadcast(has);
        if (has[0] == 0) return null;
        using var stream = new BroadcastStream(collective);
        if (collective.Rank > 0) return Checkpoint.Read(stream, "the checkpoint of rank 0");
        checkpoint!.Write(stream);
        return checkpoint;
    }

    private static string Version() => $"{typeof(RankAgreement).Assembly.GetName().Version} {typeof(RankAgreement).Module.ModuleVersionId}";

    private static string TextOf(Network network) => string.Join('\n', network.Layers.Select(layer =>
        $"{layer.Name} {layer.Op} {NumberRow.Join(",", layer.Inputs)} {layer.Output}"));

    private static string TextOf(TrainingOptions options) => StrictJson.Write(json =>
        RunRecord.Write(json, TrainingOptions.Settings.Where(setting => setting.ChangesResult), options));

    private static RankException Refuse(string text) => new(text) { IsOfAll = true };

    private string Named(int rank) => $"rank {rank} on {Hosts[rank]}";

    private ReadOnlySpan<byte> Hash(int rank, int fact) => hashes.AsSpan(((rank * Facts.Length) + fact) * HashBytes, HashBytes);

    private ReadOnlySpan<byte> Word(int rank) => words.AsSpan(rank * (1 + HashBytes), 1 + HashBytes);
}
