using FeatureMap.Lanes;

namespace FeatureMap.Ops;

/// <summary>
/// An op that treats all channels alike, on one image whose channels ride in the lanes: its usual kernel takes 16 channels for 16 images.
/// Blocks of channels do not know of each other, so each thread gets some.
/// </summary>
internal sealed class ChannelsAlike : Kernel
{
    private readonly Kernel[] parts;

    /// <param name="place">The place in the plan.</param>
    /// <param name="op">The op.</param>
    /// <param name="width">The register width.</param>
    public ChannelsAlike(ChannelSite place, Op op, LaneWidth width)
    {
        var (site, blocks) = (place.Site, place.Site.Output.Shape.Channels);
        parts = new Kernel[Math.Min(blocks, place.Pieces)];
        for (var part = 0; part < parts.Length; part++)
        {
            int first = part * blocks / parts.Length, end = (part + 1) * blocks / parts.Length;
            parts[part] = op.CreateKernel(
                site with { Inputs = Array.ConvertAll(site.Inputs, input => input.Part(first, end)), Output = site.Output.Part(first, end) }, width);
        }
    }

    public override void Schedule(StepSchedule schedule)
    {
        var own = Array.ConvertAll(parts, part =>
        {
            var phases = new StepSchedule();
            part.Schedule(phases);
            return phases;
        });
        foreach (var part in own)
            schedule.Prepare.AddRange(part.Prepare);
        for (var phase = 0; phase < own[0].Forward.Phases.Count; phase++)
        {
            var actions = Array.ConvertAll(own, part => part.Forward.Phases[phase].Action);
            schedule.Forward.Together(actions.Length, (in item) => actions[item.Index](item with { Index = 0 }));
        }
    }
}
