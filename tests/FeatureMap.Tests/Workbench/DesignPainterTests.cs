using FeatureMap.Analysis;
using FeatureMap.Data;
using FeatureMap.Interchange;
using FeatureMap.Models;
using FeatureMap.Networks;
using FeatureMap.Workbench;
using FeatureMap.Zoo;
using Xunit;

namespace FeatureMap.Tests.Workbench;

/// <summary>Two networks side by side, the field of a unit on an image, overlaps, and neighbours in an embedding.</summary>
public sealed class DesignPainterTests
{
    private const string Small = "input: 1x12x12\nconv1: Conv2d channels=4 kernel=3\nrelu1: Relu\nconv2: Conv2d channels=4 kernel=3\n"
        + "relu2: Relu\nFlatten\nLinear outputs=10";

    private static IReadOnlyList<DesignLayer> Layers(string text) => DesignSheet.Of(new DesignRequest(text)).Layers;

    private static IReadOnlyList<DesignDifference> Rows(string one, string other) =>
        Assert.IsAssignableFrom<IReadOnlyList<DesignDifference>>(DesignDifference.Of(Layers(one), Layers(other)));

    [Fact]
    public void Every_architecture_is_like_itself_and_names_do_not_count()
    {
        foreach (var name in (string[])["lenet-5", "resnet-18", "googlenet"])
        {
            var text = NetworkText.Write(RunInput.Network(name).Network);
            Assert.All(Rows(text, text), row => Assert.Equal(DifferenceKind.Same, row.Kind));
        }
        Assert.All(Rows(Small, Small.Replace("conv1", "stem", StringComparison.Ordinal)), row =>
            Assert.Equal(DifferenceKind.Same, row.Kind));
    }

    [Fact]
    public void What_differs_is_told_where_it_differs()
    {
        static string Told(DesignDifference row) => $"{row.Kind} {row.First?.Name}/{row.Second?.Name}: {string.Join(' ', row.In)}";
        string[] Differing(string other) => [.. Rows(Small, other).Where(row => row.Kind != DifferenceKind.Same).Select(Told)];
        // A layer more and a layer less.
        Assert.Equal(["OnlySecond /batchNorm1: "],
            Differing(Small.Replace("relu1: Relu", "BatchNorm\nrelu1: Relu", StringComparison.Ordinal)));
        Assert.Equal(["OnlyFirst relu2/: "], Differing(Small.Replace("relu2: Relu\n", "", StringComparison.Ordinal)));
        // A setting, and what follows from it.
        Assert.Equal(["Changed conv1/conv1: settings output parameters multiply-adds bytes", "Changed relu1/relu1: output bytes",
            "Changed conv2/conv2: parameters multiply-adds"], Differing(Small.Replace("conv1: Conv2d channels=4", "conv1: Conv2d "
                + "channels=5",
            StringComparison.Ordinal)));
        // What a layer reads: the same op with the same settings over another layer.
        var skip = Small.Replace("relu2: Relu\n", "relu2: Relu\nsum: Add(relu2, conv2)\n", StringComparison.Ordinal);
        var rows = Rows(skip, skip.Replace("Add(relu2, conv2)", "Add(conv2, relu2)", StringComparison.Ordinal));
        Assert.Equal(["Changed sum/sum: inputs"], rows.Where(row => row.Kind != DifferenceKind.Same).Select(Told));
        // Both networks stand in the rows whole and in their order.
        var other = NetworkText.Write(RunInput.Network("lenet-5").Network);
        var both = Rows(Small, other);
        Assert.Equal(Layers(Small).Select(layer => layer.Name), both.Where(row => row.First is not null).Select(row => row.First!.Name));
        Assert.Equal(Layers(other).Select(layer => layer.Name), both.Where(row => row.Second is not null).Select(row => row.Second!.Name));
    }

    [Fact]
    public void A_field_on_an_image_is_that_of_the_library_and_stays_in_its_box()
    {
        var digit = Datasets.Digits().Training;
        using var content = new MemoryStream();
        new Picture("seven", digit.ImageShape, digit.Pixels(7).ToArray()).Save(content);
        var image = new TrialImage("seven", content.ToArray(), IsSet: true);
        var model = BundledModels.Digits;
        var text = NetworkText.Write(model.Network);
        var layer = model.Network.Layers.Last(one => one.Output.Height > 1).Name;
        var request = new DesignRequest(text) { Layer = layer, Unit = (1, 2) };
        var painted = FieldOnImage.Of(request, image, model);
        Assert.True(painted.IsTrained);
        var expected = MeasuredField.OnImages(model, digit.Subset([7]), layer, 1, 2);
        for (var row = 0; row < expected.Height; row++)
            for (var column = 0; column < expected.Width; column++)
                Assert.Equal((float)expected[row, column], painted.Sizes[row, column]);
        Assert.Equal((expected.Count, expected.CountAbove(0.0455)), (painted.Pixels, painted.Most));
        // Another network than the model's has weights of its own, the same each time.
        var other = request with { Text = Small.Replace("1x12x12", "1x28x28", StringComparison.Ordinal), Layer = "conv2", Unit = (12, 12) };
        var fresh = FieldOnImage.Of(other, image, model);
        Assert.False(fresh.IsTrained);
        var box = DesignSheet.Of(other).Field!;
        Assert.InRange(fresh.Pixels, 1, 25);
        for (var row = 0; row < 28; row++)
            for (var column = 0; column < 28; column++)
                if (row < box.Top || row > box.Bottom || column < box.Left || column > box.Right) Assert.Equal(0, fresh.Sizes[row, column]);
        var large = RunInput.Network("vgg-16").Network;
        var costly = Assert.Throws<UsageException>(() => FieldOnImage.Of(
            new DesignRequest(NetworkText.Write(large)) { Layer = large.Layers[^1].Name }, image));
        Assert.Contains("multiply-adds", costly.Message, StringComparison.Ordinal);
        Assert.Throws<UsageException>(() => FieldOnImage.Of(request with { Layer = "nothing" }, image));
        Assert.Throws<DataException>(() => FieldOnImage.Of(new DesignRequest("input: 2x8x8\nRelu") { Layer = "relu1" }, image));
    }

    [Fact]
    public void Overlaps_are_those_of_the_library()
    {
        OverlapOfLayer? Of(string line) => DesignSheet.Of(new DesignRequest($"input: 3x8x8\nit: {line}") { Layer = "it" }).Overlap;
        var turned = Of("ConvTranspose2d channels=2 kernel=3 stride=2")!;
        var expected = OverlapMap.Forward(Network.Build(Shape.Image(1, 8, 8), x => x.ConvTranspose(1, kernel: 3, stride: 2)));
        Assert.Equal((true, 17, 17, 1d, 4d), (turned.IsOutput, turned.Height, turned.Width, turned.Smallest, turned.Largest));
        Assert.Equal(expected.Total, turned.Counts.Sum());
        Assert.Equal(1, Of("ConvTranspose2d channels=2 kernel=2 stride=2")!.Largest);
        var read = Of("Conv2d channels=2 kernel=1 stride=2")!;
        Assert.Equal((false, 8, 0d, 1d), (read.IsOutput, read.Height, read.Smallest, read.Largest));
        Assert.Equal(16, read.Counts.Sum());
        Assert.Equal(1, Of("WeightNorm layer=ConvTranspose2d channels=2 kernel=2 stride=2")!.Largest);
        Assert.Null(Of("Relu"));
        Assert.Null(Of("Linear outputs=3"));
    }

    [Fact]
    public void Neighbours_are_the_nearest_of_the_embedding()
    {
        var (data, models) = (new DataShelf(), new ModelShelf());
        var desk = new NeighbourDesk(data, models);
        var part = data.Open("digits", TestContext.Current.CancellationToken).Part(isValidation: true);
        var model = BundledModels.Digits;
        var found = desk.Find(new NeighbourRequest("digits", 5, ModelShelf.Digits) { IsValidation = true, Count = 7 });
        Assert.Equal(NeighbourDesk.EmbeddingLayer(model.Network), found.Layer);
        var all = model.Embed(part, found.Layer);
        Assert.Equal((all.Dimensions, part.Count), (found.Dimensions, found.Compared));
        var expected = Enumerable.Range(0, all.Count).Where(other => other != 5)
            .Select(other => (other, all.Distance(5, other, EmbeddingDistance.Cosine))).OrderBy(one => one.Item2).Take(7).ToList();
        Assert.Equal(expected, found.Nearest.Select(one => (one.Image, one.Distance)));
        Assert.All(found.Nearest, one => Assert.Equal(part.Label(one.Image) != part.Label(5), one.IsOther));
        // Some of them disagree, or nothing here is tested.
        Assert.Contains(Enumerable.Range(0, 60), image => desk.Find(new NeighbourRequest("digits", image, ModelShelf.Digits)
        { IsValidation = true }).Nearest.Any(one => one.IsOther));
        var first = model.Network.Layers[1].Name;
        var other = desk.Find(new NeighbourRequest("digits", 5, ModelShelf.Digits)
        {
            Layer = first,
            Distance = EmbeddingDistance.Euclidean
        });
        Assert.Equal(model.Network[first].Output.Count, other.Dimensions);
        foreach (var (request, word) in ((NeighbourRequest, string)[])
            [
                (new("digits", 1_000_000, "digits"), "there is no image"), (new("digits", -1, "digits"), "there is no image"),
                (new("digits", 0, "digits") { Layer = "conv99" }, "conv99"),
                (new("digits", 0, "digits") { Layer = "input" }, "image itself"),
                (new("digits", 0, "nothing"), "nothing"), (new("nothing", 0, "digits"), "nothing"),
                (new("digits", 0, "digits") { Count = 0 }, "1 and 100"),
            ])
        {
            var error = Record.Exception(() => desk.Find(request));
            Assert.True(error is FeatureMapException && error.Message.Contains(word, StringComparison.Ordinal),
                $"{request}: {error?.Message}");
        }
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();
        Assert.Throws<OperationCanceledException>(() => new NeighbourDesk(data, models).Find(
            new NeighbourRequest("digits", 0, "digits") { Cancellation = cancelled.Token }));
    }
}
