using FeatureMap.Analysis;
using FeatureMap.Data;

namespace FeatureMap.Annotations;

/// <summary>Decodes pictures to one size and moves their boxes along.</summary>
/// <param name="set">Where they are.</param>
/// <param name="pyramid">For images of its shape.</param>
/// <param name="fit">How they are made to fit.</param>
/// <param name="unreadable">What becomes of a picture that cannot be read.</param>
/// <param name="notices">Told what is odd.</param>
internal sealed class BoxImages(AnnotatedSet set, BoxPyramid pyramid, ImageFit fit, UnreadableImages unreadable, List<string> notices)
{
    private const int Together = 32;
    private readonly Dictionary<string, byte[]> pixels = new(StringComparer.Ordinal);

    /// <summary>Reads pictures, some at a time.</summary>
    public void Decode(AnnotatedPicture[] used, IProgress<DecodeProgress>? progress, CancellationToken cancellation)
    {
        DetectionData.CheckBytes(used.Length, pyramid.Image);
        var wanted = used.ToHashSet();
        var errors = new List<DataException>();
        foreach (var some in set.Contents(wanted.Contains).Chunk(Together))
        {
            var read = new (byte[]? Pixels, string? Notice, DataException? Error)[some.Length];
            Parallel.For(0, some.Length, new ParallelOptions { CancellationToken = cancellation }, i => read[i] = Load(some[i].Picture,
                some[i].Content));
            foreach (var (i, (taken, notice, error)) in read.Index())
            {
                if (notice is not null) notices.Add(notice);
                if (error is not null) errors.Add(error);
                else pixels[some[i].Picture.File] = taken!;
            }
            progress?.Report(new(set.Location, pixels.Count, used.Length));
        }
        if (errors.Count == 0) return;
        if (unreadable == UnreadableImages.Fail) throw errors[0];
        notices.Add($"{SetFinish.Count(errors.Count, "picture cannot be read and is", "pictures cannot be read and are")} left out: "
            + $"{errors[0].Message}");
    }

    /// <summary>The images of a part, in its order.</summary>
    public ImageSet Part(string name, AnnotatedPicture[] pictures)
    {
        AnnotatedPicture[] read = [.. pictures.Where(picture => pixels.ContainsKey(picture.File))];
        if (read.Length == 0) throw new DataException($"{name}: none of the {pictures.Length:N0} pictures can be read.");
        var size = pyramid.Image.Count;
        var all = new byte[read.Length * size];
        foreach (var (i, picture) in read.Index())
            pixels[picture.File].CopyTo(all.AsSpan(i * size));
        var targets = pyramid.Targets([.. read.Select(Boxes)]);
        return ImageSet.Adopt(name, pyramid.Image, all, new int[read.Length], set.ClassNames, [.. read.Select(picture => picture.File)])
            .WithTargets(targets);
    }

    // Boxes of the image; what reaches out of the picture is cut off, and what lies outside is left out.
    private IReadOnlyList<LabelledBox> Boxes(AnnotatedPicture picture)
    {
        var placement = BoxPlacement.Of(fit, picture.Height, picture.Width, new(pyramid.Image.Height, pyramid.Image.Width));
        var boxes = new List<LabelledBox>();
        foreach (var thing in picture.Things)
        {
            var placed = placement.Into(thing.Box);
            double left = Math.Clamp(placed.X, 0, pyramid.Image.Width), top = Math.Clamp(placed.Y, 0, pyramid.Image.Height);
            double right = Math.Clamp(placed.X + placed.Width, 0, pyramid.Image.Width);
            var bottom = Math.Clamp(placed.Y + placed.Height, 0, pyramid.Image.Height);
            var box = new Box(left, top, right - left, bottom - top);
            // Less than a tenth of a pixel is nothing that a network could see.
            if (box.Width < 0.1 || box.Height < 0.1) continue;
            boxes.Add(new(box, thing.Class) { IsCrowd = thing.IsCrowd, IsDifficult = thing.IsDifficult });
        }
        return boxes;
    }

    private (byte[]? Pixels, string? Notice, DataException? Error) Load(AnnotatedPicture picture, byte[] content)
    {
        try
        {
            using var stream = new MemoryStream(content);
            return (ImageFile.Load(stream, pyramid.Image, fit, out var notice, picture.File), notice, null);
        }
        catch (DataException error)
        {
            return (null, null, error);
        }
    }
}
