using FeatureMap.Ops;
using static TorchSharp.torch;

namespace FeatureMap.Torch;

/// <summary>One line of the table.</summary>
/// <param name="Op">Name of our op.</param>
/// <param name="Compute">The same in libtorch.</param>
internal sealed record TorchFunction(string Op, Func<Op, TorchCall, Tensor> Compute)
{
    /// <summary>Whether the images of a batch meet in the op, so that a case is only the same with all of its images.</summary>
    public bool NeedsWholeBatch { get; init; }

    /// <summary>Cases beside those of the room, for settings that say the same in libtorch.</summary>
    public IReadOnlyList<OpCase> MoreCases { get; init; } = [];

    /// <summary>
    /// The same for settings that libtorch has no word for, out of our own tables of positions and weights: for training, not for golden
    /// values, which must come from somebody else. Null where libtorch has a word for everything.
    /// </summary>
    public Func<Op, TorchCall, Tensor>? ComputeByTable { get; init; }

    public static TorchFunction Of<TOp>(Func<TOp, TorchCall, Tensor> compute) where TOp : Op =>
        new(typeof(TOp).Name, (op, call) => compute((TOp)op, call));

    public static TorchFunction Of<TOp>(Func<Tensor, Tensor> compute) where TOp : Op => new(typeof(TOp).Name, (_, call) => compute(call.X));
}
