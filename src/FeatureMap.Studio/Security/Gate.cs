using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace FeatureMap.Studio;

/// <summary>
/// Who may speak to the studio: a page of the studio itself, in the browser that was opened with the address of this start. Every answer,
/// refusals too, carries the headers that keep other pages out.
/// </summary>
/// <remarks>
/// A page of a foreign site can send requests to 127.0.0.1, and by DNS rebinding under a name of its own. So the Host must be ours (421),
/// the Origin and Sec-Fetch-Site, where a browser sends them, ours (403), and a cookie that only the printed address gives must come along
/// (401).
/// </remarks>
internal sealed class Gate
{
    /// <summary>The name of the token in the printed address.</summary>
    public const string TokenName = "token";

    /// <summary>What a page may load: only what the studio sends, and no script or style that stands in the page itself.</summary>
    public const string ContentPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "
        + "form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

    /// <summary>What a page that stands alone may do, such as that of a lab, whose file anybody may have changed: show what stands in it,
    /// with its own style. It is a sandbox in which no script runs and no form is sent; links lead on as on any page of the
    /// studio.</summary>
    public const string ConfinedPolicy = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; form-action 'none'; "
        + "base-uri 'none'; frame-ancestors 'none'; sandbox allow-same-origin";

    /// <summary>What an upload carries beside its body: a form of another page cannot send it.</summary>
    public const string UploadHeader = "X-FeatureMap-Upload";

    /// <summary>Where files are sent to; everything else that is sent is JSON.</summary>
    public const string UploadPath = "/api/uploads";

    /// <summary>128 random bits, new with each start.</summary>
    public string Token { get; } = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));

    /// <summary>The port that the studio listens on.</summary>
    public int Port { get; set; }

    /// <summary>Browsers tell cookies of two ports apart by name only.</summary>
    public string CookieName => $"featuremap-studio-{Port}";

    public async Task Pass(HttpContext context, RequestDelegate next)
    {
        Protect(context.Response.Headers, context.Request.Path);
        if (Refusal(context.Request) is { } refusal)
        {
            await refusal.Send(context);
            return;
        }
        if (GivenToken(context.Request.QueryString) is { } given)
        {
            if (!IsToken(given))
            {
                await Problem.NoToken("The token in the address is not that of this start").Send(context);
                return;
            }
            // Once: then the address is free of it, in the history too.
            context.Response.Cookies.Append(CookieName, Token, new CookieOptions
            {
                HttpOnly = true,
                SameSite = SameSiteMode.Strict,
                Path = "/"
            });
            context.Response.StatusCode = StatusCodes.Status303SeeOther;
            context.Response.Headers.Location = PathWithoutToken(context.Request);
            return;
        }
        if (!context.Request.Cookies.TryGetValue(CookieName, out var cookie) || !IsToken(cookie))
        {
            await Problem.NoToken("This browser has not been opened with the address of this start").Send(context);
            return;
        }
        await next(context);
    }

    /// <summary>Changes the headers of an answer to those of a page that stands alone.</summary>
    public static void Confine(IHeaderDictionary headers)
    {
        headers.ContentSecurityPolicy = ConfinedPolicy;
        // A browser opens no sandbox under a policy of openers: it would show an error in its place.
        headers.Remove("Cross-Origin-Opener-Policy");
    }

    private static void Protect(IHeaderDictionary headers, PathString path)
    {
        // A camera is asked for where an image is tried, and nowhere else.
        var camera = path == TryPage.Path ? "self" : "";
        headers.ContentSecurityPolicy = ContentPolicy;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers["Permissions-Policy"] = $"camera=({camera}), microphone=(), geolocation=()";
        headers.CacheControl = "no-cache";
    }

    private Problem? Refusal(HttpRequest request)
    {
        var host = request.Headers.Host.ToString();
        if (!IsOwn(host))
            return new Problem(StatusCodes.Status421MisdirectedRequest, "Not for this host",
                "The studio answers under its own name and port only.")
            {
                Where = "header Host",
                Received = Problem.Shortened(host),
                Expected = $"127.0.0.1:{Port} or localhost:{Port}",
                Fix = "Open the address that the terminal printed.",
            };
        if (Foreign(request) is { } foreign) return foreign;
        if (!HttpMethods.IsGet(request.Method) && !HttpMethods.IsHead(request.Method) && !HttpMethods.IsPost(request.Method))
            return new Problem(StatusCodes.Status405MethodNotAllowed, "Method not allowed", "The studio knows GET, HEAD and POST.")
            {
                Where = "method",
                Received = Problem.Shortened(request.Method),
                Expected = "GET, HEAD or POST",
            };
        if (!HttpMethods.IsPost(request.Method)) return null;
        var type = request.ContentType ?? "";
        if (request.Path == UploadPath) return UploadRefusal(request, type);
        return IsType(type, "application/json") ? null
            : new Problem(StatusCodes.Status415UnsupportedMediaType, "Not JSON", "What is sent to the studio is JSON.")
            {
                Where = "header Content-Type",
                Received = Problem.Shortened(type),
                Expected = "application/json",
            };
    }

    private static Problem? UploadRefusal(HttpRequest request, string type)
    {
        if (!IsType(type, "multipart/form-data"))
            return new Problem(StatusCodes.Status415UnsupportedMediaType, "Not a form with a file",
                "An image is sent as a form of one file.")
            {
                Where = "header Content-Type",
                Received = Problem.Shortened(type),
                Expected = "multipart/form-data",
            };
        return request.Headers[UploadHeader].ToString().Length > 0 ? null
            : new Problem(StatusCodes.Status403Forbidden, "Not sent by a script of the studio", "A file is sent with a header of its own, "
                + "which no form of another page can send.")
            {
                Where = $"header {UploadHeader}",
                Expected = "1",
            };
    }

    private static bool IsType(string type, string expected) =>
        type.Split(';')[0].Trim().Equals(expected, StringComparison.OrdinalIgnoreCase);

    private static Problem? Foreign(HttpRequest request)
    {
        var origin = request.Headers.Origin.ToString();
        var own = $"http://{request.Headers.Host}";
        var isNeeded = HttpMethods.IsPost(request.Method) || request.Path == "/live";
        if (origin.Length > 0 ? origin != own : isNeeded)
            return new Problem(StatusCodes.Status403Forbidden, "Foreign page", "Only pages of this studio may ask it for something.")
            {
                Where = "header Origin",
                Received = Problem.Shortened(origin),
                Expected = own,
                Fix = "Open the address that the terminal printed in a browser.",
            };
        var site = request.Headers["Sec-Fetch-Site"].ToString();
        return site is "" or "none" or "same-origin" ? null
            : new Problem(StatusCodes.Status403Forbidden, "Foreign page", "Another site, or another port of this machine, led here.")
            {
                Where = "header Sec-Fetch-Site",
                Received = Problem.Shortened(site),
                Expected = "same-origin or none",
                Fix = "Copy the address that the terminal printed into the address bar.",
            };
    }

    private bool IsOwn(string host) => host == $"127.0.0.1:{Port}" || host.Equals($"localhost:{Port}", StringComparison.OrdinalIgnoreCase);

    private bool IsToken(string given) => CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(given),
        Encoding.UTF8.GetBytes(Token));

    private static string? GivenToken(QueryString query) =>
        Pairs(query).FirstOrDefault(IsTokenPair) is { } pair ? pair[(TokenName.Length + 1)..] : null;

    private static string PathWithoutToken(HttpRequest request)
    {
        var rest = string.Join('&', Pairs(request.QueryString).Where(pair => !IsTokenPair(pair)));
        // A path of two slashes would be read as another host.
        var path = "/" + request.Path.ToUriComponent().TrimStart('/');
        return rest.Length > 0 ? $"{path}?{rest}" : path;
    }

    private static string[] Pairs(QueryString query) => (query.Value ?? "").TrimStart('?').Split('&',
        StringSplitOptions.RemoveEmptyEntries);

    private static bool IsTokenPair(string pair) => pair.StartsWith(TokenName + "=", StringComparison.Ordinal);
}
