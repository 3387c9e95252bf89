using FeatureMap.Data;
using FeatureMap.Models;
using FeatureMap.Networks;
using Xunit;

namespace FeatureMap.Torch.Tests;

/// <summary>A model that is asked, by any number of threads.</summary>
[Collection(nameof(Alone))]
public sealed class SessionTests
{
    [Fact]
    public void A_session_answers_as_on_the_processor()
    {
        var data = Pair.Digits();
        var network = Network.Build(data.ImageShape, x => x
            .Conv(6, kernel: 3).BatchNorm().Relu().Dropout(0.3f).MaxPool(2).Conv(8, kernel: 3).Relu().GlobalAveragePool().Linear(10));
        var model = new Model(Weights.Initialize(network, 4), Normalization.Of(data.Training), data.Training.ClassNames);
        const int images = 37;
        var pixels = Enumerable.Range(0, images).SelectMany(i => data.Training.Pixels(i).ToArray()).ToArray();
        var (ours, theirs) = (new float[images * 10], new float[images * 10]);
        using var here = new ModelSession(model, threads: 1);
        using var there = new ModelSession(model, threads: 2, device: Pair.Device);
        here.Run(pixels, ours);
        there.Run(pixels, theirs);
        for (var i = 0; i < ours.Length; i++)
            Assert.Equal(ours[i], theirs[i], 1e-5f);

        var single = data.ImageShape.Count;
        Parallel.For(0, images, image =>
        {
            var answer = new float[10];
            there.Run(pixels.AsSpan(image * single, single), answer);
            for (var i = 0; i < answer.Length; i++)
                Assert.Equal(theirs[(image * 10) + i], answer[i], 1e-5f);
        });
    }
}
