using FeatureMap.Analysis;
using FeatureMap.Networks;
using FeatureMap.Ops;

namespace FeatureMap.Lessons;

/// <summary>The largest number of each window, or its mean; where the gradient goes.</summary>
internal sealed class MaxPoolLesson : Lesson
{
    private static readonly MatrixControl Input = new("input", "The map",
        new Volume(4, 3, 1, 0, 5, 2, 7, 4, 4, 6, 0, 8, 1, 1, 2, 3, 9), mostRows: 12);
    private static readonly ChoiceControl Kind = new("pooling", "What is taken of a window", "maximum", "average", "global-maximum",
        "global-average", "adaptive-maximum", "adaptive-average");
    private static readonly WholeControl Kernel = new("kernel", "Height and width of a window", 2, 1, 6);
    private static readonly WholeControl Stride = new("stride", "Pixels between neighbouring windows", 2, 1, 6);
    private static readonly WholeControl Border = new("padding", "Pixels on each side, which never win; zeros for the average", 0, 0, 3);
    private static readonly WholeControl Dilation = new("dilation", "Pixels between the places of a window; for the maximum", 1, 1, 3);
    private static readonly SwitchControl Ceil = new("ceil", "A last window that is not whole counts", false);
    private static readonly WholeControl Bins = new("bins", "Bins along each axis, for the adaptive ones", 2, 1, 6);
    private static readonly MatrixControl Gradient = new("gradient", "dY, the gradient of the output", new Volume(2, 1, 2, 3, 4),
        mostRows: 12);

    private static readonly WholeControl Shift = new("shift", "Moves the map to the right by so many pixels", 1, 0, 3);

    public override string Id => "max-pool";

    public override IReadOnlyList<string> Aliases => ["maxpool", "pool", "pooling", "max-pooling", "average-pool", "mp"];

    public override IReadOnlyList<string> Headings => ["MaxPool"];

    public override string Title => "Max pooling";

    public override string Claim => "Each window gives its largest number and forgets where it stood; the gradient goes back to that "
        + "winner alone.";

    public override IReadOnlyList<Control> Controls { get; } = [Input, Kind, Kernel, Stride, Border, Dilation, Ceil, Bins, Gradient, Shift];

    public override IReadOnlyList<Experiment> Experiments { get; } =
    [
        new("average", "The mean instead", "pooling=average", "Every pixel of a window gets the same part of the gradient."),
        new("overlap", "Windows that overlap", "kernel=3&stride=1",
            "A large number wins in several windows and gets all of their gradients."),
        new("ties", "Equal numbers", "input=5_5_1_1~5_5_1_1~0_0_2_2~0_0_2_2",
            "Among equal ones the first wins, and only it gets the gradient."),
        new("gap", "A stride wider than the window", "input=6&stride=3", "Whole rows and columns have no say."),
        new("global", "One number for the whole map", "pooling=global-average",
            "Global average pooling: every pixel gets 1/16 of the gradient."),
        new("adaptive", "Bins", "input=5x7&pooling=adaptive-maximum&bins=3", "Bins fit a map of any size; neighbours may share a pixel."),
    ];

    public override Prediction Prediction { get; } = new("Before you look: which pixels get a gradient that is not 0?", "dx", -1);

    public override IReadOnlyList<Pitfall> Pitfalls { get; } =
    [
        new("2x2 windows side by side keep one number in four: three quarters of the map are gone, and of their place only the window "
            + "is known."),
        new("It forgives a shift only as long as a winner stays in its window; then the output jumps, and a stride makes it jump more."),
        new("A stride wider than the window skips pixels.", "pool-gap"),
        new("An odd last row or column is read by no window.", "unread"),
    ];

    public override IReadOnlyList<Question> Questions { get; } =
    [
        new("What does max pooling learn?", ["nothing", "one weight for each window", "the kernel"], 0, "It has no parameters."),
        new("A window has its largest number twice. Who gets the gradient?", ["both, half each", "the first", "nobody"], 1,
            "The index of the first largest is kept on the way forward."),
    ];

    public override IReadOnlyList<Challenge> Challenges { get; } =
    [
        new("one-winner", "Make one pixel of the map get all of the gradient of four windows or more.", JudgeWinner,
            "input=0_0_0_0~0_0_0_0~0_0_9_0~0_0_0_0&kernel=3&stride=1", "kernel=3&stride=1"),
    ];

    public override string Room => "Ops/MaxPool2d";

    public override IReadOnlyList<Source> Sources { get; } = [new("Dumoulin and Visin, A guide to convolution arithmetic, \"Pooling "
        + "arithmetic\"", "arXiv 1603.07285")];

    protected override void Compute(LessonState state, LessonPage page)
    {
        var (image, kind) = (state.Of(Input), state.Of(Kind));
        var network = Network.Build(image.Shape, x => kind switch
        {
            "maximum" => x.MaxPool(state.Of(Kernel), state.Of(Stride), state.Of(Border), state.Of(Dilation), state.Of(Ceil), "pool"),
            "average" => x.AveragePool(state.Of(Kernel), state.Of(Stride), state.Of(Border), ceilMode: state.Of(Ceil), name: "pool"),
            "global-maximum" => x.GlobalMaxPool("pool"),
            "global-average" => x.GlobalAveragePool("pool"),
            "adaptive-maximum" => x.AdaptiveMaxPool(state.Of(Bins), name: "pool"),
            _ => x.AdaptiveAveragePool(state.Of(Bins), name: "pool"),
        });
        var isMaximum = kind.EndsWith("maximum", StringComparison.Ordinal);
        var dy = page.In(Section.Gradient).Fit(Gradient, network.Output);
        var trace = page.In(Section.Forward).Trace(network, image.Values, outputGradient: dy.Values);
        // Where a gradient of 1 from each output comes back to are the winners.
        var wins = page.Trace(network, image.Values).InputGradient;
        IReadOnlyList<CellLink> links = kind.StartsWith("global", StringComparison.Ordinal)
            ? [.. Enumerable.Range(0, image.Shape.Count).Select(pixel => new CellLink(0, pixel, -1, isMaximum ? 1
                : 1.0 / image.Shape.Count))]
            : CellLinks.Of(network["pool"].Op!, image.Shape);
        var read = links.Where(link => link.Input >= 0).Select(link => link.Input).ToHashSet();

        page.Say($"{network.Output.Count} windows over {image.Shape.Count} numbers. Each gives its "
            + $"{(isMaximum ? "largest number" : "mean")}; nothing is learned.");
        page.Edit(Input, isMaximum ? "map: change it; winners are marked" : "map: change it", marks: cell =>
            (isMaximum && wins[cell] != 0 ? CellMarks.Winner : CellMarks.None) | (read.Contains(cell) ? CellMarks.None : CellMarks.Unread));
        if (kind is "maximum" or "average")
        {
            var windows = ((WindowPool)network["pool"].Op!).Geometry(image.Shape).Vertical;
            var span = (Term.Symbol("i", windows.Input) + Term.Symbol("p_top", windows.Before)
                + Term.Symbol("p_bottom", windows.After) - Term.Symbol("extent", windows.Extent)) / Term.Symbol("s", windows.Stride);
            if (!state.Of(Ceil)) page.Formula("rows", "rows of the output", Term.Symbol("o", network.Output.Height), Term.Floor(span) + 1);
            page.When("ceil", state.Of(Ceil), $"With ceil the output has {network.Output.Height} rows: one more than with floor where a "
                + $"window begins inside the map and ends outside.");
        }
        page.Grid("output", "output", network.Output, trace.Result).Links("output", "input", null, links);
        var ties = isMaximum ? links.Where(link => link.Input >= 0).GroupBy(link => link.Output)
            .Count(window => window.Count(link => image.Values[link.Input] == trace.Result[window.Key]) > 1) : 0;
        page.When("ties", ties > 0, $"In {ties} windows the largest number stands more than once: the first of them wins.");
        var keptShare = 100.0 * network.Output.Count / image.Shape.Count;
        page.Say($"{network.Output.Count} numbers remain of {image.Shape.Count}, {keptShare} %.");
        page.When("unread", read.Count < image.Shape.Count, $"{image.Shape.Count - read.Count} pixels are in no window: they have no "
            + $"say and get no gradient.", "Every pixel is in some window.");

        var moved = Volume.Of(image.Shape, (_, row, column) => column >= state.Of(Shift) ? image[0, row, column - state.Of(Shift)] : 0);
        var shifted = page.Trace(network, moved.Values).Result;
        page.Grid("shifted", $"output of the map moved {state.Of(Shift)} pixels to the right, zeros coming in", network.Output, shifted);
        var same = shifted.Where((value, cell) => value == trace.Result[cell]).Count();
        page.When("moved", same < shifted.Length,
            $"{same} of {shifted.Length} outputs are what they were before the move; the others changed.",
            "All outputs are what they were before the move.");

        page.In(Section.Gradient).When("maximum", isMaximum,
            "The gradient of an output goes to the winner of its window alone; where a pixel wins several windows, it gets the sum.",
            "The gradient of an output goes to all pixels of its window in equal parts.");
        page.Edit(Gradient, "dY: change it", dy).Grid("dx", "dX", image.Shape, trace.InputGradient, marks: cell =>
            isMaximum && wins[cell] != 0 ? CellMarks.Winner : CellMarks.None);
        page.Links("dx", "gradient", null, [.. links.Where(link => link.Input >= 0).OrderBy(link => link.Input)
            .Select(link => new CellLink(link.Input, link.Output, -1, link.Factor))]);
        var (sumX, sumY) = (trace.InputGradient.Sum(value => (double)value), dy.ToArray().Sum(value => (double)value));
        page.When("all-arrives", Math.Abs(sumX - sumY) <= 1e-4 * Math.Max(1, Math.Abs(sumY)),
            $"dX adds up to {sumX}, as dY does: nothing is lost.", $"dX adds up to {sumX}, dY to {sumY}: the rest went to the zeros of "
            + $"the padding.");
        page.Cost("cost", "this layer", new("weights", 0), new("multiply-adds", 0), new("output numbers", network.Output.Count),
            new("bytes of the output", 4.0 * network.Output.Count));
        page.Code("The same in C#", kind switch
        {
            "maximum" => $"x.MaxPool({state.Of(Kernel)}, stride: {state.Of(Stride)}, padding: {state.Of(Border)}, "
                + $"dilation: {state.Of(Dilation)}, ceilMode: {(state.Of(Ceil) ? "true" : "false")})",
            "average" => $"x.AveragePool({state.Of(Kernel)}, stride: {state.Of(Stride)}, padding: {state.Of(Border)}, "
                + $"ceilMode: {(state.Of(Ceil) ? "true" : "false")})",
            "global-maximum" => "x.GlobalMaxPool()",
            "global-average" => "x.GlobalAveragePool()",
            "adaptive-maximum" => $"x.AdaptiveMaxPool({state.Of(Bins)})",
            _ => $"x.AdaptiveAveragePool({state.Of(Bins)})",
        });
    }

    private static Verdict JudgeWinner(LessonState state, LessonPage page)
    {
        var (dx, outputs) = (page.Numbers("dx"), page.Numbers("output").Count);
        var receivers = dx.Count(value => value != 0);
        return new Verdict(receivers == 1 && outputs >= 4 && state.Of(Kind).EndsWith("maximum", StringComparison.Ordinal),
            $"{outputs} windows; {receivers} pixels get a gradient.");
    }
}
