using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using FeatureMap.Workbench;
using Microsoft.AspNetCore.Http;

namespace FeatureMap.Studio;

/// <summary>Makes files of models: <c>/api/export/{id}</c> makes one and says what is known about it, <c>/exports/{file}</c> sends
/// it.</summary>
internal sealed class ExportDesk(ModelShelf shelf)
{
    private const int MostFiles = 8;
    private const long MostBytes = 512L * 1024 * 1024;

    private readonly WorkGate work =
        new(atOnce: 1, limit: TimeSpan.FromSeconds(120), fix: "A large model takes its time: use the command export.");
    private readonly Lock gate = new();
    private readonly List<(string Id, ShelfExport File)> files = [];

    /// <summary>Makes a file.</summary>
    /// <exception cref="ProblemException">There is no such model, or the body is not of its form.</exception>
    /// <exception cref="UsageException">There is no such kind, or the model cannot be written so.</exception>
    public async Task<PageAnswer> Make(HttpContext context, string id)
    {
        var kind = await Kind(context);
        if (!shelf.Has(id))
            throw new ProblemException(new Problem(StatusCodes.Status404NotFound, "No such model",
                $"The studio has no model '{Problem.Shortened(id)}'.{NearestName.Suggest(id, shelf.Models.Select(model => model.Id))}")
            {
                Where = "path",
                Received = Problem.Shortened(id),
                Fix = "Choose one of the list on /try.",
            });
        var file = await work.Do(() => ShelfExport.Of(shelf, id, kind), context.RequestAborted);
        var key = Kept(file);
        return PageAnswer.Data(new JsonObject
        {
            ["schema"] = 1,
            ["name"] = file.Name,
            ["bytes"] = file.Content.Length,
            ["verdict"] = file.Verdict,
            ["passed"] = file.Passed,
            ["address"] = $"/exports/{key}",
        }.ToJsonString(Problem.JsonOptions));
    }

    /// <summary>Sends a file that was made.</summary>
    public async Task Send(HttpContext context, string key)
    {
        ShelfExport? file;
        lock (gate) file = files.Find(one => one.Id == key).File;
        if (file is null)
        {
            await Problem.NotFound("/exports/" + key).Send(context);
            return;
        }
        context.Response.ContentType = "application/octet-stream";
        context.Response.ContentLength = file.Content.Length;
        context.Response.Headers.ContentDisposition = $"attachment; filename=\"{file.Name}\"";
        if (!HttpMethods.IsHead(context.Request.Method)) await context.Response.Body.WriteAsync(file.Content, context.RequestAborted);
    }

    // The last few are kept until the studio ends.
    private string Kept(ShelfExport file)
    {
        var key = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8));
        lock (gate)
        {
            files.Insert(0, (key, file));
            while (files.Count > MostFiles
                || (files.Count > 1 && files.Sum(one => (long)one.File.Content.Length) > MostBytes)) files.RemoveAt(files.Count - 1);
        }
        return key;
    }

    private static async Task<string> Kind(HttpContext context)
    {
        try
        {
            using var document =
                await JsonDocument.ParseAsync(context.Request.Body, new JsonDocumentOptions { MaxDepth = 4 }, context.RequestAborted);
            if (document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty("kind", out var kind)
                && kind.ValueKind == JsonValueKind.String) return kind.GetString()!;
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            // Told below.
        }
        throw new ProblemException(new Problem(StatusCodes.Status400BadRequest, "Not an export",
            "What is sent here says what the model shall become.")
        {
            Where = "body",
            Expected = """{"kind": "onnx"}, or safetensors or code""",
        });
    }
}
