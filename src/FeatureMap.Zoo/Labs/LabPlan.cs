namespace FeatureMap.Zoo;

/// <summary>How much a lab is going to do, as far as its settings say it: what a remaining time and an estimate are made of.</summary>
/// <param name="Trainings">Trainings, before any that are added on the way, such as further learning rates.</param>
/// <param name="Images">Images that all of them show to their networks, over all epochs; 0 where only the files say it.</param>
public sealed record LabPlan(int Trainings, long Images)
{
    /// <summary>Training images that a setting asks for: 0 stands for all.</summary>
    /// <param name="asked">The value of the setting.</param>
    /// <param name="there">How many there are; null where nothing was loaded yet.</param>
    internal static long Of(int asked, int? there) => asked == 0 ? there ?? 0 : Math.Min(asked, there ?? int.MaxValue);
}
