using System.Text.Json;
using System.Text.Json.Nodes;
using FeatureMap.Lessons;
using Microsoft.AspNetCore.Http;

namespace FeatureMap.Studio;

/// <summary>
/// Answers addresses, whether they came by HTTP or over the socket. An answer is made of the address alone: the studio keeps nothing
/// between two questions, and asking changes nothing.
/// </summary>
internal sealed class Desk(
    StudioImages images, TryRoom trying, WalkRoom walking, DesignRoom designing, DataRoom data, RunDesk runs, LabRoom labs)
{
    private const int LongestAddress = 8 * 1024;

    private readonly WorkGate work = new();

    /// <summary>Answers a request.</summary>
    public async Task Serve(HttpContext context)
    {
        var wanted = Wanted.Of(context.Request);
        if (HttpMethods.IsPost(context.Request.Method))
        {
            var problem = new Problem(StatusCodes.Status405MethodNotAllowed, "Method not allowed",
                "This page is asked for by GET; nothing here takes what is sent.")
            {
                Where = "method",
                Received = "POST",
                Expected = "GET",
            };
            await problem.Answer(wanted.Page).Send(context);
            return;
        }
        var address = context.Request.Path.ToUriComponent() + context.Request.QueryString.ToUriComponent();
        try
        {
            var answer = await Answer(address, wanted.Json, wanted.Page, context.RequestAborted);
            await answer.Send(context);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // Nobody waits for the answer any longer.
        }
    }

    /// <summary>The answer to an address; every problem is one too.</summary>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public async Task<PageAnswer> Answer(string address, bool wantsJson, bool wantsPage, CancellationToken cancellation)
    {
        Problem problem;
        try
        {
            if (address.Length > LongestAddress)
                throw new ProblemException(new Problem(StatusCodes.Status414UriTooLong, "Too long",
                    $"An address has at most {LongestAddress:N0} characters.")
                {
                    Where = "address",
                    Received = $"{address.Length:N0} characters",
                    Expected = $"at most {LongestAddress:N0}",
                    Fix = "Use fewer or shorter numbers.",
                });
            var (path, query) = address.IndexOf('?', StringComparison.Ordinal) is >= 0 and var at ? (address[..at], address[(at + 1)..])
                : (address, "");
            return await Route(path, query, wantsJson, cancellation);
        }
        catch (ProblemException found)
        {
            problem = found.Problem;
        }
        catch (FeatureMapException error)
        {
            problem = Problem.Of(error, Problem.Shortened(Uri.UnescapeDataString(address)));
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            problem = Problem.Unexpected(error);
        }
        return problem.Answer(wantsPage && !wantsJson);
    }

    private async Task<PageAnswer> Route(string path, string query, bool wantsJson, CancellationToken cancellation)
    {
        string[] parts = [.. path.Trim('/').Split('/').Select(Uri.UnescapeDataString)];
        switch (parts)
        {
            case [""]:
                return PageAnswer.Elsewhere("/learn");
            case ["favicon.ico"]:
                return PageAnswer.Elsewhere("/assets/icon.svg");
            case ["learn"]:
                return wantsJson ? Data(LearnPage.Json()) : Search(query) is { } found ? found : PageAnswer.Page(LearnPage.Html(query));
            case ["learn", var name]:
                {
                    var pair = await Open(name, query, path, cancellation);
                    return wantsJson ? Data(Json(pair)) : PageAnswer.Page(LessonHtml.Page(pair));
                }
            case ["learn", var name, "stage"]:
                return PageAnswer.Part(LessonHtml.Stage(await Open(name, query, path, cancellation)));
            case ["learn", var name, "file"]:
                {
                    var page = (await Open(name, query, path, cancellation)).A;
                    return PageAnswer.Page(LessonFile.Of(page)) with { FileName = $"featuremap-{page.State.Lesson.Id}.html" };
                }
            case ["try", ..]:
                return await trying.Answer(parts, path, query, wantsJson, cancellation);
            case ["walk", ..]:
                return await walking.Answer(parts, path, query, wantsJson, cancellation);
            case ["data", ..]:
                return await data.Answer(parts, path, query, wantsJson, cancellation);
            case ["design", ..]:
                return await designing.Answer(parts, path, query, wantsJson, cancellation);
            case ["train" or "runs" or "compare", ..]:
                return await runs.Answer(parts, path, query, wantsJson, cancellation);
            case ["labs", ..]:
                return labs.Answer(parts, path, query, wantsJson);
            default:
                throw new ProblemException(Problem.NotFound(path));
        }
    }

    private static JsonObject Json(LessonPair pair)
    {
        var json = LessonJson.Of(pair.A);
        if (pair.Compared is { } compared) json["b"] = LessonJson.Of(compared);
        return json;
    }

    private Task<LessonPair> Open(string name, string query, string path, CancellationToken cancellation)
    {
        var lesson = Lesson.Find(name);
        if (lesson is null)
            throw new ProblemException(Problem.NotFound(path, NearestName.Suggest(name, Lesson.All.SelectMany(one =>
                one.Aliases.Prepend(one.Id)))));
        var address = LessonAddress.Parse(lesson, query);
        return work.Do(stop => LessonPair.Open(address, images, stop), cancellation);
    }

    private static PageAnswer? Search(string query)
    {
        var text = LearnPage.Sought(query);
        return text.Length == 0 ? null
            : Lesson.Find(text) is { } lesson ? PageAnswer.Elsewhere(LessonLink.To(lesson))
            : LearnPage.Found(text) is [var only] ? PageAnswer.Elsewhere(LessonLink.To(only)) : null;
    }

    private static PageAnswer Data(JsonNode json) => PageAnswer.Data(json.ToJsonString(Problem.JsonOptions));
}
