using FeatureMap.Analysis;
using FeatureMap.Blocks;
using FeatureMap.Networks;

namespace FeatureMap.Tests.Analysis.Lint;

/// <summary>A small network that makes a rule speak, with the words, and its nearest neighbour about which the rule has nothing to
/// say.</summary>
internal sealed record LintCase(string Rule, string Finding, Func<Network> Bad, Func<Network> Good, LintOptions? Options = null,
    LintOptions? GoodOptions = null)
{
    public static IReadOnlyList<LintCase> All { get; } =
    [
        new("dead-taps",
            "warning dead-taps deep (layer 1): 8 of 9 taps of its 3x3 kernels meet only padding on the 1x1 map: 4,194,304 of 4,718,592 "
                + "weights are dead",
            () => Image(512, 1, x => x.Conv(1024, kernel: 3, padding: 1, bias: false, name: "deep")),
            () => Image(512, 2, x => x.Conv(1024, kernel: 3, padding: 1, bias: false, name: "deep"))),
        new("dead-taps",
            "warning dead-taps atrous (layer 1): 8 of 9 taps of its 3x3 kernels meet only padding on the 5x5 map: 256 of 288 weights are "
                + "dead",
            () => Image(4, 5, x => x.Conv(8, kernel: 3, padding: 6, dilation: 6, name: "atrous")),
            () => Image(4, 7, x => x.Conv(8, kernel: 3, padding: 6, dilation: 6, name: "atrous"))),
        new("dead-taps",
            "warning dead-taps up (layer 1): 8 of 9 taps of its 3x3 kernels meet only padding on the 1x1 map: 256 of 288 weights are dead",
            () => Image(4, 1, x => x.ConvTranspose(8, kernel: 3, padding: 1, weightNorm: true, name: "up")),
            () => Image(4, 1, x => x.ConvTranspose(8, kernel: 3, weightNorm: true, name: "up"))),
        new("no-gradient",
            "warning no-gradient mask (layer 1): its 112 parameters never learn: the way back ends at 'step' (Greater)",
            () => Image(3, 8, x =>
                x.Conv(4, kernel: 3, name: "mask").Greater(0, name: "step").Multiply(x.Conv(4, kernel: 3, name: "values"))),
            () => Image(3, 8, x =>
                x.Conv(4, kernel: 3, name: "mask").Sigmoid(name: "gate").Multiply(x.Conv(4, kernel: 3, name: "values")))),
        new("dead-channels",
            "warning dead-channels active (layer 3): 4 of 16 channels are cut off by 'cut' and read by nobody else: 112 parameters of "
                + "'wide' are for nothing",
            () => Image(3, 8, x =>
                x.Conv(16, kernel: 3, name: "wide").BatchNorm().Relu(name: "active").Slice(channels: ..12, name: "cut").Conv(4, kernel: 3)),
            () => Image(3, 8, x => { var parts = x.Conv(16, kernel: 3).Relu().Split(2); return parts[0].Add(parts[1]); })),
        new("budget",
            "error budget: 216,650 parameters are 196,650 over the budget of 20,000; the most, 216,330 (99.9 %), are in 'head'",
            () => Image(1, 28, x => x.Conv(32, kernel: 3).Relu().Conv(10, kernel: 26, name: "head").Flatten()),
            () => Image(1, 28, x => x.Conv(32, kernel: 3).Relu().GlobalAveragePool().Linear(10)),
                new LintOptions { ParameterBudget = 20_000 }),
        new("budget",
            "error budget: 195,008 MACs are 95,008 over the budget of 100,000; the most, 194,688 (99.8 %), are in 'first'",
            () => Image(1, 28, x => x.Conv(32, kernel: 3, name: "first").Relu().GlobalAveragePool().Linear(10)),
            () => Image(1, 28, x => x.Conv(32, kernel: 3, stride: 2).Relu().GlobalAveragePool().Linear(10)),
                new LintOptions { MultiplyAddBudget = 100_000 }),
        new("target-shape",
            "error target-shape head (layer 3): the output is a vector of 9, and targets are a vector of 10",
            () => Image(1, 28, x => x.Conv(8, kernel: 3).GlobalAveragePool().Linear(9, name: "head")),
            () => Image(1, 28, x => x.Conv(8, kernel: 3).GlobalAveragePool().Linear(10)), new LintOptions { Target = Shape.Vector(10) }),
        new("target-shape",
            "error target-shape mask (layer 1): the output is a map of 1x26x26, and targets are a map of 1x28x28",
            () => Image(1, 28, x => x.Conv(1, kernel: 3, name: "mask")),
            () => Image(1, 28, x => x.Conv(1, kernel: 3, padding: 1)), new LintOptions { Target = Shape.Image(1, 28, 28) }),
        new("double-softmax",
            "warning double-softmax probabilities (layer 3): the network ends in a softmax, and the cross-entropy applies another one; "
                + "with 10 classes no probability is above 23.2 % then, and no loss below 1.46",
            () => Image(1, 8, x => x.Flatten().Linear(10).Softmax(name: "probabilities")),
            () => Image(1, 8, x => x.Flatten().Linear(10).LogSoftmax())),
        new("double-softmax",
            "error double-softmax two (layer 4): 'one' and 'two' follow each other; with 10 classes no probability is above 23.2 % then, "
                + "and no loss below 1.46",
            () => Image(1, 8, x => x.Flatten().Linear(10).Softmax(name: "one").Softmax(name: "two")),
            () => Image(1, 8, x => x.Flatten().Linear(10).Softmax().Linear(10))),
        new("double-softmax",
            "error double-softmax probabilities (layer 3): the network ends in a softmax, and the loss applies another one; with 10 "
                + "classes no probability is above 23.2 % then, and no loss below 1.46",
            () => Image(1, 8, x => x.Flatten().Linear(10).Softmax(name: "probabilities")),
            () => Image(1, 8, x => x.Flatten().Linear(10).Softmax(name: "probabilities")),
            new LintOptions { Reading = OutputReading.Softmax }, new LintOptions { Reading = OutputReading.AsItIs }),
        new("double-softmax",
            "error double-softmax squash (layer 2): Sigmoid gives no number below 0, and the loss applies a sigmoid to it: no probability "
                + "is below 50.0 % or above 73.1 % then",
            () => Image(1, 8, x => x.Conv(1, kernel: 1).Sigmoid(name: "squash")),
            () => Image(1, 8, x => x.Conv(1, kernel: 1).Tanh(name: "squash")), new LintOptions { Reading = OutputReading.Sigmoid }),
        new("double-softmax",
            "error double-softmax relu (layer 2): Relu gives no number below 0, and the loss applies a sigmoid to it: no probability is "
                + "below 50.0 % then",
            () => Image(1, 8, x => x.Conv(1, kernel: 3).Relu(name: "relu").GlobalAveragePool()),
            () => Image(1, 8, x => x.Conv(1, kernel: 3).Relu(name: "relu").BatchNorm()),
                new LintOptions { Reading = OutputReading.Sigmoid }),
        new("logit-activation",
            "error logit-activation squash (layer 3): Sigmoid keeps the 10 scores between 0 and 1: softmax over 10 classes then gives "
                + "at most 23.2 %",
            () => Image(1, 8, x => x.Flatten().Linear(10).Sigmoid(name: "squash")),
            () => Image(1, 8, x => x.Flatten().Linear(10).Sigmoid(name: "squash")),
            new LintOptions { Reading = OutputReading.Softmax }, new LintOptions { Reading = OutputReading.AsItIs }),
        new("no-gradient",
            "error no-gradient fc (layer 2): its 650 parameters never learn: the way back ends at 'step' (Sign)",
            () => Image(1, 8, x => x.Flatten().Linear(10, name: "fc").Sign(name: "step")),
            () => Image(1, 8, x => x.Flatten().Linear(10, name: "fc").Tanh(name: "step"))),
        new("logit-activation",
            "warning logit-activation relu (layer 3): Relu cuts off what is below 0 in the 10 scores: down there all classes are equal "
                + "and get no gradient",
            () => Image(1, 8, x => x.Flatten().Linear(10).Relu(name: "relu")),
            () => Image(1, 8, x => x.Flatten().Linear(10).Relu().Linear(10))),
        new("logit-activation",
            "warning logit-activation squash (layer 3): Sigmoid keeps the 10 scores between 0 and 1: softmax over 10 classes then gives "
                + "at most 23.2 %",
            () => Image(1, 8, x => x.Flatten().Linear(10).Sigmoid(name: "squash").Softmax()),
            () => Image(1, 8, x => x.Flatten().Linear(1).Sigmoid())),
        new("logit-activation",
            "hint logit-activation relu (layer 2): Relu cuts off what is below 0 in the maps whose means are the scores: down there all "
                + "classes are equal and get no gradient",
            () => Image(1, 8, x => x.Conv(10, kernel: 3).Relu(name: "relu").GlobalAveragePool()),
            () => Image(1, 8, x => x.Conv(10, kernel: 3).Relu())),
        new("logit-dropout",
            "warning logit-dropout drop (layer 3): no weights follow: 25.0 % of the 10 outputs are erased in every step",
            () => Image(1, 8, x => x.Flatten().Linear(10).Dropout(0.25f, name: "drop")),
            () => Image(1, 8, x => x.Flatten().Dropout(0.25f).Linear(10))),
        new("bn-batch1",
            "error bn-batch1 norm (layer 3): a batch of 1 x height 1 x width 1 = 1 number per channel: minus its mean it is 0, so the "
                + "output is beta whatever the image is",
            () => Image(3, 8, x => x.GlobalAveragePool().Linear(16).BatchNorm(name: "norm").Relu().Linear(10)),
            () => Image(3, 8, x => x.GlobalAveragePool().Linear(16).LayerNorm().Relu().Linear(10)), new LintOptions { BatchSize = 1 }),
        new("bn-batch1",
            "warning bn-batch1 norm (layer 2): each channel has the 36 numbers of one image per step: it works as instance normalisation, "
                + "with running statistics that fit no image",
            () => Image(3, 8, x => x.Conv(4, kernel: 3).BatchNorm(name: "norm")),
            () => Image(3, 8, x => x.Conv(4, kernel: 3).BatchNorm(name: "norm")), new LintOptions { BatchSize = 1 },
                new LintOptions { BatchSize = 2 }),
        new("dropout-bn",
            "warning dropout-bn drop (layer 2): 'norm' behind it sees mean squares 2 times as large in training as in evaluation (1 / (1 "
                + "- 0.5))",
            () => Image(3, 8, x => x.Conv(4, kernel: 3).Dropout(0.5f, name: "drop").Relu().BatchNorm(name: "norm")),
            () => Image(3, 8, x => x.Conv(4, kernel: 3).BatchNorm().Relu().Dropout(0.5f).Conv(4, kernel: 3).BatchNorm())),
        new("bias-bn",
            "hint bias-bn conv (layer 1): its 16 biases are subtracted again by 'norm'",
            () => Image(3, 8, x => x.Conv(16, kernel: 3, name: "conv").BatchNorm(name: "norm")),
            () => Image(3, 8, x => x.Conv(16, kernel: 3, name: "conv").Relu().BatchNorm(name: "norm"))),
        new("sigmoid-deep",
            "warning sigmoid-deep last (layer 6): 3 sigmoids on every path, from 'first' to 'last': at most 1.6e-2 of a gradient comes "
                + "through their slopes",
            () => Image(3, 8, x => x.Conv(4, kernel: 3).Sigmoid(name: "first").Conv(4, kernel: 3).Sigmoid().Conv(4,
                kernel: 3).Sigmoid(name: "last").Flatten().Linear(10)),
            () => Image(3, 8, x => x.Conv(4, kernel: 3).Sigmoid().Conv(4, kernel: 3).Sigmoid().Conv(1, kernel: 3).Sigmoid())),
        new("no-mix",
            "warning no-mix b (layer 4): 'a' and 'b' have 4 and 8 groups and nothing between mixes channels: 4 separate networks side by "
                + "side",
            () => Image(16, 8, x => x.Conv(16, kernel: 3, groups: 4, name: "a").BatchNorm().Relu().Conv(32, kernel: 3, groups: 8,
                name: "b").Conv(8, kernel: 1)),
            () => Image(16, 8, x =>
                x.Conv(16, kernel: 3, groups: 4).BatchNorm().Relu().ChannelShuffle(4).Conv(32, kernel: 3, groups: 8).Conv(8, kernel: 1))),
        new("no-mix",
            "warning no-mix columns (layer 2): 'rows' and 'columns' have 16 groups each and nothing between mixes channels: 16 separate "
                + "networks side by side",
            () => Image(16, 8, x => x.Conv(16, kernel: (3, 1), groups: 16, name: "rows").Conv(16, kernel: (1, 3), groups: 16,
                name: "columns").Relu().GlobalAveragePool().Linear(10)),
            () => Image(16, 8, x => x.Conv(16, kernel: (3, 1), groups: 16).Conv(16, kernel: (1, 3), groups: 16).Relu().Conv(8,
                kernel: 1).GlobalAveragePool().Linear(10))),
        new("res-shape",
            "warning res-shape join (layer 3): 'input' (1x8x8) is stretched to 16x8x8",
            () => Image(1, 8, x => x.Conv(16, kernel: 3, padding: 1).Relu().Add(x, "join")),
            () => Image(1, 8, x => x.Conv(16, kernel: 3, padding: 1).Relu().Add(x.Conv(16, kernel: 1), "join"))),
        new("align",
            "hint align join (layer 3): units of 'main' are centred 1 pixel beside those of 'skip' (1 and 0; a unit is 2 wide)",
            () => Image(3, 8, x => x.Conv(4, kernel: 3, stride: 2, padding: Padding.Same,
                name: "main").Add(x.Conv(4, kernel: 1, stride: 2, name: "skip"), "join")),
            () => Image(3, 8, x =>
                x.Conv(4, kernel: 3, stride: 2, padding: 1, name: "main").Add(x.Conv(4, kernel: 1, stride: 2, name: "skip"), "join"))),
        new("align",
            "warning align join (layer 4): units of 'main' are centred 1 pixel beside those of 'skip' (1 and 0; a unit is 1 wide)",
            () => Image(3, 8, x => x.Conv(4, kernel: 3,
                name: "main").Add(x.Slice(rows: ..6, columns: ..6, name: "crop").Conv(4, kernel: 1, name: "skip"), "join")),
            () => Image(3, 8, x => x.Conv(4, kernel: 3, name: "main").Add(x.Crop(6, 6).Conv(4, kernel: 1, name: "skip"), "join"))),
        new("align",
            "warning align join (layer 3): 'main' moves by 2 pixels from unit to unit and 'skip' by 1: away from the corner they look at "
                + "ever more different places",
            () => Image(3, 5, x =>
                x.Conv(4, kernel: 3, stride: 2, padding: 2, name: "main").Add(x.Conv(4, kernel: 2, name: "skip"), "join")),
            () => Image(3, 8, x => x.Conv(32, kernel: 3).SqueezeExcite())),
        new("cb-up",
            "warning cb-up up (layer 1): kernel 3 with stride 2 paints 2, 1 taps by turns along both axes: 4 products in one pixel, 1 in "
                + "another",
            () => Image(4, 8, x => x.ConvTranspose(4, kernel: 3, stride: 2, name: "up")),
            () => Image(4, 8, x => x.ConvTranspose(4, kernel: 4, stride: 2, name: "up"))),
        new("cb-up",
            "warning cb-up up (layer 1): kernel 5 with stride 2 paints 3, 2 taps by turns along both axes: 9 products in one pixel, 4 in "
                + "another",
            () => Image(4, 8, x => x.ConvTranspose(4, kernel: 5, stride: 2, name: "up")),
            () => Image(4, 8, x => x.ConvTranspose(4, kernel: 6, stride: 2, name: "up"))),
        new("cb-up",
            "error cb-up up (layer 1): kernel 2 with stride 3 paints 1, 1, 0 taps by turns along both axes: 55.6 % of the pixels get "
                + "nothing but the bias",
            () => Image(4, 8, x => x.ConvTranspose(4, kernel: 2, stride: 3, name: "up")),
            () => Image(4, 1, x => x.ConvTranspose(4, kernel: 2, stride: 3, name: "up"))),
        new("cb-up",
            "error cb-up up (layer 1): kernel 4 with stride 2 and dilation 2 paints 4, 0 taps by turns along both axes: 75.0 % of the "
                + "pixels get nothing but the bias",
            () => Image(4, 8, x => x.ConvTranspose(4, kernel: 4, stride: 2, dilation: 2, name: "up")),
            () => Image(4, 8, x => x.ConvTranspose(4, kernel: 4, stride: 2, dilation: 3, name: "up"))),
        new("icnr",
            "hint icnr packed (layer 1): starts by he-normal, so the 2x2 sub-pixels that 'shuffle' makes of each pixel start unlike",
            () => Image(3, 8, x => x.Conv(12, kernel: 3, name: "packed").PixelShuffle(2, name: "shuffle")),
            () => Image(3, 8, x => x.SubPixelUpsample(3, factor: 2))),
        new("icnr",
            "warning icnr packed (layer 1): starts by icnr 2 (he-normal), but 'shuffle' has factor 4 and rows before channels: copies do "
                + "not become neighbours",
            () => Image(3, 8, x =>
                x.Conv(16, kernel: 3, initializer: Initializer.Icnr(2), name: "packed").PixelShuffle(4, name: "shuffle")),
            () => Image(3, 8, x =>
                x.Conv(16, kernel: 3, initializer: Initializer.Icnr(4), name: "packed").PixelShuffle(4, name: "shuffle"))),
        new("gridding",
            "warning gridding conv3 (layer 5): rates 2, 2, 2 up to here reach 7 of 13 rows of 'input', 29.0 % of the window",
            () => Rates(2, 2, 2), () => Rates(1, 2, 5)),
        new("gridding",
            "warning gridding conv3 (layer 5): rates 2, 4, 8 up to here reach 15 of 29 rows of 'input', 26.8 % of the window",
            () => Rates(2, 4, 8), () => Rates(1, 2, 2, 2)),
        new("unread",
            "warning unread pool (layer 1): 1 row at the bottom and 1 column at the right of 13x13 pixels are never read, 14.8 % of the "
                + "map: (13 + 0 - 2) mod 2 = 1",
            () => Image(3, 13, x => x.MaxPool(2, name: "pool")),
            () => Image(3, 13, x => x.MaxPool(2, ceilMode: true, name: "pool"))),
        new("unread",
            "hint unread stem (layer 1): 1 row at the bottom and 1 column at the right of 224x224 pixels are never read, 0.9 % of the "
                + "map: (224 + 0 - 11) mod 4 = 1",
            () => Image(3, 224, x => x.Conv(8, kernel: 11, stride: 4, name: "stem")),
            () => Image(3, 224, x => x.Conv(8, kernel: 7, stride: 2, padding: 3, name: "stem"))),
        new("stride-gap",
            "warning stride-gap thin (layer 1): the 1x1 kernel with stride 2 reads 25.0 % of the 8x8 pixels; 75.0 % are skipped and get "
                + "no gradient",
            () => Image(3, 8, x => x.Conv(4, kernel: 1, stride: 2, name: "thin")),
            () => Image(3, 8, x => x.AveragePool(2).Conv(4, kernel: 1, name: "thin"))),
        new("stride-gap",
            "hint stride-gap skip (layer 2): the 1x1 kernel with stride 2 reads 25.0 % of the 8x8 pixels; 75.0 % are skipped here, and "
                + "read by another branch",
            () => Image(3, 8, x =>
                x.Conv(4, kernel: 3, stride: 2, padding: 1, name: "main").Add(x.Conv(4, kernel: 1, stride: 2, name: "skip"), "join")),
            () => Image(3, 8, x =>
                x.Conv(4, kernel: 3, stride: 2, padding: 1, name: "main").Add(x.AveragePool(2).Conv(4, kernel: 1, name: "skip"), "join"))),
        new("pool-gap",
            "warning pool-gap pool (layer 1): windows of 2x2 with stride 3 read 44.4 % of the 9x9 pixels",
            () => Image(3, 9, x => x.MaxPool(2, stride: 3, name: "pool")),
            () => Image(3, 9, x => x.MaxPool(3, stride: 3, name: "pool"))),
        new("pool-gap",
            "hint pool-gap skip (layer 2): windows of 1x1 with stride 2 read 25.0 % of the 8x8 pixels; another branch reads the others",
            () => Image(4, 8, x => x.Conv(4, kernel: 3, stride: 2, padding: 1).Add(x.MaxPool(1, stride: 2, name: "skip"))),
            () => Image(4, 8, x => x.Conv(4, kernel: 3, stride: 2, padding: 1).Add(x.AveragePool(2, name: "skip")))),
        new("spp-bins",
            "warning spp-bins pyramid (layer 1): 6x6 bins over 5x5 pixels: 36 numbers per channel say what 25 do",
            () => Image(4, 5, x => x.SpatialPyramidPool([1, 2, 6], name: "pyramid")),
            () => Image(4, 6, x => x.SpatialPyramidPool([1, 2, 6], name: "pyramid"))),
        new("even-same",
            "warning even-same even (layer 1): the 4x4 kernel with 1 pixel of padding on each side makes 7 of 8 pixels and moves them by "
                + "half a pixel",
            () => Image(3, 8, x => x.Conv(4, kernel: 4, padding: 1, name: "even")),
            () => Image(3, 8, x => x.Conv(4, kernel: 4, stride: 2, padding: 1, name: "even"))),
        new("rf-small",
            "warning rf-small last (layer 4): its units see 5 pixels of the input, and objects have 20",
            () => Image(1, 28, x => x.Conv(8, kernel: 3).Relu().Conv(8, kernel: 3).Relu(name: "last").GlobalAveragePool().Linear(10)),
            () => Image(1, 28, x => x.Conv(8, kernel: 3).Relu().Conv(8, kernel: 3).Relu().Flatten().Linear(10)),
                new LintOptions { ObjectSize = 20 }),
        new("rf-edge",
            "hint rf-edge conv5 (layer 9): from here on 8 of 12 convolutions with kernels above 1x1 look at a map whose units see 9 "
                + "pixels, the 8x8 image as a whole",
            () => Image(1, 8, x => Repeat(x, 12)), () => Image(1, 8, x => Repeat(x, 11))),
        new("head-heavy",
            "hint head-heavy head (layer 5): 54,090 of 54,170 parameters (99.9 %) connect 8 maps of 26x26 pixels with 10 outputs",
            () => Image(1, 28, x => x.Conv(8, kernel: 3).Relu().Flatten().Dropout(0.5f).Linear(10, name: "head")),
            () => Image(1, 28, x => x.Conv(8, kernel: 3).Relu().GlobalAveragePool().Linear(100, name: "head"))),
        new("head-heavy",
            "hint head-heavy cover (layer 2): 21,634 of 21,794 parameters (99.3 %) connect 16 maps of 26x26 pixels with 2 outputs",
            () => Image(1, 28, x => x.Conv(16, kernel: 3).Conv(2, kernel: 26, name: "cover")),
            () => Image(1, 28, x => x.Flatten().Linear(128).Relu().Linear(10))),
        new("cb-grad",
            "hint cb-grad down (layer 1): kernel 3 with stride 2 reads its pixels 1, 2, 1, 2, 1, 2, 1, 1 times along each axis, 4:1 in "
                + "two dimensions",
            () => Image(3, 8, x => x.Conv(4, kernel: 3, stride: 2, padding: 1, name: "down")),
            () => Image(3, 8, x => x.Conv(4, kernel: 4, stride: 2, padding: 1, name: "down"))),
    ];

    private static Network Image(int channels, int side, Func<Feature, Feature> body) =>
        Network.Build(Shape.Image(channels, side, side), body);

    private static Network Rates(params int[] rates) => Image(1, 32, x =>
    {
        foreach (var rate in rates) x = x.Conv(4, kernel: 3, padding: rate, dilation: rate).Relu();
        return x;
    });

    private static Feature Repeat(Feature x, int layers)
    {
        for (var i = 0; i < layers; i++) x = x.Conv(4, kernel: 3, padding: 1).Relu();
        return x;
    }
}
