using System.Diagnostics;
using FeatureMap.Lanes;
using FeatureMap.Ops;

namespace FeatureMap.Networks;

internal sealed partial class Plan
{
    public bool IsMeasuring
    {
        get => Executor.IsMeasuring;
        set => Executor.IsMeasuring = value;
    }

    /// <summary>What was decided when the plan was made, and the time that each phase took since measuring began.</summary>
    /// <param name="steps">Steps that were measured; 0 for none.</param>
    public PlanDescription Describe(int steps = 0)
    {
        var layers = request.Weights.Network.Layers;
        return new PlanDescription(
            request.Batch, request.HasGradients, slots, arena.SlotFloats * sizeof(float), threadFloats * sizeof(float),
            [.. layers.Where(layer => layer.Op is not null).Select(Describe)],
            [.. layout.Memory.Lives.Select(Describe).OrderBy(buffer => buffer.Offset).ThenBy(buffer => buffer.Content, StringComparer.Ordinal)],
            [.. Executor.Stages.Select((stage, number) => Describe(stage, number, steps))]);
    }

    private PlanLayer Describe(Layer layer)
    {
        var path = layer.Op!.Path(layer.InputShapes);
        var names = new List<string> { path.Name };
        if (layout.Places[layer.Index] is { OutputGradient: not null } back)
        {
            if (back.InputGradients[0] is not null && path.InputGradient is { } input && input.Name != path.Name)
                names.Add($"input gradient {input.Name}");
            if (!request.IsFrozen(layer) && path.WeightGradient is { } weight && weight.Name != path.Name)
                names.Add($"weight gradient {weight.Name}");
        }
        var source = layer.Inputs.Count > 0 ? request.Weights.Network.Layers[layer.Inputs[0]].Name : "";
        var runs = layout.Places[layer.Index] switch
        {
            null => "not run",
            { Host: { } host } => $"in the kernel of {request.Weights.Network.Layers[host].Name}",
            { Reader: { } reader } => $"when {request.Weights.Network.Layers[reader].Name} reads it",
            { HasKernel: false } => $"view of {source}",
            { IsForwardTaken: true } => $"in the kernel of {source}, back in place",
            { Inputs: [var first, ..] } place when place.Output == first => $"in place of {source}",
            { Op: Concat } place when ConcatKernel.IsJoined(place.Inputs, place.Output) => "nothing: its inputs stand in it",
            _ => "kernel",
        };
        return new PlanLayer(layer.Name, layer.Op.ToString(), string.Join(", ", names), runs);
    }

    private PlanBuffer Describe(MemoryPlan.Life life) =>
        new(Content(life.Tensor), life.Tensor.Offset * sizeof(float), life.Floats * sizeof(float), Time(life.First), Time(life.Last));

    private string Content(LaneTensor tensor)
    {
        var layers = request.Weights.Network.Layers;
        var outputs = layers.Where(layer => layout.Outputs[layer.Index].Root == tensor).Select(layer => layer.Name);
        var gradients = layers.SelectMany(layer => layout.Places[layer.Index] is { } place ? layer.Inputs.Where((_, k) => k < place.InputGradients.Length && place.InputGradients[k]?.Root == tensor) : [])
            .Select(input => $"gradient of {layers[input].Name}");
        List<string> all = [.. outputs, .. gradients.Distinct()];
        if (layout.Seed == tensor) all.Insert(0, "gradient of the loss");
        return all.Count > 0 ? string.Join(", ", all) : $"kept by {layers[reservedBy[tensor]].Name}";
    }

    // Layer numbers count the way forward; behind the last one they run down again.
    private string Time(int time)
    {
        var layers = request.Weights.Network.Layers;
        if (time < layers.Count) return $"forward {layers[time].Name}";
        return layout.BackwardTime(0) - time is var layer && layer >= 0 && layer < layers.Count ? $"back {layers[layer].Name}" : time <= layers.Count ? "result" : "end of the step";
    }

    private PlanStage Describe(Stage stage, int number, int steps)
    {
        var part = number < forwardStart ? "prepare" : number < forwardEnd ? "forward" : number < walkEnd ? "back" : number < finishEnd ? "finish" : "update";
        var shards = Lanes.LaneLayout.Shards(request.Batch);
        var phases = stage.Groups.SelectMany(group => group.Phases.Select((phase, i) => new PlanPhase(
            phase.Layer, Work(phase.Action), group.Items(shards),
            steps == 0 ? 0 : stage.Ticks[group.FirstPhase + i] * 1e6 / Stopwatch.Frequency / steps)));
        return new PlanStage(part, stage.Items(shards), stage.IsWalk, [.. phases]);
    }

    // A kernel's method says what it does. The compiler calls a lambda <Where>b__3_1 and a local function <Where>g__Name|3_1.
    internal static string Work(PhaseAction action)
    {
        var name = action.Method.Name;
        if (!name.StartsWith('<')) return name;
        var local = name.IndexOf("g__", StringComparison.Ordinal);
        return local > 0 ? name[(local + 3)..name.IndexOf('|', StringComparison.Ordinal)] : name[1..name.IndexOf('>', StringComparison.Ordinal)];
    }
}
