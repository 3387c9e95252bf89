using Microsoft.AspNetCore.Http;

namespace FeatureMap.Studio;

/// <summary>Sends the file of an image: one of the list, as it was received or written.</summary>
internal static class ImageAnswer
{
    public static async Task Send(HttpContext context, StudioImages images, string id)
    {
        StudioImage image;
        try
        {
            image = images.Get(id);
        }
        catch (ProblemException missing)
        {
            await missing.Problem.Send(context);
            return;
        }
        catch (FeatureMapException error)
        {
            await Problem.Of(error, "image").Send(context);
            return;
        }
        // What was received was decoded when it came, so it is one of three kinds.
        context.Response.ContentType = image.Content switch
        {
            [0x89, ..] => "image/png",
            [0xFF, ..] => "image/jpeg",
            _ => "image/bmp",
        };
        context.Response.ContentLength = image.Content.Length;
        if (!HttpMethods.IsHead(context.Request.Method)) await context.Response.Body.WriteAsync(image.Content, context.RequestAborted);
    }
}
