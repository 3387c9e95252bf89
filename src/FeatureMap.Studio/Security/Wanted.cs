using Microsoft.AspNetCore.Http;

namespace FeatureMap.Studio;

/// <summary>
/// In which form an answer is wanted: the Accept header read by its rules (RFC 9110, section 12.5.1), so a form with quality 0 is
/// refused, not asked for. Where both are named a page is meant, as browsers do.
/// </summary>
internal readonly record struct Wanted(bool Page, bool Json)
{
    public static Wanted Of(HttpRequest request)
    {
        var accepted = request.GetTypedHeaders().Accept;
        bool Names(string type) => accepted.Any(one =>
            one.MediaType.Equals(type, StringComparison.OrdinalIgnoreCase) && one.Quality is not 0);
        var page = Names("text/html");
        return new Wanted(page, !page && Names("application/json"));
    }
}
