using FeatureMap.Descriptions;

namespace FeatureMap.Training;

/// <summary>
/// A running average of the weights over the steps, average = d average + (1 - d) weights, running statistics included. Validation and the final model use the
/// average, which is often better than the last weights and much smoother from epoch to epoch. Source: Polyak and Juditsky, 1992; "exponential moving average" (EMA) today.
/// </summary>
/// <param name="Decay">How much of the average is kept at each step: 0.999 averages over about 1,000 steps.</param>
public sealed record WeightAveraging(double Decay = 0.999)
{
    /// <summary>How much of the average is kept at each step.</summary>
    public double Decay { get; } = Decay is > 0 and < 1
        ? Decay
        : throw new UsageException($"The decay of the weights' average must be above 0 and below 1: received {Decay}. 0.999 averages over "
        + "about 1 / (1 - 0.999) = 1,000 steps.");

    internal static Vocabulary<WeightAveraging> Known { get; } = new(
        "averaging",
        new Word<WeightAveraging, WeightAveraging>("ema", "a running average of the weights", new())
            .Real("decay", "How much of the average is kept at each step", a => a.Decay, (_, v) => new(v),
                ValueKind.Real(0, 1, false, false), isNamed: false));

    /// <summary>Reads a description such as <c>ema 0.999</c>; <see cref="ToString"/> writes what this reads.</summary>
    /// <exception cref="UsageException">The text is not such a description.</exception>
    public static WeightAveraging Parse(string text) => Known.Parse(text);

    /// <summary>The description that <see cref="Parse"/> reads.</summary>
    public override string ToString() => Known.Write(this);

    /// <summary>The decay of a step: (1 + step) / (10 + step) at first, so that the random start is forgotten quickly.</summary>
    internal double DecayAt(long step) => Math.Min(Decay, (1.0 + step) / (10 + step));
}
