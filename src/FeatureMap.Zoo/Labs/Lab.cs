namespace FeatureMap.Zoo;

/// <summary>
/// An experiment under one name: several trainings or other measurements, and one page that tells what was asked, what was done and what came out. Derive a class, list it in
/// <see cref="Labs.All"/>, and <c>featuremap lab NAME</c> runs it: with settings, a folder, resuming, and the page. See README.md in this folder.
/// </summary>
public abstract class Lab
{
    /// <summary>The name that <c>featuremap lab</c> takes, such as <c>compare-optimizers</c>.</summary>
    public abstract string Name { get; }

    /// <summary>The heading of the page, such as <c>Optimisers compared</c>.</summary>
    public abstract string Title { get; }

    /// <summary>What is asked, in one sentence: it stands in the list of labs and below the heading of the page.</summary>
    public abstract string Question { get; }

    /// <summary>The name of its data set, as <see cref="Data.Datasets.Get"/> takes it; empty where the lab makes its data or finds files itself (<see cref="LabRun.FindFile"/>).</summary>
    public virtual string Dataset => "";

    /// <summary>What it needs, in a few words for the list of labs.</summary>
    public virtual string Needs => Dataset.Length > 0 ? Dataset : "nothing";

    /// <summary>The settings of its own; <c>seed</c>, <c>threads</c> and, with a <see cref="Dataset"/>, <c>data</c> and <c>image-size</c> come by themselves.</summary>
    public virtual IReadOnlyList<LabSetting> Settings => [];

    /// <summary>Values that make it small, for a first look and for tests (<c>--quick</c>): a minute at most. What is set beside wins.</summary>
    public virtual IReadOnlyList<(string Key, string Value)> Quick => [];

    /// <summary>How much it is going to do; null where it does not say so. A lab that says it has a remaining time.</summary>
    /// <param name="settings">The settings.</param>
    /// <param name="images">Training images of its data set, where it was loaded already; null before.</param>
    public virtual LabPlan? Plan(LabSettings settings, int? images = null) => null;

    /// <summary>
    /// Does the work and writes the page: trains by <see cref="LabRun.Train"/> and measures by <see cref="LabRun.Measure"/>, which both skip what an interrupted run has done already. It is
    /// run from its beginning when the lab is resumed, so whatever else it computes must come out the same.
    /// </summary>
    /// <param name="run">Settings, data, folder and page.</param>
    public abstract void Run(LabRun run);

    /// <summary>The name.</summary>
    public override string ToString() => Name;
}
