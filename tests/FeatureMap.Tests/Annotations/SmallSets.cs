using System.Text;
using FeatureMap.Annotations;
using FeatureMap.Tests.Data;
using Xunit;

namespace FeatureMap.Tests.Annotations;

/// <summary>Small folders of pictures with annotations.</summary>
internal static class SmallSets
{
    public static byte[] Text(string text) => Encoding.UTF8.GetBytes(text);

    public static byte[] Picture(int width, int height, byte value = 9) => ClassFolder.Picture(value, width, height);

    public static string VocFile(string filename, int width, int height, params (string Name, string Corners)[] objects) =>
        $"<annotation>\n<filename>{filename}</filename>\n<size><width>{width}</width><height>{height}</height><depth>3</depth></size>\n"
        + string.Concat(objects.Select(one =>
        $"<object><name>{one.Name}</name><difficult>0</difficult>\n<bndbox>{Box(one.Corners)}</bndbox></object>\n")) + "</annotation>\n";

    private static string Box(string corners) => string.Concat(corners.Split(' ')
        .Zip(["xmin", "ymin", "xmax", "ymax"], (value, name) => $"<{name}>{value}</{name}>"));

    public static AnnotatedSet Open(TemporaryFolder folder, AnnotationOptions? options, params (string Path, byte[] Content)[] files) =>
        AnnotatedSet.Open(ClassFolder.Write(folder, $"set-{Guid.NewGuid():N}", files), options);

    /// <summary>What is refused, without the place of the folder.</summary>
    public static string Refused(TemporaryFolder folder, params (string Path, byte[] Content)[] files)
    {
        var place = ClassFolder.Write(folder, $"set-{Guid.NewGuid():N}", files);
        var error = Assert.Throws<DataException>(() => AnnotatedSet.Open(place));
        return error.Message.Replace(place, "SET", StringComparison.Ordinal);
    }

    /// <summary>Remarks of a kind.</summary>
    public static IReadOnlyList<AnnotationRemark> Of(this AnnotatedSet set, AnnotationRemarkKind kind) =>
        [.. set.Remarks.Where(remark => remark.Kind == kind)];

    /// <summary>All things as texts, to be compared.</summary>
    public static IEnumerable<string> Lines(this AnnotatedSet set) => set.Pictures.SelectMany(picture => picture.Things.Select(thing =>
        $"{Path.GetFileName(picture.File)} {set.ClassNames[thing.Class]} {thing.Box.X:0.###} {thing.Box.Y:0.###} {thing.Box.Width:0.###} "
            + $"{thing.Box.Height:0.###}"));
}
