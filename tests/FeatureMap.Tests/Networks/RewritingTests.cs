using FeatureMap.Data;
using FeatureMap.Interchange;
using FeatureMap.Models;
using FeatureMap.Networks;
using FeatureMap.Ops;
using FeatureMap.Tests.Data;
using FeatureMap.Training;
using Xunit;

namespace FeatureMap.Tests.Networks;

public sealed class RewritingTests
{
    private static readonly Shape Image = Shape.Image(2, 9, 8);
    private static readonly byte[] Pixels = Idx.Noise(Image.Count, 3);
    private static readonly Normalization Scale = new([0.4, 0.5], [0.2, 0.25]);

    // A skip, a scope, two kinds of layers with weights, and a dropout in the head.
    private static readonly Network Net = Network.Build(Image, x =>
    {
        x = x.Scope("stem", x => x.Conv(4, 3, bias: false).BatchNorm().Relu());
        var skip = x;
        x = x.Conv(4, 3, padding: 1).Relu();
        return x.Add(skip).GlobalAveragePool().Dropout(0.2f).Linear(6).Relu().Linear(3);
    });

    private static readonly Model Whole = new(Weights.Initialize(Net, 5), Scale, ["a", "b", "c"]);

    private static IEnumerable<string> Names(Network network) => network.Layers.Select(layer => layer.Name);

    private static string Says<T>(Action act) where T : Exception => Assert.Throws<T>(act).Message;

    private static void AssertAlike(Weights expected, Weights actual)
    {
        Assert.NotEmpty(actual.Parameters);
        Assert.All(actual.Parameters, parameter => Assert.Equal(expected[parameter.Name].Values.ToArray(), parameter.Values.ToArray()));
    }

    [Fact]
    public void Nothing_rewritten_is_the_same_network()
    {
        var same = Net.Rewrite((_, _) => null);
        Assert.NotSame(Net, same);
        Assert.Equal(Net.Layers.Select(layer => $"{layer} {layer.Output} "
            + $"{string.Join(",", layer.Inputs)}"), same.Layers.Select(layer => $"{layer} {layer.Output} "
            + $"{string.Join(",", layer.Inputs)}"));
        Assert.Equal(Whole.Weights.Sha256(), Whole.Weights.Derive(same).Sha256());
        var two = Network.BuildWithInputs([Image, Image], inputs => inputs[0].Add(inputs[1]).Relu());
        Assert.Equal(["input", "input2", "add1", "relu1"], Names(two.Rewrite((_, _) => null)));
    }

    [Fact]
    public void Layers_are_replaced_left_out_and_put_in()
    {
        var silu = Net.Rewrite((layer, inputs) => layer.Op is Relu ? inputs[0].Silu(name: layer.Name) : null);
        Assert.Equal(Names(Net), Names(silu));
        Assert.Equal(["Silu", "Silu", "Silu"], silu.Layers.Where(layer => layer.Name.Contains("relu", StringComparison.Ordinal)).Select(layer => layer.Op!.Name));

        // Without the addition the skip is still read; without the layers behind the skip nobody needs them.
        var without = Net.Rewrite((layer, inputs) => layer.Op is Add ? inputs[1] : null);
        Assert.Equal(["input", "stem/conv1", "stem/batchNorm1", "stem/relu1", "globalAveragePool1", "dropout1", "linear1", "relu2", "linear2"], Names(without));
        AssertAlike(Whole.Weights, Whole.Weights.Derive(without));

        // New layers have names that nothing had, although the one of that name comes later; the rest computes as before.
        var longer = Net.Rewrite((layer, inputs) => layer.Name == "conv1" ? inputs[0].Then(layer.Op!, layer.Name).Relu().Multiply(1) : null);
        Assert.Equal(["input", "stem/conv1", "stem/batchNorm1", "stem/relu1", "conv1", "relu3", "scaleShift1", "relu1"], Names(longer).Take(8));
        Assert.Equal(Whole.Compute(Pixels), new Model(Whole.Weights.Derive(longer), Scale, Whole.ClassNames).Compute(Pixels));
        Assert.Equal(12, Net.Layers.Count);
    }

    [Fact]
    public void Weights_go_along_or_say_why_not()
    {
        var weights = Whole.Weights;
        var twice = weights.Derive(Net, parameter =>
        {
            if (parameter.Name != "linear2.weight") return false;
            for (var i = 0; i < parameter.Values.Length; i++)
                parameter.Values[i] = 2 * weights[parameter.Name].Values[i];
            return true;
        });
        Assert.Equal(weights["linear2.weight"].Values.ToArray().Select(value => 2 * value), twice["linear2.weight"].Values.ToArray());
        Assert.Equal(weights["conv1.weight"].Values.ToArray(), twice["conv1.weight"].Values.ToArray());
        twice["conv1.weight"].Values[0] = 7;
        Assert.NotEqual(7, weights["conv1.weight"].Values[0]);

        var other = Net.Rewrite((layer, inputs) => layer.Name == "linear2" ? inputs[0].Linear(5, bias: false, name: "linear2").Linear(3) : null);
        Assert.Equal(
            "The weights do not fit the network that was made of theirs: linear2.weight is 3 x 6 instead of 5 x 6, linear3.weight is "
                + "missing, linear3.bias is missing. "
            + "Let new layers start afresh (Weights.Initialize, then TakeFrom with partially: true), or fill them by the second "
            + "argument of Derive.",
            Says<ShapeException>(() => weights.Derive(other)));
        var fresh = Weights.Initialize(other, 1);
        Assert.Equal(["linear2.weight", "linear3.weight", "linear3.bias"], fresh.TakeFrom(weights, partially: true));
    }

    [Fact]
    public void Errors_name_the_layer_and_what_to_do()
    {
        Feature? foreign = null;
        Network.Build(Image, x => foreign = x.Relu());
        Assert.Equal(
            "What was written for layer 'conv1' (Conv2d(3x3, 4 channels, padding 1), layer 4) is a layer of another network. Write it "
                + "with the inputs that the function is given.",
            Says<ShapeException>(() => Net.Rewrite((layer, _) => layer.Name == "conv1" ? foreign : null)));
        Assert.Equal(
            "Layer 'relu1' (Relu, layer 6, after 'relu1'): the name 'relu1' is taken by layer 5. Names must be unique, because weights "
                + "are stored under them.",
            Says<UsageException>(() => Net.Rewrite((layer, inputs) => layer.Name == "conv1" ? inputs[0].Then(layer.Op!, "conv1").Relu("relu1") : null)));
        Assert.StartsWith(
            "Layer 'add1' (Add, layer 6, after 'relu1') cannot take 4x5x4 and 4x7x6: ",
            Says<ShapeException>(() => Net.Rewrite((layer, inputs) => layer.Name == "conv1" ? inputs[0].Conv(4, 3, name: "conv1") : null)));
        Assert.Equal("write", Assert.Throws<ArgumentNullException>(() => Net.Rewrite(null!)).ParamName);
        var two = Network.BuildWithInputs([Image, Image], inputs => inputs[0].Add(inputs[1]));
        Assert.Equal(
            "The network has a second input, 'input2' of 2x9x8: only networks of one input can be built for another size.",
            Says<ShapeException>(() => two.WithInput(Shape.Image(2, 4, 4))));
        Assert.Equal(
            "The network has a second input, 'input2' of 2x9x8: only networks of one input can be used inside another.",
            Says<ShapeException>(() => Network.Build(Image, x => x.Then(two))));
    }

    [Fact]
    public void A_cut_network_ends_at_the_layer_and_has_only_what_it_needs()
    {
        Assert.Equal(["input", "stem/conv1", "stem/batchNorm1", "stem/relu1", "conv1", "relu1", "add1"], Names(Net.CutAt("add1")));
        var branches = Network.Build(Image, x => x.Conv(2, 1, name: "left").Add(x.Conv(2, 1, name: "right")));
        Assert.Equal(["input", "right"], Names(branches.CutAt("right")));
        // The weights of the layer behind those left out are found by name, in every place that ends a network early.
        var model = new Model(Weights.Initialize(branches, 2), Scale, []);
        var right = model.FeatureMaps(Pixels).Single(map => map.Layer.Name == "right").Values;
        Assert.Equal(right, model.CutAt("right").Compute(Pixels));

        var cut = Whole.CutAt("relu2");
        Assert.Equal((0, Scale), (cut.ClassNames.Count, cut.Normalization));
        Assert.Equal(Whole.FeatureMaps(Pixels).Single(map => map.Layer.Name == "relu2").Values, cut.Compute(Pixels));
        Assert.Equal("The network has no layer 'relu'. Did you mean 'relu1'?", Says<UsageException>(() => Net.CutAt("relu")));
        Assert.Equal("Layer 'input' is an input, and a network that ends there computes nothing. Name a layer behind it, up "
            + "to 'linear2'.", Says<UsageException>(() => Net.CutAt("input")));
    }

    [Fact]
    public void A_network_behind_other_layers_sees_what_they_give()
    {
        var large = Net.Prepend(Shape.Image(2, 18, 16), x => x.AveragePool(2).Relu());
        Assert.Equal(["input", "averagePool1", "relu3", .. Names(Net).Skip(1)], Names(large));
        var pixels = new byte[4 * Image.Count];
        for (var i = 0; i < pixels.Length; i++)
            pixels[i] = Pixels[(i / 288 * 72) + (i % 288 / 32 * 8) + (i % 16 / 2)];
        var bare = new Model(Whole.Weights, Normalization.None(2), []); // no number below 0, so that the relu leaves all as they are
        Assert.Equal(bare.Compute(Pixels), new Model(Whole.Weights.Derive(large), Normalization.None(2), []).Compute(pixels));
        Assert.Equal(
            "The network takes 2x9x8 and stands behind 'averagePool1', which gives 2x4x4 (channels x height x width). Bring the one to "
                + "the other by layers between them, or build the network for this shape: network.WithInput(x.Shape).",
            Says<ShapeException>(() => Net.Prepend(Image, x => x.AveragePool(2))));
        Assert.Equal("The function given to Network.Prepend returned null. Return the last layer, as in x "
            + "=> x.Relu().", Says<ShapeException>(() => Net.Prepend(Image, _ => null!)));
    }

    [Fact]
    public void A_network_is_used_inside_another_as_often_as_wanted()
    {
        var both = Network.Build(Image, x => x.Scope("eyes", x => x.Then(Net, "left").Concat(x.Multiply(0.5).Then(Net, "right"))).Linear(2));
        Assert.Contains("eyes/left/stem/conv1", Names(both));
        var weights = Weights.Initialize(both, 0);
        var other = Weights.Initialize(Net, 8);
        weights.TakeUnder("eyes/left", Whole.Weights);
        weights.TakeUnder("eyes/right", other);
        var left = weights.ShareWith(both.CutAt("eyes/left/linear2"));
        Assert.Equal(Whole.Compute(Pixels), new Model(left, Scale, []).Compute(Pixels));
        Assert.Equal(other["linear1.weight"].Values.ToArray(), weights["eyes/right/linear1.weight"].Values.ToArray());

        Assert.Equal(["input", "relu1", "conv1"], Names(Network.Build(Image, x => x.Relu().Then(Network.Build(Image, x => x.Conv(1, 1))))));
        Assert.Equal(
            "There is a layer 'conv1' already, and the network brings another. Give the network's layers a common name, as in "
                + "x.Then(network, \"backbone\"), or the one that is there another name.",
            Says<UsageException>(() => Network.Build(Image, x => x.Conv(2, 1).Then(Net))));
        Assert.Equal(
            "No network of these weights stands under 'left': left/stem/conv1.weight is missing, left/stem/batchNorm1.weight is missing, "
                + "left/stem/batchNorm1.bias is missing, "
            + "left/stem/batchNorm1.running_mean is missing, left/stem/batchNorm1.running_var is missing and 6 more. Give the name that "
            + "x.Then(network, scope) was called with.",
            Says<ShapeException>(() => weights.TakeUnder("left", Whole.Weights)));
    }

    [Fact]
    public void Another_head_stands_behind_the_pooling_and_is_named_like_nothing_before()
    {
        var other = Net.WithHead(x => x.Linear(5));
        Assert.Equal([.. Names(Net).Take(8), "linear3"], Names(other));
        Assert.Equal(["linear3.weight", "linear3.bias"], Weights.Initialize(other, 0).TakeFrom(Whole.Weights, partially: true));
        Assert.Equal([.. Names(Net).Take(11), "linear3"], Names(Net.WithHead(x => x.Linear(5), body: "relu2")));
        Assert.Equal(["input", "stem/conv1", "conv2", "sigmoid1"], Names(Net.WithHead(x => x.Conv(1, 1).Sigmoid(), "stem/conv1")));
        // The pooling nearest to the output that has weights behind it: not the Flatten at the end.
        Assert.Equal("globalMaxPool1", Net.CutAt("add1").Append(x => x.GlobalMaxPool().Linear(4).Softmax().Flatten()).WithHead(x => x).Layers[^1].Name);
        Assert.Equal("The function given to Network.WithHead returned null. Return the last layer, as in x "
            + "=> x.Relu().", Says<ShapeException>(() => Net.WithHead(_ => null!)));
    }

    [Fact]
    public void Where_the_body_ends_must_be_clear()
    {
        var scores = Network.Build(Image, x => x.Conv(4, 3).Relu().Conv(3, 1).GlobalAveragePool());
        Assert.Equal(
            "The network does not say where its body ends: from the output back to 'input', which is where it begins, no global pooling "
                + "and no Flatten has layers with weights behind it. "
            + "Name the last layer of the body, as in WithHead(x => x.GlobalAveragePool().Linear(10), \"relu1\").",
            Says<UsageException>(() => scores.WithHead(x => x.Linear(10))));
        var joined = Network.Build(Image, x =>
        {
            x = x.GlobalAveragePool();
            return x.Linear(4).Concat(x).Linear(3);
        });
        Assert.Equal(
            "The network does not say where its body ends: from the output back to 'concat1', which joins 2 others, no global pooling and "
                + "no Flatten has layers with weights behind it. "
            + "Name the last layer of the body, as in WithHead(x => x.Linear(10), \"concat1\").",
            Says<UsageException>(() => joined.WithHead(x => x.Linear(10))));
        Assert.Equal(7, scores.WithHead(x => x.GlobalAveragePool().Linear(7), "relu1").Output.Channels);
    }

    [Fact]
    public void A_model_goes_on_with_other_classes()
    {
        var start = Whole.WithHead(["cat", "dog"], seed: 3);
        Assert.Equal(["cat", "dog"], start.ClassNames);
        Assert.Equal((Scale, 2), (start.Normalization, start.Network.Output.Count));
        AssertAlike(Whole.Weights, start.CutAt("globalAveragePool1").Weights);
        Assert.Equal(start.Weights.Sha256(), Whole.WithHead(["x", "y"], seed: 3).Weights.Sha256());
        Assert.NotEqual(start.Weights.Sha256(), Whole.WithHead(2, seed: 4).Weights.Sha256());
        Assert.Equal(["0", "1", "2", "3"], Whole.WithHead(4, seed: 0).ClassNames);

        // As many classes as before, and a head of the old name: it has learned nothing all the same.
        var fresh = Whole.WithHead(["d", "e", "f"], 3, x => x.Dropout(0.1f).Linear(6, name: "linear1").Relu().Linear(3, name: "linear2"));
        Assert.NotEqual(Whole.Weights["linear1.weight"].Values.ToArray(), fresh.Weights["linear1.weight"].Values.ToArray());
        Assert.Equal(Whole.Weights["conv1.weight"].Values.ToArray(), fresh.Weights["conv1.weight"].Values.ToArray());
        // A body that ends in a map gets a mean in front of its dense layer.
        Assert.Equal([.. Names(Net).Take(6), "globalAveragePool2", "linear3"], Names(Whole.WithHead(["p", "q"], 0, body: "relu1").Network).Where(name => name != "add1"));
        Assert.Equal("A head tells at least 2 classes apart: received 1.", Says<UsageException>(() => Whole.WithHead(["cat"], 0)));
        Assert.Equal("A head tells at least 2 classes apart: received 0.", Says<UsageException>(() => Whole.WithHead(-5, 0)));
    }

    [Fact]
    public void Fine_tuning_begins_with_the_body_and_can_leave_it_as_it_is()
    {
        var data = TinyTask.Data();
        var first = Trainer.Fit(TinyTask.Network(), data, new TrainingOptions { Epochs = 6, BatchSize = 32, Threads = 1, Seed = 4 }).Model;
        var start = first.WithHead(TinyTask.ClassNames, seed: 2);
        var body = start.Network.CutAt("flatten1");
        var tuned = Trainer.Fit(start.Network, data, new TrainingOptions
        {
            Epochs = 8,
            BatchSize = 32,
            Threads = 1,
            InitialWeights = start.Weights,
            FrozenLayers = [.. body.Layers.Where(layer => layer.TrainableCount > 0).Select(layer => layer.Name)],
        });
        Assert.Equal(first.Weights["conv2.weight"].Values.ToArray(), tuned.Model.Weights["conv2.weight"].Values.ToArray());
        Assert.NotEqual(start.Weights["linear2.weight"].Values.ToArray(), tuned.Model.Weights["linear2.weight"].Values.ToArray());
        Assert.True(tuned.Validation!.Accuracy > 0.8, $"{tuned.Validation.Accuracy:P1}");
    }

    [Fact]
    public void Files_hold_what_was_made()
    {
        using var folder = new TemporaryFolder();
        var combined = Net.Prepend(Shape.Image(2, 18, 16), x => x.AveragePool(2));
        foreach (var model in (Model[])[Whole.CutAt("relu2"), Whole.WithHead(["cat", "dog"], 1), new(Whole.Weights.Derive(combined), Scale, Whole.ClassNames)])
        {
            ModelFile.Save(model, folder.Location);
            var read = ModelFile.Load(folder.Location);
            Assert.Equal(model.Weights.Sha256(), read.Weights.Sha256());
            Assert.Equal(model.ClassNames, read.ClassNames);
            Assert.Equal(model.Network.Layers.Select(layer => layer.ToString()), read.Network.Layers.Select(layer => layer.ToString()));
        }
    }

    [Fact]
    public void A_model_of_convolutions_reads_other_sizes()
    {
        var model = Whole.CutAt("relu1");
        var large = model.WithInput(Shape.Image(2, 20, 30));
        Assert.Equal(Shape.Image(4, 18, 28), large.Network.Output);
        AssertAlike(model.Weights, large.Weights);
        Assert.Same(model, model.WithInput(Image));
        var dense = new Model(Weights.Initialize(Network.Build(Image, x => x.Flatten().Linear(2)), 0), Scale, []);
        Assert.StartsWith(
            "The weights do not fit the network that was made of theirs: linear1.weight is 2 x 144 "
                + "instead of 2 x 32. ", Says<ShapeException>(() => dense.WithInput(Shape.Image(2, 4, 4))));
    }
}
