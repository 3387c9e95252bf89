using System.Collections.Frozen;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using FeatureMap.Reports;
using Microsoft.AspNetCore.Http;

namespace FeatureMap.Studio;

/// <summary>
/// Scripts, style and icon of the studio, which are inside the assembly. A name is looked up in their list, never joined into a path. Of
/// the scripts there are <c>boot.js</c> and <c>studio.js</c>, which has all that it imports (<see cref="ScriptBundle"/>): a page that asks
/// for twenty files is drawn later.
/// </summary>
internal static partial class Assets
{
    private const string Entry = "studio.js";

    private static readonly FrozenDictionary<string, Asset> All = Read().ToFrozenDictionary(asset => asset.Name, StringComparer.Ordinal);

    private static readonly Lazy<byte[]> Bundle = new(() => Encoding.UTF8.GetBytes(ScriptBundle.Of(Entry)));

    /// <summary>Changes when any of them changes.</summary>
    public static string Version { get; } = Convert.ToHexStringLower(SHA256.HashData(
        [.. All.Values.OrderBy(asset => asset.Name, StringComparer.Ordinal).SelectMany(asset => asset.Bytes)]))[..12];

    /// <summary>The address of one of them, which a browser keeps for as long as it is the same.</summary>
    public static string Address(string name) => $"/assets/{name}?v={Version}";

    public static IEnumerable<string> Names => All.Keys;

    /// <summary>The text of one of them.</summary>
    public static string Text(string name) => Encoding.UTF8.GetString(All[name].Bytes);

    public static async Task Send(HttpContext context, string name)
    {
        if (!All.TryGetValue(name, out var asset))
        {
            await Problem.NotFound("/assets/" + name).Send(context);
            return;
        }
        var response = context.Response;
        if (context.Request.Query["v"] == Version) response.Headers.CacheControl = "private, max-age=31536000, immutable";
        var tag = $"\"{Version}\"";
        response.Headers.ETag = tag;
        if (context.Request.Headers.IfNoneMatch == tag)
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }
        var bytes = name == Entry ? Bundle.Value : asset.Bytes;
        response.ContentType = asset.Type;
        response.ContentLength = bytes.Length;
        if (!HttpMethods.IsHead(context.Request.Method)) await response.Body.WriteAsync(bytes, context.RequestAborted);
    }

    private static IEnumerable<Asset> Read()
    {
        var assembly = typeof(Assets).Assembly;
        foreach (var name in assembly.GetManifestResourceNames())
        {
            using var stream = assembly.GetManifestResourceStream(name)!;
            using var reader = new StreamReader(stream, Encoding.UTF8);
            var text = reader.ReadToEnd();
            if (name == "studio.css") text = Tight(StudioStyle.Before + text);
            yield return new Asset(name, TypeOf(name), Encoding.UTF8.GetBytes(text));
        }
    }

    // Without comments and the spaces that are for readers of the file; texts in quotes stay as they are.
    private static string Tight(string style) => Spaces().Replace(style, found => found.Value[0] == '"' ? found.Value
        : found.Groups["mark"].Success ? found.Groups["mark"].Value : found.Value[0] == ':' ? ":" : found.Value[0] == '/' ? "" : " ");

    [GeneratedRegex("\"[^\"]*\"|/\\*.*?\\*/\\s*|\\s*(?<mark>[{};,>])\\s*|:\\s+|\\s+", RegexOptions.Singleline)]
    private static partial Regex Spaces();

    private static string TypeOf(string name) => Path.GetExtension(name) switch
    {
        ".js" => "text/javascript; charset=utf-8",
        ".css" => "text/css; charset=utf-8",
        _ => "image/svg+xml",
    };

    private sealed record Asset(string Name, string Type, byte[] Bytes);
}
