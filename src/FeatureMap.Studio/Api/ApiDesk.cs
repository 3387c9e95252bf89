using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;

namespace FeatureMap.Studio;

/// <summary>Takes what is sent by POST: one method for each address, and every problem as an answer.</summary>
internal sealed class ApiDesk(TryRoom trying, UploadDesk uploads, DesignRoom designing, ExportDesk exports, RunDesk runs, LabRoom labs)
{
    private const string ExportPath = "/api/export/";

    public async Task Serve(HttpContext context)
    {
        PageAnswer answer;
        try
        {
            answer = await Answer(context);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            return; // nobody waits for the answer any longer
        }
        catch (ConnectionResetException)
        {
            return;
        }
        await answer.Send(context);
    }

    private async Task<PageAnswer> Answer(HttpContext context)
    {
        try
        {
            return context.Request.Path.Value switch
            {
                Gate.UploadPath => await uploads.Take(context),
                "/api/try" => await TryIt(context),
                "/api/design/check" => await designing.Take("check", context),
                "/api/design/edit" => await designing.Take("edit", context),
                "/api/design/save" => await designing.Take("save", context),
                { } path when path.StartsWith(ExportPath, StringComparison.Ordinal) =>
                    await exports.Make(context, path[ExportPath.Length..]),
                _ => await runs.Take(context) ?? await labs.Take(context)
                    ?? throw new ProblemException(new Problem(StatusCodes.Status404NotFound, "Nothing takes this",
                    $"Nothing is sent to '{Problem.Shortened(context.Request.Path.Value ?? "")}'.")
                    {
                        Where = "path",
                        Received = Problem.Shortened(context.Request.Path.Value ?? ""),
                        Expected = $"{Gate.UploadPath}, /api/try, /api/design/check, /api/runs, /api/labs, /api/rates, /api/trials "
                        + "or what is done with a run or a lab",
                    }),
            };
        }
        catch (ProblemException found)
        {
            return found.Problem.Answer(wantsPage: false);
        }
        catch (FeatureMapException error)
        {
            return Problem.Of(error, context.Request.Path.Value ?? "").Answer(wantsPage: false);
        }
        catch (BadHttpRequestException error)
        {
            var title = error.StatusCode == StatusCodes.Status413PayloadTooLarge ? "Too large" : "Not a whole request";
            return new Problem(error.StatusCode, title, error.Message) { Where = "body" }.Answer(wantsPage: false);
        }
        catch (Exception error) when (error is not OperationCanceledException and not ConnectionResetException)
        {
            return Problem.Unexpected(error).Answer(wantsPage: false);
        }
    }

    private async Task<PageAnswer> TryIt(HttpContext context)
    {
        var state = await TryQuestion.Read(context);
        if (state.Image == StudioImages.None)
            throw new UsageException("image is the id of an image, such as digit-7: received 'none'. Send one, or choose a sample.");
        var view = await trying.Look(state, context.RequestAborted);
        return PageAnswer.Data(TryJson.Of(view).ToJsonString(Problem.JsonOptions));
    }
}
