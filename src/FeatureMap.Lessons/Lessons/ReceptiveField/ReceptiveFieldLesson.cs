using FeatureMap.Analysis;
using FeatureMap.Networks;

namespace FeatureMap.Lessons;

/// <summary>Which pixels can change one unit: derived from kernels and strides, and measured by going backward.</summary>
internal sealed class ReceptiveFieldLesson : Lesson
{
    private const int MostSide = 62, Draws = 8;

    private static readonly ListControl Kernels = new("kernels", "Height and width of each layer's kernel, the first layer first",
        [3, 3, 3], 1, 7, longest: 8);
    private static readonly ListControl Strides = new("strides", "Stride of each layer; the last one repeats", [1], 1, 4, longest: 8);
    private static readonly ListControl Dilations = new("dilations", "Dilation of each layer; the last one repeats", [1], 1, 8, longest: 8);
    private static readonly ListControl Pools = new("pools", "1 where a layer is a pooling, 0 for a convolution; those left out are "
        + "convolutions", [0], 0, 1, longest: 8);
    private static readonly ListControl Border = new("padding", "Zeros on each side of each layer; the last one repeats", [0], 0, 3,
        longest: 8);
    private static readonly WholeControl Branch = new("branch", "Kernel of a second way from the image to the last layer, with the "
        + "stride of the whole stack, where both are added; 0 for none", 0, 0, 15);
    private static readonly WholeControl BranchBorder = new("branch-padding", "Zeros on each side for the second way", 0, 0, 7);
    private static readonly ListControl Unit = new("unit", "Row and column of the unit of the last layer", [1, 1], 0, 63, fewest: 2,
        longest: 2);
    private static readonly WholeControl Seed = new("seed", "Draws the random weights of the measured field", 0, 0, 999);

    private static readonly PictureControl Photo = PhotoScene.Control("A picture under the field");

    // Kernel and stride of each layer up to the last map.
    private static readonly (string Name, (int Kernel, int Stride)[] Layers)[] Published =
    [
        ("VGG-16, to its last pooling",
        [
            (3, 1), (3, 1), (2, 2), (3, 1), (3, 1), (2, 2), (3, 1), (3, 1), (3, 1), (2, 2), (3, 1), (3, 1), (3, 1), (2, 2), (3, 1), (3, 1),
            (3, 1), (2, 2),
        ]),
        ("AlexNet", [(11, 4), (3, 2), (5, 1), (3, 2), (3, 1), (3, 1), (3, 1), (3, 2)]),
        ("MobileNet v1",
        [
            (3, 2), (3, 1), (3, 2), (3, 1), (3, 2), (3, 1), (3, 2), (3, 1), (3, 1), (3, 1), (3, 1), (3, 1), (3, 2), (3, 1),
        ]),
        ("ResNet-50, stride in the first unit of a stage", [(7, 2), (3, 2), .. Staged(isFirst: true)]),
        ("ResNet-50, stride in the last unit of a stage", [(7, 2), (3, 2), .. Staged(isFirst: false)]),
    ];

    private static readonly Lazy<IReadOnlyList<IReadOnlyList<TableCell>>> PublishedFields = new(() =>
        [.. Published.Select(one =>
        {
            var network = Network.Build(Shape.Image(1, 224, 224), x => one.Layers.Aggregate(x, (y, layer) =>
                y.Conv(1, layer.Kernel, layer.Stride, padding: layer.Kernel / 2, bias: false)));
            var field = ReceptiveField.Of(network)[^1].Vertical;
            return (IReadOnlyList<TableCell>)[one.Name, (double)one.Layers.Length, field.Size, field.Stride];
        })]);

    public override string Id => "receptive-field";

    public override IReadOnlyList<string> Aliases => ["field", "rf", "receptive", "field-of-view"];

    public override IReadOnlyList<string> Headings => ["Receptive Field"];

    public override string Title => "The receptive field";

    public override string Claim => "The receptive field is all that can change a unit. It grows by (k - 1) times the stride so far "
        + "with each layer; most of what the unit feels comes from its middle.";

    public override IReadOnlyList<Control> Controls { get; } = [Kernels, Strides, Dilations, Pools, Border, Branch, BranchBorder,
        Unit, Seed, Photo];

    public override IReadOnlyList<Experiment> Experiments { get; } =
    [
        new("one-layer", "One layer", "kernels=7", "Every pixel of the field has one path: no bell."),
        new("strided", "Strides", "kernels=3_3_3_3&strides=2", "Each stride doubles what the layers behind add: 3, 7, 15, 31."),
        new("deep", "Six layers of 3x3", "kernels=3_3_3_3_3_3", "13 pixels wide, and the middle 6 x 6 of them hold most of the paths."),
        new("dilated", "Dilated", "dilations=1_2_4", "15 pixels for 27 weights, all of them read."),
        new("pooled", "With poolings", "kernels=3_2_3_2_3&strides=1_2_1_2_1&pools=0_1_0_1_0",
            "A pooling adds (k - 1) x jump like a convolution, and its stride multiplies what comes behind: 18 pixels."),
        new("aligned", "A sum that fits", "padding=1&branch=1", "Padding of 1 keeps each 3x3 over its middle: both ways look at the "
            + "same pixel."),
        new("apart", "A sum that does not fit", "branch=1", "Without padding the stack looks 3 pixels further down and right than the "
            + "1x1 beside it."),
        new("holes", "Dilated with holes", "kernels=3_3&dilations=2_2", "9 pixels wide, and only every second one is read."),
    ];

    public override Prediction Prediction { get; } = new("Before you look: how many pixels wide is the field of a unit of the last "
        + "layer?", "size");

    public override IReadOnlyList<Pitfall> Pitfalls { get; } =
    [
        new("A field smaller than the objects cannot see them whole.", "rf-small"),
        new("Where branches meet, their units must look at the same place: equal strides, equal centres.", "align"),
        new("Padding moves a field and does not size it: at the border a unit sees zeros.", "rf-edge"),
        new("In training, batch normalisation lets every unit feel the whole batch: a field is a matter of evaluation."),
    ];

    public override IReadOnlyList<Question> Questions { get; } =
    [
        new("Three 3x3 layers, the first with stride 2. How wide is the field?", ["7", "11", "15"], 1, "1 + 2 x 1 + 2 x 2 + 2 x 2 = 11."),
        new("Where do most paths of a unit's field begin?", ["in the middle", "at the border", "everywhere alike"], 0,
            "A border pixel reaches the unit through the outermost tap of every layer, one path alone; a pixel in the middle through "
            + "many."),
    ];

    public override IReadOnlyList<Challenge> Challenges { get; } =
    [
        new("thirty-one", "See at least 31 pixels along an axis, all of them read, with at most 20 weights and no pooling.", JudgeWidth,
            "kernels=2_2_2_2_2&strides=2", "kernels=3_3_3_3&strides=2"),
    ];

    public override string Room => "Ops";

    public override IReadOnlyList<Source> Sources { get; } =
    [
        new("Araujo, Norris and Sim, Computing receptive fields of convolutional neural networks", "Distill 2019"),
        new("Luo, Li, Urtasun and Zemel, Understanding the effective receptive field", "arXiv 1701.04128"),
    ];

    protected override void Compute(LessonState state, LessonPage page)
    {
        var layers = LayersOf(state);
        var (size, jump) = (1L, 1L);
        foreach (var layer in layers)
            (size, jump) = (size + ((layer.Extent - 1L) * jump), jump * layer.Stride);
        // Room for a unit on each side of the first, where that fits.
        var side = size + (2 * jump) <= MostSide ? (int)(size + (2 * jump)) : (int)size;
        if (side > MostSide) throw new UsageException($"The field would be {size:N0} pixels wide; up to {MostSide} are shown here. Use "
            + $"fewer layers or smaller numbers.");
        var network = Network.Build(Shape.Image(1, side, side), x => Stacked(x, layers));
        var fields = ReceptiveField.Of(network);
        var field = fields[^1].Vertical;
        var (row, column) = page.Cell(Unit, network.Output);
        // A mean has 1 / area for each path through it: times the areas the gradient counts paths.
        var areas = layers.Where(layer => layer.IsPool).Aggregate(1f, (product, layer) => product * layer.Kernel * layer.Kernel);
        var paths = page.Trace(network, new float[side * side], outputGradient: One(network.Output, row, column, areas)).InputGradient;

        page.Say("r grows by (extent - 1) x j with each layer, then j grows by the layer's stride; r = 1 and j = 1 at the image.");
        page.Table("layers", "layer by layer", ["layer", "kernel", "extent", "stride", "field r", "jump j", "units along an axis"],
            network.Layers.Select((layer, i) => (IReadOnlyList<TableCell>)
        [
            layer.Name, i == 0 ? 1 : layers[i - 1].Kernel, i == 0 ? 1 : layers[i - 1].Extent, i == 0 ? 1 : layers[i - 1].Stride,
            fields[i].Vertical.Size, fields[i].Vertical.Stride, layer.Output.Height,
        ]));
        var steps = layers.Select((layer, i) => (Term.Of(layer.Kernel) - 1) * Term.Of(layer.Dilation)
            * Term.Of(layers.Take(i).Aggregate(1.0, (product, before) => product * before.Stride)));
        page.Formula("size", "field of the last layer: 1, and for each layer (k - 1) x dilation x jump before it",
            Term.Symbol("r", field.Size), Term.Sum([Term.Of(1), .. steps]));
        var (top, left) = ((int)field.First(row), (int)fields[^1].Horizontal.First(column));
        page.Add(section => new Map(section, "paths", "paths from each pixel to the unit, all weights 1: the gradient of the unit", 1,
            side, side, [.. paths.Select(value => (double)value)], GridScale.Count,
            [new MapBox("derived field", top, left, field.Size, field.Size)]));
        if (PhotoScene.Of(page, Photo, 3, side) is { } photo)
            PhotoScene.Draw(page, "picture", "all that the unit can see of a picture", photo.Shape, photo.ToArray(), GridScale.Sequential,
                new MapBox("derived field", top, left, field.Size, field.Size));
        page.Strip("rows", "paths from each row of the image", Enumerable.Range(0, side)
            .Select(at => Enumerable.Range(0, side).Sum(across => (double)paths[(at * side) + across])));
        Coverage(page, paths, side, (int)field.Size, top, left);
        var effective = new double[side * side];
        for (var draw = 0; draw < Draws; draw++)
        {
            var felt = page.Trace(Weights.Initialize(network, (ulong)(state.Of(Seed) + draw)), new float[side * side],
                One(network.Output, row, column, 1)).InputGradient;
            for (var pixel = 0; pixel < effective.Length; pixel++)
                effective[pixel] += Math.Abs((double)felt[pixel]) / Draws;
        }
        page.Add(section => new Map(section, "effective", $"strength of the gradient with random weights, mean of {Draws} draws", 1, side,
            side, effective, GridScale.Sequential, [new MapBox("derived field", top, left, field.Size, field.Size)]));
        Meeting(state, page, network, (int)jump, row, column);
        page.Table("published", "fields of well-known networks, derived in the same way",
            ["network", "layers wider than 1x1", "field", "jump"],
            PublishedFields.Value);

        page.In(Section.Gradient).Say($"This page is a gradient: 1 at the unit in row {row}, column {column} of the last layer, taken "
            + $"back to the image. Pixels with a gradient of 0 cannot change the unit. With all weights 1 the gradient counts paths.");
        page.When("pooled", areas > 1, "Poolings are means here, so that each pixel of a window is felt; a maximum has the same field, "
            + "and at any one time lets a single pixel of it through.");
        var outside = Math.Max(0, -top) + Math.Max(0, top + (int)field.Size - side);
        page.When("cut", outside > 0, $"{outside} rows of the field lie outside of the image: there the unit sees zeros of the padding.");
        if (outside == 0) page.Formula("measured", "measured rows, from the first to the last with a gradient",
            Term.Symbol("rows", MeasuredRows(paths, side)), Term.Symbol("r", field.Size));
        page.Cost("cost", "this stack", new("weights of one channel", network.TrainableCount),
            new("multiply-adds", network.MultiplyAdds), new("receptive field along an axis", field.Size, "pixels"),
            new("jump", field.Stride, "pixels"));
        page.Code("The field of every layer", "foreach (var field in ReceptiveField.Of(network))\n    "
            + "Console.WriteLine($\"{field.Layer}: {field}\");");
    }

    /// <summary>Which pixels of the field are read at all, and how much of the paths its middle has.</summary>
    private static void Coverage(LessonPage page, float[] paths, int side, int size, int top, int left)
    {
        var box = Box(top, left, size, side);
        var unread = box.Count(pixel => paths[pixel] == 0);
        page.When("holes", unread > 0, $"{unread} of the {box.Count} pixels of the field are read by no path: the field is wide, and full "
            + $"of holes.", "Every pixel of the field that lies in the image is read.");
        var total = paths.Sum(value => (double)value);
        var inner = Math.Max(1, size / 2);
        var within = Box(top + ((size - inner) / 2), left + ((size - inner) / 2), inner, side).Sum(pixel => (double)paths[pixel]);
        var (pathShare, areaShare) = (within / total, inner * inner / ((double)size * size));
        page.When("bell", pathShare > areaShare + 1e-9,
            $"The middle {inner} x {inner} pixels are {100 * areaShare} % of the field and hold {100 * pathShare} % of all paths: in "
                + $"effect the field is smaller than it is wide, with a bell over it.",
            $"The middle {inner} x {inner} pixels are {100 * areaShare} % of the field and hold {100 * pathShare} % of all paths: no "
                + $"more than their share.");
    }

    // The pixels of a square, as far as it lies in the image.
    private static List<int> Box(int top, int left, int size, int side) =>
    [
        .. from row in Enumerable.Range(top, size)
           where row >= 0 && row < side
           from column in Enumerable.Range(left, size)
           where column >= 0 && column < side
           select (row * side) + column,
    ];

    /// <summary>A second way from the image, added to the stack: whether both look at the same place.</summary>
    private static void Meeting(LessonState state, LessonPage page, Network stack, int jump, int row, int column)
    {
        var kernel = state.Of(Branch);
        page.When("no-branch", kernel == 0, "No second way is added: set branch to the size of a kernel to see when a sum is aligned.");
        if (kernel == 0) return;
        var network = Network.Build(stack.Input, x =>
        {
            var (deep, side) = (Stacked(x, LayersOf(state)), x.Conv(1, kernel, jump, padding: state.Of(BranchBorder), bias: false,
                name: "branch"));
            // What is longer is cut at its end, which moves no unit.
            var (height, width) = (Math.Min(deep.Shape.Height, side.Shape.Height), Math.Min(deep.Shape.Width, side.Shape.Width));
            return Cut(deep, height, width).Add(Cut(side, height, width), "sum");
        });
        var sum = ReceptiveField.Of(network)[^1];
        page.Table("branches", "the two ways that meet in the sum: size, jump, and the pixel over which their first unit stands",
            ["way", "field", "jump", "centre"], sum.Branches.Select((branch, i) => (IReadOnlyList<TableCell>)
                [i == 0 ? "the stack" : "the second way", branch.Vertical.Size, branch.Vertical.Stride, branch.Vertical.Offset]));
        page.When("aligned", sum.IsAligned, "Both ways look at the same places: equal jumps, equal centres.",
            $"The ways look at places {Math.Abs(sum.Branches[0].Vertical.Offset - sum.Branches[1].Vertical.Offset)} pixels apart: what is "
                + $"added does not belong together.");
        var (y, x) = (Math.Min(row, network.Output.Height - 1), Math.Min(column, network.Output.Width - 1));
        var felt = page.Trace(network, new float[network.Input.Count], outputGradient: One(network.Output, y, x, 1)).InputGradient;
        page.Add(section => new Map(section, "sum", $"what the unit of the sum in row {y}, column {x} feels, all weights 1", 1,
            network.Input.Height, network.Input.Width, [.. felt.Select(value => (double)value)], GridScale.Sequential,
            [.. sum.Branches.Select((branch, i) => new MapBox(i == 0 ? "the stack" : "the second way", branch.Vertical.First(y),
                branch.Horizontal.First(x), branch.Vertical.Size, branch.Horizontal.Size))]));
    }

    private static Feature Cut(Feature x, int height, int width) => x.Shape.Height == height && x.Shape.Width == width
        ? x
        : x.Slice(rows: ..height, columns: ..width);

    private static StackLayer[] LayersOf(LessonState state) => [.. state.Of(Kernels).Select((kernel, i) =>
    {
        var isPool = i < state.Of(Pools).Count && state.Of(Pools)[i] == 1;
        return new StackLayer(kernel, Last(state.Of(Strides), i), isPool ? 1 : Last(state.Of(Dilations), i), Last(state.Of(Border), i),
            isPool);
    })];

    private static Feature Stacked(Feature x, StackLayer[] layers) => layers.Index().Aggregate(x, (y, layer) => layer.Item.IsPool
        ? y.AveragePool(layer.Item.Kernel, layer.Item.Stride, layer.Item.Padding, name: $"pool{layer.Index + 1}")
        : y.Conv(1, layer.Item.Kernel, layer.Item.Stride, layer.Item.Padding, layer.Item.Dilation, bias: false,
            name: $"conv{layer.Index + 1}"));

    private static float[] One(Shape output, int row, int column, float factor)
    {
        var seed = new float[output.Count];
        seed[(row * output.Width) + column] = factor;
        return seed;
    }

    // 3, 4, 6 and 3 units with a 3x3 each; the first stage has stride 1 where the stride sits in front, the last where it sits behind.
    private static IEnumerable<(int, int)> Staged(bool isFirst) => ((int[])[3, 4, 6, 3]).SelectMany((units, stage) =>
        Enumerable.Range(0, units).Select(unit => (3, isFirst
            ? unit == 0 && stage > 0 ? 2 : 1
            : unit == units - 1 && stage < 3 ? 2 : 1)));

    private static int Last(IReadOnlyList<int> numbers, int at) => numbers[Math.Min(at, numbers.Count - 1)];

    private static int MeasuredRows(float[] paths, int side)
    {
        var rows = Enumerable.Range(0, side).Where(row => paths.AsSpan(row * side, side).ContainsAnyExcept(0f)).ToList();
        return rows[^1] - rows[0] + 1;
    }

    private static Verdict JudgeWidth(LessonState state, LessonPage page)
    {
        var (size, weights, isWhole) = (page.Number("size"), page.Number("cost"), !page.Conditions["holes"]);
        var isPooled = LayersOf(state).Any(layer => layer.IsPool);
        return new Verdict(size >= 31 && weights <= 20 && isWhole && !isPooled,
            $"{NumberText.Of(size)} pixels{(isWhole ? "" : " with holes")}{(isPooled ? " and poolings" : "")}, "
                + $"{NumberText.Of(weights)} weights.");
    }

    /// <summary>A layer of the stack.</summary>
    private sealed record StackLayer(int Kernel, int Stride, int Dilation, int Padding, bool IsPool)
    {
        public int Extent => ((Kernel - 1) * Dilation) + 1;
    }
}
