using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using FeatureMap.Networks;
using FeatureMap.Training;
using FeatureMap.Workbench;

namespace FeatureMap.Cli;

/// <summary><c>plan</c>: how a network runs: stages, buffers, what runs together, and where the time goes.</summary>
internal sealed class PlanCommand : ToolCommand
{
    private const int MeasuredSteps = 10, FewItems = 2;
    private readonly Argument<string> source = new("network") { Description = "A recipe, an architecture, a network.json, a text (.txt), a model.safetensors, an ONNX file or a run folder" };
    private readonly Option<string?> batch = new("--batch") { Description = "Images of a batch; 128 where it is left out", HelpName = "N" };
    private readonly Option<bool> image = new("--image")
    {
        Description = "One image at a time, as predictions of up to 8 images are computed: which layers have their channels in the "
            + "registers, and which cost as much as a shard of 16 images",
    };
    private readonly Option<bool> evaluation = new("--evaluation") { Description = "Forward only, as for evaluation and prediction" };
    private readonly Option<bool> time = new("--time") { Description = "Measure the share of each phase on random numbers" };
    private readonly Option<bool> buffers = new("--buffers") { Description = "List every buffer with its place and its life" };
    private readonly Option<string?> frozen = new("--frozen-to")
    {
        Description = "Freeze this layer and all before it, as a fine-tuning does",
        HelpName = "LAYER",
    };
    private readonly Option<string?> cores = new("--cores")
    {
        Description = "Compute what a training step would take on so many cores, such as 8,16,32: the pieces of each stage, measured on "
            + "one thread, dealt out to them",
        HelpName = "N,N",
    };
    private readonly Option<string?> threads = ThreadsOption(), lanes = LanesOption();

    public PlanCommand(Terminal terminal)
        : base(terminal, "plan", "Show how a network runs: stages, memory, what runs together, where the time goes",
            "featuremap plan mnist-20k", "featuremap plan resnet-18 --batch 16 --time", "featuremap plan unet --batch 2 "
                + "--evaluation --buffers", "featuremap plan mobilenet-v1 --image --time --threads 1",
            "featuremap plan resnet-50 --batch 16 --cores 8,16,32")
    {
        Arguments.Add(source);
        foreach (var option in (Option[])[batch, image, evaluation, frozen, time, buffers, cores, threads, lanes])
            Options.Add(option);
        Finish();
    }

    protected override int Run(ParseResult parse)
    {
        var (name, network) = RunInput.Network(parse.GetValue(source)!);
        if (parse.GetValue(cores) is { } text)
        {
            Project(parse, name, network, Counts(text));
            return 0;
        }
        var plan = parse.GetValue(image) ? Image(parse, network) : PlanProbe.Describe(
            network, (int)(Whole(parse, batch) ?? 128), !parse.GetValue(evaluation), network.Output.IsVector ? null : Loss.Mse(), parse.GetValue(time) ? MeasuredSteps : 0,
            (int)(Whole(parse, threads) ?? 0), LaneOption.Parse(parse.GetValue(lanes), Terminal),
            FrozenLayers(network, parse.GetValue(frozen)), Terminal.Cancellation);
        if (Terminal.IsJson) Terminal.Write(Document(name, plan, parse.GetValue(image)));
        else Write(name, plan, parse.GetValue(buffers), parse.GetValue(image));
        return 0;
    }

    private void Project(ParseResult parse, string name, Network network, int[] counts)
    {
        Option[] others = [image, evaluation, frozen, time, buffers, threads];
        if (others.FirstOrDefault(option => parse.GetResult(option) is { Implicit: false }) is { } other)
            throw new UsageException(
                $"--cores computes a training step on more cores and measures by itself: {other.Name} has no effect on that. "
                + "Leave one of the two out.");
        var images = (int)(Whole(parse, batch) ?? 128);
        var all = PlanProbe.OnCores(
            network, images, counts, width: LaneOption.Parse(parse.GetValue(lanes), Terminal), cancellation: Terminal.Cancellation);
        if (Terminal.IsJson)
        {
            Terminal.Write(new JsonObject
            {
                ["network"] = name,
                ["batch"] = images,
                ["meetingMicroseconds"] = PlanProbe.MeetingMicroseconds,
                ["cores"] = new JsonArray([.. all.Select(one => new JsonObject
                {
                    ["cores"] = one.Cores, ["microseconds"] = one.Microseconds, ["speedup"] = one.Speedup, ["busy"] = one.Busy,
                    ["narrow"] = one.Narrow,
                })]),
            });
            return;
        }
        var output = Terminal.Output;
        output.WriteLine($"{name}, a training step of {images:N0} images, loading left out: computed, not run");
        output.WriteLine();
        var table = new TextTable("cores", "ms", "images/s", "times one core", "at work", "in stages with fewer pieces")
            .AlignRight(0, 1, 2, 3, 4, 5);
        foreach (var one in all)
            table.Add(
                one.Cores == 1 ? "1, measured" : $"{one.Cores}", $"{one.Microseconds / 1e3:0.0}", $"{images * 1e6 / one.Microseconds:N1}",
                $"{one.Speedup:0.00}", $"{100 * one.Busy:0} %", $"{100 * one.Narrow:0.0} %");
        table.Write(output);
        output.WriteLine();
        output.WriteLine(
            $"Each stage was cut for so many cores and its pieces were measured on one thread, then dealt out; "
            + $"{PlanProbe.MeetingMicroseconds:0} us for a meeting between two stages.");
        output.WriteLine(
            "Every core is taken to have caches and memory of its own, as the measured one: where they are shared, a machine is slower.");
    }

    private static int[] Counts(string text) =>
    [
        .. text.Split(',').Select(part => int.TryParse(part.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var count) ? count
            : throw new UsageException($"--cores takes whole numbers with commas between them, such as 8,16,32: received '{text}'.")),
    ];

    private PlanDescription Image(ParseResult parse, Network network)
    {
        var other = parse.GetValue(batch) is not null ? batch.Name : parse.GetValue(frozen) is not null ? frozen.Name : null;
        if (other is not null)
            throw new UsageException($"--image is one image and no training: {other} goes with batches. Leave one of the two out.");
        return PlanProbe.DescribeImage(
            network, parse.GetValue(time) ? MeasuredSteps : 0, (int)(Whole(parse, threads) ?? 0),
            LaneOption.Parse(parse.GetValue(lanes), Terminal), Terminal.Cancellation);
    }

    private static IReadOnlyCollection<string> FrozenLayers(Network network, string? last) =>
        last is null ? [] : [.. network.Layers.Skip(1).Take(network[last].Index).Select(layer => layer.Name)];

    private void Write(string name, PlanDescription plan, bool withBuffers, bool isImage)
    {
        var output = Terminal.Output;
        var kind = plan.IsTraining ? "training" : "evaluation";
        var memory = isImage ? $"one image at a time: {Bytes(plan.SlotBytes)}"
            : $"batches of {plan.Batch:N0}: {plan.Slots:N0} slots of {Bytes(plan.SlotBytes)}";
        output.WriteLine($"{name}, {kind}, {memory} "
            + $"({Bytes(plan.UnsharedBytes)} if nothing shared its memory), {Bytes(plan.ThreadBytes)} of scratch memory per thread");
        output.WriteLine();
        var layers = new TextTable("layer", "op", "path", "runs as");
        foreach (var layer in plan.Layers)
            layers.Add(layer.Name, layer.Op, layer.Path, layer.Runs);
        layers.Write(output);
        output.WriteLine();
        var isMeasured = plan.Microseconds > 0;
        var stages = new TextTable("stage", "part", "items", "layer", "work", isMeasured ? "us per step" : "", isMeasured ? "share" : "").AlignRight(0, 2, 5, 6);
        foreach (var (number, stage) in plan.Stages.Index())
            foreach (var (place, phase) in stage.Phases.Index())
                stages.Add(
                    place == 0 ? $"{number}" : "", place == 0 ? stage.Part : "", place == 0 ? $"{stage.Items}{(stage.IsPerShard ? " shards" : "")}" : "", phase.Layer, phase.Work,
                    isMeasured ? $"{phase.Microseconds:N0}" : "", isMeasured ? $"{100 * phase.Microseconds / plan.Microseconds:0.0} %" : "");
        stages.Write(output);
        if (isMeasured)
        {
            var narrow = plan.Stages.Where(stage => stage.Items < FewItems).Sum(stage => stage.Microseconds);
            output.WriteLine();
            output.WriteLine($"{plan.Microseconds:N0} us in all phases of a step, all threads together; "
                + $"{100 * narrow / plan.Microseconds:0.0} % of it in stages where one thread works and the others wait");
        }
        if (!withBuffers) return;
        output.WriteLine();
        var table = new TextTable("offset", "bytes", "from", "to", "content").AlignRight(0, 1);
        foreach (var buffer in plan.Buffers)
            table.Add($"{buffer.Offset:N0}", $"{buffer.Bytes:N0}", buffer.From, buffer.To, buffer.Content);
        table.Write(output);
    }

    private static JsonObject Document(string name, PlanDescription plan, bool isImage) => new()
    {
        ["network"] = name,
        ["batch"] = plan.Batch,
        ["image"] = isImage,
        ["training"] = plan.IsTraining,
        ["slots"] = plan.Slots,
        ["slotBytes"] = plan.SlotBytes,
        ["unsharedBytes"] = plan.UnsharedBytes,
        ["threadBytes"] = plan.ThreadBytes,
        ["microseconds"] = plan.Microseconds,
        ["layers"] = new JsonArray([.. plan.Layers.Select(layer => new JsonObject { ["name"] = layer.Name, ["op"] = layer.Op, ["path"] = layer.Path, ["runs"] = layer.Runs })]),
        ["buffers"] = new JsonArray([.. plan.Buffers.Select(buffer => new JsonObject
        {
            ["content"] = buffer.Content, ["offset"] = buffer.Offset, ["bytes"] = buffer.Bytes, ["from"] = buffer.From, ["to"] = buffer.To,
        })]),
        ["stages"] = new JsonArray([.. plan.Stages.Select(stage => new JsonObject
        {
            ["part"] = stage.Part,
            ["items"] = stage.Items,
            ["perShard"] = stage.IsPerShard,
            ["microseconds"] = stage.Microseconds,
            ["phases"] = new JsonArray([.. stage.Phases.Select(phase => new JsonObject { ["layer"] = phase.Layer, ["work"] = phase.Work, ["items"] = phase.Items, ["microseconds"] = phase.Microseconds })]),
        })]),
    };

    private static string Bytes(long bytes) => bytes < 10_000 ? $"{bytes:N0} bytes" : bytes < 10_000_000 ? $"{bytes / 1e3:N0} kB" : $"{bytes / 1e6:N1} MB";
}
