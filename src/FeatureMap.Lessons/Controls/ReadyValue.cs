namespace FeatureMap.Lessons;

/// <summary>A value of one control with a name of its own, such as a kernel that blurs.</summary>
/// <param name="Control">The control.</param>
/// <param name="Title">What it is called.</param>
/// <param name="Text">The value, as it is typed.</param>
/// <param name="Look">What to look at.</param>
public sealed record ReadyValue(Control Control, string Title, string Text, string Look);
