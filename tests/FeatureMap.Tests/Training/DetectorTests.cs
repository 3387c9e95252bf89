using FeatureMap.Analysis;
using FeatureMap.Data;
using FeatureMap.Interchange;
using FeatureMap.Models;
using FeatureMap.Networks;
using FeatureMap.Randomness;
using FeatureMap.Training;
using Xunit;

namespace FeatureMap.Tests.Training;

/// <summary>A detector from its network to its boxes, on squares and discs.</summary>
public sealed class DetectorTests
{
    private static readonly BoxPyramid Pyramid = new(Shape.Image(1, 64, 64), 2);

    private static readonly TrainingOptions Options = new()
    {
        Epochs = 4,
        BatchSize = 4,
        Seed = 3,
        Optimizer = new Adam(),
        Schedule = new OneCycle(0.005),
        Augmentation = Augmentation.Parse("affine shift=4 zoom=0.2 mirror=0.5"),
    };

    [Fact]
    public void Eight_pictures_are_learned_by_heart()
    {
        var scenes = Scenes(8, part: 0);
        var run = Trainer.Fit(Network(), new SplitData("shapes", scenes, scenes, "drawn"), Options with
        {
            Epochs = 120,
            BatchSize = 8,
            Augmentation = Augmentation.None,
        });
        Assert.Equal(("mAP50", double.NaN), (run.Validation!.Metric!.Name, run.Epochs[^1].TrainMetric));
        Assert.True(run.Validation.Value > 0.95, $"{run.Validation.Value}");
        var detector = Detector.Of(run.Model);
        var judged = detector.Judge(scenes);
        Assert.Equal(run.Validation.Value, judged.Precision.Mean);
        Assert.Equal(["square", "disc"], detector.ClassNames);
        // The same boxes one by one, from a picture of twice the size, in its pixels.
        var (large, shape) = (Doubled(scenes.Pixels(2)), new Shape(1, 128, 128));
        var found = detector.Detect(new Picture("large", shape, large), leastScore: 0.5);
        foreach (var thing in Detector.TruthOf(scenes, 2))
        {
            var wanted = new Box(thing.Box.X * 2, thing.Box.Y * 2, thing.Box.Width * 2, thing.Box.Height * 2);
            Assert.Contains(found, box => box.Class == thing.Class && box.Box.Overlap(wanted) > 0.5);
        }
    }

    [Fact]
    public void A_training_that_was_stopped_goes_on_to_the_same_bits()
    {
        var data = new SplitData("shapes", Scenes(10, part: 0), Scenes(4, part: 1), "drawn");
        var whole = Trainer.Fit(Network(), data, Options with { Threads = 1 });
        using var scratch = new TemporaryFolder();
        var folder = RunFolder.Create(scratch.Location, "shapes");
        using (var stop = new CancellationTokenSource())
            Assert.False(Trainer.Fit(Network(), data, Options with
            {
                Folder = folder,
                Threads = 2,
                Cancellation = stop.Token,
                EpochEnded = epoch => { if (epoch.Epoch == 2) stop.Cancel(); },
            }).IsComplete);
        var resumed = Trainer.Fit(Network(), data, Options with { Folder = RunFolder.Open(folder.Location), Resume = true, Threads = 2 });
        Assert.True(resumed.IsComplete);
        Assert.Equal(whole.Model.Weights.Sha256(), resumed.Model.Weights.Sha256());
        Assert.Equal(whole.Epochs.Select(epoch => epoch.ValidationMetric), resumed.Epochs.Select(epoch => epoch.ValidationMetric));
        Assert.True(Detector.Is(ModelFile.Load(folder.Location)));
        Assert.Contains("mAP50", File.ReadAllText(folder.LogPath), StringComparison.Ordinal);
    }

    [Fact]
    public void Ranks_judge_the_whole_set_as_one_does()
    {
        var data = new SplitData("shapes", Scenes(10, part: 0), Scenes(4, part: 1), "drawn");
        string Result(FeatureMap.Ops.ICollective? collective)
        {
            var run = Trainer.Fit(Network(), data, Options with { Threads = 1, Collective = collective });
            return $"{run.Model.Weights.Sha256()} {string.Join(' ', run.Epochs.Select(epoch => epoch.ValidationMetric))}";
        }
        Assert.Equal(Result(null), Assert.Single(RanksInThreads.Run(2, Result).Distinct()));
    }

    [Fact]
    public void A_detector_stands_on_any_backbone_and_takes_its_weights_over()
    {
        var backbone = new Model(Weights.Initialize(Backbone(), 7), Normalization.None(1), ["a", "b", "c"]);
        var detector = Detector.Over(backbone, ["square", "disc"], seed: 1, channels: 16);
        Assert.Equal(Pyramid.Shape, detector.Model.Network.Output);
        Assert.Equal(backbone.Weights["conv3.weight"].Values.ToArray(), detector.Model.Weights["conv3.weight"].Values.ToArray());
        Assert.DoesNotContain(detector.Model.Network.Layers, layer => layer.Name == "classifier");
        Assert.Equal(["conv1", "conv2"], Detector.LayersUpTo(detector.Model.Network, 4));
        Assert.False(Detector.Is(backbone));
        Assert.StartsWith("The model is no detector: with 3 classes and images of 1x64x64 one gives (5 + 3) x 1 x cells",
            Assert.Throws<ShapeException>(() => Detector.Of(backbone)).Message, StringComparison.Ordinal);
        var shallow = FeatureMap.Networks.Network.Build(Pyramid.Image, x => x.Conv(4, kernel: 3, stride: 8));
        Assert.StartsWith("A detector on images of 1x64x64 needs maps of 4 x 4, one cell for 16 x 16 pixels, and the network has none",
            Assert.Throws<ShapeException>(() => Detector.Over(shallow, 2)).Message, StringComparison.Ordinal);
        Assert.Contains("multiples of it, such as 64 x 32", Assert.Throws<UsageException>(() =>
            Detector.Over(FeatureMap.Networks.Network.Build(Shape.Image(1, 64, 60), x => x.Conv(4, kernel: 3)), 2)).Message,
                StringComparison.Ordinal);
    }

    [Fact]
    public void Letterboxes_by_hand()
    {
        var placement = BoxPlacement.Of(ImageFit.Pad(), 480, 640, new(256, 320));
        Assert.Equal(new(0.5, 0.5, 0, 8, 640, 480), placement);
        Assert.Equal(new(50, 58, 20, 10), placement.Into(new(100, 100, 40, 20)));
        Assert.Equal(new(100, 100, 40, 20), placement.Back(new(50, 58, 20, 10)));
        Assert.Equal(new(0, 0, 640, 24), placement.Back(new(-4, 2, 400, 18)));
        Assert.Null(placement.Back(new(10, 0, 20, 8)));
        // The middle square of 480 x 480 begins at column 80, in pixels of 1/2 at 40.
        var crop = BoxPlacement.Of(ImageFit.Crop(), 480, 640, new(240, 240));
        Assert.Equal(new(0.5, 0.5, -40, 0, 640, 480), crop);
        Assert.Equal(new(80, 0, 480, 480), crop.Back(new(0, 0, 240, 240)));
        Assert.Equal(new(0.25, 0.5, 0, 0, 640, 480), BoxPlacement.Of(ImageFit.Squash, 480, 640, new(240, 160)));
    }

    private static Network Backbone() => FeatureMap.Networks.Network.Build(Pyramid.Image, x =>
    {
        foreach (var channels in (int[])[8, 12, 16, 24, 24])
            x = x.Conv(channels, kernel: 3, stride: 2, padding: 1).Relu();
        return x.GlobalAveragePool().Linear(3, name: "classifier");
    });

    internal static Network Network() => Detector.Over(FeatureMap.Networks.Network.Build(Pyramid.Image, x =>
    {
        foreach (var channels in (int[])[8, 16, 24, 32, 32])
            x = x.Conv(channels, kernel: 3, stride: 2, padding: 1, bias: false).BatchNorm().Relu();
        return x;
    }), 2, channels: 24);

    private static byte[] Doubled(ReadOnlySpan<byte> pixels)
    {
        var result = new byte[128 * 128];
        for (var i = 0; i < result.Length; i++)
            result[i] = pixels[(i / 256 * 64) + (i % 128 / 2)];
        return result;
    }

    /// <summary>One to three bright squares and dark discs on noise; the third scene is empty.</summary>
    internal static ImageSet Scenes(int count, uint part)
    {
        var (pixels, things) = (new byte[count * 64 * 64], new List<IReadOnlyList<LabelledBox>>());
        for (var scene = 0; scene < count; scene++)
        {
            var random = new RandomSequence(9, RandomPurpose.Testing, part, (uint)scene);
            var own = pixels.AsSpan(scene * 64 * 64, 64 * 64);
            foreach (ref var pixel in own)
                pixel = (byte)(110 + random.NextInt(30));
            var boxes = new List<LabelledBox>();
            for (var wanted = scene == 3 ? 0 : 1 + random.NextInt(3); wanted > 0; wanted--)
            {
                int side = 12 + random.NextInt(16), left = random.NextInt(64 - side), top = random.NextInt(64 - side), label
                    = random.NextInt(2);
                var box = new Box(left, top, side, side);
                if (boxes.Exists(other => other.Box.Overlap(box) > 0)) continue;
                boxes.Add(new(box, label));
                for (var y = 0; y < side; y++)
                    for (var x = 0; x < side; x++)
                        if (label == 0 || ((2 * x) + 1 - side) * ((2 * x) + 1 - side) + (((2 * y) + 1 - side) * ((2 * y)
                            + 1 - side)) <= side * side)
                            own[((top + y) * 64) + left + x] = (byte)(label == 0 ? 235 : 15);
            }
            things.Add(boxes);
        }
        return ImageSet.Adopt("shapes", Pyramid.Image, pixels, new int[count], ["square", "disc"]).WithTargets(Pyramid.Targets(things));
    }
}
