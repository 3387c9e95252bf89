using FeatureMap.Analysis;
using FeatureMap.Networks;

namespace FeatureMap.Lessons;

/// <summary>Heads: flattened, averaged, the largest, a pyramid; parameters by image size, the class map, gradients of 1 / area.</summary>
internal sealed class GlobalAverageLesson : Lesson
{
    private static readonly ChoiceControl Head = new("head", "How maps become a vector", "average", "flatten", "maximum", "pyramid");
    private static readonly WholeControl Side = new("size", "Rows and columns of the image", 28, 8, 64);
    private static readonly WholeControl Channels = new("channels", "Maps before the head", 32, 1, 64);
    private static readonly WholeControl Classes = new("classes", "Scores behind it", 10, 2, 20);
    private static readonly MatrixControl Maps = new("maps", "Two maps of your own, for the arithmetic",
        Volume.Of(Shape.Image(2, 3, 3), (channel, row, column) => channel == 0 ? row == column ? 3 : 0 : row + column), mostRows: 8,
        mostChannels: 4);
    private static readonly MatrixControl Kernel = new("factors", "A weight for each map: those of one class", new Volume(1, 2, -1),
        mostRows: 1, mostColumns: 4);
    private static readonly RealControl Gradient = new("gradient", "dY, the gradient of the class's score", 1, -4, 4, 0.5);

    private static readonly WholeControl Digit = new("digit", "Which digit the trained network reads, of those that it was not trained "
        + "with", 7, 0, 99);
    private static readonly WholeControl Class = new("class", "The class whose map is shown", 7, 0, 9);

    public override string Id => "global-average";

    public override IReadOnlyList<string> Aliases => ["gap", "global-average-pooling", "heads", "class-map", "cam"];

    public override IReadOnlyList<string> Headings => ["Global Average Pooling"];

    public override string Title => "Global average pooling";

    public override string Claim => "The mean of each map is enough for the last layer: hardly any parameters, any image size, and the "
        + "same weights over the map before show where a class was seen.";

    public override IReadOnlyList<Control> Controls { get; } = [Head, Side, Channels, Classes, Maps, Kernel, Gradient, Digit, Class];

    public override IReadOnlyList<Experiment> Experiments { get; } =
    [
        new("flatten", "Flattened", "head=flatten", "26 x 26 x 32 numbers times 10 classes: 216,320 weights, where the mean needs 320."),
        new("larger", "A larger image", "head=flatten&size=56", "Twice the side is more than four times the weights, and none of those "
            + "learned fit."),
        new("maximum", "The largest", "head=maximum", "Only the pixel with the largest number gets a gradient."),
        new("other-class", "The map of another class", "class=1", "Where a 1 would be seen in the same digit."),
        new("pyramid", "A pyramid", "head=pyramid", "1 + 4 + 16 bins for each map: some of the places stay known, at a length that does "
            + "not depend on the image."),
    ];

    public override Prediction Prediction { get; } = new("Before you look: how many weights has the last layer?", "weights");

    public override IReadOnlyList<Pitfall> Pitfalls { get; } =
    [
        new("Flattening large maps into a dense layer puts most of the parameters there.", "head-heavy"),
        new("With a flattened head the network takes images of one size only."),
        new("Averaging a map of which the last layers see only a part each: the field should cover the object before.", "rf-small"),
        new("An activation on the scores cuts what the softmax needs.", "logit-activation"),
    ];

    public override IReadOnlyList<Question> Questions { get; } =
    [
        new("A map of 7x7, the gradient of its mean is 1. What does each pixel get?", ["1", "1/7", "1/49"], 2,
            "Each of the 49 counts for 1/49 of the mean."),
        new("512 maps of 7x7 flattened into 4,096 units: how many weights?", ["2 million", "103 million", "25,088"], 1,
            "512 x 49 x 4,096 = 102,760,448: most of VGG-16."),
        new("What is a class map?", ["the maps weighted by a class's weights", "the gradient of the image", "the softmax of the scores"], 0,
            "Its mean is the score of the class."),
    ];

    public override IReadOnlyList<Challenge> Challenges { get; } =
    [
        new(
            "any-size", "Keep some of the places, take images of any size, and stay below 10,000 weights in the head with 32 maps and "
                + "10 classes.",
            (state, page) => new Verdict(
                state.Of(Head) == "pyramid" && state.Of(Channels) == 32 && state.Of(Classes) == 10 && page.Number("weights") < 10_000,
                $"{state.Of(Head)}: {NumberText.Of(page.Number("weights"))} weights."),
            "head=pyramid", "head=flatten&size=8"),
    ];

    public override string Room => "Ops/GlobalAveragePool";

    public override IReadOnlyList<Source> Sources { get; } =
    [
        new("Lin, Chen and Yan, Network in network", "arXiv 1312.4400"),
        new("Zhou et al., Learning deep features for discriminative localization (class maps)", "arXiv 1512.04150"),
    ];

    protected override void Compute(LessonState state, LessonPage page)
    {
        var (head, classes) = (state.Of(Head), state.Of(Classes));
        var network = Build(state, head, state.Of(Side));
        var maps = network["maps"].Output;
        var weights = network["scores"].TrainableCount;
        page.Say($"An image of {state.Of(Side)} x {state.Of(Side)} becomes {maps.Channels} maps of {maps.Height} x {maps.Width}; the "
            + $"head makes {classes} scores of them.");
        ArchitectureScene.Graph(page, network);
        var (c, h, w, k) = (Term.Symbol("C", maps.Channels), Term.Symbol("H", maps.Height), Term.Symbol("W", maps.Width),
            Term.Symbol("K", classes));
        page.Formula("weights", "weights of the last layer", Term.Symbol("n", weights), head switch
        {
            "flatten" => c * h * w * k,
            "pyramid" => c * 21 * k,
            _ => c * k
        });
        page.Table("heads", "the same maps under each head", ["head", "length of the vector", "weights", "any size"],
            ((string[])["average", "flatten", "maximum", "pyramid"]).Select(kind =>
        {
            var own = Build(state, kind, state.Of(Side));
            return (IReadOnlyList<TableCell>)[kind, (double)own["scores"].InputShapes[0].Count, (double)own["scores"].TrainableCount,
                kind == "flatten" ? "no" : "yes"];
        }));
        double[] sides = [8, 16, 24, 32, 48, 64];
        page.Add(section => new Lines(section, "by-size", "weights of the head by the size of the image",
            new Axis("side of the image", false), new Axis("weights", IsLogarithmic: true),
            [.. ((string[])["average", "flatten", "pyramid"]).Select(kind => new Series(kind, sides,
                [.. sides.Select(side => (double)Build(state, kind, (int)side)["scores"].TrainableCount)]))]));
        var share = (double)weights / network.TrainableCount;
        page.When("heavy", share > 0.9, $"{100 * share} % of all weights of this network stand in its last layer.",
            $"{100 * share} % of all weights of this network stand in its last layer: not most of a deep one.");
        page.When("fixed", head == "flatten", "These weights belong to one image size: with another the vector has another length.",
            "An image of another size gives a vector of the same length.");
        ArchitectureScene.Lint(page, network, new LintOptions { Ignored = ["target-shape"] });
        Arithmetic(state, page);
        Trained(state, page);
        ArchitectureScene.Cost(page, network);
        page.Code("The same network in C#", $"""
            var network = Network.Build(Shape.Image(1, {state.Of(Side)}, {state.Of(Side)}), x => x
                .Conv({state.Of(Channels)}, kernel: 3, bias: false).Relu().{CodeOf(head)}.Linear({classes}, bias: false));
            Console.WriteLine(network.Summary());
            """);
    }

    private static Network Build(LessonState state, string head, int side) => Network.Build(Shape.Image(1, side, side), x =>
    {
        x = x.Conv(state.Of(Channels), kernel: 3, bias: false, name: "conv").Relu("maps");
        return Headed(x, head).Linear(state.Of(Classes), bias: false, name: "scores");
    });

    private static Feature Headed(Feature maps, string head) => head switch
    {
        "flatten" => maps.Flatten("head"),
        "maximum" => maps.GlobalMaxPool("head"),
        "pyramid" => maps.SpatialPyramidPool([1, 2, 4], name: "head"),
        _ => maps.GlobalAveragePool("head"),
    };

    private static string CodeOf(string head) => head switch
    {
        "flatten" => "Flatten()",
        "maximum" => "GlobalMaxPool()",
        "pyramid" => "SpatialPyramidPool([1, 2, 4])",
        _ => "GlobalAveragePool()",
    };

    /// <summary>A trained network with a mean as head: where a class is seen in a digit.</summary>
    private static void Trained(LessonState state, LessonPage page)
    {
        var (model, digit, shown) = (DigitReader.Maps, state.Of(Digit), state.Of(Class));
        float[] pixels = [.. DigitImages.Data.Validation.Pixels(digit).ToArray().Select(value => (float)value)];
        var trace = page.Trace(model.Weights, DigitReader.Read(pixels, model), options: new TraceOptions { IsTraining = false });
        var maps = model.Network["maps"].Output;
        float[] own = model.Weights["scores.weight"].Values.Slice(shown * maps.Channels, maps.Channels).ToArray();
        var bias = model.Weights["scores.bias"].Values[shown];
        var map = page.Trace(Network.Build(maps, x => x.Conv(1, 1, bias: false, name: "class")), trace.Output("maps"),
            [("class.weight", own)]).Result;
        var scores = trace.Result;
        page.In(Section.Forward).Say($"And in earnest: two small convolutions and a mean, trained here on {DigitReader.MapImages} digits.");
        PhotoScene.Draw(page, "digit", "the digit", DigitImages.Shape, pixels, GridScale.Sequential);
        page.Add(section => new Bars(section, "trained-scores", "the scores of the ten classes",
            [.. Enumerable.Range(0, scores.Length).Select(k => $"{k}")], new Axis("score"),
            [new BarSeries("score", [.. scores.Select(score => (double)score)])]));
        var answer = Array.IndexOf(scores, scores.Max());
        page.When("read-right", answer == DigitImages.Data.Validation.Label(digit), $"It reads a {answer}, which it is.",
            $"It reads a {answer}; the digit is a {DigitImages.Data.Validation.Label(digit)}.");
        PhotoScene.Draw(page, "trained-map", $"class map of {shown}: where the score of this class comes from",
            Shape.Image(1, maps.Height, maps.Width), map, GridScale.Signed);
        page.Formula("trained-score", $"its mean, and the bias, are the score of class {shown}", Term.Symbol("y", scores[shown]),
            Term.Symbol("mean of the map", map.Average(value => (double)value)) + Term.Symbol("b", bias));
    }

    /// <summary>The learner's maps through mean, weights and score; the class map; and the way back.</summary>
    private static void Arithmetic(LessonState state, LessonPage page)
    {
        var (maps, dy) = (state.Of(Maps), (float)state.Of(Gradient));
        var weights = page.Fit(Kernel, Shape.Image(1, 1, maps.Shape.Channels));
        var network = Network.Build(maps.Shape, x => (state.Of(Head) == "maximum" ? x.GlobalMaxPool("head") : x.GlobalAveragePool("head"))
            .Linear(1, bias: false, name: "score"));
        var trace = page.Trace(network, maps.Values, [("score.weight", weights.ToArray())], [dy]);
        var area = maps.Shape.Area;
        // The same weights as a 1x1 convolution over the maps before the mean.
        var map = page.Trace(Network.Build(maps.Shape, x => x.Conv(1, 1, bias: false, name: "class")), maps.Values,
            [("class.weight", weights.ToArray())]).Result;
        page.In(Section.Forward);
        page.Say($"Now {maps.Shape.Channels} maps of your own and one class.");
        page.Edit(Maps, "the maps: change them");
        page.Edit(Kernel, "the weights of the class: change them", weights);
        page.Grid("vector", state.Of(Head) == "maximum" ? "the largest of each map" : "the mean of each map",
            Shape.Vector(maps.Shape.Channels), trace.Output("head"));
        page.Formula("score", "the score of the class", Term.Symbol("y", trace.Result[0]),
            Term.Sum([.. weights.ToArray().Select((weight, i) => Term.Of(weight, new CellReference("factors", i)) * Term.Of(
            trace.Output("head")[i], new CellReference("vector", i)))]));
        page.Grid("class-map", "class map: the maps times the weights, added up, pixel by pixel",
            Shape.Image(1, maps.Shape.Height, maps.Shape.Width), map);
        page.Say($"The mean of the class map is {map.Average(value => (double)value)}: with a mean as head that is the score, so the map "
            + $"says where the score came from.");
        page.In(Section.Gradient);
        page.Grid("dx", "gradient of the maps", maps.Shape, trace.InputGradient);
        page.When("maximum", state.Of(Head) == "maximum", "The largest pixel of each map gets all of the gradient, the others none.");
        if (state.Of(Head) != "maximum") page.Formula("share", "what each pixel of the first map gets",
            Term.Symbol("dx", trace.InputGradient[0], new CellReference("dx", 0)), Term.Symbol("dY", dy) * Term.Of(weights.Values[0],
            new CellReference("factors", 0)) / Term.Symbol("area", area));
        page.Grid("dw", "gradient of the weights: the numbers behind the pooling, times dY", weights.Shape,
            trace.WeightGradient("score.weight"));
    }
}
