using FeatureMap.Lessons;

namespace FeatureMap.Studio;

/// <summary>Addresses of lessons.</summary>
internal static class LessonLink
{
    /// <summary>The page of a state; <paramref name="part"/> is <c>/stage</c> or <c>/file</c>.</summary>
    public static string To(Lesson lesson, string query = "", string part = "") =>
        $"/learn/{lesson.Id}{part}{(query.Length > 0 ? "?" : "")}{query}";
}
