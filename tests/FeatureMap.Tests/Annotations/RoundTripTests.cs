using FeatureMap.Analysis;
using FeatureMap.Annotations;
using FeatureMap.Data;
using FeatureMap.Randomness;
using FeatureMap.Tests.Data;
using Xunit;
using static FeatureMap.Tests.Annotations.SmallSets;

namespace FeatureMap.Tests.Annotations;

/// <summary>What is written in a format and read again is the same set.</summary>
public sealed class RoundTripTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    public static TheoryData<AnnotationFormat> Formats =>
        [AnnotationFormat.Coco, AnnotationFormat.Voc, AnnotationFormat.Yolo, AnnotationFormat.Csv];

    [Theory]
    [MemberData(nameof(Formats))]
    public void Random_sets_come_back(AnnotationFormat format)
    {
        for (uint seed = 0; seed < 12; seed++)
        {
            var set = Draw(seed, isWhole: format == AnnotationFormat.Voc, hasOutlines: seed % 3 == 0);
            var written = set.Save(folder[$"{format}-{seed}"], format);
            var read = AnnotatedSet.Open(written.Folder);
            Assert.Equal(format, read.Format);
            Assert.Equal(Text(set), Text(read));
            Assert.Equal(set.Count, written.Things);
            Assert.DoesNotContain(read.Remarks, remark => remark.IsWrong);
            if (format == AnnotationFormat.Coco) SameShapes(set, read);
        }
    }

    [Fact]
    public void From_format_to_format_nothing_is_lost()
    {
        var set = Draw(99, isWhole: true, hasOutlines: false);
        var place = set.Location;
        foreach (var (step, format) in ((AnnotationFormat[])[AnnotationFormat.Voc, AnnotationFormat.Yolo, AnnotationFormat.Csv,
            AnnotationFormat.Coco, AnnotationFormat.Voc]).Index())
        {
            var now = step == 0 ? set : AnnotatedSet.Open(place);
            place = now.Save(folder[$"step-{step}"], format).Folder;
        }
        Assert.Equal(Text(set), Text(AnnotatedSet.Open(place)));
    }

    [Fact]
    public void What_a_format_cannot_say_is_said()
    {
        var crowd = new Annotation(0, new(1, 1, 3, 3)) { IsCrowd = true };
        var difficult = new Annotation(1, new(0.5, 1, 3, 3)) { IsDifficult = true };
        var set = Own([crowd, difficult], ("a.png", Picture(20, 10)));
        Assert.Equal(["1 thing is difficult, which COCO does not know: they are ordinary things now, and are learnt and judged."],
            set.Save(folder["coco"], AnnotationFormat.Coco).Notices);
        Assert.Equal(
            ["1 box was rounded to whole pixels or cut at the edge of the picture: Pascal VOC has whole pixels inside of it.",
             "1 crowd left out: Pascal VOC does not know them, and as things they would be learnt."],
            set.Save(folder["voc"], AnnotationFormat.Voc).Notices);
        Assert.Contains("1 crowd left out: YOLO does not know them, and as things they would be "
            + "learnt.", set.Save(folder["yolo"], AnnotationFormat.Yolo).Notices);
        Assert.Contains("1 thing is difficult, which the table does not say: they are ordinary things now, and are learnt and "
            + "judged.", set.Save(folder["csv"], AnnotationFormat.Csv).Notices);
    }

    [Fact]
    public void Nothing_is_written_over()
    {
        var set = Own([], ("a.png", Picture(20, 10)));
        folder.Write("full/note.txt", [1]);
        Assert.EndsWith("the folder is not empty, and nothing is written over. Give a new one.",
            Assert.Throws<DataException>(() => set.Save(folder["full"], AnnotationFormat.Voc)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Pictures_of_one_name_get_names_of_their_own()
    {
        var set = Own([new Annotation(0, new(1, 1, 3, 3))], ("x/a.png", Picture(20, 10)), ("y/a.png", Picture(20, 10, 5)),
            ("y/a.bmp", SampleImages.Bmp(20, 10, 24)));
        var written = set.Save(folder["voc"], AnnotationFormat.Voc);
        Assert.Single(written.Notices, notice => notice.StartsWith("2 pictures were given another name", StringComparison.Ordinal));
        Assert.Equal(3, AnnotatedSet.Open(written.Folder).Count);
    }

    private AnnotatedSet Own(Annotation[] things, params (string Path, byte[] Content)[] files)
    {
        var place = ClassFolder.Write(folder, $"own-{Guid.NewGuid():N}", files);
        return new()
        {
            Name = "own",
            Location = place,
            Format = AnnotationFormat.Coco,
            ClassNames = ["cat", "dog"],
            Pictures = [.. files.Select(file => new AnnotatedPicture(file.Path, 20, 10, "", things))],
        };
    }

    private AnnotatedSet Draw(uint seed, bool isWhole, bool hasOutlines)
    {
        var random = new RandomSequence(31, RandomPurpose.Testing, seed);
        string[] names = ["cat", "a \"b\", c: d", "yes", "Löwe"];
        var files = new List<(string, byte[])>();
        var pictures = new List<AnnotatedPicture>();
        string[] splits = ["train", "val", "test"];
        for (var number = 0; number < 9; number++)
        {
            int width = 30 + random.NextInt(40), height = 20 + random.NextInt(40);
            var things = new List<Annotation>();
            // Every class is somewhere, so that formats without a list know it.
            for (var thing = number == 0 ? 4 : random.NextInt(5); thing > 0; thing--)
            {
                var kind = number == 0 ? thing - 1 : random.NextInt(4);
                int x = random.NextInt(width - 9), y = random.NextInt(height - 9), w = 2 + random.NextInt(7), h = 2 + random.NextInt(7);
                var part = isWhole ? 0 : random.NextInt(1000) / 1000.0;
                var box = new Box(x + part, y + part, w - part, h - part);
                things.Add(new(kind, box)
                {
                    Polygons = hasOutlines ? [[new(box.X, box.Y), new(box.X + box.Width, box.Y), new(box.X + box.Width, box.Y + box.Height),
                        new(box.X, box.Y + box.Height)]] : [],
                });
            }
            var name = $"pictures/{number}.png";
            files.Add((name, Picture(width, height, (byte)(number * 9))));
            pictures.Add(new(name, width, height, splits[number % 3], things));
        }
        return new()
        {
            Name = "drawn",
            Location = ClassFolder.Write(folder, $"drawn-{seed}-{isWhole}-{hasOutlines}-{Guid.NewGuid():N}", files),
            Format = AnnotationFormat.Coco,
            ClassNames = [.. names.Order(StringComparer.Ordinal)],
            Pictures = pictures,
        };
    }

    private static IEnumerable<string> Text(AnnotatedSet set) =>
        set.ClassNames.Concat(set.Pictures.OrderBy(picture => Path.GetFileName(picture.File), StringComparer.Ordinal)
        .SelectMany(picture => picture.Things.Select(thing => $"{thing.Class} {thing.Box.X:0.000} {thing.Box.Y:0.000} "
        + $"{thing.Box.Width:0.000} {thing.Box.Height:0.000}")
            .Prepend($"{Path.GetFileName(picture.File)} {picture.Width} {picture.Height} {picture.Split}")));

    private static void SameShapes(AnnotatedSet set, AnnotatedSet read)
    {
        var shapes = read.Pictures.ToDictionary(picture => Path.GetFileName(picture.File), picture => picture.Things);
        foreach (var picture in set.Pictures)
            foreach (var (index, thing) in picture.Things.Index())
                Assert.Equal(thing.Polygons.Select(part => part.ToArray()), shapes[Path.GetFileName(picture.File)][index]
                    .Polygons.Select(part => part.ToArray()));
    }
}
