using FeatureMap.Lanes;
using FeatureMap.Ops;
using static TorchSharp.torch;

namespace FeatureMap.Torch;

/// <summary>
/// The masks of a dropout layer, drawn by this library's own generator with whole-number arithmetic on the device: a pure function of
/// (seed, step, layer, image, place), the same to the bit as on the processor. Each image has a key; the hash of key and place is a
/// number of 24 bits, which is compared with the probability.
/// </summary>
/// <param name="op">The kind of dropout.</param>
/// <param name="input">What it is applied to.</param>
/// <param name="layer">Number of the layer.</param>
/// <param name="device">Where.</param>
internal sealed class DropoutMasks(DropoutMask op, Shape input, int layer, Device device) : IDisposable
{
    private const int Bits = 24;

    // Draws of an image, each for so many neighbouring numbers.
    private readonly int unit = op.Unit(input), draws = input.Count / op.Unit(input);

    // Whole number below which a draw is dropped: draw / 2^24 < p.
    private readonly int threshold = (int)Math.Ceiling((double)op.Probability * (1 << Bits));
    private readonly Dictionary<int, Tensor> numbers = [];
    private int[] keys = [];
    private Tensor? places;

    /// <summary>Applies the mask of a step.</summary>
    public Tensor Apply(Tensor x, StepState step)
    {
        if (op.Probability == 0) return x;
        var sizes = x.shape;
        Tensor dropped;
        using (no_grad())
            dropped = Dropped(step, (int)sizes[0]);
        var scale = (float)op.Scale;
        using var kept = dropped.logical_not().to(x.dtype);
        var factors = kept.mul(scale);
        var mask = Spread(factors, sizes);
        if (op.Shift == 0 && op.Dropped == 0) return x * mask;
        // Kept numbers are shifted, dropped ones become a constant.
        var constants = where(dropped, full_like(factors, (float)op.Dropped), full_like(factors, (float)op.Shift));
        return (x * mask) + Spread(constants, sizes);
    }

    /// <summary>Where numbers are dropped: [image][draw].</summary>
    public Tensor Dropped(StepState step, int images)
    {
        if (keys.Length != images) keys = new int[images];
        for (var image = 0; image < images; image++)
            keys[image] = unchecked((int)DropoutMask.Key(step, layer, step.ImagesBefore + image));
        places ??= Places();
        using var scope = NewDisposeScope();
        // 32-bit arithmetic that overflows. A right shift keeps the sign, which a mask takes off.
        var x = places + tensor(keys, [images, 1], device: device);
        Mix(x, 16).mul_(unchecked((int)LaneHash.Multiplier0));
        Mix(x, 15).mul_(unchecked((int)LaneHash.Multiplier1));
        Mix(x, 16);
        x.bitwise_right_shift_(Whole(32 - Bits)).bitwise_and_(Whole((1 << Bits) - 1));
        return x.lt(threshold).MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
        places?.Dispose();
        foreach (var number in numbers.Values)
            number.Dispose();
    }

    // A number on the device, made once.
    private Tensor Whole(int number) => numbers.TryGetValue(number, out var made) ? made
        : numbers[number] = tensor(number, device: device).DetachFromDisposeScope();

    // x ^= x >> shift, without its sign.
    private Tensor Mix(Tensor x, int shift)
    {
        using var shifted = x.bitwise_right_shift(Whole(shift));
        shifted.bitwise_and_(Whole((1 << (32 - shift)) - 1));
        return x.bitwise_xor_(shifted);
    }

    private Tensor Places()
    {
        var numbers = new int[draws];
        for (var i = 0; i < draws; i++)
            numbers[i] = unchecked((int)((uint)i * LaneHash.Increment));
        return tensor(numbers, [1, draws], device: device).DetachFromDisposeScope();
    }

    // A draw for each number, each plane or each image.
    private Tensor Spread(Tensor values, long[] sizes) => unit == 1 ? values.reshape(sizes)
        : unit == input.Area ? values.reshape(sizes[0], sizes[1], 1, 1)
        : unit == input.Count ? values.reshape(sizes[0], 1, 1, 1)
        : values.repeat_interleave(unit, 1).reshape(sizes);
}
