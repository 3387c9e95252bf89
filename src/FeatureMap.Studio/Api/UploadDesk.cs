using System.Text.Json.Nodes;
using FeatureMap.Data;
using FeatureMap.Descriptions;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;

namespace FeatureMap.Studio;

/// <summary>
/// Takes one image: a form with one file, of at most 8 MiB and 4,096 x 4,096 pixels. What the first bytes say is checked before anything is
/// decoded, then all of it is decoded once, so that a damaged file is refused here and not on a page. It stays in memory.
/// </summary>
internal sealed class UploadDesk(StudioImages images, Hub hub)
{
    /// <summary>Bytes of a file at most.</summary>
    public const int LargestFile = 8 * 1024 * 1024;

    /// <summary>Rows and columns at most.</summary>
    public const int LongestSide = 4096;

    private const int Around = 16 * 1024; // what the form has beside the file
    private const int MostAtOnce = 4, LongestBoundary = 100;

    private readonly WorkGate work = new(limit: TimeSpan.FromSeconds(10), fix: "Send the image scaled down.");
    private int taking;

    /// <summary>Takes the file of a request.</summary>
    /// <exception cref="ProblemException">It is refused.</exception>
    public async Task<PageAnswer> Take(HttpContext context)
    {
        if (context.Request.ContentLength > LargestFile + Around) throw TooLarge($"{context.Request.ContentLength:N0} bytes");
        if (Interlocked.Increment(ref taking) > MostAtOnce)
        {
            Interlocked.Decrement(ref taking);
            throw new ProblemException(Problem.TooBusy($"{MostAtOnce} files are being sent already."));
        }
        try
        {
            if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
                limit.MaxRequestBodySize = LargestFile + Around;
            var (name, content) = await Read(context);
            var header = await work.Do(() => Checked(name, content), context.RequestAborted);
            var (image, forgotten) = images.Uploads.Keep(name, content);
            foreach (var old in forgotten) hub.Publish(Hub.Server, "forgotten", new JsonObject { ["id"] = old.Id });
            hub.Publish(Hub.Server, "uploaded", new JsonObject { ["id"] = image.Id, ["name"] = image.Name });
            return PageAnswer.Data(new JsonObject
            {
                ["schema"] = 1,
                ["id"] = image.Id,
                ["name"] = image.Name,
                ["format"] = header.Format.ToString().ToUpperInvariant(),
                ["width"] = header.Width,
                ["height"] = header.Height,
                ["channels"] = header.Channels,
                ["bytes"] = content.Length,
            }.ToJsonString(Problem.JsonOptions));
        }
        finally
        {
            Interlocked.Decrement(ref taking);
        }
    }

    private static async Task<(string Name, byte[] Content)> Read(HttpContext context)
    {
        var type = MediaTypeHeaderValue.TryParse(context.Request.ContentType, out var parsed) ? parsed : null;
        var boundary = HeaderUtilities.RemoveQuotes(type?.Boundary ?? default).Value;
        if (string.IsNullOrWhiteSpace(boundary) || boundary.Length > LongestBoundary)
            throw NoForm("its header names no boundary", "header Content-Type");
        try
        {
            var reader = new MultipartReader(boundary, context.Request.Body) { HeadersCountLimit = 8, HeadersLengthLimit = 4096 };
            var section = await reader.ReadNextSectionAsync(context.RequestAborted) ?? throw NoForm("it is empty");
            if (!ContentDispositionHeaderValue.TryParse(section.ContentDisposition, out var disposition) || disposition is null
                || !disposition.IsFileDisposition())
                throw NoForm("its first part is no file");
            using var content = new MemoryStream();
            await Copy(section.Body, content, context.RequestAborted);
            if (await reader.ReadNextSectionAsync(context.RequestAborted) is not null) throw NoForm("it has a second part");
            var name = disposition.FileName.Value is { Length: > 0 } given ? given : "image";
            return (ValueKind.Shortened(VisibleText.Of(HeaderUtilities.RemoveQuotes(name).Value ?? name)), content.ToArray());
        }
        catch (InvalidDataException)
        {
            throw NoForm("its parts cannot be read"); // headers that are too many, too long or none
        }
        catch (IOException error) when (error is not (BadHttpRequestException or Microsoft.AspNetCore.Connections.ConnectionResetException))
        {
            throw NoForm("it ends in the middle of a part");
        }
    }

    private static async Task Copy(Stream from, MemoryStream to, CancellationToken cancellation)
    {
        var buffer = new byte[64 * 1024];
        while (await from.ReadAsync(buffer, cancellation) is > 0 and var count)
        {
            if (to.Length + count > LargestFile) throw TooLarge($"more than {LargestFile:N0} bytes");
            to.Write(buffer, 0, count);
        }
    }

    private static ImageHeader Checked(string name, byte[] content)
    {
        ImageHeader header;
        try
        {
            header = ImageFile.ReadHeader(new MemoryStream(content), name);
        }
        catch (DataException error)
        {
            throw IsKnown(content) ? Damaged(error)
                : new ProblemException(new Problem(StatusCodes.Status415UnsupportedMediaType, "Not an image that is read here",
                    error.Message)
                {
                    Where = "file",
                    Expected = "PNG, JPEG or BMP",
                    Fix = "Convert it to PNG.",
                });
        }
        if (header.Width > LongestSide || header.Height > LongestSide)
            throw new ProblemException(new Problem(StatusCodes.Status413PayloadTooLarge, "Too many pixels",
                $"{name} has {header.Width:N0} x {header.Height:N0} pixels (width x height).")
            {
                Where = "file",
                Received = $"{header.Width:N0} x {header.Height:N0}",
                Expected = $"at most {LongestSide:N0} x {LongestSide:N0}",
                Fix = "Scale it down.",
            });
        try
        {
            Picture.Load(new MemoryStream(content), name);
        }
        catch (DataException error)
        {
            throw Damaged(error);
        }
        return header;
    }

    private static bool IsKnown(ReadOnlySpan<byte> content) =>
        content is [0x89, (byte)'P', (byte)'N', (byte)'G', ..] or [0xFF, 0xD8, 0xFF, ..] or [(byte)'B', (byte)'M', ..];

    private static ProblemException Damaged(DataException error) => new(new Problem(StatusCodes.Status400BadRequest,
        "The image cannot be read", error.Message)
    { Where = "file", Fix = "Save the image again, or take another one." });

    private static ProblemException TooLarge(string received) => new(new Problem(StatusCodes.Status413PayloadTooLarge, "Too large",
        $"A file has at most {LargestFile:N0} bytes (8 MiB).")
    {
        Where = "body",
        Received = received,
        Expected = $"at most {LargestFile:N0} bytes",
        Fix = "Scale the image down.",
    });

    private static ProblemException NoForm(string why, string where = "body") => new(new Problem(StatusCodes.Status400BadRequest,
        "Not a form with one file", $"An image is sent as a form of one file; {why}.")
    {
        Where = where,
        Expected = "multipart/form-data with one part that has a file name",
    });
}
