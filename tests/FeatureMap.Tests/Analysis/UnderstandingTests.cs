using FeatureMap.Analysis;
using FeatureMap.Data;
using FeatureMap.Lanes;
using FeatureMap.Models;
using FeatureMap.Networks;
using FeatureMap.Ops;
using FeatureMap.Randomness;
using FeatureMap.Reports;
using FeatureMap.Tests.Networks;
using FeatureMap.Training;
using Xunit;

namespace FeatureMap.Tests.Analysis;

/// <summary>The maps against the naive references in double precision, and against their definitions carried out word by word.</summary>
public sealed class UnderstandingTests
{
    private static readonly Shape Input = Shape.Image(3, 11, 9);
    private static readonly Normalization Scale = new([0.4, 0.5, 0.3], [0.25, 0.2, 0.4]);

    /// <summary>Everything that a plan may fuse, overwrite, view or hand on.</summary>
    private static readonly Network Mixed = Network.Build(Input, x =>
    {
        x = x.Conv(6, kernel: 3, padding: 1, bias: false).BatchNorm().Relu().Dropout(0.3f);
        var skip = x;
        x = x.Conv(6, kernel: 3, padding: 1, weightNorm: true).BatchNorm().Silu().Add(skip).Relu();
        var (left, right) = (x.Conv(5, kernel: 3, stride: 2), x.MaxPool(3, stride: 2));
        x = left.LeakyRelu(0.1f).Concat(right).BatchNorm();
        var flat = x.Flatten();
        return x.GlobalAveragePool().Linear(4).Add(flat.Linear(4));
    });

    private static Model Trained(Network network, ulong seed = 5)
    {
        var weights = Weights.Initialize(network, seed);
        var random = new RandomSequence(seed, RandomPurpose.Testing);
        foreach (var parameter in weights.Parameters.Where(parameter => parameter.Dimensions.Count == 1
            || parameter.Name.EndsWith("weight_g", StringComparison.Ordinal)))
            foreach (ref var value in parameter.Values)
                value = parameter.Name.EndsWith("running_var", StringComparison.Ordinal) ? random.NextSingle(0.3f, 2)
                    : value + random.NextSingle(-0.4f, 0.4f);
        return new Model(weights, network.Input.Channels == 3 ? Scale : Normalization.None(1), ["a", "b", "c", "d"]);
    }

    private static byte[] Pixels(uint seed, Shape? shape = null)
    {
        var random = new RandomSequence(seed, RandomPurpose.Testing, 3);
        var pixels = new byte[(shape ?? Input).Count];
        for (var i = 0; i < pixels.Length; i++)
            pixels[i] = (byte)random.NextInt(256);
        return pixels;
    }

    /// <summary>The score of a class in double precision, with gradients of all layers; the image is the tensor that comes with
    /// it.</summary>
    private static (ReferenceNetwork Reference, ReferenceTensor Image) Reference(Model model, byte[] pixels, int classIndex)
    {
        var builder = new NetworkBuilder(model.Network, "judge/");
        var seed = builder.AddInput("seed", model.Network.Output);
        var graph = builder.Finish(builder.FeatureOf(model.Network.Layers.Count - 1).Multiply(seed).Sum());
        var shape = model.Network.Input;
        var image = new ReferenceTensor(1, shape);
        for (var i = 0; i < pixels.Length; i++)
            image.Values[i] = ((pixels[i] / 255.0) - model.Normalization.Mean[i / shape.Area]) / model.Normalization.Deviation[i / shape.Area];
        var seeds = new ReferenceTensor(1, model.Network.Output);
        seeds.Values[classIndex] = 1;
        return (new ReferenceNetwork(graph, Weights.Extend(model.Weights, graph, 0), [image, seeds], ExecutionMode.Evaluation), image);
    }

    private static void AssertClose(IEnumerable<double> expected, IEnumerable<float> actual, double tolerance = 2e-5)
    {
        var (wanted, given) = (expected.ToArray(), actual.ToArray());
        Assert.Equal(wanted.Length, given.Length);
        var scale = Math.Max(1e-3, wanted.Max(Math.Abs));
        for (var i = 0; i < wanted.Length; i++)
            Assert.True(Math.Abs(wanted[i] - given[i]) <= tolerance * scale,
                $"number {i}: expected {wanted[i]}, received {given[i]} (scale {scale})");
    }

    [Fact]
    public void Output_and_gradient_of_every_layer_can_be_read_and_change_nothing_else()
    {
        var model = Trained(Mixed);
        float[]? gradient = null;
        foreach (var layer in Mixed.Layers.Skip(1).SkipLast(1))
        {
            using var probe = new GradientProbe(model.Weights, Mixed.Layers[^1], layer, capacity: 20, threads: 1);
            for (var image = 0; image < 20; image++)
            {
                model.Read(Pixels((uint)image), probe.Input(image));
                probe.Seed(image)[image % 4] = 1;
            }
            probe.Run(20);
            foreach (var image in new[] { 0, 17 })
            {
                var (reference, _) = Reference(model, Pixels((uint)image), image % 4);
                Assert.Equal(reference.Forward(), probe.Sum(image), 4);
                reference.Backward();
                AssertClose(reference.Output(layer.Index).Values, probe.InnerOutput(image));
                AssertClose(reference.Gradient(layer.Index).Values, probe.InnerGradient(image));
                AssertClose(reference.Gradient(0).Values, probe.InputGradient(image));
            }
            gradient ??= probe.InputGradient(3);
            AssertClose(gradient.Select(value => (double)value), probe.InputGradient(3), 1e-6);
        }
    }

    [Fact]
    public void The_score_of_a_probe_is_that_of_the_prediction()
    {
        var model = Trained(TinyTask.Network());
        var pixels = Pixels(1, Shape.Image(1, 9, 9));
        using var probe = new GradientProbe(model.Weights, model.Network.Layers[^1], null, 1, 1);
        model.Read(pixels, probe.Input(0));
        probe.Seed(0)[2] = 1;
        probe.Run(1);
        Assert.Equal(model.Compute(pixels)[2], probe.Sum(0));
    }

    [Fact]
    public void Saliency_is_the_central_difference_of_the_score()
    {
        var model = Trained(Mixed);
        foreach (var (classIndex, seed) in new[] { (1, 7u), (3, 8u) })
        {
            var pixels = Pixels(seed);
            var (reference, image) = Reference(model, pixels, classIndex);
            var slopes = new double[Input.Count];
            for (var i = 0; i < slopes.Length; i++)
            {
                const double step = 1e-6;
                var value = image.Values[i];
                image.Values[i] = value + step;
                var above = reference.Forward();
                image.Values[i] = value - step;
                slopes[i] = (above - reference.Forward()) / (2 * step);
                image.Values[i] = value;
            }
            var places = Enumerable.Range(0, Input.Area).ToArray();
            AssertClose(places.Select(i =>
                Enumerable.Range(0, 3).Max(channel => Math.Abs(slopes[(channel * Input.Area) + i]) / Scale.Deviation[channel])),
                    Saliency.Gradient(model, pixels, classIndex).Values, 1e-4);
            AssertClose(places.Select(i =>
                Enumerable.Range(0, 3).Sum(channel => slopes[(channel * Input.Area) + i] * image.Values[(channel * Input.Area) + i])),
                    Saliency.GradientTimesInput(model, pixels, classIndex).Values, 1e-4);
        }
    }

    [Fact]
    public void SmoothGrad_without_noise_is_the_gradient_and_repeats_with_its_seed()
    {
        var (model, pixels) = (Trained(Mixed), Pixels(2));
        AssertClose(Saliency.Gradient(model, pixels).Values.Select(value => (double)value),
            Saliency.Smooth(model, pixels, samples: 70, noise: 0).Values, 1e-6);
        var one = Saliency.Smooth(model, pixels, samples: 20, seed: 4);
        Assert.Equal(one.Values, Saliency.Smooth(model, pixels, samples: 20, seed: 4).Values);
        Assert.NotEqual(one.Values, Saliency.Smooth(model, pixels, samples: 20, seed: 5).Values);
    }

    [Theory]
    [InlineData("conv3")]
    [InlineData("relu2")]
    [InlineData("batchNorm1")]
    [InlineData(null)]
    public void Grad_cam_is_its_formula(string? name)
    {
        var (model, pixels) = (Trained(Mixed), Pixels(11));
        var classIndex = model.Predict(pixels).Class;
        var layer = Mixed[name ?? "batchNorm3"];
        var (reference, _) = Reference(model, pixels, classIndex);
        reference.Forward();
        reference.Backward();
        var (activation, gradient, area) = (reference.Output(layer.Index).Values, reference.Gradient(layer.Index).Values,
            layer.Output.Area);
        var map = Enumerable.Range(0, area).Select(i => Math.Max(0, Enumerable.Range(0,
            layer.Output.Channels).Sum(k => gradient.Skip(k * area).Take(area).Average() * activation[(k * area) + i]))).ToArray();

        // Linear interpolation between the centres of the receptive fields: hat functions, held for half a stride beyond the outermost
        // centres, and gone after another.
        var field = ReceptiveField.Of(Mixed, layer.Name);
        static double Hat(FieldAxis axis, int pixel, int unit, int units)
        {
            var at = (pixel - axis.Offset) / axis.Stride;
            var outside = Math.Max(Math.Max(-at, at - (units - 1)), 0);
            return Math.Max(0, 1 - Math.Abs(Math.Clamp(at, 0, units - 1) - unit)) * Math.Min(1, Math.Max(0, 1.5 - outside));
        }
        var expected = from y in Enumerable.Range(0, 11)
                       from x in Enumerable.Range(0, 9)
                       select Enumerable.Range(0, area).Sum(i => map[i] * Hat(field.Vertical, y, i / layer.Output.Width,
                           layer.Output.Height) * Hat(field.Horizontal, x, i % layer.Output.Width, layer.Output.Width));
        var actual = GradCam.Of(model, pixels, layer: name);
        AssertClose(expected, actual.Values, 1e-4);
        Assert.True(actual.Largest > 0);
        Assert.Equal(actual.Values,
            GradCam.OfMany(model, [.. Enumerable.Repeat(pixels, 66)], [.. Enumerable.Repeat(classIndex, 66)], name, threads: 2)[65].Values);
    }

    [Fact]
    public void Occlusion_is_what_predictions_of_hidden_images_say()
    {
        var (model, pixels) = (Trained(Mixed), Pixels(4));
        var (sums, counts) = (new double[Input.Area], new int[Input.Area]);
        foreach (var top in new[] { 0, 2, 4, 6, 8 })
            foreach (var left in new[] { 0, 2, 4, 6 })
            {
                var hidden = (byte[])pixels.Clone();
                for (var channel = 0; channel < 3; channel++)
                    for (var i = 0; i < 9; i++)
                        hidden[(channel * Input.Area) + ((top + (i / 3)) * 9) + left + (i % 3)] = (byte)Math.Round(pixels.Skip(channel * Input.Area).Take(Input.Area).Average(pixel => (double)pixel));
                for (var i = 0; i < 9; i++)
                {
                    var at = ((top + (i / 3)) * 9) + left + (i % 3);
                    sums[at] += model.Compute(pixels)[2] - model.Compute(hidden)[2];
                    counts[at]++;
                }
            }
        AssertClose(sums.Zip(counts, (sum, count) => sum / count), OcclusionMap.Of(model, pixels, 2, patch: 3, stride: 2).Values, 1e-6);
        var flat = Enumerable.Repeat((byte)90, Input.Count).ToArray();
        Assert.Equal(0, OcclusionMap.Of(model, flat).Largest);
        Assert.True(OcclusionMap.Of(model, flat, fill: 0).Largest > 0);
    }

    [Fact]
    public void A_softmax_at_the_end_is_not_part_of_the_score()
    {
        var plain = Network.Build(Input, x => x.Conv(4, kernel: 3).Relu().GlobalAveragePool().Linear(4));
        var model = Trained(plain);
        var soft = Network.Build(Input, x => x.Conv(4, kernel: 3).Relu().GlobalAveragePool().Linear(4).Softmax());
        var weights = Weights.Initialize(soft, 9);
        weights.TakeFrom(model.Weights);
        var same = new Model(weights, Scale, []);
        var pixels = Pixels(3);
        Assert.Equal(GradCam.Of(model, pixels, 1).Values, GradCam.Of(same, pixels, 1).Values);
        Assert.Equal(Saliency.Gradient(model, pixels, 1).Values, Saliency.Gradient(same, pixels, 1).Values);
        Assert.Equal(OcclusionMap.Of(model, pixels, 1).Values, OcclusionMap.Of(same, pixels, 1).Values);
    }

    [Fact]
    public void Favourite_images_are_those_of_the_feature_maps()
    {
        var data = TinyTask.Data(10, 90).Validation;
        var model = new Model(Weights.Initialize(TinyTask.Network(), 3), Normalization.Of(data), TinyTask.ClassNames);
        var maps = Enumerable.Range(0,
            data.Count).Select(image => model.FeatureMaps(data.Pixels(image)).Single(map => map.Layer.Name == "relu1").Values).ToList();
        var all = TopActivations.OfAll(model, data, "relu1", 5);
        Assert.Equal(6, all.Count);
        for (var channel = 0; channel < 6; channel++)
        {
            var expected = maps.Select((map, image) =>
                (Image: image, Value: map.Skip(channel * 49).Take(49).Max())).OrderByDescending(one => one.Value).ThenBy(one =>
                    one.Image).Take(5).ToList();
            Assert.Equal(expected, all[channel].Select(one => (one.Image, one.Value)));
            Assert.All(all[channel], one => Assert.Equal(one.Value, maps[one.Image][(channel * 49) + (one.Row * 7) + one.Column]));
        }
        Assert.Equal(all[4], TopActivations.Of(model, data, "relu1", 4, 5));
    }

    [Fact]
    public void The_field_on_images_stays_inside_the_theoretical_box()
    {
        var data = TinyTask.Data(10, 40).Validation;
        var model = new Model(Weights.Initialize(TinyTask.Network(), 3), Normalization.Of(data), TinyTask.ClassNames);
        foreach (var layer in model.Network.Layers.Where(layer => layer.Op is not null && !layer.Output.IsVector))
        {
            var field = ReceptiveField.Of(model.Network, layer.Name);
            var measured = MeasuredField.OnImages(model, data, layer.Name);
            Assert.True(measured.Count > 0);
            Assert.True(measured.FirstRow >= field.Vertical.First(measured.Row) && measured.LastRow <= field.Vertical.Last(measured.Row));
            Assert.True(measured.FirstColumn >= field.Horizontal.First(measured.Column)
                && measured.LastColumn <= field.Horizontal.Last(measured.Column));
        }
        // Of one convolution the gradient is its kernels: the same for every image.
        var kernel = model.Weights["conv1.weight"].Values;
        var first = MeasuredField.OnImages(model, data, "conv1", 2, 3, most: 3);
        for (var i = 0; i < 9; i++)
        {
            float sum = 0;
            for (var channel = 0; channel < 6; channel++)
                sum += kernel[(channel * 9) + i];
            Assert.Equal(Math.Abs(sum), first[2 + (i / 3), 3 + (i % 3)], 5);
        }
    }

    [Fact]
    public void Dead_units_are_counted_beside_dead_channels()
    {
        var data = TinyTask.Data(60, 10).Training;
        var network = Network.Build(Shape.Image(1, 9, 9), x => x.Conv(4, kernel: 3).Relu());
        var weights = Weights.Initialize(network, 1);
        weights["conv1.bias"].Values[1] = weights["conv1.bias"].Values[2] = -1000;
        weights["conv1.bias"].Values[0] = weights["conv1.bias"].Values[3] = 1000;
        var row = ActivationStatistics.Of(new Model(weights, Normalization.Of(data), TinyTask.ClassNames), data).Layers[^1];
        Assert.Equal((2, 98, 0.5, 0.5), (row.DeadChannels, row.DeadUnits, row.DeadChannelShare, row.DeadUnitShare));
        Assert.Contains("2 of 4 in relu1", InspectionPage.Dead(ActivationStatistics.Of(new Model(weights, Normalization.Of(data),
            TinyTask.ClassNames), data)), StringComparison.Ordinal);
    }

    [Fact]
    public void Kernels_of_a_weight_normalised_convolution_are_what_it_multiplies_with()
    {
        var network = Network.Build(Input, x => x.Conv(4, kernel: 3, weightNorm: true).Relu().GlobalAveragePool().Linear(2));
        var model = Trained(network);
        var kernels = KernelPictures.First(model)!;
        Assert.Equal(("conv1", 4, 3, 3, 3), (kernels.Layer, kernels.Weights.Count, kernels.Channels, kernels.Height, kernels.Width));
        var lengths = model.Weights["conv1.weight_g"].Values;
        for (var channel = 0; channel < 4; channel++)
            Assert.Equal(Math.Abs(lengths[channel]), Math.Sqrt(kernels.Weights[channel].Sum(weight => (double)weight * weight)), 4);
    }

    /// <summary>An evaluation goes on where the network ends; it must not start the trained layers afresh.</summary>
    [Fact]
    public void Judging_a_weight_normalised_network_leaves_its_weights_alone()
    {
        var data = TinyTask.Data(10, 30).Validation;
        var model = Trained(Network.Build(Shape.Image(1, 9, 9),
            x => x.Conv(4, kernel: 3, weightNorm: true).Relu().GlobalAveragePool().Linear(3)));
        model = new Model(model.Weights, Normalization.Of(data), TinyTask.ClassNames);
        var before = model.Weights.Sha256();
        var accuracy = model.Evaluate(data).Accuracy;
        Assert.Equal(before, model.Weights.Sha256());
        Assert.Equal(Enumerable.Range(0, 30).Count(i => model.Predict(data.Pixels(i)).Class == data.Label(i)) / 30.0, accuracy);
    }

    [Fact]
    public void Heat_maps_draw_themselves()
    {
        var map = new Heatmap(2, 3, [0, 1, 4, 0, 0, 2]);
        Assert.Equal((4f, (0, 2), 1f), (map.Largest, map.Peak, map[0, 1]));
        var png = map.Over([10, 20, 30, 40, 50, 200], Shape.Image(1, 2, 3), zoom: 4);
        var picture = ImageFile.Decode(png, "map", Shape.Image(3, 8, 12), resize: false);
        // Where the map is 0 the image shows, darker and grey; at the peak it is yellow.
        Assert.Equal(((byte)30, (byte)30, (byte)30), (picture[4 * 12], picture[96 + (4 * 12)], picture[192 + (4 * 12)]));
        Assert.True(picture[11] > 200 && picture[96 + 11] > 180 && picture[192 + 11] < 60);
        Assert.Equal(
            "The heat map has 2 x 3 pixels; the image is 1x3x2 (channels x height x width) with 6 bytes. Both must be of one size.",
            Assert.Throws<ShapeException>(() => map.Over(new byte[6], Shape.Image(1, 3, 2))).Message);
        Assert.Equal("A heat map of 2 x 2 pixels has 4 numbers: received 3.",
            Assert.Throws<ShapeException>(() => new Heatmap(2, 2, new float[3])).Message);
    }

    [Fact]
    public void What_does_not_fit_is_told()
    {
        var (model, pixels) = (Trained(Mixed), Pixels(1));
        Assert.StartsWith("The network has no layer 'rellu2'. Did you mean 'relu2'? Its layers with a plane: conv1, batchNorm1, relu1,",
            Assert.Throws<UsageException>(() => GradCam.Of(model, pixels, layer: "rellu2")).Message, StringComparison.Ordinal);
        Assert.Equal(
            "Each image is asked about one class: received 2 images and 1 classes.",
            Assert.Throws<UsageException>(() => GradCam.OfMany(model, [pixels, pixels], [0])).Message);
        Assert.Equal(
            "The network tells 4 classes apart, 0 to 3: received class 4.",
            Assert.Throws<UsageException>(() => GradCam.OfMany(model, [pixels], [4])).Message);
        Assert.Empty(GradCam.OfMany(model, [], []));
        Assert.True(GradCam.CanLookInto(model.Network));
        Assert.Equal(
            "A picture of the shape 3x2x2 takes 12 bytes; received 4.",
            Assert.Throws<ShapeException>(() => HeatmapCanvas.Of(new byte[4], new Shape(3, 2, 2), 1)).Message);
        Assert.StartsWith("Layer 'linear1' gives 4, a vector: there is no place to point at. Layers with a plane: conv1,",
            Assert.Throws<UsageException>(() => GradCam.Of(model, pixels, layer: "linear1")).Message, StringComparison.Ordinal);
        Assert.Equal("The network tells 4 classes apart, 0 to 3: received class 4.",
            Assert.Throws<UsageException>(() => Saliency.Gradient(model, pixels, 4)).Message);
        Assert.StartsWith("The network takes images of 3x11x9",
            Assert.Throws<ShapeException>(() => Saliency.Gradient(model, new byte[5])).Message, StringComparison.Ordinal);
        Assert.Equal("The hidden patch has a side of 1 to 9 pixels in an image of 3x11x9: received 10.",
            Assert.Throws<UsageException>(() => OcclusionMap.Of(model, pixels, patch: 10)).Message);
        Assert.Equal("The patch moves by 1 to 3 pixels, its side, so that every pixel is hidden once at least: received 4.",
            Assert.Throws<UsageException>(() => OcclusionMap.Of(model, pixels, patch: 3, stride: 4)).Message);
        var picture = Trained(Network.Build(Input, x => x.Conv(3, kernel: 3, padding: 1)));
        Assert.StartsWith("The network gives 3x11x9 per image (channels x height x width) and no scores of classes. Maps of this kind "
            + "explain", Assert.Throws<ShapeException>(() => GradCam.Of(picture, pixels)).Message, StringComparison.Ordinal);
        var aside = Network.Build(Input, x => x.Conv(2, kernel: 3).GlobalAveragePool().Linear(2));
        Assert.Equal(
            "Layer 'conv1' does not depend on layer 'linear1', so there is no gradient. Name a layer on the way to it.",
            Assert.Throws<UsageException>(() =>
                new GradientProbe(Weights.Initialize(aside, 1), aside["conv1"], aside["linear1"], 1)).Message);
    }
}
