using System.Diagnostics;
using FeatureMap.Lanes;

namespace FeatureMap.Networks;

internal sealed unsafe partial class ChannelPlan
{
    /// <summary>What was decided when the plan was made, and the time that each phase took since measuring began.</summary>
    /// <param name="images">Images that were measured; 0 for none.</param>
    public PlanDescription Describe(int images = 0) => new(
        1, false, 1, SlotFloats * sizeof(float), ScratchFloats * sizeof(float),
        [.. layers.OrderBy(layer => layer.Layer.Index).Select(layer => new PlanLayer(
            layer.Layer.Name, layer.Layer.Op!.ToString(), layer.Layer.Op.Path(layer.Layer.InputShapes).Name, layer.Runs))],
        [.. lives.Lives.Select(Describe).OrderBy(buffer => buffer.Offset).ThenBy(buffer => buffer.Content, StringComparer.Ordinal)],
        [
            .. prepare.Select(phase => new PlanStage(
                "prepare", ItemsOf(phase), false, [new PlanPhase(phase.Layer, Plan.Work(phase.Action), ItemsOf(phase), 0)])),
            .. ForwardStages(images),
        ]);

    // Threads meet before a phase of several items and behind it.
    private IEnumerable<PlanStage> ForwardStages(int images)
    {
        var alone = new List<PlanPhase>();
        for (var i = 0; i < forward.Length; i++)
        {
            var items = ItemsOf(forward[i]);
            var time = images == 0 ? 0 : ticks[i] * 1e6 / Stopwatch.Frequency / images;
            var phase = new PlanPhase(forward[i].Layer, Plan.Work(forward[i].Action), items, time);
            if (items == 1)
            {
                alone.Add(phase);
                if (i < forward.Length - 1 && ItemsOf(forward[i + 1]) == 1) continue;
                yield return new PlanStage("forward", 1, false, [.. alone]);
                alone.Clear();
            }
            else
            {
                yield return new PlanStage("forward", items, false, [phase]);
            }
        }
    }

    private PlanBuffer Describe(MemoryPlan.Life life)
    {
        var content = network.Layers.Where(layer => outputs[layer.Index] == life.Tensor).Select(layer => layer.Name).ToList();
        return new PlanBuffer(
            content.Count > 0 ? string.Join(", ", content) : $"kept by {network.Layers[life.First].Name}",
            life.Tensor.Offset * sizeof(float), life.Floats * sizeof(float), Time(life.First), Time(life.Last));

        string Time(int time) => time < network.Layers.Count ? $"forward {network.Layers[time].Name}" : "result";
    }
}
