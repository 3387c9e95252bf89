namespace FeatureMap.Data;

/// <summary>
/// Reads the image files of a plan, many at a time: files are read one after the other, as an archive must be, and decoded by all processors.
/// Every image has its place in the result from the start, so the result does not depend on who decodes it and when; and of several
/// errors the one that comes first in reading order is told.
/// </summary>
internal sealed class ImageDecoder
{
    private const int ReportEvery = 256, NamedInNotice = 3;
    private readonly FileTree tree;
    private readonly ClassFolderPlan plan;
    private readonly ClassFolderOptions options;
    private readonly DataOptions data;
    private readonly Dictionary<int, (DecodedPart Part, int Index)> places = [];
    private readonly Lock gate = new();
    private readonly SortedDictionary<int, string> unreadable = []; // reading position -> message
    private readonly SortedDictionary<int, string> remarks = []; // reading position -> what must be said about a readable image
    private (ImageHeader Header, string Place)? first;
    private Shape shape;
    private DecodedPart training = new([], []), validation = new([], []);
    private int handedOut, done;
    private int stopAt = int.MaxValue; // reading position of the first error
    private Exception? failure;

    private ImageDecoder(FileTree tree, ClassFolderPlan plan, DataOptions data) => (this.tree, this.plan, options, this.data) = (tree, plan, data.Images, data);

    private int Total => plan.Training.Files.Count + (plan.Validation?.Files.Count ?? 0);

    /// <exception cref="DataException">An image cannot be read (unless such are skipped), or differs from the others in size or colour.</exception>
    /// <exception cref="OperationCanceledException">The user cancelled.</exception>
    public static DecodedImages Decode(FileTree tree, ClassFolderPlan plan, DataOptions data) => new ImageDecoder(tree, plan, data).Run();

    private DecodedImages Run()
    {
        int[] wanted = [.. plan.Training.Files, .. plan.Validation?.Files ?? []];
        FindShape(wanted);
        training = Place(plan.Training, "training");
        if (plan.Validation is { } judge) validation = Place(judge, "validation");
        data.Decoding?.Report(new(tree.Location, 0, Total));
        using (var contents = tree.Read(wanted, ImageFile.LargestFile).GetEnumerator())
        {
            Parallel.For(0, Environment.ProcessorCount, new ParallelOptions { CancellationToken = data.Cancellation }, _ =>
            {
                while (Next(contents) is { } item)
                    Handle(item.Position, item.Content);
            });
        }
        data.Cancellation.ThrowIfCancellationRequested();
        if (failure is not null) throw failure;
        data.Decoding?.Report(new(tree.Location, Total, Total));
        var notes = plan.Notes.ToList();
        if (unreadable.Count > 0)
        {
            notes.Add($"{unreadable.Count:N0} of {Total:N0} images could not be read and are left out: {string.Join(" ", unreadable.Values.Take(NamedInNotice))}"
                + (unreadable.Count > NamedInNotice ? $" And {unreadable.Count - NamedInNotice:N0} more." : ""));
        }
        if (remarks.Count > 0) notes.Add($"{remarks.Count:N0} of {Total:N0} images hardly use their 16 bits; the first is "
            + $"{remarks.Values.First()}.");
        return new(shape, plan.ClassNames, Compact(training, "training"), plan.Validation is null ? null : Compact(validation, "validation"), notes);
    }

    // The first image that can be read gives size and colour, as far as the options do not.
    private void FindShape(int[] wanted)
    {
        foreach (var content in tree.Read(wanted, ImageFile.LargestFile))
        {
            data.Cancellation.ThrowIfCancellationRequested();
            try
            {
                var header = Header(content);
                first = (header, tree.Place(content.File));
                var channels = options.Colours switch { ImageColours.Gray => 1, ImageColours.Colour => 3, _ => header.Channels };
                shape = options.Size is { } size ? new(channels, size.Height, size.Width) : new(channels, header.Height, header.Width);
                return;
            }
            catch (DataException error)
            {
                if (options.Unreadable == UnreadableImages.Fail) throw WithAdvice(error);
                // It comes again, and is noted then.
            }
        }
        throw new DataException($"{tree.Location}: none of its {wanted.Length:N0} images can be read. Without skipping (unreadable=fail) the first error is told.");
    }

    private DecodedPart Place(ClassFolderPart part, string name)
    {
        var bytes = (long)part.Files.Count * shape.Count;
        if (bytes > Array.MaxLength)
        {
            var side = (int)Math.Sqrt(Array.MaxLength / ((double)part.Files.Count * shape.Channels));
            throw new DataException($"{tree.Location}: {part.Files.Count:N0} {name} images of {shape} take {part.Files.Count:N0} x {shape.Count:N0} = {bytes:N0} bytes, and a set holds at "
                + $"most {Array.MaxLength:N0}. Have them scaled to at most {side} x {side} pixels (image-size={side}).");
        }
        var decoded = new DecodedPart(new byte[bytes], (int[])part.Labels.Clone()) { Files = [.. part.Files.Select(file => tree.Files[file].Path)] };
        for (var index = 0; index < part.Files.Count; index++)
            places.Add(part.Files[index], (decoded, index));
        return decoded;
    }

    // One thread at a time reads; the others decode meanwhile. After an error nothing more is handed out, and what came before it is finished.
    private (int Position, TreeContent Content)? Next(IEnumerator<TreeContent> contents)
    {
        lock (gate)
        {
            if (handedOut > stopAt || data.Cancellation.IsCancellationRequested) return null;
            try
            {
                return contents.MoveNext() ? (handedOut++, contents.Current) : null;
            }
            catch (Exception error)
            {
                Stop(handedOut, error);
                return null;
            }
        }
    }

    private void Handle(int position, TreeContent content)
    {
        try
        {
            var header = Header(content);
            CheckFit(header, tree.Place(content.File));
            var pixels = ImageFile.Decode(content.Content!, header, tree.Place(content.File), shape, out var remark);
            if (remark is not null)
                lock (gate) remarks.Add(position, $"{tree.Place(content.File)}: {remark}");
            var (part, index) = places[content.File];
            pixels.CopyTo(part.Pixels.AsSpan(index * shape.Count));
        }
        catch (MisfitException misfit)
        {
            Stop(position, new DataException(misfit.Message));
        }
        catch (DataException error) when (options.Unreadable == UnreadableImages.Skip)
        {
            var (part, index) = places[content.File];
            lock (gate) unreadable.Add(position, error.Message);
            part.Labels[index] = -1;
        }
        catch (DataException error)
        {
            Stop(position, WithAdvice(error));
        }
        catch (Exception error)
        {
            Stop(position, error);
        }
        var count = Interlocked.Increment(ref done);
        if (count % ReportEvery == 0) data.Decoding?.Report(new(tree.Location, count, Total));
    }

    private static DataException WithAdvice(DataException error) => new($"{error.Message} To leave such images out, set unreadable=skip.", error);

    private ImageHeader Header(TreeContent content) => content.Error is { } error ? throw error : ImageHeader.Parse(content.Content, tree.Place(content.File));

    private void CheckFit(ImageHeader header, string place)
    {
        var (expected, firstPlace) = first!.Value;
        if (options.Size is null && (header.Width != expected.Width || header.Height != expected.Height))
        {
            throw new MisfitException($"{place}: the image has {header.Width} x {header.Height} pixels (width x height), while {firstPlace} has {expected.Width} x {expected.Height}: "
                + $"all images of a set must have one size. Have them scaled, such as image-size={Math.Min(expected.Height, expected.Width)}.");
        }
        if (options.Colours == ImageColours.Keep && header.Channels != expected.Channels)
        {
            static string Kind(int channels) => channels == 1 ? "gray" : "in colour";
            throw new MisfitException($"{place}: the image is {Kind(header.Channels)}, while {firstPlace} is {Kind(expected.Channels)}: all images of a set must be of one kind. "
                + "Have them converted: image-colours=gray or image-colours=colour.");
        }
    }

    private void Stop(int position, Exception error)
    {
        lock (gate)
        {
            if (position >= stopAt) return;
            (stopAt, failure) = (position, error);
        }
    }

    // Closes the gaps of images that were left out.
    private DecodedPart Compact(DecodedPart part, string name)
    {
        if (!part.Labels.Contains(-1)) return part;
        var kept = Enumerable.Range(0, part.Labels.Length).Where(index => part.Labels[index] >= 0).ToArray();
        var compact = new DecodedPart(new byte[kept.Length * shape.Count], [.. kept.Select(index => part.Labels[index])]) { Files = [.. kept.Select(index => part.Files[index])] };
        for (var index = 0; index < kept.Length; index++)
            part.Pixels.AsSpan(kept[index] * shape.Count, shape.Count).CopyTo(compact.Pixels.AsSpan(index * shape.Count));
        var original = name == "training" ? plan.Training : plan.Validation!;
        for (var label = 0; label < plan.ClassNames.Count; label++)
        {
            if (original.Labels.Contains(label) && !compact.Labels.Contains(label))
                throw new DataException($"{tree.Location}: of the {name} images of the class {plan.ClassNames[label]} none can be read: {unreadable.Values.First()}");
        }
        return compact;
    }

    /// <summary>An image that can be read and does not fit the others: never skipped.</summary>
    private sealed class MisfitException(string message) : Exception(message);
}
