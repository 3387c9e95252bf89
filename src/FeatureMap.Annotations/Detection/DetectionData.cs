using FeatureMap.Analysis;
using FeatureMap.Data;

namespace FeatureMap.Annotations;

/// <summary>
/// Pictures with boxes as a detector learns from them: all of one size, with the boxes moved along, in a part to learn from and one to
/// judge by, and perhaps one that is looked at last.
/// </summary>
/// <example><code>
/// var data = DetectionData.Open("bccd.zip");
/// foreach (var notice in data.Notices) Console.WriteLine(notice);
/// var network = Detector.Over(backbone, data.ClassNames.Count);   // for images of data.Split.ImageShape
/// var run = Trainer.Fit(network, data.Split, new() { Epochs = 40 });
/// Console.WriteLine(data.Judge(Detector.Of(run.Model), data.Test ?? data.Split.Validation));
/// </code></example>
public sealed class DetectionData
{
    /// <summary>The longest side of images whose size nobody chose; small pictures are not enlarged.</summary>
    public const int UsualSide = 320;

    private const int Cell = 32;
    private const long MostBytes = int.MaxValue;

    private readonly Dictionary<string, AnnotatedPicture> pictures;

    private DetectionData(AnnotatedSet set, SplitData split, ImageSet? test, ImageFit fit, IReadOnlyList<string> notices)
    {
        (Set, Split, Test, Fit, Notices) = (set, split, test, fit, notices);
        pictures = set.Pictures.Where(picture => !picture.IsMissing).ToDictionary(picture => picture.File, StringComparer.Ordinal);
    }

    /// <summary>What was read.</summary>
    public AnnotatedSet Set { get; }

    /// <summary>
    /// The images to learn from and those to judge by, with boxes as targets. Their classes are those of the boxes.
    /// </summary>
    public SplitData Split { get; }

    /// <summary>The images of the part <c>test</c>, where the set has one besides; null where not.</summary>
    public ImageSet? Test { get; }

    /// <summary>How pictures became images of one size.</summary>
    public ImageFit Fit { get; }

    /// <summary>What a user should know: what was recognised, which parts are used, what was left out and why. Sentences.</summary>
    public IReadOnlyList<string> Notices { get; }

    /// <summary>The names of the classes, by label.</summary>
    public IReadOnlyList<string> ClassNames => Set.ClassNames;

    /// <summary>Reads a folder, an archive or a file of annotations; see <see cref="AnnotatedSet.Open"/>.</summary>
    /// <param name="path">The place.</param>
    /// <param name="images">Size, fit, colours and the part that is kept apart; null for the usual.</param>
    /// <param name="options">How annotations are read; told by the files where null.</param>
    /// <param name="progress">Told how many pictures are decoded.</param>
    /// <exception cref="DataException">There is nothing that can be read, nothing to learn, or a picture cannot be read.</exception>
    /// <exception cref="UsageException">An option is out of range.</exception>
    public static DetectionData Open(
        string path, ClassFolderOptions? images = null, AnnotationOptions? options = null, IProgress<DecodeProgress>? progress = null) =>
        Of(AnnotatedSet.Open(path, Reading(images, options ?? new())), images, progress, options?.Cancellation ?? default);

    private static AnnotationOptions Reading(ClassFolderOptions? images, AnnotationOptions options) =>
        options with { Format = options.Format ?? images?.BoxFormat, FirstPixel = options.FirstPixel ?? images?.FirstPixel };

    /// <summary>Makes images of a set.</summary>
    /// <param name="set">The pictures and what is in them.</param>
    /// <param name="images">Size, fit, colours and the part that is kept apart; null for the usual.</param>
    /// <param name="progress">Told how many pictures are decoded.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <inheritdoc cref="Open"/>
    public static DetectionData Of(AnnotatedSet set, ClassFolderOptions? images = null, IProgress<DecodeProgress>? progress = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(set);
        images ??= new();
        images.Check();
        if (images.Decoding == ImageDecoding.EachTime)
            throw new UsageException("Pictures with boxes are decoded before the start: leave decode=each-time out.");
        var notices = new List<string> { Recognised(set) };
        notices.AddRange(Remarks(set));
        var parts = Parts(set, notices);
        AnnotatedPicture[] used = [.. parts.SelectMany(part => part)];
        var shape = ShapeOf(set, used, images, notices);
        var fit = images.Fit ?? ImageFit.Pad();
        var pyramid = new BoxPyramid(shape, set.ClassNames.Count);
        var reader = new BoxImages(set, pyramid, fit, images.Unreadable, notices);
        reader.Decode(used, progress, cancellation);
        var choice = new DataChoice { Images = images with { Size = new(shape.Height, shape.Width), Fit = fit, Colours = Colours(shape) } };
        var all = reader.Part(set.Name, parts[0]);
        var (training, validation) = parts[1].Length > 0 ? (all, reader.Part(set.Name, parts[1]))
            : Drawn(all, images, notices);
        CheckClasses(set, training, validation, notices);
        var split = new SplitData(set.Name, training, validation, Path.GetFullPath(set.Location))
        {
            Origin = DataOrigin.Path,
            Choice = choice,
        };
        return new(set, split, parts[2].Length > 0 ? reader.Part($"{set.Name}, test", parts[2]) : null, fit, notices);
    }

    /// <summary>
    /// Judges a detector on images of this set by the boxes of the files, in pixels of the pictures: small and large things are those of
    /// the pictures, whatever size the network takes them in.
    /// </summary>
    /// <param name="detector">The detector; its classes are those of the set.</param>
    /// <param name="part">The images: <see cref="Split"/>'s, or <see cref="Test"/>.</param>
    /// <param name="threads">Threads; 0 means one per logical processor. The result does not depend on it.</param>
    /// <exception cref="DataException">The detector has other classes.</exception>
    /// <exception cref="ShapeException">It takes images of another shape.</exception>
    public DetectionJudgement Judge(Detector detector, ImageSet part, int threads = 0) => Judge(part, Detect(detector, part, threads));

    /// <summary>Judges boxes that were found in images of this set, in pixels of the pictures.</summary>
    /// <param name="part">The images.</param>
    /// <param name="found">What was found in each, such as by <see cref="Detect"/>.</param>
    public DetectionJudgement Judge(ImageSet part, IReadOnlyList<IReadOnlyList<DetectedBox>> found)
    {
        ArgumentNullException.ThrowIfNull(part);
        return DetectionJudgement.Of([.. Enumerable.Range(0, part.Count).Select(image => TruthOf(part, image))], found, ClassNames);
    }

    /// <summary>What a detector finds in images of this set, in pixels of the pictures, low scores included.</summary>
    /// <inheritdoc cref="Judge(Detector, ImageSet, int)"/>
    public IReadOnlyList<IReadOnlyList<DetectedBox>> Detect(Detector detector, ImageSet part, int threads = 0)
    {
        ArgumentNullException.ThrowIfNull(detector);
        ArgumentNullException.ThrowIfNull(part);
        if (!detector.ClassNames.SequenceEqual(ClassNames))
            throw new DataException($"The detector finds {string.Join(", ", detector.ClassNames)}; {Set.Location} has "
                + $"{string.Join(", ", ClassNames)}. Its labels would mean other things: give data with the same classes in the same "
                    + $"order.");
        var size = new ImageSize(part.ImageShape.Height, part.ImageShape.Width);
        return [.. detector.Model.ComputeMany(part, threads).Select((output, image) => PictureOf(part, image) is var picture
            ? detector.Read(output, BoxPlacement.Of(Fit, picture.Height, picture.Width, size), leastScore: 0.05) : [])];
    }

    /// <summary>The picture that an image was made of.</summary>
    /// <exception cref="DataException">The image is of another set.</exception>
    public AnnotatedPicture PictureOf(ImageSet part, int image)
    {
        ArgumentNullException.ThrowIfNull(part);
        return part.FileOf(image) is { } file && pictures.TryGetValue(file, out var picture) ? picture
            : throw new DataException($"{part.NameOf(image)} is no picture of {Set.Location}.");
    }

    /// <summary>What the files say of an image, in pixels of its picture.</summary>
    public IReadOnlyList<LabelledBox> TruthOf(ImageSet part, int image) => [.. PictureOf(part, image).Things.Select(thing =>
        new LabelledBox(thing.Box, thing.Class) { IsCrowd = thing.IsCrowd, IsDifficult = thing.IsDifficult, MaskArea = thing.Area })];

    private static string Recognised(AnnotatedSet set)
    {
        var names = set.ClassNames.Count <= 12 ? string.Join(", ", set.ClassNames)
            : $"{string.Join(", ", set.ClassNames.Take(12))}, ... ({set.ClassNames.Count:N0} in all)";
        return $"Boxes of {SetReader.Word(set.Format)}: {set.Pictures.Count:N0} pictures, {set.Count:N0} boxes in "
            + $"{SetFinish.Count(set.ClassNames.Count, "class", "classes")} ({names}).";
    }

    // Few of each kind are told; annotations check has all.
    private static IEnumerable<string> Remarks(AnnotatedSet set)
    {
        const int Most = 5;
        foreach (var group in set.Remarks.GroupBy(remark => remark.Kind))
        {
            foreach (var remark in group.Take(Most))
                yield return remark.Message;
            if (group.Count() > Most)
                yield return $"And {group.Count() - Most:N0} more of this kind: AnnotationCheck.Of names all.";
        }
    }

    // To learn from, to judge by, and what is looked at last.
    private static AnnotatedPicture[][] Parts(AnnotatedSet set, List<string> notices)
    {
        AnnotatedPicture[] there = [.. set.Pictures.Where(picture => !picture.IsMissing)];
        if (there.Length == 0)
            throw new DataException($"{set.Location}: none of the {set.Pictures.Count:N0} pictures that the annotations name is there, "
                + $"such as {(set.Pictures.Count > 0 ? set.Pictures[0].File : "")}. Put them beside the annotations, or into the folder "
                + "that those name.");
        AnnotatedPicture[] Of(params string[] names) => [.. there.Where(picture => names.Contains(picture.Split))];
        var (train, val, test, none) = (Of("train"), Of("val"), Of("test"), Of(""));
        if (train.Length == 0 && (val.Length > 0 || test.Length > 0) && none.Length > 0) (train, none) = (none, []);
        if (train.Length == 0 && none.Length == 0)
            throw new DataException($"{set.Location}: the pictures are of the part{(set.Splits.Count == 1 ? "" : "s")} "
                + $"{string.Join(", ", set.Splits)}, and none is to be learnt from. Give a part train.");
        if (train.Length == 0) (train, none) = (none, []);
        var others = there.Length - train.Length - val.Length - test.Length;
        if (others > 0)
            notices.Add($"{SetFinish.Count(others, "picture is", "pictures are")} of no part that is used "
                + $"({string.Join(", ", set.Splits.Where(name => name is not ("train" or "val" or "test"))
                    .Select(name => name.Length == 0 ? "none" : name))}).");
        if (val.Length == 0 && test.Length > 0)
        {
            notices.Add($"The set has no part val: it is judged by its {test.Length:N0} test pictures. To choose settings, hold some of "
                + $"the others "
                + "out.");
            (val, test) = (test, []);
        }
        if (val.Length > 0)
            notices.Add($"Parts as the set has them: {train.Length:N0} to learn from, {val.Length:N0} to judge by"
                + $"{(test.Length > 0 ? $", {test.Length:N0} (test) kept for the end" : "")}.");
        Background(train, "to learn from", notices);
        Background(val, "to judge by", notices);
        if (train.All(picture => picture.Things.Count == 0))
            throw new DataException($"{set.Location}: none of the {train.Length:N0} pictures to learn from has a box, so there is "
                + $"nothing to find.");
        return [train, val, test];
    }

    private static void Background(AnnotatedPicture[] part, string what, List<string> notices)
    {
        AnnotatedPicture[] empty = [.. part.Where(picture => picture.Things.Count == 0)];
        if (empty.Length > 0)
            notices.Add($"{empty.Length:N0} of the {part.Length:N0} pictures {what} {(empty.Length == 1 ? "has" : "have")} no box and "
                + $"{(empty.Length == 1 ? "counts" : "count")} as background, such as {empty[0].File}.");
    }

    private static (ImageSet, ImageSet) Drawn(ImageSet all, ClassFolderOptions images, List<string> notices)
    {
        if (all.Count < 2) throw new DataException($"{all.Name} has one picture, and some are needed to judge by. Add pictures.");
        var (training, validation) = all.Split(images.ValidationFraction, images.SplitSeed);
        notices.Add($"The set has no parts, so {validation.Count:N0} of the {all.Count:N0} pictures "
            + $"{(validation.Count == 1 ? "is drawn to judge by, always the same one" : "are drawn to judge by, always the same ones")} "
            + "(validation-split, split-seed).");
        return (training, validation);
    }

    private static void CheckClasses(AnnotatedSet set, ImageSet training, ImageSet validation, List<string> notices)
    {
        int[] Counts(ImageSet part)
        {
            var counts = new int[set.ClassNames.Count];
            for (var image = 0; image < part.Count; image++)
                foreach (var box in part.Targets!.BoxesOf(part.TargetOf(image)))
                    if (box.Counts) counts[box.Class]++;
            return counts;
        }

        var (learnt, judged) = (Counts(training), Counts(validation));
        foreach (var (label, name) in set.ClassNames.Index())
            if (learnt[label] == 0)
                notices.Add($"'{name}' has no box to learn from{(judged[label] > 0 ? $" and {judged[label]:N0} to judge by" : "")}: it "
                    + $"will never be "
                    + "found. Move pictures between the parts, or take the class away.");
            else if (judged[label] == 0)
                notices.Add($"'{name}' has no box to judge by, so it has no average precision.");
    }

    // The longest side is the usual one, the other follows the pictures, both in whole cells.
    private static Shape ShapeOf(AnnotatedSet set, AnnotatedPicture[] used, ClassFolderOptions images, List<string> notices)
    {
        var channels = images.Colours == ImageColours.Gray ? 1 : 3;
        if (images.Size is { } size)
        {
            if (size.Height % Cell == 0 && size.Width % Cell == 0) return new(channels, size.Height, size.Width);
            int Near(int side) => Math.Max(Cell, (side + (Cell / 2)) / Cell * Cell);
            throw new UsageException($"A detector has a cell for every {Cell} pixels, so both sides of an image are multiples of it: "
                + $"received "
                + $"{size} (height x width). The nearest is {Near(size.Height)}x{Near(size.Width)}.");
        }
        AnnotatedPicture[] sized = [.. used.Where(picture => picture.Width > 0 && picture.Height > 0)];
        if (sized.Length == 0) throw new DataException($"{set.Location}: the size of no picture is known.");
        double Median(Func<AnnotatedPicture, double> value) => sized.Select(value).Order().ElementAt(sized.Length / 2);
        // Up to whole cells, so that nothing of the usual picture gets smaller for it.
        int Whole(double side) => Math.Clamp((int)Math.Ceiling((side / Cell) - 0.05) * Cell, 2 * Cell, UsualSide);
        var longest = Whole(Median(picture => Math.Max(picture.Width, picture.Height)));
        var middle = Median(picture => (double)picture.Width / picture.Height);
        var (height, width) = middle >= 1 ? (Whole(longest / middle), longest) : (longest, Whole(longest * middle));
        notices.Add($"Pictures become images of {height}x{width} pixels (height x width; image-size), scaled alike along both sides and "
            + $"padded "
            + "with gray; boxes move along.");
        return new(channels, height, width);
    }

    private static ImageColours Colours(Shape shape) => shape.Channels == 1 ? ImageColours.Gray : ImageColours.Colour;

    /// <summary>More bytes than an array has.</summary>
    internal static void CheckBytes(int images, Shape shape)
    {
        if ((long)images * shape.Count > MostBytes)
            throw new DataException($"{images:N0} images of {shape} take {(long)images * shape.Count / 1e9:0.0} GB, and pictures with "
                + $"boxes are held "
                + $"in memory up to {MostBytes / 1e9:0.0} GB. Take a smaller size, or fewer pictures.");
    }
}
