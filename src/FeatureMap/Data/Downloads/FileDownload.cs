using System.Net;
using System.Net.Http.Headers;

namespace FeatureMap.Data;

/// <summary>
/// Fetches files: mirror after mirror, into a <c>.part</c> file that is taken up again after a cut (HTTP ranges), and renamed only when
/// the content is the expected one. Nothing that has not been verified ever gets its final name.
///</summary>
internal sealed class FileDownload : IDisposable
{
    private const int AttemptsPerMirror = 5;
    private readonly IReadOnlyList<WantedFile> files;
    private readonly IReadOnlyList<Uri> mirrors;
    private readonly string folder;
    private readonly DownloadOptions options;
    private readonly HttpClient client = new(new SocketsHttpHandler { UseCookies = false }) { Timeout = Timeout.InfiniteTimeSpan };
    private readonly HashSet<Uri> answered = [], silent = [];
    private readonly List<string> failures = [];
    private bool isHolder;

    private FileDownload(IReadOnlyList<WantedFile> files, IReadOnlyList<Uri> mirrors, string folder, DownloadOptions options)
    {
        (this.files, this.mirrors) = (files, mirrors);
        this.folder = folder;
        this.options = options;
        client.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue("FeatureMap", "0.1"));
    }

    private enum Outcome { Complete, Interrupted, Refused, Unreachable }

    /// <summary>Fetches what is missing into the folder. Returns null when all is there, otherwise why not.</summary>
    /// <exception cref="OperationCanceledException">The user cancelled.</exception>
    public static string? Fetch(IReadOnlyList<WantedFile> files, IReadOnlyList<Uri> mirrors, string folder, DownloadOptions options)
    {
        using var download = new FileDownload(files, mirrors, folder, options);
        // On a thread of the pool, so that a caller with a synchronization context cannot wait for itself.
        return Task.Run(download.FetchAsync).GetAwaiter().GetResult();
    }

    public void Dispose() => client.Dispose();

    private async Task<string?> FetchAsync()
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(options.Cancellation);
        limit.CancelAfter(options.Timeout);
        try
        {
            Directory.CreateDirectory(folder);
            using var held = FolderLock.TryTake(folder);
            isHolder = held is not null;
            foreach (var file in files)
            {
                if (!await FetchFileAsync(file, limit.Token).ConfigureAwait(false)) return string.Join("; ", failures.Distinct());
            }
            return null;
        }
        catch (OperationCanceledException) when (!options.Cancellation.IsCancellationRequested)
        {
            return $"not done within {options.Timeout.TotalSeconds:N0} seconds";
        }
        catch (Exception error) when (DurableFile.IsOfDisk(error) || error is DataException)
        {
            return $"cannot write to {folder}: {(error.InnerException ?? error).Message.TrimEnd('.')}";
        }
    }

    private async Task<bool> FetchFileAsync(WantedFile file, CancellationToken cancellation)
    {
        var final = Path.Combine(folder, file.Name);
        if (File.Exists(final))
        {
            using var present = File.OpenRead(final);
            if (file.IsExpected(present)) return true;
        }
        var part = OpenPart(final + ".part");
        var partPath = part.Name;
        try
        {
            foreach (var mirror in mirrors)
            {
                if (silent.Contains(mirror) || !await FromMirrorAsync(mirror, file, part, cancellation).ConfigureAwait(false)) continue;
                part.Flush(flushToDisk: true);
                await part.DisposeAsync().ConfigureAwait(false);
                File.Move(partPath, final, overwrite: true);
                return true;
            }
        }
        finally
        {
            await part.DisposeAsync().ConfigureAwait(false);
        }
        if (partPath != final + ".part" || new FileInfo(partPath) is { Exists: true, Length: 0 }) File.Delete(partPath);
        return false;
    }

    // Whoever holds the folder goes on with the part that an earlier download left behind. Another process may be at it at the same time:
    // it writes a part of its own, and the rename of either is fine.
    private FileStream OpenPart(string path)
    {
        if (!isHolder) return new FileStream($"{path}.{Guid.NewGuid():N}", FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None);
        foreach (var left in Directory.EnumerateFiles(folder, $"{Path.GetFileName(path)}.*").Where(left => DateTime.UtcNow - File.GetLastWriteTimeUtc(left) > TimeSpan.FromHours(1)))
            File.Delete(left);
        return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
    }

    private async Task<bool> FromMirrorAsync(Uri mirror, WantedFile file, FileStream part, CancellationToken cancellation)
    {
        var idle = 0;
        for (var attempt = 0; attempt < AttemptsPerMirror && idle < 2; attempt++)
        {
            var start = part.Length;
            var (outcome, reason) = await TransferAsync(mirror, file, part, cancellation).ConfigureAwait(false);
            switch (outcome)
            {
                case Outcome.Complete:
                    if (file.IsExpected(part)) return true;
                    part.SetLength(0);
                    // What was there before may have come from another mirror, whose gzip file differs: once more from the beginning.
                    if (start > 0) continue;
                    failures.Add($"{mirror} sent a {file.Name} with other content than expected");
                    return false;
                case Outcome.Interrupted:
                    idle = part.Length > start ? 0 : idle + 1;
                    failures.Add($"{mirror} broke off ({reason})");
                    break;
                case Outcome.Refused:
                    failures.Add($"{mirror} {reason}");
                    return false;
                default:
                    silent.Add(mirror);
                    failures.Add($"{mirror} did not answer ({reason})");
                    return false;
            }
        }
        return false;
    }

    private async Task<(Outcome Outcome, string Reason)> TransferAsync(Uri mirror, WantedFile file, FileStream part, CancellationToken cancellation)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var wait = answered.Contains(mirror) ? options.StallTimeout : silent.Count > 0 ? options.ConnectTimeout / 2 : options.ConnectTimeout;
        var inBody = false;
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(Slashed(mirror), file.Name));
            if (part.Length > 0) request.Headers.Range = new RangeHeaderValue(part.Length, null);
            patience.CancelAfter(wait);
            using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, patience.Token).ConfigureAwait(false);
            answered.Add(mirror);
            inBody = true;
            if (response.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable && part.Length > 0) return (Outcome.Complete, "");
            if (!response.IsSuccessStatusCode) return (Outcome.Refused, $"answered {(int)response.StatusCode} for {file.Name}");
            if (response.StatusCode != HttpStatusCode.PartialContent || response.Content.Headers.ContentRange?.From != part.Length) part.SetLength(0);
            part.Seek(0, SeekOrigin.End);
            return await CopyBodyAsync(response, mirror, file, part, patience).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return inBody ? (Outcome.Interrupted, $"no data for {options.StallTimeout.TotalSeconds:0.#} s")
                : (answered.Contains(mirror) ? Outcome.Interrupted : Outcome.Unreachable, $"no answer within {wait.TotalSeconds:0.#} s");
        }
        catch (HttpRequestException error)
        {
            return (inBody || answered.Contains(mirror) ? Outcome.Interrupted : Outcome.Unreachable, error.Message.TrimEnd('.'));
        }
    }

    private async Task<(Outcome Outcome, string Reason)> CopyBodyAsync(
        HttpResponseMessage response, Uri mirror, WantedFile file, FileStream part, CancellationTokenSource patience)
    {
        var total = part.Length + response.Content.Headers.ContentLength;
        var most = file.MostBytes;
        var buffer = new byte[1 << 16];
        var body = await response.Content.ReadAsStreamAsync(patience.Token).ConfigureAwait(false);
        await using (body.ConfigureAwait(false))
        {
            var reported = -1L;
            while (true)
            {
                patience.CancelAfter(options.StallTimeout);
                int read;
                try
                {
                    read = await body.ReadAsync(buffer, patience.Token).ConfigureAwait(false);
                }
                catch (IOException error) // of the network; one of the disk must get out of here
                {
                    return (Outcome.Interrupted, error.Message.TrimEnd('.'));
                }
                if (read == 0) break;
                if (part.Length + read > most)
                {
                    part.SetLength(0);
                    return (Outcome.Refused, $"sends more than {most:N0} bytes for {file.Name}");
                }
                part.Write(buffer, 0, read);
                if (reported >= 0 && part.Length - reported < 1 << 18) continue;
                reported = part.Length;
                options.Progress?.Report(new(file.Name, reported, total, mirror));
            }
        }
        options.Progress?.Report(new(file.Name, part.Length, total, mirror));
        return (Outcome.Complete, "");
    }

    private static Uri Slashed(Uri mirror) => mirror.AbsoluteUri.EndsWith('/') ? mirror : new Uri(mirror.AbsoluteUri + "/");
}

/// <summary>A file to fetch.</summary>
/// <param name="Name">Its name on the mirrors, and here.</param>
/// <param name="MostBytes">What sends more is refused.</param>
/// <param name="IsExpected">Whether a whole file is the one; it may read it from the beginning.</param>
internal sealed record WantedFile(string Name, long MostBytes, Func<FileStream, bool> IsExpected);
