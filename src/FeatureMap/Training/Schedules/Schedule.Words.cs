using FeatureMap.Descriptions;

namespace FeatureMap.Training;

// The words of schedules: what they are called and which numbers they have.
public abstract partial record Schedule
{
    private const string Rate = "rate", End = "end", Low = "low",
        RateMeaning = "The highest rate of one-cycle and cyclic, the first rate of the others",
        EndMeaning = "The rate of the last step, or the lowest rate", WarmUpName = "warm-up-steps",
            WarmUpMeaning = "Steps over which the rate rises from 0",
        FactorMeaning = "What the rate is multiplied with at each fall";

    private const int Million = 1_000_000;
    private const long Billion = 1_000_000_000;
    private static readonly ValueKind Rates = ValueKind.Real(0, 1000, withLeast: false), Ends = ValueKind.Real(0, 1000),
        Divisors = ValueKind.Real(0, Billion, withLeast: false);

    /// <summary>The words that <see cref="Parse"/> knows, with their arguments and meaning.</summary>
    public static IReadOnlyList<DescribedWord> Words => Known.Help;

    internal static Vocabulary<Schedule> Known { get; } = new(
        "schedule",
        Of("one-cycle", "up and down once", new OneCycle(0.1), s => s.Max, (s, v) => new(v, s.WarmUpFraction, s.StartDivisor, s.EndDivisor))
            .Real("warm-up", "Part of the training in which the rate rises", s => s.WarmUpFraction,
                (s, v) => new(s.Max, v, s.StartDivisor, s.EndDivisor), ValueKind.Part)
            .Real("start-divisor", "The first rate is the highest divided by this", s => s.StartDivisor,
                (s, v) => new(s.Max, s.WarmUpFraction, v, s.EndDivisor), Divisors)
            .Real("end-divisor", "The last rate is the first divided by this", s => s.EndDivisor,
                (s, v) => new(s.Max, s.WarmUpFraction, s.StartDivisor, v), Divisors),
        Of("cosine", "down along half a cosine wave", new CosineRate(0.1), s => s.Start, (s, v) => new(v, s.End, s.WarmUpSteps))
            .Real(End, EndMeaning, s => s.End, (s, v) => new(s.Start, v, s.WarmUpSteps), Ends)
            .Whole(WarmUpName, s => s.WarmUpSteps, (s, v) => new(s.Start, s.End, v), isNamed: true, meaning: WarmUpMeaning, least: 0,
                most: Billion),
        Of("step", "down in steps", new StepRate(0.1, 10), s => s.Start, (s, v) => new(v, s.EveryEpochs, s.Factor, s.WarmUpSteps))
            .Whole("epochs", s => s.EveryEpochs, (s, v) => new(s.Start, v, s.Factor, s.WarmUpSteps),
                meaning: "Epochs between two falls of the rate", least: 1, most: Million)
            .Real("factor", FactorMeaning, s => s.Factor, (s, v) => new(s.Start, s.EveryEpochs, v, s.WarmUpSteps), ValueKind.Part)
            .Whole(WarmUpName, s => s.WarmUpSteps, (s, v) => new(s.Start, s.EveryEpochs, s.Factor, v), isNamed: true,
                meaning: WarmUpMeaning, least: 0, most: Billion),
        Of("constant", "the same always", new ConstantRate(0.1), s => s.Rate, (s, v) => new(v, s.WarmUpSteps))
            .Whole(WarmUpName, s => s.WarmUpSteps, (s, v) => new(s.Rate, v), isNamed: true, meaning: WarmUpMeaning, least: 0,
                most: Billion),
        Of("linear", "down along a straight line", new PolynomialRate(0.1), s => s.Start, (s, v) => new(v, s.End))
            .Real(End, EndMeaning, s => s.End, (s, v) => new(s.Start, v), Ends).Where(s => s.Power == 1),
        Of("polynomial", "down along a curve that falls early", new PolynomialRate(0.1, Power: 2), s => s.Start,
            (s, v) => new(v, s.End, s.Power))
            .Whole("power", s => s.Power, (s, v) => new(s.Start, s.End, v), meaning: "How early", least: 1, most: 100)
            .Real(End, EndMeaning, s => s.End, (s, v) => new(s.Start, v, s.Power), Ends),
        Of("exponential", "times a factor after every epoch", new ExponentialRate(0.1, 0.9), s => s.Start, (s, v) => new(v, s.Factor))
            .Real("factor", FactorMeaning, s => s.Factor, (s, v) => new(s.Start, v), ValueKind.Part, isNamed: false),
        Of("milestones", "times a factor after certain epochs", new MilestoneRate(0.1, 0.1), s => s.Start,
            (s, v) => new(v, s.Factor, s.Epochs))
            .Real("factor", FactorMeaning, s => s.Factor, (s, v) => new(s.Start, v, s.Epochs), ValueKind.Part)
            .Add(new("after", "The epochs", ValueKind.Row<int>("numbers of epochs with colons between them"), s => s.Epochs,
                (s, v) => new(s.Start, s.Factor, (IReadOnlyList<int>)v)), isRequired: true),
        // Smith's rule of thumb where nothing else is said: the lowest rate is a quarter of the highest.
        Of("cyclic", "up and down in straight lines, again and again", new CyclicRate(0.025, 0.1, 1000), s => s.High,
            (s, v) => new(v / 4, v, s.HalfCycleSteps, s.Mode, s.Factor))
            .Real(Low, "The lowest rate", s => s.Low, (s, v) => new(v, s.High, s.HalfCycleSteps, s.Mode, s.Factor), Rates)
            .Whole("steps", s => s.HalfCycleSteps, (s, v) => new(s.Low, s.High, v, s.Mode, s.Factor), isNamed: true,
                meaning: "Steps of half a cycle", least: 1, most: Billion)
            .Choice("mode", s => s.Mode, (s, v) => new(s.Low, s.High, s.HalfCycleSteps, v, s.Factor),
                "How the height changes from cycle to cycle", "triangular", "triangular2", "exponential")
            .Real("factor", "What the height is multiplied with at every step of mode=exponential", s => s.Factor,
                (s, v) => new(s.Low, s.High, s.HalfCycleSteps, s.Mode, v), ValueKind.Part),
        Of("cosine-restarts", "half cosine waves, again and again", new CosineRestarts(0.1, 1000), s => s.Start,
            (s, v) => new(v, s.CycleSteps, s.CycleFactor, s.End))
            .Whole("steps", s => s.CycleSteps, (s, v) => new(s.Start, v, s.CycleFactor, s.End), isNamed: true,
                meaning: "Steps of the first cycle", least: 1, most: Billion)
            .Whole("cycle-factor", s => s.CycleFactor, (s, v) => new(s.Start, s.CycleSteps, v, s.End), isNamed: true,
                meaning: "How many times longer each cycle is", least: 1, most: 1000)
            .Real(End, EndMeaning, s => s.End, (s, v) => new(s.Start, s.CycleSteps, s.CycleFactor, v), Ends),
        Of("plateau", "down when validation stands still", new PlateauRate(0.1), s => s.Start,
            (s, v) => new(v, s.Factor, s.Patience, s.Threshold, s.CoolDown, s.Lowest))
            .Real("factor", FactorMeaning, s => s.Factor, (s, v) => new(s.Start, v, s.Patience, s.Threshold, s.CoolDown, s.Lowest),
                ValueKind.Part)
            .Whole("patience", s => s.Patience, (s, v) => new(s.Start, s.Factor, v, s.Threshold, s.CoolDown, s.Lowest), isNamed: true,
                meaning: "Epochs without improvement", least: 0, most: Million)
            .Real("threshold", "A loss counts as better below (1 - threshold) times the best", s => s.Threshold,
                (s, v) => new(s.Start, s.Factor, s.Patience, v, s.CoolDown, s.Lowest), ValueKind.Part)
            .Whole("cool-down", s => s.CoolDown, (s, v) => new(s.Start, s.Factor, s.Patience, s.Threshold, v, s.Lowest), isNamed: true,
                meaning: "Epochs after a fall that do not count", least: 0, most: Million)
            .Real(End, EndMeaning, s => s.Lowest, (s, v) => new(s.Start, s.Factor, s.Patience, s.Threshold, s.CoolDown, v), Ends),
        new GroupWord<Schedule>(
            "warm-up", "steps", "a rise from a small rate before what stands in brackets", isChoice: false,
                (steps, then) => new WarmUp(then[0], (long)(Int128)steps),
            schedule => schedule is WarmUp warm ? ((Int128)warm.Steps, [warm.Then]) : null, kind: ValueKind.Whole(0, Billion)));

    /// <summary>
    /// Reads a description such as <c>one-cycle 0.1 warm-up=0.2</c> or <c>warm-up 500 (exponential 0.01 0.9)</c>: a word of
    /// <see cref="Words"/>, its rate, and what differs from the defaults. <see cref="ToString"/> writes what this reads.
    /// </summary>
    /// <exception cref="UsageException">The text is not such a description; the message says where and what would be.</exception>
    public static Schedule Parse(string text) => Known.Parse(text);

    /// <summary>The same schedule with all rates multiplied by a factor.</summary>
    /// <exception cref="UsageException">It is a class of your own, whose rates are not known.</exception>
    public Schedule Scaled(double factor)
    {
        var scaled = this;
        foreach (var name in (string[])[End, Rate, Low])
            if (Known.Get(this, name) is double number) scaled = Known.With(scaled, name, number * factor);
        return Known.CanWrite(this) ? scaled
            : throw new UsageException("A schedule of your own is scaled by its own code: received 'custom'.");
    }

    /// <summary>The description that <see cref="Parse"/> reads; <c>custom</c> for a class of your own.</summary>
    public sealed override string ToString() => Known.Write(this);

    private static Word<Schedule,
        T> Of<T>(string name, string meaning, T prototype, Func<T, double> get, Func<T, double, T> set) where T : Schedule =>
        new Word<Schedule, T>(name, meaning, prototype).Real(Rate, RateMeaning, get, set, Rates, isNamed: false, isRequired: true);
}
