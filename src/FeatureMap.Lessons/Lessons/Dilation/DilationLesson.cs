using FeatureMap.Analysis;
using FeatureMap.Networks;

namespace FeatureMap.Lessons;

/// <summary>Which positions a stack of dilated convolutions reads, and where it leaves holes.</summary>
internal sealed class DilationLesson : Lesson
{
    private const int MostShown = 62;

    private static readonly WholeControl Kernel = new("kernel", "Taps of each kernel along an axis", 3, 1, 5);
    private static readonly ListControl Rates = new("rates", "Dilation of each layer, the first layer first", [2, 2, 2], 1, 16, longest: 6);

    public override string Id => "dilation";

    public override IReadOnlyList<string> Aliases => ["dilated", "dilated-convolution", "atrous", "gridding"];

    public override IReadOnlyList<string> Headings => ["Dilated Convolution"];

    public override string Title => "Dilated convolution";

    public override string Claim => "Gaps between the taps widen the view for the same weights. A stack sees without holes only where "
        + "no rate is wider than what the smaller rates cover together.";

    public override IReadOnlyList<Control> Controls { get; } = [Kernel, Rates];

    public override IReadOnlyList<Experiment> Experiments { get; } =
    [
        new("hybrid", "1, 2, 5", "rates=1_2_5", "17 positions wide and all of them read."),
        new("doubling", "1, 2, 4, 8", "rates=1_2_4_8", "The width doubles with each layer: 31 positions, no hole."),
        new("common", "2, 4, 8", "rates=2_4_8", "A common factor of 2: every second position is read by nobody."),
        new("gap", "1, 2, 9", "rates=1_2_9", "No common factor, and holes all the same: 1 and 2 cover 7 positions, 9 steps over two."),
        new("one-four", "1, 4", "rates=1_4", "The same with two layers: 1 covers 3 positions, 4 is wider."),
        new("two-taps", "Two taps, 1 and 3", "kernel=2&rates=1_3", "With two taps 1 covers 2 positions, and 3 leaves a hole."),
    ];

    public override Prediction Prediction { get; } = new("Before you look: how many positions along an axis does the stack read?",
        "reached");

    public override IReadOnlyList<Pitfall> Pitfalls { get; } =
    [
        new("Rates with a common factor keep to one lattice: gridding.", "gridding"),
        new("Rates without a common factor have holes too, where one of them is wider than what the smaller ones cover: 1, 4 and 1, 2, "
            + "9 with three taps.", "gridding"),
        new("Dilation without padding shrinks a map quickly: the extent counts, k + (k - 1)(d - 1).", "dead-taps"),
    ];

    public override IReadOnlyList<Question> Questions { get; } =
    [
        new("How many weights has a 3x3 kernel at rate 4?", ["9", "81", "36"], 0, "Dilation moves taps apart and adds none."),
        new("Three taps, rates 1 and 3. Are there holes?", ["no", "yes"], 0,
            "Rate 1 covers 3 positions without a hole, and 3 is not wider."),
        new("Three taps, rates 1 and 4. Are there holes?", ["no", "yes"], 1,
            "4 is wider than the 3 positions that rate 1 covers: position 3 is read by nobody."),
    ];

    public override IReadOnlyList<Challenge> Challenges { get; } =
    [
        new("seventeen", "Read all of 17 positions or more with three layers of three taps.", JudgeSeventeen, "rates=1_2_5", "rates=2_2_4"),
    ];

    public override string Room => "Ops/Conv2d";

    public override IReadOnlyList<Source> Sources { get; } =
    [
        new("Yu and Koltun, Multi-scale context aggregation by dilated convolutions", "arXiv 1511.07122"),
        new("Wang et al., Understanding convolution for semantic segmentation", "arXiv 1702.08502"),
    ];

    protected override void Compute(LessonState state, LessonPage page)
    {
        var (kernel, rates) = (state.Of(Kernel), state.Of(Rates));
        var coverage = DilationCoverage.Of(kernel, [.. rates]);
        var common = rates.Aggregate(0, Divisor);

        page.Say($"At rate d a kernel of {kernel} taps spans k + (k - 1)(d - 1) positions and has {kernel} weights along an axis, as "
            + $"ever.");
        page.Formula("span", "positions from the first to the last that one output reads", Term.Symbol("r", coverage.Span),
            Term.Sum([Term.Of(1), .. rates.Select(rate => (Term.Symbol("k", kernel) - 1) * Term.Of(rate))]));
        page.Strip("paths", "paths from each position to one output; 0 is a hole", coverage.Paths, Enumerable.Range(0, coverage.Span)
            .Select(position => position % common));
        page.Formula("reached", "positions that are read", Term.Symbol("n", coverage.Reached),
            Term.Symbol("r", coverage.Span) - Term.Symbol("holes", coverage.Paths.Count(count => count == 0)));
        var plane = 100.0 * coverage.Reached * coverage.Reached / ((double)coverage.Span * coverage.Span);
        page.Say($"Of the plane that is {plane} %: {coverage.Reached} of {coverage.Span} along each axis.");
        page.When("complete", coverage.IsComplete, "No position is left out.", Hole(kernel, rates));
        page.When("common-factor", common > 1 && kernel > 1 && !coverage.IsComplete,
            $"All rates are multiples of {common}: the stack keeps to one lattice, one position in {common}.");
        page.When("gap-without-factor", common == 1 && !coverage.IsComplete,
            "The rates have no common factor, and there are holes all the same.");
        var shared = Enumerable.Range(1, Math.Max(0, coverage.Span - 1))
            .Count(position => coverage.Paths[position] > 0 && coverage.Paths[position - 1] > 0);
        page.Say($"Neighbouring outputs share {shared} of the {coverage.Reached} positions that each of them reads along an axis.");

        page.In(Section.Gradient).Say("The gradient of one output comes back exactly to the pixels that it read: holes get none from "
            + "it.");
        if (coverage.Span <= MostShown)
        {
            var network = Network.Build(Shape.Image(1, coverage.Span, coverage.Span), x => rates.Select((rate, layer) => (rate, layer))
                .Aggregate(x, (y, one) => y.Conv(1, kernel, dilation: one.rate, bias: false, name: $"conv{one.layer + 1}")));
            var paths = page.Trace(network, new float[coverage.Span * coverage.Span]).InputGradient;
            page.Add(section => new Map(section, "plane", "paths from each pixel to one output, measured: the gradient of that output "
                + "with all weights 1", 1, coverage.Span, coverage.Span, [.. paths.Select(value => (double)value)], GridScale.Count, []));
        }
        page.When("too-wide", coverage.Span > MostShown,
            $"The plane is too wide to draw: {coverage.Span} x {coverage.Span} pixels, up to {MostShown} x {MostShown} are.");
        page.Cost("cost", "this stack", new("weights of one channel", (double)rates.Count * kernel * kernel),
            new("weights of one kernel of that span", (double)coverage.Span * coverage.Span),
            new("receptive field along an axis", coverage.Span, "pixels"));
        page.Code("Which positions a stack reads",
            $"var coverage = DilationCoverage.Of({kernel}, {string.Join(", ", rates.Select(rate => $"{rate}"))});\n"
            + $"Console.WriteLine($\"{{coverage.Reached}} of "
            + $"{{coverage.Span}}\");");
    }

    private static int Divisor(int one, int other) => other == 0 ? one : Divisor(other, one % other);

    // Sorted, each rate goes on without a hole exactly if it is not wider than what the smaller ones cover.
    private static Words Hole(int kernel, IReadOnlyList<int> rates)
    {
        var covered = 1;
        foreach (var rate in rates.Order())
        {
            if (rate > covered) return $"Holes: the rate {rate} is wider than the {covered} positions that smaller rates cover without "
                + $"one, so position {covered}, counted from 0, is read by nobody.";
            covered += (kernel - 1) * rate;
        }
        return "No position is left out.";
    }

    private static Verdict JudgeSeventeen(LessonState state, LessonPage page)
    {
        var (isThree, isComplete, span) = (state.Of(Rates).Count == 3 && state.Of(Kernel) == 3, page.Conditions["complete"],
            page.Number("span"));
        return new Verdict(isThree && isComplete && span >= 17, $"{state.Of(Rates).Count} layers of {state.Of(Kernel)} taps span "
            + $"{NumberText.Of(span)} positions{(isComplete ? " and read all of them" : ", with holes")}.");
    }
}
