using FeatureMap.Analysis;
using FeatureMap.Networks;

namespace FeatureMap.Lessons;

/// <summary>The op's own mask, forward and back, and the mean over many.</summary>
internal sealed class DropoutLesson : Lesson
{
    private const int Masks = 512;

    private static readonly MatrixControl Input = new("input", "The numbers, channel after channel",
        new Volume(Shape.Image(2, 3, 4), [1, 2, 3, 4, 1, 1, 1, 1, -2, 0, 2, 4, 5, 5, 5, 5, 1, 2, 1, 2, 3, 3, 3, 3]), mostRows: 6,
        mostColumns: 8, mostChannels: 4);
    private static readonly WholeControl Percent = new("percent", "Percent of the numbers that are dropped, on average", 30, 0, 95);
    private static readonly ChoiceControl Kind = new("kind", "What is dropped at once: single numbers, or whole channels", "numbers",
        "channels");
    private static readonly WholeControl Seed = new("seed", "Decides what is drawn", 0, 0, 9999);
    private static readonly WholeControl Step = new("step", "Number of the training step: another step, another mask", 0, 0, 9999);
    private static readonly MatrixControl Gradient = new("gradient", "dY, the gradient of the output",
        Volume.Filled(Shape.Image(2, 3, 4), 1), mostRows: 6, mostColumns: 8, mostChannels: 4);

    public override string Id => "dropout";

    public override IReadOnlyList<string> Aliases => ["drop-out", "inverted-dropout", "spatial-dropout"];

    public override IReadOnlyList<string> Headings => ["DropOut"];

    public override string Title => "Dropout";

    public override string Claim => "Training sets numbers to 0 at random and scales the others up by 1 / (1 - p), so that the mean "
        + "stays; evaluation does nothing.";

    public override IReadOnlyList<Control> Controls { get; } = [Input, Percent, Kind, Seed, Step, Gradient];

    public override IReadOnlyList<Experiment> Experiments { get; } =
    [
        new("none", "p = 0", "percent=0", "Nothing is dropped and nothing scaled."),
        new("channels", "Whole channels", "percent=50&kind=channels",
            "Neighbours tell what a dropped pixel was; dropping the whole plane hides something."),
        new("next-step", "The next step", "step=1", "Another mask; the same seed and step give the same again, on any machine."),
    ];

    public override Prediction Prediction { get; } = new("Before you look: which numbers does the mask let through?", "mask", -1);

    public override IReadOnlyList<Pitfall> Pitfalls { get; } =
    [
        new("Batch normalisation behind dropout measures another variance in training than it meets in evaluation.", "dropout-bn"),
        new("Dropout on the scores erases classes at random.", "logit-dropout"),
        new("p is the part that is dropped, not the part that is kept."),
    ];

    public override IReadOnlyList<Question> Questions { get; } =
    [
        new("p = 0.5. What becomes of a kept 3 in training?", ["3", "1.5", "6"], 2, "3 / (1 - 0.5)."),
        new("Which mask does the backward pass use?", ["the same", "a new one", "none"], 0,
            "What was dropped had no influence, so it gets no gradient; the others are scaled alike."),
    ];

    public override string Room => "Ops/Dropout";

    public override IReadOnlyList<Source> Sources { get; } =
    [
        new("Hinton et al., Improving neural networks by preventing co-adaptation of feature detectors", "arXiv 1207.0580"),
        new("Tompson et al., Efficient object localization using convolutional networks", "arXiv 1411.4280"),
    ];

    protected override void Compute(LessonState state, LessonPage page)
    {
        var (image, p, isChannels) = (state.Of(Input), state.Of(Percent) / 100f, state.Of(Kind) == "channels");
        var network = Network.Build(image.Shape, x => isChannels ? x.ChannelDropout(p, "drop") : x.Dropout(p, "drop"));
        var options = new TraceOptions { Seed = (ulong)state.Of(Seed), Step = (uint)state.Of(Step) };
        var dy = page.In(Section.Gradient).Fit(Gradient, image.Shape);
        var trace = page.In(Section.Forward).Trace(network, image.Values, outputGradient: dy.Values, options: options);
        // What the op makes of ones is its mask.
        var ones = new float[image.Shape.Count];
        Array.Fill(ones, 1);
        var mask = page.Trace(network, ones, options: options).Result;
        var evaluated = page.Trace(network, image.Values, options: options with { IsTraining = false }).Result;
        var many = page.Trace(network, [.. Enumerable.Range(0, Masks).SelectMany(_ => image.ToArray())],
            options: options with { Images = Masks }).Result;
        double[] means = [.. Enumerable.Range(0, ones.Length).Select(i => Enumerable.Range(0, Masks)
            .Average(draw => (double)many[(draw * ones.Length) + i]))];

        page.Say($"Each {(isChannels ? "channel" : "number")} is dropped with probability {p}; what stays is multiplied by 1 / (1 - p).");
        page.Edit(Input, "numbers: change them");
        page.Formula("scale", "what stays is multiplied by", Term.Symbol("scale", p == 0 ? 1 : 1 / (1.0 - p)),
            1 / (1 - Term.Symbol("p", p)));
        page.Grid("mask", "the mask that the layer draws", image.Shape, mask, GridScale.Sequential, cell =>
            mask[cell] == 0 ? CellMarks.Dropped : CellMarks.None);
        page.Grid("output", "output in training: mask times numbers", image.Shape, trace.Result, marks: cell =>
            mask[cell] == 0 ? CellMarks.Dropped : CellMarks.None);
        page.Grid("evaluated", "output in evaluation: the numbers as they are", image.Shape, evaluated);
        page.Grid("means", $"mean of the outputs over {Masks} masks: it comes near the numbers", image.Shape, means);
        var dropped = mask.Count(value => value == 0);
        page.When("drops", dropped > 0, $"This mask drops {dropped} of {mask.Length} numbers.", "This mask drops nothing.");
        var strongest = Array.IndexOf([.. image.ToArray().Select(Math.Abs)], image.ToArray().Max(Math.Abs));
        var x = Term.Symbol("x", image.Values[strongest]);
        page.Formula("variance", "variance that is added to the strongest number",
            Term.Symbol("v", (double)image.Values[strongest] * image.Values[strongest] * p / (1.0 - p)),
            Term.Power(x, 2) * Term.Symbol("p", p) / (1 - Term.Symbol("p", p)));
        var mean = means[strongest];
        page.Say($"Over {Masks} masks the variance of that number was "
            + $"{Enumerable.Range(0, Masks).Average(draw => Math.Pow(many[(draw * ones.Length) + strongest] - mean, 2))}.");

        page.In(Section.Matrix).Say("As a matrix it is a diagonal of zeros and of the scale, another one in each step.");
        page.In(Section.Gradient).Say("The way back uses the same mask and scale: dX = mask x dY.");
        page.Edit(Gradient, "dY: change it", dy).Grid("dx", "dX", image.Shape, trace.InputGradient, marks: cell =>
            mask[cell] == 0 ? CellMarks.Dropped : CellMarks.None);
        page.Cost("cost", "this layer", new("weights", 0), new("multiply-adds", 0),
            new("bytes of the stored mask", 0, "it is drawn again on the way back"));
        page.Code("Dropout", isChannels ? $"x.ChannelDropout({p}f)" : $"x.Dropout({p}f)");
    }
}
