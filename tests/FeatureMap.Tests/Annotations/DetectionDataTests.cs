using FeatureMap.Analysis;
using FeatureMap.Annotations;
using FeatureMap.Data;
using FeatureMap.Tests.Data;
using Xunit;
using static FeatureMap.Tests.Annotations.SmallSets;

namespace FeatureMap.Tests.Annotations;

/// <summary>Pictures with boxes as a detector learns from them.</summary>
public sealed class DetectionDataTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Pictures_are_padded_and_boxes_move_along()
    {
        // 128 x 64 pixels for 64 x 96: scaled by 3/4 to 96 x 48, with 8 rows above.
        var data = Open(new() { Size = new(64, 96) }, [.. Files("a", 128, 64, "cat", "9 17 40 48"),
            .. Files("b", 128, 64, "cat", "1 1 20 20"),
            .. Files("c", 64, 64, "cat", "1 1 20 20")]);
        Assert.Equal((new Shape(3, 64, 96), 3), (data.Split.ImageShape, data.Split.Training.Count + data.Split.Validation.Count));
        var (part, image) = Find(data, "a.png");
        // Corners 9 17 40 48 from 1, the last included: 8 16 to 40 48.
        Assert.Equal(new TargetBox(6, 20, 30, 44, 0), Assert.Single(part.Targets!.BoxesOf(part.TargetOf(image)).ToArray()));
        Assert.Equal(114, part.Pixels(image)[0]);
        Assert.Equal(new Box(8, 16, 32, 32), Assert.Single(data.TruthOf(part, image)).Box);
        Assert.Equal("Boxes of Pascal VOC: 3 pictures, 3 boxes in 1 class (cat).", data.Notices[0]);
        Assert.Contains("The set has no parts, so 1 of the 3 pictures is drawn to judge by, always the same one (validation-split, "
            + "split-seed).",
            data.Notices);
    }

    [Fact]
    public void Parts_background_empty_and_outer_boxes_and_classes_without_boxes_are_said()
    {
        var data = Open(null, [
            .. Files("a", 64, 48, "cat", "1 1 20 20"), .. Files("b", 64, 48, "cat", "5 5 5 5"), .. Files("c", 64, 48, "dog", "1 1 20 20"),
            .. Files("d", 64, 48, "cat", "50 30 90 70"),
            ("ImageSets/Main/train.txt", Text("a\nb\nd\n")), ("ImageSets/Main/val.txt", Text("c\n")), ]);
        Assert.Equal((3, 1, true), (data.Split.Training.Count, data.Split.Validation.Count, data.Test is null));
        Assert.Contains(data.Notices, notice => notice.Contains("b.xml, line 4: the box of cat in JPEGImages/b.png is one point",
            StringComparison.Ordinal));
        Assert.Contains("1 of the 3 pictures to learn from has no box and counts as background, such as JPEGImages/b.png.", data.Notices);
        Assert.Contains(data.Notices, notice => notice.Contains("reaches out of", StringComparison.Ordinal));
        Assert.Contains("Parts as the set has them: 3 to learn from, 1 to judge by.", data.Notices);
        Assert.Contains("'dog' has no box to learn from and 1 to judge by: it will never be found. Move pictures between the parts, or "
            + "take the "
            + "class away.", data.Notices);
        Assert.Contains("'cat' has no box to judge by, so it has no average precision.", data.Notices);
        // 64 x 48 pixels take 64 x 64 in whole cells, with 8 rows above; small pictures are not enlarged.
        Assert.Equal(new Shape(3, 64, 64), data.Split.ImageShape);
        var (part, image) = Find(data, "d.png");
        var outer = Assert.Single(part.Targets!.BoxesOf(part.TargetOf(image)).ToArray());
        Assert.Equal((49, 37, 64, 64), (outer.Left, outer.Top, outer.Right, outer.Bottom));
    }

    [Fact]
    public void What_cannot_be_learnt_from_is_refused_in_one_line()
    {
        Assert.EndsWith("none of the 1 pictures to learn from has a box, so there is nothing to find.", Refused(null,
            [.. Files("a", 64, 48), .. Files("b", 64, 48, "cat", "1 1 9 9"), ("ImageSets/Main/train.txt", Text("a\n")),
                ("ImageSets/Main/val.txt", Text("b\n"))]), StringComparison.Ordinal);
        Assert.Contains("none of the 1 pictures that the annotations name is there, such as a.png", Refused(null,
            [("Annotations/a.xml", Text(VocFile("a.png", 20, 10, ("cat", "1 1 4 2")))), ("JPEGImages/other.png", Picture(20, 10))]),
            StringComparison.Ordinal);
        var place = ClassFolder.Write(folder, "odd", [.. Files("a", 64, 48, "cat", "1 1 9 9"), .. Files("b", 64, 48, "cat", "1 1 9 9")]);
        Assert.EndsWith("received 100x100 (height x width). The nearest is 96x96.", Assert.Throws<UsageException>(() =>
            DetectionData.Open(place, new() { Size = new(100, 100) })).Message, StringComparison.Ordinal);
    }

    private static (ImageSet Part, int Image) Find(DetectionData data, string name) =>
        ((ImageSet[])[data.Split.Training, data.Split.Validation]).SelectMany(part => Enumerable.Range(0, part.Count).Select(image
            => (part, image)))
            .First(one => one.part.FileOf(one.image)!.EndsWith(name, StringComparison.Ordinal));

    private static (string, byte[])[] Files(string name, int width, int height, string? label = null, string corners = "") =>
        [($"JPEGImages/{name}.png", Picture(width, height)),
            ($"Annotations/{name}.xml", Text(VocFile($"{name}.png", width, height, label is null ? [] : [(label, corners)])))];

    private DetectionData Open(ClassFolderOptions? images, (string, byte[])[] files) =>
        DetectionData.Open(ClassFolder.Write(folder, $"set-{Guid.NewGuid():N}", files), images);

    private string Refused(ClassFolderOptions? images, (string, byte[])[] files) =>
        Assert.Throws<DataException>(() => Open(images, files)).Message;
}
