using FeatureMap.Data;
using FeatureMap.Randomness;
using FeatureMap.Tests.Training;
using Xunit;

namespace FeatureMap.Tests.Data;

/// <summary>What holds for every augmentation.</summary>
public sealed class AugmentationContractTests
{
    private static readonly Shape[] Shapes = [new(3, 32, 32), new(1, 28, 28), new(3, 7, 13), new(2, 9, 5), new(1, 1, 1), new(3, 2, 1)];

    public static TheoryData<string> Descriptions => [.. Pictures.Descriptions];

    [Theory]
    [MemberData(nameof(Descriptions))]
    public void Results_are_pixels_for_images_of_any_size(string description)
    {
        var augmentation = Augmentation.Parse(description);
        foreach (var shape in Shapes)
            for (uint index = 0; index < 20; index++)
                Assert.All(Pictures.Run(augmentation, Idx.Noise(shape.Count, index), shape, index: index), pixel => Assert.InRange(pixel, 0, 255));
    }

    [Theory]
    [MemberData(nameof(Descriptions))]
    public void The_result_is_a_function_of_seed_epoch_and_index_on_every_thread(string description)
    {
        var augmentation = Augmentation.Parse(description);
        var shape = new Shape(3, 16, 16);
        var source = Idx.Noise(shape.Count, 1);
        var alone = new float[32][];
        for (uint index = 0; index < 32; index++)
            alone[index] = Pictures.Run(Augmentation.Parse(description), source, shape, 1, 2, index);
        var together = new float[32][];
        Parallel.For(0, 32, index =>
        {
            together[index] = new float[shape.Count];
            augmentation.Apply(source, shape, 1, 2, (uint)index, together[index]);
        });
        for (var index = 0; index < 32; index++)
            Assert.Equal(alone[index], together[index]);
        if (IsRandom(description))
        {
            Assert.Contains(Enumerable.Range(0, 32), index => !alone[index].SequenceEqual(Pictures.Run(augmentation, source, shape, 1, 3, (uint)index))); // another epoch
            Assert.Contains(Enumerable.Range(0, 32), index => !alone[index].SequenceEqual(Pictures.Run(augmentation, source, shape, 9, 2, (uint)index))); // another seed
            Assert.True(alone.Select(pixels => string.Join(' ', pixels)).Distinct().Count() > 1);
        }
        else
        {
            Assert.Equal(alone[0], Pictures.Run(augmentation, source, shape, 9, 3, 77));
        }
    }

    [Theory]
    [MemberData(nameof(Descriptions))]
    public void Nothing_is_allocated_per_image(string description)
    {
        var augmentation = Augmentation.Parse(description);
        var shape = new Shape(3, 12, 12);
        var source = Idx.Noise(shape.Count, 7);
        float[] destination = new float[shape.Count], workspace = new float[augmentation.WorkspaceFloats(shape)];
        Allocation.AssertNoneOfThread(() =>
        {
            for (uint index = 0; index < 40; index++)
            {
                augmentation.Apply(source, shape, 1, 1, index, destination, workspace);
                augmentation.Apply(source, shape, 1, 1, index, destination);
            }
        });
    }

    [Theory]
    [MemberData(nameof(Descriptions))]
    public void Validation_images_get_what_is_no_chance(string description)
    {
        var shape = new Shape(3, 16, 16);
        var augmentation = Augmentation.Parse(description);
        var evaluation = augmentation.ForEvaluation(shape);
        Assert.Equal(augmentation.OutputShape(shape), evaluation.OutputShape(shape));
        var source = Idx.Noise(shape.Count, 2);
        Assert.Equal(Pictures.Run(evaluation, source, shape, 1, 1, 1), Pictures.Run(evaluation, source, shape, 2, 2, 2));
        if (!IsRandom(description)) Assert.Equal(Pictures.Run(augmentation, source, shape), Pictures.Run(evaluation, source, shape));
    }

    [Fact]
    public void The_bits_are_the_same_on_every_machine()
    {
        var shape = new Shape(3, 15, 17);
        var hash = 17L;
        foreach (var description in Pictures.Descriptions)
            for (uint index = 0; index < 5; index++)
                foreach (var value in Pictures.Run(description, Pictures.Smooth(shape), shape, 9, 1, index))
                    hash = unchecked((hash * 31) + BitConverter.SingleToInt32Bits(value));
        Assert.Equal(-5742377633364309621, hash);
    }

    [Fact]
    public void Steps_draw_from_streams_of_their_own()
    {
        var shape = new Shape(1, 20, 20);
        var source = Idx.Noise(shape.Count, 3);
        // The first step draws what it draws alone, so doing both one after the other by hand starts alike.
        var crop = new RandomCrop(6);
        Assert.Equal(Pictures.Run(crop, source, shape), Pictures.Run(Augmentation.Sequence(crop, new Solarize(256)), source, shape));
        Assert.Equal(Pictures.Run(crop, source, shape), Pictures.Run(new AugmentationSequence(crop), source, shape));
        // Two equal steps draw different numbers.
        int same = 0, both = 0;
        for (uint index = 0; index < 400; index++)
        {
            var twice = Pictures.Run(Augmentation.Sequence(new RandomHorizontalFlip(), new RandomHorizontalFlip()), source, shape, index: index);
            var once = Pictures.Run(new RandomHorizontalFlip(), source, shape, index: index);
            if (twice.SequenceEqual(Pictures.Floats(source))) same++;
            if (!once.SequenceEqual(Pictures.Floats(source)) && !twice.SequenceEqual(once)) both++;
        }
        Assert.InRange(same, 150, 250);
        Assert.InRange(both, 60, 140);
        // Nesting does not matter, and what a part inside brackets draws does not change what comes after.
        var flat = Augmentation.Sequence(new RandomCrop(2), new Cutout(4), new RandomHorizontalFlip());
        var nested = Augmentation.Sequence(new RandomCrop(2), Augmentation.Sequence(new Cutout(4), new RandomHorizontalFlip()));
        var never = Augmentation.Sequence(new RandomApply(0, new Cutout(3)), new RandomCrop(6));
        var always = Augmentation.Sequence(new RandomApply(1, new Posterize(8)), new RandomCrop(6));
        var choice = Augmentation.Sequence(new RandomChoice(new Posterize(8)), new RandomCrop(6));
        for (uint index = 0; index < 20; index++)
        {
            Assert.Equal(Pictures.Run(flat, source, shape, index: index), Pictures.Run(nested, source, shape, index: index));
            Assert.Equal(Pictures.Run(never, source, shape, index: index), Pictures.Run(always, source, shape, index: index));
            Assert.Equal(Pictures.Run(never, source, shape, index: index), Pictures.Run(choice, source, shape, index: index));
        }
    }

    [Fact]
    public void Chances_are_what_they_say()
    {
        var shape = new Shape(1, 4, 4);
        var source = new byte[16];
        int applied = 0;
        var chosen = new int[3];
        for (uint index = 0; index < 3000; index++)
        {
            if (Pictures.Run("apply 0.3 (invert)", source, shape, index: index)[0] == 255) applied++;
            chosen[Pictures.Run("choose (none | invert | invert, posterize 1)", source, shape, index: index)[0] switch { 0 => 0, 255 => 1, _ => 2 }]++;
        }
        Assert.InRange(applied, 800, 1000);
        Assert.All(chosen, count => Assert.InRange(count, 900, 1100));
    }

    [Fact]
    public void Sizes_may_change_on_the_way()
    {
        var shape = new Shape(2, 10, 12);
        var source = Pictures.Smooth(shape);
        var augmentation = Augmentation.Parse("resize 40 30, crop height=24 width=16, blur, resize 6 8");
        Assert.Equal(new Shape(2, 6, 8), augmentation.OutputShape(shape));
        Assert.Equal(2 * 40 * 30, augmentation.LargestImage(shape));
        Assert.Equal(2 * 6 * 8, Pictures.Run(augmentation, source, shape).Length);
        Assert.Equal("resize 40 30, center-crop 24 16, resize 6 8", augmentation.ForEvaluation(shape).ToString());
        Assert.Equal("resize 5 5", Augmentation.Parse("resized-crop 5 5").ForEvaluation(shape).ToString());
        Assert.Equal("none", Augmentation.Parse("crop 4, flip, apply 0.5 (equalize)").ForEvaluation(shape).ToString());
        Assert.Equal("equalize", Augmentation.Parse("apply 1 (equalize), flip").ForEvaluation(shape).ToString());
        Assert.Equal("resize 4 4", Augmentation.Parse("choose (resize 4 4 | resized-crop 4 4)").ForEvaluation(shape).ToString());
    }

    [Fact]
    public void Errors_teach()
    {
        var shape = new Shape(1, 4, 4);
        var source = new byte[16];
        Assert.Equal("'resize 2 3' makes 1x2x3 of 1x4x4: expected 16 pixels in the source and 6 in the destination, received 16 and 16.",
            Assert.Throws<ShapeException>(() => new ResizeTo(2, 3).Apply(source, shape, 0, 0, 0, new float[16])).Message);
        Assert.Equal("'flip' on 1x4x4 needs a workspace of 32 numbers (WorkspaceFloats): received 31.",
            Assert.Throws<ShapeException>(() => new RandomHorizontalFlip().Apply(source, shape, 0, 0, 0, new float[16], new float[31])).Message);
        Assert.Equal("RandomApply would make 1x2x2 of some of the images of 1x4x4 and leave the others: all images of a batch have one shape. Use 'resize 2 2' always.",
            Assert.Throws<ShapeException>(() => new RandomApply(0.5f, new ResizeTo(2, 2)).OutputShape(shape)).Message);
        Assert.Equal("RandomChoice would make 1x2x2 of some images of 1x4x4 ('resize 2 2') and 1x4x4 of others ('flip'): all images of a batch have one shape.",
            Assert.Throws<ShapeException>(() => new RandomChoice(new ResizeTo(2, 2), new RandomHorizontalFlip()).OutputShape(shape)).Message);
        Assert.Equal("RandomChoice needs at least one augmentation to choose from: received none.", Assert.Throws<UsageException>(() => new RandomChoice()).Message);
        Assert.Equal("AugmentationSequence received a part that is null. Leave it out, or use Augmentation.None.",
            Assert.Throws<UsageException>(() => new AugmentationSequence(Augmentation.None, null!)).Message);
        Assert.Equal("RandomAffine takes images with sides of at most 65,536 pixels: received 1x1x70000. Scale the images down.",
            Assert.Throws<ShapeException>(() => new RandomAffine().OutputShape(new(1, 1, 70_000))).Message);
        Assert.Equal("RandomCrop.Padding must be from 0 to 4096: received -1.", Assert.Throws<UsageException>(() => new RandomCrop(-1)).Message);
        Assert.Equal("RandomResizedCrop.Scale must be two numbers from 0.001 to 1, the lower first: received (0.5, 0.2).",
            Assert.Throws<UsageException>(() => new RandomResizedCrop { Scale = (0.5f, 0.2f) }).Message);
    }

    [Fact]
    public void A_part_of_ones_own_needs_only_one_method()
    {
        var shape = new Shape(1, 2, 2);
        Assert.Equal([7f, 7, 7, 7], Pictures.Run(Augmentation.Sequence(new RandomHorizontalFlip(), new Sevens()), [1, 2, 3, 4], shape));
        Assert.Equal("flip, custom", Augmentation.Sequence(new RandomHorizontalFlip(), new Sevens()).ToString());
    }

    private static bool IsRandom(string description) =>
        description is not ("none" or "equalize" or "autocontrast" or "invert" or "deskew")
        && !description.StartsWith("clahe", StringComparison.Ordinal) && !description.StartsWith("solarize", StringComparison.Ordinal)
        && !description.StartsWith("posterize", StringComparison.Ordinal) && !description.StartsWith("sharpness", StringComparison.Ordinal);

    private sealed record Sevens : Augmentation
    {
        protected internal override void Change(ref AugmentationWork work) => work.Pixels.Fill(7);
    }
}
