using FeatureMap.Ops;

namespace FeatureMap.Analysis;

// One rule for each kind of op.
public sealed partial class CellDerivation
{
    internal static CellDerivation Of(Op op, IReadOnlyList<Shape> shapes, IReadOnlyList<float[]> inputs, ParameterNumbers parameters,
        Shape output, int cell)
    {
        if (op.IsView(ExecutionMode.Evaluation))
            return Copied(inputs[0], new CellTerm(0, cell, inputs[0][cell]), op is DropoutMask
                ? "Nothing is dropped outside of training." : "The same numbers in the same order, read as another shape.");
        return op switch
        {
            Conv2d or ConvTranspose2d => Products(op, shapes[0], inputs[0], parameters(0), BiasOf((WeightedOp)op, parameters, 1,
                cell / output.Area), cell),
            Linear linear => Rows(inputs[0], parameters(0), BiasOf(linear, parameters, 1, cell), cell),
            WeightNorm norm => Composed(norm, shapes, inputs[0], parameters, output, cell),
            AngularLinear angular => Angular(angular, inputs[0], parameters(0), cell),
            MatrixProduct => Product(shapes, inputs, output, cell),
            MaxPool2d or BinPool { TakesMaximum: true } => Largest(CellLinks.Of(op, shapes[0], cell), inputs[0]),
            AveragePool2d or BinPool => Weighted(CellLinks.Of(op, shapes[0], cell), inputs[0], "y = Σ x / n"),
            PlaneMap map => Plane(map, shapes[0], inputs[0], cell),
            Rearrangement => Copied(inputs[0], Term(inputs[0], CellLinks.Of(op, shapes[0], cell)[0]), "The number is moved, not changed."),
            Concat => Joined(shapes, inputs, cell),
            GlobalAveragePool => Weighted(PlaneOf(shapes[0], cell), inputs[0], "y = Σ x / n"),
            BatchNorm norm => Batch(norm, inputs[0], parameters, cell, cell / output.Area),
            ImageNorm norm => Image(norm, shapes[0], inputs[0], parameters, cell),
            LocalResponseNorm norm => Local(norm, shapes[0], inputs[0], cell),
            L2Normalize => Length(shapes[0], inputs[0], cell),
            ChannelSoftmax softmax => Softmax(softmax is LogSoftmax, shapes[0], inputs[0], cell),
            PRelu relu => Sloped(inputs[0][cell], cell, parameters(0)[relu.IsShared ? 0 : cell / output.Area]),
            UnaryOp function => Function(function, inputs[0][cell], cell),
            Reduction reduction => Reduced(reduction, shapes[0], inputs[0], output, cell),
            BroadcastOp combined => Combined(combined, shapes, inputs, output, cell),
            Constant or LearnedParameter => Source(op, parameters, cell),
            _ => new CellDerivation(CellRule.Whole, $"y = {op.Name}(x)")
            {
                Remark = $"{op.Name} makes all of its output together; no window of the input makes one cell. Its input and its output "
                    + "are shown whole.",
            },
        };
    }

    private static double? BiasOf(WeightedOp op, ParameterNumbers parameters, int index, int channel) =>
        op.HasBias ? parameters(index)[channel] : null;

    private static CellTerm Term(float[] input, CellLink link, double? factor = null) =>
        new(0, link.Input, link.Input < 0 ? 0 : input[link.Input], factor ?? link.Factor, link.Weight);

    private static CellDerivation Copied(float[] input, CellTerm term, string remark) =>
        new(CellRule.Copied, "y = x") { Terms = [term], Computed = input[term.Cell], Remark = remark };

    private static CellDerivation Products(IReadOnlyList<CellTerm> terms, double? bias) =>
        new(CellRule.Products, bias is null ? "y = Σ x · w" : "y = Σ x · w + b")
        {
            Terms = terms,
            Numbers = bias is { } value ? [new("bias", "b", value)] : [],
            Computed = terms.Sum(term => term.Product) + (bias ?? 0),
        };

    private static CellDerivation Products(Op op, Shape shape, float[] input, ReadOnlySpan<float> weight, double? bias, int cell)
    {
        var links = CellLinks.Of(op, shape, cell);
        var terms = new CellTerm[links.Count];
        for (var i = 0; i < terms.Length; i++)
            terms[i] = Term(input, links[i], weight[links[i].Weight]);
        return Products(terms, bias);
    }

    private static CellDerivation Rows(float[] input, ReadOnlySpan<float> weight, double? bias, int cell)
    {
        var terms = new CellTerm[input.Length];
        for (var i = 0; i < terms.Length; i++)
            terms[i] = new CellTerm(0, i, input[i], weight[(cell * input.Length) + i], (cell * input.Length) + i);
        return Products(terms, bias);
    }

    // The weights are a length times a direction; what multiplies is the product.
    private static CellDerivation Composed(WeightNorm norm, IReadOnlyList<Shape> shapes, float[] input, ParameterNumbers parameters,
        Shape output, int cell)
    {
        var directions = parameters(1);
        var weight = new float[directions.Length];
        norm.Compose(shapes, parameters(0), directions, weight);
        var bias = BiasOf(norm.Inner, parameters, 2, cell / output.Area);
        return norm.Inner is Linear ? Rows(input, weight, bias, cell) : Products(norm.Inner, shapes[0], input, weight, bias, cell);
    }

    private static CellDerivation Angular(AngularLinear op, float[] input, ReadOnlySpan<float> weight, int cell)
    {
        var products = Rows(input, weight, null, cell).Terms;
        var length = Math.Sqrt(products.Sum(term => term.Factor * term.Factor));
        return new CellDerivation(CellRule.Products, "y = s · Σ x · w / |w|")
        {
            Terms = products,
            Numbers = [new("scale", "s", op.Scale), new("length of the weights", "|w|", length)],
            Computed = op.Scale * products.Sum(term => term.Product) / length,
        };
    }

    private static CellDerivation Product(IReadOnlyList<Shape> shapes, IReadOnlyList<float[]> inputs, Shape output, int cell)
    {
        var (channel, row, column) = Place(output, cell);
        var terms = new CellTerm[shapes[0].Width];
        for (var k = 0; k < terms.Length; k++)
        {
            var (left, right) = (Index(shapes[0], channel, row, k), Index(shapes[1], channel, k, column));
            terms[k] = new CellTerm(0, left, inputs[0][left], inputs[1][right]);
        }
        return new CellDerivation(CellRule.Products, "y = Σ a · b")
        {
            Terms = terms,
            Computed = terms.Sum(term => term.Product),
            Remark = "A row of the first input times a column of the second.",
        };
    }

    private static CellDerivation Largest(IEnumerable<CellLink> links, float[] input)
    {
        CellTerm[] terms = [.. links.Select(link => Term(input, link, 1))];
        return new CellDerivation(CellRule.Largest, "y = max x")
        {
            Terms = terms,
            Computed = terms.Where(term => term.Cell >= 0).Max(term => term.Number),
        };
    }

    private static CellDerivation Weighted(IEnumerable<CellLink> links, float[] input, string formula)
    {
        CellTerm[] terms = [.. links.Select(link => Term(input, link))];
        return new CellDerivation(CellRule.WeightedSum, formula) { Terms = terms, Computed = terms.Sum(term => term.Product) };
    }

    private static IEnumerable<CellLink> PlaneOf(Shape input, int channel) =>
        Enumerable.Range(channel * input.Area, input.Area).Select(place => new CellLink(channel, place, -1, 1.0 / input.Area));

    private static CellDerivation Plane(PlaneMap map, Shape shape, float[] input, int cell)
    {
        var links = CellLinks.Of(map, shape, cell);
        if (links.Count == 0 || links.All(link => link.Input < 0))
        {
            double outside = map.Tables(shape).Outside;
            return new CellDerivation(CellRule.Given, "y = v")
            {
                Numbers = [new("value of the padding", "v", outside)],
                Computed = outside,
                Remark = "Padding: no number of the input stands here.",
            };
        }
        return links is [{ Factor: 1 } only] ? Copied(input, Term(input, only), "The number is moved, not changed.")
            : Weighted(links, input, "y = Σ x · share");
    }

    private static CellDerivation Joined(IReadOnlyList<Shape> shapes, IReadOnlyList<float[]> inputs, int cell)
    {
        var (source, place) = (0, cell);
        while (place >= shapes[source].Count)
            place -= shapes[source++].Count;
        return Copied(inputs[source], new CellTerm(source, place, inputs[source][place]),
            "The inputs stand one behind the other; no number is changed.");
    }

    private static CellDerivation Batch(BatchNorm norm, float[] input, ParameterNumbers parameters, int cell, int channel)
    {
        var (mean, variance) = (parameters(norm.RunningMean)[channel], parameters(norm.RunningMean + 1)[channel]);
        return Normalized(input, cell, mean, variance, norm.Epsilon, norm.IsAffine ? parameters(0)[channel] : null,
            norm.IsAffine ? parameters(1)[channel] : null, "Mean and variance are those of the training, kept for each channel.");
    }

    private static CellDerivation Image(ImageNorm norm, Shape shape, float[] input, ParameterNumbers parameters, int cell)
    {
        var (set, pixel) = (norm.SetOf(shape, cell / shape.Area, cell % shape.Area), cell % shape.Area);
        float[] members = [.. input.Where((_, place) => norm.SetOf(shape, place / shape.Area, place % shape.Area) == set)];
        var mean = members.Average(value => (double)value);
        var scale = norm.ScaleOf(shape, cell / shape.Area, pixel);
        return Normalized(input, cell, mean, members.Average(value => (value - mean) * (value - mean)), norm.Epsilon,
            norm.IsAffine ? parameters(0)[scale] : null, norm.IsAffine ? parameters(1)[scale] : null,
            $"Mean and variance are those of the {members.Length:N0} numbers of this image that are normalised together.");
    }

    private static CellDerivation Normalized(float[] input, int cell, double mean, double variance, double epsilon, double? scale,
        double? shift, string remark)
    {
        List<CellNumber> numbers = [new("mean", "μ", mean), new("variance", "σ²", variance), new("epsilon", "ε", epsilon)];
        if (scale is { } factor) numbers.Add(new("scale", "γ", factor));
        if (shift is { } added) numbers.Add(new("shift", "β", added));
        return new CellDerivation(CellRule.Normalized, scale is null ? "y = (x − μ) / √(σ² + ε)" : "y = γ · (x − μ) / √(σ² + ε) + β")
        {
            Terms = [new CellTerm(0, cell, input[cell])],
            Numbers = numbers,
            Computed = ((scale ?? 1) * (input[cell] - mean) / Math.Sqrt(variance + epsilon)) + (shift ?? 0),
            Remark = remark,
        };
    }

    private static CellDerivation Local(LocalResponseNorm norm, Shape shape, float[] input, int cell)
    {
        var (channel, pixel) = (cell / shape.Area, cell % shape.Area);
        var (first, end) = norm.Window(channel, shape.Channels);
        CellTerm[] terms = [.. Enumerable.Range(first, end - first).Select(of => (of * shape.Area) + pixel)
            .Select(place => new CellTerm(0, place, input[place], input[place]))];
        var divisor = norm.Bias + (norm.Alpha / (double)norm.Size * terms.Sum(term => term.Product));
        return new CellDerivation(CellRule.Compared, "y = x / (k + α / n · Σ x²)^β")
        {
            Terms = terms,
            Numbers = [new("the number itself", "x", input[cell]), new("bias", "k", norm.Bias), new("alpha", "α", norm.Alpha),
                new("channels of a window", "n", norm.Size), new("beta", "β", norm.Beta)],
            Computed = input[cell] / Math.Pow(divisor, norm.Beta),
            Remark = "The squares of the neighbouring channels at the same place divide it.",
        };
    }

    private static CellDerivation Length(Shape shape, float[] input, int cell)
    {
        CellTerm[] terms = [.. Pixel(shape, cell % shape.Area).Select(place => new CellTerm(0, place, input[place], input[place]))];
        var length = Math.Sqrt(terms.Sum(term => term.Product));
        return new CellDerivation(CellRule.Compared, "y = x / √(Σ x²)")
        {
            Terms = terms,
            Numbers = [new("the number itself", "x", input[cell]), new("length of the vector", "√(Σ x²)", length)],
            Computed = length < L2Normalize.LeastLength ? 0 : input[cell] / length,
        };
    }

    private static CellDerivation Softmax(bool isLog, Shape shape, float[] input, int cell)
    {
        CellTerm[] terms = [.. Pixel(shape, cell % shape.Area).Select(place => new CellTerm(0, place, input[place]))];
        var largest = terms.Max(term => term.Number);
        var sum = terms.Sum(term => Math.Exp(term.Number - largest));
        return new CellDerivation(CellRule.Compared, isLog ? "y = x − m − ln Σ e^(x − m)" : "y = e^(x − m) / Σ e^(x − m)")
        {
            Terms = terms,
            Numbers = [new("the number itself", "x", input[cell]), new("largest of all", "m", largest),
                new("sum over all channels", "Σ e^(x − m)", sum)],
            Computed = isLog ? input[cell] - largest - Math.Log(sum) : Math.Exp(input[cell] - largest) / sum,
            Remark = "m is taken away first so that no power overflows; it changes nothing.",
        };
    }

    private static CellDerivation Sloped(double x, int cell, double slope) => new(CellRule.Function, "y = x where x > 0, else a · x")
    {
        Terms = [new CellTerm(0, cell, x)],
        Numbers = [new("slope", "a", slope)],
        Computed = x > 0 ? x : slope * x,
    };

    private static CellDerivation Function(UnaryOp op, double x, int cell) => new(CellRule.Function, FormulaOf(op))
    {
        Terms = [new CellTerm(0, cell, x)],
        Computed = op.Value(x),
    };

    private static string FormulaOf(UnaryOp op) => op switch
    {
        Relu => "y = max(0, x)",
        Relu6 => "y = min(max(0, x), 6)",
        Sigmoid => "y = 1 / (1 + e^(−x))",
        HardSigmoid => "y = min(max(0, x / 6 + 1/2), 1)",
        HardSwish => "y = x · min(max(0, x / 6 + 1/2), 1)",
        Tanh => "y = tanh x",
        Exp => "y = e^x",
        Log => "y = ln x",
        Abs => "y = |x|",
        ScaleShift => $"y = {op.Settings}",
        _ => op.Settings.Length > 0 ? $"y = {op.Name}(x), {op.Settings}" : $"y = {op.Name}(x)",
    };

    private static CellDerivation Reduced(Reduction op, Shape shape, float[] input, Shape output, int cell)
    {
        var (channel, row, column) = Place(output, cell);
        bool Is(Axes axis) => (op.ReducedAxes & axis) != 0;
        CellTerm[] terms =
        [
            .. from of in Is(Axes.Channels) ? Enumerable.Range(0, shape.Channels) : [channel]
               from y in Is(Axes.Rows) ? Enumerable.Range(0, shape.Height) : [row]
               from x in Is(Axes.Columns) ? Enumerable.Range(0, shape.Width) : [column]
               let place = Index(shape, of, y, x)
               select new CellTerm(0, place, input[place]),
        ];
        return new CellDerivation(CellRule.Reduced, $"y = {op.Name} of {terms.Length:N0} numbers")
        {
            Terms = terms,
            Computed = op.Value([.. terms.Select(term => term.Number)]),
        };
    }

    private static CellDerivation Combined(BroadcastOp op, IReadOnlyList<Shape> shapes, IReadOnlyList<float[]> inputs, Shape output,
        int cell)
    {
        var (channel, row, column) = Place(output, cell);
        var terms = new CellTerm[shapes.Count];
        for (var i = 0; i < terms.Length; i++)
        {
            // A size of 1 stretches: its one position stands for all.
            var place = Index(shapes[i], channel % shapes[i].Channels, row % shapes[i].Height, column % shapes[i].Width);
            terms[i] = new CellTerm(i, place, inputs[i][place]);
        }
        var names = string.Join(op switch { Add => " + ", Subtract => " − ", Multiply => " · ", Divide => " / ", _ => ", " },
            terms.Select((_, i) => $"{(char)('a' + Math.Min(i, 25))}"));
        return new CellDerivation(CellRule.Combined,
            op is Add or Subtract or Multiply or Divide ? $"y = {names}" : $"y = {op.Name}({names})")
        {
            Terms = terms,
            Computed = op.Value([.. terms.Select(term => term.Number)]),
            Remark = shapes.All(shape => shape == output) ? "Number by number, at the same place of each input."
                : "At the same place of each input; an axis of size 1 stands for all positions.",
        };
    }

    private static CellDerivation Source(Op op, ParameterNumbers parameters, int cell) => new(CellRule.Given, "y = c")
    {
        Computed = op is Constant constant ? constant.Values[cell] : parameters(0)[cell],
        Remark = op is Constant ? "A fixed number of the network." : "A number that was learned; it does not depend on the image.",
    };

    private static IEnumerable<int> Pixel(Shape shape, int pixel) =>
        Enumerable.Range(0, shape.Channels).Select(channel => (channel * shape.Area) + pixel);

    private static (int Channel, int Row, int Column) Place(Shape shape, int cell) =>
        (cell / shape.Area, cell % shape.Area / shape.Width, cell % shape.Width);

    private static int Index(Shape shape, int channel, int row, int column) =>
        (((channel % shape.Channels * shape.Height) + row) * shape.Width) + column;
}
