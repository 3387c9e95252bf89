using System.Collections.Concurrent;
using System.Text.RegularExpressions;
using FeatureMap.Analysis;
using FeatureMap.Lessons;
using FeatureMap.Networks;
using FeatureMap.Ops;
using FeatureMap.Randomness;
using FeatureMap.Tests.House;
using Xunit;

namespace FeatureMap.Tests.Lessons;

/// <summary>What every lesson must keep, for its defaults, every experiment, its witnesses and 25 random states.</summary>
public sealed partial class LessonTests
{
    private const int RandomStates = 25, MostTries = 2000;
    private static readonly ConcurrentDictionary<string, IReadOnlyList<LessonPage>> Opened = new();

    private static readonly Dictionary<string, LessonOracle> Oracles = typeof(LessonTests).Assembly.GetTypes()
        .Where(type => type.IsSubclassOf(typeof(LessonOracle)) && !type.IsAbstract)
            .Select(type => (LessonOracle)Activator.CreateInstance(type)!).ToDictionary(oracle => oracle.Id);

    public static TheoryData<string> Ids => [.. Lesson.All.Select(lesson => lesson.Id)];

    [Fact]
    public void Every_lesson_has_an_oracle_and_every_oracle_a_lesson() =>
        Assert.Equal(Lesson.All.Select(lesson => lesson.Id).Order(StringComparer.Ordinal), Oracles.Keys.Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Ids))]
    public void Its_numbers_are_those_of_its_oracle(string id)
    {
        foreach (var page in Pages(id))
            Oracles[id].Judge(page);
    }

    [Theory]
    [MemberData(nameof(Ids))]
    public void Its_formulas_give_the_number_before_them(string id)
    {
        foreach (var formula in Pages(id).SelectMany(page => page.Blocks).OfType<Formula>())
            Assert.True(Near(formula.Left.Value, formula.Right.Value), $"{id}: {formula.Symbols}; {formula.Filled}, but the right side "
                + $"is {formula.Right.Value}.");
    }

    /// <summary>Whatever a page computed by the engine, the naive reference computes again in double precision: outputs and all
    /// gradients.</summary>
    [Theory]
    [MemberData(nameof(Ids))]
    public void Its_networks_compute_what_the_naive_reference_computes(string id)
    {
        foreach (var trace in Pages(id).SelectMany(page => page.Traces))
            TraceJudge.Check(trace);
    }

    [Theory]
    [MemberData(nameof(Ids))]
    public void Its_states_come_back_from_their_address(string id)
    {
        foreach (var page in Pages(id))
        {
            var again = LessonState.Parse(page.State.Lesson, page.State.Query);
            Assert.Equal(page.State, again);
            Assert.All(page.State.Lesson.Controls, control => Assert.Equal(page.State.Text(control), again.Text(control)));
            Assert.All(page.State.Lesson.Controls, control => Assert.Equal(page.State.Text(control), control.Setting.Format(page.State)));
        }
    }

    [Theory]
    [MemberData(nameof(Ids))]
    public void Its_text_and_its_JSON_say_the_same(string id)
    {
        foreach (var page in Pages(id))
        {
            var (lines, json) = (LessonText.Of(page), LessonJson.Of(page));
            var text = string.Join(' ', lines.Select(line => line.Trim()));
            Assert.Equal(lines, json["text"]!.AsArray().Select(line => (string)line!));
            Assert.All(page.Blocks.OfType<Sentence>(), sentence => Assert.Contains(sentence.Text, text, StringComparison.Ordinal));
            Assert.Equal(page.Blocks.Count, json["blocks"]!.AsArray().Count);
            foreach (var block in page.Blocks.Where(block => block.Key.Length > 0))
                Assert.Equal(block.Numbers.Select(value => double.IsFinite(value) ? value : (double?)null),
                    json["numbers"]![block.Key]!.AsArray().Select(value => (double?)value), Read);
            foreach (var grid in page.Blocks.OfType<Grid>().Where(grid => grid is { Rows: <= 24, Columns: <= 24 }))
                Assert.All(grid.Values, value => Assert.Contains(NumberText.Of(value), text, StringComparison.Ordinal));
            Assert.All(page.Blocks.OfType<Formula>(), formula => Assert.Contains($"{formula.Filled}", text, StringComparison.Ordinal));
            Assert.All(page.Blocks.OfType<FeatureMap.Lessons.Cost>().SelectMany(cost => cost.Figures), figure =>
                Assert.Contains(NumberText.Of(figure.Value), text, StringComparison.Ordinal));
            Assert.All(page.Blocks.OfType<Table>().SelectMany(table => table.Rows).SelectMany(row => row), cell =>
                Assert.Contains(cell.Text, text, StringComparison.Ordinal));
            Assert.All(page.Blocks.OfType<Table>().SelectMany(LessonText.Of), line => Assert.True(line.Length <= 120, line));
            Assert.All(page.Blocks.OfType<Sentence>().SelectMany(LessonText.Of), line => Assert.True(line.Length <= 100, line));
        }
    }

    /// <summary>A sentence that depends on the state is a condition, which the next test and the oracle see; not a branch of the
    /// code.</summary>
    [Fact]
    public void Sentences_that_depend_on_the_state_are_conditions() => Guard.None(
        Repository.Sources("src/FeatureMap.Lessons/Lessons").SelectMany(file => BranchedSentence().Matches(File.ReadAllText(file))
            .Select(match => $"{Repository.Short(file)}: {match.Value.Trim()} Write page.When(\"name\", holds, then, otherwise).")));

    /// <summary>A sentence that is always said is no condition, and one that is never said teaches nobody.</summary>
    [Theory]
    [MemberData(nameof(Ids))]
    public void Each_of_its_conditions_is_met_and_missed(string id)
    {
        var seen = Pages(id).SelectMany(page => page.Conditions).ToLookup(pair => pair.Key, pair => pair.Value);
        Assert.All(seen, condition => Assert.True(
            condition.Distinct().Count() == 2, $"{id}: '{condition.Key}' is always {condition.First()}. Add a witness to its oracle, "
                + $"or say it without a condition."));
    }

    [Theory]
    [MemberData(nameof(Ids))]
    public void Each_of_its_challenges_has_a_solution_and_a_non_solution(string id)
    {
        var lesson = Lesson.Get(id);
        Assert.All(lesson.Challenges, challenge =>
        {
            Assert.True(Verdict(challenge.Solution).IsSolved, $"{id}/{challenge.Id}: {Verdict(challenge.Solution).Verdict}");
            Assert.False(Verdict("").IsSolved, $"{id}/{challenge.Id} is solved before anything is changed: {Verdict("").Verdict}");
            Assert.False(Verdict(challenge.NonSolution).IsSolved, $"{id}/{challenge.Id}: {Verdict(challenge.NonSolution).Verdict}");
            ChallengeBlock Verdict(string query) => lesson.Open(query).Blocks.OfType<ChallengeBlock>()
                .Single(block => block.Id == challenge.Id);
        });
    }

    [Theory]
    [MemberData(nameof(Ids))]
    public void It_has_all_that_a_lesson_has(string id)
    {
        var lesson = Lesson.Get(id);
        var page = lesson.Open();
        Assert.Contains(page.Blocks, block => block is Grid { Control: not null } || lesson.Controls.Count > 0);
        Assert.Equal(Oracles[id].HasTrace, page.Traces.Count > 0);
        Assert.Contains(page.Blocks, block => block.Section == Section.Gradient);
        Assert.Contains(page.Blocks, block => block.Section == Section.Cost);
        Assert.Contains(page.Blocks, block => block.Section == Section.Code);
        Assert.True(lesson.Pitfalls.Count >= 2, "two pitfalls");
        Assert.True(lesson.Experiments.Count >= 3, "three experiments");
        Assert.NotEmpty(lesson.Questions);
        Assert.All(lesson.Questions, question => Assert.InRange(question.Right, 0, question.Answers.Count - 1));
        Assert.True(lesson.Prediction.Number < page.Numbers(lesson.Prediction.Block).Count);
        Assert.NotEmpty(lesson.Sources);
        Assert.NotEmpty(lesson.RoomText());
        Assert.NotEmpty(lesson.Headings);
        Assert.All(lesson.Headings, heading => Assert.Contains(heading, Course.Chapters.SelectMany(chapter => chapter.Headings)));
        Assert.All(lesson.LintRules, rule => Assert.Contains(rule, Linter.Rules.Select(one => one.Id)));
        Assert.All(lesson.Experiments, experiment => Assert.Equal(experiment.Query, LessonState.Parse(lesson, experiment.Query).Query));
        Assert.Equal(lesson.Controls.Count, lesson.Controls.Select(control => control.Name).Distinct().Count());
        Assert.All(page.Blocks, block => Assert.DoesNotContain("--", block is Sentence sentence ? sentence.Text : block.Caption,
            StringComparison.Ordinal));
    }

    /// <summary>Pages for the defaults, the experiments, the witnesses and random states that fit; those that do not fit are refused with a
    /// message.</summary>
    internal static IReadOnlyList<LessonPage> Pages(string id) => Opened.GetOrAdd(id, _ =>
    {
        var (lesson, oracle) = (Lesson.Get(id), Oracles[id]);
        var pages = lesson.Experiments.Select(experiment => experiment.Query).Prepend("").Concat(oracle.Witnesses).Select(lesson.Open)
            .ToList();
        var random = new RandomSequence(1, RandomPurpose.Testing, (uint)id.Sum(letter => letter));
        for (var (tries, found) = (0, 0); found < RandomStates; tries++)
        {
            Assert.True(tries < MostTries, $"{id}: only {found} of {tries} random states fit. Narrow its controls, or override Random "
                + $"in its oracle.");
            try
            {
                var pairs = new List<(string, string)>();
                foreach (var control in lesson.Controls)
                    if (random.NextInt(3) > 0) pairs.Add((control.Name, oracle.Random(control, ref random)));
                pages.Add(lesson.Open(LessonState.From(lesson, pairs)));
                found++;
            }
            catch (UsageException error)
            {
                Assert.NotEmpty(error.Message);
            }
        }
        return pages;
    });

    // A power of two may come back from its shortest text as its neighbour.
    private static bool Read(double? one, double? other) =>
        one == other || Math.Abs(one!.Value - other!.Value) <= 4e-16 * Math.Abs(one.Value);

    private static bool Near(double one, double other) => one == other || Math.Abs(one - other) <= 1e-5 * Math.Max(1,
        Math.Max(Math.Abs(one), Math.Abs(other)));

    [GeneratedRegex(
        @"^[^\n]*(?:\bif \([^\n]*\)|\belse)\s+page(?:\.In\([^)]*\))?\.Say\(|\.Say\([^""$\n]*\n?[^""$\n]*\?|\.Say\([^;]*;\s*return;",
        RegexOptions.Multiline)]
    private static partial Regex BranchedSentence();
}
