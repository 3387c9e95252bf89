using FeatureMap.Data;
using Xunit;

namespace FeatureMap.Tests.Data;

public sealed class LabelMixTests
{
    private static readonly Shape Image = new(2, 8, 10);

    [Fact]
    public void Partners_are_the_others_each_equally_often()
    {
        var counts = new int[6];
        for (uint index = 0; index < 3000; index++)
            counts[new MixUp().Draw(1, 0, index, 4, 6, Image).Partner]++;
        Assert.Equal(0, counts[4]);
        Assert.All(counts.Where((_, place) => place != 4), count => Assert.InRange(count, 500, 700));
        var alone = new CutMix().Draw(1, 0, 0, 0, 1, Image);
        Assert.True(alone.IsNothing);
        Assert.Equal((0, 1f), (alone.Partner, alone.Weight));
        Assert.Throws<ArgumentOutOfRangeException>(() => new MixUp().Draw(1, 0, 0, 6, 6, Image));
    }

    [Fact]
    public void A_draw_is_a_function_of_seed_epoch_and_index()
    {
        var mix = LabelMix.Parse("choose (mixup 0.4 | cutmix)");
        Assert.Equal(mix.Draw(1, 2, 3, 0, 9, Image), LabelMix.Parse(mix.ToString()).Draw(1, 2, 3, 0, 9, Image));
        Assert.NotEqual(mix.Draw(1, 2, 3, 0, 9, Image), mix.Draw(2, 2, 3, 0, 9, Image));
        Assert.NotEqual(mix.Draw(1, 2, 3, 0, 9, Image), mix.Draw(1, 3, 3, 0, 9, Image));
        Assert.NotEqual(mix.Draw(1, 2, 3, 0, 9, Image), mix.Draw(1, 2, 4, 0, 9, Image));
    }

    [Fact]
    public void Mixup_is_a_weighted_mean_of_pixels_and_labels()
    {
        float[] image = new float[Image.Count], partner = new float[Image.Count];
        double sum = 0;
        for (uint index = 0; index < 1000; index++)
        {
            var mix = new MixUp(1).Draw(1, 0, index, 0, 2, Image);
            image.AsSpan().Fill(200);
            partner.AsSpan().Fill(100);
            mix.BlendImage(image, partner, Image);
            Assert.All(image, pixel => Assert.Equal(100 + (100 * mix.Weight), pixel, 1e-3));
            float[] target = [1, 0, 0];
            mix.BlendLabels(target, [0, 0, 1]);
            Assert.Equal([mix.Weight, 0, 1 - mix.Weight], target);
            mix.WriteLabels(0, 2, target);
            Assert.Equal([mix.Weight, 0, 1 - mix.Weight], target);
            mix.WriteLabels(1, 1, target);
            Assert.Equal([0f, 1, 0], target);
            sum += mix.Weight;
        }
        Assert.InRange(sum / 1000, 0.46, 0.54);
    }

    [Fact]
    public void Cutmix_pastes_one_rectangle_and_weighs_by_its_area()
    {
        float[] image = new float[Image.Count], partner = new float[Image.Count];
        var nothing = 0;
        for (uint index = 0; index < 1000; index++)
        {
            var mix = new CutMix().Draw(1, 0, index, 0, 2, Image);
            image.AsSpan().Fill(200);
            partner.AsSpan().Fill(100);
            mix.BlendImage(image, partner, Image);
            var pasted = Enumerable.Range(0, Image.Count).Where(i => image[i] == 100).ToList();
            Assert.Equal(Image.Count - pasted.Count, image.Count(pixel => pixel == 200));
            Assert.Equal(1 - (pasted.Count / (float)Image.Count), mix.Weight, 1e-6);
            if (pasted.Count == 0)
            {
                nothing++;
                continue;
            }
            int top = pasted.Min(i => i % 80 / 10), bottom = pasted.Max(i => i % 80 / 10), left = pasted.Min(i => i % 10), right = pasted.Max(i => i % 10);
            Assert.Equal(2 * (bottom - top + 1) * (right - left + 1), pasted.Count);
        }
        Assert.InRange(nothing, 1, 200); // rectangles of less than two pixels
    }

    [Fact]
    public void Probability_and_choice()
    {
        var mix = new RandomMix(new MixUp(1) { Probability = 0.5f }, new CutMix()) { Probability = 0.8f };
        var nothing = Enumerable.Range(0, 4000).Count(index => mix.Draw(1, 0, (uint)index, 0, 4, new(1, 64, 64)).IsNothing);
        Assert.InRange(nothing / 4000.0, 0.36, 0.44); // 0.2 + 0.8 x 0.5 x 0.5
        foreach (var text in (string[])["mixup", "mixup 0.4", "cutmix 0.5 probability=0.3", "choose 0.8 (mixup 1 probability=0.5 | cutmix)", "choose (mixup | cutmix 2)"])
            Assert.Equal(text, LabelMix.Parse(text).ToString());
        Assert.Equal(mix, LabelMix.Parse(mix.ToString()));
        Assert.Equal("The mixing 'mixup, cutmix' cannot be read: a batch is mixed in one way. For one of several at random write choose (... | ...).",
            Assert.Throws<UsageException>(() => LabelMix.Parse("mixup, cutmix")).Message);
        Assert.Equal("MixUp.Alpha must be from 0.01 to 100: received 0.", Assert.Throws<UsageException>(() => new MixUp(0)).Message);
        Assert.Equal("RandomMix needs at least one way of mixing to choose from: received none.", Assert.Throws<UsageException>(() => new RandomMix()).Message);
    }

    [Fact]
    public void Wrong_lengths_are_refused()
    {
        var mix = new MixUp().Draw(1, 0, 0, 0, 2, Image);
        Assert.Equal("Images of 2x8x10 have 160 numbers: received 160 and 3 to be mixed.", Assert.Throws<ShapeException>(() => mix.BlendImage(new float[160], new float[3], Image)).Message);
        Assert.Equal("Targets to be mixed must have equal lengths: received 3 and 2 numbers.", Assert.Throws<ShapeException>(() => mix.BlendLabels(new float[3], new float[2])).Message);
        Assert.Equal("Classes 0 and 5 cannot be mixed in a target of 3 numbers.", Assert.Throws<ShapeException>(() => mix.WriteLabels(0, 5, new float[3])).Message);
    }
}
