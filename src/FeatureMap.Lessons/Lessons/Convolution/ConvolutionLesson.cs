using FeatureMap.Networks;
using FeatureMap.Ops;

namespace FeatureMap.Lessons;

/// <summary>A kernel slides over an image: window, products, sum; as a matrix; back.</summary>
internal sealed class ConvolutionLesson : Lesson
{
    // The example of Dumoulin and Visin, arXiv 1603.07285.
    private static readonly Volume Image = new(5, 3, 3, 2, 1, 0, 0, 0, 1, 3, 1, 3, 1, 2, 2, 3, 2, 0, 0, 2, 2, 2, 0, 0, 0, 1);
    private static readonly Volume Weights = new(3, 0, 1, 2, 2, 2, 0, 0, 1, 2);

    private static readonly MatrixControl Input = new("input", "The image", Image);
    private static readonly MatrixControl Kernel = new("kernel", "The kernel", Weights, mostRows: 7);
    private static readonly WholeControl Stride = new("stride", "Pixels between neighbouring windows", 1, 1, 4);
    private static readonly ListControl Border = new("padding",
        "Pixels around the image: one number for all sides, or top, left, bottom, right", [0], 0, 6, fewest: 1, longest: 4);
    private static readonly ChoiceControl Mode = new("mode", "What stands in the padding", "zeros", "reflect", "edge", "wrap");
    private static readonly WholeControl Dilation = new("dilation", "Pixels between neighbouring taps", 1, 1, 4);
    private static readonly SwitchControl Flip = new("flip", "Turn the kernel by half a turn first, as mathematics does", false);
    private static readonly ListControl CellAt = new("cell", "Row and column of the output that is written out", [0, 0], 0, 63,
        fewest: 2, longest: 2);
    private static readonly MatrixControl Gradient = new("gradient", "dY, the gradient of the output",
        Volume.Filled(Shape.Image(1, 3, 3), 1), mostRows: 24);

    private static readonly PictureControl Photo = PhotoScene.Control("A picture that the same kernel runs over");

    public override string Id => "convolution";

    public override IReadOnlyList<string> Aliases => ["conv", "conv2d", "correlation", "cross-correlation"];

    public override IReadOnlyList<string> Headings => ["What is convolution?"];

    public override string Title => "What is convolution?";

    public override string Claim => "A small kernel stands on every window of the image, multiplies number by number and adds up: one "
        + "output for each window, the same weights everywhere.";

    public override IReadOnlyList<Control> Controls { get; } =
        [Input, Kernel, Stride, Border, Mode, Dilation, Flip, CellAt, Gradient, Photo];

    public override IReadOnlyList<Experiment> Experiments { get; } =
    [
        new(
            "vertical-edges", "Vertical edges",
            "input=0_0_0_9_9_9~0_0_0_9_9_9~0_0_0_9_9_9~0_0_0_9_9_9~0_0_0_9_9_9&kernel=-1_0_1~-2_0_2~-1_0_1",
            "Sobel's kernel answers only in the columns where dark turns bright; on even ground its weights add up to 0."),
        new("blur", "Blur", "input=0_0_0_0_0~0_0_0_0_0~0_0_9_0_0~0_0_0_0_0~0_0_0_0_0&kernel=1_1_1~1_1_1~1_1_1&padding=1",
            "One bright pixel becomes a square: the output of a single pixel is the kernel itself, turned by half a turn."),
        new("identity", "Identity", "kernel=0_0_0~0_1_0~0_0_0&padding=1", "A single 1 in the middle gives the image back; dX is dY."),
        new("sharpen", "Sharpen", "kernel=0_-1_0~-1_5_-1~0_-1_0&padding=1", "Five times the middle less its neighbours: differences grow."),
        new("skip", "Stride 2 skips", "input=6&kernel=1_0_0~0_0_0~0_0_0&stride=2",
            "The last row and column of the image are read by no window."),
    ];

    public override IReadOnlyList<ReadyValue> ReadyValues { get; } =
    [
        new(Kernel, "edges", "-1_-1_-1~-1_8_-1~-1_-1_-1", "Even ground gives 0; every edge answers, whatever its direction."),
        new(Kernel, "Sobel, vertical edges", "-1_0_1~-2_0_2~-1_0_1",
            "Dark to light from left to right is above 0, light to dark below."),
        new(Kernel, "Sobel, horizontal edges", "-1_-2_-1~0_0_0~1_2_1", "The same, turned by a quarter: dark above light is above 0."),
        new(Kernel, "blur", "0.0625_0.125_0.0625~0.125_0.25_0.125~0.0625_0.125_0.0625",
            "Weights that add up to 1: the brightness stays, details go."),
        new(Kernel, "sharpen", "0_-1_0~-1_5_-1~0_-1_0", "Five times the middle less its neighbours: differences grow."),
        new(Kernel, "emboss", "-2_-1_0~-1_1_1~0_1_2", "Light from the lower right: the picture looks like a relief."),
        new(Kernel, "identity", "0_0_0~0_1_0~0_0_0", "A single 1 in the middle gives the picture back."),
    ];

    public override Prediction Prediction { get; } = new("Before you look: which number does the chosen cell of the output have?", "cell");

    public override IReadOnlyList<Pitfall> Pitfalls { get; } =
    [
        new("What libraries call convolution does not turn the kernel round: it is cross-correlation. Learned kernels do not care, "
            + "kernels taken from a book do."),
        new("A kernel of even size with equal padding on both sides moves the image by half a pixel and changes its size by one.",
            "even-same"),
        new("Where the stride does not divide what is left, the last rows and columns meet no window.", "unread"),
        new("Border pixels are read less often than those in the middle, so what happens at the border counts less."),
    ];

    public override IReadOnlyList<Question> Questions { get; } =
    [
        new("A 3x3 kernel slides over 7x7 pixels, stride 1, no padding. How large is the output?", ["7x7", "5x5", "3x3"], 1,
            "7 - 3 + 1 = 5 along each axis."),
        new("How many weights has the layer when the image grows from 7x7 to 700x700?", ["9", "10,000 times as many", "490,000"], 0,
            "The kernel is the same in every window; only the number of windows grows."),
        new("All weights of a kernel add up to 0. What does it answer on an even area?",
            ["0", "the brightness of the area", "that depends on the kernel"], 0,
            "Every product has the same pixel value, so the sum is that value times 0."),
    ];

    public override IReadOnlyList<Challenge> Challenges { get; } =
    [
        new(
            "vertical-only", "Make a kernel that answers 0 to a horizontal edge and to even ground, and not to a vertical edge.",
                JudgeEdges,
            "kernel=-1_0_1~-1_0_1~-1_0_1", "kernel=0_1_0~1_-4_1~0_1_0"),
    ];

    public override string Room => "Ops/Conv2d";

    public override IReadOnlyList<Source> Sources { get; } =
    [
        new("Dumoulin and Visin, A guide to convolution arithmetic for deep learning", "arXiv 1603.07285"),
        new("Stanford CS231n, Convolutional networks, \"Implementation as matrix multiplication\"",
            "cs231n.github.io/convolutional-networks"),
    ];

    protected override void Compute(LessonState state, LessonPage page)
    {
        var (image, drawn) = (state.Of(Input), state.Of(Kernel));
        var kernel = state.Of(Flip) ? Turned(drawn) : drawn;
        var padding = PaddingOf(state.Of(Border));
        // Zeros are the layer's own; other paddings are a layer before it.
        var isZeros = state.Of(Mode) == "zeros";
        var pad = isZeros || padding == Padding.Valid ? null : new Pad2d(padding.Top, padding.Left, padding.Bottom,
            padding.Right)
        { Mode = ModeOf(state.Of(Mode)) };
        var scene = new ConvolutionScene(page, new Conv2d(1, (kernel.Shape.Height, kernel.Shape.Width))
        {
            Stride = state.Of(Stride),
            Dilation = state.Of(Dilation),
            Padding = isZeros ? padding : Padding.Valid,
            HasBias = false,
        }, image, kernel, Gradient, pad);
        var (row, column) = page.Cell(CellAt, scene.Geometry.Output);

        page.Say($"The kernel of {kernel.Shape.Height} x {kernel.Shape.Width} stands on {scene.Geometry.Output.Count} windows of the "
            + $"image. In each it multiplies number by number and adds up.");
        page.Edit(Input, "image: change it");
        if (pad is not null) Bordered(page, scene.Read, image.Shape, padding);
        if (state.Of(Flip)) page.Grid("kernel", "kernel, turned by half a turn", kernel.Shape, kernel.ToArray());
        else page.Edit(Kernel, "kernel: change it");
        scene.SizeFormula().CellFormula(row, column).OutputGrid().ReadsGrid().Unread();
        page.When("flip-matters", !Turned(drawn).Equals(drawn),
            "Turned by half a turn this kernel is another one: correlation (what libraries compute) and convolution (what mathematics "
                + "means) multiply by different kernels.",
            "Turned by half a turn this kernel is the same, so correlation and convolution are the same here.");
        PhotoScene.Show(page, Photo, new Conv2d(1, (kernel.Shape.Height, kernel.Shape.Width))
        {
            Stride = state.Of(Stride),
            Dilation = state.Of(Dilation),
            HasBias = false,
        }, kernel, channels: 1);
        scene.Matrix().Gradient(Gradient).Cost();
        var around = isZeros ? $"new Padding({padding.Top}, {padding.Left}, {padding.Bottom}, {padding.Right})" : "0";
        page.Code("The same layer in C#", $"""
            var network = Network.Build(Shape.Image(1, {image.Shape.Height}, {image.Shape.Width}), x => x
                .Conv(1, kernel: ({kernel.Shape.Height}, {kernel.Shape.Width}), stride: {state.Of(Stride)}, padding: {around},
                    dilation: {state.Of(Dilation)}, bias: false, name: "conv"));
            var trace = LayerTrace.Of(network, image, weights: [("conv.weight", kernel)]);
            Console.WriteLine(string.Join(' ', trace.Result));
            """);
    }

    private static Volume Turned(Volume kernel) => Volume.Of(kernel.Shape, (channel, row, column) =>
        kernel[channel, kernel.Shape.Height - 1 - row, kernel.Shape.Width - 1 - column]);

    private static Padding PaddingOf(IReadOnlyList<int> sides) => sides switch
    {
        [var all] => all,
        [var top, var left, var bottom, var right] => new Padding(top, left, bottom, right),
        _ => throw new UsageException($"padding is one number for all sides, or four: top, left, bottom, right. Received {sides.Count}."),
    };

    private static PadMode ModeOf(string mode) => mode switch
    {
        "reflect" => PadMode.Reflect,
        "edge" => PadMode.Replicate,
        _ => PadMode.Wrap,
    };

    private static void Bordered(LessonPage page, Volume padded, Shape image, Padding padding) =>
        page.Grid("padded", "image with its padding: what the kernel reads", padded.Shape, padded.ToArray(), marks: cell =>
            cell / padded.Shape.Width < padding.Top || cell / padded.Shape.Width >= padding.Top + image.Height
            || cell % padded.Shape.Width < padding.Left || cell % padded.Shape.Width >= padding.Left + image.Width ? CellMarks.Padding
                : CellMarks.None,
            margin: [padding.Top, padding.Left, padding.Bottom, padding.Right]);

    /// <summary>Runs the kernel of the state over three pictures.</summary>
    private static Verdict JudgeEdges(LessonState state, LessonPage page)
    {
        var kernel = state.Of(Flip) ? Turned(state.Of(Kernel)) : state.Of(Kernel);
        var shape = Shape.Image(1, kernel.Shape.Height + 2, kernel.Shape.Width + 2);
        var network = Network.Build(shape, x => x.Conv(1, (kernel.Shape.Height, kernel.Shape.Width), bias: false, name: "conv"));
        float Answer(Func<int, int, double> picture) => page.Trace(network, Volume.Of(shape, (_, row, column) => picture(row, column))
            .Values, [("conv.weight", kernel.ToArray())]).Result.Max(MathF.Abs);
        var (even, horizontal, vertical) = (Answer((_, _) => 1), Answer((row, _) => row >= shape.Height / 2 ? 1 : 0),
            Answer((_, column) => column >= shape.Width / 2 ? 1 : 0));
        return new Verdict(even < 1e-4 && horizontal < 1e-4 && vertical > 0.1,
            $"the strongest answer is {NumberText.Of(even)} to even ground, {NumberText.Of(horizontal)} to a horizontal edge, "
                + $"{NumberText.Of(vertical)} to a vertical one.");
    }
}
