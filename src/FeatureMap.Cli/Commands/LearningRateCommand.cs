using System.CommandLine;
using System.Text.Json.Nodes;
using FeatureMap.Training;
using FeatureMap.Workbench;
using FeatureMap.Zoo;

namespace FeatureMap.Cli;

/// <summary><c>lr-find</c>: the learning-rate range test, as a curve in the terminal and as a picture.</summary>
internal sealed class LearningRateCommand : ToolCommand
{
    private readonly Argument<string?> recipe = new("recipe") { Description = $"What to test; '{Recipes.DefaultName}' where it is left out. See 'featuremap recipes'", Arity = ArgumentArity.ZeroOrOne };
    private readonly Option<string[]> data = DataOption();
    private readonly Option<string[]> set = SetOption();
    private readonly ImageOptions images = new();
    private readonly Option<double> lowest = new("--from") { Description = "The first rate", HelpName = "RATE", DefaultValueFactory = _ => 1e-5 };
    private readonly Option<double> highest = new("--to") { Description = "The last rate", HelpName = "RATE", DefaultValueFactory = _ => 10 };
    private readonly Option<int> steps = new("--steps") { Description = "Steps, each on another batch", HelpName = "N", DefaultValueFactory = _ => 100 };
    private readonly Option<string> picture = new("--out")
    {
        Description = "Where the curve goes: a picture, or with .json its numbers, replaced while the test runs",
        HelpName = "FILE.svg",
        DefaultValueFactory = _ => "lr-find.svg",
    };

    public LearningRateCommand(Terminal terminal)
        : base(
            terminal, "lr-find", "Find a good learning rate: a short training whose rate grows at every step",
            "featuremap lr-find",
            "featuremap lr-find mnist-20k --set optimizer=adam --to 1 --steps 200",
            "featuremap lr-find --out rates.json")
    {
        Arguments.Add(recipe);
        foreach (var option in (Option[])[data, set, lowest, highest, steps, picture])
            Options.Add(option);
        images.AddTo(this);
        Finish();
    }

    protected override int Run(ParseResult parse)
    {
        LearningRateFinder.Check(parse.GetValue(lowest), parse.GetValue(highest), parse.GetValue(steps)); // a mistake is told before data are loaded
        var assignments = parse.GetValue(set)!.Select(Assignment).Concat(images.Assignments(parse)).ToList();
        var request = TrainRequest.From(new TrainArguments { Recipe = parse.GetValue(recipe), Data = parse.GetValue(data)!, Assignments = assignments }, Terminal.Context);
        var (chosen, path) = (request.Recipe, Path.GetFullPath(parse.GetValue(picture)!));
        var (range, options) = RangeTest.Run(
            request, parse.GetValue(lowest), parse.GetValue(highest), parse.GetValue(steps), path, Terminal.Context, assignments);
        if (Terminal.IsJson) Terminal.Write(Document(chosen, range, path));
        else Show(chosen, options, range, path);
        return 0;
    }

    private static JsonObject Document(Recipe chosen, LearningRateRange range, string path) => new()
    {
        ["recipe"] = chosen.Name,
        ["suggested"] = Terminal.Number(range.Suggested),
        ["steepest"] = Terminal.Number(range.Steepest),
        ["lowest"] = Terminal.Number(range.Lowest),
        ["exploded"] = range.Exploded,
        ["picture"] = RangeTest.IsOfNumbers(path) ? null : path,
        ["numbers"] = RangeTest.IsOfNumbers(path) ? path : null,
        ["points"] = new JsonArray([.. range.Points.Select(point => (JsonNode)new JsonObject { ["learningRate"] = point.LearningRate, ["loss"] = Terminal.Number(point.Loss), ["smoothLoss"] = Terminal.Number(point.SmoothLoss) })]),
    };

    private void Show(Recipe chosen, TrainingOptions options, LearningRateRange range, string path)
    {
        const int Rows = 24, Columns = 56;
        Terminal.Output.WriteLine($"Learning-rate range test of {chosen.Name} with {options.Optimizer}, batch {options.BatchSize}: "
            + $"{range.Points.Count} steps");
        Terminal.Output.WriteLine();
        Terminal.Output.WriteLine("       rate     loss");
        var stride = Math.Max(1, (range.Points.Count + Rows - 1) / Rows);
        // The row of the suggestion is there, whichever are left out.
        var marked = range.Suggested is { } rate
            ? range.Points.Index().MinBy(one => Math.Abs(Math.Log(one.Item.LearningRate / rate))).Index : -1;
        var ceiling = Math.Min(range.Points.Max(point => point.SmoothLoss), 2 * range.Points[0].SmoothLoss);
        foreach (var i in Enumerable.Range(0, range.Points.Count).Where(i => i % stride == 0 || i == marked))
        {
            var point = range.Points[i];
            var bar = (int)Math.Round(Columns * Math.Clamp(point.SmoothLoss / ceiling, 0, 1));
            Terminal.Output.WriteLine($"  {point.LearningRate,9:0.00e0} {point.SmoothLoss,8:0.000}  "
                + $"{new string('*', bar)}{(i == marked ? "  <- suggested" : "")}");
        }
        Terminal.Output.WriteLine();
        if (range.Suggested is { } suggested)
        {
            Terminal.Output.WriteLine($"The smoothed loss fell fastest at {range.Steepest:0.##e0} and was lowest at "
                + $"{range.Lowest:0.##e0}{(range.Exploded ? "; beyond, it exploded" : "")}.");
            Terminal.Output.WriteLine("The suggestion is their geometric mean, and at most the rate 9 steps before the lowest, as the "
                + "smoothed loss is so late: a highest rate for one-cycle, or a constant one.");
            Terminal.Output.WriteLine($"Suggested  {suggested:0.##e0}    featuremap train {chosen.Name} --set "
                + $"learning-rate={suggested:0.##e0}");
        }
        else Terminal.Output.WriteLine("The loss never fell: take more steps, a wider range (--from, --to), or look at the data.");
        Terminal.Output.WriteLine($"Curve      {Terminal.Shown(path)}");
    }
}
