using System.Globalization;
using FeatureMap.Analysis;
using FeatureMap.Data;
using FeatureMap.Interchange;
using FeatureMap.Lessons;
using FeatureMap.Networks;
using FeatureMap.Ops;

namespace FeatureMap.Workbench;

/// <summary>
/// What a network costs and what is wrong with it, while its text is written: layers, totals, memory, budgets, the findings of the linter,
/// the receptive field of a unit. Where the text is no network, what keeps it from being one.
/// </summary>
/// <example><code>
/// var sheet = DesignSheet.Of(new DesignRequest(text) { ParameterBudget = 20_000 });
/// Console.WriteLine(sheet.Problem?.Message ?? $"{sheet.Totals!.Parameters:N0} parameters, {sheet.Findings.Count} findings");
/// </code></example>
public sealed record DesignSheet
{
    /// <summary>The longest text that is read here, in characters.</summary>
    public const int LongestText = 200_000;

    private const int LongestSide = 8192, LongestKernel = 1024, MostLayers = 3000;
    private const long MostNumbers = 1L << 31;

    private DesignSheet() { }

    /// <summary>What keeps the text from being a network; null where nothing does.</summary>
    public NetworkTextProblem? Problem { get; private init; }

    /// <summary>The lines of the text as blocks, also where it is no network (yet).</summary>
    public IReadOnlyList<NetworkBlock> Blocks { get; private init; } = [];

    /// <summary>The layers, the input first; empty where there is a problem.</summary>
    public IReadOnlyList<DesignLayer> Layers { get; private init; } = [];

    /// <summary>The sums; null where there is a problem.</summary>
    public DesignTotals? Totals { get; private init; }

    /// <summary>What the linter found, the worst first.</summary>
    public IReadOnlyList<DesignFinding> Findings { get; private init; } = [];

    /// <summary>How many findings there are of each severity, in words.</summary>
    public string Digest { get; private init; } = "";

    /// <summary>The limits that were given, with what is used of them.</summary>
    public IReadOnlyList<DesignBudget> Budgets { get; private init; } = [];

    /// <summary>The receptive field of the unit that was asked for; null for none.</summary>
    public DesignField? Field { get; private init; }

    /// <summary>How often the windows of the layer of that unit meet each pixel; null where it has none.</summary>
    public OverlapOfLayer? Overlap { get; private init; }

    /// <summary>Looks at a text.</summary>
    /// <exception cref="UsageException">A number of the request is out of range.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static DesignSheet Of(DesignRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (request.Text.Length > LongestText)
            return Failed(new(0, $"The text has {request.Text.Length:N0} characters; at most {LongestText:N0} are looked at while they are "
                + "written. Keep large constants out of it: learned parameters have their numbers in the weights."), []);
        var blocks = NetworkBlock.Of(request.Text);
        var read = NetworkText.Read(request.Text, "The text");
        if (read.Network is not { } network) return Failed(read.Problem!, blocks);
        if (TooLarge(network) is { } fault) return Failed(new(read.Lines.GetValueOrDefault(fault.Layer.Name), fault.Message), blocks);
        request.Cancellation.ThrowIfCancellationRequested();
        var summary = NetworkSummary.Of(network, request.Batch);
        var options = Options(request);
        var report = Linter.Check(network, options);
        var (parameters, products) = (summary.ParameterCount, summary.MultiplyAdds);
        var budgets = new List<DesignBudget>();
        if (request.ParameterBudget is { } most) budgets.Add(new("parameters", parameters, most));
        if (request.MultiplyAddBudget is { } mostProducts) budgets.Add(new("multiply-adds", products, mostProducts));
        return new()
        {
            Blocks = blocks,
            Layers = [.. network.Layers.Zip(summary.Rows, (layer, row) => LayerOf(layer, row, read.Lines))],
            Totals = TotalsOf(network, summary),
            Findings = [.. report.Findings.Select(finding => FindingOf(finding, read.Lines))],
            Digest = report.Digest,
            Budgets = budgets,
            Field = request.Layer is { } layerName ? FieldOf(network, summary, layerName, request.Unit) : null,
            Overlap = network.Layers.FirstOrDefault(layer => layer.Name == request.Layer) is { } chosen
                ? OverlapOfLayer.Of(network, chosen) : null,
        };
    }

    /// <summary>The C# that builds the network of a text.</summary>
    /// <exception cref="DataException">The text is no network.</exception>
    public static string Code(string text) => NetworkCode.WriteProgram(NetworkText.Parse(text, "The text"));

    /// <summary>The <c>network.json</c> of a text.</summary>
    /// <exception cref="DataException">The text is no network.</exception>
    public static string Json(string text) => NetworkFile.ToJson(NetworkText.Parse(text, "The text"));

    /// <summary>The text with the change that a finding proposes.</summary>
    /// <param name="request">The text, and what the linter is told.</param>
    /// <param name="rule">The rule.</param>
    /// <param name="layer">The layer; null for a finding about the whole.</param>
    /// <exception cref="UsageException">There is no such finding, or it proposes nothing that goes.</exception>
    /// <exception cref="DataException">The text is no network.</exception>
    public static string Mend(DesignRequest request, string rule, string? layer)
    {
        ArgumentNullException.ThrowIfNull(request);
        var network = NetworkText.Parse(request.Text, "The text");
        if (TooLarge(network) is { } fault) throw new UsageException(fault.Message);
        var finding =
            Linter.Check(network, Options(request)).Findings.FirstOrDefault(one => one.Rule.Id == rule && one.Layer?.Name == layer);
        if (finding is not { Edits.Count: > 0 })
            throw new UsageException(finding is null ? "The linter does not find this any more."
                : $"'{rule}' has no change that can be made by itself: {finding.Fix}");
        try
        {
            return NetworkTextEditor.Apply(request.Text, finding.Edits);
        }
        catch (ShapeException error)
        {
            throw new UsageException($"The change does not go with the rest of the network: {error.Message} Make it by hand: "
                + $"{finding.Fix}", error);
        }
    }

    /// <summary>The options of the linter for a request.</summary>
    private static LintOptions Options(DesignRequest request) => new()
    {
        BatchSize = request.Batch,
        ParameterBudget = request.ParameterBudget,
        MultiplyAddBudget = request.MultiplyAddBudget,
        ObjectSize = request.ObjectSize,
    };

    private static DesignSheet Failed(NetworkTextProblem problem, IReadOnlyList<NetworkBlock> blocks) =>
        new() { Problem = problem, Blocks = blocks };

    // What is looked at with each key must not take all of the memory or minutes.
    private static (Layer Layer, string Message)? TooLarge(Network network)
    {
        if (network.Layers.Count > MostLayers)
            return (network.Layers[0],
                $"The network has {network.Layers.Count - 1:N0} layers; at most {MostLayers:N0} are looked at while a text is written.");
        foreach (var layer in network.Layers)
        {
            if (layer.Output.Height > LongestSide || layer.Output.Width > LongestSide || layer.Output.Count > MostNumbers / 8)
                return (layer, $"Layer '{layer.Name}' gives {layer.Output}; maps of at most {LongestSide:N0} x {LongestSide:N0} and "
                    + $"{MostNumbers / 8:N0} numbers are looked at while a text is written. Use a smaller image.");
            var op = layer.Op is WeightNorm norm ? norm.Inner : layer.Op;
            var (kernel, dilation) = op switch
            {
                Convolution conv => (conv.Kernel, conv.Dilation),
                WindowPool pool => (pool.Kernel, pool.Dilation),
                _ => (1, 1),
            };
            if (Math.Max(kernel.Vertical, kernel.Horizontal) > LongestKernel
                || Math.Max(dilation.Vertical, dilation.Horizontal) > LongestSide)
                return (layer, $"Layer '{layer.Name}' has a kernel of {kernel.Vertical} x {kernel.Horizontal}; kernels of at most "
                    + $"{LongestKernel:N0} taps a side are looked at while a text is written.");
        }
        return null;
    }

    private static DesignLayer LayerOf(Layer layer, SummaryRow row, IReadOnlyDictionary<string, int> lines) => new(layer.Name,
        lines.GetValueOrDefault(layer.Name, 1), row.Op, row.Settings, row.Output, layer.Inputs)
    {
        Trainable = row.TrainableCount,
        Fixed = row.FixedCount,
        MultiplyAdds = row.MultiplyAdds,
        ActivationBytes = row.ActivationBytes,
        Field = row.Field.Vertical.Size == 0 ? "" : Pair(row.Field.Vertical.Size, row.Field.Horizontal.Size),
        Stride = row.Field.IsGlobal ? "global" : Pair(row.Field.Vertical.Stride, row.Field.Horizontal.Stride),
        Path = row.Path?.Name ?? "",
        Why = row.Path?.Reason ?? "",
        Lesson = layer.Op is null ? null : OpLessons.Of(layer.Op),
        IsAttached = layer.Op is BatchNorm or ImageNorm or UnaryOp && layer.Inputs.Count == 1,
    };

    private static DesignTotals TotalsOf(Network network, NetworkSummary summary) =>
        new(network.Layers.Count - 1, network.Input, network.Output,
        network.TrainableCount, network.FixedCount, network.MultiplyAdds)
        {
            Batch = summary.Batch,
            ParameterBytes = summary.ParameterBytes,
            GradientBytes = network.TrainableCount * sizeof(float),
            ActivationBytes = summary.ActivationBytes,
            Field = summary.Rows[^1].Field is { Vertical.Size: > 0 } field ? Pair(field.Vertical.Size, field.Horizontal.Size) : "",
        };

    private static DesignFinding FindingOf(LintFinding finding, IReadOnlyDictionary<string, int> lines) => new(finding.Rule.Id,
        finding.Severity.ToString().ToLowerInvariant(), finding.Layer?.Name, finding.Message, finding.Rule.Why, finding.Fix)
    {
        Line = finding.Layer is { } layer ? lines.GetValueOrDefault(layer.Name) : 0,
        Edits = [.. finding.Edits.Select(edit => $"{edit}")],
        Lesson = Lesson.All.FirstOrDefault(lesson => lesson.LintRules.Contains(finding.Rule.Id))?.Id
            ?? (finding.Layer?.Op is { } op ? OpLessons.Of(op) : null),
    };

    private static string Pair(double vertical, double horizontal) => vertical == horizontal ? Number(vertical)
        : $"{Number(vertical)}x{Number(horizontal)}";

    private static string Number(double number) => number.ToString("0.##", CultureInfo.InvariantCulture);

    private static DesignField? FieldOf(Network network, NetworkSummary summary, string name, (int Row, int Column)? unit)
    {
        if (network.Layers.FirstOrDefault(layer => layer.Name == name) is not { } layer) return null;
        var field = summary.Rows[layer.Index].Field;
        var row = Math.Clamp(unit?.Row ?? layer.Output.Height / 2, 0, layer.Output.Height - 1);
        var column = Math.Clamp(unit?.Column ?? layer.Output.Width / 2, 0, layer.Output.Width - 1);
        return new(name, row, column, layer.Output, network.Input, field.Vertical.First(row), field.Horizontal.First(column),
            field.Vertical.Last(row), field.Horizontal.Last(column))
        {
            IsGlobal = field.IsGlobal,
            IsNothing = field.Vertical.Size == 0,
            Words = $"{Pair(field.Vertical.Size, field.Horizontal.Size)} pixels"
                + (field.IsGlobal ? ", the same for every unit"
                : $", {Pair(field.Vertical.Stride, field.Horizontal.Stride)} further from unit to unit"),
        };
    }
}

/// <summary>A layer of a design.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Line">The number of its line, from 1.</param>
/// <param name="Op">What it computes; <c>Input</c> for the image.</param>
/// <param name="Settings">Its settings, short.</param>
/// <param name="Output">What it gives.</param>
/// <param name="Inputs">Numbers of the layers that it reads.</param>
public sealed record DesignLayer(string Name, int Line, string Op, string Settings, Shape Output, IReadOnlyList<int> Inputs)
{
    /// <summary>Numbers that are learned.</summary>
    public long Trainable { get; init; }

    /// <summary>Numbers that are not learned: running statistics.</summary>
    public long Fixed { get; init; }

    /// <summary>Multiply-adds of one image.</summary>
    public long MultiplyAdds { get; init; }

    /// <summary>Bytes of what it gives for a batch.</summary>
    public long ActivationBytes { get; init; }

    /// <summary>The receptive field, such as <c>7</c> or <c>7x3</c>; empty where it sees nothing of the image.</summary>
    public string Field { get; init; } = "";

    /// <summary>Pixels from unit to unit.</summary>
    public string Stride { get; init; } = "";

    /// <summary>The kernel path that runs.</summary>
    public string Path { get; init; } = "";

    /// <summary>Why that one.</summary>
    public string Why { get; init; } = "";

    /// <summary>Id of the lesson that explains it; null where none does.</summary>
    public string? Lesson { get; init; }

    /// <summary>Whether it stands at the foot of what it reads in a picture.</summary>
    public bool IsAttached { get; init; }
}

/// <summary>The sums of a design.</summary>
/// <param name="Layers">How many layers.</param>
/// <param name="Input">Shape of an image.</param>
/// <param name="Output">Shape of an answer.</param>
/// <param name="Trainable">Numbers that are learned.</param>
/// <param name="Fixed">Numbers that are not.</param>
/// <param name="MultiplyAdds">Multiply-adds of one image.</param>
public sealed record DesignTotals(int Layers, Shape Input, Shape Output, long Trainable, long Fixed, long MultiplyAdds)
{
    /// <summary>All numbers that it owns.</summary>
    public long Parameters => Trainable + Fixed;

    /// <summary>Images that the memory is for.</summary>
    public int Batch { get; init; }

    /// <summary>Bytes of all parameters.</summary>
    public long ParameterBytes { get; init; }

    /// <summary>Bytes of the gradients of the parameters, and of each number that an optimiser keeps for each of them.</summary>
    public long GradientBytes { get; init; }

    /// <summary>Bytes of all outputs of a batch; the engine shares memory between layers, so it needs less.</summary>
    public long ActivationBytes { get; init; }

    /// <summary>The receptive field of the output.</summary>
    public string Field { get; init; } = "";
}

/// <summary>A limit and what is used of it.</summary>
/// <param name="What">What is limited.</param>
/// <param name="Used">What is used.</param>
/// <param name="Most">The limit.</param>
public sealed record DesignBudget(string What, long Used, long Most)
{
    /// <summary>Whether it is kept.</summary>
    public bool IsKept => Used <= Most;
}

/// <summary>A finding of the linter.</summary>
/// <param name="Rule">Id of the rule.</param>
/// <param name="Severity">error, warning or hint.</param>
/// <param name="Layer">Where; null for the whole.</param>
/// <param name="Message">What is the case.</param>
/// <param name="Why">Why it matters.</param>
/// <param name="Fix">What to do.</param>
public sealed record DesignFinding(string Rule, string Severity, string? Layer, string Message, string Why, string Fix)
{
    /// <summary>The line of the layer; 0 for the whole.</summary>
    public int Line { get; init; }

    /// <summary>The changes that can be made by themselves, in words; empty for none.</summary>
    public IReadOnlyList<string> Edits { get; init; } = [];

    /// <summary>Id of the lesson that explains it; null for none.</summary>
    public string? Lesson { get; init; }
}

/// <summary>The part of the image that one unit can depend on.</summary>
/// <param name="Layer">The layer.</param>
/// <param name="Row">Row of the unit.</param>
/// <param name="Column">Column of the unit.</param>
/// <param name="Output">What the layer gives.</param>
/// <param name="Input">The image.</param>
/// <param name="Top">First row; below 0 where that is padding.</param>
/// <param name="Left">First column.</param>
/// <param name="Bottom">Last row.</param>
/// <param name="Right">Last column.</param>
public sealed record DesignField(string Layer, int Row, int Column, Shape Output, Shape Input, double Top, double Left, double Bottom,
    double Right)
{
    /// <summary>Whether every unit sees the same.</summary>
    public bool IsGlobal { get; init; }

    /// <summary>Whether it sees nothing of the image: a constant.</summary>
    public bool IsNothing { get; init; }

    /// <summary>Its size and step in words.</summary>
    public string Words { get; init; } = "";
}
