namespace FeatureMap.Data;

/// <summary>
/// Reads the image files of a plan, many at a time (see <see cref="OrderedReading"/>). Every image has its place in the result from the start,
/// so the result does not depend on who decodes it and when. All are taken for images of one size and kind until one is not; then the headers
/// of all decide (<see cref="ImageSurvey"/>).
/// </summary>
internal sealed class ImageDecoder
{
    private const int ReportEvery = 256, ToldInNotice = 3, NamedInNotice = 100;
    private readonly FileTree tree;
    private readonly ClassFolderPlan plan;
    private readonly ClassFolderOptions options;
    private readonly DataOptions data;
    private readonly string cachePath, key;
    private readonly int[] wanted;
    private readonly Dictionary<int, int> placeOf; // file of the tree -> index in wanted: an archive gives its files in its own order

    private ImageDecoder(FileTree tree, ClassFolderPlan plan, DataOptions data, string cachePath, string key)
    {
        (this.tree, this.plan, options, this.data, this.cachePath, this.key) = (tree, plan, data.Images, data, cachePath, key);
        wanted = [.. plan.Training.Files, .. plan.Validation?.Files ?? []];
        placeOf = wanted.Index().ToDictionary(file => file.Item, file => file.Index);
    }

    /// <summary>Decodes the images of a plan, or makes ready that they are when they are used.</summary>
    /// <param name="tree">The files; it must stay open where the result reads them.</param>
    /// <param name="plan">Which are images, and of which class.</param>
    /// <param name="data">How they are decoded, and where they may be kept.</param>
    /// <param name="cachePath">The file for more than memory shall hold.</param>
    /// <param name="key">Its key.</param>
    /// <exception cref="DataException">An image cannot be read (unless such are skipped), or the disk is full.</exception>
    /// <exception cref="OperationCanceledException">The user cancelled.</exception>
    public static DecodedImages Decode(FileTree tree, ClassFolderPlan plan, DataOptions data, string cachePath = "", string key = "") =>
        new ImageDecoder(tree, plan, data, cachePath, key).Run();

    private DecodedImages Run()
    {
        var first = FirstHeader();
        if (options.Size is not null || ImageSurvey.IsKept(first.Height, first.Width))
        {
            try
            {
                var channels = options.Colours switch { ImageColours.Gray => 1, ImageColours.Colour => 3, _ => first.Channels };
                return Decode(new(channels, options.Size?.Height ?? first.Height, options.Size?.Width ?? first.Width), isCertain: false);
            }
            catch (MisfitException)
            {
            }
        }
        return Decode(ImageSurvey.Of(tree, wanted, data.Cancellation).ShapeFor(options), isCertain: true);
    }

    private DecodedImages Decode(Shape shape, bool isCertain)
    {
        using var pass = new Pass(this, shape, isCertain, PlaceFor((long)wanted.Length * shape.Count));
        data.Decoding?.Report(new(tree.Location, 0, wanted.Length));
        new OrderedReading(tree, wanted, data.Cancellation).Run(pass.Handle);
        data.Decoding?.Report(new(tree.Location, wanted.Length, wanted.Length));
        return pass.Finish();
    }

    private Place PlaceFor(long bytes)
    {
        if (options.Decoding == ImageDecoding.EachTime)
            return tree.IsRandom ? Place.Files : throw new DataException($"{tree.Location}: a tar has no index, so its images cannot be decoded each time they are used. Give the folder or a zip, or leave decode=each-time out.");
        if (bytes <= data.MostResidentBytes) return Place.Memory;
        if (options.Decoding == ImageDecoding.Auto && tree.IsRandom && (bytes > data.MostDiskBytes || !data.KeepDecoded)) return Place.Files;
        return data.KeepDecoded ? Place.Disk : Place.Memory;
    }

    // The first image that can be read.
    private ImageHeader FirstHeader()
    {
        foreach (var content in tree.Read(wanted, ImageFile.LargestFile))
        {
            data.Cancellation.ThrowIfCancellationRequested();
            try
            {
                return Header(content);
            }
            catch (DataException error)
            {
                if (options.Unreadable == UnreadableImages.Fail) throw WithAdvice(error);
                // It comes again, and is noted then.
            }
        }
        throw new DataException($"{tree.Location}: none of its {wanted.Length:N0} images can be read. Without skipping (unreadable=fail) the first error is told.");
    }

    private ImageHeader Header(TreeContent content) => content.Error is { } error ? throw error
        : ImageHeader.Parse(content.Content, tree.Place(content.File), tree.Decoder);

    private static DataException WithAdvice(DataException error) => new($"{error.Message} To leave such images out, set unreadable=skip.", error);

    /// <summary>Where the decoded images are.</summary>
    private enum Place
    {
        Memory,
        Disk,
        Files,
    }

    /// <summary>Decodes all images to one shape.</summary>
    private sealed class Pass : IDisposable
    {
        private readonly ImageDecoder decoder;
        private readonly Shape shape;
        private readonly bool isCertain;
        private readonly ImageChanges changes;
        private readonly SameFiles same;
        private readonly Place place;
        private readonly PixelFileWriter? writer;
        private readonly DecodedPart training;
        private readonly DecodedPart? validation;
        private readonly Lock gate = new();
        private readonly SortedDictionary<int, (string File, string Message)> unreadable = []; // by place
        private readonly SortedDictionary<int, string> remarks = []; // what must be said about a readable image
        private int done;

        public Pass(ImageDecoder decoder, Shape shape, bool isCertain, Place place)
        {
            (this.decoder, this.shape, this.isCertain, this.place) = (decoder, shape, isCertain, place);
            changes = new(shape, decoder.options, decoder.wanted.Length);
            same = new(decoder.wanted.Length);
            training = Make(decoder.plan.Training, "training");
            validation = decoder.plan.Validation is { } judge ? Make(judge, "validation") : null;
            if (place == Place.Disk) writer = new(decoder.cachePath, (long)decoder.wanted.Length * shape.Count);
        }

        public void Dispose() => writer?.Dispose();

        public void Handle(int reading, TreeContent content)
        {
            var (tree, options, position) = (decoder.tree, decoder.options, decoder.placeOf[content.File]);
            var (part, index) = position < training.Labels.Length ? (training, position) : (validation!, position - training.Labels.Length);
            try
            {
                var header = decoder.Header(content);
                if (!isCertain) CheckFit(header);
                // What is decoded each time is decoded now only to know which are left out.
                if (place != Place.Files || options.Unreadable == UnreadableImages.Skip)
                {
                    var pixels = ImageFile.Decode(content.Content!, header, tree.Place(content.File), shape, options.FitOrDefault, out var remark);
                    if (remark is not null)
                        lock (gate) remarks.Add(position, $"{tree.Place(content.File)}: {remark}");
                    if (place == Place.Memory) pixels.CopyTo(part.Pixels.AsSpan(index * shape.Count));
                    else writer?.Put((long)position * shape.Count, pixels);
                }
                changes.Add(position, header);
                same.Add(position, content.Content!);
            }
            catch (DataException error) when (options.Unreadable == UnreadableImages.Skip)
            {
                lock (gate) unreadable.Add(position, (tree.Files[content.File].Path, error.Message));
                part.Labels[index] = -1;
            }
            catch (DataException error)
            {
                throw WithAdvice(error);
            }
            var count = Interlocked.Increment(ref done);
            if (count % ReportEvery == 0) decoder.data.Decoding?.Report(new(tree.Location, count, decoder.wanted.Length));
        }

        public DecodedImages Finish()
        {
            var (plan, total) = (decoder.plan, decoder.wanted.Length);
            var notes = plan.Notes.Concat(changes.Notes(position => decoder.tree.Files[decoder.wanted[position]].Path)).ToList();
            if (unreadable.Count > 0) notes.Add(LeftOut());
            if (remarks.Count > 0)
                notes.Add($"{remarks.Count:N0} of {total:N0} images hardly use their 16 bits; the first is {remarks.Values.First()}.");
            notes.AddRange(same.Notes([.. training.Labels, .. validation?.Labels ?? []], training.Labels.Length, position =>
                decoder.tree.Files[decoder.wanted[position]].Path));
            CheckClasses(training, plan.Training, "training");
            if (validation is not null) CheckClasses(validation, plan.Validation!, "validation");
            var images = new DecodedImages(shape, plan.ClassNames, Stored(training, plan.Training), validation is null ? null : Stored(validation, plan.Validation!), notes)
            {
                IsScaled = changes.IsScaled,
                IsRecoloured = changes.IsRecoloured,
                Targets = plan.Targets,
            };
            if (writer is null) return images;
            writer.Complete(decoder.key, images);
            return DecodedCache.Read(decoder.cachePath, decoder.key, mostResident: 0) ?? throw new DataException($"{decoder.cachePath}: another program replaced this file of the cache. Start again.");
        }

        private DecodedPart Stored(DecodedPart part, ClassFolderPart files) =>
            place != Place.Files ? part : part with { Store = new DecodedEachTime(decoder.tree, files.Files, shape, decoder.options.FitOrDefault) };

        // The first with their reasons, all others by name.
        private string LeftOut()
        {
            var rest = unreadable.Values.Skip(ToldInNotice).Select(one => one.File).ToArray();
            var more = rest.Length == 0 ? "" : $" And {rest.Length:N0} more: {string.Join(", ", rest.Take(NamedInNotice))}"
                + (rest.Length > NamedInNotice ? $" and {rest.Length - NamedInNotice:N0} others." : ".");
            return $"{unreadable.Count:N0} of {decoder.wanted.Length:N0} images could not be read and are left out: "
                + string.Join(" ", unreadable.Values.Take(ToldInNotice).Select(one => one.Message)) + more;
        }

        private void CheckFit(ImageHeader header)
        {
            var (options, isGray) = (decoder.options, shape.Channels == 1);
            if ((options.Size is null && (header.Width != shape.Width || header.Height != shape.Height))
                || (options.Colours == ImageColours.Keep && header.Channels == 1 != isGray)) throw new MisfitException();
        }

        private DecodedPart Make(ClassFolderPart part, string name)
        {
            var bytes = place == Place.Memory ? (long)part.Files.Count * shape.Count : 0;
            if (bytes > Array.MaxLength)
            {
                var side = (int)Math.Sqrt(Array.MaxLength / ((double)part.Files.Count * shape.Channels));
                throw new DataException($"{decoder.tree.Location}: {part.Files.Count:N0} {name} images of {shape} take {part.Files.Count:N0} x {shape.Count:N0} = {bytes:N0} bytes, and memory holds at "
                    + $"most {Array.MaxLength:N0} of a set. Let them be kept on disk (DataOptions.KeepDecoded), or scaled to at most {side} x {side} pixels (image-size={side}).");
            }
            return new(new byte[bytes], (int[])part.Labels.Clone())
            {
                Files = [.. part.Files.Select(file => decoder.tree.Files[file].Path)],
                Targets = part.Targets,
            };
        }

        private void CheckClasses(DecodedPart part, ClassFolderPart original, string name)
        {
            if (part.Count == part.Labels.Length) return;
            for (var label = 0; label < decoder.plan.ClassNames.Count; label++)
            {
                if (original.Labels.Contains(label) && !part.Labels.Contains(label))
                    throw new DataException($"{decoder.tree.Location}: of the {name} images of the class {decoder.plan.ClassNames[label]} none can be read: {unreadable.Values.First().Message}");
            }
        }
    }

    /// <summary>An image that is not like the others.</summary>
    private sealed class MisfitException : Exception;
}
