using FeatureMap.Annotations;
using FeatureMap.Data;
using FeatureMap.Tests.Data;
using Xunit;
using static FeatureMap.Tests.Annotations.SmallSets;

namespace FeatureMap.Tests.Annotations;

/// <summary>Damaged annotations are read or refused: never a crash, and never more memory than the files can need.</summary>
public sealed class AnnotationFuzzTests
{
    private const string Coco = """
        {"images": [{"id": 1, "file_name": "a.png", "width": 8, "height": 6}], 
        "categories": [{"id": 2, "name": "cat", "supercategory": "x"}], "annotations": [
        {"id": 1, "image_id": 1, "category_id": 2, "bbox": [1, 1, 3, 2.5], "iscrowd": 0, "segmentation": [[1, 1, 4, 1, 4, 3.5]]},
        {"id": 2, "image_id": 1, "category_id": 2, "bbox": [0, 0, 8, 6], "iscrowd": 1,
        "segmentation": {"size": [6, 8], "counts": [10, 5, 33]}},
        {"id": 3, "image_id": 1, "category_id": 2, "segmentation": {"size": [6, 8], "counts": "`05k0"}}]}
        """;

    private static readonly string Voc = VocFile("a.png", 8, 6, ("cat", "1 1 4 2"), ("dog", "2 2 8 6"));

    public static TheoryData<string, double> Kinds =>
        new() { { "coco", 0.3 }, { "voc", 0.3 }, { "yolo", 0.2 }, { "yaml", 0.1 }, { "csv", 0.2 }, { "sets", 0 } };

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Damaged_files(string kind, double leastRefused)
    {
        var picture = Picture(8, 6);
        (string, byte[])[] files = kind switch
        {
            "coco" => [("x.json", Text(Coco)), ("a.png", picture)],
            "voc" => [("a.xml", Text(Voc)), ("a.png", picture)],
            "yolo" => [("labels/a.txt", Text("0 0.5 0.5 0.25 0.25\n1 0.1 0.1 0.5 0.1 0.5 0.5\n")), ("images/a.png", picture),
                ("data.yaml", Text("train: images\nnames: [cat, dog]\n"))],
            "yaml" => [("data.yaml",
                Text("path: .\ntrain:\n  - images\nnc: 2\nnames:\n  0: 'cat'\n  1: \"do\\u0067\"\nother: {a: [1, 2], b: |}\n")),
                ("images/a.png", picture), ("labels/a.txt", Text("0 0.5 0.5 0.25 0.25\n"))],
            "csv" => [("l.csv", Text(
                "filename,width,height,class,xmin,ymin,xmax,ymax\na.png,8,6,cat,1,1,4,2\na.png,8,6,\"d,og\",2,2,8,6\n")),
                ("a.png", picture)],
            _ => [("ImageSets/Main/train.txt", Text("a\nb\n")), ("a.png", picture), ("a.xml", Text(Voc))],
        };
        var format = kind switch
        {
            "coco" => AnnotationFormat.Coco,
            "voc"
            or "sets" => AnnotationFormat.Voc,
            "csv" => AnnotationFormat.Csv,
            _ => AnnotationFormat.Yolo
        };
        var result = FuzzCampaign.Run(files[0].Item2, files[0].Item2.Length, content =>
        {
            using var tree = new Trees.InMemory([(files[0].Item1, content), .. files[1..]]);
            var set = SetReader.Read(tree, "set", new() { Format = format });
            foreach (var thing in set.Pictures.SelectMany(one => one.Things))
                Assert.True(double.IsFinite(thing.Box.Area) && thing.Box.Width > 0 && thing.Box.Height > 0 && thing.Class >= 0
                    && thing.Class < set.ClassNames.Count);
        }, 8_000_000);
        Assert.True(result.Refused >= leastRefused * FuzzCampaign.Mutations, $"{result.Refused} were refused");
    }

    [Fact]
    public void A_mask_of_any_size_asks_for_no_memory_that_its_runs_do_not_have()
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<DataException>(() => RunLengthMask.Parse(1_000_000, 1_000_000, "0"));
        Assert.Equal(199_999_999, RunLengthMask.Of(20_000, 10_000, [1, 199_999_999]).Area);
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 100_000);
    }
}
