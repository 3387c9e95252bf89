using FeatureMap.Interchange;

namespace FeatureMap.Training;

/// <summary>
/// Everything that training needs to go on as if it had not stopped: named tensors (weights, running statistics, optimiser slots),
/// the number of steps done, and further state as strings (seed, epoch, configuration).
/// </summary>
public sealed record Checkpoint
{
    /// <summary>Steps done when the checkpoint was taken, from 0.</summary>
    public required long Step { get; init; }

    /// <summary>The tensors, by name, such as <c>conv1.weight</c> and <c>optimizer.velocity.conv1.weight</c>.</summary>
    public required IReadOnlyList<SafetensorsEntry> Tensors { get; init; }

    /// <summary>Further state; keys and values are any text.</summary>
    public IReadOnlyDictionary<string, string> State { get; init; } = new Dictionary<string, string>();

    /// <summary>Writes the checkpoint to a stream: the bytes of the file that <see cref="CheckpointStore"/> keeps, with its
    /// checksum.</summary>
    /// <param name="stream">Written to from its position on; it stays open, and need not be able to seek.</param>
    /// <exception cref="UsageException">Two tensors have one name.</exception>
    /// <exception cref="IOException">The stream fails; what was written is no checkpoint then, which <see cref="Read"/> says.</exception>
    public void Write(Stream stream) => SafetensorsFile.Write(stream, Tensors, CheckpointFormat.Metadata(this));

    /// <summary>Reads and verifies a checkpoint, with the same checks as a file of <see cref="CheckpointStore"/>.</summary>
    /// <param name="stream">Read from its position to its end; it stays open, and need not be able to seek.</param>
    /// <param name="source">What error messages call it.</param>
    /// <exception cref="DataException">It is cut short, changed, or no checkpoint; or the stream fails.</exception>
    public static Checkpoint Read(Stream stream, string source = "the checkpoint")
    {
        var (checkpoint, written) = CheckpointFormat.Read(SafetensorsFile.Read(stream, source), source);
        return $"{checkpoint.Step}" == written ? checkpoint
            : throw new DataException($"{source} does not say after which step it was taken: '{written ?? ""}'.");
    }

    /// <summary>The tensor of that name.</summary>
    /// <exception cref="DataException">The checkpoint has no such tensor.</exception>
    public SafetensorsEntry Tensor(string name)
    {
        foreach (var tensor in Tensors)
            if (tensor.Name == name)
                return tensor;
        throw new DataException($"The checkpoint of step {Step} has no tensor '{name}'. It was probably taken from another network; resume with the configuration of its own run.");
    }
}

/// <summary>What <see cref="CheckpointStore.LoadNewest"/> found.</summary>
/// <param name="Checkpoint">The newest checkpoint that verifies, or null where there is none.</param>
/// <param name="Skipped">One sentence for each newer checkpoint that does not verify, newest first; empty when all is well.</param>
public sealed record CheckpointSearch(Checkpoint? Checkpoint, IReadOnlyList<string> Skipped)
{
    /// <summary>What to tell the user, such as <c>checkpoint-400 is cut short: 1,024 of 80,000 bytes. checkpoint-200 is used.</c>; empty when nothing was skipped.</summary>
    public string Notice => Skipped.Count == 0 ? ""
        : string.Join(" ", Skipped) + (Checkpoint is null ? " No checkpoint can be used." : $" checkpoint-{Checkpoint.Step} is used.");
}
