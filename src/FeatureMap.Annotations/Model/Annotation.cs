using FeatureMap.Analysis;

namespace FeatureMap.Annotations;

/// <summary>A point of a polygon, in pixels; the upper left corner of the first pixel is (0, 0), its centre (0.5, 0.5).</summary>
/// <param name="X">To the right.</param>
/// <param name="Y">Down.</param>
public readonly record struct PolygonPoint(double X, double Y);

/// <summary>One thing in a picture: what it is and where.</summary>
/// <param name="Class">Its number in <see cref="AnnotatedSet.ClassNames"/>.</param>
/// <param name="Box">
/// Where, in pixels of the upright picture. Edges lie between pixels: a box of the first pixel is (0, 0, 1, 1).
/// </param>
public sealed record Annotation(int Class, Box Box)
{
    /// <summary>Whether it marks many things at once (<c>iscrowd</c> of COCO): not to be learnt, and answers on it are neither right nor
    /// wrong.</summary>
    public bool IsCrowd { get; init; }

    /// <summary>Whether it is hard to see (<c>difficult</c> of Pascal VOC): kept out of learning and judging.</summary>
    public bool IsDifficult { get; init; }

    /// <summary>Its outline in parts, which may be several where something stands in front of it; empty where only the box is
    /// known.</summary>
    public IReadOnlyList<IReadOnlyList<PolygonPoint>> Polygons { get; init; } = [];

    /// <summary>Its pixels; null where they were not given as such. See <see cref="PolygonFill"/> for those of polygons.</summary>
    public RunLengthMask? Mask { get; init; }

    /// <summary>Its area in pixels as the file says, which is that of the mask and not of the box; null where no file says it.</summary>
    public double? Area { get; init; }

    /// <summary>Whether it is to be learnt and judged by: neither a crowd nor difficult.</summary>
    public bool Counts => !IsCrowd && !IsDifficult;
}

/// <summary>One picture with the things in it.</summary>
/// <param name="File">Its path below <see cref="AnnotatedSet.Location"/>, with '/' between folders; for a missing one the name that the
/// annotation has.</param>
/// <param name="Width">Columns of the upright picture.</param>
/// <param name="Height">Rows of the upright picture.</param>
/// <param name="Split"><c>train</c>, <c>val</c> or <c>test</c>, or empty where the set names no parts.</param>
/// <param name="Things">What is in it, in the order of the file; empty for a picture that shows nothing of the classes.</param>
public sealed record AnnotatedPicture(string File, int Width, int Height, string Split, IReadOnlyList<Annotation> Things)
{
    /// <summary>Whether the file of the picture is not there.</summary>
    public bool IsMissing { get; init; }

    /// <summary>The file that says what is in it, for messages.</summary>
    public string Source { get; init; } = "";
}
