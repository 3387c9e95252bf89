using FeatureMap.Lessons;

namespace FeatureMap.Studio;

/// <summary>The page of a lesson, and perhaps of a second state that it is compared with.</summary>
internal sealed record LessonPair(LessonPage A, LessonPage? B)
{
    /// <summary>A page alone.</summary>
    public static implicit operator LessonPair(LessonPage page) => new(page, null);

    /// <summary>The address of both.</summary>
    public LessonAddress Address => new(A.State, B?.State);

    /// <summary>What differs; null where there is no second state.</summary>
    public LessonComparison? Compared { get; } = B is null ? null : LessonComparison.Of(A, B);

    /// <summary>Computes what an address stands for.</summary>
    /// <exception cref="UsageException">The numbers of a state do not fit each other, or would compute too much.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static LessonPair Open(LessonAddress address, IPictureSource pictures, CancellationToken cancellation)
    {
        var a = address.A.Lesson.Open(address.A, pictures, cancellation);
        return new(a, address.B is { } b ? b.Equals(address.A) ? a : b.Lesson.Open(b, pictures, cancellation) : null);
    }
}
