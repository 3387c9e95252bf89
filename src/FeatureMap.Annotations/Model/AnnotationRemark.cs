namespace FeatureMap.Annotations;

/// <summary>What a remark is about.</summary>
public enum AnnotationRemarkKind
{
    /// <summary>How the files were understood, such as that corners are counted from 0.</summary>
    Reading,

    /// <summary>A picture that is named and not there.</summary>
    MissingPicture,

    /// <summary>A picture that no annotation names.</summary>
    Unlisted,

    /// <summary>A picture of another size than its annotation says, or one that Exif turns.</summary>
    Size,

    /// <summary>A box without area, such as one of a single point: left out.</summary>
    EmptyBox,

    /// <summary>A box that reaches out of its picture.</summary>
    OutsideBox,

    /// <summary>The same box of the same class twice: one is left out.</summary>
    DoubledBox,

    /// <summary>An annotation that belongs to nothing, or of a kind that is not read: left out.</summary>
    LeftOut,

    /// <summary>A picture in two parts.</summary>
    Split,

    /// <summary>A picture that cannot be read.</summary>
    Unreadable,
}

/// <summary>One thing that a reader of annotations met.</summary>
/// <param name="Kind">What it is about.</param>
/// <param name="IsWrong">Whether it spoils a training or its figures; otherwise it is good to know.</param>
/// <param name="Message">A sentence or two: where, what, and what was made of it.</param>
/// <param name="File">The picture or file that it is about; null for the whole set.</param>
public sealed record AnnotationRemark(AnnotationRemarkKind Kind, bool IsWrong, string Message, string? File);
