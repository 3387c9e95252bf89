using FeatureMap.Descriptions;

namespace FeatureMap.Data;

/// <summary>Which data a training is about, how image files become images, and which part of them is used: all by name.</summary>
public sealed record DataChoice
{
    private const string ImageFiles = "data=PATH of image files";
    private const ulong Most = 1_000_000_000;
    private static readonly ValueKind Seeds = ValueKind.Whole(0, ulong.MaxValue), Numbers = ValueKind.Whole(0, ushort.MaxValue);

    /// <summary>The data set: a name of <see cref="Datasets.All"/> or a path; empty for the usual one.</summary>
    public string Name { get; init; } = "";

    /// <summary>How image files become a data set, where the data are image files.</summary>
    public ClassFolderOptions Images { get; init; } = new();

    /// <summary>
    /// Part of the training images that is kept apart and used for validation in place of the official set; 0 for the official set.
    /// </summary>
    public double HoldOut { get; init; }

    /// <summary>Chooses the images that are held out; null for the seed of the training.</summary>
    public ulong? HoldOutSeed { get; init; }

    /// <summary>How many of the training images are used; 0 for all.</summary>
    public int TrainingImages { get; init; }

    /// <summary>Every part of the choice, by name.</summary>
    public static IReadOnlyList<Setting<DataChoice>> Settings { get; } =
    [
        Setting<DataChoice>.Text("data",
            "The data set in place of the recipe's own: a name, such as mnist, or the path of a folder or archive",
            ValueKind.AnyText("a name or a path", "the recipe's own"), c => c.Name, (c, v) => c with { Name = v }),
        OfImages("image-size", "Size that image files get, as 32 or HEIGHTxWIDTH; keep for their own, where it is one", ImageSize.Kind,
            i => i.Size ?? ImageSize.Keep, (i, v) => i with { Size = (ImageSize)v == ImageSize.Keep ? null : (ImageSize)v }),
        Of(ImageFit.Vocabulary.Setting<ClassFolderOptions>("fit", "What becomes of image files of other proportions than the size",
            "crop 0.875", i => i.Fit, (i, v) => i with { Fit = v }, none: "auto")),
        Of(Setting<ClassFolderOptions>.Choice("image-colours", "What becomes of the colours of image files", i => i.Colours,
            (i, v) => i with { Colours = v }, "keep", "gray", "colour")),
        OfImages("task", "What image files are meant for: what lies beside them says it, or the folders are the classes, or a table has "
            + "them, or several labels or numbers of each image, or masks",
            ValueKind.Choice("auto", "classes", "table", "masks", "labels", "numbers"), i => i.Task is { } task ? $"{task}".ToLowerInvariant() : "auto",
            (i, v) => i with { Task = v is "auto" ? null : Enum.Parse<DataTask>((string)v, ignoreCase: true) }),
        Of(new Setting<ClassFolderOptions>("image-folder", "Folder or archive of the images that a table names, where it is not that of "
            + "the table",
            Texts("a path", "the folder of the table"), i => i.ImageFolder, (i, v) => i with { ImageFolder = v is "" ? ""
                : Path.GetFullPath((string)v) }).WithoutResult()),
        OfImages("file-column", "Column of a table that names the images", Texts("a name", "the one that does"),
            i => i.FileColumn, (i, v) => i with { FileColumn = (string)v }),
        OfImages("label-column", "Column of a table that says the class of an image, or its labels; several with commas: of 0 and 1", Texts("a name", "label, class or the like, or the "
            + "only one"),
            i => i.LabelColumn, (i, v) => i with { LabelColumn = (string)v }),
        OfImages("label-separator", "What stands between the labels of one column of a table", Texts("a letter, or comma, semicolon, space or "
            + "bar", "what the values say"), i => i.LabelSeparator, (i, v) => i with { LabelSeparator = (string)v }),
        OfImages("label-names", "Labels that may occur in a table, in their order, with commas between them", Texts("names, such as beach,sunset",
            "those that occur"), i => i.LabelNames, (i, v) => i with { LabelNames = (string)v }),
        OfImages("number-column", "Columns of a table with the numbers to be learnt, with commas between them", Texts("names, such as age,weight",
            "those that only can be such"), i => i.NumberColumn, (i, v) => i with { NumberColumn = (string)v }),
        OfImages("mask-classes", "Classes of masks with commas between them, in the order of their numbers",
            Texts("names, such as background,cell", "what a list beside the folders or the masks say"),
            i => i.MaskClasses, (i, v) => i with { MaskClasses = (string)v }),
        OfImages("mask-ignore", "Number of mask pixels that count for nothing; auto is 255 where it stands beside numbers of classes",
            ValueKind.Described("auto, none or a number from 0 to 65535", ReadIgnored),
            i => i.MaskIgnore is not { } value ? "auto" : value < 0 ? "none" : $"{value}",
            (i, v) => i with { MaskIgnore = v is "auto" ? null : v is "none" ? -1 : (int)(Int128)Numbers.Parse((string)v)! }),
        Of(new Setting<ClassFolderOptions>("mask-colours", "Table of the colours of masks: labelmap.txt or JSON",
            Texts("a path", "one beside the folders, or none"), i => i.MaskColours, (i, v) => i with { MaskColours = v is "" ? ""
                : Path.GetFullPath((string)v) })),
        Of(Setting<ClassFolderOptions>.Choice(
            "unreadable", "What happens when an image file cannot be read: an error, or it is left out", i => i.Unreadable,
                (i, v) => i with { Unreadable = v }, "fail", "skip")),
        Of(Setting<ClassFolderOptions>.Choice("decode", "When image files are decoded: before the start, or each time they are used",
            i => i.Decoding, (i, v) => i with { Decoding = v }, "auto", "ahead", "each-time").WithoutResult()),
        OfImages("picture-decoder", "What decodes image files besides the library's own decoders; a program gives it",
            Texts("a name and version, such as vips 8.18.7", "the library alone"),
            i => i.DecodedBy, (i, v) => i with { DecoderName = (string)v }),
        OfImages("box-format", "Which annotations of boxes are read where there are several",
            ValueKind.Choice("auto", "coco", "voc", "yolo", "csv"), i => i.BoxFormat is { } format ? $"{format}".ToLowerInvariant()
                : "auto",
            (i, v) => i with { BoxFormat = v is "auto" ? null : Enum.Parse<AnnotationFormat>((string)v, ignoreCase: true) }),
        OfImages("first-pixel", "Number of the first pixel in the corners of boxes (Pascal VOC, CSV); auto for what they say",
            ValueKind.Choice("auto", "0", "1"), i => i.FirstPixel is { } first ? $"{first}" : "auto",
            (i, v) => i with { FirstPixel = v is "auto" ? null : v is "0" ? 0 : 1 }),
        OfImages("validation-split", "Part of each class kept apart for validation where the data have one part only",
            ValueKind.Real(0, 1, false, false),
            i => i.ValidationFraction, (i, v) => i with { ValidationFraction = (double)v }),
        OfImages("split-seed", "Chooses the images that are kept apart; the seed of the training does not change them", Seeds,
            i => (Int128)i.SplitSeed, (i, v) => i with { SplitSeed = (ulong)(Int128)v }),
        Setting<DataChoice>.Real("hold-out",
            "Part of the training images used for validation in place of the official set; 0 for the official set",
            c => c.HoldOut, (c, v) => c with { HoldOut = v }, ValueKind.Real(0, 0.9)),
        new("hold-out-seed", "Chooses the images that are held out",
            ValueKind.Described("a whole number, or training for the seed of the training", ReadSeed),
            c => $"{c.HoldOutSeed}" is { Length: > 0 } seed ? seed : "training",
            (c, v) => c with { HoldOutSeed = Seeds.Parse((string)v) is Int128 seed ? (ulong)seed : null })
        { Needs = "hold-out=PART", HasEffect = c => c.HoldOut > 0 },
        Setting<DataChoice>.Whole("training-images", "How many training images are used, for quick trials; 0 for all",
            c => c.TrainingImages, (c, v) => c with { TrainingImages = v }, 0, (int)Most),
    ];

    /// <summary>How a data set was come by, as far as it says so itself.</summary>
    public static DataChoice Of(SplitData data)
    {
        ArgumentNullException.ThrowIfNull(data);
        return data.Choice with
        {
            Name = data.Origin switch
            {
                DataOrigin.Program => "",
                DataOrigin.Path => Path.GetFullPath(data.Source),
                DataOrigin.Embedded => "digits",
                _ => data.Name
            },
        };
    }

    /// <summary>The part of a data set that is chosen.</summary>
    /// <param name="data">All of it.</param>
    /// <param name="seed">The seed of the training.</param>
    /// <exception cref="UsageException">The data set is too small for it.</exception>
    public SplitData Choose(SplitData data, ulong seed)
    {
        ArgumentNullException.ThrowIfNull(data);
        if (HoldOut > 0) data = data.SplitTraining(HoldOut, HoldOutSeed ?? seed);
        return data.TakeTraining(TrainingImages);
    }

    private static ValueKind Texts(string what, string none) => ValueKind.AnyText(what, none);

    private static string ReadSeed(string text) => Seeds.Parse(text) is not null || text == "training" ? text
        : throw new UsageException("");

    private static string ReadIgnored(string text) => text is "auto" or "none" || Numbers.Parse(text) is not null ? text
        : throw new UsageException("");

    private static Setting<DataChoice> OfImages(string name, string meaning, ValueKind kind, Func<ClassFolderOptions, object> read,
        Func<ClassFolderOptions, object, ClassFolderOptions> write) =>
        Of(new Setting<ClassFolderOptions>(name, meaning, kind, read, write));

    private static Setting<DataChoice> Of(Setting<ClassFolderOptions> setting) =>
        new(setting.Name, setting.Meaning, setting.Kind, c => setting.Value(c.Images),
            (c, v) => c with { Images = setting.With(c.Images, v) })
        {
            Needs = ImageFiles,
            ChangesResult = setting.ChangesResult,
            HasEffect = c => c.Name.Length > 0 && Datasets.IsPath(c.Name),
        };
}
