using FeatureMap.Analysis;
using FeatureMap.Data;
using FeatureMap.Models;
using FeatureMap.Networks;
using FeatureMap.Ops;
using FeatureMap.Randomness;
using Xunit;

namespace FeatureMap.Tests.Analysis;

public sealed class ReceptiveFieldTests
{
    // Golden values: the table of Araujo, Norris and Sim, Distill 2019; 427 is the placement of torchvision.
    [Fact]
    public void Published_networks_have_their_published_fields()
    {
        AssertField(212, 32, ReceptiveField.Of(KnownNetworks.Vgg16(), "pool5"));
        AssertField(195, 32, ReceptiveField.Of(KnownNetworks.AlexNet(), "pool5"));
        AssertField(315, 32, ReceptiveField.Of(KnownNetworks.MobileNet())[^1]);
        AssertField(483, 32, ReceptiveField.Of(KnownNetworks.ResNet50(strideInLastUnit: true, padding: 1))[^1]);
        AssertField(427, 32, ReceptiveField.Of(KnownNetworks.ResNet50(strideInLastUnit: false, padding: 1))[^1]);
    }

    [Fact]
    public void The_closed_form_gives_the_same()
    {
        // r = sum over layers of (k - 1) x product of the strides before, plus 1.
        (int Kernel, int Stride, int Dilation)[] layers = [(3, 1, 1), (5, 2, 1), (3, 1, 2), (2, 2, 1), (3, 3, 4)];
        var network = Network.Build(Shape.Image(1, 200, 200),
            x => layers.Aggregate(x, (y, layer) => y.Conv(1, layer.Kernel, layer.Stride, dilation: layer.Dilation)));
        var (size, stride) = (1, 1);
        foreach (var layer in layers)
            (size, stride) = (size + ((layer.Kernel - 1) * layer.Dilation * stride), stride * layer.Stride);
        AssertField(size, stride, ReceptiveField.Of(network)[^1]);
    }

    [Fact]
    public void Offsets_are_centres_of_the_first_unit_in_pixels()
    {
        var network = Network.Build(Shape.Image(1, 16, 16), x => x
            .Conv(1, kernel: 3, name: "valid").Conv(1, kernel: 3, padding: 1, name: "padded").MaxPool(2, name: "pooled").Conv(1, kernel: 3,
                padding: new Padding(0, 2, 2, 0), name: "shifted"));
        Assert.Equal([new(1, 1, 0), new(3, 1, 1), new(5, 1, 1), new(6, 2, 1.5), new(10, 2, 3.5)],
            ReceptiveField.Of(network).Select(field => field.Vertical));
        Assert.Equal(new FieldAxis(10, 2, -0.5), ReceptiveField.Of(network, "shifted").Horizontal);
        var pooled = ReceptiveField.Of(network, "pooled").Vertical;
        Assert.Equal((-1, 4), (pooled.First(0), pooled.Last(0)));
        Assert.Equal((3, 8), (pooled.First(2), pooled.Last(2)));
        Assert.Equal("10, stride 2, centre 3.5x-0.5", ReceptiveField.Of(network, "shifted").ToString());
    }

    [Fact]
    public void Branches_take_the_largest_field_and_say_whether_they_are_aligned()
    {
        var aligned = ReceptiveField.Of(KnownNetworks.ResNet50(strideInLastUnit: false, padding: 1));
        Assert.All(aligned, field => Assert.True(field.IsAligned));
        // TensorFlow's "same" puts the odd pixel of a strided window at the end, where the 1x1 of the skip path does not look.
        var same = ReceptiveField.Of(KnownNetworks.ResNet50(strideInLastUnit: false, padding: Padding.Same));
        Assert.Contains(same, field => !field.IsAligned);
        AssertField(427, 32, same[^1]);

        var crossed = Network.Build(Shape.Image(1, 9, 9), x => new InceptionPair(x).Join());
        var merge = ReceptiveField.Of(crossed)[^1];
        Assert.Equal((3, 5), (merge.Vertical.Size, merge.Horizontal.Size));
        Assert.Equal(["conv1", "conv2"], merge.Branches.Select(branch => branch.Layer));
        Assert.True(merge.IsAligned);
    }

    [Fact]
    public void A_global_layer_sees_what_the_layer_before_it_sees_of_the_image()
    {
        var padded = Network.Build(Shape.Image(1, 20, 24),
            x => x.Conv(2, kernel: 5, padding: 2).GlobalAveragePool(name: "pool").Conv(3, kernel: 1, name: "head"));
        foreach (var layer in new[] { "pool", "head" })
        {
            var field = ReceptiveField.Of(padded, layer);
            Assert.True(field.IsGlobal);
            Assert.Equal((new FieldAxis(20, 0, 9.5), new FieldAxis(24, 0, 11.5)), (field.Vertical, field.Horizontal));
        }
        // Rows 18 and 19 are read by no window of the strided convolution: they are outside of the field.
        var strided = Network.Build(Shape.Image(1, 20, 20), x => x.Conv(1, kernel: 3, stride: 5).Flatten());
        Assert.Equal(new FieldAxis(18, 0, 8.5), ReceptiveField.Of(strided)[^1].Vertical);
    }

    [Fact]
    public void Fields_are_exactly_the_pixels_that_change_a_unit()
    {
        var random = new RandomSequence(5, RandomPurpose.Testing);
        for (var round = 0; round < 12; round++)
        {
            var settings = Enumerable.Range(0,
                1 + random.NextInt(3)).ToList().ConvertAll(_ => (1 + random.NextInt(4), 1 + random.NextInt(3), random.NextInt(3)));
            var network = Network.Build(Shape.Image(1, 1, 40), x =>
            {
                foreach (var (kernel, stride, before) in settings)
                    x = x.Then(new FeatureMap.Ops.Conv2d(1, (1, kernel))
                    {
                        Stride = (1, stride),
                        Padding = new Padding(0, before, 0, 1),
                        HasBias = false,
                        WeightInitializer = Initializer.Ones
                    });
                return x;
            });
            var model = new Model(Weights.Initialize(network, 0), Normalization.None(1), []);
            var field = ReceptiveField.Of(network)[^1].Horizontal;
            var hasGaps = settings.Exists(layer => layer.Item1 < layer.Item2);
            var image = new byte[40];
            for (var pixel = 0; pixel < 40; pixel++)
            {
                image.AsSpan().Clear();
                image[pixel] = 255;
                var units = model.FeatureMaps(image)[^1].Values;
                for (var unit = 0; unit < units.Count; unit++)
                {
                    var isInside = pixel >= field.First(unit) && pixel <= field.Last(unit);
                    Assert.True(isInside || units[unit] == 0, $"{network}: pixel {pixel} changes unit {unit} from outside of its field");
                    // Without gaps (kernel >= stride) and away from the padding both edges count.
                    if (!hasGaps && field.First(unit) >= 0 && field.Last(unit) < 40 && isInside)
                        Assert.True(units[unit] > 0, $"{network}: pixel {pixel} in the field of unit {unit} does not change it");
                }
            }
        }
    }

    /// <summary>The rule for enlarging layers: the kernel counts as the inputs that an output reads, ceil(k / s), and the stride is divided
    /// by s.</summary>
    [Fact]
    public void Transposed_convolutions_read_few_inputs_and_divide_the_stride()
    {
        (int Kernel, int Stride, bool IsUp)[] layers = [(3, 1, false), (3, 2, false), (3, 2, false), (4, 2, true), (3, 1, false),
            (5, 2, true), (2, 3, true), (3, 1, false)];
        var network = Network.Build(Shape.Image(1, 64, 64), x => layers.Aggregate(x,
            (y, layer) => layer.IsUp ? y.ConvTranspose(1, layer.Kernel, layer.Stride) : y.Conv(1, layer.Kernel, layer.Stride)));
        var (size, stride) = (1.0, 1.0);
        foreach (var layer in layers)
        {
            var reads = layer.IsUp ? Math.Ceiling((double)layer.Kernel / layer.Stride) : layer.Kernel;
            (size, stride) = (size + ((reads - 1) * stride), layer.IsUp ? stride / layer.Stride : stride * layer.Stride);
        }
        Assert.Equal((size, stride), (ReceptiveField.Of(network)[^1].Vertical.Size, ReceptiveField.Of(network)[^1].Vertical.Stride),
            (one, other) => Math.Abs(one.Item1 - other.Item1) < 1e-9 && Math.Abs(one.Item2 - other.Item2) < 1e-9);
        Assert.Equal(1 / 3.0, stride, 12); // 2 x 2 / 2 / 2 / 3
    }

    [Fact]
    public void The_units_of_an_enlarged_plane_lie_between_the_pixels()
    {
        // Doubling with 2x2 patches: units at -1/4 and 1/4 read pixel 0, those at 3/4 and 5/4 pixel 1.
        var doubled = ReceptiveField.Of(Network.Build(Shape.Image(1, 8, 8), x => x.ConvTranspose(1, kernel: 2, stride: 2)))[^1].Vertical;
        Assert.Equal(new FieldAxis(1, 0.5, -0.25, 0.25), doubled);
        Assert.Equal((-0.5, 0, 0, 0.5), (doubled.First(0), doubled.Last(0), doubled.First(1), doubled.Last(1)));
        // 4x4 patches with padding 1: at the same places, each between two pixels that it reads.
        Assert.Equal(new FieldAxis(2, 0.5, -0.25, 0.25),
            ReceptiveField.Of(Network.Build(Shape.Image(1, 8, 8), x => x.ConvTranspose(1, kernel: 4, stride: 2, padding: 1)))[^1].Vertical);
        // Stride 1: an ordinary convolution with padding k - 1 - p.
        Assert.Equal(new FieldAxis(3, 1, -1),
            ReceptiveField.Of(Network.Build(Shape.Image(1, 8, 8), x => x.ConvTranspose(1, kernel: 3)))[^1].Vertical);
    }

    [Fact]
    public void The_skips_of_a_u_net_are_aligned_where_the_decoder_doubles_evenly()
    {
        Assert.True(Decoded(kernel: 2, padding: 0).IsAligned);
        Assert.True(Decoded(kernel: 4, padding: 1).IsAligned);
        Assert.False(Decoded(kernel: 3, padding: new Padding(1, 1, 0, 0)).IsAligned);

        static ReceptiveField Decoded(int kernel, Padding padding) => ReceptiveField.Of(Network.Build(Shape.Image(1, 16, 16), x =>
        {
            var skip = x.Conv(2, kernel: 3, padding: 1);
            return skip.MaxPool(2).Conv(4, kernel: 3, padding: 1).ConvTranspose(2, kernel, stride: 2, padding).Concat(skip);
        }))[^1];
    }

    [Fact]
    public void Fields_behind_enlarging_layers_hold_every_pixel_that_changes_a_unit()
    {
        var random = new RandomSequence(6, RandomPurpose.Testing);
        var touched = 0;
        for (var round = 0; round < 60; round++)
        {
            var network = Network.Build(Shape.Image(1, 1, 24), x =>
            {
                for (var layer = 0; layer < 3; layer++)
                    x = random.NextInt(6) switch
                    {
                        < 2 => x.ConvTranspose(1, (1, 1 + random.NextInt(5)), (1, 1 + random.NextInt(3)),
                            dilation: (1, 1 + random.NextInt(2)), bias: false, initializer: Initializer.Ones),
                        2 => x.Resize(1, x.Shape.Width + random.NextInt(2 * x.Shape.Width),
                            random.NextInt(2) == 0 ? ResizeMode.Nearest : ResizeMode.Bilinear),
                        3 => x.AdaptiveAveragePool(1, 2 + random.NextInt(x.Shape.Width)),
                        _ => x.Conv(1, (1, 1 + random.NextInt(3)), (1, 1 + random.NextInt(2)), new Padding(0, random.NextInt(3), 0, 1),
                            bias: false, initializer: Initializer.Ones),
                    };
                return x;
            });
            var model = new Model(Weights.Initialize(network, 0), Normalization.None(1), []);
            var field = ReceptiveField.Of(network)[^1].Horizontal;
            var image = new byte[24];
            for (var pixel = 0; pixel < 24; pixel++)
            {
                image.AsSpan().Clear();
                image[pixel] = 255;
                var units = model.FeatureMaps(image)[^1].Values;
                for (var unit = 0; unit < units.Count; unit++)
                {
                    if (units[unit] == 0) continue;
                    touched++;
                    Assert.True(pixel >= field.First(unit) - 1e-9 && pixel <= field.Last(unit) + 1e-9,
                        $"{network}: pixel {pixel} changes unit {unit}, whose field is {field.First(unit)} to {field.Last(unit)}");
                }
            }
        }
        Assert.True(touched > 1_000);
    }

    [Fact]
    public void An_unknown_layer_is_told_with_the_nearest_name() =>
        Assert.Equal("The network has no layer 'pool6'. Did you mean 'pool1'?",
            Assert.Throws<UsageException>(() => ReceptiveField.Of(KnownNetworks.Vgg16(), "pool6")).Message);

    private static void AssertField(double size, double stride, ReceptiveField field)
    {
        Assert.Equal((size, stride), (field.Vertical.Size, field.Vertical.Stride));
        Assert.Equal((size, stride), (field.Horizontal.Size, field.Horizontal.Stride));
    }

    private readonly record struct InceptionPair(Feature Input)
    {
        public Feature Join() => Input.Then(new FeatureMap.Ops.Conv2d(1, (3, 1)) { Padding = Padding.Same })
            .Add(Input.Then(new FeatureMap.Ops.Conv2d(1, (1, 5)) { Padding = Padding.Same }));
    }
}
