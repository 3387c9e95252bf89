using System.Globalization;
using FeatureMap.Data;
using FeatureMap.Lessons;
using FeatureMap.Randomness;
using Xunit;

namespace FeatureMap.Tests.Lessons;

/// <summary>The picture of a step is that of the whole chain applied by itself; it is a function of seed, epoch and index alone.</summary>
internal sealed class AugmentationOracle : LessonOracle
{
    private static readonly string[] Chains = ["none", "crop 2", "flip", "affine shift=3 rotation=20, cutout 8", "invert",
        "jitter 0.4 0.4, crop 1", "elastic, solarize, posterize 3"];

    public override string Id => "augmentation";

    public override IReadOnlyList<string> Witnesses => ["chain=affine%20shift%3D3%20rotation%3D20&image=8&variants=12",
        "chain=invert&variants=1", "chain=elastic&seed=7&epoch=9", "picture=digit-5&variants=3"];

    public override void Check(LessonState state, LessonPage page)
    {
        string Text(string control) => state.Text(state.Lesson.Control(control));
        var set = Datasets.Digits().Training;
        var (image, seed, epoch, variants) = (int.Parse(Text("image")), ulong.Parse(Text("seed")), uint.Parse(Text("epoch")),
            int.Parse(Text("variants")));
        var chain = Augmentation.Parse(Text("chain"));
        var own = Text("picture") switch
        {
            "none" => set.Pixels(image).ToArray(),
            "digit-5" => set.Pixels(5).ToArray(),
            var id => DrawnDigit.Of(SamplePictures.Shared.Find(id)!).Pixels.ToArray(),
        };
        var pixels = new float[784];
        for (var number = 0; number < variants; number++)
        {
            chain.Apply(own, set.ImageShape, seed, epoch + (uint)number, (uint)image, pixels);
            Same(page, $"variant-{number}", pixels.Select(value => (double)value));
        }
        Same(page, "original", own.Select(value => (double)value));
        Assert.Equal(image % 10, set.Label(image));
        // The picture after the last step is that of the chain.
        chain.Apply(own, set.ImageShape, seed, epoch, (uint)image, pixels);
        var mean = pixels.Zip(own, (one, other) => Math.Abs((double)one - other)).Average();
        Assert.Equal(mean, page.Number("change"), 1e-9);
        Holds(page, "changed", !pixels.SequenceEqual(own.Select(value => (float)value)));
        Holds(page, "varied", Enumerable.Range(1, variants - 1).Any(number =>
            !page.Numbers($"variant-{number}").SequenceEqual(page.Numbers("variant-0"))));
        Holds(page, "own", Text("picture") != "none");
        Holds(page, "steady", page.Numbers("answers").Distinct().Count() == 1);
        if (Text("picture") == "none") Holds(page, "fooled", page.Numbers("answers").Any(answer => answer != image % 10));
    }

    protected internal override string Random(Control control, ref RandomSequence random) => control is TextControl
        ? Chains[random.NextInt(Chains.Length)] : base.Random(control, ref random);
}
