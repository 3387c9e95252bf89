using FeatureMap.Data;

namespace FeatureMap.Lessons;

/// <summary>A chain of augmentations on a digit: what each step does, variants by epoch, what a network says about them.</summary>
internal sealed class AugmentationLesson : Lesson
{
    private const double Gentle = 8;

    private static readonly TextControl Chain = new(
        "chain", "The steps, with commas between them", "affine shift=2 rotation=15 zoom=0.1, elastic, cutout 6",
            "steps such as affine rotation=10, cutout 6", text => Augmentation.Parse(text).ToString());
    private static readonly WholeControl Image = new("image", "Which digit: number i shows i mod 10", 3, 0, 99);
    private static readonly WholeControl Seed = new("seed", "Seed of the training", 0, 0, 9999);
    private static readonly WholeControl Epoch = new("epoch", "Epoch of the training: each shows another variant", 0, 0, 9999);
    private static readonly WholeControl Variants = new("variants", "How many epochs are shown, from this one on", 6, 1, 12);

    private static readonly PictureControl Own = new("picture", "A digit of your own in place of that of the library", "none", "none");

    public override string Id => "augmentation";

    public override IReadOnlyList<string> Aliases => ["augment", "data-augmentation"];

    public override IReadOnlyList<string> Headings => ["Data Augmentation"];

    public override string Title => "Data augmentation";

    public override string Claim => "Each epoch shows every image a little changed, in ways that keep its label; what is drawn depends "
        + "on seed, epoch and number of the image alone, so it can be repeated.";

    public override IReadOnlyList<Control> Controls { get; } = [Chain, Image, Seed, Epoch, Variants, Own];

    public override IReadOnlyList<Experiment> Experiments { get; } =
    [
        new("nothing", "Nothing", "chain=none", "Every epoch shows the same image: a network may learn it by heart."),
        new("label-lost", "A label lost", "chain=quarter-turns&image=6", "A 6 on its head is a 9: what keeps the label of a photo may "
            + "change that of a digit."),
        new("crop", "Crop with padding", "chain=crop%202", "The image moves by up to two pixels; what comes in is black."),
        new("next-epoch", "The next epoch", "epoch=1", "Another epoch, another draw; the same epoch gives the same picture again, on "
            + "any machine."),
    ];

    public override Prediction Prediction { get; } = new("Before you look: by how many levels of 0 to 255 does the chain change a pixel "
        + "on average?", "change");

    public override IReadOnlyList<Pitfall> Pitfalls { get; } =
    [
        new("A step that changes what the label says: flips and quarter turns on digits and letters."),
        new("Too strong a chain makes training images unlike those of validation: the training loss stays high and validation stops "
            + "improving."),
        new("Augmenting before the split puts variants of one image into training and validation: the score is then that of images "
            + "it knows."),
        new("Images may leave a crop larger or smaller than the network reads; then the shapes do not fit."),
    ];

    public override IReadOnlyList<Question> Questions { get; } =
    [
        new("The same seed, epoch and image on two machines: which pictures?",
            ["the same", "others", "the same if both have equally many threads"], 0, "The draw is a function of the three numbers and of "
            + "nothing else."),
        new("Which of these keeps the label of a digit?", ["a shift by 2 pixels", "a vertical flip", "a turn by 180 degrees"], 0,
            "6 and 9 change places in the other two."),
        new("Are validation images augmented?", ["yes, like training images", "no, only what is not random is done to them",
            "only in the last epoch"], 1, "Validation asks how the network does on images as they are."),
    ];

    public override IReadOnlyList<Challenge> Challenges { get; } =
    [
        new("fool", "Make the network wrong about a variant in which a pixel is changed by at most 8 levels on average.", JudgeFooled,
            "chain=affine%20rotation%3D10&image=7&variants=12", "chain=none&image=8"),
    ];

    public override string Room => "Data/Augmentation";

    public override IReadOnlyList<Source> Sources { get; } =
    [
        new("Shorten and Khoshgoftaar, A survey on image data augmentation for deep learning", "Journal of Big Data 6 (2019)"),
        new("DeVries and Taylor, Improved regularization of convolutional neural networks with cutout", "arXiv 1708.04552"),
        new("Simard, Steinkraus and Platt, Best practices for convolutional neural networks (elastic deformation)", "ICDAR 2003"),
    ];

    protected override void Compute(LessonState state, LessonPage page)
    {
        var chain = Augmentation.Parse(state.Of(Chain));
        var (image, seed, epoch) = (state.Of(Image), (ulong)state.Of(Seed), (uint)state.Of(Epoch));
        IReadOnlyList<Augmentation> steps = chain is AugmentationSequence sequence ? sequence.Steps : chain is NoAugmentation
            ? [] : [chain];
        var output = chain.OutputShape(DigitImages.Shape);
        if (output != DigitImages.Shape)
            throw new UsageException($"The chain makes {output} of {DigitImages.Shape}; this page compares pictures of one size. End it "
                + $"with resize {DigitImages.Shape.Height}, or leave the step out that changes the size.");
        var isOwn = state.Of(Own) != Own.Other;
        var source = isOwn ? OwnDigit(page) : DigitImages.Set.Pixels(image).ToArray();
        var pixels = Array.ConvertAll(source, value => (float)value);
        float[] Drawn(int count, uint at)
        {
            var numbers = new float[DigitImages.Shape.Count];
            Augmentation.Sequence([.. steps.Take(count)]).Apply(source, DigitImages.Shape, seed, at, (uint)image, numbers);
            return numbers;
        }

        page.When("own", isOwn, "The picture is your own, set as the digits of the library are.",
            $"Image {image} of the digits shows a {image % 10}.");
        page.Say($"The chain has {steps.Count} steps; for seed {seed.ToString(System.Globalization.CultureInfo.InvariantCulture)} and epoch "
            + $"{(int)epoch} it draws this.");
        var before = pixels;
        Picture(page, "original", "the image as it is", pixels);
        var rows = new List<IReadOnlyList<TableCell>>();
        for (var step = 1; step <= steps.Count; step++)
        {
            var after = Drawn(step, epoch);
            rows.Add([$"{steps[step - 1]}", Changed(before, after), Mean(before, after)]);
            Picture(page, $"after-{step}", $"after {steps[step - 1]}", after);
            before = after;
        }
        page.Table("changes", "what each step changed: pixels, and levels on average", ["step", "pixels", "levels"], rows);
        page.Table("change", "what all of them changed together", ["levels on average", "pixels"],
            [[Mean(pixels, before), Changed(pixels, before)]]);
        page.When("changed", Changed(pixels, before) > 0, $"{Changed(pixels, before)} of {pixels.Length} pixels are not what they were.",
            "The image is as it was.");

        var variants = Enumerable.Range(0, state.Of(Variants)).Select(number => Drawn(steps.Count, epoch + (uint)number)).ToArray();
        for (var number = 0; number < variants.Length; number++)
            Picture(page, $"variant-{number}", $"epoch {epoch + number}", variants[number]);
        var again = Drawn(steps.Count, epoch);
        page.Say($"Drawn once more for the same seed, epoch and image, {again.Zip(before, (one, other) => one == other ? 0 : 1).Sum()} "
            + $"pixels differ: the picture is a function of the three.");
        page.When("varied", variants.Skip(1).Any(variant => Changed(variant, variants[0]) > 0), "Other epochs show other variants.",
            "All epochs on this page show the same picture.");
        Answers(state, page, variants);

        page.NoGradient("An augmentation happens before the network: the loader makes new pixels, and no gradient goes back to them.");
        page.Cost("cost", "one image of one epoch", new("pixels", pixels.Length), new("steps", steps.Count),
            new("numbers of working memory", chain.WorkspaceFloats(DigitImages.Shape)), new("parameters", 0));
        page.Code(isOwn ? "The same chain on a digit of the library in C#" : "The same picture in C#", $"""
            var chain = Augmentation.Parse("{chain}");
            var digits = Datasets.Digits().Training;
            var pixels = new float[digits.ImageShape.Count];
            chain.Apply(digits.Pixels({image}), digits.ImageShape, seed: {state.Of(Seed)}, epoch: {state.Of(Epoch)},
                index: {image}, pixels);
            """);
    }

    private static void Answers(LessonState state, LessonPage page, float[][] variants)
    {
        var scores = DigitReader.Scores(page, variants.SelectMany(variant => variant).ToArray());
        double[] answers = [.. scores.Chunk(10).Select(own => (double)Array.IndexOf(own, own.Max()))];
        page.Say($"A small network, trained on {DigitReader.Images} digits as they are, reads the variants.");
        page.Add(section => new Bars(section, "answers", "what it reads",
            [.. variants.Select((_, number) => $"epoch {state.Of(Epoch) + number}")], new Axis("digit"),
            [new BarSeries("read as", answers)]));
        page.When("steady", answers.Distinct().Count() == 1, $"It reads the same digit in all of them: {answers[0]}.",
            $"It reads {answers.Distinct().Count()} different digits in {answers.Length} variants.");
        if (state.Of(Own) != Own.Other) return;
        page.When("fooled", answers.Any(answer => (int)answer != state.Of(Image) % 10),
            $"It is wrong about {answers.Count(answer => (int)answer != state.Of(Image) % 10)} of {answers.Length}: variants like these "
            + $"are what it has to be trained with.", "It is right about all of them.");
    }

    private static Verdict JudgeFooled(LessonState state, LessonPage page)
    {
        if (state.Of(Own) != Own.Other) return new Verdict(false, "what your own picture shows is not known; take one of the library.");
        var (original, answers) = (page.Numbers("original"), page.Numbers("answers"));
        var changes = answers.Select((answer, number) => (IsWrong: (int)answer != state.Of(Image) % 10,
            Mean: page.Numbers($"variant-{number}").Zip(original, (one, other) => Math.Abs(one - other)).Average())).ToList();
        var wrong = changes.Where(change => change.IsWrong).ToList();
        return new Verdict(wrong.Exists(change => change.Mean <= Gentle), wrong.Count == 0
            ? "none of the variants is read wrongly."
            : $"{wrong.Count} of {answers.Count} variants are read wrongly, with changes from {NumberText.Of(wrong.Min(one => one.Mean))} "
                + $"levels on.");
    }

    // What is a digit of the library already is set; anything else becomes one, as the digits of MNIST were made.
    private static byte[] OwnDigit(LessonPage page)
    {
        var picture = page.Picture(Own);
        try
        {
            return picture.Shape == DigitImages.Shape ? picture.Pixels.ToArray() : DrawnDigit.Of(picture).Pixels.ToArray();
        }
        catch (DataException error)
        {
            throw new UsageException(error.Message, error);
        }
    }

    private static int Changed(float[] one, float[] other) => one.Zip(other, (a, b) => a == b ? 0 : 1).Sum();

    private static double Mean(float[] one, float[] other) => one.Zip(other, (a, b) => Math.Abs((double)a - b)).Average();

    private static void Picture(LessonPage page, string key, string caption, float[] pixels) => page.Add(section => new Map(
        section, key, caption, 1, DigitImages.Shape.Height, DigitImages.Shape.Width, [.. pixels.Select(value => (double)value)],
            GridScale.Sequential, []));
}
