using System.Text.Json;
using System.Text.Json.Nodes;
using FeatureMap.Descriptions;
using Microsoft.AspNetCore.Http;

namespace FeatureMap.Studio;

/// <summary>
/// What went wrong, as <c>application/problem+json</c> (RFC 9457) with what teaches beside it: where, what was received and expected, the
/// arithmetic, and the fix. A browser that asks for a page gets the same as a page.
/// </summary>
internal sealed record Problem(int Status, string Title, string Detail)
{
    public string Where { get; init; } = "";

    public string Received { get; init; } = "";

    public string Expected { get; init; } = "";

    public string Arithmetic { get; init; } = "";

    public string Fix { get; init; } = "";

    /// <summary>What the texts of the library say, taken apart where they are of the form "expected: received 'x'. Fix."</summary>
    public static Problem Of(FeatureMapException error, string where)
    {
        var (expected, received, fix) = (error.Message, "", "");
        if (expected.IndexOf(": received ", StringComparison.Ordinal) is > 0 and var at)
        {
            received = expected[(at + ": received ".Length)..];
            expected = expected[..at];
            if (received.IndexOf(". ", StringComparison.Ordinal) is > 0 and var end) (received, fix) = (received[..end],
                received[(end + 2)..]);
        }
        return new Problem(StatusCodes.Status400BadRequest, "This state cannot be", error.Message)
        {
            Where = where,
            Received = received.TrimEnd('.'),
            Expected = received.Length > 0 ? expected : "",
            Arithmetic = error is ShapeException ? error.Message : "",
            Fix = fix.Length > 0 ? fix : where.StartsWith("/learn", StringComparison.Ordinal)
                ? "Go back, or start again from the numbers that the lesson begins with." : "Go back, or change what it names.",
        };
    }

    public static Problem NotFound(string path, string hint = "") =>
        new(StatusCodes.Status404NotFound, "No such page", $"The studio has no page '{Shortened(path)}'.{hint}")
        {
            Where = "path",
            Received = Shortened(path),
            Expected = "/learn, or /learn/ and the name of a lesson",
            Fix = "Look at /learn, which lists all lessons.",
        };

    public static Problem NoToken(string detail) => new(StatusCodes.Status401Unauthorized, "The studio does not know you", detail + ".")
    {
        Where = "cookie",
        Expected = "the cookie that the printed address gives",
        Fix = "Open the address that the terminal printed: it ends in the token of this start.",
    };

    public static Problem TooBusy(string detail) => new(StatusCodes.Status429TooManyRequests, "Too much at once", detail)
    {
        Where = "work",
        Fix = "Ask again in a moment.",
    };

    public static Problem Unexpected(Exception error) => new(StatusCodes.Status500InternalServerError, "The studio failed",
        $"This is a fault of the studio, not of yours: {error.GetType().Name}: {error.Message}")
    {
        Fix = "Please report it with the address of the page.",
    };

    public static string Shortened(string text) => ValueKind.Shortened(VisibleText.Of(text));

    public JsonObject ToJson()
    {
        var json = new JsonObject { ["type"] = "about:blank", ["title"] = Title, ["status"] = Status, ["detail"] = Detail };
        foreach (var (name, value) in Facts)
            json[name] = value;
        return json;
    }

    /// <summary>What is known of it, by name.</summary>
    public IEnumerable<(string Name, string Value)> Facts => new[]
    {
        ("where", Where), ("received", Received), ("expected", Expected), ("arithmetic", Arithmetic), ("fix", Fix),
    }.Where(fact => fact.Item2.Length > 0);

    public Task Send(HttpContext context) => Answer(Wanted.Of(context.Request).Page).Send(context);

    public PageAnswer Answer(bool wantsPage) => wantsPage
        ? new PageAnswer(Status, PageAnswer.Html, ProblemPage.Of(this))
        : new PageAnswer(Status, "application/problem+json", ToJson().ToJsonString(JsonOptions));

    internal static JsonSerializerOptions JsonOptions { get; } = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
}

/// <summary>Carries a <see cref="Problem"/> from where it is found to where it is answered.</summary>
internal sealed class ProblemException(Problem problem) : Exception(problem.Detail)
{
    public Problem Problem { get; } = problem;
}
