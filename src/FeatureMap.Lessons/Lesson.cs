namespace FeatureMap.Lessons;

/// <summary>
/// One lesson of the course: what it claims, what a learner changes, and the blocks that it computes for a state. The terminal, JSON and
/// the studio draw the same blocks.
/// How to add one: README.md of this project.
/// </summary>
/// <example><code>
/// var page = Lesson.Get("convolution").Open("stride=2");
/// Console.WriteLine(string.Join(' ', page.Numbers("output")));
/// </code></example>
public abstract class Lesson
{
    /// <summary>All lessons, in the order of the course.</summary>
    public static IReadOnlyList<Lesson> All { get; } = LessonCatalogue.InOrder();

    /// <summary>What it is asked for by, such as <c>receptive-field</c>.</summary>
    public abstract string Id { get; }

    /// <summary>Other words that people type for it.</summary>
    public virtual IReadOnlyList<string> Aliases => [];

    /// <summary>The headings of the course page that it answers.</summary>
    public abstract IReadOnlyList<string> Headings { get; }

    /// <summary>Its heading.</summary>
    public abstract string Title { get; }

    /// <summary>What it says, in one sentence.</summary>
    public abstract string Claim { get; }

    /// <summary>What a learner changes; the order is that of addresses.</summary>
    public abstract IReadOnlyList<Control> Controls { get; }

    /// <summary>States worth looking at; the first ones are the presets of the page.</summary>
    public abstract IReadOnlyList<Experiment> Experiments { get; }

    /// <summary>Values of single controls that are worth having at hand; the other controls stay as they are.</summary>
    public virtual IReadOnlyList<ReadyValue> ReadyValues => [];

    /// <summary>What a learner commits to before the answer shows.</summary>
    public abstract Prediction Prediction { get; }

    /// <summary>What goes wrong, with the lint rule that finds it.</summary>
    public abstract IReadOnlyList<Pitfall> Pitfalls { get; }

    /// <summary>Questions with answers.</summary>
    public abstract IReadOnlyList<Question> Questions { get; }

    /// <summary>Tasks that a state solves.</summary>
    public virtual IReadOnlyList<Challenge> Challenges => [];

    /// <summary>The room of the library where it is written down, such as <c>Ops/Conv2d</c>.</summary>
    public abstract string Room { get; }

    /// <summary>Where its facts come from.</summary>
    public abstract IReadOnlyList<Source> Sources { get; }

    /// <summary>Ids of the lint rules that its pitfalls name.</summary>
    public IReadOnlyList<string> LintRules => [.. Pitfalls.Select(pitfall => pitfall.Rule).OfType<string>().Distinct()];

    /// <summary>The lesson of this id, alias or heading.</summary>
    /// <exception cref="UsageException">There is none; the nearest is suggested.</exception>
    public static Lesson Get(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return Find(name) ?? throw new UsageException($"There is no lesson '{Descriptions.ValueKind.Shortened(name)}'."
            + $"{NearestName.Suggest(name, All.SelectMany(lesson => lesson.Aliases.Prepend(lesson.Id)))}");
    }

    /// <summary>The lesson of this id, alias or heading; null where there is none.</summary>
    public static Lesson? Find(string name) => All.FirstOrDefault(lesson => lesson.Headings.Append(lesson.Id).Concat(lesson.Aliases)
        .Contains(name, StringComparer.OrdinalIgnoreCase));

    /// <summary>The control of this name.</summary>
    /// <exception cref="UsageException">The lesson has none.</exception>
    public Control Control(string name) => Controls.FirstOrDefault(control =>
        string.Equals(control.Name, name, StringComparison.OrdinalIgnoreCase))
        ?? throw new UsageException($"'{Id}' has no {Descriptions.ValueKind.Shortened(name)}; it takes "
            + $"{string.Join(", ", Controls.Select(control => control.Name))}.");

    /// <summary>The page of an address.</summary>
    /// <param name="query">Such as <c>stride=2</c>; empty for the defaults.</param>
    /// <exception cref="UsageException">The address cannot be read, or its numbers do not fit each other.</exception>
    public LessonPage Open(string query = "") => Open(LessonState.Parse(this, query));

    /// <summary>The page of a state.</summary>
    /// <param name="state">What the controls stand at.</param>
    /// <exception cref="UsageException">The numbers of the state do not fit each other, or would compute too much.</exception>
    public LessonPage Open(LessonState state) => Open(state, null);

    /// <summary>The page of a state, for a host that has pictures of its own.</summary>
    /// <param name="state">What the controls stand at.</param>
    /// <param name="pictures">Where pictures come from; <see cref="SamplePictures"/> where null.</param>
    /// <param name="cancellation">Ends the work before the next network is computed.</param>
    /// <exception cref="UsageException">The numbers of the state do not fit each other, would compute too much, or there is no such
    /// picture.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public LessonPage Open(LessonState state, IPictureSource? pictures, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(state);
        var page = new LessonPage(state, pictures, cancellation);
        try
        {
            Compute(state, page);
        }
        catch (ShapeException error)
        {
            // Numbers that do not fit each other were given.
            throw new UsageException(error.InnerException?.Message ?? error.Message, error);
        }
        page.Add(new Sources(Room, Sources));
        foreach (var block in (IEnumerable<Block>)[.. Pitfalls, .. Experiments, .. Questions])
            page.Add(block);
        foreach (var challenge in Challenges)
        {
            var verdict = challenge.Judge(state, page);
            page.Add(new ChallengeBlock(challenge.Id, challenge.Task, verdict.IsSolved, verdict.Text));
        }
        return page;
    }

    /// <summary>The text of the room: its README, as Markdown.</summary>
    public string RoomText() => Rooms.Text(Room);

    /// <summary>Writes the blocks for a state.</summary>
    /// <param name="state">What the controls stand at.</param>
    /// <param name="page">Takes the blocks.</param>
    /// <exception cref="ShapeException">The numbers do not fit each other.</exception>
    /// <exception cref="UsageException">The numbers would compute too much, or do not fit each other.</exception>
    protected abstract void Compute(LessonState state, LessonPage page);
}
