namespace FeatureMap.Data;

/// <summary>
/// A data set of images with masks in a folder or an archive: finds the pairs and the parts, finds out what the numbers of the masks
/// stand for, and says in the notice what was taken for what.
/// </summary>
internal sealed class MaskFolders
{
    /// <summary>More bytes than this are not held in memory.</summary>
    private const long MostBytes = 2_000_000_000;
    private const int MostNamed = 3;

    private readonly FileTree tree;
    private readonly string path, name;
    private readonly DataOptions options;
    private readonly IReadOnlyList<MaskFolderPair> folders;
    private readonly List<string> notes;

    private MaskFolders(FileTree tree, string path, DataOptions options, IReadOnlyList<MaskFolderPair> folders)
    {
        (this.tree, this.path, this.options, this.folders) = (tree, path, options, folders);
        name = Path.GetFileName(Path.GetFullPath(path).TrimEnd(Path.DirectorySeparatorChar));
        notes = [.. tree.Notes];
    }

    private ClassFolderOptions Images => options.Images;

    /// <summary>Loads the pairs of a tree; null where it has none, or they are meant for something else.</summary>
    /// <param name="tree">The files.</param>
    /// <param name="path">Where they are.</param>
    /// <param name="options">How they are read.</param>
    /// <exception cref="DataException">The pairs make no data set; the message says why and what to do.</exception>
    public static SplitData? Load(FileTree tree, string path, DataOptions options)
    {
        if (options.Images.Task is not (null or DataTask.Masks)) return null;
        var folders = MaskLayout.Pairs(tree.Files.Select(file => file.Path).Where(ClassFolderPlan.IsImage));
        if (folders.Count > 0) return new MaskFolders(tree, path, options, folders).Load();
        return options.Images.Task is null ? null : throw new DataException($"{tree.Location}: there are no masks in it (task=masks). "
            + $"Expected "
            + "a folder of images and one of masks side by side, with files of the same names, such as images/1.png and masks/1.png.");
    }

    private SplitData Load()
    {
        var pairs = MaskPairs.Of(tree, folders, Images.Unreadable == UnreadableImages.Skip, notes);
        var table = MaskMeaning.TableOf(tree, Images);
        var survey = new MaskSurvey();
        if (table is not null && !IsPainted(pairs[0], table)) table = null;
        var sizes = ReadMasks(pairs, table, (mask, place, _) => survey.Add(mask, place));
        var meaning = table is null ? MaskMeaning.Of(survey, tree, Images) : MaskMeaning.Of(table);
        var shape = ShapeOf(pairs, sizes);
        var labels = Labels(pairs, meaning, shape, out var odd);
        var pixels = Pixels(pairs, shape);
        byte? ignored = meaning.Ignored is null ? null : MaskReader.Ignored;
        var set = ImageSet.Adopt(name, shape, pixels, new int[pairs.Count], ["image"], [.. pairs.Select(pair =>
            tree.Files[pair.Image].Path)])
            .WithTargets(TargetSet.LabelMaps(shape.Height, shape.Width, labels, meaning.ClassNames, ignored));
        notes.Insert(0, $"{Many(pairs.Count, "image")} of {shape.Height}x{shape.Width} pixels (height x width), "
            + $"{(shape.Channels == 1 ? "gray" : "in colour")}, with masks: {Where()}. The numbers of the masks "
            + $"{(table is null ? $"are {survey.Shares(6)}" : "are painted")}. {meaning.Why}");
        if (odd is not null) notes.Add(odd);
        return Split(set, pairs, meaning);
    }

    private string Where() => string.Join(", ", folders.Take(MostNamed).Select(pair =>
        $"{EntryPath.Shown(pair.Images)}/ with {EntryPath.Shown(pair.Masks)}/")) + (folders.Count > MostNamed ? ", ..." : "");

    // Painted masks cannot be read without a table; others only with a table that has their colours.
    private bool IsPainted(MaskPairFiles pair, MaskColours table)
    {
        var content = tree.Read([pair.Mask], ImageFile.LargestFile).First();
        if (content.Error is { } error) throw error;
        var place = tree.Place(pair.Mask);
        bool IsRead(MaskColours? colours)
        {
            try
            {
                return MaskFile.Read(content.Content!, place, isTwoClasses: true, colours) is not null;
            }
            catch (DataException)
            {
                return false;
            }
        }

        return Images.MaskColours.Length > 0 || !IsRead(null) || IsRead(table);
    }

    // In the order of the tree, and each mask is told by its place among the pairs.
    private (int Height, int Width)[] ReadMasks(IReadOnlyList<MaskPairFiles> pairs, MaskColours? table, Action<MaskFile, string, int> use,
        bool isTwoClasses = true)
    {
        var places = pairs.Index().ToDictionary(pair => pair.Item.Mask, pair => pair.Index);
        var sizes = new (int, int)[pairs.Count];
        foreach (var content in tree.Read([.. pairs.Select(pair => pair.Mask)], ImageFile.LargestFile))
        {
            options.Cancellation.ThrowIfCancellationRequested();
            if (content.Error is { } error) throw error;
            var mask = MaskFile.Read(content.Content!, tree.Place(content.File), isTwoClasses, table);
            sizes[places[content.File]] = (mask.Height, mask.Width);
            use(mask, tree.Place(content.File), places[content.File]);
        }
        return sizes;
    }

    // The header of each image, and from them the one size and the colours of all.
    private Shape ShapeOf(IReadOnlyList<MaskPairFiles> pairs, (int Height, int Width)[] masks)
    {
        var headers = new ImageHeader[pairs.Count];
        var places = pairs.Index().ToDictionary(pair => pair.Item.Image, pair => pair.Index);
        new OrderedReading(tree, [.. pairs.Select(pair => pair.Image)], options.Cancellation).Run((_, content) =>
            headers[places[content.File]] = ImageHeader.Parse(content.Error is null ? content.Content! : throw content.Error,
                tree.Place(content.File), tree.Decoder));
        for (var pair = 0; pair < headers.Length; pair++)
        {
            if ((headers[pair].Height, headers[pair].Width) == masks[pair]) continue;
            throw new DataException($"{tree.Place(pairs[pair].Mask)}: the mask has {masks[pair].Width} x {masks[pair].Height} pixels "
                + $"(width x "
                + $"height), its image {headers[pair].Width} x {headers[pair].Height}. A mask says something of every pixel, so both must "
                    + "be of one size. If one of the two was scaled, save it as it was.");
        }
        var bySize = headers.GroupBy(header => new ImageSize(header.Height, header.Width))
            .OrderByDescending(size => size.Count()).ThenBy(size => (long)size.Key.Height * size.Key.Width).ThenBy(size =>
                size.Key.Height).ToArray();
        var size = Images.Size ?? bySize[0].Key;
        if (Images.Size is null && bySize.Length > 1)
            notes.Add($"The images are of {bySize.Length:N0} sizes, so all are scaled to the most frequent one, {size} "
                + $"({Many(bySize[0].Count(),
                "image")}), each side by itself, and masks by the nearest pixel; image-size=HEIGHTxWIDTH chooses another.");
        else if (bySize.Any(one => one.Key != size))
            notes.Add($"Images of another size than {size} are scaled to it, each side by itself, and masks by the nearest pixel.");
        if (Images.Fit is { Kind: not ImageFitKind.Squash } fit)
            throw new UsageException($"Images with masks are scaled by fit=squash only, so that the masks of other pictures can be scaled "
                + $"back: received fit={fit}. Leave it out.");
        IsScaled = bySize.Any(one => one.Key != size);
        var channels = Images.Colours switch
        {
            ImageColours.Gray => 1,
            ImageColours.Colour => 3,
            _ => headers.Max(header =>
            header.Channels)
        };
        var shape = Shape.Image(channels, size.Height, size.Width);
        if ((Int128)shape.Count * pairs.Count <= MostBytes) return shape;
        var share = Math.Sqrt((double)MostBytes / 2 / ((double)shape.Count * pairs.Count));
        throw new DataException($"{tree.Location}: {pairs.Count:N0} images of {shape} are {(Int128)shape.Count * pairs.Count:N0} bytes: "
            + $"at most "
            + $"{MostBytes:N0} are held in memory. Have them scaled, such as image-size={Math.Max(8, (int)(size.Height * share) / 8 * 8)}x"
            + $"{Math.Max(8, (int)(size.Width * share) / 8 * 8)}, or take fewer.");
    }

    private bool IsScaled { get; set; }

    private byte[] Labels(IReadOnlyList<MaskPairFiles> pairs, MaskMeaning meaning, Shape shape, out string? odd)
    {
        var reader = new MaskReader(meaning.ClassNames, meaning.Ignored, tree.Location);
        var labels = new byte[(long)shape.Area * pairs.Count];
        ReadMasks(pairs, meaning.Colours, (mask, place, pair) =>
        {
            var to = labels.AsSpan(pair * shape.Area, shape.Area);
            if ((mask.Height, mask.Width) == (shape.Height, shape.Width))
            {
                reader.Add(mask, place, to);
                return;
            }
            var own = new byte[mask.Height * mask.Width];
            reader.Add(mask, place, own);
            NearestLabel.Scale(own, mask.Height, mask.Width, to, shape.Height, shape.Width);
        }, reader.IsTwoClasses);
        odd = reader.Finish(labels);
        return labels;
    }

    private ResidentPixels Pixels(IReadOnlyList<MaskPairFiles> pairs, Shape shape)
    {
        var pixels = new byte[(long)shape.Count * pairs.Count];
        var places = pairs.Index().ToDictionary(pair => pair.Item.Image, pair => pair.Index);
        var done = 0;
        new OrderedReading(tree, [.. pairs.Select(pair => pair.Image)], options.Cancellation).Run((_, content) =>
        {
            var place = tree.Place(content.File);
            var bytes = content.Error is null ? content.Content! : throw content.Error;
            var header = ImageHeader.Parse(bytes, place, tree.Decoder);
            ImageFile.Decode(bytes, header, place, shape).CopyTo(pixels, places[content.File] * shape.Count);
            options.Decoding?.Report(new(tree.Location, Interlocked.Increment(ref done), pairs.Count));
        });
        return new(pixels, shape.Count);
    }

    private SplitData Split(ImageSet set, IReadOnlyList<MaskPairFiles> pairs, MaskMeaning meaning)
    {
        int[] Of(bool isToJudge) => [.. pairs.Index().Where(pair => pair.Item.IsToJudge == isToJudge).Select(pair => pair.Index)];
        ImageSet training, validation;
        if (pairs.Any(pair => pair.IsToJudge)) (training, validation) = (set.Subset(Of(false)), set.Subset(Of(true)));
        else
        {
            if (set.Count < 2) throw new DataException($"{tree.Location}: one image with its mask cannot be split into one to learn from "
                + "and one to judge by. Add images.");
            (training, validation) = set.Split(Math.Clamp(Images.ValidationFraction, 1.0 / set.Count, 1 - (1.0 / set.Count)),
                Images.SplitSeed);
            notes.Add($"{validation.Count:N0} of the {set.Count:N0} images, chosen by the split seed {Images.SplitSeed}, "
                + $"{(validation.Count == 1 ? "is" : "are")} kept apart to judge by (validation-split={Images.ValidationFraction:0.##}).");
        }
        string names = string.Join(',', meaning.ClassNames);
        return new(name, training, validation, Path.GetFullPath(path), string.Join(' ', notes))
        {
            Origin = DataOrigin.Path,
            Choice = new()
            {
                Images = Images with
                {
                    Size = Images.Size ?? (IsScaled ? new ImageSize(set.ImageShape.Height, set.ImageShape.Width) : null),
                    Fit = IsScaled ? ImageFit.Squash : Images.Fit,
                    Colours = set.ImageShape.Channels == 1 ? ImageColours.Gray : ImageColours.Colour,
                    // What the masks said holds for others that are judged or drawn later; a table says it itself.
                    MaskClasses = meaning.Colours is not null || meaning.ClassNames.Any(one => one.Contains(',', StringComparison.Ordinal))
                        ? Images.MaskClasses : names,
                    MaskIgnore = meaning.Colours is null ? Images.MaskIgnore ?? (meaning.Ignored is null ? null : meaning.Ignored)
                        : Images.MaskIgnore,
                },
            },
        };
    }

    internal static string Many(int count, string noun) => $"{count:N0} {noun}{(count == 1 ? "" : "s")}";
}

/// <summary>Makes a label map one of another size, by the label of the pixel whose middle is nearest.</summary>
internal static class NearestLabel
{
    /// <summary>Scales a map; pixel y of the result is pixel floor((y + 1/2) height / to) of the map.</summary>
    public static void Scale(ReadOnlySpan<byte> map, int height, int width, Span<byte> result, int toHeight, int toWidth)
    {
        for (var y = 0; y < toHeight; y++)
        {
            var row = map.Slice((int)(((2L * y) + 1) * height / (2L * toHeight)) * width, width);
            for (var x = 0; x < toWidth; x++)
                result[(y * toWidth) + x] = row[(int)(((2L * x) + 1) * width / (2L * toWidth))];
        }
    }
}
