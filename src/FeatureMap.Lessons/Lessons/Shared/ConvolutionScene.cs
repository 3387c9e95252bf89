using FeatureMap.Analysis;
using FeatureMap.Networks;
using FeatureMap.Ops;

namespace FeatureMap.Lessons;

/// <summary>
/// One convolution on the numbers of a page: what lessons about convolutions share. It runs once, by the kernels that train; the methods
/// write parts of sections.
/// Keys of the grids: input, kernel, output, reads, gradient (dY), dx, dw.
/// </summary>
internal sealed class ConvolutionScene
{
    private readonly LessonPage page;
    private readonly Volume image, kernel;

    /// <summary>Computes.</summary>
    /// <param name="page">Whose page it is.</param>
    /// <param name="convolution">The layer; without bias.</param>
    /// <param name="image">What it reads.</param>
    /// <param name="kernel">Its weights: a channel for each output x input channel.</param>
    /// <param name="gradient">The control of the gradient of the output; 1 everywhere where null.</param>
    /// <param name="pad">A layer of padding before it, for padding that is not zeros.</param>
    public ConvolutionScene(LessonPage page, Conv2d convolution, Volume image, Volume kernel, MatrixControl? gradient = null,
        Pad2d? pad = null)
    {
        (this.page, Convolution, this.image, this.kernel) = (page, convolution, image, kernel);
        Network = Network.Build(image.Shape, x => (pad is null ? x : x.Then(pad, "pad")).Then(convolution, "conv"));
        var read = Network["conv"].InputShapes[0];
        Geometry = convolution.Geometry(read);
        OutputGradient = gradient is null ? Volume.Filled(Geometry.Output, 1) : page.In(Section.Gradient).Fit(gradient, Geometry.Output);
        page.In(Section.Forward);
        Trace = page.Trace(Network, image.Values, [("conv.weight", kernel.ToArray())], OutputGradient.Values);
        Output = Trace.Result;
        Read = pad is null ? image : new Volume(read, Trace.Output("pad"));
        var places = pad is null ? null : CellLinks.Of(pad, image.Shape).ToDictionary(link => link.Output, link => link.Input);
        Links = [.. CellLinks.Of(convolution, read).Select(link => link.Input < 0 || places is null ? link
            : link with { Input = places.GetValueOrDefault(link.Input, -1) })];
        Reads = new double[image.Shape.Area];
        foreach (var link in Links.Where(link => link.Input >= 0 && link.Output < Geometry.Output.Area))
            Reads[link.Input % image.Shape.Area]++;
        for (var pixel = 0; pixel < Reads.Length; pixel++)
            Reads[pixel] /= Geometry.InputChannelsPerGroup;
    }

    public Conv2d Convolution { get; }

    public ConvGeometry Geometry { get; }

    public Network Network { get; }

    public LayerTrace Trace { get; }

    public float[] Output { get; }

    public Volume OutputGradient { get; }

    /// <summary>What the convolution itself reads: the image, or the image with its padding.</summary>
    public Volume Read { get; }

    /// <summary>Which pixels of the image and which weights make each output.</summary>
    public IReadOnlyList<CellLink> Links { get; }

    /// <summary>How many windows read each pixel.</summary>
    public double[] Reads { get; }

    /// <summary>o = floor((i + p - extent) / s) + 1 along the rows.</summary>
    public ConvolutionScene SizeFormula()
    {
        var axis = Geometry.Vertical;
        page.Formula(
            "rows", "rows of the output",
            Term.Symbol("o", Geometry.Output.Height),
            Term.Floor((Term.Symbol("i", axis.Input) + Term.Symbol("p_top", axis.Before)
                + Term.Symbol("p_bottom", axis.After) - Extent()) / Term.Symbol("s", axis.Stride)) + 1);
        return this;
    }

    /// <summary>One cell as a sum of products, with the numbers in the colours of their cells.</summary>
    public ConvolutionScene CellFormula(int row, int column, int channel = 0)
    {
        var cell = (((channel * Geometry.Output.Height) + row) * Geometry.Output.Width) + column;
        var products = Links.Where(link => link.Output == cell).Select(link => link.Input < 0
            ? Term.Of(0) * Term.Of(kernel.Values[link.Weight], new CellReference("kernel", link.Weight))
            : Term.Of(image.Values[link.Input], new CellReference("input", link.Input)) * Term.Of(kernel.Values[link.Weight],
                new CellReference("kernel", link.Weight)));
        page.Formula("cell", $"the cell in row {row}, column {column}",
            Term.Symbol("y", Output[cell], new CellReference("output", cell)), Term.Sum([.. products]));
        return this;
    }

    /// <summary>The output, with what made each cell, and the cells one after the other.</summary>
    public ConvolutionScene OutputGrid(string caption = "output", Func<int, CellMarks>? marks = null)
    {
        page.Grid("output", caption, Geometry.Output, Output, marks: marks).Links("output", "input", "kernel", Links);
        page.Timeline("output", Enumerable.Range(0, Geometry.Output.Count).Select(cell => new TimelineStep(cell, Step(cell))));
        return this;
    }

    /// <summary>How often each pixel is read.</summary>
    public ConvolutionScene ReadsGrid()
    {
        page.Grid("reads", "how many windows read each pixel", Shape.Image(1, image.Shape.Height, image.Shape.Width), Reads,
            GridScale.Count, pixel =>
            Reads[pixel] == 0 ? CellMarks.Unread : CellMarks.None);
        page.Say($"Reads of a pixel: {Reads.Min()} at least, {Reads.Max()} at most.");
        return this;
    }

    /// <summary>Pixels that no window reads, and why.</summary>
    public ConvolutionScene Unread()
    {
        var axis = Geometry.Vertical;
        var leftOver = UnreadPixels.Of(Network).Single().LeftOverRows;
        page.When("left-over", leftOver > 0,
            $"(i + p - extent) mod s = {axis.Input + axis.Before + axis.After - axis.Extent} mod {axis.Stride} = {leftOver}: so many "
                + $"rows at the end of the padded input meet no window.");
        var share = (double)Reads.Count(count => count > 0) / Reads.Length;
        page.When("unread", share < 1, $"{100 * share} % of the pixels are read by some window; the others change nothing and get no "
            + $"gradient.", "Every pixel is read by some window.");
        return this;
    }

    /// <summary>The layer as one sparse matrix and as a product with patches.</summary>
    public ConvolutionScene Matrix()
    {
        page.In(Section.Matrix);
        page.Say($"As a map of the whole image the layer is one matrix C of {Geometry.Output.Count} x {image.Shape.Count}: y = C x. "
            + $"Each row has the kernel in it, each number again and again: {kernel.Shape.Count} weights make all of it.");
        page.Matrix(
            "matrix", "C: a row for each output, a column for each input", Geometry.Output.Count, image.Shape.Count,
            Links.Where(link => link.Input >= 0).OrderBy(link => link.Output).ThenBy(link => link.Input)
                .Select(link => new MatrixEntry(link.Output, link.Input, kernel.Values[link.Weight], link.Weight)),
            "output", "input");
        var patches = ConvolutionMatrix.Patches(Convolution, Read.Shape, Read.Values);
        page.Say($"As a product W X it is a dense layer that all pixels share: X has a patch of {patches.Rows} numbers in each of its "
            + $"{patches.Columns} columns (im2col).");
        page.Matrix(
            "patches", "X: a column for each output, the patch that it reads from top to bottom", patches.Rows, patches.Columns,
            from row in Enumerable.Range(0, patches.Rows)
            from column in Enumerable.Range(0,
                patches.Columns)
            select new MatrixEntry(row, column, patches[row, column], row), null, "output");
        return this;
    }

    /// <summary>dY, dX, dW, and a difference quotient beside one of them.</summary>
    /// <param name="gradient">The control of dY; null where it is 1 everywhere.</param>
    public ConvolutionScene Gradient(MatrixControl? gradient)
    {
        page.In(Section.Gradient);
        page.Say($"The gradient goes back by the transpose of C: dX = C^T dY. Each cell of dY paints the kernel, times itself, onto "
            + $"the pixels that it read; which is the flipped kernel walking over dY.");
        if (gradient is null) page.Grid("gradient", "dY, gradient of the output", Geometry.Output, OutputGradient.ToArray());
        else page.Edit(gradient, "dY, gradient of the output: change it", OutputGradient);
        page.Grid("dx", "dX, gradient of the input", image.Shape, Trace.InputGradient, marks: cell =>
            Reads[cell % image.Shape.Area] == 0 ? CellMarks.Unread : CellMarks.None);
        page.Links("dx", "gradient", "kernel", [.. Links.Where(link => link.Input >= 0).OrderBy(link => link.Input)
            .Select(link => new CellLink(link.Input, link.Output, link.Weight))]);
        page.Grid("dw", "dW, gradient of the kernel: each weight adds up what it was multiplied with, times dY", kernel.Shape,
            Trace.WeightGradient("conv.weight"));
        page.Links("dw", "input", null, [.. Links.OrderBy(link => link.Weight).Select(link => new CellLink(link.Weight, link.Input, -1))]);
        page.Formula("db", "dB, gradient of a bias", Term.Symbol("db", OutputGradient.ToArray().Sum(value => (double)value)),
            Term.Sum([.. OutputGradient.ToArray().Select((value, cell) => Term.Of(value, new CellReference("gradient", cell)))]));
        var pixel = Array.IndexOf(Reads, Reads.Max());
        var (raised, lowered) = (Term.Symbol("L_raised", Loss(pixel, 1)), Term.Symbol("L_lowered", Loss(pixel, -1)));
        page.Formula("difference", $"judged by a difference: L is the sum of dY x Y, with the input in row {pixel / image.Shape.Width}, "
            + $"column {pixel % image.Shape.Width} raised and lowered by 1",
            Term.Symbol("dx", Trace.InputGradient[pixel], new CellReference("dx", pixel)), (raised - lowered) / 2);
        return this;
    }

    /// <summary>Sizes, weights, multiply-adds, bytes.</summary>
    public ConvolutionScene Cost(string key = "cost", string caption = "this layer")
    {
        page.Cost(
            key, caption,
            new("output numbers", Geometry.Output.Count), new("weights", kernel.Shape.Count),
                new("multiply-adds, those with padding included", Geometry.MultiplyAdds),
            new("bytes of the output", 4.0 * Geometry.Output.Count), new("receptive field along an axis", Geometry.Vertical.Extent,
                "pixels"));
        return this;
    }

    private Term Extent()
    {
        var axis = Geometry.Vertical;
        return axis.Dilation == 1 ? Term.Symbol("k", axis.Kernel) : Term.Symbol("k", axis.Kernel)
            + ((Term.Symbol("k", axis.Kernel) - 1) * (Term.Symbol("d", axis.Dilation) - 1));
    }

    private string Step(int cell)
    {
        var of = CellArithmetic.Of(Convolution, Read.Shape, Read.Values, kernel.Values, [], cell / Geometry.Output.Area,
            cell % Geometry.Output.Area / Geometry.Output.Width, cell % Geometry.Output.Width);
        return $"row {of.Row}, column {of.Column}{(Geometry.Output.Channels > 1 ? $", channel {of.Channel}" : "")}: "
            + $"{(of.Products.Count <= 12 ? of.ToString() : $"sum of {of.Products.Count} products = {NumberText.Of(of.Value)}")}";
    }

    private double Loss(int pixel, float change)
    {
        var moved = image.ToArray();
        moved[pixel] += change;
        var output = page.Trace(Network, moved, [("conv.weight", kernel.ToArray())]).Result;
        return output.Zip(OutputGradient.ToArray(), (y, dy) => (double)y * dy).Sum();
    }
}
