using FeatureMap.Analysis;
using FeatureMap.Networks;
using FeatureMap.Ops;

namespace FeatureMap.Lessons;

/// <summary>A convolution is a matrix product: of the pixels for 1x1, of patches for larger kernels.</summary>
internal sealed class BehindTheScenesLesson : Lesson
{
    private static readonly MatrixControl Input = new("input", "The image, channel after channel",
        new Volume(Shape.Image(2, 3, 3), [1, 2, 0, 0, 1, 3, 2, 2, 1, 0, 1, 1, 3, 0, 2, 1, 1, 0]), mostRows: 6, mostChannels: 4);
    private static readonly WholeControl Side = new("kernel", "Height and width of the kernel", 1, 1, 3);
    private static readonly WholeControl Outputs = new("outputs", "Output channels", 2, 1, 4);
    private static readonly MatrixControl Weights = new("weights", "W: a row for each output, a column for each number of a patch",
        new Volume(2, 1, -1, 2, 0), mostRows: 4, mostColumns: 36);
    private static readonly MatrixControl Gradient = new("gradient", "dY, the gradient of the output",
        Volume.Filled(Shape.Image(2, 3, 3), 1), mostRows: 6, mostChannels: 4);

    public override string Id => "behind-the-scenes";

    public override IReadOnlyList<string> Aliases => ["im2col", "behind", "matrix-product"];

    public override IReadOnlyList<string> Headings => ["Behind the scenes"];

    public override string Title => "Behind the scenes: W X";

    public override string Claim => "A convolution is a dense layer that all windows share: the kernels as rows of W, the patches as "
        + "columns of X, and one matrix product.";

    public override IReadOnlyList<Control> Controls { get; } = [Input, Side, Outputs, Weights, Gradient];

    public override IReadOnlyList<Experiment> Experiments { get; } =
    [
        new("one", "1x1 needs no copy", "outputs=1&weights=1_1", "X is the image itself, written as one row for each channel."),
        new("two", "2x2 copies pixels", "kernel=2&outputs=1", "Each pixel stands in up to four columns of X."),
        new("three", "3x3 over one window", "kernel=3", "A single column: the layer is a dense layer of the whole image."),
    ];

    public override Prediction Prediction { get; } = new("Before you look: how many numbers has X?", "patchNumbers");

    public override IReadOnlyList<Pitfall> Pitfalls { get; } =
    [
        new("Writing the patches out (im2col) needs up to k x k times the memory of the image; the engine here never writes them."),
        new("Reshaping an image to a matrix keeps channels as rows: pixels as rows would be another matrix, with the same numbers in "
            + "the wrong order."),
    ];

    public override IReadOnlyList<Question> Questions { get; } =
    [
        new("How many rows has X for a 3x3 kernel over 16 channels?", ["9", "16", "144"], 2, "M x k x k = 16 x 9."),
        new("What is dW?", ["W^T dY", "dY X^T", "dY W"], 1, "Each weight adds up, over all pixels, what it was multiplied with times dY."),
    ];

    public override string Room => "Ops/Conv2d";

    public override IReadOnlyList<Source> Sources { get; } = [new("Stanford CS231n, Convolutional networks, \"Implementation as matrix "
        + "multiplication\"", "cs231n.github.io/convolutional-networks")];

    protected override void Compute(LessonState state, LessonPage page)
    {
        var (image, side, outputs) = (state.Of(Input), state.Of(Side), state.Of(Outputs));
        var op = new Conv2d(outputs, side) { HasBias = false };
        var geometry = op.Geometry(image.Shape);
        var patches = ConvolutionMatrix.Patches(op, image.Shape, image.Values);
        var weights = page.Fit(Weights, Shape.Image(1, outputs, patches.Rows));
        var network = Network.Build(image.Shape, x => x.Then(op, "conv"));
        var dy = page.In(Section.Gradient).Fit(Gradient, network.Output);
        var trace = page.In(Section.Forward).Trace(network, image.Values, [("conv.weight", weights.ToArray())], dy.Values);
        var x = new double[patches.Rows * patches.Columns];
        for (var i = 0; i < x.Length; i++)
            x[i] = patches[i / patches.Columns, i % patches.Columns];

        page.Say($"{image.Shape.Channels} channels of {image.Shape.Height} x {image.Shape.Width}, {outputs} kernels of {side} x "
            + $"{side}: W is {outputs} x {patches.Rows}, X is {patches.Rows} x {patches.Columns}, Y = W X is {outputs} x "
            + $"{patches.Columns}.");
        page.Edit(Input, "image: change it").Edit(Weights, "W: change it", weights);
        page.Grid("patches", "X: each column is what one window sees", Shape.Image(1, patches.Rows, patches.Columns), x);
        page.Links("patches", "input", null, [.. CellLinks.Of(op, image.Shape).Where(link => link.Output < geometry.Output.Area)
            .Select(link => new CellLink((link.Weight * patches.Columns) + link.Output, link.Input, -1))]);
        page.Formula("patchNumbers", "numbers of X", Term.Symbol("n", x.Length),
            Term.Symbol("M", image.Shape.Channels) * Term.Power(Term.Symbol("k", side), 2) * Term.Symbol("windows", patches.Columns));
        page.Grid("output", "Y by the convolution kernels of the engine, a row for each output channel",
            Shape.Image(1, outputs, patches.Columns), trace.Result);
        page.When("copy-free", side == 1, "For a 1x1 kernel X is the image: a matrix product and nothing else.",
            $"For a larger kernel X repeats pixels: {x.Length} numbers instead of {image.Shape.Count}.");

        page.In(Section.Matrix).Say("The same product, row by column:");
        page.Formula("cell", "first number of Y", Term.Symbol("y", trace.Result[0], new CellReference("output", 0)),
            Term.Sum([.. Enumerable.Range(0, patches.Rows).Select(i => Term.Of(weights.Values[i], new CellReference("weights",
            i)) * Term.Of(x[i * patches.Columns], new CellReference("patches", i * patches.Columns)))]));
        page.In(Section.Gradient).Say("Gradients are products too: dW = dY X^T, and W^T dY are the gradients of the patches; pixels "
            + "that stand in several patches add theirs up.");
        page.Edit(Gradient, "dY: change it", dy).Grid("dw", "dW = dY X^T", weights.Shape, trace.WeightGradient("conv.weight"))
            .Grid("dx", "dX: W^T dY, put back into the image", image.Shape, trace.InputGradient);
        page.Cost("cost", "this layer", new("weights", weights.Shape.Count), new("multiply-adds", geometry.MultiplyAdds),
            new("bytes of the image", 4.0 * image.Shape.Count), new("bytes of X, if it were written", 4.0 * x.Length));
        page.Code("The patches, and the product", $"var X = ConvolutionMatrix.Patches(new Conv2d({outputs}, {side}) {{ HasBias = false "
            + $"}}, Shape.Image({image.Shape.Channels}, {image.Shape.Height}, {image.Shape.Width}), image);");
    }
}
