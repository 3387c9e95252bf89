using FeatureMap.Networks;
using FeatureMap.Ops;

namespace FeatureMap.Lessons;

/// <summary>A dilated convolution cuts the image into lattices and convolves each alone.</summary>
internal sealed class WhatItDoesLesson : Lesson
{
    private static readonly MatrixControl Input = new("input", "The image", MatrixControl.SmallNumbers(Shape.Image(1, 8, 8)));
    private static readonly MatrixControl Kernel = new("kernel", "The kernel", new Volume(3, 1, 0, -1, 2, 0, -2, 1, 0, -1), mostRows: 4);
    private static readonly WholeControl Dilation = new("dilation", "Pixels between neighbouring taps", 2, 1, 4);
    private static readonly ListControl Lattice = new("lattice",
        "Row and column, modulo the dilation, of the lattice that is shown alone", [0, 0], 0, 3, fewest: 2, longest: 2);
    private static readonly ListControl CellAt = new("cell", "Row and column of the output that is written out", [0, 0], 0, 63,
        fewest: 2, longest: 2);
    private static readonly MatrixControl Gradient = new("gradient", "dY, the gradient of the output",
        Volume.Filled(Shape.Image(1, 4, 4), 1), mostRows: 12);

    public override string Id => "what-it-does";

    public override IReadOnlyList<string> Aliases => ["lattice", "lattices", "what-is-dilated-convolution-doing"];

    public override IReadOnlyList<string> Headings => ["What is dilated convolution doing?"];

    public override string Title => "What is a dilated convolution doing?";

    public override string Claim => "At rate d it cuts the image into d x d lattices, convolves each of them alone with the ordinary "
        + "kernel, and puts the outputs back between each other.";

    public override IReadOnlyList<Control> Controls { get; } = [Input, Kernel, Dilation, Lattice, CellAt, Gradient];

    public override IReadOnlyList<Experiment> Experiments { get; } =
    [
        new("ordinary", "Rate 1", "dilation=1", "One lattice: the ordinary convolution."),
        new("one-lattice", "Light on one lattice",
            "input=9_0_9_0_9_0_9_0~0_0_0_0_0_0_0_0~9_0_9_0_9_0_9_0~0_0_0_0_0_0_0_0~9_0_9_0_9_0_9_0~0_0_0_0_0_0_0_0~"
                + "9_0_9_0_9_0_9_0~0_0_0_0_0_0_0_0&kernel=1_1_1~1_1_1~1_1_1",
            "Three of four outputs stay dark: they read other lattices."),
        new("wide", "Rate 3", "dilation=3", "Nine lattices; each output reads one of them."),
    ];

    public override Prediction Prediction { get; } = new("Before you look: which number does the chosen cell of the output have?", "cell");

    public override IReadOnlyList<Pitfall> Pitfalls { get; } =
    [
        new("Within one dilated layer neighbouring outputs share no pixel; behind it noise of one lattice stays on its lattice.",
            "gridding"),
        new("To keep the size the padding is d (k - 1) / 2, not (k - 1) / 2.", "even-same"),
    ];

    public override IReadOnlyList<Question> Questions { get; } =
    [
        new("A 3x3 kernel at rate 2: which part of its 5x5 window does it read?", ["9 of 25", "all", "5 of 25"], 0,
            "Nine taps; dilation adds none."),
        new("How many lattices are there at rate 3 in two dimensions?", ["3", "6", "9"], 2, "Row modulo 3 and column modulo 3."),
    ];

    public override string Room => "Ops/Conv2d";

    public override IReadOnlyList<Source> Sources { get; } =
    [
        new("Dumoulin and Visin, A guide to convolution arithmetic, relation 15", "arXiv 1603.07285"),
        new("Wang and Ji, Smoothed dilated convolutions for improved dense prediction", "arXiv 1808.08931"),
    ];

    protected override void Compute(LessonState state, LessonPage page)
    {
        var (image, kernel, rate) = (state.Of(Input), state.Of(Kernel), state.Of(Dilation));
        var scene = new ConvolutionScene(page, new Conv2d(1, (kernel.Shape.Height, kernel.Shape.Width))
        {
            Dilation = rate,
            HasBias = false
        }, image, kernel, Gradient);
        var (row, column) = page.Cell(CellAt, scene.Geometry.Output);
        var (top, left) = (state.Of(Lattice)[0] % rate, state.Of(Lattice)[1] % rate);

        page.Say($"Each output reads pixels {rate} apart: all from the lattice that it is on itself. There are {rate} x {rate} lattices.");
        page.Edit(Input, "image: change it").Edit(Kernel, "kernel: change it");
        page.Grid("lattices", "the lattice of each pixel, numbered", Shape.Image(1, image.Shape.Height, image.Shape.Width),
            Enumerable.Range(0, image.Shape.Count).Select(pixel => (double)((pixel / image.Shape.Width % rate * rate)
            + (pixel % image.Shape.Width % rate))), GridScale.Count);
        scene.SizeFormula().CellFormula(row, column).OutputGrid();
        var (height, width) = (Part(image.Shape.Height, top, rate), Part(image.Shape.Width, left, rate));
        var isSmall = height < kernel.Shape.Height || width < kernel.Shape.Width;
        page.When("lattice-small", isSmall,
            "The lattice of this row and column has fewer pixels than the kernel has taps: no output is on it.");
        if (!isSmall)
        {
            var alone = Volume.Of(Shape.Image(1, height, width), (_, y, x) => image[0, top + (y * rate), left + (x * rate)]);
            var network = Network.Build(alone.Shape, x => x.Conv(1, (kernel.Shape.Height, kernel.Shape.Width), bias: false, name: "conv"));
            var output = page.Trace(network, alone.Values, [("conv.weight", kernel.ToArray())]).Result;
            page.Grid("alone", $"the lattice of row {top}, column {left} alone", alone.Shape, alone.ToArray())
                .Grid("aloneOutput", "its ordinary convolution: the numbers of the output on this lattice", network.Output, output);
        }
        var (k, e) = (Term.Symbol("taps", kernel.Shape.Count),
            Term.Symbol("window", scene.Geometry.Vertical.Extent * scene.Geometry.Horizontal.Extent));
        page.Formula("share", "part of its window that an output reads",
            Term.Symbol("share", (double)scene.Geometry.Taps / (scene.Geometry.Vertical.Extent * scene.Geometry.Horizontal.Extent)), k / e);
        page.When("neighbours-apart", rate > 1, "Outputs beside each other are on other lattices: within this layer they share no "
            + "pixel.", $"With one lattice outputs beside each other share the pixels of {kernel.Shape.Width - 1} of the kernel's "
            + $"{kernel.Shape.Width} columns.");
        scene.ReadsGrid();
        scene.Matrix().Gradient(Gradient).Cost();
        page.Code("A dilated layer that keeps the size", $"x.Conv(1, kernel: ({kernel.Shape.Height}, {kernel.Shape.Width}), dilation: "
            + $"{rate}, padding: Padding.Same)");
    }

    private static int Part(int size, int first, int step) => size <= first ? 0 : ((size - 1 - first) / step) + 1;
}
