using FeatureMap.Analysis;
using FeatureMap.Networks;

namespace FeatureMap.Lessons;

/// <summary>A classifier becomes a detector: what goes over, the grid of cells, overlap of boxes, the gradient of each cell.</summary>
internal sealed class DetectionLesson : Lesson
{
    private const int Drawn = 32;

    private static readonly WholeControl Side = new("size", "Side of the image", 128, 32, 448);
    private static readonly WholeControl Stages = new("stages", "Halvings of the backbone: the last map is the grid of cells", 4, 2, 5);
    private static readonly WholeControl Width = new("width", "Channels of the first stage; doubled with each", 8, 1, 32);
    private static readonly WholeControl Classes = new("classes", "Kinds of things", 10, 1, 20);
    private static readonly ListControl Thing = new("thing", "A thing in the image: left, top, width, height", [40, 30, 40, 50], 0, 448,
        fewest: 4, longest: 4);
    private static readonly ListControl Found = new("found", "A box that was found", [48, 36, 40, 50], 0, 448, fewest: 4, longest: 4);
    private static readonly ListControl Again = new("again", "A second box that was found, less sure", [52, 40, 40, 50], 0, 448, fewest: 4,
        longest: 4);
    private static readonly RealControl Limit = new("overlap", "Boxes that overlap more are one thing", 0.45, 0.05, 0.95, 0.05);
    private static readonly MatrixControl Scores = new("scores", "The detector's scores for 'there is a thing', a number for each cell",
        Volume.Of(Shape.Image(1, 8, 8), (_, row, column) => row == 3 && column == 3 ? 2 : -2), mostRows: 16);

    public override string Id => "detection";

    public override IReadOnlyList<string> Aliases => ["detector", "yolo", "iou", "detection-from-classification"];

    public override IReadOnlyList<string> Headings => ["Detection from classification"];

    public override string Title => "Detection from classification";

    public override string Claim => "A backbone that was trained to tell classes apart already knows what things look like: take its "
        + "weights, put a 1x1 convolution on its last map, and let every cell answer for what lies in it.";

    public override IReadOnlyList<Control> Controls { get; } = [Side, Stages, Width, Classes, Thing, Found, Again, Limit, Scores];

    public override IReadOnlyList<Experiment> Experiments { get; } =
    [
        new("finer", "A finer grid", "stages=3", "One halving less: four times as many cells, for smaller things, and a smaller field "
            + "for each."),
        new("exact", "An exact box", "found=40_30_40_50", "The overlap is 1."),
        new("apart", "Two things", "again=90_70_30_30", "The second box does not overlap the first: it stays, as another thing."),
        new("twenty", "Twenty classes at 448", "size=448&stages=5&width=32&classes=20", "A grid of 14 x 14 cells with 25 numbers each."),
    ];

    public override Prediction Prediction { get; } = new("Before you look: how large is the overlap (intersection over union) of the "
        + "found box with the thing?", "overlap-of");

    public override IReadOnlyList<Pitfall> Pitfalls { get; } =
    [
        new("The head of a classifier has thrown the places away; it cannot be taken over. Only the backbone is."),
        new("A cell answers for one thing: of two with their middles in one cell only the first is told."),
        new("A field smaller than the things: the cell cannot see what it answers for.", "rf-small"),
        new("Nearly all cells are empty. Counted like the others they drown the few with a thing; here they count half."),
    ];

    public override IReadOnlyList<Question> Questions { get; } =
    [
        new("Two boxes of 10x10, one shifted by 5 to the right. Their overlap?", ["1/2", "1/3", "1/4"], 1, "50 in common, 150 together."),
        new("Which cell answers for a thing?", ["that of its middle", "all that it touches", "that of its upper left corner"], 0,
            "One cell, so that each thing is told once."),
        new("How many numbers has each cell with 20 classes?", ["20", "25", "100"], 1, "There, x, y, width, height, and 20 scores."),
    ];

    public override IReadOnlyList<Challenge> Challenges { get; } =
    [
        new(
            "counts", "Find a box that overlaps the thing by 0.7 or more, without covering it exactly, and whose double is suppressed.",
            (state, page) =>
            {
                var overlap = page.Number("overlap-of");
                return new Verdict(overlap is >= 0.7 and < 1 && page.Numbers("kept").Sum() == 1,
                    $"the overlap is {NumberText.Of(overlap)}, and {NumberText.Of(page.Numbers("kept").Sum())} boxes stay.");
            },
            "found=44_34_40_50", "found=70_60_40_50"),
    ];

    public override string Room => "Training/Losses";

    public override IReadOnlyList<Source> Sources { get; } =
    [
        new("Redmon et al., You only look once", "arXiv 1506.02640"),
        new("Redmon and Farhadi, YOLO9000 (a classifier trained at 224, fine-tuned at 448, then detection)", "arXiv 1612.08242"),
        new("Everingham et al., The PASCAL visual object classes challenge (average precision)", "IJCV 88 (2010)"),
    ];

    protected override void Compute(LessonState state, LessonPage page)
    {
        var (side, classes) = (state.Of(Side), state.Of(Classes));
        var classifier = Network.Build(Shape.Image(3, side, side), x => Backbone(x, state).GlobalAveragePool().Linear(classes,
            name: "scores"));
        var detector = Network.Build(Shape.Image(3, side, side), x => Backbone(x, state).Conv(5 + classes, kernel: 1, name: "cells"));
        var anew = (double)ArchitectureScene.Missing(detector, classifier).Sum(parameter => parameter.Count);
        var grid = new BoxGrid(detector.Input, detector.Output.Height, detector.Output.Width, classes);
        var (thing, found, again) = (BoxOf(state.Of(Thing)), BoxOf(state.Of(Found)), BoxOf(state.Of(Again)));

        page.Say($"The backbone makes a map of {detector.Output.Height} x {detector.Output.Width} of an image of {side} x {side}. As a "
            + $"classifier it ends in a mean and {classes} scores; as a detector each pixel of the map, a cell, gives "
            + $"{5 + classes} numbers.");
        ArchitectureScene.Graph(page, detector);
        page.Formula("taken", "parameters that the classifier hands over", Term.Symbol("taken", detector.TrainableCount - anew),
            Term.Symbol("detector", detector.TrainableCount) - Term.Symbol("its head", anew));
        page.Formula("head", "parameters of the new head", Term.Symbol("head", anew),
            ((Term.Symbol("C", detector["cells"].InputShapes[0].Channels) + 1) * (5 + Term.Symbol("classes", classes))));
        var field = ReceptiveField.Of(detector, "cells").Vertical;
        page.When("sees", field.Size >= Math.Max(thing.Width, thing.Height),
            $"A cell sees {field.Size} pixels, the thing has {Math.Max(thing.Width, thing.Height)}: it sees all of it.",
            $"A cell sees {field.Size} pixels, the thing has {Math.Max(thing.Width, thing.Height)}: it sees only a part of it.");
        Cells(page, state, grid, thing);
        Overlaps(page, state, thing, found, again);
        ArchitectureScene.Cost(page, classifier, "cost", "the classifier on an image");
        ArchitectureScene.Cost(page, detector, "cost-detector", "the detector on an image");
        page.Code("The detector in C#", $"""
            static Feature Backbone(Feature x)
            {"{"}
                for (var stage = 0; stage < {state.Of(Stages)}; stage++)
                    x = x.Conv({state.Of(Width)} << stage, kernel: 3, padding: 1, name: $"conv{"{stage + 1}"}").Relu().MaxPool(2);
                return x;
            {"}"}
            var shape = Shape.Image(3, {side}, {side});
            var classifier = Network.Build(shape, x => Backbone(x).GlobalAveragePool().Linear({classes}, name: "scores"));
            var detector = Network.Build(shape, x => Backbone(x).Conv({5 + classes}, kernel: 1, name: "cells"));
            var weights = Weights.Initialize(detector, seed: 2);
            weights.TakeFrom(Weights.Initialize(classifier, seed: 1), partially: true); // in earnest those of a trained classifier
            var grid = new BoxGrid(detector.Input, {grid.Shape.Height}, {grid.Shape.Width}, {classes});
            var options = new TrainingOptions {"{"} Loss = Loss.Detection(grid), InitialWeights = weights {"}"};
            """);
    }

    private static Feature Backbone(Feature x, LessonState state)
    {
        for (var stage = 0; stage < state.Of(Stages); stage++)
            x = x.Conv(state.Of(Width) << stage, kernel: 3, padding: 1, name: $"conv{stage + 1}").Relu().MaxPool(2);
        return x;
    }

    private static Box BoxOf(IReadOnlyList<int> numbers) => new(numbers[0], numbers[1], Math.Max(1, numbers[2]), Math.Max(1, numbers[3]));

    /// <summary>Which cell answers for the thing, and the part of the loss that asks whether there is one.</summary>
    private static void Cells(LessonPage page, LessonState state, BoxGrid grid, Box thing)
    {
        var target = new float[grid.Shape.Count];
        try
        {
            grid.Encode([new LabelledBox(thing, 0)], target);
        }
        catch (DataException error)
        {
            throw new UsageException(error.Message, error);
        }
        var plane = Shape.Image(1, grid.Shape.Height, grid.Shape.Width);
        var there = target.AsSpan(0, plane.Area).ToArray();
        var scores = page.In(Section.Forward).Fit(Scores, plane, -2);
        page.Grid("there", "the target: 1 in the cell of the thing's middle", plane, there, GridScale.Count, cell => there[cell] == 1
            ? CellMarks.Chosen : CellMarks.None);
        page.Edit(Scores, "scores for 'there is a thing': change them", scores);
        // Softplus on both sides: -there log p - half (1 - there) log(1 - p).
        var network = Network.Build(plane, x =>
        {
            var (asked, empty) = (x.Constant(plane, there), x.Constant(plane, Array.ConvertAll(there, thing => (1 - thing) / 2)));
            return ((asked * (-x).Softplus()) + (empty * x.Softplus())).Sum();
        });
        var trace = page.Trace(network, scores.Values);
        page.Say($"The loss asks each cell whether there is a thing, {trace.Result[0]} in all here; cells with one also pay for place, "
            + $"size and class. An empty cell counts half.");
        page.Grid("asked", "loss of all cells together", Shape.Vector(1), trace.Result);
        page.In(Section.Gradient);
        page.Grid("dscores", "gradient of each score: probability less 1 in the cell of the thing, half the probability elsewhere", plane,
            trace.InputGradient);
        page.In(Section.Forward);
    }

    private static void Overlaps(LessonPage page, LessonState state, Box thing, Box found, Box again)
    {
        var (width, height) = (Shared(thing.X, thing.Width, found.X, found.Width), Shared(thing.Y, thing.Height, found.Y, found.Height));
        var common = Term.Symbol("w", width) * Term.Symbol("h", height);
        page.Formula("overlap-of", "overlap of the found box with the thing: what is common over what both cover",
            Term.Symbol("IoU", thing.Overlap(found)),
            common / (Term.Symbol("thing", thing.Area) + Term.Symbol("found", found.Area) - common));
        var scale = (double)Drawn / state.Of(Side);
        page.Add(section => new Map(section, "boxes", $"the image, drawn with {Drawn} pixels on each side: the thing and the boxes that "
            + $"were found", 1, Drawn, Drawn, new double[Drawn * Drawn], GridScale.Sequential,
            [.. new (string Name, Box Box)[] { ("thing", thing), ("found", found), ("found again", again) }.Select(one =>
                new MapBox(one.Name, one.Box.Y * scale, one.Box.X * scale, one.Box.Height * scale, one.Box.Width * scale))]));
        DetectedBox[] all = [new(found, 0, 0.9), new(again, 0, 0.6)];
        var kept = DetectedBox.Suppress(all, state.Of(Limit));
        page.Table("kept", $"which stay: of boxes that overlap by more than {NumberText.Of(state.Of(Limit))} the surest",
            ["box", "score", "overlap with the first", "stays"], all.Select((box, i) =>
            (IReadOnlyList<TableCell>)[i == 0 ? "found" : "found again", $"{box.Score}", NumberText.Of(found.Overlap(box.Box)),
                kept.Contains(box) ? 1.0 : 0]));
        page.When("suppressed", kept.Count == 1, "The second box is taken for the same thing and left out.",
            "Both boxes stay: they are taken for two things.");
        var precision = AveragePrecision.Of([[new LabelledBox(thing, 0)]], [kept], 1);
        page.Grid("precision", "average precision at an overlap of 0.5: 1 where the surest box is right", Shape.Vector(1),
            [(float)precision.Mean]);
        page.When("right", thing.Overlap(found) >= 0.5, "The surest box counts as right.",
            "The surest box counts as wrong: it overlaps the thing by less than half.");
    }

    private static double Shared(double first, double length, double second, double other) =>
        Math.Max(0, Math.Min(first + length, second + other) - Math.Max(first, second));
}
