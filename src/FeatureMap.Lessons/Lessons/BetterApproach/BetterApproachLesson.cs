using FeatureMap.Analysis;
using FeatureMap.Data;
using FeatureMap.Networks;
using FeatureMap.Ops;
using FeatureMap.Training;

namespace FeatureMap.Lessons;

/// <summary>Three ways to enlarge side by side: transposed, resize and convolution, sub-pixel with ICNR; then trained a little.</summary>
internal sealed class BetterApproachLesson : Lesson
{
    private const int Side = 7, Pictures = 8, Batch = 4;

    private static readonly MatrixControl Input = new("input", "The image",
        new Volume(4, 0, 1, 2, 3, 1, 4, 4, 2, 0, 4, 4, 1, 3, 2, 1, 0), mostRows: 8);
    private static readonly MatrixControl Kernel = new("kernel", "The kernel, odd in height and width, that all three ways start from",
        new Volume(3, 0, 1, 0, 1, 4, 1, 0, 1, 0), mostRows: 5);
    private static readonly WholeControl Factor = new("factor", "How many times height and width grow", 2, 2, 4);
    private static readonly SwitchControl Icnr = new("icnr", "Start the sub-pixel kernels as copies", true);
    private static readonly MatrixControl Gradient = new("gradient", "dY, the gradient of each output",
        Volume.Filled(Shape.Image(1, 8, 8), 1), mostRows: 32);
    private static readonly WholeControl Steps = new("steps", "Steps of the training below; 0 for none", 60, 0, 200);
    private static readonly RealControl Rate = new("rate", "Learning rate of the training", 0.01, 0.001, 0.1, 0.005);
    private static readonly WholeControl Seed = new("seed", "Seed of the training's weights", 1, 0, 999);

    public override string Id => "better-approach";

    public override IReadOnlyList<string> Aliases => ["better", "resize-conv", "upsampling", "upsample", "icnr"];

    public override IReadOnlyList<string> Headings => ["Better Approach"];

    public override string Title => "The better approach";

    public override string Claim => "Resize first and convolve then, or convolve to r x r channels and shuffle them: no pattern before "
        + "training, for r x r times the multiply-adds of a transposed convolution with the same kernel.";

    public override IReadOnlyList<Control> Controls { get; } = [Input, Kernel, Factor, Icnr, Gradient, Steps, Rate, Seed];

    public override IReadOnlyList<Experiment> Experiments { get; } =
    [
        new("flat", "An even image", "input=2_2_2_2~2_2_2_2~2_2_2_2~2_2_2_2",
            "Away from the border the better ways give one number everywhere; the transposed convolution draws a checkerboard."),
        new("without-icnr", "Without ICNR", "icnr=false", "Sub-pixels that start from different kernels differ: a pattern at the start."),
        new("three", "Three times", "factor=3", "A kernel of 3 with a stride of 3: here the transposed convolution is even too."),
        new("untrained", "Before training", "steps=0", "The losses of the three ways as they start."),
    ];

    public override Prediction Prediction { get; } = new("Before you look: how many times the multiply-adds of the transposed way does "
        + "resizing first take?", "ratio");

    public override IReadOnlyList<Pitfall> Pitfalls { get; } =
    [
        new("Resizing first puts the convolution on the large map: r x r times the multiply-adds of a transposed convolution."),
        new("A sub-pixel layer has r x r times the weights, and without ICNR a pattern at its start.", "icnr"),
        new("A transposed convolution whose stride does not divide its kernel has a pattern whatever the weights are.", "cb-up"),
    ];

    public override IReadOnlyList<Question> Questions { get; } =
    [
        new("Which way has r x r times the weights of the others?", ["transposed", "resize and convolution", "sub-pixel"], 2,
            "It has a kernel for each sub-pixel."),
        new("Why can resize and convolution draw no checkerboard at its start?",
            ["each output is made by the same kernel from as many pixels", "its kernel is larger", "it has no weights"], 0,
            "All outputs share the kernel and each reads a whole window, so on an even image all are equal."),
        new("And can a trained sub-pixel layer draw one?", ["never", "yes, if training makes its kernels differ so"], 1,
            "ICNR is a start, not a bond: training may drive the sub-pixels apart."),
    ];

    public override IReadOnlyList<Challenge> Challenges { get; } =
    [
        new("no-pattern", "Find a kernel and a factor with which no way has an uneven overlap, the transposed one included.", JudgeEven,
            "factor=3", "factor=2"),
    ];

    public override string Room => "Blocks";

    public override IReadOnlyList<Source> Sources { get; } =
    [
        new("Odena, Dumoulin and Olah, Deconvolution and checkerboard artifacts, \"Better Upsampling\"", "Distill 2016"),
        new("Shi et al., Real-time single image and video super-resolution using an efficient sub-pixel convolutional neural network",
            "arXiv 1609.05158"),
        new("Aitken et al., Checkerboard artifact free sub-pixel convolution", "arXiv 1707.02937"),
    ];

    protected override void Compute(LessonState state, LessonPage page)
    {
        var (image, kernel, r) = (state.Of(Input), state.Of(Kernel), state.Of(Factor));
        if (kernel.Shape.Height % 2 == 0 || kernel.Shape.Width % 2 == 0)
            throw new UsageException($"The kernel is odd in height and width, so that a convolution keeps the size: received "
                + $"{kernel.Shape.Height} x {kernel.Shape.Width}.");
        var size = new PerAxis(kernel.Shape.Height, kernel.Shape.Width);
        var ways = Ways(image.Shape, size, r);
        var output = Shape.Image(1, image.Shape.Height * r, image.Shape.Width * r);
        float[] start = kernel.ToArray(),
            kernels = [.. Enumerable.Range(0, r * r).SelectMany(copy => start.Select(weight => state.Of(Icnr) ? weight : weight + copy))];
        var dy = page.In(Section.Gradient).Fit(Gradient, output);
        page.In(Section.Forward);
        LayerTrace Run(Way way) => page.Trace(way.Network, image.Values,
            [("conv.weight", way.Network["conv"].Parameters[0].Count == start.Length ? start : kernels)], dy.Values);
        var (transposed, resized, shuffled) = (Run(ways[0]), Run(ways[1]), Run(ways[2]));

        page.Say($"Three ways from {image.Shape.Height} x {image.Shape.Width} to {output.Height} x {output.Width}, all with the same "
            + $"kernel: paint it {r} apart; repeat each pixel {r} x {r} times and convolve; or convolve to {r * r} channels and let them "
            + $"be sub-pixels.");
        page.Edit(Input, "image: change it").Edit(Kernel, "kernel: change it");
        page.Grid("transposed", "transposed convolution, cut to the size", output, transposed.Result);
        page.Grid("resized", "nearest, then convolution", output, resized.Result);
        page.Grid("shuffled", $"convolution to {r * r} channels, then pixel shuffle{(state.Of(Icnr) ? ", kernels as copies" : "")}",
            output, shuffled.Result);
        page.Table("ratios", "largest by smallest number of products of an output, away from the border", ["way", "ratio"],
            ways.Select(way => (IReadOnlyList<TableCell>)[way.Name, OverlapMap.Forward(way.Network).Ratio]));
        var overlap = page.Numbers("ratios")[0];
        page.When("even", overlap == 1, "The factor divides the kernel, so the transposed way is even here too.");
        page.When("holes", double.IsInfinity(overlap), "The transposed way leaves holes: outputs that no tap reaches.");
        page.When("uneven", overlap > 1 && double.IsFinite(overlap), $"The transposed way gives some outputs {overlap} times the "
            + $"products of others: a pattern before any training.");
        var nearest = page.Trace(Network.Build(image.Shape, x => x.Conv(1, size, padding: Padding.Same, bias: false, name: "conv")
            .Upsample(r, name: "resize")), image.Values, [("conv.weight", start)]).Result;
        var difference = shuffled.Result.Zip(nearest, (one, other) => Math.Abs((double)one - other)).Max();
        page.When("starts-even", difference == 0, "With copies as a start the sub-pixel way gives exactly one convolution at the low "
            + "resolution, each number of it repeated: no pattern inside a pixel.",
            $"The sub-pixels of a pixel start unlike, by up to {difference} from one kernel enlarged.");

        page.In(Section.Matrix).Say($"Resizing ties weights: seen from the small image, each of the {r * r} sub-pixels has a kernel of its "
            + $"own, made of sums of the same {kernel.Shape.Count} weights. A sub-pixel layer has them free.");
        Tied(page, image.Shape, size, r, start);
        page.In(Section.Gradient).Say("The same dY goes back through each way. The kernel of the first two is shared by all sub-pixels, "
            + "and its gradient adds up over all of them; each kernel of the third has its own.");
        page.Edit(Gradient, "dY, gradient of each output: change it", dy);
        page.Grid("dx-transposed", "dX through the transposed way", image.Shape, transposed.InputGradient)
            .Grid("dx-resized", "dX through the resized way", image.Shape, resized.InputGradient)
            .Grid("dx-shuffled", "dX through the sub-pixel way", image.Shape, shuffled.InputGradient);
        page.Grid("dw-resized", "dW of the resized way", kernel.Shape, resized.WeightGradient("conv.weight"));
        page.Grid("dw-shuffled", "dW of the sub-pixel way, kernel after kernel",
            Shape.Image(r * r, kernel.Shape.Height, kernel.Shape.Width), shuffled.WeightGradient("conv.weight"));
        foreach (var way in ways)
            page.Cost($"cost-{way.Id}", way.Name, new("weights", way.Network.TrainableCount),
                new("multiply-adds", way.Network.MultiplyAdds));
        page.In(Section.Cost).Formula("ratio", "multiply-adds of resizing first, in those of the transposed way",
            Term.Symbol("ratio", (double)ways[1].Network.MultiplyAdds / ways[0].Network.MultiplyAdds), Term.Power(Term.Symbol("r", r), 2));
        Train(state, page);
        page.Code("The three ways", $"""
            x.ConvTranspose(1, kernel: ({size.Vertical}, {size.Horizontal}), stride: {r}, padding: Padding.Same, bias: false)
            x.Upsample({r}).Conv(1, kernel: ({size.Vertical}, {size.Horizontal}), padding: Padding.Same, bias: false)
            x.Conv({r * r}, kernel: ({size.Vertical}, {size.Horizontal}), padding: Padding.Same, bias: false,
                initializer: Initializer.Icnr({r})).PixelShuffle({r})
            """);
        page.In(Section.Reference).Say("The course page has this heading without a text. It follows \"Simple but ineffective\" and goes "
            + "before the checkerboard, so this lesson reads it as what is done today: resize and convolution, and pixel shuffle.");
    }

    private static Way[] Ways(Shape image, PerAxis size, int r) =>
    [
        new("transposed", "transposed", Network.Build(image, x => x.ConvTranspose(1, size, r, padding: Padding.Same, bias: false,
            name: "conv"))),
        new("resized", "resize, then convolution", Network.Build(image, x => x.Upsample(r, name: "resize")
            .Conv(1, size, padding: Padding.Same, bias: false, name: "conv"))),
        new("shuffled", "convolution, then pixel shuffle", Network.Build(image, x => x.Conv(r * r, size, padding: Padding.Same,
            bias: false, initializer: Initializer.Icnr(r), name: "conv").PixelShuffle(r, name: "shuffle"))),
    ];

    /// <summary>
    /// What each sub-pixel of the resized way weighs the pixels of the small image with: the gradient of one sub-pixel in the middle, for
    /// each of the r x r.
    /// </summary>
    private static void Tied(LessonPage page, Shape image, PerAxis size, int r, float[] kernel)
    {
        // As many pixels as a kernel of the large map can reach, and one in the middle.
        var plane = Shape.Image(1, (2 * ((size.Vertical / 2 / r) + 1)) + 1, (2 * ((size.Horizontal / 2 / r) + 1)) + 1);
        var network = Ways(plane, size, r)[1].Network;
        var weights = Enumerable.Range(0, r * r).SelectMany(phase =>
        {
            var seed = new float[network.Output.Count];
            seed[((((plane.Height / 2) * r) + (phase / r)) * network.Output.Width) + ((plane.Width / 2) * r) + (phase % r)] = 1;
            return page.Trace(network, new float[plane.Count], [("conv.weight", kernel)], seed).InputGradient;
        });
        page.Grid("tied", "resized way: the kernel of each sub-pixel over the small image, row by row of sub-pixels",
            Shape.Image(r * r, plane.Height, plane.Width), weights);
    }

    /// <summary>Each way learns to make digits of 14 x 14 pixels from such of 7 x 7.</summary>
    private static void Train(LessonState state, LessonPage page)
    {
        page.In(Section.Forward);
        page.When("not-trained", state.Of(Factor) != 2,
            "A training is shown for a factor of 2 alone: digits of 7 x 7 pixels that become 14 x 14.");
        if (state.Of(Factor) != 2) return;
        var (small, large) = (Means(4), Means(2));
        var kernel = state.Of(Kernel).Shape;
        page.Say($"Now each way is trained, from fresh weights: {Pictures} digits of {Side} x {Side} pixels, and the same at "
            + $"{2 * Side} x {2 * Side} as what should come out. The loss is the mean squared error.");
        var rows = new List<IReadOnlyList<TableCell>>();
        foreach (var way in Ways(Shape.Image(1, Side, Side), new PerAxis(kernel.Height, kernel.Width), 2))
        {
            page.Spend(3L * way.Network.MultiplyAdds * Batch * state.Of(Steps));
            var weights = Weights.Initialize(way.Network, (ulong)state.Of(Seed));
            double Loss(Weights own) => Error(page.Trace(own, small, options: new TraceOptions
            {
                Images = Pictures,
                IsTraining = false,
            }).Result, large);
            var before = Loss(weights);
            var after = state.Of(Steps) == 0 ? before : Loss(Trained(state, way.Network, weights, small, large));
            rows.Add([way.Name, before, after]);
        }
        page.Table("losses", $"mean squared error before and after {state.Of(Steps)} steps", ["way", "before", "after"], rows);
        var ends = page.Numbers("losses").Where((_, i) => i % 2 == 1).ToArray();
        var best = Array.IndexOf(ends, ends.Min());
        page.When("learned", ends.Where((end, i) => end < page.Numbers("losses")[2 * i]).Count() == ends.Length,
            "All three are nearer to the large digits than before.", "Not all three are nearer to the large digits than before.");
        page.When("transposed-best", best == 0, "The transposed way ends with the smallest error here: its pattern can be unlearned.",
            $"Way {best + 1} of the table ends with the smallest error here.");
    }

    private static Weights Trained(LessonState state, Network network, Weights weights, float[] small, float[] large) =>
        Trainer.Fit(network, Digits(small, large, state.Of(Steps)), new TrainingOptions
        {
            Epochs = 1,
            BatchSize = Batch,
            Seed = (ulong)state.Of(Seed),
            Threads = 1,
            Loss = Loss.Mse(),
            Optimizer = new Adam(),
            Schedule = new ConstantRate(state.Of(Rate)),
            Normalization = Normalization.None(1),
            InitialWeights = weights,
            Lint = null,
        }).Model.Weights;

    private static double Error(float[] output, float[] target) =>
        output.Zip(target, (y, wanted) => ((double)y - wanted) * ((double)y - wanted)).Average();

    // Grey from 0 to 1, in the steps of a picture: each pixel the mean of a square of the digit.
    private static float[] Means(int square) => [.. Enumerable.Range(0, Pictures).SelectMany(picture =>
    {
        var (grey, side) = (DigitImages.Grey(picture), DigitImages.Shape.Width / square);
        return Enumerable.Range(0, side * side).Select(cell => MathF.Round(255 * Enumerable.Range(0, square * square).Average(i =>
            grey[(((cell / side * square) + (i / square)) * DigitImages.Shape.Width) + (cell % side * square) + (i % square)])) / 255);
    })];

    // Each step takes a batch of the pictures, so one epoch of all steps has each picture many times.
    private static SplitData Digits(float[] small, float[] large, int steps)
    {
        var pixels = Array.ConvertAll(small, value => (byte)MathF.Round(255 * value));
        var set = new ImageSet("small digits", Shape.Image(1, Side, Side), pixels, TargetSet.Numbers(Shape.Image(1, 2 * Side, 2 * Side),
            large));
        return new SplitData("small digits", set.Subset([.. Enumerable.Range(0, Batch * steps).Select(i => i % Pictures)]), set,
            "embedded");
    }

    private static Verdict JudgeEven(LessonState state, LessonPage page)
    {
        var ratios = page.Numbers("ratios");
        return new Verdict(ratios.All(ratio => ratio == 1),
            $"the ratios of the three ways are {string.Join(", ", ratios.Select(NumberText.Of))}.");
    }

    private sealed record Way(string Id, string Name, Network Network);
}
