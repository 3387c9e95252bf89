using TorchSharp;
using static TorchSharp.torch;

namespace FeatureMap.Torch;

/// <summary>What a translated op computes from: [image][channel][row][column] tensors, and its parameters in our order.</summary>
internal sealed record TorchCall(long Batch, Tensor[] Inputs, Tensor[] Parameters, bool IsTraining)
{
    /// <summary>Where the tensors are: what an op makes by itself goes there as well.</summary>
    public Device Device { get; init; } = CPU;

    /// <summary>Number of the step, for ops that change with time.</summary>
    public long Step { get; init; }

    /// <summary>The first input.</summary>
    public Tensor X => Inputs[0];

    public int Height => (int)X.shape[2];

    public int Width => (int)X.shape[3];

    /// <summary>Our shape of an input.</summary>
    public Shape Shape(int input = 0) => new((int)Inputs[input].shape[1], (int)Inputs[input].shape[2], (int)Inputs[input].shape[3]);

    /// <summary>The parameter of this number, or none where the op has fewer.</summary>
    public Tensor? Parameter(int index) => index < Parameters.Length ? Parameters[index] : null;
}

/// <summary>libtorch has nothing that means these settings.</summary>
internal sealed class NoCounterpartException(string reason) : Exception(reason);
