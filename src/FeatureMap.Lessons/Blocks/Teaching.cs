using System.Text.Json.Serialization;

namespace FeatureMap.Lessons;

/// <summary>C# that does what the page shows, with the learner's numbers in it.</summary>
/// <param name="Section">Where it stands.</param>
/// <param name="Caption">What it does.</param>
/// <param name="Text">The lines.</param>
public sealed record Code(Section Section, string Caption, string Text) : Block(Section, "", Caption);

/// <summary>What goes wrong, why, and the lint rule that finds it in a network.</summary>
/// <param name="Text">The sentence.</param>
/// <param name="Rule">Id of the lint rule; null where there is none.</param>
public sealed record Pitfall(string Text, string? Rule = null) : Block(Section.Practice, "", "");

/// <summary>A state worth looking at, and what to see there: a preset of the page.</summary>
/// <param name="Id">A word in lower case.</param>
/// <param name="Title">What stands on the button.</param>
/// <param name="Query">The state.</param>
/// <param name="Look">What to look at.</param>
public sealed record Experiment(string Id, string Title, string Query, string Look) : Block(Section.Practice, "", Title);

/// <summary>A question with answers to choose from.</summary>
/// <param name="Text">What is asked.</param>
/// <param name="Answers">What there is to choose.</param>
/// <param name="Right">Which of them is right, counted from 0.</param>
/// <param name="Why">Why, shown afterwards.</param>
public sealed record Question(string Text, IReadOnlyList<string> Answers, int Right, string Why) : Block(Section.Practice, "", "");

/// <summary>Where facts of a lesson come from.</summary>
/// <param name="Title">Author and title.</param>
/// <param name="Place">An address, an arXiv number, or where else it stands.</param>
public sealed record Source(string Title, string Place);

/// <summary>The sources of a lesson and its room.</summary>
/// <param name="Room">The room of the library whose README is the reference, such as <c>Ops/Conv2d</c>.</param>
/// <param name="Items">The sources.</param>
public sealed record Sources(string Room, IReadOnlyList<Source> Items) : Block(Section.Reference, "", "");

/// <summary>What a learner commits to before the answer shows.</summary>
/// <param name="Text">What is asked.</param>
/// <param name="Block">Key of the block that has the answer.</param>
/// <param name="Number">Which of its <see cref="Block.Numbers"/> is asked for; -1 for the set of cells that are not 0.</param>
public sealed record Prediction(string Text, string Block, int Number = 0);

/// <summary>Whether a challenge is solved, and what to say about it.</summary>
/// <param name="IsSolved">Whether it is.</param>
/// <param name="Text">What is reached, or what is missing.</param>
public sealed record Verdict(bool IsSolved, string Text);

/// <summary>A task that is solved by a state of the lesson.</summary>
/// <param name="Id">A word in lower case.</param>
/// <param name="Task">What is to be reached.</param>
/// <param name="Judge">Judges a state, with the page that it gives.</param>
/// <param name="Solution">A state that solves it.</param>
/// <param name="NonSolution">A state that comes near and does not.</param>
public sealed record Challenge(string Id, string Task, Func<LessonState, LessonPage, Verdict> Judge, string Solution, string NonSolution);

/// <summary>A challenge on a page, judged for the state that is shown.</summary>
/// <param name="Id">A word in lower case.</param>
/// <param name="Task">What is to be reached.</param>
/// <param name="IsSolved">Whether the state solves it.</param>
/// <param name="Verdict">What is reached, or what is missing.</param>
public sealed record ChallengeBlock(string Id, string Task, bool IsSolved, string Verdict) : Block(Section.Practice, "", Id);
