using System.Collections.ObjectModel;
using System.Runtime.InteropServices;

namespace FeatureMap.Data;

/// <summary>What the targets of a set are, and so what becomes of them when an image is moved, and how they become numbers.</summary>
public enum TargetKind
{
    /// <summary>The class of every pixel. Moved by taking the nearest pixel, so that no class comes out that was not there.</summary>
    LabelMap,

    /// <summary>Pictures from 0 (black) to 1, such as the sharp version of the image. Moved by interpolation, as the image itself.</summary>
    Image,

    /// <summary>Any numbers, such as boxes on a grid. They know nothing of places, so they cannot be moved.</summary>
    Numbers,

    /// <summary>Any number of boxes for each image. They move with it, and become numbers only then (<see cref="IBoxEncoder"/>).</summary>
    Boxes,

    /// <summary>
    /// Several labels of the image as a whole, each there (1) or not (0), such as <c>beach, sunset</c>. They stay as they are when the
    /// image is moved.
    /// </summary>
    Labels,

    /// <summary>Numbers of the image as a whole, such as an age or a weight. They stay as they are when the image is moved.</summary>
    Quantities,
}

/// <summary>
/// What a network shall give for each image of a set where that is not a class: label maps (masks), pictures, numbers, or boxes; all of
/// one shape, in memory and immutable. Give it to an <see cref="ImageSet"/>, which keeps image and target together through subsets, splits
/// and augmentation; the loss reads it as its target.
/// </summary>
/// <example><code>
/// var masks = TargetSet.LabelMaps(512, 512, bytes, ["membrane", "cell"]);         // one byte per pixel; the loss sees 1x512x512 of 0 and 1
/// var sharp = TargetSet.Images(Shape.Image(1, 51, 51), bytes);                    // for images of 1x17x17: threefold super-resolution
/// var boxes = TargetSet.Numbers(new Shape(15, 6, 6), floats);                     // 15 numbers for each cell of a 6 x 6 grid
/// var tags = TargetSet.Labels(["beach", "sunset"], zerosAndOnes);                 // several labels of each image
/// var ages = TargetSet.Quantities(["age"], numbers);                              // a number of each image
/// var set = new ImageSet("membranes", Shape.Image(1, 512, 512), pixels, masks);
/// </code></example>
public sealed class TargetSet
{
    private readonly byte[] maps = [];
    private readonly float[] numbers = [];
    private readonly TargetBox[] boxes = [];
    private readonly int[] firstBox = [];

    private TargetSet(IBoxEncoder encoder, TargetBox[] boxes, int[] firstBox, int most)
    {
        (Kind, Encoder, this.boxes, this.firstBox, MostBoxes) = (TargetKind.Boxes, encoder, boxes, firstBox, most);
        (Count, StoredShape, ClassNames) = (firstBox.Length - 1, encoder.Shape, []);
    }

    private TargetSet(TargetKind kind, Shape stored, byte[]? maps, float[]? numbers, IReadOnlyList<string> classNames, byte? ignoreValue = null)
    {
        IgnoreValue = ignoreValue;
        Kind = kind;
        StoredShape = stored;
        ClassNames = classNames;
        var length = maps?.Length ?? numbers!.Length;
        if (length == 0 || length % stored.Count != 0)
        {
            throw new DataException($"Targets of {stored} (channels x height x width) have {stored.Count:N0} {(maps is null ? "numbers" : "bytes")} each: received {length:N0}, "
                + (length == 0 ? "which is no target at all." : $"which is {length / stored.Count:N0} targets and {length % stored.Count:N0} left over."));
        }
        Count = length / stored.Count;
        (this.maps, this.numbers) = (maps ?? [], numbers ?? []);
    }

    /// <summary>What the targets are.</summary>
    public TargetKind Kind { get; }

    /// <summary>Number of targets: one per image.</summary>
    public int Count { get; }

    /// <summary>Channels x height x width of a stored target: one channel for a label map, however many classes it has.</summary>
    public Shape StoredShape { get; }

    /// <summary>The names of the classes of a label map, of the labels, or of the quantities, in their order; empty for other
    /// targets.</summary>
    public IReadOnlyList<string> ClassNames { get; }

    /// <summary>Whether they say something of the image as a whole, so that no change of it changes them: labels and quantities.</summary>
    public bool AreOfWholeImage => Kind is TargetKind.Labels or TargetKind.Quantities;

    /// <summary>Whether they are stored as numbers, which nothing moves.</summary>
    internal bool AreNumbers => Kind == TargetKind.Numbers || AreOfWholeImage;

    /// <summary>
    /// The label of pixels of which nobody said what they are, such as the borders of things (255 in many sets); null where all pixels
    /// count. Such a pixel has no part in loss, gradient and metrics; the target
    /// that the loss sees is -1 there in all channels.
    /// </summary>
    public byte? IgnoreValue { get; }

    /// <summary>Channels x height x width of the target that the loss sees, see <see cref="ShapeOf"/>.</summary>
    public Shape Shape => ShapeOf(StoredShape);

    /// <summary>
    /// Label maps: one byte per pixel, the number of its class. The loss sees one channel of 0 and 1 for two classes (where is the second?), and one channel per class for more.
    /// </summary>
    /// <param name="height">Rows of a map.</param>
    /// <param name="width">Columns of a map.</param>
    /// <param name="labels">All maps one after the other, row by row.</param>
    /// <param name="classNames">The name of each class, at least two; the first is the background.</param>
    /// <param name="ignoreValue">The label of pixels that are to be ignored, see <see cref="IgnoreValue"/>; null where all count.</param>
    /// <exception cref="DataException">The length is not a whole number of maps, a label is out of range, or all pixels of all maps are of one class.</exception>
    public static TargetSet LabelMaps(int height, int width, ReadOnlySpan<byte> labels, IEnumerable<string> classNames, byte? ignoreValue = null)
    {
        ArgumentNullException.ThrowIfNull(classNames);
        var names = new ReadOnlyCollection<string>([.. classNames]);
        if (names.Count is < 2 or > 256) throw new DataException($"Label maps tell 2 to 256 classes apart: received {names.Count} class names. A mask of one kind of thing has two classes, such as background and thing.");
        var set = new TargetSet(TargetKind.LabelMap, Shape.Image(1, height, width), labels.ToArray(), null, names, ignoreValue);
        var first = labels.IndexOfAnyExcept(ignoreValue ?? labels[0]);
        for (var at = 0; at < labels.Length; at++)
        {
            var next = labels[at..].IndexOfAnyExceptInRange((byte)0, (byte)(names.Count - 1));
            if (next < 0) break;
            at += next;
            if (labels[at] == ignoreValue) continue;
            var place = at % set.StoredShape.Area;
            throw new DataException($"Label map {at / set.StoredShape.Area} has the value {labels[at]} in row {place / width}, column "
                + $"{place % width}: with {names.Count} classes the labels are 0 to "
                + $"{names.Count - 1}. The value is the number of a class, not a grey level; for a mask file of 0 and 255 write pixel / 255.");
        }
        if (ignoreValue is { } ignored && first < 0)
            throw new DataException($"Every pixel of all {set.Count:N0} label maps is to be ignored (label {ignored}), so there is "
                + "nothing to learn.");
        var one = ignoreValue is null ? labels[0] : labels[first];
        if (labels.IndexOfAnyExcept(one, ignoreValue ?? one) < 0)
        {
            throw new DataException($"All label maps are empty: every pixel of all {set.Count:N0} "
                + $"{(ignoreValue is null ? "" : "that counts ")}"
                + $"is '{names[one]}' (label {one}), so there is nothing to tell apart. "
                + "Single empty maps are fine; a whole set of them is usually a wrong folder or a wrong threshold.");
        }
        return set;
    }

    /// <summary>Targets of the same kind and classes as these, cut out of them; the bytes are taken over.</summary>
    internal TargetSet Like(Shape stored, byte[] bytes) => new(Kind, stored, bytes, null, ClassNames, IgnoreValue);

    /// <summary>Pictures: 8 bits per channel, which the loss sees as pixel / 255, from 0 to 1.</summary>
    /// <param name="shape">Channels x height x width of a picture; its size may be a multiple of the image's.</param>
    /// <param name="pixels">All pictures one after the other, planar CHW.</param>
    /// <exception cref="DataException">The length is not a whole number of pictures.</exception>
    public static TargetSet Images(Shape shape, ReadOnlySpan<byte> pixels) => new(TargetKind.Image, shape, pixels.ToArray(), null, []);

    /// <summary>Numbers, which the loss sees as they are.</summary>
    /// <param name="shape">Shape of each target.</param>
    /// <param name="values">All targets one after the other, planar CHW.</param>
    /// <exception cref="DataException">The length is not a whole number of targets, or a number is not finite.</exception>
    public static TargetSet Numbers(Shape shape, ReadOnlySpan<float> values)
    {
        var set = new TargetSet(TargetKind.Numbers, shape, null, values.ToArray(), []);
        for (var i = 0; i < values.Length; i++)
            if (!float.IsFinite(values[i]))
                throw new DataException($"Target {i / shape.Count} has {values[i]} among its numbers (number {i % shape.Count}): all "
                    + "must be finite.");
        return set;
    }

    /// <summary>Several labels of each image. The loss sees 1 for a label that the image has, and 0 for one that it has not.</summary>
    /// <param name="names">The names of the labels.</param>
    /// <param name="values">For each image in turn a 0 or 1 for each label.</param>
    /// <exception cref="DataException">A value is neither 0 nor 1, names are missing or twice there, or the length does not
    /// fit.</exception>
    public static TargetSet Labels(IEnumerable<string> names, ReadOnlySpan<float> values)
    {
        var set = OfWholeImage(TargetKind.Labels, names, values, "labels");
        for (var i = 0; i < values.Length; i++)
            if (values[i] is not (0 or 1))
                throw new DataException($"Target {i / set.StoredShape.Count} has {values[i]} for the label "
                    + $"'{set.ClassNames[i % set.StoredShape.Count]}': expected 1 where the image has it and 0 where not.");
        return set;
    }

    /// <summary>Numbers of each image as a whole, which the loss sees as they are.</summary>
    /// <param name="names">What each number is, such as <c>age</c>.</param>
    /// <param name="values">For each image in turn a number for each name.</param>
    /// <exception cref="DataException">A number is not finite, names are missing or twice there, or the length does not fit.</exception>
    public static TargetSet Quantities(IEnumerable<string> names, ReadOnlySpan<float> values)
    {
        var set = OfWholeImage(TargetKind.Quantities, names, values, "quantities");
        for (var i = 0; i < values.Length; i++)
            if (!float.IsFinite(values[i]))
                throw new DataException($"Target {i / set.StoredShape.Count} has {values[i]} as "
                    + $"'{set.ClassNames[i % set.StoredShape.Count]}': all numbers must be finite.");
        return set;
    }

    /// <summary>Labels or quantities of some images of these, in the order given.</summary>
    internal TargetSet Chosen(ReadOnlySpan<int> indices)
    {
        var count = StoredShape.Count;
        var values = new float[indices.Length * count];
        for (var i = 0; i < indices.Length; i++)
            Values(indices[i]).CopyTo(values.AsSpan(i * count));
        return new(Kind, StoredShape, null, values, ClassNames);
    }

    private static TargetSet OfWholeImage(TargetKind kind, IEnumerable<string> names, ReadOnlySpan<float> values, string what)
    {
        ArgumentNullException.ThrowIfNull(names);
        var own = new ReadOnlyCollection<string>([.. names]);
        if (own.Count == 0) throw new DataException($"Targets that are {what} need a name for each: received none.");
        if (own.FirstOrDefault(string.IsNullOrWhiteSpace) is not null)
            throw new DataException($"Targets that are {what} need a name for each: one of the {own.Count:N0} is empty.");
        if (own.GroupBy(name => name, StringComparer.Ordinal).FirstOrDefault(group => group.Count() > 1) is { } twice)
            throw new DataException($"Two of the {what} are called '{twice.Key}': each needs a name of its own.");
        return new(kind, Shape.Vector(own.Count), null, values.ToArray(), own);
    }

    /// <summary>Boxes: for each image as many as it has, also none, which makes it background.</summary>
    /// <param name="encoder">Makes the numbers of them that the loss reads, such as <c>Analysis.BoxPyramid</c>.</param>
    /// <param name="boxes">The boxes of each image, in pixels of it.</param>
    /// <exception cref="DataException">There is no image, a box is of an unknown class, or it has no area inside of its image.</exception>
    public static TargetSet Boxes(IBoxEncoder encoder, IReadOnlyList<IReadOnlyList<TargetBox>> boxes)
    {
        ArgumentNullException.ThrowIfNull(encoder);
        ArgumentNullException.ThrowIfNull(boxes);
        if (boxes.Count == 0) throw new DataException("Boxes of no image are no targets: received an empty list.");
        var (all, first) = (new List<TargetBox>(), new int[boxes.Count + 1]);
        for (var image = 0; image < boxes.Count; image++)
        {
            foreach (var box in boxes[image])
            {
                if ((uint)box.Class >= (uint)encoder.ClassCount)
                    throw new DataException($"A box of image {image} is of class {box.Class}: with {encoder.ClassCount} classes they are "
                        + $"0 to "
                        + $"{encoder.ClassCount - 1}.");
                if (!(box.Right > box.Left && box.Bottom > box.Top) || !float.IsFinite(box.Area))
                    throw new DataException($"A box of image {image} has no area: from {box.Left}, {box.Top} to {box.Right}, {box.Bottom} "
                        + "(left, top to right, bottom). Leave it out.");
                all.Add(box);
            }
            first[image + 1] = all.Count;
        }
        return new(encoder, [.. all], first, boxes.Max(one => one.Count));
    }

    /// <summary>What makes numbers of boxes; null for other targets.</summary>
    public IBoxEncoder? Encoder { get; }

    /// <summary>The most boxes that an image has.</summary>
    internal int MostBoxes { get; }

    /// <summary>The boxes of one target; empty for the other kinds.</summary>
    public ReadOnlySpan<TargetBox> BoxesOf(int index) =>
        Kind == TargetKind.Boxes ? boxes.AsSpan(firstBox[index], firstBox[index + 1] - firstBox[index]) : [];

    /// <summary>What the loss sees of a stored target of a shape: a channel per class for a label map of more than two classes, otherwise the same.</summary>
    public Shape ShapeOf(Shape stored) => Kind == TargetKind.LabelMap && ClassNames.Count > 2 ? new(ClassNames.Count, stored.Height, stored.Width) : stored;

    /// <summary>The stored bytes of one target: labels or pixels, planar CHW, or those of its boxes; empty for targets that are
    /// numbers.</summary>
    public ReadOnlySpan<byte> Bytes(int index) => Kind == TargetKind.Boxes ? MemoryMarshal.AsBytes(BoxesOf(index))
        : AreNumbers ? [] : maps.AsSpan(index * StoredShape.Count, StoredShape.Count);

    /// <summary>The numbers of one target, those of labels and quantities too; empty for the other kinds.</summary>
    public ReadOnlySpan<float> Values(int index) => AreNumbers ? numbers.AsSpan(index * StoredShape.Count, StoredShape.Count) : [];

    /// <summary>Writes a target as the loss sees it.</summary>
    /// <param name="index">Which.</param>
    /// <param name="destination">Receives as many numbers as <see cref="Shape"/> has.</param>
    /// <exception cref="ShapeException">The length does not fit.</exception>
    public void Write(int index, Span<float> destination)
    {
        if (destination.Length != Shape.Count) throw new ShapeException($"A target of {Shape} has {Shape.Count:N0} numbers: received room for {destination.Length:N0}.");
        if (AreNumbers) Values(index).CopyTo(destination);
        else if (Kind == TargetKind.Boxes) Encoder!.Encode(BoxesOf(index), destination);
        else
        {
            var bytes = Bytes(index);
            for (var channel = 0; channel < Shape.Channels; channel++)
                for (var i = 0; i < Shape.Area; i++)
                    destination[(channel * Shape.Area) + i] = Number(Shape.Channels == StoredShape.Channels ? bytes[(channel * Shape.Area) + i] : bytes[i], channel);
        }
    }

    /// <summary>What the loss sees of a stored value in a channel of its target.</summary>
    internal float Number(float stored, int channel) => Kind switch
    {
        TargetKind.Image => stored / 255,
        TargetKind.LabelMap when stored == IgnoreValue => -1,
        TargetKind.LabelMap when ClassNames.Count > 2 => stored == channel ? 1 : 0,
        _ => stored,
    };

    /// <summary>Written as <c>label maps of 1x512x512 (membrane, cell)</c>.</summary>
    public override string ToString() => Kind switch
    {
        TargetKind.LabelMap => $"label maps of {StoredShape} "
            + $"({string.Join(", ", ClassNames)}{(IgnoreValue is { } ignored ? $"; {ignored} is ignored" : "")})",
        TargetKind.Image => $"pictures of {StoredShape}",
        TargetKind.Labels => $"{ClassNames.Count:N0} labels, each there or not ({string.Join(", ", ClassNames)})",
        TargetKind.Quantities =>
            $"{ClassNames.Count:N0} {(ClassNames.Count == 1 ? "number" : "numbers")} ({string.Join(", ", ClassNames)})",
        TargetKind.Boxes => $"{boxes.Length:N0} boxes in {Encoder!.ClassCount} {(Encoder.ClassCount == 1 ? "class" : "classes")}",
        _ => $"numbers of {StoredShape}",
    };
}
