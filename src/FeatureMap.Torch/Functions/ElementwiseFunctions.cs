using FeatureMap.Ops;
using TorchSharp;
using static FeatureMap.Torch.TorchFunction;
using static TorchSharp.torch;

namespace FeatureMap.Torch;

/// <summary>Arithmetic number by number, and the sources that it reads.</summary>
internal static class ElementwiseFunctions
{
    public static IEnumerable<TorchFunction> All =>
    [
        Of<Abs>(x => x.abs()),
        Of<Add>((_, call) => call.Inputs.Aggregate((sum, next) => sum + next)),
        Of<Ceil>(x => x.ceil()),
        Of<Clip>((op, call) => call.X.clamp(op.Minimum is { } low ? (Scalar)low : null, op.Maximum is { } high ? (Scalar)high : null)),
        Of<Divide>((_, call) => call.X / call.Inputs[1]),
        Of<Equal>((_, call) => Number(call, call.X == call.Inputs[1])),
        Of<Erf>(x => x.erf()),
        Of<Exp>(x => x.exp()),
        Of<Floor>(x => x.floor()),
        Of<Greater>((_, call) => Number(call, call.X > call.Inputs[1])),
        Of<GreaterOrEqual>((_, call) => Number(call, call.X >= call.Inputs[1])),
        Of<Log>(x => x.log()),
        Of<Maximum>((_, call) => maximum(call.X, call.Inputs[1])),
        Of<Minimum>((_, call) => minimum(call.X, call.Inputs[1])),
        Of<Multiply>((_, call) => call.X * call.Inputs[1]),
        Of<Power>((_, call) => call.X.pow(call.Inputs[1])),
        Of<RaiseTo>((op, call) => call.X.pow(op.Exponent)),
        Of<Round>(x => x.round()),
        Of<ScaleShift>((op, call) => (call.X * op.Scale) + op.Shift),
        Of<Sign>(x => x.sign()),
        Of<Subtract>((_, call) => call.X - call.Inputs[1]),
        Of<Where>((_, call) => where(call.X != 0, call.Inputs[1], call.Inputs[2])),
        Of<Constant>((op, call) => tensor(op.Values.ToArray(), [1, op.Shape.Channels, op.Shape.Height, op.Shape.Width], device: call.Device).expand(call.Batch, -1, -1, -1)),
        Of<LearnedParameter>((op, call) => call.Parameters[0].reshape(1, op.Shape.Channels, op.Shape.Height, op.Shape.Width).expand(call.Batch, -1, -1, -1)),
    ];

    private static Tensor Number(TorchCall call, Tensor answers) => answers.to(call.X.dtype);
}
