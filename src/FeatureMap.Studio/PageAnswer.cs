using System.Text;
using FeatureMap.Reports;
using Microsoft.AspNetCore.Http;

namespace FeatureMap.Studio;

/// <summary>What the studio answers: a page, a part of one, data or a problem.</summary>
internal sealed record PageAnswer(int Status, string Type, string Body)
{
    public const string Html = "text/html; charset=utf-8", Json = "application/json";

    /// <summary>Where the answer stands, for one that leads elsewhere.</summary>
    public string? Location { get; init; }

    /// <summary>The name under which a browser saves it, for a file.</summary>
    public string? FileName { get; init; }

    /// <summary>Whether it is a page that stands alone and was made elsewhere: it may run, load and send nothing.</summary>
    public bool IsForeign { get; init; }

    /// <summary>Where the pieces of a part begin and end (<see cref="HtmlBuilder.Cuts"/>).</summary>
    public IReadOnlyList<int> Cuts { get; init; } = [];

    public static PageAnswer Page(string html) => new(StatusCodes.Status200OK, Html, html);

    /// <summary>A part of a page, in pieces that may change alone.</summary>
    public static PageAnswer Part(HtmlBuilder html) => Page(html.ToString()) with { Cuts = html.Cuts };

    public static PageAnswer Data(string json) => new(StatusCodes.Status200OK, Json, json);

    public static PageAnswer Elsewhere(string location) => new(StatusCodes.Status303SeeOther, "text/plain", "") { Location = location };

    public async Task Send(HttpContext context)
    {
        var response = context.Response;
        response.StatusCode = Status;
        if (Location is not null)
        {
            response.Headers.Location = Location;
            return;
        }
        response.ContentType = Type;
        if (IsForeign) Gate.Confine(response.Headers);
        if (FileName is not null) response.Headers.ContentDisposition = $"attachment; filename=\"{FileName}\"";
        var body = Encoding.UTF8.GetBytes(Body);
        response.ContentLength = body.Length;
        if (!HttpMethods.IsHead(context.Request.Method)) await response.Body.WriteAsync(body, context.RequestAborted);
    }
}
