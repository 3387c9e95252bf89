using System.Collections.Frozen;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using FeatureMap.Reports;
using Microsoft.AspNetCore.Http;

namespace FeatureMap.Studio;

/// <summary>
/// Scripts, style and icon of the studio, which are inside the assembly. A name is looked up in their list, never joined into a path.
/// </summary>
internal static partial class Assets
{
    private static readonly FrozenDictionary<string, Asset> All = Read().ToFrozenDictionary(asset => asset.Name, StringComparer.Ordinal);

    /// <summary>Changes when any of them changes, so a browser may keep what it has.</summary>
    public static string Version { get; } = Convert.ToHexStringLower(SHA256.HashData(
        [.. All.Values.OrderBy(asset => asset.Name, StringComparer.Ordinal).SelectMany(asset => asset.Bytes)]))[..12];

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
        // Modules name each other without a version, so the browser asks whether what it has is still right.
        var tag = $"\"{Version}\"";
        response.Headers.ETag = tag;
        if (context.Request.Headers.IfNoneMatch == tag)
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }
        response.ContentType = asset.Type;
        response.ContentLength = asset.Bytes.Length;
        if (!HttpMethods.IsHead(context.Request.Method)) await response.Body.WriteAsync(asset.Bytes, context.RequestAborted);
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
